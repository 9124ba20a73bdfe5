"""Ask libraries the same small questions about derivatives, and print what each answers.

    python benchmarks/probes.py glassgrad micrograd torch jax
    python benchmarks/probes.py hips mygrad        # in an environment that has those

The answers are in docs/comparison.md. HIPS autograd has our import name: it needs an environment of
its own, in which this file runs as it is.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

Slope = Callable[[Callable[[Any], Any], Any], Any]  # (f, x) → f'(x)


class Library(NamedTuple):
    """How a library says it: the derivative of a function of one number, and three functions."""

    slope: Slope
    sqrt: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]
    where: Callable[[Any, Any, Any], Any]


def glassgrad() -> Library:
    import autograd

    return Library(
        lambda f, x: autograd.grad(f)(x), autograd.sqrt, autograd.sigmoid, autograd.where
    )


def micrograd() -> Library:
    from micrograd.engine import Value

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        leaf = Value(x)
        f(leaf).backward()
        return leaf.grad

    return Library(slope, lambda x: x**0.5, missing, missing)


def torch() -> Library:
    import torch

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        if isinstance(x, Fraction):
            raise TypeError("no fractions")
        leaf = torch.as_tensor(x, dtype=torch.float64).requires_grad_()
        (found,) = torch.autograd.grad(f(leaf), leaf, create_graph=True)
        return found

    def where(condition: Any, x: Any, y: float) -> Any:
        return torch.where(condition, x, torch.zeros_like(x) + y)

    return Library(slope, torch.sqrt, torch.sigmoid, where)


def jax() -> Library:
    import jax

    jax.config.update("jax_enable_x64", True)
    return Library(lambda f, x: jax.grad(f)(x), jax.numpy.sqrt, jax.nn.sigmoid, jax.numpy.where)


def hips() -> Library:
    import autograd
    import autograd.numpy as np

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        return autograd.grad(f)(np.array(x) if isinstance(x, float) else x)

    return Library(slope, np.sqrt, sigmoid, np.where)


def mygrad() -> Library:
    import mygrad

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        leaf = mygrad.tensor(x)
        f(leaf).backward()
        return leaf.grad.item()

    return Library(slope, mygrad.sqrt, mygrad.nnet.activations.sigmoid, mygrad.where)


def missing(*_: Any) -> Any:
    raise NotImplementedError("it has no such function")


def chain(x: Any) -> Any:
    """Add 100,000 times."""
    for _ in range(100_000):
        x = x + 1.0
    return x


QUESTIONS: dict[str, Callable[[Library], Any]] = {
    "the second derivative of x⁴ at 2": lambda lib: lib.slope(
        lambda x: lib.slope(lambda y: y**4, x), 2.0
    ),
    "the slope of x²/(1 + x) at the fraction 1/3": lambda lib: lib.slope(
        lambda x: x * x / (1 + x), Fraction(1, 3)
    ),
    "the slope of 100,000 additions": lambda lib: lib.slope(chain, 0.0),
    "the slope of where(x > 0, √x, 0) at −1": lambda lib: lib.slope(
        lambda x: lib.where(x > 0, lib.sqrt(x), 0.0), -1.0
    ),
    "the slope of √(x²) at 0": lambda lib: lib.slope(lambda x: lib.sqrt(x * x), 0.0),
    "the slope of sigmoid at 40, which is 4.248e-18": lambda lib: lib.slope(lib.sigmoid, 40.0),
}


def answer(question: Callable[[Library], Any], library: Library) -> str:
    """Return what a library answers: a number, or its error."""
    try:
        found = question(library)
    except NotImplementedError:
        return "not there"
    except Exception as error:
        return type(error).__name__
    return str(found) if isinstance(found, Fraction) else f"{float(found):.4g}"


def main(*names: str) -> None:
    """Print a table: a row for each question, a column for each library."""
    warnings.simplefilter("ignore")
    libraries = [globals()[name]() for name in names]
    print("| |", " | ".join(names), "|")
    for words, question in QUESTIONS.items():
        print(f"| {words} |", " | ".join(answer(question, each) for each in libraries), "|")


if __name__ == "__main__":
    main(*sys.argv[1:])
