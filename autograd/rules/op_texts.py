"""Texts of an op: a sentence, the formula of a call, the error for a wrong number of operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.rules.op import Op


def wrong_arity(op: Op, arity: int, got: int) -> str:
    """Return what is wrong with a call of ``op`` with ``got`` operands."""
    settings = ", ".join(f"{name}=" for name in op.settings)
    hint = f"; settings are given by name: {settings}" if settings else ""
    return f"{op.name} takes {arity} operand{'s' * (arity != 1)}, got {got}{hint}"


def latex_call(name: str, operands: tuple[str, ...]) -> str:
    """Return the LaTeX of a call of a function."""
    arguments = ", ".join(f"{{{x}}}" for x in operands)
    return rf"\operatorname{{{name}}}({arguments})".replace("_", r"\_").replace(
        rf"operatorname{{{name}}}", rf"operatorname{{{{{name}}}}}"
    )


def sentence(op: Op) -> str:
    """Return one sentence: ``doc``, which may also be what "Return …" goes on with."""
    if not op.doc:
        return f"Apply the op {op.name}."
    return op.doc if op.doc.endswith(".") else f"Return {op.doc}."
