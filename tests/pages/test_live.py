"""``autograd.live``: a function, its arguments, and the branches that it took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value, live


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
        (lambda a: a, {"a": "two"}, "a = str"),
        (lambda a: a, {"a": [1.0, 2.0]}, "a = list"),
        (lambda a: (a, a), {"a": 1.0}, "got tuple"),
        (lambda a: 3.0, {"a": 1.0}, "got float"),
    ],
)
def test_what_is_no_function_of_numbers_is_refused(f: Any, arguments: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        live(f, **arguments)
