"""The kinds of number that ops compute with, and functions that work on every one of them.

Ops are in ``ops/``; this file knows nothing of graphs. A ``Primitive`` is a function that has a
separate implementation for each kind of number (``exp`` of a float, an array, a complex number);
all else is written with the ordinary operators, which work on every kind already.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from contextvars import Context
from fractions import Fraction
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from autograd.numbers.foreign_numbers import to_take_numbers
from autograd.numbers.per_sample import PerSample
from autograd.numbers.sealed import Sealed
from autograd.numbers.words import article, with_article

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    DTypeLike = npt.DTypeLike
else:  # numpy.typing takes long to load
    Array = np.ndarray
    DTypeLike = Any

Number = Any  # float | Fraction | complex | mpmath.mpf; an ndarray where a rule is generic
Rule = Callable[..., Any]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# From the narrowest to the widest: an expression takes the widest kind of its operands.
FLOAT, FRACTION, COMPLEX, MPF, ARRAY = KINDS = ("float", "fraction", "complex", "mpf", "array")
REAL = frozenset({FLOAT, MPF, ARRAY})
RATIONAL = frozenset({FLOAT, FRACTION, MPF, ARRAY})
ANALYTIC = frozenset({FLOAT, COMPLEX, MPF, ARRAY})
ANY_NUMBER = frozenset(KINDS)

_KINDS: dict[type, str] = {
    float: FLOAT,
    int: FLOAT,
    bool: FLOAT,
    Fraction: FRACTION,
    complex: COMPLEX,
    np.ndarray: ARRAY,
}


def kind(number: Any) -> str:
    """Return the kind of a raw number or array: one of ``KINDS``; TypeError if it is none."""
    cls = type(number)
    found = _KINDS.get(cls)
    if found is not None:
        return found
    if isinstance(number, (np.ndarray, np.generic, PerSample, Sealed)):
        return ARRAY
    if cls.__module__.startswith("mpmath"):
        return COMPLEX if cls.__name__ == "mpc" else MPF
    if isinstance(number, float):
        return FLOAT
    raise TypeError(
        f"cannot compute with {with_article(number)}: expected a float, Fraction, complex number, "
        f"mpmath number or NumPy array{to_take_numbers(number)}"
    )


def widest(numbers: Iterable[Any]) -> str:
    """Return the widest kind among ``numbers``."""
    found = {_KINDS.get(type(n)) or kind(n) for n in numbers}
    return found.pop() if len(found) == 1 else max(found, key=KINDS.index)


def without_fraction(number: Number) -> Number:
    """Return a Fraction as an mpf: mpmath 1.3 refuses to subtract from one, and to divide it."""
    if type(number) is not Fraction:
        return number
    return sys.modules["mpmath"].mp.mpf(number.numerator) / number.denominator


# mpmath takes a whole number of turns, or of powers of e, from the argument of these first. A power
# with an exponent of 2^14 bits took 17 s, of 2^16 two hours were not enough.
_REDUCING = {"exp", "expm1", "sinh", "cosh", "tanh", "sin", "cos", "tan", "power"}
_MOST_BITS = 2**10  # as many as the largest float has


class Primitive:
    """A function that is implemented separately for each kind of number.

    Parameters
    ----------
    real : callable
        On floats. It may raise ValueError or ArithmeticError where IEEE 754 has an inf or nan.
    array : callable
        On NumPy arrays and scalars, and with the op's settings, if it has any.
    mpmath : str or callable
        The name of the function in mpmath, or a function of (mpmath, x, …); empty for ``real``.
    analytic : callable, optional
        On complex numbers.
    exact : callable, optional
        On Fractions.
    """

    __slots__ = ("_by_kind", "_mpmath", "array", "real")

    def __init__(
        self,
        real: Rule,
        array: Rule,
        mpmath: str | Rule = "",
        analytic: Rule | None = None,
        exact: Rule | None = None,
    ) -> None:
        self.real = real
        self.array = array
        self._mpmath = mpmath
        self._by_kind = {FLOAT: real, ARRAY: array, COMPLEX: analytic, FRACTION: exact}

    def __call__(self, *xs: Any, **_: Any) -> Any:
        """Apply the implementation for the widest kind among ``xs``.

        Settings are for the partials alone, as the slope of relu at zero.
        """
        found = widest(xs)
        if found == MPF:
            return self._on_mpf(*xs)
        implementation = self._by_kind[found]
        if implementation is None:
            raise TypeError(f"no implementation for {article(found)} {found}")
        return implementation(*xs)

    def _on_mpf(self, *xs: Any) -> Any:
        mp = sys.modules["mpmath"].mp
        reduces = callable(self._mpmath) or self._mpmath in _REDUCING
        reduced = xs[-1:] if reduces else ()  # of a power, the exponent
        for x in reduced:
            refuse_beyond_floats(mp, x)
        if callable(self._mpmath):
            result = self._mpmath(mp, *xs)
        else:
            result = getattr(mp, self._mpmath)(*xs) if self._mpmath else self.real(*xs)
        # A real function outside its domain is nan here, as for floats; mpmath goes complex.
        return mp.nan if isinstance(result, mp.mpc) else result


def refuse_beyond_floats(mp: Any, x: Any) -> None:
    """Raise OverflowError for what floats can't hold: it is taken for an infinity, as theirs is."""
    if mp.isfinite(x) and mp.mag(x) > _MOST_BITS:
        raise OverflowError


