"""Make the film of a living page that the README shows: ``python docs/film.py [film.gif]``.

A page of ``autograd.live`` is opened in Chromium. It goes through the steps of the chain rule, a
number is dragged, and gradient steps make the loss small. Each frame is what Chromium shows.
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from autograd import Value, live

FILM = Path(__file__).resolve().parent / "pictures" / "film.gif"
SIZE = {"width": 1240, "height": 640}
SCALE = 0.68
COLOURS = 48
POINTER = [(0, 0), (0, 19), (5, 15), (8, 22), (11, 21), (8, 14), (14, 14)]


def loss(w: Value, x: Value, y: Value) -> Value:
    """The squared error of a prediction w · x."""
    return (w * x - y) ** 2


class Camera:
    """Takes frames of a page, each with the time that it is to be seen, and the pointer."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.frames: list[Image.Image] = []
        self.times: list[int] = []
        self.at = (SIZE["width"] * 0.6, SIZE["height"] * 0.7)

    def take(self, milliseconds: int) -> None:
        """Add a frame of the page as it is now."""
        self.tab.wait_for_timeout(120)
        frame = Image.open(BytesIO(self.tab.screenshot())).convert("RGB")
        x, y = self.at
        arrow = [(x + dx, y + dy) for dx, dy in POINTER]
        ImageDraw.Draw(frame).polygon(arrow, fill="black", outline="white", width=1)
        width, height = (round(SCALE * length) for length in frame.size)
        self.frames.append(frame.resize((width, height), Image.Resampling.LANCZOS))
        self.times.append(milliseconds)

    def move(self, x: float, y: float) -> None:
        """Move the pointer, also the page's."""
        self.at = (x, y)
        self.tab.mouse.move(x, y)

    def save(self, file: Path) -> None:
        """Write the frames as a GIF that repeats, all in the colours of one of them."""
        palette = self.frames[len(self.frames) // 2].quantize(COLOURS)
        plain = Image.Dither.NONE
        first, *rest = [frame.quantize(palette=palette, dither=plain) for frame in self.frames]
        first.save(file, save_all=True, append_images=rest, duration=self.times, loop=0)


def middle(tab: Any, selector: str) -> tuple[float, float]:
    """Return the middle of what a selector finds first."""
    box = tab.locator(selector).first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def shoot(tab: Any) -> Camera:
    """Go through the steps, drag w, and learn."""
    camera = Camera(tab)
    tab.get_by_label("rate").fill("0.02")
    tab.keyboard.press("Enter")
    tab.mouse.click(*camera.at)
    camera.take(900)
    for _ in range(8):
        tab.keyboard.press("ArrowRight")
        camera.take(420)
    x, y = middle(tab, "#picture g.variable text.data")
    camera.move(x, y)
    camera.take(500)
    tab.mouse.down()
    for _ in range(12):
        camera.move(camera.at[0] - 6, y)
        camera.take(120)
    tab.mouse.up()
    camera.take(700)
    camera.move(*middle(tab, "text=Gradient step"))
    camera.take(400)
    for _ in range(12):
        tab.mouse.down()
        tab.mouse.up()
        camera.take(260)
    camera.take(1800)
    return camera


def main(film: str | Path = FILM) -> None:
    """Make the page, film it, and write the film."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = live(loss, w=1.0, x=2.0, y=3.0).save(Path(folder, "page.html"))
        program = which("chromium") or which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        tab.goto(Path(page).as_uri())
        shoot(tab).save(Path(film))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
