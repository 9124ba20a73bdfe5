"""Every warning of the library names the user's line: here, a line of this file."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, detect_anomaly, draw
from autograd.bridges import jax as jax_bridge
from autograd.import_check import warn_of_clash, warn_of_hidden_packages
from nn.estimators import MLPClassifier, Perceptron

ROOT = Path(__file__).resolve().parent.parent
XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


def backwards(_: Path, __: pytest.MonkeyPatch) -> None:
    with detect_anomaly():
        (autograd.sqrt(Value(0.0)) ** 2).backward()  # here


def forwards(_: Path, __: pytest.MonkeyPatch) -> None:
    with detect_anomaly():
        autograd.jvp(lambda x: autograd.sqrt(x) ** 2, (0.0,), (1.0,))  # here


def without_a_browser(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    draw(Value(2.0) * 3.0).show()  # here


def player_without_a_browser(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    autograd.step(Value(2.0) * 3.0).show()  # here


def beside_hips(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "autograd-1.7.0.dist-info").mkdir()
    (folder / "autograd-1.7.0.dist-info" / "METADATA").write_text(
        "Name: autograd\nVersion: 1.7.0\n", "utf-8"
    )
    monkeypatch.syspath_prepend(folder)
    warn_of_clash()  # here


def beside_nn_py(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "nn.py").touch()
    monkeypatch.syspath_prepend(folder)
    warn_of_hidden_packages()  # here


def torn_checkpoint(folder: Path, _: pytest.MonkeyPatch) -> None:
    def run(epochs: int) -> None:
        model = nn.Linear(1, 1, rng=0)
        data = model, np.ones((3, 1)), np.ones((3, 1))
        how: Any = {"loss": nn.mse, "optimizer": nn.SGD(model.parameters(), lr=0.1), "rng": 0}
        nn.fit(*data, epochs=epochs, checkpoint=folder / "run", **how)  # here

    run(3)
    (folder / "run").write_bytes((folder / "run").read_bytes()[:-9])
    run(4)


def perceptron(_: Path, __: pytest.MonkeyPatch) -> None:
    Perceptron(max_iter=2).fit(*XOR)  # here


def network(_: Path, __: pytest.MonkeyPatch) -> None:
    MLPClassifier(2, max_iter=1, random_state=0).fit(*XOR)  # here


def equal_eigenvalues(_: Path, __: pytest.MonkeyPatch) -> None:
    w = autograd.linalg.eigh(Tensor(np.eye(2))).eigenvectors
    w.sum().backward()  # here


def too_few_points(_: Path, __: pytest.MonkeyPatch) -> None:
    np.polyfit(Tensor([1.0, 2.0]), [1.0, 3.0], 2)  # here


def long_scan(_: Path, __: pytest.MonkeyPatch) -> None:
    import jax

    def f(x: Any) -> Any:
        return jax.lax.scan(lambda h, _: (h * x, None), x, length=9)[0]

    jax_bridge.open(f, jax.numpy.ones(()), scan_limit=3)  # here


# The modules that warn, and what makes them.
CASES: dict[str, list[Callable[[Path, pytest.MonkeyPatch], None]]] = {
    "autograd/reading/anomaly.py": [backwards, forwards],
    "autograd/files/opening.py": [without_a_browser, player_without_a_browser],
    "autograd/import_check.py": [beside_hips, beside_nn_py],
    "autograd/ops/spectral.py": [equal_eigenvalues],
    "autograd/array_functions/polynomials.py": [too_few_points],
    "autograd/bridges/jax/evaluation.py": [long_scan],
    "nn/training/checkpoint.py": [torn_checkpoint],
    "nn/estimators/perceptron_estimator.py": [perceptron],
    "nn/estimators/network_estimator.py": [network],
}


@pytest.mark.parametrize("make", [case for cases in CASES.values() for case in cases])
def test_a_warning_names_the_users_line(
    make: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.warns(Warning) as found:  # noqa: PT030 - of whatever kind
        make(tmp_path, monkeypatch)
    assert {warning.filename for warning in found} == {__file__}
    for warning in found:
        assert linecache.getline(__file__, warning.lineno).endswith("# here\n")


def calls(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.slow
def test_these_are_all_that_warn_and_none_counts_frames() -> None:
    files = [path for name in ("autograd", "nn", "init") for path in (ROOT / name).rglob("*.py")]
    called: dict[str, Any] = {
        path.relative_to(ROOT).as_posix(): calls(ast.parse(path.read_text(encoding="utf-8")))
        for path in files
    }
    assert {path for path, names in called.items() if "warn" in names} == CASES.keys()
    assert not [path for path, names in called.items() if "warnings.warn" in names]
