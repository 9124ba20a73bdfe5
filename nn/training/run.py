"""A training run: the state of training, and the steps, epochs and checkpoints that change it.

What people call is in ``loop.py``.
"""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn, TypedDict

import numpy as np
import numpy.typing as npt

import init
from autograd import no_grad
from autograd.extend import Node, raw
from init.argument_checks import positive_integer
from nn.modules.module import Module, evaluating
from nn.optim.optimizer import Optimizer
from nn.schedules import Schedule
from nn.support.bounds import at_least_zero, flag
from nn.training.checkpoint import Checkpoint, CheckpointError
from nn.training.clipping import clip_grad_norm, clip_grad_value, grad_norm
from nn.training.history import Diverged, Epoch, History
from nn.training.metrics import Metrics, by_name
from nn.training.run_arguments import Array, Examples, Loss, as_examples, check_run, held_out_count
from nn.training.run_fingerprint import differences, fingerprint


class Options(TypedDict, total=False):
    """The optional arguments of a run."""

    batch_size: int
    shuffle: bool
    validation: Examples | float | None
    metrics: Metrics
    schedule: Schedule | None
    clip_norm: float | None
    clip_value: float | None
    checkpoint: Checkpoint | str | os.PathLike[str] | None


@dataclass
class EpochTotals:
    """Sums over the batches of an epoch so far: of the loss, of samples, of gradient norms."""

    loss: float = 0.0
    samples: int = 0
    norm: float = 0.0
    max_norm: float = 0.0
    seconds: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)


