"""The work that all contestants do, in plain NumPy and Python: data, weights, programs.

Nothing here imports a library that takes part.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, make_moons

Step = Callable[[], float]  # does the work once and returns the loss
RATE = float(os.environ.get("BENCHMARK_RATE", "0"))  # of SGD: while measured, all steps are alike
ASIDE = [0.0]  # seconds that are no part of what a first call takes


class NotDone(Exception):  # noqa: N818 - no fault, but what a row of results says
    """The contestant doesn't do this: its message says why."""


@contextmanager
def aside() -> Iterator[None]:
    """Don't count this in what a first call takes."""
    start = time.perf_counter()
    yield
    ASIDE[0] += time.perf_counter() - start


def mlp(sizes: list[int], seed: int = 0) -> list[tuple[Any, Any]]:
    """The weights (out, in) and biases of each layer."""
    rng = np.random.default_rng(seed)
    return [
        (rng.uniform(-1, 1, (m, n)) / n**0.5, rng.uniform(-0.1, 0.1, m))
        for n, m in itertools.pairwise(sizes)
    ]


@aside()
def moons() -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """100 points, labels ±1 and the MLP 2-16-16-1, as micrograd's demonstration seeds them."""
    x, y = make_moons(100, noise=0.1, random_state=1337)
    rng = random.Random(1337)
    weights = [
        (np.array([[rng.uniform(-1, 1) for _ in range(n)] for _ in range(m)]), np.zeros(m))
        for n, m in ((2, 16), (16, 16), (16, 1))
    ]
    return x, y * 2.0 - 1.0, weights


PENALTY = 1e-4


@aside()
def digits(hidden: list[int], batch: int) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """A batch of images (pixels from 0 to 1), their labels, and an MLP 64-hidden-10."""
    x, y = load_digits(return_X_y=True)
    return x[:batch] / 16.0, y[:batch], mlp([64, *hidden, 10])


@aside()
def deep() -> tuple[Any, list[tuple[Any, Any]]]:
    """A batch of 100 inputs and the net of UDL's Figure 7.4: 50 hidden layers of 100 units, He."""
    rng = np.random.default_rng(0)
    sizes = [100] * 51 + [1]
    layers = [
        (rng.standard_normal((m, n)) * 0.02**0.5, np.zeros(m)) for n, m in itertools.pairwise(sizes)
    ]
    return rng.standard_normal((100, 100)), layers


def blocks(*shapes: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """Weights and biases of each shape; of a norm, whose shape is (n,), the gain and the shift."""
    rng = np.random.default_rng(1)
    fan_ins = [np.prod(shape[1:]) or 1 for shape in shapes]
    return [
        (rng.uniform(-1, 1, shape) / n**0.5, rng.uniform(-0.1, 0.1, shape[0]))
        for shape, n in zip(shapes, fan_ins, strict=True)
    ]


@aside()
def pictures() -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """32 pictures of 14×14, labels, and convolutions 8 and 16 of 3×3 before a layer of 10."""
    rng = np.random.default_rng(0)
    layers = blocks((8, 1, 3, 3), (16, 8, 3, 3), (10, 64))
    return rng.standard_normal((32, 1, 14, 14)), rng.integers(0, 10, 32), layers


@aside()
def residual() -> tuple[Any, list[tuple[Any, Any]]]:
    """32 rows, and of each of three blocks 64-64-64 the norm and the two layers."""
    x = np.random.default_rng(0).standard_normal((32, 64))
    return x, blocks(*[(64,), (64, 64), (64, 64)] * 3)


HEADS = 4


@aside()
def sequences() -> tuple[Any, list[tuple[Any, Any]]]:
    """8 sequences of 16 with 32 channels; the norm, queries, keys and values, and the way out."""
    x = np.random.default_rng(0).standard_normal((8, 16, 32))
    return x, blocks((32,), (96, 32), (32, 32))


@aside()
def program(size: int, block: int = 0, seed: int = 0) -> tuple[Any, Callable[..., Any]]:
    """A random program of ``size`` elementwise operations on 100 numbers.

    Every operation takes two of the numbers and the earlier results: all of them or, with
    ``block``, those of its own block of so many operations, as in a loss of many samples. All that
    no operation takes are summed up, so that none can be left out. The operations are those that
    every contestant has as operators: add, subtract, multiply, and multiply by a constant.
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, 100)
    ops = rng.integers(0, 4, size).tolist()
    inside = np.arange(size) % (block or size)
    taken = (rng.random((2, size)) * (100 + inside)).astype(int)
    a, b = np.where(taken < 100, taken, taken + np.arange(size) - inside).tolist()

    unused = sorted(
        set(range(size + 100)) - set(a) - {j for j, op in zip(b, ops, strict=False) if op < 3}
    )

    def run(xs: Any) -> Any:
        values = list(xs)
        for op, i, j in zip(ops, a, b, strict=True):
            p, q = values[i], values[j]
            if op == 0:
                z = p + q
            elif op == 1:
                z = p - q
            elif op == 2:
                z = p * q
            else:
                z = p * 0.5
            values.append(z)
        return sum(values[k] for k in unused)

    return x, run
