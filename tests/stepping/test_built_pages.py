"""Pages that are built of a notebook, in a browser: all cells, players that work, pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def by_nbconvert(book: Any, folder: Path) -> Path:
    from nbconvert import HTMLExporter  # here: it takes longer to load than most tests to run

    file = folder / "book.html"
    file.write_text(HTMLExporter().from_notebook_node(book)[0], encoding="utf-8")
    return file


def by_myst(book: Any, folder: Path) -> Path:
    import nbformat

    nbformat.write(book, folder / "index.ipynb")
    (folder / "conf.py").write_text(
        'extensions = ["myst_nb"]\nnb_execution_mode = "off"\n', "utf-8"
    )
    build = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "html")]
    done = subprocess.run(build, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "html" / "index.html"


@pytest.mark.parametrize("build", [by_nbconvert, by_myst])
def test_all_cells_are_there_with_players_that_work_and_pictures(
    build: Any, book: Any, pictures: list[str], tab: Any, tmp_path: Path
) -> None:
    tab.goto(build(book, tmp_path).as_uri())
    for k in range(12):
        expect(tab.get_by_text(f"cell_{k}", exact=True)).to_be_visible()
    frames = tab.locator("iframe")
    expect(frames).to_have_count(2)
    for k in range(2):
        frames.nth(k).scroll_into_view_if_needed()
        player = frames.nth(k).content_frame
        player.get_by_role("button", name="One step forward").click()
        expect(player.locator("body")).to_have_attribute("data-step", "1")
    found = tab.locator("img")
    expect(found).to_have_count(len(pictures))
    for k in range(len(pictures)):
        assert found.nth(k).evaluate("image => image.decode().then(() => image.naturalWidth)") > 150
    expect(tab.locator("table")).to_have_count(2)
