"""Names nodes after the user's variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.words import with_article


def label(names: Mapping[str, Any]) -> None:
    """Label nodes by the names of their variables: ``label(locals())`` after building a graph.

    Elements of lists, tuples and arrays of nodes get their place too: ``w[0]``, ``W[1, 2]``. A
    node that has a label keeps it, and so the first of two names counts. Names that begin with an
    underscore, such as those that a notebook makes, are left out.

    Parameters
    ----------
    names : mapping of str to anything
        What isn't a node is left alone.

    Raises
    ------
    TypeError
        If it isn't a mapping.

    Examples
    --------
    >>> from autograd import Value, label
    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b
    >>> label(locals())
    >>> c
    Value(6.0, label='c')
    """
    if not isinstance(names, Mapping):
        raise TypeError(
            f"label needs a mapping of names to nodes, got {with_article(names)}: "
            "call label(locals()), or set x.label"
        )
    for name, found in list(names.items()):
        if not name.startswith("_"):
            for each, node in _nodes(name, found):
                if not node.label:
                    node.label = each


def _nodes(name: str, found: Any) -> Iterator[tuple[str, Node]]:
    if isinstance(found, Node):
        yield name, found
    elif isinstance(found, np.ndarray) and found.dtype == object:
        for place, each in np.ndenumerate(found):
            if isinstance(each, Node):
                yield f"{name}[{', '.join(map(str, place))}]" if place else name, each
    elif isinstance(found, (list, tuple)):
        for k, each in enumerate(found):
            if isinstance(each, Node):
                yield f"{name}[{k}]", each
