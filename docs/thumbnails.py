"""Photograph the living pages of the gallery for its index: ``python docs/thumbnails.py``.

Each script of ``docs/gallery/`` saves a page; Chromium opens it, and what it first shows is
``docs/pictures/gallery_<name>.png``.
"""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path

from PIL import Image, ImageOps
from playwright.sync_api import ViewportSize
from run_page import PICTURES, inside, photograph

GALLERY = Path(__file__).resolve().parent / "gallery"
PART = "#picture, .playground main"  # the graph; a playground's network and plane
CARD = 560, 380  # of the pictures
SIZE: ViewportSize = {"width": 960, "height": 600}


def main() -> None:
    """Run the scripts, and write the pictures."""
    for script in sorted(GALLERY.glob("*.py")):
        if script.stem == "home":
            continue
        picture = PICTURES / f"gallery_{script.stem}.png"
        with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
            runpy.run_path(str(script))
            photograph(Path(f"{script.stem}.html").resolve(), picture, SIZE, PART)
        image = Image.open(picture).convert("RGB")
        ImageOps.pad(image, CARD, color=image.getpixel((2, 2))).quantize(64).save(picture)


if __name__ == "__main__":
    main()
