"""Hypothesis profiles, a real browser, and which of many cases are left to `make test`.

The profile `ci` gives the same verdict every time, `nightly` goes looking: `make nightly` chooses
the second with `--hypothesis-profile`. Neither has a deadline: how long an example takes says more
about the machine than about the code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any
from zlib import crc32

import pytest
from hypothesis import settings

# Scripts that record what PyTorch does: they need PyTorch, and their records are kept beside them.
# So does what compares with PyTorch itself: `make nightly-torch`. A newcomer's tasks are scripts.
collect_ignore_glob = ["**/record_*.py", "nightly/*", "tasks/[0-9]*.py"]

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("nightly", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lecture", help="run the tests of one item of docs/lecture_notes.md: S11")


SAMPLE = 10  # cases of one test that `make quick` runs at most


@pytest.hookimpl(tryfirst=True)  # before -m deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser; and as slow all but an even sample of more than ``SAMPLE`` cases.

    Tests of many cases are products over the registry of ops, strategies, layers. Each starts its
    sample at another case, so that together they meet most ops.
    """
    if items and (wanted := items[0].config.getoption("--lecture")):
        items[:] = [x for x in items if any(wanted in m.args for m in x.iter_markers("lecture"))]
    tests = defaultdict(list)
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        tests[item.nodeid.partition("[")[0]].append(item)
    for name, cases in tests.items():
        step = -(-len(cases) // SAMPLE)
        first = crc32(name.encode()) % step
        for k, case in enumerate(cases):
            if k % step != first:
                case.add_marker("slow")


PATIENCE = 60_000  # ms: what is waited for comes at once, but on a machine that does much else
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")  # not longer: while it runs, its event loop is in others' way
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright. Without it tests fail, for a skip would hide a fault."""
    program = next(filter(None, map(which, NAMES)), None)
    if program is None:
        pytest.fail("no Chromium on the PATH: pages are tested in it (apt install chromium)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        running = playwright.chromium.launch(executable_path=program, args=arguments)
        yield running
        running.close()


Show = Callable[..., Any]
SETTINGS = {"viewport": {"width": 1180, "height": 720}, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def tab(browser: Any) -> Any:
    """One tab for all tests that want nothing special: to make one takes longer than a test."""
    return _tab(browser)


def _tab(browser: Any, **options: Any) -> Any:
    tab = browser.new_context(**(SETTINGS | options)).new_page()
    tab.set_default_timeout(PATIENCE)
    tab.errors, tab.asked_for = [], []
    tab.on("pageerror", lambda error: tab.errors.append(error))  # noqa: PLW0108 (Playwright wraps it)
    tab.on("request", lambda request: tab.asked_for.append(request.url))
    return tab


@pytest.fixture
def show(browser: Any, tab: Any, tmp_path: Path) -> Iterator[Show]:
    """A function that opens a page's text from disk; a test fails if a script fails in it."""
    tabs: list[Any] = [tab]
    tab.errors.clear()

    def open_page(text: str, fragment: str = "", **options: Any) -> Any:
        file = tmp_path / f"page{len(list(tmp_path.iterdir()))}.html"
        file.write_text(text, encoding="utf-8")
        used = _tab(browser, **options) if options else tab
        tabs.append(used)
        used.asked_for.clear()
        used.goto(f"file://{file}{fragment}")
        return used

    yield open_page
    assert [error for used in tabs for error in used.errors] == []
    for used in tabs:
        if used is not tab:
            used.context.close()
