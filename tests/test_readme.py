"""The README's examples are run, in a folder of their own."""

import doctest
import shutil
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_the_examples_of_the_readme_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs" / "pictures").mkdir(parents=True)
    shutil.copy(README, tmp_path)
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(tmp_path / "README.md"), module_relative=False)
    assert tried > 20
    assert failed == 0
