"""``first_divergence``: the first operation at which two runs of a program part.

An operation is to blame only for its own result: what the difference of its operands explains, by
our rule in extended precision, was there before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
import torch

from autograd.bridges.compared import size_of
from autograd.bridges.second_rule import SecondRule
from autograd.bridges.torch.checking import recorded_order
from autograd.bridges.torch.given_arguments import apart, named, unlike_argument
from autograd.bridges.torch.walk_check import tensors_of
from autograd.files.console import printable
from autograd.node.node import Node
from autograd.numbers.kinds import Array
from autograd.reading.sources import placed
from autograd.walk.order import leaves
from autograd.walk.reverse import cotangents

_ROUNDINGS = 64.0  # last bits of the largest number in a result, or among its operands
_UNSEEN = {"to_copy", "alias", "clone"}  # they change no number, and one run may be without them


@printable
@dataclass(frozen=True)
class Divergence:
    """Where two runs part: false if they give the same.

    Attributes
    ----------
    kind : str
        ``leaf``: a parameter or an input is another one. ``argument``: an operation is given
        another setting, index or constant, such as the mask of a dropout. ``value``: it gives
        another result. ``gradient``: all values are alike, and an operation passes back something
        else. ``structure``: the programs aren't the same from here on. Empty if nothing parts.
    nodes : tuple of Node or None
        The operation in the first run and in the second; None where a run has ended.
    off, expected : float
        How far the two are apart there, as a share of the largest element, beyond what came in;
        and what rounding explains. Of arguments both are 0.
    at_root : float
        How far the two results are apart.
    compared : int
        How many operations were compared before.
    unjudged : tuple of str
        If nothing parts, the names of those that couldn't be: their operands come apart, and no
        rule of ours says what that does to the result.

    Examples
    --------
    >>> import torch
    >>> from autograd.bridges import torch as bridge
    >>> x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    >>> def run(program):
    ...     with bridge.record() as rec:
    ...         result = program(x).sum()
    ...     return rec[result]
    >>> same = bridge.first_divergence(run(torch.tanh), run(torch.tanh))
    >>> other = bridge.first_divergence(run(torch.tanh), run(torch.sin))
    >>> bool(same), bool(other), other.kind
    (False, True, 'structure')
    """

    kind: str = ""
    nodes: tuple[Node | None, Node | None] = field(default=(None, None), repr=False)
    off: float = 0.0
    expected: float = 0.0
    at_root: float = 0.0
    compared: int = 0
    unjudged: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kind)

    def __str__(self) -> str:
        end = f"the results are apart by {self.at_root:.3g} of their size"
        if not self.kind:
            names = ", ".join(dict.fromkeys(self.unjudged))
            said = "not judged, for they have other operands and no rule of ours"
            end = f"{said}: {names}; {end}" if names else end
            return f"nothing parts beyond rounding: {self.compared} operations compared; {end}"
        one, other = map(_named, self.nodes)
        if self.kind == "structure":
            return (
                f"the programs part after {self.compared} operations: the first goes on with "
                f"{one}, the second with {other}; {end}"
            )
        if self.kind == "argument":
            unlike = _unlike(*self.nodes)
            return f"{one} is the first operation that is given something else: {unlike}; {end}"
        what = {
            "leaf": f"the leaf {one} isn't the same",
            "value": f"{one} is the first operation that gives another result",
            "gradient": f"{one} is the first operation, on the way back, that passes on another "
            "gradient; all values are alike",
        }[self.kind]
        return (
            f"{what}: apart by {self.off:.3g} of its size, where rounding explains "
            f"{self.expected:.3g}; {end}"
        )

    __repr__ = __str__


def first_divergence(one: Node, other: Node) -> Divergence:
    """Return the first operation at which two recorded runs of a program part.

    They may be two precisions, two versions of torch or of the program, or two runs. Operations
    are matched in the order of the graph, by name, region and shape.

    Parameters
    ----------
    one, other : Tensor
        ``rec[loss]`` of each run.

    Returns
    -------
    Divergence
        False if every operation's own result, and what it passes back, is the same but for
        rounding.

    Raises
    ------
    TypeError
        If either isn't a node of a recorded torch program.

    Examples
    --------
    >>> import torch
    >>> from autograd.bridges import torch as bridge
    >>> def run(dtype):
    ...     x = torch.tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
    ...     with bridge.record() as rec:
    ...         loss = (x * 1000).exp().log().sum()
    ...     return rec[loss]
    >>> parted = bridge.first_divergence(run(torch.float32), run(torch.float64))
    >>> bool(parted)
    False
    """
    orders = [_operations(root) for root in (one, other)]
    with np.errstate(all="ignore"):
        at_root = apart(one._data, other._data)
        found = next(_leaves(one, other), None)
        pairs, structure = _matched(*orders)
        found = found or next(_values(pairs), None) or structure
        found = found or next(_gradients(one, other, pairs), None)
    if found:
        kind, nodes, off, expected, compared = found
        return Divergence(kind, nodes, off, expected, at_root, compared)
    unjudged = _unjudged(pairs)
    return Divergence(at_root=at_root, compared=len(pairs) - len(unjudged), unjudged=unjudged)


_Found = tuple[str, tuple[Node | None, Node | None], float, float, int]
_Pairs = list[tuple[Node, Node]]


def _operations(root: Any) -> list[Node]:
    return [node for node in recorded_order(root) if _name(node) not in _UNSEEN]


def _matched(first: Sequence[Node], second: Sequence[Node]) -> tuple[_Pairs, _Found | None]:
    """Return the operations that both runs have, up to where their structures part."""
    pairs: _Pairs = []
    for one, other in zip_longest(first, second):
        if one is None or other is None or _key(one) != _key(other):
            return pairs, ("structure", (one, other), 0.0, 0.0, len(pairs))
        pairs.append((one, other))
    return pairs, None


def _key(node: Node) -> tuple[Any, ...]:
    return _name(node), node.region, np.shape(node._data)


def _name(node: Node) -> str:
    return node.op.name.rstrip("_") if node.op else ""


def _named(node: Node | None) -> str:
    if node is None:
        return "nothing: it has ended"
    if node.op is None:
        return repr(node.label)
    return placed(repr(node.op.name), node.region, node.source)


def _leaves(one: Node, other: Node) -> Iterator[_Found]:
    """Yield the leaves that aren't the same but for rounding to the coarser dtype."""
    twins = named(leaves(other))
    tensors = [tensors_of(recorded_order(root)) for root in (one, other)]
    for name, leaf in named(leaves(one)).items():
        twin = twins.get(name)
        if twin is None or np.shape(twin._data) != np.shape(leaf._data):
            continue
        expected = max(
            _eps_of_leaf(each, of) for each, of in zip((leaf, twin), tensors, strict=True)
        )
        if (off := apart(leaf._data, twin._data)) > expected:
            yield "leaf", (leaf, twin), off, expected, 0


