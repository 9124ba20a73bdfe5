"""Detects anomalies: stops at the first nan or inf, whether an operation made it or it came in."""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.files.console import printable
from autograd.files.users_line import warn
from autograd.node.mode import current_mode, in_mode
from autograd.node.node import Node, raw
from autograd.reading import formatting
from autograd.reading.bad_numbers import NOTE, chooses, is_taken_as_zero, not_finite
from autograd.reading.numbered_graph import partials
from autograd.reading.sources import (
    Observer,
    SourceWatcher,
    source_name,
    users_line,
)

LONGEST = 12  # nodes of a path that are shown


@printable
class AnomalyError(RuntimeError):
    """A nan or an infinity was made of finite numbers, or came in with a leaf and spread.

    Attributes
    ----------
    node : Node
        What the operation made, in the forward pass; or the leaf.
    phase : str
        "forward" or "backward".
    path : tuple of Node
        The shortest path from a leaf that is a variable to the node; or that on which what came in
        with the leaf spread, from the leaf on.
    source : str
        The user's file and line: ``train.py:12``.

    Examples
    --------
    >>> from autograd import AnomalyError, Value, detect_anomaly
    >>> x = Value(-1.0, label="x")
    >>> try:
    ...     with detect_anomaly():
    ...         y = 2 + x.log()
    ... except AnomalyError as error:
    ...     print(error.phase, error.node.op.name, [node.label for node in error.path])
    forward log ['x', '']
    """

    def __init__(
        self, message: str, node: Node, phase: str, path: tuple[Node, ...] | None = None
    ) -> None:
        super().__init__(message)
        self.node = node
        self.phase = phase
        self.path = shortest_path(node) if path is None else path
        self.source = node.source


class AnomalyWatcher(SourceWatcher):
    """Notes the user's line of each node, and stops at the first that ``is_bad`` says is bad.

    Parameters
    ----------
    is_bad : callable
        Tells whether a number or an array is a bad one.
    """

    def __init__(self, is_bad: Callable[[Any], bool]) -> None:
        super().__init__()
        self.is_bad = is_bad

    def __call__(self, node: Node) -> None:
        source, in_walk = users_line(sys._getframe(1))
        self.note(node, source)
        if not in_walk:  # a rule's own nodes: the observer judges what it passes on
            check_forward(node, self.is_bad)

    def observer(self) -> Observer:
        is_bad = self.is_bad
        sums: dict[Node, Any] = {}
        told: set[Node] = set()

        def observe(node: Node, slot: int, parent: Node, upstream: Any, part: Any) -> None:
            if not sums and not told:  # the root
                check_origin(node, is_bad)
            check_forward(node, is_bad)
            if node not in told:
                told.add(node)
                tell_of_zero_times_infinity(node, [upstream] * len(node.parents), "backward")
            before = sums.get(parent)
            if is_bad(raw(part)):
                if not any(map(is_bad, (raw(upstream), *node.operands))):
                    raise AnomalyError(_of_pullback(node, slot, upstream, part), node, "backward")
                if not is_bad(raw(upstream)):
                    for operand in node.parents:
                        check_origin(operand, is_bad)
                return
            after = sums[parent] = part if before is None else before + part
            if is_bad(raw(after)) and not is_bad(raw(before)):
                raise AnomalyError(_of_sum(parent, before, part), parent, "backward")

        return observe

    def pushing(self, node: Node, tangents: Sequence[Any]) -> None:
        tell_of_zero_times_infinity(node, tangents, "forward mode")


@contextlib.contextmanager
def detect_anomaly(*, infinities: bool = True) -> Iterator[None]:
    """Stop at the first nan or inf, forward or backward: where it was made, or came in.

    The error names the operation and its inputs, the user's file and line, and the shortest path
    from the leaves. A nan or inf that came in with a leaf is told of in the backward pass, with its
    index and the path on which it spread, if it reached the result or a gradient: the −inf of a
    mask doesn't. Where 0 × ∞ is taken as 0, a RuntimeWarning says so: it is a note, and no error.
    Only what is recorded is watched: not what is computed under ``no_grad()`` or from constants,
    or replayed by ``jit``.

    Parameters
    ----------
    infinities : bool
        Whether to stop at infinities too, and not only at nan.

    Raises
    ------
    AnomalyError
        At the operation, or the leaf, that is to blame.

    Examples
    --------
    >>> from autograd import Value, detect_anomaly, sqrt
    >>> x = Value(0.0, label="x")
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     sqrt(x).backward()
    Traceback (most recent call last):
    autograd.reading.anomaly.AnomalyError: backward: sqrt passes inf on to 'x'...
    """
    is_bad = _not_finite if infinities else _is_nan
    with in_mode(current_mode()._replace(watcher=AnomalyWatcher(is_bad))):
        yield


# What is bad, and what is said of it --------------------------------------------------------------


