"""The numbers in a box: a number, a small array as a grid, a summary of a larger one."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.unknown import is_unknown
from autograd.reading import formatting
from autograd.show.picture import Row

MOST = 24  # elements of a grid in a box
COLUMNS = 6
BESIDE = 3  # columns of data that have those of the gradient beside them
LINES = 8
SUMMARY = ("min", "mean", "max")


def rows(data: Any, grad: Any, *, variable: bool) -> tuple[Row, ...]:
    """Return the rows of a node's box: its data, and its gradient if it is to have one."""
    data, grad = raw(data), raw(grad)
    pairs = [("data", data)] + ([("grad", grad)] if variable else [])
    if np.size(data) == 1 or is_unknown(data):
        return tuple(Row(tag, (formatting.number(x),)) for tag, x in pairs)
    shape = grid_shape(np.shape(data))
    if shape is not None:
        grids = [(tag, _cells(x, shape), formatting.number(x)) for tag, x in pairs]
        is_tall = shape[0] > 2 and shape[1] <= BESIDE and variable
        return _beside(grids, shape) if is_tall else _below(grids)
    numbers = (Row(tag, formatting.spread(x), text=_in_words(x)) for tag, x in pairs)
    return (Row("", SUMMARY), *numbers)


def grid_shape(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return how many lines and columns a small array's grid has; None if it has none.

    Examples
    --------
    >>> from autograd.show.array_rows import grid_shape
    >>> grid_shape((3,)), grid_shape((8,)), grid_shape((4, 3)), grid_shape((2, 12))
    ((1, 3), (2, 4), (4, 3), None)
    """
    size = int(np.prod(shape))
    if not 1 < size <= MOST:
        return None
    if max(shape) == size:  # all along one axis
        lines = ceil(size / COLUMNS)
        return lines, ceil(size / lines)
    lines, columns = size // shape[-1], shape[-1]
    return (lines, columns) if lines <= LINES and columns <= COLUMNS else None


Grid = tuple[str, list[tuple[str, ...]], str]  # what it is, its lines, and all of it in words


def _cells(x: Any, shape: tuple[int, int]) -> list[tuple[str, ...]]:
    lines, columns = shape
    size = lines * columns
    found = [formatting.NONE] * size if x is None else [formatting.number(k) for k in np.ravel(x)]
    found += [""] * (size - len(found))
    return [tuple(found[k : k + columns]) for k in range(0, size, columns)]


def _below(grids: list[Grid]) -> tuple[Row, ...]:
    """Return one grid below the other, each with its tag at its first line."""
    return tuple(
        Row("" if k else tag, cells, (tag,) * len(cells), "" if k else words)
        for tag, lines, words in grids
        for k, cells in enumerate(lines)
    )


def _beside(grids: list[Grid], shape: tuple[int, int]) -> tuple[Row, ...]:
    """Return one grid beside the other, below a line that says which is which."""
    (of_data, data, _), (of_grad, grad, _) = grids
    blank = ("",) * (shape[1] - 1)
    roles = (of_data,) * shape[1] + (of_grad,) * shape[1]
    lines = (Row("", x + g, roles) for x, g in zip(data, grad, strict=True))
    return (Row("", (*blank, of_data, *blank, of_grad)), *lines)


def _in_words(x: Any) -> str:
    """Return an array as a terminal shows it: a small one in full."""
    if x is None or formatting.is_small(x) or not x.size:
        return formatting.number(x)
    summary = zip(SUMMARY, formatting.spread(x), strict=True)
    return ", ".join(f"{name} {text}" for name, text in summary)
