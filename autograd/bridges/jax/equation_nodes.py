"""One equation of a JAX program as nodes: JAX's value, JAX's pullback, and our rule beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.bridges.jax.host_arrays import is_complex, is_floating, is_key, on_host
from autograd.bridges.jax.lax_rules import form_of, rule_of
from autograd.bridges.jax.loops import placed
from autograd.bridges.jax.places import Place, called_name, has_own_rule, program_of
from autograd.bridges.jax.pullbacks import Pullback
from autograd.bridges.jax.settings_shown import settings_shown
from autograd.bridges.jax.wires import Wire
from autograd.node.node import Node
from autograd.ops.indexing import getitem
from autograd.ops.shape import astype, reshape
from autograd.values.recorded_node import recorded

_IN_PARTS = ("split",)  # linear, so that each result can have a pullback of its own


def as_nodes(
    equation: Any, given: Sequence[Wire], found: Sequence[Any], place: Place
) -> list[Wire]:
    """Record an equation that has a variable among its operands, and return its results.

    Several results of floating numbers are one node, which holds them one after the other, as
    JAX's pullback takes their cotangents together; each is a part of it.
    """
    used = [k for k, to in enumerate(equation.outvars) if type(to).__name__ != "DropVar"]
    _refuse_complex(equation, [found[k] for k in used], place)
    kept = [k for k in used if is_floating(found[k])]
    results = [Wire(value) for value in found]
    if len(kept) == 1 or equation.primitive.name in _IN_PARTS:
        for k in kept:
            results[k].node = _node(equation, given, [k], on_host(found[k]), place)
    elif kept:
        arrays = [on_host(found[k]) for k in kept]
        whole = np.concatenate([array.ravel() for array in arrays])
        node = _node(equation, given, kept, whole, place)
        for k, part in zip(kept, _parts(node, arrays, place), strict=True):
            results[k].node = part
    return results


def _node(
    equation: Any, given: Sequence[Wire], results: list[int], data: Any, place: Place
) -> Node:
    shown = [k for k, x in enumerate(given) if not (is_key(x.value) or is_complex(x.value))]
    wanted = [k for k, x in enumerate(given) if x.is_variable]
    values = [x.value for x in given]
    symbol, latex = form_of(equation)
    return recorded(
        _name(equation),
        [given[k].shown() for k in shown],
        data,
        Pullback(equation, values, wanted, results, shown),
        settings=settings_shown(equation),
        symbol=symbol,
        latex=latex,
        ours=rule_of(equation, values, results) if len(shown) == len(given) else None,
        region=place.region,
        source=place.source,
        code=place.code,
    )


def _name(equation: Any) -> str:
    """Return the name of the primitive; of a function with its own gradient, the function's."""
    name: str = equation.primitive.name
    if has_own_rule(equation):
        name = called_name(program_of(equation)) or name
    return name if name.isidentifier() else "".join(c if c.isalnum() else "_" for c in name)


def _parts(whole: Node, arrays: Sequence[Any], place: Place) -> list[Node]:
    """Return the results that a flat array holds, as nodes of their own shape and dtype."""
    found, start = [], 0
    for array in arrays:
        part: Any = placed(getitem(whole, slice(start, start + array.size)), place)
        if array.ndim != 1:
            part = placed(reshape(part, array.shape), place)
        if array.dtype != part.dtype:
            part = placed(astype(part, array.dtype), place)
        found.append(part)
        start += array.size
    return found


def _refuse_complex(equation: Any, found: Sequence[Any], place: Place) -> None:
    if any(map(is_complex, found)):
        raise ValueError(
            f"{place.told(equation.primitive.name)} makes complex numbers of a variable, and a "
            "node holds real ones: open the part of the function before or after it"
        )
