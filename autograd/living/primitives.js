// What rules need and Math lacks. A page has those that its rules name, each from its line
// "function" to the line "}"; a comment stays here. Names begin with p_.

// The chain rule's product, as in autograd/rules/chain_rule.py: 0·∞ is 0, a zero cotangent passes
// nothing on.
function p_times(g, p) {
  const product = g * p;
  if (isFinite(product)) return product;
  return g !== 0 && (p !== 0 || Math.abs(g) !== Infinity) ? product : 0;
}

// The same for an op that selects: a partial of zero passes nothing on, not even a nan.
function p_select(g, p) {
  const product = p === 0 ? 0 : g * p;
  return isFinite(product) || g !== 0 ? product : 0;
}

// A constant partial of 0.
function p_nothing(g) {
  return isFinite(g) ? g * 0 : 0;
}

// Python's truth: nan is true.
function p_truth(x) {
  return x !== 0 && x !== "" && x !== null && x !== false;
}

function p_or(x, y) {
  return p_truth(x) ? x : y;
}

function p_and(x, y) {
  return p_truth(x) ? y : x;
}

// Python's max and min of two: the first, unless the second is beyond it.
function p_max(x, y) {
  return y > x ? y : x;
}

function p_min(x, y) {
  return y < x ? y : x;
}

// NumPy's, which are nan where either is.
function p_maximum(x, y) {
  return x > y || x !== x ? x : y;
}

function p_minimum(x, y) {
  return x < y || x !== x ? x : y;
}

// C's and Python's pow, where Math.pow follows an older standard.
function p_pow(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
}

// What is left by division, of the sign of y, as in Python; % in JavaScript is C's fmod.
function p_mod(x, y) {
  const r = x % y;
  if (r === 0) return p_copysign(0, y);
  return r < 0 !== y < 0 ? r + y : r;
}

// Python's //, by the rest: the quotient may round up to a whole number. x // 0 as in NumPy.
function p_floordiv(x, y) {
  if (y === 0) return x / y;
  const r = x % y;
  const q = (x - r) / y - (r !== 0 && r < 0 !== y < 0 ? 1 : 0);
  if (q === 0) return p_copysign(0, x / y);
  const whole = Math.floor(q);
  return q - whole > 0.5 ? whole + 1 : whole;
}

// IEEE 754's remainder: by the nearest multiple of y, halves by the even one. % is exact.
function p_remainder(x, y) {
  const size = Math.abs(y);
  const r = Math.abs(x % y);
  const rest = size - r;
  let found = r;
  if (r > rest) found = -rest;
  else if (r === rest) found = r - 2 * ((0.5 * (Math.abs(x) - r)) % size);
  return p_copysign(1, x) * found;
}

function p_copysign(x, y) {
  return y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x);
}

// The nearest whole number, halves to the even one; the sign of zero is kept.
function p_rint(x) {
  return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

// √(x² + y²) of numbers of about 1, with what the root's rounding lost (Borges 2019): Math.hypot is
// several ulp off in some browsers.
function p_hypot(x, y) {
  const a = Math.max(Math.abs(x), Math.abs(y));
  if (Math.abs(x) === Infinity || Math.abs(y) === Infinity) return Infinity;
  if (!(a > 0)) return a;
  const n = p_frexp(a)[1];
  const [p, p_low] = p_squared(p_ldexp(a, -n));
  const [q, q_low] = p_squared(p_ldexp(Math.min(Math.abs(x), Math.abs(y)), -n));
  const root = Math.sqrt(p + q);
  const [r, r_low] = p_squared(root);
  return p_ldexp(root - (r - p - q + (r_low - p_low - q_low)) / (2 * root), n);
}

// x² as the sum of two numbers, exactly (Dekker 1971).
function p_squared(x) {
  const t = x * 134217729;
  const high = t - (t - x);
  const low = x - high;
  return [x * x, high * high - x * x + 2 * high * low + low * low];
}

// x·2ⁿ, rounded once. On the way down the last step alone may leave the normal numbers.
function p_ldexp(x, n) {
  for (; n > 1023; n -= 1023) {
    if (x === 0 || !isFinite(x)) return x;
    x *= 2 ** 1023;
  }
  for (; n < -1022; n += 969) {
    if (x === 0 || !isFinite(x)) return x;
    x *= 2 ** -969;
  }
  return x * 2 ** n;
}

// [m, n] with x = m·2ⁿ and m in [½, 1), read from the bits.
function p_frexp(x) {
  if (x === 0 || !isFinite(x)) return [x, 0];
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  if (((bits.getUint16(0) >> 4) & 2047) === 0) {
    const [m, n] = p_frexp(x * 2 ** 54);
    return [m, n - 54];
  }
  const head = bits.getUint16(0);
  bits.setUint16(0, (head & 0x800f) | (1022 << 4));
  return [bits.getFloat64(0), ((head >> 4) & 2047) - 1022];
}

// Σ cₖTₖ(t) less half of the first term (Clenshaw 1955).
function p_chebyshev(t, c) {
  let before = 0;
  let b = 0;
  for (let k = c.length - 1; k > 0; k--) [b, before] = [2 * t * b - before + c[k], b];
  return t * b - before + 0.5 * c[0];
}

// erf(x)/x on [−1, 1] as a Chebyshev series in x², cut below 1e-18. test_primitives.py computes
// the coefficients.
function p_erf(x) {
  if (Math.abs(x) > 1) return x > 0 ? 1 - p_erfc(x) : p_erfc(-x) - 1;
  return x * p_chebyshev(2 * x * x - 1, [
    1.9509538787653082, -0.14226120510371365, 0.010035582187599796, -0.0005768764699767485,
    2.741993125219606e-05, -1.1043175507344507e-06, 3.8488755420345036e-08,
    -1.1808582533875466e-09, 3.2334215826050907e-11, -7.991015947004549e-13,
    1.7990725113961456e-14, -3.718635487818693e-16, 7.103599003714253e-18
  ]);
}

// (1 + 2x) exp(x²) erfc(x) for x ≥ 0 as a Chebyshev series in (x − 3.5)/(x + 3.5), as Shepherd and
// Laframboise (1981) have it; x² is split, for its rounding would be multiplied by x².
function p_erfc(x) {
  if (x < 0.5) return x < -1 ? 2 - p_erfc(-x) : 1 - p_erf(x);
  if (!(x < 28)) return x === x ? 0 : x;
  const high = Math.fround(x);
  const series = p_chebyshev((x - 3.5) / (x + 3.5), [
    2.355265463272248, -0.001630177283414629, -0.08733682573463146, 0.05800974837029327,
    -0.024340115396182225, 0.007529483715635749, -0.0017438817577112521, 0.00028269829816555584,
    -2.31849116112635e-05, -2.111766698133041e-06, 8.765760156892822e-07, -6.105702635086118e-08,
    -1.7116664716341917e-08, 3.391360268611259e-09, 2.54661619366046e-10, -1.2482784079516295e-10,
    -2.2122757753433792e-12, 4.4272603638230294e-12, -3.367266128031013e-14,
    -1.6519256000923578e-13, 1.9024103044538835e-15, 6.601187937172832e-15, 2.880282449409004e-17,
    -2.7791709635743296e-16, -1.0764465740332641e-17, 1.1885144203998814e-17
  ]);
  const tail = Math.exp((high - x) * (high + x));
  return (Math.exp(-high * high) * (tail * series)) / (1 + 2 * x);
}
