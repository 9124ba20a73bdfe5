"""Checks of examples and labels, without scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def labelled(X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return X as floats of shape (n, d), and y as signs: −1 for the labels −1, 0 and False."""
    inputs = finite("X", X, ndim=2)
    labels = np.asarray(y)
    if labels.shape != (len(inputs),):
        raise ValueError(
            f"y must hold one label for each of the {len(inputs)} examples in X, "
            f"got shape {labels.shape}"
        )
    return inputs, _signs(labels)


def separator(w: npt.ArrayLike, b: float, n_features: int) -> tuple[Floats, float]:
    """Return the weights and bias of a hyperplane as floats, checked."""
    weights = finite("w", w, ndim=1)
    if len(weights) != n_features:
        raise ValueError(
            f"w must hold one weight for each of the {n_features} features, got {len(weights)}"
        )
    if not np.isfinite(b):
        raise ValueError(f"b must be finite, got {b}")
    return weights, float(b)


def finite(what: str, array: npt.ArrayLike, *, ndim: int) -> Floats:
    """Return a non-empty array of finite floats with ``ndim`` axes, or raise."""
    if np.iscomplexobj(array):
        raise TypeError(f"{what} must be real numbers, got complex ones")
    try:
        found = np.array(array, dtype=np.float64)
    except OverflowError:
        raise ValueError(f"{what} must be within the range of floats, got larger numbers") from None
    if found.ndim != ndim or 0 in found.shape:
        shape = "(n_examples, n_features)" if ndim == 2 else "(n,)"
        raise ValueError(f"{what} must have shape {shape} and not be empty, got {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{what} must be finite, and has nan or inf: drop or fill in those rows")
    return found


def _signs(labels: npt.NDArray[Any]) -> Floats:
    found = set(np.unique(labels).tolist())
    if not (found <= {-1, 1} or found <= {0, 1}):
        raise ValueError(
            f"labels must be -1 and +1, or 0 and 1, got {sorted(found, key=str)[:5]}: "
            "for other classes use nn.Perceptron, which is one against the rest"
        )
    return np.where(labels == 1, 1.0, -1.0)
