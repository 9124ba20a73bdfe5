"""The JSON form of steps: version 1. ``docs/events.md`` describes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.numbers.words import with_article
from autograd.reading.sources import source_name
from autograd.rules.op import Elementwise, Op, Structural
from autograd.rules.op_registry import find_named, is_built_in
from autograd.rules.recorded_op import Recorded
from autograd.stepping.events import Event, Kind, NodeRecord, Phase
from autograd.stepping.json_values import decoded, encoded, list_of, number, of, short, sizes
from autograd.stepping.recorded_steps import Steps

FORMAT, VERSION = "glassgrad-steps", 1

_LISTS = ("shape", "operands", "operand_names")
_NODE = tuple(
    name
    for name in NodeRecord.__slots__
    if name not in ("index", "settings", "values", "made_by", *_LISTS)
)
_TEXTS = ("name", "label", "op", "symbol", "region", "source")
_AMOUNTS = ("upstream", "local", "contribution", "before", "after")
_NEEDED = {
    Kind.COMPUTE: (),
    Kind.SEED: ("contribution", "after"),
    Kind.CONTRIBUTE: ("upstream", "contribution", "after"),
    Kind.ACCUMULATE: ("contribution", "before", "after"),
}
_WORDS = (
    *("operand", "formula", "substituted", "local_formula", "accumulation", "sentence", "flags"),
)


def to_json(steps: Steps) -> str:
    """Return steps as JSON text."""
    return json.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "nodes": list(map(_node, steps.nodes)),
            "events": list(map(_event, steps)),
        },
        ensure_ascii=False,
        allow_nan=False,
    )


def from_json(text: str) -> Steps:
    """Return the steps that ``to_json`` wrote; ValueError for anything else.

    It may be a stranger's: it opens no file, and takes no more than its own length of time and
    memory.
    """
    if not isinstance(text, (str, bytes, bytearray)):
        raise TypeError(f"expected JSON text, got {with_article(text)}")
    form = _parsed(text)
    if not isinstance(form, dict) or form.get("format") != FORMAT:
        raise ValueError(
            f"expected steps, JSON with format {FORMAT!r}, as Steps.to_json() writes it"
        )
    version = form.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise ValueError(
            f"these steps are of version {short(version)}, and this library reads versions from 1 "
            f"to {VERSION}: update glassgrad"
        )
    try:
        return _steps_from(form)
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"these steps are broken: {type(error).__name__}: {error}") from error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"these steps are broken, for they aren't JSON: {error}") from None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _steps_from(form: dict[str, Any]) -> Steps:
    nodes: list[NodeRecord] = []
    for each in of(form["nodes"], list, "nodes"):
        nodes.append(_node_from(of(each, dict, "a node"), nodes))
    events = list_of(form["events"], dict, "events")
    count, root = len(events), nodes[-1]
    read = (_event_from(k + 1, count, each, nodes, root) for k, each in enumerate(events))
    return Steps(tuple(nodes), tuple(read))


def _node(node: NodeRecord) -> dict[str, Any]:
    return {
        **{name: encoded(getattr(node, name)) for name in _NODE},
        "own": node.made_by is not None and not is_built_in(node.made_by),
        **({"recorded": True} if isinstance(node.made_by, Recorded) else {}),
        "source": source_name(node.source),  # a notebook's own file is gone when it is read
        **{name: getattr(node, name) for name in _LISTS},
        "settings": {name: encoded(value) for name, value in node.settings.items()},
        "values": list(map(encoded, node.values)),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "phase": str(event.phase),
        "kind": str(event.kind),
        "node": event.node.index,
        "target": event.target.index,
        "slot": event.slot,
        **{name: encoded(getattr(event, name)) for name in _AMOUNTS},
        **{name: getattr(event, name) for name in _WORDS},
    }


def _event_from(
    k: int, n: int, form: dict[str, Any], nodes: Sequence[NodeRecord], root: NodeRecord
) -> Event:
    phase, kind = Phase(form["phase"]), Kind(form["kind"])
    node, target = (nodes[_place(form[end], nodes, end)] for end in ("node", "target"))
    slot = of(form["slot"], (int, type(None)), "slot")
    passed_on = kind is Kind.CONTRIBUTE
    if (slot is not None) is not passed_on:
        raise ValueError(f"an event of kind {kind} has the slot {slot}")
    if passed_on and (slot not in range(len(node.operands)) or node.operands[slot] != target.index):
        raise ValueError(f"{node.name} passes nothing to {target.name} by the slot {slot}")
    shapes = dict.fromkeys(_AMOUNTS, target.shape) | {"upstream": node.shape, "local": None}
    amounts = {name: _amount(form, name, shapes[name]) for name in _AMOUNTS}
    if any(amounts[name] is None for name in _NEEDED[kind]):
        raise ValueError(f"an event of kind {kind} needs {', '.join(_NEEDED[kind])}")
    return Event(k, n, phase, kind, node, root, target, slot, **amounts)


def _amount(form: dict[str, Any], name: str, shape: tuple[int, ...] | None) -> Any:
    """Return an amount of an event, which is as its node; only a local derivative is as it likes.

    Amounts of other shapes could be broadcast to arrays of any size.
    """
    if form[name] is None:
        return None
    found = number(form[name])
    if name != "local" and np.shape(found) not in ((), shape or ()):
        raise ValueError(f"{name} has the shape {np.shape(found)}, expected {shape or ()}")
    return found


def _place(place: Any, nodes: Sequence[NodeRecord], what: str) -> int:
    if of(place, int, what) not in range(len(nodes)):
        raise ValueError(f"{what} is {short(place)}, and there are {len(nodes)} nodes before it")
    return int(place)


def _node_from(form: dict[str, Any], before: Sequence[NodeRecord]) -> NodeRecord:
    """Return a record of a node, of which each operand is one before it."""
    texts = {name: of(form[name], str, name) for name in _TEXTS}
    operands = tuple(
        _place(k, before, "an operand") for k in of(form["operands"], list, "operands")
    )
    record = NodeRecord(
        len(before),
        **texts,
        made_by=_op_from(form, texts),
        code=of(form.get("code", ""), str, "code"),  # which files of 0.1 haven't
        requires_grad=of(form["requires_grad"], bool, "requires_grad"),
        data=number(form["data"]),
        old_grad=None if form["old_grad"] is None else number(form["old_grad"]),
        shape=None if form["shape"] is None else sizes(form["shape"], "a shape"),
        operands=operands,
        operand_names=tuple(list_of(form["operand_names"], str, "operand_names")),
        settings={
            name: decoded(value) for name, value in of(form["settings"], dict, "settings").items()
        },
        values=tuple(map(number, of(form["values"], list, "values"))),
    )
    _check(record)
    return record


def _op_from(form: dict[str, Any], texts: dict[str, str]) -> Op | None:
    if of(form.get("recorded", False), bool, "recorded"):
        return Recorded(texts["op"], symbol=texts["symbol"])
    return find_named(texts["op"], own=of(form.get("own", False), bool, "own"))


def _check(record: NodeRecord) -> None:
    """Raise a ValueError for a record whose parts don't fit together."""
    data, shape, count = record.data, record.shape, len(record.operands)
    if np.shape(data) != (shape or ()) or isinstance(data, np.ndarray) is (shape is None):
        raise ValueError(f"{record.name} has data of shape {np.shape(data)}, and says {shape}")
    if record.old_grad is not None and np.shape(record.old_grad) not in ((), shape or ()):
        raise ValueError(f"{record.name} has an old_grad of another shape than its data")
    if not count == len(record.operand_names) == len(record.values) or bool(count) != bool(
        record.op
    ):
        raise ValueError(f"{record.name} has {count} operands, and names or values of others")
    op = record.made_by
    if op is not None and not _takes(op, count):
        raise ValueError(f"{record.name} has {count} operands, which {record.op} doesn't take")


def _takes(op: Op, count: int) -> bool:
    if isinstance(op, Elementwise):
        return op.arity == count
    return not isinstance(op, Structural) or op.rows or op.arity in (None, count)
