"""Files that nbconvert makes of a notebook: the pictures are there, and the player lives on."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from autograd import Value, draw, step, steps
from autograd.stepping.page import page


@pytest.fixture(scope="module")
def root() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return a * b + a


@pytest.fixture(scope="module")
def notebook(root: Value) -> Any:
    """A cell that shows a player, one that shows a drawing, and one after them."""
    from nbformat import v4  # here: it takes longer to load than most tests to run

    cells = []
    for k, shown in enumerate((step(root), draw(root))):
        data, sizes = shown._repr_mimebundle_()
        output = v4.new_output("display_data", data=data, metadata=sizes)
        cells.append(v4.new_code_cell(f"cell_{k}", outputs=[output], execution_count=k + 1))
    return v4.new_notebook(cells=[*cells, v4.new_code_cell("the_last_cell")])


class Frames(HTMLParser):
    """Reads what the frames of a page hold, and the text outside of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.images: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.found.append(str(dict(attrs)["srcdoc"]))
        if tag == "img":
            self.images.append(str(dict(attrs)["src"]))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_has_the_player_and_the_drawing(notebook: Any, root: Value) -> None:
    from nbconvert import HTMLExporter

    made = Frames(HTMLExporter().from_notebook_node(notebook)[0])
    assert made.found == [page(root, steps(root))]
    assert "the_last_cell" in made.text


def test_markdown_has_the_player_and_all_cells(notebook: Any, root: Value) -> None:
    """Markdown ends HTML at an empty line: the rest of the page would be text and code."""
    import mistune
    from nbconvert import MarkdownExporter

    text, _ = MarkdownExporter().from_notebook_node(notebook)
    made = Frames(str(mistune.create_markdown(escape=False)(text)))
    assert made.found == [page(root, steps(root))]
    assert "the_last_cell" in made.text
    assert [source.rpartition(".")[2] for source in made.images[1:]] == ["svg"]
    assert "const " not in made.text


def test_markdown_and_latex_have_twelve_of_twelve_cells(
    book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of each thing that has a picture, a picture."""
    import mistune
    from nbconvert import LatexExporter, MarkdownExporter

    monkeypatch.setenv("PATH", "")
    markdown = MarkdownExporter().from_notebook_node(book)[0]
    made = Frames(str(mistune.create_markdown(escape=False)(markdown)))
    latex, resources = LatexExporter().from_notebook_node(book)
    for k in range(12):
        assert f"cell_{k}\n" in made.text
        assert f"cell\\PYZus{{}}{k}" in latex
    assert len(made.images) == 5  # of two players, two drawings and paths
    used = [name for name in resources["outputs"] if f"{{{name}}}" in latex]
    assert len(used) == 4  # the paths are text


def test_latex_has_both_pictures_and_needs_no_inkscape(
    notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbconvert import LatexExporter

    monkeypatch.setenv("PATH", "")
    text, resources = LatexExporter().from_notebook_node(notebook)
    used = [name for name in resources["outputs"] if f"{{{name}}}" in text]
    starts = [resources["outputs"][name][:4] for name in used]
    assert starts == [b"\x89PNG", b"%PDF"]  # of the player and of the drawing
