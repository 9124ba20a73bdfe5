"""How exact every op is: the largest error of its value and partials, in ulps, against mpmath.

    python benchmarks/accuracy.py

writes docs/accuracy.md. The points are those of the accuracy tests (tests/ops/points.py): near
roots, kinks and ends of the domain, huge, tiny and subnormal numbers, and random ones; the exact
results are differences of published definitions, at 90 to 1200 digits (tests/ops/oracles.py).
PyTorch and JAX get the same points, where they are installed and have the op.
"""

import sys
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from math import isfinite
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/ops")]

from cases import BUILT_IN, CASES, values_and_gradient  # noqa: E402
from oracles import Oracle, UndefinedError  # noqa: E402
from points import Point, stratified  # noqa: E402

from autograd import Tensor  # noqa: E402
from autograd.check.ulp import ulps  # noqa: E402

Row = list[tuple[float, ...]]  # the value, then each partial, at each point
Contestant = Callable[[Oracle, list[Point]], Row | None]

TORCH_NAMES = {"neg": "neg", "sinc": "sinc", "normal_cdf": "special.ndtr", "where": ""}
JAX_NAMES = {"logsigmoid": "log_sigmoid", "hardtanh": "hard_tanh", "softsign": "soft_sign"}

PAGE = """\
# Accuracy

<!-- Written by python benchmarks/accuracy.py: don't edit this page. -->

How exact each operation is, beside PyTorch and JAX.

The largest error in units in the last place (ulp) of float64, over all points: of the value, then
of each partial derivative. The exact results come from mpmath, at 90 digits and more; the points
are near roots, kinks and ends of the domain, huge, tiny, subnormal and random, and {points} in all.
An error of 0.5 is correct rounding; ∞ is an inf or nan where the exact result is finite, or the
reverse. Points where the definition has no derivative are left out.

PyTorch and JAX compute without settings: with those that are an op's defaults here. JAX takes
subnormal numbers for zero, on a CPU too, and its largest errors are there.

Errors of many ulps are at irrational roots, where two summands cancel and no formula in floats has
relative accuracy (gelu, silu, mish, sinc, Bessel functions, the gamma
distribution), or where the exact result is a subnormal number.

{versions}

{table}
"""


def values(oracle: Oracle, points: list[Point]) -> Row:
    found = (values_and_gradient(oracle, point) for point in points)
    return [(value, *gradient) for value, gradient in found]


def tensors(oracle: Oracle, points: list[Point]) -> Row:
    operands = [Tensor(column) for column in np.array(points).T]
    result = BUILT_IN[oracle.name](*operands, **oracle.settings)
    result.backward(np.ones(len(points)))
    return list(zip(result.data, *(x.grad for x in operands), strict=True))


def torch(oracle: Oracle, points: list[Point]) -> Row | None:
    import torch

    if oracle.settings != BUILT_IN[oracle.name].settings:
        return None
    name = TORCH_NAMES.get(oracle.name, oracle.name)
    for room in (torch, torch.special, torch.nn.functional):
        function = getattr(room, name, None)
        if callable(function):
            break
    else:
        return None
    operands = [
        torch.tensor(c, dtype=torch.float64, requires_grad=True) for c in zip(*points, strict=True)
    ]
    try:
        result = function(*operands)
        result.backward(torch.ones(len(points), dtype=torch.float64))
    except (RuntimeError, TypeError):
        return None
    return list(zip(result.tolist(), *(x.grad.tolist() for x in operands), strict=True))


def jax(oracle: Oracle, points: list[Point]) -> Row | None:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    name = JAX_NAMES.get(oracle.name, oracle.name)
    rooms = (jax.nn, jnp, jax.scipy.special, jax.lax)
    functions = [f for room in rooms if callable(f := getattr(room, name, None))]
    if oracle.settings != BUILT_IN[oracle.name].settings or not functions:
        return None
    if oracle.name == "gelu":  # whose default there is the other one
        functions = [partial(jax.nn.gelu, approximate=False)]
    columns = [jnp.array(column) for column in zip(*points, strict=True)]
    try:
        result, pullback = jax.vjp(functions[0], *columns)
        found = pullback(jnp.ones(len(points)))
    except (TypeError, ValueError):
        return None
    return list(zip(result.tolist(), *(g.tolist() for g in found), strict=True))


def exact(oracle: Oracle, points: list[Point]) -> list[list[object]]:
    """Return the exact value and partials at each point; None where there is none."""

    def one(k: int | None, point: Point) -> object:
        try:
            if k is None:
                return oracle.value(*point)
            return None if oracle.has_kink(k, *point) else oracle.derivative(k, *point)
        except UndefinedError:
            return None

    return [[one(k, p) for k in (None, *range(len(p)))] for p in points]


def worst(found: Row | None, truth: list[list[object]]) -> str:
    """Return the largest errors of the value and of each partial."""
    if found is None:
        return ""
    rows = zip(found, truth, strict=True)
    columns = zip(*([_error(y, t) for y, t in zip(*row, strict=True)] for row in rows), strict=True)
    return " / ".join(_written(max(column, default=0.0)) for column in columns)


def _error(found: float, truth: object) -> float:
    return 0.0 if truth is None else ulps(found, truth)


def _written(error: float) -> str:
    if not isfinite(error):
        return "∞"
    return f"{error:.2f}" if error < 100 else f"{error:.1e}"


def installed() -> dict[str, tuple[str, Contestant]]:
    found: dict[str, tuple[str, Contestant]] = {"Value": ("", values), "Tensor": ("", tensors)}
    for name, contestant in (("torch", torch), ("jax", jax)):
        try:
            found[name] = (__import__(name).__version__, contestant)
        except ImportError:
            continue
    return found


def table(
    contestants: dict[str, tuple[str, Contestant]], cases: Iterable[Oracle]
) -> tuple[str, int]:
    lines = [["op", *contestants], ["---"] * (len(contestants) + 1)]
    count = 0
    for oracle in cases:
        points = stratified(BUILT_IN[oracle.name], oracle)
        truth = exact(oracle, points)
        count += len(points)
        found = [contestant(oracle, points) for _, contestant in contestants.values()]
        lines.append([f"`{oracle}`", *(worst(row, truth) for row in found)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines), count


def main() -> None:
    contestants = installed()
    text, count = table(contestants, CASES)
    versions = ", ".join(f"{name} {v}" for name, (v, _) in contestants.items() if v)
    others = f"Beside it: {versions}." if versions else "PyTorch and JAX weren't installed."
    page = PAGE.format(points=count, versions=others, table=text)
    (ROOT / "docs/accuracy.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
