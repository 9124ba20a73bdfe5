"""Estimates of the rounding error of a gradient, from the rounding of its own steps."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from autograd.check import blame, numerical
from autograd.check.call import Call
from autograd.check.precise import to_mpf
from autograd.check.report import FRACTIONS, MPMATH, Comparison, Inconclusive
from autograd.node.node import Node
from autograd.transforms.pytree import leaves, map_leaves
from autograd.values.value import Value
from autograd.walk.order import topological_order
from autograd.walk.reverse import accumulate

USELESS = 1e-3  # a tolerance this large beside the derivative tells nothing
OF_TERMS = 2.0**-46  # how far a float may be off, beside the sizes of the terms of a derivative
_SPREAD = 4.0  # how many times the spread of coarser roundings floats may be off
_NOISES = 16.0  # how many standard deviations of its noise a gradient in floats may be off
_BITS = (53, 52, 51, 50, 49, 48)  # as many as a float has, and fewer
SQUARABLE = 1e145  # ops may square a number on the way
_LOWEST, _HIGHEST = 1e-290, 1e290  # beyond, floats lose digits or overflow
EXTREMES = "numbers inside overflow or underflow: floats can't tell here"


def asked(one: Comparison, rtol: float) -> float:
    """Return the part of a tolerance that ``rtol`` asks for."""
    return rtol * abs(one.numeric) if rtol and abs(one.numeric) < np.inf else 0.0


class Rounding:
    """The rounding of the derivatives that a call is checked for."""

    def __init__(self, call: Call, rtol: float) -> None:
        self.call, self.rtol = call, rtol

    def explains(self, j: int, row: int, one: Comparison) -> bool:
        """Whether rounding explains a difference; Inconclusive if it leaves nothing to compare."""
        if self.call.claim is None and self.call.real and one.reference in (FRACTIONS, MPMATH):
            return self._within_spread(j, row, one)
        allowed = _NOISES * float(self._noise[row, j]) + one.tolerance
        unsure = allowed - asked(one, self.rtol)
        if unsure > USELESS * max(abs(one.analytic), abs(one.numeric)):
            raise Inconclusive(
                f"rounding moves the gradient by {one.argument} by about {unsure:.3g}, and it "
                f"is {one.analytic!r}: floats can't tell here"
            )
        return one.difference <= allowed

    def explains_at_kink(self, j: int, one: Comparison) -> bool:
        """Do the same where no reference vouches for the engine: it moves by itself."""
        found = self._coarsely(j, 0)
        if one.difference <= _SPREAD * float(max(found) - min(found)):
            return True
        self._refuse_out_of_range()
        return False

    def _within_spread(self, j: int, row: int, one: Comparison) -> bool:
        """Run the engine with a few bits less than a float has: how far does that move it?"""
        spread = float(max(abs(g - one.numeric) for g in self._coarsely(j, row)))
        if one.difference <= _SPREAD * spread or one.difference <= OF_TERMS * self._terms(j):
            return True
        self._refuse_out_of_range()
        return False

    def _coarsely(self, j: int, row: int) -> list[Any]:
        from mpmath import mp

        found = []
        for bits in _BITS:
            with mp.workprec(bits):
                found.append(self.call.gradient_in_kind(row, to_mpf, bits)[j])
        return found

    def _terms(self, j: int) -> float:
        """Return the sizes of the terms that make a derivative, added up."""
        try:
            return float(blame.by_convention(self.call.of_leaves, self.call.flat, j)[1])
        except ArithmeticError:
            return 0.0

    @cached_property
    def _noise(self) -> Any:
        """The rounding error of every derivative, measured at inputs beside these."""
        rng = np.random.default_rng(0)
        ways = [np.abs(x) * rng.uniform(0.5, 1.0, np.shape(x)) for x in self.call.flat]

        def moved(t: float) -> Any:
            flat = [x + t * way for x, way in zip(self.call.flat, ways, strict=True)]
            return self.call.at(flat).jacobian

        return (
            numerical.steady_noise(moved, True)
            if self.call.rounds_inputs
            else numerical.noise(moved)
        )

    def _refuse_out_of_range(self) -> None:
        """Raise Inconclusive if a number, forward or backward, isn't what floats can hold.

        It is about to over- or underflow; or floats come out elsewhere, as behind a branch cut.
        """
        from mpmath import mp

        floats = blame.graph_of(self.call.f, map_leaves(lambda _, x: Value(x), self.call.inputs))
        with mp.workdps(30):
            inputs = map_leaves(lambda _, x: Value(to_mpf(x)), self.call.inputs)
            nodes = blame.graph_of(self.call.f, inputs)
            found = accumulate(nodes, {nodes[-1]: mp.mpf(1)}) if nodes else {}
            numbers = [*(x._data for x in (*nodes, *leaves(inputs))), *found.values()]
            if any(n and n == n and not _LOWEST < abs(n) < _HIGHEST for n in numbers):
                raise Inconclusive(EXTREMES)
            for one, other in zip(floats, nodes, strict=False):
                if abs(one._data - other._data) > USELESS * abs(other._data):
                    raise Inconclusive(
                        f"a result inside is {one._data!r} in floats and {float(other._data)!r} "
                        "with more digits: they are on two sides of a jump (mpmath has no -0.0), "
                        "or all digits are lost"
                    )


def refuse_extremes(root: Node, moved: float) -> None:
    """Raise Inconclusive if differences in a graph of arrays can't tell, though no rule is wrong.

    Numbers may over- or underflow in an op; or what the gradient is said to be off, times the
    size of the input, may be lost when it is added to a number inside.
    """
    sizes = [np.abs(np.asarray(node._data, dtype=complex)) for node in topological_order(root)]
    if any(np.any(~(y < SQUARABLE) | ((y > 0) & (y < 1 / SQUARABLE))) for y in sizes):
        raise Inconclusive(EXTREMES)
    if moved <= np.finfo(float).eps * max(np.max(y, initial=0.0) for y in sizes):
        raise Inconclusive("so small a change is lost in the rounding of the numbers inside")
