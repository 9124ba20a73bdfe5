"""Graphs that are wide, and many threads at once.

The other limits are held where what they limit is tested: chains of a million nodes, sixty
doublings, and graphs dropped with the collector off in ``test_engine_memory.py``; a rule that
raises half-way in ``test_engine.py``; copies of a chain of a million in
``test_engine_copying.py``; drawings of 100,000 nodes in ``show/test_fold.py``; as many paths in
``stepping/test_why.py``.
"""

import math
import threading
from collections.abc import Callable

import pytest

import autograd
from autograd import Value, enable_grad, is_recording, no_grad, temporary_registry
from autograd.walk.order import topological_order

WIDE = 10**5
THREADS, ROUNDS = 8, 200


def by_additions(parts: list[Value]) -> Value:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


@pytest.mark.slow
@pytest.mark.parametrize("gather", [autograd.total, by_additions])
def test_a_fan_of_a_hundred_thousand_uses_of_one_leaf(gather: Callable[..., Value]) -> None:
    """Σ kx for k below 10⁵ has the slope Σ k = 10⁵(10⁵ − 1)/2."""
    x = Value(2.0)
    y = gather([x * float(k) for k in range(WIDE)])
    y.backward()
    assert y.data == 2.0 * (WIDE * (WIDE - 1) // 2)
    assert x.grad == WIDE * (WIDE - 1) // 2


@pytest.mark.slow
def test_a_hundred_thousand_leaves_of_one_sum_get_a_gradient_each() -> None:
    leaves = [Value(float(k)) for k in range(WIDE)]
    autograd.total(leaves).backward()
    assert all(leaf.grad == 1.0 for leaf in leaves)


@pytest.mark.slow
def test_a_hundred_thousand_results_of_one_node_are_one_visit_each() -> None:
    x = Value(0.5)
    shared = autograd.exp(x)
    root = autograd.total([shared * float(k) for k in range(WIDE)])
    assert len(topological_order(root)) == WIDE + 2
    root.backward()
    assert x.grad == pytest.approx(math.exp(0.5) * (WIDE * (WIDE - 1) // 2), rel=1e-12)


def at_once(work: Callable[[int], None]) -> list[BaseException]:
    """Run ``work(k)`` in eight threads that start together; return what they raised."""
    start = threading.Barrier(THREADS)
    raised: list[BaseException] = []

    def run(k: int) -> None:
        start.wait(300)
        try:
            work(k)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_eight_threads_build_and_differentiate_and_turn_recording_off_at_once() -> None:
    """Each sees its own mode and its own numbers, whatever the others are in the midst of."""
    shared = Value(3.0)

    def work(k: int) -> None:
        for n in range(ROUNDS):
            x = Value(float(k + n))
            with no_grad():
                assert not is_recording()
                constant = x * shared
                with enable_grad():
                    y = x * x * shared.detach() + constant
                assert not (x * x).requires_grad
            assert is_recording()
            y.backward()
            assert x.grad == 6.0 * (k + n)
            assert autograd.grad(autograd.grad(lambda z: z * z * z))(float(k)) == 6.0 * k

    assert at_once(work) == []
    assert shared.grad is None


def test_eight_threads_find_rules_that_raise_and_their_gradients_stay_as_they_were() -> None:
    def fail(*_: float) -> float:
        raise RuntimeError("half-way")

    with temporary_registry():
        broken = autograd.elementwise("broken", "x * 1", fail)

        def work(k: int) -> None:
            x, y = Value(float(k + 1)), Value(2.0)
            (x * y).backward()
            for _ in range(ROUNDS):
                root = (broken(x * y) + y * x) * x
                with pytest.raises(RuntimeError, match="half-way"):
                    root.backward()
                assert (x.grad, y.grad, root.grad) == (2.0, float(k + 1), None)

        assert at_once(work) == []
