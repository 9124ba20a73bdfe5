"""The page that computes: numbers that are changed by hand, learned, undone and linked to."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
from hands import drag, settled

import nn
from autograd import Tensor, Value, relu, steps, where
from autograd.replay.tracer import trace
from autograd.stepping.page import frame, page

pytestmark = pytest.mark.browser


def lecture(a: float = 2.0, b: float = -3.0) -> Value:
    x, y = Value(a, label="a"), Value(b, label="b")
    loss = (x * y + Value(10.0, label="c")).tanh() * x
    loss.label = "L"
    return loss


def made(root: Any) -> str:
    return page(root, steps(root))


def number(shown: Any, name: str) -> float:
    """The number of a leaf, or of the result, in the page."""
    return float(
        shown.evaluate(
            "(name) => recording.machine.data[recording.nodes.findIndex((n) => n.name === name)]",
            name,
        )
    )


def texts(shown: Any) -> list[str]:
    return list(shown.evaluate("recording.steps.map((step) => recording.tell(step).sentence)"))


def until(shown: Any, holds: str) -> None:
    """Wait until something holds in a page, whose policy lets no text be evaluated in it."""
    for _ in range(2_000):  # a minute
        if shown.evaluate(holds):
            return
        shown.wait_for_timeout(30)
    pytest.fail(f"it doesn't come to hold: {holds}")


class TestChanging:
    def test_what_is_seen_first_is_the_recording(self, show: Any) -> None:
        shown = show(made(lecture()), "#step=12")
        assert not shown.evaluate("recording.edited")
        assert texts(shown) == [event.sentence for event in steps(lecture())]

    @pytest.mark.parametrize("a", [1.5, 0.0, -7.25, 1e-9])
    def test_all_that_is_said_follows_from_the_new_number(self, show: Any, a: float) -> None:
        """As if Python had run the program with it."""
        shown = show(made(lecture()))
        shown.select_option("#nodes", label="a")
        shown.fill("#leaf", str(a))
        shown.keyboard.press("Enter")
        assert texts(shown) == [event.sentence for event in steps(lecture(a))]

    def test_the_boxes_and_the_lines_follow(self, show: Any) -> None:
        shown = show(made(lecture()), "#step=99")
        shown.select_option("#nodes", label="a")
        shown.fill("#leaf", "1.5")
        shown.keyboard.press("Enter")
        settled(shown)
        other = show(made(lecture(1.5)), "#step=99")
        inside = "#picture text:is(.data, .grad), #picture .derivative text"
        expected = other.locator(inside).all_text_contents()
        again = show(made(lecture()), "#step=99")
        again.evaluate("player.live.set(player.live.named('a')[0], 1.5)")
        settled(again)
        assert again.locator(inside).all_text_contents() == expected

    def test_a_number_in_the_picture_can_be_dragged(self, show: Any) -> None:
        shown = show(made(lecture()))
        box = shown.locator("#picture g.variable", has_text="a").locator("text.data").first
        drag(shown, box)
        assert number(shown, "a") == pytest.approx(2.0 + 8.0 * 40 / 320)
        assert shown.locator("g.chosen").count() == 1
        shown.click("#undo")
        assert number(shown, "a") == 2.0

    def test_a_number_that_is_typed_is_taken_as_it_is(self, show: Any) -> None:
        shown = show(made(lecture()))
        shown.select_option("#nodes", label="a")
        shown.fill("#leaf", "3.14159265")
        shown.keyboard.press("Enter")
        assert number(shown, "a") == 3.14159265

    def test_a_click_on_a_leaf_brings_its_number_into_view(self, show: Any) -> None:
        shown = show(made(lecture()), "#step=12", viewport={"width": 390, "height": 844})
        shown.locator("#picture g.variable", has_text="a").locator("text.data").first.click()
        panel, field = (shown.locator(each).bounding_box() for each in ("#panel", "#leaf"))
        assert panel["y"] <= field["y"]
        assert field["y"] + field["height"] <= panel["y"] + panel["height"]

    @pytest.mark.parametrize("level", ["", "mlp/layer0/neuron1"])
    def test_a_weights_number_in_a_networks_picture_can_be_dragged(
        self, show: Any, level: str
    ) -> None:
        """It is the weight that a click on its number chooses, and not the row's input."""
        model = nn.MLP([2, 4, 4, 1], "tanh", seed=1).scalars()
        shown = show(made(nn.mse(model([0.5, -0.2]), [1.0])))
        shown.evaluate(f"player.open('{level}')")
        name = "layer0.weight[1, 0]"
        leaf = shown.evaluate(f"recording.nodes.findIndex((n) => n.name === '{name}')")
        own = f"player.picture.partsOf({leaf}).flatMap((part) => part.texts)"
        place = shown.evaluate(
            f"{own}.find((t) => t.n === {leaf} && t.letter === 'd').cell.getBoundingClientRect()"
        )
        before = number(shown, name)
        shown.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        shown.mouse.down()
        shown.mouse.up()
        assert shown.evaluate("player.chosen") == leaf
        shown.mouse.down()
        shown.mouse.move(place["x"] + 60, place["y"], steps=4)
        shown.mouse.up()
        assert number(shown, name) > before
        assert shown.evaluate("player.path") == level

    def test_a_drag_that_ends_outside_the_picture_leaves_the_next_click(self, show: Any) -> None:
        shown = show(made(lecture()))
        places = {}
        for name in "ab":
            box = shown.locator("#picture g.variable", has_text=name).locator("text.data").first
            places[name] = box.bounding_box()
        shown.mouse.move(places["a"]["x"] + 5, places["a"]["y"] + 5)
        shown.mouse.down()
        shown.mouse.move(1000, 200, steps=3)
        shown.mouse.up()
        assert shown.evaluate("recording.nodes[player.chosen].name") == "a"
        shown.mouse.click(places["b"]["x"] + 5, places["b"]["y"] + 5)
        assert shown.evaluate("recording.nodes[player.chosen].name") == "b"

    def test_a_drag_that_the_browser_takes_over_is_over(self, show: Any) -> None:
        shown = show(made(lecture()))
        box = shown.locator("#picture g.variable", has_text="a").locator("text.data").first
        place = box.bounding_box()
        shown.mouse.move(place["x"] + 5, place["y"] + 5)
        shown.mouse.down()
        box.dispatch_event("pointercancel")
        shown.mouse.move(place["x"] + 90, place["y"] + 5, steps=3)
        assert number(shown, "a") == 2.0
        shown.mouse.up()

    def test_the_slider_goes_by_the_keyboard(self, show: Any) -> None:
        shown = show(made(lecture()))
        shown.select_option("#nodes", label="b")
        shown.focus("#leaf-slider")
        shown.keyboard.press("ArrowRight")
        assert number(shown, "b") == pytest.approx(-3.0 + 12 / 200)
        shown.keyboard.press("Home")
        assert number(shown, "b") == -9.0
        assert shown.get_attribute("body", "data-step") == "0"  # and the step stays

    def test_the_point_on_the_curve_can_be_dragged(self, show: Any) -> None:
        shown = show(made(lecture()))
        shown.select_option("#nodes", label="a")
        curve = shown.locator(".loss-curve")
        curve.scroll_into_view_if_needed()
        place = curve.bounding_box()
        shown.mouse.click(place["x"] + place["width"] / 2, place["y"] + 20)
        assert number(shown, "a") == pytest.approx(2.0, abs=0.02)  # the middle of its range
        assert "slope" in shown.get_attribute(".loss-curve", "aria-label")

    def test_the_curve_is_there_where_the_loss_is_no_number(self, show: Any) -> None:
        x = Value(0.0, label="x")
        shown = show(made(x.log() * x))
        shown.select_option("#nodes", label="x")
        drawn = shown.get_attribute(".loss-curve .curve", "d")
        assert drawn.startswith("M")
        assert "NaN" not in drawn

    def test_what_is_no_number_changes_nothing(self, show: Any) -> None:
        shown = show(made(lecture()))
        shown.select_option("#nodes", label="a")
        shown.fill("#leaf", "")
        shown.keyboard.press("Tab")
        assert "a needs a number" in shown.text_content("#note")
        assert number(shown, "a") == 2.0
        assert shown.input_value("#leaf") == "2"

    def test_the_field_keeps_the_focus(self, show: Any) -> None:
        shown = show(made(lecture()))
        shown.select_option("#nodes", label="a")
        shown.focus("#leaf")
        shown.keyboard.press("ArrowUp")
        settled(shown)
        assert shown.evaluate("document.activeElement.id") == "leaf"

    def test_the_weights_of_a_network_change_width_and_colour(self, show: Any) -> None:
        model = nn.MLP([2, 4, 4, 1], "tanh", seed=1).scalars()
        shown = show(made(nn.mse(model([0.5, -0.2]), [1.0])))
        look = "() => { const p = document.querySelector('#picture .weight path');"
        look += " return [p.style.stroke, Number.parseFloat(getComputedStyle(p).strokeWidth)]; }"
        leaf = shown.evaluate("player.picture.parts.find((p) => p.g.matches('.weight')).nodes[0]")
        found = []
        for weight in (0.01, -1.0):
            shown.evaluate(f"player.live.set({leaf}, {weight})")
            settled(shown)
            found.append(shown.evaluate(look))
        (plus, thin), (minus, wide) = found
        assert (plus, minus) == ("var(--positive)", "var(--negative)")
        assert wide > 2 * thin


