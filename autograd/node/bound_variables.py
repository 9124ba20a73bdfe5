"""Bound variables: those of transforms, which nobody outside may differentiate by."""

from __future__ import annotations

from autograd.node.mode import Note
from autograd.node.node import Node

_BOUND = Note(is_bound=True)


def bind(leaf: Node) -> None:
    """Mark a variable as a transform's own: it never again counts as one from outside."""
    leaf.note = _BOUND if leaf.note is None else leaf.note._replace(is_bound=True)


def is_free(leaf: Node) -> bool:
    """Whether a leaf is a variable that somebody outside may differentiate by."""
    return leaf.requires_grad and (leaf.note is None or not leaf.note.is_bound)
