"""A graph as a tape: what ``machine.js`` computes it from, in a page.

``tape(graph)`` has the page's data as plain JSON, and ``script(tape)`` the text of a script that
defines the class ``Machine``: the rules of just these ops, the primitives that they name, and the
machine. No text is evaluated in the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from math import isinf, isnan
from typing import Any

from autograd.living.javascript import NotTranspilable, Script
from autograd.living.tape_rules import Case, case, is_recorded_where, switches
from autograd.node.node import Node
from autograd.numbers.kinds import FLOAT, kind
from autograd.numbers.words import with_article
from autograd.ops.scalars import linearised
from autograd.reading.numbered_graph import NumberedGraph
from autograd.rules.op import Elementwise, Op, Structural
from autograd.rules.op_registry import built_in
from autograd.walk.reverse import rows_of

# With more distinct settings than this, an op reads its settings from the tape.
_MOST_VARIANTS = 4

Settings = dict[str, Any]


@dataclass(frozen=True)
class Tape:
    """A graph of Values of floats, for a page.

    Attributes
    ----------
    data : dict
        Plain JSON, what ``new Machine(data)`` takes.
    rules : str
        JavaScript: what the ops of this graph compute.
    """

    data: dict[str, Any]
    rules: str


def tape(
    graph: NumberedGraph, root: Node | None = None, guards: Iterable[tuple[Node, bool]] = ()
) -> Tape:
    """Return the tape of a graph.

    Parameters
    ----------
    graph : NumberedGraph
        Its nodes keep their numbers.
    root : Node, optional
        What is differentiated, if the graph has more roots than one.
    guards : iterable of (Node, bool)
        Conditions that Python branches asked for while the graph was recorded, and what they were:
        ``replay`` notes them. Their nodes are roots of the graph, given before ``root``: the walk's
        order is then that of ``root`` alone, and so are the gradients' last bits.

    Raises
    ------
    NotTranspilable
        If the page can't compute the graph: the message says why.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.living.tape import tape
    >>> from autograd.reading.numbered_graph import NumberedGraph
    >>> tape(NumberedGraph(Value(2.0) * 3.0)).data["leaves"]
    [2.0, 3.0]
    """
    for node in graph.nodes:
        if (why := _no_float(node)) is not None:
            raise NotTranspilable(why)
    book = _Book(graph)
    places: dict[tuple[int, ...], int] = {}
    rows: list[list[int] | int] = []  # a row that was there before is the number of that
    kinds: list[int] = []
    settings: list[float | str] = []
    for node, operands in zip(graph.nodes, graph.parents, strict=True):
        if node.op is None:
            kinds.append(-1)
            continue
        for row in map(tuple, rows_of(node, operands) if node.op.rows else (operands,)):
            rows.append(places[row] if row in places else list(row))
            places.setdefault(row, len(places))
        number, own = book.kind(node)
        kinds.append(number)
        settings += map(_plain, own)
    numbers = {node: k for k, node in enumerate(graph.nodes)}
    data = {
        "root": _only(graph.roots) if root is None else numbers[root],
        "kind": kinds,
        "leaves": [_plain(node._data) for node in graph.nodes if node.op is None],
        "rows": rows,
        "settings": settings,
        "kinds": [[each.rows, *each.counts] for each in book.cases],
        "constants": [k for k, node in enumerate(graph.nodes) if not _takes_gradient(node)],
        "guards": [[numbers[n], bool(held)] for n, held in guards],
        "fixed": [k for k, node in enumerate(graph.nodes) if _is_fixed(node)],
    }
    return Tape(data, book.source())


def script(tape: Tape) -> str:
    """Return the text of the page's script, which defines ``Machine`` and nothing else."""
    machine = files(__package__).joinpath("machine.js").read_text(encoding="utf-8")
    machine = re.sub(r"^\s*//.*\n| // .*$", "", machine, flags=re.M)
    inside = f'"use strict";\n{tape.rules}\n{machine}return Machine;'
    return f"const Machine = (() => {{\n{inside}\n}})();\n"


def refusal(root: Node) -> str | None:
    """Return in one sentence why a graph can't live in a page; None if it can.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from autograd import Value
    >>> from autograd.living.tape import refusal
    >>> refusal(Value(2.0) * 3.0)
    >>> refusal(Value(Fraction(1, 3)) * 3)
    'the number 1/3 is a Fraction, and a page computes with floats'
    """
    try:
        tape(NumberedGraph(root))
    except NotTranspilable as error:
        return str(error)
    return None


class _Book:
    """The kinds of node in a graph, and their rules."""

    def __init__(self, graph: NumberedGraph) -> None:
        self.cases: list[Case] = []
        self._script = Script()
        self._known: dict[Any, int] = {}
        self._variants: dict[int, set[str]] = {}
        for node in graph.nodes:
            if node.params and isinstance(node.op, Elementwise):
                self._variants.setdefault(id(node.op), set()).add(repr(node.params))

    def kind(self, node: Node) -> tuple[int, list[Any]]:
        """Return the number of a node's kind, and its settings that are on the tape."""
        op: Any = node.op
        if op is linearised:
            found: Settings = node.params or {}
            own = [found["value"], *found["at"], *found["slopes"]]
            return self._number(op, 0, {}, ()), own
        settings = (op.settings | (node.params or {})) if isinstance(op, Elementwise) else {}
        many = len(self._variants.get(id(op), ())) > _MOST_VARIANTS
        on_tape = tuple(k for k, v in settings.items() if many and isinstance(v, (int, float)))
        literals = {k: v for k, v in (node.params or {}).items() if k not in on_tape}
        arity = len(node.parents) if not isinstance(op, Structural) else 0
        return self._number(op, arity, literals, on_tape), [settings[k] for k in on_tape]

    def source(self) -> str:
        """Return the rules as text: functions that they name, and the two switches."""
        text = switches(self.cases)
        return "\n".join(filter(None, [self._script.source(), text]))

    def _number(self, op: Op, arity: int, literals: Settings, on_tape: tuple[str, ...]) -> int:
        key = id(op), arity, repr(literals), on_tape
        if key not in self._known:
            made = case(self._script, op, arity, literals, on_tape)
            self._script.uses(made.pull)
            self.cases.append(made)
            self._known[key] = len(self.cases) - 1
        return self._known[key]


def _only(roots: frozenset[int]) -> int:
    if len(roots) != 1:
        raise ValueError(
            f"the graph has {len(roots)} roots: say with root= which is differentiated"
        )
    return next(iter(roots))


def _no_float(node: Node) -> str | None:
    if node._rank:
        return (
            f"a tensor of shape {node._data.shape} is in the graph, and a page computes with "
            "single numbers: take scalars(root)"
        )
    if kind(node._data) != FLOAT:
        return (
            f"the number {node._data} is {with_article(node._data)}, and a page computes with "
            "floats"
        )
    return None


def _takes_gradient(node: Node) -> bool:
    op = node.op
    of_ours = op is None or isinstance(op, (Elementwise, Structural)) or is_recorded_where(op)
    return node.requires_grad and of_ours


def _is_fixed(node: Node) -> bool:
    """Whether a node chose by a condition that the graph doesn't hold."""
    return node.op is built_in["where"] and bool(node.params)


def _plain(number: float) -> float | str:
    """Return a number as JSON has it: as text where JSON has none."""
    number = float(number)
    if isnan(number):
        return "NaN"
    return ("-" if number < 0 else "") + "Infinity" if isinf(number) else number
