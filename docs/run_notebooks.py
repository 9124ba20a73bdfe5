"""Run notebooks, and keep those that show something else than before.

    python docs/run_notebooks.py notebooks/*.ipynb

An output is kept in the forms that it had: with a PNG and a PDF beside each SVG, a notebook of many
pictures would be too large for sites that show notebooks. What differs in the last digits only is
no change.
"""

from __future__ import annotations

import re
import sys
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

FORMS = "text/html", "image/svg+xml"  # with pictures and players
NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]\d+)?")
IMAGE = re.compile(r"base64,[^\"'&]*")  # which has its numbers as dots


def read(path: Path) -> NotebookNode:
    """Read a notebook."""
    import nbformat  # here: it takes longer to load than most tests to run

    return nbformat.read(path, as_version=4)


def run(path: Path) -> NotebookNode:
    """Return a notebook as it is after a run."""
    from nbclient import NotebookClient

    notebook = read(path)
    NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": path.parent}},
    ).execute()
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells of a notebook that can be run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def repeatable(cell: NotebookNode) -> str:
    """Return what a cell shows as text; of those tagged as varying, without the numbers.

    Pictures, too, have a form in text. The numbers that vary show how long something took, or what
    came of long training, in which a BLAS's last bits grow: they are the same on one machine, and
    not on all.
    """
    text = "\n".join(output.get("text") or output.data["text/plain"] for output in cell.outputs)
    return NUMBER.sub("#", text) if "varies" in cell.metadata.get("tags", []) else text


def same(one: str, other: str) -> bool:
    """Return whether two texts are equal but for white space and the last digits of numbers."""
    texts = [text.replace("−", "-") for text in (one, other)]
    words, others = (" ".join(NUMBER.sub("#", text).split()) for text in texts)
    numbers = (map(float, NUMBER.findall(text)) for text in texts)
    return words == others and all(
        isclose(x, y, rel_tol=1e-6, abs_tol=1e-9) for x, y in zip(*numbers, strict=True)
    )


def drawn(cell: NotebookNode) -> list[str]:
    """Return the pictures and players of a cell, without what has numbers in it."""
    shown = [output.get("data", {}).get(form, "") for output in cell.outputs for form in FORMS]
    return [NUMBER.sub("#", IMAGE.sub("", text)) for text in shown if text]


def in_forms_of(before: NotebookNode, after: NotebookNode) -> list[NotebookNode]:
    """Return the outputs of a cell in the forms that they were kept in."""
    kinds = [[each.output_type for each in cell.outputs] for cell in (before, after)]
    if kinds[0] == kinds[1]:
        for old, new in zip(before.outputs, after.outputs, strict=True):
            for form in set(new.get("data", {})) - set(old.get("data", {})):
                del new.data[form]
                new.metadata.pop(form, None)
    return list(after.outputs)


def main() -> None:
    """Run the notebooks that are named, and write those that changed."""
    import nbformat

    for path in map(Path, sys.argv[1:]):
        kept, ran = read(path), run(path)
        pairs = list(zip(code_cells(kept), code_cells(ran), strict=True))
        if all(same(repeatable(a), repeatable(b)) and drawn(a) == drawn(b) for a, b in pairs):
            continue
        for before, after in pairs:
            after.outputs = in_forms_of(before, after)
        nbformat.write(ran, path)


if __name__ == "__main__":
    main()
