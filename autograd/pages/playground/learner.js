// Learning: the tape of one sample, run for each sample of a batch, and its gradients added up.

const LARGEST_START = 0.3; // of the rates that the page begins with

class Learner {
  constructor(machine, data) {
    Object.assign(this, { machine, data, count: data.x.length });
    this.saved = data.parameters.map((leaf) => machine.data[leaf]);
    this.gradient = new Float64Array(data.parameters.length);
    this.wrong = new Uint8Array(this.count);
    this.rewind();
    this.firstRate = sensibleRate(this.differentiate(this.order), this.gradient, LARGEST_START);
  }

  // The saved numbers, and the same order of samples.
  rewind() {
    this.data.parameters.forEach((leaf, k) => this.machine.set(leaf, this.saved[k]));
    this.random = randomNumbers(this.data.seed);
    this.order = Array.from({ length: this.count }, (_, k) => k);
    this.next = this.count;
    this.steps = 0;
    this.seen = 0;
    this.trace = [];
    this.measure();
    this.first = this.loss;
  }

  // One sample's forward pass; what is differentiated is the loss of its own class.
  forward(k) {
    const { machine, data } = this;
    this.place(data.x[k][0], data.x[k][1]);
    if (data.classes.length) machine.root = data.losses[data.y[k]];
    else machine.set(data.targets[0], data.y[k]);
    return machine.forward();
  }

  place(x1, x2) {
    this.machine.set(this.data.inputs[0], x1);
    this.machine.set(this.data.inputs[1], x2);
  }

  // The mean loss of some samples, with the mean gradient of the parameters in this.gradient.
  differentiate(rows) {
    const { machine, gradient } = this;
    const { parameters } = this.data;
    gradient.fill(0);
    let loss = 0;
    for (const k of rows) {
      loss += this.forward(k);
      machine.backward();
      for (let p = 0; p < parameters.length; p++) gradient[p] += machine.grad[parameters[p]];
    }
    for (let p = 0; p < parameters.length; p++) gradient[p] /= rows.length;
    return loss / rows.length;
  }

  // θ ← θ − rate · (∂θ + decay · θ), as nn.SGD has it.
  step(rate, size, decay) {
    const rows = this.batch(size);
    this.differentiate(rows);
    const { machine, gradient } = this;
    this.data.parameters.forEach((leaf, p) => {
      const theta = machine.data[leaf];
      machine.data[leaf] = theta - rate * (decay ? gradient[p] + decay * theta : gradient[p]);
    });
    this.steps += 1;
    this.seen += rows.length;
  }

  // The next samples; after the last one, all are shuffled anew.
  batch(size) {
    if (size >= this.count) return this.order;
    if (this.next >= this.count) {
      for (let k = this.count - 1; k > 0; k--) {
        const other = Math.floor(this.random() * (k + 1));
        [this.order[k], this.order[other]] = [this.order[other], this.order[k]];
      }
      this.next = 0;
    }
    this.next += size;
    return this.order.slice(this.next - size, this.next);
  }

  // The mean loss of all samples, and which of them are put into a wrong class.
  measure() {
    let loss = 0;
    let wrong = 0;
    for (let k = 0; k < this.count; k++) {
      loss += this.forward(k);
      if (!this.data.classes.length) continue;
      this.wrong[k] = this.guess() === this.data.y[k] ? 0 : 1;
      wrong += this.wrong[k];
    }
    this.loss = loss / this.count;
    this.share = 1 - wrong / this.count;
  }

  record() {
    const { trace } = this;
    if (trace.length && trace.at(-1)[0] === this.steps) trace.pop();
    trace.push([this.steps, this.loss]);
    if (trace.length > 1500) this.trace = trace.filter((_, k) => k % 2 === 0 || k === trace.length - 1);
  }

  // The class whose loss would be the least: that is the rule of every loss.
  guess() {
    const { losses } = this.data;
    const numbers = this.machine.data;
    let best = 0;
    for (let k = 1; k < losses.length; k++) if (numbers[losses[k]] < numbers[losses[best]]) best = k;
    return best;
  }

  // How sure the guess is, from 0 to 1: the share of exp(−loss), which is p where the loss is −log p.
  certainty(best) {
    const { losses } = this.data;
    const numbers = this.machine.data;
    let sum = 0;
    for (const loss of losses) sum += Math.exp(numbers[losses[best]] - numbers[loss]);
    return (1 / sum - 1 / losses.length) / (1 - 1 / losses.length);
  }

  trouble(rate) {
    return trouble(this.first, this.loss, Math.min(rate / 10, this.firstRate));
  }
}

// Numbers from 0 to 1, the same for the same seed: mulberry32, by T. Ettinger.
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
