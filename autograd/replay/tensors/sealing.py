"""Runs a function on sealed Tensors, and afterwards leaves outside what was there before."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd.node.mode import Mode, in_mode
from autograd.node.node import Node
from autograd.numbers.sealed import Sealed, unsealed
from autograd.replay.tensors.inner_derivatives import FunctionTracer
from autograd.replay.tensors.tensor_tracing import TensorTracer, TracedTensor
from autograd.values.tensor import Tensor
from autograd.walk.order import topological_order


@contextmanager
def held_sealed(leaves: Iterable[Node]) -> Iterator[None]:
    """Take leaves that live on outside for traced ones, for a while."""
    before = [(leaf, leaf.__class__, leaf._data, leaf.requires_grad) for leaf in leaves]
    try:
        for leaf, cls, data, _ in before:
            leaf.requires_grad = True
            if cls is Tensor:
                leaf.__class__ = TracedTensor
                leaf._data = Sealed(data)
        yield
    finally:
        for leaf, cls, data, wanted in before:
            leaf.__class__, leaf._data, leaf.requires_grad = cls, data, wanted


def release(made: Iterable[weakref.ref[Node]], inputs: set[int]) -> None:
    """Unseal what the function has stored somewhere; TypeError if it came from its arguments.

    Parameters
    ----------
    made : iterable of weak references
        To all nodes of a trace, of which only those are alive that were stored.
    inputs : set of int
        The ``id`` of each argument and parameter.
    """
    if all(each() is None for each in made):
        return
    gc.collect()  # a function that calls itself keeps what it closes over until then
    found = _unsealed_graph(made)
    if any(id(each) in inputs for node in found for each in node.parents):
        raise TypeError(
            "the function stores a Tensor that it computes somewhere outside (in an attribute, a "
            "list), and a replay wouldn't renew it: return it instead"
        )


def _unsealed_graph(made: Iterable[weakref.ref[Node]]) -> list[Any]:
    """Make Tensors of the traced ones that are alive and of all before them; return results."""
    stored = [node for each in made if (node := each()) is not None]
    found: list[Any] = topological_order(*stored) if stored else []
    for node in found:
        node._x, node._y = unsealed(node._x), unsealed(node._y)
        for each in (node, *node.parents):
            if type(each) is TracedTensor:
                _unseal(each)
    return found


def _unseal(node: Any) -> None:
    node.__class__ = Tensor
    node._data = unsealed(node._data)


def trace_tensors(function: Callable[..., Any], arguments: list[Any]) -> tuple[Any, TensorTracer]:
    """Run a function on traced arguments; return its result and what was noted."""
    tracer = FunctionTracer()
    try:
        with in_mode(Mode(tracer=tracer, watcher=tracer)):
            return function(*arguments), tracer
    except BaseException:
        _unsealed_graph(tracer.made)  # what it stored before
        raise
    finally:
        tracer.rewind()
