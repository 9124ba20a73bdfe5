"""What every elementwise op should give: its published definition, in mpmath's own functions.

Nothing here knows our rules. Derivatives are differences of the definition, taken at a precision
that grows until two of them agree; so an error in a partial can't hide behind the same error here.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from mpmath import mp

Definition = Callable[..., Any]


def _exp(x):
    """The exponential; zero far below every float, where mpmath would take long."""
    return mp.exp(x) if mp.re(x) > -(10**5) else mp.mpf(0)


def _clip(x, *, lo, hi):
    return min(max(x, lo), hi)


def _selu(x):
    """Klambauer et al. 2017, eq. 14: the two constants in closed form, not as printed decimals."""
    e, c = mp.e, mp.erfc(1 / mp.sqrt(2))
    s = mp.sqrt(e)
    alpha = -mp.sqrt(2 / mp.pi) / (c * s - 1)
    variance = 2 * mp.erfc(mp.sqrt(2)) * e**2 + mp.pi * c**2 * e - 2 * (2 + mp.pi) * c * s
    scale = (1 - c * s) * mp.sqrt(2 * mp.pi) / mp.sqrt(variance + mp.pi + 2)
    return scale * (x if x > 0 else alpha * mp.expm1(x))


def _gelu(x, *, approximate="none"):
    """Hendrycks & Gimpel 2016, §2: x times the normal distribution function, or its stand-in."""
    if approximate == "tanh":
        inner = mp.sqrt(2 / mp.pi) * (x + mp.mpf(44715) / 10**6 * x**3)
        return x * (1 + mp.tanh(inner)) / 2
    return x * _erfc(-x / mp.sqrt(2)) / 2


def _erfc(x):
    return mp.erfc(x) if x < 10**5 else mp.mpf(0)  # mpmath overflows beyond


def _sinc(x):
    return mp.sinpi(x) / (mp.pi * x) if x else mp.mpf(1)


def _sinc_derivative(x, *, order):
    """By Leibniz's rule for sin(πx) · 1/(πx), beside 0 by the derivative of the Taylor series."""
    n = int(order)
    if abs(x) < mp.mpf("1e-3"):
        return mp.fsum(
            (-1) ** k * mp.pi ** (2 * k) * x ** (2 * k - n)
            / ((2 * k + 1) * mp.factorial(2 * k - n))
            for k in range((n + 1) // 2, n + mp.dps // 4)
        )  # fmt: skip
    terms = (
        mp.binomial(n, k)
        * mp.pi ** (n - k)
        * (mp.sinpi(x), mp.cospi(x), -mp.sinpi(x), -mp.cospi(x))[(n - k) % 4]
        * (-1) ** k
        * mp.factorial(k)
        / x ** (k + 1)
        for k in range(n + 1)
    )
    return mp.fsum(terms) / mp.pi


def _cbrt(x):
    return mp.sign(x) * mp.cbrt(abs(x))


def _xlogy(x, y):
    return x * mp.log(y) if x else mp.mpf(0)


def _logaddexp(x, y):
    return max(x, y) + mp.log1p(_exp(-abs(x - y)))


def _sigmoid_slope(x):
    t = _exp(-x if mp.re(x) > 0 else x)
    return t / (1 + t) ** 2


def _softplus(x):
    return max(x, 0) + mp.log1p(_exp(-abs(x)))


def _tail_of_log_ndtr(t, order):
    """A derivative of log Φ(−t) by t, by the series of its asymptotic expansion.

    Φ(−t) = φ(t)/t · Σ (−1)^k (2k − 1)!!/t^(2k); the series' logarithm is taken as that of a power
    series.
    """
    y = 1 / (t * t)
    a, c = [mp.mpf(1)], [mp.mpf(0)]
    while abs(c[-1] * y ** len(c)) * len(c) ** order > mp.mpf(10) ** -(mp.dps + 5) or len(c) < 4:
        n = len(a)
        a.append(-a[-1] * (2 * n - 1))
        c.append(a[n] - mp.fsum(k * c[k] * a[n - k] for k in range(1, n)) / n)
    terms = [(c[k], 2 * k) for k in range(1, len(c))]
    if not order:
        start = -t * t / 2 - mp.log(t * mp.sqrt(2 * mp.pi))
        return start + mp.fsum(x * t**-p for x, p in terms)
    start = {1: -t, 2: -1}.get(order, 0) + (-1) ** order * mp.factorial(order - 1) * t**-order
    return start + mp.fsum(
        (-1) ** order * x * mp.rf(p, order) * t ** (-p - order) for x, p in terms
    )


def _gammainc(x, a):
    """The integral by its series, which mpmath sums: DLMF 8.7.1."""
    return mp.power(x, a) * _exp(-x) * mp.hyp1f1(1, a + 1, x) * mp.rgamma(a + 1)


def _gammaincc(x, a):
    if x > 5000:
        return mp.mpf(0)  # far below every float, where mpmath would take long
    return mp.gammainc(a, x, mp.inf, regularized=True) if x > a else 1 - _gammainc(x, a)


def _polygamma(x, *, n):
    if mp.re(x) <= 0:
        raise UndefinedError("left to reflection: mpmath adds up as many terms as x is large")
    return mp.psi(int(n), x)


def _ndtri(x: Any) -> Any:
    """The root of log Φ(z) = log x, by mpmath's solver, from 0 or from the asymptotic formula."""
    if 2 * x >= 1:
        return -_ndtri(1 - x) if 2 * x > 1 else mp.mpf(0)
    start = -mp.sqrt(-2 * mp.log(2 * x))
    return mp.findroot(lambda z: mp.log(mp.erfc(-z / mp.sqrt(2)) / 2) - mp.log(x), start)


def _log_ndtr(x):
    if x < -12345.6:
        return _tail_of_log_ndtr(-x, 0)
    return mp.log(_erfc(-x / mp.sqrt(2)) / 2) if x < 0 else mp.log1p(-_erfc(x / mp.sqrt(2)) / 2)


def _log_ndtr_derivative(x, *, order):
    """In the centre by Leibniz's rule for m′ = −x m − m², with digits for all that cancels."""
    n = int(order)
    if x < -12345.6:
        return (-1) ** n * _tail_of_log_ndtr(-x, n)
    with mp.workdps(mp.dps + 60):
        density = mp.exp(-x * x / 2) if x < 0 else _exp(-x * x / 2)
        found = [mp.mpf(0), density / mp.sqrt(2 * mp.pi) / (_erfc(-x / mp.sqrt(2)) / 2)]
        for k in range(1, n):
            products = (mp.binomial(k - 1, j) * found[1 + j] * found[k - j] for j in range(k))
            found.append(-x * found[k] - (k - 1) * found[k - 1] - mp.fsum(products))
    return +found[n]


DEFINITIONS: dict[str, Definition] = {
    # arithmetic
    "identity": lambda x: x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": mp.power,
    "power": lambda x, *, exponent: mp.power(x, exponent),
    "power_slope": lambda x, y: y * mp.power(x, y - 1),
    "abs": abs,
    "sign": mp.sign,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "maximum": max,
    "minimum": min,
    "clip": _clip,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": mp.nint,
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "trunc": lambda x: mp.floor(x) if x > 0 else mp.ceil(x),
    "floor_divide": lambda x, y: mp.floor(x / y),
    "fmod": lambda x, y: x - y * (mp.floor(x / y) if x / y > 0 else mp.ceil(x / y)),
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    # exponential
    "exp": _exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "cbrt": _cbrt,
    "logaddexp": _logaddexp,
    "logaddexp2": lambda x, y: max(x, y) + mp.log1p(_exp(-abs(x - y) * mp.log(2))) / mp.log(2),
    "logaddexp2_slope": lambda x, y: 1 / (1 + _exp((y - x) * mp.log(2))),
    "xlogy": _xlogy,
    "erf": mp.erf,
    "erfc": _erfc,
    "bessel_i": lambda x, *, order: mp.besseli(int(order), x),
    "bessel_ie": lambda x, *, order: mp.besseli(int(order), x) * mp.exp(-abs(x)),
    "bessel_j": lambda x, *, order: mp.besselj(int(order), x),
    "gaussian": lambda x: _exp(-x * x),
    "normal_pdf": lambda x: _exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "normal_cdf": lambda x: _erfc(-x / mp.sqrt(2)) / 2,
    # of statistics
    "gamma": mp.gamma,
    "lgamma": mp.loggamma,
    "digamma": mp.digamma,
    "polygamma": _polygamma,
    "gammainc": lambda x, *, a: _gammainc(x, a) if x <= a else 1 - _gammaincc(x, a),
    "gammaincc": lambda x, *, a: _gammaincc(x, a),
    "gamma_density": lambda x, *, a: mp.power(x, a - 1) * _exp(-x) * mp.rgamma(a),
    "logit": lambda x: mp.log(x / (1 - x)),
    "erfinv": mp.erfinv,
    "erfinv_slope": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2),
    "ndtri": _ndtri,
    "log_ndtr": _log_ndtr,
    "log_ndtr_derivative": _log_ndtr_derivative,
    # trigonometric and hyperbolic
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "hypot_slope": lambda x, y: x / mp.sqrt(x * x + y * y),
    "one_less_square": lambda x: 1 - x * x,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "tanh_slope": lambda x: mp.sech(x) ** 2,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "sinc": _sinc,
    "atan2_slope": lambda x, y: y / (x * x + y * y),
    "sinc_slope": lambda x: (mp.cospi(x) - mp.sincpi(x)) / x,
    "sinc_derivative": _sinc_derivative,
    # activations
    "relu": lambda x, *, at_zero=0: max(x, 0),
    "leaky_relu": lambda x, *, slope: x if x > 0 else slope * x,
    "elu": lambda x, *, alpha: x if x > 0 else alpha * mp.expm1(x),
    "selu": _selu,
    "celu": lambda x, *, alpha: max(x, 0) + min(0, alpha * mp.expm1(x / alpha)),
    "gelu": _gelu,
    "silu": lambda x: x / (1 + _exp(-x)),
    "mish": lambda x: x * mp.tanh(_softplus(x)),
    "sigmoid": lambda x: 1 / (1 + _exp(-x)),
    "sigmoid_difference": lambda x, y: 1 / (1 + _exp(y - x)),
    "sigmoid_slope": _sigmoid_slope,
    "logsigmoid": lambda x: -_softplus(-x),
    "softplus": lambda x, *, beta: _softplus(beta * x) / beta,
    "softsign": lambda x: x / (1 + abs(x)),
    "hardtanh": _clip,
    "heaviside": lambda x, *, at_zero=0: mp.mpf(x > 0) if x else mp.mpf(at_zero),
    "threshold": lambda x, *, at, value: x if x > at else mp.mpf(value),
    # selection
    "where": lambda x, y, *, condition: x if condition else y,
}

