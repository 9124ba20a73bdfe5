"""Formulas and sentences: what is said of a step."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, affine, scalars, steps
from autograd.reading.formatting import number
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops
from autograd.stepping import Event, latex
from autograd.stepping.latex import Term


def event_of(root: Any, name: str = "x") -> Event:
    """The contribution to the operand of that name."""
    return next(e for e in steps(root) if e.kind == "contribute" and e.target.name == name)


def variables(**numbers: float) -> list[Value]:
    return [Value(x, label=name) for name, x in numbers.items()]


def test_a_product_is_told_as_the_lecture_tells_it() -> None:
    d, f = variables(d=4.0, f=-2.0)
    L = d * f
    L.label = "L"
    assert event_of(L, "d").sentence == (
        "L depends on d through multiplication by f = −2.0, so ∂L/∂d = −2.0"
    )


def test_a_contribution_is_told_with_its_factors_and_what_was_there() -> None:
    a, b = variables(a=2.0, b=3.0)
    L = (a * b) + a
    L.label = "L"
    assert [e.sentence for e in steps(L) if e.target.name == "a"] == [
        "L depends on a through addition, so ∂L/∂a = 1.0",
        "v2 depends on a through multiplication by b = 3.0. ∂L/∂v2 = 1.0 passes on "
        "1.0 × 3.0 = 3.0. So ∂L/∂a = 1.0 + 3.0 = 4.0",
    ]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda x, y: autograd.relu(x) * y, "v1 depends on x, and passes nothing: relu is off"),
        (lambda x, y: x * (y + -3.0), "L depends on x, and passes nothing: v2 = 0.0"),
        (lambda x, y: autograd.relu(x * y), "v2 depends on x, and passes nothing: ∂L/∂v2 = 0"),
        (
            lambda x, y: autograd.floor(x),
            "L depends on x, and passes nothing: the slope of floor is 0",
        ),
        (autograd.maximum, "L depends on x, and passes nothing: x isn't chosen"),
    ],
)
def test_a_slot_behind_a_zero_names_the_zero(make: Any, said: str) -> None:
    x, y = variables(x=-2.0, y=3.0)
    L = make(x, y)
    L.label = "L"
    assert event_of(L).sentence == f"{said}. ∂L/∂x = 0.0"


def test_a_gradient_stays_where_nothing_is_added() -> None:
    (x,) = variables(x=-2.0)
    L = autograd.relu(x) + x
    L.label = "L"
    assert steps(L)[-1].sentence == (
        "v1 depends on x, and passes nothing: relu is off. ∂L/∂x stays 1.0"
    )


def test_an_old_gradient_is_told_of() -> None:
    (a,) = variables(a=2.0)
    a.grad = 5.0
    assert steps(a * 3.0)[-1].sentence == (
        "a.grad was 5.0 from an earlier backward(): the new gradient is added, 5.0 + 3.0 = 8.0"
    )


@pytest.mark.parametrize(
    ("make", "formula", "local"),
    [
        (lambda x, y: x * y, r"x \cdot y", r"y"),
        (lambda x, y: x + y, r"x + y", r"1"),
        (lambda x, y: y - x, r"y - x", r"-1"),
        (lambda x, y: x / y, r"\frac{x}{y}", r"\frac{1}{y}"),
        (lambda x, y: y / x, r"\frac{y}{x}", r"-\frac{z}{x}"),
        (lambda x, y: autograd.exp(x), r"e^{x}", r"z"),
        (lambda x, y: autograd.log(x), r"\ln x", r"\frac{1}{x}"),
        (lambda x, y: x**3, r"{x}^{3}", r"3 \cdot {x}^{2}"),
        (lambda x, y: x**2, r"{x}^{2}", r"2 \cdot x"),
        (lambda x, y: autograd.relu(x), r"\operatorname{ReLU}(x)", r"[x > 0]"),
        (lambda x, y: autograd.sin(x), r"\sin x", r"\cos x"),
        (lambda x, y: autograd.sqrt(x), r"\sqrt{x}", r"\frac{\frac{1}{2}}{z}"),
    ],
)
def test_the_textbook_formulas_are_what_one_reads(make: Any, formula: str, local: str) -> None:
    x, y = variables(x=2.0, y=3.0)
    z = make(x, y)
    z.label = "z"
    (forward, *_) = steps(z)
    assert forward.formula == f"z = {formula}"
    assert event_of(z).local_formula == rf"\frac{{\partial z}}{{\partial x}} = {local}"


def test_a_step_back_has_its_formula_in_symbols_and_in_numbers() -> None:
    a, b = variables(a=2.0, b=-3.0)
    e = a * b
    e.label = "e"
    L = e * Value(-2.0, label="f")
    L.label = "L"
    event = event_of(L, "a")
    assert event.formula == (
        r"\frac{\partial L}{\partial a} = \frac{\partial L}{\partial e} \cdot b"
    )
    assert event.substituted == r"-2.0 \cdot \left(-3.0\right) = 6.0"


def test_a_start_with_a_cotangent_says_so() -> None:
    (a,) = variables(a=2.0)
    seeds = [e.sentence for e in steps(a * 3.0, -1.5) if e.kind == "seed"]
    assert seeds == ["The backward pass starts at v2, with the cotangent that was given: −1.5"]


def test_what_adds_to_a_gradient_says_so() -> None:
    (a,) = variables(a=2.0)
    first, second = [e for e in steps(a + a) if e.kind == "contribute"]
    assert r"\mathrel{+}=" not in first.formula
    assert r"\mathrel{+}=" in second.formula
    assert second.accumulation == "1.0 + 1.0 = 2.0"


def test_a_choice_shows_the_side_that_was_chosen() -> None:
    (x,) = variables(x=-2.0)
    assert event_of(autograd.leaky_relu(x)).local_formula.endswith("= 0.01")


def test_a_choice_over_an_array_shows_both_sides() -> None:
    x = Tensor([-1.0, 2.0], label="x")
    found = event_of(autograd.leaky_relu(x).sum()).local_formula
    assert r"\begin{cases} 1 & \text{if } x > 0 \\ 0.01 & \text{otherwise} \end{cases}" in found


def test_a_neuron_is_written_as_a_sum_of_products() -> None:
    w, v, b, x, y = variables(w=1.0, v=2.0, b=0.5, x=3.0, y=4.0)
    (z,) = affine(np.array([x, y]), np.array([[w, v]]), np.array([b]))
    assert steps(z)[0].formula == r"v_{5} = w \cdot x + v \cdot y + b"
    assert event_of(z, "w").local_formula.endswith("= x")
    assert event_of(z, "b").local_formula.endswith("= 1")


def test_a_matrix_of_derivatives_is_left_as_a_jacobian() -> None:
    x = Tensor([[1.0, 2.0]], label="x")
    event = event_of((x @ Tensor([[1.0], [2.0]])).sum())
    assert event.local is None
    assert r"\right)^{\top}" in event.formula
    assert event.local_formula == ""
    assert event.substituted == r"\begin{bmatrix} 1.0 & 2.0 \end{bmatrix}"


def test_a_small_array_is_told_in_full() -> None:
    event = event_of(Tensor([[1.0, 2.0]], label="x").sum())
    assert event.sentence == "v1 depends on x through sum, so ∂v1/∂x = [[1.0, 1.0]]"


def test_a_larger_array_is_told_by_its_shape() -> None:
    event = event_of((Tensor(np.ones((20, 4)), label="x") * 2.0).sum())
    assert event.sentence.endswith(
        "passes on array (20, 4) × array (20, 4) = array (20, 4). So ∂v3/∂x = array (20, 4)"
    )
    array = r"\text{array}_{20 \times 4}"
    assert event.substituted == rf"{array} \odot {array} = {array}"


def test_a_product_of_arrays_is_by_element_and_of_matrices() -> None:
    x = Tensor([[1.0, 2.0], [3.0, -4.0]], label="x")
    event = event_of((x * [[1.0, 0.5], [2.0, 4.0]]).sum())
    ones = r"\begin{bmatrix} 1.0 & 1.0 \\ 1.0 & 1.0 \end{bmatrix}"
    slopes = r"\begin{bmatrix} 1.0 & 0.5 \\ 2.0 & 4.0 \end{bmatrix}"
    assert event.substituted == rf"{ones} \odot {slopes} = {slopes}"


def test_a_row_of_a_jacobian_is_told_as_the_op_that_it_is_of() -> None:
    s = scalars(Tensor([5.0, 1.0, 5.0], label="y").max())
    computed, _, first, *_ = steps(s.root)
    assert computed.formula == r"v_{3} = \operatorname{max}(y_{0}, y_{1}, y_{2})"
    assert computed.sentence == "v3 = max(y[0], y[1], y[2]) = max(5.0, 1.0, 5.0) = 5.0"
    assert first.sentence == "v3 depends on y[0] through max, of slope 0.5, so ∂v3/∂y[0] = 0.5"
    assert first.local_formula == r"\frac{\partial v_{3}}{\partial y_{0}} = 0.5"
    assert computed.node.symbol == "max"


# Rounding -----------------------------------------------------------------------------------------


def test_a_rounded_number_does_not_contradict_its_slope() -> None:
    x = Value(-6.0, label="x")
    computed, _, passed = steps(x.tanh())
    assert computed.sentence.endswith("= −0.9999877")
    assert "of slope 2.458e−05" in passed.sentence


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (1.0, "1.0"),
        (0.99996, "0.99996"),
        (2.00001, "2.00001"),
        (1 - 1e-11, "0.99999999999"),
        (0.7 + 0.2 + 0.1, "≈ 1.0"),
        (1234.56, "1235"),
        (-183.9683, "−183.97"),
        (0.1 + 0.2, "0.3"),
        (3.14159, "3.142"),
    ],
)
def test_a_number_near_a_whole_one_has_the_digits_that_tell_them_apart(
    x: float, shown: str
) -> None:
    assert number(x) == shown


def test_what_rounding_leaves_of_terms_that_cancel_is_told_as_such() -> None:
    a = Value(0.3, label="a")
    first, second, *_ = steps(a - 0.1 - 0.2)
    assert first.sentence.endswith("= 0.2")
    assert second.sentence.endswith("= −2.776e−17 (rounding noise)")
    x = Value(1.0, label="x")
    last = steps(x * 0.3 - x * 0.1 - x * 0.2)[-1]
    assert last.sentence.endswith("∂v8/∂x = −0.3 + 0.3 = −5.551e−17 (rounding noise)")


def test_noise_in_an_array_is_a_zero_that_says_so() -> None:
    x = Tensor([0.1, 1.0])
    (computed, *_) = steps(autograd.add(x, [0.2, 0.0]) - [0.3, 0.0], np.ones(2))[1:]
    assert computed.sentence.endswith("= [0.0, 1.0], but for rounding noise")


def test_a_complex_number_stands_in_parentheses_behind_a_sign() -> None:
    (x,) = variables(x=1 + 2j)
    said = [event.sentence for event in steps(x * x)]
    assert said[0] == "v1 = x × x = (1.0+2i) × (1.0+2i) = −3.0+4i"


def test_parentheses_stand_where_they_are_needed_and_only_there() -> None:
    x, y = Term("x"), Term("y")
    assert latex.mul(latex.add(x, y), x).text == r"\left(x + y\right) \cdot x"
    assert latex.sub(x, latex.sub(y, x)).text == r"x - \left(y - x\right)"
    assert latex.add(x, latex.mul(y, x)).text == r"x + y \cdot x"
    assert latex.sub(x, latex.neg(y)).text == r"x - \left(-y\right)"
    assert latex.power(latex.neg(x), y).text == r"{\left(-x\right)}^{y}"
    assert latex.div(latex.add(x, y), y).text == r"\frac{x + y}{y}"
    assert latex.call(autograd.sin, (latex.add(x, y),), {}).text == r"\sin \left(x + y\right)"
    assert latex.call(autograd.exp, (latex.add(x, y),), {}).text == r"e^{x + y}"


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (-2.0, "-2.0"),
        (1e-7, r"1 \times 10^{-7}"),
        (-2.5e30, r"-2.5 \times 10^{30}"),
        (float("-inf"), r"-\infty"),
        (float("nan"), r"\text{nan}"),
    ],
)
def test_numbers_are_written_as_in_print(x: float, text: str) -> None:
    assert latex.number(x).text == text


def test_a_label_can_not_break_out_of_a_formula() -> None:
    hostile = r"}\input{/etc/passwd}$%&#_^~"
    text = latex.name(hostile).text
    assert text == (
        r"\text{\}\textbackslash{}input\{/etc/passwd\}\$\%\&\#\_\textasciicircum{}"
        r"\textasciitilde{}}"
    )


@pytest.mark.parametrize("op", [op for op in ops().values() if isinstance(op, Elementwise)])
def test_every_elementwise_op_has_formulas_with_balanced_braces(op: Elementwise) -> None:
    """On numbers and on arrays, where no choice is made."""
    settings = {"condition": True} if op.name == "where" else {}
    if op.name == "power":
        settings = {"exponent": 3}
    for make in (Value, lambda x: Tensor([x, x])):
        operands = [make(0.25 + 0.125 * k) for k in range(op.arity)]
        root = op(*operands, **settings)
        for event in steps(root, np.ones(2) if root._rank else None):
            for text in (event.formula, event.substituted, event.local_formula):
                bare = re.sub(r"\\[{}]", "", text)
                assert bare.count("{") == bare.count("}")
                assert text.count(r"\left") == text.count(r"\right")
                assert "{x}" not in text.replace("{{x}}", "")
            assert event.sentence
