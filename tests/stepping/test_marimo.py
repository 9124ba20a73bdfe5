"""A live marimo notebook: a player that works, and each picture once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

import autograd

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 60  # seconds, for a server to start, or for the cells to run
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "--quiet", "run", str(tmp_path / "book.py")]
    environment = os.environ | {
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(autograd.__file__).parents[1]),
        "MARIMO_SKIP_UPDATE_CHECK": "1",
    }
    log = tmp_path / "server.log"
    with log.open("w", encoding="utf-8") as out:
        server = subprocess.Popen(
            [*command, "--headless", "--no-token", "-p", str(port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(address):
            if time.monotonic() > end or server.poll() is not None:
                pytest.fail(f"marimo did not start:\n{log.read_text('utf-8')}")
            time.sleep(0.1)
        yield address
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        urlopen(address, timeout=5).close()
    except (URLError, OSError):
        return False
    return True


def test_it_shows_a_player_that_works_and_each_picture_once(address: str, tab: Any) -> None:
    """The still picture is behind the player, and a drawing isn't on three tabs."""
    tab.goto(address)
    frame = tab.locator("iframe")
    expect(frame).to_have_count(1, timeout=1_000 * PATIENCE)
    expect(tab.locator("table")).to_have_count(2, timeout=1_000 * PATIENCE)
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
