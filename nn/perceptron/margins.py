"""Margins of labelled examples: of a given hyperplane, and the largest of all.

With γ the largest margin, how many mistakes a perceptron can make is bounded: ``update_bound``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nn.support.examples import Floats, labelled, separator

# A distance this small, relative to the data's size, is a rounding error and no margin.
_RESOLUTION = 1e-12

_INSEPARABLE = (
    "no hyperplane separates these examples: margin(X, y, w, b) is -inf for every one, and so is "
    "the largest, which is then no hyperplane's"
)


class Separator(NamedTuple):
    """A hyperplane ``w·x + b = 0`` with ‖w‖ = 1, and its margin for the data it was found for.

    Attributes
    ----------
    weights : ndarray of shape (n_features,)
    bias : float
    margin : float
        The distance to the nearest example, in the units of the data.

    Examples
    --------
    >>> largest_margin([[0.0], [4.0]], [-1, +1])  # half-way between
    Separator(weights=array([1.]), bias=-2.0, margin=2.0)
    """

    weights: Floats
    bias: float
    margin: float


def margin(X: npt.ArrayLike, y: npt.ArrayLike, w: npt.ArrayLike, b: float) -> float:
    """Return the distance from a hyperplane to the example nearest to it, if it separates them.

    It is min y(w·x + b) / ‖w‖. Without the norm any w could be scaled to any margin.

    Parameters
    ----------
    X : array_like, shape (n_examples, n_features)
    y : array_like, shape (n_examples,)
        Labels −1 and +1, or 0 and 1.
    w : array_like, shape (n_features,)
        The hyperplane's normal, of any length.
    b : float
        Its bias, for w of that length.

    Returns
    -------
    float
        In the units of X; −inf if an example is on the wrong side or on the hyperplane.

    Raises
    ------
    ValueError
        If shapes don't match, a number isn't finite, or a label is none of the above.

    Examples
    --------
    >>> margin([[0.0], [4.0]], [-1, +1], [2.0], -2.0)
    1.0
    >>> margin([[0.0], [4.0]], [-1, +1], [2.0], 2.0)
    -inf
    """
    X, signs = labelled(X, y)
    w, b = separator(w, b, X.shape[1])
    smallest = float(np.min(signs * (X @ w + b)))
    if not (smallest > 0 and w.any()):
        return -np.inf
    return smallest / float(np.linalg.norm(w))


def largest_margin(X: npt.ArrayLike, y: npt.ArrayLike) -> Separator:
    """Return the hyperplane that separates the examples by the largest margin there is.

    It lies half-way between the nearest points of the two classes' convex hulls.

    Parameters
    ----------
    X : array_like, shape (n_examples, n_features)
    y : array_like, shape (n_examples,)
        Labels −1 and +1, or 0 and 1.

    Returns
    -------
    Separator
        The margin is what ``margin(X, y, weights, bias)`` gives; no other hyperplane has one
        that is larger by more than rounding.

    Raises
    ------
    ValueError
        If no hyperplane separates the examples: the largest margin is −inf by definition, and
        there is no separator to return. Or if all are of one class.

    References
    ----------
    P. Wolfe, "Finding the nearest point in a polytope", Mathematical Programming 11 (1976);
    K. P. Bennett and E. J. Bredensteiner, "Duality and geometry in SVM classifiers", ICML 2000.

    Examples
    --------
    >>> largest_margin([[0.0, 0.0], [0.0, 3.0], [4.0, 0.0]], [-1, -1, +1])
    Separator(weights=array([1., 0.]), bias=-2.0, margin=2.0)
    """
    X, signs = labelled(X, y)
    positive, negative = X[signs > 0], X[signs < 0]
    if not (len(positive) and len(negative)):
        raise ValueError("all examples are of one class: a margin is between two")

    def farthest(direction: Floats) -> Floats:
        """Return the difference of a positive and a negative example that is least along it."""
        p, q = positive @ direction, negative @ direction
        least: Floats = positive[np.argmin(p)] - negative[np.argmax(q)]
        return least

    size = float(np.linalg.norm(np.ptp(X, axis=0)))
    w = _normal(farthest, X.shape[1], size)
    b = -float(np.min(positive @ w) + np.max(negative @ w)) / 2
    found = margin(X, y, w, b)
    if found < 0:
        raise ValueError(_INSEPARABLE)
    return Separator(w, b, found)


def update_bound(X: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the most updates that ``train_perceptron`` can make on these examples, from zero.

    It is (R/γ)² for the examples x̃ = (x, 1) with the bias as one more weight: R = max ‖x̃‖, and
    γ is the largest min y·w̃·x̃ for ‖w̃‖ = 1. (The 1/γ² that is often quoted, for ‖x‖ ≤ 1, leaves
    the bias out, and two examples break it: −1 and +1 have γ = 1 and take 2 updates.)

    Parameters
    ----------
    X : array_like, shape (n_examples, n_features)
    y : array_like, shape (n_examples,)
        Labels −1 and +1, or 0 and 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If no hyperplane separates the examples: then there is no bound.

    References
    ----------
    A. B. J. Novikoff, "On convergence proofs for perceptrons", Symposium on the Mathematical
    Theory of Automata, 1962.

    Examples
    --------
    >>> round(update_bound([[1.0], [-1.0]], [+1, -1]), 9)
    2.0
    """
    X, signs = labelled(X, y)
    augmented = np.column_stack([X, np.ones(len(X))])
    signed = signs[:, None] * augmented
    radius = float(np.max(np.linalg.norm(augmented, axis=1)))

    def farthest(direction: Floats) -> Floats:
        least: Floats = signed[np.argmin(signed @ direction)]
        return least

    w = _normal(farthest, augmented.shape[1], radius)
    smallest = float(np.min(signed @ w))
    if smallest <= 0:
        raise ValueError(_INSEPARABLE)
    return (radius / smallest) ** 2


