"""The check that what is read is a node of a graph."""

from __future__ import annotations

from numbers import Number

import numpy as np

from autograd.node.node import Node
from autograd.numbers.foreign_numbers import is_of
from autograd.numbers.words import with_package


def refuse_no_node(who: str, x: object, wanted: str = "a Value or a Tensor") -> None:
    """Raise TypeError for what is no node, and say what to do with it.

    Examples
    --------
    >>> refuse_no_node("step", None)
    Traceback (most recent call last):
    TypeError: step needs a Value or a Tensor, got None
    """
    if not isinstance(x, Node):
        raise TypeError(f"{who} needs {wanted}, got {with_package(x)}{_advice(x)}")


def _advice(x: object) -> str:
    if is_of(x, "torch"):
        return (
            ": open its program first, with autograd.bridges.torch.record() as rec, and give "
            "rec[loss]"
        )
    if is_of(x, "jax", "jaxlib"):
        return ": open its program first, autograd.bridges.jax.open(f, *arguments)"
    if callable(x):
        return ": call it on Values or Tensors, and give its result"
    if isinstance(x, (Number, np.ndarray)):
        return ": a plain number has no graph, compute it from Value(...) or Tensor(...)"
    return ""
