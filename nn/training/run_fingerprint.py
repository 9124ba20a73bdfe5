"""The fingerprint of a training run, by which a checkpoint recognises the run it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nn.modules.module import Module
    from nn.training.run import Run
    from nn.training.run_arguments import Examples

Array = npt.NDArray[Any]


def fingerprint(run: Run, validation: Examples | float | None) -> dict[str, Any]:
    """Return, as plain data, what a resumed run must share with the one that was stopped."""
    held_out = validation if isinstance(validation, tuple) else ()
    settings = run.optimizer.settings
    if run.schedule is not None:  # which sets it
        del settings["lr"]
    return {
        "model": {
            name: f"{_dtype(holder)} of shape {np.shape(holder)}"
            for name, holder in run.model._holders()
        },
        "parts": {path: _described(part) for path, part in run.model.named_modules()},
        "parameters": _in_order(run),
        "optimizer": f"{type(run.optimizer).__name__} with {settings}",
        "data": _digest(run.x, run.y, *map(np.asarray, held_out)),
        "validation": "given" if held_out else str(validation),
        "loss": _name(run.loss),
        "metrics": list(run.metrics),
        "batch_size": run.batch_size,
        "order": "shuffled" if run.shuffle else "as given",
        "schedule": repr(run.schedule),
        "clip_norm": str(run.clip_norm),
        "clip_value": str(run.clip_value),
        "generators": [type(each.bit_generator).__name__ for each in run.generators()],
    }


def _described(part: Module) -> str:
    """Return the class and the settings of a module, such as ``Layer(2 → 3, tanh)``."""
    return f"{type(part).__name__}({part.extra_repr()})"


def _in_order(run: Run) -> list[str]:
    """Return the names of what the optimiser moves, in the order of what it remembers of each."""
    names = {leaf: name for name, leaf in run.model.named_parameters()}
    return [names.get(each, "of no part of the model") for each in run.optimizer.params]


def _dtype(holder: Any) -> str:
    return str(getattr(holder, "dtype", "number"))


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def _digest(*arrays: Array) -> str:
    """Return a digest of data."""
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(f"{array.dtype} {array.shape} ".encode())
        numbers = repr(array.tolist()).encode() if array.dtype == object else array.tobytes()
        sha.update(numbers)
    return sha.hexdigest()


def differences(kept: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return in words what differs between the fingerprint that was kept and that of this run."""
    return [
        f"its {name} is {_short(kept.get(name))}, and here it is {_short(value)}"
        for name, value in here.items()
        if not _same(kept.get(name, value if name in _SINCE_0_2 else None), value)
    ]


_SINCE_0_2 = ("parts", "parameters", "order")
"""What older checkpoints don't tell of."""


def _same(kept: object, here: object) -> bool:
    """Return whether two parts of fingerprints are equal, in the same order."""
    if isinstance(kept, Mapping) and isinstance(here, Mapping):
        return list(kept.items()) == list(here.items())
    return kept == here


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:200] + " …"
