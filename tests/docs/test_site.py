"""The site that `make docs` built: its links and its names.

`make test` builds it first. Sphinx itself stops at warnings; here are read the pages that came out.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from site_pages import HOME, SITE, broken, inside, pages

import autograd
import init
import nn

pytestmark = pytest.mark.slow

PICTURE = re.compile(r"(?:<[^<>]*>|[^<>])\s*<img [^>]*_images/[^>]*>")  # and what it stands in


def test_every_link_inside_the_site_leads_somewhere() -> None:
    found = [(file, link) for file, page in pages().items() for link in page.links if inside(link)]
    assert len(found) > 5_000
    assert [f"{file.relative_to(SITE)}: {link}" for file, link in found if broken(file, link)] == []


def test_all_that_a_page_loads_is_in_the_site() -> None:
    """Pictures, scripts, styles, frames: so it can be read offline."""
    found = [
        f"{file.relative_to(SITE)}: {link[:80]}"
        for file, page in pages().items()
        for link in page.loaded
        if not link.startswith("data:") and (not inside(link) or broken(file, link))
    ]
    assert found == []


def test_a_picture_leads_to_its_file_or_to_a_page() -> None:
    """On a phone a picture is too small to be read; its file can be made larger."""
    found = [
        f"{file.relative_to(SITE)}: {picture[:80]}"
        for file in pages()
        for picture in PICTURE.findall(file.read_text("utf-8"))
        if not picture.startswith("<a ")
    ]
    assert found == []


def test_every_page_to_be_read_has_a_title_of_its_own_and_says_what_it_is_for() -> None:
    """Its first sentences are its description for search engines."""
    written = {
        str(file.relative_to(SITE)): page
        for file, page in pages().items()
        if {"docs", "notebooks"} & set(file.relative_to(SITE).parts[:-1])
        and "_modules" not in file.parts
    }
    assert len(written) > 80
    assert len({page.title for page in written.values()}) == len(written)
    assert [name for name, page in written.items() if len(page.description) < 25] == []
    assert [name for name, page in written.items() if "don't edit" in page.description] == []


def test_every_page_is_two_clicks_from_the_home_page() -> None:
    """But for code, which the reference leads to, and the page of results."""
    there = {SITE / HOME}
    for _ in range(2):
        there |= {
            (file.parent / link.partition("#")[0]).resolve()
            for file in there & pages().keys()
            for link in pages()[file].links
            if inside(link)
        }
    far = {str(file.relative_to(SITE)) for file in pages().keys() - there}
    assert {file for file in far if "_modules" not in file} == {"index.html", "search.html"}


def test_a_page_of_the_gallery_shows_its_program_before_what_it_made() -> None:
    for file in (SITE / "docs" / "gallery").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert text.find("<pre>") < text.find("<iframe") or "<iframe" not in text


# Names --------------------------------------------------------------------------------------------


def public_packages(top: ModuleType) -> list[ModuleType]:
    """A package, and those in it that its users find by dir()."""
    found = [getattr(top, name) for name in dir(top)]
    inside = [
        each for each in found if isinstance(each, ModuleType) and each.__name__ in sys.modules
    ]
    return [top, *(each for each in inside if hasattr(each, "__all__"))]


BRIDGES = ["autograd.bridges.torch", "autograd.bridges.jax"]
PACKAGES = [each for top in (autograd, nn, init) for each in public_packages(top)]
PACKAGES += map(import_module, BRIDGES)


def resolved(name: str) -> Any:
    """The object that a name such as ``nn.schedules.Cosine`` stands for; None if there is none."""
    package, _, inner = name.rpartition(".")
    return getattr(import_module(package), inner, None)


@cache
def described() -> frozenset[int]:
    """The objects that the reference describes, by their identities."""
    known = {package.__name__ for package in PACKAGES}
    places = {
        place
        for file, page in pages().items()
        if file.is_relative_to(SITE / "docs" / "reference")
        for place in page.places
    }
    return frozenset(id(resolved(name)) for name in places if name.rpartition(".")[0] in known)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_reference_has_every_public_name(package: ModuleType) -> None:
    names = [name for name in getattr(package, "__all__", []) if not name.startswith("_")]
    things = {name: getattr(package, name) for name in names}
    missing = [
        name
        for name, thing in things.items()
        if not isinstance(thing, ModuleType) and id(thing) not in described()
    ]
    assert missing == []


@pytest.mark.parametrize("kind", [autograd.Value, autograd.Tensor])
def test_the_reference_tells_of_each_method_of_a_node(kind: type) -> None:
    """It describes it, or links to the operation that it is named after, or to the base class."""
    text = (SITE / "docs" / "reference" / "autograd.html").read_text(encoding="utf-8")
    places = pages()[SITE / "docs" / "reference" / "autograd.html"].places
    missing = [
        name
        for name in dir(kind)
        if not name.startswith("_")
        and f"autograd.{kind.__name__}.{name}" not in places
        and f'<span class="pre">{name}</span>' not in text
    ]
    assert missing == []
    assert f"autograd.{kind.__name__}.backward" in places


def test_what_the_reference_says_of_an_op_links_to_its_record() -> None:
    """So do functions and classes, by viewcode."""
    text = (SITE / "docs" / "reference" / "autograd_ops.html").read_text(encoding="utf-8")
    entries = text.split('<dt class="sig ')[1:]
    assert len(entries) > 100
    assert [
        entry[:80] for entry in entries if "viewcode-link" not in entry.partition("</dt>")[0]
    ] == []
    assert "_modules/autograd/ops/exponential.html#exp" in text.replace("../", "")
