"""Names of leaves that share a label: the layer that each is used in comes before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from autograd.node.node import Node


def leaf_paths(nodes: Sequence[Node], parents: Sequence[Sequence[int]]) -> dict[int, str]:
    """Return names for leaves whose labels others have too, as ``layer0.weight[0, 0]``.

    The layer is the region of the node that uses the leaf first, without its neuron. Its last step
    is enough if that tells all of them apart; else it is the whole path.

    Parameters
    ----------
    nodes : sequence of Node
        A graph in topological order.
    parents : sequence of sequence of int
        The places of each node's operands.

    Returns
    -------
    dict of int to str
        By the leaf's place in ``nodes``; what is used in no region isn't in it.
    """
    labels = {k: node.label for k, node in enumerate(nodes) if node.op is None and node.label}
    often = Counter(labels.values())
    stems = {_stem(label) for label, count in often.items() if count > 1}
    shared = {k: label for k, label in labels.items() if _stem(label) in stems}
    if not shared:
        return {}
    layers: dict[int, list[str]] = {}
    for k, operands in enumerate(parents):
        for p in operands:
            if p in shared and p not in layers and (steps := _layer(nodes[k].region)):
                layers[p] = steps
    short = {k: f"{steps[-1]}.{shared[k]}" for k, steps in layers.items()}
    return short if _differ(short) else {k: ".".join([*s, shared[k]]) for k, s in layers.items()}


def _stem(label: str) -> str:
    return label.partition("[")[0]  # of all elements of one tensor


def _layer(region: str) -> list[str]:
    return [step for step in region.split("/") if step and not step.startswith("neuron")]


def _differ(names: Mapping[int, str]) -> bool:
    return len(set(names.values())) == len(names)
