"""A training run of scalars whose steps are compiled: ``fit(..., jit=True)``.

The loss of one example is recorded once, and the examples of a batch are its lanes (see
``autograd/replay``). While an epoch lasts, the parameters are one flat Tensor, and what the
optimiser remembers of them is flat too: its rule is the same for arrays and for numbers. At the end
of the epoch, at a checkpoint, and whenever something goes wrong, all is written back.
"""

from __future__ import annotations

import copy
from typing import Any, NoReturn

import numpy as np

from autograd import Tensor, Value, jit, where
from autograd.extend import Node, cotangents, raw, replace_data, with_article
from nn.modules.module import Module
from nn.optim.optimizer import Memory, Optimizer
from nn.training.fixed_settings import Settings, are_same, settings_of
from nn.training.history import Epoch
from nn.training.run import Run, leaf_nodes
from nn.training.run_arguments import Array, Loss

MOST_LABELS = 64  # the loss is recorded with each
COMPARED = 64  # examples that the eager engine computes too


class ReplayedRun(Run):
    """A run whose steps are replayed; else it is as any other, checkpoints included."""

    _examples: Examples | None = None
    _flat: Flat | None = None

    def __init__(self, model: Module, x: Any, y: Any, *, optimizer: Optimizer, **options: Any):
        if isinstance(optimizer, Optimizer):  # else Run refuses it
            _check(optimizer)
        super().__init__(model, x, y, optimizer=optimizer, **options)
        self._targets = Targets(self.y)
        self._variables: dict[Node, bool] = {}  # which leaves were variables when recording
        self._fixed: Settings = []

    def _epoch(self) -> Epoch:
        try:
            return super()._epoch()
        finally:
            self._unpack()

    def _step(self, batch: Array, batches: int) -> None:
        if self._examples is None or self._flat is None:  # an epoch begins
            self._examples, self._flat = self._prepared()
            self._mover = self._flat.optimizer
        examples, theta = self._examples, self._flat.theta
        numbers = theta.data
        x = self.x[batch]
        loss, gradient = examples.loss.map_value_and_grad(
            numbers, x, self._targets.lanes[batch], reduce="mean"
        )

        def backward() -> None:
            theta.grad = gradient

        self._move(loss, backward, len(batch), batches)
        if self.metrics:
            outputs = examples.outputs(self.model.training, numbers, x)
            self._measure(outputs, self.y[batch], self.totals.metrics, len(batch))

    def _predict(self, x: Array) -> Any:
        if self._examples is None or self._flat is None:
            return super()._predict(x)
        numbers = self._examples.outputs(self.model.training, self._flat.theta.data, x)
        found = np.empty(numbers.size, object)
        found[:] = [Value(z, requires_grad=False) for z in numbers.ravel().tolist()]
        return found.reshape(numbers.shape)

    def _prepared(self) -> tuple[Examples, Flat]:
        """Return what an epoch needs; a model that has other variables now is recorded again."""
        leaves = (leaf for _, holder in self.model._holders() for leaf in leaf_nodes(holder))
        variables = {leaf: leaf.requires_grad for leaf in (*leaves, *self.optimizer.params)}
        fixed = settings_of([*(part for _, part in self.model.named_modules()), self.loss])
        is_same = variables == self._variables and are_same(self._fixed, fixed)
        if not np.array_equal(self.y, self._targets.of):
            self._targets, is_same = Targets(self.y), False
        if self._examples is None or not is_same:
            self._examples = self._recorded()
            self._variables, self._fixed = variables, fixed
        return self._examples, Flat(self.optimizer, self._examples.reached)

    def _recorded(self) -> Examples:
        """Record one example, and compare means over some with what the eager engine finds."""
        rows = self._targets.various()
        size = self.batch_size
        batches = [rows[k : k + size] for k in range(0, len(rows), size)]
        before = [copy.deepcopy(each.bit_generator.state) for each in self.generators()]
        values = [self.loss(self.model(self.x[batch]), self.y[batch]) for batch in batches]
        for generator, state in zip(self.generators(), before, strict=True):
            if generator.bit_generator.state != state:
                generator.bit_generator.state = state
                raise TypeError(
                    "the model draws random numbers while it is trained (Dropout does), and a "
                    "replay would repeat those of one step: train it without jit=True"
                )
        params = self.optimizer.params
        examples = Examples(self.model, self.loss, params, _reached(values, params), self._targets)
        try:
            each = examples.losses(self.x[rows], self._targets.lanes[rows])
        except (TypeError, ValueError) as error:
            error.add_note(
                "while recording the loss of one example for jit=True: every example must take the "
                f"same path through model and loss. {self._targets.note}"
            )
            raise
        for k, value in enumerate(values):
            _compare(float(value.data), each[k * size : (k + 1) * size])
        return examples

    # Between the flat arrays and the model -----------------------------------------------------

    def _record(self, batches: int) -> Epoch:
        self._write_back()
        return super()._record(batches)

    def _save(self) -> None:
        self._write_back()
        super()._save()

    def _diverge(self, what: str) -> NoReturn:
        self._unpack()
        super()._diverge(what)

    def _snapshot(self) -> Any:
        """Return what the leaves have; inside of an epoch, the flat array in their place."""
        return super()._snapshot() if self._flat is None else self._flat.theta.data

    def _write_back(self) -> None:
        if self._flat is not None:
            self._flat.write_back()
            if isinstance(self.good, np.ndarray):
                self.good = self._flat.spread(self.good, self._leaves)

    def _unpack(self) -> None:
        self._write_back()
        self._flat, self._mover = None, self.optimizer


