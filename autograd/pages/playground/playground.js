// The page: what is chosen, and when to compute and draw what.

const BUDGET = 14; // ms of learning in a frame, at the highest speed

class Playground {
  constructor(data) {
    this.data = data;
    this.learner = new Learner(new Machine(data.tape), data);
    this.colours = new Colours(data.colours);
    this.grid = new Grid(this.learner, this.colours);
    this.sample = null; // the number of the chosen one
    this.opened = null; // the unit whose card is shown
    this.pointed = null; // the unit whose map is in the plane
    this.playing = false;
    this.due = 0;
    for (const id of ["rewind", "play", "once", "rate", "batch", "decay", "speed", "sample", "all",
      "note", "steps", "epochs", "loss", "shown", "curve", "live", "legend", "told", "of", "key"]) {
      this[`$${id}`] = document.getElementById(id);
    }
    this.$rate.value = data.rate ?? this.learner.firstRate;
    this.$batch.value = data.batch;
    for (const field of [this.$batch, this.$sample]) field.max = this.learner.count;
    this.$of.textContent = `of ${this.learner.count.toLocaleString("en")}`;
    this.$told.textContent = data.total > this.learner.count
      ? `${this.learner.count.toLocaleString("en")} of ${data.total.toLocaleString("en")} samples, drawn evenly` : "";
    this.plane = new Plane(this);
    this.view = new NetworkView(this);
    this.card = new UnitCard(this);
    this.legend();
    this.listen();
    this.renew();
  }

