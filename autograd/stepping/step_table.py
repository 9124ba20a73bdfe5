"""Steps as a table: of text with aligned columns, and of HTML."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import Any

from autograd.files.console import printable
from autograd.reading.bad_numbers import NOTE
from autograd.reading.formatting import number, total
from autograd.stepping.events import Event, Kind
from autograd.stepping.holes import bracketed
from autograd.stepping.sentences import INFIX, expression

HEADER = ("step", "phase", "what", "numbers", "gradient", "of")
RIGHT = frozenset({0})  # the columns that are aligned to the right
MOST = 1_000  # rows that a notebook shows
LONGEST = 100_000  # rows that are made unless more are asked for: they take some seconds

Row = tuple[str, ...]  # a mark, and a text for each column


@printable
class StepTable(str):
    """A table of steps: text that shows itself as a table, in a terminal and in a notebook.

    Attributes
    ----------
    rows : sequence of tuple of str
        The cells of each step, after a mark for the one where the stepper stands.
    """

    rows: Sequence[Row]

    def __new__(cls, rows: Sequence[Row]) -> StepTable:
        shown = [("", *HEADER), *rows]
        wide = [max(map(_width, column)) for column in zip(*shown, strict=True)]
        made = super().__new__(cls, "\n".join(_line(row, wide) for row in shown))
        made.rows = rows
        return made

    def __str__(self) -> str:  # of its own, so that it can be printed on any console
        return super().__str__()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        left = len(self.rows) - MOST
        more = f"<caption>{left:,} more rows; .table(near=20) shows some</caption>"
        return (
            f"<table>{more if left > 0 else ''}<thead>{_html_row('th', ('', *HEADER))}</thead>"
            f"<tbody>{''.join(_html_row('td', row) for row in self.rows[:MOST])}</tbody></table>"
        )


def table(events: Iterable[Event], position: int = 0) -> StepTable:
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
    return StepTable([_row(event, position) for event in events])


def _html_row(tag: str, row: Row) -> str:
    look = "text-align:left;white-space:nowrap;padding:2px 8px" + ";font-weight:bold" * (
        row[0] != ""
    )
    start, end = f'<{tag} style="{look}">', f"</{tag}>"
    return f"<tr>{''.join(f'{start}{escape(cell)}{end}' for cell in row)}</tr>"


def _row(event: Event, position: int) -> Row:
    node, root, target = event.node, event.root.name, event.target.name
    mark = "▶" if event.k == position else ""
    head = mark, str(event.k), str(event.phase)
    if event.kind is Kind.COMPUTE:
        written = bracketed if node.symbol in INFIX else number
        numbers = expression(node, node.values, written)
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


def _line(row: Row, wide: list[int]) -> str:
    cells = []
    for k, (cell, width) in enumerate(zip(row, wide, strict=True)):
        room = " " * (width - _width(cell))
        cells.append(room + cell if k - 1 in RIGHT else cell + room)
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@cache
def _columns(c: str) -> int:
    if unicodedata.combining(c):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1
