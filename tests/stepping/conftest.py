"""A notebook as it comes from somebody else: each thing that shows itself, in twelve cells."""

from __future__ import annotations

from typing import Any

import pytest

from autograd import Value, draw, step, why


@pytest.fixture(scope="session")
def book() -> Any:
    from nbformat import v4  # here: it takes longer to load than most tests to run

    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    root = a * b + a
    root.backward()
    shown = {
        0: step(root),
        2: draw(root),
        4: why(a, root),
        6: step(root).table(),
        8: draw(root, theme="auto"),
        10: step(root),
    }
    cells = [v4.new_code_cell(f"cell_{k}", execution_count=k + 1) for k in range(12)]
    for k, each in shown.items():
        cells[k].outputs = [v4.new_output("display_data", **_output(each))]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="session")
def pictures() -> list[str]:
    """How the name of each picture in it starts; one that is a file has none."""
    return ["Computation graph of", "", "Paths from a to", "", "Computation graph of"]


def _output(each: Any) -> dict[str, Any]:
    if hasattr(each, "_repr_mimebundle_"):
        data, sizes = each._repr_mimebundle_()
        return {"data": data, "metadata": sizes}
    return {"data": {"text/html": each._repr_html_(), "text/plain": repr(each)}}
