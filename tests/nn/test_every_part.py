"""Every layer, loss, optimiser, schedule and strategy: exported, in a table of tests, on the page.

``parts.py`` finds them. What this file asks of a new layer is a row in EXAMPLES, of the others a
row in the tables that it names.
"""

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parts import ACTIVATIONS, LAYERS, LOSSES, MODULES, OPTIMISERS, SCHEDULES, defined_in, names
from test_losses import NOT_IN_PYTORCH
from test_schedules import ALL

import init
import nn
from autograd import Tensor, gradcheck
from init.families import Scattered
from init.strategy import Strategy

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "nn.md").read_text(encoding="utf-8")
FAMILIES = {
    "layers": LAYERS, "activations": ACTIVATIONS, "losses": LOSSES, "optimisers": OPTIMISERS,
}  # fmt: skip


class OfTokens(nn.Module):
    """A table's vectors for two tokens, times an input: tokens themselves have no gradient."""

    def __init__(self, table: nn.Embedding) -> None:
        self.table = table

    def forward(self, x: Any) -> Any:
        return self.table([1, 4]) * x


# A layer, with the shape of one of its inputs.
EXAMPLES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "Activation": (lambda: nn.Activation("softplus", beta=2.0), (3, 4)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2), (2, 5)),
    "AvgPool2d": (lambda: nn.AvgPool2d((2, 1), padding=1), (2, 3, 2)),
    "AvgPool3d": (lambda: nn.AvgPool3d(2, stride=1), (2, 3, 2)),
    "Conv1d": (lambda: nn.Conv1d(2, 4, 3, padding="same", groups=2, rng=0), (2, 2, 4)),
    "Conv2d": (lambda: nn.Conv2d(1, 2, 3, padding=1, rng=0), (2, 1, 3, 4)),
    "Conv3d": (lambda: nn.Conv3d(1, 2, (1, 2, 2), bias=False, rng=0), (1, 2, 3, 3)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(2, 1, 2, stride=2, rng=0), (2, 2, 3)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 2, 2, groups=2, rng=0), (2, 2, 2)),
    "ConvTranspose3d": (lambda: nn.ConvTranspose3d(1, 1, (1, 2, 1), rng=0), (1, 2, 2, 2)),
    "Dropout": (lambda: nn.Dropout(0.5, rng=0), (3, 4)),
    "Embedding": (lambda: OfTokens(nn.Embedding(5, 3, padding_idx=0, rng=0)), (2, 3)),
    "Flatten": (nn.Flatten, (2, 3, 2)),
    "Layer": (lambda: nn.Layer(4, 3, "tanh", rng=0), (2, 4)),
    "LayerNorm": (lambda: nn.LayerNorm(4), (2, 4)),
    "Linear": (lambda: nn.Linear(4, 3, rng=0), (2, 4)),
    "MaxPool1d": (lambda: nn.MaxPool1d(2), (2, 5)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2, stride=1, padding=1), (2, 3, 2)),
    "MaxPool3d": (lambda: nn.MaxPool3d((1, 2, 2)), (2, 3, 2)),
    "MLP": (lambda: nn.MLP([4, 3, 2], "tanh", seed=0), (2, 4)),
    "MultiheadAttention": (lambda: nn.MultiheadAttention(4, 2, rng=0), (2, 3, 4)),
    "Neuron": (lambda: nn.Neuron(4, "tanh", rng=0), (2, 4)),
    "Residual": (lambda: nn.Residual(nn.Linear(4, 4, rng=0)), (2, 4)),
    "Sequential": (lambda: nn.Sequential(nn.Linear(4, 3, rng=0), nn.Tanh()), (2, 4)),
}


def recorded(file: str, kind: str, key: str) -> set[str]:
    """The names in a file of PyTorch's results."""
    content = json.loads((HERE / "recorded" / file).read_text(encoding="utf-8"))
    return {case[key] for case in content[kind]}


# There is one, and it is found -------------------------------------------------------------------


