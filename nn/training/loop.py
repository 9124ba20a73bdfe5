"""The training loop: ``train`` yields epochs, ``fit`` runs all of them with a progress bar.

How a run goes on from step to step is in ``run.py``, what it records in ``history.py``.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from typing import Any, Unpack

import numpy.typing as npt

import init
from autograd import Tensor
from init.argument_checks import positive_integer
from nn.modules.module import Module
from nn.optim.optimizer import Optimizer
from nn.schedules import Schedule
from nn.support.bounds import at_least_zero
from nn.support.progress import progress_bar
from nn.training.checkpoint import Checkpoint
from nn.training.history import Diverged, Epoch, History
from nn.training.metrics import Metrics
from nn.training.run import Options, Run
from nn.training.run_arguments import Examples, Loss

__all__ = ["Diverged", "fit", "train"]


def train(
    model: Module,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    epochs: int,
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
    jit: bool = False,
) -> Iterator[Epoch]:
    """Train, by an epoch each time that the iterator is advanced.

    Between epochs and after them the model is in training mode: predict with ``model.eval()``.

    Parameters
    ----------
    model : Module
        Called on batches of ``x``.
    x, y : array_like of shape (n, ...)
        The inputs, and what the loss compares the outputs with.
    epochs : int
        How many passes over the data to make; with a checkpoint, those made before count.
    loss : callable
        ``loss(model(x), y)``: a Tensor or a Value, the mean over a batch.
    optimizer : Optimizer
        Of the model's parameters.
    rng : numpy.random.Generator or int
        Shuffles the samples before every epoch, and chooses those that are held out.
    batch_size : int
        How many samples to a step; the last batch of an epoch may have fewer.
    shuffle : bool
        Whether every epoch has an order of its own; else it is that of ``x``.
    validation : tuple of two array_like, or float, optional
        An x and y that are not learnt from, but measured after every epoch; or the share of the
        samples to hold out for that, which ``rng`` chooses.
    metrics : mapping from str to callable, or iterable of callable
        Functions of outputs and targets, as plain arrays, that give a number: ``nn.accuracy``.
    schedule : Schedule, optional
        Sets the learning rate before every step; its time is in epochs. See ``nn.schedules``.
    clip_norm, clip_value : float, optional
        How long the gradient may be, and how large each of its elements (which comes first).
    checkpoint : Checkpoint, str or Path, optional
        A file that the run is kept in after every epoch. If it is there already, training goes on
        from it: what follows is, to the bit, what would have been without a break.
    jit : bool
        Whether to replay steps at machine speed, with ``autograd.jit``. Of a model of Tensors, a
        whole step is recorded for each size of batch. Of one of scalars (``model.scalars()``), the
        loss of one example is, and a batch is the mean over its examples. What is learnt is the
        same but for the rounding of sums. Within an epoch the model may keep the numbers that it
        began with; after it, it has the new ones. See docs/jit.md.

    Yields
    ------
    Epoch
        Those that were still to do.

    Raises
    ------
    TypeError, ValueError
        On the first advance, before anything is changed: if x and y are empty or differ in
        length, x has nan or inf, the optimiser is of another model, ``epochs`` or ``batch_size``
        isn't a positive integer, ``rng`` is no seed, a bound is negative, or the checkpoint is torn
        or of another run. With ``jit``: for an optimiser with a ``step`` of its own; for a model of
        Tensors that reads their numbers, or has parameters of float16; for a model of scalars that
        draws random numbers (Dropout) or branches differently from example to example, and a loss
        of them that isn't a mean over examples. What the model, the loss or a metric raises (for
        labels that aren't classes, say) undoes the epoch: the weights, the optimiser and the
        generators are as they were before it.
    ImportError
        With ``jit``, if Numba isn't installed.
    Diverged
        When a loss, a gradient or a parameter is nan or inf, with the model back at the last
        weights that had a finite loss.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> model = nn.MLP([1, 1], seed=0)
    >>> sgd = nn.SGD(model.parameters(), lr=0.1)
    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> for epoch in train(model, x, 3 * x, epochs=99, loss=nn.mse, optimizer=sgd, rng=0):
    ...     if epoch.loss < 0.01:
    ...         break
    >>> model.layers[0].weight.data.round().tolist()
    [[3.0]]
    """
    count = positive_integer("epochs", epochs)
    yield from _run_of(jit, optimizer)(
        model,
        x,
        y,
        loss=loss,
        optimizer=optimizer,
        rng=rng,
        batch_size=batch_size,
        shuffle=shuffle,
        validation=validation,
        metrics=metrics,
        schedule=schedule,
        clip_norm=clip_norm,
        clip_value=clip_value,
        checkpoint=checkpoint,
    ).epochs(count)


def fit(
    model: Module,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    epochs: int,
    loss: Loss,
    optimizer: Optimizer,
    rng: init.Seed,
    patience: int | None = None,
    min_delta: float = 0.0,
    progress: bool = True,
    jit: bool = False,
    **options: Unpack[Options],
) -> History:
    """Train to the end, or until it no longer helps, with a progress bar; return the history.

    Afterwards the model is in evaluation mode: predictions are without dropout.

    Parameters
    ----------
    model, x, y, epochs, loss, optimizer, rng
        As for ``train``.
    patience : int, optional
        Stop after so many epochs in a row without a better loss, on the validation data if there
        are any, and give the model back the weights of its best epoch. By default it goes through
        all epochs and keeps the last weights.
    min_delta : float
        By how much a loss must be lower than the best to be better.
    progress : bool
        Whether to show a bar, which needs tqdm.
    jit : bool
        As for ``train``: whether to replay steps at machine speed.
    **options
        All else that ``train`` takes: ``batch_size``, ``shuffle``, ``validation``, ``metrics``,
        ``schedule``, ``clip_norm``, ``clip_value``, ``checkpoint``.

    Returns
    -------
    History
        The epochs, from the first to the last, those before a checkpoint too. It shows itself as
        a table, and ``history.plot()`` draws it.

    Raises
    ------
    ImportError
        If a bar is wanted and tqdm isn't installed; as for ``train``.
    TypeError, ValueError, Diverged
        As for ``train``.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> model = nn.MLP([1, 1], seed=0)
    >>> sgd = nn.SGD(model.parameters(), lr=0.1)
    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> history = nn.fit(
    ...     model, x, 3 * x, epochs=99, loss=nn.mse, optimizer=sgd, rng=0, progress=False
    ... )
    >>> history[-1].loss < history[0].loss
    True
    """
    count = positive_integer("epochs", epochs)
    waits = None if patience is None else positive_integer("patience", patience)
    delta = float(at_least_zero("min_delta", min_delta))
    show = progress_bar(progress)
    run = _run_of(jit, optimizer)(model, x, y, loss=loss, optimizer=optimizer, rng=rng, **options)
    with show(total=count, initial=len(run.history), unit="epoch") as bar:
        for epoch in _until_no_better(run, count, waits, delta):
            if bar is not None:
                _show(bar, epoch)
    stopped = ""
    if waits is not None:
        run.restore_best()
        if _waited(run.history, delta) >= waits:
            stopped = f"stopped: no better loss in {waits} epochs; the weights are the best epoch's"
    model.eval()
    return History(run.history, stopped=stopped)


def _run_of(jit: object, optimizer: object) -> type[Run]:
    if not isinstance(jit, bool):
        raise TypeError(f"jit must be True or False, got {jit!r}")
    if not jit:
        return Run
    if any(isinstance(p, Tensor) for p in getattr(optimizer, "params", ())):
        from nn.training.tensor_run import TensorRun

        return TensorRun
    from nn.training.replayed_run import ReplayedRun

    return ReplayedRun


def _until_no_better(run: Run, count: int, waits: int | None, delta: float) -> Iterator[Epoch]:
    epochs = run.epochs(count)
    while waits is None or _waited(run.history, delta) < waits:
        try:
            yield next(epochs)
        except StopIteration:
            return


def _waited(history: Iterable[Epoch], delta: float) -> int:
    """Return how many epochs there were since the last one that was better than all before."""
    best, waited = math.inf, 0
    for epoch in history:
        if epoch.measured < best - delta:
            best, waited = epoch.measured, 0
        else:
            waited += 1
    return waited


def _show(bar: Any, epoch: Epoch) -> None:
    found = {"loss": epoch.loss, "validation": epoch.validation_loss, **epoch.metrics}
    shown = {name: f"{value:.4f}" for name, value in found.items() if value is not None}
    bar.set_postfix(shown, refresh=False)
    bar.update()
