"""axe-core finds nothing in the player, light or dark, on a desk or on a phone."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

import nn
from autograd import Tensor, Value, record_source, steps
from autograd.stepping.page import page

pytestmark = pytest.mark.browser

STATES = {
    "at the start": "player.go(0)",
    "forward": "player.go(20)",
    "backward": "player.go(player.steps.length - 9)",
    "a level as boxes": "player.turnAndShow(true); player.open('mlp/layer1')",
    "a card": "player.turnAndShow(false); player.open('mlp/layer1/neuron2')",
    "a node's story": "player.choose(4)",
    "a search": "player.open(''); document.getElementById('search').focus()",
    "the help": "document.getElementById('keys').click()",
}


@cache
def made() -> str:
    with record_source():
        x = [Value(0.5, label="pressure"), Value(-1.0)]
        loss = nn.mse(nn.MLP([2, 4, 4, 1], "tanh", seed=1).scalars()(x), [1.0])
    return page(loss, steps(loss))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_found_in_any_state(show: Any, scheme: str, width: int) -> None:
    shown = show(made(), color_scheme=scheme, viewport={"width": width, "height": 800})
    found = {}
    for state, reached in STATES.items():
        shown.evaluate(reached)
        if state == "a search":
            shown.keyboard.type("tanh")
        violations = Axe().run(shown).response["violations"]
        if violations:
            found[state] = [
                (each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations
            ]
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_in_the_editor_of_a_tensor(show: Any, scheme: str) -> None:
    x, y = Tensor([[1.0, -2.0], [0.5, 3.0]], label="x"), Tensor([1.0] * 100, label="y")
    loss = (x @ x).sum() + (y * y).mean()
    shown = show(page(loss, steps(loss)), color_scheme=scheme)
    for name in ("x", "y"):
        shown.select_option("#nodes", label=name)
        shown.fill("#leaf", "1.5")
        shown.keyboard.press("Enter")
        assert Axe().run(shown).response["violations"] == []