class TestLearning:
    def test_a_gradient_step_is_that_of_sgd(self, show: Any) -> None:
        model = nn.MLP([2, 3, 1], "tanh", seed=1)
        x, y = [0.5, -0.2], [1.0]
        scalars = model.scalars()
        shown = show(made(nn.mse(scalars(x), y)))
        shown.fill("#rate", "0.1")
        for _ in range(5):
            shown.click("#learn")
        learner = nn.SGD(model.parameters(), 0.1)
        for _ in range(5):
            learner.zero_grad()
            nn.mse(model(Tensor([x])), Tensor([y])).backward()
            learner.step()
        loss = float(nn.mse(model(Tensor([x])), Tensor([y])).data)
        assert shown.evaluate("player.live.loss") == pytest.approx(loss, rel=1e-12)

    def test_undo_and_rewind_bring_back_the_saved_bits(self, show: Any) -> None:
        shown = show(made(lecture()))
        before = shown.evaluate("[...recording.machine.grad]")
        shown.click("#learn")
        shown.click("#learn")
        shown.click("#undo")
        shown.click("#undo")
        assert shown.evaluate("[...recording.machine.grad]") == before
        shown.click("#undo")
        assert "nothing to undo" in shown.text_content("#note")
        shown.click("#learn")
        shown.click("#rewind")
        assert shown.evaluate("[...recording.machine.grad]") == before
        assert not shown.evaluate("recording.edited")

    def test_train_plays_and_pauses(self, show: Any) -> None:
        shown = show(made(nn.mse(nn.MLP([2, 3, 1], "tanh", seed=1).scalars()([0.5, -0.2]), [1.0])))
        before = shown.evaluate("player.live.loss")
        shown.select_option("#train-speed", label="60/s")
        shown.click("#train")
        assert shown.text_content("#train") == "Pause"
        until(shown, "player.live.trace.length > 5")
        shown.click("#train")
        assert shown.text_content("#train") == "Train"
        assert shown.evaluate("player.live.loss") < before

    def test_a_rate_that_is_too_high_is_told_in_a_plain_word(self, show: Any) -> None:
        x = Value(1.0, label="x")
        shown = show(made(x * x))
        shown.fill("#rate", "5")
        for _ in range(3):
            shown.click("#learn")
        assert re.search(
            r"The loss grew from 1\.0 to .*: the rate is too high\. Rewind, and try 0\.5",
            shown.text_content("#note"),
        )

    def test_a_loss_that_an_edit_made_large_is_no_trouble(self, show: Any) -> None:
        """It falls from there: what a step is compared with is the loss since the last edit."""
        x = Value(1.0, label="x")
        shown = show(made((x - 1.0) ** 2))
        shown.evaluate("player.live.set(player.live.named('x')[0], 101)")
        shown.fill("#rate", "0.01")
        shown.click("#learn")
        assert shown.text_content("#note") == ""
        assert shown.evaluate("player.live.loss") < 10_000

    def test_an_undo_takes_the_loss_off_the_curve(self, show: Any) -> None:
        shown = show(made(lecture()))
        shown.click("#learn")
        shown.click("#undo")
        assert shown.evaluate("player.live.trace.length") == 1

    @pytest.mark.parametrize("rate", ["", "0", "-1"])
    def test_a_rate_is_a_positive_number(self, show: Any, rate: str) -> None:
        shown = show(made(lecture()))
        shown.fill("#rate", rate)
        shown.click("#learn")
        assert "The rate must be a positive number" in shown.text_content("#note")
        assert not shown.evaluate("recording.edited")

    def test_a_small_rate_has_room_in_its_field(self, show: Any) -> None:
        """A tenth of the loss of 1e9, to first order, with a slope of 3e6: it isn't 0.00001."""
        x = Value(1e3, label="x")
        assert show(made(x**3)).input_value("#rate") == "1e-5"

    def test_the_reader_chooses_which_leaves_learn(self, show: Any) -> None:
        shown = show(made(lecture()))
        shown.select_option("#nodes", label="b")
        shown.uncheck("#learns")
        shown.click("#learn")
        assert number(shown, "b") == -3.0
        assert number(shown, "a") != 2.0

    def test_the_first_rate_is_sensible(self, show: Any) -> None:
        """One step takes some of the loss away, for any size of gradient."""
        for size in (1e-3, 1.0, 1e3):
            x = Value(3.0 * size, label="x")
            loss = (x / size - 1.0) ** 2
            shown = show(made(loss))
            before = shown.evaluate("player.live.loss")
            shown.click("#learn")
            assert 0 <= shown.evaluate("player.live.loss") < before


