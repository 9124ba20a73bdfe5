// The plane of the two features: regions or a unit's activation behind, samples before.

const COARSE = 40; // points along a side while it learns
const FINE_GRID = 100;
const SIDE = 300; // in CSS pixels
const NEAR = 14; // a click so near chooses a sample

// Colours of the theme as numbers, which follow light and dark.
class Colours {
  constructor(classes) {
    this.given = classes;
    this.read();
  }

  read() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => channels(style.getPropertyValue(`--${name}`).trim());
    this.paper = of("card");
    this.ink = of("ink");
    this.sides = [of("negative"), of("positive")];
    this.classes = this.given.length ? this.given.map(channels) : this.sides;
    // Of pixels: from one side over paper to the other; and from paper to each class.
    this.across = ramp((share) => this.diverging(2 * share - 1));
    this.deeper = this.classes.map((colour) => ramp((share) => mixed(this.paper, colour, 0.18 + 0.5 * share)));
  }

  diverging(share) {
    return mixed(this.paper, this.sides[share > 0 ? 1 : 0], 0.85 * Math.min(1, Math.abs(share)));
  }
}

const LEVELS = 512;
const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const mixed = (one, other, share) => one.map((c, k) => c + (other[k] - c) * share);
const css = (colour) => `rgb(${colour.map(Math.round).join(" ")})`;

// Pixels for shares from 0 to 1, as ImageData has them.
function ramp(colourAt) {
  const pixels = new Uint8ClampedArray(4 * LEVELS);
  for (let k = 0; k < LEVELS; k++) pixels.set([...colourAt(k / (LEVELS - 1)), 255], 4 * k);
  return new Uint32Array(pixels.buffer);
}

const pixel = (table, share) => table[Math.round((LEVELS - 1) * Math.min(1, Math.max(0, share)))] ?? table[LEVELS / 2];

function imageOf(size, pixelAt) {
  const image = new ImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < pixels.length; at++) pixels[at] = pixelAt(at);
  return image;
}

// What the model makes of a grid over the plane: a colour for each point, and each unit's activation.
class Grid {
  constructor(learner, colours) {
    Object.assign(this, { learner, colours });
    const { data } = learner;
    this.units = [...data.inputs, ...data.columns.flatMap((column) => column.a)];
    const [low, high] = extent(data.y);
    this.middle = (low + high) / 2;
    this.reach = (high - low) / 2 || 1;
  }

  compute(size) {
    const { learner, units, colours } = this;
    const { data } = learner;
    const numbers = learner.machine.data;
    const [[left, right], [bottom, top]] = data.limits;
    this.maps = units.map(() => new Float64Array(size * size));
    this.size = size;
    this.region = imageOf(size, (at) => {
      const [row, column] = [Math.floor(at / size), at % size];
      learner.place(left + ((column + 0.5) / size) * (right - left), top - ((row + 0.5) / size) * (top - bottom));
      learner.machine.forward();
      for (let u = 0; u < units.length; u++) this.maps[u][at] = numbers[units[u]];
      if (!data.classes.length) return pixel(colours.across, (1 + this.share(numbers[data.outputs[0]])) / 2);
      const best = learner.guess();
      return pixel(colours.deeper[best], learner.certainty(best));
    });
  }

  // Where a number to be learnt is between the lowest and the highest, from −1 to 1.
  share(y) {
    return (y - this.middle) / this.reach;
  }

  // From where to where the activation of a unit goes.
  range(unit) {
    return extent(this.maps[this.units.indexOf(unit)]);
  }

  // The picture of a unit: its activation, on a scale of its own.
  picture(unit) {
    const numbers = this.maps[this.units.indexOf(unit)];
    const largest = Math.max(...extent(numbers).map(Math.abs)) || 1;
    return imageOf(this.size, (at) => pixel(this.colours.across, (1 + numbers[at] / largest) / 2));
  }
}

