"""``autograd.live``: a function, its arguments, and the branches that it took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hands import drag

import autograd
from autograd import Tensor, Value, live


def test_the_arguments_are_labelled_variables_of_the_graph() -> None:
    page = live(lambda a, b: a * b + a, a=2.0, b=-3)
    assert {name: (x.data, x.label) for name, x in page.arguments.items()} == {
        "a": (2.0, "a"),
        "b": (-3.0, "b"),
    }
    state = page.goto(-1).state()
    places = {node.label: node.index for node in page.steps.nodes if node.label}
    assert {name: state[k] for name, k in places.items()} == {"a": (2.0, -2.0), "b": (-3.0, 2.0)}
    assert page.guards == []


def test_arguments_without_a_name_have_those_of_the_function() -> None:
    page = live(lambda a, b, **more: a * b + more["c"], 2.0, 3.0, c=1.0)
    assert list(page.arguments) == ["a", "b", "c"]
    assert page.goto(-1).state()[0] == (2.0, 3.0)  # ∂/∂a is b


def test_of_lists_dicts_and_arrays_each_number_is_a_variable() -> None:
    """Named by its place; an array is an object array of Values, on which NumPy computes."""
    w, x = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([2.0, 1.0])
    page = live(lambda p, x: np.tanh(p["w"] @ x + p["b"][0]).sum(), p={"w": w, "b": [0.1]}, x=x)
    w_place = "p['w'][1, 0]"
    assert list(page.arguments)[2:] == [w_place, "p['w'][1, 1]", "p['b'][0]", "x[0]", "x[1]"]
    places = {node.label: node.index for node in page.steps.nodes if node.label}
    slope = 1 - np.tanh(0.5 * 2.0 + 3.0 * 1.0 + 0.1) ** 2  # times x[0]
    assert page.goto(-1).state()[places[w_place]] == (0.5, pytest.approx(2.0 * slope))


def test_bools_and_texts_are_settings_of_the_function() -> None:
    page = live(lambda x, how, twice: (x * 2 if twice else x) if how == "a" else -x, 3.0, "a", True)
    assert list(page.arguments) == ["x"]
    assert page.goto(-1).state()[0] == (3.0, 2.0)


def test_of_a_node_the_number_is_taken() -> None:
    page = live(lambda a, v: (v * a).sum(), a=Value(2.0), v=Tensor([3.0, 4.0]))
    assert [x.data for x in page.arguments.values()] == [2.0, 3.0, 4.0]


def test_every_choice_that_the_function_made_is_a_guard() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x * y if x > y else y
        return autograd.where(z > 0, z, -z)

    page = live(f, x=2.0, y=1.0)
    assert [(guard.node.op.name, guard.outcome) for guard in page.guards] == [
        ("gt", True),
        ("gt", True),
    ]
    assert page.goto(-1).state()[len(page.steps.nodes) - 1] == (2.0, 1.0)


def test_it_saves_the_page_of_the_graph(tmp_path: Path) -> None:
    text = live(lambda a: a.tanh(), a=0.5).save(tmp_path / "live.html").read_text(encoding="utf-8")
    assert '"chosen":0' in text


@pytest.mark.parametrize(
    ("f", "arguments", "said"),
    [
        (lambda: Value(1.0), {}, "needs numbers"),
        (lambda a: a, {"a": "two"}, "needs numbers"),
        (lambda a: a, {"a": 1j}, "a = complex"),
        (lambda a: a, {"a": {"b": [1.0, object()]}}, r"a\['b'\]\[1\] = object"),
        (lambda a: a, {"a": pd.Series([1.0])}, r"a = Series: take its numbers first, x\.to_numpy"),
        (
            lambda a: a * 2,
            {"a": np.ones(2)},
            r"got an ndarray: make one number of it, as with \.sum",
        ),
        (lambda a, b: a, {"a": 1.0}, r"missing .* 'b': give a number for each .* takes \(a, b\)"),
        (lambda a: a, {"b": 1.0}, "give a number for each argument of f"),
        (3.0, {"a": 1.0}, "live needs a function, got a float"),
        (lambda a: (a, a), {"a": 1.0}, "got a tuple"),
        (lambda a: 3.0, {"a": 1.0}, "got a float"),
    ],
)
def test_what_is_no_function_of_numbers_is_refused(f: Any, arguments: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        live(f, **arguments)


@pytest.mark.browser
def test_a_number_of_an_array_can_be_dragged(tmp_path: Path, show: Any) -> None:
    page = live(lambda v: ((v - v.mean()) ** 2).mean(), np.array([1.0, 2.0, 4.0]))
    shown = show(page.save(tmp_path / "variance.html").read_text(encoding="utf-8"), "#step=99")
    numbers = shown.locator("#picture text.data")
    assert numbers.all_text_contents()[-1] == "1.556"  # 14/9
    drag(shown, shown.locator("#picture g.variable text.data").first)
    first = float(shown.locator("#picture g.variable text.data").first.text_content())
    assert first != 1.0
    assert float(numbers.all_text_contents()[-1]) == pytest.approx(
        np.var([first, 2.0, 4.0]), rel=1e-3
    )
