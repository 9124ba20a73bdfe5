"""Special cases of elementwise functions in the Python array API standard, as a table.

Consortium for Python Data API Standards, *Python array API standard*, version 2024.12, section
"Special cases" of each function: https://data-apis.org/array-api/2024.12/API_specification/
generated/array_api.<name>.html. The rows are numbers, chosen for the cases that the standard tells
in words: "x_i is less than 1" stands here as 0.5 and −inf. Signs of zeros count.
"""

import math
from collections.abc import Iterator
from itertools import product
from math import inf, nan, pi

Case = tuple[tuple[float, ...], float]

STANDARD_NAMES = {
    "mul": "multiply",
    "sub": "subtract",
    "div": "divide",
    "neg": "negative",
    "mod": "remainder",
}
"""What the standard calls ops that have another name here."""

OF_ONE: dict[str, dict[float, float]] = {
    "abs": {-inf: inf, inf: inf, -2.0: 2.0},
    "acos": {1.0: 0.0, 1.5: nan, -1.5: nan, inf: nan, -inf: nan},
    "acosh": {1.0: 0.0, 0.5: nan, -inf: nan, inf: inf},
    "asin": {1.5: nan, -1.5: nan, inf: nan, -inf: nan},
    "asinh": {inf: inf, -inf: -inf},
    "atan": {inf: pi / 2, -inf: -pi / 2},
    "atanh": {1.0: inf, -1.0: -inf, 1.5: nan, -1.5: nan, inf: nan, -inf: nan},
    "ceil": {3.0: 3.0, -3.0: -3.0, inf: inf, -inf: -inf, -0.5: -0.0},
    "cos": {inf: nan, -inf: nan},
    "cosh": {inf: inf, -inf: inf},
    "exp": {inf: inf, -inf: 0.0},
    "expm1": {inf: inf, -inf: -1.0},
    "floor": {3.0: 3.0, -3.0: -3.0, inf: inf, -inf: -inf},
    "log": {1.0: 0.0, -1.0: nan, -inf: nan, inf: inf},
    "log1p": {-1.0: -inf, -1.5: nan, -inf: nan, inf: inf},
    "log2": {1.0: 0.0, -1.0: nan, -inf: nan, inf: inf},
    "log10": {1.0: 0.0, -1.0: nan, -inf: nan, inf: inf},
    "neg": {inf: -inf, -inf: inf},
    "reciprocal": {inf: 0.0, -inf: -0.0},
    "round": {3.0: 3.0, 0.5: 0.0, 1.5: 2.0, 2.5: 2.0, -0.5: -0.0, inf: inf, -inf: -inf},
    "sign": {5.0: 1.0, -5.0: -1.0, inf: 1.0, -inf: -1.0},
    "sin": {inf: nan, -inf: nan},
    "sinh": {inf: inf, -inf: -inf},
    "sqrt": {-1.0: nan, -inf: nan, inf: inf},
    "square": {inf: inf, -inf: inf},
    "tan": {inf: nan, -inf: nan},
    "tanh": {inf: 1.0, -inf: -1.0},
}
"""Results by operand; that of nan is nan for all of them, and those of zeros are below."""

KEEP_ZERO = {
    "asin", "asinh", "atan", "atanh", "ceil", "expm1", "floor", "log1p", "round", "sin", "sinh",
    "sqrt", "tan", "tanh",
}  # fmt: skip
AT_ZERO = {
    "abs": 0.0,
    "acos": pi / 2,
    "acosh": nan,
    "cos": 1.0,
    "cosh": 1.0,
    "exp": 1.0,
    "log": -inf,
    "log2": -inf,
    "log10": -inf,
    "square": 0.0,
}
"""The results of +0 and of −0: themselves for ``KEEP_ZERO``, one number for these."""

_DIVIDE: list[Case] = [
    *(((x, y), nan) for x, y in product((inf, -inf), repeat=2)),
    *(((x, y), nan) for x, y in product((0.0, -0.0), repeat=2)),
    ((0.0, 2.0), 0.0), ((-0.0, 2.0), -0.0), ((0.0, -2.0), -0.0), ((-0.0, -2.0), 0.0),
    ((2.0, 0.0), inf), ((2.0, -0.0), -inf), ((-2.0, 0.0), -inf), ((-2.0, -0.0), inf),
    ((inf, 2.0), inf), ((inf, -2.0), -inf), ((-inf, 2.0), -inf), ((-inf, -2.0), inf),
    ((2.0, inf), 0.0), ((2.0, -inf), -0.0), ((-2.0, inf), -0.0), ((-2.0, -inf), 0.0),
]  # fmt: skip

_MULTIPLY: list[Case] = [
    *(((x, y), nan) for x, y in product((inf, -inf), (0.0, -0.0))),
    *(((x, y), nan) for x, y in product((0.0, -0.0), (inf, -inf))),
    ((inf, inf), inf), ((inf, -inf), -inf), ((-inf, -inf), inf),
    ((inf, 2.0), inf), ((inf, -2.0), -inf), ((-2.0, -inf), inf), ((2.0, -inf), -inf),
    ((0.0, -2.0), -0.0), ((-0.0, -2.0), 0.0), ((-0.0, 2.0), -0.0),
]  # fmt: skip