def exp_of_mpf(mp: Any, x: Any) -> Any:
    """Return mpmath's exp of a number that was made of an op's operands, as their difference is.

    Raises
    ------
    OverflowError
        If the number is beyond the range of floats, for mpmath would take too long.
    """
    refuse_beyond_floats(mp, x)
    return mp.exp(x)


# What NumPy warns of is kept in a context variable, the only one that this context has.
_ignoring = Context()
_ignoring.run(np.seterr, all="ignore")
[(_warnings, _none)] = _ignoring.items()
silence: Callable[[], Any] = partial(_warnings.set, _none)
end_silence = _warnings.reset  # give it what ``silence()`` returned


def quiet(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a function compute without NumPy's warnings.

    Setting the variable takes a tenth of the time of ``np.errstate``, which takes longer than
    adding small arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.extend import quiet
    >>> squared = quiet(np.square)
    >>> float(squared(np.float64(1e200)))  # no RuntimeWarning
    inf
    """

    @wraps(function)
    def quietened(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        before = silence()
        try:
            return function(*args, **kwargs)
        finally:
            end_silence(before)

    return quietened


def quietly(function: Rule, /, *operands: Any, **settings: Any) -> Any:
    """Call a function of arrays without NumPy's warnings; TypeError if it has none of objects."""
    before = silence()
    try:
        return function(*operands, **settings)
    except AttributeError as error:  # what NumPy's functions raise for objects
        if not any(np.asarray(x).dtype.kind == "O" for x in operands):
            raise
        kinds = " and ".join(map(with_article, operands))
        raise TypeError(f"not defined for {kinds}: convert the numbers to floats") from error
    except OverflowError as error:
        raise too_large(error) from None
    finally:
        end_silence(before)


def too_large(error: OverflowError, what: str = "a number") -> ValueError:
    """Return the error for a number, such as 10**400, that no float or no index can be."""
    return ValueError(
        f"{what} is too large ({error}): give one within the range of floats, or as an axis, size "
        "or index one of 64 bits"
    )


def in_range(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a function raise a ValueError for a number that is too large for a float or an index."""

    @wraps(function)
    def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except OverflowError as error:
            raise too_large(error, f"{function.__name__}: a number") from None

    return checked


def ieee(function: Rule, numbers: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """Compute where Python raises an error and IEEE 754 has an answer: 1/0, exp(1000), log(-1).

    NumPy's scalars answer as IEEE 754 does, so the function is run again on them.
    """
    found = widest(numbers)
    result_kind = FLOAT if found == FRACTION else found
    scalar = np.complex128 if found == COMPLEX else np.float64
    with np.errstate(all="ignore"):
        try:
            settings = {k: float(x) if type(x) is Fraction else x for k, x in settings.items()}
            result = function(*(scalar(n) for n in numbers), **settings)
        except OverflowError as error:
            raise too_large(error) from None
    if isinstance(result, (tuple, list)):
        return [as_kind(r, result_kind) for r in result]
    return as_kind(result, result_kind)


def without_floats(operands: Iterable[Any]) -> list[Any]:
    """Make NumPy's numbers of plain ones among arrays, whose x / 0.0 raises no error."""
    return [np.float64(n) if type(n) in (float, int) else n for n in operands]


def as_kind(number: Any, found: str) -> Any:
    """Return a number that a rule left narrower (a boolean, an int) as one of the given kind."""
    if found == FRACTION:
        return Fraction(number) if isinstance(number, int) else number
    if found == MPF:
        mp = sys.modules["mpmath"]
        return number if isinstance(number, (mp.mpf, mp.mpc)) else mp.mpf(float(number))
    return complex(number) if found == COMPLEX else float(number)


def _constant(real: float, mpmath: Rule, exact: Fraction | None = None) -> Rule:
    def constant(like: Any) -> Any:
        """Return the constant to the precision of the number it meets."""
        found = kind(getattr(like, "_data", like))
        if found == MPF:
            return mpmath(sys.modules["mpmath"])
        return exact if exact is not None and found == FRACTION else real

    return constant


# ``ln2(x)`` has as many digits as x has.
pi = _constant(math.pi, lambda mp: +mp.pi)
ln2 = _constant(math.log(2), lambda mp: mp.log(2))
ln10 = _constant(math.log(10), lambda mp: mp.log(10))
one_over_ln2 = _constant(math.log2(math.e), lambda mp: 1 / mp.log(2))
one_over_ln10 = _constant(math.log10(math.e), lambda mp: 1 / mp.log(10))
sqrt_2 = _constant(math.sqrt(2), lambda mp: mp.sqrt(2))
sqrt_2_over_pi = _constant(math.sqrt(2 / math.pi), lambda mp: mp.sqrt(2 / mp.pi))
two_over_sqrt_pi = _constant(2 / math.sqrt(math.pi), lambda mp: 2 / mp.sqrt(mp.pi))
one_over_sqrt_2pi = _constant(1 / math.sqrt(2 * math.pi), lambda mp: 1 / mp.sqrt(2 * mp.pi))
half = _constant(0.5, lambda mp: mp.mpf(1) / 2, Fraction(1, 2))
gelu_cubic = _constant(0.044715, lambda mp: mp.mpf(44715) / 10**6)
selu_alpha = _constant(1.6732632423543772, lambda mp: _selu(mp)[0])
selu_scale = _constant(1.0507009873554805, lambda mp: _selu(mp)[1])
CONSTANTS = (
    "half",
    "pi",
    "ln2",
    "ln10",
    "one_over_ln2",
    "one_over_ln10",
    "sqrt_2",
    "sqrt_2_over_pi",
    "two_over_sqrt_pi",
    "one_over_sqrt_2pi",
    "gelu_cubic",
    "selu_alpha",
    "selu_scale",
)


def _selu(mp: Any) -> tuple[Any, Any]:
    """Return α and λ of selu in closed form (Klambauer et al. 2017, eq. 14)."""
    e, c = mp.e, mp.erfc(mp.sqrt(0.5))
    s = mp.sqrt(e)
    variance = 2 * mp.erfc(mp.sqrt(2)) * e * e + mp.pi * c * c * e - 2 * (2 + mp.pi) * c * s
    alpha = mp.sqrt(2 / mp.pi) / (1 - c * s)
    return alpha, (1 - c * s) * mp.sqrt(2 * mp.pi) / mp.sqrt(variance + mp.pi + 2)


def choose(condition: Any, x: Any, y: Any) -> Any:
    """Return x where the condition holds, else y: on plain numbers and arrays."""
    if isinstance(condition, (np.ndarray, np.bool_, PerSample)):
        return np.where(condition, x, y)
    if type(x) is np.ndarray or type(y) is np.ndarray:
        return np.where(condition, x, y)  # which broadcasts and promotes for one bool, too
    return x if condition else y
