"""The programs on the pages run, print what stands below them, and make the pictures shown."""

import re
from pathlib import Path

import pytest
from run_page import PICTURES, blocks, pictures, run, source

DOCS = Path(__file__).parents[2] / "docs"
HOWTO, OTHERS = (
    [page for page in sorted((DOCS / folder).glob("*.md")) if page.stem != "index"]
    for folder in ("howto", "coming_from")
)
PAGES = [*HOWTO, *OTHERS, DOCS / "faq.md"]
LONGEST = 15  # lines of a program on a how-to, without empty ones


@pytest.mark.slow  # some train, some load PyTorch or JAX
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_s_program_prints_what_is_below_it_and_makes_its_pictures(
    page: Path, tmp_path: Path
) -> None:
    ran = run(page, tmp_path)
    said = [(block.line, block.prints or "") for block, _ in ran]
    assert [(block.line, printed) for block, printed in ran] == said
    assert [name for name in pictures(page) if not source(page, name, tmp_path).exists()] == []


@pytest.mark.parametrize("page", HOWTO, ids=lambda page: page.stem)
def test_a_how_to_has_a_question_a_short_program_a_picture_and_pitfalls(page: Path) -> None:
    title, question, *_ = page.read_text("utf-8").split("\n\n")
    assert title.startswith("# ")
    assert question.startswith("*")
    assert question.endswith("*")
    assert "\n## Pitfalls\n\n- " in page.read_text("utf-8")
    assert "\n![" in page.read_text("utf-8")
    lines = [len(list(filter(None, block.code.splitlines()))) for block in blocks(page)]
    assert 0 < max(lines) <= LONGEST


def test_a_picture_is_shown_is_described_and_is_small() -> None:
    texts = [page.read_text("utf-8") for page in (DOCS.parent / "README.md", *DOCS.rglob("*.md"))]
    shown = re.findall(r"!\[([^\]]*)\]\((?:[^)]*/)?pictures/([\w.]+)\)", "\n".join(texts))
    files = {file.name: file.stat().st_size for file in PICTURES.iterdir()}
    assert {name for _, name in shown} == set(files)
    assert [name for description, name in shown if len(description) < 20] == []
    assert {name: size for name, size in files.items() if size > 1_000_000} == {}