class Targets:
    """The targets of a run, one for each lane of a batch.

    Labels are numbered, and the loss is recorded with each: what a lane computes is what its number
    chooses. Labels are whole numbers, and rows and floats of which few differ, such as one-hot
    rows. Other targets are numbers that the loss computes with, as Values.
    """

    def __init__(self, y: Array) -> None:
        different, first, which = np.unique(y, axis=0, return_index=True, return_inverse=True)
        self.of = y.copy()
        few = len(different) <= (len(y) // 2 if y.dtype.kind == "f" else len(y))
        labels = few and len(different) <= MOST_LABELS
        self.different = different if labels else None
        self.lanes = which.reshape(-1).astype(float) if labels else y
        self._first = first.tolist() if labels else []
        self._leading = range(min(len(y), COMPARED))
        said = (
            f"Targets, of which {len(different)} differ, came as Values of floats: only labels, at "
            f"most {MOST_LABELS} and each for two examples or more, come as they are."
        )
        self.note = "" if labels else said

    def various(self) -> Array:
        """Return which examples to compare: one of each label, then the first ones."""
        return np.array(list(dict.fromkeys((*self._first, *self._leading)))[:COMPARED])

    def loss(self, loss: Loss, outputs: Any, y: Any) -> Any:
        """Return the loss of one example: of the outputs of a batch of one, and its lane."""
        if self.different is None:
            return loss(outputs, batch_of_one(y))
        *others, found = (loss(outputs, each[None]) for each in self.different)
        for k, other in reversed(list(enumerate(others))):
            found = where(y == float(k), other, found)
        return found


class Examples:
    """A model and its loss on one example, recorded, and replayed on those of a batch.

    Attributes
    ----------
    reached : list of int
        Which parameters the loss depends on: no other gets a gradient, or is moved.
    loss : Replayed
        Of (parameters, x, target).
    """

    def __init__(
        self, model: Module, loss: Loss, params: list[Any], reached: list[int], targets: Targets
    ) -> None:
        self.reached = reached
        self._parameters = [params[k] for k in reached]

        def of_one(x: Any, y: Any) -> Any:
            return targets.loss(loss, model(batch_of_one(x)), y)

        def output(x: Any) -> Any:
            return model(batch_of_one(x))[0]

        self.loss = jit(of_one, parameters=self._parameters)
        self._outputs = {mode: jit(output, parameters=self._parameters) for mode in (True, False)}

    def losses(self, x: Array, lanes: Array) -> Array:
        """Return the loss of each example, with the parameters that the model has."""
        found: Array = self.loss.map(_data(self._parameters), x, lanes)
        return found

    def outputs(self, training: bool, numbers: Array, x: Array) -> Array:
        """Return the model's outputs for a batch, as plain numbers; ``training`` is its mode."""
        found: Array = self._outputs[training].map(numbers, x)
        return found


class Flat:
    """Parameters and what an optimiser remembers of them, flat, until they are written back.

    Attributes
    ----------
    theta : Tensor
        The parameters.
    optimizer : Optimizer
        A copy of the optimiser that moves these.
    """

    def __init__(self, optimizer: Optimizer, chosen: list[int]) -> None:
        self._source, self._chosen = optimizer, chosen
        self._parameters = [optimizer.params[k] for k in chosen]
        self.theta = Tensor(_data(self._parameters))
        self.optimizer = copy.copy(optimizer)
        self.optimizer.params = [self.theta]
        self.optimizer._memory = [_columns([optimizer._memory[k] for k in chosen])]

    def write_back(self) -> None:
        """Give the parameters, and the optimiser that moves them, what they now have."""
        self._source.lr = self.optimizer.lr
        data, grads = self.theta.data.tolist(), self.theta.grad
        columns = {
            key: column.tolist() if isinstance(column, np.ndarray) else [column] * len(data)
            for key, column in self.optimizer._memory[0].items()
        }
        rows = zip(*columns.values(), strict=True) if columns else [()] * len(data)
        found = data if grads is None else grads.tolist()
        for k, p, number, grad, row in zip(
            self._chosen, self._parameters, data, found, rows, strict=True
        ):
            replace_data(p, number)
            p.grad = None if grads is None else grad
            self._source._memory[k] = dict(zip(columns, row, strict=True))

    def spread(self, numbers: Array, leaves: list[Any]) -> list[Any]:
        """Return what leaves have, with numbers in place of the parameters'."""
        known = dict(zip(self._parameters, numbers.tolist(), strict=True))
        return [known.get(leaf, raw(leaf)) for leaf in leaves]


def batch_of_one(x: Any) -> Any:
    """Return an element of a batch as a batch."""
    if isinstance(x, np.ndarray):
        return x[None]
    box = np.empty(1, object)
    box[0] = x
    return box


def _data(parameters: list[Any]) -> Array:
    return np.array([raw(p) for p in parameters], np.float64)


def _columns(memories: list[Memory]) -> dict[str, Any]:
    """Return the optimiser's memory of many parameters: arrays, and one count of steps."""
    first = memories[0] if memories else {}
    if any(
        each.keys() != first.keys() or each.get("step") != first.get("step") for each in memories
    ):
        raise ValueError(
            "the optimiser has taken more steps on some parameters than on others, and jit=True "
            "moves them all at once: give it a new optimiser, or train without jit=True"
        )
    return {
        key: first[key] if key == "step" else np.array([each[key] for each in memories])
        for key in first
    }


def _reached(values: list[Any], params: list[Any]) -> list[int]:
    """Return which parameters some losses depend on: all of them on the same ones."""
    found = [cotangents(value, 1.0) if isinstance(value, Value) else {} for value in values]
    reached = [k for k, p in enumerate(params) if p in found[0]]
    if not reached:
        raise ValueError(
            "the loss depends on none of the optimiser's parameters, so there is nothing to learn: "
            "is this inside of no_grad(), or are they frozen?"
        )
    if any((p in each) != (p in found[0]) for each in found for p in params):
        raise ValueError(
            "jit=True moves the same parameters in every step, and this loss depends on others in "
            "another batch: train without jit=True"
        )
    return reached


def _compare(eager: float, each: Array) -> None:
    """Raise ValueError unless a batch's loss is the mean over the losses of its examples."""
    mean, size = float(np.mean(each)), float(np.mean(np.abs(each)))
    if np.isfinite(eager) and not abs(mean - eager) <= 1e-9 * size:
        raise ValueError(
            "jit=True computes a batch as the mean over its examples, and the loss isn't that: "
            f"on {len(each)} examples it is {eager:.12g}, and their mean is {mean:.12g}. Use "
            "a loss that is a mean over examples, without weights of classes or labels that are "
            "left out, and a model that "
            "treats every example for itself; or train without jit=True"
        )


def _check(optimizer: Optimizer) -> None:
    """Raise TypeError for what can't be replayed."""
    for p in optimizer.params:
        if not (isinstance(p, Value) and isinstance(raw(p), float)):
            what = "Tensors" if isinstance(p, Tensor) else with_article(raw(p))
            raise TypeError(
                f"jit=True replays steps in scalars, and the optimiser has {what}: make scalars = "
                "model.scalars() of a model of floats, and an optimiser of scalars.parameters()"
            )
    if type(optimizer).step is not Optimizer.step:
        raise TypeError(
            f"jit=True moves all parameters by one call of _rule, and {type(optimizer).__name__} "
            "has a step() of its own: state its rule, or train without jit=True"
        )
