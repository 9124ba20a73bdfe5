"""The check of all derivatives of one order, compared one by one with a reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from time import monotonic
from typing import Any

import numpy as np

from autograd.check import blame, limits, numerical, precise_arrays
from autograd.check.call import Call, as_fraction, variables
from autograd.check.numerical import Along, Slope
from autograd.check.precise import (
    LADDER,
    Unsettled,
    difference,
    exact_slope,
    has_mpmath,
    one_sided_slope,
    settle,
    to_mpf,
)
from autograd.check.report import Blame, Comparison, GradientMismatch, Inconclusive, NotCheckable
from autograd.check.rounding import OF_TERMS, Rounding, refuse_extremes
from autograd.check.side_effects import no_second_order
from autograd.check.uncertainty import (
    MARGIN,
    agreed,
    refuse_contradiction,
    refuse_useless,
    second_opinion,
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
_LIMIT = "the one-sided limit"
_IN_FLOATS = ("central differences", _LIMIT)  # references that are uncertain


class Skipped(Exception):  # noqa: N818
    """A derivative at a kink isn't compared, because the user asked for that."""


class OrderCheck:
    """The check of all derivatives of one order."""

    def __init__(
        self, call: Call, order: int, oracle: str, at_ties: str, rtol: float, last: bool = True
    ) -> None:
        self.call = call
        self.order = order
        self.last = last  # whether no higher order is wanted
        self.at_ties = at_ties
        self.rtol = rtol
        precise = call.real and oracle != "differences"
        self.has_fractions = precise and oracle != "mpmath" and call.gradient is None
        self.has_mpmath = precise and oracle != "exact" and has_mpmath()
        self.may_use_differences = oracle in ("auto", "differences")
        self.rounding = Rounding(call)
        self.may_use_mpmath = oracle in ("auto", "mpmath") and has_mpmath()
        self.until = monotonic() + precise_arrays.SECONDS
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
        for node in nodes:
            if not np.all(np.isfinite(np.asarray(node._data, dtype=float))):
                name = node.op.name if node.op else ""
                raise Inconclusive(
                    f"the result of {name!r} inside is {node._data!r}: the function goes "
                    "through infinity, and floats can't tell its derivative"
                )
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
        comparisons = []
        for j, (place, _, _) in enumerate(self.call.elements()):
            try:
                found_by = blame.by_convention(self.call.of_leaves, self.call.flat, j)
                exact, size = map(float, found_by)
            except ArithmeticError as error:
                raise Inconclusive(f"{why}, and {error}") from None
            found = float(analytic[0, j])
            same = found == exact or (found != found and exact != exact)
            off = 0.0 if same else self.rtol * abs(exact) + OF_TERMS * size
            one = Comparison(self.order, place, results[0][0], found, exact, off, "the conventions")
            if not (same or one.difference <= off or self.rounding.explains_at_kink(j, one)):
                raise GradientMismatch(one, f". {why}", self._blame())
            comparisons.append(self._at_limit(j, one))
            self._refuse_smooth(j, why)
        return comparisons

    def _refuse_smooth(self, j: int, why: str) -> None:
        """Raise Inconclusive where a next order is wanted and may exist: the slopes agree."""
        if self.last:
            return
        f, x = self.call.in_kind(j, 0, to_mpf), self.call.flat[j]
        left, right = (one_sided_slope(f, x, side) for side in (-1, 1))
        if abs(left - right) <= 1e-6 * max(abs(left), abs(right), 1e-6):
            raise Inconclusive(
                f"{why}, where the slopes to both sides agree: the derivatives of order "
                f"{self.order + 1} may exist, and the conventions take them for zero"
            )

    def _at_limit(self, j: int, one: Comparison) -> Comparison:
        """Return a comparison with the limit, where 0 · ∞ was taken as 0; else the one given."""
        event = self._taken_as_zero
        if not event:
            return one
        x = self.call.flat[j]
        try:
            found, error = limits.precise_limit(self.call.in_kind(j, 0, watched), x)
        except Inconclusive as why:
            raise Inconclusive(f"{event}: {why}") from None
        tolerance = MARGIN * error + (MARGIN * _EPS + self.rtol) * abs(found)
        one = replace(one, numeric=found, tolerance=tolerance, reference=_LIMIT)
        return self._kept(one, event)

    def _kept(self, one: Comparison, event: str) -> Comparison:
        """Return a comparison with a limit; raise, blaming nobody, where it differs."""
        if tolerance_ratio(one) > 1:
            raise GradientMismatch(one, f".\n{event}: it is taken as 0, and the limit is another")
        return one

    @cached_property
    def _stays_in_its_graph(self) -> bool:
        return stays_in_its_graph(self.call)

    @cached_property
    def precise(self) -> precise_arrays.Precise:
        """The function on mpmath's numbers, in arrays of objects."""
        return precise_arrays.precisely(self.call.f, self.call.inputs)

    @cached_property
    def _taken_as_zero(self) -> str:
        """Where the graph takes 0 · ∞ as 0; empty if nowhere, or if there is no graph."""
        if self.call.gradient is not None:
            return ""
        nodes = blame.graph_of(self.call.f, variables(self.call))
        return limits.reason(nodes[-1]) if nodes else ""

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
        if self.call.gradient is not None and reference == "mpmath":
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
                refuse_useless(found, results, x)
                self._judge(j, found, along, x, direction)
            except (GradientMismatch, Inconclusive) as doubt:
                return self._escalated(j, x, found, doubt)
            return found
        self._judge(j, found, along, x, direction)
        if self.call.gradient is None and not self._stays_in_its_graph:
            refuse_contradiction(along, x, direction, reference, slope)
        return found

    def _judge(
        self, j: int, found: list[Comparison], along: Along, x: Any, direction: complex
    ) -> None:
        """Raise at the first derivative that differs by more than can be explained."""
        for row, one in enumerate(found):
            if one.reference == _LIMIT and self._taken_as_zero:
                self._kept(one, self._taken_as_zero)
            elif tolerance_ratio(one) > 1:
                self._refuse_or_raise(j, row, one, along, x, direction)

    def _escalated(
        self, j: int, x: Any, found: list[Comparison], doubt: Exception
    ) -> list[Comparison]:
        """Compare again with what arrays of mpmath's numbers say; raise the doubt if they can't."""
        if self.call.real or isinstance(x, complex) or not self.may_use_mpmath:
            raise doubt
        numbers = precise_arrays.elements(self.call.inputs)
        along = precise_arrays.Along(self.precise, numbers, j, self.until)
        sure = []
        for row, one in enumerate(found):
            f = along.row(row)
            try:
                exact = float(settle(f, x)[0])
                self._refuse_kink(x, f, "at")
            except Exception:  # whatever a function does to arrays that it isn't made for
                raise doubt from None
            tolerance = (MARGIN * _EPS + self.rtol) * abs(exact) + 5e-324
            again = replace(one, numeric=exact, tolerance=tolerance, reference="mpmath")
            if tolerance_ratio(again) > 1 and not self.rounding.explains(j, row, again):
                if isinstance(doubt, Inconclusive):
                    raise Inconclusive(f"{doubt}. In many digits it is {exact!r}")
                raise doubt
            sure.append(again)
        return sure

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
                refuse_extremes(found.root, one.difference * max(1.0, abs(x)))
        raise GradientMismatch(one, "", found)

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
            return _LIMIT, limits.one_sided(along, x, side)
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
                raise GradientMismatch(one, "", self._blame())
        return "exact fractions", _slope(exact)

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
                raise Inconclusive(str(why)) from None
            if engine and not abs(slope - found) <= abs(slope) * mp.mpf(10) ** -14:
                a, n = float(found), float(slope)
                a, n = (found, slope) if a == n else (a, n)
                one = Comparison(self.order, place, "the result", a, n, 0.0, "mpmath")
                self._refuse_kink(x, f, "the function is not differentiable: at")
                raise GradientMismatch(one, "", self._blame())
            if not engine:
                self._refuse_kink(x, f, "at")
            exact.append(slope)
        return "mpmath", _slope(exact)

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
        f = self.call.f
        if found.op != "engine" or not isinstance(f, precise_arrays.Gradient):
            return found
        while isinstance(f, precise_arrays.Gradient):
            f = f.f
        return no_second_order(blame.graph_of(f, variables(self.call))) or found


def _slope(exact: list[Any]) -> Slope:
    found = np.array([float(g) for g in exact])
    return Slope(found, np.abs(found) * 2.0**-50 + 5e-324)
