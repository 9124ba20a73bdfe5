"""Who is to blame where each partial is right by itself: mutation, aliasing, second order."""

import numpy as np
import pytest

import autograd
from autograd import elementwise, structural, temporary_registry
from autograd.check import examine
from autograd.rules.op_registry import get

pytest.importorskip("mpmath")


def doubling(x, z):
    if isinstance(x, np.ndarray):
        x.setflags(write=True)
        x *= 2
    return 2 * x


def scaling(g, x, z):
    if isinstance(g, np.ndarray):
        g *= 2
    return (g,)


def test_a_rule_that_changes_its_operand_is_blamed() -> None:
    with temporary_registry():
        op = elementwise("mutant", "x * x", doubling)
        report = examine(lambda x: op(x).sum(), np.array([1.0, 2.0]))
    assert report.blame.op == "mutant"
    assert "changes its operand x in place" in report.reason


def test_a_rule_that_changes_its_cotangent_is_blamed() -> None:
    with temporary_registry():
        op = structural("add_one", lambda x: x + 1, scaling)
        report = examine(lambda x: (op(x * x) * 3).sum(), np.array([1.0, 2.0]))
    assert report.blame.op == "add_one"
    assert "changes the cotangent in place" in report.reason


@pytest.mark.parametrize("x", [2.0, np.array([2.0, 3.0])])
def test_a_rule_that_is_wrong_for_repeated_operands_is_blamed(x) -> None:
    with temporary_registry():
        op = elementwise("mine", "x * y", ("choose(x == y, 2 * y, y)", "x"))
        assert examine(lambda x: op(x, x), x).blame.op == "mine"


@pytest.mark.parametrize("x", [2.0, np.array([2.0, 1.0])])
def test_a_rule_that_cannot_be_differentiated_is_blamed_at_order_two(x) -> None:
    with temporary_registry():
        op = elementwise("cube", "x * x * x", lambda x, z: 3 * np.square(getattr(x, "_data", x)))
        report = examine(lambda x: autograd.sin(op(x)), x, order=2)
    assert report.verdict == "FAIL"
    assert (report.blame.op, report.blame.argument) == ("cube", 0)


@pytest.mark.parametrize(("name", "k"), [("pow", 0), ("pow", 1), ("xlogy", 0), ("xlogy", 1)])
@pytest.mark.parametrize("kind", [float, np.array])
def test_a_wrong_partial_of_pow_and_xlogy_is_blamed(name: str, k: int, kind) -> None:
    with temporary_registry():
        old = get(name)
        partials = list(old.partials)
        partials[k] = f"2 * ({partials[k]})"
        wrong = elementwise(
            name, old.function, partials, domain=old.domain, numbers=old.numbers,
            edges=old.edges, replace=True,
        )  # fmt: skip
        report = examine(wrong, kind(2.0), kind(3.0))
    assert (report.blame.op, report.blame.argument) == (name, k)