function extent(numbers) {
  let [low, high] = [Infinity, -Infinity];
  for (const x of numbers) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

// Put an image into a canvas, which the page shows larger.
function put(canvas, image) {
  if (canvas.width !== image.width) canvas.width = canvas.height = image.width;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

class Plane {
  constructor(page) {
    this.page = page;
    this.canvas = document.getElementById("plane");
    this.canvas.addEventListener("click", (event) => this.pick(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    const { features, limits, y } = page.data;
    this.many = y.length > 800; // then dots are small, and none is ringed
    const told = { across: features[0], up: features[1], left: limits[0][0], right: limits[0][1],
      bottom: limits[1][0], top: limits[1][1] };
    for (const [id, what] of Object.entries(told)) {
      document.getElementById(id).textContent = typeof what === "number" ? shortText(what) : what;
    }
  }

  draw(grid, unit) {
    const { page, canvas } = this;
    const scale = Math.max(1, devicePixelRatio);
    canvas.width = canvas.height = Math.round(SIDE * scale);
    const sheet = element("canvas");
    put(sheet, unit === null ? grid.region : grid.picture(unit));
    const pen = canvas.getContext("2d");
    pen.scale(canvas.width / SIDE, canvas.width / SIDE);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(sheet, 0, 0, SIDE, SIDE);
    if (this.scale !== scale) this.drawDots(scale);
    pen.drawImage(this.dots, 0, 0, SIDE, SIDE);
    if (!this.many) page.learner.wrong.forEach((wrong, k) => wrong && this.ring(pen, k, 6.5, 0.9));
    if (page.sample !== null) this.ring(pen, page.sample, 10, 2.5);
  }

  // The samples, which stay where they are.
  drawDots(scale) {
    const { data, colours } = this.page;
    this.scale = scale;
    this.dots = element("canvas", { width: SIDE * scale, height: SIDE * scale });
    const pen = this.dots.getContext("2d");
    pen.scale(scale, scale);
    pen.lineWidth = data.classes.length ? 1.2 : 0.6;
    pen.strokeStyle = css(data.classes.length ? colours.paper : colours.ink);
    data.y.forEach((y, k) => {
      pen.beginPath();
      SHAPES[data.classes.length ? y : 0](pen, ...this.at(k), this.many ? 2.6 : 4.2);
      pen.fillStyle = css(data.classes.length ? colours.classes[y] : colours.diverging(this.page.grid.share(y)));
      pen.fill();
      pen.stroke();
    });
  }

  ring(pen, k, size, width) {
    const [x, y] = this.at(k);
    pen.beginPath();
    pen.arc(x, y, size, 0, 7);
    pen.strokeStyle = css(this.page.colours.ink);
    pen.lineWidth = width;
    pen.stroke();
  }

  at(k) {
    const { x, limits } = this.page.data;
    const [[left, right], [bottom, top]] = limits;
    return [((x[k][0] - left) / (right - left)) * SIDE, ((top - x[k][1]) / (top - bottom)) * SIDE];
  }

  pick(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top].map((c) => (c / box.width) * SIDE);
    let [nearest, least] = [null, NEAR];
    this.page.data.x.forEach((_, k) => {
      const [a, b] = this.at(k);
      const far = Math.hypot(a - x, b - y);
      if (far < least) [nearest, least] = [k, far];
    });
    this.page.choose(nearest);
  }

  key(event) {
    const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const { count } = this.page.learner;
    if (event.key in moves) {
      const from = this.page.sample ?? (moves[event.key] > 0 ? -1 : 0);
      this.page.choose((from + moves[event.key] + count) % count);
    } else if (event.key === "Escape") this.page.choose(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const polygon = (corners, first) => (pen, x, y, size) => {
  for (let k = 0; k < corners; k++) {
    const angle = first + (2 * Math.PI * k) / corners;
    pen.lineTo(x + 1.25 * size * Math.cos(angle), y + 1.25 * size * Math.sin(angle));
  }
  pen.closePath();
};
const SHAPES = [
  (pen, x, y, size) => pen.arc(x, y, size, 0, 7),
  polygon(4, Math.PI / 4),
  polygon(3, -Math.PI / 2),
  polygon(4, 0),
  polygon(3, Math.PI / 2),
  polygon(5, -Math.PI / 2),
];

const shortText = (x) => numberText(Number(x.toPrecision(2))).replace(/\.0$/, "");
