"""The player in a live JupyterLab: run in a trusted notebook, a still picture in one that isn't."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

import autograd
from autograd import Value, step, why

pytestmark = pytest.mark.browser

TOKEN = "glass"
SOURCE = """\
from autograd import Value, step
a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
step(a * b + c)"""
PATIENCE = 60  # seconds, for a server to start, or for a kernel to


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """A JupyterLab server on the notebooks of a folder, with nothing of the user's own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    checkout = str(Path(autograd.__file__).parents[1])
    own = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    options = [
        *("--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"),
        *(f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    environment = os.environ | own | {"HOME": str(folder), "PYTHONPATH": checkout}
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _await(f"{address}/api?token={TOKEN}", server, log)
        yield address
    finally:
        server.kill()  # asked to stop, it waits for its kernels first: a minute on a busy machine
        server.wait()


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urlopen(address, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook to run; and one that comes with its outputs, from somebody else."""
    folder = tmp_path_factory.mktemp("lab")
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    shown = [step(a * b)._repr_mimebundle_()[0], {"text/html": why(a, a * b)._repr_html_()}]
    import nbformat  # here: it takes longer to load than most tests to run
    from nbformat import v4

    outputs = [v4.new_output("display_data", data=data) for data in shown]
    cells = {
        "run.ipynb": v4.new_code_cell(SOURCE),
        "given.ipynb": v4.new_code_cell(SOURCE, outputs=outputs, execution_count=1),
    }
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for name, cell in cells.items():
        nbformat.write(v4.new_notebook(cells=[cell], metadata=kernel), folder / name)
    return folder


@pytest.fixture(scope="module")
def address(notebooks: Path) -> Iterator[str]:
    with lab(notebooks) as address:
        yield address


@pytest.fixture
def open_notebook(browser: Any, address: str) -> Iterator[Any]:
    contexts = []

    def open_one(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        shown: Page = context.new_page()
        shown.set_default_timeout(1_000 * PATIENCE)
        shown.goto(f"{address}/doc/tree/{name}?token={TOKEN}")
        shown.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        return shown

    yield open_one
    for context in contexts:
        context.close()


def test_a_cell_that_is_run_shows_a_player_that_works(open_notebook: Any) -> None:
    """Its buttons, keys, slider and breakpoints; and it asks no network for anything."""
    shown = open_notebook("run.ipynb")
    asked: list[str] = []
    shown.on("request", lambda r: asked.append(r.url) if r.frame != shown.main_frame else None)
    shown.get_by_text("(ipykernel) | Idle").wait_for()
    shown.locator(".jp-Notebook .cm-content").first.click()
    shown.keyboard.press("Shift+Enter")
    player = shown.frame_locator(".jp-OutputArea-output iframe")
    body = player.locator("body")
    expect(body).to_have_attribute("data-step", "0", timeout=1_000 * PATIENCE)

    player.get_by_role("button", name="One step forward").click()
    expect(body).to_have_attribute("data-step", "1")
    player.locator("#slider").focus()
    for key, there in {"ArrowRight": "2", "End": "7", "PageUp": "0", "PageDown": "7"}.items():
        shown.keyboard.press(key)
        expect(body).to_have_attribute("data-step", there)
    player.locator("#slider").fill("4")
    expect(player.locator(".sentence")).to_contain_text("depends on")
    player.locator("#first").click()
    player.locator("#nodes").select_option(label="v2 (×)")
    player.locator("#stop").check()
    for stop in ("1", "4", "6", "7"):  # computed; from the sum; to a and b
        player.locator("#run").click()
        expect(body).to_have_attribute("data-step", stop)

    frame = shown.locator(".jp-OutputArea-output iframe")
    assert frame.get_attribute("sandbox") == "allow-scripts allow-downloads"
    assert frame.bounding_box()["height"] >= 400
    assert [url for url in asked if not url.startswith(("about:", "data:", "blob:"))] == []


def test_a_notebook_that_is_not_trusted_shows_the_still_pictures(open_notebook: Any) -> None:
    shown = open_notebook("given.ipynb")
    outputs = shown.locator(".jp-OutputArea-output")
    for k, name in enumerate(["Computation graph of", "Paths from a to"]):
        picture = outputs.nth(k).locator(f'img[alt^="{name}"]')
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 150
        assert picture.bounding_box()["width"] > 150
    assert shown.locator(".jp-OutputArea-output iframe").count() == 0
