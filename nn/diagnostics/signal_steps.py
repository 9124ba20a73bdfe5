"""The steps that a signal takes through a network.

A step is an operation on what depends on random weights, with the rule of ``transfer_rules.py``
that predicts its moments, and what that rule has to know: sizes, second moments of weights, and the
measured moments of operands that are data. ``signal_graph.py`` reads them from a graph.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np

from autograd.extend import Node, raw
from init.theory import Activation
from nn.diagnostics.layer_views import LINEAR, Array
from nn.diagnostics.signal_moments import Moments

__all__ = ["SignalGraph", "Step", "averaged", "seen_of"]


@dataclass(frozen=True, eq=False)
class Step:
    """One operation on a signal.

    Attributes
    ----------
    node : Node
        The operation, in one network.
    rule : str
        A row of ``transfer_rules.RULES``.
    roles : str
        What the axes of the result are, as in ``signal_moments.py``; merged ones are split.
    shape : tuple of int
        Their lengths.
    parents : tuple of int or None
        The steps that its operands are, by number; None for an operand that is data.
    shapes : tuple of tuple of int
        The operands' shapes, split likewise.
    operands : tuple of Moments or None
        The measured moments of operands that are data.
    operand_roles : str
        What the axes of the first operand are.
    axes : tuple of int
        Those of the first operand that the operation goes over.
    weight, bias : float
        E[W²] and E[b²].
    activation : Activation
        The function of each element that it is.
    seen : numpy.ndarray, shape (queries, keys) or one that broadcasts to it
        Where a mask lets a query see a key.
    gradient : float
        E[∂²], as measured.
    """

    node: Node
    rule: str
    roles: str
    shape: tuple[int, ...]
    parents: tuple[int | None, ...]
    shapes: tuple[tuple[int, ...], ...]
    operands: tuple[Moments | None, ...]
    operand_roles: str
    axes: tuple[int, ...] = ()
    weight: float = 0.0
    bias: float = 0.0
    activation: Activation = LINEAR
    seen: Array = field(default_factory=lambda: np.ones((1, 1), bool))
    gradient: float = math.nan


@dataclass(frozen=True, eq=False)
class SignalGraph:
    """The steps in the order of computation.

    Attributes
    ----------
    steps : tuple of Step
    number : dict of Node to int
        The number of each step, by its node.
    output : int or None
        The step that is the network's output; None if that is data.
    ends : frozenset of int
        Steps that also go where nothing is predicted.
    afresh : tuple of str
        The operations behind which the prediction starts anew, with their regions.
    """

    steps: tuple[Step, ...]
    number: Mapping[Node, int]
    output: int | None
    ends: frozenset[int]
    afresh: tuple[str, ...]

    def like(self, other: SignalGraph) -> SignalGraph:
        """Return the same measurements on the nodes of another network of this architecture.

        Raises
        ------
        ValueError
            If that has other operations or shapes.
        """
        pairs = list(zip_longest(self.steps, other.steps))
        if any(
            mine is None or theirs is None or (mine.rule, mine.shape) != (theirs.rule, theirs.shape)
            for mine, theirs in pairs
        ):
            raise ValueError(
                "networks made of different seeds must have the same layers, and the same "
                "operations and shapes between them"
            )
        steps = (replace(m, node=t.node, activation=t.activation) for m, t in pairs)
        return replace(other, steps=tuple(steps))


def averaged(graphs: Sequence[SignalGraph]) -> SignalGraph:
    """Return the steps with what was measured averaged over networks of one architecture.

    Moments are averaged, and of gradients the logarithms, as in the tables.
    """
    columns = list(zip(*(graph.steps for graph in graphs), strict=True))
    return replace(graphs[0], steps=tuple(map(_average, columns)))


def _average(steps: Sequence[Step]) -> Step:
    first = steps[0]
    if len(steps) == 1:
        return first
    with np.errstate(all="ignore"):
        gradient = float(np.exp(np.mean(np.log([step.gradient for step in steps]))))
    columns = zip(*(step.operands for step in steps), strict=True)
    return replace(
        first,
        operands=tuple(None if c[0] is None else Moments.average(c) for c in columns),
        weight=float(np.mean([step.weight for step in steps])),
        bias=float(np.mean([step.bias for step in steps])),
        gradient=gradient,
    )


_HIDDEN = -1e4
"""Below this a score has no share in a softmax. (Programs write -inf, -1e9, or the least float.)"""


def seen_of(node: Node, scores: Node) -> Array | None:
    """Return where an operation leaves scores as they are and hides the others; None if it doesn't.

    A mask is added, 0 or -inf, or chooses between the scores and -inf.
    """
    name = "" if node.op is None else node.op.name
    if name not in {"add", "where"} or len(node.parents) != 2:
        return None
    (other,) = (np.asarray(raw(p)) for p in node.parents if p is not scores)
    if name == "add":
        seen, is_mask = other == 0, ((other == 0) | (other < _HIDDEN)).all()
    else:
        chosen = np.asarray((node.params or {})["condition"]) != 0
        seen = chosen if node.parents[0] is scores else ~chosen
        is_mask = (other < _HIDDEN).all()
    if not is_mask or any(n != 1 for n in seen.shape[:-2]):  # one for all samples and heads
        return None
    return np.asarray(seen.reshape(seen.shape[-2:]))
