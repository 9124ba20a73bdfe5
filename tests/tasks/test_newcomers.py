"""What a newcomer wants to do: each task is a script of ten lines at most, beside this file."""

import ast
import contextlib
import re
import runpy
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hands import drag

from autograd import temporary_registry

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TASKS = sorted(HERE.glob("[0-9]*.py"))
OTHERS = {"read_text", "splitlines", "startswith", "cos", "score"}  # of Python, scikit-learn
SHOWN = [ROOT / "README.md", *(ROOT / "docs" / "howto").glob("*.md"), ROOT / "docs" / "faq.md"]


def run(task: str, folder: Path) -> None:
    """Run a task in a folder, as ``python task.py`` does."""
    (script,) = HERE.glob(f"{task}_*.py")
    with contextlib.chdir(folder), temporary_registry(), contextlib.redirect_stdout(StringIO()):
        runpy.run_path(str(script), run_name="__main__")


@pytest.mark.slow
@pytest.mark.parametrize("task", [task.stem[:2] for task in TASKS])
def test_it_can_be_done(task: str, tmp_path: Path) -> None:
    run(task, tmp_path)


def test_there_are_seventeen() -> None:
    assert [task.stem[:2] for task in TASKS] == [f"{k:02}" for k in range(1, 18)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.stem)
def test_it_takes_at_most_ten_lines(task: Path) -> None:
    lines = task.read_text("utf-8").partition('"""\n')[2].splitlines()
    assert len(list(filter(None, lines))) <= 10


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.stem)
def test_every_name_that_it_uses_is_shown_in_the_readme_or_a_how_to(task: Path) -> None:
    """What is imported from our packages, and every attribute."""
    text = "\n".join(page.read_text("utf-8") for page in SHOWN)
    shown = set(re.findall(r"\w+", text))
    tree = ast.parse(task.read_text("utf-8"))
    ours = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("autograd", "nn")
    ]
    used = {alias.name for node in ours for alias in node.names}
    used |= {part for node in ours for part in node.module.split(".")}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert used - shown - OTHERS == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("autograd.tanh(x) * x", "1 passed"),
        ("autograd.tanh(x).data * x", "autograd.check.report.GradientMismatch"),  # half is lost
    ],
)
def test_a_property_is_run_by_pytest(loss: str, said: str, tmp_path: Path) -> None:
    text = (HERE / "11_property.py").read_text("utf-8")
    assert "autograd.tanh(x) * x" in text
    mine = text.replace("autograd.tanh(x) * x", loss)
    (tmp_path / "test_mine.py").write_text(mine, encoding="utf-8")
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"]
    found = subprocess.run(pytest_run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said in found.stdout, found.stdout + found.stderr


@pytest.mark.slow
def test_a_notebook_shows_the_player(tmp_path: Path) -> None:
    from nbclient import NotebookClient
    from nbformat import v4

    code = (HERE / "02_step.py").read_text("utf-8") + "stepper"
    book = v4.new_notebook(cells=[v4.new_code_cell(code)])
    NotebookClient(book, resources={"metadata": {"path": tmp_path}}).execute()
    assert "<iframe" in book.cells[0].outputs[-1].data["text/html"]


@pytest.mark.browser
@pytest.mark.parametrize(("task", "page"), [("03", "gradient.html"), ("17", "wave.html")])
def test_the_number_of_a_saved_page_can_be_dragged_and_the_rest_follows(
    task: str, page: str, tmp_path: Path, show: Any
) -> None:
    run(task, tmp_path)
    shown = show((tmp_path / page).read_text("utf-8"), "#step=99")
    numbers = shown.locator("#picture text.data")
    before = numbers.all_text_contents()
    drag(shown, shown.locator("#picture g.variable text.data").first)
    after = numbers.all_text_contents()
    assert before[0] != after[0]
    assert before[-1] != after[-1]  # the result
    assert shown.asked_for[1:] == []  # nothing is loaded from elsewhere
