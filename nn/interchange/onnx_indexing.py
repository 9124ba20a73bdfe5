"""Indexing in ONNX: slices by Slice, integers and an array by Gather, new axes by Unsqueeze."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.extend import Node, raw
from nn.interchange.onnx_graph import Graph, untranslated

_FIRST, _LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max  # beyond either end of an axis


def getitem(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    """Write ``x[index]``: right for any number of examples, as no length is looked at."""
    places = _places(node, settings["index"])
    old = [place for place in places if place is not None]
    cuts = {axis: place for axis, place in enumerate(old) if isinstance(place, slice)}
    x = cut(graph, x, {axis: each for axis, each in cuts.items() if each != slice(None)})
    for axis in reversed(range(len(old))):  # the last first, as each changes the axes behind it
        if axis not in cuts:
            x = graph.emit("Gather", x, graph.constant(old[axis], np.int64), axis=axis)
    lengths = [1 if isinstance(place, (slice, type(None))) else np.ndim(place) for place in places]
    ends = np.cumsum([0, *lengths])
    new = [int(end) for place, end in zip(places, ends, strict=False) if place is None]
    return graph.emit("Unsqueeze", x, graph.constant(new, np.int64)) if new else x


def cut(graph: Graph, x: str, slices: dict[int, slice]) -> str:
    """Write the elements that are in a slice of each of some axes."""
    if not slices:
        return x
    bounds = np.array([_bounds(each) for each in slices.values()]).T
    starts, ends, steps = (graph.constant(row, np.int64) for row in bounds)
    axes = graph.constant(list(slices), np.int64)
    return graph.emit("Slice", x, starts, ends, axes, steps)


def _bounds(each: slice) -> tuple[int, int, int]:
    step = 1 if each.step is None else int(each.step)
    first, last = (0, _LAST) if step > 0 else (_LAST, _FIRST)
    start = first if each.start is None else int(each.start)
    return start, last if each.stop is None else int(each.stop), step


def _places(node: Node, index: Any) -> list[Any]:
    """Return an index with something for every axis: an int, an array of ints, a slice, or None."""
    given = [_as_integers(node, each) for each in (index if type(index) is tuple else (index,))]
    _check_arrays(node, given)
    _check_slices(node, given)
    used = sum(each is not None and each is not Ellipsis for each in given)
    rest = [slice(None)] * (raw(node.parents[0]).ndim - used)
    where = next((k for k, each in enumerate(given) if each is Ellipsis), len(given))
    return [*given[:where], *rest, *given[where + 1 :]]


def _as_integers(node: Node, place: Any) -> Any:
    """Return a mask as the positions where it holds."""
    if np.asarray(place).dtype != bool:
        return place
    if np.ndim(place) != 1:
        raise untranslated(node, "with a mask of more axes than one: use autograd.where")
    return np.flatnonzero(place)


def _check_arrays(node: Node, places: list[Any]) -> None:
    """Raise ValueError for arrays that NumPy takes elements by together, not axis by axis."""
    kept = (slice, type(None), type(Ellipsis))
    taking = [k for k, each in enumerate(places) if not isinstance(each, kept)]
    arrays = sum(np.ndim(places[k]) > 0 for k in taking)
    if arrays > 1 or (arrays and taking[-1] - taking[0] >= len(taking)):
        raise untranslated(
            node, "with several arrays, or one apart from an integer: index once for each"
        )


def _check_slices(node: Node, places: list[Any]) -> None:
    """Raise ValueError for what ONNX takes as the first element where NumPy takes none."""
    slices = [each for each in places if isinstance(each, slice)]
    if any((each.step or 1) < 0 and (each.start or 0) < -1 for each in slices):
        raise untranslated(node, "with a slice back from a place before the last: flip first")
