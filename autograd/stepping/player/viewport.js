// The viewport: how large the picture is shown, and which part of it is in view.

// A small picture is shown up to LARGEST times as large as it was drawn. A large one is shown in
// part, and so that its text can be read.
const LARGEST = 1.4;
const READABLE = 1;

class Viewport {
  constructor(frame) {
    this.frame = frame;
    this.brought = [];
    new ResizeObserver(() => {
      this.refit?.();
      this.bring(this.brought);
    }).observe(frame);
  }

  show(svg) {
    this.svg = svg;
    this.natural = svg.viewBox.baseVal;
    this.fit();
    this.frame.scrollTo({ left: 0, top: 0, behavior: "instant" });
  }

  // As much of the picture as can be read, and again when the window changes its size.
  fit() {
    this.refit = () => {
      const wide = (this.frame.clientWidth - 4) / this.natural.width;
      const high = (this.frame.clientHeight - 4) / this.natural.height;
      this.setScale(Math.max(READABLE, Math.min(LARGEST, wide, high)));
    };
    this.refit();
  }

  get scale() {
    return this.svg.clientWidth / this.natural.width || 1;
  }

  zoom(factor) {
    this.refit = () => {};
    this.setScale(this.scale * factor);
  }

  setScale(scale) {
    const bounded = Math.min(4, Math.max(0.05, scale));
    this.svg.style.width = `${this.natural.width * bounded}px`;
    this.svg.style.height = `${this.natural.height * bounded}px`;
  }

  // Scroll so that all of some elements can be seen, the first of them at least.
  bring(elements) {
    this.brought = elements;
    const frame = this.frame.getBoundingClientRect();
    let [dx, dy] = [0, 0];
    for (const g of [...elements].reverse()) {
      const seen = g.getBoundingClientRect();
      dx += shift(seen.left - dx, seen.right - dx, frame.left + 24, frame.right - 24);
      dy += shift(seen.top - dy, seen.bottom - dy, frame.top + 24, frame.bottom - 24);
    }
    if (dx || dy) this.frame.scrollBy({ left: dx, top: dy });
  }
}

// How far to scroll for [low, high] to be inside [from, to].
function shift(low, high, from, to) {
  if (low < from) return low - from;
  return high > to ? Math.min(high - to, low - from) : 0;
}
