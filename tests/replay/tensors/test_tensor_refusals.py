"""A jitted function of Tensors that can't be replayed is refused, with advice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from long_doubles import EXTENDED

import autograd
import nn
from autograd import Tensor, jit, where

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 3))
W = RNG.standard_normal((3, 4))
LABELS = np.array([2, 0, 1, 1, 2])


# Refused -----------------------------------------------------------------------------------------

READS = {
    "float": lambda x: x.sum() * float(x.sum()),
    "int": lambda x: x.sum() * int(x.sum()),
    "item": lambda x: x.sum() * x.sum().item(),
    "tolist": lambda x: x.sum() * x.tolist()[0][0],
    "data": lambda x: (x * x.data).sum(),
    "asarray": lambda x: (x * np.asarray(x)).sum(),
    "math": lambda x: x.sum() * __import__("math").exp(x[0, 0]),
    "argmax": lambda x: x[np.argmax(x[:, 0])].sum(),
    "argsort": lambda x: x[np.argsort(x[:, 0])].sum(),
    "sorted": lambda x: x.sum() * len(f"{x.sum():.3f}"),
    "backward": lambda x: x.sum().backward(),
}


@pytest.mark.parametrize("name", READS)
def test_a_number_that_is_read_in_the_function_is_refused(name: str) -> None:
    weight = Tensor(np.ones(3))
    fast = jit(lambda x: READS[name](x * weight), tensors=True)
    with pytest.raises(TypeError, match="inside a function that is being recorded"):
        fast(X)
    assert type(weight) is Tensor
    np.testing.assert_array_equal(weight.data, np.ones(3))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X * 1j, "real numbers .*, got an array of complex128"),
        pytest.param(X.astype(np.longdouble), "array of (float128|longdouble)", marks=EXTENDED),
        (np.array(["a"]), "real numbers .*, got an array of <U1"),
        ({1.0}, "got a set"),
        (object(), "got an object"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), "fill the masked array first"),
    ],
    ids=["complex", "long", "text", "a set", "an object", "masked"],
)
def test_what_is_no_real_number_is_refused(x: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        jit(lambda x: (x * x).sum(), tensors=True)(x)


def test_messages_say_tensor_and_where_an_object_was() -> None:
    with pytest.raises(TypeError, match="a Tensor is no count and no index"):
        jit(lambda x: x * len(range(x[0, 0])), tensors=True)(X)
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'flags'"):
        jit(lambda x: x.flags, tensors=True)(X)
    with pytest.raises(TypeError, match="the function returned an object, and a replay gives"):
        jit(lambda x: object(), tensors=True)(X)
    with pytest.raises(TypeError, match=r"returned an object at \['a'\], and a replay gives"):
        jit(lambda x: {"a": object()}, tensors=True)(X)


def test_what_changes_between_calls_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="something that changes between calls"):
        jit(lambda x: (x * rng.random(3)).sum(), tensors=True)(X)


def test_only_one_number_has_a_gradient() -> None:
    with pytest.raises(TypeError, match=r"returns an array of shape \(5,\)"):
        jit(lambda x: x.sum(1), tensors=True).value_and_grad(X)


def test_a_tensor_that_the_function_stores_outside_is_refused() -> None:
    """A replay wouldn't renew it. What is stored is a Tensor like any other."""
    stored: list[Any] = []

    def f(x: Any) -> Any:
        stored.append(x.mean(0))
        return (x - stored[-1]).sum()

    with pytest.raises(TypeError, match="return it instead"):
        jit(f, tensors=True)(X)
    np.testing.assert_allclose((2 * stored[0]).data, 2 * X.mean(0))


def test_a_constant_that_the_function_stores_outside_is_fine() -> None:
    ones: dict[int, Any] = {}

    def f(x: Any) -> Any:
        n = x.shape[1]
        if n not in ones:
            ones[n] = 2.0 * Tensor(np.ones(n), requires_grad=False)
        return (x * ones[n]).sum()

    fast = jit(f, tensors=True)
    assert fast(X) == pytest.approx(2 * X.sum())
    assert fast(X[:2]) == pytest.approx(2 * X[:2].sum())
    np.testing.assert_array_equal(ones[3].data, np.full(3, 2.0))


def test_lanes_are_refused() -> None:
    fast = jit(lambda x: x.sum(), tensors=True)
    for call in (fast.map, fast.map_value_and_grad, lambda x: fast.open(x, in_axes=0)):
        with pytest.raises(TypeError, match="give it the whole batch"):
            call(X)


@pytest.mark.parametrize("theta", [W, W.ravel()[:3], W.ravel().astype(np.float32), None])
def test_parameters_that_dont_fit_are_refused(theta: Any) -> None:
    fast = jit(lambda x: x.sum(), parameters=[Tensor(W)])
    for call in (fast, fast.value_and_grad, fast.open):
        with pytest.raises(TypeError, match=r"float64 of shape \(12,\)"):
            call(theta, X)


