"""The directive ``living``: a script, the page that it saves, and what it prints.

``{living} gallery/xor.py`` runs the script while the site is built. The script saves a page of its
own name, ``xor.html``. The words in the directive say what is seen, for those who can't see it.
The script stands above its page, where a reader sees how short it is; ``:first: page`` is the other
way round. ``:height:`` and ``:width:`` are those of the frame, in pixels; one of at most 760 has a
player put its text below the picture, which so has all of the width.
"""

from __future__ import annotations

import os
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

FOLDER = "living"  # of the site, for the pages
MOST_LINES = 15
HERE = Path(__file__).parents[1]


class Living(SphinxDirective):
    """``{living} gallery/xor.py``: the path is that from this folder, docs."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "height": directives.positive_int,
        "width": directives.positive_int,
        "first": lambda given: directives.choice(given, ("script", "page")),
    }

    def run(self) -> list[nodes.Node]:
        """Run the script, and return its page and its text."""
        script = HERE / self.arguments[0]
        self.env.note_dependency(str(script))
        code = script.read_text(encoding="utf-8")
        if code.count("\n") > MOST_LINES:
            raise ExtensionError(f"{script} has more than {MOST_LINES} lines: nobody would read it")
        printed = saved(script, Path(self.env.app.outdir) / FOLDER)
        builder = self.env.app.builder
        page = relative_uri(
            builder.get_target_uri(self.env.docname), f"{FOLDER}/{script.stem}.html"
        )
        sizes = "; ".join(f"--{name}: {n}px" for name, n in self.options.items() if name != "first")
        title = escape(" ".join(self.content))
        frame = (
            f'<div class="living"><iframe src="{page}" title="{title}" '
            f'style="{sizes}"></iframe>'
            f'<p><a href="{page}">Open this page by itself</a></p></div>'
        )
        told = [listing(code.replace("\n\n\n", "\n\n"), "python")]
        if printed:
            told += [nodes.paragraph("", "It prints:"), listing(printed, "text")]
        made = nodes.raw("", frame, format="html")
        return [made, *told] if self.options.get("first") == "page" else [*told, made]


def listing(text: str, language: str) -> nodes.literal_block:
    """Return a block of code."""
    return nodes.literal_block(text, text, language=language)


def saved(script: Path, folder: Path) -> str:
    """Run a script in a folder, and return what it printed."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{script.stem}.html"
    page.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, str(script)],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode or not page.exists():
        raise ExtensionError(f"{script} did not save {page.name}:\n{done.stderr}")
    return done.stdout


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the directive."""
    app.add_directive("living", Living)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
