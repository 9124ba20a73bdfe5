"""What can't be a playground is refused in a sentence, before anything is written."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import elementwise, temporary_registry

X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
CLASSES = (X[:, 0] * X[:, 1] > 0).astype(int)
NUMBERS = np.sin(2 * X[:, 0]) * X[:, 1]


def model(*sizes: int) -> nn.MLP:
    return nn.MLP([2, *sizes], "tanh", seed=0)


class Noisy(nn.MLP):
    def __init__(self) -> None:
        super().__init__([2, 2, 1], "tanh", seed=0)
        self.generator = np.random.default_rng(0)

    def forward(self, x: Any) -> Any:
        return super().forward(x + self.generator.normal())


class Branching(nn.MLP):
    def forward(self, x: Any) -> Any:
        first = x.ravel()[0]
        return super().forward(x if autograd.extend.raw(first) > 0 else -x)


@pytest.mark.parametrize(
    ("net", "x", "y", "options", "said"),
    [
        (model(3, 1), np.ones((5, 3)), CLASSES[:5], {}, r"two features.*\(5, 3\)"),
        (model(3, 1), X * np.nan, CLASSES, {}, "x must be finite"),
        (model(3, 1), X, NUMBERS * np.inf, {}, "y must be finite"),
        (model(3, 1), X, CLASSES[:9], {}, "a row for each of 60"),
        (model(3, 1), X, np.full(60, "a"), {}, "number the classes"),
        (model(3, 1), X, 0 * CLASSES, {}, "one class"),
        (model(3, 8), X, np.arange(60) % 8, {}, "at most 6 classes"),
        (model(40, 1), X, CLASSES, {}, "at most 16 units, got 2 of at most 40"),
        (Noisy(), X, CLASSES, {}, "draws random numbers"),
        (Branching([2, 2, 1], "tanh", seed=0), X, CLASSES, {}, "takes another path"),
        (
            nn.Sequential(nn.Residual(nn.Linear(2, 2))),
            X,
            CLASSES,
            {},
            "computes something beside",
        ),
        (model(3, 1), X, NUMBERS[:, None], {"loss": nn.half_squared_error}, "the mean over its"),
        (model(3, 1), X, CLASSES, {"features": ["a"]}, "features must be two names"),
        (model(3, 1), X, CLASSES, {"classes": ["a"]}, "must name 2 classes, got 1"),
    ],
)
def test_what_cannot_live_is_refused_in_a_sentence(
    net: Any, x: Any, y: Any, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        nn.playground(net, x, y, **options)


def test_an_op_that_cannot_be_written_in_javascript_is_named() -> None:
    with temporary_registry():
        own = elementwise("own_erf", np.vectorize(math.erf), "1.0")
        net = nn.Sequential(nn.Layer(2, 2, own, rng=0), nn.Linear(2, 1, rng=0))
        with pytest.raises(ValueError, match="op 'own_erf'"):
            nn.playground(net, X, CLASSES)


def test_what_is_no_module_and_a_file_that_is_no_page_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"expected an nn\.Module"):
        nn.playground(lambda x: x, X, CLASSES)
    with pytest.raises(ValueError, match=r"saved as \.html"):
        nn.playground(model(3, 1), X, CLASSES).save(tmp_path / "playground.png")
    assert list(tmp_path.iterdir()) == []
