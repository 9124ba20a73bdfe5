// What follows the numbers when they are changed, beside texts: the lines of weights, bars, and the
// point on an activation's curve.

const followersOf = ({ svg, parts }) => {
  svg.classList.toggle("fixed-shapes", Boolean(recording.data.tensors));
  for (const image of svg.querySelectorAll("image")) {
    image.replaceChildren(svgElement("title", {}));
    image.firstChild.textContent = "As it was recorded: images don't follow the numbers.";
  }
  if (recording.data.tensors) return [new WeightScale(parts)]; // other shapes don't say which element they are
  const points = [...svg.querySelectorAll("rect[data-shows^=point]")];
  return [new WeightScale(parts), new Bars(svg), ...points.map((dot) => new CurvePoint(dot))];
};

// The weights of a network as lines: how wide they are, and their colours.
const THIN = 0.8; // of the line of a weight of 0

class WeightScale {
  constructor(parts) {
    const { saved, machine } = recording;
    const byId = new Map(parts.map((part) => [part.g.id, part]));
    const places = parts.map((part) => [part, this.placeOf(part, byId.get(`${part.g.id}-text`))]);
    const placed = places.filter(([, place]) => place !== undefined);
    this.lines = placed.map(([part, place]) => ({ place, paths: pathsOf(part) }));
    for (const [{ g }] of placed) g.classList.add("follows");
    this.written = new Map();
    this.largest = Math.max(...this.lines.map(({ place }) => Math.abs(saved.get(place) ?? 0))) || 1;
    this.widest = Math.max(...this.lines.map(({ paths }) =>
      Number.parseFloat(getComputedStyle(paths[0]).strokeWidth)));
    this.steepest = Math.max(...this.lines.map(({ place }) => Math.abs(machine.grad[place]))) || 1;
  }

  // The machine's number of a weight; of a tensor's element, by the number beside the line.
  placeOf({ g, nodes }, beside) {
    if (!g.classList.contains("weight")) return undefined;
    if (!recording.data.tensors) return nodes.length === 1 ? nodes[0] : undefined;
    const shown = beside?.texts.find((text) => text.letter === "d");
    return shown && recording.numbers.elements(shown.n)[shown.element ?? 0];
  }

  show() {
    const { data, grad } = recording.machine;
    for (const { place, paths: [line, slope] } of this.lines) {
      const w = data[place];
      const share = Math.min(1.5, Math.abs(w) / this.largest);
      this.write(line, "stroke", signColour(w));
      this.write(line, "strokeWidth", (THIN + (this.widest - THIN) * share).toFixed(2));
      if (slope) {
        const steepness = Math.min(1.5, Math.abs(grad[place]) / this.steepest);
        this.write(slope, "strokeWidth", (0.5 + 2 * steepness).toFixed(2));
      }
    }
  }

  // Write what isn't there already.
  write(path, name, text) {
    if (!this.written.has(path)) this.written.set(path, {});
    const there = this.written.get(path);
    if (there[name] === text) return;
    there[name] = text;
    path.style[name] = text;
  }
}

const pathsOf = (part) => [...part.g.querySelectorAll("path")];

const signColour = (x) => x > 0 ? "var(--positive)" : x < 0 ? "var(--negative)" : "var(--line)";

// The products of a neuron's card, their bars, and what is together in one of them.
class Bars {
  constructor(svg) {
    this.bars = [...svg.querySelectorAll("rect[data-shows^=bar]")].map((rect) => {
      const [, longest, shows] = rect.dataset.shows.split(" ");
      const axis = rect.previousElementSibling;
      const text = rect.parentNode.querySelector("text.product:not([data-shows])");
      return { rect, text, recorded: text?.textContent, longest: Number(longest), letter: shows[0],
        nodes: shows.slice(1).split("x").map(Number),
        middle: Number(axis.getAttribute("x")) + Number(axis.getAttribute("width")) / 2 };
    });
  }

  show() {
    const { data } = recording.machine;
    const alone = this.bars.filter(({ letter }) => letter !== "o");
    for (const bar of alone) bar.amount = bar.nodes.reduce((product, n) => product * data[n], 1);
    const told = alone.reduce((sum, { amount }) => sum + amount, 0);
    for (const bar of this.bars) if (bar.letter === "o") bar.amount = data[bar.nodes[0]] - told;
    const sizes = this.bars.map(({ amount }) => Math.abs(amount)).filter(Number.isFinite);
    const largest = Math.max(...sizes) || 1;
    for (const { rect, text, recorded, longest, middle, amount } of this.bars) {
      const width = Number.isFinite(amount) ? (longest * Math.abs(amount)) / largest : 0;
      rect.setAttribute("x", amount < 0 ? middle - width : middle);
      rect.setAttribute("width", width);
      rect.style.fill = signColour(amount);
      if (text) writeText(text, recording.edited ? numberText(amount) : recorded);
    }
  }
}

// Where a unit is on the curve of its activation, and the tangent there.
class CurvePoint {
  constructor(dot) {
    this.dot = dot;
    const [, ...numbers] = dot.dataset.shows.split(" ").map(Number);
    [this.z, this.a, this.reach, this.low, this.high] = numbers;
    this.panel = dot.parentNode;
    this.frame = roomOf(this.panel.querySelector("rect"));
    this.tangent = [...this.panel.querySelectorAll("path")].at(-1);
  }

  show() {
    const { data } = recording.machine;
    const [z, a, slope] = [data[this.z], data[this.a], recording.machine.local(this.a, 0)];
    const inside = Math.abs(z) <= this.reach && a >= this.low && a <= this.high && Number.isFinite(slope);
    this.panel.classList.toggle("beyond", !inside);
    if (!inside) return;
    const [x, y] = this.at(z, a);
    const size = Number(this.dot.getAttribute("width"));
    this.dot.setAttribute("x", x - size / 2);
    this.dot.setAttribute("y", y - size / 2);
    const edges = slope ? [this.low, this.high].map((edge) => Math.abs((edge - a) / slope)) : [];
    const run = Math.min(0.45 * this.reach, this.reach - Math.abs(z), ...edges);
    const ends = [-run, run].map((dz) => this.at(z + dz, a + slope * dz).join(","));
    this.tangent.setAttribute("d", `M${ends[0]}L${ends[1]}`);
  }

  at(z, a) {
    const { x, y, width, height } = this.frame;
    return [x + ((z + this.reach) / (2 * this.reach)) * width,
      y + (1 - (a - this.low) / (this.high - this.low)) * height];
  }
}
