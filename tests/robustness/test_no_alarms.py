"""The checks give no alarm where nothing is wrong: programs of numbers, of arrays, and claims.

Each campaign is short on every push and long at night, where it draws other programs every time.
"""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from structural_cases import EXAMPLES

import autograd
from autograd.check import Program, Report, examine, strategies

Point = tuple[float, ...]


def of_numbers(program: Program, point: Point) -> Report:
    return examine(program, *point)


def of_arrays(program: Program, point: Point) -> Report:
    """Two elements each, the second beside the first."""
    rng = np.random.default_rng(abs(hash(point)))
    return examine(program, *(x + rng.normal(size=2) for x in point))


def of_claims(program: Program, point: Point) -> Report:
    """The program as a black box, with the engine's gradient as one that is claimed."""
    claimed = autograd.grad(program, tuple(range(program.inputs)))
    if not np.all(np.isfinite(claimed(*point))):  # at a kink, by convention: as a claim it is wrong
        return of_numbers(program, point)
    return examine(program, *point, gradient=claimed)


# How it is looked at, on what numbers, how many instructions, how many programs at night, and what
# share must pass: what is skipped can't hide an alarm.
MODERATE = strategies.reals((-8.0, 8.0), strategies.MODERATE)
CAMPAIGNS = {
    "numbers": (of_numbers, MODERATE, 8, 10_000, 0.97),
    "extremes": (of_numbers, strategies.reals(), 4, 3_000, 0.85),
    "arrays": (of_arrays, MODERATE, 6, 1_500, 0.95),
    "claims": (of_claims, MODERATE, 6, 3_000, 0.93),
}


def campaign(kind: str, part: float, **chosen: Any) -> None:
    """Look at random programs; say which verdicts were given, as `pytest -rP` shows."""
    look, numbers, size, count, share = CAMPAIGNS[kind]
    found: Counter[str] = Counter()
    seen = set()  # some are drawn many times, and say no more than once

    @settings(
        max_examples=int(part * count),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        **chosen,
    )
    @given(strategies.problems(size=size, numbers=numbers))
    def run(problem: Any) -> None:
        program, point = problem
        if (str(program), point) in seen:
            return
        report = look(program, point)
        assert report.verdict != "FAIL", f"{program!r} at {point}: {report}"
        seen.add((str(program), point))
        found[report.verdict] += 1

    run()
    print(kind, dict(found))
    assert found["PASS"] > share * found.total()


@pytest.mark.slow
@pytest.mark.parametrize("kind", CAMPAIGNS)
def test_random_programs_give_no_alarm(kind: str) -> None:
    campaign(kind, 1 / 30, derandomize=True)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", CAMPAIGNS)
def test_thousands_of_random_programs_give_no_alarm(kind: str) -> None:
    campaign(kind, 1)


@pytest.mark.slow
def test_the_right_pullbacks_give_no_alarm() -> None:
    reports = [examine(each.ours, *each.inputs) for each in EXAMPLES[::6]]
    assert [str(report) for report in reports if not report] == []
