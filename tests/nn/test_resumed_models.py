"""A checkpoint goes on in the model and the optimiser that it is of, and in no other.

An optimiser remembers by position: parameters of one shape in another order would swap moments.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).standard_normal((8, 3))


class Pair(nn.Module):
    """Two layers of one shape, declared in the order of their names."""

    def __init__(self, order: str = "ab", scale: float = 1.0) -> None:
        super().__init__()
        for name in order:
            setattr(self, name, nn.Linear(3, 3, rng=ord(name)))
        self.scale = scale

    def extra_repr(self) -> str:
        return f"scale={self.scale}"

    def forward(self, x: Any) -> Any:
        return self.b(self.a(x)) * self.scale


class Other(Pair):
    """The same parameters, in another class."""


def train(
    model: nn.Module, path: Path, order: Callable[[list[Any]], list[Any]] = list, epochs: int = 2
) -> nn.History:
    optimizer = nn.Adam(order(list(model.parameters())), lr=0.01)
    return nn.fit(
        model, X, X, epochs=epochs, loss=nn.mse, optimizer=optimizer, rng=0, batch_size=4,
        checkpoint=path, progress=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("resumed", "order", "message"),
    [
        (lambda: Pair("ba"), list, "its model is"),
        (Pair, lambda params: params[::-1], "its parameters is"),
        (Other, list, "Pair.*and here.*Other"),
        (lambda: Pair(scale=2.0), list, r"scale=1\.0.*and here.*scale=2\.0"),
    ],
)
def test_a_checkpoint_of_another_order_class_or_setting_is_refused(
    tmp_path, resumed, order, message
):
    train(Pair(), tmp_path / "run")
    model = resumed()
    before = model.state_dict()
    with pytest.raises(nn.CheckpointError, match=message):
        train(model, tmp_path / "run", order)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_checkpoint_of_another_activation_is_refused(tmp_path):
    train(nn.MLP([3, 4, 3], "tanh", seed=0), tmp_path / "run")
    with pytest.raises(nn.CheckpointError, match=r"tanh.*and here.*relu"):
        train(nn.MLP([3, 4, 3], "relu", seed=0), tmp_path / "run")


def test_a_checkpoint_of_the_same_model_goes_on_to_the_same_bits(tmp_path):
    whole, broken = Pair(), Pair()
    train(whole, tmp_path / "whole", epochs=4)
    train(broken, tmp_path / "broken", epochs=2)
    train(resumed := Pair(), tmp_path / "broken", epochs=4)
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(resumed.state_dict()[name], array)


def generator(params: list[Any]) -> Any:
    return (each for each in params)


def values_of_a_dict(params: list[Any]) -> Any:
    return dict(enumerate(params)).values()


def keys_of_a_dict(params: list[Any]) -> Any:
    return dict.fromkeys(params).keys()


OPTIMISERS = (nn.SGD, nn.Adam, nn.AdamW, nn.RMSprop, nn.Adagrad)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("kind", [set, frozenset])
def test_parameters_in_a_set_are_refused_since_they_have_no_order(optimiser, kind):
    with pytest.raises(TypeError, match=f"in an order, got a {kind.__name__}"):
        optimiser(kind(Pair().parameters()), lr=0.1)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("given", [tuple, iter, generator, values_of_a_dict, keys_of_a_dict])
def test_parameters_in_anything_that_has_an_order_are_kept_in_it(optimiser, given):
    params = list(Pair().parameters())
    assert [id(p) for p in optimiser(given(params), lr=0.1).params] == [id(p) for p in params]


def test_after_fit_a_model_predicts_without_dropout(tmp_path):
    model = nn.Sequential(nn.Linear(3, 3, rng=0), nn.Dropout(0.5, rng=0))
    train(model, tmp_path / "run")
    assert not any(part.training for part in model.modules())
    np.testing.assert_array_equal(model(X).data, model(X).data)


def test_fit_goes_on_in_training_mode_after_a_fit(tmp_path):
    """Dropout draws in the second fit too, so that it is the run that was never stopped."""

    def model() -> nn.Module:
        return nn.Sequential(nn.Linear(3, 3, rng=0), nn.Dropout(0.5, rng=0))

    whole, broken = model(), model()
    train(whole, tmp_path / "whole", epochs=4)
    train(broken, tmp_path / "broken", epochs=2)
    train(broken, tmp_path / "broken", epochs=4)
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(broken.state_dict()[name], array)
