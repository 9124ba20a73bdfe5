"""Paints the weights of a network: lines, images beside units, maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autograd.reading import formatting
from autograd.reading.formatting import count, number
from autograd.show.network.bindings import Use, WeightNode, shown
from autograd.show.network.network import Column
from autograd.show.network.network_layout import (
    HEADER,
    PAD,
    TEXT,
    PlacedStage,
    map_size,
    map_titles,
    numbered,
    numbers_height,
    numbers_width,
    small_side,
    weight_columns,
    weight_texts,
)
from autograd.show.network.number_maps import GRADIENTS, WEIGHTS, largest_of
from autograd.show.network.stages import MOST_LINES, Stage, Weights, as_matrix
from autograd.show.network.strokes import ink_of, neutral, paper, straight
from autograd.show.scene import Curve, Part, Point, Rectangle, Shape, Text
from autograd.show.theme import Theme

THIN = 0.8  # lines of the smallest weights
WIDTHS = ((16, 6.0), (64, 4.0), (MOST_LINES, 2.4))  # of the largest, where a gap has so many lines
GRADIENT_LINES = 64  # at most so many lines of a gap have a second one for the gradient


class WeightPainter:
    """Paints the weights on one scale.

    Attributes
    ----------
    largest, largest_gradient : float
        Of the weights that are lines.
    widest : float
        How wide the line of the largest weight is.
    """

    def __init__(self, stages: Sequence[Stage], theme: Theme) -> None:
        self.theme = theme
        lined = [s.column for s in stages if s.column and s.weights is Weights.LINES]
        self.largest = largest_of(*(c.W for c in lined))
        self.largest_gradient = largest_of(*(c.W_grad for c in lined))
        most = max((c.W.size for c in lined), default=0)
        self.widest = next(width for lines, width in WIDTHS if most <= lines)

    def parts(self, before: PlacedStage, placed: PlacedStage) -> list[Part]:
        """Return the weights between a stage and the next one."""
        column = placed.stage.column
        match placed.stage.weights:
            case Weights.LINES if column:
                return list(self._weight_lines(before, placed, column))
            case Weights.ROWS if column:
                return list(self._weight_rows(before, placed, column))
            case Weights.MAP if column:
                return self._weight_map(before, placed, column)
        (x, y), end = middle(before, right=True), middle(placed, right=False)
        return [neutral((x, y), end, self.theme)]

    def _weight_lines(
        self, before: PlacedStage, placed: PlacedStage, column: Column
    ) -> Iterator[Part]:
        units, inputs = column.W.shape
        starts = _starts(before, column)
        numbers = numbers_width(placed.stage)
        twice = column.W_grad is not None and column.W.size <= GRADIENT_LINES
        for j in range(units):
            for i in range(inputs):
                x, y = placed.blocks[0].left(j, (i + 0.5) / inputs)
                end = x - numbers, y
                line = self._weight_line(starts[i], end, float(column.W[j, i]))
                shapes: list[Shape] = [line]
                if twice and column.W_grad is not None:
                    shapes.append(self._gradient_line(line, float(column.W_grad[j, i])))
                name = f"{placed.name}w{j}-{i}"
                yield _weight_part(name, "weight", shapes, column, j, i)
        if numbered(placed.stage):
            for j in range(units):
                for i in range(inputs):
                    yield self._weight_numbers(placed, j, i)

    def _weight_line(self, start: Point, end: Point, w: float) -> Curve:
        if not np.isfinite(w):
            return straight(start, end, self.theme.wrong, self.widest)
        if w == 0:
            return straight(start, end, self.theme.constant_line, THIN, dashed=True)
        ink = self.theme.positive if w > 0 else self.theme.negative
        return straight(start, end, ink, self._thickness(w))

    def _thickness(self, w: float) -> float:
        share = abs(w) / self.largest if np.isfinite(w) and self.largest else 0.0
        return THIN + (self.widest - THIN) * share

    def _gradient_line(self, weight: Curve, grad: float) -> Curve:
        """Return the gradient's line, below that of the weight; no width for no gradient."""
        share = abs(grad) / (self.largest_gradient or 1.0) if np.isfinite(grad) else 1.0
        ink = self.theme.weight_gradient if np.isfinite(grad) else self.theme.wrong
        thickness = 0.5 + 2.0 * share if grad else 0.0
        down = (weight.thickness + thickness) / 2 + 0.8
        (ax, ay), (bx, by) = weight.points[0], weight.points[-1]
        return straight((ax, ay + down), (bx, by + down), ink, thickness, dashed=True)

    def _weight_numbers(self, placed: PlacedStage, j: int, i: int) -> Part:
        column = placed.stage.column
        if column is None:
            return Part("", "weight-text", ())
        x, y = placed.blocks[0].left(j, (i + 0.5) / column.W.shape[1])
        first, second = weight_columns(placed.stage)
        w, grad = weight_texts(placed.stage, j, i)
        right, left = x - 4, x - numbers_width(placed.stage)
        high = numbers_height(placed.stage)
        chip = Rectangle(
            left,
            y - high / 2 + 0.5,
            right - left,
            high - 1,
            radius=5,
            fill=self.theme.chip,
            stroke=self.theme.chip_stroke,
            thickness=0.6,
        )
        ink = self.theme.weight_gradient
        entry = column.bindings.entry(j, i)
        mark = formatting.width("∂ ", TEXT)
        room = second - mark
        end = right - PAD
        at, up, down = end - 2 * PAD - second, y + 4, y + 4
        if placed.stage.tight:
            at, up, down = end, y - 2, y + 10
        before = end - second
        texts = (
            Text(at, up, w, TEXT, self.theme.ink, first, False, "end", "weight", f"d{entry}"),
            Text(before, down, "∂", TEXT, ink, mark),
            Text(end, down, grad, TEXT, ink, room, False, "end", "grad", f"g{entry}"),
        )
        name = f"{placed.name}w{j}-{i}-text"
        return _weight_part(name, "weight-text", [chip, *texts], column, j, i)

    def _weight_rows(
        self, before: PlacedStage, placed: PlacedStage, column: Column
    ) -> Iterator[Part]:
        side = small_side(placed.stage)
        block = placed.blocks[0]
        largest, largest_grad = largest_of(column.W), largest_of(column.W_grad)
        for j in range(len(column.a)):
            _, y = block.left(j)
            left, top = block.x - 2 * (side + 6), y - side / 2
            row = column.bindings.weights_of(j)
            nodes, uses = _all(row)
            yield neutral(before.blocks[0].right(0), (left - 3, y), self.theme, uses)
            shapes = paper(left, top, side, as_matrix(column.W[j]), WEIGHTS, largest, self.theme)
            if column.W_grad is not None:
                matrix = as_matrix(column.W_grad[j])
                at = left + side + 6
                shapes += paper(at, top, side, matrix, GRADIENTS, largest_grad, self.theme)
            story = f"weights of unit {j}: largest |w| {number(largest_of(column.W[j]))}" + (
                ""
                if column.W_grad is None
                else f"\ntheir gradients: largest |∂L/∂w| {number(largest_of(column.W_grad[j]))}"
            )
            yield Part(f"{placed.name}w{j}", "weight-image", tuple(shapes), story, nodes, uses)

    def _weight_map(self, before: PlacedStage, placed: PlacedStage, column: Column) -> list[Part]:
        wide, high = map_size(placed.stage)
        start, end = middle(before, right=True), middle(placed, right=False)
        x = (before.x + before.width + placed.x - wide) / 2
        maps = [(column.W, WEIGHTS)]
        if column.W_grad is not None:
            maps.append((column.W_grad, GRADIENTS))
        y = end[1] - len(maps) * (high + 18) / 2
        nodes, uses = _all([each for row in column.bindings.weights for each in row])
        parts = [neutral(start, end, self.theme, uses)]
        for text, (matrix, colours) in zip(map_titles(placed.stage), maps, strict=True):
            largest = largest_of(matrix)
            room = formatting.width(text, TEXT)
            label = Text(
                x + wide / 2, y + 12, text, TEXT, ink_of(colours, self.theme), room, anchor="middle"
            )
            back = Rectangle(x + wide / 2 - room / 2 - 3, y, room + 6, 16, 4, self.theme.chip)
            shows = shown("g" if colours is GRADIENTS else "d", column.bindings.matrix)
            image = paper(x, y + 17, wide, matrix, colours, largest, self.theme, high, shows)
            rows, columns = matrix.shape
            story = f"a row for each of {count(rows, 'unit')}, {count(columns, 'column')}"
            parts.append(Part("", "weight-map", (back, label, *image), story, nodes, uses))
            y += high + 18
        return parts


