"""The comparison of an op's values with a definition from elsewhere, at many points.

It is made twice: in many digits, where rounding plays no part, and in floats, whose value may be
off by what the rounding of the op's own steps costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

from autograd.numbers.kinds import MPF
from autograd.rules.op import Elementwise

Point = tuple[float, ...]

_BITS = (200, 1400)  # the second before an alarm: a result may be tiny beside the terms in it
_SUSPECT = 1e-11  # a share of a value that floats may be off without a second look
_SHARE = 1e-14  # and many digits: constants in a definition may be floats
_ROUNDINGS = 4.0  # how many times what its steps lose in coarser rounding an op may be off
_TINY, _HUGE = 1e-300, 1e300  # outside, a step on the way may under- or overflow


def unlike_definition(
    op: Elementwise,
    settings: dict[str, Any],
    definition: Callable[..., Any],
    points: list[Point],
) -> Iterator[str]:
    """Yield for each point what is wrong with the op's value, or an empty string."""
    for point in points:
        exact = _real(definition, point, _BITS[0])
        if exact is None or not abs(exact) < _HUGE:
            continue
        z = op.compute(*point, **settings)
        own = _real(op.compute, point, _BITS[0], settings) if MPF in op.numbers else exact
        near = _near(z, exact, _SUSPECT) and own is not None and _near(own, exact, _SHARE)
        yield "" if near else _looked_at(op, settings, definition, point, z)


def _looked_at(
    op: Elementwise, settings: dict[str, Any], definition: Any, point: Point, z: Any
) -> str:
    exact = _real(definition, point, _BITS[1])
    own, spread = exact, 0.0
    if MPF in op.numbers:
        own = _real(op.compute, point, _BITS[1], settings)
        spread = _spread(op, settings, point, own)
    if exact is None or own is None:
        return ""
    for what, found, share in (("", z, _SUSPECT), (" in many digits", own, _SHARE)):
        if not _near(found, exact, share, spread):
            return f"at {point} it gives {float(found)!r}{what}, the definition {float(exact)!r}"
    return ""


def _real(
    function: Any, point: Point, bits: int, settings: dict[str, Any] | None = None
) -> Any | None:
    """Return a function's value in so many bits; None where it has no real, finite one."""
    from mpmath import mp

    with mp.workprec(bits):
        try:
            y = mp.mpmathify(function(*map(mp.mpf, point), **(settings or {})))
        except (ArithmeticError, ValueError):
            return None
        return None if isinstance(y, mp.mpc) or not mp.isfinite(y) else y


def _spread(op: Elementwise, settings: dict[str, Any], point: Point, own: Any) -> float:
    """Return how far the rounding of its own steps moves a value, measured in fewer bits."""
    found = [_real(op.compute, point, 53 - bits, settings) for bits in range(6)]
    apart = [abs(y - own) / 2**bits for bits, y in enumerate(found) if y is not None]
    return float(max(apart, default=0.0)) if own is not None else 0.0


def _near(found: Any, exact: Any, share: float, spread: float = 0.0) -> bool:
    if not isfinite(found):
        return False
    return bool(abs(found - exact) <= share * abs(exact) + _ROUNDINGS * spread + _TINY)
