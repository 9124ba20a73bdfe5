"""Flags of a step: bad numbers, dead units, gradients that vanish or explode, 0·∞."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.numbers.unknown import is_unknown
from autograd.reading.bad_numbers import NOTE, chooses, is_taken_as_zero, not_finite
from autograd.stepping.holes import Hole, is_all, is_array

if TYPE_CHECKING:
    from autograd.stepping.events import Event, NodeRecord
    from autograd.stepping.recorded_steps import Steps

NON_FINITE = "non-finite"  # a nan or an infinity is made here, out of finite numbers
OFF = "ReLU off"  # a ReLU that lets a number not through
DEAD = "dead ReLU over {:,} numbers"  # one that lets none of those through that it was given
VANISHING = "vanishing gradient"  # a contribution that isn't 0, and smaller than SMALL
EXPLODING = "exploding gradient"  # one that is larger than LARGE
SMALL, LARGE = 1e-6, 1e6  # the root's own gradient is 1
LONGEST = 6  # names of nodes in a chain of causes


def flags(event: Event) -> tuple[str, ...]:
    """Return the flags of one event, judged by itself."""
    found = (name for name, holds in FLAGS.items() if holds(event))
    return tuple(named(name, event.node.data) for name in found)


def named(flag: str, data: Any) -> str:
    """Return a flag's name for a node of this data."""
    return flag.format(_elements(data))


def explained(steps: Steps, event: Event) -> tuple[str, ...]:
    """Return the flags of one event; where its number is bad, with the chain that made it bad."""
    forward = event.kind == "compute"
    found = (*event.flags, *(_came_in(steps, event) if forward else ()))
    if is_finite(event.node.data if forward else event.contribution):
        return found
    names = [node.name for node in steps.causes(event.target.index, event.phase)]
    if len(names) < 2:
        return found
    what = "not finite" if forward else "gradient not finite"
    return (*found, f"{what} because of {_path(names)}")


def _came_in(steps: Steps, event: Event) -> list[str]:
    """Return the bad numbers that came in with this operation's leaves, and their way on."""
    if all(map(is_finite, event.node.values)):
        return []
    return [
        f"{_bad_number(steps.nodes[leaf])} came in with {steps.nodes[leaf].name}, and spread: "
        + _path([steps.nodes[leaf].name, *(steps.nodes[k].name for k in path)])
        for leaf, path in steps._came_in.items()
        if leaf in event.node.operands and path[:1] == (event.node.index,)
    ]


def _bad_number(node: NodeRecord) -> str:
    data = node.data
    return not_finite(data) if isinstance(data, np.ndarray) else str(data)


def _path(names: list[str]) -> str:
    return " → ".join([*names[:2], "…", *names[-2:]] if len(names) > LONGEST else names)


def is_finite(x: Any) -> bool:
    """Whether a number, or every element of an array, is neither nan nor infinite.

    What isn't known isn't said to be bad.
    """
    if x is None or is_unknown(x):
        return True
    if isinstance(x, Hole):
        return is_all("x - x == 0", {"x": x})
    return bool(np.isfinite(x).all()) if isinstance(x, np.ndarray) else bool(x - x == 0)


def _are_finite(values: tuple[Any, ...]) -> bool:
    found = next((x for x in values if isinstance(x, Hole)), None)
    if found is None:
        return all(map(is_finite, values))
    return is_all("s == 0", {"s": Hole(found.sheet, "s", 0.0)})  # the sum of x - x


def _makes_bad(event: Event) -> bool:
    node = event.node
    if event.kind == "compute":
        return not is_finite(node.data) and _are_finite(node.values)
    if is_finite(event.after) or not is_finite(event.before):
        return False
    if is_finite(event.contribution):  # the sum overflows
        return True
    return event.kind == "contribute" and is_finite(event.upstream) and _are_finite(node.values)


def _elements(x: Any) -> int:
    return x.size if is_array(x) else 1


def _is_off(event: Event) -> bool:
    node = event.node
    if event.kind not in ("compute", "contribute"):
        return False
    return node.built_in == "relu" and is_all("x <= 0", {"x": node.values[0]})


def _size(event: Event) -> Any:
    """Return the largest element of what is passed on; 0 in the forward pass."""
    if event.kind != "contribute":
        return 0
    if isinstance(event.contribution, Hole):
        found = event.contribution
        return Hole(found.sheet, "m", 0.0) if is_array(found) else found
    size = abs(event.contribution)
    return size.max(initial=0) if isinstance(size, np.ndarray) else size


def _takes_as_zero(event: Event) -> bool:
    upstream, local = event.upstream, event.local
    if chooses(event.node.made_by):
        return False
    if isinstance(upstream, Hole):
        return isinstance(local, Hole) and _meet(upstream, local)
    return is_taken_as_zero(upstream, local)


def _meet(upstream: Hole, local: Hole) -> bool:
    """Whether 0 and ∞ meet: of arrays, at some element."""
    text, numbers = (
        "u == 0 and abs(l) == inf or l == 0 and abs(u) == inf",
        {"u": upstream, "l": local},
    )
    return not is_all(f"not ({text})", numbers) if is_array(upstream) else is_all(text, numbers)


FLAGS: dict[str, Callable[[Event], bool]] = {
    NON_FINITE: _makes_bad,
    OFF: lambda event: _elements(event.node.data) == 1 and _is_off(event),
    DEAD: lambda event: _elements(event.node.data) > 1 and _is_off(event),
    VANISHING: lambda event: is_all(f"0 < abs(c) < {SMALL}", {"c": _size(event)}),
    EXPLODING: lambda event: is_all(f"{LARGE} < abs(c) < inf", {"c": _size(event)}),
    NOTE: _takes_as_zero,
}
