"""Every item of docs/lecture_notes.md is in tests and in a notebook, under its number."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "lecture_notes.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| S(\d+) \| .+ \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)


def names(text: str, item: str) -> bool:
    """Say whether a text has S11, as a test marked ``lecture("S11")`` does; S110 is another."""
    return re.search(rf"\bS{item}\b", text) is not None


@cache
def cells(path: Path) -> str:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def test_the_page_has_every_item_once_and_in_order() -> None:
    assert [int(item) for item, _, _ in ROWS] == list(range(1, 46))


@pytest.mark.parametrize(("item", "tests", "notebooks"), ROWS, ids=[f"S{row[0]}" for row in ROWS])
def test_an_item_is_named_in_its_tests_and_in_its_notebooks(
    item: str, tests: str, notebooks: str
) -> None:
    for file in tests.split(", "):
        assert names((ROOT / "tests" / file).read_text(encoding="utf-8"), item), file
    for number in notebooks.split(", "):
        (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
        assert names(cells(path), item), path.name