class TestLinks:
    def test_a_link_carries_numbers(self, show: Any) -> None:
        shown = show(made(lecture()), "#a=2.5&b=-1e-1&step=3")
        assert (number(shown, "a"), number(shown, "b")) == (2.5, -0.1)
        assert shown.get_attribute("body", "data-step") == "3"

    def test_the_address_keeps_them(self, show: Any) -> None:
        shown = show(made(lecture()), "#step=2")
        shown.evaluate("player.live.set(player.live.named('a')[0], 1.25)")
        until(shown, "location.hash === '#a=1.25&step=2'")

    @pytest.mark.parametrize(
        "asked", ["z=1", "a=<b>", "a=alert(1)", "%E0%A4%A=1", "__proto__=1", "a", "constructor=2"]
    )
    def test_what_is_unknown_is_ignored_with_a_note(self, show: Any, asked: str) -> None:
        shown = show(made(lecture()), f"#{asked}&step=1")
        assert "The link has what isn't in this graph" in shown.text_content("#note")
        assert number(shown, "a") == 2.0
        assert shown.locator("#note *").count() == 0  # text, never HTML

    def test_a_link_begins_from_the_saved_numbers(self, show: Any) -> None:
        shown = show(made(lecture()), "#a=5")
        shown.evaluate("location.hash = '#b=2'")
        until(shown, "recording.machine.data[1] === 2")
        assert number(shown, "a") == 2.0

    def test_a_leaf_called_step_is_in_a_link_too(self, show: Any) -> None:
        root = Value(1.0, label="step") * 2.0
        shown = show(made(root), "#%73tep=4&step=1")
        assert number(shown, "step") == 4.0
        assert shown.evaluate("player.live.link().text") == "%73tep=4"

    def test_a_name_that_two_leaves_have_is_ambiguous(self, show: Any) -> None:
        root = Value(1.0, label="w") * Value(2.0, label="w")
        shown = show(made(root), "#w=5")
        assert "w (there are several)" in shown.text_content("#note")
        assert not shown.evaluate("recording.edited")


