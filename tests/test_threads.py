"""Many threads call backward() on graphs that share leaves: no contribution is lost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import nn
from autograd import Tensor, Value

THREADS, TIMES = 8, 20_000


@pytest.fixture(autouse=True)
def often_interrupted() -> Iterator[None]:
    """Let threads take turns a thousand times as often, so that a lost addition is met."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))  # which raises what a thread raised


@pytest.mark.slow
def test_a_value_that_threads_share_loses_no_contribution() -> None:
    w = Value(3.0)

    def work(_: int) -> None:
        for _ in range(TIMES):
            (w * 2.0).backward()

    in_threads(work)
    assert w.grad == 2.0 * THREADS * TIMES


@pytest.mark.slow
def test_a_tensor_that_threads_share_loses_no_contribution() -> None:
    w = Tensor([3.0, 4.0])
    weights = np.array([2.0, 5.0])

    def work(_: int) -> None:
        for _ in range(TIMES // 10):
            (w * weights).sum().backward()

    in_threads(work)
    np.testing.assert_array_equal(w.grad, weights * (THREADS * TIMES // 10))


@pytest.mark.slow
@pytest.mark.parametrize("scalars", [False, True], ids=["tensors", "scalars"])
def test_the_shards_of_a_data_parallel_network_add_up_to_the_whole(scalars: bool) -> None:
    """Numbers are whole, so that every order of the additions gives the same sum."""
    model = nn.MLP([2, 3, 1], activation="relu", seed=0)
    for parameter in model.parameters():
        parameter.data = np.rint(4 * np.asarray(parameter.data)) + 1
    if scalars:
        model = model.scalars()
    samples = [[float(k % 7 - 3), float(k % 5 - 2)] for k in range(THREADS * 200)]

    def work(k: int) -> None:
        for sample in samples[k::THREADS]:
            shard = np.array(sample) if scalars else np.array([sample])
            out = model(list(shard)) if scalars else model(shard).sum()
            (out[0] if isinstance(out, list | np.ndarray) else out).backward()

    in_threads(work)
    parallel = [parameter.grad for parameter in model.parameters()]
    for parameter in model.parameters():
        parameter.grad = None
    for k in range(THREADS):
        work(k)
    for found, parameter in zip(parallel, model.parameters(), strict=True):
        np.testing.assert_array_equal(found, parameter.grad)


def test_a_sum_that_fails_stores_nothing_and_lets_other_threads_go_on() -> None:
    a, b = Value(1.0), Value(2.0)
    b.grad = "no number"
    with pytest.raises(TypeError):
        (a * b).backward()
    assert a.grad is None

    def work(_: int) -> None:
        (a * 2.0).backward()

    in_threads(work)
    assert a.grad == 2.0 * THREADS
