"""The base class of the estimators that train a network, and checks of labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt

import init as initialisation
from autograd import no_grad
from autograd.extend import warn
from init.argument_checks import positive_integer
from nn.estimators.example_weights import of_mean_one
from nn.estimators.scikit_learn import (
    BaseEstimator,
    ConvergenceWarning,
    check_classification_targets,
    check_is_fitted,
    issparse,
    train_test_split,
    validate_data,
)
from nn.modules.activations import ActivationLike, as_function, name_of
from nn.modules.layers import MLP
from nn.modules.module import Module
from nn.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD
from nn.support.bounds import at_least_zero, flag
from nn.support.examples import Floats
from nn.training.history import History
from nn.training.loop import Diverged, fit

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

    model_: MLP
    _generator: np.random.Generator

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
        warm_start: bool = False,
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
        self.warm_start = warm_start
        self.random_state = random_state

    def _loss(self, outputs: Any, targets: Array, **options: Any) -> Any:
        raise NotImplementedError

    def _inputs(self, X: Any, *y: Any, reset: bool, **options: Any) -> Any:
        """Return X, dense or in CSR form, and y, checked: of any kind that the estimators take."""
        if y:
            options["multi_output"] = True
        return validate_data(
            self, X, *y, dtype=np.float64, accept_sparse="csr", reset=reset, **options
        )

    def _goes_on(self) -> bool:
        """Return whether ``fit`` goes on from the network that there is."""
        return flag("warm_start", self.warm_start) and hasattr(self, "model_")

    def _fit(self, examples: Examples) -> Self:
        """Train until it stops getting better."""
        targets, rows, held_out = examples.targets, examples.rows(), None
        if self.early_stopping:
            rows, held_out = self._split(rows, targets)
        patience = self.n_iter_no_change
        history = self._train(
            examples, rows, held_out, self.max_iter,
            patience=patience, min_delta=self.tol * patience,
        )  # fmt: skip
        if not history.stopped:
            warn(
                f"training went through all {self.max_iter} epochs and was still getting better: "
                "a larger max_iter or learning_rate_init may help",
                ConvergenceWarning,
            )
        return self

    def _partial_fit(self, examples: Examples) -> Self:
        """Train for one more epoch."""
        self._train(examples, examples.rows(), None, 1)
        return self

    def _start(self, examples: Examples, outputs: int) -> None:
        """Build a network, or keep that of a warm start; if a setting is wrong, change nothing."""
        self._check_settings()
        if self.early_stopping:
            self._check_split(examples)
        inputs = examples.X.shape[1]
        sizes = [inputs, *_sizes(self.hidden_layer_sizes), outputs]
        goes_on = self._goes_on()
        if goes_on:
            model, generator = self.model_, self._generator
            self._check_same(sizes)
        else:
            generator = random_generator(self.random_state)
            model = MLP(sizes, self.activation, init=self.init, seed=generator)
        self._optimizer = _SOLVERS[self.solver](
            model.parameters(), self.learning_rate_init, weight_decay=self.weight_decay
        )
        if goes_on:
            return
        self.model_, self._generator = model, generator
        self.loss_curve_: list[float] = []
        self.validation_loss_curve_: list[float] = []
        self.best_loss_ = np.inf
        self.n_iter_ = 0
        self.n_outputs_ = outputs

    def _check_same(self, sizes: list[int]) -> None:
        """Raise ValueError unless the network is the one that the settings and the data ask for."""
        layers = self.model_.layers
        found = [layers[0].weight.shape[1], *(each.weight.shape[0] for each in layers)]
        hidden = as_function(self.activation)
        if found != sizes or any(each.activation != hidden for each in layers[:-1]):
            own = {name_of(each.activation) for each in layers[:-1]}
            raise ValueError(
                f"warm_start goes on with a network of the sizes {found} and the activation "
                f"{', '.join(sorted(own))}, and the settings and the data ask for the sizes "
                f"{sizes} and the activation {self.activation!r}: keep those, or set "
                "warm_start=False"
            )

    def _train(
        self, examples: Examples, rows: Array, held_out: Array | None, epochs: int, **stopping: Any
    ) -> History:
        """Train, and note how it went; also if it diverged, when the last good weights are kept.

        The run sees the numbers of examples; model and loss look them up.
        """
        examples = examples.in_proportion(rows, held_out)
        try:
            history = fit(
                _OfRows(self.model_, examples.X),
                rows,
                rows,
                epochs=epochs,
                loss=examples.loss(self._loss),
                optimizer=self._optimizer,
                rng=self._generator,
                batch_size=min(self.batch_size, len(rows)),
                validation=None if held_out is None else (held_out, held_out),
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

    def _split(self, rows: Array, targets: Array) -> list[Array]:
        """Part the numbers of examples into those to learn from, and some to hold out.

        Of each class its share, if there are classes.
        """
        classes = targets[rows] if _are_classes(targets) else None
        seed = int(self._generator.integers(2**31))
        parts: list[Array] = train_test_split(
            rows,
            test_size=self.validation_fraction,
            random_state=seed,
            stratify=classes,
        )
        return parts

    def _check_split(self, examples: Examples) -> None:
        """Raise ValueError if there are too few examples to hold some out of each class."""
        rows = examples.rows()
        held = math.ceil(self.validation_fraction * len(rows))
        counts = np.array([len(rows)])
        if _are_classes(examples.targets):
            _, counts = np.unique(examples.targets[rows], return_counts=True)
        if not (len(counts) <= held <= len(rows) - len(counts) and (counts > 1).all()):
            each = f"each of the {len(counts)} classes has" if len(counts) > 1 else "there is"
            raise ValueError(
                f"early_stopping holds out {held} of {len(rows)} examples, so that {each} at least "
                "one among these and one among the others: give it more examples, choose another "
                "validation_fraction, or set early_stopping=False"
            )

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
        x = self._inputs(X, reset=False)
        model, size = self.model_.eval(), self.batch_size if issparse(x) else x.shape[0]
        with no_grad():
            parts = [model(dense(x[k : k + size])).data for k in range(0, x.shape[0], size)]
        return np.asarray(parts[0] if len(parts) == 1 else np.concatenate(parts))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


@dataclass(frozen=True)
class Examples:
    """All examples: inputs, dense or sparse, targets, and what each weighs."""

    X: Any
    targets: Array
    weights: Floats | None

    def rows(self) -> Array:
        """Return the numbers of those that count: one of weight 0 is left out of everything."""
        if self.weights is None:
            return np.arange(len(self.targets))
        return np.flatnonzero(self.weights)

    def in_proportion(self, rows: Array, held_out: Array | None) -> Examples:
        """Return them with weights of mean 1 among those learnt from, and those held out."""
        if self.weights is None:
            return self
        scaled = np.zeros_like(self.weights)
        scaled[rows] = of_mean_one(self.weights[rows])
        if held_out is not None:
            scaled[held_out] = of_mean_one(self.weights[held_out])
        return replace(self, weights=scaled)

    def loss(self, loss: Callable[..., Any]) -> Callable[[Any, Array], Any]:
        """Return the loss of outputs for the examples of given numbers: a mean over them."""

        def of_rows(outputs: Any, rows: Array) -> Any:
            targets = self.targets[rows]
            if self.weights is None:
                return loss(outputs, targets)
            each = loss(outputs, targets, reduction="none")
            ahead = (-1,) + (1,) * (each.ndim - 1)
            return (each * self.weights[rows].reshape(ahead)).mean()

        return of_rows


class _OfRows(Module):
    """A network as a function of the numbers of rows. A sparse batch is made dense."""

    def __init__(self, model: Module, X: Any) -> None:
        self.model = model
        self._matrix = X

    def forward(self, rows: Any) -> Any:
        return self.model(dense(self._matrix[rows]))


def _are_classes(targets: Array) -> bool:
    return targets.dtype.kind == "i" and targets.ndim == 1


def dense(array: Any) -> Array:
    """Return an array that may have been sparse."""
    found: Array = array.toarray() if issparse(array) else array
    return found


def classes_of(y: Array) -> Array:
    """Return the classes among labels, sorted; an error if they are not labels of classes."""
    check_classification_targets(y)
    classes: Array = np.unique(y)
    if len(classes) < 2:
        raise ValueError(f"y has one class, {classes[0]}: a classifier needs at least two")
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
