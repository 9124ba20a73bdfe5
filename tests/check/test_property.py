"""gradient_property: a test of Hypothesis like any other, and what it says of a wrong gradient."""

import math
import re
from ast import literal_eval
from collections.abc import Callable, Iterator
from inspect import signature
from time import sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, example, reproduce_failure, settings
from hypothesis.errors import DeadlineExceeded

import autograd
from autograd import elementwise, temporary_registry
from autograd.check import (
    GradientMismatch,
    Inconclusive,
    Program,
    gradient_property,
    strategies,
)

QUICK = settings(
    max_examples=40, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
POSITIVE = strategies.reals((0.5, 9.0))


@gradient_property(strategies.reals((-3.0, 3.0)), POSITIVE, settings=QUICK)
def test_a_gradient_property_is_a_test(x, y):
    return autograd.tanh(x) * autograd.log(y)


class TestInAClass:
    """The strategies are for the last arguments."""

    @gradient_property(POSITIVE, settings=QUICK)
    def test_a_method_is_a_test(self, x):
        assert isinstance(self, TestInAClass)
        return autograd.log(x)

    @pytest.mark.parametrize("factor", [1.0, -2.0])
    @gradient_property(POSITIVE, settings=QUICK)
    def test_what_stands_before_them_is_for_pytest(self, factor, x):
        return autograd.log(x) * factor


@pytest.mark.parametrize(
    "f", [autograd.log, Program.parse("a; log a; sin b"), lambda x, k=3: k * x]
)
def test_what_does_not_name_its_arguments_can_be_tested_too(f: Callable[..., Any]) -> None:
    gradient_property(POSITIVE, settings=QUICK)(f)()


def slow(x: float) -> float:
    """A gradient that takes longer to compute than Hypothesis allows an example to take."""
    sleep(0.01)
    return 1 / x


@pytest.fixture
def short_deadline() -> Iterator[None]:
    """As in the suite of somebody who has set nothing, but shorter."""
    before = settings.default
    settings.register_profile("short", max_examples=3, deadline=5, database=None)
    settings.load_profile("short")
    yield
    settings.register_profile("before", before)
    settings.load_profile("before")


@pytest.mark.usefixtures("short_deadline")
def test_a_check_that_takes_long_is_no_failure() -> None:
    gradient_property(POSITIVE, gradient=slow)(math.log)()


@pytest.mark.usefixtures("short_deadline")
def test_a_deadline_can_be_set() -> None:
    with pytest.raises(DeadlineExceeded):
        settings(deadline=5)(gradient_property(POSITIVE, gradient=slow)(math.log))()


def wrong(x: float) -> float:
    """A gradient of log that is right up to five."""
    return 1 / x if x <= 5 else 1 / x**2


def test_a_wrong_gradient_fails_a_property_with_the_smallest_inputs() -> None:
    with temporary_registry():
        square = elementwise("square_", "x * x", "choose(x > 5, x, 2 * x)")
        numbers = strategies.reals((0.0, 20.0), ["whole"])
        with pytest.raises(GradientMismatch, match=r"at \(6.0\)"):
            gradient_property(numbers, settings=QUICK)(square)()


@pytest.mark.slow
def test_the_failure_of_a_program_says_which_and_how_to_reproduce_it() -> None:
    with temporary_registry():
        elementwise("wrong", "x * x", "x")
        property_ = gradient_property(POSITIVE, settings=QUICK)(Program.parse("a; wrong a"))
        with pytest.raises(GradientMismatch, match=r"To reproduce it: gradcheck\(Program.parse"):
            property_()


def test_the_blob_of_a_failure_reproduces_it_on_the_first_call() -> None:
    seen = []

    def log(x: float) -> float:
        seen.append(x)
        return math.log(x)

    def property_() -> Any:
        return gradient_property(strategies.reals((0.0, 9.0), ["whole"]), gradient=wrong)(log)

    with pytest.raises(GradientMismatch) as caught:
        settings(QUICK, print_blob=True)(property_())()
    [note] = [n for n in caught.value.__notes__ if "reproduce_failure" in n]
    version, blob = literal_eval(re.search(r"@reproduce_failure(\(.*\)) as", note).group(1))
    seen.clear()
    with pytest.raises(GradientMismatch, match=re.escape(str(caught.value))):
        reproduce_failure(version, blob)(property_())()
    assert seen[0] == 6.0


def test_an_example_is_tried_besides_what_is_drawn() -> None:
    """The claim is right on all that is drawn."""
    property_ = gradient_property(strategies.reals((1.0, 2.0)), gradient=wrong, settings=QUICK)
    property_(math.log)()
    with pytest.raises(GradientMismatch, match=r"the claimed gradient says 0.01,"):
        example(10.0)(property_(math.log))()


def test_too_many_examples_without_a_verdict_fail_a_property() -> None:
    property_ = gradient_property(strategies.reals((-9.0, 9.0)), settings=QUICK)(autograd.log)
    with pytest.raises(Inconclusive, match="gave no verdict, more than the 25% allowed"):
        property_()


def test_pytest_sees_only_the_arguments_that_are_its_own() -> None:
    property_ = gradient_property(POSITIVE)(lambda fixture, x: x)
    assert list(signature(property_).parameters) == ["fixture"]


def test_a_strategy_is_asked_for() -> None:
    with pytest.raises(TypeError, match="takes a strategy for each argument"):
        gradient_property(1.0)
