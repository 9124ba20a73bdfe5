// The LaTeX that steps are written in, as MathML. It knows what our formulas use; of a command
// that it doesn't know, it shows the name.

const SYMBOLS = {
  cdot: "·", times: "×", partial: "∂", infty: "∞", pi: "π", sigma: "σ", alpha: "α", beta: "β",
  gamma: "γ", delta: "δ", lambda: "λ", mu: "μ", varphi: "φ", Phi: "Φ", leq: "≤", geq: "≥",
  neq: "≠", wedge: "∧", vee: "∨", sum: "∑", prod: "∏", quad: "\u2003", ldots: "…", dots: "…",
  cdots: "⋯", to: "→", leftarrow: "←", lVert: "‖", rVert: "‖", lvert: "|", rvert: "|",
  lfloor: "⌊", rfloor: "⌋", lceil: "⌈", rceil: "⌉", odot: "⊙", top: "⊤", textbackslash: "\\",
  textasciitilde: "~", textasciicircum: "^", approx: "≈", pm: "±", in: "∈", mapsto: "↦",
  "mathrel{+}=": "+=",
};
const LETTERS = new Set(["pi", "sigma", "alpha", "beta", "gamma", "delta", "lambda", "mu",
  "varphi", "Phi", "infty"]);
const SKIPPED = new Set(["left", "right", ",", ";", "!", " ", "displaystyle", "big", "Big",
  "mathrel", "mathbin"]);
const BUILT = new Set(["frac", "sqrt", "text", "mathrm", "operatorname", "begin"]);

const escapeXml = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const tag = (name, inside, attributes = "") => `<${name}${attributes}>${inside}</${name}>`;
const row = (parts) => (parts.length === 1 ? parts[0] : tag("mrow", parts.join("")));

class Latex {
  constructor(source) {
    // Spaces count within \text{…} only, so they stay on the tokens' list.
    this.tokens = source.match(/\\mathrel\{\+\}=|\\[A-Za-z]+|\\[^A-Za-z]|\d+(?:\.\d+)?|\s+|[^]/gu) ?? [];
    this.at = 0;
  }

  peek() {
    while (/^\s/.test(this.tokens[this.at] ?? "")) this.at += 1;
    return this.tokens[this.at];
  }

  next() {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  // Everything up to a closing token, which is taken too.
  until(close) {
    const parts = [];
    for (let token = this.peek(); token !== undefined; token = this.peek()) {
      if (token === close) {
        this.at += 1;
        break;
      }
      parts.push(this.scripted());
    }
    return parts;
  }

  // One thing with what is below and above it; after a function's name, a little space.
  scripted() {
    const name = isFunction(this.peek());
    const made = this.withScripts(this.atom());
    const apart = name && !/^(\(|\\left)$/.test(this.peek() ?? "(");
    return apart ? tag("mrow", made + tag("mspace", "", ' width="0.17em"')) : made;
  }

  withScripts(base) {
    let below = null;
    let above = null;
    while (this.peek() === "_" || this.peek() === "^") {
      if (this.next() === "_") below = this.atom();
      else above = this.atom();
    }
    if (below !== null && above !== null) return tag("msubsup", base + below + above);
    if (below !== null) return tag("msub", base + below);
    return above === null ? base : tag("msup", base + above);
  }

  atom() {
    const token = this.next();
    if (token === undefined) return tag("mrow", "");
    if (token === "{") return row(this.until("}"));
    if (token.startsWith("\\")) return this.command(token.slice(1));
    if (/^\d/.test(token)) return tag("mn", token);
    if (/^\p{L}/u.test(token)) return tag("mi", escapeXml(token));
    if (token === "-") return tag("mo", "−", this.isSign() ? ' form="prefix"' : "");
    return tag("mo", escapeXml(token), fence(token));
  }

  // Whether a minus that was just taken belongs to a number, and stands close to it.
  isSign() {
    const before = this.tokens.slice(0, this.at - 1).filter((token) => !/^\s/.test(token)).at(-1);
    return before === undefined || /^([-=+({[,<>&]|\\[A-Za-z]+|\\\\)$/.test(before);
  }

  command(name) {
    if (SKIPPED.has(name)) return tag("mrow", "");
    if (name === "frac") return tag("mfrac", this.atom() + this.atom());
    if (name === "sqrt") return this.root();
    if (name === "text" || name === "mathrm" || name === "operatorname") return this.word(name);
    if (name === "begin") return this.environment();
    if (name in SYMBOLS) return tag(LETTERS.has(name) ? "mi" : "mo", escapeXml(SYMBOLS[name]));
    return tag(/^[A-Za-z]/.test(name) ? "mi" : "mo", escapeXml(name));
  }

  root() {
    if (this.peek() !== "[") return tag("msqrt", this.atom());
    this.at += 1;
    const degree = row(this.until("]"));
    return tag("mroot", this.atom() + degree);
  }

  word(name) {
    this.next();
    let text = "";
    for (let depth = 1; this.at < this.tokens.length; this.at += 1) {
      const token = this.tokens[this.at];
      depth += token === "{" ? 1 : token === "}" ? -1 : 0;
      if (depth === 0) break;
      if (token === "{" || token === "}") continue;
      const bare = token.replace(/^\\/, "");
      text += token.startsWith("\\") ? (SYMBOLS[bare] ?? bare) : token;
    }
    this.at += 1;
    // Spaces at its ends would be lost.
    if (name === "text") return tag("mtext", escapeXml(text.replace(/^ | $/g, "\u00a0")));
    return tag("mi", escapeXml(text), ' mathvariant="normal"');
  }

  environment() {
    while (this.next() !== "}");
    const rows = [[]];
    let cell = [];
    for (let token = this.peek(); token !== undefined && token !== "\\end"; token = this.peek()) {
      if (token !== "&" && token !== "\\\\") {
        cell.push(this.scripted());
        continue;
      }
      this.at += 1;
      rows.at(-1).push(cell);
      cell = [];
      if (token === "\\\\") rows.push([]);
    }
    rows.at(-1).push(cell);
    while (this.at < this.tokens.length && this.next() !== "}");
    const cells = (cs) => cs.map((c) => tag("mtd", row(c), ' style="text-align:left"')).join("");
    const table = tag("mtable", rows.map((cs) => tag("mtr", cells(cs))).join(""));
    return tag("mrow", tag("mo", "{", ' stretchy="true"') + table);
  }
}

function isFunction(token) {
  const name = /^\\([A-Za-z]+)$/.exec(token ?? "")?.[1];
  return name !== undefined && !(name in SYMBOLS || SKIPPED.has(name) || BUILT.has(name));
}

function fence(token) {
  return "()[]|".includes(token) ? ' stretchy="false"' : "";
}

// Return LaTeX with ∂z/∂x written out where it has \D and the numbers of two nodes.
function inFull(source, nodes) {
  return source.replace(/\\D\{(\d+)\}\{(\d+)\}/g, (found, z, x) =>
    `\\frac{\\partial ${nodes[z].latex}}{\\partial ${nodes[x].latex}}`);
}

// Return LaTeX as the text of a MathML element.
function mathml(source) {
  return `<math displaystyle="true">${row(new Latex(source).until(null))}</math>`;
}