# The same but for a constant, where the definition saturates: differences need fewer digits.
SAME_SLOPE: dict[str, Definition] = {
    "erf": lambda x: -mp.sign(x) * _erfc(abs(x)),
    "erfc": lambda x: mp.sign(x) * _erfc(abs(x)),
    "normal_cdf": lambda x: -mp.sign(x) * _erfc(abs(x) / mp.sqrt(2)) / 2,
}

# Ops with settings are tested with each of these; all others with none.
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "power": [{"exponent": n} for n in (-2, -0.5, 0, 0.1, 1, 2, 3, 7.25)],
    "softplus": [{"beta": 1.0}, {"beta": 3.0}],
    "clip": [{"lo": -0.75, "hi": 2.5}],
    "relu": [{"at_zero": 0.0}, {"at_zero": 1.0}],
    "leaky_relu": [{"slope": 0.01}, {"slope": 0.3}],
    "elu": [{"alpha": 1.0}, {"alpha": 0.7}],
    "celu": [{"alpha": 1.0}, {"alpha": 0.7}],
    "gelu": [{"approximate": "none"}, {"approximate": "tanh"}],
    "hardtanh": [{"lo": -1.0, "hi": 1.0}, {"lo": -0.625, "hi": 3.1}],
    "heaviside": [{"at_zero": 0.0}, {"at_zero": 0.5}],
    "threshold": [{"at": 0.0, "value": 0.0}, {"at": 0.1, "value": 20.0}],
    "bessel_i": [{"order": 0}, {"order": 1}, {"order": 2}],
    "bessel_ie": [{"order": 0}, {"order": 1}, {"order": 3}],
    "bessel_j": [{"order": 0}, {"order": 1}, {"order": 5}],
    "gammainc": [{"a": 0.25}, {"a": 1.0}, {"a": 3.5}, {"a": 40.0}],
    "gammaincc": [{"a": 0.25}, {"a": 1.0}, {"a": 3.5}, {"a": 40.0}],
    "gamma_density": [{"a": 0.25}, {"a": 1.0}, {"a": 3.5}, {"a": 40.0}],
    "sinc_derivative": [{"order": 2}, {"order": 3}],
    "polygamma": [{"n": 1}, {"n": 2}, {"n": 3}],
    "log_ndtr_derivative": [{"order": 1}, {"order": 2}],
    "where": [{"condition": True}, {"condition": False}],
}