def check_forward(node: Node, is_bad: Callable[[Any], bool]) -> None:
    """Raise AnomalyError if the node is bad and none of its operands is."""
    if is_bad(node._data) and not any(map(is_bad, node.operands)):
        raise AnomalyError(_of_operation(node), node, "forward")


def check_origin(node: Node, is_bad: Callable[[Any], bool]) -> None:
    """Raise AnomalyError if the node is bad: at the leaf or the operation where that began."""
    if not is_bad(node._data):
        return
    path = [node]
    while bad := [p for p in path[-1].parents if is_bad(p._data)]:
        path.append(bad[0])
    origin = path[-1]
    if origin.op is not None:
        check_forward(origin, is_bad)
    path.reverse()
    raise AnomalyError(_of_leaf(path), origin, "forward", tuple(path))


def tell_of_zero_times_infinity(node: Node, factors: Sequence[Any], walk: str) -> None:
    """Warn where a walk takes 0·∞ as 0.

    ``factors`` are what is multiplied into the partial of each operand: the node's cotangent, or
    the operand's tangent, None where there is none.
    """
    if chooses(node.op) or not any(map(_may_be_zero_times_infinity, factors)):
        return
    for parent, factor, partial in zip(node.parents, factors, partials(node), strict=True):
        if parent.requires_grad and is_taken_as_zero(factor, partial):
            towards = "what it passes to" if walk == "backward" else "what comes from"
            warn(
                f"{walk}: {NOTE}\n  at {_op(node)}, {towards} {_name(parent)}"
                + (f"\n  at {source_name(node.source)}" if node.source else ""),
                RuntimeWarning,
            )


def _may_be_zero_times_infinity(factor: Any) -> bool:
    if factor is None:
        return False
    g = raw(factor)
    return bool(np.any((g == 0) | (abs(g) == np.inf)))


def _is_nan(x: Any) -> bool:
    return bool((x != x).any()) if isinstance(x, np.ndarray) else bool(x != x)


def _not_finite(x: Any) -> bool:
    """Whether a number or array has a nan or an infinity: of any kind of number."""
    if x is None:
        return False
    return not (np.isfinite(x).all() if isinstance(x, np.ndarray) else x - x == 0)


def _of_operation(node: Node) -> str:
    inputs = ", ".join(map(_text, node.operands[:4])) + ", …" * (len(node.operands) > 4)
    return _message(f"forward: {_op(node)}({inputs}) is {_text(node._data)}", node)


def _of_leaf(path: list[Node]) -> str:
    leaf = path[0]
    kind = "variable" if leaf.requires_grad else "constant"
    name = f"the {kind} {leaf.label!r}" if leaf.label else f"a {kind} without a label"
    return f"forward: {_text(leaf._data)} came in with {name}\n  it spread: {_names(path)}"


def _of_pullback(node: Node, slot: int, upstream: Any, part: Any) -> str:
    operand = node.parents[slot]
    return _message(
        f"backward: {_op(node)} passes {_text(raw(part))} on to {_name(operand)} (operand {slot}, "
        f"{_text(node.operands[slot])}), of the finite cotangent {_text(raw(upstream))}",
        node,
    )


def _of_sum(parent: Node, before: Any, part: Any) -> str:
    return _message(
        f"backward: the sum of the contributions to {_name(parent)} overflows: "
        f"{_text(raw(before))} + {_text(raw(part))}",
        parent,
    )


def _message(what: str, node: Node) -> str:
    lines = [what]
    if node.note and node.source:
        lines.append(f"  at {source_name(node.source)}: {node.note.code}".rstrip(": "))
    if node.region:
        lines.append(f"  in {node.region}")
    return "\n".join([*lines, f"  path: {_names(shortest_path(node))}"])


def _names(path: Sequence[Node]) -> str:
    names = [_name(each) for each in path]
    if len(names) > LONGEST:
        half = LONGEST // 2
        names[half:-half] = [f"… {len(names) - 2 * half:,} more …"]
    return " → ".join(names)


def _op(node: Node) -> str:
    return node.op.name if node.op is not None else "leaf"


def _name(node: Node) -> str:
    if node.label:
        return repr(node.label)
    return _op(node) if node.op is not None else f"a leaf ({_text(node._data)})"


def _text(x: Any) -> str:
    if not isinstance(x, np.ndarray):
        return str(x)
    return formatting.number(x) if np.isfinite(x).all() else not_finite(x)


def shortest_path(node: Node) -> tuple[Node, ...]:
    """Return a path with the fewest operations from a variable among the leaves to a node."""
    consumer: dict[Node, Node | None] = {node: None}
    queue = deque([node])
    while queue:
        found = queue.popleft()
        if found.op is None:
            return tuple(_follow(found, consumer))
        for parent in found.parents:
            if parent.requires_grad and parent not in consumer:
                consumer[parent] = found
                queue.append(parent)
    return (node,)


def _follow(node: Node | None, after: dict[Node, Node | None]) -> Iterable[Node]:
    while node is not None:
        yield node
        node = after[node]
