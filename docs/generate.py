"""Write the pages that follow from the code: on ops, conventions, nn and NumPy's functions.

Run ``python docs/generate.py`` after changing a record; a test holds that the pages are up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import conventions_page
from nn_page import library_page
from numpy_page import numpy_page

from autograd.rules import op_help, op_registry
from autograd.rules.op import Elementwise, Op, Structural
from autograd.rules.op_registry import ops

OPS = """\
# Ops

<!-- Written by docs/generate.py from the op records in autograd/ops/: don't edit this page. -->

Every operation of the engine: what it is, its rule, where it holds, and its settings.

Every op takes numbers, arrays, Values and Tensors. Most are the function `autograd.NAME`. Others
are there for rules, as `hypot_slope` is, or for what records them, as `power` is for `x ** 2`. An
operand is `x`, `y`, …, the result `z`. A setting is given by name: it isn't differentiated, and is
one for all elements, but for `condition` and the bounds of `clip`.

## Elementwise

All work on floats and arrays; a column says which other kinds of number they take. The domain
is where an op is finite and smooth but for its kinks. A partial is the rule itself, as the engine
runs it: `choose(c, a, b)` is `a` where `c` holds, else `b`.

{elementwise}

## Structural

These act on whole arrays, or on any number of scalars. A linear op is its own pushforward.

{structural}
"""


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def tuple_of(numbers: tuple[float, ...]) -> str:
    """Return numbers with commas between."""
    return ", ".join(map(op_help.number, numbers))


def partials(op: Elementwise) -> str:
    """Return the text of each partial."""
    return "<br>".join(f"∂{x}: {rule}" for x, rule in op_help.partials(op))


def settings(op: Op) -> str:
    """Return what the op takes by keyword, with the defaults."""
    return ", ".join(f"`{name}={op_help.default(value)}`" for name, value in op.settings.items())


def kinds(op: Op) -> str:
    """Return the kinds of number that the op takes, beside floats and arrays."""
    return ", ".join(kind for kind in ("fraction", "complex", "mpf") if kind in op.numbers)


def numpy_names(op: Op) -> str:
    """Return the NumPy functions that record this op when they are called on a node."""
    ours = [f for f, to in op_registry._for_numpy.items() if to is op or _name(to) == op.name]
    return ", ".join(sorted({f"`{_name(f)}`" for f in ours}))


def _name(function: Any) -> str:
    return getattr(function, "__name__", getattr(function, "name", ""))


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    records = [op for _, op in sorted(ops().items())]
    elementwise = [op for op in records if isinstance(op, Elementwise)]
    structural = [op for op in records if isinstance(op, Structural)]
    return {
        "ops.md": OPS.format(
            elementwise=table(
                ["op", "what it is", "partials", "domain", "settings", "also", "NumPy"],
                [
                    [
                        f"`{op.name}`",
                        op.doc,
                        partials(op),
                        op_help.domain(op),
                        settings(op),
                        kinds(op),
                        numpy_names(op),
                    ]
                    for op in elementwise
                ],
            ),
            structural=table(
                ["op", "what it is", "linear", "settings", "NumPy"],
                [
                    [
                        f"`{op.name}`",
                        op.doc,
                        "yes" if op.linear else "",
                        settings(op),
                        numpy_names(op),
                    ]
                    for op in structural
                ],
            ),
        ),
        "conventions.md": conventions_page.PAGE.format(
            selecting=conventions_page.flagged(elementwise, lambda op: op.selects),
            comparing=conventions_page.flagged(elementwise, lambda op: op.compares),
            table=table(
                ["op or program", "at", "slope", "because"],
                conventions_page.rows(elementwise, op_help.number, tuple_of),
            ),
        ),
        "nn.md": library_page(table),
        "numpy.md": numpy_page(table),
    }


def main(folder: Path) -> None:
    """Write every page into a folder."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
