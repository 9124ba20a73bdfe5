"""A page of tensors that computes: elements that are changed, learned, undone and linked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hands import drag, settled

import nn
from autograd import Tensor, Value, concatenate, relu, softmax, steps, where
from autograd.stepping.page import page

pytestmark = pytest.mark.browser

W = np.array([[0.5, -0.25, 0.75], [1.0, 0.125, -0.5]])
X = np.array([1.0, -2.0, 0.5])


def layer(w: Any = W, x: Any = X) -> Tensor:
    """A layer, and a loss in which the layer's result is both operands of a product."""
    weight, given = Tensor(w, label="w"), Tensor(x, label="x")
    h = (weight @ given).tanh()
    h.label = "h"
    loss = (h * h).sum()
    loss.label = "L"
    return loss


def made(root: Any) -> str:
    return page(root, steps(root))


def edit(shown: Any, name: str, number: float) -> None:
    shown.evaluate(f"player.live.set(player.live.named('{name}')[0], {number!r})")


def told(shown: Any) -> list[Any]:
    """All that the page says of each step."""
    return list(shown.evaluate(f"recording.steps.map((step) => ({TOLD})(step))"))


# An array's place in the page is replaced by its words.
TOLD = """(step) => {
  const said = recording.tell(step);
  const inWords = (text) => (arrayOf(text) ? arrayOf(text).words : text);
  const names = ["upstream", "local", "contribution", "before", "after"];
  const amounts = names.map((name) => inWords(said[name]));
  return [said.sentence, said.flags, said.formulas.map(([, both]) => both.latex), ...amounts];
}"""
ARRAYS = "recording.steps.map((s) => ['contribution', 'after'].map((name) => { const x = "
ARRAYS += (
    "recording.amounts(s)[name]; return x instanceof LiveArray ? [...x.values] : [x ?? 0]; }))"
)


def edited(w: Any) -> Any:
    other = np.array(w)
    other[0, 1] = 1.5
    return other


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "x @ x": lambda x: (x @ x).sum(),
    "x * x": lambda x: (x * x).sum(),
    "x.T @ x + x": lambda x: (x.T @ x + x).mean(),
    "softmax": lambda x: (softmax(x, axis=1) * np.arange(3.0)).sum(),
    "indexing with repeats": lambda x: (x[[0, 0, 1]] * x).sum(),
    "broadcasting": lambda x: (x * x[0] + x[:, :1]).sum(),
    "concatenate": lambda x: (concatenate([x, x], axis=1) ** 2).sum(),
    "cross-entropy": lambda x: nn.cross_entropy(x, np.array([0, 1, 2])),
    "relu": lambda x: relu(x - 0.25).sum(),
    "a part of x": lambda x: x[1].sum() * x[0, 0],
    "reshape": lambda x: (x.reshape(9) * np.arange(9.0)).reshape(3, 3).sum(axis=0).max(),
}


class TestSeenFirst:
    @pytest.mark.parametrize("name", PROGRAMS)
    def test_untouched_it_says_what_python_says(self, show: Any, name: str) -> None:
        root = PROGRAMS[name](Tensor(np.random.default_rng(1).normal(size=(3, 3)), label="x"))
        shown = show(made(root))
        found = told(shown)
        assert [said[0] for said in found] == [event.sentence for event in steps(root)]
        assert not shown.evaluate("recording.computes")

    def test_rewound_it_is_the_recording_again(self, show: Any) -> None:
        shown = show(made(layer()))
        before = told(shown)
        edit(shown, "w[0,1]", 1.5)
        assert told(shown) != before
        shown.click("#rewind")
        assert told(shown) == before


