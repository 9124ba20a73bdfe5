"""The files that the pages name by their names in `code` are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("autograd", "init", "nn", "tests", "benchmarks", "docs", "notebooks")
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FILES = [
    f"/{file.relative_to(ROOT)}" for folder in FOLDERS for file in (ROOT / folder).rglob("*.*")
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`([\w./]+\.(?:py|js|html|css|ipynb|md))`", page.read_text("utf-8"))
    assert [name for name in named if not any(file.endswith(f"/{name}") for file in FILES)] == []
