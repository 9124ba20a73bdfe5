// The pictures of the levels: which part of one stands for a node, and what a step changes in it.

const PENDING = "·"; // in place of a number that isn't computed yet
const NOTHING = "—"; // in place of a gradient that nothing has arrived at

// All levels of the page. A level may have several pictures: as boxes, and as in a textbook.
class Levels {
  constructor({ levels, shapes }) {
    this.shapes = shapes;
    this.byPath = new Map();
    for (const level of levels) {
      level.parent = levels[level.parent]?.path ?? null;
      level.opens = level.opens.map((opens) => levels[opens]?.path ?? opens);
      if (!this.byPath.has(level.path)) this.byPath.set(level.path, []);
      this.byPath.get(level.path).push(level);
    }
    this.boxes = levels[0].kind === "graph"; // or as in a textbook, where there is such a picture
  }

  // The picture of a path, of the kind that the reader wants; undefined if the page has none.
  level(path) {
    const found = this.byPath.get(path) ?? [];
    return found.find((level) => (level.kind === "graph") === this.boxes) ?? found[0];
  }

  has(path) {
    return path !== null && this.byPath.has(path);
  }

  // Of each node the place of its part in a level.
  placeOf(level, n) {
    if (!level.places) {
      level.places = new Map();
      level.nodes.forEach((runs, place) => {
        for (const k of numbersOf(runs)) if (!level.places.has(k)) level.places.set(k, place);
      });
    }
    return level.places.get(n);
  }

  // The levels on the way from the top to a path, each with its title.
  crumbs(path) {
    const found = [];
    for (let at = path; at !== null && at !== undefined; at = this.byPath.get(at)?.[0].parent) {
      found.unshift({ path: at, title: this.byPath.get(at)?.[0].title ?? "" });
    }
    return found;
  }

  // Where a step is seen at a depth: the path in view, and the place of the part that acts there.
  find(step, depth) {
    let path = "";
    for (let d = 1; d < depth; d += 1) {
      const level = this.level(path);
      const opens = level.opens[this.placeOf(level, step.n)] ?? null;
      if (!this.has(opens)) break;
      path = opens;
    }
    const level = this.level(path);
    return { path, level, place: this.placeOf(level, step.n) };
  }

  // How deep a path is: 1 at the top.
  depth(path) {
    let [deep, at] = [1, path];
    while (at !== "" && this.opener(at) !== null) [deep, at] = [deep + 1, this.opener(at)];
    return deep;
  }

  // The path of the level whose picture opens a path.
  opener(path) {
    this.openers ??= new Map();
    if (!this.openers.has(path)) {
      const paths = [...this.byPath.keys()];
      this.openers.set(path, paths.find((each) => this.level(each).opens.includes(path)) ?? null);
    }
    return this.openers.get(path);
  }

  // The depths that there are, each with the name of its largest level: "layer" of "layer1".
  depths() {
    const names = [];
    let found = [this.level("")];
    while (found.length) {
      const [largest] = found.toSorted((a, b) => sizeOf(b) - sizeOf(a));
      const stem = largest.title.replace(/[\d\s]+$/, "");
      names.push(stem || (names.length ? `level ${names.length + 1}` : "overview"));
      const paths = found.flatMap((level) => level.opens).filter((path) => this.has(path));
      found = [...new Set(paths)].map((path) => this.level(path));
    }
    return names;
  }
}

const sizeOf = (level) => level.nodes.reduce((total, runs) =>
  total + runs.reduce((sum, count, k) => sum + (k % 2 ? count : 0), 0), 0);

// Numbers from the first and how many of each run of neighbours.
function* numbersOf(runs) {
  for (let place = 0; place < runs.length; place += 2) {
    for (let k = 0; k < runs[place + 1]; k += 1) yield runs[place] + k;
  }
}

