"""Adds up the cotangents of rows, for a fast backward pass through neurons.

The neurons of a layer share the row of their inputs, and a neuron's row of weights is shared by
all samples: the walk adds to such a row many times, and most operand slots of a network are in
one. In z = Σ xₖyₖ each row is the other's partial derivatives, so that one comprehension
multiplies and adds: half the time of adding to as many entries of a dictionary, one by one.
(A matrix of NumPy's for each row, multiplied out at the end, took longer: rows are short.)

A row's sums are kept here from the second time that it is added to. In the walk's dictionary each
entry is then a ``Pending``, which brings the sums back when anything else wants to add to it or
read it: so every sum has its terms in the order of the walk, and the same bits.
"""

from __future__ import annotations

from math import copysign
from typing import Any

from autograd.node.node import Node


class RowSums:
    """The cotangents of one row, side by side."""

    __slots__ = ("row", "sums", "with_zero")

    def __init__(self, row: tuple[Node, ...], sums: list[Any]) -> None:
        self.row = row
        self.sums = sums
        self.with_zero = False  # whether 0.0 was among the terms: it makes a sum of −0.0s 0.0


class Pending:
    """An entry of the walk's dictionary in place of a sum that is kept in a row."""

    __slots__ = ("place", "rows", "sums")

    def __init__(self, rows: Rows, sums: RowSums, place: int) -> None:
        self.rows = rows
        self.sums = sums
        self.place = place

    def settle(self) -> Any:
        """Put the row's sums back in the dictionary, and return this one."""
        self.rows.close(self.sums)
        return self.rows.found[self.sums.row[self.place]]

    def __add__(self, contribution: Any) -> Any:
        return self.settle() + contribution


class Rows:
    """The rows that one walk has met.

    Parameters
    ----------
    found : dict
        The walk's cotangents.
    """

    def __init__(self, found: dict[Node, Any]) -> None:
        self.found = found
        self._open: dict[int, RowSums] = {}
        self._met: dict[int, bool] = {}  # whether no node is twice in the row

    def add(self, node: Node, g: float) -> bool:
        """Add what a node z = Σ xₖyₖ passes to its operands: g yₖ to xₖ, g xₖ to yₖ.

        What is left of the longer row is a bias, and gets g. False, and nothing is added, if an
        operand isn't a float or isn't the parent's data any more, or if g isn't finite.
        """
        a, b, x, y = node._a, node._b, node._x, node._y
        if g - g or not (self._as_usual(a, x) and self._as_usual(b, y)):
            return False
        for row, partials in ((a, y), (b, x)):
            kept = self._open.get(id(row))
            if kept is None:
                if not self._met.get(id(row)):
                    self._add_singly(g, row, partials)
                    continue
                kept = self._opened(row)
            if not g:
                kept.with_zero = kept.with_zero or copysign(1.0, g) > 0
            elif len(row) > len(partials):
                kept.sums = [s + g * p for s, p in zip(kept.sums, (*partials, 1.0), strict=True)]
            else:
                kept.sums = [s + g * p for s, p in zip(kept.sums, partials, strict=False)]
        return True

    def _as_usual(self, row: tuple[Node, ...], operands: tuple[Any, ...]) -> bool:
        """Whether the operands are floats, and the data of the row; seen once for each row."""
        if id(row) in self._met:  # nodes that share a row share its operands
            return True
        for parent, operand in zip(row, operands, strict=True):
            if type(operand) is not float:
                return False
            if parent._data is not operand and parent._data != operand:
                return False
        return True

    def _add_singly(self, g: float, row: tuple[Node, ...], partials: tuple[float, ...]) -> None:
        found = self.found
        for parent, p in zip(row, (*partials, 1.0), strict=False):
            if parent.requires_grad:
                contribution = g * p if g else g
                found[parent] = found[parent] + contribution if parent in found else contribution
        self._met[id(row)] = len(set(row)) == len(row)

    def _opened(self, row: tuple[Node, ...]) -> RowSums:
        opened = self._open[id(row)] = RowSums(row, [])
        for place, parent in enumerate(row):
            before = self.found.get(parent, 0.0)  # only a constant has none: its sum is not used
            opened.sums.append(before.settle() if type(before) is Pending else before)
            if parent.requires_grad:
                self.found[parent] = Pending(self, opened, place)
        return opened

    def close(self, sums: RowSums) -> None:
        """Put the sums of a row back in the dictionary."""
        del self._open[id(sums.row)]
        numbers = [s + 0.0 for s in sums.sums] if sums.with_zero else sums.sums
        for parent, number in zip(sums.row, numbers, strict=True):
            if parent.requires_grad:
                self.found[parent] = number

    def close_all(self) -> None:
        """Put all sums back in the dictionary."""
        for sums in list(self._open.values()):
            self.close(sums)
