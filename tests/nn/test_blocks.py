"""Dropout, LayerNorm, Residual, Flatten: on Tensors, on Values, and what they refuse."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value

LAYER_NORM = json.loads(
    (Path(__file__).parent / "recorded" / "layer_norm.json").read_text(encoding="utf-8")
)


def values(numbers: Any) -> Any:
    made = np.empty(np.shape(numbers), object)
    for index, number in np.ndenumerate(np.asarray(numbers, float)):
        made[index] = Value(number)
    return made


def plain(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x.data
    return np.array([each.data for each in x.flat]).reshape(x.shape)


# Dropout ------------------------------------------------------------------------------------------


def test_what_is_not_dropped_is_divided_by_its_probability() -> None:
    out = nn.Dropout(0.2, rng=0)(np.ones(1000))
    assert set(out.tolist()) == {0.0, 1 / 0.8}


def test_the_share_dropped_is_p() -> None:
    """Of 10⁵, so that five standard deviations of the share are 0.0072."""
    out = nn.Dropout(0.3, rng=1)(np.ones(100_000))
    assert (out == 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / 1e5))


def test_every_call_drops_anew_and_a_seed_drops_the_same_again() -> None:
    first, second = nn.Dropout(0.5, rng=3), nn.Dropout(0.5, rng=3)
    x = np.ones(64)
    a, b = first(x).tolist(), first(x).tolist()
    assert a != b
    assert [second(x).tolist(), second(x).tolist()] == [a, b]


def test_a_dropped_element_gets_no_gradient() -> None:
    x = Tensor(np.ones(50))
    out = nn.Dropout(0.5, rng=0)(x)
    out.sum().backward()
    assert x.grad.tolist() == out.data.tolist()


def test_outside_of_training_nothing_is_dropped_or_drawn() -> None:
    dropout = nn.Dropout(0.5, rng=0)
    before = dropout.generator.bit_generator.state
    x = Tensor(np.ones(9))
    assert dropout.eval()(x) is x
    assert dropout.generator.bit_generator.state == before


def test_a_network_of_scalars_drops_the_same_units() -> None:
    model = nn.Sequential(nn.Layer(3, 20, "tanh", rng=0), nn.Dropout(0.5, rng=4), nn.Linear(20, 1))
    x = np.ones((2, 3))
    scalars = model.scalars()
    np.testing.assert_allclose(plain(scalars(x)), model(x).data, rtol=1e-13)


def test_dropout_keeps_the_precision() -> None:
    assert nn.Dropout(0.5, rng=0)(Tensor(np.ones(3, np.float16))).dtype == np.float16


def test_a_models_generators_are_found_by_name() -> None:
    model = nn.Sequential(nn.Dropout(0.1, rng=0), nn.Residual(nn.Dropout(0.1, rng=0)))
    assert [name for name, _ in model.named_generators()] == [
        "layers.0.generator",
        "layers.1.inner.layers.0.generator",
    ]


@pytest.mark.parametrize("p", [1.0, -0.1, np.nan])
def test_a_probability_is_from_0_and_less_than_1(p: float) -> None:
    with pytest.raises(ValueError, match="p must be"):
        nn.Dropout(p, rng=0)


def test_dropout_wants_a_seed() -> None:
    with pytest.raises(TypeError, match="rng must be"):
        nn.Dropout(0.5, rng=None)  # type: ignore[arg-type]


# LayerNorm ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Tensor, values])
@pytest.mark.parametrize("case", LAYER_NORM["cases"], ids=lambda case: str(case["shape"]))
def test_layer_norm_is_pytorchs(make: Any, case: Any) -> None:
    x, norm = make(case["x"]), nn.LayerNorm(case["shape"], eps=case["eps"])
    norm.load_state_dict({"weight": case["weight"], "bias": case["bias"]})
    if make is values:
        norm = norm.scalars()
    out = norm(x)
    np.testing.assert_allclose(plain(out), case["out"], rtol=1e-12, atol=1e-13)
    product = out * np.array(case["cotangent"])
    total = product.sum()
    total.backward()
    grads = x.grad if make is Tensor else [each.grad for each in x.flat]
    np.testing.assert_allclose(np.ravel(grads), np.ravel(case["grad"]), rtol=1e-10, atol=1e-12)


def test_a_normalised_example_has_mean_0_and_variance_1() -> None:
    out = nn.LayerNorm(64, eps=0.0)(np.random.default_rng(0).normal(3, 7, (5, 64))).data
    np.testing.assert_allclose(out.mean(axis=1), 0, atol=1e-15)
    np.testing.assert_allclose(out.var(axis=1), 1, rtol=1e-14)


def test_equal_elements_become_the_bias() -> None:
    x = Tensor(np.full((1, 4), 7.0))
    out = nn.LayerNorm(4)(x)
    out.sum().backward()
    assert out.data.tolist() == [[0.0] * 4]
    assert np.isfinite(x.grad).all()


def test_a_plain_layer_norm_has_no_parameters() -> None:
    norm = nn.LayerNorm((2, 3), affine=False)
    assert list(norm.parameters()) == []
    assert repr(norm) == "LayerNorm(2 × 3, no weight)  0 parameters"


def test_layer_norm_keeps_the_precision() -> None:
    norm = nn.LayerNorm(3, dtype=np.float32)
    assert norm(Tensor(np.eye(3, dtype=np.float32))).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.LayerNorm(0), ValueError, "a size of LayerNorm must be a positive integer"),
        (lambda: nn.LayerNorm(()), ValueError, "at least one size"),
        (lambda: nn.LayerNorm(2.0), TypeError, "positive integer, got 2.0"),  # type: ignore[arg-type]
        (lambda: nn.LayerNorm(3, eps=-1), ValueError, "eps must be"),
        (lambda: nn.LayerNorm(3)(np.ones((3, 4))), ValueError, r"are \(3,\), got shape \(3, 4\)"),
        (nn.Residual, ValueError, "at least one part"),
        (lambda: nn.Residual(nn.Linear(2, 1))(np.ones((3, 2))), ValueError, "keeps the shape"),
        (lambda: nn.Flatten(-1), ValueError, "start_axis must be a positive integer, got -1"),
        (lambda: nn.Flatten(2)(np.ones((3, 4))), ValueError, r"more than 2 axes, got shape \(3, 4"),
    ],
)
def test_bad_input_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# Residual and Flatten -----------------------------------------------------------------------------


def test_a_residual_adds_what_goes_in() -> None:
    inner = nn.Layer(3, 3, "tanh", rng=0)
    x = np.random.default_rng(0).normal(size=(4, 3))
    assert nn.Residual(inner)(x).data.tolist() == (x + inner(x).data).tolist()


def test_the_gradient_of_a_residual_passes_around_its_parts() -> None:
    """With parts that give 0, ∂(x + f(x)) is 1."""
    x = Tensor([1.0, 2.0])
    nn.Residual(nn.Linear(2, 2, init="zeros"))(x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_residuals_and_norms_of_scalars_compute_the_same() -> None:
    model = nn.Sequential(nn.Residual(nn.LayerNorm(4), nn.Layer(4, 4, "gelu", rng=0)), nn.Flatten())
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(plain(model.scalars()(x)), model(x).data, rtol=1e-12)


@pytest.mark.parametrize(
    ("start", "shape"), [(0, (24,)), (1, (2, 12)), (2, (2, 3, 4))], ids=["0", "1", "2"]
)
@pytest.mark.parametrize("make", [Tensor, values])
def test_flatten_makes_one_axis_of_the_rest(make: Any, start: int, shape: Any) -> None:
    numbers = np.arange(24.0).reshape(2, 3, 4)
    out = nn.Flatten(start)(make(numbers))
    assert out.shape == shape
    assert plain(out).ravel().tolist() == numbers.ravel().tolist()


def test_flatten_keeps_an_empty_batch() -> None:
    assert nn.Flatten()(np.ones((0, 3, 4))).shape == (0, 12)
