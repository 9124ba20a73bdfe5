"""A wrong rule that is seen at a jump alone is named, though no record names the jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from planted import CHANGES, WrongRule

from autograd import GradientMismatch, elementwise, gradcheck, temporary_registry
from autograd.check import examine
from autograd.extend import get_op as get

Program = Callable[[Any, Any], Any]


def remainder(op: Any, a: Any) -> Any:
    return op(a, a * 0.5)


def twice(op: Any, a: Any) -> Any:
    """Zero all around, for both terms jump at once."""
    return op(a) - op(a * 3.0 - 2.0 * a.data)


# Programs that are smooth where the op jumps, and the op's slope beside the jump.
SLOPES: list[tuple[str, int, Program, float, float]] = [
    ("fmod", 0, remainder, 1.7, 1.0),
    ("fmod", 1, remainder, 1.7, -2.0),
    ("mod", 0, remainder, 1.7, 1.0),
    ("mod", 1, remainder, 1.7, -2.0),
    ("floor_divide", 0, remainder, 1.7, 0.0),
    ("floor_divide", 1, remainder, 1.7, 0.0),
    ("floor", 0, twice, 2.0, 0.0),
    ("ceil", 0, twice, 2.0, 0.0),
    ("trunc", 0, twice, 2.0, 0.0),
    ("round", 0, twice, 2.5, 0.0),
]
CASES = [
    (*case, WrongRule(case[0], case[1], kind, change(str(get(case[0]).partials[case[1]]))))
    for case in SLOPES
    for kind, change in (CHANGES.items() if case[-1] else [("sloping", lambda rule: "1")])
]


@pytest.mark.parametrize(("name", "k", "program", "a", "slope", "bug"), CASES)
def test_a_wrong_rule_is_named(
    name: str, k: int, program: Program, a: float, slope: float, bug: WrongRule
) -> None:
    with bug.planted():
        report = examine(lambda x: program(get(name), x), a)
    assert report.verdict == "FAIL"
    assert (report.blame.op, report.blame.argument, report.blame.exact) == (name, k, slope)


def test_a_wrong_rule_is_named_in_arrays_too() -> None:
    a = np.array([1.7, 0.3])
    with WrongRule("fmod", 1, "sign", "round((x - z) / y)").planted():
        report = examine(lambda x: get("fmod")(x, x * 0.5).sum(), a)
    assert (report.blame.op, report.blame.argument) == ("fmod", 1)


def test_an_op_of_ones_own_is_named_and_its_slope_beside_the_jump_is_told() -> None:
    with temporary_registry():
        rest = elementwise("rest", "mod(x, y)", ("1", "floor((x - z) / y)"))
        with pytest.raises(GradientMismatch) as caught:
            gradcheck(lambda a: rest(a, a), 1.7)
    assert "rest" in str(caught.value)
    assert "exact is -1.0" in str(caught.value)
