"""Derivatives of order one to three at every guard that a rule's text names, and an ulp beside it.

The guards are read from the ``choose`` conditions. Each derivative lies between the one-sided
differences of the op's definition, taken with enough digits for the smallest float. Where it is
beyond all floats, what is found isn't finite either.
"""

import re
from itertools import chain
from math import inf, isfinite, nextafter

import pytest
from cases import BUILT_IN, CASES
from mpmath import mp
from oracles import Oracle

from autograd import grad

GUARD = re.compile(r"(?:x|abs\(x\)) *[<>=]=? *([-+.\w]+)")
LARGEST = 1.7976931348623157e308


def guards(oracle: Oracle) -> list[float]:
    """Return the numbers that texts compare x with, both signs, and the floats beside them."""
    op = BUILT_IN[oracle.name]
    texts = " ".join(t for t in (op.function, *op.partials) if isinstance(t, str))
    if op.arity != 1 or "choose" not in texts:
        return []
    named = {word: oracle.settings.get(word, word) for word in GUARD.findall(texts)}
    numbers = [float(v) for w, v in named.items() if w in oracle.settings or w[0].isdigit()]
    signed = chain.from_iterable((v, -v) for v in numbers if isfinite(v))
    beside = chain.from_iterable((nextafter(v, -inf), v, nextafter(v, inf)) for v in signed)
    [(lo, hi)] = op.domain
    return sorted(x for x in set(beside) if lo < x < hi)


def one_sided(oracle: Oracle, x: float, order: int, side: int):
    """Return the difference quotient of an order to one side of x."""
    step = side * mp.mpf(10) ** -40 * (min(1, abs(mp.mpf(x))) if x else 1)
    terms = (
        (-1) ** (order - k) * mp.binomial(order, k) * oracle._at((x + k * step,), oracle.sloping)
        for k in range(order + 1)
    )
    return mp.fsum(terms) / step**order


WITH_GUARDS = [oracle for oracle in CASES if guards(oracle)]


@pytest.mark.parametrize("oracle", WITH_GUARDS, ids=repr)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_at_a_guard_are_those_beside_it(oracle: Oracle, order: int) -> None:
    f = lambda x: BUILT_IN[oracle.name](x, **oracle.settings)  # noqa: E731
    for _ in range(order):
        f = grad(f)
    for x in guards(oracle):
        if x == 0 and oracle.name == "cbrt":
            continue  # vertical there: in test_edges.py
        found = f(x)
        with mp.workdps(1600):
            sides = [one_sided(oracle, mp.mpf(x), order, side) for side in (-1, 1)]
            slack = mp.mpf(10) ** -13 * max(map(abs, sides)) + mp.mpf(10) ** -322
            if min(map(abs, sides)) > LARGEST:
                assert not isfinite(found), (x, found)
                continue
            assert min(sides) - slack <= found <= max(sides) + slack, (x, found)
