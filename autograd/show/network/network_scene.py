"""Paints a network: lines for weights at the bottom, then maps, numbers and units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from autograd.reading import formatting
from autograd.reading.formatting import count, number
from autograd.show.network.legend import Legend, legend
from autograd.show.network.network import Network
from autograd.show.network.network_layout import (
    PAD,
    TEXT,
    TITLE,
    WIDEST,
    PlacedStage,
    lay_out_network,
    room,
    too_wide,
)
from autograd.show.network.stages import Form, Weights, stages_of
from autograd.show.network.strokes import ground, neutral
from autograd.show.network.unit_painter import stage_parts
from autograd.show.network.weight_painter import GRADIENT_LINES, WeightPainter
from autograd.show.paint import MARGIN
from autograd.show.picture import Kind
from autograd.show.scene import (
    Part,
    Point,
    Rectangle,
    Scene,
    Shape,
    Text,
    moved,
)
from autograd.show.theme import Theme

LEGEND = 560.0  # how wide the legend may be below a small picture


def network_scene(network: Network, theme: Theme, *, most: float = WIDEST) -> Scene:
    """Return the picture of a network, no wider than ``most`` if that can be."""
    return _Painter(network, theme, most).scene()


class _Painter:
    def __init__(self, network: Network, theme: Theme, most: float) -> None:
        self.network, self.theme = network, theme
        most -= 2 * MARGIN
        self.stages = stages_of(network)
        self.result = self._result_texts()
        if too_wide(self.stages, self._result_size(), most):
            self.stages = tuple(replace(stage, tight=True) for stage in self.stages)
        self.layout = lay_out_network(self.stages, self._result_size(), most)
        self.weights = WeightPainter(self.stages, theme)

    def scene(self) -> Scene:
        lines: list[Part] = []
        boxes: list[Part] = []
        for row in self.layout.lines:
            for k, placed in enumerate(row):
                if k:
                    lines += self.weights.parts(row[k - 1], placed)
                boxes += stage_parts(placed, self.theme)
        if self.layout.result:
            lines += self._lines_to_result(self.layout.lines[-1][-1], self.layout.result)
            boxes.append(self._result(self.layout.result))
        key = legend(self._legend(), self.theme, max(self.layout.width, LEGEND))
        below = self.layout.height + 18
        under = tuple(moved(shape, 0.0, below) for shape in key.shapes)
        width = max(self.layout.width, key.width) + 2 * MARGIN
        height = below + key.height + 2 * MARGIN
        sheet = ground(width, height, self.theme)
        parts = (sheet, *lines, *boxes, Part("legend", "legend", under))
        title = f"Network: {count(len(self.network.columns), 'layer')}"
        return Scene(width, height, _with_ids(parts), title)

    # The result ---------------------------------------------------------------------------------

    def _result_texts(self) -> list[tuple[str, str]]:
        network = self.network
        if network.root is None:
            return []
        texts = [(network.result, ""), ("", number(network.value)), ("∂", number(network.grad))]
        if network.value is None:
            texts = [(network.result, "")]
        if network.after > 1:
            texts.append((count(network.after, "operation"), ""))
        if network.examples > 1:
            texts.append((f"of {count(network.examples, 'example')}", ""))
        return texts

    def _result_size(self) -> tuple[float, float] | None:
        if not self.result:
            return None
        named = max(formatting.width(text, TITLE, bold=True) for text, _ in self.result)
        numbers = room((text for _, text in self.result), TITLE, bold=True)
        mark = formatting.width("∂", TITLE)
        return max(named + 12, mark + numbers + 12, 84.0) + 2 * PAD, 17.0 * len(self.result) + 8

    def _result(self, corner: Point) -> Part:
        size, theme = self._result_size() or (0.0, 0.0), self.theme
        x, y = corner
        look = theme.looks[Kind.OPERATION]
        shapes: list[Shape] = [Rectangle(x, y, *size, 6, look.fill, look.stroke, 2.4)]
        for k, (left, right) in enumerate(self.result):
            at = y + 16 + 17 * k
            grad = left == "∂"
            ink = theme.weight_gradient if grad else theme.ink if k == 0 or right else theme.faint
            bold = (k == 0 or bool(right)) and not grad
            type_size = TITLE if bold else TEXT
            if left:
                width = formatting.width(left, type_size, bold=bold)
                shapes.append(Text(x + PAD, at, left, type_size, ink, width, bold))
            if right:
                width = room((right,), type_size, bold=bold)
                shows = f"{'g' if grad else 'd'}{self.network.root}"
                end = x + size[0] - PAD
                shapes.append(Text(end, at, right, type_size, ink, width, bold, "end", shows=shows))
        return Part("result", "unit result", tuple(shapes), nodes=self.network.rest)

    def _lines_to_result(self, last: PlacedStage, corner: Point) -> Iterator[Part]:
        size = self._result_size() or (0.0, 0.0)
        end = corner[0], corner[1] + size[1] / 2
        block = last.blocks[0]
        units = len(block.block.values) if block.block.form is Form.LIST else 1
        for j in range(units):
            uses = self.network.last[j] if units > 1 else chain.from_iterable(self.network.last)
            yield neutral(block.right(j), end, self.theme, tuple(dict.fromkeys(uses)))

    # The legend ---------------------------------------------------------------------------------

    def _legend(self) -> Legend:
        columns = [s.column for s in self.stages if s.column]
        shown = {s.weights for s in self.stages}
        forms = {b.form for s in self.stages for b in s.blocks}
        grads = any(c.W_grad is not None for c in columns)
        twice = [c for s in self.stages if (c := s.column) and s.weights is Weights.LINES]
        return Legend(
            lines=self.weights.largest if Weights.LINES in shown else None,
            gradient_lines=self.weights.largest_gradient
            if grads and any(c.W.size <= GRADIENT_LINES for c in twice)
            else None,
            maps=bool(shown & {Weights.ROWS, Weights.MAP} or Form.GRID in forms),
            widest=self.weights.widest,
            gradients=grads or any(c.a_grad is not None for c in columns),
            notes=notes_of(self.network),
        )


def notes_of(network: Network) -> list[str]:
    """Return what a reader has to know of the numbers, in sentences."""
    notes = []
    calls = max(column.calls for column in network.columns)
    if network.examples > 1:
        notes.append(
            f"The units show the first of {network.examples:,} examples. "
            "The gradients of weights are of all examples."
        )
    if calls > 1:
        notes.append(
            f"A layer is called {calls} times: it is one column a call. "
            "The gradients of its weights are of all calls."
        )
    if all(column.W_grad is None for column in network.columns):
        notes.append("There are no gradients yet: call backward() first.")
    return notes


def _with_ids(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part if part.id else replace(part, id=f"e{k}") for k, part in enumerate(parts))
