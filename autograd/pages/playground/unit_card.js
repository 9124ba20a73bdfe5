// The card of a unit: its sum, term by term, with the numbers of the chosen sample.

class UnitCard {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("card");
  }

  // The weight whose field is being typed into, if one is.
  get isEdited() {
    return document.activeElement?.dataset?.leaf;
  }

  draw() {
    const { opened, sample } = this.page;
    const focus = this.isEdited;
    const parts = [this.sampleLine(), opened?.column ? this.table(opened) : this.invitation()];
    this.root.replaceChildren(...parts.filter(Boolean));
    if (focus) this.root.querySelector(`[data-leaf="${focus}"]`)?.focus({ preventScroll: true });
  }

  invitation() {
    return element("p", { class: "hint" },
      "Point at a unit to see what it makes of the plane, and press it for its sum. ",
      "Drag a line up or down to change its weight. Choose a sample to see its numbers in the network.");
  }

  sampleLine() {
    const { data, sample, learner } = this.page;
    if (sample === null) return null;
    const { machine } = learner;
    const truth = data.classes.length ? data.classes[data.y[sample]] : numberText(data.y[sample]);
    const outputs = data.outputs.map((node) => numberText(machine.data[node])).join(", ");
    return element("p", { class: "one" },
      `${data.features.map((name, k) => `${name} = ${numberText(data.x[sample][k])}`).join(", ")}; `,
      `${data.classes.length ? "class" : "target"} ${truth}. Output ${outputs}; loss `,
      element("b", {}, numberText(machine.data[machine.root])),
      data.classes.length ? (learner.guess() === data.y[sample] ? ", right." : `, wrong: it says ${data.classes[learner.guess()]}.`) : ".");
  }

  table(unit) {
    const { column, j } = unit;
    const { machine } = this.page.learner;
    const one = this.page.sample !== null;
    const before = this.page.view.columns[unit.place[0] - 1];
    const rows = column.w[j].map((leaf, i) => {
      const from = before[column.sources[i]];
      const x = machine.data[from.node];
      return this.row(from.name, leaf, one ? [numberText(x)] : [], one ? [numberText(x * machine.data[leaf])] : []);
    });
    if (column.b[j] !== null) {
      rows.push(this.row("bias", column.b[j], one ? [""] : [], one ? [numberText(machine.data[column.b[j]])] : []));
    }
    const heads = ["input", ...(one ? ["x"] : []), "w", ...(one ? ["w·x"] : []), one ? "∂L/∂w" : "∂L/∂w, mean"];
    const [z, a] = [column.z[j], column.a[j]];
    const slope = machine.grad;
    const activation = column.activation || "the sum itself";
    return element("div", {},
      element("h2", {}, unit.name),
      element("table", {},
        element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
        element("tbody", {}, ...rows)),
      element("p", {}, one
        ? `z = ${numberText(machine.data[z])}, a = ${numberText(machine.data[a])} (${activation}); `
        : `a is ${activation}.`,
      one ? element("span", { class: "slope" }, `∂L/∂z = ${numberText(slope[z])}, ∂L/∂a = ${numberText(slope[a])}`) : ""));
  }

  row(name, leaf, x, product) {
    const { machine } = this.page.learner;
    const field = element("input", { type: "number", step: "any", "data-leaf": leaf, "aria-label": `w of ${name}`,
      value: Number(machine.data[leaf].toPrecision(4)),
      onchange: () => {
        if (field.value.trim() === "" || !Number.isFinite(Number(field.value))) this.page.say("A weight needs a number.");
        else this.page.edit(leaf, Number(field.value));
      } });
    const cells = [...x, field, ...product, this.page.slopeText(leaf)];
    return element("tr", {}, element("th", { scope: "row" }, name),
      ...cells.map((cell, k) => element("td", { class: k === cells.length - 1 ? "slope" : false }, cell)));
  }
}
