"""The film of the README can be made anew, and shows what the README says of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
@pytest.mark.browser
def test_the_film_is_short_and_small_and_something_moves(tmp_path: Path) -> None:
    """In a process of its own: Playwright's event loop would be in the way of other tests."""
    made = tmp_path / "film.gif"
    here = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
    subprocess.run([sys.executable, DOCS / "film.py", made], check=True, env=here)
    with Image.open(made) as film, Image.open(DOCS / "pictures" / "film.gif") as kept:
        assert (film.size, film.n_frames) == (kept.size, kept.n_frames)
        frames = set()
        for k in range(film.n_frames):
            film.seek(k)
            frames.add(film.convert("RGB").tobytes())
    assert len(frames) > 20
    assert made.stat().st_size < 1_000_000
