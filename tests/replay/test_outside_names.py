"""A name that a recorded function takes from outside may be given another object."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, jit

scale: Any = 2.0
steps = [1.0, 2.0]


def times_scale(x: Any) -> Any:
    return x * scale


def of_another(x: Any) -> Any:
    return times_scale(x) + 1.0


def of_a_list(x: Any) -> Any:
    return autograd.total([x * step for step in steps])


class Scaler:
    def times(self, x: Any) -> Any:
        return x * scale


def inner_function(x: Any) -> Any:
    def inner(y: Any) -> Any:
        return y * scale

    return inner(x)


jitted = jit(times_scale)
KINDS = {"Values": {"tensors": False}, "Tensors": {"tensors": True}}


def of_a_jitted(x: Any) -> Any:
    return jitted(x)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Return what gives a name of this module another object, until the test is over."""
    return lambda name, x: monkeypatch.setitem(globals(), name, x)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    "f",
    [times_scale, inner_function, Scaler().times, partial(times_scale), of_a_jitted],
    ids=["function", "inner", "method", "partial", "jitted"],
)
def test_a_number_of_the_module_is_read_anew(f: Any, kind: Any, names: Any) -> None:
    fast = jit(f, **kind)
    for number in (2.0, 3.0, 3, 2.0, Value(5.0)):
        names("scale", number)
        factor = float(getattr(number, "data", number))
        assert fast(4.0) == 4.0 * factor
        assert fast.value_and_grad(4.0) == (4.0 * factor, factor)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_number_of_a_closure_is_read_anew(kind: Any) -> None:
    factor = 2.0
    fast = jit(lambda x: x * factor, **kind)
    assert fast(4.0) == 8.0
    factor = 3.0
    assert fast(4.0) == 12.0


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_nan_and_the_zero_of_another_sign_are_other_numbers(kind: Any, names: Any) -> None:
    fast = jit(times_scale, **kind)
    for number in (2.0, float("nan"), 2.0, 0.0, -0.0):
        names("scale", number)
        assert str(float(fast(4.0))) == str(4.0 * number)


def test_lanes_take_the_number_of_now(names: Any) -> None:
    fast = jit(times_scale)
    for number in (2.0, 3.0):
        names("scale", number)
        assert fast.map(np.array([1.0, 2.0])).tolist() == [number, 2.0 * number]
        _, found = fast.map_value_and_grad(np.array([1.0, 2.0]), reduce="sum")
        assert found.tolist() == [number, number]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_function_that_is_called_by_its_name_may_be_another(kind: Any, names: Any) -> None:
    fast = jit(of_another, **kind)
    assert fast(4.0) == 9.0
    names("scale", 3.0)
    assert fast(4.0) == 13.0
    names("times_scale", lambda x: -x)
    assert fast(4.0) == -3.0


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_list_that_changes_is_read_anew(kind: Any, names: Any) -> None:
    names("steps", [1.0, 2.0])
    fast = jit(of_a_list, **kind)
    assert fast(4.0) == 12.0
    steps.append(3.0)
    assert fast(4.0) == 24.0
    steps[0] = -5.0
    assert fast(4.0) == 0.0


def test_so_is_a_list_that_says_a_shape_or_a_width() -> None:
    widths, settings = [(0, 1)], {"axis": 0}
    fast = jit(lambda x: (autograd.pad(x, widths).size, x.sum(**settings)), tensors=True)
    x = np.ones((2, 3))
    fast(x[0])
    widths[0] = (2, 2)
    assert fast(x[0])[0] == 7
    summed = jit(lambda x: x.sum(**settings), tensors=True)
    assert summed(x).shape == (3,)
    settings["axis"] = 1
    assert summed(x).shape == (2,)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_the_function_itself_counts_is_no_change(kind: Any) -> None:
    runs: list[int] = []
    count = 0

    def f(x: Any) -> Any:
        nonlocal count
        count += 1
        runs.append(count)
        return x * 2.0

    fast = jit(f, **kind)
    assert fast(1.0) == 2.0
    once = count
    assert fast(3.0) == 6.0
    assert count == once == len(runs)


