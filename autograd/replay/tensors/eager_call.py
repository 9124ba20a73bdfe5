"""A function that reads numbers, as one instruction: each replay calls it in the eager engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.node.mode import current_mode
from autograd.node.node import Node, raw
from autograd.numbers.sealed import Sealed
from autograd.rules.op import Structural
from autograd.values.tensor import Tensor
from autograd.walk.reverse import cotangents


def eagerly(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    """Return ``function(x, *others)``: see ``autograd.extend.eagerly``."""
    if current_mode().tracer is None:
        return function(x, *others)
    nodes = [each for each in others if isinstance(each, Node)]
    sealed = {f"sealed{k}": each for k, each in enumerate(others) if isinstance(each, Sealed)}
    is_node = [isinstance(each, Node) for each in others]

    def root(tensor: Tensor, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        of_nodes, of_settings = iter(arrays), iter(settings.values())
        given = [next(of_nodes) if own else next(of_settings) for own in is_node]
        return function(tensor, *given)

    def forward(numbers: Any, *arrays: Any, **settings: Any) -> Any:
        return np.asarray(raw(root(Tensor(numbers, requires_grad=False), arrays, settings)))

    def pullback(g: Any, numbers: Any, *given: Any, **settings: Any) -> Any:
        tensor = Tensor(numbers)
        result = root(tensor, given[:-1], settings)
        found = cotangents(
            result, np.asarray(g, result._data.dtype).reshape(np.shape(result._data))
        )
        return found.get(tensor, np.zeros_like(numbers))

    name = getattr(function, "__name__", "function")
    op = Structural(
        name if name.isidentifier() else "function",
        forward,
        pullback=(pullback, *(_no_gradient,) * len(nodes)),
        arity=1 + len(nodes),
        settings=dict.fromkeys(sealed, None),
    )
    return op(x, *nodes, **sealed)


def _no_gradient(g: Any, *_: Any, **__: Any) -> Any:
    raise TypeError("what a function that is called eagerly compares with has no gradient")
