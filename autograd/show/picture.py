"""A picture of a graph as plain data: boxes, and lines between them.

It is made from a graph in ``build.py``, and knows nothing of how it will be painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DENSE = 200  # lines


class Kind(StrEnum):
    """The kind of thing that a box stands for."""

    VARIABLE = "variable"
    CONSTANT = "constant"
    OPERATION = "operation"
    FOLD = "fold"
    PORT = "port"


@dataclass(frozen=True, slots=True)
class Row:
    """One line in a box: what it is, and one text a column.

    ``roles`` say of each cell what it is a part of, data or grad, where the tag doesn't; ``text``
    is what a terminal shows in place of the cells.
    """

    tag: str
    cells: tuple[str, ...]
    roles: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One node, or many folded into one.

    Attributes
    ----------
    id : str
        ``n`` and the number of the node, or of the last of the folded nodes.
    kind : Kind
        What it stands for.
    symbol : str
        The op's symbol; empty for a leaf.
    name : str
        The node's label, or what was folded.
    remark : str
        What stands behind the name: an op's settings, a tensor's shape and dtype.
    rows : tuple of Row
        The numbers.
    slots : tuple of str
        A name for each operand slot, in order; empty where a slot needs no place of its own.
    region : str
        The path of the region it is drawn in.
    members : tuple of int
        The numbers of the nodes it stands for, in topological order.
    root : bool
        Whether the root is in it.
    least : float
        How wide a column of numbers is at least.
    heat : tuple of float
        A larger tensor's data in a few cells, in order, as shares of the largest |element|.
    images : tuple of Image
        In place of that, for three axes or more: the first matrices, cell by cell.
    tooltip : str
        Everything, for a tooltip.
    marked : bool
        Whether it stands out, as what is on a path does.
    shows : int or None
        The node whose data and gradient the rows are; None where they are of many.
    opens : str or None
        The path of the level that it is opened as.
    """

    id: str
    kind: Kind
    symbol: str = ""
    name: str = ""
    remark: str = ""
    rows: tuple[Row, ...] = ()
    slots: tuple[str, ...] = ()
    region: str = ""
    members: tuple[int, ...] = (0,)
    root: bool = False
    heat: tuple[float, ...] = ()
    images: tuple[tuple[tuple[float, ...], ...], ...] = ()
    least: float = 0.0
    tooltip: str = ""
    marked: bool = False
    shows: int | None = None
    opens: str | None = None

    @property
    def nodes(self) -> int:
        """The number of nodes that it stands for: none, if they are elsewhere."""
        return 0 if self.kind is Kind.PORT else len(self.members)


@dataclass(frozen=True, slots=True)
class Line:
    """One operand, or many between two boxes where at least one is folded.

    Attributes
    ----------
    id : str
        ``e`` and a number.
    tail, head : str
        The ids of the boxes it goes from and to.
    operands : int
        How many operands it stands for.
    slot : int or None
        Which operand of the head it is; None where it stands for many.
    text : str
        The local derivative, the shape of a tensor, or how many operands it stands for.
    derivative : bool
        Whether the text is a local derivative.
    variable : bool
        Whether a gradient may flow back along it.
    flow : float
        How much gradient flows back along it, from 0 for none or little to 1 for the most.
    tooltip : str
        Everything, for a tooltip.
    wrong : bool
        Whether what it says is wrong: it stands out.
    """

    id: str
    tail: str
    head: str
    operands: int = 1
    slot: int | None = None
    text: str = ""
    derivative: bool = False
    variable: bool = True
    flow: float = 0.0
    tooltip: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, each after those that feed it as far as there are no loops, and lines.

    Attributes
    ----------
    caption : str
        What isn't shown, in words; empty where all is shown.
    heading : str
        Where in a graph it is: ``mlp › layer1``; empty at the top.
    """

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    caption: str = ""
    heading: str = ""

    @property
    def dense(self) -> bool:
        """Whether there are so many lines that they had better be straight."""
        return len(self.lines) > DENSE

    @property
    def nodes(self) -> int:
        """The number of nodes of the graph, shown or hidden."""
        return sum(box.nodes for box in self.boxes)

    @property
    def hidden(self) -> int:
        """The number of nodes without a box of their own."""
        return sum(box.nodes for box in self.boxes if box.nodes > 1)
