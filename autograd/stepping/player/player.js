// The player: which step it is, which picture is in view, and the ways to get to others.

const READING = 100; // ms: texts beside the picture follow a dragged number not more often
const SPEEDS = [0.5, 1, 2, 4, 8, 16]; // steps a second
const START = "Nothing is computed yet: only the leaves hold numbers.";

class Player {
  constructor(data) {
    const by = (id) => document.getElementById(id);
    this.data = data;
    this.steps = recording.steps;
    this.k = 0;
    this.path = "";
    this.depth = 1;
    this.chosen = null;
    this.stops = new Set();
    this.timer = null;
    this.frame = by("picture");
    this.viewport = new Viewport(this.frame);
    this.panel = new Panel(by("panel"), data, this);
    this.slider = by("slider");
    this.counter = by("counter");
    this.phase = by("phase");
    this.announcer = by("live");
    this.list = by("nodes");
    for (const { index, name, symbol } of recording.nodes.filter((node) => node.variable)) {
      this.list.append(element("option", { value: index }, symbol ? `${name} (${symbol})` : name));
    }
    this.trail = by("trail");
    this.turner = by("turn");
    this.depths = by("depth");
    this.slider.max = this.steps.length;
    const forward = this.steps.filter((step) => step.kind === "compute").length;
    this.slider.style.setProperty("--split", `${(100 * forward) / this.steps.length}%`);
    this.nameDepths();
    this.live = recording.machine ? new Live(this, recording.machine) : null;
    this.learning = this.live ? new Learning(this) : null;
    this.controls = new Controls(this);
    this.open("");
    this.panel.showStory(null, this.stops);
    this.followLink(location.hash);
    if (data.chosen !== null) this.choose(data.chosen);
  }

  get svg() {
    return this.picture.svg;
  }

  // The last step whose numbers are seen: one that is to be guessed keeps its own.
  get seen() {
    return this.panel.guess.hides(this.steps[this.k - 1]) ? this.k - 1 : this.k;
  }

  // Getting there -----------------------------------------------------------------------------

  go(k) {
    this.k = Math.min(this.steps.length, Math.max(0, Math.round(k)));
    const step = this.steps[this.k - 1];
    if (step) this.view(levels.find(step.n, this.depth).path);
    this.show();
  }

  show() {
    const step = this.steps[this.k - 1];
    const total = this.steps.length;
    const phase = step ? (step.kind === "compute" ? "forward" : "backward") : "forward";
    this.svg.dataset.phase = phase;
    this.picture.show(this.seen);
    this.viewport.bring(this.picture.point(step).map((part) => part.g));
    if (step) this.panel.showStep(step, this.stride(this.k));
    else this.panel.showStart();
    if (this.chosen !== null) this.panel.showStory(this.chosen, this.stops);
    this.slider.value = this.k;
    this.counter.textContent = `${this.k} of ${total}`;
    this.phase.textContent = phase;
    this.phase.className = phase;
    document.body.dataset.step = this.k;
    this.tell(step, phase);
    remember(this);
    document.dispatchEvent(new CustomEvent("glass:step"));
  }

  // The step in words, for what reads aloud.
  tell(step, phase) {
    const sentence = step ? this.panel.guess.sentence(step) : START;
    const text = `Step ${this.k} of ${this.steps.length}, ${phase}: ${sentence}`;
    this.slider.setAttribute("aria-valuetext", text);
    if (this.timer === null) this.announcer.textContent = sentence; // too fast to read aloud in play
  }

