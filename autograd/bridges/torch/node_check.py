"""One node's pullback beside a second rule, or beside differences of its forward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch

from autograd.bridges.compared import ROUNDINGS, Compared, furthest, size_of
from autograd.bridges.second_rule import SecondRule
from autograd.bridges.torch.aten_differences import Difference, where_unlike
from autograd.bridges.torch.aten_ops import difference_of, every_tensor, unlike
from autograd.bridges.torch.aten_rules import NoRule
from autograd.bridges.torch.check_report import (
    CONVENTION,
    IMPRECISE,
    UNCHECKED,
    VALUE,
    WRONG,
    Finding,
)
from autograd.bridges.torch.forward_differences import CantRun, Forward
from autograd.node.node import Node
from autograd.numbers.kinds import Array

RULE, DIFFERENCES = "our rule", "differences of its forward"
_FLOOR = 2.0**-40  # a share of the terms that are added up along a direction
_SINGLE = float(np.finfo(np.float32).eps)
_UNITS = 64  # elements that are looked at one by one, beside a kink
_DIRECTIONS = 2
_INFINITE = "0·∞ or a number that isn't finite: a zero cotangent passes nothing on, by our rule"


@dataclass
class NodeCheck:
    """The comparison of one node: what was found, and by which reference.

    ``cotangent`` is what the node gets in the user's own backward pass; beside it a random one is
    passed back.
    """

    node: Node
    cotangent: Array | None
    findings: list[Finding] = field(default_factory=list)
    reference: str = ""

    def run(self) -> NodeCheck:
        """Compare with our rule; without one, with differences."""
        of: Any = self.node.op
        why = "there is no rule of ours"
        if of.ours is not None:
            try:
                return self._by_rule(SecondRule(self.node))
            except NoRule as refused:
                why = f"there is no rule of ours: {refused}"
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                why = f"our rule doesn't compute with these operands: {error}"
        try:
            return self._by_differences(Forward(self.node))
        except CantRun as error:
            self._add(Finding(UNCHECKED, self.node, why=f"{why}, and {error}"))
            return self

    def _add(self, finding: Finding) -> None:
        """Keep the first finding of a kind about an operand: two cotangents show the same twice."""
        if all((f.kind, f.operand) != (finding.kind, finding.operand) for f in self.findings):
            self.findings.append(finding)

    def _cotangents(self) -> Iterator[Array]:
        """Yield the cotangents to compare with: a random one, and the user's own."""
        rng = np.random.default_rng(0)
        dtype = np.asarray(self.node._data).dtype
        yield rng.standard_normal(np.shape(self.node._data)).astype(dtype)
        if self.cotangent is not None and np.any(self.cotangent):
            yield np.asarray(self.cotangent)

    @property
    def _eps(self) -> float:
        """The last bit of the dtype that torch computes in, which may be one that NumPy hasn't."""
        of: Any = self.node.op
        dtype = of.pullback.grad_fn._input_metadata[of.pullback.output_nr].dtype
        return float(torch.finfo(dtype).eps)

    def _eps_for(self, k: int) -> float:
        """The last bit of what is passed to operand ``k``, which may be of a narrower dtype."""
        of: Any = self.node.op
        slot, following = of.pullback.slots[k], of.pullback.grad_fn.next_functions
        if slot is None or slot >= len(following) or following[slot][0] is None:
            return self._eps
        variable, output_nr = following[slot]
        dtype = variable._input_metadata[output_nr].dtype
        return max(self._eps, float(torch.finfo(dtype).eps))

    # Beside our rule -----------------------------------------------------------------------------

    def _by_rule(self, rule: SecondRule) -> NodeCheck:
        of: Any = self.node.op
        if not self._same_value(rule):
            return self._by_differences(Forward(self.node))
        self.reference = RULE
        operation, plain = of.pullback.operation, of.pullback.plain
        tensors = every_tensor([p._data for p in self.node.parents], plain)
        found, mask = None, np.array(False)
        if operation.view is None:
            found, mask = unlike(operation.func, operation.args, operation.kwargs, tensors)
        for cotangent in self._cotangents():
            theirs, exact = of.pullback(cotangent), rule.pullback(cotangent)
            moved = rule.moved(cotangent, exact, self._eps)
            for k, parent in enumerate(self.node.parents):
                if parent.requires_grad:
                    zero = np.zeros(np.shape(parent._data))
                    one = Compared(
                        zero if theirs[k] is None else np.asarray(theirs[k], float),
                        np.asarray(exact[k], float),
                        moved[k],
                        float(np.max(np.abs(cotangent), initial=0.0)),
                        self._eps_for(k),
                    )
                    self._judge(k, one, found, where_unlike(mask, zero.shape))
        return self

    def _same_value(self, rule: SecondRule) -> bool:
        """Whether our value is torch's; a difference that is more than rounding is noted."""
        theirs, ours = np.asarray(self.node._data, float), np.asarray(rule.value(), float)
        if theirs.shape != ours.shape:
            raise NoRule("our rule gives another shape")
        size = np.max(np.abs(ours[np.isfinite(ours)]), initial=0.0)
        size = max(size, *(size_of(x) for x in rule.operands)) if rule.operands else size
        with np.errstate(all="ignore"):
            off = np.abs(theirs - ours)
        near = (off <= 2**10 * self._eps * size) | (theirs == ours)
        near |= ~np.isfinite(theirs) | ~np.isfinite(ours)
        if near.all():
            return True
        at = furthest(np.where(near, 0, off))
        self._add(
            Finding(VALUE, self.node, None, at, float(theirs[at]), float(ours[at]), "our ops")
        )
        return False

    def _judge(self, k: int, one: Compared, known: Difference | None, unlike: Array) -> None:
        """Add what a comparison of the contributions to operand ``k`` found."""
        if one.agrees.all():
            return
        elsewhere = ~one.agrees & ~unlike
        if known is not None and not elsewhere.any():
            why = f"{known.torch}; {known.ours}"
            self._add(self._finding(CONVENTION, k, one, ~one.agrees, why))
        elif not (one.strange | one.agrees | unlike).all():
            self._judge_numbers(k, one, elsewhere & ~one.strange)
        else:
            self._add(self._finding(CONVENTION, k, one, one.strange, _INFINITE))

    def _judge_numbers(self, k: int, one: Compared, off: Array) -> None:
        if not one.is_rounding(off):
            why = self._arbitrated(k, one, off)
            self._add(self._finding(WRONG, k, one, off, why))
        elif one.lost(off).any():
            self._add(self._finding(IMPRECISE, k, one, one.lost(off)))

    def _arbitrated(self, k: int, one: Compared, off: Array) -> str:
        """Say which of two rules differences of torch's forward confirm."""
        at = furthest(np.where(off, np.abs(one.theirs - one.exact), 0))
        try:
            forward = Forward(self.node)
            v = np.zeros(np.shape(one.exact))
            v[at] = np.where(forward.operands[k][at] == 0, 1, abs(forward.operands[k][at]))
            g = next(self._cotangents())
            of: Any = self.node.op
            found, error = forward.derivative(g, k, v)
            mine = float(np.sum(SecondRule(self.node).pullback(g)[k] * v))
            theirs = float(np.sum(np.asarray(of.pullback(g)[k], float) * v))
        except (CantRun, TypeError):
            return ""
        allowed = error + 1e-7 * max(abs(mine), abs(theirs))
        agree = [abs(x - found) <= allowed for x in (theirs, mine)]
        if agree == [False, True]:
            return "differences of its forward say what our rule says"
        if agree == [True, False]:
            return "differences of its forward say what torch says: our rule is at fault"
        return ""

    def _finding(self, kind: str, k: int, one: Compared, where: Array, why: str = "") -> Finding:
        with np.errstate(all="ignore"):
            off = np.nan_to_num(np.abs(one.theirs - one.exact), nan=np.inf)
            size = np.abs(one.exact) if kind == IMPRECISE else 1.0
            at = furthest(np.where(where, off / np.where(size == 0, 1, size), -1))
        numbers = float(one.theirs[at]), float(one.exact[at])
        return Finding(kind, self.node, k, at, *numbers, f"{RULE} says", why)

    # Beside differences --------------------------------------------------------------------------

    def _by_differences(self, forward: Forward) -> NodeCheck:
        rng = np.random.default_rng(0)
        seen = False
        for claim in self._claims(forward):
            for _ in range(_DIRECTIONS):
                v = forward.direction(claim.operand, rng)
                differs = claim.differs(forward, v)
                if differs is None:  # at a kink, perhaps of one element
                    differs, v = claim.differs_anywhere(forward)
                seen |= differs is not None
                if differs:
                    self._add(self._located(forward, claim, v))
                    break
        self.reference = DIFFERENCES if seen else ""
        if not seen:
            why = "differences of its forward can't tell: it is at a kink, or isn't smooth here"
            self._add(Finding(UNCHECKED, self.node, why=why))
        return self

    def _claims(self, forward: Forward) -> Iterator[_Claim]:
        """Yield what torch passes to each operand; of half a precision, also as float64 has it."""
        of: Any = self.node.op
        cotangent = next(self._cotangents())
        passed, again = of.pullback(cotangent), None
        for k, parent in enumerate(self.node.parents):
            if not parent.requires_grad or not np.size(parent._data):
                continue
            eps, zero = self._eps_for(k), np.zeros(np.shape(parent._data))
            theirs = zero if passed[k] is None else np.asarray(passed[k])
            if forward.is_symmetric:  # as is what moves
                theirs = (theirs + np.swapaxes(theirs, -1, -2)) / 2
            yield _Claim(cotangent, k, theirs, eps)
            if eps > _SINGLE:
                again = forward.pullback_in_float64(cotangent) if again is None else again
                if again is not None:
                    one = again[k]
                    one = zero if one is None else one
                    yield _Claim(cotangent, k, one, _SINGLE, "both computed in float64")

    def _located(self, forward: Forward, claim: _Claim, v: Array) -> Finding:
        """Return the finding with an element that is off, found by halving."""
        places = np.flatnonzero(v)
        while len(places) > 1:
            halves = np.array_split(places, 2)
            off = (half for half in halves if claim.differs(forward, _only(v, half)))
            half = next(off, None)
            if half is None:
                break  # the parts are lost in the noise
            places = half
        at = tuple(int(i) for i in np.unravel_index(places[0], v.shape)) if places.size else ()
        step, k = _only(v, places[:1]), claim.operand
        exact = forward.derivative(claim.cotangent, k, step)[0] / float(v[at])
        func = forward.pullback.operation.func
        known = None if func is None else difference_of(func)
        why = claim.how if known is None else f"{known.torch}; {known.ours}"
        kind = WRONG if known is None else CONVENTION
        numbers = float(claim.passed[at]), exact
        return Finding(kind, self.node, k, at, *numbers, f"{DIFFERENCES} say", why)


