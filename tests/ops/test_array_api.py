"""Elementwise ops at the special cases of the array API standard, as Values and as Tensors."""

import math

import pytest
from array_api_cases import OF_ONE, OF_TWO, OTHERS, STANDARD_NAMES, cases

import autograd
from autograd import Tensor, Value

# "may be" in the standard, or an approximation: the sign of a zero is free, the value is rounded.
FREE_SIGN = {"sign"}


def number(found: Value | Tensor) -> float:
    return float(found.data if isinstance(found, Value) else found.data[0])


def same(found: float, expected: float, *, sign: bool) -> bool:
    if math.isnan(expected):
        return math.isnan(found)
    if expected == 0:
        return found == 0 and (not sign or math.copysign(1, found) == math.copysign(1, expected))
    return found == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("name", [*OF_ONE, *OF_TWO, *OTHERS])
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_an_op_is_what_the_standard_says(name, kind):
    op = getattr(autograd, name)
    wrong = []
    for _, operands, expected in (case for case in cases() if case[0] == name):
        found = number(op(*(kind(x) if kind is Value else kind([x]) for x in operands)))
        if not same(found, expected, sign=name not in FREE_SIGN):
            wrong.append(f"{operands} is {found}, expected {expected}")
    assert not wrong, f"{STANDARD_NAMES.get(name, name)}: " + "; ".join(wrong)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "min", "var", "std", "cumsum"])
def test_a_reduction_of_what_has_nan_is_nan(name):
    """Standard, "Statistical functions": nan propagates."""
    found = getattr(autograd, name)(Tensor([1.0, math.nan]))
    last = found.data[-1] if found.ndim else found.data
    assert math.isnan(float(last))


def test_the_table_has_every_op_twice_at_least():
    assert all(sum(case[0] == name for case in cases()) >= 2 for name in (*OF_ONE, *OF_TWO))
