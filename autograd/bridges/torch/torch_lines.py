"""The user's lines, from the code objects and places in them that were noted on the way."""

from __future__ import annotations

import linecache
from functools import lru_cache
from typing import Any

from autograd.bridges.torch.trace import Seen


def source_of(seen: Seen | None, function: Any) -> tuple[str, str]:
    """Return ``file.py:12`` and that line's code; of a Function that isn't seen, its own line."""
    if seen is not None and seen.code is not None:
        file, line = seen.code.co_filename, _line(seen.code, seen.at)
    elif function is not None and hasattr(function.forward, "__code__"):
        code = function.forward.__code__
        file, line = code.co_filename, code.co_firstlineno
    else:
        return "", ""
    return f"{file}:{line}", linecache.getline(file, line).strip()


@lru_cache(maxsize=4096)
def _line(code: Any, at: int) -> int:
    for start, end, line in code.co_lines():
        if start <= at < end and line is not None:
            return int(line)
    return int(code.co_firstlineno)
