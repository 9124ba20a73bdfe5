"""Reverse accumulation: from a graph and the cotangents of its roots to those of all nodes.

``walk`` and ``visit`` are the whole of backpropagation, to be read. Every rule is run by
``contributions``, and every contribution gets its operand's shape from ``fitted``. The walk in
``fast/`` computes the same bits in a quarter of the time: ``accumulate`` takes it where nobody
watches and nothing is recorded. ``backward``, the transforms, the stepper and the drawings all
stand on ``accumulate``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from threading import RLock
from typing import Any

import numpy as np

from autograd.node.mode import current_mode, region
from autograd.node.node import Node, raw
from autograd.numbers.kinds import ieee, without_floats
from autograd.numbers.protocols import Numeric
from autograd.numbers.sealed import SealedRead
from autograd.ops.scalars import Scattered
from autograd.rules.pullback import miscounted
from autograd.walk.fast import specialised
from autograd.walk.order import topological_order

Observer = Callable[[Node, int, Node, Any, Any], None]
BACKWARD = "backward"  # the region of what a backward pass records
_storing = RLock()  # held while leaves accumulate, so that threads that share one lose nothing
if hasattr(os, "register_at_fork"):  # a child of fork() has no thread that would release it
    os.register_at_fork(
        before=_storing.acquire,
        after_in_parent=_storing.release,
        after_in_child=_storing.release,
    )


# The walk -----------------------------------------------------------------------------------------


def walk(
    order: Sequence[Node], found: dict[Node, Any], visit: Callable[[Node, dict[Node, Any]], None]
) -> None:
    """Visit every node that has a cotangent, children before parents."""
    with np.errstate(all="ignore"):
        for node in reversed(order):
            if node in found:
                visit(node, found)


def visit(
    node: Node,
    found: dict[Node, Any],
    *,
    create_graph: bool = False,
    only: Collection[Node] | None = None,
    observe: Observer | None = None,
) -> None:
    """Pass a node's cotangent on to its operands: add a contribution to each one's cotangent."""
    if type(found[node]) is Scattered:
        found[node] = found[node].total()
    cotangent = found[node]
    parents, operands = node.parents, node.operands
    wanted = [p.requires_grad and (only is None or p in only) for p in parents]
    passed = contributions(node, cotangent, parents if create_graph else operands, wanted)
    for slot, (parent, contribution) in enumerate(zip(parents, passed, strict=True)):
        if parent._data is not operands[slot] and (wanted[slot] or create_graph):
            refuse_stale(node, parent, operands[slot])
        if wanted[slot]:
            own = fitted(node, slot, parent, contribution)
            if observe is not None:
                observe(node, slot, parent, cotangent, own)
            found[parent] = found[parent] + own if parent in found else own


# One node -----------------------------------------------------------------------------------------


def contributions(
    node: Node, cotangent: Any, operands: Sequence[Any], wanted: Sequence[bool] = ()
) -> Sequence[Any]:
    """Run a node's rule: what its cotangent passes to each operand, before that is made to fit.

    ``operands`` are the node's parents if the rule is to be recorded, else its plain operands. A
    rule on arrays leaves out what isn't wanted, if it can; by default all is.
    """
    op = node.op
    if op is None:
        return ()
    settings = node.params or {}
    z = node if isinstance(operands[0], Node) else node._data
    of_numbers = not (node._rank or isinstance(cotangent, Node))
    if of_numbers and cotangent == 0 and not any(p._rank for p in node.parents):
        return (cotangent,) * len(operands)  # nothing, whatever the partials are
    vjp = partial(_wanted_only, op.vjps, wanted or (True,) * len(operands)) if op.vjps else op.vjp
    arguments = rows_of(node, operands) if op.rows else operands
    try:
        passed = vjp(cotangent, *arguments, z, **settings)
    except SealedRead as error:
        tracer = current_mode().tracer
        found = tracer and tracer.looked_at(node, cotangent, wanted or (True,) * len(operands))
        if found is not None:
            return found  # type: ignore[no-any-return]
        raise SealedRead(
            error.sealed,
            op.name,
            f"the derivative of {op.name} looks at numbers, and can't be a part of a recording: "
            "ask the recorded function for it, as in jit(f).value_and_grad(x), or differentiate "
            "without jit",
        ) from error
    except ArithmeticError:
        if node._rank:
            passed = vjp(cotangent, *without_floats(arguments), z, **settings)
        else:
            vjp = partial(_wanted_only, op.vjps, (True,) * len(operands)) if op.vjps else op.vjp
            passed = ieee(vjp, (cotangent, *arguments, z), settings)
    if not isinstance(passed, (tuple, list)) or len(passed) != len(arguments):
        raise miscounted(op, passed, len(arguments))
    return [each for row in passed for each in row] if op.rows else passed


def _wanted_only(
    vjps: Sequence[Callable[..., Any]], wanted: Sequence[bool], *given: Any, **settings: Any
) -> list[Any]:
    """Return the contributions that are wanted, and None for the others."""
    each = zip(vjps, wanted, strict=False)  # fewer functions than operands: refused by the count
    return [vjp(*given, **settings) if want else None for vjp, want in each]


def rows_of(node: Node, operands: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    """Return the operands as the rows that they are in the node's slots."""
    if node._b is None:
        return (operands,)
    length = len(node._a)
    return (operands[:length], operands[length:])


