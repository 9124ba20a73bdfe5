"""``MLPClassifier`` and ``MLPRegressor``: networks of layers as estimators for scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

import autograd
import init as initialisation
from nn.estimators.example_weights import by_class, sample_weights
from nn.estimators.network_estimator import (
    Examples,
    NetworkEstimator,
    classes_of,
    classes_of_parts,
    dense,
)
from nn.estimators.scikit_learn import (
    ClassifierMixin,
    RegressorMixin,
    column_or_1d,
    type_of_target,
)
from nn.losses.classification import binary_cross_entropy_with_logits, cross_entropy
from nn.losses.regression import mse
from nn.modules.activations import ActivationLike
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
    class_weight : dict from class to float, "balanced" or None
        What the examples of each class weigh: 1 by default, for each class the same in all if
        "balanced". It multiplies ``sample_weight``.
    warm_start : bool
        Whether ``fit`` goes on with the network of the last call, by a new optimiser, for up to
        ``max_iter`` epochs more.
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
        For a matrix of labels, the numbers of its columns.

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
    >>> rows = model.predict_proba(X)
    >>> rows.shape, rows.sum(axis=1).round(6).tolist()
    ((4, 2), [1.0, 1.0, 1.0, 1.0])
    >>> bool(np.allclose(model.predict_log_proba(X), np.log(rows)))
    True
    >>> model.decision_function(X).shape  # of two classes, log p/(1 − p) of the second
    (4,)
    >>> model.partial_fit(X, y) is model
    True
    """

    classes_: Array
    _several: bool  # whether y is a matrix of labels

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: ActivationLike = "relu",
        *,
        init: initialisation.Spec | None = None,
        solver: str = "adam",
        learning_rate_init: float = 0.001,
        weight_decay: float = 0.0,
        batch_size: int = 200,
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Mapping[Any, float] | str | None = None,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            init=init,
            solver=solver,
            learning_rate_init=learning_rate_init,
            weight_decay=weight_decay,
            batch_size=batch_size,
            max_iter=max_iter,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            warm_start=warm_start,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def _loss(self, outputs: Any, targets: Array, **options: Any) -> Any:
        loss = cross_entropy if targets.ndim == 1 else binary_cross_entropy_with_logits
        return loss(outputs, targets, **options)

    def fit(self, X: Any, y: Any, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Train a new network; with ``warm_start``, go on with that of the last call.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (n_samples, n_features)
            A sparse one is made dense batch by batch.
        y : array_like, shape (n_samples,) or (n_samples, n_labels)
            Labels of at least two classes; or a matrix of 0 and 1 that says which of several
            labels each example has.
        sample_weight : array_like, shape (n_samples,), optional
            What each example weighs in the loss, in proportion to the others. Where one batch has
            all examples, an example of weight 2 is learnt as two of weight 1 are.
        """
        goes_on = self._goes_on()
        x, labels = self._inputs(X, y, reset=not goes_on)
        labels, several = _labels_of(labels)
        classes = np.arange(labels.shape[1]) if several else classes_of(labels)
        if goes_on and (several != self._several or not np.array_equal(classes, self.classes_)):
            raise ValueError(
                f"warm_start goes on with the classes {self.classes_.tolist()}, and y has "
                f"{classes.tolist()}: set warm_start=False, or fit all classes at first"
            )
        targets = labels if several else np.searchsorted(classes, labels)
        examples = self._examples(x, targets, sample_weight, classes)
        self._start(examples, len(classes))
        self.classes_, self._several = classes, several
        return self._fit(examples)

    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch, on the examples given.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (n_samples, n_features)
        y : array_like, shape (n_samples,) or (n_samples, n_labels)
        classes : array_like, optional
            All classes there will be: needed at the first call, and checked later. For a matrix of
            labels it isn't needed.
        sample_weight : array_like, shape (n_samples,), optional
            In proportion to the others of this call.
        """
        first = not hasattr(self, "model_")
        x, labels = self._inputs(X, y, reset=first)
        labels, several = _labels_of(labels)
        if not first and several != self._several:
            kinds = ("one label of each example", "a matrix of labels")
            raise ValueError(f"y was {kinds[self._several]} at first, and now is {kinds[several]}")
        if several and not first and labels.shape[1] != len(self.classes_):
            raise ValueError(f"y had {len(self.classes_)} labels at first, got {labels.shape[1]}")
        numbered = np.arange(labels.shape[1]) if several else labels
        if several and classes is None:
            classes = numbered
        found = classes_of_parts(self, numbered, classes)
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} can't be known from a part of the data: pass "
                "partial_fit a dict of weights, as compute_class_weight of scikit-learn finds them"
            )
        targets = labels if several else np.searchsorted(found, labels)
        examples = self._examples(x, targets, sample_weight, found)
        if first:
            self._start(examples, len(found))
        self.classes_, self._several = found, several
        return self._partial_fit(examples)

    def _examples(self, x: Any, targets: Array, sample_weight: Any, classes: Array) -> Examples:
        weights = sample_weights(sample_weight, x)
        if targets.ndim == 2:
            if self.class_weight is not None:
                raise ValueError(
                    "class_weight is for y with one label of each example, and this y is a matrix "
                    f"of labels: pass sample_weight, got class_weight={self.class_weight!r}"
                )
        else:
            weights = by_class(self.class_weight, classes, targets, weights)
        return Examples(x, targets, weights)

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithms of ``predict_proba``, exact where a probability rounds to 0 or 1.

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
        """
        logits = self._outputs(X)
        return autograd.logsigmoid(logits) if self._several else autograd.log_softmax(logits)

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class: shape (n_samples, n_classes).

        If y was a matrix of labels, that of each label, which add up to anything.
        """
        logits = self._outputs(X)
        if self._several:
            return autograd.sigmoid(logits)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Floats = odds / odds.sum(axis=1, keepdims=True)
        return probabilities

    def decision_function(self, X: Any) -> Floats:
        """Return the logits, which rank examples where probabilities round to 0 or 1.

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
            For two classes of shape (n_samples,): how far ``classes_[1]`` is ahead.
        """
        logits = self._outputs(X)
        if self._several or logits.shape[1] > 2:
            return logits
        ahead: Floats = logits[:, 1] - logits[:, 0]
        return ahead

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row of ``X``: shape (n_samples,).

        If y was a matrix of labels, a matrix of 1 where a label is more probable than not.
        """
        outputs = self._outputs(X)
        if self._several:
            return (outputs > 0).astype(int)
        predicted: Array = self.classes_[outputs.argmax(axis=1)]
        return predicted

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _labels_of(y: Any) -> tuple[Array, bool]:
    """Return labels as a vector, or as a matrix of 0.0 and 1.0; and whether it is a matrix."""
    if type_of_target(y, input_name="y") != "multilabel-indicator":
        return column_or_1d(dense(y), warn=True), False
    matrix = dense(y).astype(np.float64)
    if not np.isin(matrix, (0, 1)).all():
        raise ValueError(
            "a matrix y says by 0 and 1 which labels an example has, "
            f"got {', '.join(f'{each:g}' for each in np.unique(matrix))}"
        )
    return matrix, True


class MLPRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A multi-layer perceptron that predicts numbers, trained with the mean squared error.

    Parameters
    ----------
    hidden_layer_sizes, activation, init, solver, learning_rate_init, weight_decay, batch_size
        As for ``MLPClassifier``.
    max_iter, tol, n_iter_no_change, early_stopping, validation_fraction, warm_start, random_state
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
    >>> model.partial_fit(X, X[:, 0] ** 2).predict(X).shape
    (50,)
    """

    def _loss(self, outputs: Any, targets: Array, **options: Any) -> Any:
        return mse(outputs, targets, **options)

    def fit(self, X: Any, y: Any, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Train a new network; with ``warm_start``, go on with that of the last call.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (n_samples, n_features)
            A sparse one is made dense batch by batch.
        y : array_like, shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array_like, shape (n_samples,), optional
            As for ``MLPClassifier``.
        """
        x, targets = self._numbers(X, y, reset=not self._goes_on())
        examples = Examples(x, targets, sample_weights(sample_weight, x))
        self._start(examples, targets.shape[1])
        return self._fit(examples)

    def partial_fit(self, X: Any, y: Any, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Train for one more epoch, on the examples given.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (n_samples, n_features)
        y : array_like, shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array_like, shape (n_samples,), optional
            In proportion to the others of this call.
        """
        first = not hasattr(self, "model_")
        x, targets = self._numbers(X, y, reset=first)
        examples = Examples(x, targets, sample_weights(sample_weight, x))
        if first:
            self._start(examples, targets.shape[1])
        return self._partial_fit(examples)

    def _numbers(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Floats]:
        x, numbers = self._inputs(X, y, reset=reset, y_numeric=True)
        targets = np.asarray(dense(numbers), dtype=np.float64)
        if not reset and targets.shape[1:] != self._y_shape:
            before, now = _of_n(self._y_shape), _of_n(targets.shape[1:])
            raise ValueError(f"y had shape {before} at first, and now has {now}")
        self._y_shape: tuple[int, ...] = targets.shape[1:]
        return x, targets.reshape(len(targets), -1)

    def predict(self, X: Any) -> Floats:
        """Return the outputs for each row of ``X``: of the shape that y had."""
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *self._y_shape)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _of_n(shape: tuple[int, ...]) -> str:
    return f"(n, {', '.join(map(str, shape))})" if shape else "(n,)"