class Run:
    """Epochs of mini-batches: where training is, and how it goes on from there."""

    def __init__(
        self,
        model: Module,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        loss: Loss,
        optimizer: Optimizer,
        rng: init.Seed,
        batch_size: int = 32,
        shuffle: bool = True,
        validation: Examples | float | None = None,
        metrics: Metrics = (),
        schedule: Schedule | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
    ) -> None:
        check_run(model, optimizer, loss, schedule)
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self._mover = optimizer  # what takes the steps
        self.x, self.y = as_examples(x, y)
        self.batch_size = positive_integer("batch_size", batch_size)
        self.shuffle = flag("shuffle", shuffle)
        self.generator = init.as_generator(rng)
        self.metrics = by_name(metrics)
        self.schedule = schedule
        self.clip_norm = None if clip_norm is None else at_least_zero("clip_norm", clip_norm)
        self.clip_value = None if clip_value is None else at_least_zero("clip_value", clip_value)
        self.checkpoint = checkpoint
        if checkpoint is not None and not isinstance(checkpoint, Checkpoint):
            self.checkpoint = Checkpoint(checkpoint)

        self.history: list[Epoch] = []
        self.order: Array | None = None  # of this epoch's examples
        self.batch = 0  # the next one of this epoch
        self.totals = EpochTotals()
        self._leaves = [leaf for _, holder in model._holders() for leaf in leaf_nodes(holder)]
        self.good: Any = None  # what the leaves had at the last finite loss
        self.best: list[Any] | None = None  # and after the best epoch
        self._fingerprint = fingerprint(self, validation) if self.checkpoint else {}
        kept = self._kept_state()
        self._hold_out(validation, None if kept is None else kept["held_out"])
        if kept is None:
            self._save()  # what can't be kept is found out before anything is learnt
        else:
            self._resume(kept)

    # Going on --------------------------------------------------------------------------------

    def epochs(self, count: int) -> Iterator[Epoch]:
        """Go on until there are ``count`` epochs, each done wholly or not at all."""
        while len(self.history) < count:
            before = self._moment()
            try:
                record = self._epoch()
            except Diverged:
                raise
            except Exception:
                self._undo(before)
                raise
            yield record

    def _epoch(self) -> Epoch:
        self.model.train()
        learnt = len(self.x)
        if self.order is None:
            self.order = self.generator.permutation(learnt) if self.shuffle else np.arange(learnt)
            self.batch, self.totals = 0, EpochTotals()
        batches = math.ceil(learnt / self.batch_size)
        while self.batch < batches:
            start, due = time.perf_counter(), self._until_due(batches)
            done = self._advance(batches, due)
            self.totals.seconds += time.perf_counter() - start
            self.batch += done
            if done == due and self.batch < batches:
                self._save()
        record = self._record(batches)
        if not self.history or record.measured < min(e.measured for e in self.history):
            self.best = self._snapshot()
        self.history.append(record)
        self.order = None
        self._save()
        return record

    def _advance(self, batches: int, most: int) -> int:
        """Take the next step, or the next few of this epoch; return how many they were."""
        self._step(self._batch(self.batch), batches)
        return 1

    def _batch(self, number: int) -> Array:
        """Return which examples are in a batch of this epoch."""
        order: Any = self.order
        batch: Array = order[number * self.batch_size :][: self.batch_size]
        return batch

    def _step(self, batch: Array, batches: int) -> None:
        targets = self.y[batch]
        outputs = self.model(self.x[batch])
        value = self.loss(outputs, targets)
        self._move(float(value.data), value.backward, len(batch), batches)
        self._measure(outputs, targets, self.totals.metrics, len(batch))

    def _move(self, loss: float, backward: Callable[[], None], count: int, batches: int) -> None:
        """Take a step: ``backward`` finds the gradient of the loss, a mean of ``count``."""
        if not math.isfinite(loss):
            self._diverge(f"the loss is {loss}")
        self.good = self._snapshot()
        self._mover.zero_grad()
        backward()
        norm = self._clip()
        self._mover.lr = self._rate(self.batch, batches)
        self._mover.step()
        self.totals.loss += loss * count
        self.totals.samples += count
        self.totals.norm += norm
        self.totals.max_norm = max(self.totals.max_norm, norm)

    def _rate(self, batch: int, batches: int) -> float:
        """Return the learning rate of a step of this epoch."""
        if self.schedule is None:
            return float(self._mover.lr)
        losses = [epoch.measured for epoch in self.history]
        return self.schedule(len(self.history) + batch / batches, losses)

    def _clip(self) -> float:
        """Clip the gradients and return how long they were; those that are nan are refused."""
        params = self._mover.params
        norm = grad_norm(params)
        if math.isnan(norm) or (math.isinf(norm) and self.clip_value is None):
            self._diverge(f"the gradient is {norm} long")
        if self.clip_value is not None:
            clip_grad_value(params, float(self.clip_value))
        if self.clip_norm is not None:
            clip_grad_norm(params, float(self.clip_norm))
        return norm

    def _measure(self, outputs: Any, targets: Any, into: dict[str, float], weight: int) -> None:
        if not self.metrics:
            return
        numbers = _plain(outputs)
        for name, metric in self.metrics.items():
            into[name] = into.get(name, 0.0) + float(metric(numbers, targets)) * weight

    def _record(self, batches: int) -> Epoch:
        """Measure the model at the end of an epoch."""
        if not all(np.isfinite(raw(leaf)).all() for leaf in self._leaves if _is_float(leaf)):
            self._diverge("a parameter is nan or inf")
        start = time.perf_counter()
        validation_loss, found = self._validate()
        if validation_loss is not None and math.isnan(validation_loss):
            self._diverge("the validation loss is nan")
        totals = self.totals
        return Epoch(
            number=len(self.history) + 1,
            loss=totals.loss / totals.samples,
            validation_loss=validation_loss,
            seconds=totals.seconds + time.perf_counter() - start,
            learning_rate=float(self.optimizer.lr),
            gradient_norm=totals.norm / batches,
            max_gradient_norm=totals.max_norm,
            metrics={name: total / totals.samples for name, total in totals.metrics.items()},
            validation_metrics=found,
        )

    def _validate(self) -> tuple[float | None, dict[str, float]]:
        if self.held_out is None:
            return None, {}
        x, y = self.held_out
        found: dict[str, float] = {}
        with evaluating(self.model):
            with no_grad():
                outputs = self._predict(x)
                number = float(self.loss(outputs, y).data)
            self._measure(outputs, y, found, 1)
        return number, found

    def _predict(self, x: Array) -> Any:
        return self.model(x)

    def _diverge(self, what: str) -> NoReturn:
        """Go back to the last good weights and say why."""
        where = f"in epoch {len(self.history) + 1}, batch {self.batch + 1}"
        kept = "the first loss already was not finite, and the weights are as they were"
        advice = "Try another initialisation, or find the operation by autograd.detect_anomaly()"
        if self.good is not None:
            self._go_back(self.good)
            kept = "the model has the last weights with a finite loss"
            advice = "Try a lower learning rate, clip_norm=1.0, or another initialisation"
        held_out = {"y of validation": self.held_out[1]} if self.held_out else {}
        for name, y in (held_out | {"y": self.y}).items():
            if y.dtype.kind == "f" and not np.isfinite(y).all():
                advice = f"{name} has nan or inf: drop or fill in those rows"
        raise Diverged(
            f"training stopped {where}: {what}; {kept}. {advice}",
            History(self.history, stopped=what),
        )

    # Weights: data are replaced and not written to, so that keeping them is free ---------------

    def _snapshot(self) -> list[Any]:
        return [raw(leaf) for leaf in self._leaves]

    def _go_back(self, weights: list[Any]) -> None:
        for leaf, data in zip(self._leaves, weights, strict=True):
            leaf.data = data

    def _moment(self) -> dict[str, Any]:
        """Return all that an epoch changes, to undo one that fails."""
        return {
            "data": self._snapshot(),
            "grads": [leaf.grad for leaf in self._leaves],
            "memory": list(self.optimizer._memory),
            "lr": self.optimizer.lr,
            "generators": [copy.deepcopy(each.bit_generator.state) for each in self.generators()],
            "place": (self.order, self.batch, copy.deepcopy(self.totals), self.good, self.best),
            "epochs": len(self.history),
        }

    def _undo(self, before: Mapping[str, Any]) -> None:
        self._go_back(before["data"])
        for leaf, grad in zip(self._leaves, before["grads"], strict=True):
            leaf.grad = grad
        self.optimizer._memory, self.optimizer.lr = before["memory"], before["lr"]
        for generator, state in zip(self.generators(), before["generators"], strict=True):
            generator.bit_generator.state = state
        self.order, self.batch, self.totals, self.good, self.best = before["place"]
        del self.history[before["epochs"] :]

    def restore_best(self) -> None:
        """Give the model the weights that it had after the best epoch."""
        if self.best is not None:
            self._go_back(self.best)

    # Checkpoints -------------------------------------------------------------------------------

    def _until_due(self, batches: int) -> int:
        """Return how many steps there are until this epoch ends or its state is to be saved."""
        left = batches - self.batch
        if not isinstance(self.checkpoint, Checkpoint) or self.checkpoint.every is None:
            return left
        steps = len(self.history) * batches + self.batch
        return min(left, self.checkpoint.every - steps % self.checkpoint.every)

    def _save(self) -> None:
        if isinstance(self.checkpoint, Checkpoint):
            self.checkpoint.save(self._state())

    def _state(self) -> dict[str, Any]:
        return {
            "run": self._fingerprint,
            "held_out": self.held_out_rows,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generators": [each.bit_generator.state for each in self.generators()],
            "order": self.order,
            "batch": self.batch,
            "sums": asdict(self.totals),
            "history": [asdict(epoch) for epoch in self.history],
            "good": self.good,
            "best": self.best,
        }

    def _kept_state(self) -> dict[str, Any] | None:
        """Return what a checkpoint has of this run; raise CheckpointError if it is of another."""
        state = self.checkpoint.load() if isinstance(self.checkpoint, Checkpoint) else None
        problems = [] if state is None else differences(state["run"], self._fingerprint)
        if problems:
            raise CheckpointError(
                f"{self.checkpoint!r} is of another run, and nothing was changed: "
                + "; ".join(problems)
                + ". Give another path, or delete it to start over"
            )
        return state

    def _resume(self, state: Mapping[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for generator, kept in zip(self.generators(), state["generators"], strict=True):
            generator.bit_generator.state = kept
        self.order, self.batch = state["order"], state["batch"]
        self.totals = EpochTotals(**state["sums"])
        self.history = [Epoch(**epoch) for epoch in state["history"]]
        self.good, self.best = state["good"], state["best"]

    def generators(self) -> list[np.random.Generator]:
        """Return all generators that this run draws from, each once."""
        found = [self.generator, *(each for _, each in self.model.named_generators())]
        return list({id(each): each for each in found}.values())

    # Held-out examples -------------------------------------------------------------------------

    def _hold_out(self, validation: Examples | float | None, rows: Array | None) -> None:
        """Set what is measured with: a pair as it is, or a share of the examples."""
        self.held_out: tuple[Array, Array] | None = None
        self.held_out_rows: Array | None = None
        if isinstance(validation, tuple):
            self.held_out = as_examples(*validation)
        elif validation is not None:
            count = held_out_count(validation, len(self.x))
            if rows is None:
                rows = self.generator.permutation(len(self.x))[:count]
            learnt = np.delete(np.arange(len(self.x)), rows)
            self.held_out, self.held_out_rows = (self.x[rows], self.y[rows]), rows
            self.x, self.y = self.x[learnt], self.y[learnt]


def _plain(outputs: Any) -> Array:
    """Return outputs as an array of plain numbers."""
    if isinstance(outputs, Node):
        return np.asarray(raw(outputs))
    found = np.asarray(outputs)
    if found.dtype != object:
        return found
    numbers = [raw(each) for each in found.flat]
    return np.array(numbers).reshape(found.shape)


def leaf_nodes(holder: Any) -> list[Any]:
    """Return the nodes that a parameter is made of: itself, or the elements of an array."""
    return [holder] if isinstance(holder, Node) else list(holder.flat)


def _is_float(leaf: Any) -> bool:
    return isinstance(raw(leaf), (float, np.ndarray, np.floating))
