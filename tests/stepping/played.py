"""Graphs in the player, and what a page says of itself: what its tests share."""

from __future__ import annotations

from functools import cache
from typing import Any

from autograd import Tensor, Value, record_source, region, steps
from autograd.stepping.page import page


def lecture() -> Value:
    """The expression of the micrograd lecture: 3 operations, so 3 + 1 + 6 steps."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c, f = Value(10.0, label="c"), Value(-2.0, label="f")
    with region("mlp"), region("neuron3"), record_source():
        e = a * b
        e.label = "e"
        d = e + c
        d.label = "d"
        loss = d * f
    loss.label = "L"
    return loss


def chain(length: int) -> Value:
    x = Value(1.0, label="x")
    for k in range(length):
        with region(f"part{k // 40}"):
            x = x * 1.0
    return x


@cache
def made(root: Value | Tensor | None = None, at: int = 0) -> str:
    root = lecture() if root is None else root
    return page(root, steps(root), at=at)


def step_of(shown: Any) -> int:
    return int(shown.get_attribute("body", "data-step"))


def classes(shown: Any, box: str) -> set[str]:
    return set(shown.get_attribute(f"#{box}", "class").split())


def grad(shown: Any, box: str) -> str:
    return str(shown.text_content(f"#{box} text.grad"))


def contrast(shown: Any, selector: str) -> float:
    """The contrast of a text with what is behind it: WCAG 2.2, "contrast ratio"."""
    return float(
        shown.evaluate(
            """(selector) => {
              const light = (c) => {
                const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((x) => x / 255)
                  .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const e = document.querySelector(selector);
              let behind = e;
              const fill = (x) => getComputedStyle(x).backgroundColor;
              while (/, 0\\)$/.test(fill(behind))) behind = behind.parentElement;
              const [x, y] = [light(getComputedStyle(e).color), light(fill(behind))];
              return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
            }""",
            selector,
        )
    )
