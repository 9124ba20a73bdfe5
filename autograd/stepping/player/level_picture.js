// The pictures of the levels: which part of one stands for a node, and what a step changes in it.

const PENDING = "·"; // in place of a number that isn't computed yet
const NOTHING = "—"; // in place of a gradient that nothing has arrived at

// All levels of the page. A level may have several pictures: as boxes, and as in a textbook.
class Levels {
  constructor({ levels, shapes, fragments }) {
    this.shapes = shapes;
    for (const shape of shapes) shape.svg = shape.svg.replace(/[ƀ-ɏ]/g, (code) => fragments[code] ?? code);
    this.byPath = new Map();
    for (const level of levels) {
      level.parent = levels[level.parent]?.path ?? null;
      const { opens } = level; // of each part the path, or null
      level.opens = level.nodes.map((_, k) => levels[opens[k]]?.path ?? opens[k] ?? null);
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

  // The places of the parts of a level that stand for a node: of a tensor, there may be many.
  placesOf(level, n) {
    if (!level.places) {
      level.places = new Map();
      level.nodes.forEach((runs, place) => {
        for (const k of numbersOf(runs)) {
          if (level.places.has(k)) level.places.get(k).push(place);
          else level.places.set(k, [place]);
        }
      });
    }
    return level.places.get(n) ?? [];
  }

  // What a node is opened as in a level, if one part stands for it and can be opened; else null.
  opens(level, n) {
    const places = this.placesOf(level, n);
    return places.length === 1 ? level.opens[places[0]] : null;
  }

  // The levels on the way from the top to a path, each with its title.
  crumbs(path) {
    const found = [];
    for (let at = path; at !== null && at !== undefined; at = this.byPath.get(at)?.[0].parent) {
      found.unshift({ path: at, title: this.byPath.get(at)?.[0].title ?? "" });
    }
    return found;
  }

  // Where a node's steps are seen at a depth: the path in view, and what its part is opened as.
  find(n, depth) {
    let path = "";
    for (let d = 1; d < depth; d += 1) {
      const opens = this.opens(this.level(path), n);
      if (!this.has(opens)) break;
      path = opens;
    }
    return { path, opens: this.opens(this.level(path), n) };
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
    if (data.still) return ["overview"]; // no step is followed
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

// Numbers from runs of neighbours: how many are left out before each, and how many it has.
function* numbersOf(runs) {
  let number = 0;
  for (let place = 0; place < runs.length; place += 2) {
    number += runs[place];
    for (let k = 0; k < runs[place + 1]; k += 1) yield number++;
  }
}

// Operands as "node.slot", from how far a node is from the last, the first slot and how many.
function* usesOf(runs) {
  let node = 0;
  for (let place = 0; place < runs.length; place += 3) {
    node += runs[place];
    for (let k = 0; k < runs[place + 2]; k += 1) yield `${node}.${runs[place + 1] + k}`;
  }
}

// One level's picture, in the page.
class LevelPicture {
  constructor(levels, level, frame) {
    const shape = levels.shapes[level.shape];
    this.level = level;
    this.svg = svgOf(shape, level);
    if (data.still) this.svg.classList.add("still");
    this.svg.setAttribute("role", "group"); // an image would have no parts to be opened
    frame.replaceChildren(this.svg);
    const groups = [...this.svg.querySelectorAll("g[id]")];
    const textOf = new Map(groups.map((g) => [g.id, g]));
    this.parts = shape.parts.map((group, place) =>
      new PicturePart(groups[group], [...numbersOf(level.nodes[place])], level.opens[place], levels));
    this.lines = shape.lines.map(([group, tail, head, slot]) =>
      new PictureLine(groups[group], textOf.get(`${groups[group].id}-text`), tail, head, slot));
    this.connect(levels);
    this.halo = svgElement("rect", { id: "halo", rx: 10 });
    this.svg.querySelector("g").append(this.halo);
    this.active = [];
  }

  // Find the line of each contribution that is made by a node of this picture.
  connect(levels) {
    const byEnds = new Map(this.lines.map((line) => [line.key, [line]]));
    for (const [place, runs] of Object.entries(this.level.uses)) {
      const line = new PictureLine(this.parts[place].g, null);
      this.lines.push(line);
      for (const use of usesOf(runs)) {
        if (byEnds.has(use)) byEnds.get(use).push(line);
        else byEnds.set(use, [line]);
      }
    }
    this.linesOf = new Map();
    for (const step of recording.steps) {
      const [head] = step.kind === "contribute" ? levels.placesOf(this.level, step.n) : [];
      if (head === undefined) continue;
      const [tail] = levels.placesOf(this.level, step.t);
      const ends = `${tail}>${head}`;
      const names = [`${step.n}.${step.slot}`, `${ends}:${step.slot}`, ends];
      const lines = names.map((name) => byEnds.get(name)).find(Boolean) ?? [];
      this.linesOf.set(step.k, lines);
      for (const line of lines) {
        line.last = Math.max(line.last, step.k);
        line.steps.push(step);
      }
    }
  }

  // The part that an element of the picture belongs to.
  partAt(element) {
    const g = element.closest("g.part");
    return this.parts.find((part) => g && part.g === g);
  }

  partsOf(n) {
    return levels.placesOf(this.level, n).map((place) => this.parts[place]);
  }

  // Show everything as it is after step k.
  show(k) {
    const { edited } = recording;
    this.svg.classList.toggle("edited", edited);
    if (edited) this.followers ??= followersOf(this);
    for (const follower of this.followers ?? []) follower.show();
    for (const part of this.parts) part.show(k);
    for (const line of this.lines) line.show(k);
    fitTexts();
  }

  // Point at what a step is about: what acts, the line, and where it leads. Return what is to be
  // seen of them, the most important first.
  point(step) {
    for (const g of this.active) g.classList.remove("active", "target");
    const acting = step ? this.partsOf(step.n) : [];
    this.halo.classList.toggle("none", !acting.length);
    if (!acting.length) {
      this.active = [];
      return [];
    }
    const targets = this.partsOf(step.t).filter((part) => !acting.includes(part));
    const lines = this.linesOf.get(step.k) ?? [];
    const moving = [...acting.map((part) => part.g), ...lines.flatMap((line) => line.elements)];
    for (const g of moving) g.classList.add("active");
    for (const { g } of targets) g.classList.add("target");
    this.active = [...moving, ...targets.map((part) => part.g)];
    this.surround(acting);
    return [acting[0], ...lines.slice(0, 1).map((line) => ({ g: line.elements[0] })), ...targets.slice(0, 1)];
  }

  // Draw the halo around some parts. What stands again in the row below has none of its own.
  surround(parts) {
    const [first, ...others] = parts.map((part) => part.rectangle);
    const boxes = [first, ...others.filter((box) => box.x < first.x + first.width && first.x < box.x + box.width)];
    const [left, top] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
    const right = Math.max(...boxes.map((box) => box.x + box.width));
    const bottom = Math.max(...boxes.map((box) => box.y + box.height));
    const place = { x: left - 5, y: top - 5, width: right - left + 10, height: bottom - top + 10 };
    for (const [name, number] of Object.entries(place)) this.halo.setAttribute(name, number);
  }

  choose(n) {
    const chosen = n === null ? [] : this.partsOf(n);
    for (const part of this.parts) part.g.classList.toggle("chosen", chosen.includes(part));
  }

  // Mark the parts of nodes that would have come out otherwise.
  fix(nodes) {
    for (const part of this.parts) {
      part.g.classList.toggle("fixed", nodes.size > 0 && part.nodes.some((n) => nodes.has(n)));
    }
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
    this.steps = [];
    this.number = text?.classList.contains("derivative") ? text.querySelector("text") : null;
    this.recorded = this.number?.textContent;
  }

  // The slope on it; of many operands, or of one of a closed box, what they add to a gradient.
  write() {
    if (!this.number) return;
    const text = recording.edited ? this.present() : this.recorded;
    if (text !== this.number.textContent) writeText(this.number, text);
  }

  present() {
    const amounts = this.steps.map((step) => recording.amounts(step));
    if (amounts.length === 1 && !this.recorded.startsWith("Σ")) return numberText(amounts[0].local);
    return `Σ ${numberText(amounts.map(({ contribution }) => contribution).reduce(sumOf))}`;
  }

  show(k) {
    this.write();
    const crossed = this.last > 0 && this.last <= k;
    if (crossed === this.crossed) return;
    this.crossed = crossed;
    for (const g of this.elements) g.classList.toggle("crossed", crossed);
  }
}

const roomOf = (rect) => rect && Object.fromEntries(["x", "y", "width", "height"].map(
  (name) => [name, Number(rect.getAttribute(name))]));

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
    const cells = data.still ? [] : g.querySelectorAll("text[data-shows], text.grad, image[data-shows]");
    this.texts = [...cells].map((cell) => new ShownNumber(cell, this));
    const counts = new Map();
    for (const text of this.texts) {
      text.place = counts.get(text.shows) ?? 0;
      counts.set(text.shows, text.place + 1);
    }
  }

  // Where it is: its frame, or all of it.
  get rectangle() {
    this.room ??= roomOf(this.g.querySelector("rect")) ?? this.g.getBBox();
    return this.room;
  }

  // The node whose datum an element of the picture shows, and which element of it.
  numberAt(cell) {
    const found = this.texts.find((text) => text.cell === cell.closest("text"));
    if (found?.letter !== "d") return null;
    const element = found.element ?? (arrayOf(recording.nodes[found.n].data ?? "")?.spread ? null : found.place);
    return element === null ? null : [found.n, Number(element)];
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
// 12, or of the last node of the part where there is no number; d12.3 is an element, l12.0 and c12.0 are the slope and the contribution at an operand slot.
// Without that name it is of many nodes, and there when nothing is to come to any of them.
class ShownNumber {
  constructor(cell, part) {
    this.cell = cell;
    this.part = part;
    this.shows = cell.dataset.shows ?? "";
    this.final = cell.textContent;
    this.shown = this.final;
    const [, letter, name, n, element] = /^([dglc])((\d+)(?:\.(\d+))?)?$/.exec(this.shows) ?? [];
    Object.assign(this, { letter, name, n: Number(n ?? part.nodes.at(-1)), element });
  }

  show(k) {
    if (this.cell.localName === "image") {
      this.cell.classList.toggle("ahead", this.isAhead(k));
      return;
    }
    const text = this.textAt(k);
    if (text === this.shown) return;
    writeText(this.cell, text);
    this.shown = text;
  }

  isAhead(k) {
    return this.letter === "g" ? recording.reachedAt[this.n] > k : recording.computedAt[this.n] > k;
  }

  textAt(k) {
    switch (this.letter) {
      case "d": return this.whole(recording.dataAt(this.n, k)) ?? PENDING;
      case "g": return this.whole(recording.gradientAt(this.n, k)) ?? NOTHING;
      case "l": return this.whole(recording.slotAt(this.name, "local", k)) ?? PENDING;
      case "c": return this.whole(recording.slotAt(this.name, "contribution", k)) ?? PENDING;
      default: return this.summaryAt(k);
    }
  }

  // What a cell shows of a text: all of it, or of an array one element, or one of min, mean, max.
  whole(text) {
    const array = text === null ? null : arrayOf(text);
    if (!array) return text;
    if (this.element !== undefined) return array.numbers?.[this.element] ?? this.final;
    return (array.spread ?? array.numbers)?.[this.place] ?? "…";
  }

  summaryAt(k) {
    const { part } = this;
    if (part.reachedAt > k) return NOTHING;
    return part.settledAt <= k ? this.final : "…";
  }
}