// One level's picture, in the page.
class LevelPicture {
  constructor(levels, level, frame) {
    const shape = levels.shapes[level.shape];
    this.level = level;
    this.svg = svgOf(shape, level);
    frame.replaceChildren(this.svg);
    const byId = new Map([...this.svg.querySelectorAll("g[id]")].map((g) => [g.id, g]));
    this.parts = shape.parts.map((id, place) =>
      new PicturePart(byId.get(id), [...numbersOf(level.nodes[place])], level.opens[place], levels));
    this.lines = shape.lines.map(([id, tail, head, slot]) =>
      new PictureLine(byId.get(id), byId.get(`${id}-text`), tail, head, slot));
    this.placeOfId = new Map(shape.parts.map((id, place) => [id, place]));
    this.connect(levels, shape, byId);
    this.halo = svgElement("rect", { id: "halo", rx: 10 });
    this.svg.querySelector("g").append(this.halo);
    this.active = [];
  }

  // Find the line of each contribution that is made by a node of this picture.
  connect(levels, shape, byId) {
    const byEnds = new Map(this.lines.map((line) => [line.key, line]));
    const uses = new Map();
    for (const [id, pairs] of Object.entries(this.level.uses ?? {})) {
      const line = new PictureLine(byId.get(id), byId.get(`${id}-text`));
      this.lines.push(line);
      for (let k = 0; k < pairs.length; k += 2) uses.set(`${pairs[k]}.${pairs[k + 1]}`, line);
    }
    this.lineOf = new Map();
    for (const step of recording.steps) {
      const head = step.kind === "contribute" ? levels.placeOf(this.level, step.n) : undefined;
      if (head === undefined) continue;
      const tail = levels.placeOf(this.level, step.t);
      const ends = `${shape.parts[tail]}>${shape.parts[head]}`;
      const line = uses.get(`${step.n}.${step.slot}`) ?? byEnds.get(`${ends}:${step.slot}`) ?? byEnds.get(ends);
      if (!line) continue;
      this.lineOf.set(step.k, line);
      line.last = Math.max(line.last, step.k);
    }
  }

  // The part that an element of the picture belongs to.
  partAt(element) {
    const g = element.closest("g.part");
    return this.parts.find((part) => g && part.g === g);
  }

  part(n) {
    return this.parts[levels.placeOf(this.level, n)];
  }

  // Show everything as it is after step k.
  show(k) {
    for (const part of this.parts) part.show(k);
    for (const line of this.lines) line.show(k);
  }

  // Point at what a step is about: one part, and at most one line. Return the parts to be seen.
  point(step) {
    for (const g of this.active) g.classList.remove("active");
    this.active = [];
    this.mark(null);
    const part = step && this.part(step.n);
    this.halo.classList.toggle("none", !part);
    if (!part) return [];
    const line = this.lineOf.get(step.k);
    this.active = [part.g, ...(line?.elements ?? [])];
    for (const g of this.active) g.classList.add("active");
    const grow = { x: -5, y: -5, width: 10, height: 10 };
    for (const [name, more] of Object.entries(grow)) {
      this.halo.setAttribute(name, part.rectangle[name] + more);
    }
    const target = this.part(step.t);
    if (target && target !== part) this.mark(target.g);
    return [part, target ?? part];
  }

  // The part that an active line leads to.
  mark(g) {
    this.marked?.classList.remove("target");
    this.marked = g;
    g?.classList.add("target");
  }

  choose(n) {
    for (const part of this.parts) part.g.classList.toggle("chosen", n !== null && part === this.part(n));
  }

  stop(stops) {
    for (const part of this.parts) part.stop(part.nodes.some((n) => stops.has(n)));
  }
}

// The SVG element of a level: its shape, with what is its own in the slots.
function svgOf(shape, level) {
  const values = level.slots.split("\t");
  const holder = document.createElement("div");
  holder.innerHTML = shape.svg.split("\t").map((piece, k) => (k ? values[k - 1] : "") + piece).join("");
  return holder.firstElementChild;
}

class PictureLine {
  constructor(g, text, tail, head, slot = null) {
    this.elements = [g, text].filter(Boolean);
    this.key = slot === null ? `${tail}>${head}` : `${tail}>${head}:${slot}`;
    this.last = 0; // the step after which all has gone along it; 0 if nothing does
  }

  show(k) {
    const crossed = this.last > 0 && this.last <= k;
    if (crossed === this.crossed) return;
    this.crossed = crossed;
    for (const g of this.elements) g.classList.toggle("crossed", crossed);
  }
}

