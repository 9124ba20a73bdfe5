"""Where a step of the pass is seen: on which level, in which boxes, at a depth of choice.

The level in view is that of the operation that acts, or the one above it that is as deep as the
viewer chose. What the step gives its gradient to is a box there, or a port on the left.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby

from autograd.show.levels.level_tree import LevelTree


@dataclass(frozen=True, slots=True)
class StepAt:
    """A step as it is seen at one depth.

    Attributes
    ----------
    level : str
        The path of the level in view.
    acting : str
        The id of the box of the operation that acts.
    target : str
        The id of the box or port of the operand; ``acting`` if all of the step is inside one box.
    """

    level: str
    acting: str
    target: str

    @property
    def inside(self) -> bool:
        """Whether nothing moves along a line: all of it is inside one box."""
        return self.acting == self.target


class Follower:
    """Finds where steps are seen at one depth.

    Parameters
    ----------
    tree : LevelTree
        The levels of the graph.
    depth : int
        How many levels deep the view goes at most: 1 is the top level.
    """

    def __init__(self, tree: LevelTree, depth: int) -> None:
        self._tree, self._depth = tree, depth
        self._seen: dict[int, tuple[str, str]] = {}
        self._ports: dict[str, dict[int, str]] = {}

    def at(self, k: int, operand: int | None = None) -> StepAt:
        """Return where a step of a node is seen: on its own, or to one of its operands."""
        level, acting = self._acting(k)
        if operand is None:
            return StepAt(level, acting, acting)
        port = self._ports_of(level).get(operand)
        return StepAt(level, acting, port or self._tree.item(level, operand).id)

    def _acting(self, k: int) -> tuple[str, str]:
        if k not in self._seen:
            path, item = "", self._tree.item("", k)
            for _ in range(self._depth - 1):
                if item.child is None:
                    break
                path, item = item.child, self._tree.item(item.child, k)
            self._seen[k] = path, item.id
        return self._seen[k]

    def _ports_of(self, path: str) -> dict[int, str]:
        if path not in self._ports:
            ports = [port for port in self._tree.level(path).ports if port.side == "in"]
            self._ports[path] = {p: port.id for port in ports for p in port.members}
        return self._ports[path]


def strides(places: Sequence[Hashable]) -> list[range]:
    """Return the neighbouring steps that are in one place, which are one step there.

    Examples
    --------
    >>> from autograd.show.levels.following import strides
    >>> strides(["a", "a", "b", "a"])
    [range(0, 2), range(2, 3), range(3, 4)]
    """
    found: list[range] = []
    for _, group in groupby(places):
        start = found[-1].stop if found else 0
        found.append(range(start, start + sum(1 for _ in group)))
    return found
