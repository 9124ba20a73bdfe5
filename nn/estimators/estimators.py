"""The scikit-learn estimators: ``MLPClassifier``, ``MLPRegressor`` and ``Perceptron``.

They take part in pipelines, grid searches and cross-validation like scikit-learn's own, and pass
all of its estimator checks.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from init.argument_checks import positive_integer
from nn.estimators.network_estimator import (
    BaseEstimator,
    ClassifierMixin,
    ConvergenceWarning,
    NetworkEstimator,
    RegressorMixin,
    check_is_fitted,
    classes_of,
    classes_of_parts,
    validate_data,
)
from nn.losses.classification import cross_entropy
from nn.losses.regression import mse
from nn.perceptron.learning_rule import History, train_perceptron
from nn.support.examples import Floats

Array = npt.NDArray[Any]


class Perceptron(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The perceptron as a classifier: for more than two classes, each against the rest.

    The examples are seen in the order that they are given in, until one entire pass needs no
    update. See ``nn.train_perceptron`` for the rule.

    Parameters
    ----------
    max_iter : int
        The most passes over the data. Data that can't be separated takes all of them.

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
    """

    def __init__(self, max_iter: int = 1000) -> None:
        self.max_iter = max_iter

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
            warnings.warn(
                f"the perceptron made {self.max_iter} passes and there were updates in each: "
                "either the data can't be separated, or it needs a larger max_iter",
                ConvergenceWarning,
                stacklevel=2,
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
        runs = [
            train_perceptron(X, y == positive, max_iter=max_iter, start=begin)
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


class MLPClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A multi-layer perceptron that classifies, trained with the cross-entropy.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        The number of units in each hidden layer; an empty sequence for none.
    activation : str or callable
        What the hidden units apply: the name of an elementwise op, or a function of Tensors.
    init : str, callable or dict, optional
        What draws the weights, as ``init.get`` takes it; by default, what suits the activation.
    solver : {"adam", "adamw", "rmsprop", "adagrad", "sgd"}
        The optimiser, with its usual settings; "sgd" has a Nesterov momentum of 0.9.
    learning_rate_init : float
        The learning rate.
    weight_decay : float
        Of an L2 penalty of weight_decay/2 · Σθ², in the gradient; "adamw" keeps it apart.
    batch_size : int
        How many examples to a step.
    max_iter : int
        The most epochs.
    tol, n_iter_no_change : float, int
        Training stops once the loss has fallen by less than ``tol`` an epoch over that many, and
        ends with the weights of its best epoch: it is ``nn.fit`` with a patience.
    early_stopping : bool
        Whether to hold out ``validation_fraction`` of the examples, and to go by the loss on them.
    validation_fraction : float
    random_state : None, int, numpy.random.Generator or RandomState
        What the weights, the order of the examples and those held out are drawn from.

    Attributes
    ----------
    model_ : MLP
        The network, to draw, to step through or to take apart with ``scalars()``.
    loss_curve_ : list of float
        The loss of each epoch, over the examples that were learnt from.
    validation_loss_curve_ : list of float
        With ``early_stopping``, the loss on those held out.
    best_loss_ : float
        The least that the loss was that training stopped by.
    n_iter_ : int
        The number of epochs.
    classes_ : ndarray, shape (n_classes,)

    Raises
    ------
    Diverged
        From ``fit``, if a loss is nan or inf, with the reason; ``model_`` then has the last weights
        with a finite loss, and predicts with them.

    Examples
    --------
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "differ", "differ", "same"]
    >>> model = MLPClassifier(8, "tanh", learning_rate_init=0.1, tol=1e-3, random_state=0)
    >>> model.fit(X, y).predict(X).tolist()
    ['same', 'differ', 'differ', 'same']
    """

    _loss = staticmethod(cross_entropy)

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, shape (n_samples,)
            Labels of at least two classes.
        """
        x, labels = validate_data(self, X, y, dtype=np.float64)
        classes = classes_of(labels)
        self._start(x.shape[1], len(classes))
        self.classes_ = classes
        return self._fit(x, np.searchsorted(classes, labels))

    def partial_fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike, classes: npt.ArrayLike | None = None
    ) -> Self:
        """Train for one more epoch, on the examples given.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, shape (n_samples,)
        classes : array_like, optional
            All classes there will be: needed at the first call, and checked later.
        """
        x, labels = validate_data(self, X, y, dtype=np.float64, reset=not hasattr(self, "model_"))
        self.classes_ = classes_of_parts(self, labels, classes)
        return self._partial_fit(x, np.searchsorted(self.classes_, labels), len(self.classes_))

    def predict_proba(self, X: npt.ArrayLike) -> Floats:
        """Return the probability of each class: shape (n_samples, n_classes)."""
        logits = self._outputs(X)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Floats = odds / odds.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: npt.ArrayLike) -> Array:
        """Return the most probable class of each row of ``X``: shape (n_samples,)."""
        winners = self._outputs(X).argmax(axis=1)
        predicted: Array = self.classes_[winners]
        return predicted


class MLPRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A multi-layer perceptron that predicts numbers, trained with the mean squared error.

    Parameters
    ----------
    hidden_layer_sizes, activation, init, solver, learning_rate_init, weight_decay, batch_size
        As for ``MLPClassifier``.
    max_iter, tol, n_iter_no_change, early_stopping, validation_fraction, random_state
        As for ``MLPClassifier``.

    Attributes
    ----------
    model_, loss_curve_, validation_loss_curve_, best_loss_, n_iter_
        As for ``MLPClassifier``.

    Examples
    --------
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> model = MLPRegressor(16, batch_size=10, learning_rate_init=0.01, random_state=0)
    >>> bool(model.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.98)
    True
    """

    _loss = staticmethod(mse)

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, shape (n_samples,) or (n_samples, n_outputs)
        """
        x, targets = self._numbers(X, y, reset=True)
        self._start(x.shape[1], targets.shape[1])
        return self._fit(x, targets)

    def partial_fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Train for one more epoch, on the examples given.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, shape (n_samples,) or (n_samples, n_outputs)
        """
        x, targets = self._numbers(X, y, reset=not hasattr(self, "model_"))
        return self._partial_fit(x, targets, targets.shape[1])

    def _numbers(self, X: npt.ArrayLike, y: npt.ArrayLike, *, reset: bool) -> tuple[Floats, Floats]:
        x, numbers = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=reset
        )
        targets = np.asarray(numbers, dtype=np.float64)
        if not reset and targets.shape[1:] != self._y_shape:
            raise ValueError(
                f"y had shape (n, *{self._y_shape}) at first, and now has {targets.shape}"
            )
        self._y_shape: tuple[int, ...] = targets.shape[1:]
        return x, targets.reshape(len(targets), -1)

    def predict(self, X: npt.ArrayLike) -> Floats:
        """Return the outputs for each row of ``X``: of the shape that y had."""
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *self._y_shape)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
