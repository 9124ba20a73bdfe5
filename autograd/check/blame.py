"""The search for the wrong rule: every node of a graph is checked by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np

from autograd.check.array_rules import wrong_pullback
from autograd.check.precise import Unsettled, difference, settle, to_mpf
from autograd.check.report import Blame
from autograd.check.side_effects import changing
from autograd.node.mode import enable_grad
from autograd.node.node import Node, raw
from autograd.numbers.kinds import MPF
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import is_built_in
from autograd.transforms.pytree import leaves
from autograd.values.value import Value
from autograd.walk.order import topological_order

_JUMP = 1e15  # a slope so steep, over steps of 1e-20, is no slope
_LARGE = 1e10  # of operands, with which a slope may be as steep as that
_ELEMENTS = 3  # of an array, at which a rule is checked
_CLOSE = 1e-9  # how exactly a ratio has to be what a hint says
_SIMPLE = 12  # the largest number of a fraction that a hint takes for a constant factor


def graph_of(f: Callable[..., Any], inputs: Iterable[Any]) -> list[Node]:
    """Return the interior nodes of ``f`` at its inputs, parents before children."""
    with enable_grad():
        result = f(*inputs)
    return topological_order(*(y for y in leaves(result) if isinstance(y, Node)))


def blame(nodes: Sequence[Node]) -> Blame:
    """Check every node's rule by itself, and return the first that is wrong; else the engine."""
    searches = (_wrong_rule, _wrong_at_jump, changing)
    found = next(filter(None, (search(node) for search in searches for node in nodes)), None)
    return replace(found or Blame("engine"), root=nodes[-1] if nodes else None)


def _wrong_rule(node: Node) -> Blame | None:
    if isinstance(node.op, Elementwise):
        return _wrong_in_array(node, wrong_partial) if node._rank else wrong_partial(node)
    return wrong_pullback(node)


def _wrong_at_jump(node: Node) -> Blame | None:
    return _wrong_in_array(node, wrong_side) if node._rank else wrong_side(node)


