// The words and formulas of a step: templates (event_templates.py), filled with names and numbers.

// Numbers as text, as autograd.reading.formatting has them -----------------------------------------

const DIGITS = 4;
const EPS = 2 ** -52;
const FINE = 1e-3;
const exponentOf = (x) => Number(x.toExponential(16).split("e")[1]);

// As Python's repr: the shortest digits that give the float back.
function repr(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  const [digits, power] = Math.abs(x).toExponential().split("e");
  return (x < 0 ? "-" : "") + laidOut(digits.replace(".", ""), Number(power), 16, ".0");
}

// As Python's format of kind "g": in four digits, ties to even, without zeros at the end.
function rounded(x) {
  const size = Math.abs(x);
  let [digits, power] = size.toExponential(DIGITS - 1).split("e");
  digits = digits.replace(".", "");
  const shortest = size.toExponential().split("e")[0];
  if (shortest.length === DIGITS + 2 && shortest.endsWith("5")) { // else it can't be a tie
    const exact = size.toExponential(60).replace(".", "").split("e")[0];
    if (/^50*$/.test(exact.slice(DIGITS)) && Number(exact[DIGITS - 1]) % 2 === 0) {
      digits = exact.slice(0, DIGITS);
      power = size.toExponential(60).split("e")[1];
    }
  }
  return (x < 0 ? "-" : "") + laidOut(digits.replace(/0+$/, "") || "0", Number(power), DIGITS, "");
}

