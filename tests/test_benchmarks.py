"""What `make bench` compares does the same work, and its tables say what was not done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SETTINGS: dict[str, dict[str, Any]] = {
    "two_moons": {},
    "digits_scalars": {"hidden": [3], "batch": 4},
    "digits_tensors": {"hidden": [6, 5], "batch": 4},
    "deep_net": {},
    "picture_net": {},
    "residual_net": {},
    "attention_net": {},
    "random_program": {"size": 50},
}


def answers(contestant: str, *questions: Any, **variables: str) -> list[dict[str, Any]]:
    """Return what a worker says: about itself, and to each question."""
    done = subprocess.run(
        [sys.executable, "worker.py", contestant],
        cwd=BENCHMARKS / "peers",
        env=os.environ | {"PYTHONPATH": str(BENCHMARKS.parent)} | variables,
        input="".join(json.dumps(question) + "\n" for question in questions),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@cache
def results(contestant: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what each way of each task gives; what compiles C++ is left out."""
    (about,) = answers(contestant)
    ways = [
        (task, way)
        for task, ways in about["tasks"].items()
        for way in ways
        if "compiled" not in way
    ]
    found = answers(contestant, *([task, way, SETTINGS[task], 1] for task, way in ways))
    return dict(zip(ways, found[1:], strict=True))


def losses(contestant: str) -> Iterator[tuple[str, str, float]]:
    for (task, way), answer in results(contestant).items():
        yield task, way, answer["result"]


@pytest.mark.slow
@pytest.mark.parametrize("contestant", ["with_glassgrad", "with_jax", "with_micrograd"])
def test_every_way_of_a_task_gives_the_loss_that_pytorch_gives(contestant: str) -> None:
    expected = {task: loss for task, _, loss in losses("with_torch")}
    found = [(task, way, loss) for task, way, loss in losses(contestant) if task in expected]
    assert found
    for task, way, loss in found:
        assert loss == pytest.approx(expected[task], rel=1e-12), (task, way)


@pytest.mark.slow
def test_every_way_of_a_random_program_gives_what_micrograd_gives() -> None:
    (expected,) = (loss for task, _, loss in losses("with_micrograd") if task == "random_program")
    found = [loss for task, _, loss in losses("with_glassgrad") if task == "random_program"]
    assert len(found) == 3
    assert found == pytest.approx([expected] * 3, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("contestant", ["with_glassgrad", "with_jax"])
def test_steps_of_training_go_where_those_of_pytorch_go(contestant: str) -> None:
    """After 100 steps the losses tell a gradient that is wrong, or not taken."""
    task, settings, rate = "digits_tensors", SETTINGS["digits_tensors"], {"BENCHMARK_RATE": "0.1"}
    _, first, expected = answers(
        "with_torch", [task, "PyTorch eager", settings, 0], [task, "PyTorch eager", settings, 99],
        **rate,
    )  # fmt: skip
    assert expected["result"] < 0.9 * first["result"]
    (about,) = answers(contestant)
    for way in about["tasks"][task]:
        many = any(word in way for word in ("loop", "scan"))  # 100 steps are one call
        _, found = answers(contestant, [task, way, settings, 0 if many else 99], **rate)
        assert found["result"] == pytest.approx(expected["result"], rel=1e-9), way


@pytest.mark.slow
def test_a_worker_chooses_its_own_kernels_of_blas() -> None:
    (plain,) = answers("with_numpy")
    (told,) = answers("with_numpy", OPENBLAS_CORETYPE="Prescott", OPENBLAS_VERBOSE="2")
    assert told["about"] == plain["about"]
    assert "Prescott" not in told["about"]


@pytest.mark.slow
def test_a_row_says_why_a_contestant_does_not_do_a_task() -> None:
    _, answer = answers("with_micrograd", ["random_program", "micrograd", {"size": 10**6}, 1])
    assert answer == {"failed": "not run: half a minute a step"}


def test_a_table_has_the_fastest_first_and_the_failed_last(monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from results import Entry, Work, table

    entries = [
        Entry("a", "failing", failed="did not compile in 60 s"),
        Entry("b", "slow", [4.0, 2.0, 9.0], first=20.0, result=0.5, note="gcc 7.0 s"),
        Entry("c", "fast", [0.5, 0.25, 1.0], first=2.0, result=0.5),
    ]
    text = table(Work("key", "A title", "task", base="slow", entries=entries))
    assert text.splitlines()[4:] == [
        "| fast | 500 ms | 250 ms | 8 | 2 s | 0.5 |",
        "| slow | 4 s | 2 s | 1 | 20 s (gcc 7.0 s) | 0.5 |",
        "| failing | did not compile in 60 s | | | | |",
    ]
