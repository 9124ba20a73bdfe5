"""The walk: topological order and reverse accumulation, each written once.

``backward``, the functional transforms, the stepper and the drawings all read this walk; forward
accumulation, over the same order, is in ``forward.py``.
Nothing here recurses, so a chain of a million nodes is as safe as one of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from autograd.node.mode import current_mode, region
from autograd.node.node import Node, raw, slots, wants_gradient
from autograd.numbers.kinds import ieee, quiet, without_floats
from autograd.ops.scalars import Scattered
from autograd.rules.op import Op, counted
from autograd.walk.rows import Pending, Rows

Observer = Callable[[Node, int, Node, Any, Any], None]
BACKWARD = "backward"  # the region of what a backward pass records
_ERRORS = (ArithmeticError, TypeError, ValueError)  # of a rule: what ``_pulled`` looks into


def topological_order(*roots: Node, stop: Collection[Node] = ()) -> list[Node]:
    """Return the interior nodes that the roots were computed from, parents before children.

    It is the order in which a depth-first search leaves the nodes, first operands first. Leaves
    are not in it: they are the ``parents`` that have no op. Nodes in ``stop`` are taken for leaves.

    Examples
    --------
    >>> from autograd import Value
    >>> a = Value(2.0)
    >>> b = a * a
    >>> [node.op.name for node in topological_order(b + a)]
    ['mul', 'add']
    """
    order: list[Node] = []
    entered: set[Node] = set(stop)
    rows: set[int] = set()  # rows that have been seen: the nodes that share one go to it once
    stack: list[Any] = [root for root in roots if root.op is not None]
    push, pop = stack.append, stack.pop
    while stack:
        node = pop()
        if node is None:  # the node below has been left: all its parents are in the order
            order.append(pop())
            continue
        if node in entered:
            continue
        entered.add(node)
        push(node)
        push(None)
        a, b = node._a, node._b
        if type(a) is tuple:
            for row in (a,) if b is None else (b, a):
                if id(row) not in rows:
                    rows.add(id(row))
                    for p in reversed(row):
                        if p.op is not None and p not in entered:
                            push(p)
            continue
        if b is not None and b.op is not None and b not in entered:
            push(b)
        if a.op is not None and a not in entered:
            push(a)
    return order


def leaves(root: Node) -> list[Node]:
    """Return the leaves that ``root`` was computed from, variables and constants, once each."""
    if root.op is None:
        return [root]
    found = (p for node in topological_order(root) for p in node.parents if p.op is None)
    return list(dict.fromkeys(found))


def descendants(order: Iterable[Node], nodes: Iterable[Node]) -> set[Node]:
    """Return ``nodes`` and all those in ``order`` that were computed from them."""
    found = set(nodes)
    for node in order:
        if not found.isdisjoint(node.parents):
            found.add(node)
    return found


def cotangents(
    root: Node, seed: Any, *, create_graph: bool = False, observe: Observer | None = None
) -> dict[Node, Any]:
    """Return the cotangent of every variable that ``root`` was computed from.

    See ``accumulate``, which does the same for many roots.
    """
    order = topological_order(root)
    return accumulate(order, {root: seed}, create_graph=create_graph, observe=observe)


@quiet  # once for all nodes
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
        Called with (node, slot, parent, upstream, contribution) for each operand slot in turn.

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
    if not create_graph and mode.tracer is not None:
        mode.tracer.refuse("backward()", "use value_and_grad of the recorded function")
    if observe is None and mode.watcher is not None:
        observe = mode.watcher.observer()
    found = dict(seeds)
    rows: Rows | None = None  # made if there is one
    plain = not create_graph and only is None and observe is None
    for node in reversed(order):
        upstream = found.get(node)
        if upstream is None:
            continue
        op: Any = node.op
        if plain and type(upstream) is np.ndarray and node._rank and op.pulls:
            _pass_arrays(node, upstream, found)
            continue
        if type(upstream) is Pending:
            upstream = upstream.settle()
        if plain and type(upstream) is float and node.params is None:
            if type(node._a) is not tuple:
                (_pass_to_one if node._b is None else _pass_to_two)(node, upstream, found)
                continue
            if op.bilinear and type(node._data) is float:
                rows = rows or Rows(found, _refuse_stale)
                rows.add(node, upstream)
                continue
        if type(upstream) is Scattered:
            upstream = found[node] = upstream.total()
        parents, operands = slots(node._a, node._b), slots(node._x, node._y)
        wanted = tuple(map(wants_gradient, parents))
        if only is not None:
            wanted = tuple([want and p in only for want, p in zip(wanted, parents, strict=True)])
        parts = _pulled(node, upstream, parents if create_graph else operands, wanted)
        for slot, (parent, part) in enumerate(zip(parents, parts, strict=True)):
            if parent._data is not operands[slot] and (create_graph or wanted[slot]):
                _refuse_stale(node, parent, operands[slot])
            if not wanted[slot]:
                continue
            fits = type(part) is float and not parent._rank
            own = part if fits else _fitted(node, slot, parent, part)
            if observe is not None:
                observe(node, slot, parent, upstream, own)
            found[parent] = found[parent] + own if parent in found else own
    if rows is not None:
        rows.close_all()
    return found


def _pass_to_two(node: Node, upstream: float, found: dict[Node, Any]) -> None:
    """Do what the loop in ``accumulate`` does, for a node of two operands and a float cotangent.

    That is most of a scalar graph. Without a tuple and a loop it takes two thirds of the time.
    """
    a, b, x, y = node._a, node._b, node._x, node._y
    op: Any = node.op
    try:
        part, other = op.pull(upstream, x, y, node._data) if upstream else (upstream, upstream)
    except _ERRORS:
        part, other = _pulled(node, upstream, (x, y), (True, True))
    if a.requires_grad:
        if a._data is not x:
            _refuse_stale(node, a, x)
        if type(part) is not float:
            part = a._fit(part)
        found[a] = found[a] + part if a in found else part
    if b.requires_grad:
        if b._data is not y:
            _refuse_stale(node, b, y)
        if type(other) is not float:
            other = b._fit(other)
        found[b] = found[b] + other if b in found else other


def _pass_to_one(node: Node, upstream: float, found: dict[Node, Any]) -> None:
    """Do the same for a node of one operand."""
    a, x = node._a, node._x
    op: Any = node.op
    try:
        (part,) = op.pull(upstream, x, node._data) if upstream else (upstream,)
    except _ERRORS:
        (part,) = _pulled(node, upstream, (x,), (True,))
    if a._data is not x:
        _refuse_stale(node, a, x)
    if type(part) is not float or a._rank:
        part = a._fit(part)
    found[a] = found[a] + part if a in found else part


def _pass_arrays(node: Node, upstream: Any, found: dict[Node, Any]) -> None:
    """Do the same for a node of arrays, whose op has a pullback for each operand."""
    parents, operands = slots(node._a, node._b), slots(node._x, node._y)
    op: Any = node.op
    if len(op.pulls) < len(parents):
        counted(op, op.pulls, len(parents))
    params = node.params or {}
    for slot, pull, parent, operand in zip(count(), op.pulls, parents, operands, strict=False):
        if not parent.requires_grad:
            continue
        if parent._data is not operand:
            _refuse_stale(node, parent, operand)
        try:
            part = pull(upstream, *operands, node._data, **params)
        except ArithmeticError:
            part = pull(upstream, *without_floats(operands), node._data, **params)
        if not (
            np.ndarray is type(part) is type(operand)
            and part.dtype is operand.dtype
            and part.shape == operand.shape
        ):
            part = _fitted(node, slot, parent, part)
        found[parent] = found[parent] + part if parent in found else part


@quiet
def contributions(
    node: Node, upstream: Any, operands: Sequence[Any], wanted: tuple[bool, ...] = ()
) -> Sequence[Any]:
    """Run a node's rule: what its cotangent passes to each operand, before that is made to fit.

    ``operands`` are the node's parents if the rule is to be recorded, else its plain operands. A
    rule on arrays leaves out what isn't wanted, if it can; by default all is.
    """
    return _pulled(node, upstream, operands, wanted or (True,) * len(operands))


def _pulled(
    node: Node, upstream: Any, operands: Sequence[Any], wanted: tuple[bool, ...]
) -> Sequence[Any]:
    op: Any = node.op
    params = node.params or {}
    out = node if isinstance(operands[0], Node) else node._data
    as_array = bool(node._rank)
    if not as_array and upstream == 0 and not any(p._rank for p in node.parents):
        if not isinstance(upstream, Node):
            return (upstream,) * len(operands)
        as_array = True  # these rules pass a zero on as zero too, and can be differentiated again
    arguments = rows_of(node, operands) if op.rows else operands
    parts: Any
    pull = partial(_pull_arrays, op, wanted) if as_array and op.pulls else op.pull
    try:
        parts = pull(upstream, *arguments, out, **params)
    except ArithmeticError:
        if node._rank:
            parts = pull(upstream, *without_floats(arguments), out, **params)
        else:
            parts = ieee(op.pull, (upstream, *arguments, out), params)
    counted(op, parts, len(arguments))
    return [part for row in parts for part in row] if op.rows else parts


def _pull_arrays(op: Op, wanted: tuple[bool, ...], *given: Any, **params: Any) -> list[Any]:
    """Return the contributions that are wanted, and None for the others."""
    pulls = zip(op.pulls, wanted, strict=False)
    return [pull(*given, **params) if want else None for pull, want in pulls]


def rows_of(node: Node, operands: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    """Return the operands as the rows that they are in the node's slots."""
    if node._b is None:
        return (operands,)
    length = len(node._a)
    return (operands[:length], operands[length:])


