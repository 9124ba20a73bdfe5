// The network: a picture of its activation for each unit, and a line for each weight, to be dragged.

const [THIN, THICK] = [0.8, 7];
const [GAP, TITLE_HIGH, LEFT, RIGHT] = [92, 40, 26, 26];
const NUDGE = 0.05; // of a weight, by an arrow key; ten times that by Page Up and Page Down

class NetworkView {
  constructor(page) {
    this.page = page;
    this.board = document.querySelector("#network .board");
    this.svg = svgElement("svg", { role: "group",
      "aria-label": "Weights and biases: left and right choose one, up and down change it" });
    this.tip = element("p", { class: "tip none", "aria-hidden": "true" });
    this.board.append(this.svg, this.tip);
    const { data } = page;
    const inputs = data.features.map((name, k) => ({ name, title: name, node: data.inputs[k], place: [0, k] }));
    this.columns = [inputs, ...data.columns.map((column, c) => column.a.map((node, j) =>
      ({ name: `${column.title} unit ${j}`, title: "", node, column, j, place: [c + 1, j] })))];
    this.units = this.columns.flat();
    this.handles = data.columns.flatMap((column, c) => column.w.flatMap((row, j) => [
      ...row.map((leaf, i) => ({ leaf, from: this.columns[c][column.sources[i]], to: this.columns[c + 1][j] })),
      ...(column.b[j] === null ? [] : [{ leaf: column.b[j], from: null, to: this.columns[c + 1][j] }]),
    ])).filter(({ leaf }) => page.learner.machine.kind[leaf] === -1);
    this.titles = ["inputs", ...data.columns.map(({ title }) => title)].map((title, c) =>
      element("p", { class: "column" }, title, element("span", { class: "hint" }, c ? data.columns[c - 1].activation : "")));
    this.board.append(...this.titles);
    this.handles.forEach((handle) => this.makeHandle(handle));
    this.units.forEach((unit) => this.makeUnit(unit));
    this.roving = 0;
    this.rove(0, false);
    this.layOut();
    new ResizeObserver(() => {
      this.layOut();
      this.drawLines();
    }).observe(this.board.parentElement);
  }

  makeUnit(unit) {
    unit.canvas = element("canvas", { width: 30, height: 30 });
    unit.text = element("span", { class: "value" });
    unit.slope = element("span", { class: "slope" });
    unit.button = element("button", { type: "button", class: "unit",
      onclick: () => this.page.open(unit),
      onpointerenter: () => this.page.point(unit),
      onpointerleave: () => this.page.point(null),
      onfocus: () => this.page.point(unit),
      onblur: () => this.page.point(null) }, unit.canvas);
    unit.label = element("span", { class: "name" }, unit.title);
    this.board.append(unit.button, unit.label, element("span", { class: "told" }, unit.text, unit.slope));
    unit.told = unit.text.parentElement;
  }

  makeHandle(handle) {
    handle.name = handle.from ? `weight from ${handle.from.name} to ${handle.to.name}` : `bias of ${handle.to.name}`;
    const shape = handle.from ? "path" : "circle";
    handle.line = svgElement(shape, { class: "weight" });
    handle.hit = svgElement(shape, { class: "hit", role: "spinbutton", "aria-label": handle.name, tabindex: -1 });
    this.svg.append(handle.line, handle.hit);
    let last = null;
    handle.hit.addEventListener("pointerdown", (event) => {
      handle.hit.setPointerCapture(event.pointerId);
      last = event.clientY;
      this.rove(this.handles.indexOf(handle));
      event.preventDefault();
    });
    handle.hit.addEventListener("pointermove", (event) => {
      if (last === null) return this.tell(handle);
      this.change(handle, ((last - event.clientY) * this.scale) / 100);
      last = event.clientY;
    });
    for (const end of ["pointerup", "pointercancel"]) handle.hit.addEventListener(end, () => { last = null; });
    handle.hit.addEventListener("pointerleave", () => this.tell(null));
    handle.hit.addEventListener("focus", () => this.tell(handle));
    handle.hit.addEventListener("blur", () => this.tell(null));
    handle.hit.addEventListener("keydown", (event) => this.key(event, handle));
  }

  // Make one handle the one that Tab comes to.
  rove(place, focus = true) {
    const count = this.handles.length;
    if (!count) return;
    this.handles[this.roving].hit.setAttribute("tabindex", -1);
    this.roving = (place + count) % count;
    const { hit } = this.handles[this.roving];
    hit.setAttribute("tabindex", 0);
    if (focus) hit.focus({ preventScroll: true });
  }