class TestChanging:
    def test_all_that_is_said_follows(self, show: Any) -> None:
        """As if Python had run the program with the other element."""
        shown = show(made(layer()))
        edit(shown, "w[0,1]", 1.5)
        other = show(made(layer(edited(W))))
        expected = told(other)
        again = show(made(layer()))
        edit(again, "w[0,1]", 1.5)
        assert told(again) == expected

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_each_slot_gets_its_own_contribution(self, show: Any, name: str) -> None:
        """To 1e-12 of the largest: kernels of arrays add up in another order than scalars."""
        numbers = np.random.default_rng(1).normal(size=(3, 3))
        shown = show(made(PROGRAMS[name](Tensor(numbers, label="x"))))
        edit(shown, "x[0,1]", 1.5)
        found = shown.evaluate(ARRAYS)
        events = steps(PROGRAMS[name](Tensor(edited(numbers), label="x")))
        amounts = [(event.contribution, event.after) for event in events]
        passed = [
            [np.ravel(0.0 if x is None else x) for x in pair]
            for event, pair in zip(events, amounts, strict=True)
            if event.phase == "backward"
        ]
        assert_near([found[len(found) - len(passed) :]], [passed])

    def test_the_boxes_follow(self, show: Any) -> None:
        inside = "#picture text:is(.data, .grad)"
        expected = show(made(layer(edited(W))), "#step=99").locator(inside).all_text_contents()
        shown = show(made(layer()), "#step=99")
        assert shown.locator(inside).all_text_contents() != expected
        edit(shown, "w[0,1]", 1.5)
        settled(shown)
        assert shown.locator(inside).all_text_contents() == expected

    def test_the_lines_of_weights_follow(self, show: Any) -> None:
        """Each is that of the element beside it."""
        model = nn.MLP([2, 3, 1], "tanh", seed=1)
        rng = np.random.default_rng(0)
        shown = show(made(nn.mse(model(rng.normal(size=(4, 2))), rng.normal(size=(4, 1)))))
        name = shown.evaluate("player.live.numbers.nameOf([...player.live.learning][3])")
        look = "document.querySelector('#s1w1-1 path').style.stroke"
        assert name == "layer0.weight[1,1]"
        for number, colour in ((2.0, "var(--positive)"), (-2.0, "var(--negative)")):
            edit(shown, name, number)
            settled(shown)
            assert shown.evaluate(look) == colour

    def test_a_heat_map_follows(self, show: Any) -> None:
        """That of a larger array is made anew, from the letters that Python would give."""
        numbers = np.random.default_rng(1).normal(size=(10, 10))
        letters = "recording.data.arrays[recording.dataAt(2, 99).slice(1)].cells"

        def root(x: Any) -> Any:
            return (Tensor(x, label="x") * 2.0).sum()

        expected = show(made(root(edited(numbers)))).evaluate(letters)
        shown = show(made(root(numbers)))
        edit(shown, "x[0,1]", 1.5)
        assert shown.evaluate(letters) == expected

    def test_rounding_noise_in_an_array_is_told(self, show: Any) -> None:
        def root(x: float) -> Any:
            a = Tensor([0.1, x], label="a")
            return ((a + np.array([0.2, 0.0])) + np.array([-0.3, 1.0])).sum()

        shown = show(made(root(2.0)))
        edit(shown, "a[1]", 3.0)
        assert [said[0] for said in told(shown)] == [event.sentence for event in steps(root(3.0))]

    def test_flags_are_those_of_the_new_numbers(self, show: Any) -> None:
        def root(x: float) -> Any:
            return (relu(Tensor([-1.0, x], label="x")) * 1e-8).sum()

        shown = show(made(root(1.0)))
        edit(shown, "x[1]", -1.0)
        found = [said[1] for said in told(shown)]
        assert found == [list(event.flags) for event in steps(root(-1.0))]
        assert any("dead ReLU over 2 numbers" in flags for flags in found)


def attention(x: Any) -> Any:
    """One head over three positions, with its weights as parts of one tensor."""
    q, k, v = x[:3], x[3:6], x[6:]
    return (softmax(q @ k.T * 0.5, axis=1) @ v).tanh().mean()


def network(x: Any) -> Any:
    """The squared error of a layer and a neuron, on four samples."""
    given = np.random.default_rng(5).normal(size=(4, 3))
    return nn.mse(relu(given @ x[:6].T) @ x[6:].mean(axis=0)[[0, 1, 2, 0, 1, 2]], np.ones(4))


GRADIENTS = """(places) => places.map(([name, number]) => {
  player.live.set(player.live.named(name)[0], number);
  const { machine, numbers } = recording;
  return [player.live.loss, [...numbers.elements(0)].map((k) => machine.grad[k])];
})"""


def classifier(x: Any) -> Any:
    return nn.cross_entropy(x, [0, 2] * 4 + [1])


