"""The card of one neuron: every product, their sum, the activation, and the gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isqrt

import numpy as np

from autograd.reading import formatting
from autograd.reading.formatting import count, number
from autograd.show.network.activation_panel import HEIGHT, WIDTH, activation_panel
from autograd.show.network.aligned_numbers import aligned
from autograd.show.network.bindings import shown, whole
from autograd.show.network.network import Column, Floats, Network
from autograd.show.network.network_layout import ROOM
from autograd.show.network.network_scene import notes_of
from autograd.show.network.number_maps import GRADIENTS, INK, WEIGHTS, largest_of
from autograd.show.network.stages import SMALLEST_IMAGE, as_matrix
from autograd.show.network.strokes import Colours, ground, ink_of, paper
from autograd.show.paint import MARGIN
from autograd.show.scene import Part, Rectangle, Scene, Shape, Text
from autograd.show.theme import Theme

LONGEST = 20  # inputs that have a row each
LARGEST = 8  # products that are shown of more
ROW, BAR, SPACE, TEXT, NOTE = 22.0, 110.0, 18.0, 12.0, 11.0
GUTTER = 14.0  # between words and the number at their end
TOP = 52.0  # the title
IMAGE = 96.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: of an input, of inputs together, of the bias, or of the sum."""

    name: str
    x: float | None = None
    w: float | None = None
    product: float | None = None
    to_input: float | None = None  # this unit's part of the input's gradient
    w_grad: float | None = None
    inputs: tuple[int, ...] = ()  # which of the unit's inputs

    @property
    def is_input(self) -> bool:
        """Whether it is the line of one input."""
        return self.x is not None


def rows_of(column: Column, j: int) -> list[Row]:
    """Return the rows of one unit: its inputs, or the largest of them and the others together."""
    z_grad = None if column.z_grad is None else float(column.z_grad[j])
    rows = []
    for i, name in enumerate(column.names):
        x, w = float(column.x[i]), float(column.W[j, i])
        grad = None if column.W_grad is None else float(column.W_grad[j, i])
        to_input = None if z_grad is None or not _learns(column, i) else z_grad * w
        rows.append(Row(name, x, w, x * w, to_input, grad, (i,)))
    if len(rows) <= LONGEST:
        return rows
    ranked = sorted(rows, key=lambda row: -abs(row.product or 0.0))
    others = ranked[LARGEST:]
    rest = sum(row.product or 0.0 for row in others)
    places = tuple(i for row in others for i in row.inputs)
    return [*ranked[:LARGEST], Row(count(len(others), "other"), product=rest, inputs=places)]


def _learns(column: Column, i: int) -> bool:
    return column.sources[i] >= 0 or column.x_grad[i] is not None


def neuron_scene(
    network: Network, column: Column, j: int, theme: Theme, *, most: float = inf
) -> Scene:
    """Return the card of a unit: its activation is below the table if beside it is too wide."""
    return _Card(network, column, j, theme, most).scene()


