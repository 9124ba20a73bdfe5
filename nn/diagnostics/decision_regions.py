"""Plots of the regions that a classifier of two features assigns to its classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd import no_grad
from autograd.extend import raw, with_article
from nn.support.figures import COLOURS as HUES
from nn.support.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]
Limits: TypeAlias = tuple[tuple[float, float], tuple[float, float]]

COLOURS = [HUES[k] for k in (0, 4, 2, 5, 3, 1)]  # neighbours in the list look most unlike
MARKERS = "osD^vPX*<>"


class Predictor(Protocol):
    """An estimator, as scikit-learn's are."""

    def predict(self, X: Any) -> Any: ...


def decision_regions(
    classifier: Predictor | Callable[[Array], Any],
    X: npt.ArrayLike | None = None,
    y: npt.ArrayLike | None = None,
    *,
    limits: Limits | None = None,
    resolution: int = 200,
    ax: Axes | None = None,
) -> Any:
    """Draw which class a classifier gives to each point of the plane.

    Parameters
    ----------
    classifier : estimator or callable
        An object with ``predict``, as the estimators of scikit-learn and ``nn.estimators`` have; or
        a function of a batch, such as a network. It returns labels; or a score for each class, of
        which the largest counts; or one score, which counts as class 1 if it is above 0.
    X : array_like, shape (n, 2), optional
        Examples to draw with the regions.
    y : array_like, shape (n,), optional
        Their labels; a ring marks those that the classifier gets wrong.
    limits : ((low, high), (low, high)), optional
        What to show of each feature; by default what ``X`` covers and a margin, or −3 to 3.
    resolution : int
        How many points to ask for along each side.
    ax : matplotlib Axes, optional
        Where to draw; by default, on a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        Without matplotlib.
    ValueError
        If there are not two features, y doesn't fit X, or the classifier's answer doesn't fit what
        it was asked.

    Examples
    --------
    >>> figure = decision_regions(lambda points: points[:, 0] * points[:, 1])
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['class 0', 'class 1']
    """
    points = _points(X)
    labels = None if y is None else _labels(y, len(points))
    (left, right), (bottom, top) = limits or around(points)
    x1, x2 = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    grid = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    signed = labels is not None and set(labels.tolist()) <= {-1, 1}
    answers, guesses = (_classes(classifier, each, signed) for each in (grid, points))
    truth = guesses if labels is None else labels
    classes = np.unique(np.concatenate([answers, truth]) if len(truth) else answers)
    panel = ax or new_figure(5.6, 4.4).subplots()
    _fill(panel, x1, x2, np.searchsorted(classes, answers).reshape(resolution, resolution))
    for k, name in enumerate(classes.tolist()):
        own = points[truth == name]
        panel.scatter(own[:, 0], own[:, 1], s=28, marker=MARKERS[k % len(MARKERS)], zorder=3,
                      color=COLOURS[k % len(COLOURS)], edgecolor="white", linewidth=0.6,
                      label=f"class {name}")  # fmt: skip
    wrong = points[guesses != truth]
    if len(wrong):
        panel.scatter(wrong[:, 0], wrong[:, 1], s=90, facecolor="none", edgecolor="black",
                      label="wrong", zorder=4)  # fmt: skip
    panel.set(xlim=(left, right), ylim=(bottom, top), xlabel="x₁", ylabel="x₂")
    panel.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return panel.get_figure(root=True)


def _points(X: npt.ArrayLike | None) -> Array:
    points = np.empty((0, 2)) if X is None else np.asarray(raw(X), np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"X must have two features, of shape (n, 2), got {points.shape}")
    return points


def _labels(y: npt.ArrayLike, count: int) -> Array:
    labels = np.asarray(raw(y))
    if labels.size != count:
        raise ValueError(f"y must have a label for each of {count} examples, got {labels.shape}")
    return labels.reshape(-1)


def around(points: Array) -> Limits:
    """Return the range of each feature that examples cover, with a margin."""
    if not len(points):
        return (-3.0, 3.0), (-3.0, 3.0)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.15 * np.where(high > low, high - low, 1.0)
    (left, bottom), (right, top) = (low - margin).tolist(), (high + margin).tolist()
    return (left, right), (bottom, top)


def _classes(classifier: Any, points: Array, signed: bool) -> Array:
    """Return the class of each point; of scores, by the rule of ``nn.accuracy``."""
    if not len(points):
        return np.empty(0, np.int64)
    if hasattr(classifier, "predict"):
        found = np.asarray(classifier.predict(points))
    elif callable(classifier):
        with no_grad():
            found = np.asarray(raw(classifier(points)))
    else:
        raise TypeError(
            "classifier must be a function, or have a method predict, got "
            + with_article(classifier)
        )
    if found.ndim == 2 and found.shape[1] > 1:
        found = found.argmax(axis=1)
    if found.size != len(points):
        raise ValueError(
            f"the classifier must give a label or scores for each of {len(points)} points, got "
            f"{found.shape}"
        )
    found = found.reshape(-1)
    if found.dtype.kind == "f" and not hasattr(classifier, "predict"):
        found = np.where(found > 0, 1, -1 if signed else 0)
    return found


def _fill(panel: Axes, x1: Array, x2: Array, index: Array) -> None:
    """Colour the plane by the index of the class, with a line where it changes."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(colour) for colour in COLOURS])
    pale = 1 - 0.3 * (1 - palette)
    extent = (x1[0], x1[-1], x2[0], x2[-1])
    panel.imshow(pale[index % len(pale)], extent=extent, origin="lower", aspect="auto")
    for k in np.unique(index)[:-1]:
        panel.contour(x1, x2, index > k, levels=[0.5], colors="black", linewidths=0.8)