LADDER = (90, 180, 450, 1100, 1200)  # digits
AGREED = 30  # digits to which two rungs must agree
NOTHING = mp.mpf(10) ** -400  # less than this is zero, for floats


class UndefinedError(Exception):
    """The definition has no real finite value here, or no derivative."""


def exact(number: Any) -> Any:
    """Return a number as an mpf (or mpc) with the same value."""
    if isinstance(number, Fraction):
        return mp.mpf(number.numerator) / number.denominator
    return number if isinstance(number, str | bool) else mp.mpmathify(number)


def _settle(estimate: Callable[[int], Any]) -> Any:
    """Return an estimate on which two precisions agree; zero is believed at the highest only."""
    earlier = before = None
    for digits in LADDER:
        with mp.workdps(digits):
            try:
                now = estimate(digits)
            except ZeroDivisionError:
                raise UndefinedError("division by zero") from None
            if not mp.isfinite(now):
                raise UndefinedError(f"{now}")
            if before is not None and now and abs(now - before) <= abs(now) * mp.mpf(10) ** -AGREED:
                return now
            earlier, before = before, now
    if abs(before) < max(NOTHING, abs(earlier) * mp.mpf(10) ** -AGREED):
        return mp.mpf(0)  # less than any float, or getting less with the step
    raise UndefinedError("no two precisions agree")


