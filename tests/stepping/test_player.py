"""The player as a person uses it: in a real browser, with keys, clicks and links."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from played import chain, classes, grad, lecture, made, step_of
from playwright.sync_api import expect

import nn
from autograd import Tensor, Value, affine, log, sqrt, steps

pytestmark = pytest.mark.browser


class TestSteps:
    def test_the_page_says_what_the_events_say(self, show: Any) -> None:
        shown = show(made())
        told = shown.evaluate("recording.steps.map((step) => recording.tell(step).sentence)")
        assert told == [event.sentence for event in steps(lecture())]

    def test_before_the_first_step_only_leaves_hold_numbers(self, show: Any) -> None:
        shown = show(made())
        assert step_of(shown) == 0
        assert shown.text_content("#n0 text.data") == "2.0"
        assert shown.text_content("#n6 text.data") == "·"

    def test_no_gradient_is_shown_as_a_zero_before_it_arrives(self, show: Any) -> None:
        shown = show(made(), "#step=3")
        assert shown.text_content("#phase") == "forward"
        assert set(shown.locator("text.grad").all_text_contents()) == {"—"}

    def test_the_last_step_shows_the_gradients_of_the_lecture(self, show: Any) -> None:
        """Karpathy 2022, "The spelled-out intro to neural networks", 0:45."""
        shown = show(made(), "#step=10")
        names = shown.locator("g.box.variable text.name").all_text_contents()
        found = [grad(shown, g) for g in box_ids(shown, "g.box.variable")]
        assert dict(zip(names, found, strict=True)) == {
            "a": "6.0",
            "b": "−4.0",
            "c": "−2.0",
            "f": "4.0",
        }

    def test_back_undoes_what_forward_did(self, show: Any) -> None:
        shown = show(made())
        picture = "document.querySelector('#picture svg').outerHTML"
        states = []
        for _ in range(10):
            states.append(shown.evaluate(picture))
            shown.keyboard.press("ArrowRight")
        for state in reversed(states[1:]):
            shown.keyboard.press("ArrowLeft")
            assert shown.evaluate(picture) == state

    def test_one_box_and_one_line_are_active(self, show: Any) -> None:
        shown = show(made(), "#step=7")
        assert shown.locator("g.box.active").count() == 1
        assert shown.locator("g.line.active").count() == 1

    def test_done_active_and_pending_boxes_look_different(self, show: Any) -> None:
        shown = show(made(), "#step=7")  # L has passed on, d is passing to e; a has nothing
        opacity = "e => getComputedStyle(e).opacity"
        looks = {
            name: float(shown.eval_on_selector(f"#{box}", opacity)) for name, box in BOX.items()
        }
        assert looks["L"] == looks["d"] == looks["e"] == 1 > looks["a"] > 0
        assert "passed" in classes(shown, BOX["L"])
        assert "active" in classes(shown, BOX["d"])
        assert not {"reached", "passed", "active"} & classes(shown, BOX["a"])

    def test_upstream_times_local_is_the_contribution(self, show: Any) -> None:
        shown = show(made(), "#step=9")  # e = a·b passes to a
        numbers = shown.locator(".tile .number").all_text_contents()
        assert numbers == ["−2.0", "−3.0", "6.0"]

    def test_both_operands_of_a_plus_a_are_steps_of_their_own(self, show: Any) -> None:
        a = Value(3.0, label="a")
        shown = show(made(a + a), "#step=4")
        assert shown.text_content(".ledger .sum") == "1.0 + 1.0 → 2.0"
        entries = shown.locator(".ledger li button").all_text_contents()
        assert [entry.rpartition(" ")[2] for entry in entries] == ["x", "y"]
        shown.keyboard.press("ArrowLeft")
        assert shown.text_content(".ledger .sum") == "— + 1.0 → 1.0"
        assert grad(shown, "n0") == "1.0"
        pending = shown.locator(".ledger li.ahead .number").all_text_contents()
        assert pending == ["pending"]

    def test_an_earlier_gradient_is_added_to(self, show: Any) -> None:
        a = Value(3.0, label="a")
        y = a * 2.0
        y.backward()
        shown = show(made(y), "#step=99")
        assert grad(shown, "n0") == "4.0"
        shown.keyboard.press("ArrowLeft")
        assert grad(shown, "n0") == "2.0"

    def test_the_line_of_code_and_the_region_are_shown(self, show: Any) -> None:
        shown = show(made(), "#step=1")
        assert shown.text_content(".where .code") == "e = a * b"
        assert re.search(r"played\.py:\d+$", shown.text_content(".where .source"))
        assert "mlp/neuron3" in shown.text_content(".where")

    def test_the_place_in_topological_order_is_shown(self, show: Any) -> None:
        assert "7 of 7 in topological order" in show(made(), "#step=4").text_content(".where")

    def test_an_infinity_is_flagged_where_it_is_made(self, show: Any) -> None:
        shown = show(made(log(Value(0.0, label="x"))), "#step=1")
        assert "non-finite" in shown.text_content(".flag")

    def test_a_bad_number_is_followed_back_to_its_cause(self, show: Any) -> None:
        x = Value(0.0, label="x")
        bad = log(x)
        bad.label = "bad"
        shown = show(made(bad * 2.0 + 1.0), "#step=3")
        assert "because of bad → " in shown.text_content(".flag")

    def test_a_bad_gradient_is_followed_back_to_its_cause(self, show: Any) -> None:
        x = Value(0.0, label="x")
        bad = sqrt(x * 2.0)
        bad.label = "bad"
        shown = show(made(bad * 2.0), "#step=7")
        assert "gradient not finite because of bad → " in shown.text_content(".flag")

    def test_the_operands_of_a_neuron_are_named(self, show: Any) -> None:
        x, w = Value(2.0, label="x"), Value(3.0, label="w")
        (y,) = affine(np.array([x]), np.array([[w]]), np.array([Value(0.5)]))
        shown = show(made(y), "#step=4")
        assert shown.text_content(".ledger li button").endswith("operand w₁")

    def test_a_small_array_is_in_its_box_in_full(self, show: Any) -> None:
        x = Tensor([[1.0, 2.0, 6.0], [0.0, -1.0, 0.5]], label="x")
        shown = show(made((x * x).sum()), "#step=99")
        cells = shown.locator("#n0 text.grad")
        assert cells.all_text_contents() == ["2.0", "4.0", "12.0", "0.0", "−2.0", "1.0"]
        shown.evaluate("player.go(0)")
        assert cells.all_text_contents() == ["—"] * 6

    def test_a_grid_beside_another_has_its_own_numbers(self, show: Any) -> None:
        x = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], label="x")
        shown = show(made((x * x).sum()), "#step=99")
        data, grad = (shown.locator(f"#n0 text.{role}") for role in ("data", "grad"))
        assert data.all_text_contents() == ["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"]
        assert grad.all_text_contents() == ["2.0", "4.0", "6.0", "8.0", "10.0", "12.0"]

    def test_a_larger_array_has_its_smallest_mean_and_largest_in_its_box(self, show: Any) -> None:
        x = Tensor(np.arange(30.0).reshape(3, 10), label="x")
        shown = show(made((x * x).sum()), "#step=99")
        assert shown.locator("#n0 text.grad").all_text_contents() == ["0.0", "29.0", "58.0"]


def box_ids(shown: Any, selector: str) -> list[str]:
    return [str(g.get_attribute("id")) for g in shown.locator(selector).all()]


BOX = {"a": "n0", "b": "n1", "e": "n2", "c": "n3", "d": "n4", "f": "n5", "L": "n6"}


class TestTexts:
    @pytest.mark.parametrize(
        "make",
        [
            lecture,
            lambda: nn.mse(
                nn.MLP([2, 3, 1], "relu", seed=0)(Tensor([[1.0, -2.0]])), np.ones((1, 1))
            ),
        ],
        ids=["scalars", "tensors"],
    )
    def test_a_page_says_of_each_step_what_its_event_says(self, show: Any, make: Any) -> None:
        """Whether it computes, or is a recording."""
        root = make()
        shown = show(made(root))
        told = shown.evaluate("recording.steps.map((step) => recording.tell(step).sentence)")
        assert told == [event.sentence for event in steps(root)]
        latex = shown.evaluate(
            "recording.steps.map((step) => recording.tell(step).formulas[0][1].latex)"
        )
        assert latex == [event.formula for event in steps(root)]

    def test_the_box_of_an_operation_has_the_name_that_sentences_use(self, show: Any) -> None:
        a, b = Value(2.0, label="a"), Value(-3.0, label="b")
        root = (a * b).tanh()
        shown = show(made(root), "#step=1")
        names = shown.locator("#picture g.operation text.name").all_text_contents()
        assert names == [node.name for node in steps(root).nodes if node.op] == ["v2", "v3"]
        assert shown.text_content(".sentence").startswith("v2 = a × b")


class TestFormulas:
    def test_a_step_is_shown_in_symbols_and_in_numbers(self, show: Any) -> None:
        shown = show(made(), "#step=1")
        first, second = shown.locator(".formula math").all_text_contents()
        assert (first, second) == ("e=a·b", "−6.0=2.0·(−3.0)")

    def test_derivatives_are_written_out(self, show: Any) -> None:
        found = show(made(), "#step=9").locator(".formula math").all_text_contents()
        assert found == ["∂L∂a=∂L∂e·b", "∂e∂a=b", "−2.0·(−3.0)=6.0"]

    def test_the_button_copies_the_latex(self, show: Any) -> None:
        shown = show(made(), "#step=1", permissions=["clipboard-read", "clipboard-write"])
        shown.click(".copy")
        expect(shown.locator(".copy")).to_have_text("Copied")
        copied = shown.evaluate("navigator.clipboard.readText()")
        assert copied.splitlines()[0] == r"e = a \cdot b \\"


# What is pressed from step 5 on, and the step it leads to; there are 10.
KEYS = {"ArrowRight": 6, "ArrowLeft": 5, "PageDown": 10, "PageUp": 0, "End": 10, "Home": 0}

BUTTONS = {"One step forward": 6, "One step back": 5, "Last step": 10, "First step": 0}


class TestControls:
    @pytest.mark.parametrize("focus", ["#slider", "#forward", "#picture", "#panel"])
    def test_keys_go_from_step_to_step(self, show: Any, focus: str) -> None:
        shown = show(made(), "#step=5")
        shown.focus(focus)
        found = []
        for key in KEYS:
            shown.keyboard.press(key)
            found.append(step_of(shown))
        assert dict(zip(KEYS, found, strict=True)) == KEYS

    def test_page_keys_go_ten_steps(self, show: Any) -> None:
        shown = show(made(chain(30)), "#step=20")
        shown.keyboard.press("PageDown")
        assert step_of(shown) == 30
        shown.keyboard.press("PageUp")
        shown.keyboard.press("PageUp")
        assert step_of(shown) == 10

    def test_buttons_go_from_step_to_step(self, show: Any) -> None:
        shown = show(made(), "#step=5")
        for name, expected in BUTTONS.items():
            shown.get_by_role("button", name=name, exact=True).click()
            assert step_of(shown) == expected, name

    def test_space_plays_and_pauses(self, show: Any) -> None:
        """Half a minute before the last step, however late this process looks."""
        shown = show(made(chain(250)))
        shown.select_option("#speed", label="16×")
        shown.focus("#slider")
        shown.keyboard.press("Space")
        expect(shown.locator("body")).to_have_attribute("data-step", re.compile("[1-9]"))
        shown.keyboard.press("Space")
        paused = step_of(shown)
        shown.wait_for_timeout(200)
        assert step_of(shown) == paused < shown.evaluate("player.steps.length")
        assert shown.get_attribute("#play", "aria-label") == "Play"

    def test_play_stops_at_the_end(self, show: Any) -> None:
        shown = show(made(), "#step=8")
        shown.select_option("#speed", label="16×")
        pressed = "(play) => (play.click(), play.getAttribute('aria-label'))"
        assert shown.eval_on_selector("#play", pressed) == "Pause"  # read before the next step
        expect(shown.locator("body")).to_have_attribute("data-step", "10")
        expect(shown.locator("#play")).to_have_attribute("aria-label", "Play")

    def test_the_slider_says_where_it_is(self, show: Any) -> None:
        shown = show(made())
        shown.fill("#slider", "5")
        assert step_of(shown) == 5
        assert shown.get_attribute("#slider", "aria-valuetext") == (
            "Step 5 of 10, backward: L depends on d through multiplication by f = −2.0, "
            "so ∂L/∂d = −2.0"
        )

    def test_a_polite_live_region_says_each_step(self, show: Any) -> None:
        shown = show(made(), "#step=1")
        assert shown.get_attribute("#live", "aria-live") == "polite"
        assert shown.text_content("#live") == "e = a × b = 2.0 × (−3.0) = −6.0"

    def test_a_link_opens_at_its_step(self, show: Any) -> None:
        shown = show(made(at=2), "#step=7")
        assert step_of(shown) == 7
        shown.evaluate("location.hash = 'step=3'")
        expect(shown.locator("body")).to_have_attribute("data-step", "3")

    def test_a_link_is_followed_though_the_player_writes_its_step(self, show: Any) -> None:
        shown = show(made(), "#step=7")
        shown.evaluate("location.hash = 'step=3'; history.replaceState(null, '', '#step=7')")
        expect(shown.locator("body")).to_have_attribute("data-step", "3")

    def test_without_a_fragment_it_opens_where_the_stepper_stood(self, show: Any) -> None:
        assert step_of(show(made(at=6))) == 6

    @pytest.mark.parametrize(("fragment", "step"), [("#step=x", 0), ("#step=999", 10), ("#<b>", 0)])
    def test_a_broken_link_opens_all_the_same(self, show: Any, fragment: str, step: int) -> None:
        assert step_of(show(made(), fragment)) == step

    def test_the_address_keeps_the_step(self, show: Any) -> None:
        shown = show(made())
        shown.keyboard.press("End")
        expect(shown).to_have_url(re.compile("#step=10$"))

    def test_what_has_the_focus_has_an_outline(self, show: Any) -> None:
        shown = show(made())
        for _ in range(12):
            shown.keyboard.press("Tab")
            style = shown.evaluate(
                "(s => [s.outlineStyle, parseFloat(s.outlineWidth)])"
                "(getComputedStyle(document.activeElement))"
            )
            assert style[0] != "none"
            assert style[1] >= 2


class TestNodes:
    def test_a_click_tells_a_nodes_whole_story(self, show: Any) -> None:
        shown = show(made(), "#step=10")
        shown.click(f"#{BOX['e']} text.name")
        story = shown.text_content("#story")
        assert "mul: " in story
        found = shown.locator("#story .steps .k").all_text_contents()
        assert found == ["1", "7", "9", "10"]  # computed; from d; to a and b

    def test_a_step_of_the_story_is_a_link_to_it(self, show: Any) -> None:
        shown = show(made())
        shown.select_option("#nodes", label="e (×)")
        shown.click("#story .steps li:nth-child(2) button")
        assert step_of(shown) == 7

    def test_it_runs_to_a_breakpoint(self, show: Any) -> None:
        shown = show(made())
        shown.click(f"#{BOX['e']} text.name")
        shown.check("#stop")
        stops = []
        for _ in range(4):
            shown.click("#run")
            stops.append(step_of(shown))
        assert stops == [1, 7, 9, 10]
        assert shown.locator("#picture .dot").count() == 1
        assert shown.locator(f"#{BOX['e']} .dot").is_visible()
        shown.uncheck("#stop")
        assert shown.locator("#picture .dot").count() == 0

    def test_play_stops_at_a_breakpoint(self, show: Any) -> None:
        shown = show(made())
        shown.click(f"#{BOX['L']} text.name")
        shown.check("#stop")
        shown.select_option("#speed", label="16×")
        shown.click("#play")
        expect(shown.locator("#play")).to_have_attribute("aria-label", "Play")
        assert step_of(shown) == 3

    def test_without_a_breakpoint_it_says_how_to_set_one(self, show: Any) -> None:
        shown = show(made(), "#step=2")
        shown.click("#run")
        assert step_of(shown) == 2
        assert "No breakpoint is set" in shown.text_content("#note")

    def test_a_breakpoint_that_is_not_met_again_is_told(self, show: Any) -> None:
        shown = show(made(), "#step=9")
        shown.click(f"#{BOX['c']} text.name")
        shown.check("#stop")
        shown.click("#run")
        assert "No further breakpoint" in shown.text_content("#note")

    def test_it_jumps_to_the_next_contribution_to_a_node(self, show: Any) -> None:
        a = Value(3.0, label="a")
        shown = show(made(a * a + a))
        shown.select_option("#nodes", label="a")
        found = []
        for _ in range(3):
            shown.click("#next-to")
            found.append(step_of(shown))
        told = shown.locator("#story .steps .k").all_text_contents()
        assert [str(k) for k in found] == told
        shown.click("#next-to")
        assert "No further contribution to a" in shown.text_content("#note")