@pytest.mark.parametrize("bad", [3, -1])
def test_a_label_out_of_range_is_told_in_the_first_call_too(bad: int) -> None:
    with pytest.raises(ValueError, match=f"labels must be from 0 to 2, got {bad}"):
        jit(nn.cross_entropy, tensors=True)(X, np.array([0, 1, 2, 0, bad]))


def test_a_number_too_large_for_a_float_is_refused() -> None:
    fast = jit(lambda x: x * 2, tensors=True)
    assert fast(10**30) == 2e30
    with pytest.raises(ValueError, match="a number too large for a float"):
        fast(10**400)


def test_whole_numbers_beyond_int64_are_refused() -> None:
    """They were taken for negative ones."""
    large = np.array([2**63 + 2**60], np.uint64)
    fast = jit(lambda x, k: (x * k).sum(), tensors=True)
    assert fast(np.ones(1), np.array([2**60], np.uint64)) == 2.0**60
    for f in (fast, jit(lambda x, k: (x * large).sum() + k.sum(), tensors=True)):
        with pytest.raises(ValueError, match="int64, up to 9223372036854775807, got 10376293541"):
            f(np.ones(1), large)


def test_a_label_out_of_range_is_named_and_the_next_call_is_right() -> None:
    fast = jit(nn.cross_entropy, tensors=True)
    expected = fast.value_and_grad(X, LABELS)
    for wrong in (3, -1):
        with pytest.raises(ValueError, match=f"labels must be from 0 to 2, got {wrong}"):
            fast.value_and_grad(X, np.where(LABELS == 2, wrong, LABELS))
    value, found = fast.value_and_grad(X, LABELS)
    assert value == expected[0]
    np.testing.assert_array_equal(found, expected[1])


@pytest.mark.parametrize(
    "take",
    [lambda x, i: x[i], autograd.embedding, lambda x, i: x[i, 0 * i]],
    ids=["rows", "embedding", "elements"],
)
def test_an_index_out_of_range_is_named_and_the_next_call_is_right(take: Any) -> None:
    fast = jit(lambda x, i: take(x, i).sum(), tensors=True)
    places = np.array([0, 2])
    expected = fast(X, places)
    for wrong in ([0, 5], [-6, 0]):
        with pytest.raises(IndexError, match=f"index {wrong[0] or wrong[1]} is out"):
            fast(X, np.array(wrong))
    assert fast(X, places) == expected


def test_an_embedding_takes_no_index_from_the_end() -> None:
    fast = jit(lambda x, i: autograd.embedding(x, i).sum(), tensors=True)
    fast(X, np.array([0, 1]))
    with pytest.raises(IndexError, match="index -1 is outside of a table of 5 rows"):
        fast(X, np.array([0, -1]))


def test_an_error_in_the_function_leaves_the_next_call_right() -> None:
    def f(x: Any) -> Any:
        if x.shape[0] == 2:
            raise RuntimeError("mine")
        return x.sum()

    fast = jit(f, tensors=True)
    fast(X)
    with pytest.raises(RuntimeError, match="mine"):
        fast(X[:2])
    assert fast(X) == pytest.approx(X.sum())


# 0·∞, nan ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: (x * autograd.sqrt(x)).sum(), [0.0, 3.0]),
        (lambda x: where(x > 1, autograd.log(x), 0.0).sum(), [0.0, 0.25]),
        (lambda x: autograd.sqrt(x * x).sum(), [0.0, 1.0]),
        (lambda x: (autograd.sqrt(x) ** 2).sum(), [0.0, 1.0]),
    ],
    ids=["x sqrt x", "where", "abs", "sqrt squared"],
)
def test_zero_times_infinity_is_what_the_walk_says(f: Any, expected: Any) -> None:
    x = np.array([0.0, 4.0])
    fast = jit(f, tensors=True)
    np.testing.assert_allclose(fast.value_and_grad(x)[1], expected, rtol=1e-14)
    with autograd.no_grad():
        np.testing.assert_allclose(fast.value_and_grad(x)[1], expected, rtol=1e-14)


def test_nan_and_infinity_are_not_hidden() -> None:
    fast = jit(lambda x: (x * x).sum(), tensors=True)
    value, found = fast.value_and_grad(np.array([np.nan, np.inf, 1.0]))
    assert np.isnan(value)
    np.testing.assert_array_equal(found, [np.nan, np.inf, 2.0])


def test_whole_numbers_may_go_through_a_function_of_numpy():
    """They are taken by their values: for others there is another recording."""
    fast = jit(lambda x, k: x[np.minimum(k, 1)].sum(), tensors=True)
    x = np.array([1.5, 2.0, 3.0])
    assert fast(x, np.array([0, 2])) == 3.5
    assert fast(x, np.array([0, 0])) == 3.0
