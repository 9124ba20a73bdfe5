"""Where the stages of a network stand: left to right, in lines where they are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt

from autograd.reading import formatting
from autograd.reading.formatting import number
from autograd.show.network.number_maps import largest_of
from autograd.show.network.stages import (
    LONGEST_LIST,
    MOST_NUMBERS,
    Block,
    Form,
    Stage,
    Weights,
)
from autograd.show.scene import Point

TEXT, TITLE = 11.0, 12.0  # sizes of type
PAD = 7.0
HEADER = 38.0  # above a stage: title and remark
WIDEST = 1_240.0  # a line of stages
TALL, LOW = 40.0, 24.0  # units with two lines of numbers, and with one
FEW = 12  # units that are so tall at most
BETWEEN, CLOSE = 10.0, 5.0  # two units: of few, of many
ROW = 15.0  # for each number beside a unit
SQUARE = 120.0  # the side of an image or a grid
SMALL = (10, 40.0), (13, 34.0), (LONGEST_LIST, 28.0)  # the weights' image, beside so many units
MAP = 150.0  # the longer side of a map of weights
GAP, NARROW = 130.0, 56.0  # that lines cross: as wide as it may be, and as it must be
END, NEAR = 70.0, 40.0  # before the result: as wide as it may be, and in a tight picture
LINE_SPACE = 28.0  # between two lines of stages
ROOM = "−0.01234"  # what any number has room for, so that another one fits in its place


@dataclass(frozen=True, slots=True, eq=False)
class PlacedBlock:
    """A block and its room; ``x`` is where its boxes begin, to the right of images of weights."""

    block: Block
    x: float
    y: float
    width: float
    height: float
    item: float  # the height of one box

    def left(self, j: int, share: float = 0.5) -> Point:
        """Return the point of a box's left side at a share of its height."""
        if self.block.form is not Form.LIST:
            return self.x, self.y + self.height / 2
        return self.x, self.y + j * (self.item + space(self.block)) + self.item * share

    def right(self, j: int) -> Point:
        """Return the middle of a box's right side."""
        x, y = self.left(j)
        return x + self.width, y


@dataclass(frozen=True, slots=True, eq=False)
class PlacedStage:
    """A stage, its place among all, and its room.

    It stands ``again`` where it stood at the end of the line above too.
    """

    stage: Stage
    index: int
    x: float
    y: float
    width: float
    blocks: tuple[PlacedBlock, ...]
    again: bool = False

    @property
    def name(self) -> str:
        """What the ids of its parts begin with."""
        return f"s{self.index}again" if self.again else f"s{self.index}"

    def source(self, unit: int, place: int) -> Point:
        """Return where the line of an input begins: of a unit, or of what comes in at a place."""
        entering = unit < 0
        return self.blocks[-1 if entering else 0].right(place if entering else unit)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkLayout:
    """Lines of stages, the room for the result, and the size of all."""

    lines: tuple[tuple[PlacedStage, ...], ...]
    result: Point | None  # its left upper corner
    width: float
    height: float


def lay_out_network(
    stages: Sequence[Stage], result: tuple[float, float] | None, most: float = WIDEST
) -> NetworkLayout:
    """Return the places of stages, and of a box of a given size behind them.

    Where all in one line would be wider than ``most``, the gaps that lines cross are narrower; it
    is broken into several where it would be much wider still.
    """
    limit = min(WIDEST, 1.4 * most)
    gap = _gap(stages, result, most)
    placed: list[tuple[PlacedStage, ...]] = []
    index = {id(stage): k for k, stage in enumerate(stages)}
    y = width = 0.0
    corner = None
    for line in _lines(stages, result, gap, limit):
        height = max(HEADER + _height(stage) for stage in line)
        x = 0.0
        row = []
        for k, stage in enumerate(line):
            x += gap_before(stage, gap) if k else 0.0
            again = k == 0 and bool(placed)
            row.append(PlacedStage(stage, index[id(stage)], x, *_place(stage, x, y, height), again))
            x += row[-1].width
        placed.append(tuple(row))
        if result and line[-1] is stages[-1]:
            middle = y + HEADER + (height - HEADER) / 2
            corner = x + _end(line[-1]), middle - result[1] / 2
            x = corner[0] + result[0]
            height = max(height, HEADER + result[1])
        width, y = max(width, x), y + height + LINE_SPACE
    return NetworkLayout(tuple(placed), corner, width, y - LINE_SPACE)


