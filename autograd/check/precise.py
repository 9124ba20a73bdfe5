"""Derivatives found without rules: by exact fractions, and by mpmath at growing precision.

A function is evaluated beside a point with so many digits that rounding plays no part. Where two
precisions agree the derivative is known to far more digits than a float has.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import nan
from typing import Any

LADDER = (60, 200, 700, 1400)  # digits: the next is climbed to before an alarm is given
_NOTHING = -400  # a power of ten that is zero to a float, and that numbers inside may magnify
_HEIGHTS = (60, 240, 960)  # digits of an exact derivative's denominator
EXACT_STEPS = (Fraction(1, 10**180), Fraction(1, 10**720))  # beside a number, for a look at a kink

Function = Callable[[Any], Any]


class Unsettled(ArithmeticError):  # noqa: N818
    """No two precisions agree on a derivative: there may be none."""


def exact_slope(f: Function, x: Fraction) -> Fraction:
    """Return the derivative of a rational function at a rational number, exactly.

    A central difference over a tiny h is off by O(h²). Among the rationals whose denominator is
    below h^(-1/2) at most one is so near: it is found by continued fractions, and must come out
    again from a smaller h, with h² as much nearer.

    Raises
    ------
    Unsettled
        If two steps don't lead to one fraction: then f isn't rational, or has a kink at x.

    Examples
    --------
    >>> from fractions import Fraction
    >>> exact_slope(lambda x: 1 / x, Fraction(3))
    Fraction(-1, 9)
    """
    before, off_before, h_before = None, Fraction(0), Fraction(1)
    for height in _HEIGHTS:
        h = Fraction(1, 10 ** (3 * height))
        difference = (f(x + h) - f(x - h)) / (2 * h)
        if not isinstance(difference, Fraction):
            raise TypeError("a result lost its exactness")
        now = difference.limit_denominator(10**height)
        off = abs(now - difference)
        if now == before and off * h_before**2 <= 2 * off_before * h**2:
            return now
        before, off_before, h_before = now, off, h
    raise Unsettled("no fraction of moderate size is the limit of the differences")


def exact_quotient(f: Function, x: Fraction, step: Fraction) -> Fraction:
    """Return the difference quotient of a rational function over a step to one side."""
    quotient: Fraction = (f(x + step) - f(x)) / step
    return quotient


def difference(f: Function, x: Any, digits: int, side: int = 0) -> Any:
    """Return a difference quotient with so many digits: of one side, or central."""
    from mpmath import mp

    if not mp.isfinite(x):
        raise Unsettled(f"there are no numbers beside {x}")
    # Beside a huge or a tiny number the step is far smaller than it, or than 1: more digits then.
    with mp.workdps(digits + (abs(mp.mag(x)) * 3 // 10 if x else 0)):
        h = mp.mpf(10) ** -(digits // 3) * (min(1, abs(x)) if x else 1)
        if side:
            return _richardson(lambda h: (f(x + side * h) - f(x)) / (side * h), h, 2)
        return _richardson(lambda h: (f(x + h) - f(x - h)) / (2 * h), h, 4)


def _richardson(quotient: Function, h: Any, gain: int) -> Any:
    return (gain * quotient(h / 2) - quotient(h)) / (gain - 1)


def agree(one: Any, other: Any, digits: int) -> bool:
    """Whether two derivatives, computed with so many digits, are the same number to a float."""
    from mpmath import mp

    size = max(abs(one), abs(other))
    if not mp.isfinite(size):
        return False
    # A float or an irrational constant would agree to 16 digits; a right rule to digits/4 or more.
    # Rounding leaves 10^(−2/3 digits) of a derivative that is zero: not to be taken for it early.
    tiny = digits >= LADDER[2] and size < mp.mpf(10) ** _NOTHING
    return bool(abs(one - other) <= size * mp.mpf(10) ** -(digits // 4) or tiny)


def settle(f: Function, x: Any, claimed: Callable[[], Any] | None = None) -> tuple[Any, Any]:
    """Differentiate f at x with more and more digits, and compare with a claim.

    Parameters
    ----------
    f : callable
        From an mpf to an mpf.
    x : number
        Where; converted exactly.
    claimed : callable, optional
        Called in the precision of each rung: what the derivative is said to be there.

    Returns
    -------
    exact, claim
        The derivative twice, if the claim agrees with it; else both, at the last rung. Without a
        claim, the derivative on which two rungs agree, twice.

    Raises
    ------
    Unsettled
        If not even the last two rungs agree on the derivative.
    """
    from mpmath import mp

    before = slope = claim = None
    settled, rung = False, 0
    for digits in LADDER:
        with mp.workdps(digits):
            at = to_mpf(x)
            slope = difference(f, at, digits)
            if before is not None:
                # A saturated sigmoid has a slope that is zero to 200 digits, and not to a float.
                settled = agree(slope, before, rung) and (slope != 0 or digits >= LADDER[2])
            if claimed is not None:
                claim = claimed()
                if agree(slope, claim, digits):
                    return slope, slope
            elif settled:
                return slope, slope
            before, rung = slope, digits
    if not settled:
        raise Unsettled(f"no two of {LADDER} digits agree on the derivative at {x!r}")
    return slope, claim


def to_mpf(x: Any) -> Any:
    """Return a real number as an mpf: the same number, as far as the precision goes."""
    from mpmath import mp

    if isinstance(x, Fraction):
        return mp.mpf(x.numerator) / x.denominator
    return mp.mpf(x)


def has_mpmath() -> bool:
    """Whether mpmath can be imported."""
    try:
        import mpmath  # noqa: F401
    except ImportError:
        return False
    return True


def one_sided_slope(f: Function, x: Any, side: int) -> float:
    """Return the slope to one side; nan where the function isn't defined there."""
    from mpmath import mp

    try:
        with mp.workdps(LADDER[0]):
            return float(difference(f, to_mpf(x), LADDER[0], side))
    except Exception:  # an end of the domain, or whatever a function does to such numbers
        return nan
