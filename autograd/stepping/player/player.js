// The player: which step it is, and the ways to get to another.

const SPEEDS = [0.5, 1, 2, 4, 8, 16]; // steps a second

class Player {
  constructor(data) {
    const by = (id) => document.getElementById(id);
    this.data = data;
    this.steps = data.steps;
    this.k = 0;
    this.chosen = null;
    this.stops = new Set();
    this.timer = null;
    this.to = data.nodes.map(() => []);
    this.about = data.nodes.map(() => []);
    for (const step of this.steps) {
      if (step.kind !== "compute") this.to[step.t].push(step);
      this.about[step.n].push(step);
      if (step.t !== step.n) this.about[step.t].push(step);
    }
    this.pictures = [...by("picture").querySelectorAll("svg")].map(
      (svg, k) => new Picture(svg, data.layouts[k], this.steps));
    [this.picture] = this.pictures;
    by("open").hidden = this.pictures.length === 1;
    this.panel = new Panel(by("panel"), data, this);
    this.slider = by("slider");
    this.counter = by("counter");
    this.phase = by("phase");
    this.live = by("live");
    this.list = by("nodes");
    this.slider.max = this.steps.length;
    const forward = this.steps.filter((step) => step.kind === "compute").length;
    this.slider.style.setProperty("--split", `${(100 * forward) / this.steps.length}%`);
    this.listen(by);
    this.fit();
    new ResizeObserver(() => this.refit()).observe(by("picture"));
    this.panel.showStory(null, this.stops);
    this.go(this.fragment());
  }

  // Getting there -----------------------------------------------------------------------------

  go(k) {
    this.k = Math.min(this.steps.length, Math.max(0, Math.round(k)));
    this.show();
  }

  show() {
    const step = this.steps[this.k - 1];
    const total = this.steps.length;
    const phase = step ? (step.kind === "compute" ? "forward" : "backward") : "forward";
    this.picture.go(this.k);
    this.picture.point(step, phase);
    if (step) this.panel.showStep(step);
    else this.panel.showStart();
    if (this.chosen !== null) this.panel.showStory(this.chosen, this.stops);
    const sentence = step ? step.sentence : this.data.start;
    this.slider.value = this.k;
    this.slider.setAttribute("aria-valuetext", `Step ${this.k} of ${total}, ${phase}: ${sentence}`);
    this.counter.textContent = `${this.k} of ${total}`;
    this.phase.textContent = phase;
    this.phase.className = phase;
    if (this.timer === null) this.live.textContent = sentence; // too fast to read aloud in play
    document.body.dataset.step = this.k;
    remember(this.k);
  }

  // Run until a step that a test holds for, at least one step on; say whether there was one.
  run(test) {
    const found = this.steps.slice(this.k).find(test);
    this.go(found ? found.k : this.steps.length);
    return Boolean(found);
  }

  nextTo(index) {
    const found = this.to[index].find((step) => step.k > this.k);
    if (found) this.go(found.k);
    else this.say(`No further contribution to ${this.data.nodes[index].name} after this step.`);
  }

  runToStop() {
    if (!this.stops.size) {
      this.say("No breakpoint is set: click a node and tick “Stop here”.");
      return;
    }
    const found = this.run((step) => this.stops.has(step.n) || this.stops.has(step.t));
    if (!found) this.say("No further breakpoint: this is the last step.");
  }

  play() {
    if (this.timer !== null) {
      this.pause();
      return;
    }
    if (this.k === this.steps.length) this.go(0);
    document.body.classList.add("playing");
    const button = document.getElementById("play");
    button.setAttribute("aria-label", "Pause");
    const tick = () => {
      this.go(this.k + 1);
      const step = this.steps[this.k - 1];
      const stopped = this.stops.has(step.n) || this.stops.has(step.t);
      if (stopped || this.k === this.steps.length) this.pause();
      else this.timer = setTimeout(tick, this.delay());
    };
    this.timer = setTimeout(tick, 0);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    document.body.classList.remove("playing");
    document.getElementById("play").setAttribute("aria-label", "Play");
    this.show();
  }

  delay() {
    return 1000 / SPEEDS[document.getElementById("speed").value];
  }

  // Nodes -------------------------------------------------------------------------------------

  choose(index) {
    this.chosen = index;
    this.list.value = index === null ? "" : String(index);
    for (const picture of this.pictures) picture.choose(index);
    this.panel.showStory(index, this.stops);
  }

  setStop(index, on) {
    if (on) this.stops.add(index);
    else this.stops.delete(index);
    for (const picture of this.pictures) picture.stop(index, this.stops);
  }

  // Show the picture with a box for every node, or the folded one.
  open(on) {
    for (const cover of this.pictures[1].covers) cover.setOpen(on);
    this.turn(on);
  }

