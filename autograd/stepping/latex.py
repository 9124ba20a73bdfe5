r"""Translates the text of a rule to LaTeX: ``"1 / (1 + x * x)"`` → ``\frac{1}{1 + x \cdot x}``.

What is said of a step is put together in ``formula.py``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autograd.reading import formatting
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Op
from autograd.rules.op_registry import built_in, is_built_in
from autograd.stepping.holes import LEVEL, Hole, NameHole, evaluate, holds

# How tightly a term holds together: what is looser than its place demands gets parentheses.
RELATION, SUM, NEGATIVE, PRODUCT, POWER, ATOM = range(6)


class Term(NamedTuple):
    """A piece of LaTeX, with the precedence of its outermost operator."""

    text: str
    level: int = ATOM

    def within(self, level: int) -> str:
        """Return the text, in parentheses if it is looser than ``level``."""
        return self.text if self.level >= level else rf"\left({self.text}\right)"


class HoleTerm(Term):
    """A number that is yet to come: the page puts it in parentheses where it needs them."""

    hole: Hole

    def __new__(cls, hole: Hole) -> HoleTerm:
        made = super().__new__(cls, hole.written(LEVEL))
        made.hole = hole
        return made

    def within(self, level: int) -> str:
        return self.hole.written(f"{LEVEL}{level}")


def number(x: Any) -> Term:
    r"""Return a number in four digits: ``-2.5 \times 10^{-7}``; a small array as a matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.stepping.latex import number
    >>> number(np.array([[1.0, 2.0], [0.5, -1.0]])).text
    '\\begin{bmatrix} 1.0 & 2.0 \\\\ 0.5 & {-1.0} \\end{bmatrix}'
    >>> number(-2.5e-7).text, number(float("inf")).text
    ('-2.5 \\times 10^{-7}', '\\infty')
    """
    if isinstance(x, Hole):
        return HoleTerm(x)
    if hasattr(x, "shape") and x.size != 1:
        return _array(x)
    text = formatting.number(x).replace("−", "-")
    if text == formatting.NONE:
        return Term(r"\text{—}")
    text = text.removeprefix("≈ ").replace("∞", r"\infty").replace("nan", r"\text{nan}")
    text = re.sub(r"^(-?)(\d+)/(\d+)$", r"\1\\frac{\2}{\3}", text)
    scientific = re.sub(r"e([-+]?)0*(\d+)", _power_of_ten, text)
    if text.startswith("-"):
        return Term(scientific, NEGATIVE)
    if scientific != text:
        return Term(scientific, PRODUCT)
    return Term(text, SUM if "+" in text or "-" in text else ATOM)


def _array(x: Any) -> Term:
    """Return a small array as a matrix, or a row of matrices; of a larger one the shape."""
    if not formatting.is_small(x):
        lengths = r" \times ".join(map(str, x.shape))
        return Term(rf"\text{{array}}_{{{lengths}}}")
    rows = x if x.ndim == 2 else x[None]
    lines = r" \\ ".join(" & ".join(_cell(number(each)) for each in row) for row in rows)
    return Term(rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}")


def _cell(term: Term) -> str:
    return f"{{{term.text}}}" if term.level == NEGATIVE else term.text


def _power_of_ten(found: re.Match[str]) -> str:
    return rf" \times 10^{{{found[1].replace('+', '')}{found[2]}}}"


def name(text: str) -> Term:
    r"""Return a node's name: ``w1`` → ``w_{1}``, ``loss`` → ``\mathrm{loss}``.

    Examples
    --------
    >>> from autograd.stepping.latex import name
    >>> [name(text).text for text in ("a", "v12", "x_in", "W[0, 1]", "50%")]
    ['a', 'v_{12}', 'x_{\\mathrm{in}}', 'W_{0, 1}', '\\text{50\\%}']
    >>> name("layer0.weight[0, 1]").text
    '\\mathrm{layer0.weight}_{0, 1}'
    """
    if isinstance(text, NameHole):
        return Term(text.formula)
    found = re.fullmatch(r"((?:\w+\.)*[A-Za-z]+?)(?:_?(\d+)|_([A-Za-z0-9]+)|\[([\d, ]+)\])?", text)
    if not found:
        return Term(r"\text{" + escape(text) + "}")
    base, *subscripts = found.groups()
    below = next(filter(None, subscripts), "")
    if below and not re.fullmatch(r"[\d, ]+", below):
        below = below if len(below) == 1 else rf"\mathrm{{{below}}}"
    word = base if len(base) == 1 else rf"\mathrm{{{base}}}"
    return Term(word + (f"_{{{below}}}" if below else ""))


_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: "\\" + c for c in "#$%&_{}"},
}


def escape(text: str) -> str:
    r"""Return plain text as LaTeX has it inside ``\text``."""
    return "".join(_ESCAPES.get(c, c) for c in formatting.clean(text))


# Ops and rules ------------------------------------------------------------------------------------


def add(x: Term, y: Term) -> Term:
    """Return x + y."""
    return Term(f"{x.within(SUM)} + {y.within(PRODUCT)}", SUM)


def sub(x: Term, y: Term) -> Term:
    """Return x − y."""
    return Term(f"{x.within(SUM)} - {y.within(PRODUCT)}", SUM)


def mul(x: Term, y: Term) -> Term:
    """Return x · y."""
    return Term(rf"{x.within(NEGATIVE)} \cdot {y.within(PRODUCT)}", PRODUCT)


def times_by_element(x: Term, y: Term) -> Term:
    """Return x ⊙ y, the product of arrays element by element."""
    return Term(rf"{x.within(PRODUCT)} \odot {y.within(PRODUCT)}", PRODUCT)


def div(x: Term, y: Term) -> Term:
    """Return x / y as a fraction."""
    return Term(rf"\frac{{{x.text}}}{{{y.text}}}", POWER)


def _quotient(x: Term, y: Term) -> Term:
    """Return x / y with its sign in front of the fraction."""
    if x.level == NEGATIVE:
        return neg(div(Term(x.text.removeprefix("-")), y))
    return div(x, y)


def neg(x: Term) -> Term:
    """Return −x."""
    return Term(f"-{x.within(PRODUCT)}", NEGATIVE)


def power(x: Term, y: Term) -> Term:
    """Return x to the power y."""
    return Term(f"{{{x.within(ATOM)}}}^{{{y.text}}}", POWER)


_WITH_LEVELS: dict[str, Callable[..., Term]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "neg": neg,
    "pow": power,
    "power": power,
    "square": lambda x: power(x, Term("2")),
    "reciprocal": lambda x: div(Term("1"), x),
    "identity": lambda x: x,
}

_SIGNS: dict[type, Callable[..., Term]] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.Div: _quotient,
    ast.Pow: power,
    ast.USub: neg,
    ast.UAdd: lambda x: x,
    ast.BitAnd: lambda x, y: Term(rf"{x.text} \wedge {y.text}", RELATION),
    ast.BitOr: lambda x, y: Term(rf"{x.text} \vee {y.text}", RELATION),
}

_RELATIONS: dict[type, str] = {
    ast.Eq: "=",
    ast.NotEq: r"\neq",
    ast.Lt: "<",
    ast.LtE: r"\leq",
    ast.Gt: ">",
    ast.GtE: r"\geq",
}

_CONSTANTS = {
    "half": Term(r"\frac{1}{2}", POWER),
    "pi": Term(r"\pi"),
    "ln2": Term(r"\ln 2", POWER),
    "ln10": Term(r"\ln 10", POWER),
    "one_over_ln2": Term(r"\frac{1}{\ln 2}", POWER),
    "one_over_ln10": Term(r"\frac{1}{\ln 10}", POWER),
    "sqrt_2": Term(r"\sqrt{2}"),
    "sqrt_2_over_pi": Term(r"\sqrt{2 / \pi}"),
    "two_over_sqrt_pi": Term(r"\frac{2}{\sqrt{\pi}}", POWER),
    "one_over_sqrt_2pi": Term(r"\frac{1}{\sqrt{2 \pi}}", POWER),
    "gelu_cubic": Term("0.044715"),
    "selu_alpha": Term(r"\alpha"),
    "selu_scale": Term(r"\lambda"),
    "inf": Term(r"\infty"),
    "nan": Term(r"\text{nan}"),
}


def call(op: Op | str, operands: tuple[Term, ...], settings: Mapping[str, Any]) -> Term:
    """Return an op applied to terms, by its own template; or a name, of an op that isn't here."""
    name = op.name if isinstance(op, Op) else op
    built_in = name if isinstance(op, Op) and is_built_in(op) else ""
    if built_in == "power" and len(operands) == 1:
        exponent = settings.get("exponent")
        if exponent == Term("1"):  # what a rule came to, not what was asked for
            return operands[0]
        operands += (exponent if isinstance(exponent, Term) else number(exponent),)
    if built_in in _WITH_LEVELS and len(operands) in (1, 2):
        return _WITH_LEVELS[built_in](*operands)
    if isinstance(op, Op) and len(operands) <= len(OPERANDS):
        try:
            return _fill(op.latex, dict(zip(OPERANDS, operands, strict=False)))
        except (KeyError, IndexError, ValueError):  # a template for another number of operands
            pass
    arguments = ", ".join(x.text for x in operands)
    return Term(rf"\operatorname{{{escape(name)}}}({arguments})", POWER)


