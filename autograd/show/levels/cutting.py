"""Makes fewer boxes of a level that has too many: what goes together is opened on its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from math import ceil

from autograd.reading.formatting import count
from autograd.show.levels.level import LevelKind
from autograd.show.levels.natural_order import natural, span, stem
from autograd.show.levels.parts import Atom, Part, Wiring, in_order
from autograd.show.repetition import repeated_pieces

MOST = 48  # boxes of a level: what a person can read
COLUMN = 24  # leaves that may have boxes of their own on a level
FAMILY = 8  # like siblings: fewer are never cut
SIBLINGS = 16  # how many like siblings share a box, if the level has room for so many boxes
BANDS = 24  # boxes that what has no structure is cut into
BAND = 36  # boxes of a band at least, if there are so many
NEAR = 12  # boxes nearest to the result, which such a level shows as they are
LIST = 4  # leaves that make a list at least
TIMES = " ×"  # between the symbol of operations alike and how many they are
RUN = 4  # operations that make a run at least


def cut(part: Part, atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Return at most 48 atoms with the same nodes, those that are computed first first."""
    for stage in _STAGES:
        if len(atoms) <= MOST and (stage is not _lists or _leaves(atoms, wiring) <= COLUMN):
            continue
        fewer = stage(part, atoms, wiring)
        if fewer is not atoms and in_order(wiring.feeders(fewer)):
            atoms = fewer
    return ordered(atoms, wiring)


