"""What examples weigh in an estimator's loss: ``sample_weight`` and ``class_weight``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nn.estimators.scikit_learn import check_sample_weight, compute_class_weight
from nn.support.examples import Floats

Array = npt.NDArray[Any]


def sample_weights(sample_weight: Any, X: Any) -> Floats | None:
    """Return a weight for each row of ``X``, checked; None if all weigh 1."""
    if sample_weight is None:
        return None
    weights: Floats = check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weights < 0).any():
        raise ValueError(
            f"sample_weight must be at least 0, got {weights[weights < 0][0]:g}: an example of "
            "weight 0 is left out"
        )
    return _not_all_zero(weights)


def by_class(
    class_weight: Any, classes: Array, codes: npt.NDArray[np.intp], weights: Floats | None
) -> Floats | None:
    """Return weights times those of the classes; ``codes`` says which class each example has.

    "balanced" gives each class of k the mass 1/k, and counts an example by its weight.
    """
    if class_weight is None:
        return weights
    if isinstance(class_weight, str) and class_weight == "balanced":
        mass = np.bincount(codes, weights, len(classes))
        of_class = np.divide(1.0, mass, out=np.zeros(len(classes)), where=mass > 0)
    else:
        of_class = compute_class_weight(class_weight, classes=classes, y=classes)
        if not (np.isfinite(of_class) & (of_class >= 0)).all():
            raise ValueError(f"class_weight must be finite and at least 0, got {class_weight!r}")
    return _not_all_zero(of_class[codes] if weights is None else of_class[codes] * weights)


def of_mean_one(weights: Floats) -> Floats:
    """Return positive weights in the same proportions, of mean 1."""
    scaled = weights / weights.max()  # so that the mean neither overflows nor vanishes
    found: Floats = scaled / scaled.mean()
    return found


def _not_all_zero(weights: Floats) -> Floats:
    if not weights.any():
        raise ValueError(
            "all examples have the weight 0, and there is nothing to learn from: give some of them "
            "a larger one, in sample_weight or class_weight"
        )
    return weights
