// Arrays of numbers, as tables and as heat maps. A text such as #3 stands for one, and so does its
// place between quotes in a sentence.
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
  const map = svgElement("svg", { class: "map", viewBox: `0 0 ${wide} ${high}`, role: "img",
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
  return svgElement("rect", { x, y, width: CELL, height: CELL,
    class: level > 0 ? "plus" : "minus", "fill-opacity": Math.abs(level) / 7 });
}

// The colours from the most negative to the most positive.
function scale() {
  const bar = svgElement("svg", { class: "scale", viewBox: `0 0 ${15 * CELL} ${CELL}`, "aria-hidden": "true" });
  [..."abcdefghijklmno"].forEach((letter, k) => bar.append(heatCell(letter, k * CELL, 0)));
  return bar;
}
