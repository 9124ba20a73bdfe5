"""Every notebook runs from top to bottom, as a reader would run it, and is kept as it ran."""

from __future__ import annotations

import re
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 1_500_000  # bytes: above it, sites that show notebooks give up
NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]\d+)?")
OF_A_MACHINE = re.compile(r"/home/|/root/|/tmp/|/Users/|[A-Z]:\\\\|ipykernel|site-packages|at 0x")


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def shown(cell: NotebookNode) -> str:
    """What a cell shows as text: pictures, too, have a form in text."""
    return "\n".join(output.get("text") or output.data["text/plain"] for output in cell.outputs)


def same(one: str, other: str) -> bool:
    """Whether two texts are equal but for white space and the last digits of numbers."""
    texts = [text.replace("−", "-") for text in (one, other)]
    words, others = (" ".join(NUMBER.sub("#", text).split()) for text in texts)
    numbers = (map(float, NUMBER.findall(text)) for text in texts)
    return words == others and all(
        isclose(x, y, rel_tol=1e-6, abs_tol=1e-9) for x, y in zip(*numbers, strict=True)
    )


def repeatable(cell: NotebookNode) -> str:
    """What a cell shows; of those tagged as varying, without the numbers.

    They show how long something took, or what came of long training, in which a BLAS's last bits
    grow: they are the same on one machine, and not on all.
    """
    text = shown(cell)
    return NUMBER.sub("#", text) if "varies" in cell.metadata.get("tags", []) else text


def read(path: Path) -> NotebookNode:
    import nbformat  # here: it takes longer to load than most tests to run

    return nbformat.read(path, as_version=4)


def run(path: Path) -> NotebookNode:
    from nbclient import NotebookClient

    notebook = read(path)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": FOLDER}}).execute()
    return notebook


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small products of matrices, beside other tests: threads of a BLAS would only wait."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


@pytest.fixture
def kept(path: Path) -> NotebookNode:
    return read(path)


def test_there_are_eight_notebooks_in_an_order() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [f"0{k}_" for k in range(1, 9)]


@pytest.mark.filterwarnings("default")  # the kernel's own machinery is not ours to mend
def test_a_run_shows_what_is_kept(path: Path, kept: NotebookNode) -> None:
    for before, after in zip(code_cells(kept), code_cells(run(path)), strict=True):
        old, new = repeatable(before), repeatable(after)
        assert same(old, new), f"{old}\n\nis now\n\n{new}"


def test_it_is_kept_as_one_run_from_the_top_left_it_and_without_errors(kept: NotebookNode) -> None:
    counts = [cell.execution_count for cell in code_cells(kept)]
    assert counts == list(range(1, len(counts) + 1))
    assert not [output for output in outputs(kept) if output.output_type == "error"]


def test_no_output_tells_of_the_machine_that_it_ran_on(kept: NotebookNode) -> None:
    texts = (
        text
        for output in outputs(kept)
        for kind, text in {"text": "", **output, **output.get("data", {})}.items()
        if isinstance(text, str) and not kind.startswith("image/png")
    )
    assert not [found.group() for text in texts for found in OF_A_MACHINE.finditer(text)]


def test_it_can_be_read_where_scripts_are_taken_out(kept: NotebookNode) -> None:
    """What is shown by scripts has a picture before it, and a text."""
    for output in outputs(kept):
        page = output.get("data", {}).get("text/html", "")
        before, frame, _ = page.partition("<iframe")
        assert not frame or '<img alt="Computation graph' in before
        assert "<script" not in before
        assert output.output_type == "stream" or "text/plain" in output.data


def test_it_is_small_enough_to_be_shown(path: Path) -> None:
    assert path.stat().st_size < LARGEST


def test_the_files_that_it_links_to_exist(kept: NotebookNode) -> None:
    texts = "\n".join(cell.source for cell in kept.cells if cell.cell_type == "markdown")
    links = [link for link in re.findall(r"\]\(([^)#]+)", texts) if "://" not in link]
    assert [link for link in links if not (FOLDER / link).exists()] == []
