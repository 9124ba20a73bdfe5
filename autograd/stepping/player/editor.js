// The editor of a leaf: its number to type, to slide and to drag, and the loss along it.

const [WIDE, HIGH, EDGE] = [320, 150, 8];
const POINTS = 81;

class Editor {
  constructor(player, leaf) {
    this.player = player;
    this.live = player.live;
    this.leaf = leaf;
    this.node = recording.nodes[leaf];
    this.around(this.live.saved.get(leaf));
    this.field = element("input", { type: "number", step: "any", id: "leaf",
      onchange: () => this.typed() });
    this.slider = element("input", { type: "range", min: 0, max: 1, step: "any", id: "leaf-slider",
      "aria-label": `Slide ${this.node.name}`,
      onpointerdown: () => this.live.begin(), onkeydown: (event) => this.slid(event),
      oninput: () => this.give(this.at(Number(this.slider.value))) });
    this.curve = new Curve(this);
    const learns = element("input", { type: "checkbox", id: "learns",
      onchange: (event) => this.choose(event.target.checked) });
    learns.checked = this.live.learning.has(leaf);
    this.root = element("section", { class: "editor", "aria-label": `Change ${this.node.name}` },
      element("div", { class: "line" },
        element("label", { for: "leaf" }, `${this.node.name} =`), this.field,
        this.node.variable ? element("label", {}, learns, " learns") : ""),
      this.slider, this.curve.root);
    this.renew();
  }

  // The range of the slider and of the curve, around a number.
  around(number) {
    const middle = Number.isFinite(number) ? number : 0;
    const reach = Math.max(1, 2 * Math.abs(middle));
    [this.low, this.high] = [middle - reach, middle + reach];
  }

  at(share) {
    return this.low + share * (this.high - this.low);
  }

  share(number) {
    return (number - this.low) / (this.high - this.low);
  }

  get number() {
    return this.live.machine.data[this.leaf];
  }

  typed() {
    const number = this.field.value.trim() === "" ? NaN : Number(this.field.value);
    if (Number.isNaN(number)) {
      this.player.say(`${this.node.name} needs a number.`);
      this.renew();
      return;
    }
    this.live.begin();
    this.live.set(this.leaf, number);
  }

  // Arrow keys move the number a little, and not the step.
  slid(event) {
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];
    if (!keys.includes(event.key)) return;
    event.stopPropagation();
    this.live.begin();
    const less = ["ArrowLeft", "ArrowDown", "PageDown"].includes(event.key);
    const size = (this.high - this.low) / (event.key.startsWith("Page") ? 20 : 200);
    const ends = { Home: this.low, End: this.high };
    event.preventDefault();
    this.give(ends[event.key] ?? this.number + (less ? -size : size));
  }

  // A number that a hand points at is a round one.
  give(number) {
    this.live.set(this.leaf, Number(number.toPrecision(4)));
  }

  choose(on) {
    if (on) this.live.learning.add(this.leaf);
    else this.live.learning.delete(this.leaf);
  }

  // Show the numbers as they are now.
  renew() {
    if (!(this.number >= this.low && this.number <= this.high) && Number.isFinite(this.number)) {
      this.around(this.number);
    }
    if (document.activeElement !== this.field || Number(this.field.value) !== this.number) {
      this.field.value = String(this.number);
    }
    this.slider.value = this.share(this.number);
    this.slider.setAttribute("aria-valuetext", numberText(this.number));
    this.curve.renew();
  }
}

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

  renew() {
    const { editor } = this;
    const { live, leaf } = editor;
    const numbers = Array.from({ length: POINTS }, (_, k) => editor.at(k / (POINTS - 1)));
    const losses = live.losses(leaf, numbers);
    const finite = [...losses, live.loss].filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const x = (number) => EDGE + editor.share(number) * (WIDE - 2 * EDGE);
    const y = (loss) => HIGH - EDGE - ((loss - low) / (high - low || 1)) * (HIGH - 2 * EDGE);
    this.line.setAttribute("d", pathOf(numbers, losses, x, y));
    const [at, loss, slope] = [editor.number, live.loss, live.machine.grad[leaf]];
    const good = [at, loss, slope].every(Number.isFinite);
    for (const mark of [this.tangent, this.point]) mark.classList.toggle("none", !good);
    const name = `${recording.nodes[live.machine.root].name} along ${editor.node.name}`;
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
