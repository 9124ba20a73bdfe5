"""Opening a file in the reader's web browser."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

from autograd.files.users_line import warn


def new_file(name: str) -> Path:
    """Return a path with that name in a new folder, which only this user can read."""
    return Path(tempfile.mkdtemp(prefix="glassgrad-"), name)


def opened(file: Path) -> Path:
    """Open a file in the web browser, and return its path; warn if there is no browser."""
    try:
        found = webbrowser.open(file.as_uri())
    except (webbrowser.Error, OSError):
        found = False
    if not found:
        warn(
            f"there is no web browser here: open {file} yourself, or name a browser in the "
            "environment variable BROWSER"
        )
    return file
