// What was recorded: the nodes and the steps of the page, read from its data.

// Records are written as columns; in one of few texts, each is there once.
const column = (found) => (found.of ? found.at.map((k) => found.of[k]) : found);
const records = (columns) => {
  const read = Object.entries(columns).map(([name, found]) => [name, column(found)]);
  const record = (k) => Object.fromEntries(read.map(([name, values]) => [name, values[k]]));
  return read[0][1].map((_, k) => record(k));
};

// Put a step's pieces in the slots of its formulas, in order: numbers, and the nodes of ∂z/∂x.
const filled = (patterns, text, quotient) => {
  const pieces = text.split("\t");
  return patterns.map((pattern) => pattern.replace(/\ue000|\\D\{\}/g, () => {
    const piece = pieces.shift();
    return piece.includes("/") ? quotient(...piece.split("/").map((k) => data.nodes[k])) : piece;
  }));
};
const latexQuotient = (z, x) => `\\frac{\\partial ${z.latex}}{\\partial ${x.latex}}`;
const partial = (node) => `<mrow><mo>∂</mo>${node.math}</mrow>`;
const mathQuotient = (z, x) => `<mfrac>${partial(z)}${partial(x)}</mfrac>`;

const data = JSON.parse(document.getElementById("data").textContent);
data.arrays.forEach(prepare);
data.nodes = records(data.nodes);
data.nodes.forEach((node, index) => {
  node.index = index;
  [node.math] = filled([data.mathml[node.latex]], node.pieces);
  [node.latex] = filled([node.latex], node.pieces);
});
data.steps = records(data.steps);
data.steps.forEach((step, place) => {
  step.k = place + 1;
  step.told = step.sentence;
  step.sentence = step.told.replaceAll(new RegExp(QUOTED, "g"), (_, k) => data.arrays[Number(k)].words);
  const patterns = [step.formula, step.localFormula, step.substituted].filter(Boolean);
  step.latex = filled(patterns, step.pieces, latexQuotient);
  step.math = filled(patterns.map((pattern) => data.mathml[pattern]), step.pieces, mathQuotient);
});

// What the steps say of each node, so that its numbers at any step can be looked up.
class Recording {
  constructor({ nodes, steps }) {
    this.nodes = nodes;
    this.steps = steps;
    this.to = nodes.map(() => []); // the steps that change its gradient
    this.about = nodes.map(() => []);
    this.computedAt = nodes.map(() => 0);
    this.reachedAt = nodes.map(() => Infinity);
    this.settledAt = nodes.map(() => 0); // its gradient doesn't change any more
    this.passedAt = nodes.map(() => 0); // 0 if it passes nothing on
    this.slots = new Map(); // from "node.slot" to the step of that contribution
    for (const step of steps) {
      this.about[step.n].push(step);
      if (step.t !== step.n) this.about[step.t].push(step);
      if (step.kind === "compute") {
        this.computedAt[step.n] = step.k;
        continue;
      }
      this.to[step.t].push(step);
      this.settledAt[step.t] = step.k;
      this.reachedAt[step.t] = Math.min(this.reachedAt[step.t], step.k);
      if (step.kind === "contribute") {
        this.passedAt[step.n] = step.k;
        this.slots.set(`${step.n}.${step.slot}`, step);
      }
    }
  }

  // The last step up to k that changed a node's gradient.
  reached(n, k) {
    const steps = this.to[n];
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle].k <= k) low = middle + 1;
      else high = middle;
    }
    return steps[low - 1];
  }

  // A node's data, as text, after step k; null if it isn't computed yet.
  dataAt(n, k) {
    return this.computedAt[n] <= k ? this.nodes[n].data : null;
  }

  // A node's gradient after step k; null if nothing has arrived.
  gradientAt(n, k) {
    return this.reached(n, k)?.after ?? null;
  }

  // The local derivative at an operand slot, or the contribution to it; null before its step.
  slotAt(name, what, k) {
    const step = this.slots.get(name);
    return step && step.k <= k ? step[what] : null;
  }
}

const recording = new Recording(data);