@dataclass
class _Claim:
    """What torch passes to an operand, beside differences."""

    cotangent: Array
    operand: int
    passed: Array
    eps: float  # the last bit of what it was computed in
    how: str = ""

    def differs(self, forward: Forward, v: Array) -> bool | None:
        """Whether it isn't the derivative along v; None where that can't be told."""
        found, error = forward.derivative(self.cotangent, self.operand, v)
        parts = np.asarray(self.passed, float) * v
        claimed, size = float(np.sum(parts)), float(np.sum(np.abs(parts)))
        if not np.isfinite(claimed):
            return True
        if not np.isfinite(error):
            return None
        return not abs(found - claimed) <= error + (_FLOOR + ROUNDINGS * self.eps) * size

    def differs_anywhere(self, forward: Forward) -> tuple[bool | None, Array]:
        """Do the same for one element after the other; return the direction of one that differs."""
        told, v = None, np.zeros(self.passed.shape)
        for v in _units(forward, self.operand):
            differs = self.differs(forward, v)
            if differs:
                return True, v
            told = told if differs is None else differs
        return told, v


def _only(v: Array, places: Array) -> Array:
    """Return a direction in which only the elements at some places move."""
    found = np.zeros(v.size)
    found[places] = v.ravel()[places]
    return found.reshape(v.shape)


def _units(forward: Forward, k: int) -> Iterator[Array]:
    """Yield the directions in which one element of an operand moves by its own size."""
    x = forward.operands[k]
    for at in islice(np.ndindex(x.shape), _UNITS):
        v = np.zeros(x.shape)
        v[at] = abs(x[at]) or 1.0
        yield v
