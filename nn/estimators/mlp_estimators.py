"""``MLPClassifier`` and ``MLPRegressor``: networks of layers as estimators for scikit-learn."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nn.estimators.network_estimator import (
    ClassifierMixin,
    NetworkEstimator,
    RegressorMixin,
    classes_of,
    classes_of_parts,
    validate_data,
)
from nn.losses.classification import cross_entropy
from nn.losses.regression import mse
from nn.support.examples import Floats

Array = npt.NDArray[Any]


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