@pytest.mark.parametrize("program", [attention, network, classifier])
def test_random_edits_give_what_python_gives(show: Any, program: Callable[[Any], Any]) -> None:
    """To 1e-12 of the largest gradient, after each of 60 edits of one element."""
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=(9, 3))
    shown = show(made(program(Tensor(numbers, label="x"))))
    edits = [(*rng.integers(0, (9, 3)).tolist(), float(rng.normal())) for _ in range(60)]
    found = shown.evaluate(GRADIENTS, [[f"x[{i},{j}]", number] for i, j, number in edits])
    for (i, j, number), (loss, gradient) in zip(edits, found, strict=True):
        numbers[i, j] = number
        x = Tensor(numbers.copy())
        root = program(x)
        root.backward()
        assert loss == pytest.approx(float(root.data), rel=1e-12)
        assert np.abs(gradient - x.grad.ravel()).max() <= 1e-12 * np.abs(x.grad).max()


def assert_near(found: Any, expected: Any) -> None:
    """Whether nested lists of numbers are equal to 1e-12 of the largest."""
    one, other = (
        np.concatenate([np.ravel(x) for y in z for w in y for x in w]) for z in (found, expected)
    )
    assert np.abs(one - other).max() <= 1e-12 * np.abs(other).max()


class TestEditing:
    def test_an_element_is_chosen_and_typed(self, show: Any) -> None:
        shown = show(made(layer()))
        shown.select_option("#nodes", label="w")
        shown.click(".elements button >> nth=4")
        assert shown.text_content("label[for=leaf]") == "w[1,1] ="
        shown.fill("#leaf", "2.5")
        shown.keyboard.press("Enter")
        settled(shown)
        assert shown.locator(".elements button").nth(4).text_content() == "2.5"
        assert shown.locator(".elements button[aria-pressed=true]").count() == 1
        assert "along w[1,1]" in shown.text_content(".editor .hint")

    def test_an_element_is_dragged_in_the_table(self, show: Any) -> None:
        shown = show(made(layer()))
        shown.select_option("#nodes", label="x")
        drag(shown, shown.locator(".elements button").nth(1))
        assert machine(shown, "x[1]") == pytest.approx(-2.0 + 8.0 * 40 / 320)
        shown.click("#undo")
        assert machine(shown, "x[1]") == -2.0

    def test_an_element_is_dragged_in_the_picture(self, show: Any) -> None:
        shown = show(made(layer()))
        drag(
            shown,
            shown.locator("#picture g.variable", has_text="w").locator("text.data", has_text="1.0"),
        )
        assert machine(shown, "w[1,0]") == pytest.approx(1.0 + 4.0 * 40 / 320)

    def test_it_is_slid_by_the_keyboard(self, show: Any) -> None:
        shown = show(made(layer()))
        shown.select_option("#nodes", label="w")
        shown.click(".elements button >> nth=2")
        shown.focus("#leaf-slider")
        shown.keyboard.press("Home")
        assert machine(shown, "w[0,2]") == -0.75
        assert shown.get_attribute("#leaf-slider", "aria-label") == "Slide w[0,2]"

    def test_an_element_of_a_larger_tensor_is_chosen_by_its_index(self, show: Any) -> None:
        x = Tensor(np.arange(100.0).reshape(10, 10), label="x")
        shown = show(made((x * x).mean()))
        shown.select_option("#nodes", label="x")
        for axis, index in enumerate((3, 12)):
            shown.fill(f".elements input >> nth={axis}", str(index))
            shown.keyboard.press("Tab")
        assert shown.text_content("label[for=leaf]") == "x[3,9] ="
        assert shown.input_value("#leaf") == "39"

    def test_a_constant_that_no_composite_function_takes_can_be_changed(self, show: Any) -> None:
        def root(data: Any) -> Any:
            w = Tensor([1.0, 2.0, 3.0], label="w")
            return (Tensor(data, label="x", requires_grad=False) @ w).tanh()

        shown = show(made(root(X)))
        edit(shown, "x[0]", 1.5)
        found = shown.evaluate("player.live.loss")
        assert found == pytest.approx(float(root([1.5, *X[1:]]).data), rel=1e-12)


def machine(shown: Any, name: str) -> float:
    return float(shown.evaluate(f"recording.machine.data[player.live.named('{name}')[0]]"))


