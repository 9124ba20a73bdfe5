// A picture of the graph: what each step changes in it, and nothing else. A page may have two, one
// folded and one with a box for every node; the one that is hidden catches up when it is opened.
// In the second, a cover lies on each region that can be folded.

// How much larger or smaller than it was drawn a picture is shown: a small one grows up to LARGEST;
// one that would be smaller than SMALLEST is shown in part, and so large that it can be read.
const LARGEST = 1.4;
const SMALLEST = 0.4;
const READABLE = 0.7;

class Picture {
  // `layout` has the id of each node's box, and of each step's line, and the covers.
  constructor(svg, layout, steps) {
    this.frame = svg.parentElement;
    this.svg = svg;
    this.steps = steps;
    const byId = new Map([...svg.querySelectorAll("g[id]")].map((g) => [g.id, g]));
    const made = new Map();
    this.boxes = layout.boxes.map((id) => {
      if (!made.has(id)) made.set(id, new PictureBox(byId.get(id)));
      made.get(id).size += 1;
      return made.get(id);
    });
    this.covers = layout.covers.map((cover) => new RegionCover(byId.get(cover.id), byId.get(cover.region), cover.members));
    this.coverOf = new Map(this.covers.flatMap((cover) => cover.members.map((index) => [index, cover])));
    this.lines = layout.lines.map((id) => [byId.get(id), byId.get(`${id}-text`)].filter(Boolean));
    this.halo = shape("rect", { id: "halo", rx: 10 });
    this.svg.querySelector("g").append(this.halo);
    this.active = [];
    this.chosen = null;
    this.natural = this.svg.viewBox.baseVal;
    // It shows the end: count that in, and go back from it to the start.
    this.k = 0;
    this.go(steps.length);
    for (const box of [...made.values(), ...this.covers]) box.settle();
    this.go(0);
  }

  // What stands for a node: its box, or the cover over it.
  box(index) {
    const cover = this.coverOf.get(index);
    return cover && !cover.opened ? cover : this.boxes[index];
  }

  both(index) {
    return [this.boxes[index], this.coverOf.get(index)].filter(Boolean);
  }

  // The nodes that an element of the picture stands for.
  nodesAt(element) {
    const g = element.closest("g.box");
    const cover = this.covers.find((each) => g && each.g === g);
    return cover ? cover.members : this.boxes.flatMap((box, index) => (g && box.g === g ? [index] : []));
  }

  // The cover that was on the region whose frame an element belongs to.
  coverAround(element) {
    const g = element.closest("g.region");
    return this.covers.find((each) => g && each.region === g);
  }

  go(k) {
    while (this.k < k) this.change(this.steps[this.k++], true);
    while (this.k > k) this.change(this.steps[--this.k], false);
  }

  // A step is done or undone: its box shows the number after it, or the one before.
  change(step, forth) {
    for (const target of this.both(step.t)) target.change(step, forth);
    if (step.kind === "compute") return;
    for (const g of this.lines[step.k - 1]) g.classList.toggle("crossed", forth);
    if (step.last) for (const box of this.both(step.n)) box.count("passed", forth);
  }

  // Point at what a step is about: one box, and at most one line.
  point(step, phase) {
    for (const g of this.active) g.classList.remove("active");
    this.active = [];
    if (this.svg.dataset.phase !== phase) this.svg.dataset.phase = phase;
    this.halo.classList.toggle("none", !step);
    if (!step) return;
    const box = this.box(step.n);
    this.active = [box.g, ...(this.lines[step.k - 1])];
    if (step.t !== step.n) this.mark(this.box(step.t).g);
    else this.mark(null);
    for (const g of this.active) g.classList.add("active");
    for (const name of ["x", "y", "width", "height"]) {
      const grow = { x: -5, y: -5, width: 10, height: 10 }[name];
      this.halo.setAttribute(name, box.rectangle[name] + grow);
    }
    this.bring(box, step.t === step.n ? box : this.box(step.t));
  }

  // The box that an active line leads to.
  mark(g) {
    this.marked?.classList.remove("target");
    this.marked = g;
    g?.classList.add("target");
  }

  choose(index) {
    for (const box of this.chosen === null ? [] : this.both(this.chosen)) box.g.classList.remove("chosen");
    for (const box of index === null ? [] : this.both(index)) box.g.classList.add("chosen");
    this.chosen = index;
  }

  stop(index, stops) {
    for (const box of this.both(index)) {
      const any = [...stops].some((other) => this.both(other).includes(box));
      box.stop(any);
    }
  }

  // Scroll so that both boxes can be seen, if they can't.
  bring(...boxes) {
    const frame = this.frame.getBoundingClientRect();
    let [dx, dy] = [0, 0];
    for (const box of boxes.reverse()) {
      const seen = box.g.getBoundingClientRect();
      dx = shift(seen.left - dx, seen.right - dx, frame.left + 24, frame.right - 24) + dx;
      dy = shift(seen.top - dy, seen.bottom - dy, frame.top + 24, frame.bottom - 24) + dy;
    }
    if (dx || dy) this.frame.scrollBy({ left: dx, top: dy });
  }

