"""Fragments: what SVG texts repeat again and again is in a page once, and one character there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

CODES = [chr(k) for k in range(0x180, 0x250)]  # letters of two bytes, which hardly any text has
_NUMBER = re.compile(r'(?<==")(?<!class=")[^"]*(?=")')  # an attribute's value, but no class


def shortened(texts: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return texts with letters in place of what they have most often, and what each stands for.

    Examples
    --------
    >>> from autograd.stepping.fragments import shortened
    >>> texts, fragments = shortened(['<path d="1"/><path d="2"/><path d="3"/>'])
    >>> texts, fragments
    (['<path d="1ƀ2ƀ3"/>'], {'ƀ': '"/><path d="'})
    """
    counts = Counter(piece for text in texts for piece in _NUMBER.split(text))
    saved = {piece: (len(piece) - 2) * (n - 1) - 6 for piece, n in counts.items()}
    codes = [code for code in CODES if not any(code in text for text in texts)]
    best = sorted((p for p in saved if saved[p] > 0), key=lambda p: (-saved[p], p))[: len(codes)]
    fragments = dict(zip(codes, sorted(best, key=len, reverse=True), strict=False))
    found = list(texts)
    for code, piece in fragments.items():
        found = [text.replace(piece, code) for text in found]
    return found, fragments
