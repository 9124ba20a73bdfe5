"""What a picture shows: every node, what is folded or near a node, or a level."""

from __future__ import annotations

from autograd.node.node import Node
from autograd.show.flow import View
from autograd.show.fold import LIMIT, Group, fold
from autograd.show.fold_options import (
    REGION_CUTS,
    FoldFunction,
    fold_by,
    fold_regions,
    near,
    within,
)
from autograd.show.levels.cutting import MOST as READABLE
from autograd.show.levels.level_tree import LevelTree

LOOKED_AT = 100_000  # nodes without regions: of more, it would take long to find what repeats


def shown_without_levels(
    view: View,
    tree: LevelTree,
    function: str | FoldFunction | None,
    around: Node | None,
    hops: int,
) -> tuple[list[Group], str] | None:
    """Return what to draw in boxes that can't be opened, and in words how; None for levels.

    Raises
    ------
    ValueError
        If there is no such way to fold, or there would be too many boxes.
    """
    if around is not None:
        return near(view, around, hops)
    if isinstance(function, str) and function in REGION_CUTS:
        return fold_regions(view, REGION_CUTS[function])
    if callable(function):
        return fold_by(view, function)
    if function not in ("auto", None):
        raise ValueError(
            f'fold must be "auto", "layer", "neuron", "network", callable or None, got {function!r}'
        )
    size = len(view.nodes)
    if function is None or size <= READABLE or (size <= LIMIT and not tree.structured):
        return fold(view, None)
    if len(view.roots) == 1 and _is_plain(view, tree):
        end = size - 1
        if len(within(view, end, hops)) <= READABLE:
            groups, left = near(view, view.nodes[end], hops)
            return groups, f'{left}; draw(..., at="") shows all in bands'
    return None


def _is_plain(view: View, tree: LevelTree) -> bool:
    """Whether the graph has no regions, and little in it repeats."""
    if len(view.nodes) > LOOKED_AT and not any(node.region for node in view.nodes):
        return True
    if tree.structured:
        return False
    children = (item.child or "" for item in tree.level().items)
    return any(child[:1].isdigit() for child in children)  # bands are named by their numbers
