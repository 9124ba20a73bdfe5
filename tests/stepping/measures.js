// Measures the picture in view, from bounding boxes in its own coordinates.
() => {
  const inkOf = (text) => {
    const box = text.getBBox();
    const size = Number.parseFloat(getComputedStyle(text).fontSize);
    const base = Number(text.getAttribute("y"));
    return { said: text.textContent, group: text.closest("g[id]"), size,
      left: box.x, right: box.x + box.width, top: base - 0.78 * size, bottom: base + 0.22 * size };
  };

  const isSeen = (element) => {
    const { opacity, display } = getComputedStyle(element);
    return opacity !== "0" && display !== "none";
  };

  const texts = () => [...player.svg.querySelectorAll("text")]
    .filter((text) => text.textContent && isSeen(text.closest("g[id]"))).map(inkOf);

  // The frame of what a text belongs to: images have their words beside them.
  const frameOf = (group) => {
    const boxes = [...group.querySelectorAll(":scope > rect")].map((rect) => rect.getBBox());
    if (!boxes.length || /map|weight-image|legend/.test(group.getAttribute("class"))) return null;
    return { left: Math.min(...boxes.map((box) => box.x)), top: Math.min(...boxes.map((box) => box.y)),
      right: Math.max(...boxes.map((box) => box.x + box.width)),
      bottom: Math.max(...boxes.map((box) => box.y + box.height)) };
  };

  const isWithin = (ink, frame) => ink.left >= frame.left - 1 && ink.right <= frame.right + 1
    && ink.top >= frame.top - 1 && ink.bottom <= frame.bottom + 1;

  // What is printed over something else, beyond its box or beyond the picture.
  const collisions = () => {
    const found = texts().sort((a, b) => a.left - b.left);
    const { width, height } = player.svg.viewBox.baseVal;
    const sheet = { left: -8, top: -8, right: width - 8, bottom: height - 8 };
    const where = `${player.path || "top"} (${player.picture.level.kind}), step ${player.k}`;
    const bad = [];
    found.forEach((a, n) => {
      for (const b of found.slice(n + 1)) {
        if (b.left >= a.right - 1) break;
        if (Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) bad.push(`${where}: ${a.said} over ${b.said}`);
      }
      const frame = frameOf(a.group);
      if (!isWithin(a, sheet)) bad.push(`${where}: ${a.said} beyond the picture`);
      if (frame && !isWithin(a, frame)) bad.push(`${where}: ${a.said} beyond its box`);
    });
    return bad;
  };

  // What of a step can't be seen: of what is larger than the frame, a part is enough.
  const outOfView = () => {
    const step = player.steps[player.k - 1];
    if (!step) return [];
    const frame = player.frame.getBoundingClientRect();
    const isInView = (g) => {
      const box = g.getBoundingClientRect();
      const [wide, high] = [Math.min(box.width, frame.width - 48), Math.min(box.height, frame.height - 48)];
      const across = Math.min(box.right, frame.right) - Math.max(box.left, frame.left);
      const down = Math.min(box.bottom, frame.bottom) - Math.max(box.top, frame.top);
      return across >= wide - 1 && down >= high - 1;
    };
    const isTouched = (g) => {
      const box = g.getBoundingClientRect();
      return box.right > frame.left && box.left < frame.right && box.bottom > frame.top && box.top < frame.bottom;
    };
    const where = `${player.path || "top"} (${player.picture.level.kind}), step ${player.k}`;
    const acting = player.picture.partsOf(step.n).map((part) => part.g);
    const lines = (player.picture.linesOf.get(step.k) ?? []).map((line) => line.elements[0]);
    const bad = [];
    if (!acting.some(isInView)) bad.push(`${where}: what acts`);
    if (lines.length && !lines.some(isTouched)) bad.push(`${where}: its line`);
    return bad;
  };

  // Go through the steps at all depths, in both kinds of picture; through some 100 of many.
  const throughAll = (measure) => {
    const found = [];
    const stride = Math.ceil(player.steps.length / 100);
    for (const boxes of levels.byPath.get("").length > 1 ? [false, true] : [levels.boxes]) {
      player.turnAndShow(boxes);
      player.open("");
      for (let depth = 1; depth <= levels.depths().length; depth += 1) {
        player.follow(depth);
        for (let k = 0; k <= player.steps.length; k += stride) {
          player.go(k);
          found.push(...measure());
        }
      }
    }
    return found;
  };

  // Open all levels at the last step.
  const onEachLevel = (measure) => {
    const found = [];
    player.go(player.steps.length);
    for (const boxes of levels.byPath.get("").length > 1 ? [false, true] : [levels.boxes]) {
      player.turnAndShow(boxes);
      for (const path of levels.byPath.keys()) {
        player.view(path);
        player.show();
        found.push(...measure());
      }
    }
    return found;
  };

  // Give all leaves numbers, in turn; say whether the page computes.
  const edit = (numbers) => {
    const { machine } = recording;
    machine?.leaves.forEach((leaf, k) => machine.set(leaf, numbers[k % numbers.length]));
    player.live?.compute();
    return Boolean(machine);
  };

  const least = () => [Math.min(...texts().map(({ size }) => size * player.viewport.scale))];
  const width = () => [player.svg.viewBox.baseVal.width / player.frame.clientWidth];
  window.measured = { collisions, outOfView, throughAll, onEachLevel, edit, least, width };
}
