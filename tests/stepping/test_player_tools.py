"""The player as a tool: searching, moving and sizing the picture, saving it, the code, the help."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value, record_source, region, steps
from autograd.stepping.page import page

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"
INSIDE = "player.turnAndShow(true); player.open('mlp/layer1')"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@cache
def lines() -> str:
    """The page of a few lines of code, one of which is in a region."""
    with record_source():
        x = Value(0.5, label="pressure")
        y = Value(-1.0, label="temperature")
        with region("gas"):
            z = (x * y).tanh()
        root = z + x
    return page(root, steps(root))


@cache
def network(*sizes: int) -> str:
    loss = nn.mse(nn.MLP(list(sizes), "tanh", seed=1).scalars()([0.5, -1.0]), [1.0])
    return page(loss, steps(loss))


@cache
def chain() -> str:
    """A picture that is wider than the window."""
    x = Value(1.0, label="x")
    for _ in range(40):
        x = x * Value(1.0)
    return page(x, steps(x))


def step_of(shown: Any) -> int:
    return int(shown.evaluate("player.k"))


def box_of(shown: Any, selector: str) -> dict[str, float]:
    box: dict[str, float] = shown.locator(selector).first.bounding_box()
    return box


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "names"),
        [
            ("press", ["pressure"]),
            ("tanh", ["v3", "v2"]),
            ("gas", ["v2", "v3"]),
            ("x * y", ["v2", "v3"]),
            ("test_player_tools.py x", ["v2", "v3", "v4"]),
        ],
    )
    def test_a_node_is_found_by_what_is_known_of_it(
        self, show: Any, words: str, names: list[str]
    ) -> None:
        """By its name, operation, region, line and file; what has it in its code comes last."""
        shown = show(lines())
        shown.fill("#search", words)
        found = shown.locator("#hits [role=option] b").all_text_contents()
        assert found == names

    def test_a_hit_opens_the_level_of_the_node_and_chooses_it(self, show: Any) -> None:
        shown = show(network(2, 4, 4, 1))
        shown.evaluate("player.turnAndShow(true)")
        shown.keyboard.press("/")
        shown.keyboard.type("layer1 tanh")
        shown.keyboard.press("ArrowDown")
        shown.keyboard.press("Enter")
        assert shown.locator("#trail li").all_text_contents()[-1] == "neuron1"
        assert shown.locator("#picture g.part.chosen").count() == 1
        assert "tanh" in shown.text_content("#story h2")
        assert shown.locator("#hits").is_hidden()

    def test_names_come_first_and_of_very_many_hits_the_rest_is_counted(self, show: Any) -> None:
        shown = show(network(2, 20, 1))
        shown.fill("#search", "v1")
        first = shown.locator("#hits b").first.text_content()
        assert first.startswith("v1")
        shown.fill("#search", "mlp")
        assert shown.locator("#hits [data-index]").count() == 30
        total = shown.evaluate(
            "recording.nodes.filter((node) => node.region.includes('mlp')).length"
        )
        assert shown.locator("#hits .rest").text_content() == f"… and {total - 30} more"

    def test_escape_leaves_the_search_and_not_the_level(self, show: Any) -> None:
        shown = show(network(2, 4, 4, 1))
        shown.evaluate(INSIDE)
        shown.focus("#search")
        shown.keyboard.type("nothing like it")
        assert shown.text_content("#hits") == "Nothing found."
        shown.keyboard.press("Escape")
        assert shown.locator("#hits").is_hidden()
        assert shown.evaluate("player.path") == "mlp/layer1"

    def test_what_is_typed_there_is_no_key_of_the_player(self, show: Any) -> None:
        shown = show(lines())
        shown.focus("#search")
        shown.keyboard.type("? f")
        assert step_of(shown) == 0
        assert not shown.locator("dialog[open]").count()


class TestHelp:
    def test_every_key_that_it_lists_does_something(self, show: Any) -> None:
        shown = show(network(2, 4, 4, 1))
        shown.keyboard.press("?")
        listed = shown.locator("#help kbd").all_text_contents()
        shown.keyboard.press("Escape")
        state = """() => JSON.stringify([player.k, player.path, player.timer === null,
            document.activeElement.id, document.querySelector("dialog").open,
            document.fullscreenElement === null])"""
        names = {"←": "ArrowLeft", "→": "ArrowRight", "Page up": "PageUp", "Esc": "Escape"}
        names |= {"Page down": "PageDown", "F": "f"}
        for key in listed:
            shown.evaluate("document.activeElement.blur()")
            shown.evaluate("player.open(''); player.go(5)")
            if key == "Esc":
                shown.evaluate(INSIDE)
            if key == "Enter":
                shown.focus("#picture g.openable")
            before = shown.evaluate(state)
            shown.keyboard.press(names.get(key, key))
            shown.wait_for_function(f"before => ({state})() !== before", arg=before)
            if key == "Space":
                shown.evaluate("player.pause()")
            if key == "?":
                shown.keyboard.press("Escape")
        assert len(listed) == 12

    def test_while_it_is_open_no_key_takes_a_step_and_escape_closes_it_alone(
        self, show: Any
    ) -> None:
        shown = show(network(2, 4, 4, 1))
        shown.evaluate(INSIDE)
        shown.click("#keys")
        shown.keyboard.press("ArrowRight")
        assert step_of(shown) == 0
        shown.keyboard.press("Escape")
        assert not shown.locator("dialog[open]").count()
        assert shown.evaluate("player.path") == "mlp/layer1"

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_its_colours_are_those_of_the_picture(self, show: Any, scheme: str) -> None:
        shown = show(lines(), color_scheme=scheme)
        shown.keyboard.press("?")
        fills = shown.evaluate(
            "[...document.querySelectorAll('#help rect')].map((r) => getComputedStyle(r).fill)"
        )
        drawn = shown.evaluate(
            """[...document.querySelectorAll("#picture g.box > rect:first-of-type")]
                .map((r) => getComputedStyle(r).fill)"""
        )
        assert set(drawn) <= set(fills)


class TestGestures:
    def test_the_wheel_makes_the_picture_larger_about_the_pointer(self, show: Any) -> None:
        shown = show(network(2, 4, 4, 1))
        box = box_of(shown, "#picture g.part")
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        shown.mouse.move(*middle)
        shown.mouse.wheel(0, -500)
        shown.wait_for_function(
            """least => document.querySelector("#picture g.part")
                .getBoundingClientRect().width > least""",
            arg=1.5 * box["width"],
        )
        larger = box_of(shown, "#picture g.part")
        assert larger["x"] < middle[0] < larger["x"] + larger["width"]
        assert larger["y"] < middle[1] < larger["y"] + larger["height"]

    def test_dragging_moves_the_picture_and_is_no_click(self, show: Any) -> None:
        shown = show(network(2, 4, 4, 1))
        shown.evaluate("player.viewport.zoom(3)")
        shown.evaluate(
            "document.querySelector('#picture').scrollTo({left: 200, top: 50, behavior: 'instant'})"
        )
        box = box_of(shown, "#picture")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        shown.mouse.move(x, y)
        shown.mouse.down()
        shown.mouse.move(x - 60, y - 20, steps=3)
        shown.mouse.up()
        scrolled = shown.evaluate("[player.frame.scrollLeft, player.frame.scrollTop]")
        assert scrolled == [260, 70]
        assert shown.evaluate("player.chosen") is None

    def test_a_click_still_chooses_a_node(self, show: Any) -> None:
        shown = show(chain())
        shown.locator("#picture g.part").first.click()
        assert shown.evaluate("player.chosen") is not None

    def test_a_double_click_fits_the_picture(self, show: Any) -> None:
        shown = show(lines())
        fitted = box_of(shown, "#picture > svg")
        shown.evaluate("player.viewport.zoom(2)")
        frame = box_of(shown, "#picture")
        shown.mouse.dblclick(frame["x"] + 30, frame["y"] + frame["height"] - 30)
        assert box_of(shown, "#picture > svg") == pytest.approx(fitted)

    def test_two_fingers_pinch(self, show: Any) -> None:
        shown = show(lines(), **PHONE)
        before = shown.evaluate("player.viewport.scale")
        for kind, half in (("touchstart", 40), ("touchmove", 60)):
            touch(shown, kind, "#picture", [(190 - half, 250), (190 + half, 250)])
        assert shown.evaluate("player.viewport.scale") == pytest.approx(1.5 * before, rel=1e-3)

    @pytest.mark.parametrize(("far", "step"), [(-120, 4), (120, 2), (-20, 3)])
    def test_a_swipe_takes_a_step_and_a_short_one_none(
        self, show: Any, far: int, step: int
    ) -> None:
        shown = show(lines(), **PHONE)
        shown.evaluate("player.go(3)")
        touch(shown, "touchstart", "#step", [(200, 600)])
        touch(shown, "touchend", "#step", [(200 + far, 605)])
        assert step_of(shown) == step

    def test_a_finger_that_drags_a_number_takes_no_step(self, show: Any) -> None:
        shown = show(lines(), **PHONE)
        shown.select_option("#nodes", label="pressure")
        for selector in ("#picture .draggable", ".loss-curve"):
            touch(shown, "touchstart", selector, [(200, 600)])
            touch(shown, "touchend", selector, [(80, 605)])
        assert step_of(shown) == 0

    def test_where_a_picture_can_be_scrolled_a_swipe_scrolls_it(self, show: Any) -> None:
        shown = show(chain(), **PHONE)
        shown.evaluate("player.viewport.zoom(3)")
        touch(shown, "touchstart", "#picture", [(200, 300)])
        touch(shown, "touchend", "#picture", [(50, 300)])
        assert step_of(shown) == 0


def touch(shown: Any, kind: str, selector: str, fingers: list[tuple[int, int]]) -> None:
    shown.evaluate(
        """([kind, selector, fingers]) => {
            const target = document.querySelector(selector);
            const touches = fingers.map(([clientX, clientY], identifier) =>
                new Touch({ identifier, target, clientX, clientY }));
            const at = kind === "touchend" ? { changedTouches: touches } : { touches };
            target.dispatchEvent(new TouchEvent(kind, { bubbles: true, cancelable: true, ...at }));
        }""",
        [kind, selector, fingers],
    )


def saved(shown: Any, kind: str) -> tuple[str, bytes]:
    with shown.expect_download() as download:
        shown.select_option("#save", kind)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


class TestSaving:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_an_svg_file_stands_alone_and_looks_as_the_picture_does(
        self, show: Any, scheme: str
    ) -> None:
        shown = show(lines(), "#step=4", color_scheme=scheme)
        look = """g => { const { fill, stroke } = getComputedStyle(g.querySelector("rect"));
            return [fill, stroke]; }"""
        drawn = shown.locator("#picture g#n0").evaluate(look)
        name, content = saved(shown, "svg")
        assert name == "Backpropagation-of-v4-step-4.svg"
        root = ET.fromstring(content)
        assert not [each for each in root.iter() if {"class", "style"} & set(each.attrib)]
        assert b"var(" not in content
        shown.goto("about:blank")
        shown.set_content(content.decode())
        assert shown.locator("g#n0").evaluate(look) == drawn

    def test_a_png_file_has_two_dots_for_a_pixel(self, show: Any) -> None:
        shown = show(lines())
        width, height = shown.evaluate(
            "(({ width, height }) => [width, height])(player.svg.viewBox.baseVal)"
        )
        name, content = saved(shown, "png")
        assert name.endswith(".png")
        dots = struct.unpack(">II", content[16:24])
        assert dots == pytest.approx((2 * width, 2 * height), abs=1)
        assert len(content) > 5_000

    def test_the_name_says_the_level(self, show: Any) -> None:
        shown = show(network(2, 4, 4, 1))
        shown.evaluate(INSIDE)
        assert "-mlp.layer1-step-0" in saved(shown, "svg")[0]

    def test_on_paper_there_are_the_picture_and_the_words_and_no_controls(self, show: Any) -> None:
        shown = show(network(2, 4, 4, 1))
        shown.emulate_media(media="print")
        try:
            for hidden in ("footer", ".toolbar", ".tools", "#halo"):
                assert shown.locator(hidden).is_hidden()
            picture, words = box_of(shown, "#picture > svg"), box_of(shown, "#step")
            assert picture["x"] >= 0
            assert picture["x"] + picture["width"] <= 1180
            assert words["y"] >= picture["y"] + picture["height"]
        finally:
            shown.emulate_media(media="screen")


class TestCode:
    def test_the_line_of_the_step_is_marked(self, show: Any) -> None:
        shown = show(lines())
        assert shown.locator("#code [aria-current]").count() == 0, "nothing is computed yet"
        marked = []
        for _ in range(3):
            shown.keyboard.press("ArrowRight")
            marked.append(shown.text_content("#code [aria-current] code"))
        assert marked == ["z = (x * y).tanh()", "z = (x * y).tanh()", "root = z + x"]
        shown.keyboard.press("ArrowLeft")
        assert shown.text_content("#code [aria-current] code") == "z = (x * y).tanh()"

    def test_a_click_on_a_line_goes_to_its_first_step(self, show: Any) -> None:
        shown = show(lines())
        shown.get_by_text("root = z + x").first.click()
        assert step_of(shown) == 3

    def test_lines_have_their_numbers_in_order(self, show: Any) -> None:
        shown = show(lines())
        found = list(map(int, shown.locator("#code .k").all_text_contents()))
        assert found[1] == found[0] + 1

    def test_without_recorded_lines_there_is_no_pane(self, show: Any) -> None:
        assert show(network(2, 2, 1)).locator("#code").count() == 0


class TestScreens:
    def test_the_whole_screen_is_had_and_left_by_a_key(self, show: Any) -> None:
        shown = show(lines())
        shown.keyboard.press("f")
        shown.wait_for_function("document.fullscreenElement !== null")
        shown.keyboard.press("f")
        shown.wait_for_function("document.fullscreenElement === null")

    @pytest.mark.parametrize("made", [lines, lambda: network(2, 4, 4, 1)])
    def test_on_a_phone_controls_are_44_pixels_and_nothing_is_cut_off(
        self, show: Any, made: Callable[[], str]
    ) -> None:
        shown = show(made(), "#step=6", **PHONE)
        small = shown.evaluate(
            """[...document.querySelectorAll("button, select, input, summary")]
                .filter((each) => each.checkVisibility() && !each.closest("ol, .where"))
                .map((each) => [each.id || each.textContent, each.getBoundingClientRect()])
                .filter(([, { width, height }]) => width && Math.min(width, height) < 44)
                .map(([name]) => name)"""
        )
        assert small == []
        assert shown.evaluate("document.documentElement.scrollWidth") == 390
        panel, picture = box_of(shown, "#panel"), box_of(shown, "#picture")
        assert panel["y"] >= picture["y"] + picture["height"]
        assert picture["height"] >= 250
