"""Random programs on Tensors, replayed: values and gradients are the eager engine's.

What is hunted: a buffer that is given away too early, a view that is taken for a copy, groups of
instructions that go block by block, and shapes at the edges: no element, one, more than a block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, jit

# Lengths of axes: none, one, odd, a block and its neighbours.
LENGTHS = (0, 1, 2, 3, 5, 7, 1023, 1024, 1025, 2051)
SMALL = LENGTHS[1:6]
FEW = 6_000  # elements of one Tensor
RNG = np.random.default_rng(7)
Chooser = np.random.Generator
UNARY: list[Callable[[Any], Any]] = [
    autograd.tanh, autograd.sin, autograd.sigmoid, autograd.relu, abs, lambda x: -x,
    lambda x: x * 0.5 + 0.25, lambda x: autograd.sqrt(x * x + 1.0), lambda x: x.detach() * x,
    lambda x: autograd.clip(x, -0.5, 0.5), lambda x: 1.0 / (1.0 + x * x), autograd.softplus,
]  # fmt: skip
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y, autograd.maximum,
    lambda x, y: x / (2.0 + y * y), lambda x, y: autograd.where(x > y, x, 2.0 * y),
    lambda x, y: autograd.where((x > 0) & ~(y > 0.5), y, x),
]  # fmt: skip


def step(rng: Chooser, pool: list[Any]) -> Any:
    """Return one more Tensor, computed from some of a pool."""
    x = pool[rng.integers(len(pool))]
    kind = rng.integers(12)
    if kind < 3:
        return UNARY[rng.integers(len(UNARY))](x)
    if kind < 5:
        partners = [y for y in pool if fits(x, y)] or [x]
        y = partners[rng.integers(len(partners))]
        return BINARY[rng.integers(len(BINARY))](x, y)
    axis = int(rng.integers(x.ndim)) if x.ndim else None
    if kind == 5:
        return [autograd.sum, autograd.mean][rng.integers(2)](
            x, axis=axis, keepdims=bool(rng.integers(2))
        ) if x.size else x.sum()  # fmt: skip
    if kind == 6:
        return moved(rng, x)
    if kind == 7:
        return taken(rng, x)
    if kind == 8:
        alike = [y for y in pool if y.shape == x.shape]
        others = [alike[k] for k in rng.integers(len(alike), size=rng.integers(1, 4))]
        if x.ndim and rng.integers(2):
            return autograd.concatenate([x, *others], axis=axis)
        return autograd.stack([x, *others], axis=int(rng.integers(x.ndim + 1)))
    if kind == 9 and x.ndim and x.shape[-1]:
        return [autograd.softmax, autograd.log_softmax, autograd.logsumexp][rng.integers(3)](
            x, axis=axis if x.shape[axis] else -1
        )
    if kind == 10:
        pairs = [y for y in pool if x.ndim and y.ndim == 2 and y.shape[0] == x.shape[-1]]
        return x @ pairs[rng.integers(len(pairs))] * 0.1 if pairs else x
    return autograd.broadcast_to(x, (int(rng.integers(1, 4)), *x.shape))


def fits(x: Any, y: Any) -> bool:
    try:
        return int(np.prod(np.broadcast_shapes(x.shape, y.shape))) <= FEW
    except ValueError:
        return False


def moved(rng: Chooser, x: Any) -> Any:
    choice = rng.integers(5)
    if choice == 0:
        return x.reshape(-1)
    if choice == 1:
        return x.T
    if choice == 2 and x.ndim:
        return x[..., ::-1]
    if choice == 3 and x.ndim > 1:
        return x.swapaxes(0, -1).reshape(-1, x.shape[0]) if x.size else x.swapaxes(0, -1)
    return x[None]


def taken(rng: Chooser, x: Any) -> Any:
    """Return elements by an index: a slice with a step, rows by their numbers, a mask."""
    if not x.ndim or not x.shape[0]:
        return x
    choice = rng.integers(4)
    n = x.shape[0]
    if choice == 0:
        return x[int(rng.integers(n)) :: int(rng.integers(1, 3))]
    if choice == 1:
        return x[rng.integers(-n, n, size=int(rng.integers(1, 6)))]
    if choice == 2:
        return x[rng.random(n) < 0.5]
    return x[int(rng.integers(-n, n))]


def inputs(rng: Chooser, dtype: Any) -> list[Any]:
    found = []
    for _ in range(rng.integers(1, 4)):
        shape = [int(rng.choice(SMALL)) for _ in range(rng.integers(0, 3))]
        if rng.integers(2):
            shape = [int(rng.choice(LENGTHS)), *shape[:1]]
        found.append(rng.standard_normal(shape).astype(dtype))
    return found


def program(seed: int) -> Callable[..., Any]:
    """Return a function of Tensors that gives one number: the same one for a seed."""

    def f(*arguments: Any) -> Any:
        rng = np.random.default_rng(seed)
        pool = list(arguments)
        for _ in range(rng.integers(3, 25)):
            made = step(rng, pool)
            if made.size <= FEW:
                pool.append(made)
        return sum(((x * x + x).mean() if x.size else x.sum() for x in pool[-4:]), start=0.0)

    return f


def computed(f: Callable[..., Any], numbers: list[Any]) -> list[Any]:
    """Return what the eager engine finds: the value, and gradients."""
    tensors = [Tensor(x) for x in numbers]
    root = f(*tensors)
    root.backward()
    return [root.data, *(np.zeros_like(t.data) if t.grad is None else t.grad for t in tensors)]


def check(seed: int, dtype: Any) -> None:
    """Replay a program on three sets of numbers, and compare with the eager engine.

    A replay may be off by some ulp of the largest element, and where a program magnifies rounding,
    by as much as the eager engine's answer moves when the inputs are rounded otherwise.
    """
    rng = np.random.default_rng(seed + 10**6)
    first = inputs(rng, dtype)
    f = program(seed)
    fast = jit(f, tensors=True)
    eps = float(np.finfo(dtype).eps)
    for factor in (1.0, -0.75, 1.25):
        numbers = [np.asarray(x * dtype(factor)) for x in first]
        value, gradients = fast.value_and_grad(*numbers, argnums=tuple(range(len(numbers))))
        expected = computed(f, numbers)
        rounded = [
            computed(f, [np.asarray(x * (1 + eps * rng.integers(-4, 5, x.shape)), dtype)
                         for x in numbers])
            for _ in range(3)
        ]  # fmt: skip
        for k, (found, own) in enumerate(zip((value, *gradients), expected, strict=True)):
            assert np.shape(found) == own.shape, seed
            moves = max(np.abs(other[k] - own).max(initial=0.0) for other in rounded)
            largest = np.abs(own).max(initial=1.0)
            off = np.abs(found - own).max(initial=0.0)
            assert off <= 256 * eps * largest + 8 * moves, (seed, k, off, largest, moves)
            assert np.ndim(found) == 0 or found.dtype == dtype, seed


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", range(60))
def test_a_random_program_is_replayed_as_it_is_computed_eagerly(seed: int, dtype: Any) -> None:
    check(seed, dtype)


def test_a_result_without_elements_writes_nothing() -> None:
    """One of shape (2, 0, 2051) once wrote a row of 2,051 over its neighbours."""
    check(2395, np.float32)


def test_a_group_of_instructions_reads_only_what_is_written() -> None:
    """All go block by block together, and the last element isn't there with the first block."""
    fast = jit(lambda x, w: (autograd.tanh(x)[-1] * w).sum(), tensors=True)
    x, w = np.linspace(-1, 1, 5000), np.ones(5000)
    for factor in (1.0, 0.5):
        assert fast(factor * x, w) == pytest.approx(5000 * np.tanh(factor), rel=1e-13)


