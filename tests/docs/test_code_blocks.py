"""Every block of Python on a page runs, from the first to the last, as a reader would type them.

A block with ``>>>`` must print what stands there. What the reader of a page has already, such as a
model and data, is in ``GIVEN``.
"""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from autograd import temporary_registry

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Tests of their own run these, and compare with what stands beside the block.
ELSEWHERE = {
    "README.md": "tests/test_readme.py",
    "docs/tour.md": "tests/test_readme.py",
    "docs/bridges_checking.md": "tests/bridges/test_torch_pages.py",
    "docs/howto": "tests/docs/test_pages_run.py",
    "docs/coming_from": "tests/docs/test_pages_run.py",
    "docs/faq.md": "tests/docs/test_pages_run.py",
}

GIVEN = {
    "CONTRIBUTING.md": """
        from functools import partial

        import autograd
        from autograd.ops.activation import RATIONAL

        elementwise = partial(autograd.elementwise, replace=True)
    """,
    "docs/checking.md": """
        import torch

        class MyFunction(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x.sin()

            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0].cos()
    """,
    "docs/events.md": """
        from autograd import Value
        from autograd import steps as steps_of

        text = steps_of(Value(2.0) * 3.0).to_json()
    """,
    "docs/jit.md": """
        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.random((32, 64)), rng.integers(0, 10, 32)
        batches = [(x[:16], np.eye(10)[y[:16]]), (x[16:], np.eye(10)[y[16:]])]
    """,
    "docs/onnx.md": """
        import torch

        net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh())
        x = torch.randn(4, 3)
    """,
}


def blocks(page: str) -> list[tuple[int, str]]:
    """The blocks of Python of a page, each with its first line."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start()) + 2, m.group(1)) for m in BLOCK.finditer(text)]


def here(page: str) -> bool:
    return not any(page == each or page.startswith(f"{each}/") for each in ELSEWHERE)


FILES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PAGES = [
    page for page in sorted(file.relative_to(ROOT).as_posix() for file in FILES) if blocks(page)
]


def test_the_pages_are_found() -> None:
    assert {"docs/errors.md", "docs/vmap.md", "docs/jit.md", "CONTRIBUTING.md"} <= set(PAGES)
    assert set(GIVEN) <= set(PAGES)


@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # PyTorch's own, on exporting
@pytest.mark.slow  # some ask PyTorch or JAX, or compile kernels
@pytest.mark.parametrize("page", list(filter(here, PAGES)))
def test_the_blocks_of_a_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "a_page"}
    exec(dedent(GIVEN.get(page, "")), names)
    said: list[str] = []
    with temporary_registry():
        for line, block in blocks(page):
            if ">>>" in block:
                example = doctest.DocTestParser().get_doctest(block, names, page, page, line - 1)
                runner = doctest.DocTestRunner(verbose=False)
                runner.run(example, out=said.append, clear_globs=False)
                names.update(example.globs)
            else:
                exec(compile("\n" * (line - 1) + block, str(ROOT / page), "exec"), names)
        for name, test in list(names.items()):
            if name.startswith("test_"):
                test()
    assert "".join(said) == ""
