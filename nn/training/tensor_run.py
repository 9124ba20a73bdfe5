"""A training run of Tensors whose steps are compiled: ``fit(..., jit=True)``.

A whole step is recorded once for each size of batch: model, loss, backward pass, clipping and the
optimiser's own rule (see ``autograd/replay/tensors``). Then many steps are one call. A step that is
out of the ordinary, the first of an optimiser or one where something isn't finite, is the eager
engine's.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.extend import SealedRead, eagerly, gradients, raw, record_loop, replace_data
from nn.modules.module import Module
from nn.optim.optimizer import Optimizer
from nn.training.fixed_settings import Settings, are_same, settings_of
from nn.training.run import Run
from nn.training.run_arguments import Array


class TensorRun(Run):
    """A run whose steps are replayed; else it is as any other, checkpoints included."""

    def __init__(self, model: Module, x: Any, y: Any, *, optimizer: Optimizer, **options: Any):
        _check(optimizer)
        super().__init__(model, x, y, optimizer=optimizer, **options)
        self._loops: dict[Any, Any] = {}
        self._fixed: Settings = []

    def _advance(self, batches: int, most: int) -> int:
        size = len(self._batch(self.batch))
        order = [self._batch(self.batch + k) for k in range(most)]
        order = [batch for batch in order if len(batch) == size]
        rates = [self._rate(self.batch + k, batches) for k in range(len(order))]
        try:
            loop = self._loop(size)
        except _FirstStep:
            return super()._advance(batches, 1)
        done = _Steps(self, loop, np.stack(order), np.array(rates)[:, None]).run()
        return done or super()._advance(batches, 1)

    def _loop(self, size: int) -> Any:
        """Return the recorded step for batches of a size."""
        memory = self.optimizer._memory
        if self.batch == 0 or not self._loops:  # an epoch begins: what was changed before it?
            fixed = self._settings()
            if not are_same(self._fixed, fixed):
                self._loops.clear()
                self._fixed = fixed
        variables = tuple((id(leaf), leaf.requires_grad) for leaf in self._leaves)
        key = (size, variables, tuple(tuple(each) for each in memory))
        if key not in self._loops or not self._loops[key].is_current():
            self._loops[key] = self._recorded(size, self.x)
        return self._loops[key]

    def _settings(self) -> Settings:
        parts = [part for _, part in self.model.named_modules()]
        moved = settings_of([self.optimizer], "params", "lr", "_memory")
        return [*moved, *settings_of([*parts, self.loss])]

    def _recorded(self, size: int, x: Array) -> Any:
        params, memory = self.optimizer.params, list(self.optimizer._memory)
        try:
            return record_loop(_Step(self), params, memory, [x, self.y], size, numbers=1)
        except TypeError as error:
            if x.dtype.kind not in "iub":
                error.add_note(
                    "while recording a step for jit=True: model and loss must compute with Tensors "
                    "alone, and not look at their numbers"
                )
                raise
        return self._recorded(size, x.astype(raw(params[0]).dtype))  # whole numbers, not positions


class _FirstStep(Exception):  # noqa: N818 - what happened, as StopIteration is
    """An optimiser remembers more after its first step than before: that step is not recorded."""


class _Step:
    """What is recorded: from a batch to the next parameters."""

    def __init__(self, run: TensorRun) -> None:
        self._run = run
        self._learns = [p.requires_grad for p in run.optimizer.params]  # now: all do in a recording

    def __call__(self, memory: Any, rows: Any, numbers: Any) -> Any:
        run, (x, y), (rate,) = self._run, rows, numbers
        params = run.optimizer.params
        outputs = run.model(x)
        try:
            loss = run.loss(outputs, y)
        except SealedRead:  # a loss that looks at numbers is computed eagerly in every step
            loss = eagerly(run.loss, outputs, y)
        passed = zip(self._learns, gradients(loss, params), strict=True)
        found = [g if learns else None for learns, g in passed]
        norm = _norm(found)
        if run.clip_value is not None:
            bound = float(run.clip_value)
            found = [g if g is None else autograd.clip(g, -bound, bound) for g in found]
        if run.clip_norm is not None:
            length = _norm(found) if run.clip_value is not None else norm
            share = autograd.where(length > run.clip_norm, run.clip_norm / length, 1.0)
            found = [g if g is None else g * share for g in found]
        mover = copy.copy(run.optimizer)
        mover.lr = rate
        nexts, kept = [], []
        for p, g, own in zip(params, found, memory, strict=True):
            data, remembered = (None, own) if g is None else mover._rule(p, g, own)
            if set(remembered) != set(own):
                raise _FirstStep
            nexts.append(data)
            kept.append({name: remembered[name] for name in own})
        shown = [outputs] if run.metrics else []
        return nexts, kept, norm + loss, [loss, norm, *shown], found


class _Steps:
    """Some steps of an epoch, and what the run knows of them afterwards."""

    def __init__(self, run: TensorRun, loop: Any, order: Array, rates: Array) -> None:
        self._run, self._loop, self._order, self._rates = run, loop, order, rates
        self._begin = [raw(p) for p in run.optimizer.params], list(run.optimizer._memory)
        self._drawn = [(g, g.bit_generator.state) for g in loop.generators]

    def run(self) -> int:
        """Do them, as far as all is finite; return how many."""
        count = len(self._order)
        while count:
            before, last = self._replayed(0, count - 1, self._begin), None
            if before.steps == count - 1:
                good = self._loop.state()
                last = self._replayed(count - 1, count, good)
                if last.steps == 1:
                    self._take_over(good[0], before, last)
                    return count
            count = before.steps if last is None else count - 1
            for generator, state in self._drawn:
                generator.bit_generator.state = state
        return 0

    def _replayed(self, first: int, end: int, state: Any) -> Any:
        return self._loop.run(*state, self._order[first:end], self._rates[first:end])

    def _take_over(self, good: Sequence[Array], before: Any, last: Any) -> None:
        """Give the model, the optimiser and the totals what they would have after these steps."""
        run = self._run
        params, optimizer = run.optimizer.params, run.optimizer
        known = dict(zip(params, good, strict=True))
        run.good = [known.get(leaf, raw(leaf)) for leaf in run._leaves]
        data, memory = self._loop.state()
        for p, new, grad in zip(params, data, self._loop.last(), strict=True):
            replace_data(p, new)
            p.grad = grad
        optimizer._memory = [
            {name: type(old[name])(new[name]) if np.ndim(old[name]) == 0 else new[name]
             for name in old}
            for old, new in zip(optimizer._memory, memory, strict=True)
        ]  # fmt: skip
        optimizer.lr = float(self._rates[before.steps, 0])
        losses, norms, *outputs = (
            np.concatenate(pair) for pair in zip(before.outputs, last.outputs, strict=True)
        )
        totals, size = run.totals, self._order.shape[1]
        for k, (loss, norm) in enumerate(zip(losses.tolist(), norms.tolist(), strict=True)):
            totals.loss += loss * size
            totals.samples += size
            totals.norm += norm
            totals.max_norm = max(totals.max_norm, norm)
            if outputs:
                run._measure(outputs[0][k], run.y[self._order[k]], totals.metrics, size)


def _norm(found: Sequence[Any]) -> Any:
    """Return the length of gradients together, in float64."""
    wide = [autograd.astype(g, np.float64) for g in found if g is not None]
    return autograd.sqrt(sum(((g * g).sum() for g in wide), start=0.0))


def _check(optimizer: Optimizer) -> None:
    """Raise TypeError for what can't be replayed."""
    for p in optimizer.params:
        if not (isinstance(p, Tensor) and raw(p).dtype in (np.float32, np.float64)):
            raise TypeError(
                "jit=True replays steps of Tensors of float32 or float64, or of Values, and the "
                f"optimiser has {p!r}"
            )
    if type(optimizer).step is not Optimizer.step:
        raise TypeError(
            f"jit=True moves parameters by _rule, and {type(optimizer).__name__} has a step() of "
            "its own: state its rule, or train without jit=True"
        )