def long_chain(seed: int, x: Any) -> Any:
    """Compute with long arrays and single numbers in turn: short buffers lie between long ones."""
    rng = np.random.default_rng(seed)
    pool, numbers = [x, x * 0.5], [x.mean()]
    for _ in range(rng.integers(5, 30)):
        a, b = (pool[k] for k in rng.integers(len(pool), size=2))
        s = numbers[rng.integers(len(numbers))]
        kind = rng.integers(5)
        if kind == 0:
            numbers.append((a * b).mean() * 0.5)
        elif kind == 1:
            numbers.append(autograd.tanh(s + a[int(rng.integers(len(a)))]))
        else:
            pool.append([autograd.tanh(a * s), autograd.sin(a + b), a * b * 0.5 + s][kind - 2])
        pool = pool[-3:]
    return sum((p * p).mean() for p in pool) + numbers[-1]


@pytest.mark.parametrize("part", range(4))
def test_short_and_long_buffers_share_memory_only_when_both_may(part: int) -> None:
    x = RNG.standard_normal(3000)
    for seed in range(40 * part, 40 * part + 40):
        t = Tensor(x)
        root = long_chain(seed, t)
        root.backward()
        fast = jit(lambda x, seed=seed: long_chain(seed, x), tensors=True)
        assert fast(x) == pytest.approx(root.item(), rel=1e-12, abs=1e-13), seed
        value, found = fast.value_and_grad(x)
        assert value == pytest.approx(root.item(), rel=1e-12, abs=1e-13), seed
        np.testing.assert_allclose(found, t.grad, rtol=1e-9, atol=1e-13, err_msg=str(seed))


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(20))
def test_thousands_of_random_programs(part: int) -> None:
    for seed in range(1000 * part + 1000, 1000 * part + 2000):
        check(seed, (np.float64, np.float32)[seed % 2])
