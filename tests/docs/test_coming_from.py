"""The tables for those who come from another library: both columns run, and give the same."""

import ast
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
from run_page import blocks

from autograd import Tensor

PAGES = {page.stem: page for page in (Path(__file__).parents[2] / "docs/coming_from").glob("*.md")}
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|(?: `([^`]+)` \|)?$", re.MULTILINE)


class Row(NamedTuple):
    """What stands in a row: their code, ours, and what both give where theirs isn't run here."""

    theirs: str
    ours: str
    gives: str


def table(page: Path) -> list[Row]:
    """Return the rows of the first table of a page."""
    first = page.read_text("utf-8").partition("|---|---|")[2].partition("\n\n")[0]
    rows = [Row(*cells) for cells in ROW.findall(first)]
    assert len(rows) == first.count("\n| ")  # none is overlooked
    return rows


def result(code: str, names: dict[str, Any]) -> Any:
    """Run a cell; return the value of its last expression, or what it last assigned."""
    *before, last = ast.parse(code).body
    exec(compile(ast.Module(before, []), code, "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), code, "eval"), names)
    exec(compile(ast.Module([last], []), code, "exec"), names)
    return eval(ast.unparse(last.targets[0]), names) if isinstance(last, ast.Assign) else None


def plain(x: Any) -> Any:
    """The numbers in what a library returned, as plain Python; of anything else, nothing."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        return [plain(each) for each in x]
    if hasattr(x, "detach"):
        x = x.detach()
    if not hasattr(x, "__array__") or isinstance(x, Tensor):
        x = getattr(x, "data", x)
    if isinstance(x, str | bool | int | float):
        return x
    return np.asarray(x).tolist() if hasattr(x, "__array__") else None


def agree(theirs: Any, ours: Any) -> bool:
    """Whether two nests have the same numbers, to a few units in the last place."""
    if isinstance(theirs, dict):
        return theirs.keys() == ours.keys() and all(agree(theirs[k], ours[k]) for k in theirs)
    if isinstance(theirs, list):
        return len(theirs) == len(ours) and all(map(agree, theirs, ours))
    if isinstance(theirs, float):
        return isinstance(ours, float) and abs(theirs - ours) <= 1e-14 * max(1.0, abs(theirs))
    return bool(theirs == ours)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own
@pytest.mark.parametrize("page", ["jax", "micrograd", "pytorch"])
def test_both_columns_give_the_same(page: str) -> None:
    theirs, ours = ({}, {})  # type: tuple[dict[str, Any], dict[str, Any]]
    with jax.enable_x64(True) if page == "jax" else nullcontext():
        for block, names in zip(blocks(PAGES[page]), (theirs, ours), strict=True):
            exec(block.code, names)
        for row in table(PAGES[page]):
            found = plain(result(row.theirs, theirs)), plain(result(row.ours, ours))
            assert agree(*found), (row, found)


@pytest.mark.parametrize("page", ["hips_autograd", "mygrad"])
def test_our_column_gives_what_stands_beside_it(page: str) -> None:
    """Theirs was run once: HIPS' package has our name, and MyGrad is used nowhere else."""
    (block,) = blocks(PAGES[page])
    names: dict[str, Any] = {}
    exec(block.code, names)
    for row in table(PAGES[page]):
        found = plain(result(row.ours, names))
        assert row.gives == "..." or agree(plain(ast.literal_eval(row.gives)), found), (row, found)


def test_every_page_has_a_test_and_enough_rows() -> None:
    assert set(PAGES) == {"hips_autograd", "jax", "micrograd", "mygrad", "pytorch"}
    assert min(len(table(page)) for page in PAGES.values()) > 10


@pytest.mark.parametrize(("theirs", "ours"), [(1.0, 1.1), ([1.0], [1.0, 2.0]), (True, False)])
def test_what_differs_does_not_agree(theirs: Any, ours: Any) -> None:
    assert not agree(theirs, ours)