def test_parts_are_found_by_reading_the_files() -> None:
    assert {nn.Linear, nn.LayerNorm, nn.MLP, nn.ReLU} <= set(MODULES)
    assert {nn.mse, nn.cross_entropy} <= set(LOSSES)
    assert {nn.SGD, nn.Adagrad} <= set(OPTIMISERS)
    assert {nn.schedules.Cosine, nn.schedules.Warmup} <= set(SCHEDULES)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_part_is_exported_under_its_name(family: str) -> None:
    missing = [
        each.__name__
        for each in FAMILIES[family]
        if each.__name__ not in nn.__all__ or getattr(nn, each.__name__) is not each
    ]
    assert missing == []


def test_every_schedule_is_exported_by_its_module() -> None:
    assert names(SCHEDULES) <= set(nn.schedules.__all__)


@pytest.mark.parametrize("family", [*FAMILIES, "schedules"])
def test_every_part_is_on_the_page(family: str) -> None:
    """If this fails, run `python docs/generate.py`."""
    found = SCHEDULES if family == "schedules" else FAMILIES[family]
    assert [name for name in names(found) if f"| `{name}` |" not in PAGE] == []


def test_every_strategy_is_on_the_page() -> None:
    assert [name for name in init.available() if f"| `{name}` |" not in PAGE] == []


def test_every_kind_of_strategy_has_a_name() -> None:
    classes = [each for each in defined_in(init) if isinstance(each, type)]
    kinds = {each for each in classes if issubclass(each, Strategy)}
    assert kinds - {Strategy, Scattered} == {type(init.get(name)) for name in init.available()}


# There is a row for it in its table --------------------------------------------------------------


def test_every_layer_has_an_example_here() -> None:
    assert set(EXAMPLES) == names(LAYERS)


def test_every_loss_is_compared_with_pytorchs_or_known_to_have_none() -> None:
    assert recorded("losses.json", "losses", "name") | NOT_IN_PYTORCH == names(LOSSES)


def test_every_optimiser_is_compared_with_pytorchs() -> None:
    assert recorded("optimisers.json", "runs", "optimizer") == names(OPTIMISERS)


def test_every_schedule_has_an_example_in_test_schedules() -> None:
    assert {type(each).__name__ for each in ALL} == names(SCHEDULES)


# What holds for every layer ----------------------------------------------------------------------


@pytest.fixture(params=EXAMPLES)
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, Any]:
    make, shape = EXAMPLES[request.param]
    return make().eval(), np.random.default_rng(5).uniform(0.1, 1.0, shape)


def numbers(outputs: Any) -> Any:
    if isinstance(outputs, Tensor):
        return outputs.data
    outputs = np.asarray(outputs, object)
    plain = [getattr(each, "data", each) for each in outputs.flat]
    return np.array(plain, float).reshape(outputs.shape)


def test_its_gradients_are_right(case: tuple[nn.Module, Any]) -> None:
    layer, x = case
    y = layer(x)
    weights = np.linspace(1.0, 2.0, y.size).reshape(y.shape)  # a sum of LayerNorm's is constant
    gradcheck(lambda x: (layer(x) * weights).sum(), x)


def test_its_scalars_compute_the_same(case: tuple[nn.Module, Any]) -> None:
    layer, x = case
    np.testing.assert_allclose(numbers(layer.scalars()(x)), numbers(layer(x)), rtol=1e-13)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_of_it_computes_the_same_bits(case: tuple[nn.Module, Any], copied: Any) -> None:
    layer, x = case
    np.testing.assert_array_equal(numbers(copied(layer)(x)), numbers(layer(x)))


def test_its_state_can_be_loaded_into_another(case: tuple[nn.Module, Any]) -> None:
    layer, x = case
    other = copy.deepcopy(layer)
    for parameter in other.parameters():
        parameter.data = parameter.data + 1.0
    other.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(numbers(other(x)), numbers(layer(x)))