def _wrong_in_array(node: Node, check: Callable[[Node], Blame | None]) -> Blame | None:
    """Return what is wrong with the rule at a few elements, each checked as a number."""
    if not isinstance(node.op, Elementwise):
        return None
    op: Any = node.op
    params = node.params or {}
    if any(np.ndim(setting) for setting in params.values()):
        return None
    points = _points(node)
    for point in points[:: max(1, len(points) // _ELEMENTS)]:
        with enable_grad():
            found = check(op(*map(Value, point), **params))
        if found is not None:
            return replace(found, node=node)
    return None


def _points(node: Node) -> list[tuple[Any, ...]]:
    columns = [x.ravel().tolist() for x in np.broadcast_arrays(*node.operands)]
    return list(zip(*columns, strict=True))


def wrong_partial(node: Node) -> Blame | None:
    """Return what is wrong with the rule of one node of scalars, if anything is."""
    op, operands = node.op, node.operands
    if not (isinstance(op, Elementwise) and _has_derivatives(node)):
        return None
    if is_at_kink(node):
        return _wrong_convention(node)
    settings = node.params or {}
    for k in range(op.arity):
        try:
            exact, found = partial_both_ways(op, k, operands, settings)
        except (ArithmeticError, ValueError):
            continue  # a kink, an end of the domain, or too far out for mpmath: not to blame
        if exact != found and not _alike(exact, found):
            if found != found:
                return Blame(op.name, k, operands, float(found), float(exact), "", node)
            return Blame(
                op.name,
                k,
                operands,
                float(found),
                float(exact),
                hint(op, k, operands, settings, found, exact),
                node,
            )
        if _loses_digits(op, k, operands, settings, exact):
            found = op.partial(k, *operands, **settings)
            return Blame(op.name, k, operands, found, float(exact), ": in floats alone", node)
    return None


def _has_derivatives(node: Node) -> bool:
    """Whether a node of scalars is one whose function mpmath can differentiate."""
    if not (isinstance(node.op, Elementwise) and MPF in node.op.numbers):
        return False
    if node._data != node._data:  # no function there, as in 0/0
        return False
    return all(isinstance(x, (float, int)) and isfinite(x) for x in node.operands)


def wrong_side(node: Node) -> Blame | None:
    """Return what is wrong with the rule of a node of scalars at a jump or kink not on record.

    A slope there is right if it is that of a side, or lies between those of both.
    """
    op, xs, settings = node.op, node.operands, node.params or {}
    if not (isinstance(op, Elementwise) and _has_derivatives(node)):
        return None
    if is_at_kink(node) or max(map(abs, xs)) > _LARGE:
        return None
    for k in range(op.arity):
        with suppress(ArithmeticError, ValueError):
            slopes = [] if _has_slope(op, k, xs, settings) else _slopes(op, k, xs, settings)
            found = op.partial(k, *xs, **settings)
            if slopes and not _is_among(found, slopes):
                why = ": beside a jump or kink"
                return Blame(op.name, k, xs, float(found), float(_smallest(slopes)), why, node)
    return None


def _is_among(slope: Any, slopes: list[Any]) -> bool:
    return min(slopes) <= slope <= max(slopes) or any(_alike(slope, each) for each in slopes)


def _wrong_convention(node: Node) -> Blame | None:
    op: Any = node.op
    if _is_across_a_jump(node):
        return None
    for k in range(op.arity):
        try:
            exact = float(_local(node, k))
        except (ArithmeticError, ValueError):
            continue
        found = float(op.partial(k, *node.operands, **(node.params or {})))
        alike = found == exact or (found != found and exact != exact)
        if not alike and not (isfinite(exact) and abs(found - exact) <= 1e-10 * abs(exact)):
            why = ": by convention, at this kink"
            return Blame(op.name, k, node.operands, found, exact, why, node)
    return None


def _is_across_a_jump(node: Node) -> bool:
    """Whether the function in many digits is on the other side: mpmath has no -0.0."""
    op: Any = node.op
    with suppress(ArithmeticError, ValueError):
        exact = _real(op.compute(*map(to_mpf, node.operands), **(node.params or {})))
        return float(exact) * float(raw(node)) < 0
    return False


def _alike(one: Any, other: Any) -> bool:
    if one != one or other != other:
        return False
    size = max(abs(one), abs(other))
    return bool(abs(one - other) <= size * 1e-14 or size < 1e-300)


def _loses_digits(op: Elementwise, k: int, operands: Any, settings: Any, exact: Any) -> bool:
    found = op.partial(k, *operands, **settings)
    overflows = float(found) == float(exact)  # both beyond what a float holds
    return not overflows and bool(abs(float(found) - exact) > 1e-6 * abs(exact) + 1e-300)


def partial_both_ways(
    op: Elementwise, k: int, operands: tuple[Any, ...], settings: dict[str, Any]
) -> tuple[Any, Any]:
    """Return ∂z/∂operand k of the op's function, and by the rule, with many digits.

    Raises
    ------
    Unsettled
        If the op has no derivative there.
    """

    def along(x: Any) -> Any:
        return _real(op.compute(*_at(operands, k, x), **settings))

    def claimed() -> Any:
        return _real(op.partial(k, *map(to_mpf, operands), **settings))

    try:
        return settle(along, operands[k], claimed)
    except (ArithmeticError, ValueError):
        exact, _ = settle(along, operands[k])  # the function has a derivative: the rule gave none
        return exact, float(op.partial(k, *operands, **settings))


def _at(operands: tuple[Any, ...], k: int, x: Any) -> list[Any]:
    at = [to_mpf(y) for y in operands]
    at[k] = x
    return at


def _real(y: Any) -> Any:
    from mpmath import mp

    if isinstance(y, (mp.mpc, mp.mpf)) and (isinstance(y, mp.mpc) or not mp.isfinite(y)):
        raise Unsettled("outside the domain")
    return y if isinstance(y, mp.mpf) else mp.mpf(float(y))


def hint(
    op: Elementwise,
    k: int,
    operands: tuple[Any, ...],
    settings: dict[str, Any],
    found: Any,
    exact: Any,
) -> str:
    """Say what the ratio of a partial to the exact one suggests; empty if nothing."""
    if not found:
        return ": nothing is passed on"
    if not exact:
        return ": nothing should be passed on"
    ratio = float(found / exact)
    names = dict(zip(OPERANDS, map(float, operands), strict=False))
    with suppress(TypeError, ValueError, ArithmeticError):
        names["z"] = float(op.compute(*operands, **settings))
    if _is(ratio, -1):
        return ": is a sign wrong?"
    for name, number in names.items():
        if number and isfinite(number) and abs(number) != 1:
            if _is(ratio, number):
                return f" = {name}: is a factor 1/{name} missing?"
            if _is(ratio, -number):
                return f" = −{name}: is a factor −1/{name} missing?"
            if _is(ratio * number, 1):
                return f" = 1/{name}: is a factor {name} missing?"
            if _is(ratio * number, -1):
                return f" = −1/{name}: is a factor −{name} missing?"
    for j in range(op.arity):
        if j != k and _is(float(op.partial(j, *operands, **settings)), float(found)):
            return f": it is the partial for {OPERANDS[j]}; are two rules swapped?"
    if abs(ratio - 1) < 1e-3:
        return ": nearly right; has a constant too few digits, or a step been left out?"
    factor = Fraction(ratio).limit_denominator(_SIMPLE) if isfinite(ratio) else Fraction(0)
    if abs(factor.numerator) <= _SIMPLE and _is(ratio, float(factor)):
        return f" = {factor}: is a constant factor wrong?"
    return ""


def _is(ratio: float, number: float) -> bool:
    return abs(ratio - number) <= _CLOSE * abs(number)


# Kinks -------------------------------------------------------------------------------------------


def is_at_kink(node: Node) -> bool:
    """Whether a node of scalars is where its op has no derivative by the op's own record."""
    op, xs = node.op, node.operands
    if not isinstance(op, Elementwise) or not all(isinstance(x, (float, int)) for x in xs):
        return False
    if op.ties and xs[0] == xs[1]:
        return True
    bounds = [x for x in {**op.settings, **(node.params or {})}.values() if type(x) in (int, float)]
    special = {*op.kinks, *(bounds if op.selects else ())}
    if op.arity == 1 and xs[0] in special:
        return True
    if any(edge.at == xs for edge in op.edges):
        return True
    jumps = _JUMPS.get(op.name) if is_built_in(op) else None
    return jumps is not None and bool(jumps(*xs, node._data))


def count_kinks(node: Node) -> int:
    """Count the elements of a node where its op has no derivative by the op's own record."""
    op, params = node.op, node.params or {}
    if not isinstance(op, Elementwise) or any(np.ndim(setting) for setting in params.values()):
        return 0
    return sum(is_at_kink(op(*map(Value, point), **params)) for point in _points(node))


_JUMPS: dict[str, Callable[..., bool]] = {
    "floor": lambda x, z: x == z,
    "ceil": lambda x, z: x == z,
    "round": lambda x, z: abs(x - z) == 0.5,
    "trunc": lambda x, z: x == z,
    "mod": lambda x, y, z: z == 0,
    "fmod": lambda x, y, z: z == 0,
    "floor_divide": lambda x, y, z: x == y * z,
    "copysign": lambda x, y, z: x == 0 or y == 0,
}  # at more points than a record can list


def by_convention(f: Callable[..., Any], inputs: list[Any], j: int) -> tuple[Any, Any]:
    """Return the derivative by input ``j`` from local derivatives that know nothing of rules.

    Each node's partial is the derivative of its function; at a kink, by the engine's convention:
    what the op's record says there, else the slope of smallest norm. They are summed along the
    graph in forward mode; a partial that is zero passes nothing on, not even infinity. Beside the
    sum comes that of absolute values: rounding may move the sum by a fraction of it.
    """
    from mpmath import mp

    variables = [Value(x, requires_grad=True) for x in inputs]
    nodes = graph_of(f, variables)
    nothing = (mp.mpf(0), mp.mpf(0))
    tangents: dict[Node, Any] = {variables[j]: (mp.mpf(1), mp.mpf(1))}
    for node in nodes:
        total, size = nothing
        for k, parent in enumerate(node.parents):
            tangent, scale = tangents.get(parent, nothing)
            if scale and (local := _local(node, k)):
                total += tangent * local
                size += scale * abs(local)
        tangents[node] = (total, size)
    return tangents[nodes[-1]] if nodes else nothing


def _local(node: Node, k: int) -> Any:
    from mpmath import mp

    op, xs, settings = node.op, node.operands, node.params or {}
    if not isinstance(op, Elementwise):
        raise Unsettled("conventions are checked for elementwise ops only")
    if not is_at_kink(node):
        return partial_both_ways_alone(op, k, xs, settings)
    if op.ties and xs[0] == xs[1]:
        return mp.mpf(1) / 2
    for edge in op.edges:
        if edge.at == xs and not settings:
            return mp.mpf(edge.partials[k])
    if "at_zero" in op.settings and op.selects:
        return mp.mpf(settings.get("at_zero", op.settings["at_zero"]))
    slopes = _slopes(op, k, xs, settings)
    if not slopes and max(map(abs, xs)) > _LARGE:
        raise Unsettled("numbers are so large that a slope can't be told from a jump")
    return _smallest(slopes)


def _smallest(slopes: list[Any]) -> Any:
    """Return the subgradient of smallest norm; 0 if there is a jump to both sides."""
    from mpmath import mp

    if not slopes or min(slopes) * max(slopes) < 0:
        return mp.mpf(0)
    return min(slopes, key=abs)


def _slopes(op: Elementwise, k: int, xs: Any, settings: Any) -> list[Any]:
    """Return the slopes of an op's function to either side, but for those that are a jump."""
    sides = (one_sided(op, k, xs, settings, side) for side in (-1, 1))
    return [slope for slope in sides if abs(slope) < _JUMP]


def partial_both_ways_alone(op: Elementwise, k: int, xs: Any, settings: Any) -> Any:
    """Return the derivative of the op's function: no rule is asked."""
    return settle(lambda x: _real(op.compute(*_at(xs, k, x), **settings)), xs[k])[0]


def _has_slope(op: Elementwise, k: int, xs: Any, settings: Any) -> bool:
    try:
        partial_both_ways_alone(op, k, xs, settings)
    except Unsettled:
        return False
    return True


def one_sided(op: Elementwise, k: int, xs: Any, settings: Any, side: int) -> Any:
    """Return the slope of an op's function by operand ``k``, to one side."""
    from mpmath import mp

    with mp.workdps(60):
        f = lru_cache(None)(lambda x: _real(op.compute(*_at(xs, k, x), **settings)))
        return difference(f, to_mpf(xs[k]), 60, side)
