// The toolbar: what can be done with the page besides stepping, at the right of its header.

class Toolbar {
  constructor() {
    this.root = element("div", { class: "toolbar", role: "group", "aria-label": "Tools" });
    document.querySelector("header").append(this.root);
  }

  add(...elements) {
    this.root.append(...elements);
  }

  button(id, text, title, act) {
    this.add(element("button", { type: "button", id, title, onclick: act }, text));
  }
}

// Whether a key is meant for the page, and not for a field that is written in.
const isForPage = (event) => !(event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented
  || event.target.matches("select, textarea, input:not([type=range], [type=checkbox])")
  || document.querySelector("dialog[open]"));

function onKey(key, act) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== key || !isForPage(event)) return;
    event.preventDefault();
    act();
  });
}

// A source line without the folders: "nets.py:12".
const shortened = (source) => source.split(/[\\/]/).at(-1);

// The whole screen for the page, where its host allows that.
class FullScreen {
  constructor(toolbar) {
    if (!document.fullscreenEnabled) return;
    toolbar.button("whole-screen", "Full screen", "Full screen (F)", () => this.turn());
    onKey("f", () => this.turn());
    document.addEventListener("fullscreenchange", () => {
      document.getElementById("whole-screen").setAttribute("aria-pressed", String(this.on));
    });
  }

  get on() {
    return document.fullscreenElement !== null;
  }

  turn() {
    if (this.on) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  }
}