def test_the_same_number_again_records_nothing(names: Any) -> None:
    runs: list[int] = []

    def f(x: Any) -> Any:
        runs.append(1)
        return x * scale

    fast = jit(f)
    fast(1.0)
    once = len(runs)
    for text in ("2.0", "2.0"):
        names("scale", float(text))
        fast(1.0)
    assert len(runs) == once
    names("scale", float("nan"))
    fast(1.0)
    once = len(runs)
    names("scale", float("nan"))
    fast(1.0)
    assert len(runs) == once


def test_a_loaded_function_watches_its_names(names: Any) -> None:
    fast = jit(times_scale)
    assert fast(4.0) == 8.0
    loaded = pickle.loads(pickle.dumps(fast))
    names("scale", 3.0)
    assert loaded(4.0) == 12.0


def test_a_tensor_in_the_place_of_another_is_used() -> None:
    weight = Tensor([1.0, 2.0])
    fast = jit(lambda x: (x * weight).sum(), tensors=True)
    assert fast(np.ones(2)) == 3.0
    weight = Tensor([3.0, 4.0])
    assert fast(np.ones(2)) == 7.0


class Settings:
    power = 1.0

    def __init__(self) -> None:
        self.factor = 2.0
        self.inner = [np.float64(1.0)]


settings = Settings()


class Scaled:
    """An object that is called, and one whose method is."""

    def __init__(self) -> None:
        self.settings, self.weight = Settings(), Tensor([1.0, 2.0])

    def __call__(self, x: Any) -> Any:
        return x * self.settings.factor

    def times(self, x: Any) -> Any:
        return (x * self.weight).sum() * self.settings.factor


def of_settings(x: Any) -> Any:
    return x * settings.factor**settings.power


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_attribute_that_the_function_names_is_read_anew(kind: Any, names: Any) -> None:
    names("settings", Settings())
    fast = jit(of_settings, **kind)
    assert fast(1.0) == 2.0
    settings.factor = 3.0
    assert fast(1.0) == 3.0
    settings.power = 2.0  # it was the class's
    assert fast(1.0) == 9.0


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_so_is_an_attribute_of_an_object_that_is_called(kind: Any) -> None:
    scaled = Scaled()
    for fast in (jit(scaled, **kind), jit(lambda x: scaled(x) * 1.0, **kind)):
        scaled.settings.factor = 2.0
        assert fast(4.0) == 8.0
        scaled.settings.factor = 3.0
        assert fast(4.0) == 12.0


def test_and_of_the_object_of_a_method() -> None:
    scaled = Scaled()
    fast = jit(scaled.times, tensors=True)
    assert fast(np.ones(2)) == 6.0
    scaled.weight = Tensor([3.0, 4.0])
    assert fast(np.ones(2)) == 14.0
    scaled.settings = Settings()
    scaled.settings.factor = 0.5
    assert fast(np.ones(2)) == 3.5


def test_a_model_that_is_called_may_be_changed() -> None:
    """Its mode, a setting, a parameter and a layer: by the eager engine."""
    model = nn.Sequential(nn.Linear(3, 4, rng=0), nn.Dropout(0.5, rng=0), nn.Layer(4, 2, rng=1))
    x = np.ones((5, 3))
    fast = jit(model, tensors=True)
    fast(x)
    changes: list[Callable[[], Any]] = [
        model.eval,
        lambda: setattr(model.layers[0], "weight", Tensor(np.ones((4, 3)))),
        lambda: setattr(model.layers[2], "weight", Tensor(np.ones((2, 4)))),
        lambda: model.layers.__setitem__(2, nn.Linear(4, 2, rng=2)),
        lambda: (setattr(model.layers[1], "p", 0.0), model.train()),
    ]
    for change in changes:
        before = fast(x)
        change()
        expected = model(Tensor(x)).data
        np.testing.assert_allclose(fast(x), expected, rtol=1e-14)
        assert change is changes[-1] or not np.allclose(before, expected)