  listen() {
    const on = (made, name, act) => made.addEventListener(name, act);
    on(this.$play, "click", () => (this.playing ? this.pause() : this.play()));
    on(this.$once, "click", () => this.once());
    on(this.$rewind, "click", () => this.rewind());
    on(this.$sample, "change", () => {
      const number = Number(this.$sample.value);
      if (Number.isInteger(number) && number >= 1 && number <= this.learner.count) this.choose(number - 1);
      else if (this.$sample.value === "") this.choose(null);
      else this.say(`Samples are numbered from 1 to ${this.learner.count}.`);
    });
    on(this.$all, "click", () => this.choose(null));
    on(document, "keydown", (event) => {
      if (event.target.closest("input, select, button, #card") || event.ctrlKey || event.metaKey || event.altKey) return;
      const acts = { " ": () => this.$play.click(), ArrowRight: () => this.once(), Home: () => this.rewind() };
      if (!(event.key in acts)) return;
      acts[event.key]();
      event.preventDefault();
    });
    on(this.$curve, "pointermove", (event) => this.readCurve(event));
    on(this.$curve, "pointerleave", () => this.drawLoss());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.colours.read();
      this.plane.drawDots(this.plane.scale);
      this.legend();
      this.renew();
    });
  }

  // Learning -----------------------------------------------------------------------------------

  // Rate, batch size and decay as they are in the fields now; null if one is no such number.
  given() {
    const [rate, size, decay] = [this.$rate, this.$batch, this.$decay].map(({ value }) => Number(value));
    if (!(rate > 0 && Number.isFinite(rate))) return this.warn("The rate must be a positive number.");
    if (!(Number.isInteger(size) && size >= 1)) return this.warn("The batch must be a whole number of samples.");
    return [rate, size, decay];
  }

  play() {
    if (this.given() === null) return;
    this.warn("");
    this.setPlaying(true);
    this.due = 0;
    let last = performance.now();
    const frame = (now) => {
      if (!this.playing) return;
      const speed = Number(this.$speed.value);
      this.due = Math.min(this.due + (speed * (now - last)) / 1000, 20);
      last = now;
      if (this.learn(speed)) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  // As many steps as are due; false when it can't go on.
  learn(speed) {
    const given = this.given();
    if (given === null) return this.pause();
    const end = performance.now() + BUDGET;
    let any = false;
    while ((speed ? this.due >= 1 : true) && performance.now() < end) {
      this.learner.step(...given);
      this.due -= 1;
      any = true;
    }
    return any ? this.learnt(given[0]) : true;
  }

  learnt(rate) {
    this.learner.measure();
    this.learner.record();
    const trouble = this.learner.trouble(rate);
    if (trouble) {
      this.setPlaying(false);
      this.warn(trouble);
    }
    this.draw(trouble || !this.playing ? FINE_GRID : COARSE);
    return !trouble;
  }

  once() {
    this.pause();
    const given = this.given();
    if (given === null) return;
    this.warn("");
    this.learner.step(...given);
    if (this.learnt(given[0])) this.say(`Step ${this.learner.steps}: loss ${numberText(this.learner.loss)}`);
  }

  pause() {
    if (!this.playing) return false;
    this.setPlaying(false);
    this.renew();
    this.say(`Paused at step ${this.learner.steps}: loss ${numberText(this.learner.loss)}`);
    return false;
  }

  setPlaying(on) {
    this.playing = on;
    document.body.classList.toggle("playing", on);
    this.$play.setAttribute("aria-label", on ? "Pause" : "Train");
  }

  rewind() {
    this.setPlaying(false);
    this.warn("");
    this.learner.rewind();
    this.renew();
    this.say("These are the saved numbers again.");
  }

  edit(leaf, number) {
    this.learner.machine.set(leaf, number);
    if (!this.playing) this.renew();
  }

  // Choosing -----------------------------------------------------------------------------------

  choose(sample) {
    this.sample = sample;
    this.$sample.value = sample === null ? "" : sample + 1;
    this.$all.hidden = sample === null;
    this.renew();
    if (sample !== null) this.say(this.card.sampleLine().textContent);
  }

  open(unit) {
    this.opened = this.opened === unit ? null : unit;
    this.renew();
  }

  point(unit) {
    this.pointed = unit;
    if (!this.playing) this.drawPlane();
  }

  // What has come back to a parameter: of the chosen sample, or in the mean over all; as text.
  slopeText(leaf) {
    if (this.sample !== null) return numberText(this.learner.machine.grad[leaf]);
    const place = this.data.parameters.indexOf(leaf);
    return this.playing || place < 0 ? "—" : numberText(this.learner.gradient[place]);
  }

  // Drawing ------------------------------------------------------------------------------------

  // Measure and draw all, finely.
  renew() {
    this.learner.measure();
    this.learner.record();
    this.draw(FINE_GRID);
  }

  draw(size) {
    this.grid.compute(size);
    this.drawPlane();
    this.view.drawUnits(this.grid);
    this.drawLoss();
    this.putIn();
    this.view.drawLines();
    this.view.drawNumbers();
    this.$key.textContent = `Blue is +, orange −; the thickest line is |w| = ${shortText(this.view.scale)}. A unit’s picture is its activation over the plane.`;
    if (!this.playing || !this.card.isEdited) this.card.draw();
  }

  // Leave the machine with the chosen sample, forward and back; without one, with all gradients.
  putIn() {
    if (this.sample !== null) {
      this.learner.forward(this.sample);
      this.learner.machine.backward();
    } else if (!this.playing) this.learner.differentiate(this.learner.order);
  }

  drawPlane() {
    const unit = this.pointed ?? null;
    this.plane.draw(this.grid, unit && unit.node);
    const range = unit && this.grid.range(unit.node);
    const { classes, outputs } = this.data;
    const what = unit
      ? `${unit.name}: from ${shortText(range[0])} to ${shortText(range[1])} over the plane`
      : classes.length ? "The class it says, deeper where it is surer" : "The output";
    this.$shown.textContent = what;
    const count = `${this.learner.count} samples${classes.length ? ` of ${classes.length} classes` : ""}`;
    this.plane.canvas.setAttribute("aria-label", `${what}. ${count}; arrow keys choose one. ${this.score()}`);
  }

  score() {
    const { loss, share } = this.learner;
    const right = this.data.classes.length ? `, ${Math.floor(1000 * share) / 10}% right` : "";
    return `Loss ${numberText(loss)}${right}`;
  }

  drawLoss() {
    const { trace, steps, seen, count } = this.learner;
    this.$steps.textContent = steps.toLocaleString("en");
    this.$epochs.textContent = `epoch ${Math.floor(seen / count).toLocaleString("en")}`;
    this.$loss.textContent = this.score();
    const finite = trace.filter(([, loss]) => Number.isFinite(loss));
    const high = Math.max(...finite.map(([, loss]) => loss), 1e-9);
    const low = Math.min(0, ...finite.map(([, loss]) => loss));
    const last = Math.max(steps, 1);
    const points = finite.map(([k, loss]) =>
      `${((k / last) * 300).toFixed(1)},${(67 - (64 * (loss - low)) / (high - low)).toFixed(1)}`);
    this.$curve.firstElementChild.setAttribute("points", points.join(" "));
    this.$curve.setAttribute("aria-label", `Loss over ${steps} steps, from ${numberText(this.learner.first)}; the top is ${numberText(high)}`);
  }

  // Say what the loss was at the step that is pointed at.
  readCurve(event) {
    const box = this.$curve.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * this.learner.steps;
    const [step, loss] = this.learner.trace.reduce((one, other) =>
      (Math.abs(other[0] - at) < Math.abs(one[0] - at) ? other : one));
    this.$loss.textContent = `Loss ${numberText(loss)} at step ${step.toLocaleString("en")}`;
  }

  legend() {
    const { classes } = this.data;
    const { colours } = this;
    const key = (colour, shape, text) => {
      const canvas = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
      const pen = canvas.getContext("2d");
      pen.beginPath();
      SHAPES[shape](pen, 14, 14, 8);
      pen.fillStyle = css(colour);
      pen.fill();
      return element("span", { class: "key" }, canvas, text);
    };
    const [low, high] = [this.grid.middle - this.grid.reach, this.grid.middle + this.grid.reach];
    this.$legend.replaceChildren(...(classes.length
      ? [...classes.map((name, k) => key(colours.classes[k], k, name)), element("span", { class: "hint" }, this.plane.many ? "" : "ringed: wrong")]
      : [key(colours.sides[0], 0, numberText(low)), key(colours.sides[1], 0, numberText(high))]));
  }

  // Words --------------------------------------------------------------------------------------

  say(text) {
    this.$live.textContent = text;
  }

  warn(text) {
    this.$note.textContent = text;
    this.$note.classList.toggle("none", !text);
    if (text) this.say(text);
    return null;
  }
}

const playground = new Playground(JSON.parse(document.getElementById("data").textContent));
