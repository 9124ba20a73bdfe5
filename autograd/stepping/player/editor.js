// The editor of a leaf: its number to type, to slide and to drag, and the loss along it. Of a tensor,
// one of its elements is chosen.

const DRAG = 320; // pixels for all of a leaf's range

class Editor {
  constructor(player, n, chosen = 0) {
    this.player = player;
    this.live = player.live;
    this.n = n;
    this.node = recording.nodes[n];
    this.places = this.live.numbers.elements(n);
    this.leaf = this.places[chosen];
    this.around(this.live.saved.get(this.leaf));
    this.label = element("label", { for: "leaf" });
    this.field = element("input", { type: "number", step: "any", id: "leaf",
      onchange: () => this.typed() });
    this.slider = element("input", { type: "range", min: 0, max: 1, step: "any", id: "leaf-slider",
      onpointerdown: () => this.live.begin(), onkeydown: (event) => this.slid(event),
      oninput: () => this.give(this.at(Number(this.slider.value))) });
    this.curve = new Curve(this);
    const learns = element("input", { type: "checkbox", id: "learns",
      onchange: (event) => this.choose(event.target.checked) });
    learns.checked = this.live.learning.has(this.leaf);
    this.elements = this.places.length > 1 ? new ElementTable(this) : null;
    this.root = element("section", { class: "editor", "aria-label": `Change ${this.node.name}` },
      this.elements?.root ?? null,
      element("div", { class: "line" }, this.label, this.field,
        this.node.variable ? element("label", {}, learns, " learns") : ""),
      this.slider, this.curve.root);
    this.pick(chosen);
  }

  get name() {
    return this.live.numbers.nameOf(this.leaf);
  }

  // Take another element of the tensor.
  pick(chosen) {
    const leaf = this.places[chosen];
    if (leaf !== this.leaf) this.around(this.live.machine.data[leaf]);
    this.leaf = leaf;
    this.element = chosen;
    this.label.textContent = `${this.name} =`;
    this.slider.setAttribute("aria-label", `Slide ${this.name}`);
    this.renew();
  }

  // Follow the pointer to the left and the right with the number.
  follow(event, ended = () => {}) {
    const [start, share, surface] = [event.clientX, this.share(this.number), event.currentTarget];
    const listening = new AbortController();
    let begun = false;
    const move = (to) => {
      if (!begun) {
        this.live.begin();
        surface.setPointerCapture(event.pointerId); // so that the click that ends it comes here
      }
      begun = true;
      this.give(this.at(share + (to.clientX - start) / DRAG));
    };
    const stop = ({ type }) => {
      listening.abort();
      ended(begun && type === "pointerup");
    };
    for (const [type, act] of [["pointermove", move], ["pointerup", stop], ["pointercancel", stop]]) {
      surface.addEventListener(type, act, { signal: listening.signal });
    }
  }

  // The range of the slider and of the curve, around a number.
  around(number) {
    const middle = Number.isFinite(number) ? number : 0;
    const reach = Math.max(1, 2 * Math.abs(middle));
    [this.low, this.high] = [middle - reach, middle + reach];
  }

  at(share) {
    return this.low + share * (this.high - this.low);
  }

  share(number) {
    return (number - this.low) / (this.high - this.low);
  }

  get number() {
    return this.live.machine.data[this.leaf];
  }

  typed() {
    const number = this.field.value.trim() === "" ? NaN : Number(this.field.value);
    if (Number.isNaN(number)) {
      this.player.say(`${this.name} needs a number.`);
      this.renew();
      return;
    }
    this.live.begin();
    this.live.set(this.leaf, number);
  }

  // Arrow keys move the number a little, and not the step.
  slid(event) {
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];
    if (!keys.includes(event.key)) return;
    event.stopPropagation();
    this.live.begin();
    const less = ["ArrowLeft", "ArrowDown", "PageDown"].includes(event.key);
    const size = (this.high - this.low) / (event.key.startsWith("Page") ? 20 : 200);
    const ends = { Home: this.low, End: this.high };
    event.preventDefault();
    this.give(ends[event.key] ?? this.number + (less ? -size : size));
  }

  // A number that a hand points at is a round one.
  give(number) {
    this.live.set(this.leaf, Number(number.toPrecision(4)));
  }

  choose(on) {
    for (const leaf of this.places) {
      if (on) this.live.learning.add(leaf);
      else this.live.learning.delete(leaf);
    }
  }

  // Show the numbers as they are now.
  renew() {
    if (!(this.number >= this.low && this.number <= this.high) && Number.isFinite(this.number)) {
      this.around(this.number);
    }
    if (document.activeElement !== this.field || Number(this.field.value) !== this.number) {
      this.field.value = String(this.number);
    }
    this.slider.value = this.share(this.number);
    this.slider.setAttribute("aria-valuetext", numberText(this.number));
    this.elements?.renew();
    this.curve.renew();
  }
}