def _weight_part(
    name: str, role: str, shapes: Sequence[Shape], column: Column, j: int, i: int
) -> Part:
    where = column.bindings.weight(j, i)
    story = _weight_story(column, j, i)
    return Part(name, role, tuple(shapes), story, where.nodes, where.uses)


def _all(row: Sequence[WeightNode]) -> tuple[tuple[int, ...], tuple[Use, ...]]:
    """Return the nodes and the operands of many weights."""
    nodes = dict.fromkeys(k for each in row for k in each.nodes)
    return tuple(nodes), tuple(dict.fromkeys(use for each in row for use in each.uses))


def _weight_story(column: Column, j: int, i: int) -> str:
    w = float(column.W[j, i])
    grad = None if column.W_grad is None else float(column.W_grad[j, i])
    x = float(column.x[i])
    return (
        f"w[{j}, {i}] = {number(w)}, ∂L/∂w {number(grad)}\nx = {number(x)}, w·x = {number(w * x)}"
    )


def _starts(before: PlacedStage, column: Column) -> list[Point]:
    entering = {i: place for place, i in enumerate(column.entering)}
    return [before.source(unit, entering.get(i, 0)) for i, unit in enumerate(column.sources)]


def middle(placed: PlacedStage, *, right: bool) -> Point:
    """Return the middle of a stage's left or right side."""
    x = placed.x + placed.width if right else placed.x
    if not placed.blocks:
        return x, placed.y + HEADER / 2
    top, bottom = placed.blocks[0].y, placed.blocks[-1].y + placed.blocks[-1].height
    return x, (top + bottom) / 2
