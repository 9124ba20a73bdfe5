"""The check at kinks: with the conventions, and with a limit where 0 · ∞ was taken as 0."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np

from autograd.check import blame, limits
from autograd.check.call import Call, variables
from autograd.check.doubts import Doubts
from autograd.check.elements import Element
from autograd.check.precise import one_sided_slope, to_mpf
from autograd.check.precise_arrays import undifferentiated
from autograd.check.report import LIMIT, Comparison, GradientMismatch, Inconclusive
from autograd.check.rounding import OF_TERMS, Rounding
from autograd.check.uncertainty import MARGIN
from autograd.check.watched import LostDigits, watched
from autograd.node.node import Node, raw
from autograd.reading.numbered_graph import partials
from autograd.rules.op import Elementwise
from autograd.walk.order import topological_order
from autograd.walk.reverse import accumulate

_EPS = float(np.finfo(float).eps)
_ASIDE = 1e-3  # of an input: what is at a kink there still doesn't depend on it


class KinkCheck:
    """The check of the derivatives of one order where a graph on numbers is at a kink."""

    def __init__(
        self,
        call: Call,
        order: int,
        rtol: float,
        last: bool,
        rounding: Rounding,
        doubts: Doubts,
    ) -> None:
        self.call, self.order, self.rtol, self.last = call, order, rtol, last
        self.rounding, self.doubts = rounding, doubts

    def run(self, why: str, results: Any, analytic: Any) -> list[Comparison]:
        """Compare all derivatives; raise what ``gradcheck`` raises.

        Behind an infinite result the conventions have no number: there the limit alone decides.
        """
        comparisons = []
        for element in self.call.elements():
            j, place = element.j, element.place
            found, result = float(analytic[0, j]), results[0][0]
            if self.doubts.infinity:
                one = Comparison(self.order, place, result, found, found, 0.0, LIMIT)
            else:
                one = self._with_conventions(j, place, result, found, why)
            comparisons.append(self._with_limit(element, one))
            if not self.last:
                self._refuse_smooth(element, why)
        return comparisons

    def _with_conventions(
        self, j: int, place: str, result: str, found: float, why: str
    ) -> Comparison:
        try:
            exact, size = map(float, blame.by_convention(self.call.of_leaves, self.call.flat, j))
        except ArithmeticError as error:
            raise Inconclusive(f"{why}, and {error}") from None
        same = found == exact or (found != found and exact != exact)
        off = 0.0 if same else self.rtol * abs(exact) + OF_TERMS * size
        one = Comparison(self.order, place, result, found, exact, off, "the conventions")
        if not (same or one.difference <= off or self.rounding.explains_at_kink(j, one)):
            raise GradientMismatch(one, f". {why}", self.doubts.blame)
        return one

    def _with_limit(self, element: Element, one: Comparison) -> Comparison:
        """Return a comparison with the limit where a convention may hide it, else the one given.

        That is where 0 · ∞ was taken as 0, and where the conventions give no finite number.
        """
        if not self.doubts.event and isfinite(one.analytic):
            return one
        event = self.doubts.event or "a slope inside is infinite"
        try:
            f = self.call.in_kind(element, 0, watched)
            found, error = limits.precise_limit(f, element.x)
        except (Inconclusive, LostDigits) as why:
            if one.analytic != one.analytic and not self.doubts.event:
                return one  # no derivative, and none was claimed
            raise Inconclusive(f"{event}: {why}") from None
        tolerance = MARGIN * error + (MARGIN * _EPS + self.rtol) * abs(found)
        return self.doubts.kept(
            replace(one, numeric=found, tolerance=tolerance, reference=LIMIT), event
        )

    def _refuse_smooth(self, element: Element, why: str) -> None:
        """Raise Inconclusive where a next order is wanted and may exist: the slopes agree."""
        f, x = self.call.in_kind(element, 0, to_mpf), element.x
        left, right = (one_sided_slope(f, x, side) for side in (-1, 1))
        if abs(left - right) <= 1e-6 * max(abs(left), abs(right), 1e-6):
            raise Inconclusive(
                f"{why}, where the slopes to both sides agree: the derivatives of order "
                f"{self.order + 1} may exist, and the conventions take them for zero"
            )

    def refuse_inside(self, j: int) -> None:
        """Raise what a kink is answered by where an op inside is at one, and the whole may not be.

        relu(x) - relu(-x) is x: at 0 the conventions say 0, and what a whole means they can't see.
        Of order 1 those count that element ``j`` moves.
        """
        inside = self._kinks(self.call)
        if self.order == 1 and inside:
            numbers = self.call.numbers.copy()
            numbers[j] += _ASIDE * max(1.0, abs(numbers[j]))
            with suppress(ArithmeticError, ValueError):  # the end of the domain is there
                inside -= self._kinks(self.call.at(self.call.filled(numbers)))
        for name in inside:
            why = f"the function is at a kink of {name}"
            if self.order == 1:
                raise self.doubts.kink(f"{why}, though the slopes of the whole to both sides agree")
            raise Inconclusive(
                f"{why}: the derivatives of order {self.order} may exist, and the conventions "
                "take them for zero"
            )

    def _kinks(self, call: Call) -> Counter[str]:
        """Count the points at which ops inside are at a kink."""
        nodes = blame.graph_of(undifferentiated(call.f), variables(call))
        found: Counter[str] = Counter()
        for node in nodes:
            if node.op is not None:
                found[node.op.name] += blame.count_kinks(node)
        return +found


def refuse_infinite_slopes(root: Node, one: Comparison) -> None:
    """Raise Inconclusive if a gradient isn't finite because a slope inside is infinite.

    Then it is ∞ − ∞ or 0 · ∞ in a sum of products: no rule is wrong, and the engine isn't either.
    """
    if isfinite(abs(one.analytic)):
        return
    start = np.ones_like(root._data) if root._rank else 1.0
    for node, cotangent in accumulate(topological_order(root), {root: start}).items():
        slopes = partials(node) if isinstance(node.op, Elementwise) else ()
        if any(np.any(np.isinf(np.asarray(raw(g), dtype=complex))) for g in (cotangent, *slopes)):
            name = node.op.name if node.op else "an input"
            raise Inconclusive(
                f"the gradient is {one.analytic!r}, since what {name} passes or gets is "
                "infinite: what isn't finite is no evidence"
            )
