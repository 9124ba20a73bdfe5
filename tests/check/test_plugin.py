"""The pytest plugin, loaded by its module name as the entry point would."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HYPOTHESIS = ("-p", "_hypothesis_pytestplugin")
CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT = """
from hypothesis import given, settings, strategies as st

def test_right(gradcheck):
    gradcheck(lambda x: x * x, 3.0)

def test_wrong(gradcheck):
    gradcheck(lambda x: x * x, 3.0, gradient=lambda x: x)

@settings(max_examples=5)
@given(st.floats(-2.0, 2.0))
def test_drawn(gradcheck, x):
    gradcheck(lambda x: x * x, x)

def test_profile():
    assert settings().max_examples == 2_000
    assert settings().print_blob
"""


def run(folder: Path, *arguments: str) -> str:
    (folder / "test_project.py").write_text(PROJECT, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "autograd.check.plugin",
        *HYPOTHESIS,
        "-q",
        *arguments,
    ]
    alone = {"PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = os.environ | alone  # else an installed Glassgrad brings the plugin a second time
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout


@pytest.mark.slow
def test_another_project_has_the_fixture_and_the_nightly_profile(tmp_path: Path) -> None:
    said = run(tmp_path, "--hypothesis-profile=nightly")
    assert "1 failed, 3 passed" in said
    assert "GradientMismatch: order 1, the result by argument 0:" in said
    assert "the claimed gradient says 3.0" in said


def test_loading_the_plugin_loads_neither_hypothesis_nor_mpmath() -> None:
    """Whoever has Glassgrad installed runs it in every project."""
    script = "import sys, autograd.check.plugin;print({'hypothesis', 'mpmath'} & set(sys.modules))"
    command = [sys.executable, "-c", script]
    said = subprocess.check_output(
        command, cwd=CHECKOUT, env={"PYTHONPATH": str(CHECKOUT)}, text=True
    )
    assert said.strip() == "set()"


def test_the_entry_point_is_declared() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"glassgrad": "autograd.check.plugin"}
