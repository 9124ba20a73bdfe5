"""Many inputs at once: which derivatives are confirmed by a few along random directions.

A derivative along v is the sum of the partials, each times its element of v. If it agrees with what
is claimed, each partial is right to within the tolerance over its element of v, for random weights
let no errors cancel. A direction so confirms those partials whose digits it sees; where it doesn't
agree it is halved, and what is left is looked at one by one. It never gives a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.check import limits, numerical, precise_arrays
from autograd.check.call import Call
from autograd.check.elements import Direction, Element
from autograd.check.numerical import Column, Slope
from autograd.check.precise import LADDER, settle, to_mpf
from autograd.check.references import References
from autograd.check.report import (
    ALONG,
    DIFFERENCES,
    LIMIT,
    MPMATH,
    Comparison,
    GradientMismatch,
    Inconclusive,
    Skipped,
)
from autograd.check.rounding import SQUARABLE
from autograd.check.uncertainty import MARGIN, refuse_contradiction, seems_alike

FEW = 16  # inputs with fewer elements are looked at one by one
_WORTH_IT = 5  # so are groups of fewer
_TIMES = 2  # directions that must agree
_LEVEL = 4  # powers of ten: what moves the result less than another isn't moved with it
_ULPS = 1.0  # a tight bound of the rounding: where it is too tight, halves are looked at


@dataclass(frozen=True)
class _Seen:
    """What a direction shows: how far off all results are together, and may be."""

    direction: Direction
    reference: str
    off: Column
    tolerance: Column

    @property
    def of_each(self) -> Column:
        """How far off each partial may be: a row for each result, a column for each member."""
        found: Column = self.tolerance[:, np.newaxis] / np.abs(self.direction.weights)
        return found


class Directions:
    """The derivatives of one order along random directions."""

    def __init__(
        self,
        call: Call,
        order: int,
        references: References,
        rtol: float,
        precise: precise_arrays.Precise | None,
        budget: precise_arrays.Budget,
        one_by_one: Callable[[Element], list[Comparison]],
    ) -> None:
        self.call, self.order, self.references, self.rtol = call, order, references, rtol
        self.precise, self.budget, self.one_by_one = precise, budget, one_by_one
        self.rng = np.random.default_rng(0)
        self.elements: list[Element] = []
        self.results: list[tuple[str, Any]] = []

    def confirmed(
        self, elements: list[Element], results: list[tuple[str, Any]]
    ) -> dict[int, list[Comparison]]:
        """Return the comparisons of all partials by the elements that directions confirm."""
        is_complex = np.iscomplexobj(self.call.jacobian) or any(e.is_complex for e in elements)
        if len(elements) < FEW or is_complex:
            return {}
        self.elements, self.results = elements, results
        found: dict[int, list[Comparison]] = {}
        sizes = np.abs([one.x for one in elements])
        for steps in (np.maximum(1.0, sizes), np.where(sizes == 0, 1.0, sizes)):
            for group in self._groups(steps, found):
                found |= self._of(group, steps)
        return found

    def _groups(self, steps: Column, found: dict[int, Any]) -> Iterator[Column]:
        """Yield the members that are left, those together that move the results about as much."""
        moves = np.abs(np.asarray(self.call.jacobian, float)) * steps
        largest = np.max(moves, axis=1, keepdims=True, initial=0.0)
        shares = np.divide(moves, largest, out=np.zeros_like(moves), where=largest > 0)
        share = np.max(shares, axis=0, initial=0.0)
        with np.errstate(divide="ignore"):
            levels = np.ceil(np.log10(share) / _LEVEL)
        tiny = np.array([0 < abs(one.x) < 1 / SQUARABLE for one in self.elements])
        left = np.array([one.j not in found for one in self.elements]) & np.isfinite(share) & ~tiny
        for level in sorted(set(levels[left]), reverse=True):
            yield np.flatnonzero(left & (levels == level))

    def _of(
        self, group: Column, steps: Column, failed: bool = False
    ) -> dict[int, list[Comparison]]:
        """Return the derivatives that directions confirm; of a group that failed, the last seen."""
        if len(group) < _WORTH_IT:
            return {j: self.one_by_one(self.elements[j]) for j in group.tolist()} if failed else {}
        seen = []
        for nth in range(_TIMES):
            one = self._along(group, steps, nth)
            if one is None:
                half = len(group) // 2
                halves = group[:half], group[half:]
                return {j: c for part in halves for j, c in self._of(part, steps, True).items()}
            seen.append(one)
            if one.reference == MPMATH:
                break  # so many digits cancel nowhere
        return self._comparisons(seen, self._is_seen(seen))

    def _along(self, group: Column, steps: Column, nth: int) -> _Seen | None:
        """Look at one direction; None if it doesn't agree, or can't tell."""
        weights = self.rng.uniform(0.5, 1.0, len(group)) * self.rng.choice([-1, 1], len(group))
        direction = self._direction(group, np.round(weights * 64) / 64 * steps[group])
        call = self.call
        try:
            reference, slope = self._reference(direction, nth)
            if reference == MPMATH and not seems_alike(direction, slope):
                refuse_contradiction(direction, reference, slope)
        except (GradientMismatch, Inconclusive, Skipped):
            return None
        claimed = direction.column(call.jacobian)
        terms = direction.block(call.jacobian) * direction.weights
        tolerance = MARGIN * slope.error
        exact = self._in_many_digits(direction) if not np.all(terms) else None
        if exact is not None and reference == DIFFERENCES:
            reference, slope = MPMATH, numerical.slope_of(exact)
            tolerance = np.zeros_like(slope.found)
        last_bit = MARGIN * call.last_bit * np.linalg.norm(terms, axis=1)
        tolerance = tolerance + last_bit + self.rtol * np.abs(slope.found)
        off = claimed - slope.found
        if not np.all(np.abs(off) <= tolerance):
            return None
        return _Seen(direction, reference, off, tolerance)

    def _reference(self, direction: Direction, nth: int) -> tuple[str, Slope]:
        """Return the slopes: in floats, of two directions by two families of steps.

        Raises
        ------
        Inconclusive
            If the first direction is one in which a domain ends, or slopes jump; or if differences
            were not asked for.
        """
        found = self.references.precisely(direction, len(self.results))
        if found is not None:
            if found[0] == LIMIT:
                raise Inconclusive("the domain ends there")
            return found
        if not self.references.has_differences:
            raise Inconclusive("the oracle that was asked for isn't differences")
        along, rounding = direction.along, direction.rounding
        if nth:
            return DIFFERENCES, numerical.by_other_differences(along, 0.0, 1, rounding)
        if limits.side_of_domain(along, 0.0) or np.any(numerical.has_kink(along, 0.0, rounding)):
            raise Inconclusive("the function has an end or a kink there")
        return DIFFERENCES, numerical.by_differences(along, 0.0, 1, rounding)

    def _direction(self, group: Column, weights: Column) -> Direction:
        way = np.zeros(len(self.elements))
        way[group] = weights
        along = self.call.along(lambda t: self.call.filled(self.call.numbers + t * way))
        rounding = numerical.rounding(self.call.here, self._noise / 2, _ULPS)
        return Direction(along, group, weights, rounding)

    @property
    def _noise(self) -> Column:
        """The noise of the results, which many digits don't have."""
        return np.zeros(len(self.results)) if self.references.are_precise else self.call.noise

    def _in_many_digits(self, direction: Direction) -> list[Any] | None:
        """Return the slopes from arrays of mpmath's numbers; None if they can't be had."""
        if self.precise is None:
            return None
        numbers = precise_arrays.elements(self.call.inputs)
        along = precise_arrays.Along(self.precise, numbers, direction, self.budget)
        try:
            return [settle(along.row(row), 0.0)[0] for row in range(len(self.results))]
        except Exception:  # whatever a function does to arrays that it isn't made for
            return None

    def _is_seen(self, seen: list[_Seen]) -> Column:
        """Return of which members every partial is confirmed.

        That is to half of the digits; or as finely as one difference by this element alone could,
        if that is a digit at least, or a zero is claimed.
        """
        call, group = self.call, seen[0].direction.members
        claimed = np.abs(seen[0].direction.block(call.jacobian))
        off = np.min([one.of_each for one in seen], axis=0)
        sizes = np.maximum(1.0, np.abs([self.elements[j].x for j in group]))
        rounding = numerical.rounding(call.here, self._noise)
        alone = MARGIN * numerical.finest(call.here, rounding)[:, np.newaxis] / sizes
        to_half = off <= max(np.sqrt(call.last_bit), self.rtol) * claimed
        as_one = (off <= alone) & ((claimed == 0) | (10 * off <= claimed))
        found: Column = np.all(to_half | as_one, axis=0)
        return found

    def _comparisons(self, seen: list[_Seen], is_seen: Column) -> dict[int, list[Comparison]]:
        members = seen[0].direction.members
        claimed = np.asarray(self.call.jacobian)[:, members]
        numbers, tolerance, reference = self._exact(seen[0]) or self._bounded(seen, claimed)
        by = self.call.claim.who if self.call.claim else "autograd"
        columns = zip(claimed.T.tolist(), numbers.T.tolist(), tolerance.T.tolist(), strict=True)
        return {
            j: [
                Comparison(self.order, self.elements[j].place, name, a, n, t, reference, by)
                for (name, _), a, n, t in zip(self.results, *column, strict=True)
            ]
            for j, column, found in zip(members.tolist(), columns, is_seen.tolist(), strict=True)
            if found
        }

    def _bounded(self, seen: list[_Seen], claimed: Column) -> tuple[Column, Column, str]:
        """Return what each derivative would be if it alone were off, and how far it may be."""
        off = np.array([one.off[:, np.newaxis] / one.direction.weights for one in seen])
        tolerance = np.array([one.of_each for one in seen])
        best = np.argmin(tolerance, axis=0)[np.newaxis]
        nearest = np.take_along_axis(off, best, axis=0)[0]
        return (
            claimed - np.where(claimed == 0, 0.0, nearest),
            np.min(tolerance, axis=0),
            seen[0].reference + ALONG,
        )

    def _exact(self, seen: _Seen) -> tuple[Column, Column, str] | None:
        """Return our own gradients in many digits, which the directions have confirmed."""
        if seen.reference != MPMATH or self.call.claim is not None or not self.call.real:
            return None
        from mpmath import mp

        with mp.workdps(LADDER[0]):
            rows = range(len(self.results))
            exact = [self.call.gradient_in_kind(row, to_mpf, mp.prec) for row in rows]
        numbers = np.array([[float(row[j]) for j in seen.direction.members] for row in exact])
        tolerance = (2 * MARGIN * numerical.EPS + self.rtol) * np.abs(numbers) + 5e-324
        return numbers, tolerance, MPMATH
