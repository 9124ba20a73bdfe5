"""The documentation site: `make docs` builds it from the checkout into `site/`.

The checkout is the source folder. So a link in a page works on the site as it does in an editor
and where the repository is shown, and Sphinx finds those that are broken.
"""

import re
import sys
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_extensions")]

project = "Glassgrad"
author = "the Glassgrad authors"
copyright = author
html_title = "Glassgrad"
language = "en"

root_doc = "docs/index"
include_patterns = ["docs/**.md", "notebooks/*.ipynb", "*.md", "benchmarks/*.md"]
exclude_patterns = ["docs/_*"]

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "living_pages",
    "mathml",
    "public_names",
    "sources",
]

# Pages and notebooks. What a notebook shows is what is stored in it: a test runs them all.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
copybutton_exclude = ".linenos, .gp, .go"

# Docstrings.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]
default_role = "code"
add_module_names = False
toc_object_entries_show_parents = "hide"

# A name of ours that is linked to must be there; the types of others have no page here.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!(autograd|nn|init)\.).*")]

html_theme = "furo"
pygments_dark_style = "github-dark"
html_static_path = ["_static"]
html_logo = "_static/glassgrad.svg"
html_favicon = "_static/glassgrad.svg"
html_css_files = ["site.css"]
html_js_files = ["site.js"]
templates_path = ["_templates"]
html_search_scorer = str(HERE / "_static" / "scorer.js")
html_show_sphinx = False
html_copy_source = False
html_domain_indices = False

# The pages keep their places in the checkout, docs/…; who opens the site comes to the home page.
TO_HOME = '<!doctype html><meta charset="utf-8"><title>Glassgrad</title>'
TO_HOME += f'<meta http-equiv="refresh" content="0; url={root_doc}.html">'
TO_HOME += f'<a href="{root_doc}.html">Glassgrad</a>\n'


def write_the_way_home(app: Sphinx, error: Exception | None) -> None:
    """Write ``index.html`` of the site's own folder, and let GitHub's pages keep names with _."""
    if error is None:
        (app.outdir / "index.html").write_text(TO_HOME, encoding="utf-8")
        (app.outdir / ".nojekyll").touch()


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give a page the description that search engines show: its first sentences."""
    first = None if doctree is None else doctree.next_node(nodes.paragraph)
    if first is not None:
        said = escape(" ".join(first.astext().split()))
        context["metatags"] += f'<meta name="description" content="{said}">\n'


def tidy_blocks(app: Sphinx, doctree: nodes.document) -> None:
    """End blocks where their text ends, and say which have columns.

    A doctest in Markdown ends with an empty line. Columns scroll where they are too wide; all other
    text that a program printed is wrapped.
    """
    for block in doctree.findall(nodes.literal_block):
        if len(block) == 1 and block.rawsource == block.astext():
            block.rawsource = block.rawsource.rstrip("\n")
            block[0] = nodes.Text(block.rawsource)
        if re.search(r"\S {3,}\S", block.astext()):
            block["classes"].append("columns")


def open_pictures(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Have a picture lead to its file: on a phone it is small, and a file can be made larger."""
    here = app.builder.get_target_uri(page)
    for picture in list(doctree.findall(nodes.image)):
        if picture["uri"] in app.env.images and not isinstance(picture.parent, nodes.reference):
            file = relative_uri(here, f"_images/{app.env.images[picture['uri']][1]}")
            link = nodes.reference("", "", refuri=file, internal=True)
            picture.replace_self(link)
            link += picture


def setup(app: Sphinx) -> None:
    """Add what this site needs besides its extensions."""
    app.connect("doctree-read", tidy_blocks)
    app.connect("doctree-resolved", open_pictures)
    app.connect("html-page-context", describe)
    app.connect("build-finished", write_the_way_home)
