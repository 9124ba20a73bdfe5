// The panel beside the picture: the step in words, formulas and numbers; the chosen node's story.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function formula(math, label) {
  const made = element("div", { class: "formula", role: "group", "aria-label": label });
  made.innerHTML = `<math displaystyle="true">${math}</math>`; // made of escaped tokens only
  return made;
}

// Arrays: a text such as #3 stands for one, and so does its place between quotes in a sentence.
const QUOTED = /\ue001(\d+)\ue001/;
const WRAP = 5; // numbers of a vector in a line
const SHORT = 36; // characters of an array that is written in a line
const arrayOf = (text) => (text.startsWith("#") ? data.arrays[Number(text.slice(1))] : null);

const inLine = (text) => {
  const array = arrayOf(text);
  if (!array) return text;
  return array.words.length <= SHORT ? array.words : `array ${array.shape}`;
};

// Lines of one length, as a table or nested lists have them.
const lines = (items, width) =>
  Array.from({ length: Math.ceil(items.length / width) }, (_, k) => items.slice(k * width, (k + 1) * width));

const nested = (items, dims) => {
  for (const length of [...dims].reverse()) items = lines(items, length).map((line) => `[${line.join(", ")}]`);
  return items[0];
};

// What follows from an array's record: the rows of its table, and what it is in words.
function prepare(array) {
  const { dims } = array;
  array.shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(", ")})`;
  array.words = `array (${dims.join(", ")})`;
  if (array.numbers === undefined) return;
  array.numbers = array.numbers.split("\t");
  const { length } = array.numbers;
  array.rows = lines(array.numbers, Math.max(...dims) === length ? WRAP : dims.at(-1));
  array.whole = array.rows.length === 1 || (dims.length === 2 && dims[0] === array.rows.length);
  array.words = nested(array.numbers, dims);
}

// A number; a small array as a table, a larger one as a map of its elements.
function numbers(text) {
  const array = arrayOf(text);
  if (!array) return text;
  return array.rows ? table(array) : heatMap(array);
}

function table(array) {
  const rows = array.rows.map((row) =>
    element("tr", {}, ...row.map((number) => element("td", {}, number))));
  const kind = array.whole ? "numbers whole" : "numbers"; // else its lines aren't the array's own
  return element("span", { class: "array", role: "group", "aria-label": array.words },
    element("table", { class: kind, tabindex: 0 }, element("tbody", {}, ...rows)),
    array.whole ? null : element("span", { class: "legend" }, `shape ${array.shape}, in order`));
}

const MIDDLE = "h"; // of the letters a … o
const CELL = 8;
const [WIDEST, HIGHEST] = [240, 144]; // pixels of a map

function heatMap(array) {
  const wide = array.wide * CELL;
  const high = Math.ceil(array.cells.length / array.wide) * CELL;
  const name = `Heat map of an array ${array.shape}`;
  const scaled = Math.min(WIDEST / wide, HIGHEST / high);
  const map = shape("svg", { class: "map", viewBox: `0 0 ${wide} ${high}`, role: "img",
    "aria-label": name, width: wide * scaled, height: high * scaled });
  [...array.cells].forEach((letter, k) => {
    if (letter !== MIDDLE) map.append(heatCell(letter, (k % array.wide) * CELL, Math.floor(k / array.wide) * CELL));
  });
  const [least, mean, most] = array.spread;
  return element("span", { class: "array" }, map,
    array.top === "0.0" ? null
      : element("span", { class: "legend" }, `−${array.top}`, scale(), array.top),
    element("span", { class: "legend" }, 
      `shape ${array.shape}, ${array.top === "0.0" ? "all 0" : `min ${least}, mean ${mean}, max ${most}`}`));
}

function heatCell(letter, x, y) {
  const level = letter.charCodeAt(0) - MIDDLE.charCodeAt(0);
  return shape("rect", { x, y, width: CELL, height: CELL,
    class: level > 0 ? "plus" : "minus", "fill-opacity": Math.abs(level) / 7 });
}

// The colours from the most negative to the most positive.
function scale() {
  const bar = shape("svg", { class: "scale", viewBox: `0 0 ${15 * CELL} ${CELL}`, "aria-hidden": "true" });
  [..."abcdefghijklmno"].forEach((letter, k) => bar.append(heatCell(letter, k * CELL, 0)));
  return bar;
}

const LONG = 240; // characters of a sentence, as one with arrays in it has
const LONGEST = 24; // characters of a word that isn't broken, such as ∂L/∂a

// A sentence whose derivatives stay on one line each, and whose long arrays open at a click.
const told = (sentence) => sentence.split(QUOTED).flatMap((part, k) => {
  if (k % 2 === 0) return derivatives(part);
  const { words } = data.arrays[Number(part)];
  return words.length > SHORT ? opening(words) : words;
});

const derivatives = (text) => text.split(/(\S*∂\S*)/).map((word, k) =>
  k % 2 && word.length <= LONGEST ? element("span", { class: "whole" }, word) : word);

// The first numbers of an array and the last; at a click, all.
function opening(array) {
  const numbers = array.split(", ");
  const brief = `${numbers.slice(0, 2).join(", ")}, … ${numbers.at(-1)}`;
  const button = element("button", { type: "button", class: "more", "aria-expanded": "false",
    title: "Show all", onclick: () => {
      const open = button.getAttribute("aria-expanded") === "false";
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? array : brief;
    } }, brief);
  return button;
}

class Panel {
  constructor(root, data, player) {
    this.data = data;
    this.player = player;
    this.step = root.querySelector("#step");
    this.story = root.querySelector("#story");
  }

  // Before the first step there is nothing but what the leaves hold.
  showStart() {
    this.step.replaceChildren(
      element("p", { class: "sentence" }, this.data.start),
      element("p", { class: "hint" }, "Press → to take a step, Space to play, or click a node."),
    );
  }

  showStep(step) {
    const node = this.data.nodes[step.n];
    this.step.replaceChildren(
      ...step.flags.map((flag) => element("p", { class: "flag" }, "⚠ ", flag)),
      element("p", { class: step.sentence.length > LONG ? "sentence long" : "sentence" },
        ...told(step.told)),
      ...(step.kind === "contribute" ? this.product(step) : []),
      this.formulas(step),
      ...(step.kind === "compute" ? [] : [this.ledger(step)]),
      this.where(node),
    );
  }

  // upstream × local derivative = contribution, a tile for each.
  product(step) {
    const target = this.data.nodes[step.t];
    const node = this.data.nodes[step.n];
    const tile = (role, number, what) =>
      element("div", { class: `tile ${role}` },
        element("span", { class: "role" }, role),
        element("b", { class: "number" }, numbers(number)),
        element("span", { class: "what" }, what));
    const sign = (text) => element("span", { class: "sign", "aria-hidden": "true" }, text);
    const tiles = element("div", { class: "tiles" },
      tile("upstream", step.upstream, `∂${this.data.root}/∂${node.name}`),
      sign("×"),
      tile("local", step.local, `∂${node.name}/∂${target.name}`),
      sign("="),
      tile("contribution", step.contribution, `to ∂${this.data.root}/∂${target.name}`));
    if ([step.upstream, step.local, step.contribution].some(arrayOf)) tiles.classList.add("arrays");
    return [tiles];
  }

  formulas(step) {
    const copy = element("button", { class: "copy", type: "button", title: "Copy the LaTeX",
      onclick: () => this.copy(step.latex.join(" \\\\\n"), copy) }, "Copy LaTeX");
    const labels = [
      "formula",
      ...(step.localFormula ? ["local derivative"] : []),
      ...(step.substituted ? ["with the numbers"] : []),
    ];
    return element("section", { class: "formulas", "aria-label": "Formulas" },
      ...step.math.map((math, k) => formula(math, labels[k])),
      copy);
  }

  async copy(text, button) {
    const done = (await written(text)) ? "Copied" : "Select and copy:";
    button.textContent = done;
    if (done !== "Copied") button.after(element("textarea", { class: "latex", readonly: true }, text));
    setTimeout(() => (button.textContent = "Copy LaTeX"), 1600);
  }

  // How the target's gradient adds up: every contribution to it, this one marked.
  ledger(step) {
    const target = this.data.nodes[step.t];
    const rows = this.player.stepsTo(step.t).map((other) => {
      const from = other.kind === "contribute"
        ? `${this.data.nodes[other.n].name}, operand ${other.operand}`
        : other.kind === "seed" ? "the start: ∂L/∂L".replaceAll("L", this.data.root)
        : "added to the .grad that was there";
      const state = other === step ? "now" : other.k < step.k ? "past" : "ahead";
      const number = other.kind === "accumulate" ? other.after : other.contribution;
      return element("li", { class: state, "aria-current": state === "now" ? "step" : null },
        element("button", { type: "button", onclick: () => this.player.go(other.k) }, from),
        element("span", { class: "number" }, state === "ahead" ? "pending" : inLine(number)));
    });
    return element("section", { class: "ledger" },
      element("h3", {}, `Gradient of ${target.name}`),
      element("p", { class: "sum" },
        element("span", {}, inLine(step.before)), " + ",
        element("b", {}, inLine(step.contribution)), " → ",
        element("b", { class: "after" }, numbers(step.after))),
      element("ol", {}, ...rows));
  }

  where(node) {
    const list = element("dl", { class: "where" });
    const add = (term, text, role = "") =>
      text && list.append(element("dt", {}, term), element("dd", { class: role }, text));
    add("Region", node.region);
    add("Line", node.source, "source");
    add("Code", node.code, "code");
    add("Order", `${node.index + 1} of ${this.data.nodes.length} in topological order`);
    return list;
  }

  showStory(index, stops) {
    if (index === null) {
      this.story.replaceChildren(element("p", { class: "hint" },
        "Click a node, or choose one from the list, for its whole story and to stop there."));
      return;
    }
    const node = this.data.nodes[index];
    const { player } = this;
    const latest = player.numbers(index);
    const stop = element("input", { type: "checkbox", id: "stop",
      onchange: (event) => player.setStop(index, event.target.checked) });
    stop.checked = stops.has(index);
    const steps = player.stepsAbout(index).map((step) => element("li",
      { class: step.k <= player.k ? "past" : "ahead" },
      element("button", { type: "button", onclick: () => player.go(step.k),
        "aria-current": step.k === player.k ? "step" : null },
        element("span", { class: "k" }, String(step.k)), step.sentence)));
    const fact = (term, text) => text
      ? [element("dt", {}, term), element("dd", {}, numbers(text))] : [];
    this.story.replaceChildren(
      element("h3", {}, element("span", { class: "symbol" }, node.symbol || "leaf"), node.name),
      element("dl", { class: "where" },
        ...fact("Data", latest.data), ...fact("Gradient", latest.grad),
        ...fact("Operation", node.doc), ...fact("Settings", node.settings),
        ...fact("Shape", node.shape), ...fact("Region", node.region), ...fact("Line", node.source)),
      element("div", { class: "actions" },
        element("label", {}, stop, " Stop here"),
        element("button", { type: "button", id: "next-to", onclick: () => player.nextTo(index) },
          "Next contribution"),
        player.isFolded(index)
          ? element("button", { type: "button", id: "unfold", onclick: () => player.unfold(index) },
            "Open its region")
          : null),
      element("ol", { class: "steps" }, ...steps));
  }
}

// A sandboxed frame may be refused the clipboard: then the old way, and at last a text to select.
async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", {}, text);
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
