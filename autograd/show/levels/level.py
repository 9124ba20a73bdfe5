"""A level as plain data: its boxes, its ports, and the lines between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class LevelKind(StrEnum):
    """How a level is drawn: as boxes, with lines or in a list; or as a textbook does it."""

    GRAPH = "graph"
    LIST = "list"
    NETWORK = "network"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Item:
    """A box of a level: a node, a node with its constants, or many nodes that can be opened.

    Attributes
    ----------
    id : str
        ``i`` and its place among the level's items.
    members : tuple of int
        The numbers of its nodes, ascending.
    child : str or None
        The path of the level that it is opened as; None for a node by itself.
    title : str
        What it is called; empty for a node, which has a label or a symbol of its own.
    call : int
        Which call of a region it is, from 1; 0 where all of the region is in one box.
    """

    id: str
    members: tuple[int, ...]
    child: str | None = None
    title: str = ""
    call: int = 0


@dataclass(frozen=True, slots=True)
class Port:
    """What comes into a level from outside, or what it gives.

    Attributes
    ----------
    id : str
        ``p`` and its place among the level's ports.
    members : tuple of int
        The numbers of the nodes: outside of the level on the left, inside of it on the right.
    side : "in" or "out"
        Left or right.
    title : str
        Where it comes from, or where it goes.
    """

    id: str
    members: tuple[int, ...]
    side: Literal["in", "out"]
    title: str


@dataclass(frozen=True, slots=True)
class LevelLine:
    """All operands that go from one box or port to another.

    Attributes
    ----------
    tail, head : str
        The ids of an item or a port each.
    uses : tuple of tuple of int
        Each operand, as the number of the node that uses it and the slot; empty on the way out.
    """

    tail: str
    head: str
    uses: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """One picture of a graph: what is inside of one box of the level above.

    Attributes
    ----------
    path : str
        What it is asked for by: ``mlp/layer1``; empty for the top level.
    parent : str or None
        The path of the level above.
    crumbs : tuple of str
        The titles on the way from the top: ``("mlp", "layer1")``.
    kind : LevelKind
        How it is drawn.
    items : tuple of Item
        Its boxes, those that are computed first first.
    ports : tuple of Port
        What comes in, and then what goes out.
    lines : tuple of LevelLine
        The operands between them; those into one box in the order of its slots.
    shape : str
        The same for levels that differ in numbers and names alone.
    """

    path: str
    parent: str | None
    crumbs: tuple[str, ...]
    kind: LevelKind
    items: tuple[Item, ...]
    ports: tuple[Port, ...]
    lines: tuple[LevelLine, ...]
    shape: str

    @property
    def members(self) -> tuple[int, ...]:
        """The numbers of all its nodes, ascending."""
        return tuple(sorted(k for item in self.items for k in item.members))
