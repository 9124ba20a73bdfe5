// The numbers of the graph's nodes as the machine has them now. Each Value is a node of the machine.

class ValueNumbers {
  constructor(machine, page) {
    this.machine = machine;
    this.page = page;
    this.leaves = machine.leaves.filter((leaf) => leaf < page.nodes.length);
    this.own = new Set(this.leaves);
  }

  renew() {}

  canChange(n) {
    return this.own.has(n);
  }

  elements(n) {
    return [n];
  }

  // The node that a leaf of the machine is an element of, and which element.
  ownerOf(leaf) {
    return [leaf, 0];
  }

  nameOf(leaf) {
    return this.page.nodes[leaf].name;
  }

  operands(n) {
    return this.machine.operandsOf(n);
  }

  data(n) {
    return this.machine.data[n];
  }

  grad(n) {
    return this.machine.grad[n];
  }

  local(n, slot) {
    return this.machine.local(n, slot);
  }

  contribution(n, slot) {
    return this.machine.contribution(n, slot);
  }

  old(n) {
    return Number(this.page.data.old[n]);
  }

  // Nodes that chose by what nothing here decides.
  get fixed() {
    return this.machine.fixed;
  }
}

// A number may be an array of them: a LiveArray, in a page of tensors.
const isLiveArray = (x) => typeof x === "object" && x !== null;

const sizeOfNumber = (x) => (isLiveArray(x) ? x.values.length : 1);

// An element; a number is every element of itself.
const elementOf = (x, k) => (isLiveArray(x) ? x.values[k] : x);

const sumOf = (x, y) => (isLiveArray(x)
  ? x.with(x.values.map((each, k) => each + elementOf(y, k))) : x + y);

// 0 if all elements are finite, else nan.
const unrest = (x) => (isLiveArray(x) ? x.values.reduce((sum, each) => sum + (each - each), 0) : x - x);
