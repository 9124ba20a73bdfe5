"""Splits the nodes of a level into atoms, the smallest boxes that it can have.

A region is an atom; so is each node that is in no region inside, with the constants that are
written into its box. A region whose results come back to it is an atom for each call: so the boxes
of a level feed each other in no circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.levels.level import LevelKind
from autograd.show.levels.natural_order import ARROW

FEW = 2  # operands: of an op with more, a constant has a box of its own


@dataclass(frozen=True, slots=True)
class Part:
    """The nodes of a level.

    Attributes
    ----------
    path : str
        The level's path.
    base : str
        What the paths of the regions inside begin with.
    region : str
        The region that all of it is in.
    members : sequence of int
        The numbers of its nodes, ascending.
    parent : str or None
        The path of the level above.
    crumbs : tuple of str
        The titles on the way from the top.
    kind : LevelKind
        Whether it is a list of leaves.
    start : int
        How many boxes are before the first, if it is a band of many.
    atoms : tuple of Atom
        Its boxes, if they are known: those of a group of boxes are.
    """

    path: str
    base: str
    region: str
    members: Sequence[int]
    parent: str | None = None
    crumbs: tuple[str, ...] = ()
    kind: LevelKind = LevelKind.GRAPH
    start: int = 0
    atoms: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class Atom:
    """Nodes that share a box.

    Attributes
    ----------
    members : list of int
        Their numbers, ascending.
    title : str
        What they are called; empty for a node.
    step : str
        What is added to a path to open them; empty for a node.
    region : str
        The region that they are the whole of, or a call of; empty for others.
    call : int
        Which call of the region; 0 if it is all of it.
    kind : LevelKind
        How they are drawn when they are opened.
    start : int
        How many boxes are before the first, if they are a band of many.
    inside : tuple of Atom
        The atoms that it is a group of; empty for others.
    """

    members: list[int]
    title: str = ""
    step: str = ""
    region: str = ""
    call: int = 0
    kind: LevelKind = LevelKind.GRAPH
    start: int = 0
    inside: tuple[Atom, ...] = ()


class Wiring:
    """A graph, the home of each node and the nodes that use it: what all levels share."""

    def __init__(self, graph: NumberedGraph, homes: list[str]) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.parents = graph.parents
        self.homes = homes
        self.users: list[list[int]] = [[] for _ in homes]
        for k, operands in enumerate(graph.parents):
            for p in operands:
                self.users[p].append(k)

    def feeders(self, atoms: Sequence[Atom]) -> list[set[int]]:
        """Return, for each atom, which others feed it."""
        place = {k: n for n, atom in enumerate(atoms) for k in atom.members}
        found: list[set[int]] = []
        for n, atom in enumerate(atoms):
            fed_by = {place.get(p, n) for k in atom.members for p in self.parents[k]}
            found.append(fed_by - {n})
        return found


def top(wiring: Wiring) -> Part:
    """Return the part that is the whole graph: inside of its one region, if it has but one."""
    region = common_region(wiring.homes)
    return Part("", region, region, range(len(wiring.homes)))


def common_region(homes: Iterable[str]) -> str:
    """Return the path of the smallest region around all."""
    paths = set(homes)
    least, most = min(paths).split("/"), max(paths).split("/")
    same = [a == b for a, b in zip(least, most, strict=False)]
    return "/".join(least[: [*same, False].index(False)])


def split(part: Part, wiring: Wiring) -> list[Atom]:
    """Return the atoms of a part; each of its nodes is in exactly one."""
    if part.atoms:
        return list(part.atoms)
    start = len(part.region) + 1 if part.region else 0
    inside: defaultdict[str, list[int]] = defaultdict(list)
    own: list[int] = []
    for k in part.members:
        home = wiring.homes[k]
        if home == part.region:
            own.append(k)
        else:
            inside[home[start:].partition("/")[0]].append(k)
    regions = [_region(members, start, wiring) for members in inside.values()]
    return _calls([*regions, *_alone(own, wiring)], wiring)


def _region(members: list[int], start: int, wiring: Wiring) -> Atom:
    """Return the atom of a region: of the smallest one that all of it is in.

    A region of one operation is drawn as the operation.
    """
    if sum(not is_written_inside(k, wiring) for k in members) == 1:
        return Atom(members)
    region = common_region(wiring.homes[k] for k in members)
    step = region[start:]
    return Atom(members, step.replace("/", ARROW), step, region)


def _alone(own: list[int], wiring: Wiring) -> list[Atom]:
    """Return an atom for each node, but for constants that are written into another's box."""
    inside = {k: wiring.users[k][0] for k in own if is_written_inside(k, wiring)}
    here = set(own)
    boxes: dict[int, list[int]] = {k: [k] for k in own if inside.get(k) not in here}
    for constant, user in inside.items():
        if user in boxes:
            boxes[user].append(constant)
    return [Atom(sorted(members)) for members in boxes.values()]


