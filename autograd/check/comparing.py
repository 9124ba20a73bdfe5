"""The check of all derivatives of one order, compared one by one with a reference."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from time import thread_time
from typing import Any

import numpy as np

from autograd.check import blame, limits, numerical, precise_arrays
from autograd.check.at_kinks import KinkCheck, kept, refuse_infinite_slopes, refuse_infinity
from autograd.check.call import Call, as_fraction, variables
from autograd.check.numerical import Along, Slope, slope_of
from autograd.check.precise import (
    LADDER,
    Unsettled,
    difference,
    exact_slope,
    has_mpmath,
    settle,
    to_mpf,
)
from autograd.check.report import (
    LIMIT,
    Blame,
    Comparison,
    GradientMismatch,
    Inconclusive,
    NotCheckable,
)
from autograd.check.rounding import Rounding, refuse_extremes
from autograd.check.side_effects import no_second_order
from autograd.check.uncertainty import (
    MARGIN,
    agreed,
    kept_unless,
    refuse_contradiction,
    refuse_useless,
    second_opinion,
    seems_alike,
    stays_in_its_graph,
    tolerance_ratio,
)
from autograd.check.watched import LostDigits, watched
from autograd.node.node import Node

Function = Callable[..., Any]

_LOST_ON_THE_WAY = (
    "the function computes with floats on the way (math.*, float(), NumPy), so it was compared "
    "with differences in floats"
)
_EPS = float(np.finfo(float).eps)
_IN_FLOATS = ("central differences", LIMIT)  # references that are uncertain


class Skipped(Exception):  # noqa: N818
    """A derivative at a kink isn't compared, because the user asked for that."""


