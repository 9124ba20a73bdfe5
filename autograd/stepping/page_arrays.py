"""The arrays of a page: each once, small ones in full and larger ones as a heat map."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.reading import formatting

LEVELS = 15  # of a heat map's colours: an odd number, so that 0 is one of them
WIDE, HIGH = 24, 16  # cells of a heat map at most
WRAP = 5  # numbers of a vector in a line
MARK = "#"  # before an array's place: no number begins so


class PageArrays:
    """The arrays of a page, by their numbers.

    Attributes
    ----------
    records : list of dict
        What the page shows of each: its ``shape``; the ``words`` that stand for it in a line; its
        smallest, mean and largest element as ``spread``; and either ``rows`` of numbers, which are
        those of the array if it is ``whole``; or a map: ``cells``, a letter each from −top (a) to
        top (o), ``wide`` to a line, and ``top``.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._places: dict[tuple[Any, ...], int] = {}

    def text(self, x: Any) -> str:
        """Return a number as text; of an array its place, as in ``#3``."""
        if getattr(x, "size", 1) == 1:
            return formatting.number(x)
        key = (x.shape, x.dtype.str, x.tobytes())
        if key not in self._places:
            self._places[key] = len(self.records)
            self.records.append(_record(x))
        return f"{MARK}{self._places[key]}"


def _record(x: Any) -> dict[str, Any]:
    found = {
        "shape": formatting.shape(x.shape),
        "words": formatting.number(x),
        "spread": formatting.spread(x),
    }
    if not formatting.is_small(x):
        return found | _map(x)
    width = WRAP if max(x.shape) == x.size else x.shape[-1]
    shown = [formatting.number(each) for each in x.ravel()]
    rows = [shown[k : k + width] for k in range(0, x.size, width)]
    return found | {"rows": rows, "whole": (len(rows), width) == x.shape or len(rows) == 1}


def _map(x: Any) -> dict[str, Any]:
    """Return the means of blocks of an array as letters, which the page colours."""
    if not x.size:
        return {"cells": "", "wide": 1, "top": formatting.NONE}
    finite = np.nan_to_num(np.asarray(x, np.float64), posinf=0.0, neginf=0.0)
    top = float(np.abs(finite).max())
    table = finite.reshape((-1, x.shape[-1])) / (top or 1.0)
    for axis, most in enumerate((HIGH, WIDE)):
        length = table.shape[axis]
        starts = np.linspace(0, length, min(most, length), endpoint=False).astype(int)
        counts = np.diff([*starts, length])
        sums = np.add.reduceat(table, starts, axis)
        table = sums / (counts[:, None] if axis == 0 else counts)
    levels = np.rint((table + 1) / 2 * (LEVELS - 1)).astype(int)
    letters = "".join(chr(ord("a") + k) for k in levels.ravel().tolist())
    return {"cells": letters, "wide": table.shape[1], "top": formatting.number(top)}
