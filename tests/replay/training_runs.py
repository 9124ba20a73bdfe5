"""Runs of ``nn.fit`` on models of scalars, replayed and eager: what the tests of training share."""

from __future__ import annotations

from typing import Any

import tensor_runs
from tensor_runs import LABELS, MODEL, X, flat, measured

import nn

__all__ = ["LABELS", "MODEL", "X", "assert_same", "flat", "measured", "run"]


def run(jit: bool, model: Any = MODEL, **options: Any) -> tuple[nn.History, Any]:
    """Train the model's scalars; return the history and what was trained."""
    return tensor_runs.run(jit, model.scalars(), **options)


def assert_same(model: Any = MODEL, **settings: Any) -> None:
    """Within rounding: the terms of a batch are added up in another order, in every step."""
    tensor_runs.assert_same(model=model.scalars(), atol=1e-12, **settings)
