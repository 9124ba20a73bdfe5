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


def test_no_other_page_is_generated(fresh: Path) -> None:
    assert sorted(page.name for page in fresh.iterdir()) == ["conventions.md", "nn.md", "ops.md"]
