"""mypy finds mistakes of type: 20 are planted in a copy of the library, at least 16 are caught."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

# The file, a function in it (the text that it begins with), and the mistake: a statement that
# becomes the first of its body.
PLANTED = [
    ("autograd/node/node.py", "def _apply(", "return 1.0"),
    ("autograd/node/node.py", "def parents(", "return slots"),
    ("autograd/rules/pullback.py", "def miscounted(", "return op.compute"),
    ("autograd/rules/op.py", "def own_settings(", "return _settings.checked"),
    ("autograd/walk/reverse.py", "def accumulate(", "return topological_order"),
    ("autograd/walk/reverse.py", "def contributions(", "return None"),
    ("autograd/values/value.py", "def _check_cotangent(", "return self.item"),
    ("autograd/values/value.py", "def apply(", "return op.compute"),
    ("autograd/values/unbroadcasting.py", "def undo_broadcasting(", "return None"),
    ("autograd/values/operators.py", "def __neg__(", "return arithmetic.neg"),
    ("autograd/ops/reduction.py", "def sum(", "return _sum"),
    ("autograd/ops/products.py", "def matmul(", "return None"),
    ("autograd/transforms/derivatives.py", "def _seed_of_scalar(", "return ones"),
    ("autograd/transforms/tracing.py", "def pull_back(", "return self.push_forward"),
    ("autograd/stepping/formula.py", "def symbolic(", "return event"),
    ("nn/modules/layers.py", "def forward(", "return autograd.exp"),
    ("nn/modules/holders.py", "def numbers(", "return holder.detach"),
    ("nn/losses/regression.py", "def mse(", "return reduction"),
    ("nn/optim/sgd.py", "def _rule(", "return data.copy, memory"),
    ("init/distributions.py", "def bound(", "return self.limit * math.sqrt"),
]


def planted(source: str, function: str, mistake: str) -> tuple[str, int]:
    """Return the source with the mistake in the function, and the line that it is in."""
    start = source.index(function)
    end = re.compile(r":\n( +)", re.M).search(source, start)
    while end is not None and source[start : end.start()].count("(") != source[
        start : end.start()
    ].count(")"):
        end = re.compile(r":\n( +)", re.M).search(source, end.end())
    assert end is not None, f"no body of {function}"
    indent = end.group(1)
    before = source[: end.start() + 2]
    # A branch, so that what follows is still reached.
    text = f"{before}{indent}if bool(__name__):\n{indent}    {mistake}\n{source[end.start() + 2 :]}"
    return text, before.count("\n") + 2


@pytest.mark.nightly
def test_mypy_catches_sixteen_of_twenty_planted_mistakes(tmp_path: Path) -> None:
    for name in ("autograd", "nn", "init"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    where: dict[tuple[str, int], str] = {}
    for file, function, mistake in PLANTED:
        path = tmp_path / file
        text, line = planted(path.read_text(encoding="utf-8"), function, mistake)
        # A mistake planted above others of its file moves them down.
        moved = {(f, n + 2 * (f == file and n >= line - 1)): m for (f, n), m in where.items()}
        where = moved | {(file, line): f"{file} {function}…) {mistake}"}
        path.write_text(text, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "autograd", "nn", "init"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {(m[1], int(m[2])) for m in re.finditer(r"^(\S+?):(\d+): error", run.stdout, re.M)}
    missed = [what for place, what in where.items() if place not in found]
    assert len(where) == 20, run.stdout
    assert len(missed) <= 4, "\n".join([*missed, run.stdout, run.stderr])
