"""Paints the units and inputs of a network: boxes with two numbers, images, grids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from autograd.reading import formatting
from autograd.reading.formatting import count, number
from autograd.show.network.bindings import shown, whole
from autograd.show.network.network_layout import (
    PAD,
    TEXT,
    TITLE,
    PlacedBlock,
    PlacedStage,
    side_height,
    two_lines,
    value_columns,
    value_texts,
)
from autograd.show.network.number_maps import GRADIENTS, INK, WEIGHTS, largest_of
from autograd.show.network.stages import Form, as_matrix
from autograd.show.network.strokes import ink_of, paper
from autograd.show.picture import Kind
from autograd.show.scene import Part, Rectangle, Shape, Text
from autograd.show.theme import Theme


def stage_parts(placed: PlacedStage, theme: Theme) -> Iterator[Part]:
    """Yield a stage: its title, and a part for each unit or image."""
    stage, name = placed.stage, placed.name
    middle = placed.x + placed.width / 2
    remark = "continued" if placed.again else stage.remark
    room = placed.width
    yield Part(
        f"{name}-title",
        "title",
        (
            Text(middle, placed.y + 12, stage.title, TITLE, theme.ink, room, True, "middle"),
            Text(middle, placed.y + 27, remark, TEXT, theme.faint, room, anchor="middle"),
        ),
        stage.column.path if stage.column else "",
        stage.nodes,
    )
    for b, block in enumerate(placed.blocks):
        if block.block.form is Form.LIST:
            yield from _boxes(block, f"{name}b{b}", theme)
        else:
            yield from _maps(block, f"{name}b{b}", theme)


def _boxes(placed: PlacedBlock, name: str, theme: Theme) -> Iterator[Part]:
    rooms = value_columns(placed.block)
    for j in range(len(placed.block.values)):
        yield _box(placed, j, f"{name}u{j}", rooms, theme)


def _box(
    placed: PlacedBlock, j: int, name: str, rooms: tuple[float, float, float], theme: Theme
) -> Part:
    block, entry = placed.block, placed.block.entries[j]
    look = theme.looks[block.kind]
    x, y = placed.left(j, 0.0)
    right = x + placed.width
    box = Rectangle(x, y, placed.width, placed.item, 6, look.fill, look.stroke, 1.2)
    title, value, grad = value_texts(block, j)
    _, room, grad_room = rooms
    ink = theme.ink if np.isfinite(block.values[j]) else theme.wrong
    purple = theme.faint if grad == formatting.NONE else theme.weight_gradient
    tag, mark = formatting.width(title, TEXT), formatting.width("∂", TEXT)
    middle = y + placed.item / 2
    up, down, edge, before = middle - 4, middle + 13, right - PAD, x + PAD
    if not two_lines(block):
        up = down = middle + 4
        before = right - PAD - grad_room - mark - 4
        edge = before - 14
    shapes: tuple[Shape, ...] = (
        replace(box, dashed=block.kind is Kind.CONSTANT),
        Text(before, down, "∂", TEXT, purple, mark),
        Text(x + PAD, up, title, TEXT, theme.faint, tag, role="name"),
        Text(edge, up, value, TITLE, ink, room, True, "end", "data", f"d{entry}"),
        Text(right - PAD, down, grad, TEXT, purple, grad_room, False, "end", "grad", f"g{entry}"),
    )
    return Part(
        name,
        f"unit {block.kind}",
        shapes,
        block.tooltips[j],
        block.nodes[j],
        opens=block.opens[j] if block.opens else None,
    )


def _maps(placed: PlacedBlock, name: str, theme: Theme) -> Iterator[Part]:
    block = placed.block
    high = side_height(block)
    image = block.form is Form.IMAGE
    maps = [
        (
            "x" if block.kind is not Kind.OPERATION else "a",
            block.values,
            INK if image else WEIGHTS,
        )
    ]
    if all(g is not None for g in block.grads):
        maps.append(("∂", np.array(block.grads, np.float64), GRADIENTS))
    y = placed.y
    nodes = tuple(sorted({k for each in block.nodes for k in each}))
    array = whole(block.entries)
    for k, (letter, numbers, colours) in enumerate(maps):
        largest = largest_of(numbers)
        text = f"{letter}: up to {number(float(f'{largest:.4g}'))}"
        room = formatting.width(text, TEXT)
        x = placed.x + placed.width / 2
        ink = ink_of(colours, theme)
        label = Text(x, y + 12, text, TEXT, ink, room, anchor="middle")
        image_shapes = paper(
            placed.x,
            y + 17,
            placed.width,
            as_matrix(numbers),
            colours,
            largest,
            theme,
            high,
            shown("g" if colours is GRADIENTS else "d", array),
        )
        lowest, highest = number(float(np.min(numbers))), number(float(np.max(numbers)))
        story = f"{count(len(numbers), 'number')} from {lowest} to {highest}"
        yield Part(f"{name}m{k}", "map", (label, *image_shapes), story, nodes)
        y += high + 18
