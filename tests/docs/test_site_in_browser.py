"""The site that `make docs` built, in Chromium: axe, search, living pages, and no other server."""

from __future__ import annotations

from collections.abc import Iterator
from math import tanh
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from hands import drag
from playwright.sync_api import expect
from site_pages import HOME, SITE, pages

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HOST = "glassgrad.test"
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


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """A function that opens a page of the site.

    A test fails if a script fails in it, or if it asks for anything that isn't in the site.
    """
    errors: list[Any] = []
    contexts = []

    def answer(route: Any) -> None:
        asked = urlsplit(route.request.url)
        file = SITE / unquote(asked.path).lstrip("/")
        if asked.netloc == HOST and file.is_file():
            route.fulfill(path=file)
        else:
            errors.append(route.request.url)
            route.abort()

    def open_page(path: str, **options: Any) -> Any:
        pages()  # it says so if there is no site
        contexts.append(browser.new_context(reduced_motion="reduce", **options))
        contexts[-1].route("**/*", answer)
        tab = contexts[-1].new_page()
        tab.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108
        tab.goto(f"http://{HOST}/{path}")
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def violations(tab: Any) -> list[tuple[str, list[str]]]:
    """What axe finds, and whether the page is wider than its window."""
    found = Axe().run(tab).response["violations"]
    wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [(each["id"], [node["html"][:150] for node in each["nodes"]]) for each in found] + [
        ("too wide", [f"{wide} pixels"])
    ] * (wide > 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", PAGES_OF_EACH_KIND)
def test_axe_finds_nothing_and_a_page_fits_the_window(
    opened: Any, path: str, size: str, scheme: str
) -> None:
    assert violations(opened(path, viewport=SIZES[size], color_scheme=scheme)) == []


@pytest.mark.nightly  # half an hour
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_on_any_page(opened: Any, size: str, scheme: str) -> None:
    every = [str(file.relative_to(SITE)) for file in pages() if "_modules" not in file.parts]
    found = {}
    for path in [path for path in every if path != "index.html"]:  # which leads on at once
        tab = opened(path, viewport=SIZES[size], color_scheme=scheme)
        found[path] = violations(tab)
        tab.context.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


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


@pytest.mark.parametrize("page", ["living/home.html", "living/xor.html"])
def test_without_scripts_a_living_page_says_that_it_needs_its_own(opened: Any, page: str) -> None:
    tab = opened(page, java_script_enabled=False)
    (said,) = tab.locator("noscript").all()
    assert "with JavaScript, which is off here" in said.inner_text()
    assert said.bounding_box()["y"] < 400  # where it is seen at once


def test_on_a_phone_all_of_the_home_page_s_picture_is_in_view(opened: Any) -> None:
    tab = opened(HOME, viewport=SIZES["phone"])
    (frame,) = (each for each in tab.frames if each != tab.main_frame)
    places = (
        "[...document.querySelectorAll('#picture .part')].map((g) => g.getBoundingClientRect())"
    )
    inside = "document.getElementById('picture').getBoundingClientRect()"
    frame.locator("#picture .part").first.wait_for()
    outside = frame.evaluate(
        f"{{ const all = {places}, box = {inside}; all.filter((g) => "
        "g.left < box.left || g.right > box.right || g.bottom > box.bottom).length }"
    )
    assert outside == 0


PAGE = {"dark": "rgb(16, 22, 29)", "light": "rgb(246, 247, 249)"}  # --page of player.css


@pytest.mark.parametrize(
    "path",
    [
        "docs/gallery/neuron.html",
        "docs/gallery/xor.html",
        "notebooks/01_stepping_through_gradients.html",
    ],
)
def test_the_switch_of_colours_reaches_the_players(opened: Any, path: str) -> None:
    """Also those in sealed frames. The context must not say what the system's colours are."""
    tab = opened(path, color_scheme="null")
    toggle = tab.locator(".content-icon-container .theme-toggle")
    inside = tab.frames[1].locator("html")
    seen = set()
    for _ in range(3):  # automatic, light, dark
        toggle.click()
        theme = tab.evaluate("document.body.dataset.theme")
        if theme in PAGE:
            expect(inside).to_have_css("background-color", PAGE[theme])
        seen.add(theme)
    assert seen >= set(PAGE)


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("nan", "docs/howto/find_a_nan.html"),
        ("gradcheck", "docs/howto/check_a_gradient.html"),
        ("wrong gradient", "docs/howto/check_a_gradient.html"),
        ("sklearn", "docs/howto/pipeline.html"),
        ("jit", "docs/howto/fast_loop.html"),
        ("torch", "docs/howto/open_other_programs.html"),
        ("kink", "docs/faq.html"),
        ("dead relu", "docs/howto/run_does_not_learn.html"),
        ("exploding", "docs/howto/run_does_not_learn.html"),
        ("save html", "docs/howto/save_a_page.html"),
        ("custom op", "docs/howto/write_an_op.html"),
        ("pytest", "docs/howto/test_gradients.html"),
        ("requires_grad", "docs/coming_from/pytorch.html"),
        ("backward", "docs/reference/autograd.html"),
        ("detect_anomaly", "docs/reference/autograd.html"),
        ("cite", "docs/about.html"),
        ("scikit-learn", "docs/howto/pipeline.html"),
        ("gradient clipping", "docs/howto/run_does_not_learn.html"),
        ("load model", "docs/howto/train_digits.html"),
        ("export pdf", "docs/howto/draw.html"),
        ("gpu", "docs/faq.html"),
        ("install windows", "docs/install.html"),
    ],
)
def test_a_newcomers_words_find_the_page_among_the_first(
    opened: Any, words: str, page: str
) -> None:
    tab = opened(f"search.html?q={words}")
    tab.wait_for_selector("#search-results li a")
    tab.wait_for_function(
        "/finished|found/.test(document.querySelector('.search-summary').textContent)"
    )
    links = tab.eval_on_selector_all("#search-results li > a", "(all) => all.map((a) => a.href)")
    assert page in {urlsplit(link).path.lstrip("/") for link in links[:6]}
