"""Tables of records, printed as aligned text and shown as HTML in a notebook.

What the records are is up to those who make them: ``nn.diagnostics`` and ``nn.diagnostics.sweep``.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Protocol, TypeVar, overload

from autograd.extend import printable

__all__ = ["Record", "Table"]


class Record(Protocol):
    """A row of a table: an object with named cells."""

    def cells(self) -> Mapping[str, object]:
        """Return the cells to show, by column."""
        ...


Row = TypeVar("Row", bound=Record)

WIDEST = 30  # of a column of words, in characters: a longer cell takes several lines


@printable
class Table(Sequence[Row]):
    """Records one under the other; ``str`` gives aligned text, a notebook shows HTML.

    Parameters
    ----------
    rows : iterable of Record
        Any records with ``cells()``; those that lack a column have "—" there.
    caption : str
        What the table is of, and how to read its cells.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Fruit:
    ...     name: str
    ...     weight: float | None
    ...     def cells(self):
    ...         return vars(self)
    >>> Table([Fruit("apple", 0.2), Fruit("fig", None)], caption="in kg")
    in kg
    name   weight
    apple     0.2
    fig         —
    """

    def __init__(self, rows: Iterable[Row], *, caption: str = "") -> None:
        self.rows = tuple(rows)
        self.caption = caption

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...

    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in the order in which they turn up."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.cells()))

    def column(self, name: str) -> list[object]:
        """Return a column's cells, None where a row has none.

        Raises
        ------
        KeyError
            If no row has that column.

        Examples
        --------
        >>> import nn
        >>> epochs = nn.History([nn.Epoch(1, 0.5, None, 0.1, 0.01, 2.0, 3.0)])
        >>> epochs.columns, epochs.column("loss")
        (('epoch', 'loss', 'learning rate', 'gradient norm', 'seconds'), [0.5])
        """
        if name not in self.columns:
            raise KeyError(f"no column {name!r}: this table has {', '.join(self.columns)}")
        return [row.cells().get(name) for row in self.rows]

    def __repr__(self) -> str:
        if not self.rows:
            return self.caption or "(no rows)"
        columns = [self._lines(name) for name in self.columns]
        widths = [max(len(line) for cell in column for line in cell) for column in columns]
        lines = [
            "  ".join(line.ljust(width) for line, width in zip(each, widths, strict=True)).rstrip()
            for row in zip(*columns, strict=True)
            for each in zip_longest(*row, fillvalue="")
        ]
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
            for cells in zip(*(self._texts(name) for name in self.columns), strict=True)
        )
        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _texts(self, name: str) -> list[str]:
        return [_text(cell) for cell in self.column(name)]

    def _lines(self, name: str) -> list[list[str]]:
        """Return the lines of each cell of a column, its head first; numbers stand to the right."""
        cells = [name, *self._texts(name)]
        if any(isinstance(cell, str) for cell in self.column(name)):
            return [wrap(cell, WIDEST, break_on_hyphens=False) or [""] for cell in cells]
        return [[cell.rjust(max(map(len, cells)))] for cell in cells]


def _text(cell: object) -> str:
    if cell is None:
        return "—"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
