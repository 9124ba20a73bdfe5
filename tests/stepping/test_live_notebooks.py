"""Live notebooks: one that is run has a player; one that isn't trusted, still pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect
from serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOKEN = "glass"
SOURCE = """\
from autograd import Value, step
a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
step(a * b + c)"""
PATIENCE = 60  # seconds, for a kernel to start
HOSTS = {  # the program, where it opens a notebook, and its theme
    "JupyterLab": ("jupyterlab", "doc/tree", "JupyterLab Light"),
    "JupyterLab, dark": ("jupyterlab", "doc/tree", "JupyterLab Dark"),
    "Notebook 7": ("notebook", "notebooks", "JupyterLab Light"),
}


@contextmanager
def served(folder: Path, program: str, theme: str) -> Iterator[str]:
    """A Jupyter server on the notebooks of a folder, with nothing of the user's own."""
    own = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    chosen = folder / "settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    chosen.parent.mkdir(parents=True, exist_ok=True)
    chosen.write_text(json.dumps({"theme": theme}), "utf-8")
    options = [
        *("--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={TOKEN}"),
        *(
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ),
    ]
    asked = f"/api?token={TOKEN}"
    with serving(folder, program, *options, answers=asked, environment=own) as address:
        yield address


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    return HOSTS[request.param]


@pytest.fixture(scope="module")
def address(host: tuple[str, str, str], book: Any, tmp_path_factory: Any) -> Iterator[str]:
    """A notebook to run; and one that comes with its outputs, from somebody else."""
    import nbformat  # here: it takes longer to load than most tests to run
    from nbformat import v4

    program, opens, theme = host
    folder = tmp_path_factory.mktemp("notebooks")
    to_run = v4.new_notebook(cells=[v4.new_code_cell(SOURCE)], metadata=book.metadata)
    nbformat.write(to_run, folder / "run.ipynb")
    nbformat.write(book, folder / "given.ipynb")
    with served(folder, program, theme) as address:
        yield f"{address}/{opens}"


@pytest.fixture
def open_notebook(browser: Any, address: str) -> Iterator[Any]:
    contexts = []

    def open_one(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        shown: Page = context.new_page()
        shown.set_default_timeout(1_000 * PATIENCE)
        shown.goto(f"{address}/{name}?token={TOKEN}")
        shown.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        return shown

    yield open_one
    for context in contexts:
        context.close()


def run_the_cell(shown: Page) -> None:
    """Run the first cell, once there is a kernel that listens: before, a host may forget it."""
    for _ in range(10 * PATIENCE):
        sessions = shown.request.get(urljoin(shown.url, "/api/sessions")).json()
        kernels = [session["kernel"] for session in sessions]
        if any(k["execution_state"] == "idle" and k["connections"] for k in kernels):
            break
        shown.wait_for_timeout(100)
    asked = shown.locator(".jp-CodeCell .jp-InputPrompt").first
    for _ in range(PATIENCE // 5):
        shown.locator(".jp-Notebook .cm-content").first.click()
        shown.keyboard.press("Shift+Enter")
        with suppress(AssertionError):
            expect(asked).not_to_have_text("[ ]:", timeout=5_000)
            return


def test_a_cell_that_is_run_shows_a_player_that_works(open_notebook: Any) -> None:
    """Its buttons, keys, slider and breakpoints; and it asks no network for anything."""
    shown = open_notebook("run.ipynb")
    asked: list[str] = []
    shown.on("request", lambda r: asked.append(r.url) if r.frame != shown.main_frame else None)
    run_the_cell(shown)
    player = shown.frame_locator(".jp-OutputArea-output iframe")
    body = player.locator("body")
    expect(body).to_have_attribute("data-step", "0")

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


def test_a_notebook_that_is_not_trusted_shows_all_cells_and_still_pictures(
    open_notebook: Any, host: tuple[str, str, str], pictures: list[str]
) -> None:
    shown = open_notebook("given.ipynb")
    expect(shown.locator(".jp-Notebook .jp-CodeCell")).to_have_count(12)
    expect(shown.locator("body")).to_have_attribute("data-jp-theme-name", host[2])
    found = shown.locator(".jp-OutputArea-output img")
    expect(found).to_have_count(len(pictures))
    for k, name in enumerate(pictures):
        assert found.nth(k).evaluate("image => image.decode().then(() => image.naturalWidth)") > 150
        assert (found.nth(k).get_attribute("alt") or "").startswith(name)
    expect(shown.locator(".jp-OutputArea-output iframe")).to_have_count(0)
    expect(shown.locator(".jp-OutputArea-output table")).to_have_count(2)