  // Show other numbers at the same step: only what they change is written, and texts beside the
  // picture not more often than one can read.
  refresh() {
    const step = this.steps[this.k - 1];
    this.picture.show(this.seen);
    clearTimeout(this.reading);
    const now = performance.now();
    if (now - (this.readAt ?? -READING) >= READING) this.read(step, now);
    else this.reading = setTimeout(() => this.read(this.steps[this.k - 1], performance.now()), READING);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(step, this.phase.textContent), 300);
    remember(this);
  }

  read(step, now) {
    this.readAt = now;
    if (step) this.panel.showStep(step, this.stride(this.k));
    if (this.chosen !== null) this.panel.showStory(this.chosen, this.stops);
  }

  // Steps that are inside one closed box are one step: the first of them and the last.
  stride(k) {
    if (k === 0) return [0, 0];
    const keys = this.strideKeys();
    let [first, last] = [k, k];
    while (first > 1 && keys[first - 2] === keys[k - 1]) first -= 1;
    while (last < keys.length && keys[last] === keys[k - 1]) last += 1;
    return [first, last];
  }

  // For each step, the closed box that it is inside of, or the step itself.
  strideKeys() {
    const view = `${this.depth} ${levels.boxes}`;
    if (this.stridesOf !== view) {
      this.stridesOf = view;
      this.keys = this.steps.map((step) => {
        const { opens } = levels.find(step.n, this.depth);
        return opens === null ? step.k : `${opens} ${step.kind === "compute"}`;
      });
    }
    return this.keys;
  }

  forward() {
    this.go(this.k === this.steps.length ? this.k : this.stride(this.k + 1)[1]);
  }

  back() {
    this.go(this.k === 0 ? 0 : this.stride(this.k)[0] - 1);
  }

  // Run until a step that a test holds for, at least one step on; say whether there was one.
  run(test) {
    const found = this.steps.slice(this.k).find(test);
    this.go(found ? found.k : this.steps.length);
    return Boolean(found);
  }

  nextTo(index) {
    const found = recording.to[index].find((step) => step.k > this.k);
    if (found) this.go(found.k);
    else this.say(`No further contribution to ${recording.nodes[index].name} after this step.`);
  }

  runToStop() {
    if (!this.stops.size) {
      this.say("No breakpoint is set: click a node and tick “Stop here”.");
      return;
    }
    const found = this.run((step) => this.stopsAt(step));
    if (!found) this.say("No further breakpoint: this is the last step.");
  }

  stopsAt(step) {
    return this.stops.has(step.n) || this.stops.has(step.t);
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
      const end = this.stride(this.k + 1)[1];
      const stop = this.steps.slice(this.k, end).find((step) => this.stopsAt(step));
      this.go(stop ? stop.k : end);
      if (stop || this.k === this.steps.length) this.pause();
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

  // Levels ------------------------------------------------------------------------------------

  // Put the picture of a path in view, if it isn't there.
  view(path) {
    const level = levels.level(path);
    if (this.picture?.level === level) return;
    this.path = path;
    this.picture = new LevelPicture(levels, level, this.frame);
    this.picture.stop(this.stops);
    this.picture.choose(this.chosen);
    this.picture.fix(this.live?.fixed.nodes ?? new Set());
    for (const part of this.picture.parts) {
      for (const { cell } of part.texts) cell.classList.toggle("draggable", this.leafAt(part, cell) !== null);
    }
    this.showTrail();
    this.viewport.show(this.svg);
    document.dispatchEvent(new CustomEvent("glass:level"));
  }

  // Open a level: from then on the view goes with the steps at its depth.
  open(path) {
    if (!levels.has(path)) {
      this.say(`This page has no room for what is inside: draw(root, at="${path}") draws it.`);
      return;
    }
    if (path !== "" && levels.opener(path) === null) this.turn(true);
    this.depth = levels.depth(path);
    this.depths.value = Math.min(this.depth, this.depths.options.length);
    this.view(path);
    this.show();
  }

  // Open the level above; say whether there is one.
  up() {
    const above = levels.opener(this.path);
    if (above !== null) this.open(above);
    return above !== null;
  }

  // Follow the steps at a depth.
  follow(depth) {
    this.depth = depth;
    this.depths.value = depth;
    const step = this.steps[this.k - 1] ?? this.steps[0];
    this.view(levels.find(step.n, depth).path);
    this.show();
  }

  // Show levels as boxes and lines, or as in a textbook.
  turn(boxes) {
    levels.boxes = boxes;
    levels.openers = null;
    this.nameDepths();
  }

  turnAndShow(boxes) {
    const { path } = this;
    this.turn(boxes);
    this.picture = null;
    this.open(levels.opener(path) === null && path !== "" ? "" : path);
  }

  nameDepths() {
    const names = levels.depths();
    this.depths.replaceChildren(...names.map((name, k) => element("option", { value: k + 1 }, name)));
    this.depths.parentElement.hidden = names.length < 2;
    this.depths.value = this.depth;
  }

  showTrail() {
    const crumbs = levels.crumbs(this.path);
    const steps = crumbs.map(({ path, title }, k) => {
      const name = title || "all";
      return k === crumbs.length - 1
        ? element("li", {}, element("span", { "aria-current": "page" }, name))
        : element("li", {}, element("button", { type: "button", onclick: () => this.open(path) }, name));
    });
    this.trail.replaceChildren(element("ol", {}, ...steps));
    this.turner.hidden = levels.byPath.get(this.path).length < 2;
    this.turner.textContent = levels.boxes ? "As in a textbook" : "As boxes";
  }

  // Nodes -------------------------------------------------------------------------------------

  choose(index, element) {
    this.chosen = index;
    this.list.value = index === null ? "" : String(index);
    this.picture.choose(index);
    this.panel.showStory(index, this.stops);
    if (element !== undefined) this.panel.editor?.pick(element);
  }

  // Open the level on which a node has a part of its own, as far as there is one, and choose it.
  reveal(index) {
    const depth = levels.depths().length;
    const { path } = levels.find(index, depth);
    this.open(path);
    this.choose(index);
    this.viewport.bring(this.picture.partsOf(index).slice(0, 1).map((part) => part.g));
  }

  setStop(index, on) {
    if (on) this.stops.add(index);
    else this.stops.delete(index);
    this.picture.stop(this.stops);
  }

  // Whether a node's part in this picture is opened as a level of the page.
  isClosed(index) {
    return levels.has(levels.opens(this.picture.level, index));
  }

  // The data and the gradient of a node as they are seen at this step.
  numbers(index) {
    const { variable } = recording.nodes[index];
    const [first] = recording.to[index];
    const before = first ? recording.tell(first).before : NOTHING;
    return {
      data: recording.dataAt(index, this.seen) ?? "not computed yet",
      grad: variable ? (recording.gradientAt(index, this.seen) ?? before) : "",
    };
  }

  // The number that an element of the picture shows, if it does.
  numberAt(element) {
    return this.picture.partAt(element)?.texts.find(({ cell }) => cell === element);
  }

  // The leaf, and which element of it, whose number a text of a part is; null if it is none.
  leafAt(part, cell) {
    const found = this.live && part.opens === null && cell.closest("text") ? part.numberAt(cell) : null;
    return found && this.live.isLeaf(found[0]) ? found : null;
  }

  // Go to the step of an address, with the numbers that are in it.
  followLink(hash) {
    const asked = hash.slice(1);
    const [, step] = /(?:^|&)step=(\d+)(?:&|$)/.exec(asked) ?? [];
    const ignored = this.live ? this.live.follow(asked) : [];
    this.go(step === undefined ? this.data.open : Number(step));
    if (ignored.length) this.say(`The link has what isn't in this graph: ${ignored.join(", ")}.`);
  }

  // Show the numbers as they are now, in the next frame.
  renew() {
    this.renewing ??= requestAnimationFrame(() => this.renewed());
  }

  renewed() {
    this.renewing = null;
    this.refresh();
    this.picture.fix(this.live.fixed.nodes);
    this.panel.editor?.renew();
    this.learning.renew();
    document.dispatchEvent(new CustomEvent("glass:numbers"));
  }

  say(text) {
    this.announcer.textContent = text;
    const note = document.getElementById("note");
    note.textContent = text;
    clearTimeout(this.noted);
    this.noted = setTimeout(() => (note.textContent = ""), 4000);
  }
}

// Keep the step in the address, where that is allowed: a frame without an origin has none.
let remembering = 0;
function remember({ k, live }) {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    const numbers = live?.link().text ?? "";
    try {
      history.replaceState(null, "", `#${numbers}${numbers && "&"}step=${k}`);
    } catch {
      // A sandboxed frame keeps its step to itself.
    }
  }, 200);
}

const levels = new Levels(data);
const player = new Player(data);