  key(event, handle) {
    const moves = { ArrowLeft: -1, ArrowRight: 1 };
    const turns = { ArrowUp: NUDGE, ArrowDown: -NUDGE, PageUp: 10 * NUDGE, PageDown: -10 * NUDGE };
    if (event.key in moves) this.rove(this.roving + moves[event.key]);
    else if (event.key in turns) this.change(handle, turns[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  change(handle, by) {
    const { data } = this.page.learner.machine;
    this.page.edit(handle.leaf, Number((data[handle.leaf] + by).toFixed(4)));
    this.tell(handle);
  }

  // Say what a parameter is, beside it, while it is pointed at or changed.
  tell(handle = this.told) {
    this.told = handle;
    this.tip.classList.toggle("none", !handle);
    if (!handle) return;
    const { hit, leaf, from } = handle;
    const at = hit.getPointAtLength(hit.getTotalLength() / 2);
    this.tip.textContent = `${from ? "w" : "b"} = ${numberText(this.page.learner.machine.data[leaf])}, ∂L/∂${from ? "w" : "b"} = ${this.page.slopeText(leaf)}`;
    move(this.tip, at.x, at.y);
  }

  // Places -------------------------------------------------------------------------------------

  layOut() {
    const most = Math.max(...this.columns.map((column) => column.length));
    const side = most > 8 ? 24 : most > 6 ? 34 : most > 4 ? 40 : 46;
    const pitch = side + 27;
    const names = Math.max(...this.columns[0].map(({ label }) => label.offsetWidth));
    const left = LEFT + names;
    const room = this.board.parentElement.clientWidth - left - RIGHT - side;
    const gap = Math.max(GAP, Math.min(210, room / (this.columns.length - 1)));
    const [wide, high] = [left + RIGHT + side + gap * (this.columns.length - 1), TITLE_HIGH + most * pitch];
    this.side = side;
    this.board.style.width = `${wide}px`;
    this.board.style.height = `${high}px`;
    for (const [name, number] of [["width", wide], ["height", high]]) this.svg.setAttribute(name, number);
    this.board.style.setProperty("--side", `${side}px`);
    this.columns.forEach((column, c) => {
      this.titles[c].style.left = `${left + side / 2 + gap * c}px`;
      column.forEach((unit, j) => {
        unit.x = left + gap * c;
        unit.y = TITLE_HIGH + (most * pitch - column.length * pitch) / 2 + j * pitch;
        move(unit.button, unit.x, unit.y);
        move(unit.told, unit.x + side / 2, unit.y + side + 1);
        move(unit.label, unit.x - 4, unit.y + side / 2);
      });
    });
    for (const { from, to, line, hit } of this.handles) {
      for (const mark of [line, hit]) {
        if (from) mark.setAttribute("d", this.curve(from, to));
        else {
          mark.setAttribute("cx", to.x - 3);
          mark.setAttribute("cy", to.y + side - 2);
        }
      }
    }
  }

  // From the middle of a unit's right side to the left side of the next one, spread over it.
  curve(from, to) {
    const count = to.column.w[to.j].length;
    const place = to.column.sources.indexOf(from.place[1]);
    const [x, y] = [from.x + this.side, from.y + this.side / 2];
    const [ex, ey] = [to.x, to.y + this.side * (0.12 + (0.7 * (place + 0.5)) / count)];
    const bend = (ex - x) * 0.45;
    return `M${x},${y}C${x + bend},${y} ${ex - bend},${ey} ${ex},${ey}`;
  }

  // Drawing ------------------------------------------------------------------------------------

  drawLines() {
    const { data } = this.page.learner.machine;
    const sizes = this.handles.filter(({ from }) => from).map(({ leaf }) => Math.abs(data[leaf]));
    this.scale = Math.max(...sizes.filter(Number.isFinite), 1e-6);
    for (const { leaf, from, line, hit } of this.handles) {
      const w = data[leaf];
      const share = Math.min(1, Math.abs(w) / this.scale) || 0;
      line.setAttribute("class", `weight ${w > 0 ? "more" : w < 0 ? "less" : w === 0 ? "zero" : "bad"}`);
      line.setAttribute(from ? "stroke-width" : "r", from ? THIN + (THICK - THIN) * share : 2.5 + 3.5 * share);
      hit.setAttribute("aria-valuenow", w);
      hit.setAttribute("aria-valuetext", numberText(w));
    }
    this.tell();
  }

  drawUnits(grid) {
    for (const { canvas, node } of this.units) put(canvas, grid.picture(node));
  }

  // The numbers of the chosen sample: what it is, and what has come back to it.
  drawNumbers() {
    const { learner, sample, opened } = this.page;
    for (const unit of this.units) {
      unit.text.textContent = sample === null ? "" : shortText(learner.machine.data[unit.node]);
      const slope = sample === null || !unit.column ? null : learner.machine.grad[unit.node];
      unit.slope.textContent = slope === null ? "" : `∂ ${shortText(slope)}`;
      const told = sample === null ? "" : `, ${numberText(learner.machine.data[unit.node])}${slope === null ? "" : `, gradient ${numberText(slope)}`}`;
      unit.button.setAttribute("aria-label", `${unit.name}${told}`);
      unit.button.setAttribute("aria-pressed", opened === unit);
    }
  }
}

function move(made, x, y) {
  made.style.left = `${x}px`;
  made.style.top = `${y}px`;
}
