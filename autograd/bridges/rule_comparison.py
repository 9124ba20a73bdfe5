"""Every node that another engine recorded, held against this engine's rule for it.

Each node's own pullback is asked, at the numbers of the graph, with a random cotangent. The rule is
run in more digits (``second_rule.py``), and ``compared.py`` says what may be off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from autograd.bridges.compared import Compared, furthest, size_of
from autograd.bridges.second_rule import SecondRule
from autograd.files.console import printable
from autograd.node.node import Node, raw
from autograd.numbers.kinds import quiet
from autograd.numbers.unknown import is_unknown
from autograd.numbers.words import with_article
from autograd.reading.formatting import number
from autograd.reading.sources import placed
from autograd.rules.recorded_op import Recorded
from autograd.walk.order import topological_order

Array: TypeAlias = np.ndarray[Any, Any]
VALUE = -1  # in place of a slot: the result itself
_NONE: Mapping[str, str] = MappingProxyType({})
_UNITS = 2.0**10  # last bits that a value may be off


class Verdict(Enum):
    """What is said of one node."""

    AGREES = "agrees"
    DIFFERS = "differs"
    IMPRECISE = "imprecise"  # the same derivative, but for digits that their formula loses
    CONVENTION = "another convention"  # at a kink, a tie or an edge, or with numbers not finite
    NO_RULE = "no rule"  # of ours
    NOT_COMPARED = "not compared"  # a number isn't known, or our rule doesn't take these operands


@printable
@dataclass(frozen=True)
class Judgement:
    """What is said of one node.

    Attributes
    ----------
    node : Node
        The node, as it was recorded.
    verdict : Verdict
        Whether it agrees with our rule.
    slot : int
        Where it differs most: the operand whose contribution it is; −1 for the result itself.
    at : tuple of int
        The element of that array that is furthest off.
    theirs, ours : float
        The numbers there; ours are computed in more digits.
    why : str
        Why it wasn't compared, or what else to know.
    """

    node: Node
    verdict: Verdict
    slot: int = VALUE
    at: tuple[int, ...] = ()
    theirs: float = 0.0
    ours: float = 0.0
    why: str = ""

    @property
    def off(self) -> float:
        """The relative error, of what our rule says; where that is 0, the error itself."""
        error = abs(self.theirs - self.ours)
        return error / abs(self.ours) if self.ours else error

    @property
    def name(self) -> str:
        """The operation and its place: ``BadGelu in net/layer0, model.py:12``."""
        op = self.node.op
        return placed(op.name if op else self.node.label, self.node.region, self.node.source)

    def __str__(self) -> str:
        if self.verdict not in (Verdict.DIFFERS, Verdict.IMPRECISE, Verdict.CONVENTION):
            return f"{self.name}: {self.verdict.value}" + (f" ({self.why})" if self.why else "")
        what = "its value" if self.slot == VALUE else f"its gradient of operand {self.slot}"
        place = f" at {list(self.at)}" if self.at else ""
        return (
            f"{self.name}: {what}{place} is {number(self.theirs)}, and {number(self.ours)} by our "
            f"rule: {self.why or f'off by {self.off:.2g}'}"
        )


@printable
class Report(Sequence[Judgement]):
    """What is said of every recorded node of a graph, in the order that they were computed in.

    It is true if no node differs from our rule.
    """

    def __init__(self, judgements: Sequence[Judgement], engine: str) -> None:
        self._judgements, self._engine = tuple(judgements), engine

    def __len__(self) -> int:
        return len(self._judgements)

    def __getitem__(self, k: Any) -> Any:
        return self._judgements[k]

    def __bool__(self) -> bool:
        return not self.differences

    @property
    def differences(self) -> list[Judgement]:
        """The nodes that differ from our rule."""
        return self._with(Verdict.DIFFERS)

    @property
    def imprecise(self) -> list[Judgement]:
        """The nodes that have our derivative, with fewer digits than their numbers allow."""
        return self._with(Verdict.IMPRECISE)

    @property
    def conventions(self) -> list[Judgement]:
        """The nodes for which their convention and ours give other numbers here."""
        return self._with(Verdict.CONVENTION)

    def _with(self, verdict: Verdict) -> list[Judgement]:
        return [each for each in self if each.verdict is verdict]

    def __str__(self) -> str:
        agree = len(self._with(Verdict.AGREES)) + len(self.imprecise)
        lines = [f"check: {'PASS' if self else 'FAIL'}"]
        lines += [f"{agree} of {len(self)} operations agree with our rules"]
        lines += [str(each) for each in self.differences]
        lines += [f"imprecise: {each}" for each in self.imprecise]
        lines += [f"another convention: {each}" for each in self.conventions]
        for verdict, said in (
            (Verdict.NO_RULE, f"have no rule here, and are {self._engine}'s alone"),
            (Verdict.NOT_COMPARED, "couldn't be compared"),
        ):
            often = Counter(each.node.op.name for each in self._with(verdict) if each.node.op)
            if often:
                names = ", ".join(f"{name} ({count})" for name, count in often.most_common())
                lines.append(f"{sum(often.values())} {said}: {names}")
        return "\n".join(lines)

    __repr__ = __str__


def compare_with_rules(
    root: Node, engine: str, *, conventions: Mapping[str, str] = _NONE, seed: int = 0
) -> Report:
    """Hold every recorded node of a graph against our rule for it.

    Parameters
    ----------
    root : Node
        The result of a program that a bridge opened.
    engine : str
        Whose program it is, for the report.
    conventions : mapping of str to str
        For operations that do otherwise than ours at a kink or a tie, what they do.
    seed : int
        For the cotangents.

    Returns
    -------
    Report

    Raises
    ------
    TypeError
        If ``root`` isn't a node.
    ValueError
        If nothing in its graph was recorded from another engine.
    """
    if not isinstance(root, Node):
        raise TypeError(f"check needs the node that was opened, got {with_article(root)}")
    nodes = [node for node in topological_order(root) if isinstance(node.op, Recorded)]
    if not nodes:
        raise ValueError("nothing in this graph was recorded from another engine")
    random = np.random.default_rng(seed)
    return Report([judged(node, random, conventions) for node in nodes], engine)


@quiet
def judged(node: Node, random: np.random.Generator, conventions: Mapping[str, str]) -> Judgement:
    """Hold one node against our rule for it."""
    op = node.op
    if not isinstance(op, Recorded) or op.ours is None:
        return Judgement(node, Verdict.NO_RULE)
    if any(map(is_unknown, (node._data, *node.operands))):
        return Judgement(node, Verdict.NOT_COMPARED, why="a number isn't known")
    data = np.asarray(node._data)
    cotangent = random.normal(size=data.shape).astype(data.dtype)
    eps = float(getattr(op.pullback, "eps", 0.0) or np.finfo(data.dtype).eps)
    try:
        rule = SecondRule(node)
        value, exact = rule.value(), rule.pullback(cotangent)
        moved = rule.moved(cotangent, exact, eps)
    except Exception as error:  # ours is a second opinion, and may not know all that theirs does
        return Judgement(node, Verdict.NOT_COMPARED, why=f"our rule: {error}")
    if value.shape != data.shape:
        why = f"its value is of shape {data.shape}, and {value.shape} by our rule"
        return Judgement(node, Verdict.NOT_COMPARED, why=why)
    try:
        theirs = _by_theirs(node, cotangent)
    except Exception as error:  # whatever a foreign rule raises
        return Judgement(node, Verdict.NOT_COMPARED, why=f"its pullback: {error}")
    largest = max(size_of(value), *map(size_of, rule.operands), 0.0)
    found = [_value_judged(node, data, value, eps * largest)]
    for slot, parent in enumerate(node.parents):
        if parent.requires_grad:
            args = theirs[slot], np.asarray(exact[slot], float), moved[slot], size_of(cotangent)
            found.append(_judged(node, slot, Compared(*args, eps), conventions.get(op.name, "")))
    worst = (each for verdict in _WORST_FIRST for each in found if each.verdict is verdict)
    return next(worst)


_WORST_FIRST = (Verdict.DIFFERS, Verdict.IMPRECISE, Verdict.CONVENTION, Verdict.AGREES)


def _by_theirs(node: Node, cotangent: Array) -> list[Array]:
    """Return the contributions of the node's own pullback, each of its operand's shape."""
    from_them: Any = node.op
    given = cotangent if node._rank else cotangent.item()
    passed = from_them.vjp(given, *node.operands, node._data)
    pairs = zip(node.parents, passed, strict=True)
    return [np.asarray(raw(parent._unbroadcast(each)), float) for parent, each in pairs]


def _value_judged(node: Node, data: Array, value: Array, unit: float) -> Judgement:
    """Judge a result by what rounding makes of a sum of numbers as large as its operands."""
    theirs, ours = np.asarray(data, float), np.asarray(value, float)
    off = np.abs(theirs - ours)
    if np.all((off <= _UNITS * unit) | ~np.isfinite(off)):
        return Judgement(node, Verdict.AGREES)
    at = furthest(np.nan_to_num(off, nan=0.0, posinf=0.0))
    return Judgement(node, Verdict.DIFFERS, VALUE, at, float(theirs[at]), float(ours[at]))


def _judged(node: Node, slot: int, one: Compared, convention: str) -> Judgement:
    """Judge what is passed to one operand.

    Numbers that aren't finite are a matter of convention: a zero cotangent passes nothing on, by
    our rule. Not so in a gradient that a user wrote.
    """
    from_them: Any = node.op
    excused = one.strange & (not getattr(from_them.pullback, "is_users", False))
    off = ~one.agrees & ~excused
    verdict, why = Verdict.DIFFERS, ""
    if not off.any():
        if one.agrees.all():
            return Judgement(node, Verdict.AGREES, slot)
        off, verdict, why = excused, Verdict.CONVENTION, "where a number isn't finite"
    elif convention:
        verdict, why = Verdict.CONVENTION, convention
    elif not (one.strange & off).any() and one.is_rounding(off):
        verdict = Verdict.IMPRECISE
        if not (off := one.lost(off)).any():
            return Judgement(node, Verdict.AGREES, slot)
    at = furthest(np.where(off, np.nan_to_num(one.off, nan=np.inf), -1.0))
    return Judgement(node, verdict, slot, at, float(one.theirs[at]), float(one.exact[at]), why)
