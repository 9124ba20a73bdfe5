// The code: the user's lines that made the nodes, with the one of this step marked.

class Code {
  constructor(player) {
    this.player = player;
    this.lines = linesOf(recording.nodes);
    if (!this.lines.length) return;
    const list = element("ol", {});
    const files = new Set(this.lines.map((line) => line.path));
    let before = null;
    for (const line of this.lines) {
      if (line.path !== before?.path && files.size > 1) list.append(element("li", { class: "file" }, line.file));
      else if (before && line.number > before.number + 1) list.append(element("li", { class: "gap" }, "…"));
      line.item = element("li", {}, element("button", { type: "button", title: "Go to its first step",
        onclick: () => this.go(line) },
        element("span", { class: "k" }, String(line.number)), element("code", {}, line.code)));
      list.append(line.item);
      before = line;
    }
    this.lineOf = new Map(this.lines.flatMap((line) => line.nodes.map((index) => [index, line])));
    this.root = element("details", { id: "code", open: true },
      element("summary", {}, files.size > 1 ? "Code" : `Code of ${this.lines[0].file}`), list);
    document.getElementById("step").after(this.root);
    document.addEventListener("glass:step", () => this.mark());
    this.mark();
  }

  go(line) {
    const step = this.player.steps.find(({ n }) => line.nodes.includes(n));
    if (step) this.player.go(step.k);
  }

  mark() {
    const step = this.player.steps[this.player.k - 1];
    const line = step && this.lineOf.get(step.n);
    if (line === this.marked) return;
    this.marked?.item.removeAttribute("aria-current");
    this.marked = line;
    if (!line) return;
    line.item.setAttribute("aria-current", "step");
    const list = this.root.querySelector("ol"); // scrolled by itself, so that the panel stays
    const middle = line.item.offsetTop - (list.clientHeight - line.item.clientHeight) / 2;
    list.scrollTo({ top: middle, behavior: "instant" });
  }
}

// The lines in the order of their files: "nets.py:12", or "Cell In[3], line 12".
function linesOf(nodes) {
  const byPlace = new Map();
  nodes.forEach(({ source, code }, index) => {
    const [, file, number] = /^(.*?)(?:, line |:)(\d+)$/.exec(source) ?? [];
    if (!code || number === undefined) return;
    if (!byPlace.has(source)) {
      const line = { file: shortened(file), path: file, number: Number(number), code, nodes: [] };
      byPlace.set(source, line);
    }
    byPlace.get(source).nodes.push(index);
  });
  const first = new Map([...byPlace.values()].reverse().map((line) => [line.path, line.nodes[0]]));
  return [...byPlace.values()].sort((a, b) =>
    first.get(a.path) - first.get(b.path) || a.number - b.number);
}
