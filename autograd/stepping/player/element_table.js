// The elements of a tensor, of which one is chosen to be edited.

const MOST_CELLS = 64; // of a larger tensor, an element is chosen by its index

class ElementTable {
  constructor(editor) {
    this.editor = editor;
    this.dims = dimsOf(editor.node);
    const name = `Elements of ${editor.node.name}`;
    this.cells = [];
    if (editor.places.length > MOST_CELLS) {
      this.fields = this.dims.map((length, axis) => element("input", { type: "number", min: 0,
        max: length - 1, value: 0, "aria-label": `Index along axis ${axis}`, onchange: () => this.index() }));
      this.root = element("p", { class: "elements", role: "group", "aria-label": name }, "element ", ...this.fields);
      return;
    }
    this.cells = [...editor.places].map((_, k) => element("button", { type: "button",
      "aria-label": elementName(editor.node, k),
      onclick: () => editor.pick(k), onpointerdown: (event) => this.grabbed(k, event) }));
    const rows = lines(this.cells, this.dims.at(-1));
    this.root = element("div", { class: "elements", role: "group", "aria-label": name },
      ...rows.map((row) => element("div", {}, ...row)));
  }

  grabbed(k, event) {
    if (event.button !== 0) return;
    this.editor.pick(k);
    this.editor.follow(event);
  }

  // Choose the element that the fields say.
  index() {
    const { dims } = this;
    const place = this.fields.map((field, axis) =>
      Math.min(dims[axis] - 1, Math.max(0, Math.trunc(Number(field.value)) || 0)));
    this.editor.pick(place.reduce((flat, k, axis) => flat * dims[axis] + k, 0));
  }

  renew() {
    const { editor } = this;
    this.fields?.forEach((field, axis) => {
      const index = placeIn(this.dims, editor.element)[axis];
      if (Number(field.value) !== index) field.value = index;
    });
    this.cells.forEach((cell, k) => {
      const text = numberText(editor.live.machine.data[editor.places[k]]);
      if (cell.textContent !== text) cell.textContent = text;
      cell.setAttribute("aria-pressed", String(k === editor.element));
    });
  }
}