_ADD: list[Case] = [
    ((inf, -inf), nan), ((-inf, inf), nan), ((inf, inf), inf), ((-inf, -inf), -inf),
    ((inf, 2.0), inf), ((-inf, 2.0), -inf), ((2.0, inf), inf), ((2.0, -inf), -inf),
    ((-0.0, -0.0), -0.0), ((-0.0, 0.0), 0.0), ((0.0, -0.0), 0.0), ((0.0, 0.0), 0.0),
    ((-0.0, 2.0), 2.0), ((2.0, -0.0), 2.0), ((2.0, -2.0), 0.0),
]  # fmt: skip

_ATAN2: list[Case] = [
    ((2.0, 0.0), pi / 2), ((2.0, -0.0), pi / 2), ((-2.0, 0.0), -pi / 2), ((-2.0, -0.0), -pi / 2),
    ((0.0, 2.0), 0.0), ((0.0, 0.0), 0.0), ((0.0, -0.0), pi), ((0.0, -2.0), pi),
    ((-0.0, 2.0), -0.0), ((-0.0, 0.0), -0.0), ((-0.0, -0.0), -pi), ((-0.0, -2.0), -pi),
    ((2.0, inf), 0.0), ((2.0, -inf), pi), ((-2.0, inf), -0.0), ((-2.0, -inf), -pi),
    ((inf, 2.0), pi / 2), ((-inf, 2.0), -pi / 2), ((inf, inf), pi / 4), ((inf, -inf), 3 * pi / 4),
    ((-inf, inf), -pi / 4), ((-inf, -inf), -3 * pi / 4),
]  # fmt: skip

_POW: list[Case] = [
    *(((x, zero), 1.0) for x, zero in product((nan, inf, -inf, 0.0, -0.0, 3.0), (0.0, -0.0))),
    ((nan, 2.0), nan), ((2.0, nan), nan), ((-inf, nan), nan),
    ((1.5, inf), inf), ((-1.5, inf), inf), ((1.5, -inf), 0.0), ((-1.5, -inf), 0.0),
    ((1.0, inf), 1.0), ((-1.0, inf), 1.0), ((1.0, -inf), 1.0), ((-1.0, -inf), 1.0),
    ((0.5, inf), 0.0), ((-0.5, inf), 0.0), ((0.5, -inf), inf), ((-0.5, -inf), inf),
    ((inf, 2.0), inf), ((inf, -2.0), 0.0), ((-inf, 3.0), -inf), ((-inf, 2.0), inf),
    ((-inf, 0.5), inf), ((-inf, -3.0), -0.0), ((-inf, -2.0), 0.0), ((-inf, -0.5), 0.0),
    ((0.0, 2.0), 0.0), ((0.0, -2.0), inf), ((-0.0, 3.0), -0.0), ((-0.0, 2.0), 0.0),
    ((-0.0, 0.5), 0.0), ((-0.0, -3.0), -inf), ((-0.0, -2.0), inf), ((-0.0, -0.5), inf),
    ((-2.0, 0.5), nan),
]  # fmt: skip

_REMAINDER: list[Case] = [
    *(((x, y), nan) for x, y in product((inf, -inf), (2.0, -2.0, 0.0, inf))),
    *(((x, y), nan) for x, y in product((2.0, 0.0, -0.0), (0.0, -0.0))),
    ((0.0, 2.0), 0.0), ((-0.0, 2.0), 0.0), ((0.0, -2.0), -0.0), ((-0.0, -2.0), -0.0),
    ((2.0, inf), 2.0), ((2.0, -inf), -inf), ((-2.0, inf), inf), ((-2.0, -inf), -2.0),
]  # fmt: skip

OF_TWO: dict[str, list[Case]] = {
    "add": _ADD,
    "sub": [((x, -y), z) for (x, y), z in _ADD],  # x − (−y) is the same as x + y
    "mul": _MULTIPLY,
    "div": _DIVIDE,
    "atan2": _ATAN2,
    "mod": _REMAINDER,
    "maximum": [((inf, -inf), inf), ((-inf, 2.0), 2.0)],
    "minimum": [((inf, -inf), -inf), ((inf, 2.0), 2.0)],
    "logaddexp": [((inf, 2.0), inf), ((2.0, inf), inf), ((inf, inf), inf)],
}
"""Results by operands; with a nan among these, it is nan."""

OTHERS: dict[str, list[Case]] = {
    "pow": _POW,
    "hypot": [
        *(((x, y), inf) for x, y in product((inf, -inf), (nan, 2.0, inf, -inf))),
        *(((x, y), inf) for x, y in product((nan, 2.0), (inf, -inf))),
        ((nan, 2.0), nan), ((2.0, nan), nan), ((nan, nan), nan),
    ],
}  # fmt: skip
"""Results by operands, for those that may be a number though there is a nan."""


def cases() -> Iterator[tuple[str, tuple[float, ...], float]]:
    """Yield every case: the op's name, its operands, its result."""
    for name, results in OF_ONE.items():
        for x, result in results.items():
            yield name, (x,), result
        yield name, (nan,), nan
    for zero in (0.0, -0.0):
        for name in KEEP_ZERO:
            yield name, (zero,), zero
        for name, result in AT_ZERO.items():
            yield name, (zero,), result
        yield "neg", (zero,), -zero
        yield "sign", (zero,), 0.0
        yield "reciprocal", (zero,), math.copysign(inf, zero)
    for name, rows in OF_TWO.items():
        for operands, result in rows:
            yield name, operands, result
        for operands in ((nan, 2.0), (2.0, nan), (nan, nan), (nan, inf), (inf, nan)):
            yield name, operands, nan
    for name, rows in OTHERS.items():
        for operands, result in rows:
            yield name, operands, result
