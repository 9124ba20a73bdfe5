// The page computes: a leaf can be given another number, and all that follows from it is new. What
// is seen first is the recording; the machine takes over at the first touch.

const LARGEST_RATE = 1;
const UNDONE = 500; // changes at most
const LINKED = 24; // edited numbers in a link at most

class Live {
  constructor(player, machine) {
    this.player = player;
    this.machine = machine;
    this.numbers = recording.numbers;
    this.saved = recording.saved; // the leaves of the machine that can be changed
    const isVariable = (leaf) => recording.nodes[this.numbers.ownerOf(leaf)[0]].variable;
    this.learning = new Set([...this.saved.keys()].filter(isVariable));
    this.changes = 0;
    this.ownChanges = new Map();
    this.past = []; // of each undo: the numbers, and how many losses the trace had
    this.before = null; // what the next change is undone to, if it is one
    this.trace = [this.loss];
    this.start = this.loss; // before the steps since the last edit
    this.touched = false;
  }

  get loss() {
    return this.machine.data[this.machine.root];
  }

  get edited() {
    return [...this.saved].filter(([leaf, number]) => !Object.is(this.machine.data[leaf], number));
  }

  // Whether the numbers of a node can be changed.
  isLeaf(n) {
    return this.numbers.canChange(n);
  }

  // It changes with whatever isn't this leaf's number alone: what is known along the leaf holds on.
  stamp(leaf) {
    return this.changes - (this.ownChanges.get(leaf) ?? 0);
  }

  // Editing -----------------------------------------------------------------------------------

  // Remember the numbers as they are now, for one undo of all that follows: if anything does.
  begin() {
    this.before = { numbers: this.machine.leaves.map((leaf) => this.machine.data[leaf]), steps: this.trace.length };
  }

  set(leaf, number) {
    if (Object.is(this.machine.data[leaf], number)) return;
    this.machine.set(leaf, number);
    this.ownChanges.set(leaf, (this.ownChanges.get(leaf) ?? 0) + 1);
    this.compute();
    this.start = this.loss;
  }

  // One step down the gradient, for the leaves that learn.
  learn(rate) {
    const { machine } = this;
    for (const leaf of this.learning) machine.set(leaf, machine.data[leaf] - rate * machine.grad[leaf]);
    this.compute();
    this.trace.push(this.loss);
  }

  undo() {
    const last = this.past.pop();
    if (!last) return false;
    this.before = null;
    this.machine.leaves.forEach((leaf, k) => this.machine.set(leaf, last.numbers[k]));
    this.compute();
    this.trace.length = Math.min(this.trace.length, last.steps);
    this.start = this.loss;
    return true;
  }

  rewind() {
    this.begin();
    this.restore();
    this.compute();
    this.trace = [this.loss];
    this.start = this.loss;
  }

  restore() {
    for (const [leaf, number] of this.saved) this.machine.set(leaf, number);
  }

  compute() {
    if (this.before) this.past.push(this.before);
    if (this.past.length > UNDONE) this.past.shift();
    this.before = null;
    this.machine.forward();
    this.machine.backward();
    this.touched = true;
    this.changes += 1;
    recording.edited = this.edited.length > 0;
    recording.renew();
    this.player.renew();
  }

  // The loss with another number in a leaf; everything else stays.
  lossAt(leaf, number) {
    const { machine } = this;
    const before = machine.data[leaf];
    machine.data[leaf] = number;
    machine.forward();
    const found = this.loss;
    machine.data[leaf] = before;
    return found;
  }

  // The losses at several numbers of a leaf, with the machine left as it was.
  losses(leaf, numbers) {
    const found = numbers.map((number) => this.lossAt(leaf, number));
    this.machine.forward();
    return found;
  }

  firstRate() {
    const slopes = [...this.learning].map((leaf) => this.machine.grad[leaf]);
    return sensibleRate(this.loss, slopes, LARGEST_RATE);
  }

  // What a trace fixed ------------------------------------------------------------------------

  // What would have come out otherwise if the program had been run with these numbers: the nodes,
  // with all that depends on them, and what decided, in words.
  get fixed() {
    if (!recording.edited) return { nodes: new Set(), words: [] };
    const { frozen } = this.machine;
    const asked = (recording.data.guards ?? []).filter(([k]) => frozen.includes(k)).map(([, text]) => text);
    const chose = this.numbers.fixed;
    const words = [...new Set(asked), ...chose.map((n) => recording.nodes[n].name)];
    return { nodes: this.following([...chose, ...(asked.length ? [recording.nodes.length - 1] : [])]), words };
  }

  // Nodes with all that was computed from them.
  following(nodes) {
    const found = new Set(nodes);
    if (!found.size) return found;
    recording.nodes.forEach((_, n) => {
      if (this.numbers.operands(n).some((k) => found.has(k))) found.add(n);
    });
    return found;
  }

  fixedInWords() {
    const { words } = this.fixed;
    const tangents = recording.edited ? (this.numbers.tangents ?? []) : [];
    const named = (all) => all.slice(0, 3).join(", ") + (all.length > 3 ? ", …" : "");
    const first = words.length
      ? `${named(words)} would have come out otherwise: the numbers are those of the recorded branch.` : "";
    const second = tangents.length
      ? `${named(tangents.map((n) => recording.nodes[n].name))}: its tangent at the saved numbers.` : "";
    return `${first} ${second}`.trim();
  }

  // Links -------------------------------------------------------------------------------------

  // The edited numbers as a part of the page's address, as in #a=2.5; a text that says why not.
  link() {
    const { edited } = this;
    if (edited.length > LINKED) return { note: `${edited.length} numbers are edited: too many for a link.` };
    const names = edited.map(([leaf]) => this.numbers.nameOf(leaf));
    const twice = names.find((name) => this.named(name).length > 1);
    if (twice) return { note: `Several leaves are called ${twice}: a link can't tell them apart.` };
    const said = edited.map(([leaf]) =>
      `${inAddress(this.numbers.nameOf(leaf))}=${this.machine.data[leaf]}`);
    return { text: said.join("&") };
  }

  named(name) {
    if (!this.byName) {
      this.byName = new Map();
      for (const leaf of this.saved.keys()) {
        const own = this.numbers.nameOf(leaf);
        if (this.byName.has(own)) this.byName.get(own).push(leaf);
        else this.byName.set(own, [leaf]);
      }
    }
    return this.byName.get(name) ?? [];
  }

  // Take the numbers of a link in; return what of it is ignored, in words.
  follow(text) {
    const ignored = [];
    let any = recording.edited; // by another link
    this.restore();
    for (const pair of text.split("&").filter(Boolean)) {
      if (pair.startsWith("step=")) continue;
      const [name, number] = pair.split("=").map(decoded);
      const leaves = this.named(name);
      const x = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$|^-?Infinity$|^NaN$/i.test(number) ? Number(number) : null;
      if (leaves.length !== 1 || x === null) {
        ignored.push(leaves.length > 1 ? `${name} (there are several)` : name);
        continue;
      }
      this.machine.set(leaves[0], x);
      any = true;
    }
    if (any) this.compute();
    this.start = this.loss;
    return ignored;
  }
}

// An index may stand in an address as it is: w[0,1].
const inAddress = (name) => encodeURIComponent(name).replace(/^step$/, "%73tep").replace(/%5B([\d%2C]*)%5D$/, (_, index) => `[${index.replaceAll("%2C", ",")}]`);

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