def _fill(template: str, operands: dict[str, Term]) -> Term:
    """Put terms in a template, in parentheses where neither it nor they hold them together."""
    bare = template.format(**{x: f"\0{x}\0" for x in operands})

    def put(found: re.Match[str]) -> str:
        before, after = bare[: found.start()], bare[found.end() :]
        braced = before.endswith("{") and after.startswith("}") and not after.startswith("}^")
        fenced = re.search(r"[(|,\[]\s*$", before) and re.match(r"\s*([)|,\]]|\\right)", after)
        term = operands[found[1]]
        text = term.text if braced or fenced else term.within(ATOM)
        return f"{{{text}}}" if after[:1] in ("^", "_") else text

    return Term(re.sub("\0(.)\0", put, bare), POWER)


def rule(
    text: str,
    operands: Mapping[str, Term],
    values: Mapping[str, Any],
    scope: Mapping[str, Any] = built_in,
) -> Term:
    r"""Return the LaTeX of a rule.

    Parameters
    ----------
    text : str
        The rule.
    operands : mapping of str to Term
        What stands for x, y, u, v and z.
    values : mapping of str to number
        The settings; and where they are plain numbers, the operands too: then a choice shows only
        the side that is chosen.
    scope : mapping of str to Op or helper
        What other names in the rule mean: those of a built-in rule, by default.

    Examples
    --------
    >>> from autograd.stepping.latex import Term, rule
    >>> rule("1 / (1 + x * x)", {"x": Term("a")}, {}).text
    '\\frac{1}{1 + a \\cdot a}'
    """
    return _Rule(operands, values, scope).term(ast.parse(text, mode="eval").body)


