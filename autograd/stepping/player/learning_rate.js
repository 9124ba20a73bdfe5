// The rate of gradient descent: one to begin with, and what is said where one is too high.

const FIRST_STEP = 0.1; // the share of the loss that the first step takes away, to first order

function sensibleRate(loss, slopes, largest) {
  const square = slopes.reduce((sum, slope) => sum + slope * slope, 0);
  const rate = (FIRST_STEP * Math.max(Math.abs(loss), 1e-3)) / square;
  if (!(rate > 0) || !Number.isFinite(rate)) return FIRST_STEP;
  return Math.min(largest, oneDigit(rate));
}

const oneDigit = (x) => Number(x.toPrecision(1));

// A plain word where the loss diverges from what it was at first; empty where it doesn't.
function trouble(first, loss, lowerRate) {
  if (!Number.isFinite(first)) return "";
  const bad = Number.isNaN(loss) || loss === Infinity;
  if (!bad && !(loss > 10 * Math.abs(first) + 1)) return "";
  const now = bad ? "is no number any more" : `grew from ${numberText(first)} to ${numberText(loss)}`;
  return `The loss ${now}: the rate is too high. Rewind, and try ${oneDigit(lowerRate)}.`;
}
