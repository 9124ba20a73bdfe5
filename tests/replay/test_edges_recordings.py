"""What ``jit`` keeps between calls: not too much, and nothing of what went wrong."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from autograd import Value, jit
from autograd.replay.frames import ScalarFrame
from autograd.replay.small_calls import SmallCall


def count(fast: Any) -> int:
    return sum(len(entry.recordings) for entry in fast._cache.values())


def test_recordings_are_bounded_in_all_whatever_they_differ_in() -> None:
    """Six ways through the function for each of six settings."""

    def steps(x: Any, setting: str) -> Any:
        k = 0
        while x > k:
            k += 1
        return x * k

    fast = jit(steps, recordings=4)
    for setting in "abcdef":
        for k in range(6):
            assert fast(k + 0.5, setting) == (k + 0.5) * (k + 1)
            assert count(fast) <= 4
    assert len(fast._cache) <= 4


def test_the_arguments_that_were_not_given_for_longest_are_forgotten() -> None:
    calls = []

    def f(a: Any) -> Any:
        calls.append(len(a))
        return a.sum()

    fast = jit(f, recordings=2)
    for length in (1, 2, 1, 3, 1, 2):
        fast(np.ones(length))
    assert list(dict.fromkeys(calls)) == [1, 2, 3]
    assert (calls.count(1), calls.count(2), calls.count(3)) == (2, 4, 2)


def test_a_call_that_fails_forgets_nothing() -> None:
    def f(x: Any, fails: str) -> Any:
        if fails:
            raise RuntimeError(fails)
        return x * x

    fast = jit(f, recordings=1)
    fast(2.0, "")
    for reason in ("a", "b"):
        with pytest.raises(RuntimeError, match=reason):
            fast(2.0, reason)
    (entry,) = fast._cache.values()
    assert entry.structure[2][1] == ("static", "")


def test_gradients_in_the_same_arguments_share_one_machine() -> None:
    fast = jit(lambda x, y: x * y)
    for argnums in [(0, 1), (1, 0), (1, 0, 1), range(2)]:
        fast.value_and_grad(2.0, 3.0, argnums=argnums)
    (entry,) = fast._cache.values()
    assert len(entry._machines) == 1


@pytest.mark.parametrize("lanes", [False, True])
def test_an_interrupted_replay_leaves_nothing_behind(
    lanes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of lanes it comes when they have filled in gradients and nobody has taken them."""
    fast = jit(lambda w, x: (w * x).sum())
    w, x = np.ones(3), np.arange(6.0).reshape(2, 3)

    def gradient() -> Any:
        found = fast.map_value_and_grad(w, x, reduce="sum") if lanes else fast.value_and_grad(w, w)
        return found[1].tolist()

    expected = gradient()

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(*(ScalarFrame, "backward") if lanes else (SmallCall, "_fill"), interrupted)
        with pytest.raises(KeyboardInterrupt):
            gradient()
    assert gradient() == expected


@pytest.mark.slow
def test_constants_in_a_function_that_calls_itself_are_not_from_outside() -> None:
    """The function and what it closes over refer to each other, and live on for a while."""

    def f(x: Any) -> Any:
        two = Value(2.0)

        def times(n: int) -> Any:
            return x if n == 0 else times(n - 1) * two

        return times(3)

    assert jit(f).value_and_grad(3.0) == (24.0, 8.0)


def test_functions_of_the_same_parameters_are_recorded_one_after_the_other() -> None:
    """Else each would put its numbers in their place while the other runs."""
    p = Value(1.0)
    inside, met = threading.Lock(), []

    def f(x: Any) -> Any:
        met.append(inside.acquire(blocking=False))
        threading.Event().wait(0.01)  # for the others to come in
        if met[-1]:
            inside.release()
        return p * x

    found = {}

    def work(k: int) -> None:
        found[k] = jit(f, parameters=[p])(np.array([float(k)]), 2.0)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(met)
    assert found == {k: 2.0 * k for k in range(4)}
    assert p.data == 1.0
