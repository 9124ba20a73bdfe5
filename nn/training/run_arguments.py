"""Checks of the arguments of a training run: model, optimiser, loss, examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nn.modules.module import Module
from nn.optim.optimizer import Optimizer
from nn.schedules import Schedule

Array = npt.NDArray[Any]
Loss: TypeAlias = Callable[[Any, Any], Any]
Examples: TypeAlias = tuple[npt.ArrayLike, npt.ArrayLike]


def check_run(model: Module, optimizer: Optimizer, loss: Loss, schedule: Schedule | None) -> None:
    """Raise TypeError for what isn't of its kind, ValueError for an optimiser of another model."""
    kinds: tuple[tuple[object, type, str], ...] = (
        (model, Module, "nn.MLP([2, 16, 1])"),
        (optimizer, Optimizer, "nn.Adam(model.parameters())"),
    )
    for given, kind, example in kinds:
        if not isinstance(given, kind):
            raise TypeError(f"expected an nn.{kind.__name__}, got {given!r}: try {example}")
    if not callable(loss):
        raise TypeError(f"loss must be a function of outputs and targets, got {loss!r}: try nn.mse")
    if not (schedule is None or isinstance(schedule, Schedule)):
        raise TypeError(
            f"schedule must be one of nn.schedules, got {schedule!r}: "
            "try nn.schedules.Constant(0.1)"
        )
    if set(model.parameters()).isdisjoint(optimizer.params):
        raise ValueError(
            "the optimiser has none of the model's parameters, and would move another model: "
            "make it of model.parameters()"
        )


def as_examples(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
    """Return inputs and targets as arrays, checked."""
    for name, given in {"x": x, "y": y}.items():
        if hasattr(given, "toarray"):  # what NumPy would make one object of
            raise TypeError(
                f"{name} is a sparse {type(given).__name__}: pass {name}.toarray(), or train a "
                "nn.MLPClassifier or nn.MLPRegressor, which make it dense batch by batch"
            )
    inputs, targets = np.asarray(x), np.asarray(y)
    if not (inputs.ndim and targets.ndim and len(inputs) == len(targets) > 0):
        raise ValueError(
            "x and y must be arrays with one row for each sample, and at least one, "
            f"got shapes {inputs.shape} and {targets.shape}"
        )
    if inputs.dtype.kind == "f" and not np.isfinite(inputs).all():
        raise ValueError("x must be finite, and has nan or inf: drop or fill in those rows")
    return inputs, targets


def held_out_count(share: object, n: int) -> int:
    """Return how many of n examples a share is: at least one, and not all."""
    if isinstance(share, bool) or not isinstance(share, float):
        raise TypeError(f"validation must be a pair (x, y) or a share like 0.2, got {share!r}")
    if not 0 < share < 1:
        raise ValueError(f"validation as a share must be between 0 and 1, got {share}")
    count = max(1, round(share * n))
    if count >= n:
        raise ValueError(f"a share of {share} of {n} examples leaves none to learn from")
    return count
