"""Checks of the pullbacks of structural ops: node by node, in more digits than floats have.

A linear op is its own derivative, so its pullback must be its transpose: ⟨g, A v⟩ = ⟨Aᵀ g, v⟩ for
any g and v. On whole numbers, as Fractions, that is decided exactly. Any other op is differentiated
along v by differences in NumPy's extended precision, where the platform has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import inf, prod
from typing import Any

import numpy as np

from autograd.check import numerical
from autograd.check.cancelling import loses_digits
from autograd.check.precise import difference
from autograd.check.report import Blame
from autograd.node.node import Node
from autograd.rules.op import Structural
from autograd.values.unbroadcasting import undo_broadcasting
from autograd.walk.reverse import rows_of

_MARGIN = 16.0  # how many times the estimated error a difference may be off
_FLOOR = 2.0**-40  # and a share of the terms that are added up
_DIGITS = 60
_ROUNDED = 1e-15  # a share of the terms that constants in floats may be off, in many digits
_ALIKE = 1e-9  # how exactly a ratio has to be what a hint says
_LOOKED_AT = 256  # elements, when the wrong one is looked for


def wrong_pullback(node: Node) -> Blame | None:
    """Return what is wrong with the pullback of a structural op at one node, if anything is."""
    op = node.op
    if not isinstance(op, Structural):
        return None
    try:
        with np.errstate(all="ignore"):
            local = _LinearCheck(node) if op.linear else _CurvedCheck(node)
            for k, operand in enumerate(local.operands):
                differs = np.size(operand) and local.differ(k, local.direction(k))
                if differs and (op.linear or _differs_precisely(node, k)):
                    return _located(local, k)
            return loses_digits(node)
    except Exception:  # the function doesn't compute with such numbers, whatever it raises then
        return None


def _differs_precisely(node: Node, k: int) -> bool:
    """Whether it is no rounding: also true where the op doesn't compute with mpmath's numbers."""
    try:
        from mpmath import mp
    except ImportError:
        return True
    try:
        with mp.workdps(_DIGITS):
            local = _PreciseCheck(node)
            return local.differ(k, local.direction(k))
    except Exception:  # whatever a rule does to numbers that it isn't made for
        return True


class _LocalCheck:
    """A node's op at operands of its own, and its pullback's contributions for a cotangent g."""

    def __init__(self, node: Node, operands: list[Any]) -> None:
        self.node = node
        op: Any = node.op
        self.op = op
        self.settings = node.params or {}
        self.operands = operands
        self.rng = np.random.default_rng(0)
        z = self.value(operands)
        self.g = self.whole(z)
        passed = op.vjp(self.g, *self._arguments(operands), z, **self.settings)
        flat = [each for row in passed for each in row] if op.rows else passed
        self.contributions = [_fitted(each, x) for each, x in zip(flat, operands, strict=True)]

    def _arguments(self, operands: list[Any]) -> Any:
        return rows_of(self.node, operands) if self.op.rows else operands

    def value(self, operands: list[Any]) -> Any:
        z = self.op.function(*self._arguments(operands), **self.settings)
        return np.asarray(z) if self.node._rank else z

    def whole(self, like: Any) -> Any:
        """Return whole numbers, none of them zero: one, or an array of the shape of ``like``."""
        shape = np.shape(like)
        found = self.rng.integers(1, 40, shape) * self.rng.choice([-1, 1], shape)
        if not isinstance(like, np.ndarray):
            return self.number(int(found))
        return np.array(self.number(found))

    def number(self, whole: Any) -> Any:
        raise NotImplementedError

    def direction(self, k: int) -> Any:
        raise NotImplementedError

    def derivative(self, k: int, v: Any) -> tuple[Any, float]:
        """Return the derivative of ⟨g, z⟩ along v in operand k, and how far off it may be."""
        raise NotImplementedError

    def claimed(self, k: int, v: Any) -> Any:
        return np.sum(self.contributions[k] * v)

    def differ(self, k: int, v: Any) -> bool:
        exact, error = self.derivative(k, v)
        off = abs(self.claimed(k, v) - exact)
        return error != np.inf and not off <= error

    def units(self, k: int) -> Iterator[tuple[tuple[int, ...], Any]]:
        """Yield an index of operand k, and the direction of that element alone."""
        v = self.direction(k)
        if not np.ndim(v):
            yield (), v
            return
        for index in islice(np.ndindex(v.shape), _LOOKED_AT):
            only = np.zeros_like(v)
            only[index] = v[index]
            yield index, only


class _LinearCheck(_LocalCheck):
    """An exact check: the op is its own derivative, and Fractions don't round."""

    def __init__(self, node: Node) -> None:
        self.rng = np.random.default_rng(1)
        super().__init__(node, [self.whole(x) for x in node.operands])

    def number(self, whole: Any) -> Any:
        return np.frompyfunc(lambda n: Fraction(int(n)), 1, 1)(whole)

    def direction(self, k: int) -> Any:
        return self.whole(self.operands[k])

    def derivative(self, k: int, v: Any) -> tuple[Any, float]:
        zeros = [x * 0 for x in self.operands]
        zeros[k] = v
        exact = np.sum(self.g * self.value(zeros))
        rounded = isinstance(exact, float) and not exact.is_integer()
        return exact, _FLOOR * float(np.sum(abs(self.contributions[k] * v))) if rounded else 0.0


