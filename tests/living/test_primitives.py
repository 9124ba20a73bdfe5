"""The functions that JavaScript lacks: against CPython's, and against their own definitions."""

import math
import operator
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from autograd.check.ulp import ulps
from autograd.living.known_functions import primitives_of

SPECIAL = (
    0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e-310, 1.0, -1.0, 0.5, -0.5, 1.5,
    2.5, -2.5, 3.0, -3.0, 0.49999999999999994, 4503599627370497.5, 1.7976931348623157e308, -1e300,
)  # fmt: skip


def rint(x: float) -> float:
    return math.copysign(round(x), x)


def _numbers(count: int, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    sizes = [rng.uniform(0, 10, count), 10.0 ** rng.uniform(-320, 308, count)]
    sizes.append(rng.integers(0, 20, count) / 2)
    chosen = np.choose(rng.integers(0, 3, count), sizes) * rng.choice([-1.0, 1.0], count)
    return [float(x) for x in chosen]


ONE = [(x,) for x in (*SPECIAL, *_numbers(3_000, 1))]
TWO = [*product(SPECIAL, repeat=2), *zip(_numbers(5_000, 2), _numbers(5_000, 3), strict=True)]
SHIFTS = [
    (x, float(n))
    for (x,), n in zip(ONE, np.random.default_rng(4).integers(-2_200, 2_200, len(ONE)), strict=True)
]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "python", "points"),
    [
        ("p_mod", operator.mod, TWO),
        ("p_floordiv", operator.floordiv, TWO),
        ("p_remainder", math.remainder, TWO),
        ("p_copysign", math.copysign, TWO),
        ("p_pow", math.pow, list(product(SPECIAL, repeat=2))),
        ("p_hypot", math.hypot, TWO),
        ("p_max", max, TWO),
        ("p_min", min, TWO),
        ("p_frexp", math.frexp, ONE),
        ("p_rint", rint, ONE),
        ("p_ldexp", lambda x, n: math.ldexp(x, int(n)), SHIFTS),
    ],
)
def test_a_primitive_gives_what_python_gives(
    evaluate: Any, name: str, python: Callable[..., Any], points: list[Any]
) -> None:
    """To the bit but for pow and hypot, and wherever Python raises no error."""
    expected = {}
    for n, point in enumerate(points):
        try:
            found = python(*point)
        except (ArithmeticError, ValueError):
            continue
        expected[n] = found if isinstance(found, tuple) else (found,)
    assert len(expected) > len(points) / 2
    width = max(map(len, expected.values()))
    found = evaluate(primitives_of(f"{name}("), f"rows.map((row) => {name}(...row))", points)
    most = 1 if name in ("p_pow", "p_hypot") else 0
    missed = [
        (points[n], number, python)
        for n, wanted in expected.items()
        for number, python in zip(found[n * width :], wanted, strict=False)
        if not _same(number, python) and not (most and ulps(number, mp.mpf(python)) <= most)
    ]
    assert missed == []


def _same(x: float, y: float) -> bool:
    return (x == y and math.copysign(1, x) == math.copysign(1, y)) or (x != x and y != y)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_the_error_function_is_within_4_ulp_of_the_exact_one(evaluate: Any, name: str) -> None:
    rng = np.random.default_rng(5)
    sizes = [rng.uniform(0, 1, 500), rng.uniform(0, 27, 500), 10.0 ** rng.uniform(-300, 0, 100)]
    points = [(float(x),) for x in np.concatenate([*sizes, *(-x for x in sizes)])]
    found = evaluate(primitives_of(f"p_{name}("), f"rows.map(([x]) => p_{name}(x))", points)
    exact = getattr(mp, name)
    with mp.workdps(40):
        worst = max(ulps(z, exact(mp.mpf(x))) for z, (x,) in zip(found, points, strict=True))
    assert worst <= 4


def _chebyshev(function: Callable[[Any], Any], count: int) -> list[float]:
    """The first coefficients of a function's series, by its values at Chebyshev points."""
    with mp.workdps(40):
        angles = [mp.pi * (k + mp.mpf(1) / 2) / 80 for k in range(80)]
        values = [function(mp.cos(angle)) for angle in angles]
        return [
            float(sum(v * mp.cos(j * a) for v, a in zip(values, angles, strict=True)) / 40)
            for j in range(count)
        ]


def _erfc_scaled(t: Any) -> Any:
    x = mp.mpf("3.5") * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def _erf_scaled(t: Any) -> Any:
    x = mp.sqrt((t + 1) / 2)
    return mp.erf(x) / x


@pytest.mark.parametrize(("name", "function"), [("erf", _erf_scaled), ("erfc", _erfc_scaled)])
def test_the_coefficients_are_those_of_the_series_that_the_comment_names(
    name: str, function: Callable[[Any], Any]
) -> None:
    source = primitives_of(f"p_{name}(")
    listed = re.search(rf"function p_{name}\(.*?\[\s([^\]]*)\]", source, re.S)
    assert listed is not None
    coefficients = [float(x) for x in listed[1].split(",")]
    expected = _chebyshev(function, len(coefficients) + 1)
    assert coefficients == pytest.approx(expected[:-1], rel=1e-15, abs=1e-24)
    assert abs(expected[-1]) < 5e-18


def test_a_page_has_only_the_primitives_that_it_names_and_what_they_name() -> None:
    assert primitives_of("x + Math.exp(y)") == ""
    names = re.findall(r"^function (\w+)", primitives_of("p_mod(x, 2) + p_mod(y, 3)"), re.M)
    assert sorted(names) == ["p_copysign", "p_mod"]
