"""The examples in docs/bridges_jax.md give what is printed there."""

import doctest
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs" / "bridges_jax.md"


def test_the_examples_of_the_page_give_what_is_printed_there() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (found.failed, found.attempted > 15) == (0, True)