class _Card:
    def __init__(self, network: Network, column: Column, j: int, theme: Theme, most: float) -> None:
        self.network, self.column, self.j, self.theme = network, column, j, theme
        self.most = most - 2 * MARGIN
        self.rows = rows_of(column, j)
        self.products = [row.product for row in self.rows]
        self.heads = ("input", "x", "w", "w·x", "", "part of ∂L/∂x", "∂L/∂w")

    def scene(self) -> Scene:
        images, below = self._images()
        table, width, bottom = self._table(below)
        panel, right, low = self._activation(width, below, bottom)
        notes = notes_of(self.network)
        y = max(bottom, low) + 14
        under = []
        for k, note in enumerate(notes):
            under.append(self._text(note, 0.0, y + 16 * k + 4, size=NOTE))
        written = (self._title(), *images, *table, *panel, Part("notes", "notes", tuple(under)))
        widest = max([right, *(formatting.width(note, NOTE) for note in notes)])
        size = widest + 2 * MARGIN, y + 16 * len(notes) + 2 * MARGIN
        sheet = ground(*size, self.theme)
        return Scene(*size, (sheet, *written), f"Neuron {self._name()}")

    def _name(self) -> str:
        return f"{self.column.path}, unit {self.j}"

    def _title(self) -> Part:
        what = f"z = w·x + b, a = {self.column.activation or 'z'}"
        if self.column.calls > 1:
            what += f" (call {self.column.call + 1} of {self.column.calls})"
        lines = (
            self._text(self._name(), 0.0, 14, size=14.0, bold=True),
            self._text(what, 0.0, 34, ink=self.theme.faint),
        )
        return Part("title", "title", lines)

    # Images of many inputs ----------------------------------------------------------------------

    def _images(self) -> tuple[list[Part], float]:
        """Return images of the inputs, if they are a square, and where they end."""
        column, j = self.column, self.j
        n = len(column.x)
        if n < SMALLEST_IMAGE or isqrt(n) ** 2 != n:
            return [], TOP
        with np.errstate(all="ignore"):
            products = column.W[j] * column.x
        weights = column.bindings.matrix if len(column.a) == 1 else None
        maps: list[tuple[str, Floats, Colours, str]] = [
            (
                "x",
                column.x,
                INK if column.entering else WEIGHTS,
                shown("d", whole(column.bindings.x)),
            ),
            ("w", column.W[j], WEIGHTS, shown("d", weights)),
            ("w·x", products, WEIGHTS, ""),
        ]
        if column.W_grad is not None:
            maps.append(("∂L/∂w", column.W_grad[j], GRADIENTS, shown("g", weights)))
        parts = []
        x = 0.0
        for k, (name, numbers, colours, shows) in enumerate(maps):
            largest = largest_of(numbers)
            title = f"{name}: up to {number(largest)}"
            ink = ink_of(colours, self.theme)
            label = self._text(title, x, TOP + 10, ink=ink, size=11.0)
            matrix = as_matrix(numbers)
            image = paper(x, TOP + 17, IMAGE, matrix, colours, largest, self.theme, shows=shows)
            parts.append(Part(f"image{k}", "map", (label, *image)))
            x += max(IMAGE, label.width) + SPACE
        return parts, TOP + IMAGE + 34

    # The table ----------------------------------------------------------------------------------

    def _table(self, top: float) -> tuple[list[Part], float, float]:
        """Return the rows of the table, and where it ends at the right and below."""
        column, j = self.column, self.j
        bias = None if column.b is None else float(column.b[j])
        bias_grad = None if column.b_grad is None else float(column.b_grad[j])
        rows = list(self.rows)
        if bias is not None:
            rows.append(Row("bias", None, bias, bias, None, bias_grad))
        total = Row("z, the sum", product=float(column.z[j]))
        cells = self._cells(rows, total)
        edges = self._edges(cells)
        largest = largest_of(np.array([row.product for row in rows], np.float64))
        parts = [Part("head", "row", self._line(self.heads, edges, top, head=True))]
        for k, row in enumerate(rows):
            y = top + ROW * (k + 1)
            bar = self._bar(row, largest, edges[4] - BAR, y)
            line = self._line(cells[k], edges, y, self._shows(row))
            frame = _frame(0.0, y, edges[-1], ROW)
            parts.append(self._row(f"row{k}", row, (frame, *bar, *line)))
        y = top + ROW * (len(rows) + 1) + 6
        rule = Rectangle(0.0, y - 4, edges[-1], 1.2, fill=self.theme.line)
        bindings = column.bindings
        shows = ("", "", "", f"d{bindings.z[j]}", "", "", "")
        last = self._line(cells[-1], edges, y, shows, bold=True)
        frame = _frame(0.0, y, edges[-1], ROW)
        parts.append(Part("sum", "row", (frame, rule, *last), nodes=bindings.sums[j]))
        return parts, edges[-1], y + ROW

    def _row(self, name: str, row: Row, shapes: tuple[Shape, ...]) -> Part:
        bindings, j = self.column.bindings, self.j
        if not row.inputs:
            bias = bindings.b[j]
            return Part("bias", "row", shapes, nodes=() if bias is None else (bias.node,))
        weights = [bindings.weight(j, i) for i in row.inputs]
        nodes = [k for each in weights for k in each.nodes]
        nodes += [k for i in row.inputs for k in bindings.inputs[i]]
        uses = dict.fromkeys(use for each in weights for use in each.uses)
        own = sorted(set(nodes)) if len(row.inputs) > 1 else dict.fromkeys(nodes)
        return Part(name, "row", shapes, "", tuple(own), tuple(uses))

    def _shows(self, row: Row) -> tuple[str, ...]:
        """Return which number each text of a row is."""
        bindings, j = self.column.bindings, self.j
        match row.inputs:
            case ():
                b = bindings.b[j]
                return ("", "", *(shown("d", b),) * 2, "", "", shown("g", b))
            case (i,):
                w = bindings.entry(j, i)
                x = bindings.x[i]
                part = bindings.to_input(j, i) if _learns(self.column, i) else ""
                return ("", f"d{x}", f"d{w}", "", "", part, f"g{w}")
        return ("",) * len(self.heads)

    def _cells(self, rows: Sequence[Row], total: Row) -> list[tuple[str, ...]]:
        products = aligned([row.product for row in (*rows, total)])
        columns = [
            _column([(row.x, row.is_input) for row in rows]),
            _column([(row.w, row.w is not None) for row in rows]),
            products[:-1],
            [""] * len(rows),
            _column([(row.to_input, row.is_input) for row in rows]),
            _column([(row.w_grad, row.w is not None) for row in rows]),
        ]
        found = [(row.name, *cells) for row, *cells in zip(rows, *columns, strict=True)]
        return [*found, (total.name, "", "", products[-1], "", "", "")]

    def _edges(self, cells: Sequence[tuple[str, ...]]) -> list[float]:
        """Return where each column ends: the names' at their left, with all their room."""
        edges = []
        x = -SPACE
        for k, texts in enumerate(zip(*cells, self.heads, strict=True)):
            least = () if k in (0, 4) else (ROOM,)
            width = max(formatting.width(text, TEXT, bold=True) for text in (*texts, *least))
            x += SPACE + (BAR if k == 4 else width)
            edges.append(x)
        return edges

    def _line(
        self,
        texts: Sequence[str],
        edges: Sequence[float],
        y: float,
        shows: Sequence[str] = ("",) * 7,
        *,
        head: bool = False,
        bold: bool = False,
    ) -> tuple[Text, ...]:
        shapes = []
        for k, (text, edge, what) in enumerate(zip(texts, edges, shows, strict=True)):
            if not text:
                continue
            ink = self.theme.weight_gradient if k > 4 else self.theme.ink
            if head and k <= 4:
                ink = self.theme.faint
            at, anchor = (0.0, "start") if k == 0 else (edge, "end")
            least = ROOM if what else ""
            made = self._text(
                text, at, y + 15, ink=ink, anchor=anchor, bold=bold, shows=what, least=least
            )
            shapes.append(replace(made, role="product") if k == 3 and not head else made)
        return tuple(shapes)

    def _bar(self, row: Row, largest: float, x: float, y: float) -> list[Shape]:
        """Return a bar from the middle: to the right for what is positive, of no width for 0."""
        product = row.product
        middle = x + BAR / 2
        axis = Rectangle(middle - 0.5, y, 1.0, ROW, fill=self.theme.constant_line)
        known = product if product and np.isfinite(product) else 0.0
        length = BAR / 2 * abs(known) / (largest or 1.0)
        ink = self.theme.negative if known < 0 else self.theme.positive
        left = middle if known >= 0 else middle - length
        shows = f"bar {BAR / 2:g} {self._term(row)}" if self._term(row) else ""
        return [axis, Rectangle(left, y + 5, length, ROW - 10, fill=ink, shows=shows)]

    def _term(self, row: Row) -> str:
        """Return the term that the bar of a row shows."""
        bindings, j = self.column.bindings, self.j
        entries = [bindings.z[j], *(bindings.x[i] for i in row.inputs)]
        entries += [bindings.entry(j, i) for i in row.inputs]
        if any(entry.element is not None for entry in entries):
            return ""
        match row.inputs:
            case ():
                return shown("d", bindings.b[j])
            case (i,):
                return f"p{bindings.entry(j, i)}x{bindings.x[i]}"
        return f"o{bindings.z[j]}"

    # The activation -----------------------------------------------------------------------------

    def _activation(
        self, width: float, top: float, bottom: float
    ) -> tuple[list[Part], float, float]:
        """Return the curve and the words about it, and where they end at the right and below.

        They are beside a table of some width, the words below the curve; or side by side below the
        table, where that would be too wide.
        """
        column, j = self.column, self.j
        lines = self._words()
        widest = max(
            formatting.width(words, TEXT) + (GUTTER + self._room(text) if text else 0.0)
            for words, text, _ in lines
        )
        parts: list[Part] = []
        nodes = column.bindings.activations[j]
        drawn = bool(column.curve and column.slopes is not None and column.activation)
        wide = max(widest, WIDTH) if drawn else widest
        beside = width + 40 + wide <= self.most
        x, y = (width + 40, top) if beside else (0.0, bottom + 18)
        low = y + HEIGHT if drawn else y
        if column.curve and column.slopes is not None and column.activation:
            z, slope = float(column.z[j]), float(column.slopes[j])
            ends = column.bindings.z[j], column.bindings.a[j]
            parts.append(activation_panel(column.curve, z, slope, (x, y), self.theme, nodes, ends))
            x, y = (x, y + HEIGHT + 10) if beside else (x + WIDTH + 28, y)
        wide = wide if beside else widest
        shapes: list[Shape] = [_frame(x, y, wide, 20.0 * len(lines))]
        for k, (words, text, shows) in enumerate(lines):
            at = y + 14 + 20 * k
            ink = self.theme.weight_gradient if k else None
            shapes.append(self._text(words, x, at, ink=ink))
            if text:
                end = self._text(text, x + wide, at, ink=ink, anchor="end", shows=shows, least=ROOM)
                shapes.append(end)
        parts.append(Part("words", "words", tuple(shapes), nodes=nodes))
        return parts, max(width, x + wide + 6), max(low, y + 20 * len(lines))

    def _words(self) -> list[tuple[str, str, str]]:
        """Return lines of words, a number that ends some of them, and which number it is."""
        column, j = self.column, self.j
        z, a = column.bindings.z[j], column.bindings.a[j]

        def of(numbers: Floats | None) -> str:
            return number(None if numbers is None else float(numbers[j]))

        one = bool(column.activation) and "," not in column.activation
        lines = [(f"a = {column.activation}(z)" if one else "a", of(column.a), f"d{a}")]
        if column.slopes is None or a == z:
            lines.append(("∂L/∂z", of(column.z_grad), f"g{z}"))
        else:
            local = f"l{a}.0" if one and a.element is None else ""
            lines += [
                ("∂L/∂a", of(column.a_grad), f"g{a}"),
                ("∂a/∂z", of(column.slopes), local),
                ("∂L/∂z = ∂L/∂a · ∂a/∂z", of(column.z_grad), f"g{z}"),
            ]
        return [*lines, ("part of ∂L/∂x = ∂L/∂z · w", "", ""), (self._rule_of_weights(), "", "")]

    def _rule_of_weights(self) -> str:
        several = self.network.examples > 1 or self.column.calls > 1
        return "∂L/∂w = ∂L/∂z · x" + (", added up over examples and calls" if several else "")

    def _room(self, text: str) -> float:
        """Return how much room a number has."""
        return max(formatting.width(each, TEXT) for each in (text, ROOM))

    def _text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = TEXT,
        ink: str | None = None,
        anchor: str = "start",
        bold: bool = False,
        shows: str = "",
        least: str = "",
    ) -> Text:
        width = max(formatting.width(each, size, bold=bold) for each in (text, least))
        return Text(x, y, text, size, ink or self.theme.ink, width, bold, anchor, shows=shows)


def _frame(x: float, y: float, width: float, height: float) -> Rectangle:
    """Return a rectangle that is only seen where a page marks it."""
    return Rectangle(x - 3, y, width + 6, height, 4)


def _column(numbers: Sequence[tuple[float | None, bool]]) -> list[str]:
    """Return a column's texts from its numbers, and whether there is a place for each."""
    texts = aligned([number for number, _ in numbers])
    return [text if there else "" for text, (_, there) in zip(texts, numbers, strict=True)]