def fitted(node: Node, slot: int, parent: Node, contribution: Any) -> Any:
    """Return a contribution in the shape and kind of number of the operand that it is for."""
    try:
        return parent._unbroadcast(contribution)
    except (TypeError, ValueError) as error:
        name = node.op.name if node.op else ""
        shapes = f"{np.shape(parent._data)}, got {np.shape(raw(contribution))}"
        raise (TypeError if isinstance(error, TypeError) else ValueError)(
            f"the pullback of {name!r} returned a contribution to operand {slot} that doesn't fit: "
            f"expected a number or an array that broadcasts with shape {shapes}: {error}"
        ) from None


def refuse_stale(node: Node, parent: Node, then: Any) -> None:
    """Raise ValueError unless the parent's data still equals what the node was computed from."""
    now = parent._data
    if not isinstance(now, np.ndarray) and (now == then or (now != now and then != then)):
        return
    name = f" {parent.label!r}" if parent.label else ""
    raise ValueError(
        f"stale graph: the data of the leaf{name} that {node.op.name if node.op else ''!r} used "
        "changed after the forward pass; run the forward pass again before differentiating, "
        "or change the data afterwards"
    )


# Whole graphs -------------------------------------------------------------------------------------


def accumulate(
    order: Sequence[Node],
    seeds: Mapping[Node, Any],
    *,
    create_graph: bool = False,
    only: Collection[Node] | None = None,
    observe: Observer | None = None,
) -> dict[Node, Any]:
    """Walk an order backwards and return the cotangents found: reverse accumulation.

    Parameters
    ----------
    order : sequence of Node
        What ``topological_order`` returned for the roots.
    seeds : mapping of Node to number, array or Node
        The cotangents of the roots, of their shapes.
    create_graph : bool
        Whether to run the rules on nodes, so that the results can be differentiated again.
    only : collection of Node, optional
        The nodes that want a cotangent: by default all that require gradients.
    observe : callable, optional
        Called with (node, slot, parent, cotangent, contribution) for each operand slot in turn.

    Returns
    -------
    dict of Node to number, array or Node
        The cotangent of every node that one reached, the roots among them.

    Raises
    ------
    ValueError
        If a leaf's data changed after the forward pass.
    """
    mode = current_mode()
    if create_graph and (mode.note is None or mode.note.region.rpartition("/")[2] != BACKWARD):
        with region(BACKWARD):
            return accumulate(order, seeds, create_graph=True, only=only, observe=observe)
    if mode.tracer is not None:
        mode.tracer.walked(order, create_graph)
    if observe is None and mode.watcher is not None:
        observe = mode.watcher.observer()
    found = dict(seeds)
    if create_graph or only is not None or observe is not None:
        how = partial(visit, create_graph=create_graph, only=only, observe=observe)
        walk(order, found, how)
    else:
        specialised.walk(order, found, visit)
    return found


def cotangents(
    root: Node, seed: Numeric | Node, *, create_graph: bool = False, observe: Observer | None = None
) -> dict[Node, Any]:
    """Return the cotangent of every variable that ``root`` was computed from.

    See ``accumulate``, which does the same for many roots.
    """
    order = topological_order(root)
    return accumulate(order, {root: seed}, create_graph=create_graph, observe=observe)


def backward(self: Node, cotangent: Numeric | None = None, *, create_graph: bool = False) -> None:
    """Compute the gradient of this node with respect to everything it depends on.

    Leaves accumulate into ``.grad``; interior nodes have theirs replaced. If anything fails,
    every ``.grad`` is as it was. Threads that share a leaf lose no contribution; they add in
    whatever order they come, so that the last bits of a sum of floats may differ.

    Parameters
    ----------
    cotangent : number or array, optional
        What to start from, of this node's shape: 1 for a scalar.
    create_graph : bool
        Whether the gradients can be differentiated again. A leaf's ``.grad`` then refers to
        the graph, which refers to the leaf: set it to None when done, or use
        ``autograd.grad``, which leaves no such cycle.

    Raises
    ------
    ValueError
        If this node doesn't depend on a variable, isn't a scalar and no cotangent is given,
        or a leaf's data changed after the forward pass.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> x.grad
    6.0
    """
    if not self.requires_grad:
        raise ValueError(
            "backward() needs a root that depends on a variable, and this one is a constant: "
            "was it computed under no_grad(), or from numbers that don't require gradients?"
        )
    seed = self._check_cotangent(cotangent if create_graph else raw(cotangent))
    found = cotangents(self, seed, create_graph=create_graph)
    with _storing:
        # All sums are made before one is stored: one may fail, for a user's .grad may not add.
        sums = {node: node._accumulate(each) for node, each in found.items() if node.op is None}
        for node, each in found.items():
            node.grad = each
        for leaf, total in sums.items():
            leaf.grad = total
