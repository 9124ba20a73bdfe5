// The loss along a leaf, as a curve on which its number can be dragged.

const [WIDE, HIGH, EDGE] = [320, 150, 8];
const POINTS = 81;

// The loss along one leaf, the point where it is, and the tangent there: its slope is the gradient.
class Curve {
  constructor(editor) {
    this.editor = editor;
    this.line = svgElement("path", { class: "curve" });
    this.tangent = svgElement("path", { class: "tangent" });
    this.point = svgElement("circle", { class: "point", r: 7 });
    this.svg = svgElement("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", class: "loss-curve" });
    this.svg.append(this.line, this.tangent, this.point);
    this.caption = element("p", { class: "hint" });
    this.root = element("div", {}, this.svg, this.caption);
    this.svg.addEventListener("pointerdown", (event) => {
      this.editor.live.begin();
      this.svg.setPointerCapture(event.pointerId);
      this.drag(event);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (event.buttons) this.drag(event);
    });
  }

  drag(event) {
    const box = this.svg.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    this.editor.give(this.editor.at(Math.min(1, Math.max(0, (share * WIDE - EDGE) / (WIDE - 2 * EDGE)))));
  }

  // The losses along the leaf: they hold on while only its own number moves. While others move, as in
  // training, they are computed anew in a ninth of the time at most.
  losses() {
    const { live, leaf, low, high } = this.editor;
    const of = [leaf, low, high, live.stamp(leaf)].join(" ");
    const start = performance.now();
    const place = [leaf, low, high].join(" ");
    if (place === this.place && start - this.foundAt < 8 * this.took) {
      clearTimeout(this.later);
      if (of !== this.of) this.later = setTimeout(() => this.renew(), 8 * this.took);
    } else if (of !== this.of) {
      [this.of, this.place] = [of, place];
      this.numbers = Array.from({ length: POINTS }, (_, k) => this.editor.at(k / (POINTS - 1)));
      this.found = live.losses(leaf, this.numbers);
      const finite = this.found.filter(Number.isFinite);
      [this.least, this.most] = [Math.min(...finite), Math.max(...finite)];
      this.foundAt = performance.now();
      this.took = this.foundAt - start;
    }
    return this.found;
  }

  renew() {
    const { editor } = this;
    const { live, leaf } = editor;
    const losses = this.losses();
    const bounds = Number.isFinite(live.loss) ? [live.loss] : [];
    const [low, high] = [Math.min(this.least, ...bounds), Math.max(this.most, ...bounds)];
    const x = (number) => EDGE + editor.share(number) * (WIDE - 2 * EDGE);
    const y = (loss) => HIGH - EDGE - ((loss - low) / (high - low || 1)) * (HIGH - 2 * EDGE);
    this.line.setAttribute("d", pathOf(this.numbers, losses, x, y));
    const [at, loss, slope] = [editor.number, live.loss, live.machine.grad[leaf]];
    const good = [at, loss, slope].every(Number.isFinite);
    for (const mark of [this.tangent, this.point]) mark.classList.toggle("none", !good);
    const name = `${recording.data.root} along ${editor.name}`;
    this.svg.setAttribute("aria-label", `${name}: slope ${numberText(slope)} at ${numberText(at)}`);
    this.caption.textContent = `${name}; its slope is the gradient, ${numberText(slope)}`;
    if (!good) return;
    this.point.setAttribute("cx", x(at));
    this.point.setAttribute("cy", y(loss));
    const reach = (editor.high - editor.low) / 6;
    const ends = [at - reach, at + reach].map((number) => [x(number), y(loss + slope * (number - at))]);
    this.tangent.setAttribute("d", `M${ends.map((end) => end.map((c) => c.toFixed(1)).join(",")).join("L")}`);
  }
}

// A line through points; it is broken where there is no number.
function pathOf(numbers, losses, x, y) {
  let text = "";
  let pen = "M";
  numbers.forEach((number, k) => {
    if (!Number.isFinite(losses[k])) {
      pen = "M";
      return;
    }
    text += `${pen}${x(number).toFixed(1)},${y(losses[k]).toFixed(1)}`;
    pen = "L";
  });
  return text;
}
