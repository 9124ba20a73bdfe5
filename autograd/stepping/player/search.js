// The search: finds nodes by name, operation, region or source line, and opens where they are.

const MOST_HITS = 30;

class Search {
  constructor(player, toolbar) {
    this.player = player;
    this.input = element("input", { type: "search", id: "search", role: "combobox",
      placeholder: "Search nodes", title: "Search (/)", autocomplete: "off", spellcheck: "false",
      "aria-label": "Search nodes", "aria-controls": "hits", "aria-expanded": "false",
      "aria-autocomplete": "list" });
    this.list = element("ul", { id: "hits", role: "listbox", "aria-label": "Nodes found" });
    toolbar.add(element("div", { class: "search" }, this.input, this.list));
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("focusout", () => this.close());
    // Before the field loses the focus, and the list is closed.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
    onKey("/", () => this.input.focus());
    this.close();
  }

  // The nodes with all words somewhere in what is known of them, those with such names first.
  find(words) {
    this.known ??= recording.nodes.map((node, index) => {
      const { name, symbol, doc, region, source, code } = node;
      const made = `${name} ${symbol} ${doc.split(":")[0]} ${region}`.toLowerCase();
      const all = `${made} ${source} ${code.toLowerCase()}`;
      return { index, node, name: name.toLowerCase(), made, all };
    });
    const inAll = (text) => words.every((word) => text.includes(word));
    const rank = ({ name, made }) =>
      [name === words[0], name.startsWith(words[0]), inAll(name), inAll(made), true].indexOf(true);
    return this.known
      .filter(({ all }) => inAll(all))
      .map((found) => ({ ...found, rank: rank(found) }))
      .sort((a, b) => a.rank - b.rank || a.index - b.index);
  }

  look() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) {
      this.close();
      return;
    }
    const hits = this.find(words);
    const shown = hits.slice(0, MOST_HITS).map(({ index, node }, k) =>
      element("li", { role: "option", id: `hit${k}`, "data-index": index, "aria-selected": "false" },
        element("span", { class: "symbol" }, node.symbol || "leaf"),
        element("b", {}, node.name),
        element("span", { class: "place" }, [node.region, shortened(node.source)].filter(Boolean).join(" · "))));
    const more = hits.length - shown.length;
    const rest = hits.length === 0 ? "Nothing found." : more > 0 ? `… and ${more} more` : "";
    this.list.replaceChildren(...shown,
      rest && element("li", { role: "option", class: "rest", "aria-disabled": "true" }, rest));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.select(shown.length ? 0 : -1);
  }

  get options() {
    return [...this.list.querySelectorAll("[data-index]")];
  }

  select(place) {
    this.place = place;
    this.options.forEach((option, k) => option.setAttribute("aria-selected", String(k === place)));
    const option = this.options[place];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  pressed(event) {
    const count = this.options.length;
    const act = {
      ArrowDown: () => this.select(Math.min(this.place + 1, count - 1)),
      ArrowUp: () => this.select(Math.max(this.place - 1, 0)),
      Enter: () => this.take(this.options[this.place]),
      Escape: () => this.leave(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  take(option) {
    if (!option?.dataset.index) return;
    this.leave();
    this.player.reveal(Number(option.dataset.index));
  }

  leave() {
    this.input.value = "";
    this.input.blur();
  }

  close() {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