def _values(pairs: _Pairs) -> Iterator[_Found]:
    for count, (one, other) in enumerate(pairs):
        if _unlike(one, other):
            yield "argument", (one, other), 0.0, 0.0, count
        own = np.asarray(other._data, float) - np.asarray(one._data, float)
        sizes = [size_of(x._data) for x in (one, other)]
        rules = _rules(one, other)
        if rules:
            explained = np.asarray(rules[1].value() - rules[0].value(), float)
            own = own - np.where(np.isfinite(explained), explained, 0)
            sizes += [size_of(x) for rule in rules for x in rule.operands]
        elif _come_apart(one, other):
            continue  # without a rule, nobody knows what it makes of that
        yield from _beyond("value", one, other, own, sizes, count)


def _unlike(one: Any, other: Any) -> str:
    """Say which argument isn't the same: constants come from much that no graph shows."""
    eps = _eps(one, other)
    coarse = 0.0 if _eps(one) == _eps(other) else float(eps**0.5)
    return unlike_argument(one, other, max(_ROUNDINGS * eps, coarse))


def _unjudged(pairs: _Pairs) -> tuple[str, ...]:
    ops: list[tuple[Any, Any]] = [(one.op, other.op) for one, other in pairs]
    return tuple(
        op.name
        for (one, other), (op, twin) in zip(pairs, ops, strict=True)
        if (op.ours is None or twin.ours is None) and _come_apart(one, other)
    )


