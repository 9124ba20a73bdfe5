"""The player's page: its sizes and colours, what it asks for, and how it is in a notebook."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hands import settled
from played import chain, contrast, lecture, made

from autograd import Tensor, Value, log, region, step, steps
from autograd.stepping.page import frame, page

pytestmark = pytest.mark.browser

READ = [
    *(".sentence", ".hint", "#phase", "#counter", ".flag", ".tile .what", ".where dt", ".keys"),
    *(".tile.contribution .number", ".ledger .after"),
]


class TestThePage:
    def test_it_asks_the_network_for_nothing(self, show: Any) -> None:
        shown = show(made())
        shown.keyboard.press("End")
        assert [url for url in shown.asked_for if not url.startswith(("file:", "data:"))] == []
        assert len([url for url in shown.asked_for if url.startswith("file:")]) == 1

    def test_a_step_touches_only_what_changes(self, show: Any) -> None:
        """However many boxes there are, a step changes a few attributes and texts."""
        shown = show(made(chain(70)), "#step=100")
        shown.evaluate(
            """() => {
              window.touched = new Set();
              new MutationObserver((all) => all.forEach((m) => touched.add(m.target)))
                .observe(document.querySelector("#picture"),
                         {subtree: true, childList: true, attributes: true, characterData: true});
            }"""
        )
        shown.keyboard.press("ArrowRight")
        settled(shown)
        assert 0 < shown.evaluate("touched.size") <= 12

    @pytest.mark.parametrize(
        "label",
        [
            "<script>window.hit = 1</script>",
            "</script><script>window.hit = 1</script>",
            "<img src=x onerror='window.hit = 1'>",
            "\"'><b onmouseover=window.hit=1>",
            "]]>",
            "<!--",
            '"; n0 -> n9 [label="x',
            "\\N{a|b}",
            "@data@",
            "\u2028\u2029&amp;",
        ],
    )
    def test_a_hostile_label_is_shown_as_it_is(self, show: Any, label: str) -> None:
        with region(label):
            x = Value(2.0, label=label)
            y = x * x
            y.label = f"y{label}"
        shown = show(made(y), "#step=3")
        shown.select_option("#nodes", index=1)
        assert shown.evaluate("window.hit") is None
        clean = " ".join(label.split())
        assert shown.locator("#picture text.name").first.text_content() in (clean, clean[:27] + "…")
        assert clean in shown.text_content("#story h2")

    def test_a_name_from_right_to_left_leaves_its_number_as_it_is(self, show: Any) -> None:
        """The sign of −1.0 is at its left, and the number after the name."""
        x, y = Value(2.0, label="x"), Value(-1.0, label="معدل")
        shown = show(made(x * y), "#step=3")
        sentence = shown.text_content(".sentence")
        places = [sentence.index("معدل") + 1, sentence.index("−1.0"), sentence.index("−1.0") + 1]
        name, sign, one = shown.evaluate(
            """(places) => places.map((place) => {
                const sentence = document.querySelector(".sentence");
                const walker = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT);
                let node = walker.nextNode();
                for (; place >= node.length; node = walker.nextNode()) place -= node.length;
                const range = document.createRange();
                range.setStart(node, place);
                range.setEnd(node, place + 1);
                return range.getBoundingClientRect().left;
            })""",
            places,
        )
        assert name < sign < one

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_can_be_read(self, show: Any, scheme: str) -> None:
        """WCAG 2.2, 1.4.3: a contrast of 4.5 at least."""
        shown = show(made(log(Value(0.0, label="x"))), "#step=3", color_scheme=scheme)
        for selector in READ:
            assert contrast(shown, selector) >= 4.5, selector

    def test_light_and_dark_are_different(self, show: Any) -> None:
        fills = {
            shown.evaluate("getComputedStyle(document.querySelector('g.box rect')).fill")
            for shown in (show(made(), color_scheme=scheme) for scheme in ("light", "dark"))
        }
        assert len(fills) == 2

    @pytest.mark.parametrize(("theme", "scheme"), [("dark", "light"), ("light", "dark")])
    def test_a_theme_is_what_was_asked_for(self, show: Any, theme: str, scheme: str) -> None:
        """Whatever the reader's system asks for; "auto" follows it."""
        ink = "getComputedStyle(document.body).color"
        expected = show(made(), color_scheme=theme).evaluate(ink)
        fixed = page(lecture(), steps(lecture()), theme=theme)
        assert show(fixed, color_scheme=scheme).evaluate(ink) == expected
        assert show(made(), color_scheme=scheme).evaluate(ink) != expected

    def test_another_theme_is_refused(self) -> None:
        with pytest.raises(
            ValueError, match='theme must be "auto", "light" or "dark", got \'blue\''
        ):
            step(lecture(), theme="blue")

    def test_nothing_moves_where_motion_is_not_wanted(self, show: Any) -> None:
        shown = show(made(), "#step=7")
        assert shown.evaluate("document.getAnimations().length") == 0
        moving = show(made(), "#step=7", reduced_motion="no-preference")
        assert moving.evaluate("document.getAnimations().length") > 0

    @pytest.mark.parametrize("width", [360, 820])
    def test_it_fits_any_window(self, show: Any, width: int) -> None:
        shown = show(made(), "#step=7", viewport={"width": width, "height": 640})
        inside = "document.documentElement.scrollWidth <= window.innerWidth"
        assert shown.evaluate(inside)
        for selector in ("#play", "#slider", ".sentence", "#n4"):
            seen = shown.locator(selector).bounding_box()
            assert seen["x"] >= 0
            assert seen["x"] + seen["width"] <= width
            assert seen["y"] + seen["height"] <= 640

    def test_a_long_name_does_not_widen_it(self, show: Any) -> None:
        shown = show(made(Value(1.0, label="long_" * 60) * 2.0), "#step=3")
        shown.select_option("#nodes", index=1)
        panel = "e => e.scrollWidth <= e.clientWidth"
        assert shown.eval_on_selector("#panel", panel)

    def test_a_small_graph_opens_whole(self, show: Any) -> None:
        shown = show(made(lecture()))
        frame = shown.locator("#picture").bounding_box()
        for selector in ("g.box", "g.region"):
            for box in shown.locator(f"#picture {selector}").all():
                assert within(box.bounding_box(), frame)

    def test_nothing_is_under_the_buttons_when_it_opens(self, show: Any) -> None:
        for root in (lecture(), chain(30)):
            shown = show(made(root))
            below = shown.locator(".zoom").bounding_box()
            top = min(box.bounding_box()["y"] for box in shown.locator("#picture g.box").all())
            assert top >= below["y"] + below["height"]

    @pytest.mark.parametrize("width", [390, 1280])
    def test_a_long_number_in_a_tile_is_not_broken(self, show: Any, width: int) -> None:
        x, y = Value(-0.0001234, label="x"), Value(-1.235e-05, label="y")
        shown = show(made(x * y * -0.0002956), "#step=99", viewport={"width": width, "height": 844})
        for tile in shown.locator(".tile").all():
            number = tile.locator(".number").bounding_box()
            assert number["height"] < 30  # one line
            assert within(number, tile.bounding_box())

    def test_a_small_array_is_a_table_in_its_tile(self, show: Any) -> None:
        x = Tensor([[1.0, 2.0], [3.0, -4.0]], label="x")
        shown = show(made((x * x).sum()), "#step=5")
        rows = shown.locator(".tile.local table.whole tr")
        assert rows.locator("td").all_text_contents() == ["1.0", "2.0", "3.0", "−4.0"]
        assert rows.count() == 2
        assert "·" not in shown.text_content(".tiles")  # which would read as a product

    def test_a_long_array_in_a_sentence_opens_at_a_click(self, show: Any) -> None:
        x = Tensor(np.arange(16.0).reshape(4, 4), label="x")
        shown = show(made((x * x).sum()), "#step=5")
        first = shown.locator(".sentence button.more").first
        assert first.text_content() == "[[0.0, 1.0, … 15.0]]"
        first.click()
        assert first.text_content().startswith("[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0],")
        shown.evaluate("player.go(0)")

    def test_a_long_vector_is_wrapped_and_its_shape_is_told(self, show: Any) -> None:
        x = Tensor(np.arange(12.0), label="x")
        shown = show(made((x * x).sum()), "#step=5")
        assert shown.locator(".tile.local table.whole").count() == 0
        assert "shape (12,), in order" in shown.text_content(".tile.local")

    def test_a_larger_array_is_a_heat_map_with_its_legend(self, show: Any) -> None:
        x = Tensor(np.linspace(-2.0, 2.0, 80).reshape(8, 10), label="x")
        shown = show(made((x * x).sum()), "#step=5")
        tile = shown.locator(".tile.local")
        assert tile.locator("svg.map rect.minus").count() == 37  # 3 of each 40 are near 0
        assert tile.locator("svg.map rect.plus").count() == 37
        assert "−2.02.0" in tile.text_content()
        assert "shape (8, 10), min −2.0, mean ≈ 0, max 2.0" in tile.text_content()

    @pytest.mark.parametrize("wide", [1280, 390])
    def test_nothing_of_an_array_sticks_out_of_the_panel(self, show: Any, wide: int) -> None:
        x = Tensor(np.linspace(-200.0, 2.0, 64).reshape(8, 8), label="x")
        size = {"width": wide, "height": 844}
        shown = show(made((x * x).sum()), "#step=5", viewport=size)
        panel = shown.locator("#panel").bounding_box()
        for tile in shown.locator(".tile").all():
            box = tile.bounding_box()
            assert panel["x"] <= box["x"]
            assert box["x"] + box["width"] <= panel["x"] + panel["width"]
        assert shown.evaluate("document.querySelector('#panel').scrollWidth") <= panel["width"]


