"""One path from a node to the root: what ``why`` sums over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.reading import formatting

LONGEST = 12  # nodes of a path that are shown


@dataclass(frozen=True, slots=True)
class Path:
    """One path from a node to the root.

    Attributes
    ----------
    nodes : tuple of int
        The indices of its nodes, as in ``Steps.nodes``: from x to the root.
    names : tuple of str
        Their names.
    operations : tuple of str
        The symbols of what computed them, but for x.
    slots : tuple of int
        Which operand of the next node each is.
    derivatives : tuple of number
        The local derivatives along it, one for each slot.
    product : number
        Their product: what this path alone adds to the gradient.

    Examples
    --------
    >>> from autograd import Value, why
    >>> x = Value(3.0, label="x")
    >>> path = why(x, 2 * x * x).paths[0]
    >>> path.names, path.derivatives, path.product
    (('x', 'v2', 'v3'), (2.0, 3.0), 6.0)
    >>> print(path)
    x → v2 (×) → v3 (×)
    """

    nodes: tuple[int, ...]
    names: tuple[str, ...]
    operations: tuple[str, ...]
    slots: tuple[int, ...]
    derivatives: tuple[Any, ...]
    product: Any

    def __str__(self) -> str:
        names = _shortened(self.names, lambda left: f"… {left:,} more …")
        made = _shortened(("", *self.operations), lambda _: "")
        named = zip(names, made, strict=True)
        text = " → ".join(f"{name} ({op})" if op else name for name, op in named)
        zero = self._zero()
        return f"{text}: {zero}" if zero else text

    def _zero(self) -> str:
        """Return which factor is 0, the first that the backward pass meets; empty without any."""
        k = next((k for k in reversed(range(len(self.slots))) if self.derivatives[k] == 0), None)
        return "" if k is None else f"∂{self.names[k + 1]}/∂{self.names[k]} = 0"


def _shortened(items: Sequence[str], left_out: Callable[[int], str]) -> list[str]:
    """Return items, and one text for those that are left out in the middle of many."""
    if len(items) <= LONGEST:
        return list(items)
    half = LONGEST // 2
    return [*items[:half], left_out(len(items) - 2 * half), *items[-half:]]


def factors(path: Path) -> str:
    """Return the local derivatives along a path, as a product."""
    count, half = len(path.derivatives), LONGEST // 2
    shown = range(count) if count <= LONGEST else [*range(half), *range(count - half, count)]
    texts = [formatting.number(path.derivatives[k]) for k in shown]
    texts = [f"({text})" if text.startswith("−") else text for text in texts]
    if count > LONGEST:
        texts[half:half] = ["…"]
    return " × ".join(texts) or "1"
