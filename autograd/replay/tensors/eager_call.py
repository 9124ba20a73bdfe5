"""A function that reads numbers, as one instruction: each replay calls it in the eager engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.node.mode import current_mode
from autograd.node.node import Node, raw
from autograd.numbers.sealed import Sealed, SealedRead
from autograd.rules.op import Structural
from autograd.transforms.derivatives import vjp
from autograd.transforms.pytree import leaves, rebuild
from autograd.values.tensor import Tensor
from autograd.walk.reverse import cotangents

_A_NODE = object()  # its place among other arguments


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
        whole = np.asarray(g, result._data.dtype).reshape(np.shape(result._data))
        return cotangents(result, whole).get(tensor, np.zeros_like(numbers))

    op = Structural(
        _name(function),
        forward,
        pullback=(pullback, *(_no_gradient,) * len(nodes)),
        arity=1 + len(nodes),
        settings=dict.fromkeys(sealed, None),
    )
    return op(x, *nodes, **sealed)


def called(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], why: SealedRead
) -> Any:
    """Return ``function(*args, **kwargs)`` as one instruction, differentiated in each node.

    If it returns anything but a node, ``why`` is raised.
    """
    given = leaves((args, kwargs))
    nodes = [each for each in given if isinstance(each, Node)]
    # What the op keeps must not keep the nodes: they are gone with the trace.
    plain = [_A_NODE if isinstance(each, Node) else each for each in given]
    form = rebuild((args, kwargs), iter(plain))

    def root(tensors: Sequence[Tensor]) -> Any:
        of_nodes = iter(tensors)
        filled = (next(of_nodes) if x is _A_NODE else x for x in plain)
        again, named = rebuild(form, filled)
        result = function(*again, **named)
        if not isinstance(result, Node):
            raise why
        return result

    def forward(*arrays: Any) -> Any:
        return np.asarray(raw(root([Tensor(x, requires_grad=False) for x in arrays])))

    def by_operand(k: int, g: Any, *arrays: Any) -> Any:
        def of_one(x: Any) -> Any:
            return root([x if j == k else each for j, each in enumerate(arrays[:-1])])

        return vjp(of_one, arrays[k])[1](g)[0]

    pullback = tuple(partial(by_operand, k) for k in range(len(nodes)))
    op = Structural(_name(function), forward, pullback=pullback, arity=len(nodes))
    return op(*nodes)


def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", "function").strip("_")
    return name if name.isidentifier() else "function"


def _no_gradient(g: Any, *_: Any, **__: Any) -> Any:
    raise TypeError("what a function that is called eagerly compares with has no gradient")