class OrderCheck:
    """The check of all derivatives of one order."""

    def __init__(
        self, call: Call, order: int, oracle: str, at_ties: str, rtol: float, last: bool = True
    ) -> None:
        self.call = call
        self.order = order
        self.at_ties = at_ties
        self.rtol = rtol
        precise = call.real and oracle != "differences"
        self.has_fractions = precise and oracle != "mpmath" and call.gradient is None
        self.has_mpmath = precise and oracle != "exact" and has_mpmath()
        self.may_use_differences = oracle in ("auto", "differences")
        self.rounding = Rounding(call, rtol)
        self.kinks = KinkCheck(call, order, rtol, last, self.rounding, self._blame)
        self.may_use_mpmath = oracle in ("auto", "mpmath") and has_mpmath()
        self.until = thread_time() + precise_arrays.SECONDS
        self.infinity = ""  # a result inside that isn't finite
        self.notes: list[str] = []  # what the report says beside its numbers

    def run(self, skipped: list[str]) -> list[Comparison]:
        """Return all comparisons; raise what ``gradcheck`` raises."""
        results = self.call.checked()
        analytic = self.call.jacobian()
        nodes = self._graph()
        tied = [node for node in nodes if blame.is_at_kink(node)]
        if tied:
            return self._at_kinks(tied, results, analytic, skipped)
        comparisons: list[Comparison] = []
        for j, (place, along, x) in enumerate(self.call.elements()):
            for direction in (1, 1j) if isinstance(x, complex) else (1,):
                comparisons += self._one(j, place, along, x, direction, results, analytic[:, j])
        if not self.call.real:
            self._check_rules()
        return comparisons

    def _check_rules(self) -> None:
        """Check every rule in a graph of arrays by itself: more finely than differences can."""
        found = self._blame()
        if found is None or found.argument is None:
            return
        where = f"operand {found.operand}" + (f" at index {found.index}" if found.index else "")
        one = Comparison(
            self.order, where, f"{found.op!r} alone", found.found, found.exact, 0.0, "its function"
        )
        raise GradientMismatch(one, "", found)

    def _graph(self) -> list[Node]:
        """Return the interior nodes, of a graph of ours on real numbers; Inconclusive at inf."""
        if not self.call.real or self.call.gradient is not None:
            return []
        nodes = blame.graph_of(self.call.f, variables(self.call))
        self.infinity = refuse_infinity(nodes)
        return nodes

    def _at_kinks(
        self, tied: list[Node], results: Any, analytic: Any, skipped: list[str]
    ) -> list[Comparison]:
        names = ", ".join(sorted({node.op.name for node in tied if node.op}))
        why = f"the function is at a kink, a tie or an end of the domain of {names}"
        if self.at_ties == "error":
            raise NotCheckable(f"{why}: it is not differentiable there; move the input")
        if self.at_ties == "skip":
            raise Skipped(why)
        skipped.append(f"derivatives of order {self.order + 1} and above: {why}")
        if self.order > 1 or len(results) != 1 or not has_mpmath():
            return []
        if self.infinity and not self.kinks.event:
            raise Inconclusive(self.infinity)
        return self.kinks.run(why, results, analytic, bool(self.infinity))

    @cached_property
    def _stays_in_its_graph(self) -> bool:
        return stays_in_its_graph(self.call)

    @cached_property
    def precise(self) -> precise_arrays.Precise:
        """The function on mpmath's numbers, in arrays of objects."""
        return precise_arrays.precisely(self.call.f, self.call.inputs)

    def _one(
        self,
        j: int,
        place: str,
        along: Along,
        x: Any,
        direction: complex,
        results: Any,
        column: Any,
    ) -> list[Comparison]:
        """Compare the derivatives of all results by one element."""
        reference, slope = self._reference(j, along, x, direction, len(results), place)
        alike = reference in _IN_FLOATS or seems_alike(along, x, direction, slope)
        if not alike and (self.call.gradient is not None or not self._stays_in_its_graph):
            refuse_contradiction(along, x, direction, reference, slope)
        last_bit = np.finfo(np.result_type(column, np.float16)).eps
        tolerance = MARGIN * slope.error + (MARGIN * last_bit + self.rtol) * np.abs(slope.found)
        found = [
            Comparison(self.order, place, name, a, n, t, reference, self.call.gradient is not None)
            for (name, _), a, n, t in zip(
                results, column.tolist(), slope.found.tolist(), tolerance.tolist(), strict=True
            )
        ]
        if reference in _IN_FLOATS:
            try:
                refuse_useless(found, results, x, self.rtol)
                self._refuse_two_sides(reference, along, x)
                self._judge(j, found, along, x, direction)
            except (GradientMismatch, Inconclusive) as doubt:
                return self._escalated(j, x, found, doubt)
            if any(one.analytic == one.numeric == 0 for one in found):
                return self._escalated(j, x, found)  # a change may be too small for floats to see
            return found
        self._judge(j, found, along, x, direction)
        return found

    def _refuse_two_sides(self, reference: str, along: Along, x: Any) -> None:
        """Raise Inconclusive where 0 · ∞ was taken as 0 and the slopes to both sides differ."""
        if reference == LIMIT or isinstance(x, complex) or not self.kinks.event:
            return
        if np.any(numerical.has_kink(along, x)):
            raise Inconclusive(f"{self.kinks.event}: the slopes to both sides differ")

    def _judge(
        self, j: int, found: list[Comparison], along: Along, x: Any, direction: complex
    ) -> None:
        """Raise at the first derivative that differs by more than can be explained."""
        for row, one in enumerate(found):
            if one.reference == LIMIT and self.kinks.event:
                kept(one, self.kinks.event)
            elif tolerance_ratio(one) > 1:
                self._refuse_or_raise(j, row, one, along, x, direction)

    def _escalated(
        self, j: int, x: Any, found: list[Comparison], doubt: Exception | None = None
    ) -> list[Comparison]:
        """Compare again with what arrays of mpmath's numbers say.

        If they can't, raise the doubt, or return what was found where there is none.
        """
        if self.call.real or isinstance(x, complex) or not self.may_use_mpmath:
            return kept_unless(found, doubt)
        numbers = precise_arrays.elements(self.call.inputs)
        along = precise_arrays.Along(self.precise, numbers, j, self.until)
        sure = []
        for row, one in enumerate(found):
            f = along.row(row)
            try:
                exact = self._limit_or_slope(f, x, one.reference)
            except TimeoutError:
                who = doubt.blame if isinstance(doubt, GradientMismatch) else None
                if who is not None and who.op == "engine":
                    raise Inconclusive(f"{doubt}. More digits would take too long") from None
                return kept_unless(found, doubt)
            except Exception:  # whatever a function does to arrays that it isn't made for
                return kept_unless(found, doubt)
            tolerance = (MARGIN * _EPS + self.rtol) * abs(exact) + 5e-324
            reference = LIMIT if one.reference == LIMIT else "mpmath"
            again = replace(one, numeric=exact, tolerance=tolerance, reference=reference)
            if reference == LIMIT and self.kinks.event:
                kept(again, self.kinks.event)
            elif tolerance_ratio(again) > 1 and not self._explained(j, row, again, doubt):
                if isinstance(doubt, GradientMismatch):
                    raise doubt
                unseen = f"floats see no change of {one.result} with {one.argument}"
                raise Inconclusive(f"{doubt or unseen}. In many digits it is {exact!r}")
            sure.append(again)
        return sure

    def _explained(self, j: int, row: int, one: Comparison, doubt: Exception | None) -> bool:
        """Whether rounding explains it; without a doubt, a slope of zero that it moves stays."""
        try:
            return self.rounding.explains(j, row, one)
        except Inconclusive:
            if doubt is None:
                return True
            raise

    def _limit_or_slope(self, f: Function, x: float, reference: str) -> float:
        if reference == LIMIT:
            return limits.precise_limit(f, x)[0]
        slope = float(settle(f, x)[0])
        self._refuse_kink(x, f, "at")
        return slope

    def _refuse_or_raise(
        self, j: int, row: int, one: Comparison, along: Along, x: Any, direction: complex
    ) -> None:
        """Raise, at a difference that neither rounding nor a doubtful reference explains."""
        in_arrays = one.reference == "central differences" and self.call.gradient is None
        kink = in_arrays and not isinstance(x, complex) and numerical.has_kink(along, x)[row]
        if not kink and self.rounding.explains(j, row, one):
            return
        if one.reference == "central differences" and not kink:
            second_opinion(along, x, direction, one, row, self.rtol)
        found = self._blame()
        if found is None or found.op == "engine":
            if kink:
                self._refuse_to_judge(f"the slopes of {one.result} on both sides of {x!r} differ")
            if found is not None and found.root is not None:
                refuse_infinite_slopes(found.root, one)
                self.kinks.refuse_next_order()
                refuse_extremes(found.root, one.difference * max(1.0, abs(x)))
        raise self._mismatch(one, found)

    def _mismatch(self, one: Comparison, found: Blame | None) -> GradientMismatch:
        """Return the error; where 0 · ∞ was taken as 0, and every rule is right, it blames nobody.

        Where a result inside isn't finite that is no mismatch: it raises Inconclusive.
        """
        if found is not None and found.op != "engine":
            return GradientMismatch(one, "", found)
        if self.infinity:
            raise Inconclusive(self.infinity)
        if self.kinks.event:
            kept(one, self.kinks.event)
        return GradientMismatch(one, "", found)

    def _reference(
        self, j: int, along: Along, x: Any, direction: complex, count: int, place: str
    ) -> tuple[str, Slope]:
        """Return the reference's name and the derivatives; raise where a rule is wrong already."""
        for name in ("fractions", "mpmath"):
            if getattr(self, f"has_{name}"):
                try:
                    return getattr(self, f"_by_{name}")(j, x, count, place)  # type: ignore[no-any-return]
                except (GradientMismatch, Inconclusive, Skipped):
                    raise
                except LostDigits:
                    setattr(self, f"has_{name}", False)
                    if name == "mpmath":
                        self.notes = [_LOST_ON_THE_WAY]
                except Exception:  # whatever a function does to numbers that it isn't made for
                    setattr(self, f"has_{name}", False)
        if not self.may_use_differences:
            raise Inconclusive(
                "the function doesn't compute with the numbers that the oracle needs"
            )
        side = 0 if isinstance(x, complex) else limits.side_of_domain(along, x)
        if side:
            return LIMIT, limits.one_sided(along, x, side)
        first = numerical.by_differences(along, x, direction)
        if self.call.gradient is not None:
            other = numerical.by_other_differences(along, x, direction)
            first = agreed(first, other, x, self.rtol)
            if np.any(numerical.has_kink(along, x)):
                self._refuse_to_judge(f"the slopes to the left and to the right of {x!r} differ")
        return "central differences", first

    def _refuse_to_judge(self, why: str) -> None:
        """At a kink that no record of ours tells of; what is claimed there is a convention."""
        if self.at_ties == "skip":
            raise Skipped(why)
        raise Inconclusive(f"{why}: it is a kink, move the input")

    def _by_fractions(self, j: int, x: Any, count: int, place: str) -> tuple[str, Slope]:
        exact = []
        for row in range(count):
            f = self.call.in_kind(j, row, as_fraction)
            exact.append(exact_slope(f, Fraction(x)))
            found = self.call.gradient_in_kind(row, as_fraction, "exact")[j]
            if not isinstance(found, Fraction):
                raise TypeError("a derivative lost its exactness")
            if found != exact[-1]:
                one = Comparison(
                    self.order, place, "the result", found, exact[-1], 0.0, "exact fractions"
                )
                raise self._mismatch(one, self._blame())
        return "exact fractions", slope_of(exact)

    def _by_mpmath(self, j: int, x: Any, count: int, place: str) -> tuple[str, Slope]:
        from mpmath import mp

        exact = []
        for row in range(count):
            f = self.call.in_kind(j, row, watched)
            engine = self.call.gradient is None

            def claim(row: int = row) -> Any:
                return self.call.gradient_in_kind(row, to_mpf, mp.prec)[j]

            try:
                slope, found = settle(f, x, claim if engine else None)
            except Unsettled as why:
                if not (self.kinks.event or limits.is_end(f, x)):
                    raise Inconclusive(str(why)) from None
                return LIMIT, self._by_limits(j, x, count)
            if engine and not abs(slope - found) <= abs(slope) * mp.mpf(10) ** -14:
                a, n = float(found), float(slope)
                a, n = (found, slope) if a == n else (a, n)
                one = Comparison(self.order, place, "the result", a, n, 0.0, "mpmath")
                self._refuse_kink(x, f, "the function is not differentiable: at")
                raise self._mismatch(one, self._blame())
            if not engine:
                self._refuse_kink(x, f, "at")
            elif self.kinks.event:
                with suppress(LostDigits):  # at 0 itself exp(−1/x²) has no digits
                    self._refuse_kink(x, f, f"{self.kinks.event}: at")
            exact.append(slope)
        return "mpmath", slope_of(exact)

    def _by_limits(self, j: int, x: Any, count: int) -> Slope:
        functions = [self.call.in_kind(j, row, watched) for row in range(count)]
        found, error = zip(*(limits.precise_limit(f, x) for f in functions), strict=True)
        return Slope(np.array(found), np.array(error))

    def _refuse_kink(self, x: Any, f: Any, why: str) -> None:
        """Raise Inconclusive where the slopes to the left and to the right differ, and go on to."""
        from mpmath import mp

        def slopes(digits: int) -> list[Any]:
            with mp.workdps(digits):
                return [difference(f, to_mpf(x), digits, side) for side in (-1, 1)]

        left, right = slopes(LADDER[0])
        if abs(left - right) <= 1e-6 * (abs(left) + abs(right)):
            return
        nearer_left, nearer_right = slopes(LADDER[1])
        if not abs(nearer_left - nearer_right) <= 1e-6 * abs(left - right):
            self._refuse_to_judge(
                f"{why} {x!r}, the slope to the left is {mp.nstr(left, 8)}, to the right "
                f"{mp.nstr(right, 8)}"
            )

    def _blame(self) -> Blame | None:
        complex_ = any(isinstance(x, complex) for x in self.call.flat)
        if self.call.gradient is not None or complex_ or not has_mpmath():
            return None
        found = blame.blame(blame.graph_of(self.call.f, variables(self.call)))
        f = precise_arrays.undifferentiated(self.call.f)
        if found.op != "engine" or f is self.call.f:
            return found
        return no_second_order(blame.graph_of(f, variables(self.call))) or found
