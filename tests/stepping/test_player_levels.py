"""The player of a graph that is too big for one picture: levels, and the way between them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, region, steps
from autograd.stepping.page import page

pytestmark = pytest.mark.browser


@cache
def chain() -> str:
    """The page of four regions of 40 products each, one after the other."""
    x = Value(1.0, label="x")
    for k in range(160):
        with region(f"part{k // 40}"):
            x = x * 1.0
    return page(x, steps(x))


@cache
def network(*sizes: int) -> str:
    """The page of a network in scalars with its loss; it has no textbook picture if ``boxes``."""
    model = nn.MLP(list(sizes), "tanh", seed=1).scalars()
    x = np.random.default_rng(0).normal(size=sizes[0]).tolist()
    loss = nn.mse(model(x), [1.0] * sizes[-1])
    return page(loss, steps(loss))


def boxes(shown: Any, page: str) -> Any:
    """Return the page, as boxes wherever there is a choice."""
    opened = shown(page)
    opened.evaluate("player.turnAndShow(true)")
    return opened


def trail(shown: Any) -> list[str]:
    return list(shown.locator("#trail li").all_text_contents())


def part(shown: Any, name: str) -> Any:
    return shown.locator("#picture g.part", has=shown.get_by_text(name, exact=True))


class TestOpening:
    def test_a_click_opens_a_box_as_a_picture_of_its_own(self, show: Any) -> None:
        shown = show(chain())
        part(shown, "part1").click()
        assert trail(shown) == ["all", "part1"]
        assert shown.locator("#picture svg").count() == 1
        assert shown.locator("#picture g.port").all_text_contents()[0].startswith("part0")

    @pytest.mark.parametrize("key", ["Enter", " "])
    def test_a_key_opens_it_and_escape_goes_up(self, show: Any, key: str) -> None:
        shown = show(chain())
        part(shown, "part2").focus()
        shown.keyboard.press(key)
        assert trail(shown) == ["all", "part2"]
        assert shown.evaluate("document.activeElement.id") == "picture"  # and not the page's start
        shown.keyboard.press("Escape")
        assert trail(shown) == ["all"]
        assert part(shown, "part3").is_visible()

    def test_the_trail_leads_up(self, show: Any) -> None:
        shown = boxes(show, network(2, 4, 4, 1))
        for name in ("mlp", "layer1", "neuron2"):
            part(shown, name).click()
        assert trail(shown) == ["all", "mlp", "layer1", "neuron2"]
        shown.locator("#trail button", has_text="mlp").click()
        assert trail(shown) == ["all", "mlp"]

    def test_choosing_a_node_opens_where_it_is(self, show: Any) -> None:
        shown = boxes(show, network(2, 4, 4, 1))
        shown.select_option("#nodes", label="layer0.weight[2, 1]")
        assert trail(shown) == ["all", "mlp", "layer0", "neuron2"]
        assert "weight[2, 1]" in shown.locator("g.chosen").text_content()


class TestFollowing:
    def test_the_view_goes_where_the_step_is(self, show: Any) -> None:
        shown = show(chain())
        part(shown, "part0").click()
        shown.evaluate("player.go(41)")
        assert trail(shown) == ["all", "part1"]
        assert shown.locator("g.part.active").count() == 1

    def test_steps_inside_one_box_are_one_step(self, show: Any) -> None:
        """At the top: four regions forwards, the start, and four regions back."""
        shown = show(chain())
        seen = []
        for _ in range(8):
            shown.keyboard.press("ArrowRight")
            seen.append(int(shown.get_attribute("body", "data-step")))
        assert seen == [40, 80, 120, 160, 201, 241, 281, 321]
        for before in reversed([0, *seen[:-1]]):
            shown.keyboard.press("ArrowLeft")
            assert int(shown.get_attribute("body", "data-step")) == before

    def test_the_panel_leads_inside(self, show: Any) -> None:
        shown = show(chain(), "#step=90")
        assert "Steps 81 to 120 are inside part2" in shown.text_content("#step")
        shown.click("#inside")
        assert trail(shown) == ["all", "part2"]
        assert shown.get_attribute("body", "data-step") == "90"
        shown.keyboard.press("ArrowRight")
        assert shown.get_attribute("body", "data-step") == "91"

    def test_the_reader_chooses_the_depth(self, show: Any) -> None:
        shown = boxes(show, network(2, 4, 4, 1))
        names = shown.locator("#depth option").all_text_contents()
        assert names == ["overview", "mlp", "layer", "neuron"]
        shown.evaluate("player.go(10)")
        shown.select_option("#depth", label="layer")
        assert len(trail(shown)) == 3
        shown.select_option("#depth", label="neuron")
        assert len(trail(shown)) == 4

    @pytest.mark.slow
    @pytest.mark.parametrize("width", [1280, 390])
    def test_what_acts_and_its_line_are_in_view_at_every_step(self, show: Any, width: int) -> None:
        shown = show(network(2, 4, 4, 1), viewport={"width": width, "height": 800})
        for depth in range(1, 1 + shown.locator("#depth option").count()):
            hidden = shown.evaluate(
                """(depth) => {
                  const frame = document.querySelector("#picture");
                  player.follow(depth);
                  return player.steps.filter((step) => {
                    player.go(step.k);
                    const box = frame.getBoundingClientRect();
                    const acting = document.querySelector("#picture .part.active");
                    if (!acting) return true;
                    const moving = document.querySelectorAll(".part.active, .line.active");
                    return [...moving].some((g) => {
                      const seen = g.getBoundingClientRect();
                      return seen.right <= box.left || seen.left >= box.right
                        || seen.bottom <= box.top || seen.top >= box.bottom;
                    });
                  }).map((step) => step.k);
                }""",
                depth,
            )
            assert hidden == []


class TestNumbers:
    def test_a_closed_box_is_computed_when_the_last_of_its_nodes_is(self, show: Any) -> None:
        shown = show(chain(), "#step=39")
        first = part(shown, "part0")
        assert "computed" not in first.get_attribute("class").split()
        assert first.locator("text.data").text_content() == "·"
        shown.keyboard.press("ArrowRight")
        assert "computed" in first.get_attribute("class").split()
        assert first.locator("text.data").text_content() == "1.0"

    def test_what_many_pass_on_is_told_when_all_of_it_is_there(self, show: Any) -> None:
        """Weights of one neuron share a box; their largest gradient is known at the end."""
        shown = boxes(show, network(64, 2, 1))
        shown.evaluate("player.open('mlp/layer0/neuron0')")
        steps_to = shown.evaluate(
            """recording.steps.filter((step) => step.kind === "contribute"
                 && recording.nodes[step.t].name.startsWith("layer0.weight[0, ")
                 && recording.nodes[step.n].region.includes("layer0")).map((step) => step.k)"""
        )
        assert len(steps_to) == 64
        told = []
        for k in (steps_to[0] - 1, steps_to[0], steps_to[-2], steps_to[-1]):
            shown.evaluate(f"player.go({k})")
            shown.evaluate("player.open('mlp/layer0/neuron0')")
            told.append(shown.locator("#picture g.fold", has_text="…").last.text_content())
        ends = [text.rpartition("grad|")[2] for text in told]
        assert ends[:3] == ["—", "…", "…"]
        assert float(ends[3]) > 0

    def test_a_line_is_crossed_when_the_last_of_its_operands_is(self, show: Any) -> None:
        shown = show(chain(), "#step=200")
        crossed = "#picture g.line.crossed"
        assert shown.locator(crossed).count() == 0
        shown.evaluate("player.go(201)")  # from part3 to part2
        assert shown.locator(crossed).count() == 1


class TestSize:
    def test_levels_of_one_shape_share_its_picture(self, show: Any) -> None:
        shown = show(network(2, 16, 24, 1))
        levels, shapes = shown.evaluate("[player.data.levels.length, player.data.shapes.length]")
        assert levels > 80
        assert shapes <= 16
