"""One HTML file with its style, scripts and data inside, which a policy of hashes seals."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any


def sealed(template: str, *, title: str, style: str, script: str, data: dict[str, Any]) -> str:
    """Return a template with its parts filled in: text, ``@name@``, text, and so on.

    No other script than this one runs in the page, and nothing is asked for from anywhere.
    """
    parts = {
        "title": escape(title),
        "style": style,
        "script": script,
        "data": _inert(data),
        "style-hash": _hash(style),
        "script-hash": _hash(script),
    }
    pieces = template.split("@")
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def _inert(data: dict[str, Any]) -> str:
    """Return JSON that nothing in it can end: no ``</script>`` and no ``<!--``."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode("utf-8", "replace").decode()


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
