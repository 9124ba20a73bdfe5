// Gestures: drag to move the picture, wheel and pinch for its size, a double click to fit it, and a
// swipe for a step.

const SLOP = 4; // pixels that a hand may tremble in a click
const SWIPE = 48; // pixels of a swipe at least
const WHEEL = 0.0015; // how much larger a pixel of the wheel makes the picture, as a logarithm
const LINE = 33; // pixels of a wheel's line
const DRAGGED = "input, select, textarea, dialog, .draggable, .loss-curve"; // by a finger, for themselves

class Gestures {
  constructor(player) {
    this.player = player;
    this.frame = player.frame;
    this.viewport = player.viewport;
    this.dragging = null;
    this.pinching = null;
    const on = (type, act, options) => this.frame.addEventListener(type, act, options);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.drag(event));
    for (const type of ["pointerup", "pointercancel"]) on(type, () => this.release());
    on("click", (event) => this.swallow(event), { capture: true });
    on("wheel", (event) => this.turn(event), { passive: false });
    on("dblclick", (event) => event.target.closest(".openable") ?? this.viewport.fit());
    on("touchstart", (event) => this.pinch(event), { passive: true });
    on("touchmove", (event) => this.pinch(event), { passive: false });
    document.addEventListener("touchstart", (event) => this.swipeFrom(event), { passive: true });
    document.addEventListener("touchend", (event) => this.swipeTo(event), { passive: true });
  }

  // Dragging: a finger scrolls by itself ---------------------------------------------------------

  press(event) {
    this.dragged = false;
    if (event.button !== 0 || event.pointerType === "touch") return;
    const { scrollLeft, scrollTop } = this.frame;
    this.dragging = { x: event.clientX, y: event.clientY, scrollLeft, scrollTop };
  }

  drag(event) {
    if (!this.dragging) return;
    const dx = event.clientX - this.dragging.x;
    const dy = event.clientY - this.dragging.y;
    if (!this.dragged && Math.hypot(dx, dy) > SLOP) {
      this.dragged = true;
      this.frame.setPointerCapture(event.pointerId);
      this.frame.classList.add("dragged");
    }
    if (!this.dragged) return;
    this.frame.scrollTo({ left: this.dragging.scrollLeft - dx, top: this.dragging.scrollTop - dy,
      behavior: "instant" });
  }

  release() {
    this.dragging = null;
    this.frame.classList.remove("dragged");
  }

  // The click that ends a drag is none.
  swallow(event) {
    if (this.dragged) event.stopPropagation();
    this.dragged = false;
  }

  // Size ----------------------------------------------------------------------------------------

  // In a notebook the wheel scrolls the notebook, until a click is made in the page.
  turn(event) {
    if (!event.ctrlKey && (event.shiftKey || !document.hasFocus())) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE : event.deltaY;
    const faster = event.ctrlKey ? 5 : 1; // a touchpad's pinch comes as a slow wheel
    this.zoom(Math.exp(-pixels * WHEEL * faster), event.clientX, event.clientY);
  }

  pinch(event) {
    if (event.touches.length !== 2) return;
    const [a, b] = event.touches;
    const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    if (event.type === "touchmove") {
      event.preventDefault();
      this.zoom(apart / this.pinching, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
    }
    this.pinching = apart;
  }

  // Make the picture larger, so that what is at a point of the screen stays there.
  zoom(factor, x, y) {
    const before = this.player.svg.getBoundingClientRect();
    this.viewport.zoom(factor);
    const after = this.player.svg.getBoundingClientRect();
    const share = { x: (x - before.left) / before.width, y: (y - before.top) / before.height };
    this.frame.scrollBy({ left: after.left + share.x * after.width - x,
      top: after.top + share.y * after.height - y, behavior: "instant" });
  }

  // Swiping: a step, where there is nothing to scroll ---------------------------------------------

  swipeFrom(event) {
    const [touch] = event.touches;
    const one = event.touches.length === 1 && !event.target.closest(DRAGGED);
    this.swiping = one && !scrolls(event.target) ? { x: touch.clientX, y: touch.clientY } : null;
  }

  swipeTo(event) {
    if (!this.swiping) return;
    const [touch] = event.changedTouches;
    const dx = touch.clientX - this.swiping.x;
    const dy = touch.clientY - this.swiping.y;
    this.swiping = null;
    if (Math.abs(dx) < SWIPE || Math.abs(dx) < 2 * Math.abs(dy)) return;
    if (dx < 0) this.player.forward();
    else this.player.back();
  }
}

// Whether something around an element can be scrolled to the left or right.
function scrolls(element) {
  for (let at = element; at; at = at.parentElement) {
    if (at.scrollWidth > at.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
  }
  return false;
}