def is_written_inside(k: int, wiring: Wiring) -> bool:
    """Whether a node is a number without a name that one op with few operands uses once."""
    node, users = wiring.nodes[k], wiring.users[k]
    alone = node.op is None and not node.requires_grad and len(users) == 1
    if not alone or node.label or node._rank:
        return False
    return len(wiring.parents[users[0]]) <= FEW


# Calls -------------------------------------------------------------------------------------------


def _calls(atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Return the atoms with a region in a circle split into its calls."""
    feeders = wiring.feeders(atoms)
    if in_order(feeders):
        return atoms
    found = [atoms[group[0]] for group in circles(feeders) if len(group) == 1]
    for group in circles(feeders):
        if len(group) > 1:
            found += _split_circle([atoms[n] for n in group], wiring)
    return found


def _split_circle(atoms: Sequence[Atom], wiring: Wiring) -> list[Atom]:
    """Return the atoms of a circle, each split by how often a way through it has left an atom.

    A node goes with the latest of those in its atom that it can go with. A leaf that several calls
    use is in none.
    """
    atom_of = {k: n for n, atom in enumerate(atoms) for k in atom.members}
    visit: dict[int, int] = {}
    for k in sorted(atom_of):
        before = (p for p in wiring.parents[k] if p in atom_of)
        visit[k] = max((visit[p] + (atom_of[p] != atom_of[k]) for p in before), default=0)
    for k in sorted(atom_of, reverse=True):
        after = (u for u in wiring.users[k] if u in atom_of)
        visit[k] = min((visit[u] - (atom_of[u] != atom_of[k]) for u in after), default=visit[k])
    found: list[Atom] = []
    for n, atom in enumerate(atoms):
        calls: defaultdict[int, list[int]] = defaultdict(list)
        for k in atom.members:
            uses = {(atom_of[u], visit[u]) for u in wiring.users[k] if u in atom_of}
            if wiring.parents[k] or uses <= {(n, visit[k])}:
                calls[visit[k]].append(k)
            else:
                found.append(Atom([k]))
        found += _numbered(atom, [calls[visit] for visit in sorted(calls)])
    return found


def _numbered(atom: Atom, calls: list[list[int]]) -> list[Atom]:
    if len(calls) < 2:
        return [replace(atom, members=members) for members in calls]
    return [
        replace(
            atom,
            members=members,
            title=f"{atom.title} call {number}",
            step=f"{atom.step}#{number}",
            call=number,
        )
        for number, members in enumerate(calls, 1)
    ]


def in_order(feeders: Sequence[set[int]]) -> list[int]:
    """Return an order in which each comes after those that feed it; empty if there is a circle."""
    feeds: list[list[int]] = [[] for _ in feeders]
    waits = [len(each) for each in feeders]
    for n, each in enumerate(feeders):
        for m in each:
            feeds[m].append(n)
    order = [n for n, count in enumerate(waits) if not count]
    for n in order:
        for m in feeds[n]:
            waits[m] -= 1
            if not waits[m]:
                order.append(m)
    return order if len(order) == len(feeders) else []


def circles(feeders: Sequence[set[int]]) -> list[list[int]]:
    """Return groups that feed each other in circles; what is in none is a group by itself.

    References
    ----------
    R. Tarjan (1972), "Depth-first search and linear graph algorithms".
    """
    entered: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: list[int] = []
    done: set[int] = set()
    found: list[list[int]] = []
    for start in range(len(feeders)):
        stack = [] if start in entered else [(start, iter(sorted(feeders[start])))]
        while stack:
            n, waiting = stack[-1]
            if n not in entered:
                entered[n] = low[n] = len(entered)
                open_.append(n)
            m = next(waiting, None)
            if m is None:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[n])
                if low[n] == entered[n]:
                    group = open_[open_.index(n) :] if open_[-1] != n else [n]
                    del open_[-len(group) :]
                    done.update(group)
                    found.append(group)
            elif m not in entered:
                stack.append((m, iter(sorted(feeders[m]))))
            elif m not in done:
                low[n] = min(low[n], entered[m])
    return found
