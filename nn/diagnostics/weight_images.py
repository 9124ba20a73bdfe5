"""Plots of a layer's weights, and of their gradients, as images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd.extend import Node, raw, with_article
from nn.support.figures import new_figure, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[Any]

NEGATIVE, ZERO, POSITIVE = "#d9660b", "#ffffff", "#1f6fb4"  # told apart by colour-blind readers
SQUARE = 49  # inputs: from here on a square number of them is taken for the pixels of an image
MOST = 64  # units that are shown as images


def weights(layer: Any, *, shape: tuple[int, int] | None = None) -> Figure:
    """Draw the weights of a layer, and their gradients if there are any, as images.

    Positive numbers are blue and negative ones orange; the darker, the larger. Zero is white. Each
    image has a scale of its own.

    Parameters
    ----------
    layer : Module or array_like
        What has a ``weight`` of shape (units, inputs), such as ``Linear``; or such an array.
    shape : (int, int), optional
        The rows and columns of an image that the inputs are the pixels of: then each unit has an
        image. By default they are taken for a square image from 49 inputs on, if they fit one;
        otherwise the whole matrix is one image, with a row for each unit.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for the weights, and one for the gradients; of at most 64 units, if they are images.

    Raises
    ------
    TypeError
        If there is no weight.
    ValueError
        If it has other than two axes, or its inputs don't fit the shape.

    Examples
    --------
    >>> import nn
    >>> figure = weights(nn.Linear(64, 10, rng=0))
    >>> figure.axes[0].get_title()
    'weights of 10 units, 8 × 8'
    """
    weight = getattr(layer, "weight", layer)
    data, gradient = _numbers(weight, "data"), _numbers(weight, "grad")
    if data is None or data.ndim != 2 or not data.size:
        got = with_article(layer) if data is None else f"shape {data.shape}"
        raise (TypeError if data is None else ValueError)(
            f"layer must have a weight of shape (units, inputs), got {got}"
        )
    image = _image_shape(data.shape[1], shape)
    shown = {"weights": data} | ({} if gradient is None else {"∂L/∂weights": gradient})
    figure = new_figure(5.2 * len(shown), 4.4)
    for panel, (name, matrix) in zip(
        figure.subplots(1, len(shown), squeeze=False).flat, shown.items(), strict=True
    ):
        if image is None:
            _matrix(figure, panel, name, matrix)
        else:
            _images(figure, panel, name, matrix, image)
    return figure


def _numbers(weight: Any, which: str) -> Array | None:
    """Return the numbers or the gradients of a Tensor, or of an array of numbers or Values."""
    if isinstance(weight, Node):
        found = raw(weight) if which == "data" else weight.grad
        return None if found is None else np.asarray(raw(found), np.float64)
    cells = np.asarray(weight)
    if cells.dtype != object:
        numeric = cells.dtype.kind in "fiub" and which == "data"
        return cells.astype(np.float64) if numeric else None
    read = [raw(getattr(cell, which, None)) for cell in cells.flat]
    if all(each is None for each in read):
        return None
    numbers = [math.nan if each is None else float(each) for each in read]
    return np.array(numbers).reshape(cells.shape)


def _image_shape(inputs: int, shape: tuple[int, int] | None) -> tuple[int, int] | None:
    side = math.isqrt(inputs)
    if shape is None:
        return (side, side) if side * side == inputs >= SQUARE else None
    if math.prod(shape) != inputs:
        raise ValueError(f"shape must be two numbers whose product is {inputs}, got {shape!r}")
    return shape


def _matrix(figure: Figure, panel: Axes, name: str, matrix: Array) -> None:
    units, inputs = matrix.shape
    _paint(figure, panel, matrix)
    panel.set(title=f"{name}, {units} × {inputs}", xlabel="input", ylabel="unit")
    whole_numbers(panel.xaxis, panel.yaxis)


def _images(figure: Figure, panel: Axes, name: str, matrix: Array, shape: tuple[int, int]) -> None:
    """Draw the image of each unit in a grid, with its number, and a gap between them."""
    high, wide = shape
    shown = matrix[:MOST]
    columns = math.ceil(math.sqrt(len(shown) * high / wide))
    rows = math.ceil(len(shown) / columns)
    sheet = np.full((rows * (high + 1) - 1, columns * (wide + 1) - 1), np.nan)
    for k, unit in enumerate(shown):
        top, left = k // columns * (high + 1), k % columns * (wide + 1)
        sheet[top : top + high, left : left + wide] = unit.reshape(shape)
        panel.text(left - 0.3, top - 0.3, str(k), fontsize=7, va="top", color="0.25")
    _paint(figure, panel, sheet)
    some = f"the first {MOST} of {len(matrix)}" if len(matrix) > MOST else str(len(matrix))
    panel.set(title=f"{name} of {some} units, {high} × {wide}", xticks=[], yticks=[])
    panel.set_facecolor("0.8")


def _paint(figure: Figure, panel: Axes, numbers: Array) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    finite = np.abs(numbers[np.isfinite(numbers)])
    most = float(finite.max(initial=0.0)) or 1.0
    colours = LinearSegmentedColormap.from_list("signed", [NEGATIVE, ZERO, POSITIVE])
    image = panel.imshow(numbers, cmap=colours, vmin=-most, vmax=most, interpolation="nearest")
    figure.colorbar(image, ax=panel, shrink=0.8)
