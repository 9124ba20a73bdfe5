"""The net catches fish: bugs are planted one by one, and found by random programs.

Every bug must be found and blamed on the rule that is wrong (or on the engine), in a program of
three instructions at most. That the unbroken engine gives no alarm is in ``robustness``.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from planted import (
    WRONG_LINES,
    WRONG_LINES_FOR_ARRAYS,
    WrongLine,
    WrongRule,
    wrong_rules,
)
from wrong_pullbacks import ROWS, WRONG_PULLBACKS, WrongPullback

from autograd.check import check_op, examine, precise, strategies

pytestmark = pytest.mark.slow

BUGS = [*wrong_rules(), *WRONG_LINES]
ON_EVERY_PUSH = wrong_rules()[::3] + WRONG_LINES  # the others at night
TO_BE_SHRUNK = wrong_rules()[::18] + WRONG_LINES[::6]

FIRST = [Phase.generate]
SMALLEST = [Phase.generate, Phase.shrink]


def companions(bug: WrongRule | WrongLine) -> list[str]:
    """The ops that the programs are made of."""
    if isinstance(bug, WrongLine):
        return ["add", "mul", "sub", "sin", "exp"]
    others = [op for op in ("add", "mul", "sin") if op != bug.op]
    return [*others, bug.instruction]


def caught(bug: WrongRule | WrongLine, phases: list[Phase]) -> tuple[Any, Any]:
    """Return a program that shows the bug, and what is reported of it."""

    def fails(problem: Any) -> bool:
        program, point = problem
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(precise, "LADDER", (60, 200, 200))  # a quick look, and no verdict
            suspect = examine(program, *point).verdict == "FAIL"
        return suspect and examine(program, *point).verdict == "FAIL"

    choices = settings(
        max_examples=2_000,
        derandomize=True,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    with bug.planted():
        at_ties = isinstance(bug, WrongRule) and bug.kind == "tie"
        numbers = strategies.reals((-2.0, 2.0), ["whole"]) if at_ties else None
        problems = strategies.problems(companions(bug), size=4, numbers=numbers)
        program, point = find(problems, fails, settings=choices)
        return program, examine(program, *point)


def check(bug: WrongRule | WrongLine, phases: list[Phase]) -> Any:
    program, report = caught(bug, phases)
    assert report.verdict == "FAIL"
    assert report.blame.op == (bug.op if isinstance(bug, WrongRule) else "engine"), report
    if isinstance(bug, WrongRule):
        assert report.blame.argument == bug.k, report
    return program


def test_there_are_enough_bugs() -> None:
    assert len(ON_EVERY_PUSH) >= 60
    assert len({str(bug) for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("bug", ON_EVERY_PUSH, ids=str)
def test_a_planted_bug_is_caught_and_the_right_rule_and_argument_blamed(bug) -> None:
    check(bug, FIRST)


@pytest.mark.parametrize("bug", TO_BE_SHRUNK, ids=str)
def test_what_shows_a_bug_is_shrunk_to_three_instructions_at_most(bug) -> None:
    assert len(check(bug, SMALLEST).instructions) <= 3


@pytest.mark.nightly
@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_every_planted_bug_is_caught_blamed_and_shrunk(bug) -> None:
    assert len(check(bug, SMALLEST).instructions) <= 3


@pytest.mark.parametrize("bug", WRONG_LINES_FOR_ARRAYS, ids=str)
def test_a_bug_in_what_arrays_do_is_caught_by_a_sweep_of_one_op(bug) -> None:
    with bug.planted():
        try:
            report = check_op("mul")
        except ValueError:  # shapes that don't fit
            return
    assert report.verdict == "FAIL"


@pytest.mark.parametrize("bug", WRONG_PULLBACKS, ids=str)
def test_a_wrong_pullback_is_caught_and_its_op_and_operand_blamed(bug: WrongPullback) -> None:
    with bug.planted():
        report = examine(bug.program, *bug.inputs)
    assert report.verdict == "FAIL"
    assert report.blame.op == bug.op, report
    if bug.op not in ROWS:  # there an operand is one of many in a row
        assert report.blame.argument == bug.k, report
