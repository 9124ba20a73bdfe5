"""Homes: the region that each node of a graph lives in. Every node has exactly one."""

from __future__ import annotations

from itertools import takewhile

from autograd.reading.numbered_graph import NumberedGraph
from autograd.reading.operand_names import slot_names
from autograd.rules.op import Op
from autograd.walk.reverse import BACKWARD

LAYERS = {"affine", "neuron"}  # ops whose operands called x are a layer's inputs


def homes(graph: NumberedGraph) -> list[str]:
    """Return the path of each node's home; ``""`` for the top.

    An operation lives in its region. A leaf lives where all that it feeds lives. A variable that
    several regions share lives at the top, and so does the input of a layer; a constant that they
    share lives in the smallest region around them.
    """
    nodes = graph.nodes
    known = {region: normal(region) for region in {node.region for node in nodes}}
    found = [known[node.region] for node in nodes]
    places: dict[int, str] = {}
    shared: set[int] = set()
    for k, operands in enumerate(graph.parents):
        op = nodes[k].op
        first_weight = _inputs(op, len(operands)) if op is not None else 0
        for slot, p in enumerate(operands):
            if nodes[p].op is not None or found[p]:
                continue
            before = places.setdefault(p, found[k])
            if before != found[k]:
                places[p] = common(before, found[k])
                shared.add(p)
            if slot < first_weight:
                places[p] = ""
    for p, place in places.items():
        outside = p in shared or place.rpartition("/")[2] == BACKWARD
        found[p] = "" if nodes[p].requires_grad and outside else place
    return found


def _inputs(op: Op, count: int) -> int:
    """Return how many operands of a layer's op are inputs, which come first; 0 for other ops."""
    if op.name not in LAYERS:
        return 0
    return sum(name.startswith("x") for name in slot_names(op, count))


def normal(path: str) -> str:
    """Return a path without empty steps: ``a/b`` for ``/a//b/``."""
    return "/".join(filter(None, path.split("/")))


def common(one: str, other: str) -> str:
    """Return the path of the smallest region around two.

    Examples
    --------
    >>> from autograd.show.levels.homes import common
    >>> common("mlp/layer1/neuron2", "mlp/layer10")
    'mlp'
    """
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return "/".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
