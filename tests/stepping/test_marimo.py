"""A live marimo notebook: a player that works, and each picture once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOURCE = """\
import marimo

app = marimo.App()


@app.cell
def _():
    from autograd import Value, draw, step, why

    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    root = a * b + a
    root.backward()
    return a, draw, root, step, why


@app.cell
def _(root, step):
    step(root)


@app.cell
def _(draw, root):
    draw(root)


@app.cell
def _(a, root, why):
    why(a, root)


@app.cell
def _(root, step):
    step(root).table()


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "book.py").write_text(SOURCE, "utf-8")
    command = ["marimo", "--quiet", "run", str(tmp_path / "book.py"), "--headless", "--no-token"]
    with serving(tmp_path, *command, environment={"MARIMO_SKIP_UPDATE_CHECK": "1"}) as address:
        yield address


def test_it_shows_a_player_that_works_and_each_picture_once(address: str, tab: Any) -> None:
    """The still picture is behind the player, and a drawing isn't on three tabs."""
    tab.goto(address)
    frame = tab.locator("iframe")
    expect(frame).to_have_count(1)
    expect(tab.locator("table")).to_have_count(2)
    player = frame.content_frame
    player.get_by_role("button", name="One step forward").click()
    expect(player.locator("body")).to_have_attribute("data-step", "1")
    still = tab.get_by_role("img", name="Computation graph of").first
    inner, outer = still.bounding_box(), frame.bounding_box()
    assert inner["y"] == outer["y"]
    assert outer["x"] <= inner["x"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    expect(tab.locator("svg[role=img]")).to_have_count(1)
    expect(tab.get_by_role("tab")).to_have_count(0)
