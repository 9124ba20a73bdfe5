"""Every node that another engine recorded, held against this engine's rule for it.

It asks each node's own pullback, at the numbers of the graph, with a random cotangent. A bridge
says ``check`` and adds to the report what it alone can know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import numpy as np

from autograd.files.console import printable
from autograd.node.node import Node
from autograd.numbers.kinds import quiet
from autograd.numbers.unknown import is_unknown
from autograd.reading.formatting import number
from autograd.reading.sources import source_name
from autograd.rules.recorded_op import Recorded
from autograd.values.tensor import Tensor
from autograd.walk.order import topological_order
from autograd.walk.reverse import cotangents

Array: TypeAlias = np.ndarray[Any, Any]
VALUE = -1  # in place of a slot: the result itself


class Verdict(Enum):
    """What is said of one node."""

    AGREES = "agrees"
    DIFFERS = "differs"
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
        The element of that array.
    theirs, ours : float
        The numbers there.
    why : str
        Why it wasn't compared.
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
        """The relative error, of what our rule says; inf where either number isn't finite."""
        error = abs(self.theirs - self.ours)
        return error / max(abs(self.ours), 1e-300) if np.isfinite(error) else np.inf

    @property
    def name(self) -> str:
        """The operation and its place: ``BadGelu in net/layer0, model.py:12``."""
        op, region, source = self.node.op, self.node.region, self.node.source
        place = (f" in {region}" if region else "") + (f", {source_name(source)}" if source else "")
        return f"{op.name if op else self.node.label}{place}"

    def __str__(self) -> str:
        if self.verdict is not Verdict.DIFFERS:
            return f"{self.name}: {self.verdict.value}" + (f" ({self.why})" if self.why else "")
        what = "its value" if self.slot == VALUE else f"its gradient of operand {self.slot}"
        place = f" at {list(self.at)}" if self.at else ""
        return (
            f"{self.name}: {what}{place} is {number(self.theirs)}, and {number(self.ours)} by our "
            f"rule: off by {self.off:.2g}"
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

    def _with(self, verdict: Verdict) -> list[Judgement]:
        return [each for each in self if each.verdict is verdict]

    def __str__(self) -> str:
        agree = len(self._with(Verdict.AGREES))
        lines = [f"{agree} of {len(self)} operations agree with our rules"]
        lines += [str(each) for each in self.differences]
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


def compare_with_rules(root: Node, engine: str, *, seed: int = 0) -> Report:
    """Hold every recorded node of a graph against our rule for it.

    Parameters
    ----------
    root : Node
        The result of a program that a bridge opened.
    engine : str
        Whose program it is, for the report.
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
        raise TypeError(f"check needs the node that was opened, got {type(root).__name__}")
    nodes = [node for node in topological_order(root) if isinstance(node.op, Recorded)]
    if not nodes:
        raise ValueError("nothing in this graph was recorded from another engine")
    random = np.random.default_rng(seed)
    return Report([judged(node, random) for node in nodes], engine)


@quiet
def judged(node: Node, random: np.random.Generator) -> Judgement:
    """Hold one node against our rule for it."""
    op = node.op
    if not isinstance(op, Recorded) or op.ours is None:
        return Judgement(node, Verdict.NO_RULE)
    if any(map(is_unknown, (node._data, *node.operands))):
        return Judgement(node, Verdict.NOT_COMPARED, why="a number isn't known")
    data = np.asarray(node._data)
    cotangent = random.normal(size=data.shape).astype(data.dtype)
    try:
        wide, narrow = (_by_our_rule(node, cotangent, dtype) for dtype in (np.float64, None))
    except Exception as error:  # ours is a second opinion, and may not know all that theirs does
        return Judgement(node, Verdict.NOT_COMPARED, why=f"our rule: {error}")
    theirs = dict(enumerate(_by_theirs(node, cotangent))) | {VALUE: data}
    found = [
        _difference(node, slot, theirs[slot], ours, narrow[slot]) for slot, ours in wide.items()
    ]
    worst = max(filter(None, found), key=lambda each: each.off, default=None)
    return worst or Judgement(node, Verdict.AGREES)


def _by_theirs(node: Node, cotangent: Array) -> Iterator[Array]:
    """Yield what the node's own pullback passes to each operand, of its shape."""
    from_them: Any = node.op
    given = cotangent if node._rank else cotangent.item()
    passed = from_them.vjp(given, *node.operands, node._data)
    for parent, each in zip(node.parents, passed, strict=True):
        yield np.asarray(parent._unbroadcast(each))


def _by_our_rule(node: Node, cotangent: Array, dtype: Any) -> dict[int, Array]:
    """Return the value and the contributions by our rule, computed in a dtype."""
    ours: Any = node.op.ours if isinstance(node.op, Recorded) else None
    given = [
        Tensor(parent._data, dtype=dtype, requires_grad=parent.requires_grad)
        for parent in node.parents
    ]
    root = ours(*given)
    found = cotangents(root, root._check_cotangent(cotangent)) if root.requires_grad else {}
    passed = {
        slot: np.asarray(found.get(x, np.zeros_like(x._data)))
        for slot, x in enumerate(given)
        if x.requires_grad
    }
    return passed | {VALUE: np.asarray(root._data)}


def _difference(
    node: Node, slot: int, theirs: Array, ours: Array, narrow: Array
) -> Judgement | None:
    """Return where theirs and ours differ most, if by more than rounding can make of it."""
    if theirs.shape != ours.shape:
        why = f"of shape {theirs.shape}, and {ours.shape} by our rule"
        return Judgement(node, Verdict.NOT_COMPARED, slot, why=why)
    eps = float(np.finfo(theirs.dtype).eps)
    size = np.abs(ours[np.isfinite(ours)]).max(initial=0.0)
    rounding = np.nan_to_num(np.abs(narrow - ours), nan=0.0, posinf=0.0)
    tolerance = eps**0.5 * size + 100 * rounding
    same = (theirs == ours) | (np.isnan(theirs) & np.isnan(ours))
    error = np.where(same, 0.0, np.abs(theirs - ours))
    over = np.where(np.isnan(error), np.inf, error) - tolerance
    if not over.size or over.max() <= 0:
        return None
    at = np.unravel_index(int(over.argmax()), over.shape)
    place = tuple(int(k) for k in at)
    return Judgement(node, Verdict.DIFFERS, slot, place, float(theirs[place]), float(ours[place]))
