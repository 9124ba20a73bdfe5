"""Estimators for scikit-learn: networks and the perceptron.

They take part in pipelines, grid searches and cross-validation like scikit-learn's own, and pass
all of its estimator checks.
"""

from nn.estimators.mlp_estimators import MLPClassifier, MLPRegressor
from nn.estimators.perceptron_estimator import Perceptron

__all__ = ["MLPClassifier", "MLPRegressor", "Perceptron"]


def __dir__() -> list[str]:
    return sorted(__all__)
