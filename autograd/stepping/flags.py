"""Flags of a step: bad numbers, dead units, gradients that vanish or explode."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from autograd.stepping.events import Event
    from autograd.stepping.recorded_steps import Steps

NON_FINITE = "non-finite"  # a nan or an infinity is made here, out of finite numbers
DEAD = "dead ReLU"  # a ReLU that lets nothing through
VANISHING = "vanishing gradient"  # a contribution that isn't 0, and smaller than SMALL
EXPLODING = "exploding gradient"  # one that is larger than LARGE
SMALL, LARGE = 1e-6, 1e6  # the root's own gradient is 1
LONGEST = 6  # names of nodes in a chain of causes


def flags(event: Event) -> tuple[str, ...]:
    """Return the flags of one event, judged by itself."""
    return tuple(name for name, holds in _FLAGS.items() if holds(event))


def explained(steps: Steps, event: Event) -> tuple[str, ...]:
    """Return the flags of one event; where its number is bad, with the chain that made it bad."""
    forward = event.kind == "compute"
    if is_finite(event.node.data if forward else event.contribution):
        return event.flags
    names = [node.name for node in steps.causes(event.target.index, event.phase)]
    if len(names) < 2:
        return event.flags
    if len(names) > LONGEST:
        names[2:-2] = ["…"]
    what = "not finite" if forward else "gradient not finite"
    return (*event.flags, f"{what} because of {' → '.join(names)}")


def is_finite(x: Any) -> bool:
    """Whether a number, or every element of an array, is neither nan nor infinite."""
    if x is None:
        return True
    return bool(np.isfinite(x).all()) if isinstance(x, np.ndarray) else bool(x - x == 0)


def _makes_bad(event: Event) -> bool:
    node = event.node
    if event.kind == "compute":
        return not is_finite(node.data) and all(map(is_finite, node.values))
    if is_finite(event.after) or not is_finite(event.before):
        return False
    if is_finite(event.contribution):  # the sum overflows
        return True
    return event.kind == "contribute" and all(map(is_finite, (event.upstream, *node.values)))


def _is_dead(event: Event) -> bool:
    node = event.node
    if event.kind not in ("compute", "contribute"):
        return False
    return node.op == "relu" and bool(np.all(np.asarray(node.values[0]) <= 0))


def _size(event: Event) -> Any:
    """Return the largest element of what is passed on; 0 in the forward pass."""
    if event.kind != "contribute":
        return 0
    size = abs(event.contribution)
    return size.max(initial=0) if isinstance(size, np.ndarray) else size


_FLAGS: dict[str, Callable[[Event], bool]] = {
    NON_FINITE: _makes_bad,
    DEAD: _is_dead,
    VANISHING: lambda event: bool(0 < _size(event) < SMALL),
    EXPLODING: lambda event: bool(LARGE < _size(event) < np.inf),
}
