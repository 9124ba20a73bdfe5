"""The README as an index of packages shows it: alone, without the files that it links to.

With a ``Repository`` among ``[project.urls]``, its pictures and links lead there. Without one,
pictures are left out, links to files become their text, and a last line says where the files are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?!https?:|#)(?P<file>[^)]+)\)")
CODE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
IN_THE_SDIST = """
The pages, notebooks and pictures that this text names come with the source distribution:
`pip download --no-deps --no-binary :all: glassgrad`.
"""


class ReadmeHook(MetadataHookInterface):
    """Gives the package's metadata its long description."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the README to what is said of the package."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        repository = metadata.get("urls", {}).get("Repository", "")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": standing_alone(text, repository),
        }


def standing_alone(text: str, repository: str, commit: str = "HEAD") -> str:
    """Return a text whose links to files of the checkout lead to a repository, or are gone."""

    def elsewhere(link: re.Match[str]) -> str:
        picture, words, file = link["picture"], link["text"], link["file"]
        if not repository:
            return "" if picture else words
        return f"{picture}[{words}]({repository}/{'raw' if picture else 'blob'}/{commit}/{file})"

    shown = "".join(
        part if CODE.match(part) else LINK.sub(elsewhere, part) for part in CODE.split(text)
    )
    return shown if repository else shown + IN_THE_SDIST
