// What happened: the nodes and the steps of the page, and the numbers and texts of each step. The
// numbers are in the data of a recording; a page that computes has them from its machine. A page of
// tensors has both: it shows what was recorded until a number is changed.

// Records are written as columns; in one of few texts, each is there once.
const column = (found, { of, at, times } = found) => (times ? Array(times).fill(of[0]) : of ? [...at].map((k) => of[k]) : found);
const records = (columns) => {
  const read = Object.entries(columns).map(([name, found]) => [name, column(found)]);
  const record = (k) => Object.fromEntries(read.map(([name, values]) => [name, values[k]]));
  return read[0][1].map((_, k) => record(k));
};

// Put pieces in the slots of a name's formula, in order.
const withPieces = (pattern, text) => {
  const pieces = text.split("\t");
  return pattern.replaceAll(HOLE, () => pieces.shift());
};

class Recording {
  constructor(data) {
    this.data = data;
    this.nodes = records(data.nodes);
    this.nodes.forEach((node, index) => {
      node.index = index;
      node.name = withPieces(node.name, node.pieces);
      node.math = withPieces(data.names[node.latex], node.pieces);
      node.latex = withPieces(node.latex, node.pieces);
    });
    this.steps = records(data.steps);
    this.steps.forEach((step, place) => (step.k = place + 1)); // they count from 1
    this.machine = data.tape ? new Machine(data.tape) : null;
    this.numbers = !this.machine ? null
      : data.tensors ? new TensorNumbers(this.machine, this) : new ValueNumbers(this.machine, this);
    this.saved = new Map(this.numbers?.leaves.map((leaf) => [leaf, this.machine.data[leaf]]) ?? []);
    this.edited = false;
    this.arrayCount = data.arrays.length;
    this.index();
    this.words = new Words(data.words, CONDITIONS, {
      root: this.nodes.length - 1,
      arrays: data.arrays,
      name: (k) => this.nodes[k].name,
      latex: (k) => this.nodes[k].latex,
      math: (k) => this.nodes[k].math,
      operands: (k) => (this.numbers ? this.numbers.operands(k) : this.nodes[k].operands),
      data: (k) => this.dataOf(k),
    });
    this.renew();
  }

  // What the steps say of each node, so that its numbers at any step can be looked up.
  index() {
    const { nodes } = this;
    this.to = nodes.map(() => []); // the steps that change its gradient
    this.about = nodes.map(() => []);
    this.computedAt = nodes.map(() => 0);
    this.reachedAt = nodes.map(() => Infinity);
    this.settledAt = nodes.map(() => 0); // its gradient doesn't change any more
    this.passedAt = nodes.map(() => 0); // 0 if it passes nothing on
    this.slots = new Map(); // from "node.slot" to the step of that contribution
    for (const step of this.steps) {
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

  // Forget what was said of other numbers.
  renew() {
    this.said = new Map();
    this.sums = new Map();
    this.data.arrays.length = this.arrayCount;
    this.numbers?.renew();
  }

  // Whether the numbers are the machine's, and not those that are recorded.
  get computes() {
    return this.numbers !== null && (this.edited || !this.data.tensors);
  }

  // Numbers -----------------------------------------------------------------------------------
  // A number is a float or an array; of what is recorded it is a text, or "#3" for an array.

  dataOf(n) {
    return this.computes ? this.numbers.data(n) : this.nodes[n].data;
  }

  // What is recorded as the slope at an operand slot.
  recordedLocal(n, slot) {
    return this.slots.get(`${n}.${slot}`).local;
  }

  // What a step passes on, and the gradient before and after it.
  amounts(step) {
    if (!this.computes) return step;
    const { numbers } = this;
    const { n, slot, kind } = step;
    if (kind === "compute") return { after: numbers.data(n), before: null, contribution: null };
    const passes = kind === "contribute";
    const { before, after, contribution } = this.sum(step);
    const upstream = passes ? numbers.grad(n) : null;
    return { upstream, local: passes ? numbers.local(n, slot) : null, contribution, before, after };
  }

  // How a gradient has added up at a step.
  sum(step) {
    if (!this.computes) return step;
    if (!this.sums.has(step.t)) this.sums.set(step.t, this.addedUp(step.t));
    return this.sums.get(step.t).get(step.k);
  }

  addedUp(n) {
    const found = new Map();
    let total = null;
    for (const step of this.to[n]) {
      if (step.kind === "accumulate") {
        const before = this.numbers.old(n);
        found.set(step.k, { before, contribution: total, after: sumOf(before, total) });
        continue;
      }
      const contribution = step.kind === "seed" ? 1 : this.numbers.contribution(step.n, step.slot);
      const after = total === null ? contribution : sumOf(total, contribution);
      found.set(step.k, { before: total, contribution, after });
      total = after;
    }
    return found;
  }

  // Texts -------------------------------------------------------------------------------------

  // All that is said of a step: in words, formulas and numbers.
  tell(step) {
    if (!this.said.has(step.k)) this.said.set(step.k, this.told(step));
    return this.said.get(step.k);
  }

  told(step) {
    const amounts = this.amounts(step);
    const { ids, live } = this.data.words;
    const id = (this.computes && live.length ? live : ids)[step.k - 1];
    const texts = this.words.filled(id, { ...step, ...amounts });
    const causes = this.edited ? [] : (this.data.causes[step.k - 1] ?? []);
    const passes = step.kind === "contribute";
    const local = amounts.local === null || amounts.local === "—" ? "Jacobian" : numberText(amounts.local);
    return {
      told: texts.told,
      sentence: texts.sentence,
      formulas: [
        ["formula", texts.formula],
        ["local derivative", texts.localFormula],
        ["with the numbers", texts.substituted],
      ].filter(([, found]) => found),
      flags: [...texts.flags, ...causes],
      upstream: passes ? numberText(amounts.upstream) : "",
      local: passes ? local : "",
      contribution: numberText(amounts.contribution),
      before: numberText(amounts.before),
      after: numberText(amounts.after),
    };
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
    return this.computedAt[n] <= k ? numberText(this.dataOf(n)) : null;
  }

  // A node's gradient, as text, after step k; null if nothing has arrived.
  gradientAt(n, k) {
    const step = this.reached(n, k);
    return step ? numberText(this.sum(step).after) : null;
  }

  // The local derivative at an operand slot, or the contribution to it; null before its step.
  slotAt(name, what, k) {
    const step = this.slots.get(name);
    return step && step.k <= k ? numberText(this.amounts(step)[what]) : null;
  }
}

const data = JSON.parse(document.getElementById("data").textContent);
data.arrays.forEach(prepare);
const recording = new Recording(data);
