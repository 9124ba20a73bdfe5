"""The walk over a recorded graph beside torch's own backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import _disable_current_modes

from autograd.bridges.torch.check_report import WalkResult
from autograd.bridges.torch.tensor_numbers import as_array
from autograd.node.node import Node
from autograd.numbers.kinds import Array
from autograd.reading.sources import placed

_ROUNDINGS = 64.0  # last bits of the largest element, for sums in another order
_CHANGED = "changed_in_place"


def compare_walk(
    root: Node, order: Sequence[Node], leaves: Sequence[Node], found: dict[Node, Any]
) -> WalkResult:
    """Compare the cotangents of leaves with what ``torch.autograd.grad`` gives.

    Hooks on tensors aren't in torch's graph, and run in its backward pass alone.
    """
    notes = _notes(order)
    tensors = tensors_of(order)
    known = [leaf for leaf in leaves if leaf.requires_grad and leaf in tensors]
    if root not in tensors or not known:
        return WalkResult(notes=(*notes, "torch's tensors aren't there any more"))
    arrivals: dict[Any, Any] = {}
    try:
        theirs = _by_torch(tensors[root], [tensors[leaf] for leaf in known], order, arrivals)
    except RuntimeError as error:
        return _refused(str(error).splitlines()[0], notes)
    same, worst, name, agrees = True, 0.0, "", True
    for leaf, grad in zip(known, theirs, strict=True):
        zero = np.zeros(np.shape(leaf._data))
        one = zero if grad is None else as_array(grad)
        other = np.asarray(found.get(leaf, zero)) + 0 * zero.astype(np.asarray(one).dtype)
        same = same and np.array_equal(one, other, equal_nan=True)
        off = _apart(one, other)
        if off > worst:
            worst, name = off, leaf.label
        agrees = agrees and bool(off <= _ROUNDINGS * _eps(grad, one))
    where = "" if agrees else _by_chance(order, found) or _first_other(order, found, arrivals)
    return WalkResult(len(known), same, worst, name, agrees, where, tuple(notes))


def _refused(why: str, notes: Sequence[str]) -> WalkResult:
    """Say why torch's backward pass raised: a reentrant checkpoint alone takes no ``grad``."""
    if "checkpoint" in why.lower():
        return WalkResult(notes=(*notes, f"torch refuses: {why}"))
    return WalkResult(agrees=False, where=f": {why}", notes=tuple(notes))


def tensors_of(order: Sequence[Node]) -> Any:
    """Return torch's tensors of a recording's leaves and roots, by their nodes."""
    for node in order:
        of: Any = node.op
        found = getattr(getattr(of, "pullback", None), "tensors", None)
        if found is not None:
            return found
    return {}


def _by_torch(root: Any, leaves: list[Any], order: Sequence[Node], arrivals: Any) -> Any:
    """Run torch's backward pass, and note the cotangents that come to its nodes."""
    handles = []
    for node in order:
        of: Any = node.op
        grad_fn = getattr(of.pullback, "grad_fn", None)
        if grad_fn is not None and grad_fn not in arrivals:
            arrivals[grad_fn] = None
            handles.append(grad_fn.register_prehook(_noting(arrivals, grad_fn)))
    try:
        with _disable_current_modes():
            return torch.autograd.grad(
                root, leaves, torch.ones_like(root), retain_graph=True, allow_unused=True
            )
    finally:
        for handle in handles:
            handle.remove()


def _noting(arrivals: dict[Any, Any], grad_fn: Any) -> Any:
    def note(cotangents: Any) -> None:
        arrivals[grad_fn] = [None if g is None else g.detach().clone() for g in cotangents]

    return note


def _by_chance(order: Sequence[Node], found: dict[Node, Any]) -> str:
    """Say which node passes back other numbers when it is asked again."""
    for node in reversed(order):
        pullback: Any = getattr(node.op, "pullback", None)
        if node not in found or not hasattr(pullback, "grad_fn"):
            continue
        for one, other in zip(pullback(found[node]), pullback(found[node]), strict=True):
            if one is not None and not np.array_equal(one, other, equal_nan=True):
                return f": the backward of {_named(node)} gives other numbers each time"
    return ""


def _named(node: Node) -> str:
    return placed(repr(node.op.name if node.op else ""), node.region, node.source)


def _first_other(order: Sequence[Node], found: dict[Node, Any], arrivals: Any) -> str:
    """Say at which node, going back from the root, torch's cotangent first isn't the walk's."""
    for node in reversed(order):
        of: Any = node.op
        came = arrivals.get(getattr(of.pullback, "grad_fn", None))
        if came is None or node not in found:
            continue
        g = came[of.pullback.output_nr]
        theirs = np.zeros(np.shape(node._data)) if g is None else as_array(g)
        if _apart(theirs, np.asarray(found[node])) > _ROUNDINGS * _eps(g, theirs):
            return (
                f": the first other cotangent comes to {_named(node)}; a hook on that tensor "
                "changes it, which no graph shows, or a backward that writes into its cotangent"
            )
    return ": all cotangents on the way are the walk's; a hook on the leaf changes it"


def _notes(order: Sequence[Node]) -> list[str]:
    changed = [node for node in order if node.op is not None and node.op.name == _CHANGED]
    if not changed:
        return []
    return [
        f"{len(changed)} tensor{'s were' if len(changed) > 1 else ' was'} changed in place under "
        "no_grad(): values are the new ones, and torch passes gradients as if nothing had happened"
    ]


def _apart(one: Array, other: Array) -> float:
    """Return how far two gradients are apart, beside the largest element."""
    one, other = np.asarray(one, float), np.asarray(other, float)
    if np.array_equal(one, other, equal_nan=True):
        return 0.0
    with np.errstate(all="ignore"):
        off = np.where((one == other) | (np.isnan(one) & np.isnan(other)), 0, np.abs(one - other))
    size = np.max(np.abs(np.where(np.isfinite(one), one, 0)), initial=0.0)
    worst = float(np.max(np.nan_to_num(off, nan=np.inf), initial=0.0))
    return worst / size if size else worst


def _eps(tensor: Any, array: Array) -> float:
    if tensor is None:
        return float(np.finfo(array.dtype).eps)
    return float(torch.finfo(tensor.dtype).eps)
