"""The front door: the public names of autograd, locked, and what its import does."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from public_ops import PUBLIC

import autograd
from autograd.import_check import warn_of_clash
from autograd.rules.op import Elementwise, Op
from autograd.rules.op_registry import ops

# A new name is added here on purpose; one that goes is a breaking change.
NODES = """Tensor Value enable_grad is_recording label no_grad record_source region"""
TRANSFORMS = """grad hessian hvp jacobian jvp value_and_grad vjp vmap"""
READERS = """
    AnomalyError GradientMismatch detect_anomaly draw gradcheck jit live scalars step steps why
"""
EXTENDING = """elementwise structural temporary_registry"""
PACKAGES = """bridges check extend linalg pages replay show special stepping"""  # for users
FUNCTIONS = """
    angle argmax argmin argsort array_split batch_norm diag expand_dims group_norm hstack inner
    layer_norm median moveaxis quantile ravel scaled_dot_product_attention split squeeze
    swapaxes take take_along_axis topk vstack
"""  # written in ops, or plain


def test_the_public_names_are_these() -> None:
    expected = [*" ".join((NODES, TRANSFORMS, READERS, EXTENDING, FUNCTIONS)).split(), *PUBLIC]
    assert set(autograd.__all__) ^ set(expected) == set()
    assert len(set(autograd.__all__)) == len(autograd.__all__)


@pytest.mark.parametrize("name", autograd.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(autograd, name).__doc__


def test_dir_shows_what_is_public_and_nothing_else() -> None:
    expected = [*autograd.__all__, *PACKAGES.split(), "__version__"]
    assert dir(autograd) == sorted(expected)


@pytest.mark.parametrize("name", PACKAGES.split())
def test_a_package_inside_is_there_without_an_import_of_its_own(name: str) -> None:
    script = f"import autograd; print(autograd.{name}.__name__)"
    assert in_a_fresh_interpreter(script).stdout == f"autograd.{name}\n"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'autograd' has no attribute 'gradd'"):
        _ = autograd.gradd


@pytest.mark.parametrize(
    "op", [op for name in PUBLIC if isinstance(op := getattr(autograd, name, None), Elementwise)]
)
def test_an_elementwise_op_of_the_front_door_gives_arrays_for_arrays(op: Elementwise) -> None:
    """What isn't a variable isn't recorded."""
    assert type(op(*[np.full((2, 2), 0.5)] * op.arity)) is np.ndarray


def test_every_op_of_the_front_door_is_one_of_the_rule_book() -> None:
    registered = ops()
    for name in PUBLIC:
        function = getattr(autograd, name, None)
        if isinstance(function, Op):
            assert registered[function.name] is function


# What an import does ------------------------------------------------------------------------------


def in_a_fresh_interpreter(script: str, *path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(map(str, [Path(autograd.__file__).parents[1], *path]))},
    )


def first(directory: Path) -> str:
    """The statement that lets a folder be searched first, as that of a script is."""
    return f"import sys; sys.path.insert(0, {str(directory)!r})"


def hips(directory: Path, version: str = "1.7.0") -> Path:
    info = directory / f"autograd-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: autograd\nVersion: {version}\n", "utf-8"
    )
    return directory


def test_an_import_beside_hips_autograd_warns_once_and_says_what_to_do(tmp_path: Path) -> None:
    script = "import autograd, autograd.walk.reverse, autograd"
    said = in_a_fresh_interpreter(script, hips(tmp_path)).stderr
    assert said.count("RuntimeWarning: HIPS Autograd 1.7.0") == 1
    assert "pip uninstall autograd" in said


def test_a_program_of_hips_autograd_is_told_what_to_import() -> None:
    with pytest.raises(ImportError, match=r"is of HIPS autograd, .* Import numpy itself"):
        importlib.import_module("autograd.numpy")


def test_an_import_alone_says_nothing(tmp_path: Path) -> None:
    assert in_a_fresh_interpreter("import autograd", tmp_path / "not there").stderr == ""


@pytest.mark.parametrize("name", ["nn", "init"])
@pytest.mark.parametrize("made", ["{}.py", "{}/__init__.py"])
def test_an_import_beside_a_file_that_hides_a_package_of_ours_says_which(
    tmp_path: Path, name: str, made: str
) -> None:
    file = tmp_path / made.format(name)
    file.parent.mkdir(exist_ok=True)
    file.touch()
    said = in_a_fresh_interpreter(f"{first(tmp_path)}; import autograd")
    assert said.stderr.count(f"RuntimeWarning: {file} hides Glassgrad's package {name}") == 1
    assert "rename the file or folder" in said.stderr


@pytest.mark.parametrize("name", ["init", "autograd"])
def test_nn_beside_a_file_that_hides_what_it_needs_is_refused(tmp_path: Path, name: str) -> None:
    """Before the file is run: importing nn itself, it would fail at a name that isn't there."""
    file = tmp_path / f"{name}.py"
    file.write_text("raise SystemExit('it was run')", "utf-8")
    script = f"{first(tmp_path)}\ntry: import nn\nexcept ImportError as error: print(error)"
    said = in_a_fresh_interpreter(script).stdout
    assert f"needs Glassgrad's package {name}, and `import {name}` finds {file}" in said
    assert "rename that file or folder" in said


def test_a_file_that_hides_nn_is_named_though_it_is_imported_already(tmp_path: Path) -> None:
    (tmp_path / "nn.py").touch()
    said = in_a_fresh_interpreter(f"{first(tmp_path)}; import nn, autograd").stderr
    assert said.count("nn.py hides Glassgrad's package nn") == 1


def test_our_packages_by_another_name_of_their_folder_are_ours(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(Path(autograd.__file__).parents[1])
    script = f"import autograd; {first(link)}; import nn; print(nn.__file__)"
    assert in_a_fresh_interpreter(script).stdout.startswith(str(link))


def test_a_folder_of_notes_named_init_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "init").mkdir()
    assert in_a_fresh_interpreter(f"{first(tmp_path)}; import autograd, nn").stderr == ""


def test_names_that_only_begin_alike_are_no_clash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "autograd-gamma.txt").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    warn_of_clash()  # warnings are errors here
