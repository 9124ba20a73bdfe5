"""One element of a tensor, for ``why``: found in the graph of scalars, or how to ask for it."""

from __future__ import annotations

from operator import index as as_index
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.reading import formatting
from autograd.reading.numbered_graph import NumberedGraph
from autograd.transforms.scalar_graph import scalars
from autograd.walk.order import descendants

PICKING = {"element", "getitem"}  # ops that make a new node of elements of a tensor


def opened(x: Node, root: Node, graph: NumberedGraph, at: Any) -> tuple[Node, Node, NumberedGraph]:
    """Return an element of ``x`` and the root, as Values of one graph, and that graph.

    Parameters
    ----------
    x, root : Node
        Nodes, of which ``root`` depends on ``x``.
    graph : NumberedGraph
        The root's.
    at : int, tuple of int or None
        The element's place in ``x``; None where there is only one.

    Raises
    ------
    ValueError
        If there is no such element, if it must be said which one, or if the root isn't one number.
    """
    place = _place(x, at)
    if np.size(root._data) != 1:
        raise ValueError(
            f"why needs a root of one number, got a tensor of shape {np.shape(root._data)}: choose "
            "an element, as in root[0], or reduce it, as in root.sum()"
        )
    if not _leads_through_tensors(x, graph):
        return x, root, graph
    found = scalars(root)
    element = np.asarray(found[x], object)[place]
    if not element.label:
        element.label = f"x[{', '.join(map(str, place))}]" if place else "x"
    number = np.asarray(found.root, object).item()
    return element, number, NumberedGraph(number)


def _leads_through_tensors(x: Node, graph: NumberedGraph) -> bool:
    """Whether a Tensor is on a path from ``x`` to the root."""
    if not any(node._rank for node in graph.nodes):
        return False
    between = descendants(graph.nodes, [x])
    return any(each._rank for node in between for each in (node, *node.parents) if node is not x)


def _place(x: Node, at: Any) -> tuple[int, ...]:
    shape = np.shape(x._data)
    if at is None:
        if np.size(x._data) == 1:
            return (0,) * len(shape)
        example = f"at={formatting.shape((0,) * len(shape))}"
        raise ValueError(
            f"why needs one element of a tensor of shape {shape}: say which, as in "
            f"why(x, root, {example})"
        )
    try:
        place = tuple(map(as_index, at if isinstance(at, tuple) else (at,)))
        inside = [range(n)[k] for k, n in zip(place, shape, strict=True)]
    except (IndexError, TypeError, ValueError):
        raise ValueError(
            f"at={at!r} is no element of a tensor of shape {shape}: expected an index for each axis"
        ) from None
    return tuple(inside)


def advice(x: Node, root: Node) -> str:
    """Return how to ask where there is no path: the other way round, or for an element.

    An element of a tensor is a new node, which indexing has just made.
    """
    if any(node is root for node in NumberedGraph(x).nodes):
        return "The other way round there is one: say why(root, x)."
    if x.op is None or x.op.name not in PICKING:
        return ""
    (tensor,) = x.parents
    if tensor.op is not None and tensor.op.name == "unstack":
        (tensor,) = tensor.parents
    name = formatting.clean(tensor.label) or "t"
    shape, index = np.shape(tensor._data), (x.params or {})["index"]
    places = np.arange(np.size(tensor._data))
    picked = np.ravel(places[index] if x.op.name == "element" else places.reshape(shape)[index])
    if not picked.size:
        return ""
    at = formatting.shape(np.unravel_index(picked[0], shape))
    return (
        "Indexing makes a new node, and the root was computed without it. "
        f"Ask for the element: why({name}, root, at={at})"
    )
