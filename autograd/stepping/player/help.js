// The help: which keys there are, what a hand can do, and what colours and shapes mean.

const KEYS = [
  [["←", "→"], "one step back, one forward"],
  [["Page up", "Page down"], "ten steps"],
  [["Home", "End"], "the first step, the last"],
  [["Space"], "play, pause"],
  [["Enter"], "open the box that is in focus"],
  [["Esc"], "up to the level above"],
  [["/"], "search for a node"],
  [["F"], "full screen, where the host allows it"],
  [["?"], "this help"],
];
const HANDS = [
  ["Click on a box", "its story; what stands for many nodes is opened"],
  ["Drag", "move the picture"],
  ["Wheel, pinch", "larger or smaller, about the pointer"],
  ["Double click", "fit the picture into its frame"],
  ["Swipe", "one step, where there is nothing to scroll"],
];
const BOXES = [
  ["variable", "a variable: it gets a gradient"],
  ["constant", "a constant: it gets none"],
  ["operation", "an operation on numbers"],
  ["fold", "many nodes: a click opens them"],
  ["port", "what comes in, or goes out"],
];
const LINES = [
  ["--line", "", "an operand"],
  ["--constant-line", "4 3", "a constant operand"],
  ["--forward", "7 5", "this step, forward"],
  ["--backward", "7 5", "this step, backward: a gradient flows against the arrow"],
  ["--positive", "", "a weight above 0; the wider, the larger"],
  ["--negative", "", "a weight below 0"],
  ["--weight-gradient", "4 3", "the gradient of a weight"],
];

class Help {
  constructor(toolbar) {
    const close = element("button", { type: "button", onclick: () => this.dialog.close() }, "Close");
    this.dialog = element("dialog", { id: "help", "aria-labelledby": "help-title" },
      element("header", {}, element("h2", { id: "help-title" }, "Keys and colours"), close),
      element("div", { class: "columns" },
        section("Keys", KEYS.map(([keys, text]) => [keysOf(keys), text])),
        section("Mouse and fingers", HANDS),
        section("Boxes", [
          ...BOXES.map(([kind, text]) => [box(`var(--${kind}-fill)`, `var(--${kind}-stroke)`, kind === "constant"), text]),
          [box("none", "var(--now)", false, 3), "this step acts here"],
          [box("none", "var(--focus)"), "the chosen node"],
          [dot(), "a breakpoint: “Run to breakpoint” stops here"],
        ]),
        section("Lines", LINES.map(([ink, dashes, text]) => [stroke(ink, dashes), text]))));
    document.body.append(this.dialog);
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation()); // it isn't for the page
    // A click beside the dialog is on the dialog's own element, which has no room of its own.
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    toolbar.button("keys", "?", "Keys and colours (?)", () => this.dialog.showModal());
    document.getElementById("keys").setAttribute("aria-label", "Keys and colours");
    onKey("?", () => this.dialog.showModal());
  }
}

const section = (title, rows) => element("section", {}, element("h3", {}, title),
  element("dl", {}, ...rows.flatMap(([term, text]) =>
    [element("dt", {}, term), element("dd", {}, text)])));

const keysOf = (keys) => element("span", {}, ...keys.map((key) => element("kbd", {}, key)));

function swatch(shape) {
  const picture = svgElement("svg", { width: 40, height: 18, viewBox: "0 0 40 18", "aria-hidden": "true" });
  picture.append(shape);
  return picture;
}

const box = (fill, ink, dashed = false, pen = 1.6) => swatch(svgElement("rect", { x: 2, y: 2, width: 36, height: 14,
  rx: 4, style: `fill:${fill};stroke:${ink};stroke-width:${pen};stroke-dasharray:${dashed ? "4 3" : "none"}` }));
const stroke = (ink, dashes) => swatch(svgElement("path", { d: "M1 9H39",
  style: `stroke:var(${ink});stroke-width:3;stroke-dasharray:${dashes || "none"}` }));
const dot = () => swatch(svgElement("circle", { class: "dot", cx: 20, cy: 9, r: 6 }));
