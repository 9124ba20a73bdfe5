"""The JSON form of steps: version 1. ``docs/events.md`` describes it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import starmap
from typing import Any

import numpy as np

from autograd.numbers.readonly import read_only
from autograd.reading.sources import source_name
from autograd.stepping.events import Event, Kind, NodeRecord, Phase
from autograd.stepping.recorded_steps import Steps

FORMAT, VERSION = "glassgrad-steps", 1

_LISTS = ("shape", "operands", "operand_names")
_NODE = tuple(
    name for name in NodeRecord.__slots__ if name not in ("index", "settings", "values", *_LISTS)
)
_AMOUNTS = ("upstream", "local", "contribution", "before", "after")
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
    """Return the steps that ``to_json`` wrote; ValueError for anything else."""
    try:
        form = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"these steps are broken, for they aren't JSON: {error}") from None
    if not isinstance(form, dict) or form.get("format") != FORMAT:
        raise ValueError(
            f"expected steps, JSON with format {FORMAT!r}, as Steps.to_json() writes it"
        )
    version = form.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise ValueError(
            f"these steps are of version {version!r}, and this library reads versions up to "
            f"{VERSION}: update glassgrad"
        )
    try:
        nodes = tuple(starmap(_node_from, enumerate(form["nodes"])))
        count, root = len(form["events"]), nodes[-1]
        events = tuple(
            _event_from(k + 1, count, each, nodes, root) for k, each in enumerate(form["events"])
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"these steps are broken: {type(error).__name__}: {error}") from error
    return Steps(nodes, events)


def _node(node: NodeRecord) -> dict[str, Any]:
    return {
        **{name: encoded(getattr(node, name)) for name in _NODE},
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
    k: int, n: int, form: dict[str, Any], nodes: tuple[NodeRecord, ...], root: NodeRecord
) -> Event:
    amounts = {name: decoded(form[name]) for name in _AMOUNTS}
    phase, kind = Phase(form["phase"]), Kind(form["kind"])
    node, target = nodes[form["node"]], nodes[form["target"]]
    return Event(k, n, phase, kind, node, root, target, form["slot"], **amounts)


def _node_from(k: int, form: dict[str, Any]) -> NodeRecord:
    return NodeRecord(
        k,
        **{name: decoded(form.get(name, "") if name == "code" else form[name]) for name in _NODE},
        shape=None if form["shape"] is None else tuple(form["shape"]),
        operands=tuple(form["operands"]),
        operand_names=tuple(form["operand_names"]),
        settings={name: decoded(value) for name, value in form["settings"].items()},
        values=tuple(map(decoded, form["values"])),
    )


# Numbers, and what else a record may hold ---------------------------------------------------------


def encoded(x: Any) -> Any:
    """Return what stands for a value in JSON: itself, or an object that names its type."""
    if x is None or isinstance(x, (bool, str)) or type(x) is int:
        return x
    if type(x) is float:
        return x if x - x == 0 else {"float": repr(x)}
    for name, (holds, write, _) in _TYPES.items():
        if holds(x):
            return {name: write(x)}
    return {"text": str(x)}


def decoded(x: Any) -> Any:
    """Return the value that ``encoded`` wrote."""
    if not isinstance(x, dict):
        return x
    ((name, written),) = x.items()
    return _TYPES[name][2](written)


def _array(x: Any) -> dict[str, Any]:
    flat = [encoded(n) for n in x.ravel().tolist()]
    return {"dtype": x.dtype.str, "shape": list(x.shape), "elements": flat}


def _array_from(form: dict[str, Any]) -> Any:
    elements = [decoded(n) for n in form["elements"]]
    return read_only(np.array(elements, form["dtype"]).reshape(form["shape"]))


def _mpf(x: Any) -> list[str]:
    sign, mantissa, exponent, bits = x._mpf_
    return [str(int(sign)), str(int(mantissa)), str(int(exponent)), str(int(bits))]


def _mpf_from(form: list[str]) -> Any:
    import mpmath

    return mpmath.mp.make_mpf(tuple(map(int, form)))


def _is_mpf(x: Any) -> bool:
    return "mpmath" in sys.modules and hasattr(x, "_mpf_")


# Each type: what is of it, how it is written, and how it is read.
_TYPES: dict[str, tuple[Callable[[Any], bool], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "float": (lambda x: type(x) is float, repr, float),
    "fraction": (lambda x: isinstance(x, Fraction), str, Fraction),
    "complex": (
        lambda x: isinstance(x, complex),
        lambda x: [encoded(x.real), encoded(x.imag)],
        lambda form: complex(*map(decoded, form)),
    ),
    "mpf": (_is_mpf, _mpf, _mpf_from),
    "array": (lambda x: isinstance(x, np.ndarray), _array, _array_from),
    "number": (
        lambda x: isinstance(x, np.generic),
        lambda x: _array(np.asarray(x)),
        lambda form: _array_from(form)[()],
    ),
    "tuple": (
        lambda x: isinstance(x, tuple),
        lambda x: [encoded(each) for each in x],
        lambda form: tuple(map(decoded, form)),
    ),
    "list": (
        lambda x: isinstance(x, list),
        lambda x: [encoded(each) for each in x],
        lambda form: [decoded(each) for each in form],
    ),
    "slice": (
        lambda x: isinstance(x, slice),
        lambda x: [x.start, x.stop, x.step],
        lambda form: slice(*form),
    ),
    "dict": (
        lambda x: isinstance(x, dict),
        lambda x: {str(name): encoded(value) for name, value in x.items()},
        lambda form: {name: decoded(value) for name, value in form.items()},
    ),
    "text": (lambda x: False, str, str),
}
