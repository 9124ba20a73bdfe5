"""A failure is drawn: the graph that was checked, with the line red whose rule is wrong."""

import math
import re
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from planted import WRONG_LINES

import autograd
from autograd import elementwise, temporary_registry
from autograd.check import Program, examine
from autograd.check.failure_drawing import draw_blame
from autograd.rules.op_registry import get
from autograd.show import drawing
from autograd.show.graphviz_engine import RenderError
from autograd.show.theme import LIGHT


def failure(at=(0.5, 3.0)):
    """``sin(ab) + a``, with a product whose partial for its first operand is y² and not y."""
    with temporary_registry():
        old = get("mul")
        elementwise(
            "mul", old.function, ("y * y", "x"), numbers=old.numbers, symbol="×", replace=True
        )
        return examine(Program.parse("a b; mul a b; sin c; add d a"), *at)


def red(report):
    """The red lines, as (from, to, operand, text), boxes by their names."""
    picture = draw_blame(report.blame).picture
    names = {box.id: box.name for box in picture.boxes}
    return [(names[e.tail], names[e.head], e.slot, e.text) for e in picture.lines if e.wrong]


def test_the_line_of_the_wrong_rule_is_red_with_what_it_gave_and_what_is_exact() -> None:
    assert red(failure()) == [("a", "c", 0, "9.0 ✗ exact 3.0")]


def test_numbers_that_are_nearly_equal_are_shown_to_the_digit_that_differs() -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "x * x", "2 * x * (1 + 1e-8)")
        report = examine(lambda x: wrong(x), 0.5)  # noqa: PLW0108 - for the name of its argument
    assert red(report) == [("x", "", 0, "1.00000001 ✗ exact 1")]


def test_of_two_lines_between_the_same_boxes_the_wrong_operands_is_red() -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "x - 2 * y", ("1", "2"))
        report = examine(lambda x: wrong(x, x), 0.7)
    assert [(slot, text) for _, _, slot, text in red(report)] == [(1, "2.0 ✗ exact −2.0")]


@pytest.mark.slow
def test_a_notebook_shows_the_drawing_beside_the_text() -> None:
    shown = failure()._repr_mimebundle_()
    svg = unquote(re.search(r'src="data:image/svg\+xml,([^"]*)"', shown["text/html"]).group(1))
    assert LIGHT.wrong in svg
    assert "9.0 ✗ exact 3.0" in svg
    assert "ratio 3 = y: is a factor 1/y missing?" in shown["text/html"]
    assert shown["text/plain"] == str(failure())


def test_a_report_is_drawn_in_a_script_too() -> None:
    report = failure()
    assert report.draw().picture == draw_blame(report.blame).picture


@pytest.mark.parametrize("claim", [math.cos, math.sin])
def test_a_report_without_a_graph_says_that_it_can_t_be_drawn(claim: Any) -> None:
    report = examine(math.sin, 2.0, gradient=claim)
    with pytest.raises(ValueError, match=f"no graph to draw.* this is {report.verdict}; print it"):
        report.draw()


def test_graphviz_text_has_the_line_red_too() -> None:
    [edge] = [e for e in draw_blame(failure().blame).dot.splitlines() if LIGHT.wrong in e]
    assert ":s0:" in edge


def test_in_arrays_the_line_names_the_element() -> None:
    with temporary_registry():
        double = autograd.structural("double", lambda x: 2 * x, lambda g, x, z: (g * [2, 1, 2],))
        report = examine(lambda w: double(w).sum(), np.array([1.0, 2.0, 3.0]))
    assert report.blame.index == (1,)
    [(tail, _, slot, text)] = red(report)
    assert (tail, slot) == ("w", 0)
    assert re.fullmatch(r"at \(1,\) \S+ ✗ exact (≈ )?\S+", text)


@pytest.mark.slow
def test_of_a_big_graph_what_is_near_the_wrong_line_is_drawn() -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "sin(x)", "sin(x)")

        def f(x):
            for _ in range(60):
                x = autograd.tanh(x)
            x = wrong(x)
            for _ in range(60):
                x = autograd.tanh(x)
            return x

        report = examine(f, 0.3)
        picture = draw_blame(report.blame).picture
    assert len(picture.boxes) < 20
    assert [line.wrong for line in picture.lines].count(True) == 1


@pytest.mark.slow
def test_if_the_engine_is_to_blame_no_line_is_red() -> None:
    bug = next(bug for bug in WRONG_LINES if str(bug) == "pass_to_two-missing-accumulation-x")
    with bug.planted():
        report = examine(Program.parse("a; sin a; mul b a; add c b"), 0.7)
        shown = report._repr_mimebundle_()
    assert report.blame.op == "engine"
    assert red(report) == []
    assert "text/html" in shown


def test_what_passes_or_has_no_graph_of_ours_is_text() -> None:
    assert set(examine(autograd.sin, 1.0)._repr_mimebundle_()) == {"text/plain"}
    wrong = examine(lambda x: x * x, 1.0, gradient=lambda x: x)
    assert set(wrong._repr_mimebundle_()) == {"text/plain"}


def test_without_a_program_that_draws_it_says_so_and_shows_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(dot):
        raise RenderError("install Graphviz")

    monkeypatch.setattr(drawing, "lay_out", missing)
    report = failure()
    assert report._repr_mimebundle_() == {"text/plain": f"{report}\n\nNo picture: install Graphviz"}
