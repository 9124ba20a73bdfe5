"""Many inputs go by random directions first: that is quick, and no wrong component gets through."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, gradcheck
from autograd.check import directions, examine

N = 240


def total(a: Any, x: Any) -> float:
    """A sum of sines, each with its own size."""
    return float(np.sum(a * np.sin(x)))


class Claim:
    """The gradient of ``total``, off by a share of one component."""

    def __init__(self, a: Any, at: int, off: float) -> None:
        self.a, self.at, self.off = a, at, off

    def __call__(self, x: Any) -> Any:
        found = self.a * np.cos(x)
        found[self.at] *= 1 + self.off
        return found


def problem(seed: int, decades: float, count: int = N) -> tuple[Any, Any]:
    """Sizes over so many powers of ten, and a point where no sine or cosine is near zero."""
    rng = np.random.default_rng(seed)
    return 10 ** rng.uniform(0, decades, count), rng.uniform(0.3, 1.2, count)


# One wrong component ------------------------------------------------------------------------------

positions = st.integers(0, N - 1)
seeds = st.integers(0, 10**6)


@pytest.mark.slow
@given(seeds, positions, st.floats(0, 12), st.floats(-6.0, 1.0), st.sampled_from([-1, 1]))
@settings(max_examples=40, deadline=None)
def test_one_wrong_component_of_240_is_found_and_named(seed, at, decades, size, sign) -> None:
    """It is as small as differences see to three digits: 1e-8 of the result."""
    a, x = problem(seed, decades)
    off, right = sign * 10.0**size, a[at] * math.cos(x[at])
    assume(min(right, abs(off * right)) > 1e-8 * total(a, x) and abs(off) > 1e-6)
    assume(off > -0.9 or off < -1.1)
    report = examine(lambda x: total(a, x), x, gradient=Claim(a, at, off))
    assert report.verdict == "FAIL"
    assert report.worst.argument == f"argument 0 at index ({at},)"
    assert report.worst.analytic == Claim(a, at, off)(x)[at]
    assert report.worst.numeric == pytest.approx(right, rel=abs(off) / 2)


@pytest.mark.slow
@given(seeds, st.integers(0, 39), st.floats(0, 12), st.floats(-14.0, 1.0))
@settings(max_examples=40, deadline=None)
def test_what_one_difference_at_a_time_finds_directions_do_not_pass(seed, at, decades, size):
    a, x = problem(seed, decades, 40)
    checked: dict[str, Any] = {"gradient": Claim(a, at, 10.0**size)}
    quick = examine(lambda x: total(a, x), x, **checked).verdict
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directions, "FEW", math.inf)
        slow = examine(lambda x: total(a, x), x, **checked).verdict
    assert (slow, quick) != ("FAIL", "PASS")


@pytest.mark.parametrize("share", [1.0, 1e-3, 1e-5])
@pytest.mark.parametrize("largest", [1.0, 1e6])
def test_a_component_that_is_claimed_to_be_zero_is_found(share: float, largest: float) -> None:
    a, x = problem(3, 0.0)
    a *= largest
    a[77] = share * largest
    report = examine(lambda x: total(a, x), x, gradient=Claim(a, 77, -1.0))
    assert report.verdict == "FAIL"
    assert report.worst.argument == "argument 0 at index (77,)"


def test_two_wrong_components_do_not_cancel() -> None:
    a, x = np.ones(N), np.full(N, 0.7)

    def claimed(x):
        found = np.cos(x)
        found[[3, 200]] += [1e-6, -1e-6]
        return found

    assert examine(lambda x: total(a, x), x, gradient=claimed).verdict == "FAIL"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["array", "Tensor", "Values"])
def test_a_gradient_lost_in_one_of_many_inputs_of_ours_is_found(kind: str) -> None:
    x = np.linspace(0.1, 0.9, N)

    def f(v):
        held = v[100].detach() * v[100] if kind == "Values" else (v[100].detach() * v[100]).sum()
        parts = [v[k] * v[k + 1] for k in range(N - 1)]
        return sum(parts[1:], parts[0]) + held

    given = {"array": x, "Tensor": autograd.Tensor(x), "Values": [Value(y) for y in x.tolist()]}
    report = examine(f, given[kind])
    assert report.verdict == "FAIL"
    assert "100" in report.worst.argument


def test_a_part_of_a_plain_function_that_computes_in_floats_is_seen_among_many() -> None:
    x = np.linspace(0.1, 0.9, N).tolist()

    def f(v):
        return sum(y * y for y in v) + math.sin(v[9])

    def slope(v):
        return [2 * y + math.cos(y) * (k == 9) for k, y in enumerate(v)]

    assert gradcheck(f, x, gradient=slope)
    wrong = examine(f, x, gradient=lambda v: [2 * y for y in v])
    assert wrong.verdict == "FAIL"
    assert wrong.worst.argument == "argument 0[9]"


# What is right passes -----------------------------------------------------------------------------


@given(seeds, st.floats(0, 12))
@settings(max_examples=30, deadline=None)
def test_a_right_gradient_of_any_sizes_does_not_fail(seed: int, decades: float) -> None:
    a, x = problem(seed, decades, 60)
    assert examine(lambda x: total(a, x), x, gradient=Claim(a, 0, 0.0)).verdict != "FAIL"


def test_a_direction_says_to_how_many_digits_it_confirms() -> None:
    report = gradcheck(lambda x: total(1.0, x), problem(0, 0.0)[1], gradient=np.cos)
    assert report.compared == N
    assert 5 <= report.digits <= 12
    assert "along random directions" in str(report)


@pytest.mark.slow
def test_the_digits_of_numbers_of_ours_are_those_of_mpmath() -> None:
    x = np.linspace(0.1, 0.9, N).tolist()
    report = gradcheck(lambda v: autograd.sin(sum(y * y for y in v)), x)
    assert (report.compared, report.worst.reference) == (N, "mpmath")
    assert report.digits >= 13


def test_many_results_of_many_inputs_pass() -> None:
    report = gradcheck(lambda x: autograd.sin(x) * 2, np.linspace(-2, 2, 30))
    assert report.compared == 900


def test_one_kink_among_many_inputs_is_named() -> None:
    x = np.linspace(-1.0, 1.0, 41)
    report = examine(lambda v: autograd.relu(v).sum(), x)
    assert report.verdict == "INCONCLUSIVE"
    assert "0.0 differ: it is a kink" in report.reason


def test_an_input_that_lives_near_zero_is_checked_with_steps_of_its_own_size() -> None:
    x = np.geomspace(1e-9, 1e3, 60)
    assert gradcheck(lambda v: float(np.sum(np.log(v))), x, gradient=lambda v: 1 / v).digits >= 4


# Time ---------------------------------------------------------------------------------------------

A = np.ones(20)
FUNCTIONS = {
    "claimed, of an array": (
        lambda w: float(np.tanh(w @ A).sum() + (w**2).sum()),
        np.random.default_rng(0).normal(size=(12, 20)),
        {"gradient": lambda w: np.outer(1 - np.tanh(w @ A) ** 2, A) + 2 * w},
    ),
    "ours, of an array": (
        lambda w: autograd.tanh(w @ A).sum() + (w * w).sum(),
        np.random.default_rng(0).normal(size=(12, 20)),
        {},
    ),
    "ours, of numbers": (
        lambda v: autograd.sin(sum(a * b for a, b in pairwise(v))),
        np.random.default_rng(0).normal(size=240).tolist(),
        {},
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_240_inputs_take_some_hundred_calls(name: str) -> None:
    """One by one there were 15,000 of an array's function: 56 or more for each input."""
    f, x, options = FUNCTIONS[name]
    calls = 0

    def counted(*args):
        nonlocal calls
        calls += 1
        return f(*args)

    assert gradcheck(counted, x, **options).compared == 240
    assert calls < 600


def test_where_differences_were_not_asked_for_directions_take_none() -> None:
    report = examine(lambda x: autograd.sin(x).sum(), np.linspace(0, 1, 30), oracle="exact")
    assert report.verdict == "INCONCLUSIVE"


def test_complex_numbers_of_ours_are_looked_at_one_by_one() -> None:
    z = [k / 20 + 1j for k in range(20)]
    assert gradcheck(lambda z: sum(y * y for y in z) * (1 + 2j), z).compared == 40
