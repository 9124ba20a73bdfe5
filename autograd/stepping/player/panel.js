// The panel beside the picture: the step in words, formulas and numbers; the chosen node's story.

const LONG = 240; // characters of a sentence, as one with arrays in it has
const LONGEST = 24; // characters of a word that isn't broken, such as ∂L/∂a

// A sentence whose derivatives stay on one line each, and whose long arrays open at a click.
const told = (sentence) => sentence.split(QUOTED).flatMap((part, k) => {
  if (k % 2 === 0) return derivatives(part);
  const { words } = data.arrays[Number(part)];
  return words.length > SHORT ? opening(words) : words;
});

const derivatives = (text) => text.split(/(\S*∂\S*)/).map((word, k) =>
  k % 2 && word.length <= LONGEST ? element("span", { class: "whole" }, word) : word);

// The first numbers of an array and the last; at a click, all.
function opening(array) {
  const numbers = array.split(", ");
  const brief = `${numbers.slice(0, 2).join(", ")}, … ${numbers.at(-1)}`;
  const button = element("button", { type: "button", class: "more", "aria-expanded": "false",
    title: "Show all", onclick: () => {
      const open = button.getAttribute("aria-expanded") === "false";
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? array : brief;
    } }, brief);
  return button;
}

// Texts with arrays in words: the place of one is used again for other numbers.
const wordsOf = (texts) => Object.values(texts).map((text) => {
  const array = typeof text === "string" ? arrayOf(text) : null;
  return array ? [array.words, array.cells, array.top, array.spread] : text;
});

class Panel {
  constructor(root, data, player) {
    this.data = data;
    this.player = player;
    this.step = root.querySelector("#step");
    this.story = root.querySelector("#story");
    this.guess = new Guess(player);
    this.editor = null;
  }

  // Before the first step there is nothing but what the leaves hold.
  showStart() {
    this.stepShown = null;
    if (this.data.still) {
      this.step.replaceChildren(element("p", { class: "sentence" }, this.data.still),
        element("p", { class: "hint" }, "Click a box to open it. In Python, step(root) goes through all steps."));
      return;
    }
    this.step.replaceChildren(
      element("p", { class: "sentence" }, START),
      element("p", { class: "hint" }, "Press → to take a step, Space to play, or click a node."),
      element("p", { class: "hint" }, this.data.recording
        ? `This page is a recording: ${this.data.recording}.`
        : "Its numbers can be changed: drag one in the picture, or click it. What Python itself "
          + "decided while it ran, as an if does, stays as it was."),
    );
  }

  showStep(step, [first, last]) {
    const node = recording.nodes[step.n];
    const said = recording.tell(step);
    if (this.guess.hides(step)) {
      this.stepShown = null;
      this.step.replaceChildren(this.guess.form(step));
      return;
    }
    const ledger = step.kind === "compute" ? [] : this.ledgerRows(step);
    const place = [step.k, first, last, this.player.depth, levels.boxes];
    const texts = JSON.stringify([...place, wordsOf(said), ledger.map(([, text]) => text)]);
    if (texts === this.stepShown) return;
    this.stepShown = texts;
    this.step.replaceChildren(
      ...(first < last ? [this.inside(step, first, last)] : []),
      ...said.flags.map((flag) => element("p", { class: "flag" }, "⚠ ", flag)),
      element("p", { class: said.sentence.length > LONG ? "sentence long" : "sentence" },
        ...told(said.told)),
      ...(step.kind === "contribute" ? this.product(step, said) : []),
      this.formulas(said),
      ...(step.kind === "compute" ? [] : [this.ledger(step, said, ledger)]),
      this.where(node),
    );
  }

  // The steps that are inside one closed box, and the way into it.
  inside(step, first, last) {
    const { opens } = levels.find(step.n, this.player.depth);
    const name = opens.split("/").at(-1);
    return element("p", { class: "inside" }, `Steps ${first} to ${last} are inside ${name}. `,
      levels.has(opens) ? element("button", { type: "button", id: "inside",
        onclick: () => this.player.open(opens) }, "Go inside") : "");
  }

  // upstream × local derivative = contribution, a tile for each.
  product(step, said) {
    const target = recording.nodes[step.t];
    const node = recording.nodes[step.n];
    const tile = (role, number, what) =>
      element("div", { class: `tile ${role}` },
        element("span", { class: "role" }, role),
        element("b", { class: "number" }, numbers(number)),
        element("span", { class: "what" }, what));
    const sign = (text) => element("span", { class: "sign", "aria-hidden": "true" }, text);
    const tiles = element("div", { class: "tiles" },
      tile("upstream", said.upstream, `∂${this.data.root}/∂${node.name}`),
      sign("×"),
      tile("local", said.local, `∂${node.name}/∂${target.name}`),
      sign("="),
      tile("contribution", said.contribution, `to ∂${this.data.root}/∂${target.name}`));
    if ([said.upstream, said.local, said.contribution].some(arrayOf)) tiles.classList.add("arrays");
    return [tiles];
  }

  formulas({ formulas }) {
    const latex = formulas.map(([, found]) => found.latex).join(" \\\\\n");
    const copy = element("button", { class: "copy", type: "button", title: "Copy the LaTeX",
      onclick: () => this.copy(latex, copy) }, "Copy LaTeX");
    return element("section", { class: "formulas", "aria-label": "Formulas" },
      ...formulas.map(([label, found]) => formula(found.math, label)), copy);
  }

