"""Whatever is public can be printed, on a console in any encoding."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd.files.console import for_console

ROOT = Path(__file__).resolve().parents[2]

# Prints one of everything: all public names, and what the functions behind them return.
SCRIPT = """
import numpy as np
import autograd, init, nn
from autograd import *
from autograd import extend
from autograd.check import check_op, examine

x, y = Value(-2.0, label="x"), Value(-3.5, label="y")
L = (x * y).tanh() - x * 1e-9
L.backward()
X = np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -1.0]])
model = nn.MLP([3, 4, 2], "tanh", seed=0)
jitted = jit(lambda x: -x * x)
jitted(2.0)
failed = examine(lambda x: x * x, 2.0, gradient=lambda x: -x)

def error(f, *args):
    try:
        f(*args)
    except Exception as error:
        return error

def anomaly():
    with detect_anomaly():
        (x * float("inf")).backward()

things = [
    *(getattr(package, name) for package in (autograd, init, nn) for name in dir(package)),
    draw(L), draw(Tensor(X).sum()), step(L), step(L).goto(3), step(L).table(), step(L).state(),
    steps(L), steps(L)[3], steps(L).nodes[0], why(x, L),
    *(event.sentence for event in steps(L)), *(f"{event.sentence:>80}" for event in steps(L)),
    *extend.ops().values(), *map(init.get, init.available()),
    L, Tensor(X), scalars(Tensor(X).sum()), jitted,
    failed, failed.worst, examine(lambda x: sqrt(x) ** 2, 0.0), check_op("sub"),
    error(gradcheck, lambda x: sqrt(x) ** 2, 0.0), error(anomaly),
    model, model.scalars(), nn.SGD(model.parameters(), lr=0.1),
    nn.train_perceptron(X, [0, 1]), nn.train_perceptron(X, [0, 1]).history,
    nn.propagate(model, X), *nn.propagate(model, X), str(nn.propagate(model, X)[0].variance),
]
"""


def printed(encoding: str) -> subprocess.CompletedProcess[str]:
    show = "for thing in things: print(thing); print(repr(thing))\n"
    return subprocess.run(
        [sys.executable, "-c", SCRIPT + show],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        encoding=encoding,
    )


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_one_of_everything_public_is_printed(encoding: str) -> None:
    found = printed(encoding)
    assert found.returncode == 0, found.stderr[-2000:]
    assert len(found.stdout) > 10_000


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "∂L/∂x = −2 × ∞ → ‽"),
        ("cp1252", "dL/dx = -2 × inf -> \\u203d"),
        ("ascii", "dL/dx = -2 x inf -> \\u203d"),
        ("no such encoding", "∂L/∂x = −2 × ∞ → ‽"),
    ],
)
def test_signs_that_a_console_lacks_are_written_in_ascii(
    encoding: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Console:
        pass

    console = Console()
    console.encoding = encoding  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "stdout", console)
    said = for_console("∂L/∂x = −2 × ∞ → ‽")
    monkeypatch.undo()
    assert said == expected


def sayings(path: Path) -> list[tuple[int, str]]:
    """Return the line and the source of every ``raise`` and of every warning in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.lineno, ast.unparse(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("warn"))
    ]


@pytest.mark.slow
def test_what_errors_and_warnings_say_is_ascii() -> None:
    """``print(error)`` of Python's own kinds of error can't be helped as ``printable`` helps."""
    files = [path for name in ("autograd", "nn", "init") for path in (ROOT / name).rglob("*.py")]
    said = {(path.name, line): text for path in files for line, text in sayings(path)}
    assert len(said) > 500
    assert [each for each in said.items() if not each[1].isascii()] == []
