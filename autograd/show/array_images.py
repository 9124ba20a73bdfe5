"""Small pictures of an array of three axes or more: kernels and feature maps, as they lie in it."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.show.scene import Rectangle, Shape
from autograd.show.theme import Theme

SIDE = 12  # elements along a side, at most
MOST = 8  # pictures in a box
CELLS = 192  # of all of them
GAP = 5.0

Image = tuple[tuple[float, ...], ...]


def images(array: Any) -> tuple[Image, ...]:
    """Return the first matrices of an array, as shares of its largest |element|.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.show.array_images import images
    >>> images(np.array([[[1.0, -4.0], [2.0, 0.0]]]))
    (((0.25, -1.0), (0.5, 0.0)),)
    """
    shape = np.shape(array)
    if not isinstance(array, np.ndarray) or len(shape) < 3 or not array.size:
        return ()
    lines, columns = shape[-2:]
    if not (2 <= lines <= SIDE and 2 <= columns <= SIDE):
        return ()
    count = min(prod(shape[:-2]), MOST, CELLS // (lines * columns))
    numbers = np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0)
    scale = np.abs(numbers).max() or 1.0
    shown = np.round(numbers.reshape((-1, lines, columns))[:count] / scale, 2)
    return tuple(tuple(map(tuple, each)) for each in shown.tolist())


def room_for(pictures: tuple[Image, ...]) -> tuple[float, float]:
    """Return the width and height that pictures need, side by side."""
    cell = _cell(pictures)
    wide = len(pictures) * (len(pictures[0][0]) * cell + GAP) - GAP
    return wide, len(pictures[0]) * cell


def _cell(pictures: tuple[Image, ...]) -> float:
    return 6.0 if max(len(pictures[0]), len(pictures[0][0])) <= 6 else 4.0


def shapes(pictures: tuple[Image, ...], x: float, y: float, theme: Theme) -> list[Shape]:
    """Return the shapes of pictures from a corner on."""
    cell = _cell(pictures)
    found: list[Shape] = []
    for picture in pictures:
        wide, high = len(picture[0]) * cell, len(picture) * cell
        found.append(Rectangle(x, y, wide, high, fill=theme.chip))
        for i, line in enumerate(picture):
            for j, share in enumerate(line):
                if share:
                    place = (x + j * cell, y + i * cell, cell, cell)
                    found.append(of_share(place, share, theme))
        x += wide + GAP
    return found


def of_share(place: tuple[float, float, float, float], share: float, theme: Theme) -> Rectangle:
    """Return a cell in the colour of a share of the largest |element|."""
    fill = theme.plus if share > 0 else theme.minus
    strength = round(min(1.0, 0.15 + 0.85 * abs(share)), 2)
    return Rectangle(*place, fill=fill, opacity=strength)
