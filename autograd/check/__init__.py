"""Gradient checks: derivatives by the rules, compared with derivatives found without them.

Hypothesis is needed for ``strategies`` and ``gradient_property`` alone, and loaded there.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.check.gradients import examine, gradcheck
from autograd.check.program import Instruction, Program
from autograd.check.report import (
    Blame,
    Comparison,
    GradientMismatch,
    Inconclusive,
    NotCheckable,
    Report,
)

if TYPE_CHECKING:
    import autograd.check.strategies as strategies
    from autograd.check.op_check import check_op as check_op
    from autograd.check.property import gradient_property as gradient_property

_LAZY = {"check_op": "op_check", "gradient_property": "property", "strategies": ""}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'autograd.check' has no attribute {name!r}")
    module = import_module(f"autograd.check.{_LAZY[name] or name}")
    return getattr(module, name) if _LAZY[name] else module


__all__ = [
    "Blame",
    "Comparison",
    "GradientMismatch",
    "Inconclusive",
    "Instruction",
    "NotCheckable",
    "Program",
    "Report",
    "check_op",
    "examine",
    "gradcheck",
    "gradient_property",
    "strategies",
]


def __dir__() -> list[str]:
    return sorted(__all__)
