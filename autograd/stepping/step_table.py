"""Steps as a table of text, with aligned columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from autograd.reading.bad_numbers import NOTE
from autograd.reading.formatting import number, total
from autograd.stepping.events import Event, Kind
from autograd.stepping.sentences import bracketed, expression

HEADER = ("step", "phase", "what", "numbers", "gradient", "of")
RIGHT = frozenset({0})  # the columns that are aligned to the right


def table(events: Iterable[Event], position: int = 0) -> str:
    """Return a table of events; the one at ``position`` is marked.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> from autograd.stepping.step_table import table
    >>> a = Value(3.0, label="a")
    >>> print(table(steps(a + a)))
      step  phase     what        numbers          gradient   of
         1  forward   v1 = a + a  3.0 + 3.0 = 6.0
         2  backward  seed        1.0              — → 1.0    ∂v1/∂v1
         3  backward  v1 → a      1.0 × 1.0 = 1.0  — → 1.0    ∂v1/∂a
         4  backward  v1 → a      1.0 × 1.0 = 1.0  1.0 → 2.0  ∂v1/∂a
    """
    rows = [("", *HEADER), *(_row(event, position) for event in events)]
    wide = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, wide) for row in rows)


def _row(event: Event, position: int) -> tuple[str, ...]:
    node, root, target = event.node, event.root.name, event.target.name
    mark = "▶" if event.k == position else ""
    head = mark, str(event.k), str(event.phase)
    if event.kind is Kind.COMPUTE:
        numbers = expression(node, tuple(map(bracketed, node.values)))
        what = f"{node.name} = {expression(node, node.operand_names)}"
        return *head, what, f"{numbers} = {number(node.data)}", "", ""
    after = total(event.after, *filter(_is_there, (event.before, event.contribution)))
    gradient = f"{number(event.before)} → {after}"
    of = f"∂{root}/∂{target}"
    if event.kind is not Kind.CONTRIBUTE:
        return *head, str(event.kind), number(event.contribution), gradient, of
    factors = number(event.contribution)
    if event.local is not None:
        factors = f"{number(event.upstream)} × {bracketed(event.local)} = {factors}"
    if NOTE in event.flags:
        factors += " (0 × ∞)"
    return *head, f"{node.name} → {target}", factors, gradient, of


def _is_there(x: Any) -> bool:
    return x is not None


def _line(row: tuple[str, ...], wide: list[int]) -> str:
    cells = []
    for k, (cell, width) in enumerate(zip(row, wide, strict=True)):
        room = " " * (width - _width(cell))
        cells.append(room + cell if k - 1 in RIGHT else cell + room)
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
