"""Run the Python blocks of pages, and renew their pictures.

    python docs/run_page.py docs/howto/*.md

The Python blocks of a page are one program, which is run in an empty folder. The ``text`` block
right after one is what it prints. A picture of a page is a file that its program saved: of
``howto/draw.md``, ``pictures/draw_network.svg`` is the file ``network.svg``. If its program saved
``network.html``, ``pictures/draw_network.png`` is a photograph of that, by Chromium.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE: ViewportSize = {"width": 1180, "height": 720}


class Block(NamedTuple):
    """A Python block: its code, the line that it begins at, and what it should print, if said."""

    code: str
    line: int
    prints: str | None


def blocks(page: Path) -> list[Block]:
    """Return the Python blocks of a page that are no doctests."""
    text = page.read_text(encoding="utf-8")
    fenced = re.finditer(
        r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL
    )
    return [
        Block(found[1], text.count("\n", 0, found.start()) + 2, found[2])
        for found in fenced
        if not found[1].startswith(">>>")
    ]


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(page: Path, folder: Path) -> list[tuple[Block, str]]:
    """Run the blocks of a page as one program, in a folder; return each with what it printed."""
    from autograd import temporary_registry

    names: dict[str, Any] = {"__name__": page.stem}
    printed = []
    with inside(folder), temporary_registry():
        for block in blocks(page):
            out = StringIO()
            code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
            with redirect_stdout(out):
                exec(code, names)
            printed.append((block, out.getvalue()))
    return printed


def pictures(page: Path) -> list[str]:
    """Return the names of the pictures of a page that its own program makes."""
    shown = re.findall(r"!\[[^\]]+\]\([./]*/pictures/([\w.]+)\)", page.read_text(encoding="utf-8"))
    return [name for name in shown if name.startswith(f"{page.stem}_")]


def source(page: Path, picture: str, folder: Path) -> Path:
    """Return the file in a folder that a picture of a page is, or is a photograph of."""
    file = folder / picture.removeprefix(f"{page.stem}_")
    return file if file.exists() else file.with_suffix(".html")


def main(*pages: str) -> None:
    """Run pages, and write their pictures."""
    for page in map(Path, pages):
        with tempfile.TemporaryDirectory() as folder:
            run(page.resolve(), Path(folder))
            for picture in pictures(page):
                file = source(page, picture, Path(folder))
                if file.suffix == ".html":
                    photograph(file, PICTURES / picture)
                else:
                    shutil.copy(file, PICTURES / picture)


def photograph(page: Path, picture: Path, size: ViewportSize = SIZE, part: str = ":root") -> None:
    """Open a page in Chromium, and write a picture of a part of it as it first shows itself."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport=size, color_scheme="light", reduced_motion="reduce")
        tab.goto(page.as_uri())
        tab.wait_for_timeout(500)
        tab.locator(part).screenshot(path=picture)
        browser.close()
    Image.open(picture).quantize(64).save(picture, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
