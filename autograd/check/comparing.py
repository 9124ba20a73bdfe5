"""The check of all derivatives of one order, compared one by one with a reference."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd.check import blame, limits, numerical, precise_arrays
from autograd.check.at_kinks import KinkCheck, refuse_infinite_slopes
from autograd.check.call import Call
from autograd.check.directions import Directions
from autograd.check.doubts import Doubts
from autograd.check.elements import Element
from autograd.check.precise import has_mpmath, settle
from autograd.check.references import References
from autograd.check.report import (
    DIFFERENCES,
    IN_FLOATS,
    LIMIT,
    Comparison,
    GradientMismatch,
    Inconclusive,
    NotCheckable,
    Skipped,
)
from autograd.check.rounding import Rounding, refuse_extremes
from autograd.check.uncertainty import (
    MARGIN,
    refuse_contradiction,
    refuse_useless,
    second_opinion,
    seems_alike,
    stays_in_its_graph,
    tolerance_ratio,
)
from autograd.node.node import Node

_EPS = float(np.finfo(float).eps)
_TOO_LONG = "More digits would take too long"


class OrderCheck:
    """The check of all derivatives of one order."""

    def __init__(
        self, call: Call, order: int, oracle: str, at_ties: str, rtol: float, last: bool = True
    ) -> None:
        self.call, self.order, self.at_ties, self.rtol = call, order, at_ties, rtol
        self.doubts = Doubts(call, at_ties)
        self.references = References(call, order, oracle, rtol, self.doubts)
        self.rounding = Rounding(call, rtol)
        self.kinks = KinkCheck(call, order, rtol, last, self.rounding, self.doubts)
        arrays = not call.real and call.foreign is None
        self.has_arrays_of_mpf = arrays and oracle in ("auto", "mpmath") and has_mpmath()
        self.budget = precise_arrays.Budget()
        self.unsure: Inconclusive | None = None  # the first

    def run(self, skipped: list[str]) -> list[Comparison]:
        """Return all comparisons; raise what ``gradcheck`` raises."""
        results = self.call.checked()
        analytic = self.call.jacobian
        if not results:
            return []
        tied = [node for node in self.doubts.nodes() if blame.is_at_kink(node)]
        if tied:
            return self._at_kinks(tied, results, analytic, skipped)
        comparisons: list[Comparison] = []
        elements = list(self.call.elements())
        known = self._along_directions(elements, results)
        for element in elements:
            one = known.get(element.j)
            comparisons += self._looked_at(element, results) if one is None else one
        if self.unsure is not None:
            raise self.unsure
        if not self.call.real:
            self._check_rules()
        return comparisons

    def _along_directions(
        self, elements: list[Element], results: Any
    ) -> dict[int, list[Comparison]]:
        if self.doubts.event or self.doubts.infinity:
            return {}
        precise = self._precise if self.has_arrays_of_mpf else None
        directions = Directions(
            self.call,
            self.order,
            self.references,
            self.rtol,
            precise,
            self.budget,
            lambda element: self._looked_at(element, results),
        )
        found = directions.confirmed(elements, results)
        for element in elements:
            for row, one in enumerate(found.get(element.j, ())):
                self._judge(element, row, one)
        return found

    def _check_rules(self) -> None:
        """Check every rule in a graph of arrays by itself: more finely than differences can."""
        found = self.doubts.blame
        if found is None or found.argument is None:
            return
        where = f"operand {found.operand}" + (f" at index {found.index}" if found.index else "")
        one = Comparison(
            self.order, where, f"{found.op!r} alone", found.found, found.exact, 0.0, "its function"
        )
        raise GradientMismatch(one, "", found)

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
        if self.doubts.infinity and not self.doubts.event:
            raise Inconclusive(self.doubts.infinity)
        return self.kinks.run(why, results, analytic)

    @cached_property
    def _stays_in_its_graph(self) -> bool:
        return stays_in_its_graph(self.call)

    @cached_property
    def _precise(self) -> precise_arrays.Precise:
        """The function on mpmath's numbers, in arrays of objects."""
        return precise_arrays.precisely(self.call.f, self.call.inputs)

    def _looked_at(self, element: Element, results: Any) -> list[Comparison]:
        """Do the same as ``_one``; where there is no verdict, go on: another may be wrong."""
        try:
            return self._one(element, results)
        except Inconclusive as why:
            self.unsure = self.unsure or why.with_traceback(None)
            return []

    def _one(self, element: Element, results: Any) -> list[Comparison]:
        """Compare the derivatives of all results by one element."""
        column, claim = element.column(self.call.jacobian), self.call.claim
        reference, slope = self.references.of(element, len(results))
        in_floats = reference in IN_FLOATS
        alike = in_floats or seems_alike(element, slope)
        if not alike and (claim or not self._stays_in_its_graph):
            refuse_contradiction(element, reference, slope)
        share = MARGIN * self.call.last_bit + self.rtol
        tolerance = MARGIN * slope.error + share * np.abs(slope.found)
        by = claim.who if claim else "autograd"
        found = [
            Comparison(self.order, element.place, name, a, n, t, reference, by)
            for (name, _), a, n, t in zip(
                results, column.tolist(), slope.found.tolist(), tolerance.tolist(), strict=True
            )
        ]
        doubt: GradientMismatch | Inconclusive | None = None
        try:
            if in_floats:
                refuse_useless(found, results, element.x, share)
                self._refuse_two_sides(reference, element)
            for row, one in enumerate(found):
                self._judge(element, row, one)
        except (GradientMismatch, Inconclusive) as why:
            doubt = why
        again = None
        if in_floats and (doubt or any(abs(one.numeric) <= one.tolerance for one in found)):
            again = self._in_many_digits(element, found, doubt)
        if again is None and doubt is not None:
            raise doubt from None
        return again or found

    def _refuse_two_sides(self, reference: str, one: Element) -> None:
        """Raise Inconclusive where 0 · ∞ was taken as 0 and the slopes to both sides differ."""
        if reference == LIMIT or one.is_complex or not self.doubts.event:
            return
        if np.any(numerical.has_kink(one.along, one.x, one.rounding)):
            raise Inconclusive(f"{self.doubts.event}: the slopes to both sides differ")

    def _judge(self, element: Element, row: int, one: Comparison) -> None:
        """Raise where a derivative differs, and neither rounding nor a doubt explains it."""
        if one.reference == LIMIT and self.doubts.event:
            self.doubts.kept(one)
            return
        if tolerance_ratio(one) <= 1:
            return
        by_differences, x = one.reference == DIFFERENCES, element.x
        kink = (
            by_differences
            and self.call.claim is None
            and not element.is_complex
            and numerical.has_kink(element.along, x)[row]
        )
        if not kink:
            if self.rounding.explains(element.j, row, one):
                return
            if by_differences:
                second_opinion(element, one, row, self.rtol)
        found = self.doubts.blame
        if found is None or found.op == "engine":
            if kink:
                raise self.doubts.kink(f"the slopes of {one.result} on both sides of {x!r} differ")
            if found is not None and found.root is not None:
                refuse_infinite_slopes(found.root, one)
                self.kinks.refuse_inside(element.j)
                refuse_extremes(found.root, one.difference * max(1.0, abs(x)))
        raise self.doubts.mismatch(one)

    def _in_many_digits(
        self, element: Element, found: list[Comparison], doubt: Exception | None
    ) -> list[Comparison] | None:
        """Compare again with what arrays of mpmath's numbers say; None if they can't.

        Where they see a difference the doubt is raised, if it is one of a wrong gradient.
        """
        if not self.has_arrays_of_mpf or element.is_complex:
            return None
        numbers = precise_arrays.elements(self.call.inputs)
        along = precise_arrays.Along(self._precise, numbers, element, self.budget)
        sure = []
        for row, one in enumerate(found):
            try:
                exact = self._exactly(along.row(row), element.x, one.reference)
            except TimeoutError:
                if isinstance(doubt, GradientMismatch) and doubt.of_the_engine:
                    raise Inconclusive(f"{doubt}. {_TOO_LONG}") from None
                return None
            except Exception:  # whatever a function does to arrays that it isn't made for
                return None
            tolerance = (MARGIN * _EPS + self.rtol) * abs(exact) + 5e-324
            reference = LIMIT if one.reference == LIMIT else "mpmath"
            again = replace(one, numeric=exact, tolerance=tolerance, reference=reference)
            if reference == LIMIT and self.doubts.event:
                self.doubts.kept(again)
            elif tolerance_ratio(again) > 1 and not self._explained(element.j, row, again, doubt):
                if isinstance(doubt, GradientMismatch):
                    raise doubt
                self._check_rules()
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

    def _exactly(self, f: Any, x: float, reference: str) -> float:
        if reference == LIMIT:
            return limits.precise_limit(f, x)[0]
        slope = float(settle(f, x)[0])
        self.references.refuse_kink(x, f, "at")
        return slope
