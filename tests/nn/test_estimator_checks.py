"""All of scikit-learn's own checks of an estimator, none excused."""

from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from nn.estimators import MLPClassifier, MLPRegressor, Perceptron

ESTIMATORS = [
    Perceptron(max_iter=100),
    MLPClassifier(16, learning_rate_init=0.01, max_iter=30),
    MLPRegressor(16, learning_rate_init=0.01, max_iter=30),
]


def checks() -> Iterator[Any]:
    """Each with a number in its name: scikit-learn 1.6 makes one of them twice."""
    for estimator in ESTIMATORS:
        name = type(estimator).__name__
        for k, (_, check) in enumerate(estimator_checks_generator(estimator)):
            yield pytest.param(estimator, check, id=f"{name}-{k}-{check.func.__name__}")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("estimator", "check"), [*checks()])
def test_scikit_learns_checks(estimator, check, monkeypatch):
    """Those of array APIs too, which are skipped unless this is set."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    check(estimator)
