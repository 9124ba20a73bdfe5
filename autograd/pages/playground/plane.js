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
  }

  // From one side over paper to the other, for −1 to 1.
  diverging(share) {
    const strength = Math.min(1, Math.abs(share));
    return mixed(this.paper, this.sides[share > 0 ? 1 : 0], Number.isNaN(strength) ? 0 : strength);
  }
}

const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const mixed = (one, other, share) => one.map((c, k) => c + (other[k] - c) * share);
const css = (colour) => `rgb(${colour.map(Math.round).join(" ")})`;

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
    this.size = size;
    this.region = new ImageData(size, size);
    this.maps = units.map(() => new Float64Array(size * size));
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        learner.place(left + ((column + 0.5) / size) * (right - left), top - ((row + 0.5) / size) * (top - bottom));
        learner.machine.forward();
        const at = row * size + column;
        for (let u = 0; u < units.length; u++) this.maps[u][at] = numbers[units[u]];
        const best = data.classes.length ? learner.guess() : 0;
        paint(this.region, at, data.classes.length
          ? mixed(colours.paper, colours.classes[best], 0.18 + 0.5 * learner.certainty(best))
          : colours.diverging(0.8 * this.share(numbers[data.outputs[0]])));
      }
    }
  }

  // Where a number to be learnt is between the lowest and the highest, from −1 to 1.
  share(y) {
    return (y - this.middle) / this.reach;
  }

  // The picture of one unit, and the largest size of its activation.
  map(unit) {
    const numbers = this.maps[this.units.indexOf(unit)];
    const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const image = new ImageData(this.size, this.size);
    numbers.forEach((x, at) => paint(image, at, this.colours.diverging((0.85 * x) / (largest || 1))));
    return { image, range: extent(numbers) };
  }
}

const extent = (numbers) => numbers.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, -Infinity]);

function paint(image, at, colour) {
  for (let k = 0; k < 3; k++) image.data[4 * at + k] = colour[k];
  image.data[4 * at + 3] = 255;
}

// Draw an image over the whole of a canvas, smoothly.
function stretch(canvas, image) {
  const sheet = element("canvas", { width: image.width, height: image.height });
  sheet.getContext("2d").putImageData(image, 0, 0);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(sheet, 0, 0, canvas.width, canvas.height);
  return pen;
}

class Plane {
  constructor(page) {
    this.page = page;
    this.canvas = document.getElementById("plane");
    this.canvas.addEventListener("click", (event) => this.pick(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    const { features, limits } = page.data;
    const told = { across: features[0], up: features[1], left: limits[0][0], right: limits[0][1],
      bottom: limits[1][0], top: limits[1][1] };
    for (const [id, what] of Object.entries(told)) {
      document.getElementById(id).textContent = typeof what === "number" ? shortText(what) : what;
    }
  }

  draw(grid, unit) {
    const { page, canvas } = this;
    canvas.width = canvas.height = Math.round(SIDE * Math.max(1, devicePixelRatio));
    const found = unit === null ? null : grid.map(unit);
    const pen = stretch(canvas, found ? found.image : grid.region);
    const scale = canvas.width / SIDE;
    pen.scale(scale, scale);
    const size = page.data.x.length > 800 ? 2.6 : 4.2;
    page.data.x.forEach((_, k) => this.dot(pen, k, size, grid));
    if (page.sample !== null) this.ring(pen, page.sample, 10, 2.5);
    return found && found.range;
  }

  dot(pen, k, size, grid) {
    const { data, colours, learner } = this.page;
    const [x, y] = this.at(k);
    pen.beginPath();
    if (data.classes.length) SHAPES[data.y[k]](pen, x, y, size);
    else SHAPES[0](pen, x, y, size);
    pen.fillStyle = css(data.classes.length ? colours.classes[data.y[k]] : colours.diverging(grid.share(data.y[k])));
    pen.strokeStyle = css(data.classes.length ? colours.paper : colours.ink);
    pen.lineWidth = data.classes.length ? 1.2 : 0.6;
    pen.fill();
    pen.stroke();
    if (learner.wrong[k] && size > 3) this.ring(pen, k, 7, 1.1);
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

const shortText = (x) => numberText(Number(x.toPrecision(2)));