class _Rule:
    def __init__(
        self,
        operands: Mapping[str, Term],
        values: Mapping[str, Any],
        scope: Mapping[str, Any],
    ) -> None:
        self.operands = operands
        self.values = values
        self.scope = scope

    def term(self, node: ast.AST) -> Term:
        found: Term = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return found

    def _name(self, node: ast.Name) -> Term:
        if node.id in self.operands:
            return self.operands[node.id]
        return number(self.values[node.id]) if node.id in self.values else _CONSTANTS[node.id]

    def _constant(self, node: ast.Constant) -> Term:
        if isinstance(node.value, str):
            return Term(rf"\text{{{escape(node.value)}}}")
        return number(node.value)

    def _unaryop(self, node: ast.UnaryOp) -> Term:
        return _SIGNS[type(node.op)](self.term(node.operand))

    def _binop(self, node: ast.BinOp) -> Term:
        if self._is_settled(node):  # ``exponent - 1`` is a number
            return number(evaluate(ast.unparse(node), self.values, self.scope))
        left, right = self.term(node.left), self.term(node.right)
        if isinstance(node.op, ast.Div) and isinstance(node.left, ast.Name):
            return div(left, right)  # the sign of a number stays with it
        return _SIGNS[type(node.op)](left, right)

    def _compare(self, node: ast.Compare) -> Term:
        sign = _RELATIONS[type(node.ops[0])]
        left, right = self.term(node.left), self.term(node.comparators[0])
        return Term(f"{left.text} {sign} {right.text}", RELATION)

    def _ifexp(self, node: ast.IfExp) -> Term:
        return self._choice(node.test, node.body, node.orelse)

    def _call(self, node: ast.Call) -> Term:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        op = self.scope.get(function)
        if not isinstance(op, Op):
            if function == "choose":
                condition, x, y = node.args
                return self._choice(condition, x, y)
            return _CONSTANTS[function]
        settings = {str(k.arg): self.term(k.value) for k in node.keywords}
        return call(op, tuple(map(self.term, node.args)), settings)

    def _choice(self, condition: ast.expr, x: ast.expr, y: ast.expr) -> Term:
        chosen = holds(ast.unparse(condition), self.values, self.scope)
        if chosen is not None:
            return self.term(x if chosen else y)
        first, second, when = self.term(x).text, self.term(y).text, self.term(condition).text
        cases = rf"{first} & \text{{if }} {when} \\ {second} & \text{{otherwise}}"
        return Term(rf"\begin{{cases}} {cases} \end{{cases}}")

    def _is_settled(self, node: ast.AST) -> bool:
        """Whether settings alone decide a number."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return bool(names) and all(n in self.values and n not in self.operands for n in names)
