"""Estimators for scikit-learn: networks and the perceptron."""

from nn.estimators.estimators import MLPClassifier, MLPRegressor, Perceptron

__all__ = ["MLPClassifier", "MLPRegressor", "Perceptron"]