  turn(on) {
    const picture = this.pictures[on ? 1 : 0];
    if (picture !== this.picture) {
      this.picture.svg.setAttribute("hidden", "");
      picture.svg.removeAttribute("hidden");
      this.picture = picture;
      const button = document.getElementById("open");
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? "Fold" : "Open all";
      this.fit();
    }
    this.show();
  }

  isFolded(index) {
    return this.pictures.length > 1 && this.picture.box(index).size > 1;
  }

  // Open what a node is folded in, and nothing else.
  unfold(index) {
    this.pictures[1].coverOf.get(index)?.setOpen(true);
    this.turn(true);
    this.choose(index);
    this.picture.bring(this.picture.box(index));
  }

  fold(cover) {
    cover.setOpen(false);
    this.show();
  }

  stepsTo(index) {
    return this.to[index];
  }

  stepsAbout(index) {
    return this.about[index];
  }

  // The data and the gradient of a node as they are at this step.
  numbers(index) {
    const node = this.data.nodes[index];
    const past = this.to[index].filter((step) => step.k <= this.k).at(-1);
    const computed = this.about[index].find((step) => step.kind === "compute" && step.n === index);
    return {
      data: computed && computed.k > this.k ? "not computed yet" : node.data,
      grad: node.variable ? (past ? past.after : (this.to[index][0]?.before ?? "—")) : "",
    };
  }

  // Show the whole picture, or by default as much of it as can be read, and again when the window
  // changes its size.
  fit(least) {
    this.refit = () => this.picture.fit(least);
    this.refit();
  }

  zoom(factor) {
    this.refit = () => {};
    this.picture.zoom(this.picture.scale * factor);
  }

  // What a person does ------------------------------------------------------------------------

  listen(by) {
    const click = (id, act) => by(id).addEventListener("click", act);
    click("first", () => this.go(0));
    click("back", () => this.go(this.k - 1));
    click("forward", () => this.go(this.k + 1));
    click("last", () => this.go(this.steps.length));
    click("play", () => this.play());
    click("run", () => this.runToStop());
    click("smaller", () => this.zoom(1 / 1.25));
    click("larger", () => this.zoom(1.25));
    click("fit", () => this.fit(0));
    click("open", () => this.open(this.picture === this.pictures[0]));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.list.addEventListener("change", () =>
      this.choose(this.list.value === "" ? null : Number(this.list.value)));
    by("picture").addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("hashchange", () => this.go(this.fragment()));
  }

  clicked(event) {
    const inside = this.picture.nodesAt(event.target);
    const cover = this.picture.coverAround(event.target);
    if (inside.length && this.isFolded(inside.at(-1))) {
      this.unfold(inside.at(-1));
      return;
    }
    if (cover) {
      this.fold(cover);
      return;
    }
    // Clicking a box of many again goes through its nodes.
    this.choose(inside.length ? inside[(inside.indexOf(this.chosen) + 1) % inside.length] : null);
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const there = event.target;
    const act = {
      ArrowLeft: () => this.go(this.k - 1),
      ArrowRight: () => this.go(this.k + 1),
      PageUp: () => this.go(this.k - 10),
      PageDown: () => this.go(this.k + 10),
      Home: () => this.go(0),
      End: () => this.go(this.steps.length),
      " ": () => this.play(),
    }[event.key];
    if (!act || there.matches("select, textarea")) return;
    if (there.id === "speed" && event.key !== " ") return;
    if (event.key === " " && there.matches("button, input[type=checkbox]")) return;
    event.preventDefault();
    act();
  }

  fragment() {
    const found = /^#step=(\d+)$/.exec(location.hash);
    return found ? Number(found[1]) : this.data.open;
  }

  say(text) {
    this.live.textContent = text;
    const note = document.getElementById("note");
    note.textContent = text;
    clearTimeout(this.noted);
    this.noted = setTimeout(() => (note.textContent = ""), 4000);
  }
}

// Keep the step in the address, where that is allowed: a frame without an origin has none.
let remembering = 0;
function remember(k) {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    try {
      history.replaceState(null, "", `#step=${k}`);
    } catch {
      // A sandboxed frame keeps its step to itself.
    }
  }, 200);
}

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
data.nodes.forEach((node, index) => (node.index = index));
data.steps = records(data.steps);
// The numbers of steps count from 1; a node has passed all on at the last that it is the node of.
const ends = new Map(data.steps.map((step, place) => [step.n, place]));
data.steps.forEach((step, place) => {
  step.k = place + 1;
  step.told = step.sentence;
  step.sentence = step.told.replaceAll(new RegExp(QUOTED, "g"), (_, k) => data.arrays[Number(k)].words);
  step.last = step.kind === "contribute" && ends.get(step.n) === place;
  const patterns = [step.formula, step.localFormula, step.substituted].filter(Boolean);
  step.latex = filled(patterns, step.pieces, latexQuotient);
  step.math = filled(patterns.map((pattern) => data.mathml[pattern]), step.pieces, mathQuotient);
});
const player = new Player(data);
