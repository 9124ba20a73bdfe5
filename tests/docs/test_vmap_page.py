"""The page on ``vmap``: its examples are run."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "vmap.md"


def test_the_examples_do_what_the_page_says() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 12
    assert failed == 0