def _gap(stages: Sequence[Stage], result: tuple[float, float] | None, most: float) -> float:
    """Return how wide the gaps are for all to be in a line of ``most``, as far as they can be."""
    crossed = sum(stage.weights is Weights.LINES for stage in stages[1:])
    beyond = max(0.0, _length(stages, result, GAP) - most)
    return GAP - min(GAP - NARROW, beyond / max(crossed, 1))


def _length(stages: Sequence[Stage], result: tuple[float, float] | None, gap: float) -> float:
    """Return how wide all is in one line."""
    width = _width(stages[0]) + (_end(stages[-1]) + result[0] if result else 0.0)
    return width + sum(gap_before(stage, gap) + _width(stage) for stage in stages[1:])


def too_wide(stages: Sequence[Stage], result: tuple[float, float] | None, most: float) -> bool:
    """Whether one line is wider than ``most``, as narrow as its gaps can be."""
    return _length(stages, result, NARROW) > most


def _end(last: Stage) -> float:
    """Return how much room there is before the result."""
    return NEAR if last.tight else END


def _lines(
    stages: Sequence[Stage], result: tuple[float, float] | None, gap: float, most: float
) -> list[list[Stage]]:
    """Return lines of stages no wider than they may be; each begins where the last one ended."""
    lines = [[stages[0]]]
    at = _width(stages[0])
    for stage in stages[1:]:
        needed = gap_before(stage, gap) + _width(stage)
        behind = _end(stage) + result[0] if result and stage is stages[-1] else 0.0
        if at + needed + behind > most and len(lines[-1]) > 1:
            lines.append([lines[-1][-1]])
            at = _width(lines[-1][0])
        lines[-1].append(stage)
        at += needed
    return lines


def _place(
    stage: Stage, x: float, y: float, height: float
) -> tuple[float, float, tuple[PlacedBlock, ...]]:
    """Return where a stage's title begins, how wide it is, and its blocks."""
    width = _width(stage)
    top = y + HEADER + (height - HEADER - _height(stage)) / 2
    blocks = []
    for block in stage.blocks:
        inner = _block_width(block)
        images = _images_width(stage)
        left = x + (width - inner - images) / 2 + images
        tall = _block_height(stage, block)
        blocks.append(PlacedBlock(block, left, top, inner, tall, _item_height(stage, block)))
        top += tall + 3 * BETWEEN
    first = min((b.y for b in blocks), default=y + height / 2)
    return first - HEADER, width, tuple(blocks)


# Sizes ------------------------------------------------------------------------------------------


def numbered(stage: Stage) -> bool:
    """Whether the weights into a stage are written on its lines."""
    if stage.column is None or stage.weights is not Weights.LINES:
        return False
    return bool(stage.column.W.size <= MOST_NUMBERS)


def weight_texts(stage: Stage, j: int, i: int) -> tuple[str, str]:
    """Return a weight and its gradient as they are written on a line."""
    if stage.column is None:
        return "", ""
    grads = stage.column.W_grad
    return number(float(stage.column.W[j, i])), number(
        None if grads is None else float(grads[j, i])
    )


def weight_columns(stage: Stage) -> tuple[float, float]:
    """Return how wide the numbers on the lines into a stage are: the weights', the gradients'."""
    if stage.column is None:
        return 0.0, 0.0
    units, inputs = stage.column.W.shape
    texts = [weight_texts(stage, j, i) for j in range(units) for i in range(inputs)]
    weights, grads = (room(column, TEXT) for column in zip(*texts, strict=True))
    return weights, grads + formatting.width("∂ ", TEXT)


def room(texts: Iterable[str], size: float, *, bold: bool = False) -> float:
    """Return how much room numbers have that stand one below the other."""
    return max(formatting.width(text, size, bold=bold) for text in (ROOM, *texts))


def numbers_width(stage: Stage) -> float:
    """Return how much room the numbers on lines take, before the units that the lines go to."""
    if not numbered(stage):
        return 0.0
    weights, grads = weight_columns(stage)
    return (max(weights, grads) + 2 * PAD if stage.tight else weights + grads + 4 * PAD) + 4


def numbers_height(stage: Stage) -> float:
    """Return how much room the numbers on one line take: in a tight picture they are two lines."""
    return 2 * ROW - 3 if stage.tight else ROW


