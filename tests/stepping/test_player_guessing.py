"""Guessing in the player: a step waits for a number, and nothing gives it away."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from autograd import Tensor, Value, steps
from autograd.stepping.page import page

pytestmark = pytest.mark.browser


def made(root: Any) -> str:
    return page(root, steps(root))


class TestGuessing:
    def test_a_step_waits_for_a_guess(self, show: Any) -> None:
        a, b = Value(2.0, label="a"), Value(-3.0, label="b")
        shown = show(made(a * b), "#step=3")
        shown.click("#guess")
        assert "−3.0" not in shown.text_content("#step").replace("b = −3.0", "")
        assert (
            shown.locator("#picture g.variable", has_text="a")
            .first.locator("text.grad")
            .text_content()
            == "—"
        )
        shown.fill("#guess-number", "3")
        shown.keyboard.press("Enter")
        assert "look at the sign" in shown.text_content(".guess")
        shown.fill("#guess-number", "-3")
        shown.keyboard.press("Enter")
        assert shown.text_content(".tile.contribution .number") == "−3.0"

    def test_an_array_is_shown_and_not_guessed(self, show: Any) -> None:
        """One factor of two numbers is asked for: it gets 1 × 1 + 1 × 2."""
        x, k = Tensor([1.0, 2.0], label="x"), Tensor(0.5, label="k")
        root = (x * k).sum()
        shown = show(made(root))
        shown.click("#guess")
        asked = {}
        for place, event in enumerate(steps(root), start=1):
            if event.kind == "contribute":
                shown.evaluate(f"player.go({place})")
                asked[event.target.name] = shown.locator("#step").text_content()
        assert "guess" not in asked["x"]
        assert "Your guess" in asked["k"]
        assert "= [1.0, 1.0]." in asked["k"]
        shown.evaluate("player.go(player.steps.find((step) => player.panel.guess.hides(step)).k)")
        shown.fill("#guess-number", "7")
        shown.keyboard.press("Enter")
        assert "Not yet" in shown.text_content(".guess")

    @pytest.mark.parametrize(
        ("a", "b", "right"),
        [
            pytest.param(Fraction(1, 3), Fraction(-7, 11), "-7/11", id="a fraction"),
            pytest.param(2.0, math.inf, "∞", id="an infinity"),
        ],
    )
    def test_any_number_can_be_guessed(self, show: Any, a: Any, b: Any, right: str) -> None:
        shown = show(made(Value(a, label="a") * Value(b, label="b")), "#step=3")
        shown.click("#guess")
        for guess in ("7", right):
            assert shown.locator(".guess").count() == 1
            shown.fill("#guess-number", guess)
            shown.keyboard.press("Enter")
        assert shown.locator(".guess").count() == 0
        assert shown.text_content("#note") == "Right."

    def test_nothing_on_the_page_gives_it_away(self, show: Any) -> None:
        """Neither to eyes nor to ears: the slider, the announcement, the node's story."""
        root = Value(2.0, label="a") * Value(-3.0, label="b")
        shown = show(made(root), "#step=3")
        shown.select_option("#nodes", label="a")
        shown.click("#guess")
        question = "What does v2 pass on to ∂v2/∂a?"
        assert shown.text_content("#live") == question
        assert shown.get_attribute("#slider", "aria-valuetext").endswith(question)
        story = shown.locator("#story .steps, #story dl").all_text_contents()
        assert question in "".join(story)
        assert "So" not in "".join(story)
        assert shown.evaluate("player.numbers(player.chosen).grad") == "—"
        shown.click("#give-up")
        assert "= −3.0" in shown.text_content("#live")

    def test_it_can_be_revealed_and_turned_off(self, show: Any) -> None:
        shown = show(made(Value(2.0, label="a") * Value(-3.0, label="b")), "#step=3")
        shown.click("#guess")
        shown.click("#give-up")
        assert shown.locator(".tile.contribution").count() == 1
        shown.evaluate("player.go(4)")
        assert shown.locator(".tile.contribution").count() == 0
        shown.click("#guess")
        assert shown.locator(".tile.contribution").count() == 1
