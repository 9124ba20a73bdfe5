"""What else than a wrong rule may make a difference: 0 · ∞ taken as 0, infinity, a kink."""

from __future__ import annotations

from functools import cached_property
from math import isfinite

import numpy as np

from autograd.check import blame, limits
from autograd.check.call import Call, variables
from autograd.check.precise import has_mpmath
from autograd.check.precise_arrays import undifferentiated
from autograd.check.report import Blame, Comparison, GradientMismatch, Inconclusive, Skipped
from autograd.check.rounding import SQUARABLE
from autograd.check.side_effects import no_second_order
from autograd.check.uncertainty import tolerance_ratio
from autograd.node.node import Node
from autograd.walk.reverse import accumulate


class Doubts:
    """What may excuse a difference in the derivatives of one order, and who is to blame if not.

    Attributes
    ----------
    infinity : str
        Which result inside isn't finite, though no gradient goes through it; empty if none.
    """

    def __init__(self, call: Call, at_ties: str) -> None:
        self.call, self.at_ties = call, at_ties
        self.infinity = ""

    @cached_property
    def event(self) -> str:
        """Where the graph takes 0 · ∞ as 0; empty if nowhere, or if there is no graph."""
        if self.call.claim is not None:
            return ""
        nodes = blame.graph_of(self.call.f, variables(self.call))
        return limits.reason(nodes[-1]) if nodes else ""

    def nodes(self) -> list[Node]:
        """Return the interior nodes, of a graph of ours on real numbers; Inconclusive at inf."""
        if not self.call.real or self.call.claim is not None:
            return []
        nodes = blame.graph_of(self.call.f, variables(self.call))
        self.infinity = _infinity(nodes)
        return nodes

    @cached_property
    def blame(self) -> Blame | None:
        """Return the rule that is wrong, or the engine; None where there is no graph to look at."""
        complex_ = any(isinstance(x, complex) for x in self.call.flat)
        if self.call.claim is not None or complex_ or not has_mpmath():
            return None
        found = blame.blame(blame.graph_of(self.call.f, variables(self.call)))
        f = undifferentiated(self.call.f)
        if found.op != "engine" or f is self.call.f:
            return found
        return no_second_order(blame.graph_of(f, variables(self.call))) or found

    def mismatch(self, one: Comparison) -> GradientMismatch:
        """Return the error; where 0 · ∞ was taken as 0, and every rule is right, it blames nobody.

        Where a result inside isn't finite that is no mismatch: it raises Inconclusive.
        """
        found = self.blame
        if found is None or found.op == "engine":
            if self.infinity:
                raise Inconclusive(self.infinity)
            if self.event:
                self.kept(one)
        return GradientMismatch(one, "", found)

    def kink(self, why: str) -> Exception:
        """Return the error at a kink that no record tells of: what is claimed is a convention."""
        if self.at_ties == "skip":
            return Skipped(why)
        return Inconclusive(f"{why}: it is a kink, move the input")

    def kept(self, one: Comparison, event: str = "") -> Comparison:
        """Return a comparison with a limit; raise, blaming nobody, where it differs."""
        if tolerance_ratio(one) <= 1:
            return one
        event = event or self.event
        told = f"{event}: the gradient is {one.analytic!r}, the limit {one.numeric!r}. "
        if not (isfinite(one.numeric) and isfinite(one.analytic)):
            raise Inconclusive(
                f"{told}What isn't finite is no evidence against what is a convention"
            )
        if one.difference < 1 / SQUARABLE:
            raise Inconclusive(
                f"{told}So small a difference may come of a number that underflows on the way"
            )
        raise GradientMismatch(one, f".\n{event}: it is taken as 0, and the limit is another")


def _infinity(nodes: list[Node]) -> str:
    """Raise Inconclusive if a result inside isn't finite, and the gradient goes through it.

    If the gradient doesn't, the text is returned: it may be right, for exp(−1/x²) at 0 it is.
    """
    bad = [node for node in nodes if not np.all(np.isfinite(np.asarray(node._data, dtype=float)))]
    if not bad:
        return ""
    texts = [
        f"the result of {node.op.name if node.op else ''!r} inside is {node._data!r}: the function "
        "goes through infinity, and floats can't tell its derivative"
        for node in bad
    ]
    passed = accumulate(nodes, {nodes[-1]: 1.0})
    for node, text in zip(bad, texts, strict=True):
        if passed.get(node, 0) != 0:
            raise Inconclusive(text)
    return texts[0]