def gap_before(stage: Stage, gap: float) -> float:
    """Return how much room there is between a stage and the one before it.

    ``gap`` is what lines have between them.
    """
    match stage.weights:
        case Weights.LINES if numbered(stage):
            return gap - (30 if stage.tight else 20) + numbers_width(stage)
        case Weights.LINES:
            return gap
        case Weights.MAP:
            widest = max(formatting.width(text, TEXT) for text in map_titles(stage))
            return max(map_size(stage)[0] + (50 if stage.tight else 90), widest + 30)
        case Weights.ROWS:
            return 60.0
    return 50.0


def map_titles(stage: Stage) -> list[str]:
    """Return the titles of the map of the weights and of that of their gradients."""
    column = stage.column
    named = [] if column is None else [("W", column.W), ("∂L/∂W", column.W_grad)]
    return [f"{name}: up to {number(largest_of(a))}" for name, a in named if a is not None]


def map_size(stage: Stage) -> tuple[float, float]:
    """Return the width and height of the map of the weights into a stage."""
    if stage.column is None:
        return 0.0, 0.0
    rows, columns = stage.column.W.shape
    dot = MAP / max(rows, columns)
    return max(columns * dot, 24.0), max(rows * dot, 24.0)


def small_side(stage: Stage) -> float:
    """Return the side of the images of weights beside the units of a stage."""
    units = 0 if stage.column is None else len(stage.column.a)
    return next(side for most, side in SMALL if units <= most)


def _images_width(stage: Stage) -> float:
    return 2 * (small_side(stage) + 6) + 4 if stage.weights is Weights.ROWS else 0.0


def value_texts(block: Block, j: int) -> tuple[str, str, str]:
    """Return the texts of a box: its name, its number and its gradient."""
    return block.names[j], number(float(block.values[j])), number(block.grads[j])


def space(block: Block) -> float:
    """Return how much room is between two boxes."""
    return BETWEEN if two_lines(block) else CLOSE


def two_lines(block: Block) -> bool:
    """Whether a box has a line for the number and one for the gradient."""
    return len(block.values) <= FEW


def _block_width(block: Block) -> float:
    if block.form is not Form.LIST:
        return SQUARE
    name, value, grad = value_columns(block)
    mark = formatting.width("∂", TEXT)
    if two_lines(block):
        return max(2 * PAD + 10 + max(name + value, mark + grad), 84.0)
    return 2 * PAD + name + value + mark + grad + 32


def value_columns(block: Block) -> tuple[float, float, float]:
    """Return how wide names, numbers and gradients are in the boxes of a block."""
    texts = [value_texts(block, j) for j in range(len(block.values))]
    names, values, grads = zip(*texts, strict=True)
    name = max(formatting.width(text, TEXT) for text in names)
    return name, room(values, TITLE, bold=True), room(grads, TEXT)


def _item_height(stage: Stage, block: Block) -> float:
    least = TALL if two_lines(block) else LOW
    if stage.column is None or block is not stage.blocks[0]:
        return least
    if stage.weights is Weights.ROWS:
        return max(least, small_side(stage) + 2)
    if numbered(stage):
        return max(least, numbers_height(stage) * len(stage.column.x) + 2)
    return least


def _block_height(stage: Stage, block: Block) -> float:
    if block.form is not Form.LIST:
        maps = 2 if any(g is not None for g in block.grads) else 1
        return maps * (side_height(block) + 18)
    n = len(block.values)
    return n * _item_height(stage, block) + (n - 1) * space(block)


def side_height(block: Block) -> float:
    """Return how high the map of a block is: some squares aren't full."""
    n = len(block.values)
    columns = isqrt(n - 1) + 1
    return SQUARE * -(-n // columns) / columns


def _height(stage: Stage) -> float:
    blocks = [_block_height(stage, block) for block in stage.blocks]
    maps = 2 * (map_size(stage)[1] + 18) if stage.weights is Weights.MAP else 0.0
    return max(sum(blocks) + 3 * BETWEEN * max(len(blocks) - 1, 0), maps)


def _width(stage: Stage) -> float:
    inner = max((_block_width(block) for block in stage.blocks), default=0.0)
    header = max(
        formatting.width(stage.title, TITLE, bold=True), formatting.width(stage.remark, TEXT)
    )
    return max(inner + _images_width(stage), header)
