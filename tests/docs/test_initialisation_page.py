"""docs/initialisation.md: its examples run, and print what stands there."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "initialisation.md"


def test_the_examples_run() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.attempted > 5
    assert not found.failed
