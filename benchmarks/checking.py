"""How long gradcheck takes on 240 inputs, and how often it calls the function.

    python benchmarks/checking.py

The least of five, in the time of the process alone. What is found is in docs/checking.md. Functions
of torch are left out where torch isn't installed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from time import process_time
from typing import Any

import numpy as np

import autograd

RNG = np.random.default_rng(0)
ONES = np.ones(20)
W = RNG.normal(size=(12, 20))
NUMBERS = RNG.normal(size=240).tolist()

Function = Callable[..., Any]
FUNCTIONS: dict[str, tuple[Function, Any, dict[str, Any]]] = {
    "NumPy's, with a claimed gradient": (
        lambda w: float(np.tanh(w @ ONES).sum() + (w**2).sum()),
        W,
        {"gradient": lambda w: np.outer(1 - np.tanh(w @ ONES) ** 2, ONES) + 2 * w},
    ),
    "ours, of an array": (lambda w: autograd.tanh(w @ ONES).sum() + (w * w).sum(), W, {}),
    "ours, of 240 numbers": (
        lambda v: autograd.sin(sum(a * b for a, b in pairwise(v))),
        NUMBERS,
        {},
    ),
}


def of_torch() -> tuple[Function, Any, dict[str, Any]]:
    """The same function, of torch's tensors."""
    import torch

    ones = torch.ones(20, dtype=torch.float64)
    return lambda w: torch.tanh(w @ ones).sum() + (w * w).sum(), torch.tensor(W), {}


def measured(f: Function, x: Any, options: dict[str, Any]) -> tuple[float, int]:
    """Return the milliseconds of a check, and its calls of the function."""
    calls, best = 0, math.inf

    def counted(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        return f(*args)

    for _ in range(5):
        calls, start = 0, process_time()
        autograd.gradcheck(counted, x, **options)
        best = min(best, process_time() - start)
    return 1000 * best, calls


def main() -> None:
    """Print a row for each function."""
    functions = FUNCTIONS | ({"torch's": of_torch()} if find_spec("torch") else {})
    for name, case in functions.items():
        milliseconds, calls = measured(*case)
        print(f"| {name} | {milliseconds:.0f} ms | {calls} |")


if __name__ == "__main__":
    main()
