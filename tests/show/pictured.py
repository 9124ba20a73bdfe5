"""The picture of a graph, folded as ``draw`` folds it without levels."""

from __future__ import annotations

from autograd.node.node import Node
from autograd.show.build import picture_of
from autograd.show.flow import View
from autograd.show.fold import LIMIT, fold
from autograd.show.picture import Picture


def picture(root: Node, *, limit: int | None = LIMIT) -> Picture:
    """Return the picture of a graph with at most so many boxes; None for any number."""
    view = View(root)
    return picture_of(view, *fold(view, limit))
