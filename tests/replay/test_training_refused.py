"""``nn.fit(..., jit=True)`` says what it can't replay, before anything is changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_runs import LABELS, MODEL, X, assert_same, flat, run

import autograd
import nn
from autograd import Value, where
from autograd.replay import BranchError


def test_a_model_of_float16_is_refused_before_anything_is_done() -> None:
    model = nn.MLP([3, 3], seed=0, dtype=np.float16)
    before = flat(model)
    with pytest.raises(TypeError, match="Tensors of float32 or float64"):
        nn.fit(
            model, X, LABELS, epochs=1, loss=nn.cross_entropy, optimizer=nn.SGD(model.parameters()),
            rng=0, progress=False, jit=True,
        )  # fmt: skip
    assert flat(model).tolist() == before.tolist()


def test_values_of_other_numbers_are_refused() -> None:
    from fractions import Fraction

    class Slope(nn.Module):
        def __init__(self) -> None:
            self.w = Value(Fraction(1, 2))

        def forward(self, x: Any) -> Any:
            return x * self.w

    model = Slope()
    with pytest.raises(TypeError, match="the optimiser has a Fraction"):
        nn.fit(
            model, X, X, epochs=1, loss=nn.mse, optimizer=nn.SGD([model.w]), rng=0, progress=False,
            jit=True,
        )  # fmt: skip


def test_dropout_is_refused_and_its_generator_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 3, rng=0), nn.Dropout(0.5, rng=7)).scalars()
    generator = model.layers[1].generator
    before = generator.bit_generator.state
    with pytest.raises(TypeError, match=r"draws random numbers .*Dropout"):
        nn.fit(
            model, X, LABELS, epochs=1, loss=nn.cross_entropy,
            optimizer=nn.SGD(model.parameters()), rng=0, progress=False, jit=True,
        )  # fmt: skip
    assert generator.bit_generator.state == before


class Branching(nn.Module):
    """Leaves negative inputs out, in one of two ways."""

    def __init__(self, choose: Any) -> None:
        self.linear, self.choose = nn.Linear(3, 3, rng=0), choose

    def forward(self, x: Any) -> Any:
        return self.linear(np.frompyfunc(self.choose, 1, 1)(x))


def test_examples_that_branch_differently_are_refused_with_advice() -> None:
    with pytest.raises(BranchError, match=r"different samples.*autograd\.where") as caught:
        run(True, model=Branching(lambda x: x if x > 0 else 0.1 * x))
    assert any("must take the same path" in note for note in caught.value.__notes__)
    assert_same(model=Branching(lambda x: where(x > 0, x, 0.1 * x)))


@pytest.mark.parametrize(
    "loss",
    [
        lambda z, y: nn.cross_entropy(z, y, reduction="sum"),
        lambda z, y: nn.cross_entropy(z, y, weight=[1.0, 2.0, 5.0]),
        lambda z, y: nn.cross_entropy(z - z.mean(axis=0), y),
    ],
    ids=["a sum", "a weighted mean", "examples that see one another"],
)
def test_a_loss_that_is_no_mean_over_examples_is_refused(loss: Any) -> None:
    with pytest.raises(ValueError, match="the loss isn't that: on 5 examples it is"):
        run(True, loss=loss)


def test_a_failed_recording_changes_nothing() -> None:
    model = MODEL.scalars()
    before = flat(model)
    adam = nn.Adam(model.parameters())
    with pytest.raises(ValueError, match="isn't that"):
        nn.fit(
            model, X, LABELS, epochs=1, optimizer=adam, rng=0, progress=False, jit=True,
            loss=lambda z, y: nn.cross_entropy(z, y, reduction="sum"),
        )  # fmt: skip
    assert flat(model).tolist() == before.tolist()
    assert adam.state_dict()["memory"] == [{}] * len(before)
    assert all(p.grad is None for p in model.parameters())


def test_an_optimiser_with_a_step_of_its_own_is_refused() -> None:
    class Mine(nn.SGD):
        def step(self) -> None:
            """Do nothing."""

    with pytest.raises(TypeError, match=r"Mine has a step\(\) of its own"):
        run(True, optimizer=Mine)


def test_jit_is_a_switch() -> None:
    with pytest.raises(TypeError, match="jit must be True or False, got 'numba'"):
        run("numba")  # type: ignore[arg-type]


@pytest.mark.slow
def test_without_numba_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['llvmlite.binding'] = None\n"
        "import nn, numpy as np\n"
        "model = nn.MLP([2, 1]).scalars()\n"
        "sgd = nn.SGD(model.parameters())\n"
        "try: nn.fit(model, np.ones((4, 2)), np.ones((4, 1)), epochs=1, loss=nn.mse,\n"
        "            optimizer=sgd, rng=0, progress=False, jit=True)\n"
        "except ImportError as e: print(e)\n"
    )
    root = Path(autograd.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert 'pip install "glassgrad[jit]"' in done.stdout


@pytest.mark.parametrize("jit", [False, True])
def test_what_is_no_optimiser_is_named(jit: bool) -> None:
    model = nn.MLP([2, 3, 1], seed=0).scalars()
    with pytest.raises(TypeError, match=r"expected an nn\.Optimizer, got None"):
        nn.fit(
            model, np.ones((4, 2)), np.ones((4, 1)), epochs=1, loss=nn.mse,
            optimizer=None, rng=0, jit=jit, progress=False,
        )  # fmt: skip
