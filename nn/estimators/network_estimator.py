"""The base class of the estimators that train a network, and checks of labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt

import init as initialisation
from autograd import no_grad
from autograd.extend import warn
from init.argument_checks import positive_integer
from nn.modules.activations import ActivationLike
from nn.modules.layers import MLP
from nn.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD
from nn.support.bounds import at_least_zero
from nn.support.examples import Floats
from nn.training.history import History
from nn.training.loop import Diverged, fit

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import train_test_split
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise ImportError(
        "the estimators are scikit-learn's kind: pip install 'glassgrad[sklearn]'"
    ) from None

__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "ConvergenceWarning",
    "NetworkEstimator",
    "RegressorMixin",
    "check_is_fitted",
    "classes_of",
    "classes_of_parts",
    "validate_data",
]

Array = npt.NDArray[Any]

_SOLVERS: dict[str, Callable[..., Optimizer]] = {
    "adam": Adam,
    "adamw": AdamW,
    "rmsprop": RMSprop,
    "adagrad": Adagrad,
    "sgd": partial(SGD, momentum=0.9, nesterov=True),
}


class NetworkEstimator(BaseEstimator):  # type: ignore[misc]
    """The base class of the two network estimators: all but the meaning of the outputs.

    A subclass has ``_loss``, and makes of y the targets that it compares outputs with.
    """

    _loss: Callable[[Any, Any], Any]

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
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init = init
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _fit(self, X: Floats, targets: Array) -> Self:
        """Train a new network until it stops getting better."""
        held_out = None
        if self.early_stopping:
            X, x, targets, t = self._split(X, targets)
            held_out = (x, t)
        patience = self.n_iter_no_change
        history = self._train(
            X, targets, self.max_iter, held_out, patience=patience, min_delta=self.tol * patience
        )
        if not history.stopped:
            warn(
                f"training went through all {self.max_iter} epochs and was still getting better: "
                "a larger max_iter or learning_rate_init may help",
                ConvergenceWarning,
            )
        return self

    def _partial_fit(self, X: Floats, targets: Array, outputs: int) -> Self:
        """Train for one more epoch."""
        if not hasattr(self, "model_"):
            self._start(X.shape[1], outputs)
        self._train(X, targets, 1, None)
        return self

    def _start(self, inputs: int, outputs: int) -> None:
        """Build a network; if a setting isn't right, leave what there is."""
        self._check_settings()
        sizes = [inputs, *_sizes(self.hidden_layer_sizes), outputs]
        generator = random_generator(self.random_state)
        model = MLP(sizes, self.activation, init=self.init, seed=generator)
        self._optimizer = _SOLVERS[self.solver](
            model.parameters(), self.learning_rate_init, weight_decay=self.weight_decay
        )
        self.model_, self._generator = model, generator
        self.loss_curve_: list[float] = []
        self.validation_loss_curve_: list[float] = []
        self.best_loss_ = np.inf
        self.n_iter_ = 0
        self.n_outputs_ = outputs

    def _train(
        self, X: Floats, targets: Array, epochs: int, held_out: Any, **stopping: Any
    ) -> History:
        """Train, and note how it went; also if it diverged, when the last good weights are kept."""
        try:
            history = fit(
                self.model_,
                X,
                targets,
                epochs=epochs,
                loss=self._loss,
                optimizer=self._optimizer,
                rng=self._generator,
                batch_size=min(self.batch_size, len(X)),
                validation=held_out,
                progress=False,
                **stopping,
            )
        except Diverged as diverged:
            self._note(diverged.history)
            raise
        self._note(history)
        return history

    def _note(self, history: History) -> None:
        losses = [epoch.validation_loss for epoch in history]
        self.n_iter_ += len(history)
        self.loss_curve_ += [epoch.loss for epoch in history]
        self.validation_loss_curve_ += [loss for loss in losses if loss is not None]
        self.best_loss_ = min([self.best_loss_, *(epoch.measured for epoch in history)])

    def _split(self, X: Floats, targets: Array) -> list[Array]:
        """Hold out some examples; of each class its share, if there are classes."""
        classes = targets if targets.dtype.kind == "i" else None
        seed = int(self._generator.integers(2**31))
        parts: list[Array] = train_test_split(
            X, targets, test_size=self.validation_fraction, random_state=seed, stratify=classes
        )
        return parts

    def _check_settings(self) -> None:
        if self.solver not in _SOLVERS:
            raise ValueError(f"solver must be one of {', '.join(_SOLVERS)}, got {self.solver!r}")
        for name in ("max_iter", "batch_size", "n_iter_no_change"):
            positive_integer(name, getattr(self, name))
        for name in ("learning_rate_init", "weight_decay", "tol", "validation_fraction"):
            at_least_zero(name, getattr(self, name))
        if not 0 < self.validation_fraction < 1:
            raise ValueError(
                f"validation_fraction must be between 0 and 1, got {self.validation_fraction}"
            )

    def _outputs(self, X: npt.ArrayLike) -> Floats:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        with no_grad():
            return np.asarray(self.model_.eval()(X).data)


def classes_of(y: Array) -> Array:
    """Return the classes among labels, sorted; an error if they are not labels of classes."""
    check_classification_targets(y)
    classes: Array = np.unique(y)
    if len(classes) < 2:
        raise ValueError(f"y has one class, {classes[0]!r}: a classifier needs at least two")
    return classes


def classes_of_parts(estimator: Any, y: Array, classes: npt.ArrayLike | None) -> Array:
    """Return the classes of an estimator that sees its data in parts, or raise ValueError."""
    check_classification_targets(y)
    known = getattr(estimator, "classes_", None)
    if known is None and classes is None:
        raise ValueError("the first call of partial_fit needs classes=: all that there will be")
    found = classes_of(np.asarray(classes)) if known is None else known
    if classes is not None and not np.array_equal(found, np.unique(np.asarray(classes))):
        raise ValueError(f"classes were {found.tolist()} at first, and are {classes!r} now")
    strange = np.setdiff1d(y, found)
    if len(strange):
        raise ValueError(f"y has labels outside the classes {found.tolist()}: {strange.tolist()}")
    return np.asarray(found)


def _sizes(hidden: object) -> list[int]:
    """Return how many units each hidden layer has, or raise."""
    found = list(hidden) if isinstance(hidden, Iterable) else [hidden]
    return [positive_integer("a size in hidden_layer_sizes", size) for size in found]


def random_generator(random_state: Any) -> np.random.Generator:
    """Return a Generator for what scikit-learn takes as ``random_state``, and for a Generator."""
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return initialisation.as_generator(random_state)
