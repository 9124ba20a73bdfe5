// Arrays of numbers that the page computes. A text such as #3 stands for one, as for a recorded one.

const [MAP_WIDE, MAP_HIGH, MAP_LEVELS] = [24, 16, 15]; // as page_arrays.py has them
const FULL = 64; // elements: a larger array isn't shown in full

class LiveArray {
  // `like` is the record of an array of the same shape.
  constructor(values, like) {
    this.values = values;
    this.like = like;
  }

  get dims() {
    return this.like.dims;
  }

  // Its place among the arrays of the page, as text.
  get text() {
    if (this.place === undefined || data.arrays[this.place]?.of !== this) {
      this.place = data.arrays.push(this.record()) - 1;
    }
    return `#${this.place}`;
  }

  record() {
    const { values, like } = this;
    const made = { dims: like.dims, of: this };
    if (like.spread) made.spread = spreadOf(values);
    if (values.length <= FULL) made.numbers = Array.from(values, numberText).join("\t");
    else Object.assign(made, mapOf(values, like.dims));
    prepare(made);
    return made;
  }

  with(values) {
    return new LiveArray(values, this.like);
  }
}

// The smallest, the mean and the largest, as autograd.reading.formatting has them.
function spreadOf(values) {
  const total = values.reduce((sum, x) => sum + x, 0);
  const mean = total / values.length;
  let [least, most, size] = [Infinity, -Infinity, 0];
  for (const x of values) {
    least = Number.isNaN(x) ? x : Math.min(least, x);
    most = Number.isNaN(x) ? x : Math.max(most, x);
    size = Math.max(size, Math.abs(x));
  }
  const noise = mean !== 0 && Math.abs(mean) <= 4 * EPS * size;
  return [numberText(least), noise ? "≈ 0" : numberText(mean), numberText(most)];
}

// The means of blocks as letters, from −top (a) to top (o).
function mapOf(values, dims) {
  const finite = Float64Array.from(values, (x) => (Number.isFinite(x) ? x : 0));
  const top = finite.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const length = dims.at(-1);
  const rows = startsOf(values.length / length, MAP_HIGH);
  const columns = startsOf(length, MAP_WIDE);
  let cells = "";
  for (let i = 0; i + 1 < rows.length; i += 1) {
    for (let j = 0; j + 1 < columns.length; j += 1) {
      let total = 0;
      for (let r = rows[i]; r < rows[i + 1]; r += 1) {
        for (let c = columns[j]; c < columns[j + 1]; c += 1) total += finite[r * length + c] / (top || 1);
      }
      const mean = total / ((rows[i + 1] - rows[i]) * (columns[j + 1] - columns[j]));
      cells += String.fromCharCode(97 + evenly(((mean + 1) / 2) * (MAP_LEVELS - 1)));
    }
  }
  return { cells, wide: columns.length - 1, top: numberText(top) };
}

const startsOf = (length, most) => {
  const count = Math.min(most, length);
  return Array.from({ length: count + 1 }, (_, k) => Math.trunc((k * length) / count));
};

// The nearest whole number; of two, the even one.
function evenly(x) {
  const below = Math.floor(x);
  if (x - below === 0.5) return below + (below % 2);
  return Math.round(x);
}

// Numbers and arrays together ------------------------------------------------------------------

// x as an array of these dims, by NumPy's rules of broadcasting.
function broadcast(x, dims) {
  const size = dims.reduce((product, length) => product * length, 1);
  if (!(isLiveArray(x))) return new Float64Array(size).fill(x);
  if (x.values.length === size) return x.values;
  const found = new Float64Array(size);
  const own = [...Array(dims.length - x.dims.length).fill(1), ...x.dims];
  for (let k = 0; k < size; k += 1) {
    let [rest, at, step] = [k, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      const place = rest % dims[axis];
      rest = (rest - place) / dims[axis];
      if (own[axis] > 1) at += place * step;
      step *= own[axis];
    }
    found[k] = x.values[at];
  }
  return found;
}

const largestOf = (x) => (isLiveArray(x)
  ? x.values.reduce((most, each) => (Number.isNaN(each) ? each : Math.max(most, Math.abs(each))), 0)
  : Math.abs(x));

// An array with zeros for rounding noise; null if there is none in it.
function quieted(x, terms) {
  const rows = terms.map((each) => broadcast(each, x.dims));
  let any = false;
  const values = x.values.map((each, k) => {
    const noisy = isNoisy(each, rows.map((row) => row[k]));
    any ||= noisy;
    return noisy ? 0 : each;
  });
  return any ? x.with(values) : null;
}
