"""Which complex results have a gradient: analytic functions of complex variables."""

from __future__ import annotations

from autograd.node.node import Node
from autograd.numbers.kinds import COMPLEX, kind
from autograd.ops.complex_parts import NOT_ANALYTIC
from autograd.walk.order import topological_order


def check_analytic(root: Node) -> None:
    """Raise TypeError unless a complex result's derivative is one complex number.

    With respect to a real variable it is two real ones, and so it is behind a real or imaginary
    part and a conjugate.
    """
    if kind(root._data) != COMPLEX:
        return
    advice = "take a real number of it first, such as real(w), imag(w) or abs(w)"
    for node in topological_order(root):
        if node.op in NOT_ANALYTIC:
            raise TypeError(
                f"a complex result w that is computed with {node.op.name!r} is no analytic "
                f"function, and has no complex gradient: {advice}"
            )
        for leaf in node.parents:
            if leaf.op is None and leaf.requires_grad and kind(leaf._data) != COMPLEX:
                name = f" {leaf.label!r}" if leaf.label else ""
                raise TypeError(
                    f"a complex result w has no gradient with respect to the real variable{name}: "
                    f"{advice}; jvp has dw/dx"
                )
