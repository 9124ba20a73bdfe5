"""The page of aten operations follows from the table."""

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_up_to_date(tmp_path):
    here = {"PYTHONPATH": str(DOCS.parent), "PATH": ""}
    subprocess.run([sys.executable, DOCS / "aten_page.py", tmp_path], check=True, env=here)
    fresh = (tmp_path / "aten_ops.md").read_text(encoding="utf-8")
    same = fresh == (DOCS / "aten_ops.md").read_text(encoding="utf-8")
    assert same, "docs/aten_ops.md is out of date: run python docs/aten_page.py"