class TestBranches:
    def test_a_branch_of_python_that_would_differ_is_told(self, show: Any) -> None:
        """With the condition as text; the result is marked, for it depends on the branch."""
        root, tracer = trace(lambda x: x * x if x > 0 else -x, [Value(2.0, label="x")])
        shown = show(page(root, steps(root), guards=tracer.guards))
        shown.evaluate("player.live.set(player.live.named('x')[0], 1)")
        settled(shown)
        assert shown.text_content("p.fixed") == ""
        assert shown.locator("g.part.fixed").count() == 0
        shown.evaluate("player.live.set(player.live.named('x')[0], -1)")
        settled(shown)
        assert "x > 0.0 would have come out otherwise" in shown.text_content("p.fixed")
        assert shown.locator("g.part.fixed").count() == 1

    def test_a_choice_that_is_guarded_is_told_only_where_it_would_differ(self, show: Any) -> None:
        x = Value(2.0, label="x")
        condition, _ = trace(lambda x: x > 1, [x])
        root = where(bool(condition), x * x, -x)
        shown = show(page(root, steps(root), guards=[(condition.node, True)]))
        shown.evaluate("player.live.set(player.live.named('x')[0], 3)")
        settled(shown)
        assert shown.text_content("p.fixed") == ""
        shown.evaluate("player.live.set(player.live.named('x')[0], 0.5)")
        settled(shown)
        assert "x > 1.0 would have come out otherwise" in shown.text_content("p.fixed")

    def test_a_condition_that_would_differ_is_told(self, show: Any) -> None:
        x = Value(2.0, label="x")
        shown = show(made(where(x.data > 0, x * x, -x)))
        assert shown.locator("p.fixed").text_content() == ""
        shown.evaluate("player.live.set(player.live.named('x')[0], -2)")
        settled(shown)
        assert "numbers are those of the recorded branch" in shown.text_content("p.fixed")

    def test_relu_turns_off_by_itself(self, show: Any) -> None:
        x = Value(2.0, label="x")
        shown = show(made(relu(x) * 3.0), "#step=5")
        shown.evaluate("player.live.set(player.live.named('x')[0], -1)")
        settled(shown)
        assert "relu is off" in shown.text_content("#step")
        assert shown.locator("p.fixed").text_content() == ""


class TestRecordings:
    def test_a_page_that_cannot_compute_says_why(self, show: Any) -> None:
        x = Value(Fraction(1, 3), label="x")
        shown = show(made(x * x), "#step=0")
        assert "This page is a recording: the number 1/3 is a Fraction" in shown.text_content(
            "#step"
        )
        assert not shown.locator(".learning").count()

    def test_a_cotangent_of_ones_own_makes_a_recording(self, show: Any) -> None:
        root = lecture()
        shown = show(page(root, steps(root, 2.0)))
        assert "it starts from the cotangent 2.0" in shown.text_content("#step")

    def test_it_computes_in_a_notebooks_sandbox(self, show: Any) -> None:
        root = lecture()
        outer = show(f"<!doctype html><meta charset=utf-8>{frame(root, steps(root))}")
        shown = outer.frames[1]
        shown.click("#learn")
        assert shown.evaluate("recording.edited")

    def test_its_script_is_allowed_by_its_hash_alone(self) -> None:
        text = made(lecture())
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
        assert policy
        assert re.search(r"script-src 'sha256-[\w+/=]{44}'", policy[1])
        assert "eval" not in text
        assert "new Function" not in text
