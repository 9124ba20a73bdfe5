"""Every elementwise op and partial, in Chromium against CPython.

At stratified points and at every edge value, the page is within 4 ulp of what Python computes; or
within the op's own budget of the exact result, as Python is: `budgets.py` names the ops that have
more.
"""

import math
from itertools import product
from typing import Any

import pytest
from budgets import budget
from cases import BUILT_IN, each_op
from mpmath import mp
from oracles import Oracle, UndefinedError
from points import LARGEST, SMALLEST, SMALLEST_NORMAL, Point, stratified

from autograd.check.ulp import ulps
from autograd.living.javascript import Script
from autograd.living.terms import literal
from autograd.rules.compiling import OPERANDS

pytestmark = pytest.mark.browser

_SIZES = (
    0.0, SMALLEST, 1e-310, SMALLEST_NORMAL, 1e-300, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 710.0, 746.0,
    1e300, LARGEST, math.inf,
)  # fmt: skip
EDGES = (math.nan, *(s * size for s in (1.0, -1.0) for size in _SIZES))
MOST_ULPS = 4


@pytest.mark.slow
@each_op
def test_the_page_computes_what_python_does(oracle: Oracle, evaluate: Any) -> None:
    op = BUILT_IN[oracle.name]
    points = list(dict.fromkeys([*stratified(op, oracle), *product(EDGES, repeat=op.arity)]))
    script = Script()
    names = {x: x for x in (*OPERANDS[: op.arity], "z")}
    rule = script.rule(op, names, oracle.settings)
    partials = [p if isinstance(p, str) else literal(p).text for p in rule.partials]
    array = f"rows.map(([{', '.join(OPERANDS[: op.arity])}]) => {{ const z = {rule.function};"
    array += f" return [z, {', '.join(partials)}]; }})"
    found = evaluate(script.source(), array, points)
    missed = []
    for n, point in enumerate(points):
        of_point = found[n * (1 + op.arity) :]
        expected = [op(*point, **oracle.settings)]
        expected += [op.partial(k, *point, **oracle.settings) for k in range(op.arity)]
        if op.compares and expected[0] != expected[0]:
            expected = expected[:1]  # the slope is nan there, whatever the rule: see chain_rule.py
        for k, (number, python) in enumerate(zip(of_point, expected, strict=False)):
            if not _agree(number, python) and not _exact_enough(oracle, k - 1, point, number):
                missed.append(f"{point}, {'z' if not k else f'∂{k - 1}'}: {number!r}, {python!r}")
    assert missed == []


def _agree(number: float, python: float) -> bool:
    if number == python:
        return math.copysign(1, number) == math.copysign(1, python)
    if number != number or python != python:
        return number != number and python != python
    return math.isfinite(python) and ulps(number, mp.mpf(python)) <= MOST_ULPS


def _exact_enough(oracle: Oracle, k: int, point: Point, number: float) -> bool:
    if not all(map(math.isfinite, point)):
        return False
    try:
        exact = oracle.value(*point) if k < 0 else oracle.derivative(k, *point)
    except UndefinedError:
        return False
    return ulps(number, exact) <= budget(oracle, k if k >= 0 else None, point, exact)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_built_in_op_can_live_in_a_page(name: str) -> None:
    op = BUILT_IN[name]
    names = {x: x for x in (*OPERANDS[: op.arity], "z", *op.settings)}
    script = Script()
    rule = script.rule(op, names, {})
    assert rule.function
    assert len(rule.partials) == op.arity
    assert "undefined" not in script.source()
