"""The site that `make docs` built, as its tests read it: what each page has, links to and loads."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).parents[2] / "site"
HOME = "docs/index.html"


class Page(HTMLParser):
    """What a page has: places to link to, its links, and what it loads by itself."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.title = ""
        self.description = ""
        self._in_title = False
        self.places: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attributes if value is not None}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        self._in_title = tag == "title" and not self.title
        if tag == "meta" and given.get("name") == "description":
            self.description = given["content"]
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in {"stylesheet", "icon"}:
            self.loaded.append(given["href"])
        elif "src" in given:
            self.loaded.append(given["src"])

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title, self._in_title = data.strip(), False


@cache
def pages() -> dict[Path, Page]:
    if not (SITE / HOME).exists():
        pytest.fail("there is no site/: `make docs` builds it, and `make test` does so first")
    return {file: Page(file) for file in sorted(SITE.rglob("*.html"))}


def inside(link: str) -> bool:
    return not urlsplit(link).scheme


def broken(file: Path, link: str) -> bool:
    """Whether a link leads to no file, or to no place in it. `#` alone is the top of the page."""
    path, fragment = urlsplit(link).path, unquote(urlsplit(link).fragment)
    target = (file.parent / unquote(path)).resolve() if path else file
    if not target.is_file():
        return True
    known = target.suffix == ".html" and fragment and "living" not in target.parts
    return bool(known) and fragment not in pages()[target].places
