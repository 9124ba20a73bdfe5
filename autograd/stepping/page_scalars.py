"""The scalars that a page computes a graph of Tensors with, and which element each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.living.javascript import NotTranspilable
from autograd.living.tape import Tape, tape
from autograd.node.node import Node
from autograd.ops.scalars import linearised
from autograd.reading import formatting
from autograd.reading.numbered_graph import NumberedGraph
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import is_built_in
from autograd.transforms.scalar_graph import Scalars, count_elements

MOST_ELEMENTS = 5_000  # of all tensors: a page that is touched has to answer in a frame
MOST_SLOTS = 50_000  # operands of their scalars
# Ops that keep constants as operands.
_IN_SCALARS = ("affine", "conv", "einsum", "matmul", "tensordot")


@dataclass(frozen=True, slots=True)
class PageScalars:
    """What a page needs to compute tensors.

    Attributes
    ----------
    tape : Tape
        Of all scalars.
    record : dict
        Plain JSON, by nodes of the graph of tensors. ``elements``: the scalars that the elements of
        each are, in C order. ``through``: for an operand slot, as in "7.1", the scalars through
        which it is taken, whose gradients are its contribution. ``leaves``: the nodes whose numbers
        can be changed. ``byElement``: those of elementwise ops, of which a scalar's slots are the
        node's. ``tangents``: those of which an element is its tangent at the saved numbers. Scalars
        are runs of even steps: the first, how many, the step, and the first of the next run …
    """

    tape: Tape
    record: dict[str, Any]


def page_scalars(graph: NumberedGraph) -> PageScalars:
    """Return the scalars of a graph of Tensors.

    Raises
    ------
    NotTranspilable
        If the page can't compute it: the message says why.
    """
    nodes = graph.nodes
    for node in nodes:
        if (why := _no_float64(node)) is not None:
            raise NotTranspilable(why)
    root = nodes[-1]
    if (elements := count_elements(root)) > MOST_ELEMENTS:
        raise _too_many(f"about {elements:,} elements", MOST_ELEMENTS)
    opened = Scalars(root, by_slot=True)
    through: dict[tuple[int, int], Any] = {
        (k, slot): found
        for k, node in enumerate(nodes)
        for slot in range(len(node.parents))
        if (found := opened.through(node, slot)) is not None
    }
    arrays: list[Any] = [np.asarray(opened[node], object) for node in nodes]
    result = arrays[-1].item()
    # The walk begins at the last root: so what belongs together is numbered in a row.
    scalars = NumberedGraph(result, *reversed(_in_order(arrays, through)))
    if (slots := sum(map(len, scalars.parents))) > MOST_SLOTS:
        raise _too_many(f"{slots:,} products and sums of elements", MOST_SLOTS)
    made = tape(scalars, result)
    place = {node: k for k, node in enumerate(scalars.nodes)}
    tangents = {node for node in scalars.nodes if node.op is linearised}
    record = {
        "elements": [_runs(place[x] for x in array.flat) for array in arrays],
        "through": {f"{k}.{s}": _runs(place[x] for x in a.flat) for (k, s), a in through.items()},
        "leaves": _changeable(graph, arrays),
        "byElement": [k for k, node in enumerate(nodes) if isinstance(node.op, Elementwise)],
        "tangents": [k for k, array in enumerate(arrays) if not tangents.isdisjoint(array.flat)],
    }
    return PageScalars(made, record)


def _too_many(what: str, most: int) -> NotTranspilable:
    return NotTranspilable(
        f"it has {what}, and a page computes with {most:,} at most: step a model on fewer samples, "
        "or a smaller one, for a page whose numbers can be changed"
    )


def _no_float64(node: Node) -> str | None:
    dtype = node._data.dtype if node._rank else None
    if dtype is None or dtype == np.float64 or (dtype.kind in "biu" and node.op is None):
        return None
    return (
        f"the tensor {formatting.clean(node.label) or 'of shape ' + str(node._data.shape)} is of "
        f"{dtype}, and a page computes in float64"
    )


def _changeable(graph: NumberedGraph, arrays: list[Any]) -> list[int]:
    """Return the leaves whose numbers can be changed.

    A constant can if all that uses it keeps it as an operand: what a composite function computes
    from constants alone is in no graph.
    """
    keeps = {
        p: all(_keeps_constants(graph.nodes[k]) for k in users)
        for p, users in _users(graph.parents).items()
    }
    return [
        k
        for k, node in enumerate(graph.nodes)
        if node.op is None
        and (node.requires_grad or keeps.get(k, False))
        and all(x.op is None for x in arrays[k].flat)
    ]


def _users(parents: Iterable[tuple[int, ...]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for k, operands in enumerate(parents):
        for p in operands:
            found.setdefault(p, []).append(k)
    return found


def _keeps_constants(node: Node) -> bool:
    op = node.op
    of_values = not node._rank and not any(p._rank for p in node.parents)
    return (
        of_values
        or isinstance(op, Elementwise)
        or (op is not None and is_built_in(op) and op.name in _IN_SCALARS)
    )


def _in_order(arrays: list[Any], through: dict[tuple[int, int], Any]) -> list[Any]:
    """Return all scalars as they were made: of each tensor after those that it is taken through."""
    keys = sorted(
        [*through, *((k, -1) for k in range(len(arrays)))],
        key=lambda key: (key[0], key[1] < 0, key[1]),
    )
    found = [x for k, s in keys for x in (arrays[k] if s < 0 else through[k, s]).flat]
    return list(dict.fromkeys(found))


def _runs(places: Iterable[int]) -> list[int]:
    """Return numbers as runs of even steps: the first of each, how many, and the step.

    Examples
    --------
    >>> from autograd.stepping.page_scalars import _runs
    >>> _runs([4, 6, 8, 2])
    [4, 3, 2, 2, 1, 1]
    """
    found: list[list[int]] = []
    for place in places:
        if found and found[-1][1] == 1:
            found[-1][1:] = 2, place - found[-1][0]
        elif found and place == found[-1][0] + found[-1][1] * found[-1][2]:
            found[-1][1] += 1
        else:
            found.append([place, 1, 1])
    return [each for run in found for each in run]
