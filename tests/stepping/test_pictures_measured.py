"""The player's pictures measured in a browser: no text collides, and a step is always in view."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pictured_graphs import GRAPHS, chain

from autograd import steps
from autograd.stepping.page import page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")
LARGE = {"digits", "2-16-24-1"}  # of which each level is measured, and not each step
LONG_NUMBERS = [[-1.234e-05, -12345.678], [-12345.678], [-1.234567e-05, 0.3712345, -1e300]]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@cache
def made(name: str) -> str:
    root = GRAPHS[name]()
    return page(root, steps(root))


def opened(show: Any, text: str, size: dict[str, int] = DESK) -> Any:
    shown = show(text, viewport=size)
    shown.evaluate(MEASURES)
    return shown


@pytest.mark.parametrize("name", GRAPHS)
class TestTexts:
    def test_none_collides_at_any_step(self, show: Any, name: str) -> None:
        shown = opened(show, made(name))
        through = "onEachLevel" if name in LARGE else "throughAll"
        assert shown.evaluate(f"measured.{through}(measured.collisions)") == []

    def test_none_collides_when_numbers_get_long(self, show: Any, name: str) -> None:
        shown = opened(show, made(name))
        for numbers in LONG_NUMBERS:
            shown.evaluate("(numbers) => measured.edit(numbers)", numbers)
            assert shown.evaluate("measured.onEachLevel(measured.collisions)") == []

    def test_none_is_smaller_than_11_pixels(self, show: Any, name: str) -> None:
        """But for what the browser rounds."""
        shown = opened(show, made(name))
        assert min(shown.evaluate("measured.onEachLevel(measured.least)")) >= 10.98


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", [name for name in GRAPHS if name not in LARGE])
def test_what_acts_and_its_line_are_in_view_at_every_step(
    show: Any, name: str, size: dict[str, int]
) -> None:
    shown = opened(show, made(name), size)
    assert shown.evaluate("measured.throughAll(measured.outOfView)") == []


class TestSizes:
    @pytest.mark.parametrize("name", ["2-3-1", "2-4-4-1", "recurrent", "digits"])
    def test_a_network_is_at_most_1_2_screens_wide(self, show: Any, name: str) -> None:
        shown = opened(show, made(name))
        assert shown.evaluate("measured.width()")[0] <= 1.2

    @pytest.mark.parametrize("name", ["2-4-4-1", "recurrent", "digits", "batch of tensors"])
    def test_a_card_is_not_cut(self, show: Any, name: str) -> None:
        shown = opened(show, made(name))
        kinds = "[player.picture.level.kind === 'card' ? measured.width()[0] : 0]"
        assert 0 < max(shown.evaluate(f"measured.onEachLevel(() => {kinds})")) <= 1

    @pytest.mark.parametrize("name", ["digits", "2-16-24-1", "no regions", "chain"])
    def test_a_page_that_computes_is_at_most_450_kb(self, name: str) -> None:
        assert len(made(name).encode()) <= 450_000


class TestFollowing:
    """What isn't text follows the numbers too."""

    CARD = "player.turnAndShow(false); player.open('mlp/layer1/neuron2')"

    def test_a_product_and_its_bar_are_those_of_the_new_numbers(self, show: Any) -> None:
        shown = opened(show, made("2-4-4-1"))
        shown.evaluate(self.CARD)
        before = self.rows(shown)
        shown.evaluate("measured.edit([0.5, -0.25, 2])")
        shown.evaluate("player.show()")
        after = self.rows(shown)
        assert [row["text"] for row in after] != [row["text"] for row in before]
        longest = max(abs(row["x"] * row["w"]) for row in after)
        for row in after:
            product = row["x"] * row["w"]
            assert float(row["text"].replace("−", "-")) == pytest.approx(product, rel=1e-3)
            assert row["width"] == pytest.approx(55 * abs(product) / longest, abs=0.1)
        shown.evaluate("player.live.rewind()")
        shown.evaluate("player.show()")
        assert [row["text"] for row in self.rows(shown)] == [row["text"] for row in before]

    def rows(self, shown: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = shown.evaluate("""
          [...document.querySelectorAll("#picture rect[data-shows*=' p']")].map((bar) => {
            const [w, x] = bar.dataset.shows.split(" p")[1].split("x").map(Number);
            const { data } = recording.machine;
            const text = bar.parentNode.querySelector("text.product").textContent;
            return { text, w: data[w], x: data[x], width: Number(bar.getAttribute("width")) };
          })""")
        return found

    def test_the_point_stays_on_the_curve(self, show: Any) -> None:
        shown = opened(show, made("2-4-4-1"))
        shown.evaluate(self.CARD)
        before = self.point(shown)
        shown.evaluate("measured.edit([0.5, -0.75, 1])")
        shown.evaluate("player.show()")
        after = self.point(shown)
        assert abs(after["x"] - before["x"]) > 5
        assert after["y"] == pytest.approx(after["curve"], abs=0.5)

    def point(self, shown: Any) -> dict[str, float]:
        """The middle of the point, and how high the curve that Python drew is there."""
        found: dict[str, float] = shown.evaluate("""(() => {
          const dot = document.querySelector("#picture rect[data-shows^=point]");
          const [x, y] = ["x", "y"].map((side) => Number(dot.getAttribute(side)) + 4);
          const curve = document.querySelectorAll("#picture .activation path")[2];
          let [low, high] = [0, curve.getTotalLength()];
          for (let k = 0; k < 40; k += 1) {
            const middle = (low + high) / 2;
            if (curve.getPointAtLength(middle).x < x) low = middle;
            else high = middle;
          }
          return { x, y, curve: curve.getPointAtLength(low).y };
        })()""")
        return found


class TestLargeGraphs:
    def test_a_graph_with_too_many_steps_can_be_looked_into(self, show: Any) -> None:
        root = chain(13_000)
        shown = opened(show, page(root, steps(root)))
        assert shown.text_content("#step").startswith("This graph has 26,001 steps")
        assert "4.395e+05" in shown.locator("#picture").text_content()  # 1.001**13000
        shown.locator("#picture g.part").first.click()
        assert shown.locator("#trail li").count() == 2
        assert shown.evaluate("measured.onEachLevel(measured.collisions)") == []
