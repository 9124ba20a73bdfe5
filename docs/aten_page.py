"""Write ``aten_ops.md``: the aten ops that have a rule of ours, and where conventions differ.

Run ``python docs/aten_page.py`` where PyTorch is; a test holds that the page is up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograd.bridges.torch.aten_differences import DIFFERENCES
from autograd.bridges.torch.aten_ops import FAMILIES, RULES

PAGE = """\
# PyTorch operations with a rule of ours

<!-- Written by docs/aten_page.py from the tables in autograd/bridges/torch/aten_*.py: don't edit
this page. -->

The operations of PyTorch whose slopes can be compared with rules of ours.

A recorded PyTorch program has torch's own pullbacks. Beside them, each of these {count} aten
operations has the same function written in our ops: `scalars`, `why` and `bridge.check` use it. A
name without an overload stands for all of its overloads; an operation in place (`relu_`) has the
rule of the one that returns the same value. A test compares every rule with torch's value and
gradient, on torch's own samples. What isn't here stays torch's alone, and a check says so.

{families}

## Where conventions differ

Neither is wrong. `bridge.check` shows both numbers, and counts them as no failure.

| operation | torch | here |
|---|---|---|
{differences}

Besides, torch gives nan where a zero cotangent meets an infinite slope, and here that is 0: see
[kinks and edges](conventions.md).
"""


def page() -> str:
    """Return the text of the page."""
    families = [
        f"## {title}\n\n" + ", ".join(f"`{name}`" for name in sorted(module.RULES)) + "."
        for title, module in FAMILIES.items()
    ]
    differences = [
        f"| `{name}` | {found.torch} | {found.ours} |"
        for name, found in sorted(DIFFERENCES.items())
    ]
    return PAGE.format(
        count=len(RULES), families="\n\n".join(families), differences="\n".join(differences)
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    (folder / "aten_ops.md").write_text(page(), encoding="utf-8")
