// The numbers of a graph of tensors: their elements are nodes of the machine.

class TensorNumbers extends ValueNumbers {
  constructor(machine, page) {
    super(machine, page);
    const { elements, through, leaves, byElement, tangents } = page.data.tensors;
    this.places = elements.map(placesOf);
    this.through = new Map(Object.entries(through).map(([name, runs]) => [name, placesOf(runs)]));
    this.byElement = new Set(byElement);
    this.tangents = tangents;
    this.own = new Set(leaves);
    this.owners = new Map(leaves.flatMap((n) => [...this.places[n]].map((leaf, k) => [leaf, [n, k]])));
    this.leaves = [...this.owners.keys()];
    const choosing = new Set(machine.fixed);
    this.choosing = this.places.flatMap((row, n) => (row.some((k) => choosing.has(k)) ? [n] : []));
    this.renew();
  }

  renew() {
    this.made = new Map();
  }

  elements(n) {
    return this.places[n];
  }

  ownerOf(leaf) {
    return this.owners.get(leaf);
  }

  nameOf(leaf) {
    const [n, k] = this.ownerOf(leaf);
    return elementName(this.page.nodes[n], k);
  }

  operands(n) {
    return this.page.nodes[n].operands;
  }

  // A number, or an array of the shape of node n.
  shaped(n, count, number) {
    if (count === 1) return number(0);
    const like = this.page.data.arrays[this.page.nodes[n].data.slice(1)];
    return new LiveArray(Float64Array.from({ length: count }, (_, k) => number(k)), like);
  }

  once(name, make) {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name);
  }

  of(n, numbers) {
    const places = this.places[n];
    return this.shaped(n, places.length, (k) => numbers[places[k]]);
  }

  data(n) {
    return this.once(`d${n}`, () => this.of(n, this.machine.data));
  }

  grad(n) {
    return this.once(`g${n}`, () => this.of(n, this.machine.grad));
  }

  // By element; of another op on tensors it is a matrix or more, and there is none.
  local(n, slot) {
    const places = this.places[n];
    if (!this.byElement.has(n)) {
      const isMatrix = this.page.recordedLocal(n, slot) === "—";
      return isMatrix ? null : this.machine.local(places[0], slot);
    }
    return this.shaped(n, places.length, (k) => this.machine.local(places[k], slot));
  }

  // The gradients of the scalars through which this slot takes its operand.
  contribution(n, slot) {
    const places = this.through.get(`${n}.${slot}`);
    return this.shaped(this.operands(n)[slot], places.length, (k) => this.machine.grad[places[k]]);
  }

  old(n) {
    const found = this.page.data.old[n];
    return Array.isArray(found) ? this.shaped(n, found.length, (k) => Number(found[k])) : Number(found);
  }

  get fixed() {
    return this.choosing;
  }
}

const dimsOf = (node) => (node.shape.match(/\d+/g) ?? []).map(Number);

// An element of a tensor, as in w[0,1].
function elementName(node, element) {
  const dims = dimsOf(node);
  return dims.length ? `${node.name}[${placeIn(dims, element)}]` : node.name;
}

function placeIn(dims, element) {
  const found = [];
  for (const length of [...dims].reverse()) {
    found.unshift(element % length);
    element = Math.floor(element / length);
  }
  return found;
}

// Numbers from runs of even steps: the first, how many, the step.
function placesOf(runs) {
  const found = [];
  for (let at = 0; at < runs.length; at += 3) {
    for (let k = 0; k < runs[at + 1]; k += 1) found.push(runs[at] + k * runs[at + 2]);
  }
  return found;
}
