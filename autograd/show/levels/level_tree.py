"""The tree of a graph's levels. Each level is made when it is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256

from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.levels.cutting import cut
from autograd.show.levels.homes import homes, normal
from autograd.show.levels.level import Item, Level, LevelKind, LevelLine, Port
from autograd.show.levels.natural_order import stem
from autograd.show.levels.parts import Atom, Part, Wiring, split, top
from autograd.show.levels.ports import ports

NEAR = 5  # paths that an error names


class LevelTree:
    """The levels of a graph, from the whole of it down to its nodes.

    Every node has a box of its own on exactly one level, or is written into the box of its user.

    Parameters
    ----------
    graph : NumberedGraph
        The graph.

    Examples
    --------
    >>> from autograd import Value, region
    >>> from autograd.reading.numbered_graph import NumberedGraph
    >>> from autograd.show.levels.level_tree import LevelTree
    >>> x = Value(2.0, label="x")
    >>> with region("f"):
    ...     y = (x * Value(3.0) + x).tanh()
    >>> tree = LevelTree(NumberedGraph(y + x))
    >>> [item.title for item in tree.level().items]
    ['', 'f', '']
    >>> [port.title for port in tree.level("f").ports]
    ['x', '+']
    """

    def __init__(self, graph: NumberedGraph) -> None:
        self._graph = graph
        self._levels: dict[str, Level] = {}
        self._item_of: dict[str, dict[int, Item]] = {}

    @cached_property
    def _wiring(self) -> Wiring:
        return Wiring(self._graph, homes(self._graph))

    @cached_property
    def _parts(self) -> dict[str, Part]:
        return {"": top(self._wiring)}

    @property
    def structured(self) -> bool:
        """Whether the graph has regions to make levels of."""
        return len(set(self._wiring.homes)) > 1

    def level(self, path: str = "") -> Level:
        """Return the level with a path; by default the top.

        Raises
        ------
        ValueError
            If there is none; the message names those that are near.
        """
        found = self._find(normal(path))
        if found is None:
            raise ValueError(self._unknown(path))
        return self._made(found)

    def levels(self, most: int = 10**9) -> Iterator[Level]:
        """Yield the levels breadth first from the top, at most so many."""
        waiting = deque([""])
        for _ in range(most):
            if not waiting:
                return
            level = self.level(waiting.popleft())
            waiting += [item.child for item in level.items if item.child is not None]
            yield level

    def results(self, members: Collection[int]) -> list[int]:
        """Return those of some nodes that others use, or that are roots."""
        inside = set(members)
        roots, users = self._wiring.graph.roots, self._wiring.users
        return [k for k in members if k in roots or any(user not in inside for user in users[k])]

    def uses_outside(self, k: int, members: Collection[int]) -> list[tuple[int, int]]:
        """Return the operands of others than ``members`` that a node is: the user and the slot."""
        users = dict.fromkeys(user for user in self._wiring.users[k] if user not in members)
        parents = self._wiring.parents
        return [(user, slot) for user in users for slot, p in enumerate(parents[user]) if p == k]

    def item(self, path: str, k: int) -> Item:
        """Return the box that a node is in on a level: KeyError if it isn't on it."""
        self._made(path)
        return self._item_of[path][k]

    # Finding -------------------------------------------------------------------------------------

    def _find(self, path: str) -> str | None:
        """Return the path of the level that is meant, and make those above it known."""
        at = path if path in self._parts else ""
        while at != path:
            inside = [item.child for item in self._made(at).items if item.child is not None]
            deeper = [child for child in inside if f"{path}/".startswith(f"{child}/")]
            if not deeper:
                return self._find_region(path)
            at = deeper[0]
        return at

    def _find_region(self, path: str) -> str | None:
        """Return the path of the first level that is all in a region, or shows its one box."""
        inside = f"{path}/"
        homes = enumerate(self._wiring.homes)
        k = next((k for k, home in homes if f"{home}/".startswith(inside)), None)
        if k is None:
            return None
        at, child = "", self.item("", k).child
        while child is not None and not f"{self._parts[at].region}/".startswith(inside):
            at, child = child, self.item(child, k).child
        return at

    def _unknown(self, path: str) -> str:
        known = [level.path for level in self.levels(200)][1:]
        near = get_close_matches(path, known, NEAR, 0.4) or known[:NEAR]
        if not near:
            return f'there is no level {path!r}: this graph has only one, at=""'
        return f"there is no level {path!r}; near it are {', '.join(map(repr, near))}"

    # Making --------------------------------------------------------------------------------------

    def _made(self, path: str) -> Level:
        if path not in self._levels:
            part = self._parts[path]
            atoms = cut(part, split(part, self._wiring), self._wiring)
            items = [self._opened(part, n, atom) for n, atom in enumerate(atoms)]
            self._item_of[path] = {k: item for item in items for k in item.members}
            self._levels[path] = self._level(part, items)
        return self._levels[path]

    def _opened(self, part: Part, n: int, atom: Atom) -> Item:
        """Return the item of an atom, and make the part inside it known."""
        child = None
        if atom.step:
            own = bool(atom.region)
            child = "/".join(filter(None, (part.base if own else part.path, atom.step)))
            self._parts[child] = Part(
                child,
                child if own else part.base,
                atom.region or part.region,
                atom.members,
                part.path,
                (*part.crumbs, atom.title),
                atom.kind,
                atom.start,
                atom.inside,
            )
        return Item(f"i{n}", tuple(atom.members), child, atom.title, atom.call)

    def _level(self, part: Part, items: list[Item]) -> Level:
        is_list = part.kind is LevelKind.LIST
        found = [] if is_list else ports(part, self._wiring, lambda k: self._outside(part, k))
        lines = self.lines(items, found)
        return Level(
            part.path,
            part.parent,
            part.crumbs,
            part.kind,
            tuple(items),
            tuple(found),
            tuple(lines),
            self._shape(part.kind, items, found, lines),
        )

    def _outside(self, part: Part, k: int) -> Item:
        """Return the box of a node outside, on the nearest level above that shows it."""
        at = part.parent
        while at is not None:
            found = self._item_of[at].get(k)
            if found is not None:
                return found
            at = self._parts[at].parent
        raise KeyError(k)

    def lines(self, items: Sequence[Item], found: Sequence[Port]) -> list[LevelLine]:
        """Return the lines into each box, in the order of the boxes that they come from.

        Between two nodes there is a line for each slot, and they are in the order of the slots.
        """
        boxes = {k: item.id for item in items for k in item.members}
        tails = boxes | {k: port.id for port in found if port.side == "in" for k in port.members}
        names = [port.id for port in found] + [item.id for item in items]
        places = {name: n for n, name in enumerate(names)}
        many = {port.id for port in found if len(port.members) > 1}
        many |= {item.id for item in items if item.child is not None}
        lines: list[LevelLine] = []
        for item in items:
            uses: dict[tuple[str, int], list[tuple[int, int]]] = {}
            for k in item.members:
                for slot, p in enumerate(self._wiring.parents[k]):
                    tail = tails[p]
                    if tail != item.id:
                        joint = tail in many or item.id in many
                        uses.setdefault((tail, -1 if joint else slot), []).append((k, slot))
            order = list(uses)
            if item.id in many:
                order.sort(key=lambda key: places[key[0]])
            lines += [LevelLine(key[0], item.id, tuple(uses[key])) for key in order]
        for port in found:
            if port.side == "out":
                ends = dict.fromkeys(boxes[k] for k in port.members)
                lines += [LevelLine(end, port.id) for end in sorted(ends, key=places.__getitem__)]
        return lines

    def _shape(
        self, kind: LevelKind, items: list[Item], found: list[Port], lines: list[LevelLine]
    ) -> str:
        said = (
            kind,
            [self._form(item) for item in items],
            [(port.side, stem(port.title)) for port in found],
            [(line.tail, line.head, len(line.uses)) for line in lines],
        )
        return sha256(repr(said).encode()).hexdigest()[:16]

    def _form(self, item: Item) -> tuple[str, int, tuple[str, ...]]:
        nodes = self._wiring.nodes
        if item.child is not None:
            return stem(item.title), len(item.members), ()
        ops = tuple(nodes[k].op.name if nodes[k].op else "" for k in item.members)  # type: ignore[union-attr]
        return "", len(item.members), ops
