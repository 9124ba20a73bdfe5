"""Going on from a checkpoint: with the same bits, or not at all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from slope import Slope, X, run

import nn


def test_training_goes_on_to_more_epochs(tmp_path: Path) -> None:
    whole, part = Slope(), Slope()
    expected = run(whole, lr=1e-3, epochs=5, batch_size=3)
    run(part, lr=1e-3, epochs=2, batch_size=3, checkpoint=tmp_path / "run")
    resumed = Slope(99.0)
    history = run(resumed, lr=1e-3, epochs=5, batch_size=3, checkpoint=str(tmp_path / "run"))
    assert resumed.w.data == whole.w.data
    assert [epoch.loss for epoch in history] == [epoch.loss for epoch in expected]


def test_the_generator_yields_what_is_still_to_do(tmp_path: Path) -> None:
    model = Slope()
    sgd = nn.SGD(model.parameters(), lr=1e-3)
    numbers = [
        [e.number for e in nn.train(
            model, X, X, epochs=n, loss=nn.mse, optimizer=sgd, rng=0, checkpoint=tmp_path / "run"
        )]
        for n in (2, 2, 5)
    ]  # fmt: skip
    assert numbers == [[1, 2], [], [3, 4, 5]]


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_any_kind_of_generator_can_go_on(tmp_path: Path, kind: str) -> None:
    def train(epochs: int, path: Path) -> Any:
        model = Slope()
        rng = np.random.Generator(getattr(np.random, kind)(5))
        run(model, lr=1e-3, epochs=epochs, batch_size=3, rng=rng, checkpoint=path)
        return model.w.data

    train(2, tmp_path / "a")
    assert train(4, tmp_path / "a") == train(4, tmp_path / "b")


def test_a_model_of_scalars_can_go_on(tmp_path: Path) -> None:
    def train(epochs: int, path: Path) -> list[float]:
        model = nn.MLP([1, 2, 1], "tanh", seed=0).scalars()
        optimizer = nn.Adam(model.parameters(), amsgrad=True)
        run(model, optimizer=optimizer, epochs=epochs, batch_size=3, checkpoint=path)
        return [parameter.data for parameter in model.parameters()]

    train(2, tmp_path / "a")
    assert train(3, tmp_path / "a") == train(3, tmp_path / "b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.5}, "its optimizer is SGD with {'lr': 0.001"),
        ({"batch_size": 3}, "its batch_size is 10, and here it is 3"),
        ({"validation": 0.2}, "its validation is None, and here it is 0.2"),
        (
            {"schedule": nn.schedules.Constant(1.0)},
            "its schedule is None, and here it is Constant",
        ),
        ({"clip_norm": 1.0}, "its clip_norm is None, and here it is 1.0"),
        ({"loss": nn.half_squared_error}, "its loss is mse, and here it is half_squared_error"),
        ({"metrics": [nn.accuracy]}, r"its metrics is \[\], and here it is \['accuracy'\]"),
        (
            {"rng": np.random.Generator(np.random.MT19937(0))},
            r"its generators is \['PCG64'\], and here it is \['MT19937'\]",
        ),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_nothing_is_changed(
    tmp_path: Path, change: Any, message: str
) -> None:
    run(Slope(), lr=1e-3, checkpoint=tmp_path / "run")
    before = (tmp_path / "run").read_bytes()
    model = Slope(7.0)
    with pytest.raises(nn.CheckpointError, match=f"is of another run.*{message}"):
        run(model, **{"lr": 1e-3, "epochs": 2, "checkpoint": tmp_path / "run", **change})
    assert model.w.data == 7.0
    assert (tmp_path / "run").read_bytes() == before


def test_a_checkpoint_of_other_data_or_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(Slope(), checkpoint=path)
    with pytest.raises(nn.CheckpointError, match="its model is"):
        run(nn.MLP([1, 1]), checkpoint=path)
    model = Slope()
    with pytest.raises(nn.CheckpointError, match="its data is"):
        nn.fit(
            model, X, 3 * X, epochs=1, loss=nn.mse, rng=0, progress=False, batch_size=10,
            optimizer=nn.SGD(model.parameters(), lr=0.0), checkpoint=path,
        )  # fmt: skip


def test_what_cannot_be_kept_is_found_out_before_anything_is_learnt(tmp_path: Path) -> None:
    from fractions import Fraction

    model = Slope().scalars()
    model.w.data = Fraction(1, 3)
    with pytest.raises(TypeError, match="which a checkpoint can't keep"):
        run(model, lr=0.1, checkpoint=tmp_path / "run")
    assert model.w.data == Fraction(1, 3)


def test_a_torn_checkpoint_is_refused_and_training_goes_on_from_the_previous(
    tmp_path: Path,
) -> None:
    whole, again = Slope(), Slope()
    run(whole, lr=1e-3, epochs=4, batch_size=3)
    run(Slope(), lr=1e-3, epochs=3, batch_size=3, checkpoint=tmp_path / "run")
    (tmp_path / "run").write_bytes((tmp_path / "run").read_bytes()[:-9])
    with pytest.warns(nn.CheckpointWarning, match="is torn.*the one before"):
        run(again, lr=1e-3, epochs=4, batch_size=3, checkpoint=tmp_path / "run")
    assert again.w.data == whole.w.data