def within(inner: dict[str, float], outer: dict[str, float]) -> bool:
    return all(
        outer[at] - 1 <= inner[at] and inner[at] + inner[size] <= outer[at] + outer[size] + 1
        for at, size in (("x", "width"), ("y", "height"))
    )


class TestNotebook:
    def test_the_player_runs_in_its_sandbox(self, show: Any) -> None:
        root = lecture()
        shown = show(f"<!doctype html><body>{frame(root, steps(root))}")
        inside = shown.frame_locator("iframe")
        inside.locator("#forward").click()
        assert inside.locator("body").get_attribute("data-step") == "1"
        assert shown.get_attribute("iframe", "sandbox") == "allow-scripts allow-downloads"

    def test_the_frame_covers_the_still_picture(self, show: Any) -> None:
        root = lecture()
        shown = show(f"<!doctype html><body>{frame(root, steps(root))}")
        still, live = (shown.locator(name).bounding_box() for name in ("img", "iframe"))
        assert within(still, live)
        on_top = "document.elementFromPoint(300, 200).tagName"
        assert shown.evaluate(on_top) == "IFRAME"

    def test_where_frames_are_taken_out_a_picture_is_left(self, show: Any) -> None:
        html = re.sub("<iframe.*?</iframe>", "", frame(lecture(), steps(lecture())), flags=re.S)
        html = re.sub(r' style="[^"]*"', "", html)  # as an untrusted notebook does
        shown = show(f"<!doctype html><body>{html}")
        assert shown.evaluate("document.querySelector('img').decode().then(() => 1)") == 1
        assert shown.evaluate("document.querySelector('img').naturalWidth") > 300

    def test_a_stepper_shows_itself_at_its_step(self, show: Any) -> None:
        stepper = step(lecture()).goto(4)
        shown = show(f"<!doctype html><body>{stepper._repr_mimebundle_()[0]['text/html']}")
        body = shown.frame_locator("iframe").locator("body")
        assert body.get_attribute("data-step") == "4"