  get scale() {
    return this.svg.clientWidth / this.natural.width || 1;
  }

  zoom(scale) {
    const bounded = Math.min(4, Math.max(0.05, scale));
    this.svg.style.width = `${this.natural.width * bounded}px`;
    this.svg.style.height = `${this.natural.height * bounded}px`;
  }

  // All of it; if it would be smaller than `least`, as wide or as high as there is room for.
  fit(least = SMALLEST) {
    const { paddingTop } = getComputedStyle(this.frame);
    const wide = (this.frame.clientWidth - 4) / this.natural.width;
    const high = (this.frame.clientHeight - Number.parseFloat(paddingTop) - 4) / this.natural.height;
    const whole = Math.min(LARGEST, wide, high);
    this.zoom(whole >= least ? whole : Math.min(1, Math.max(READABLE, wide, high)));
  }
}

// How far to scroll for [low, high] to be inside [from, to].
function shift(low, high, from, to) {
  if (low < from) return low - from;
  return high > to ? Math.min(high - to, low - from) : 0;
}

class PictureBox {
  constructor(g) {
    this.g = g;
    this.size = 0;
    this.counts = { computed: 0, reached: 0, passed: 0 };
    this.whole = { computed: Infinity, reached: Infinity, passed: Infinity };
    this.cells = { data: [], grad: [] };
    for (const text of g.querySelectorAll("text.data, text.grad")) {
      this.cells[text.classList.contains("data") ? "data" : "grad"].push(text);
    }
    this.shown = { data: this.cells.data.map(textOf), grad: this.cells.grad.map(textOf) };
    const frame = g.querySelector("rect");
    this.rectangle = {};
    for (const name of ["x", "y", "width", "height"]) {
      this.rectangle[name] = Number(frame.getAttribute(name));
    }
  }

  // A breakpoint is a dot on the corner.
  stop(on) {
    this.g.classList.toggle("stop", on);
    this.dot?.remove();
    const { x, y } = this.rectangle;
    this.dot = on ? shape("circle", { class: "dot", cx: x + 1, cy: y + 1, r: 6 }) : null;
    if (on) this.g.append(this.dot);
  }

  // At the end, what has happened is all that does.
  settle() {
    this.whole = { ...this.counts };
    for (const what of Object.keys(this.counts)) this.mark(what);
    for (const what of Object.keys(this.cells)) if (this.size > 1) this.summarise(what);
  }

  change(step, forth) {
    if (step.kind === "compute") {
      this.count("computed", forth);
      this.show("data", forth ? step.after : "·");
      return;
    }
    if (step.kind !== "accumulate" && step.before === "—") this.count("reached", forth);
    // Before an earlier .grad is added to, the box shows what this pass alone came to.
    const before = step.kind === "accumulate" ? step.contribution : step.before;
    this.show("grad", forth ? step.after : before);
  }

  count(what, forth) {
    this.counts[what] += forth ? 1 : -1;
    this.mark(what);
    if (this.size > 1) this.summarise("grad");
  }

  // A box of many nodes is computed, or has passed all on, when the last of them has.
  mark(what) {
    const least = { computed: 0, reached: 1, passed: 1 }[what];
    const enough = what === "reached" ? 1 : Math.max(least, this.whole[what]);
    this.g.classList.toggle(what, this.counts[what] >= enough);
  }

  show(what, text) {
    if (this.size > 1) {
      this.summarise(what);
      return;
    }
    const array = arrayOf(text);
    const parts = array ? (array.spread ?? array.numbers) : [text];
    this.cells[what].forEach((cell, k) => {
      const part = parts[k] ?? parts[0];
      if (cell.textContent !== part) cell.textContent = part;
    });
  }

  // A box of many nodes shows its own numbers when all of them are there.
  summarise(what) {
    const { reached, passed } = this.counts;
    const done = reached >= this.whole.reached && passed >= this.whole.passed;
    const text = done || what === "data" ? null : reached ? "…" : "—";
    this.cells[what].forEach((cell, k) => {
      cell.textContent = text ?? this.shown[what][k];
    });
  }
}

// A folded box over its region. It is hidden while the region is open; a click on the region's
// frame shows it again.
class RegionCover extends PictureBox {
  constructor(g, region, members) {
    super(g);
    this.region = region;
    this.members = members;
    this.size = members.length;
    this.opened = false;
    region.classList.add("foldable");
  }

  setOpen(on) {
    this.opened = on;
    this.g.classList.toggle("opened", on);
  }
}

const textOf = (element) => element.textContent;

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
