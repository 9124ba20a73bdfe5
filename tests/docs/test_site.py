"""The site that `make docs` built: its links, its names, and how it is in a browser.

`make test` builds it first. Sphinx itself stops at warnings; here are read the pages that came out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from math import tanh
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from hands import drag

import autograd
import init
import nn

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
HOME = "docs/index.html"
PAGES_OF_EACH_KIND = [
    HOME,
    "docs/learn/index.html",
    "docs/howto/find_a_nan.html",
    "docs/coming_from/pytorch.html",
    "docs/comparison.html",
    "docs/gallery/xor.html",
    "docs/gallery/wrong_rule.html",
    "docs/reference/autograd.html",
    "docs/reference/nn.html",
    "docs/ops.html",
    "docs/errors.html",
    "docs/design.html",
    "notebooks/01_stepping_through_gradients.html",
    "notebooks/03_perceptrons_to_mlps.html",
    "_modules/autograd/values/value.html",
    "CHANGELOG.html",
    "search.html",
]
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


class Page(HTMLParser):
    """What a page has: places to link to, its links, and what it loads by itself."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attributes if value is not None}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in {"stylesheet", "icon"}:
            self.loaded.append(given["href"])
        elif "src" in given:
            self.loaded.append(given["src"])


@cache
def pages() -> dict[Path, Page]:
    if not (SITE / HOME).exists():
        pytest.fail("there is no site/: `make docs` builds it, and `make test` does so first")
    return {file: Page(file) for file in sorted(SITE.rglob("*.html"))}


def inside(link: str) -> bool:
    return not urlsplit(link).scheme


def broken(file: Path, link: str) -> bool:
    """Whether a link leads to no file, or to no place in it. `#` alone is the top of the page."""
    path, fragment = urlsplit(link).path, unquote(urlsplit(link).fragment)
    target = (file.parent / unquote(path)).resolve() if path else file
    if not target.is_file():
        return True
    known = target.suffix == ".html" and fragment and "living" not in target.parts
    return bool(known) and fragment not in pages()[target].places


def test_every_link_inside_the_site_leads_somewhere() -> None:
    found = [(file, link) for file, page in pages().items() for link in page.links if inside(link)]
    assert len(found) > 5_000
    assert [f"{file.relative_to(SITE)}: {link}" for file, link in found if broken(file, link)] == []


def test_all_that_a_page_loads_is_in_the_site() -> None:
    """Pictures, scripts, styles, frames: so it can be read offline."""
    found = [
        f"{file.relative_to(SITE)}: {link[:80]}"
        for file, page in pages().items()
        for link in page.loaded
        if not link.startswith("data:") and (not inside(link) or broken(file, link))
    ]
    assert found == []


# Names --------------------------------------------------------------------------------------------


def public_packages(top: ModuleType) -> list[ModuleType]:
    """A package, and those in it that its users find by dir()."""
    found = [getattr(top, name) for name in dir(top)]
    inside = [
        each for each in found if isinstance(each, ModuleType) and each.__name__ in sys.modules
    ]
    return [top, *(each for each in inside if hasattr(each, "__all__"))]


BRIDGES = ["autograd.bridges.torch", "autograd.bridges.jax"]
PACKAGES = [each for top in (autograd, nn, init) for each in public_packages(top)]
PACKAGES += map(import_module, BRIDGES)


def resolved(name: str) -> Any:
    """The object that a name such as ``nn.schedules.Cosine`` stands for; None if there is none."""
    package, _, inner = name.rpartition(".")
    return getattr(import_module(package), inner, None)


@cache
def described() -> frozenset[int]:
    """The objects that the reference describes, by their identities."""
    known = {package.__name__ for package in PACKAGES}
    places = {
        place
        for file, page in pages().items()
        if file.is_relative_to(SITE / "docs" / "reference")
        for place in page.places
    }
    return frozenset(id(resolved(name)) for name in places if name.rpartition(".")[0] in known)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_reference_has_every_public_name(package: ModuleType) -> None:
    names = [name for name in getattr(package, "__all__", []) if not name.startswith("_")]
    things = {name: getattr(package, name) for name in names}
    missing = [
        name
        for name, thing in things.items()
        if not isinstance(thing, ModuleType) and id(thing) not in described()
    ]
    assert missing == []


# In a browser -------------------------------------------------------------------------------------


def answer(route: Any) -> None:
    """Give a page of the site; there is no network, so what is not in it is an error."""
    route.fulfill(path=SITE / unquote(urlsplit(route.request.url).path).lstrip("/"))


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """A function that opens a page of the site; a test fails if a script fails in it."""
    errors: list[Any] = []
    contexts = []

    def open_page(path: str, **options: Any) -> Any:
        pages()  # it says so if there is no site
        contexts.append(browser.new_context(reduced_motion="reduce", **options))
        contexts[-1].route("**/*", answer)
        tab = contexts[-1].new_page()
        tab.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108
        tab.goto(f"http://glassgrad.test/{path}")
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", PAGES_OF_EACH_KIND)
def test_axe_finds_nothing_and_a_page_fits_the_window(
    opened: Any, path: str, size: str, scheme: str
) -> None:
    tab = opened(path, viewport=SIZES[size], color_scheme=scheme)
    found = Axe().run(tab).response["violations"]
    assert [(each["id"], [node["html"][:150] for node in each["nodes"]]) for each in found] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]


@pytest.mark.browser
@pytest.mark.parametrize("size", SIZES)
def test_the_home_page_answers_a_drag(opened: Any, size: str) -> None:
    """The weight's number is dragged to the right; the output is still tanh(w·x)."""
    tab = opened(HOME, viewport=SIZES[size])
    (frame,) = (each for each in tab.frames if each != tab.main_frame)
    names = ["w", "x", "o"]
    nodes = [f"recording.nodes.findIndex((node) => node.name === '{name}')" for name in names]
    numbers = f"[{', '.join(f'recording.machine.data[{node}]' for node in nodes)}].map(Number)"
    before = frame.evaluate(numbers)
    drag(tab, frame.locator("#picture g.variable", has_text="w").locator("text.data").first)
    w, x, o = frame.evaluate(numbers)
    assert w > before[0]
    assert x == before[1]
    assert o == pytest.approx(tanh(w * x), rel=1e-12)


@pytest.mark.browser
def test_the_search_finds_a_name(opened: Any) -> None:
    tab = opened("search.html?q=detect_anomaly")
    tab.wait_for_selector("#search-results li a")
    links = tab.eval_on_selector_all("#search-results li a", "(all) => all.map((a) => a.href)")
    assert any("reference/autograd.html" in link for link in links)
