"""How many frames a second a page keeps up while a number in it is dragged, and where time goes.

    python benchmarks/dragging.py

Each page is opened in Chromium; a leaf is dragged in the picture's own way, once a frame, for some
seconds. The pages: a network of Values whose picture has some 320 parts, with 4,000 nodes; and the
same network of tensors, whose scalars have 50,000 operands.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
from living import loss
from playwright.sync_api import Page, sync_playwright

import nn
from autograd import steps
from autograd.stepping.page import page

SECONDS = 4
PARTS = {
    "machine": ("Machine", ("forward", "backward")),
    "curve": ("Curve", ("renew",)),
    "picture": ("LevelPicture", ("show", "fix", "point")),
    "step": ("Panel", ("showStep",)),
    "story": ("Panel", ("showStory",)),
    "learning": ("Learning", ("renew",)),
    "all of it": ("Player", ("renewed",)),
}
CHOOSE = """() => {
  const leaf = [...recording.saved.keys()].find((k) => player.live.learning.has(k));
  player.choose(recording.numbers.ownerOf(leaf)[0]);
  const { machine } = recording;
  return [recording.nodes.length, machine.kind.length, machine.passed.length,
    player.picture.parts.length, recording.steps.length];
}"""
DRAG = """([parts, seconds, trains]) => new Promise((done) => {
  const types = { Machine, Curve, Learning, LevelPicture, Panel, Player };
  const spent = {};
  let now = {};
  const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
  const watch = (name, type, method) => {
    const own = type[method];
    type[method] = function (...given) {
      const start = performance.now();
      const found = own.apply(this, given);
      now[name] = (now[name] ?? 0) + performance.now() - start;
      return found;
    };
  };
  for (const [name, [type, methods]] of parts) {
    spent[name] = [];
    for (const method of methods) watch(name, types[type].prototype, method);
  }
  const { editor } = player.panel;
  const times = [];
  const begin = performance.now();
  const frame = (time) => {
    times.push(time);
    for (const name of Object.keys(spent)) spent[name].push(now[name] ?? 0);
    now = {};
    if (performance.now() - begin > 1000 * seconds) {
      for (const name of Object.keys(spent)) spent[name] = median(spent[name]);
      const gaps = times.slice(1).map((at, k) => at - times[k]).sort((a, b) => a - b);
      const frames = (1000 * gaps.length) / (times.at(-1) - times[0]);
      done({ frames, spent, slow: gaps[Math.floor(0.95 * gaps.length)] });
      return;
    }
    if (trains) player.live.learn(0.001);
    else editor.give(editor.at(0.5 + 0.4 * Math.sin(times.length / 10)));
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""


def pages() -> dict[str, Any]:
    """The roots of the pages."""
    rng = np.random.default_rng(0)
    model = nn.MLP([2, 16, 16, 1], "tanh", seed=1)

    def tensors(samples: int) -> Any:
        return nn.mse(model(rng.normal(size=(samples, 2))), rng.normal(size=(samples, 1)))

    scalars = model.scalars()
    return {
        "network of Values": nn.mse(scalars(rng.normal(size=(12, 2))), rng.normal(size=(12, 1))),
        "4,000 nodes": loss(6),
        "as many steps as a page may have": loss(13),
        "tensors, 10 samples": tensors(10),
        "tensors, 50,000 operands": tensors(66),
    }


def measure(tab: Page, name: str, text: str, at: str) -> None:
    """Print how a page keeps up."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(text, encoding="utf-8")
        start = time.perf_counter()
        tab.goto(f"{file.as_uri()}#step={at}")
        loaded = time.perf_counter() - start
        tab.reload()
        nodes, machine, operands, parts, events = tab.evaluate(CHOOSE)
        print(f"{name}: {len(text) // 1000:,} KB, {nodes:,} nodes, {machine:,} of the machine, "
              f"{operands:,} operands, {parts} parts in view, {events:,} steps; "
              f"opened in {loaded:.1f} s at step {at}")  # fmt: skip
        for trains in (False, True):
            found = tab.evaluate(DRAG, [list(PARTS.items()), SECONDS, trains])
            spent = ", ".join(f"{part} {ms:.2f}" for part, ms in found["spent"].items())
            how = "trained" if trains else "dragged"
            print(f"  {how}: {found['frames']:.0f} frames/s (95 of 100 within "
                  f"{found['slow']:.0f} ms); ms a frame, in the median: {spent}")  # fmt: skip


def main() -> None:
    """Print how each page keeps up."""
    program = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1180, "height": 720})
        for name, root in pages().items():
            start = time.perf_counter()
            text = page(root, steps(root))
            print(f"made in {time.perf_counter() - start:.1f} s")
            for at in ("1", "999999"):
                measure(tab, name, text, at)
        browser.close()


if __name__ == "__main__":
    main()
