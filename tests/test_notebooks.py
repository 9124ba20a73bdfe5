"""Every notebook runs from top to bottom, as a reader would run it, and is kept as it ran."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from run_notebooks import code_cells, drawn, read, repeatable, run, same

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 1_500_000  # bytes: above it, sites that show notebooks give up
OF_A_MACHINE = re.compile(r"/home/|/root/|/tmp/|/Users/|[A-Z]:\\\\|ipykernel|site-packages|at 0x")


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


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
    """Its texts, pictures and players, with their scripts of today. If not: ``make notebooks``."""
    for before, after in zip(code_cells(kept), code_cells(run(path)), strict=True):
        old, new = repeatable(before), repeatable(after)
        assert same(old, new), f"{old}\n\nis now\n\n{new}"
        assert drawn(before) == drawn(after), f"the pictures of cell {before.execution_count}"


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