def _fitted(node: Node, slot: int, parent: Node, part: Any) -> Any:
    """Return a contribution in the shape and kind of number of the operand that it is for."""
    try:
        return parent._fit(part)
    except (TypeError, ValueError) as error:
        name = node.op.name if node.op else ""
        shapes = f"{np.shape(parent._data)}, got {np.shape(raw(part))}"
        raise (TypeError if isinstance(error, TypeError) else ValueError)(
            f"the pullback of {name!r} returned a contribution to operand {slot} that doesn't fit: "
            f"expected a number or an array that broadcasts with shape {shapes}: {error}"
        ) from None


def _refuse_stale(node: Node, parent: Node, then: Any) -> None:
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


def backward(root: Node, cotangent: Any = None, *, create_graph: bool = False) -> None:
    """Add d(root)/d(leaf) to every leaf's ``.grad``, and replace every interior node's ``.grad``.

    If anything fails, every ``.grad`` is as it was.

    Raises
    ------
    ValueError
        If ``root`` doesn't depend on a variable, isn't a scalar and no cotangent of its shape is
        given, or a leaf's data changed after the forward pass.
    """
    if not root.requires_grad:
        raise ValueError(
            "backward() needs a root that depends on a variable, and this one is a constant: "
            "was it computed under no_grad(), or from numbers that don't require gradients?"
        )
    seed = root._seed(cotangent if create_graph else raw(cotangent))
    found = cotangents(root, seed, create_graph=create_graph)
    # All sums are made before anything is stored: one may fail, for a user's own .grad may not add.
    sums = {node: node._accumulate(part) for node, part in found.items() if node.op is None}
    for node, part in found.items():
        node.grad = part
    for leaf, total in sums.items():
        leaf.grad = total
