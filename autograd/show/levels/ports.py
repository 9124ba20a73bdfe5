"""Ports: what comes into a level from outside, on its left, and what it gives, on its right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from autograd.reading.formatting import count
from autograd.show.levels.level import Item, Port
from autograd.show.levels.natural_order import ARROW, natural, span, stem
from autograd.show.levels.parts import Part, Wiring

MANY = 12  # nodes that come in and have a port each
MOST = 24  # ports that stand for many nodes each
RESULT = "result"  # where the root goes

# For a node outside of a level, the box that it is in on the nearest level above that shows it.
Finder = Callable[[int], Item]
Group = tuple[str, list[int]]  # a port's title and its nodes


def ports(part: Part, wiring: Wiring, box_outside: Finder) -> list[Port]:
    """Return the ports of a part: first what comes in, then what goes out."""
    here = set(part.members)
    if len(here) == len(wiring.nodes):
        return []
    sources = dict.fromkeys(p for k in part.members for p in wiring.parents[k] if p not in here)
    names = {p: _name(p, box_outside(p), wiring) for p in sources}
    out: defaultdict[str, list[int]] = defaultdict(list)
    for k in part.members:
        for place in _places(k, here, wiring, box_outside):
            out[place].append(k)
    ends = [(title, out[title]) for title in sorted(out, key=natural)]
    if len(ends) > MANY:
        ends = [(count(len(ends), "place"), sorted({k for _, ks in ends for k in ks}))]
    return [
        *(
            Port(f"in{n}", tuple(members), "in", title)
            for n, (title, members) in enumerate(_sources(names, wiring, box_outside))
        ),
        *(Port(f"out{n}", tuple(members), "out", title) for n, (title, members) in enumerate(ends)),
    ]


def _sources(names: dict[int, str], wiring: Wiring, box_outside: Finder) -> list[Group]:
    """Return a group for each node that comes in; if they are many, what goes together."""
    order = sorted(names, key=lambda p: (natural(names[p]), p))
    if len(order) <= MANY:
        return [(names[p], [p]) for p in order]
    together: defaultdict[str, list[int]] = defaultdict(list)
    for p in order:
        node = wiring.nodes[p]
        own_name = node.op is None and node.label
        together[stem(node.label) if own_name else box_outside(p).id].append(p)
    groups = list(together.values()) if len(together) <= MOST else [order]
    return [(_shared_title([names[p] for p in group]), group) for group in groups]


def _shared_title(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(set(names)) == len(names) and len({stem(name) for name in names}) == 1:
        return span(names[0], names[-1])
    owners = {name.partition(ARROW)[0] for name in names}
    said = count(len(names), "node")
    return f"{said} of {owners.pop()}" if len(owners) == 1 else said


def _places(k: int, here: set[int], wiring: Wiring, box_outside: Finder) -> Iterable[str]:
    """Return where a node's data goes outside of ``here``."""
    if k in wiring.graph.roots:
        return [RESULT]
    outside = (user for user in wiring.users[k] if user not in here)
    return dict.fromkeys(_place(user, box_outside(user), wiring) for user in outside)


def _place(k: int, box: Item, wiring: Wiring) -> str:
    """Return the name of the box of a user outside."""
    node = wiring.nodes[k]
    return box.title or node.label or (node.op.symbol if node.op is not None else "")


def _name(k: int, box: Item, wiring: Wiring) -> str:
    """Return the name of a node outside: its label, or its box and its place in it."""
    node = wiring.nodes[k]
    if node.label:
        return node.label
    if not box.child:
        return node.op.symbol if node.op is not None else "constant"
    inner = wiring.homes[k].rpartition("/")[2]
    return box.title if inner in box.title else f"{box.title}{ARROW}{inner}"
