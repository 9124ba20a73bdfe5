"""Files that glassgrad 0.1.0 wrote: they load, and runs go on from them.

``record_files.py`` has written them; they are never written again by a later version.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
from record_files import EPOCHS, FOLDER, RUNS, graph, parts, run

import autograd
import nn
from autograd.stepping import Steps


@pytest.mark.parametrize("name", RUNS)
def test_a_run_goes_on_from_a_kept_checkpoint_to_the_bits_of_one_that_was_never_stopped(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / "run"
    shutil.copy(FOLDER / f"{name}.checkpoint", file)
    uninterrupted, expected = run(name, EPOCHS, None)
    resumed, history = run(name, EPOCHS, file)
    for key, array in uninterrupted.state_dict().items():
        np.testing.assert_array_equal(resumed.state_dict()[key], array, err_msg=key)
    assert [epoch.loss for epoch in history] == [epoch.loss for epoch in expected]
    assert [epoch.number for epoch in history] == list(range(1, EPOCHS + 1))


@pytest.mark.parametrize("name", RUNS)
def test_a_kept_checkpoint_is_half_way(name: str) -> None:
    state = nn.Checkpoint(FOLDER / f"{name}.checkpoint").load()
    assert state is not None
    assert len(state["history"]) == EPOCHS // 2
    assert all(state["optimizer"]["memory"]), "an optimiser that remembers"


def test_kept_weights_load() -> None:
    expected, _ = run("momentum", 1, None)
    model, _, _ = parts("momentum")
    nn.load_weights(model, FOLDER / "weights.safetensors")
    for key, array in expected.state_dict().items():
        np.testing.assert_array_equal(model.state_dict()[key], array, err_msg=key)


def test_kept_steps_load_and_are_those_of_the_graph_today() -> None:
    text = (FOLDER / "steps.json").read_text(encoding="utf-8")
    assert Steps.from_json(text) == autograd.steps(graph())
