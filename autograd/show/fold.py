"""Folding: chooses the nodes that share a box, where a graph has too many for a box each.

Nodes are folded by region, the deepest regions first; what is in no region by what repeats, or by
operation. A table lists the stages, from the one that shows most to the one that shows least. The
first stage with few enough boxes is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autograd.reading.formatting import count
from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.repetition import repeated_pieces
from autograd.walk.reverse import BACKWARD

LIMIT = 150  # boxes: above it, a picture is wallpaper
MOST = 3_000  # boxes that may be asked for by switching folding off
LINES = 4  # lines for each box that is allowed
COLUMN = 24  # leaves that may have boxes of their own beside what is folded
BANDS = 24  # how many boxes a graph without regions is cut into at last


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that share a box.

    Attributes
    ----------
    members : list of int
        Their numbers, ascending.
    title : str
        What they are; empty for a node alone, or where their operation says it.
    region : str
        The region they are drawn in.
    """

    members: list[int]
    title: str = ""
    region: str = ""


class Key(NamedTuple):
    """The key of a box: all nodes with this key share it."""

    by: str
    of: Hashable


_TITLES: dict[str, Callable[..., str]] = {
    "region": lambda of, n: str(of),
    "rest": lambda of, n: f"{of}/others in {of.rpartition('/')[2]}",
    "leaves": lambda of, n: count(n, of[0]),
    "repeat": lambda of, n: "",  # its symbol says it, and how often
    "run": lambda of, n: f"a run of {of[1]}",
    "level": lambda of, n: f"{of[1]} at depth {of[0]:,}",
    "band": lambda of, n: f"depths {of[0]:,} to {of[1]:,}",
}


def fold(graph: NumberedGraph, limit: int | None = LIMIT) -> tuple[list[Group], str]:
    """Return the groups that boxes are drawn for, and in words how they were folded.

    Every node is in exactly one group. With ``limit=None`` each is in a group of its own;
    ValueError if they are too many for that.
    """
    size = len(graph.nodes)
    if limit is None and size > MOST:
        raise ValueError(
            f"a picture of {size:,} boxes helps nobody, and takes Graphviz minutes: above "
            f'{MOST:,} nodes fold it (fold="auto"), or draw what is near one node (around=node)'
        )
    regions = regions_of_nodes(graph)
    if limit is None or size <= limit:
        return [Group([k], region=regions[k]) for k in range(size)], ""
    folder = Folder(graph, regions, limit)
    keys, how = first_that_fits(folder, folder.insides())
    return in_groups(keys, regions), how


def in_groups(keys: list[Key], regions: list[str]) -> list[Group]:
    """Return the groups of the nodes with the same key."""
    members: dict[Key, list[int]] = {}
    for k, key in enumerate(keys):
        members.setdefault(key, []).append(k)
    return [_group(key, ks, regions) for key, ks in members.items()]


def _group(key: Key, members: list[int], regions: list[str]) -> Group:
    if len(members) == 1:
        return Group(members, region=regions[members[0]])
    title = _TITLES[key.by](key.of, len(members))
    return Group(members, title, title.rpartition("/")[0] if key.by in ("region", "rest") else "")


def regions_of_nodes(graph: NumberedGraph) -> list[str]:
    """Return the region each node is in: a leaf is where all the nodes that it feeds are.

    A leaf that several regions share, such as an input of a layer of neurons, is in none; nor is
    a variable that a backward pass alone uses, for it was there before.
    """
    nodes = graph.nodes
    found = [node.region for node in nodes]
    places: dict[int, str] = {}
    for k, operands in enumerate(graph.parents):
        for p in operands:
            if nodes[p].op is None and not found[p]:
                places[p] = found[k] if places.get(p, found[k]) == found[k] else ""
    for p, place in places.items():
        if not (nodes[p].requires_grad and place.rpartition("/")[2] == BACKWARD):
            found[p] = place
    return found


def first_that_fits(
    folder: Folder, insides: Iterable[tuple[dict[int, Key], str]]
) -> tuple[list[Key], str]:
    """Return the keys of the first stage, for the first of ``insides``, that has few enough boxes.

    Each of ``insides`` is the keys of the nodes in regions, and how they were made.
    """
    for inside, where in insides:
        for stage, how in folder.stages():
            keys = stage(inside)
            if keys and folder.fits(keys):
                return keys, ", and ".join(filter(None, (where, how)))
    return folder.bands({}), "by depth"


def _cut(region: str, depth: int, outer: set[str]) -> Key:
    """Return the key of a region's nodes where regions are folded at a depth.

    Those of ``outer`` have regions inside.
    """
    steps = region.split("/")
    if len(steps) < depth and region in outer:
        return Key("rest", region)
    return Key("region", "/".join(steps[:depth]))