def _gradients(one: Node, other: Node, pairs: _Pairs) -> Iterator[_Found]:
    """Yield where the same cotangent is passed back otherwise than the operands explain."""
    found = cotangents(one, np.ones_like(one._data))
    for count, (first, second) in enumerate(reversed(pairs)):
        rules = _rules(first, second)
        if first not in found or not (rules or not _come_apart(first, second)):
            continue
        g = np.asarray(found[first])
        ops: list[Any] = [first.op, second.op]
        passed = [op.pullback(g) for op in ops]
        exact = [rule.pullback(g) for rule in rules]
        eps = _eps(first, second)
        moved = [rule.moved(g, at, eps) for rule, at in zip(rules, exact, strict=True)]
        for k, parent in enumerate(first.parents):
            theirs = [each[k] for each in passed]
            if parent.requires_grad and all(each is not None for each in theirs):
                own = np.asarray(theirs[1], float) - np.asarray(theirs[0], float)
                if rules:
                    own = own - np.asarray(exact[1][k] - exact[0][k], float)
                sizes = [size_of(each) for each in theirs]
                sizes += [size_of(each[k]) / _eps(first, second) for each in moved]
                yield from _beyond("gradient", first, second, own, sizes, count)


def _come_apart(one: Node, other: Node) -> bool:
    """Whether two operations have other operands, be it by a last bit."""
    pairs = zip(one.parents, other.parents, strict=False)
    return any(apart(p._data, q._data) for p, q in pairs)


def _beyond(
    kind: str, one: Node, other: Node, own: Array, sizes: Sequence[float], count: int
) -> Iterator[_Found]:
    """Yield the finding if a difference is more than rounding."""
    strange = ~np.isfinite(own) & ~_both_alike(one, other, own)
    off = np.inf if strange.any() else size_of(own)
    expected = _ROUNDINGS * _eps(one, other) * max(sizes)
    if off > expected:
        size = max(size_of(one._data), size_of(other._data)) or 1.0
        yield kind, (one, other), off / size, expected / size, count


def _both_alike(one: Node, other: Node, own: Array) -> Array:
    """Return where both values are the same infinity, or both nan."""
    x, y = np.asarray(one._data, float), np.asarray(other._data, float)
    if x.shape != own.shape:
        return np.zeros(own.shape, bool)
    return np.asarray((x == y) | (np.isnan(x) & np.isnan(y)))


def _rules(one: Node, other: Node) -> list[SecondRule]:
    """Return our rules for a pair of operations; none if there is none for either."""
    ops: list[Any] = [one.op, other.op]
    if any(op.ours is None for op in ops):
        return []
    try:
        return [SecondRule(one), SecondRule(other)]
    except (ArithmeticError, LookupError, NotImplementedError, TypeError, ValueError):
        return []


def _eps(*nodes: Node) -> float:
    """Return the last bit of the coarser of the dtypes that torch computed in."""
    found = []
    for node in nodes:
        of: Any = node.op
        grad_fn = getattr(of.pullback, "grad_fn", None)
        if grad_fn is None:
            found.append(_eps_of_array(node))
        else:
            dtype = grad_fn._input_metadata[of.pullback.output_nr].dtype
            found.append(float(torch.finfo(dtype).eps))
    return max(found)


def _eps_of_leaf(leaf: Node, tensors: Any) -> float:
    if leaf in tensors and tensors[leaf].is_floating_point():
        return float(torch.finfo(tensors[leaf].dtype).eps)
    return _eps_of_array(leaf)


def _eps_of_array(node: Node) -> float:
    return float(np.finfo(np.asarray(node._data).dtype).eps)
