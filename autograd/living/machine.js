// A graph that computes: forwards by its rules, backwards as autograd/walk/reverse.py walks, in the
// same order of additions. Numbers and operands are in typed arrays; a node is an index. The rules
// are compute(kind, …) and pull(kind, …), which the page's script has before this class. A page has
// this file without its comments.
class Machine {
  constructor(tape) {
    const count = tape.kind.length;
    this.tape = tape;
    this.root = tape.root;
    this.fixed = tape.fixed; // nodes that chose by a condition which no number here decides
    this.data = new Float64Array(count);
    this.grad = new Float64Array(count);
    this.kind = Int32Array.from(tape.kind);
    this.wants = new Uint8Array(count).fill(1);
    for (const node of tape.constants) this.wants[node] = 0;
    this.settings = Float64Array.from(tape.settings, Number);
    // Of each node: where its one or two rows of operands begin, how long they are, where its
    // settings and its contributions begin.
    for (const name of ["a", "b", "n", "m", "s", "first"]) this[name] = new Int32Array(count);
    const operands = [];
    const rows = []; // [start, length]; a row of the tape that is a number is one of these
    let next = 0;
    const row = () => {
      const given = tape.rows[next++];
      if (typeof given === "number") return rows[given];
      const made = [operands.length, given.length];
      for (const node of given) operands.push(node);
      rows.push(made);
      return made;
    };
    this.leaves = [];
    let setting = 0;
    let slot = 0;
    for (let i = 0; i < count; i++) {
      this.first[i] = slot;
      if (this.kind[i] < 0) {
        this.leaves.push(i);
        continue;
      }
      const [rowCount, fixed, each] = tape.kinds[this.kind[i]];
      [this.a[i], this.n[i]] = row();
      if (rowCount === 2) [this.b[i], this.m[i]] = row();
      this.s[i] = setting;
      setting += fixed + each * this.n[i];
      slot += this.n[i] + this.m[i];
    }
    this.operands = Int32Array.from(operands);
    this.passed = new Float64Array(slot);
    this.reached = new Uint8Array(count);
    this.reset();
  }

  // Give the leaves their saved numbers, and compute.
  reset() {
    this.leaves.forEach((leaf, k) => {
      this.data[leaf] = Number(this.tape.leaves[k]);
    });
    this.forward();
    this.backward();
  }

  set(leaf, number) {
    if (this.kind[leaf] !== -1) throw new RangeError(`node ${leaf} is no leaf`);
    this.data[leaf] = number;
  }

  forward() {
    const { kind, data, operands, settings, a, b, n, m, s } = this;
    for (let i = 0; i < kind.length; i++) {
      if (kind[i] >= 0) {
        compute(kind[i], data, i, operands, a[i], b[i], n[i], m[i], settings, s[i]);
      }
    }
    return data[this.root];
  }

  backward() {
    const { kind, data, grad, passed, reached, wants, operands, settings } = this;
    const { a, b, n, m, s, first } = this;
    grad.fill(0);
    passed.fill(NaN);
    reached.fill(0);
    grad[this.root] = 1;
    reached[this.root] = 1;
    for (let i = kind.length - 1; i >= 0; i--) {
      if (kind[i] < 0 || !reached[i]) continue;
      const at = first[i];
      const of = n[i];
      const row = a[i];
      const other = b[i];
      if (grad[i] === 0) passed.fill(grad[i], at, at + of + m[i]);
      else pull(kind[i], grad, i, data, i, operands, row, other, of, m[i], settings, s[i], passed, at);
      for (let k = 0; k < of + m[i]; k++) {
        const p = operands[k < of ? row + k : other + k - of];
        if (!wants[p]) continue;
        grad[p] = reached[p] ? grad[p] + passed[at + k] : passed[at + k];
        reached[p] = 1;
      }
    }
    for (const node of this.tape.constants) grad[node] = NaN;
    return grad;
  }

  // ∂node/∂operand for all operands of a node, by its rule at the present numbers.
  locals(node) {
    const { kind, data, operands, settings, a, b, n, m, s } = this;
    const i = node;
    const found = new Float64Array(n[i] + m[i]);
    if (kind[i] < 0) return found;
    pull(kind[i], Float64Array.of(1), 0, data, i, operands, a[i], b[i], n[i], m[i], settings, s[i], found, 0);
    return found;
  }

  local(node, slot) {
    return this.locals(node)[slot];
  }

  // What the last backward() passed to an operand; nan if it passed nothing.
  contribution(node, slot) {
    return this.passed[this.first[node] + slot];
  }

  // The operands of a node, in the order of its slots.
  operandsOf(node) {
    const { operands, a, b, n, m } = this;
    if (this.kind[node] < 0) return [];
    return [...operands.subarray(a[node], a[node] + n[node]), ...operands.subarray(b[node], b[node] + m[node])];
  }

  // The nodes whose condition, at the present numbers, isn't what it was when the graph was
  // recorded: what depends on the branch is that of the recorded one.
  get frozen() {
    const differs = ([node, outcome]) => (this.data[node] !== 0) !== outcome;
    return [...new Set(this.tape.guards.filter(differs).map(([node]) => node))];
  }
}
