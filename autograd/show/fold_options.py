"""Folding as the user asks for it: by region, by a function, or to what is near one node."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import takewhile

from autograd.node.node import Node
from autograd.numbers.words import with_article
from autograd.reading.formatting import clean, count
from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.fold import (
    LIMIT,
    MOST,
    Folder,
    Group,
    Key,
    first_that_fits,
    in_groups,
    regions_of_nodes,
)

FoldFunction = Callable[[Node], str | None]  # the name of the box that a node is drawn in


def neuron(region: str) -> str:
    """Return the region as it is: neurons are the deepest regions that ``nn`` names."""
    return region


def layer(region: str) -> str:
    """Return the region without its neuron: ``mlp/layer0`` for ``mlp/layer0/neuron3``."""
    steps = region.split("/")
    return "/".join(takewhile(lambda step: not step.startswith("neuron"), steps)) or region


REGION_CUTS: dict[str, Callable[[str], str]] = {"layer": layer, "neuron": neuron}


def fold_regions(graph: NumberedGraph, cut: Callable[[str], str]) -> tuple[list[Group], str]:
    """Return the groups where every region is folded into what ``cut`` makes of its path."""
    regions = regions_of_nodes(graph)
    titles = [cut(region) if region else "" for region in regions]
    return _fold(graph, regions, titles, "by region")


def fold_by(graph: NumberedGraph, function: FoldFunction) -> tuple[list[Group], str]:
    """Return the groups where nodes for which ``function`` gives the same name share a box.

    Raises
    ------
    TypeError
        If it returns anything but a str or None.
    """
    titles = [function(node) for node in graph.nodes]
    for node, title in zip(graph.nodes, titles, strict=True):
        if title is not None and not isinstance(title, str):
            raise TypeError(
                "a function to fold by must return a name for the node's box, or None for a box "
                f"of its own, got {with_article(title)} for {node!r}"
            )
    return _fold(graph, regions_of_nodes(graph), [title or "" for title in titles], "as asked")


def _fold(
    graph: NumberedGraph, regions: list[str], titles: list[str], how: str
) -> tuple[list[Group], str]:
    """Return the groups of nodes with the same title; those without are folded if too many."""
    inside = {k: Key("region", title) for k, title in enumerate(titles) if title}
    folder = Folder(graph, regions, max(LIMIT, len(set(inside.values())) + LIMIT // 2))
    if folder.limit > MOST:
        raise ValueError(
            f"folded {how} there are still {folder.limit:,} boxes, and a picture of more than "
            f'{MOST:,} helps nobody: fold more (fold="layer", depth=1), or leave it to fold="auto"'
        )
    keys, rest = first_that_fits(folder, [(inside, how)])
    return in_groups(keys, regions), rest


def near(graph: NumberedGraph, around: Node, hops: int) -> tuple[list[Group], str]:
    """Return a group for each node that is at most so many lines away from a node, and words.

    Raises
    ------
    ValueError
        If the node isn't in the graph, or too many are as near as that.
    """
    start = next((k for k, node in enumerate(graph.nodes) if node is around), None)
    if start is None:
        raise ValueError(
            "draw(around=...) needs a node that root was computed from, got one that isn't in "
            f"its graph: {clean(repr(around), 60)}"
        )
    found = within(graph, start, hops)
    if len(found) > MOST:
        raise ValueError(
            f"{len(found):,} nodes are at most {hops} hops away, and a picture of more than "
            f"{MOST:,} boxes helps nobody: ask for fewer hops"
        )
    regions = regions_of_nodes(graph)
    groups = [Group([k], region=regions[k]) for k in sorted(found)]
    left = len(graph.nodes) - len(found)
    how = f"{count(left, 'node')} more than {count(hops, 'hop')} away not shown" if left else ""
    return groups, how


def within(graph: NumberedGraph, start: int, hops: int) -> Collection[int]:
    """Return the nodes that are at most so many lines away from a node."""
    found = border = {start}
    for _ in range(hops):
        users = {k for k, row in enumerate(graph.parents) if not border.isdisjoint(row)}
        border = users.union(*(graph.parents[k] for k in border)) - found
        found = found | border
        if not border:
            break
    return found
