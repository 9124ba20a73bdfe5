"""MathML of the LaTeX that formulas are written in."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops
from autograd.stepping import latex
from autograd.stepping.mathml import SLOT, mathml

MATHML = {
    r"\frac{1}{x}": "<mfrac><mn>1</mn><mi>x</mi></mfrac>",
    "x^2": "<msup><mi>x</mi><mn>2</mn></msup>",
    r"v_{12}^{3}": "<msubsup><mi>v</mi><mn>12</mn><mn>3</mn></msubsup>",
    r"\sqrt[3]{x}": "<mroot><mi>x</mi><mn>3</mn></mroot>",
    r"\tanh^2 x": "<mrow><mrow><msup><mi>tanh</mi><mn>2</mn></msup>"
    '<mspace width="0.17em"></mspace></mrow><mi>x</mi></mrow>',
    r"\log(x)": '<mrow><mi>log</mi><mo stretchy="false">(</mo><mi>x</mi>'
    '<mo stretchy="false">)</mo></mrow>',
    r"x \mathrel{+}= 1": "<mrow><mi>x</mi><mo>+=</mo><mn>1</mn></mrow>",
    r"\text{array }": "<mtext>array\N{NO-BREAK SPACE}</mtext>",
    r"\text{a < b\_c}": "<mtext>a &lt; b_c</mtext>",
    r"\mathrm{loss}": '<mi mathvariant="normal">loss</mi>',
    "-2.5": '<mrow><mo form="prefix">−</mo><mn>2.5</mn></mrow>',
    "a - b": "<mrow><mi>a</mi><mo>−</mo><mi>b</mi></mrow>",
    r"\infty - b": "<mrow><mi>∞</mi><mo>−</mo><mi>b</mi></mrow>",
    "<": "<mo>&lt;</mo>",
}


@pytest.mark.parametrize("source", MATHML)
def test_latex_becomes_mathml(source: str) -> None:
    assert mathml(source) == MATHML[source]


def test_a_choice_becomes_a_table_of_cases() -> None:
    found = mathml(r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}")
    assert found.count("<mtr>") == 2
    assert found.count("<mtd ") == 4


def test_slots_stay_for_the_page_to_fill() -> None:
    assert mathml(rf"\D{{}} = -{SLOT}") == (
        rf'<mrow>\D{{}}<mo>=</mo><mo form="prefix">−</mo><mn>{SLOT}</mn></mrow>'
    )


@pytest.mark.parametrize(
    "broken", ["", "{", "}", r"\frac", r"\begin{cases}", "^", r"\text{", "\\", r"\sqrt[", r"\D"]
)
def test_broken_latex_does_not_break_the_page(broken: str) -> None:
    """A user's op may have any template."""
    ET.fromstring(f"<math>{mathml(broken)}</math>")


@pytest.mark.parametrize("name", ["<b>", "a&b", "x</math><script>", "50%", '"', "a_b", "~{^}\\"])
def test_a_name_is_shown_as_it_is(name: str) -> None:
    found = ET.fromstring(f"<math>{mathml(latex.name(name).text)}</math>")
    assert "".join(found.itertext()).replace("_", "") == name.replace("_", "")


ELEMENTWISE = [op for op in ops().values() if isinstance(op, Elementwise)]


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_the_formula_of_every_elementwise_op_is_well_formed(op: Elementwise) -> None:
    operands = latex.name("x"), latex.number(-2.5e-9)
    formula = latex.call(op, operands[: len(op.partials)], {})
    ET.fromstring(f"<math>{mathml(formula.text)}</math>")


def test_a_matrix_is_a_table_in_brackets_that_grow() -> None:
    found = mathml(r"\begin{bmatrix} 1 & {-2} \\ 3 & 4 \end{bmatrix}")
    minus = '<mrow><mo form="prefix">−</mo><mn>2</mn></mrow>'
    rows = (
        f"<mtr><mtd><mn>1</mn></mtd><mtd>{minus}</mtd></mtr>"
        "<mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn></mtd></mtr>"
    )
    left, right = (f'<mo stretchy="true">{bracket}</mo>' for bracket in "[]")
    assert found == f'<mrow>{left}<mtable class="matrix">{rows}</mtable>{right}</mrow>'
