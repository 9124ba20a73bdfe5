"""Arrays and lists from outside that are written to in place: a replay has the new numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, concatenate, jit

X = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0]])
SIGNS = np.array([[1, -1, 1], [-1, 1, 1]])
SHARES = np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]])
TURNED = np.array([[0.0, 0.5, 0.5], [0.25, 0.25, 0.5]])

# What is made of a Tensor with something from outside; what that is; and what is written to it.
USES: dict[str, tuple[Callable[[Any, Any], Any], Any, Any]] = {
    "labels": (nn.cross_entropy, np.array([0, 1]), [2, 2]),
    "labels of int32": (nn.cross_entropy, np.array([0, 1], np.int32), [2, 2]),
    "labels in a list": (nn.cross_entropy, [0, 1], [2, 2]),
    "labels in two axes": (
        lambda x, y: nn.cross_entropy(x[..., None], y), np.array([[0], [1]]), [[2], [2]],
    ),
    "probabilities": (nn.cross_entropy, SHARES, TURNED),
    "probabilities smoothed": (
        lambda x, y: nn.cross_entropy(x, y, label_smoothing=0.1), SHARES, TURNED,
    ),
    "weights of classes": (
        lambda x, y: nn.cross_entropy(x, [0, 1], weight=y), np.ones(3), [1, 5, 1],
    ),
    "weights of classes in a list": (
        lambda x, y: nn.cross_entropy(x, [0, 1], weight=y), [1, 1, 1], [1, 5, 1],
    ),
    "weights of int": (
        lambda x, y: nn.cross_entropy(x, [0, 1], weight=y), np.array([1, 1, 1]), [1, 5, 1],
    ),
    "classes or none": (
        nn.binary_cross_entropy_with_logits, (SIGNS > 0).astype(int),
        (SIGNS < 0).astype(int),
    ),
    "targets in a list": (nn.mse, SHARES.tolist(), TURNED.tolist()),
    "an index in a list": (lambda x, y: x[y][:, 0].sum(), [0, 0], [1, 1]),
    "an index in a tuple": (lambda x, y: x[:, y].sum(), [0, 0], [1, 1]),
    "a factor in a list": (lambda x, y: (x * y).sum(), [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
    "a part": (lambda x, y: concatenate([x[0], y]).sum(), np.array([1.0, 2.0]), [4.0, 5.0]),
    "a mask beside a comparison": (
        lambda x, y: ((x[0] > 1.0) & y).sum(), np.array([True, True, True]), [True, False, False],
    ),
    "a mask before a comparison": (
        lambda x, y: (y | (x[0] > 1.0)).sum(), np.array([False, True, True]), [True, False, False],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_a_replay_has_what_was_written(name: str) -> None:
    use, outside, new = USES[name]
    outside = outside.copy()
    fast = jit(lambda x: use(x, outside), tensors=True)
    before = fast(X)
    outside[:] = new
    expected = float(np.asarray(use(Tensor(X), outside).data))
    assert before != pytest.approx(expected)
    assert fast(X) == pytest.approx(expected, rel=1e-14)


def test_a_list_of_another_length_is_recorded_again() -> None:
    factors = [1.0, 2.0, 3.0]
    fast = jit(lambda x: (x * factors).sum(), tensors=True)
    fast(X)
    del factors[1:]
    assert fast(X) == pytest.approx(X.sum(), rel=1e-14)


def test_a_list_of_another_length_that_no_name_stands_for_is_refused() -> None:
    outside = {"factors": [1.0, 2.0, 3.0]}
    fast = jit(lambda x: (x * outside["factors"]).sum(), tensors=True)
    fast(X)
    del outside["factors"][1:]
    with pytest.raises(ValueError, match=r"from outside has shape \(1,\) now, and had \(3,\)"):
        fast(X)


def test_a_replay_goes_on_while_another_thread_records_with_the_same_tensor() -> None:
    """Meanwhile the Tensor is sealed."""
    shared = Tensor([1.0, 2.0, 3.0])
    replayed = jit(lambda x: (x * shared).sum(), tensors=True)
    replayed(X)
    found: list[Any] = []

    def slow(x: Any) -> Any:
        z = x * shared
        found.append(replayed_elsewhere())
        return z.sum()

    def replayed_elsewhere() -> Any:
        answer: list[Any] = []
        thread = threading.Thread(target=lambda: answer.append(replayed(X)))
        thread.start()
        thread.join()
        return answer[0] if answer else None

    jit(slow, tensors=True)(X)
    assert set(found) == {float((X * [1.0, 2.0, 3.0]).sum())}


READS: dict[str, Callable[[Any, Any], Any]] = {
    "data": lambda t, x: x * t.data,
    "an array of data": lambda t, x: x * np.asarray(t.data).sum(),
    "tolist": lambda t, x: x * t.tolist(),
    "item": lambda t, x: x * t[0].item(),
    "argmax": lambda t, x: x[int(autograd.argmax(t))],
    "argsort": lambda t, x: x[autograd.argsort(t)],
    "a Tensor of data": lambda t, x: x * Tensor(1.0 * t.data),
    "targets": lambda t, x: nn.cross_entropy(x, t),
}


@pytest.mark.parametrize("name", READS)
def test_numbers_read_of_a_tensor_from_outside_are_refused(name: str) -> None:
    """A replay would have today's for ever."""
    outside = Tensor([0.25, 0.5, 0.25], requires_grad=False)
    with pytest.raises(TypeError, match="inside a function that is being recorded"):
        jit(lambda x: READS[name](outside, x).sum(), tensors=True)(X[0])
    assert outside.tolist() == [0.25, 0.5, 0.25]


def test_numbers_of_a_tensor_that_the_function_makes_may_be_read() -> None:
    fast = jit(lambda x: (x * Tensor([1.0, 2.0, 3.0]).data).sum(), tensors=True)
    assert fast(X[0]) == 14.0


def test_a_detached_tensor_from_outside_is_read_anew() -> None:
    outside = Tensor([1.0, 2.0, 3.0])
    fast = jit(lambda x: (x * outside.detach()).sum(), tensors=True)
    assert fast(X[0]) == 14.0
    outside.data = np.array([3.0, 2.0, 1.0])
    assert fast(X[0]) == 10.0