def _normal(farthest: Callable[[Floats], Floats], dimensions: int, size: float) -> Floats:
    """Return the direction of the point of a polytope nearest to the origin: Wolfe's algorithm.

    ``farthest(direction)`` gives the vertex that is least along a direction. The point is kept as
    a mean of a few vertices: one is added while it brings the point nearer, and those are dropped
    that end up with no weight. Each step solves for the point exactly, so that a finite number of
    them ends at the exact answer, but for rounding. ValueError if the origin is in the polytope.
    """
    vertices, shares = farthest(np.zeros(dimensions))[None], np.ones(1)
    while True:
        point = shares @ vertices
        if np.linalg.norm(point) <= _RESOLUTION * size:
            raise ValueError(_INSEPARABLE)
        vertex = farthest(point)
        if (vertices == vertex).all(axis=1).any():
            break
        more, parts = _settle(np.vstack([vertices, vertex]), np.append(shares, 0.0))
        if np.linalg.norm(parts @ more) >= np.linalg.norm(point):
            break
        vertices, shares = more, parts
    # All of these vertices are as far along the point as it is long: solved for in this form, it
    # isn't a small difference of large numbers.
    normal = np.linalg.lstsq(vertices, np.ones(len(vertices)), rcond=None)[0]
    unit: Floats = normal / np.linalg.norm(normal)
    return unit


def _settle(vertices: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Return the vertices and shares of the nearest point in their hull, without zero shares."""
    while True:
        wanted = _affine_minimum(vertices)
        if (wanted > 0).all():
            return vertices, wanted
        # Go towards it until the first share is used up, and leave that vertex out.
        shrinking = wanted <= 0
        way = np.divide(shares, shares - wanted, out=np.zeros_like(shares), where=shares > wanted)
        first = np.argmin(np.where(shrinking, way, np.inf))
        shares = shares + way[first] * (wanted - shares)
        kept = ~shrinking | (shares > _RESOLUTION)
        kept[first] = False
        vertices, shares = vertices[kept], shares[kept] / shares[kept].sum()


def _affine_minimum(vertices: Floats) -> Floats:
    """Return the shares, of sum 1 and any sign, of the point nearest to the origin."""
    edges = vertices[1:] - vertices[0]
    others = np.linalg.lstsq(edges.T, -vertices[0], rcond=None)[0]
    return np.append(1 - others.sum(), others)