def ordered(atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Return the atoms by their depth, like siblings in the order of their names."""
    depths = _depths(atoms, wiring)
    places = sorted(range(len(atoms)), key=lambda n: (depths[n], *_place(atoms[n])))
    return [atoms[n] for n in places]


def _place(atom: Atom) -> tuple[tuple[tuple[int, str], ...], int]:
    is_sibling = atom.step and atom.kind is not LevelKind.LIST
    return natural(atom.title) if is_sibling else (), atom.members[0]


def _depths(atoms: Sequence[Atom], wiring: Wiring) -> list[float]:
    """Return how far each atom is from the leaves; what nothing feeds is just before its users."""
    feeders = wiring.feeders(atoms)
    depths = [0.0] * len(atoms)
    first_user: dict[int, float] = {}
    for n in in_order(feeders):
        depths[n] = max((depths[m] + 1 for m in feeders[n]), default=0.0)
        for m in feeders[n]:
            first_user[m] = min(first_user.get(m, depths[n]), depths[n])
    for n, each in enumerate(feeders):
        if not each and n in first_user:
            depths[n] = first_user[n] - 0.5
    return depths


def _is_leaf(atom: Atom, wiring: Wiring) -> bool:
    return len(atom.members) == 1 and wiring.nodes[atom.members[0]].op is None


def _leaves(atoms: Sequence[Atom], wiring: Wiring) -> int:
    return sum(_is_leaf(atom, wiring) for atom in atoms)


# The stages, from the one that hides least -------------------------------------------------------


def _lists(part: Part, atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Put leaves of one kind that feed the same boxes together."""
    if part.kind is LevelKind.LIST:
        return atoms
    box_of = {k: n for n, atom in enumerate(atoms) for k in atom.members}
    found: list[Atom] = []
    alike: defaultdict[tuple[bool, str, frozenset[int]], list[int]] = defaultdict(list)
    for atom in atoms:
        if _is_leaf(atom, wiring):
            (k,) = atom.members
            fed = frozenset(box_of.get(user, -1) for user in wiring.users[k])
            node = wiring.nodes[k]
            alike[node.requires_grad, stem(node.label), fed].append(k)
        else:
            found.append(atom)
    steps: Counter[str] = Counter()
    for (variable, *_), members in alike.items():
        if len(members) < LIST:
            found += [Atom([k]) for k in members]
            continue
        word = "variable" if variable else "constant"
        steps[word] += 1
        step = f"{word}s{steps[word] if steps[word] > 1 else ''}"
        title = _span_of_labels(members, wiring) or count(len(members), word)
        found.append(Atom(sorted(members), title, step, kind=LevelKind.LIST))
    return found


def _span_of_labels(members: list[int], wiring: Wiring) -> str:
    """Return ``x0 … x63`` for leaves with such labels, and nothing for leaves without any."""
    labels = sorted((wiring.nodes[k].label for k in members), key=natural)
    return span(labels[0], labels[-1]) if labels[0] != labels[-1] else labels[0]


def _copies(part: Part, atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Put what hangs together in a box, if all such pieces are alike: one for each example."""
    operations = {
        k for atom in atoms if not atom.step for k in atom.members if wiring.nodes[k].op is not None
    }
    piece_of = _pieces(operations, wiring)
    pieces: defaultdict[int, list[int]] = defaultdict(list)
    for k in sorted(operations):
        pieces[piece_of[k]].append(k)
    made = {tuple(sorted(wiring.nodes[k].op.name for k in ks)) for ks in pieces.values()}  # type: ignore[union-attr]
    if len(made) != 1 or len(pieces) < 2 or len(pieces) == len(operations):
        return atoms
    found: list[Atom] = []
    members: defaultdict[int, list[int]] = defaultdict(list)
    for atom in atoms:
        own = operations.intersection(atom.members)
        feeds = own or {user for k in atom.members for user in wiring.users[k]}
        homes = {piece_of.get(k) for k in feeds}
        home = homes.pop() if len(homes) == 1 and not atom.step else None
        if home is None:
            found.append(atom)
        else:
            members[home] += atom.members
    calls = sorted(members.values(), key=max)
    return found + [
        Atom(sorted(ks), f"call {number}", f"call{number}", call=number)
        for number, ks in enumerate(calls, 1)
    ]


def _pieces(operations: set[int], wiring: Wiring) -> dict[int, int]:
    """Return, for each operation, the first of the operations that it hangs together with."""
    piece_of: dict[int, int] = {}
    for start in sorted(operations):
        waiting = [] if start in piece_of else [start]
        while waiting:
            k = waiting.pop()
            if k in piece_of:
                continue
            piece_of[k] = start
            near = (*wiring.parents[k], *wiring.users[k])
            waiting += [p for p in near if p in operations and p not in piece_of]
    return piece_of


def _families(part: Part, atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Put like siblings, such as neurons, together in their own order."""
    families: defaultdict[str, list[Atom]] = defaultdict(list)
    for atom in atoms:
        families[stem(atom.title) if atom.step else ""].append(atom)
    found = families.pop("", [])
    large = [name for name, family in families.items() if len(family) > FAMILY]
    if not large:
        return atoms
    small = len(found) + sum(len(family) for family in families.values() if len(family) <= FAMILY)
    room = max(2, (MOST - small) // max(1, len(large)))
    for name, family in families.items():
        if name not in large:
            found += family
            continue
        siblings = sorted(family, key=lambda atom: natural(atom.title))
        found += _chunks(siblings, min(room, ceil(len(siblings) / SIBLINGS)))
    return found


def _chunks(siblings: list[Atom], count: int) -> list[Atom]:
    size = ceil(len(siblings) / count)
    found: list[Atom] = []
    for start in range(0, len(siblings), size):
        chunk = siblings[start : start + size]
        first, last = chunk[0], chunk[-1]
        title = span(first.title, last.title)
        step = f"{first.step}-{last.step}".replace("/", ".")
        group = Atom(_members(chunk), title, step, inside=tuple(chunk))
        found.append(group if len(chunk) > 1 else first)
    return found


def _repeats(part: Part, atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Put what is in the same place of pieces that are alike in a box, as a loop makes them."""
    if part.atoms:
        return atoms
    box_of = {k: n for n, atom in enumerate(atoms) for k in atom.members if atom.step}
    here = set(part.members)

    def outside(k: int) -> int | None:
        return box_of.get(k, None if k in here else -1)

    alike = repeated_pieces(wiring.graph, _runs(atoms, wiring), outside)
    return _together(atoms, wiring, alike.get)


def _sums(part: Part, atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Put operations of one kind that feed only each other in a box."""
    if part.atoms:
        return atoms
    ends = _runs(atoms, wiring)
    alone = Counter(ends)
    return _together(atoms, wiring, lambda k: ends[k] if alone[ends[k]] >= RUN else None)


def _runs(atoms: Sequence[Atom], wiring: Wiring) -> list[int]:
    """Return, for each node, the last of the run it is in: one op, each feeding the next."""
    ends = list(range(len(wiring.nodes)))
    own = {atom.members[-1] for atom in atoms if not atom.step}
    for k in sorted(own, reverse=True):
        after = set(wiring.users[k])
        if len(after) == 1 and after <= own and wiring.parents[k]:
            (user,) = after
            if wiring.nodes[user].op is wiring.nodes[k].op:
                ends[k] = ends[user]
    return ends


def _together(atoms: list[Atom], wiring: Wiring, key_of: Callable[[int], Hashable]) -> list[Atom]:
    """Return the atoms with those nodes in a box that have a key in common."""
    groups: defaultdict[Hashable, list[Atom]] = defaultdict(list)
    found: list[Atom] = []
    for atom in atoms:
        key = None if atom.step else key_of(atom.members[-1])
        if key is None:
            found.append(atom)
        else:
            groups[key].append(atom)
    steps = Counter(atom.step for atom in atoms)
    for group in groups.values():
        op = wiring.nodes[group[0].members[-1]].op
        name = op.name if op is not None else "leaves"
        steps[name] += 1
        step = name if steps[name] == 1 else f"{name}{steps[name]}"
        title = f"{op.symbol}{TIMES}{len(group):,}" if op is not None else f"{len(group):,} leaves"
        kind = LevelKind.GRAPH if op is not None else LevelKind.LIST
        if len(group) > 1:
            found.append(Atom(_members(group), title, step, kind=kind, inside=tuple(group)))
        else:
            found += group
    return found


def _bands(part: Part, atoms: list[Atom], wiring: Wiring) -> list[Atom]:
    """Keep what is nearest to the result, and cut the rest into bands in order of computation.

    A list has no result, and a band of a level isn't near to it.
    """
    order = ordered(atoms, wiring)
    near = 0 if part.kind is LevelKind.LIST or part.atoms else NEAR
    far = order[: len(order) - near]
    size = ceil(len(far) / min(BANDS, ceil(len(far) / BAND)))
    bands = [far[start : start + size] for start in range(0, len(far), size)]
    made = [_band(band, part.start + k * size, part) for k, band in enumerate(bands)]
    return made + order[len(order) - near :]


def _band(band: list[Atom], start: int, part: Part) -> Atom:
    first, last = start + 1, start + len(band)
    return Atom(
        _members(band),
        f"{first:,} … {last:,}",
        f"{first}-{last}",
        kind=part.kind,
        start=start,
        inside=tuple(band),
    )


def _members(atoms: Sequence[Atom]) -> list[int]:
    return sorted(k for atom in atoms for k in atom.members)


_STAGES: tuple[Callable[[Part, list[Atom], Wiring], list[Atom]], ...] = (
    _lists,
    _copies,
    _families,
    _repeats,
    _sums,
    _bands,
)
