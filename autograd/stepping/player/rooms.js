// Numbers in the room that they have: the label of a line grows, and what is longer still is
// squeezed, so that no text is printed over another.

const SURE = 7; // characters that there is room for everywhere
const GROWN = 44; // pixels that a line's label has room for
const BESIDE = 3; // pixels between a number and what is before it
const unfitted = new Set();

function writeText(text, words) {
  text.textContent = words;
  const label = text.parentNode.classList.contains("line-text");
  if (label || words.length > SURE || text.hasAttribute("textLength")) unfitted.add(text);
}

// Fit all texts that were written: first read all lengths, for each change makes a new layout.
function fitTexts() {
  const texts = [...unfitted].filter((text) => text.isConnected);
  unfitted.clear();
  for (const text of texts) text.removeAttribute("textLength");
  const fitted = texts.map((text) => [text, text.getComputedTextLength(), roomOfText(text)]);
  for (const [text, length, room] of fitted) {
    if (text.parentNode.classList.contains("line-text")) grow(text, Math.min(length, room));
    if (length <= room) continue;
    text.setAttribute("textLength", Math.max(1, room));
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
}

function roomOfText(text) {
  const group = text.parentNode;
  const frame = group.querySelector("rect");
  if (group.classList.contains("line-text")) return Math.max(GROWN, drawnWidth(frame) - 8);
  if (getComputedStyle(text).textAnchor !== "end") return Infinity;
  const [x, y] = placeOf(text);
  let before = frame ? Number(frame.getAttribute("x")) : -Infinity;
  for (const other of group.querySelectorAll("text")) {
    const [otherX, otherY] = placeOf(other);
    if (other === text || otherX >= x || Math.abs(otherY - y) > 6) continue;
    const end = getComputedStyle(other).textAnchor === "end" ? 0 : other.getComputedTextLength();
    before = Math.max(before, otherX + end);
  }
  return x - before - BESIDE;
}

const placeOf = (text) => ["x", "y"].map((name) => Number(text.getAttribute(name)));

const drawnWidths = new WeakMap();
function drawnWidth(frame) {
  if (!drawnWidths.has(frame)) drawnWidths.set(frame, Number(frame.getAttribute("width")));
  return drawnWidths.get(frame);
}

// Give the label of a line as wide a frame as its text has, around the same middle.
function grow(text, length) {
  const frame = text.parentNode.querySelector("rect");
  const width = Math.max(drawnWidth(frame), length + 8);
  const middle = Number(text.getAttribute("x"));
  frame.setAttribute("x", middle - width / 2);
  frame.setAttribute("width", width);
}
