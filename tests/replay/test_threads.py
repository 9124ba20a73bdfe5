"""Lanes on several threads: the same bits as on one."""

import subprocess
import sys
from functools import reduce
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import jit
from autograd.replay import threads
from autograd.replay.machine import PIECE

RNG = np.random.default_rng(7)
W = RNG.normal(size=(3, 4))
LANES = 3 * PIECE + 17  # four pieces, the last one short
X = RNG.normal(size=(LANES, 4))


def energy(weights: Any, x: Any) -> Any:
    units = [autograd.tanh(autograd.dot(list(row), list(x))) for row in weights]
    return reduce(lambda a, b: a * 0.5 + b * b, units)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_any_number_of_threads_gives_the_same_bits(count: int) -> None:
    one, many = jit(energy, threads=1), jit(energy, threads=count)
    for options in ({"reduce": "mean"}, {"reduce": "sum"}, {}, {"argnums": (0, 1)}):
        expected = one.map_value_and_grad(W, X, **options)
        found = many.map_value_and_grad(W, X, **options)
        for mine, other in zip(_arrays(found), _arrays(expected), strict=True):
            assert mine.tobytes() == other.tobytes()
    assert many.map(W, X).tobytes() == one.map(W, X).tobytes()


def _arrays(found: Any) -> list[Any]:
    value, gradient = found
    return [np.asarray(value), *(gradient if isinstance(gradient, tuple) else (gradient,))]


def test_a_sum_over_lanes_is_that_of_all_samples() -> None:
    """Σ over the samples' own gradients, within rounding of the terms."""
    _, each = jit(energy, threads=2).map_value_and_grad(W, X)
    _, found = jit(energy, threads=2).map_value_and_grad(W, X, reduce="sum")
    bound = 4 * np.finfo(float).eps * np.abs(each).sum(axis=0)
    assert (np.abs(found - each.sum(axis=0)) <= LANES * bound).all()


def test_a_branch_that_differs_in_a_late_piece_is_refused_and_leaves_no_trace() -> None:
    def branching(w: Any, x: Any) -> Any:
        return w * x if x > 0 else w - x

    fast = jit(branching, threads=2)
    x = np.ones(LANES)
    _, expected = fast.map_value_and_grad(2.0, x, reduce="sum")
    bad = x.copy()
    bad[-1] = -1.0
    with pytest.raises(ValueError, match="different samples"):
        fast.map_value_and_grad(2.0, bad, reduce="sum")
    _, found = fast.map_value_and_grad(2.0, x, reduce="sum")
    assert found == expected == LANES


@pytest.mark.parametrize("given", [0, -1, 1.5, True, "two"])
def test_threads_are_a_positive_whole_number(given: Any) -> None:
    with pytest.raises(ValueError, match="threads must be a positive whole number"):
        jit(energy, threads=given)


def test_small_work_takes_one_thread_and_large_all_cores() -> None:
    assert threads.threads_for(None, 100) == 1
    assert threads.threads_for(None, 1 << 30) == threads.cores()
    assert threads.threads_for(3, 100) == 3


FORK = """
import os
import numpy as np
from autograd import jit
from autograd.replay.machine import PIECE

W, X = np.full(3, 0.5), np.random.default_rng(7).normal(size=(3 * PIECE + 17, 3))
fast = jit(lambda w, x: (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]).tanh(), threads=2)
_, expected = fast.map_value_and_grad(W, X, reduce="sum")
reader, writer = os.pipe()
if (child := os.fork()) == 0:
    _, found = fast.map_value_and_grad(W, X, reduce="sum")
    os.write(writer, found.tobytes())
    os._exit(0)
os.close(writer)
print(os.read(reader, 1 << 16) == expected.tobytes(), os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    # In a process of its own: what other tests import, such as JAX, can't be forked safely.
    said = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "0"], said.stderr
