"""The picture of one level: its boxes, its ports and the lines between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograd.reading import formatting
from autograd.show.build import (
    LONGEST,
    has_changed,
    joint_line,
    largest_gradient,
    numbers,
    single_box,
    single_line,
)
from autograd.show.copies import count_copies
from autograd.show.flow import View, flows
from autograd.show.fold import MOST
from autograd.show.levels.crossing import contribution, slopes
from autograd.show.levels.cutting import TIMES
from autograd.show.levels.level import Item, Level, LevelKind, LevelLine, Port
from autograd.show.levels.level_tree import LevelTree
from autograd.show.levels.natural_order import ARROW
from autograd.show.picture import Box, Kind, Line, Picture, Row

COUNTED = 20_000  # nodes of a box that are looked at for copies
SWEPT = 2_000  # nodes of a region whose slopes are computed for a picture
FEW = 12  # lines into closed boxes: above it, what they say is in their tooltips alone
ROOM = formatting.width("−0.01234", 11.5)  # of a column of numbers: so that levels share layouts


def level_picture(view: View, tree: LevelTree, path: str = "", depth: int = 1) -> Picture:
    """Return the picture of a level, with the regions inside opened to a depth.

    Parameters
    ----------
    view : View
        The graph and its gradients.
    tree : LevelTree
        Its levels.
    path : str
        Which level.
    depth : int
        With 1 its regions are boxes; with 2 they are frames around what is in them; and so on.

    Raises
    ------
    ValueError
        If there is no such level, or there would be more than 3,000 boxes.
    """
    return _Painter(view, tree, tree.level(path), depth).picture()


class _Painter:
    def __init__(self, view: View, tree: LevelTree, level: Level, depth: int) -> None:
        self.view, self.tree, self.level = view, tree, level
        shown = list(_opened(tree, level, depth, ""))
        if len(shown) > MOST:
            raise ValueError(
                f"at depth {depth} there are {len(shown):,} boxes, and a picture of more than "
                f"{MOST:,} helps nobody: ask for less depth, or open one box (at=...)"
            )
        self.items = [replace(item, id=f"i{n}") for n, (item, _) in enumerate(shown)]
        self.frames = [frame for _, frame in shown]
        self.of_id: dict[str, Item | Port] = {port.id: port for port in level.ports}
        self.of_id.update((item.id, item) for item in self.items)

    def picture(self) -> Picture:
        boxes = [
            *(self._port(port) for port in self.level.ports if port.side == "in"),
            *(self._item(item, f) for item, f in zip(self.items, self.frames, strict=True)),
            *(self._port(port) for port in self.level.ports if port.side == "out"),
        ]
        heading = ARROW.join(formatting.clean(crumb) for crumb in self.level.crumbs)
        return Picture(tuple(boxes), tuple(self._lines()), self._caption(), heading)

    def _caption(self) -> str:
        members = self.level.members
        closed = [item for item in self.items if item.child is not None]
        said = []
        if closed:
            shown = formatting.count(len(self.items), "box")
            said.append(f"{formatting.count(len(members), 'node')} in {shown}")
            largest = max(closed, key=lambda item: len(item.members))
            said.append(f'open a box with draw(..., at="{formatting.clean(str(largest.child))}")')
        stale = sum(has_changed(self.view.nodes[k]) for k in members)
        if stale:
            said.append(f"{formatting.count(stale, 'operation')} computed from data changed since")
        return "; ".join(said)

    # Boxes ---------------------------------------------------------------------------------------

    def _item(self, item: Item, frame: str) -> Box:
        if item.child is None:
            return replace(self._node(item), id=item.id, region=frame, least=ROOM)
        root = not self.view.roots.isdisjoint(item.members)
        nodes = self._extent(item)
        results = self.tree.results(item.members)
        label = self.view.nodes[-1].label if root else ""
        symbol, times, number = item.title.rpartition(TIMES)  # of operations alike
        return Box(
            id=item.id,
            kind=Kind.FOLD,
            symbol=formatting.clean(symbol, LONGEST),
            name=formatting.clean(label if times else item.title, LONGEST),
            remark=f"×{number}" if times else nodes,
            rows=self._rows(item.members, results),
            region=frame,
            members=item.members,
            root=root,
            least=ROOM,
            tooltip="\n".join((formatting.clean(item.title), nodes, f"at={item.child!r}")),
            shows=results[0] if len(results) == 1 else None,
            opens=item.child,
        )

    def _extent(self, item: Item) -> str:
        """Return how many nodes are in a box; of what was run for each of a batch, how often."""
        nodes = formatting.count(len(item.members), "node")
        if item.title.startswith(f"{len(item.members):,} "):  # as in "200 constants"
            return ""
        times = count_copies(self.view, item.members) if len(item.members) <= COUNTED else 1
        return f"×{times:,} · {nodes}" if 1 < times < len(item.members) else nodes

    def _rows(self, members: Sequence[int], results: Sequence[int]) -> tuple[Row, ...]:
        """Return the numbers of a closed box: those of its one result, or its largest gradient."""
        if len(results) == 1:
            return numbers(self.view.nodes[results[0]], self.view.grads[results[0]])
        if not any(self.view.nodes[k].requires_grad for k in members):
            return ()
        gradients = [self.view.grads[k] for k in members]
        return (Row("largest |grad|", (largest_gradient(gradients),)),)

    def _node(self, item: Item) -> Box:
        """Return the box of a node, with the constants that are written into it."""
        *constants, k = item.members
        root = k in self.view.roots
        box = replace(single_box(self.view, k, "", root), members=item.members)
        if not constants:
            return box
        written = [
            formatting.number(self.view.nodes[p]._data) if p in constants else ""
            for p in self.view.parents[k]
        ]
        first, second = written
        what = " ".join(filter(None, (first, box.symbol, second)))
        return replace(
            box,
            symbol="" if first else box.symbol,
            name=box.name or (what if first else second),
            remark=" ".join(filter(None, (what if box.name else "", box.remark))),
            slots=(),
        )

    def _port(self, port: Port) -> Box:
        title = formatting.clean(port.title, LONGEST)
        if port.side == "out":
            return Box(port.id, Kind.PORT, "→", title, members=(), tooltip=f"goes to {title}")
        members = port.members
        if len(port.members) > 1:
            nodes = formatting.count(len(port.members), "node")
            rows = self._rows(port.members, ())
            return Box(port.id, Kind.PORT, "", title, nodes, rows, members=members, least=ROOM)
        (k,) = members
        rows = numbers(self.view.nodes[k], self.view.grads[k])
        tooltip = "\n".join(filter(None, (f"from {title}", self.view.nodes[k].region)))
        return Box(
            port.id,
            Kind.PORT,
            "",
            title,
            rows=rows,
            members=members,
            least=ROOM,
            tooltip=tooltip,
            shows=k,
        )

    # Lines ---------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[Line]:
        lines = self.tree.lines(self.items, self.level.ports)
        uses = [line.uses or self._outer(line) for line in lines]
        into_closed = [isinstance(head := self.of_id[e.head], Item) and head.child for e in lines]
        crowded = sum(map(bool, into_closed)) > FEW
        for n, (line, share) in enumerate(zip(lines, flows(self.view, uses), strict=True)):
            drawn = self._line(f"e{n}", line, uses[n])
            silent = crowded and into_closed[n]
            yield replace(drawn, flow=share, text="" if silent else drawn.text)

    def _outer(self, line: LevelLine) -> list[tuple[int, int]]:
        """Return the operands outside that a line on the way out stands for."""
        here = set(self.level.members)
        ends = set(self.of_id[line.tail].members).intersection(self.of_id[line.head].members)
        return [use for k in sorted(ends) for use in self.tree.uses_outside(k, here)]

    def _line(self, name: str, line: LevelLine, uses: Sequence[tuple[int, int]]) -> Line:
        ends = name, line.tail, line.head
        if not line.uses:
            nodes = self.of_id[line.head].members
            return Line(*ends, variable=any(self.view.nodes[k].requires_grad for k in nodes))
        head, tails = self.of_id[line.head], {self.view.parents[k][slot] for k, slot in uses}
        if isinstance(head, Item) and head.child is None and len(uses) == 1:
            return single_line(self.view, *uses[0], *ends)
        drawn = joint_line(self.view, list(uses), *ends)
        if len(tails) > 1 or not isinstance(head, Item):
            return replace(drawn, text="" if len(uses) == 1 else drawn.text)
        return self._crossing(drawn, tails.pop(), head, uses)

    def _crossing(self, drawn: Line, p: int, head: Item, uses: Sequence[tuple[int, int]]) -> Line:
        """Return the line of one node into a closed box: what all of its uses there add up to."""
        node = self.view.nodes[p]
        if node._rank:
            return replace(drawn, text=formatting.shape(node._data.shape))
        total = contribution(self.view, uses) if node.requires_grad else None
        if total is None:
            return replace(drawn, text="")
        said, results = formatting.number(total), self.tree.results(head.members)
        slope = (
            slopes(self.view, head.members, results[0]).get(p)
            if self._swept(head, results)
            else None
        )
        if slope is None:
            over = formatting.count(len(results), "result")
            tooltip = f"adds {said} to the gradient, over {over}"
            return replace(drawn, text=f"Σ {said}", derivative=True, tooltip=tooltip)
        local = formatting.number(slope)
        upstream = formatting.number(self.view.grads[results[0]])
        tooltip = f"∂{head.title}/∂{node.label or 'x'} = {local}\n{upstream} × {local} = {said}"
        return replace(drawn, text=local, derivative=True, tooltip=formatting.clean(tooltip))

    def _swept(self, head: Item, results: Sequence[int]) -> bool:
        return len(results) == 1 and len(head.members) <= SWEPT


def _opened(tree: LevelTree, level: Level, depth: int, frame: str) -> Iterator[tuple[Item, str]]:
    """Yield the boxes of a level and of the regions inside, with the path of the frame of each."""
    for item in level.items:
        inside = tree.level(item.child) if item.child is not None and depth > 1 else None
        if inside is None or inside.kind is LevelKind.LIST:
            yield item, frame
        else:
            name = item.title.replace("/", ARROW)
            yield from _opened(tree, inside, depth - 1, f"{frame}/{name}" if frame else name)
