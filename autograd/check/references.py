"""References for derivatives: fractions, mpmath's numbers, differences in floats, limits."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np

from autograd.check import limits, numerical
from autograd.check.call import Call, Element, as_fraction
from autograd.check.doubts import Doubts
from autograd.check.numerical import Slope, slope_of
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
    DIFFERENCES,
    LIMIT,
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


class References:
    """The references for the derivatives of one order: the best that a function can be run on.

    Attributes
    ----------
    notes : list of str
        What a report says of them beside its numbers.
    """

    def __init__(self, call: Call, order: int, oracle: str, rtol: float, doubts: Doubts) -> None:
        self.call, self.order, self.rtol, self.doubts = call, order, rtol, doubts
        precise = call.real and oracle != "differences"
        self.has_fractions = precise and oracle != "mpmath" and call.gradient is None
        self.has_mpmath = precise and oracle != "exact" and has_mpmath()
        self.has_differences = oracle in ("auto", "differences")
        self.notes: list[str] = []

    def of(self, one: Element, count: int) -> tuple[str, Slope]:
        """Return the reference's name and the derivatives; raise where a rule is wrong already."""
        for name in ("fractions", "mpmath"):
            if getattr(self, f"has_{name}"):
                try:
                    return getattr(self, f"_by_{name}")(one, count)  # type: ignore[no-any-return]
                except (GradientMismatch, Inconclusive, Skipped):
                    raise
                except LostDigits:
                    setattr(self, f"has_{name}", False)
                    if name == "mpmath":
                        self.notes = [_LOST_ON_THE_WAY]
                except Exception:  # whatever a function does to numbers that it isn't made for
                    setattr(self, f"has_{name}", False)
        if not self.has_differences:
            raise Inconclusive(
                "the function doesn't compute with the numbers that the oracle needs"
            )
        _, _, along, x, direction = one
        side = 0 if one.is_complex else limits.side_of_domain(along, x)
        if side:
            return LIMIT, limits.one_sided(along, x, side)
        first = numerical.by_differences(along, x, direction)
        if self.call.gradient is not None:
            other = numerical.by_other_differences(along, x, direction)
            first = agreed(first, other, x, self.rtol)
            if np.any(numerical.has_kink(along, x)):
                raise self.doubts.kink(f"the slopes to the left and to the right of {x!r} differ")
        return DIFFERENCES, first

    def _by_fractions(self, element: Element, count: int) -> tuple[str, Slope]:
        j, place, _, x, _ = element
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
                raise self.doubts.mismatch(one)
        return "exact fractions", slope_of(exact)

    def _by_mpmath(self, element: Element, count: int) -> tuple[str, Slope]:
        from mpmath import mp

        j, place, _, x, _ = element
        exact = []
        for row in range(count):
            f = self.call.in_kind(j, row, watched)
            engine = self.call.gradient is None

            def claim(row: int = row) -> Any:
                return self.call.gradient_in_kind(row, to_mpf, mp.prec)[j]

            try:
                slope, found = settle(f, x, claim if engine else None)
            except Unsettled as why:
                if not (self.doubts.event or limits.is_end(f, x)):
                    raise Inconclusive(str(why)) from None
                return LIMIT, self._by_limits(j, x, count)
            if engine and not abs(slope - found) <= abs(slope) * mp.mpf(10) ** -14:
                a, n = float(found), float(slope)
                a, n = (found, slope) if a == n else (a, n)
                one = Comparison(self.order, place, "the result", a, n, 0.0, "mpmath")
                self.refuse_kink(x, f, "the function is not differentiable: at")
                raise self.doubts.mismatch(one)
            if not engine:
                self.refuse_kink(x, f, "at")
            elif self.doubts.event:
                with suppress(LostDigits):  # at 0 itself exp(−1/x²) has no digits
                    self.refuse_kink(x, f, f"{self.doubts.event}: at")
            exact.append(slope)
        return "mpmath", slope_of(exact)

    def _by_limits(self, j: int, x: Any, count: int) -> Slope:
        functions = [self.call.in_kind(j, row, watched) for row in range(count)]
        found, error = zip(*(limits.precise_limit(f, x) for f in functions), strict=True)
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
            raise self.doubts.kink(
                f"{why} {x!r}, the slope to the left is {mp.nstr(left, 8)}, to the right "
                f"{mp.nstr(right, 8)}"
            )