def _scale(x: Any) -> Any:
    return min(abs(x), 1) if x else mp.mpf(1)


class Oracle:
    """An op's definition with its settings: values and derivatives at plain numbers.

    Real numbers in, real numbers out; where the definition turns complex it is UndefinedError.
    """

    def __init__(self, name: str, **settings: Any) -> None:
        self.name = name
        self.settings = settings
        self.definition = DEFINITIONS[name]
        self.sloping = SAME_SLOPE.get(name, self.definition)
        self.value = lru_cache(None)(self.value)
        self.derivative = lru_cache(None)(self.derivative)

    def __repr__(self) -> str:
        return self.name + "".join(f"-{k}={v}" for k, v in self.settings.items())

    def _at(self, xs: tuple[Any, ...], definition: Definition | None = None) -> Any:
        z = (definition or self.definition)(*xs, **{k: exact(v) for k, v in self.settings.items()})
        if isinstance(z, mp.mpc) and not any(isinstance(x, mp.mpc) for x in xs):
            raise UndefinedError(f"{self.name}{xs} is complex")
        return z

    def value(self, *xs: Any) -> Any:
        """Return the op's value at ``xs``."""
        return _settle(lambda _: self._at(tuple(map(exact, xs))))

    def derivative(self, k: int, *xs: Any, order: int = 1, other: int | None = None) -> Any:
        """Return ∂z/∂x_k, or with ``other`` the second derivative ∂²z/∂x_k∂x_other."""

        def estimate(digits: int) -> Any:
            at = tuple(map(exact, xs))
            if other is None:
                return self._slope(k, at, digits // 3)
            h = _scale(at[other]) * mp.mpf(10) ** -(digits // 4)
            up, down = _moved(at, other, h), _moved(at, other, -h)
            part = digits // 4
            return (self._slope(k, up, part) - self._slope(k, down, part)) / (2 * h)

        return _settle(estimate)

    def _slope(self, k: int, at: tuple[Any, ...], digits: int) -> Any:
        h = _scale(at[k]) * mp.mpf(10) ** -digits
        above, below = (self._at(_moved(at, k, step), self.sloping) for step in (h, -h))
        return (above - below) / (2 * h)

    def has_kink(self, k: int, *xs: Any) -> bool:
        """Whether the one-sided derivatives in operand ``k`` differ."""
        everyday = all(1e-20 < abs(x) < 1e20 for x in xs)
        with mp.workdps(LADDER[0] if everyday else LADDER[-2]):
            at = tuple(map(exact, xs))
            h = _scale(at[k]) * mp.mpf(10) ** -30
            here = self._at(at)
            right = (self._at(_moved(at, k, h)) - here) / h
            left = (here - self._at(_moved(at, k, -h))) / h
            # Slopes of a smooth function differ by about h times its second derivative.
            return bool(abs(right - left) > mp.mpf(10) ** -20 * (abs(right) + abs(left)))


def _moved(at: tuple[Any, ...], k: int, h: Any) -> tuple[Any, ...]:
    return (*at[:k], at[k] + h, *at[k + 1 :])


def oracles() -> list[Oracle]:
    """Return an oracle for every op and each of its settings in ``SETTINGS``."""
    return [Oracle(name, **s) for name in DEFINITIONS for s in SETTINGS.get(name, [{}])]
