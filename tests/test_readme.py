"""README and tour: their examples run, and docs/promises.md names the tests of what they say."""

import ast
import doctest
import os
import random
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from run_page import Block, blocks

from autograd import Value

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
EXAMPLES = blocks(README)
TOUR = ROOT / "docs" / "tour.md"
PROMISING = [README, TOUR, ROOT / "docs" / "install.md", ROOT / "docs" / "comparison.md"]
LINES = 121  # of the README at most: two screens
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
PROMISES = re.findall(r"^\| (?!promise|\*\*|---)(.+) \| (.+) \|$", PAGE, re.MULTILINE)


def words(text: str) -> str:
    """A text with its lines joined, and without the marks of bold print."""
    return " ".join(text.replace("**", "").split())


@cache
def names_of_tests(file: str) -> frozenset[str]:
    """The tests of a file, those of its classes after the class's name."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    found = [(f"{node.name}::", node.body) for node in classes]
    return frozenset(
        before + node.name
        for before, body in [("", tree.body), *found]
        for node in body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.slow  # one loads PyTorch
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.line))
def test_each_example_of_the_readme_runs_by_itself_and_prints_its_comments(
    example: Block, tmp_path: Path
) -> None:
    """As a file of its own. The comments are its output, and the end of its traceback."""
    (tmp_path / "program.py").write_text(example.code, encoding="utf-8")
    utf8 = os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path, env=utf8, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    said = ran.stdout + re.split(r"^(?=autograd\.)", ran.stderr, maxsplit=1, flags=re.M)[-1]
    said = said.replace(f"{tmp_path}{os.sep}", "")
    comments = re.findall(r"^# ?(.*)$", example.code, re.M)
    assert said.split() == " ".join(comments).split()  # a long line is broken


def test_the_readme_has_six_examples() -> None:
    assert len(EXAMPLES) == 6


def test_the_examples_of_the_tour_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ellipsis stands for what differs from place to place, as a file's name."""
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(TOUR), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert tried > 20
    assert failed == 0


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= LINES


@pytest.mark.parametrize(("promise", "tests"), PROMISES, ids=[row[0] for row in PROMISES])
def test_a_promise_is_made_and_its_tests_are_there(promise: str, tests: str) -> None:
    assert any(words(promise) in words(page.read_text("utf-8")) for page in PROMISING)
    for test in tests.split(", "):
        file, _, name = test.partition("::")
        assert name in names_of_tests(file) if name else names_of_tests(file), test


def test_every_feature_that_the_tour_tells_of_has_a_promise() -> None:
    """A feature is a paragraph that begins in bold print, and what follows it up to the next."""
    text = TOUR.read_text("utf-8")
    features = text.partition("## What it does")[2].partition("\n## ")[0].split("\n\n**")[1:]
    assert len(features) > 5
    said = [words(promise) for promise, _ in PROMISES]
    without = [f for f in features if not any(promise in words(f) for promise in said)]
    assert without == []


# Networks of micrograd's kind ---------------------------------------------------------------------


def neuron(weights: list[Value], bias: Value, x: list[Value]) -> Value:
    """Python's own ``sum`` over products, as in micrograd's ``nn``."""
    return (sum((w * xi for w, xi in zip(weights, x, strict=True)), bias)).relu()


def test_a_network_of_micrograds_kind_learns_on_our_values() -> None:
    """With nothing but +, *, ``sum``, ``relu``, ``backward``, ``grad = 0`` and ``data -= ...``."""
    draw = random.Random(0)
    layer = [([Value(draw.uniform(-1, 1)) for _ in range(2)], Value(0.0)) for _ in range(8)]
    last = [Value(draw.uniform(-1, 1)) for _ in range(8)]
    end = Value(0.0)
    parameters = [*last, end, *(p for weights, bias in layer for p in (*weights, bias))]
    examples = [([1.0, 1.0], -1.0), ([-1.0, 1.0], 1.0), ([1.0, -1.0], 1.0), ([-1.0, -1.0], -1.0)]

    def loss() -> Value:
        total = Value(0.0)
        for x, y in examples:
            hidden = [neuron(weights, bias, list(map(Value, x))) for weights, bias in layer]
            score = sum((w * h for w, h in zip(last, hidden, strict=True)), end)
            total += (1 + -y * score).relu()
        return total

    for _ in range(200):
        for p in parameters:
            p.grad = 0
        loss().backward()
        for p in parameters:
            p.data -= 0.05 * p.grad
    assert loss().data == 0
