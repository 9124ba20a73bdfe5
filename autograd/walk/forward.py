"""Forward accumulation: tangents pushed along the topological order, from the same rules.

No op states a rule for it. An elementwise op's partials serve both directions; a linear op is its
own pushforward; for any other, the pullback is linear in its cotangent, so that transposing it
once more gives the pushforward (Radul et al. 2022, "You only linearize once", run backwards).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.node.bound_variables import bind
from autograd.node.mode import current_mode, enable_grad
from autograd.node.node import Node
from autograd.numbers.kinds import quiet
from autograd.numbers.protocols import Numeric
from autograd.rules.op import Elementwise, Structural
from autograd.walk.order import descendants, topological_order
from autograd.walk.reverse import accumulate, contributions, rows_of


@quiet  # once for all nodes
def tangents(
    order: Iterable[Node], seeds: Mapping[Node, Any], *, create_graph: bool
) -> dict[Node, Any]:
    """Walk an order forwards and return the tangents of all nodes that depend on a seed.

    Parameters
    ----------
    order : iterable of Node
        What ``topological_order`` returned.
    seeds : mapping of Node to number, array or Node
        The tangents to start from, of their nodes' shapes.
    create_graph : bool
        Whether to run the rules on nodes, so that the results can be differentiated again.
    """
    found = dict(seeds)
    watcher = current_mode().watcher
    for node in order:
        parents = node.parents
        if node.requires_grad and any(parent in found for parent in parents):
            given = [found.get(parent) for parent in parents]
            if watcher is not None:
                watcher.pushing(node, given)
            operands = parents if create_graph else node.operands
            found[node] = node._unbroadcast(_push(node, given, operands))
    return found


def _push(node: Node, given: list[Any], operands: tuple[Any, ...]) -> Any:
    """Return the tangent of ``node`` from its operands', which are None where they are zero."""
    if isinstance(node.op, Elementwise):
        contributed = [
            contributions(node, tangent, operands, [j == k for j in range(len(given))])[k]
            for k, tangent in enumerate(given)
            if tangent is not None
        ]
        return sum(contributed[1:], start=contributed[0])
    if isinstance(node.op, Structural) and node.op.linear:
        filled = [
            zeros(parent) if tangent is None else tangent
            for parent, tangent in zip(node.parents, given, strict=True)
        ]
        return node.op(*(rows_of(node, filled) if node.op.rows else filled), **(node.params or {}))
    return _transpose(node, given, operands)


def _transpose(node: Node, given: list[Any], operands: tuple[Any, ...]) -> Any:
    """Differentiate <pullback(cotangent), tangents> with respect to the cotangent."""
    with enable_grad():
        cotangent: Node = type(node)(ones(node))  # type: ignore[call-arg]  # a Value or a Tensor
        bind(cotangent)
        contributed = contributions(node, cotangent, operands)
        seeds: dict[Node, Any] = {}
        for parent, tangent, contribution in zip(node.parents, given, contributed, strict=True):
            if tangent is None:
                continue
            fitted = parent._unbroadcast(contribution)
            if isinstance(fitted, Node) and fitted.requires_grad:
                seeds[fitted] = seeds[fitted] + tangent if fitted in seeds else tangent
        order = topological_order(*seeds, stop=(cotangent,))
        only = descendants(order, (cotangent,))
        record = any(isinstance(x, Node) and x.requires_grad for x in (*operands, *given))
        found = accumulate(order, seeds, create_graph=record, only=only)
    return found.get(cotangent, zeros(node))


def zeros(node: Node) -> Any:
    """Return a zero of the node's shape and kind of number."""
    return np.zeros_like(node._data) if node._rank else type(node._data)(0)


def ones(node: Node) -> Numeric:
    """Return a one of the node's shape and kind of number."""
    one: Numeric = np.ones_like(node._data) if node._rank else type(node._data)(1)
    return one
