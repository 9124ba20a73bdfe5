"""Plots of decision boundaries in two dimensions, as they move during learning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nn.support.examples import Floats, labelled, separator
from nn.support.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 6  # boundaries: of more, the first and the last are named

Separators = Iterable[tuple[npt.ArrayLike, float]]


def draw_boundaries(
    separators: Separators,
    X: npt.ArrayLike | None = None,
    y: npt.ArrayLike | None = None,
    *,
    ax: Axes | None = None,
) -> Any:
    """Draw decision boundaries ``w1·x1 + w2·x2 + b = 0`` as they move: the later, the darker.

    An arrow at the last one, and at each where there are few, points to the side of +1. Without
    examples the view has the points where the boundaries meet the axes, unless they are far off.

    Parameters
    ----------
    separators : iterable of (array_like of shape (2,), float)
        The weights and bias of each boundary; where both weights are zero there is none to draw.
    X : array_like, shape (n, 2), optional
        Examples to draw with them.
    y : array_like, shape (n,), optional
        Their labels: −1 and +1, or 0 and 1.
    ax : matplotlib Axes, optional
        Where to draw; by default, on a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        Never shown by force: a notebook shows it if it is the last value of a cell.

    Raises
    ------
    ImportError
        If matplotlib isn't installed.
    ValueError
        If there are not two features, or X comes without y.

    Examples
    --------
    >>> import nn
    >>> history = nn.train_perceptron([[0.0, 1.0], [1.0, 0.0]], [1, -1]).history
    >>> figure = draw_boundaries((update.weights, update.bias) for update in history)
    >>> len(figure.axes[0].lines)
    2
    """
    lines = [separator(w, b, 2) for w, b in separators]
    lines = [(w, b) for w, b in lines if w.any()]
    points, signs = _points(X, y)
    ax = ax or _new_axes()
    for k, (w, b) in enumerate(lines, 1):
        x1, x2 = _foot(w, b)
        text = f"{w[0]:.4g}·x₁ {w[1]:+.4g}·x₂ {b:+.4g} = 0"
        if len(lines) > MANY:
            text = {1: f"first: {text}", len(lines): f"last of {len(lines)}: {text}"}.get(k, "")
        ax.axline((x1, x2), (x1 - w[1], x2 + w[0]), color="k", alpha=k / len(lines), label=text)
    for sign, marker in ((-1, "_"), (1, "+")):
        x1s, x2s = points[signs == sign].T
        ax.scatter(
            x1s, x2s, marker=marker, s=90, zorder=3, label=f"class {sign:+d}" * (len(x1s) > 0)
        )
    shown = points if len(points) else _landmarks(lines)
    ax.set(xlim=_limits(shown[:, 0]), ylim=_limits(shown[:, 1]), xlabel="x₁", ylabel="x₂")
    for w, b in lines if len(lines) <= MANY else lines[-1:]:
        _point_to_positive(ax, w, b)
    if lines or len(points):
        ax.legend(fontsize="small", loc="upper left", bbox_to_anchor=(0.0, -0.12))
    return ax.get_figure(root=True)


def _foot(w: Floats, b: float) -> Floats:
    """Return the point of the boundary that is nearest to the origin."""
    foot: Floats = -b * w / (w @ w)
    return foot


def _landmarks(lines: list[tuple[Floats, float]]) -> Floats:
    """Return what a picture of boundaries alone should show: the origin, feet and intercepts."""
    feet = np.array([[0.0, 0.0], *(_foot(w, b) for w, b in lines)])
    meets = [-b / w[k] * np.eye(2)[k] for w, b in lines for k in range(2) if w[k]]
    far = 3 * max(float(np.linalg.norm(feet, axis=1).max()), 1.0)
    return np.array([*feet, *(point for point in meets if np.abs(point).max() <= far)])


def _point_to_positive(ax: Axes, w: Floats, b: float) -> None:
    """Draw an arrow from the boundary, where it is nearest to the middle, to the side of +1."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    middle, span = np.array([left + right, low + high]) / 2, min(right - left, high - low)
    start = middle - (w @ middle + b) / (w @ w) * w
    end = start + 0.12 * span * w / np.linalg.norm(w)
    arrow = {"arrowstyle": "-|>", "color": "k", "alpha": 0.6}
    ax.annotate("", tuple(end), tuple(start), arrowprops=arrow, annotation_clip=True)
    ax.annotate("+", tuple(end), fontsize=9, ha="center", va="bottom", annotation_clip=True)


def _points(X: npt.ArrayLike | None, y: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    if X is None:
        return np.empty((0, 2)), np.empty(0)
    if y is None:
        raise ValueError("examples are drawn with their labels: pass y with X")
    points, signs = labelled(X, y)
    if points.shape[1] != 2:
        raise ValueError(f"boundaries are drawn for two features, got {points.shape[1]}")
    return points, signs


def _new_axes() -> Axes:
    return new_figure(6.4, 5.4).add_subplot()


def _limits(coordinates: Floats) -> tuple[float, float]:
    low, high = float(coordinates.min()), float(coordinates.max())
    margin = 0.25 * ((high - low) or 4.0)
    return low - margin, high + margin
