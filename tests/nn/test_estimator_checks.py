"""All of scikit-learn's own checks of an estimator, none excused."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.estimators import MLPClassifier, MLPRegressor, Perceptron


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [
        Perceptron(max_iter=100),
        MLPClassifier(16, learning_rate_init=0.01, max_iter=30),
        MLPRegressor(16, learning_rate_init=0.01, max_iter=30),
    ]
)
def test_scikit_learns_checks(estimator, check, monkeypatch):
    """Those of array APIs too, which are skipped unless this is set."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    check(estimator)