  async copy(text, button) {
    const done = (await written(text)) ? "Copied" : "Select and copy:";
    button.textContent = done;
    if (done !== "Copied") button.after(element("textarea", { class: "latex", readonly: true }, text));
    setTimeout(() => (button.textContent = "Copy LaTeX"), 1600);
  }

  // Every contribution to the target's gradient: its step, and its number as text.
  ledgerRows(step) {
    return recording.to[step.t].map((other) => {
      const { after, contribution } = recording.sum(other);
      return [other, inLine(numberText(other.kind === "accumulate" ? after : contribution))];
    });
  }

  // How the target's gradient adds up: every contribution to it, this one marked.
  ledger(step, said, listed) {
    const target = recording.nodes[step.t];
    const rows = listed.map(([other, number]) => {
      const from = other.kind === "contribute"
        ? `${recording.nodes[other.n].name}, operand ${other.operand}`
        : other.kind === "seed" ? "the start: ∂L/∂L".replaceAll("L", this.data.root)
        : "added to the .grad that was there";
      const state = other === step ? "now" : other.k < step.k ? "past" : "ahead";
      return element("li", { class: state, "aria-current": state === "now" ? "step" : null },
        element("button", { type: "button", onclick: () => this.player.go(other.k) }, from),
        element("span", { class: "number" }, state === "ahead" ? "pending" : number));
    });
    return element("section", { class: "ledger" },
      element("h2", {}, `Gradient of ${target.name}`),
      element("p", { class: "sum" },
        element("span", {}, inLine(said.before)), " + ",
        element("b", {}, inLine(said.contribution)), " → ",
        element("b", { class: "after" }, numbers(said.after))),
      element("ol", {}, ...rows));
  }

  where(node) {
    const list = element("dl", { class: "where" });
    const add = (term, text, role = "") =>
      text && list.append(element("dt", {}, term), element("dd", { class: role }, text));
    add("Region", node.region);
    add("Line", node.source, "source");
    add("Code", node.code, "code");
    add("Order", `${node.index + 1} of ${recording.nodes.length} in topological order`);
    return list;
  }

  showStory(index, stops) {
    const { live } = this.player;
    if (index !== this.editor?.n) this.editor = live?.isLeaf(index) ? new Editor(this.player, index) : null;
    if (index === null) {
      this.storyShown = null;
      this.story.replaceChildren(element("p", { class: "hint" },
        "Click a node, or choose one from the list, for its whole story and to stop there."));
      return;
    }
    const node = recording.nodes[index];
    const { player } = this;
    const latest = player.numbers(index);
    const sentences = recording.about[index].map((step) => this.guess.sentence(step));
    const place = [index, player.k, player.path, levels.boxes, stops.has(index)];
    const texts = JSON.stringify([...place, wordsOf(latest), sentences]);
    if (texts === this.storyShown && this.story.contains(this.editor?.root ?? this.story)) return;
    this.storyShown = texts;
    const stop = element("input", { type: "checkbox", id: "stop",
      onchange: (event) => player.setStop(index, event.target.checked) });
    stop.checked = stops.has(index);
    const steps = recording.about[index].map((step, k) => element("li",
      { class: step.k <= player.k ? "past" : "ahead" },
      element("button", { type: "button", onclick: () => player.go(step.k),
        "aria-current": step.k === player.k ? "step" : null },
        element("span", { class: "k" }, String(step.k)), sentences[k])));
    const fact = (term, text) => text
      ? [element("dt", {}, term), element("dd", {}, numbers(text))] : [];
    const about = element("dl", { class: "where" },
      ...fact("Data", latest.data), ...fact("Gradient", latest.grad),
      ...fact("Operation", node.doc), ...fact("Settings", node.settings),
      ...fact("Shape", node.shape), ...fact("Region", node.region), ...fact("Line", node.source));
    const actions = element("div", { class: "actions" },
      element("label", {}, stop, " Stop here"),
      element("button", { type: "button", id: "next-to", onclick: () => player.nextTo(index) },
        "Next contribution"),
      player.isClosed(index)
        ? element("button", { type: "button", id: "reveal", onclick: () => player.reveal(index) },
          "Open where it is")
        : null);
    const name = element("h2", {}, element("span", { class: "symbol" }, node.symbol || "leaf"), node.name);
    const list = element("ol", { class: "steps" }, ...steps);
    this.arrange(this.editor?.root ?? null, [name], [about, actions, list]);
  }

  // Scroll to what was chosen.
  bring() {
    (this.editor?.root ?? this.story.firstElementChild).scrollIntoView({ block: "nearest" });
  }

  // Put elements before and after the editor, which stays where it is, and keeps the focus.
  arrange(editor, before, after) {
    if (editor?.parentElement !== this.story) {
      this.story.replaceChildren(...before, ...(editor ? [editor] : []), ...after);
      return;
    }
    for (const other of [...this.story.children]) if (other !== editor) other.remove();
    editor.before(...before);
    editor.after(...after);
  }
}

// A sandboxed frame may be refused the clipboard: then the old way, and at last a text to select.
async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", {}, text);
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
