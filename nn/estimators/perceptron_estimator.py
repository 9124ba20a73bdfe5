"""``Perceptron``: the perceptron's learning rule as an estimator for scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from autograd.extend import warn
from init.argument_checks import positive_integer
from nn.estimators.network_estimator import classes_of, classes_of_parts, random_generator
from nn.estimators.scikit_learn import (
    BaseEstimator,
    ClassifierMixin,
    ConvergenceWarning,
    check_is_fitted,
    validate_data,
)
from nn.perceptron.learning_rule import History, train_perceptron
from nn.support.bounds import flag
from nn.support.examples import Floats

Array = npt.NDArray[Any]


class Perceptron(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The perceptron as a classifier: for more than two classes, each against the rest.

    The examples are seen in the order that they are given in, until one entire pass needs no
    update. See ``nn.train_perceptron`` for the rule. Examples have no weights in it: scikit-learn's
    multiplies the step by them, and the bound on the number of updates doesn't hold for such steps.
    For weights, use ``MLPClassifier(())``.

    Parameters
    ----------
    max_iter : int
        The most passes over the data. Data that can't be separated takes all of them.
    shuffle : bool
        Whether each pass has an order of its own, drawn with ``random_state``.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        For ``shuffle``.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    coef_ : ndarray, shape (1, n_features), or (n_classes, n_features) for more than two classes
    intercept_ : ndarray, shape (1,) or (n_classes,)
    converged_ : bool
        Whether every boundary has all of its examples on their side.
    n_updates_ : int
        How often weights were corrected, in all.
    n_iter_ : int
        How many passes were made, for the boundary that took the most.
    history_ : History, or list of History for more than two classes
        Each update with its pass, example, weights and bias, to replay how the boundary moved.

    Examples
    --------
    >>> model = Perceptron().fit([[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "no", "no", "yes"])
    >>> model.converged_, model.n_updates_, model.coef_.tolist(), model.intercept_.tolist()
    (True, 18, [[3.0, 2.0]], [-4.0])
    >>> model.predict([[1, 1]]).tolist()
    ['yes']
    >>> model.decision_function([[1, 1]]).tolist()
    [1.0]
    >>> Perceptron().partial_fit([[2.0]], ["yes"], classes=["no", "yes"]).coef_.tolist()
    [[2.0]]
    """

    def __init__(
        self, max_iter: int = 1000, shuffle: bool = False, random_state: Any = None
    ) -> None:
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Learn from zero weights.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, shape (n_samples,)
            Labels of at least two classes.
        """
        most = positive_integer("max_iter", self.max_iter)
        x, labels = validate_data(self, X, y, dtype=np.float64)
        self.classes_ = classes_of(labels)
        self._learn(x, labels, most, start=None)
        if not self.converged_:
            warn(
                f"the perceptron made {self.max_iter} passes and there were updates in each: "
                "either the data can't be separated, or it needs a larger max_iter",
                ConvergenceWarning,
            )
        return self

    def partial_fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike, classes: npt.ArrayLike | None = None
    ) -> Self:
        """Make one more pass, over the examples given; ``history_`` is that of this pass.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, shape (n_samples,)
        classes : array_like, optional
            All classes there will be: needed at the first call, and checked later.
        """
        first = not hasattr(self, "classes_")
        x, labels = validate_data(self, X, y, dtype=np.float64, reset=first)
        self.classes_ = classes_of_parts(self, labels, classes)
        start = None if first else (self.coef_, self.intercept_)
        self._learn(x, labels, 1, start)
        return self

    def _learn(
        self, X: Floats, y: Array, max_iter: int, start: tuple[Floats, Floats] | None
    ) -> None:
        positives = self.classes_ if len(self.classes_) > 2 else self.classes_[1:]
        starts: Iterable[Any] = zip(*start, strict=True) if start else [None] * len(positives)
        draws = random_generator(self.random_state) if flag("shuffle", self.shuffle) else None
        runs = [
            train_perceptron(X, y == positive, max_iter=max_iter, start=begin, shuffle=draws)
            for positive, begin in zip(positives, starts, strict=True)
        ]
        self.coef_ = np.array([run.weights for run in runs])
        self.intercept_ = np.array([run.bias for run in runs])
        self.converged_ = all(run.converged for run in runs)
        self.n_iter_ = max(run.sweeps for run in runs)
        self.n_updates_ = sum(len(run.history) for run in runs)
        histories = [run.history for run in runs]
        self.history_: History | list[History] = histories if len(runs) > 1 else histories[0]

    def decision_function(self, X: npt.ArrayLike) -> Floats:
        """Return the activations w·x + b.

        Returns
        -------
        ndarray, shape (n_samples,), or (n_samples, n_classes) for more than two classes
            Above 0 for ``classes_[1]``; of more than two classes, the largest wins.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        activations: Floats = X @ self.coef_.T + self.intercept_
        return activations if len(self.classes_) > 2 else activations[:, 0]

    def predict(self, X: npt.ArrayLike) -> Array:
        """Return the class of each row of ``X``: shape (n_samples,)."""
        activations = self.decision_function(X)
        winners = activations.argmax(axis=1) if activations.ndim > 1 else activations > 0
        predicted: Array = self.classes_[np.asarray(winners, dtype=int)]
        return predicted