// Digits, the first before the point, times ten to a power.
function laidOut(digits, power, most, whole) {
  if (power < -4 || power >= most) {
    const sign = power < 0 ? "-" : "+";
    const point = digits.length > 1 ? "." : "";
    return `${digits[0]}${point}${digits.slice(1)}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
  const before = digits.slice(0, power + 1).padEnd(power + 1, "0");
  const after = digits.slice(power + 1);
  return after ? `${before}.${after}` : before + whole;
}

function plain(x) {
  const exact = repr(x);
  if (exact.length <= DIGITS + 2) return exact;
  const text = rounded(x);
  if (/[.e]/.test(text) || !(Math.abs(x) < 10 ** DIGITS / 10)) return text;
  const off = Math.abs(x - Number(text));
  if (off <= 4 * EPS * Math.abs(x)) return `≈ ${repr(Number(text))}`;
  return x.toFixed(-exponentOf(off) + (off < FINE ? 2 : 0)).replace(/0+$/, "");
}

// A number in about four digits. What is a text already, or an array's place, stays as it is.
const numberText = (x) =>
  x === null || x === undefined ? "—"
    : typeof x === "string" ? x : isLiveArray(x) ? x.text
    : plain(x).replaceAll("-", "−").replaceAll("inf", "∞");

// A name that is written from right to left, so that it doesn't turn the number after it round.
const isolated = (name) => (/[\u0590-\u08ff\ufb1d-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name);

const isNoisy = (x, terms) =>
  [x, ...terms].every((each) => typeof each === "number") && x !== 0 && x - x === 0 &&
  Math.abs(x) <= (terms.length + 2) * EPS * terms.reduce((sum, each) => sum + Math.abs(each), 0);

// Numbers in formulas ------------------------------------------------------------------------------

const [SUM, NEGATIVE, PRODUCT, ATOM] = [1, 2, 3, 5]; // how tightly a term holds together
const escaped = (text) =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

// A number's LaTeX, its MathML, and how tightly it holds together.
function term(x, arrays) {
  const text = numberText(x);
  if (text.startsWith("#")) return { ...arrayTerm(arrays[Number(text.slice(1))]), level: ATOM };
  if (text === "—") return { latex: "\\text{—}", math: "<mtext>—</mtext>", level: ATOM };
  const bare = text.replace(/^≈ /, "").replaceAll("−", "-");
  const latex = bare.replaceAll("∞", "\\infty").replaceAll("nan", "\\text{nan}")
    .replace(/^(-?)(\d+)\/(\d+)$/, "$1\\frac{$2}{$3}")
    .replace(/e([-+]?)0*(\d+)/g, (_, sign, power) => ` \\times 10^{${sign.replace("+", "")}${power}}`);
  const level = bare.startsWith("-") ? NEGATIVE : /\\times/.test(latex) ? PRODUCT
    : /[-+]/.test(bare) ? SUM : ATOM;
  return { latex, math: mathOf(bare), level };
}

const MINUS = '<mo form="prefix">−</mo>';

function mathOf(text) {
  const pieces = text.match(/\d+\/\d+|\d+(?:\.\d+)?|e[-+]?\d+|nan|./gu) ?? [];
  return grouped(pieces.map((piece, k) => {
    if (/^\d+\/\d+$/.test(piece)) return `<mfrac>${piece.split("/").map((n) => `<mn>${n}</mn>`).join("")}</mfrac>`;
    if (/^\d/.test(piece)) return `<mn>${piece}</mn>`;
    if (piece === "nan") return "<mtext>nan</mtext>";
    if (/^e.*\d/.test(piece)) {
      const power = Number(piece.slice(1));
      const above = `<mn>${Math.abs(power)}</mn>`;
      return `<mo>×</mo><msup><mn>10</mn>${power < 0 ? `<mrow>${MINUS}${above}</mrow>` : above}</msup>`;
    }
    if (piece === "-") return k ? "<mo>−</mo>" : MINUS;
    return /\p{L}|∞/u.test(piece) ? `<mi>${piece}</mi>` : `<mo>${escaped(piece)}</mo>`;
  }));
}

const grouped = (parts) => (parts.length === 1 ? parts[0] : `<mrow>${parts.join("")}</mrow>`);

// A small array as a matrix, or a row of matrices; of a larger one the shape.
function arrayTerm({ dims, numbers }) {
  if (numbers === undefined) {
    const lengths = dims.map((n) => `<mn>${n}</mn>`);
    return { latex: `\\text{array}_{${dims.join(" \\times ")}}`,
      math: `<msub><mtext>array</mtext>${grouped(lengths.flatMap((n, k) => (k ? ["<mo>×</mo>", n] : [n])))}</msub>` };
  }
  const items = typeof numbers === "string" ? numbers.split("\t") : numbers;
  if (dims.length === 0) return term(items[0]);
  const [high, wide] = dims.length === 2 ? dims : [1, dims[0]];
  const inner = dims.length === 2 ? [] : dims.slice(1);
  const size = items.length / (high * wide);
  const cells = Array.from({ length: high * wide }, (_, k) =>
    inner.length ? arrayCell(inner, items.slice(k * size, (k + 1) * size)) : term(items[k]));
  const rows = Array.from({ length: high }, (_, k) => cells.slice(k * wide, (k + 1) * wide));
  const latex = rows.map((row) => row.map((cell) =>
    (cell.level === NEGATIVE ? `{${cell.latex}}` : cell.latex)).join(" & ")).join(" \\\\ ");
  const math = rows.map((row) => `<mtr>${row.map((cell) => `<mtd>${cell.math}</mtd>`).join("")}</mtr>`).join("");
  const fence = (sign) => `<mo stretchy="true">${sign}</mo>`;
  return { latex: `\\begin{bmatrix} ${latex} \\end{bmatrix}`,
    math: `<mrow>${fence("[")}<mtable class="matrix">${math}</mtable>${fence("]")}</mrow>` };
}

const arrayCell = (dims, numbers) =>
  (numbers.length === 1 ? term(numbers[0]) : { ...arrayTerm({ dims, numbers }), level: ATOM });

const OPEN = '<mo stretchy="false">(</mo>';
const CLOSE = '<mo stretchy="false">)</mo>';

// Templates ----------------------------------------------------------------------------------------

const HOLE = "\ue000";
const QUOTE = "\ue001"; // around the place of a longer array in a sentence
const AMOUNTS = { u: "upstream", l: "local", c: "contribution", b: "before", a: "after", q: "quiet" };
const LONGEST_FORMULA = 300; // characters: of larger arrays the tiles have the numbers
const LONG_ARRAY = 16; // characters: a shorter text of an array stays in its sentence

// What the templates say of events.
//
// `record` is that of event_templates.py. `conditions` are functions of a function from a role to a
// number: `(n) => n("v0") > 0`. `page` gives the places and texts of nodes: `root`, `name(k)`,
// `latex(k)`, `math(k)`, `operands(k)` and `data(k)`, and the records of `arrays`. A number is a
// float; or a text, of other numbers; or "#3", of an array. An event has the places `n` and `t` of
// node and target, its `slot`, `upstream`, `local`, `contribution`, `before`, `after`, and `quiet`
// where Python gave it.
class Words {
  constructor(record, conditions, page) {
    this.record = record;
    this.conditions = conditions;
    this.page = page;
  }

  // The template with its conditions decided: the sentence, the formulas, the flags.
  filled(id, event) {
    const [sentence, ...rest] = this.record.templates[id];
    const flags = this.record.flagged[rest.pop()];
    const told = this.sentence(this.record.sentences[this.decided(sentence, event)], event);
    const formulas = rest.map((tree) => {
      const both = this.record.formulas[this.decided(tree, event)];
      return both ? { latex: this.formula(both[0], event, "latex"), math: this.formula(both[1], event, "math") } : null;
    });
    if (formulas[2] && formulas[2].latex.length > LONGEST_FORMULA) formulas[2] = null;
    return {
      told,
      sentence: told.replace(/\ue001(\d+)\ue001/g, (_, k) => this.words(this.page.arrays[k])),
      formula: formulas[0],
      localFormula: formulas[1],
      substituted: formulas[2],
      flags: flags.filter(([, tree]) => this.decided(tree, event)).map(([k]) => this.record.flags[k]),
    };
  }

  decided(tree, event) {
    while (typeof tree !== "number") {
      const [condition, yes, no] = tree;
      tree = this.holds(this.conditions[condition], event) ? yes : no;
    }
    return tree;
  }

  // Whether a condition holds of numbers; of arrays, of all elements.
  holds(condition, event) {
    let size = 1;
    for (let k = 0; k < size; k += 1) {
      const at = (role) => {
        const x = this.number(role, event);
        size = Math.max(size, sizeOfNumber(x));
        return elementOf(x, k);
      };
      if (!condition(at)) return false;
    }
    return true;
  }

  // What stands for a role ---------------------------------------------------------------------

  node(role, event) {
    if (role === "N") return event.n;
    if (role === "T") return event.t;
    if (role === "R") return this.page.root;
    const operands = this.page.operands(event.n);
    return operands[role === "P" ? this.partner(event) : Number(role.slice(1))];
  }

  partner({ n, slot }) {
    const half = this.page.operands(n).length >> 1;
    return (slot + half) % (2 * half);
  }

  number(role, event) {
    if (role in AMOUNTS) return event[AMOUNTS[role]];
    if (role === "r") return this.page.data(event.n);
    if (role === "s") return this.values(event).reduce((sum, x) => sum + unrest(x), 0);
    if (role === "m") return largestOf(event.contribution);
    return this.page.data(this.node(role === "p" ? "P" : role.replace("v", "O"), event));
  }

  values(event) {
    return this.page.operands(event.n).map((k) => this.page.data(k));
  }

  terms(what, event) {
    if (!["values", "products", "elements"].includes(what)) {
      return what.split(",").map((role) => this.number(role, event));
    }
    const values = this.values(event);
    const half = values.length >> 1;
    if (what === "elements") return [...(values[0].values ?? values)];
    if (what === "values" || values.some((x) => isLiveArray(x))) return values;
    return [...values.slice(0, half).map((x, k) => x * values[k + half]), ...values.slice(2 * half)];
  }

  // Filling ------------------------------------------------------------------------------------

  sentence(template, event) {
    return template.split(HOLE).map((part, k) => (k % 2 ? this.word(part, event) : part)).join("");
  }

  word(code, event) {
    const [, role, how] = code.match(/^(\w+)(.*)$/);
    if (/^[NRTPO]/.test(role)) return isolated(this.page.name(this.node(role, event)));
    const x = this.number(role, event);
    if (isLiveArray(x) && how.startsWith("+")) {
      const quiet = quieted(x, this.terms(how.slice(1), event));
      return this.quoted(numberText(quiet ?? x)) + (quiet ? ", but for rounding noise" : "");
    }
    const text = numberText(x);
    if (text.startsWith("#")) return this.quoted(text);
    if (how === "!") return /^−|i$/.test(text) ? `(${text})` : text;
    const noisy = how.startsWith("+") && isNoisy(x, this.terms(how.slice(1), event));
    return noisy ? `${text} (rounding noise)` : text;
  }

  quoted(text) {
    const place = text.slice(1);
    const words = this.words(this.page.arrays[place]);
    const short = this.page.arrays[place].numbers === undefined || words.length <= LONG_ARRAY;
    return short ? words : QUOTE + place + QUOTE;
  }

  words({ dims, numbers }) {
    if (numbers === undefined) return `array (${dims.join(", ")})`;
    return nested(typeof numbers === "string" ? numbers.split("\t") : numbers, dims);
  }

  formula(template, event, kind) {
    return template.split(HOLE).map((part, k) => (k % 2 ? this.symbol(part, event, kind) : part)).join("");
  }

  symbol(code, event, kind) {
    if (code.includes("/")) {
      const [z, x] = code.split("/").map((role) => this.page[kind](this.node(role, event)));
      return kind === "latex" ? `\\frac{\\partial ${z}}{\\partial ${x}}`
        : `<mfrac><mrow><mo>∂</mo>${z}</mrow><mrow><mo>∂</mo>${x}</mrow></mfrac>`;
    }
    const [role, level] = code.split("^");
    if (/^[NRTPO]/.test(role)) return this.page[kind](this.node(role, event));
    const found = term(this.number(role, event), this.page.arrays);
    if (found.level >= Number(level)) return found[kind];
    return kind === "latex" ? `\\left(${found.latex}\\right)` : OPEN + found.math + CLOSE;
  }
}