class PicturePart {
  constructor(g, nodes, opens, levels) {
    this.g = g;
    this.nodes = nodes;
    this.opens = opens;
    g.classList.add("part");
    if (opens !== null) {
      g.classList.add(levels.has(opens) ? "openable" : "elsewhere");
      g.setAttribute("tabindex", "0");
      g.setAttribute("role", "button");
      g.setAttribute("aria-label", `Open ${opens}`);
    }
    const furthest = (times) => nodes.reduce((most, n) => Math.max(most, times[n]), 0);
    this.computedAt = furthest(recording.computedAt);
    this.passedAt = furthest(recording.passedAt);
    this.settledAt = furthest(recording.settledAt);
    this.reachedAt = nodes.reduce((least, n) => Math.min(least, recording.reachedAt[n]), Infinity);
    this.texts = [...g.querySelectorAll("text[data-shows], text.grad, image[data-shows]")].map(
      (cell) => new ShownNumber(cell, this));
    const counts = new Map();
    for (const text of this.texts) {
      text.place = counts.get(text.shows) ?? 0;
      counts.set(text.shows, text.place + 1);
    }
    const frame = g.querySelector("rect");
    this.rectangle = {};
    for (const name of ["x", "y", "width", "height"]) {
      this.rectangle[name] = Number(frame?.getAttribute(name) ?? 0);
    }
  }

  show(k) {
    const { classList } = this.g;
    classList.toggle("computed", this.computedAt <= k);
    classList.toggle("reached", this.reachedAt <= k);
    classList.toggle("passed", this.passedAt > 0 && this.passedAt <= k);
    for (const text of this.texts) text.show(k);
  }

  // A breakpoint is a dot on the corner.
  stop(on) {
    this.g.classList.toggle("stop", on);
    this.dot?.remove();
    const { x, y } = this.rectangle;
    this.dot = on ? svgElement("circle", { class: "dot", cx: x + 1, cy: y + 1, r: 6 }) : null;
    if (on) this.g.append(this.dot);
  }
}

// A number in a picture. `data-shows` names it: d12 and g12 are the data and the gradient of node
// 12, d12.3 is an element, l12.0 and c12.0 are the slope and the contribution at an operand slot.
// Without that name it is of many nodes, and there when nothing is to come to any of them.
class ShownNumber {
  constructor(cell, part) {
    this.cell = cell;
    this.part = part;
    this.shows = cell.dataset.shows ?? "";
    this.final = cell.textContent;
    this.shown = this.final;
    const [, letter, name, n, element] = /^([dglc])((\d+)(?:\.(\d+))?)$/.exec(this.shows) ?? [];
    Object.assign(this, { letter, name, n: Number(n), element });
  }

  show(k) {
    if (this.cell.localName === "image") {
      this.cell.classList.toggle("ahead", this.isAhead(k));
      return;
    }
    const text = this.textAt(k);
    if (text === this.shown) return;
    this.cell.textContent = text;
    this.shown = text;
  }

  isAhead(k) {
    return this.letter === "g" ? recording.reachedAt[this.n] > k : recording.computedAt[this.n] > k;
  }

  textAt(k) {
    switch (this.letter) {
      case "d": return recording.computedAt[this.n] <= k ? this.final : PENDING;
      case "g": return this.gradientAt(k);
      case "l": return recording.slotAt(this.name, "local", k) === null ? PENDING : this.final;
      case "c": return recording.slotAt(this.name, "contribution", k) === null ? PENDING : this.final;
      default: return this.summaryAt(k);
    }
  }

  gradientAt(k) {
    const last = recording.reached(this.n, k);
    if (!last) return NOTHING;
    if (last === recording.to[this.n].at(-1)) return this.final;
    const array = arrayOf(last.after);
    if (!array) return last.after;
    const place = this.element === undefined ? this.place : Number(this.element);
    return (this.element === undefined && array.spread ? array.spread : array.numbers)?.[place] ?? "…";
  }

  summaryAt(k) {
    const { part } = this;
    if (part.reachedAt > k) return NOTHING;
    return part.settledAt <= k ? this.final : "…";
  }
}
