"""Schedules against PyTorch's, recorded by record_schedules.py, and against closed forms."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import schedules

RECORDED = json.loads(
    (Path(__file__).parent / "recorded" / "schedules.json").read_text(encoding="utf-8")
)
RATES, LOSSES = RECORDED["rates"], RECORDED["losses"]

# PyTorch's one cycle of n steps has its peak at step 0.3n − 1 and its end at step n − 1.
SAME: dict[str, schedules.Schedule] = {
    "step": schedules.Step(0.5, every=7, factor=0.3),
    "exponential": schedules.Exponential(0.5, factor=0.9),
    "cosine": schedules.Cosine(0.5, length=39, end=0.01),
    "warmup": schedules.Warmup(schedules.Cosine(0.5, length=32, end=0.01), length=8, start=0.2),
    "one_cycle": schedules.OneCycle(0.5, length=39, rising=11 / 39),
    "plateau": schedules.ReduceOnPlateau(
        0.5, factor=0.5, patience=2, threshold=0.01, cooldown=1, end=0.02
    ),
}
ALL = [schedules.Constant(0.5), schedules.RobbinsMonro(0.5), *SAME.values()]


@pytest.mark.lecture("S19")
@pytest.mark.parametrize("name", SAME)
def test_the_rates_are_pytorchs(name: str) -> None:
    found = [SAME[name](t, LOSSES[:t]) for t in range(len(RATES[name]))]
    assert found == pytest.approx(RATES[name], rel=1e-12, abs=1e-17)


def test_the_recorded_plateau_was_reduced_more_than_once() -> None:
    assert len(set(RATES["plateau"])) >= 3


def test_a_constant_is_one() -> None:
    assert {schedules.Constant(0.3)(t) for t in (0, 0.5, 1e9)} == {0.3}


@pytest.mark.lecture("S19")
def test_robbins_and_monros_rates_add_up_to_infinity_and_their_squares_dont() -> None:
    """For τ = 1 they are the harmonic series: Σ 1/t to n is ln n + γ, and Σ 1/t² is π²/6."""
    rates = [schedules.RobbinsMonro(1.0)(t) for t in range(10_000)]
    assert sum(rates) == pytest.approx(math.log(10_000) + 0.5772156649 + 1 / 20_000, rel=1e-9)
    squares = sum(rate * rate for rate in rates)
    assert squares == pytest.approx(math.pi**2 / 6 - 1 / 10_000, rel=1e-7)


def test_a_schedule_stays_at_its_end() -> None:
    assert schedules.Cosine(1.0, length=3, end=0.1)(99) == 0.1
    assert schedules.OneCycle(1.0, length=3, divisor=2, final_divisor=5)(99) == 0.1


def test_time_may_be_a_fraction_of_a_unit() -> None:
    assert schedules.Exponential(1.0, factor=0.25)(0.5) == 0.5
    assert schedules.Step(1.0, every=1)(0.999) == 1.0


def test_a_loss_that_is_nan_is_no_improvement() -> None:
    schedule = schedules.ReduceOnPlateau(1.0, factor=0.5, patience=1)
    assert schedule(3, [1.0, math.nan, math.nan]) == 0.5


@given(
    st.sampled_from(ALL),
    st.floats(0, 60),
    st.lists(st.floats(allow_nan=True), max_size=40),
)
def test_rates_are_never_negative_nor_above_the_one_named(schedule: Any, t: float, found: Any):
    assert 0 <= schedule(t, found) <= 0.5


@pytest.mark.parametrize("schedule", ALL, ids=lambda schedule: type(schedule).__name__)
def test_a_schedule_is_plain_data(schedule: Any) -> None:
    """Equal settings are equal schedules, ``repr`` is how one is made, and none can be changed."""
    again = eval(repr(schedule), vars(schedules))
    assert again == schedule
    with pytest.raises(AttributeError):
        schedule.lr = 1.0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: schedules.Constant(-0.1), ValueError, "lr must be finite and at least 0"),
        (lambda: schedules.Constant("fast"), TypeError, "lr must be a number, got 'fast'"),  # type: ignore[arg-type]
        (lambda: schedules.Cosine(0.1, length=0), ValueError, "length must be above 0, got 0"),
        (lambda: schedules.RobbinsMonro(0.1, tau=0), ValueError, "tau must be above 0"),
        (lambda: schedules.Step(0.1, every=0), ValueError, "every must be above 0"),
        (lambda: schedules.OneCycle(0.1, length=5, rising=1.0), ValueError, "rising is a share"),
        (lambda: schedules.Warmup(0.1, length=5), TypeError, "leads to a schedule, got 0.1"),  # type: ignore[arg-type]
        (lambda: schedules.Constant(0.1)(-1), ValueError, "time starts at 0, got -1"),
    ],
)
def test_bad_settings_are_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("every", [0.1, 0.2, 0.3, 0.7, 1 / 3])
def test_steps_at_decimal_times_are_not_late(every):
    """3 · 0.1, 0.3 and 0.1 + 0.1 + 0.1 are different floats, and all of them are the third step."""
    schedule = schedules.Step(1.0, every=every, factor=0.5)
    summed = 0.0
    for k in range(400):
        exact = 0.5**k
        assert [schedule(t) for t in (k * every, summed)] == [exact, exact]
        assert schedule(round(k * every, 9) if every != 1 / 3 else k / 3) == exact
        summed += every


def test_steps_at_decimal_times_late_in_a_run_and_after_a_warm_up():
    step = schedules.Step(1.0, every=0.1, factor=0.5)
    assert [step(epoch + 3 / 10) for epoch in (0, 5, 17)] == [0.5**k for k in (3, 53, 173)]
    after = schedules.Warmup(step, length=0.4)
    assert [after(t) for t in (0.5, 0.6, 0.7, 0.8)] == [0.5, 0.25, 0.125, 0.0625]


@pytest.mark.parametrize("shift", [-1.0, -5.0, -1e6])
def test_a_plateau_of_negative_losses_reduces_the_rate(shift):
    """The same loss over and over is a plateau, whatever its sign."""
    schedule = schedules.ReduceOnPlateau(1.0, factor=0.5, patience=1)
    assert schedule(6, [shift] * 5) == 0.25


def test_an_improvement_is_a_share_of_the_absolute_value_of_the_best_loss():
    schedule = schedules.ReduceOnPlateau(1.0, factor=0.5, patience=0, threshold=0.1)
    assert schedule(3, [-1.0, -1.2]) == 1.0
    assert schedule(3, [-1.0, -1.05]) == 0.5
    assert schedule(3, [0.0, -1e-9]) == 1.0
    assert schedule(3, [-math.inf, -math.inf]) == 0.5
