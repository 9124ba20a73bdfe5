"""Where a reference is too uncertain to compare a derivative with: can't tell is not agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.check import numerical
from autograd.check.blame import graph_of
from autograd.check.call import Call, variables
from autograd.check.elements import Element, Moved
from autograd.check.numerical import Slope
from autograd.check.report import Comparison, Inconclusive
from autograd.check.rounding import SQUARABLE, USELESS, asked
from autograd.node.node import Node

MARGIN = 16.0  # how many times the estimated error a numerical derivative may be off
_NEAR = 1e-6  # a share of a derivative, to which two families of steps must agree
_MOVED = 2.0**-20
_UNIT = 2.0**-52
_HALF_UNIT = _UNIT / 2
_FIRST_LOOK = 2.0**-17  # a step, beside the number that is moved
_APART = 1e-3  # a share of a derivative, by which two references contradict one another


def tolerance_ratio(comparison: Comparison) -> float:
    """Return the difference as a multiple of the tolerance: the comparison fails above 1."""
    off = comparison.difference
    if off != off or off == np.inf:
        return np.inf
    return (off / comparison.tolerance if comparison.tolerance else np.inf) if off else 0.0


def refuse_unconfirmed(found: list[Comparison], rtol: float) -> None:
    """Raise Inconclusive where not one digit of a derivative is confirmed, and ``rtol`` asks one.

    A derivative of zero has no digits: there it is the zeros behind the point that are confirmed.
    So they are of one that is off by less than half a unit in the last place of another derivative
    of the same result: beside it, this one is a zero that rounding left.
    """
    sizes: dict[str, float] = {}
    for one in found:
        sizes[one.result] = max(sizes.get(one.result, 0.0), float(abs(one.numeric)))
    for one in found:
        unsure = one.tolerance - asked(one, rtol)
        beside = one.difference <= _HALF_UNIT * sizes[one.result]
        if one.digits < 1 and not beside and not (rtol and unsure < abs(one.numeric)):
            raise Inconclusive(
                f"not one digit of {one.result} by {one.argument} is confirmed: the gradient is "
                f"{one.analytic!r}, by {one.reference} it is {one.numeric!r}, and rounding moves "
                f"it by {max(one.difference, unsure):.3g}: floats can't tell here"
            )


def refuse_useless(
    found: list[Comparison], results: list[tuple[str, Any]], x: Any, share: float
) -> None:
    """Raise Inconclusive where the numerical derivative is too uncertain to compare with.

    A share that is allowed, as ``rtol`` or for a claim in float32, is no uncertainty of it. A
    derivative of zero is confirmed where one of size 1, or of the size of the result, would have
    been seen: not where a tolerance could hide it, beside a result that is large, nor where steps
    may have underflowed.
    """
    for one, (_, y) in zip(found, results, strict=True):
        if one.analytic == one.numeric and abs(one.numeric) == np.inf:
            continue
        usual = min(1.0, abs(y) / max(1.0, abs(x))) or 1.0
        sizes = (abs(one.analytic), abs(one.numeric), usual)
        scale = max(size for size in sizes if size < np.inf)
        unsure = one.tolerance - asked(one, share)
        hidden = unsure != 0 and not unsure <= USELESS * scale
        underflows = any(0 < abs(y) < 1 / SQUARABLE for y in (x * bool(one.analytic), one.analytic))
        if hidden or (one.numeric == 0 and underflows):
            raise Inconclusive(
                f"no reliable numerical derivative of {one.result} by {one.argument} = {x!r}: it "
                f"is {one.numeric!r} with an uncertainty of {unsure:.3g}. The function may "
                "have a kink or a jump near there, end its domain there, or round coarsely"
            )


def seems_alike(one: Moved, exact: Slope) -> bool:
    """Whether one difference in floats sees about the slopes that more digits do: a first look."""
    along, x, direction = one.along, one.x, one.direction
    step = _FIRST_LOOK * (abs(x) or 1.0) * direction
    with np.errstate(all="ignore"):
        found = (along(x + step) - along(x - step)) / (2 * step)
        off = np.abs(found - exact.found)
        return bool(np.all(off <= _APART * np.maximum(np.abs(found), np.abs(exact.found))))


def refuse_contradiction(one: Moved, reference: str, exact: Slope) -> None:
    """Raise Inconclusive if floats see another slope than numbers with more digits do.

    A function may compute with floats on the way where that can't be seen, as it does beside
    numbers that mpmath's own functions made. Then the many digits are of another function.
    """
    for by in (numerical.by_differences, numerical.by_other_differences):
        slope = by(one.along, one.x, one.direction, one.rounding)
        off = np.abs(slope.found - exact.found)
        size = np.maximum(np.abs(slope.found), np.abs(exact.found))
        if not np.any(off > np.maximum(MARGIN * slope.error, _APART * size)):
            return
    raise Inconclusive(
        f"{reference} and differences in floats disagree on the derivative at {one.x!r}: "
        f"{exact.found.tolist()} and {slope.found.tolist()}. Does the function compute with "
        "floats on the way?"
    )


def agreed(one: Slope, other: Slope, x: Any, rtol: float) -> Slope:
    """Return the slope of a black box that two families of steps agree on, else Inconclusive.

    How far they are apart counts as an error, for what one family estimates may be luck.
    """
    apart = np.abs(one.found - other.found)
    allowed = MARGIN * (one.error + other.error) + rtol * np.abs(one.found)
    unsure = other.error > USELESS * np.maximum(np.abs(other.found), 1.0)
    near = (apart <= allowed) | (apart <= _NEAR * np.abs(one.found))
    if not np.all(np.isfinite([one.found, other.found])):
        raise Inconclusive(
            f"no difference beside {x!r} is finite: the function's domain may end near there, or "
            "its result overflow, or the steps be too small to take"
        )
    if np.any(unsure) or not np.all(near):
        raise Inconclusive(
            f"two families of steps disagree on the derivative at {x!r}: {_only(one)} and "
            f"{_only(other)}. The function may have a kink or a jump near there, or round "
            "coarsely, as in float32: then rtol= allows for it"
        )
    return Slope(one.found, np.where(apart <= allowed, one.error, apart))


def stays_in_its_graph(call: Call) -> bool:
    """Whether the graph has the same constants beside the inputs: none is made of their data."""
    moved = [x + _MOVED * (abs(x) or 1.0) for x in call.flat]
    return _constants(call) == _constants(call.at(moved))


def _constants(call: Call) -> list[Any]:
    nodes = graph_of(call.f, variables(call))
    return [
        (node.op and node.op.name, node.params, [p._data for p in node.parents if _is_constant(p)])
        for node in nodes
    ]


def _is_constant(node: Node) -> bool:
    return node.op is None and not node.requires_grad


def second_opinion(element: Element, one: Comparison, row: int, rtol: float) -> None:
    """Raise Inconclusive unless another family of steps sees the same difference.

    Nor can floats tell where the result stands still and is smaller than a unit in the last place
    of x: its steps cancelled, and a slope as small as that may be hidden.
    """
    y = element.along(element.x)[row]
    if one.numeric == 0 < abs(y) < _UNIT * abs(element.x) and abs(one.analytic) < _UNIT:
        raise Inconclusive(
            f"floats see no change of {one.result} with {one.argument}: it is {y.item()!r}, less "
            f"than they tell apart beside {element.x!r}"
        )
    other = numerical.by_other_differences(
        element.along, element.x, element.direction, element.rounding
    )
    found, error = other.found[row], other.error[row]
    apart = abs(found - one.numeric)  # what one family estimates may be luck
    allowed = MARGIN * (error + apart) + rtol * abs(found)
    if not np.isfinite(allowed) or abs(found - one.analytic) <= allowed:
        raise Inconclusive(
            f"two families of steps disagree on {one.result} by {one.argument}: "
            f"{one.numeric!r} and {found.item()!r}"
        )


def _only(slope: Slope) -> str:
    """Return the derivatives of a function with a claim, if they are one or a few."""
    return ", ".join(f"{found:.9g}" for found in slope.found[:4].tolist())
