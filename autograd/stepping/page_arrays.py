"""The arrays of a page: each once, small ones in full and larger ones as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.reading import formatting
from autograd.show.array_rows import grid_shape

if TYPE_CHECKING:
    from autograd.stepping.events import Event

LEVELS = 15  # of a heat map's colours: an odd number, so that 0 is one of them
WIDE, HIGH = 24, 16  # cells of a heat map at most
MARK = "#"  # before an array's place: no number begins so
QUOTE = "\ue001"  # around an array's place in a sentence: of the private use area
SHORT = 16  # characters: a shorter text of an array stays in its sentence


class PageArrays:
    """The arrays of a page, by their numbers.

    Attributes
    ----------
    records : list of dict
        What the page shows of each: the lengths of its axes, ``dims``; the ``numbers`` of a small
        one, with tabs between; where they are no grid in a box, the smallest, the mean and the
        largest as ``spread``; and of a larger one a map: ``cells``, a letter each from −top (a) to
        top (o), ``wide`` to a line, and ``top``.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._places: dict[tuple[Any, ...], int] = {}

    def text(self, x: Any) -> str:
        """Return a number as text; of an array its place, as in ``#3``."""
        return f"{MARK}{self._place(x)}" if _is_array(x) else formatting.number(x)

    def quoted(self, sentence: str, event: Event) -> str:
        """Return a sentence with the places of the arrays that it tells in full."""
        told = [event.upstream, event.local, event.contribution, event.before, event.after]
        small = [x for x in (*told, event.node.data, *event.node.values) if _is_small(x)]
        texts = {formatting.number(x): x for x in small}
        for text in sorted(texts, key=len, reverse=True):
            if len(text) > SHORT and text in sentence:
                sentence = sentence.replace(text, f"{QUOTE}{self._place(texts[text])}{QUOTE}")
        return sentence

    def _place(self, x: Any) -> int:
        key = (x.shape, x.dtype.str, x.tobytes())
        if key not in self._places:
            self._places[key] = len(self.records)
            self.records.append(_record(x))
        return self._places[key]


def _is_array(x: Any) -> bool:
    return getattr(x, "size", 1) != 1


def _is_small(x: Any) -> bool:
    return _is_array(x) and formatting.is_small(x)


def _record(x: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"dims": x.shape}
    if grid_shape(x.shape) is None:
        found["spread"] = formatting.spread(x)
    if formatting.is_small(x):
        return found | {"numbers": "\t".join(map(formatting.number, x.ravel()))}
    return found | _map(x)


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
