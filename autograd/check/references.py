"""References for derivatives: fractions, mpmath's numbers, differences in floats, limits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np

from autograd.check import limits, numerical
from autograd.check.call import Call, as_fraction
from autograd.check.doubts import Doubts
from autograd.check.elements import Direction, Moved
from autograd.check.numerical import Slope, slope_of
from autograd.check.precise import (
    EXACT_STEPS,
    LADDER,
    Unsettled,
    difference,
    exact_quotient,
    exact_slope,
    has_mpmath,
    settle,
    to_mpf,
)
from autograd.check.report import (
    DIFFERENCES,
    FRACTIONS,
    LIMIT,
    MPMATH,
    Comparison,
    GradientMismatch,
    Inconclusive,
    Skipped,
)
from autograd.check.uncertainty import agreed
from autograd.check.watched import LostDigits, watched

_LOST_ON_THE_WAY = (
    "the function computes with floats on the way (math.*, float(), NumPy), so it was compared "
    "with differences in floats"
)
_NOT_SMOOTH = "the function is not differentiable: at"


class References:
    """The references for the derivatives of one order: the best that a function can be run on.

    Attributes
    ----------
    notes : list of str
        What a report says of them beside its numbers.
    """

    def __init__(self, call: Call, order: int, oracle: str, rtol: float, doubts: Doubts) -> None:
        self.call, self.order, self.rtol, self.doubts = call, order, rtol, doubts
        self.has_differences = oracle in ("auto", "differences")
        self.notes: list[str] = []
        precise = call.real and oracle != "differences"
        # From the best on; one that the function doesn't compute with is left out from then on.
        self._precise: dict[str, Callable[[Moved, int], tuple[str, Slope]]] = {}
        if precise and oracle != "mpmath" and call.claim is None:
            self._precise[FRACTIONS] = self._by_fractions
        if precise and oracle != "exact" and has_mpmath():
            self._precise[MPMATH] = self._by_mpmath

    @property
    def are_precise(self) -> bool:
        """Whether there is a reference that isn't floats."""
        return bool(self._precise)

    def of(self, one: Moved, count: int) -> tuple[str, Slope]:
        """Return the reference's name and the derivatives; raise where a rule is wrong already."""
        found = self.precisely(one, count)
        if found is not None:
            return found
        if not self.has_differences:
            raise Inconclusive(
                "the function doesn't compute with the numbers that the oracle needs"
            )
        return self._by_floats(one)

    def precisely(self, one: Moved, count: int) -> tuple[str, Slope] | None:
        """Return the same by a reference that isn't floats; None if the function has none."""
        for name in tuple(self._precise):
            if name == FRACTIONS and isinstance(one, Direction):
                continue  # the denominators of all members would be multiplied
            try:
                return self._precise[name](one, count)
            except (GradientMismatch, Inconclusive, Skipped):
                raise
            except Exception as error:  # whatever a function does to numbers it isn't made for
                del self._precise[name]
                if name == MPMATH and isinstance(error, LostDigits):
                    self.notes = [_LOST_ON_THE_WAY]
        return None

    def _by_floats(self, one: Moved) -> tuple[str, Slope]:
        along, x = one.along, one.x
        side = 0 if one.is_complex else limits.side_of_domain(along, x)
        if side:
            return LIMIT, limits.one_sided(along, x, side)
        first = numerical.by_differences(along, x, one.direction, one.rounding)
        if self.call.claim is not None:
            other = numerical.by_other_differences(along, x, one.direction, one.rounding)
            first = agreed(first, other, x, self.rtol)
            if np.any(numerical.has_kink(along, x, one.rounding)):
                raise self.doubts.kink(f"the slopes to the left and to the right of {x!r} differ")
        return DIFFERENCES, first

    def _by_fractions(self, element: Moved, count: int) -> tuple[str, Slope]:
        x, exact = element.x, []
        for row in range(count):
            f = self.call.in_kind(element, row, as_fraction)
            exact.append(exact_slope(f, Fraction(x)))
            found = element.slope(self.call.gradient_in_kind(row, as_fraction, "exact"))
            if not isinstance(found, Fraction):
                raise TypeError("a derivative lost its exactness")
            if found != exact[-1]:
                self._refuse_exact_kink(Fraction(x), f)
                raise self.doubts.mismatch(self._compared(element, found, exact[-1], FRACTIONS))
        return FRACTIONS, slope_of(exact)

    def _by_mpmath(self, element: Moved, count: int) -> tuple[str, Slope]:
        from mpmath import mp

        x, exact = element.x, []
        engine = self.call.claim is None
        for row in range(count):
            f = self.call.in_kind(element, row, watched)

            def claim(row: int = row) -> Any:
                return element.slope(self.call.gradient_in_kind(row, to_mpf, mp.prec))

            try:
                slope, found = settle(f, x, claim if engine else None)
            except Unsettled as why:
                if not (self.doubts.event or limits.is_end(f, x)):
                    raise Inconclusive(str(why)) from None
                return LIMIT, self._by_limits(element, count)
            if engine and not abs(slope - found) <= abs(slope) * mp.mpf(10) ** -14:
                a, n = float(found), float(slope)
                a, n = (found, slope) if a == n else (a, n)
                one = self._compared(element, a, n, MPMATH)
                self.refuse_kink(x, f, _NOT_SMOOTH)
                raise self.doubts.mismatch(one)
            if not engine:
                self.refuse_kink(x, f, "at")
            elif self.doubts.event:
                with suppress(LostDigits):  # at 0 itself exp(−1/x²) has no digits
                    self.refuse_kink(x, f, f"{self.doubts.event}: at")
            exact.append(slope)
        return MPMATH, slope_of(exact)

    def _compared(self, element: Moved, found: Any, exact: Any, reference: str) -> Comparison:
        return Comparison(self.order, element.place, "the result", found, exact, 0.0, reference)

    def _by_limits(self, element: Moved, count: int) -> Slope:
        functions = [self.call.in_kind(element, row, watched) for row in range(count)]
        found, error = zip(*(limits.precise_limit(f, element.x) for f in functions), strict=True)
        return Slope(np.array(found), np.array(error))

    def refuse_kink(self, x: Any, f: Any, why: str) -> None:
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
            raise self._kink(why, x, mp.nstr(left, 8), mp.nstr(right, 8))

    def _refuse_exact_kink(self, x: Fraction, f: Callable[[Fraction], Fraction]) -> None:
        """Raise Inconclusive where the slopes of a rational function to both sides differ."""
        (left, right), (nearer_left, nearer_right) = (
            [exact_quotient(f, x, side * step) for side in (-1, 1)] for step in EXACT_STEPS
        )
        gap = abs(left - right)  # of a smooth function it shrinks with the step
        if gap and abs(nearer_left - nearer_right) > gap / 10**6:
            raise self._kink(_NOT_SMOOTH, float(x), *(f"{float(s):.8g}" for s in (left, right)))

    def _kink(self, why: str, x: Any, left: str, right: str) -> Exception:
        return self.doubts.kink(
            f"{why} {x!r}, the slope to the left is {left}, to the right {right}"
        )