class Folder:
    """The ways to fold one graph. A stage returns a key for each node, or none if it can't fit."""

    def __init__(self, graph: NumberedGraph, regions: list[str], limit: int) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.parents = graph.parents
        self.regions = regions
        self.limit = limit
        self.only = graph.only_consumers()

    def insides(self) -> Iterator[tuple[dict[int, Key], str]]:
        """Yield the keys of the nodes in regions, cut at every depth from the deepest to none."""
        names = {r for r in self.regions if r}
        deepest = max((r.count("/") + 1 for r in names), default=0)
        outer = {r[: slash.start()] for r in names for slash in re.finditer("/", r)}
        for depth in range(deepest, 0, -1):
            short = {r: _cut(r, depth, outer) for r in names}
            if len(set(short.values())) <= self.limit:
                inside = {k: short[r] for k, r in enumerate(self.regions) if r}
                yield inside, f"by region, {count(depth, 'level')} deep"
        yield {}, ""

    def stages(self) -> tuple[tuple[Callable[[dict[int, Key]], list[Key]], str], ...]:
        """Return the ways to fold what is in no region, from the most shown to the least."""
        return (
            (self.alone, ""),
            (self.leaves, "leaves together"),
            (self.repeated, "by what repeats"),
            (self.runs, "runs of one operation"),
            (self.levels, "by operation and depth"),
            (self.bands, "by depth"),
        )

    def fits(self, keys: list[Key]) -> bool:
        """Whether there are few enough boxes, and few enough lines between them."""
        if len(set(keys)) > self.limit:
            return False
        lines = {(keys[p], keys[k]) for k, ps in enumerate(self.parents) for p in ps}
        return len(lines) <= LINES * self.limit

    # The stages ----------------------------------------------------------------------------------

    def alone(self, inside: dict[int, Key]) -> list[Key]:
        """Each by itself, unless leaves alone would make a long column."""
        outside = [k for k in range(len(self.nodes)) if k not in inside]
        leaves = sum(not self.parents[k] for k in outside)
        if len(outside) > self.limit or leaves > COLUMN:
            return []
        return [inside.get(k) or Key("node", k) for k in range(len(self.nodes))]

    def leaves(self, inside: dict[int, Key]) -> list[Key]:
        """Leaves that feed the same boxes together."""
        return self._by_operation(inside, range(len(self.nodes)))

    def repeated(self, inside: dict[int, Key]) -> list[Key]:
        """Operations that are in the same place of pieces that are alike together, and runs."""
        ends = self._ends(inside)
        found = repeated_pieces(self.graph, ends, inside.get)
        if not found:
            return []
        keys = [inside.get(k) for k in range(len(ends))]
        for k, place in found.items():
            kind = "repeat" if self.parents[k] else "leaves"
            keys[k] = keys[k] or Key(kind, (self._word(k), place))
        return self._named(keys, ends)

    def runs(self, inside: dict[int, Key]) -> list[Key]:
        """Operations of one kind that feed only each other together."""
        return self._by_operation(inside, self._ends(inside))

    def _by_operation(self, inside: dict[int, Key], names: Sequence[int]) -> list[Key]:
        """Key the operations outside by ``names``."""
        return self._named([inside.get(k) for k in range(len(names))], names)

    def _named(self, keys: Sequence[Key | None], names: Sequence[int]) -> list[Key]:
        """Key the operations that have no key by ``names``, and then the leaves."""
        named = {name for k, name in enumerate(names) if self.parents[k] and not keys[k]}
        if len(named) > self.limit:
            return []
        made = {name: Key("run", (name, self._op(name))) for name in named}
        return self._with_leaves([key or made.get(names[k]) for k, key in enumerate(keys)])

    def levels(self, inside: dict[int, Key]) -> list[Key]:
        """Operations of one kind at one depth together."""
        depths = self._depths(inside)
        made: dict[tuple[int, str], Key] = {}
        keys = [inside.get(k) for k in range(len(depths))]
        for k, depth in enumerate(depths):
            if self.parents[k] and not keys[k]:
                level = (depth, self._op(k))
                keys[k] = made.setdefault(level, Key("level", level))
            if len(made) > self.limit:
                return []
        return self._with_leaves(keys)

    def bands(self, inside: dict[int, Key]) -> list[Key]:
        """All that is between two depths together."""
        depths = self._depths(inside)
        thick = -(-(max(depths) + 1) // BANDS)
        bands = [Key("band", (k * thick, (k + 1) * thick - 1)) for k in range(BANDS)]
        return [inside.get(k) or bands[depth // thick] for k, depth in enumerate(depths)]

    def _word(self, k: int) -> str:
        return "variable" if self.nodes[k].requires_grad else "constant"

    def _op(self, k: int) -> str:
        op = self.nodes[k].op
        return op.name if op else ""

    def _with_leaves(self, keys: list[Key | None]) -> list[Key]:
        """Put leaves together that feed the same boxes: those that have no key yet."""
        fed: dict[int, set[Key]] = {}
        for k, operands in enumerate(self.parents):
            key = keys[k]
            for p in operands:
                if keys[p] is None and key is not None:
                    fed.setdefault(p, set()).add(key)
        made: dict[Key, Key] = {}
        for p, boxes in fed.items():
            key = Key("leaves", (self._word(p), frozenset(boxes)))
            keys[p] = made.setdefault(key, key)
        return [key for key in keys if key]

    def _ends(self, inside: dict[int, Key]) -> list[int]:
        """Return, for each node, the last of the run it is in: one op, each feeding the next."""
        nodes, only = self.nodes, self.only
        ends = list(range(len(nodes)))
        for k in reversed(range(len(nodes))):
            after = only[k]
            alike = after >= 0 and nodes[after].op is nodes[k].op
            if alike and k not in inside and after not in inside:
                ends[k] = ends[after]
        return ends

    def _depths(self, inside: dict[int, Key]) -> list[int]:
        """Return how many operations each node is away from the leaves, a run counting as one."""
        ends = self._ends(inside)
        depths = [0] * len(ends)
        first_use: dict[int, int] = {}
        for k, operands in enumerate(self.parents):
            for p in operands:
                if not self.parents[p]:
                    first_use.setdefault(p, k)
                depths[k] = max(depths[k], depths[p] + (ends[p] != ends[k]))
        depths = [depths[end] for end in ends]
        for leaf, k in first_use.items():
            depths[leaf] = depths[k]
        return depths
