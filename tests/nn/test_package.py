"""The front door of nn."""

import subprocess
import sys
from importlib import import_module

import pytest
from parts import ACTIVATIONS, LAYERS, LOSSES, OPTIMISERS, names

import nn

# What is public beside the layers, activations, losses and optimisers, which are found.
OTHERS = {
    "Module", "Optimizer", "schedules", "clip_grad_norm", "clip_grad_value", "grad_norm",
    "train", "fit", "Epoch", "History", "Diverged", "Checkpoint", "CheckpointError",
    "CheckpointWarning", "accuracy", "mean_absolute_error", "save_weights", "load_weights",
    "from_onnx", "to_onnx", "perceptron_step", "train_perceptron", "margin", "largest_margin",
    "update_bound", "draw_boundaries", "ThresholdUnit", "xor_network", "stack_linear",
    "functional_call", "per_sample_grads",
    "propagate", "diagnose", "assert_healthy", "lsuv", "playground", "sweep", "SweepError", "Table",
}  # fmt: skip


def test_the_public_names_are_these() -> None:
    parts = names([*LAYERS, *ACTIVATIONS, *LOSSES, *OPTIMISERS])
    assert set(nn.__all__) == OTHERS | parts
    assert len(nn.__all__) == len(OTHERS | parts)


def test_every_public_name_exists_and_says_what_it_is() -> None:
    assert [name for name in nn.__all__ if not getattr(nn, name).__doc__] == []


@pytest.mark.parametrize(
    ("earlier", "home", "name"),
    [
        ("nn.signal", "nn.diagnostics", "propagate"),
        ("nn.worked", "nn.lectures", "backpropagate"),
        ("nn.estimator", "nn.estimators", "MLPClassifier"),
    ],
)
def test_an_earlier_name_gives_what_its_home_has(earlier: str, home: str, name: str) -> None:
    assert getattr(import_module(earlier), name) is getattr(import_module(home), name)


@pytest.mark.parametrize(
    "line",
    [
        "from nn.signal import figure_7_4, plots, precision; plots.figure_7_4",
        "from nn.schedules import Cosine",
        "from nn import worked; worked.one_step",
        "from nn.signal import plots; import nn.diagnostics.plots as p; assert plots is p",
        "from autograd.registry import get; get('mul')",
    ],
)
def test_the_imports_of_earlier_notebooks_run(line: str) -> None:
    subprocess.run([sys.executable, "-c", line], check=True)


@pytest.mark.slow
def test_a_room_is_an_attribute_before_it_is_imported() -> None:
    """Each in a process of its own, in which nothing else has imported it."""
    for room in ("diagnostics", "estimators", "lectures", "perceptron", "signal", "worked"):
        subprocess.run([sys.executable, "-c", f"import nn; nn.{room}"], check=True)
