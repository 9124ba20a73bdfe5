"""Networks and the perceptron as scikit-learn estimators."""

from nn.estimators.estimators import MLPClassifier, MLPRegressor, Perceptron

__all__ = ["MLPClassifier", "MLPRegressor", "Perceptron"]
