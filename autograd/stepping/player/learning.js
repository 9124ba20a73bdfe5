// Learning in the page: steps down the gradient, one by one or played, and the loss over them.

const LEARNING_SPEEDS = [2, 8, 30, 60]; // steps a second
const [TRACE_WIDE, TRACE_HIGH] = [140, 28];

// A number that a narrow field has room for: 5e-6, and not 0.000005.
const shortly = (x) => (x < 1e-4 ? x.toExponential() : String(x));

class Learning {
  constructor(player) {
    this.player = player;
    this.live = player.live;
    this.timer = null;
    this.rate = element("input", { type: "number", id: "rate", min: 0, step: "any",
      value: shortly(this.live.firstRate()) });
    const button = (id, text, act, label = null) =>
      element("button", { type: "button", id, "aria-label": label, onclick: act }, text);
    this.playing = button("train", "Train", () => this.train());
    this.speed = element("select", { id: "train-speed", "aria-label": "Steps a second" },
      ...LEARNING_SPEEDS.map((speed, k) => element("option", { value: k }, `${speed}/s`)));
    this.speed.value = "1";
    this.path = svgElement("path", { class: "curve" });
    this.trace = svgElement("svg", { viewBox: `0 0 ${TRACE_WIDE} ${TRACE_HIGH}`, class: "trace", role: "img" });
    this.trace.append(this.path);
    this.word = element("span", { class: "loss" });
    this.fixed = element("p", { class: "fixed", role: "status" });
    const bar = element("div", { class: "learning", role: "group", "aria-label": "Learning" },
      button("learn", "Gradient step", () => this.once()),
      element("label", {}, "rate ", this.rate), this.playing, this.speed, this.trace, this.word,
      button("undo", "Undo", () => this.undo()),
      button("rewind", "Rewind", () => this.rewind(), "Rewind to the saved numbers"),
      button("link", "Link", () => this.link(), "Copy a link with these numbers"), this.fixed);
    const wide = matchMedia("(min-width: 761px)"); // a phone has other things to show first
    const folded = element("details", { open: wide.matches }, element("summary", {}, "Learn"), bar);
    wide.addEventListener("change", () => (folded.open = wide.matches)); // a frame is narrow at first
    document.getElementById("learning").append(folded);
    this.renew();
  }

  // The rate, if it is a positive number.
  given() {
    const rate = Number(this.rate.value);
    if (rate > 0 && Number.isFinite(rate)) return rate;
    this.player.say("The rate must be a positive number.");
    return null;
  }

  once() {
    const rate = this.given();
    if (rate === null) return;
    this.live.begin();
    this.step(rate);
  }

  // One step; say whether all went well.
  step(rate) {
    this.live.learn(rate);
    const { start, loss } = this.live;
    const said = trouble(start, loss, rate / 10);
    if (said) this.player.say(said);
    return !said;
  }

  train() {
    if (this.timer !== null) {
      this.pause();
      return;
    }
    let rate = this.given();
    if (rate === null) return;
    this.live.begin();
    this.playing.textContent = "Pause";
    const tick = () => {
      rate = this.given() ?? rate;
      if (this.step(rate)) this.timer = setTimeout(tick, 1000 / LEARNING_SPEEDS[this.speed.value]);
      else this.pause();
    };
    this.timer = setTimeout(tick, 0);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.playing.textContent = "Train";
  }

  undo() {
    this.pause();
    if (!this.live.undo()) this.player.say("There is nothing to undo.");
  }

  rewind() {
    this.pause();
    this.live.rewind();
  }

  async link() {
    const { text, note } = this.live.link();
    if (note) this.player.say(note);
    else {
      const address = `${location.href.split("#")[0]}#${text}`;
      this.player.say((await written(address)) ? "The link is copied." : address);
    }
  }

  // The loss as it is now, and over the steps.
  renew() {
    const { trace, loss } = this.live;
    const name = recording.data.root;
    this.word.textContent = `${name} = ${numberText(loss)}`;
    this.fixed.textContent = this.live.fixedInWords();
    this.trace.setAttribute("aria-label", `${name} over ${trace.length - 1} steps`);
    this.trace.classList.toggle("none", trace.length < 2);
    const finite = trace.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const x = (k) => 2 + (k / Math.max(1, trace.length - 1)) * (TRACE_WIDE - 4);
    const y = (each) => TRACE_HIGH - 2 - ((each - low) / (high - low || 1)) * (TRACE_HIGH - 4);
    this.path.setAttribute("d", pathOf(trace.map((_, k) => k), trace, x, y));
  }
}
