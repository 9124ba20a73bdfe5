"""The pages that follow from the op records say what the records say now."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pages written by a new interpreter, whose registry no test has touched."""
    folder = tmp_path_factory.mktemp("docs")
    here = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
    subprocess.run([sys.executable, DOCS / "generate.py", folder], check=True, env=here)
    return folder


@pytest.mark.parametrize("page", ["ops.md", "conventions.md", "nn.md"])
def test_a_generated_page_is_up_to_date(fresh: Path, page: str) -> None:
    same = (DOCS / page).read_text("utf-8") == (fresh / page).read_text("utf-8")
    assert same, f"docs/{page} is out of date: run python docs/generate.py"


def test_the_table_of_numpy_s_functions_is_up_to_date(fresh: Path) -> None:
    """Another NumPy has other functions: then those of both have the same rows."""
    ours, now = ((folder / "numpy.md").read_text("utf-8") for folder in (DOCS, fresh))
    if _version(ours) == _version(now):
        assert ours == now, "docs/numpy.md is out of date: run python docs/generate.py"
    written, found = _rows(ours), _rows(now)
    assert {name: written[name] for name in found.keys() & written.keys()} == {
        name: found[name] for name in found.keys() & written.keys()
    }
    assert len(found.keys() & written.keys()) > 300


def _version(page: str) -> str:
    return page.partition("functions of NumPy ")[2].split()[0]


def _rows(page: str) -> dict[str, str]:
    table = page.partition("## Every function")[2].strip().splitlines()[2:]
    return dict(line.strip("| ").split(" | ", 1) for line in table)


def test_no_other_page_is_generated(fresh: Path) -> None:
    pages = ["conventions.md", "nn.md", "numpy.md", "ops.md"]
    assert sorted(page.name for page in fresh.iterdir()) == pages
