"""One HTML file with its style, scripts and data inside, sealed by hashes; and its frame."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from autograd.show.svg import image

_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="@policy@">
<meta name="color-scheme" content="@scheme@">
<title>@title@</title>
<link rel="icon" href="data:,">
<style>@style@</style>
</head>
"""


def sealed(
    body: str,
    *,
    title: str,
    style: str,
    script: str,
    data: dict[str, Any],
    scheme: str = "light dark",
) -> str:
    """Return a page of a body with its parts filled in: text, ``@name@``, text, and so on.

    No other script than this one runs in the page, and nothing is asked for from anywhere.
    """
    parts = {
        "title": escape(title),
        "style": style,
        "script": script,
        "data": _inert(data),
        "scheme": scheme,
        "policy": f"default-src 'none'; style-src 'sha256-{_hash(style)}'; "
        f"script-src 'sha256-{_hash(script)}'; img-src data:",
    }
    pieces = (_HEAD + body).split("@")
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def framed(text: str, title: str, height: int, still: str, name: str) -> str:
    """Return a page for a notebook: a frame of its own upon a still picture, as one line of HTML.

    The picture is all that is left where frames are taken out: in a notebook that isn't trusted,
    and on sites that show notebooks. Where lines are joined or wrapped, the scripts live on.
    """
    html = (
        f'<div style="position:relative;height:{height}px;text-align:center">'
        f"{image(still, name, f'max-width:100%;max-height:{height}px')}"
        f'<iframe title="{escape(title)}" height="{height}" '
        'sandbox="allow-scripts allow-downloads" allow="fullscreen" '
        f'style="position:absolute;left:0;top:0;width:100%;height:{height}px;border:0" '
        f'srcdoc="{escape(text)}"></iframe></div>'
    )
    return html.replace("\n", "&#10;")


@cache
def part(package: str, folder: str, name: str) -> str:
    """Return a file of a page without its comments, indents and spaces that browsers don't need."""
    text = files(package).joinpath(folder, name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        return _CSS_SPACE.sub(r"\1\2", _CSS_COMMENT.sub("", text))
    if name.endswith(".js"):
        text = re.sub(r"^\s+", "", _COMMENT.sub("", text), flags=re.M)
        return _LINE_END.sub(r"\1", text)
    return re.sub(r"^\s+", "", text, flags=re.M)


_COMMENT = re.compile(r"^\s*//.*\n| // .*$", re.M)
_LINE_END = re.compile(r"([{(\[,;])\n|\n(?=[})\]])")  # which a script doesn't need
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_CSS_SPACE = re.compile(r"\s*([{};])\s*|([:,]) +")


def _inert(data: dict[str, Any]) -> str:
    """Return JSON that nothing in it can end: no ``</script>`` and no ``<!--``."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode("utf-8", "replace").decode()


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
