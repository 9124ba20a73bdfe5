"""Optimisers against PyTorch's, recorded by record_optimisers.py: 100 steps to 1e-12."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parts import OPTIMISERS

import nn
from autograd import Tensor, Value

RECORDED = json.loads(
    (Path(__file__).parent / "recorded" / "optimisers.json").read_text(encoding="utf-8")
)
RUNS = RECORDED["runs"]


def gradient(theta: Any, step: int) -> Any:
    scale, noise = np.array(RECORDED["scale"]), np.array(RECORDED["noise"][step])
    return (theta - 1) * scale + np.sin(3 * theta) + noise


def name_of(run: dict[str, Any]) -> str:
    return f"{run['optimizer']} {run['settings']}"


@pytest.mark.lecture("S19")
@pytest.mark.parametrize("run", RUNS, ids=name_of)
def test_a_hundred_steps_are_pytorchs(run: Any) -> None:
    theta = Tensor(RECORDED["start"])
    optimizer = getattr(nn, run["optimizer"])([theta], **run["settings"])
    for step in range(100):
        theta.grad = gradient(theta.data, step)
        optimizer.step()
        if step % 10 == 9:
            np.testing.assert_allclose(theta.data, run["path"][step // 10], rtol=0, atol=1e-12)


@pytest.mark.parametrize("run", RUNS, ids=name_of)
def test_values_move_as_tensors_do(run: Any) -> None:
    thetas = [Value(x) for x in RECORDED["start"]]
    optimizer = getattr(nn, run["optimizer"])(thetas, **run["settings"])
    for step in range(100):
        grads = gradient(np.array([theta.data for theta in thetas]), step)
        for theta, grad in zip(thetas, grads.tolist(), strict=True):
            theta.grad = grad
        optimizer.step()
    assert [type(theta.data) for theta in thetas] == [float] * 4
    np.testing.assert_allclose([t.data for t in thetas], run["path"][-1], rtol=0, atol=1e-12)


# State --------------------------------------------------------------------------------------------


def go(theta: Any, optimizer: nn.Optimizer, steps: range) -> None:
    for step in steps:
        theta.grad = gradient(theta.data, step)
        optimizer.step()


@pytest.mark.parametrize("run", RUNS, ids=name_of)
def test_a_state_that_was_kept_goes_on_to_the_same_bits(run: Any) -> None:
    kind = getattr(nn, run["optimizer"])
    theta = Tensor(RECORDED["start"])
    optimizer = kind([theta], **run["settings"])
    go(theta, optimizer, range(5))
    again = Tensor(theta.data)
    resumed = kind([again])
    resumed.load_state_dict(optimizer.state_dict())
    assert repr(resumed) == repr(optimizer)
    go(theta, optimizer, range(5, 9))
    go(again, resumed, range(5, 9))
    assert again.data.tobytes() == theta.data.tobytes()


def test_a_state_is_a_copy() -> None:
    theta = Tensor([1.0, 2.0, 3.0, 4.0])
    adam = nn.Adam([theta])
    go(theta, adam, range(1))
    state = adam.state_dict()
    before = copy.deepcopy(state)
    state["memory"][0]["mean"][:] = 99.0
    other = nn.Adam([Tensor(np.zeros(4))])
    other.load_state_dict(before)
    before["memory"][0]["mean"][:] = 99.0
    go(theta, adam, range(1, 2))
    assert adam.state_dict()["memory"][0]["mean"].max() < 99.0 * 0.8
    assert other.state_dict()["memory"][0]["mean"].max() < 99.0 * 0.8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "SGD"}, "it is of SGD"),
        ({"settings": {"lr": 1.0}}, r"it has settings \['lr'\], not"),
        ({"memory": []}, "it is of 0 parameters, not 1"),
        ({"memory": [{"mean": np.zeros(3)}]}, r"'mean' of parameter 0 has shape \(3,\), expected"),
    ],
)
def test_a_foreign_state_is_refused_and_nothing_is_changed(change: Any, message: str) -> None:
    theta = Tensor(np.zeros(4))
    adam = nn.Adam([theta])
    go(theta, adam, range(2))
    before = adam.state_dict()
    with pytest.raises(ValueError, match=message):
        adam.load_state_dict({**nn.Adam([Tensor(np.ones(4))]).state_dict(), **change})
    after = adam.state_dict()
    assert after["memory"][0]["mean"].tolist() == before["memory"][0]["mean"].tolist()


def test_a_state_that_lacks_a_part_or_is_none_is_refused() -> None:
    adam = nn.Adam([Value(1.0)])
    with pytest.raises(ValueError, match="missing 'memory'"):
        adam.load_state_dict({"optimizer": "Adam", "settings": adam.settings})
    with pytest.raises(TypeError, match="a state_dict is a mapping, got a list"):
        adam.load_state_dict([])  # type: ignore[arg-type]


# At the edges -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OPTIMISERS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_parameters_keep_their_precision_and_memory_has_float32_at_least(
    kind: Any, dtype: Any
) -> None:
    theta = Tensor(np.ones(2, dtype))
    optimizer = kind([theta], lr=0.1, weight_decay=0.1)
    for _ in range(2):
        theta.grad = np.ones(2, dtype)
        optimizer.step()
    (memory,) = optimizer.state_dict()["memory"]
    assert theta.dtype == dtype
    assert {np.asarray(found).dtype for key, found in memory.items() if key != "step"} <= {
        np.promote_types(dtype, np.float32)  # moments of float16 would underflow
    }


@pytest.mark.parametrize("kind", [nn.Adam, nn.AdamW, nn.RMSprop, nn.Adagrad])
def test_a_gradient_of_zero_moves_nothing(kind: Any) -> None:
    """0 / (√0 + eps) is 0."""
    for theta in (Tensor([2.0]), Value(2.0)):
        theta.grad = theta.data * 0.0
        kind([theta], weight_decay=0.0).step()
        assert float(np.ravel(theta.data)[0]) == 2.0


def test_a_centred_mean_square_is_never_below_zero() -> None:
    """Of equal gradients v − m² is 0 but for rounding, and its root must not be nan."""
    theta = Tensor([1.0])
    optimizer = nn.RMSprop([theta], alpha=0.5, centered=True)
    for _ in range(60):
        theta.grad = np.array([0.7])
        optimizer.step()
    assert np.isfinite(theta.data).all()


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (nn.Adam, {"betas": (1.0, 0.9)}, r"betas\[0\] must be at least 0 and less than 1, got 1.0"),
        (nn.Adam, {"betas": (0.9,)}, "betas must be two"),
        (nn.AdamW, {"eps": -1.0}, "eps must be finite and at least 0, got -1.0"),
        (nn.RMSprop, {"alpha": 1.0}, "alpha must be at least 0 and less than 1, got 1.0"),
        (nn.RMSprop, {"momentum": -0.1}, "momentum must be"),
        (nn.Adagrad, {"lr_decay": -0.1}, "lr_decay must be"),
        (nn.SGD, {"dampening": 0.1, "momentum": 0.1, "nesterov": True}, "without dampening"),
    ],
)
def test_settings_out_of_range_are_refused(kind: Any, settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind([Value(1.0)], **settings)


def _stepped(*params: Tensor) -> nn.Adam:
    adam = nn.Adam(params)
    sum(((p * p).sum() for p in params), start=Value(0.0)).backward()
    adam.step()
    return adam


@pytest.mark.parametrize("has_stepped", [True, False])
def test_a_state_of_parameters_in_another_order_is_refused(has_stepped: bool) -> None:
    w, v = (Tensor(np.ones(2), label=name) for name in "wv")
    state = (_stepped(w, v) if has_stepped else nn.Adam([w, v])).state_dict()
    other = nn.Adam([v, w])
    before = other.state_dict()
    with pytest.raises(ValueError, match=r"parameter 0 was w of shape \(2,\), and here it is v"):
        other.load_state_dict(state)
    assert other.state_dict() == before


def test_a_state_of_other_shapes_is_refused_before_the_first_step_too() -> None:
    a, b = Tensor(np.ones(2)), Tensor(np.ones(3))
    with pytest.raises(ValueError, match=r"parameter 1 was one of shape \(3,\), and here it is"):
        nn.Adam([b, a]).load_state_dict(nn.Adam([a, b]).state_dict())


def test_a_state_of_0_1_that_tells_no_names_is_loaded() -> None:
    w = Tensor(np.ones(2), label="w")
    state = _stepped(w).state_dict()
    del state["names"], state["shapes"]
    adam = nn.Adam([w])
    adam.load_state_dict(state)
    assert adam.state_dict()["memory"][0]["step"] == 1
