"""``recorded``: a node as another engine recorded it, with that engine's value and pullback."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd.node.mode import Note, current_mode
from autograd.node.node import Node
from autograd.node.region_names import region_inside
from autograd.numbers.words import with_article
from autograd.rules.recorded_op import Pullback, Recorded
from autograd.values.float_arrays import as_floats
from autograd.values.plain_numbers import as_number
from autograd.values.tensor import Tensor
from autograd.values.value import Value, linked


def recorded(
    name: str,
    parents: Iterable[Node],
    data: Any,
    pullback: Pullback | None,
    *,
    settings: dict[str, Any] | None = None,
    symbol: str = "",
    latex: str = "",
    ours: Callable[..., Any] | None = None,
    label: str = "",
    region: str = "",
    source: str = "",
    code: str = "",
) -> Node:
    """Return an interior node as another engine recorded it: its value and its pullback are given.

    Everything that reads a graph reads it: the walk, ``steps``, ``draw``, ``why``. Nothing here
    says how it is computed, so that it has first derivatives in reverse mode alone.

    Parameters
    ----------
    name : str
        What the operation is called there: an identifier. No registry knows it.
    parents : iterable of Node
        The operands, in order and with repeats. At least one is a variable.
    data : number or array
        What was computed. An array, which isn't copied, makes a Tensor, also one of shape ``()``.
    pullback : callable or None
        ``pullback(cotangent)`` → one contribution for each operand, plain arrays or numbers, with
        None where nothing passes. None if there is none any more: then the node can be shown, and
        differentiating it raises ValueError.
    settings : dict, optional
        What pictures show beside the name; not shown is what begins with an underscore.
    symbol, latex : str
        For pictures and formulas: see ``Op``.
    ours : callable, optional
        A function of the operands, written with this engine's ops, that computes the same. The
        second opinion: ``scalars`` and checks use it.
    label, region, source, code : str
        The texts of the node: see ``Node``. ``code`` is the line that ``source`` names.

    Returns
    -------
    Value or Tensor

    Raises
    ------
    TypeError
        If a parent isn't a node, the data isn't a number or an array of real ones, or ``pullback``
        or ``ours`` isn't a function.
    ValueError
        If there is no variable among the parents, or the name is no identifier.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.extend import recorded
    >>> x = Value(3.0, label="x")
    >>> y = recorded("square", [x], 9.0, lambda g: [6.0 * g])  # as some other engine found it
    >>> y.backward()
    >>> x.grad
    6.0
    """
    operands = tuple(parents)
    for parent in operands:
        if not isinstance(parent, Node):
            raise TypeError(f"a parent of {name!r} must be a node, got {with_article(parent)}")
    _check_function(f"the pullback of {name!r}", pullback)
    _check_function(f"the function of ours of {name!r}", ours)
    if not any(parent.requires_grad for parent in operands):
        raise ValueError(f"{name!r} needs a variable among its parents: what has none is a leaf")
    if (tracer := current_mode().tracer) is not None:
        tracer.refuse(
            f"{name!r}, which another engine computed", "record it outside of the function"
        )
    op = Recorded(name, symbol=symbol, latex=latex, pullback=pullback, ours=ours)
    is_array = isinstance(data, np.ndarray)
    if not is_array:
        data = as_number(data)
    elif data.dtype.kind != "f":
        data = as_floats(data)
    note = Note(label, region_inside("", region), source, code)
    numbers = tuple(parent._data for parent in operands)
    a, x = (operands, numbers) if len(operands) > 2 else (operands[0], numbers[0])
    b, y = (operands[1], numbers[1]) if len(operands) == 2 else (None, None)
    kept = settings or None
    node: Node = linked(op, data, a, b, x, y, kept, note, Tensor if is_array else Value)
    return node


def _check_function(what: str, given: Any) -> None:
    if given is not None and not callable(given):
        raise TypeError(f"{what} must be callable or None, got {with_article(given)}")
