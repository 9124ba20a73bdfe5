"""The page docs/onnx.md lists the operators that there are."""

import re
from pathlib import Path

from nn.interchange.onnx_import_operators import OPERATORS
from nn.interchange.onnx_import_plan import SETS

PAGE = Path(__file__).parents[2] / "docs" / "onnx.md"


def test_every_operator_that_is_read_is_listed():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    listed = [name for row in rows for name in re.findall(r"`([A-Za-z0-9]+)`", row)]
    assert sorted(listed) == sorted(kind for _, kind in OPERATORS)


def test_the_sets_of_operators_are_those_that_are_named():
    text = PAGE.read_text(encoding="utf-8")
    (oldest, newest), (first, last) = SETS[""], SETS["ai.onnx.ml"]
    assert f"The sets of operators {oldest} to {newest} of ONNX, and {first} to {last} of" in text
