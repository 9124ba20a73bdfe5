"""Rebuilds a graph from the records of its nodes, to draw steps that were read from JSON."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

from autograd.node.mode import Note
from autograd.node.node import Node
from autograd.reading.numbered_graph import NumberedGraph
from autograd.rules.op import Structural
from autograd.rules.recorded_op import Recorded
from autograd.stepping.events import NodeRecord
from autograd.values.tensor import Tensor
from autograd.values.value import Value, linked


def graph_of(records: Sequence[NodeRecord]) -> Node:
    """Return the root of a new graph that is as the records say.

    Raises
    ------
    ValueError
        If the records aren't in the order of the walk.
    """
    made: list[Node] = []
    for record in records:
        made.append(_interior(record, made) if record.op else _leaf(record))
    walked = NumberedGraph(made[-1]).nodes
    if len(walked) != len(made) or not all(map(is_, walked, made)):
        raise ValueError(
            "these steps have no graph to draw: their nodes aren't those of their root in "
            "topological order, as Steps.to_json() writes them"
        )
    return made[-1]


def _leaf(record: NodeRecord) -> Node:
    cls = Value if record.shape is None else Tensor
    leaf = cls(record.data, requires_grad=record.requires_grad)
    leaf.note = _note(record)
    return leaf


def _interior(record: NodeRecord, made: Sequence[Node]) -> Node:
    # An op that isn't registered here is as another engine's: its name and its numbers are known.
    op = record.made_by or Recorded(record.op, symbol=record.symbol)
    parents = tuple(made[k] for k in record.operands)
    rows = op.arity or 0 if isinstance(op, Structural) and op.rows else 0
    a, b = _slots(parents, rows)
    x, y = _slots(tuple(parent._data for parent in parents), rows)
    cls = Value if record.shape is None else Tensor
    settings = record.settings or None
    node: Node = linked(op, record.data, a, b, x, y, settings, _note(record), cls)
    return node


def _slots(operands: tuple[Any, ...], rows: int) -> tuple[Any, Any]:
    """Return the content of a node's two slots: ``rows`` rows of operands, or operands."""
    if rows == 2:
        half = len(operands) // 2
        return operands[:half], operands[half:]
    if rows or len(operands) > 2:
        return operands, None
    return operands[0], operands[1] if len(operands) == 2 else None


def _note(record: NodeRecord) -> Note:
    return Note(record.label, record.region, record.source, record.code)