class TestLearning:
    def test_gradient_steps_are_those_of_sgd(self, show: Any) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
        model = nn.MLP([2, 4, 1], "tanh", seed=1)
        shown = show(made(nn.mse(model(x), y)))
        shown.fill("#rate", "0.1")
        for _ in range(5):
            shown.click("#learn")
        learner = nn.SGD(model.parameters(), 0.1)
        for _ in range(5):
            learner.zero_grad()
            nn.mse(model(x), y).backward()
            learner.step()
        loss = float(nn.mse(model(x), y).data)
        assert shown.evaluate("player.live.loss") == pytest.approx(loss, rel=1e-12)
        shown.click("#rewind")
        assert not shown.evaluate("recording.edited")

    def test_a_whole_tensor_is_held_back(self, show: Any) -> None:
        shown = show(made(layer()))
        shown.select_option("#nodes", label="w")
        shown.uncheck("#learns")
        shown.click("#learn")
        assert machine(shown, "w[0,0]") == 0.5
        assert machine(shown, "x[0]") != 1.0


class TestLinks:
    def test_a_link_names_an_element(self, show: Any) -> None:
        shown = show(made(layer()), "#w[0,1]=2.5&x[2]=-1&step=3")
        assert (machine(shown, "w[0,1]"), machine(shown, "x[2]")) == (2.5, -1.0)
        assert shown.evaluate("player.live.link().text") == "w[0,1]=2.5&x[2]=-1"

    @pytest.mark.parametrize("asked", ["w[2,0]=1", "w=1", "h[0]=1", "w[0][1]=1"])
    def test_what_is_no_element_of_a_leaf_is_ignored(self, show: Any, asked: str) -> None:
        shown = show(made(layer()), f"#{asked}&step=1")
        assert "The link has what isn't in this graph" in shown.text_content("#note")
        assert not shown.evaluate("recording.edited")


class TestBranches:
    def test_a_mask_is_that_of_the_recording(self, show: Any) -> None:
        """The nodes that chose are named, and marked with all that follows from them."""
        x = Tensor([1.0, -1.0], label="x")
        chosen = where(x.data > 0, x, -x)
        chosen.label = "c"
        shown = show(made(chosen.sum()))
        assert shown.locator("g.fixed").count() == 0
        edit(shown, "x[0]", -3.0)
        settled(shown)
        assert "c would have come out otherwise" in shown.text_content("p.fixed")
        assert shown.locator("#picture g.part.fixed").count() == 2

    def test_a_tangent_is_called_so(self, show: Any) -> None:
        x = Tensor([1.0, 1.0, 1.0], label="x")
        largest = x.max()  # with three that tie, which no chain of maximum has
        largest.label = "largest"
        shown = show(made(largest * 2.0))
        edit(shown, "x[0]", 3.0)
        settled(shown)
        assert "largest: its tangent at the saved numbers" in shown.text_content("p.fixed")

    def test_the_largest_element_is_found_anew(self, show: Any) -> None:
        def root(x: float) -> Any:
            return (
                Tensor([[x, 2.0], [0.5, 3.0]], label="x").max(axis=1) * np.array([1.0, -2.0])
            ).sum()

        shown = show(made(root(1.0)))
        edit(shown, "x[0,0]", 3.0)
        assert [said[0] for said in told(shown)] == [event.sentence for event in steps(root(3.0))]
        assert shown.text_content("p.fixed") == ""


class TestRecordings:
    def test_a_page_of_too_many_elements_says_that_it_is_a_recording(self, show: Any) -> None:
        x = Tensor(np.ones((100, 60)), label="x")
        shown = show(made((x * x).sum()), "#step=0")
        said = shown.text_content("#step")
        assert "This page is a recording: it has about" in said
        assert "step a model on fewer samples, or a smaller one" in said
        assert not shown.locator(".learning").count()

    def test_a_page_of_another_dtype_says_that_it_is_a_recording(self, show: Any) -> None:
        x = Tensor(np.ones(3, np.float32), label="x")
        shown = show(made((x * x).sum()), "#step=0")
        assert "the tensor x is of float32, and a page computes in float64" in shown.text_content(
            "#step"
        )

    def test_a_page_of_values_and_tensors_computes(self, show: Any) -> None:
        def root(a: float) -> Any:
            return (Value(a, label="a") * Tensor(X, label="x")).sum() * Value(2.0, label="b")

        shown = show(made(root(2.0)))
        edit(shown, "a", 3.0)
        assert [said[0] for said in told(shown)] == [event.sentence for event in steps(root(3.0))]
