"""What a script of ours computes in Chromium."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

Evaluate = Callable[..., list[float]]

_SPELLED = "(x) => (Object.is(x, -0) ? '-0.0' : typeof x === 'number' ? String(x) : typeof x)"


@pytest.fixture(scope="module")
def evaluate(tab: Any) -> Evaluate:
    """A function that runs a script and returns the numbers of an array that it makes, as bits."""

    def run(script: str, array: str, numbers: Sequence[Sequence[float]] = ()) -> list[float]:
        given = ";".join(",".join(map(repr, row)) for row in numbers)
        read = f"{given!r}.split(';').map((row) => row.split(',').map(read))"
        named = "const read = (x) => ({inf: Infinity, '-inf': -Infinity})[x] ?? Number(x);"
        found = tab.evaluate(
            f"(() => {{\n{script}\n{named}\nconst rows = {read};\n"
            f"return ({array}).flat().map({_SPELLED}).join();\n}})()"
        )
        return [float(x) for x in found.split(",")] if found else []

    return run