class _CurvedCheck(_LocalCheck):
    """A check of an op that isn't linear, by differences in extended precision."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, [np.longdouble(x) for x in node.operands])
        if not all(np.all(np.isfinite(x)) for x in self.operands):
            raise ValueError("infinite")

    def number(self, whole: Any) -> Any:
        return np.asarray(whole, np.longdouble)[()]

    def direction(self, k: int) -> Any:
        x = self.operands[k]
        size = np.where(x == 0, 1, abs(x))
        return size * self.rng.uniform(0.5, 1, np.shape(x)) * self.rng.choice([-1, 1], np.shape(x))

    def derivative(self, k: int, v: Any) -> tuple[Any, float]:
        def along(t: Any) -> Any:
            moved = list(self.operands)
            moved[k] = moved[k] + t * v
            return np.ravel(self.g * self.value(moved))

        one, other = (
            by(along, 0.0) for by in (numerical.by_differences, numerical.by_other_differences)
        )
        error = _MARGIN * float(np.sum(one.error + other.error))
        unsure = abs(np.sum(one.found - other.found)) > error or np.any(
            numerical.has_kink(along, 0.0)
        )
        if unsure or not np.isfinite(error):
            return self.claimed(k, v), np.inf  # no verdict
        return np.sum(one.found), error + _FLOOR * float(np.sum(abs(self.contributions[k] * v)))


class _PreciseCheck(_LocalCheck):
    """A check of an op that isn't linear, in so many digits that rounding plays no part."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, [self.precise(x) for x in node.operands])

    @staticmethod
    def precise(x: Any) -> Any:
        from mpmath import mp

        found = np.frompyfunc(lambda y: mp.mpf(float(y)), 1, 1)(x)
        return np.array(found) if isinstance(x, np.ndarray) else found

    def number(self, whole: Any) -> Any:
        return self.precise(whole)

    def direction(self, k: int) -> Any:
        x = np.asarray(self.node.operands[k], float)
        size = np.where(x == 0, 1, abs(x)) * self.rng.choice([-1, 1], np.shape(x))
        return self.precise(size)

    def derivative(self, k: int, v: Any) -> tuple[Any, float]:
        def along(t: Any) -> Any:
            moved = list(self.operands)
            moved[k] = moved[k] + t * v
            return np.sum(self.g * self.value(moved))

        exact = difference(along, 0, _DIGITS)
        return exact, float(_ROUNDED * np.sum(abs(self.contributions[k] * v)))


def _fitted(contribution: Any, x: Any) -> Any:
    """Return a contribution in the shape of its operand, as the walk makes it."""
    if not np.ndim(x):
        return np.sum(contribution)
    return undo_broadcasting(np.asarray(contribution), np.shape(x))


def _located(local: _LocalCheck, k: int) -> Blame:
    """Return the blame, with the element that is furthest off and what the numbers suggest."""
    found, exact = {}, {}
    for index, v in local.units(k):
        size = np.sum(v)
        found[index] = float(local.claimed(k, v) / size)
        exact[index] = float(local.derivative(k, v)[0] / size)
    worst = max(found, key=lambda index: np.nan_to_num(abs(found[index] - exact[index]), nan=inf))
    if not any(found.values()):
        hint = ": nothing is passed on"
    elif np.allclose(sorted(found.values()), sorted(exact.values()), rtol=1e-12):
        hint = ": the numbers are right and in wrong places; are axes, or an index, mixed up?"
    else:
        hint = _hint(found[worst], exact[worst], np.shape(local.operands[k]))
    numbers = found[worst], exact[worst]
    return Blame(local.op.name, k, (), *numbers, hint, local.node, worst)


def _hint(found: float, exact: float, shape: tuple[int, ...]) -> str:
    ratio = found / exact if exact else 0.0
    if np.isclose(ratio, -1, rtol=_ALIKE):
        return ": is a sign wrong?"
    for n in sorted({prod(shape), *shape} - {0, 1}):
        if np.isclose(ratio, n, rtol=_ALIKE):
            return f" = {n}, a length of the operand: is a division by it missing?"
        if np.isclose(ratio * n, 1, rtol=_ALIKE):
            return f" = 1/{n}, a length of the operand: is a division by it too many?"
    if abs(ratio - 1) < 1e-3:
        return ": nearly right; has a constant too few digits, or a term been left out?"
    return ""
