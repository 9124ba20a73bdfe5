"""The JSON form of numbers, arrays and all other data that a record of steps may hold.

What is read comes from strangers: a value is checked before it costs time or memory.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from autograd.numbers.readonly import read_only
from autograd.numbers.unknown import Unknown, is_unknown, unknown
from autograd.numbers.words import with_article

# In ``dtype.str``: of booleans, integers, floats and complex numbers, and of Python objects.
_DTYPE = re.compile(r"\|b1|[<>|][iu][1248]|[<>]f(2|4|8|12|16)|[<>]c(8|16|24|32)|\|O")
_FRACTION = re.compile(r"-?[0-9]{1,4300}(/[0-9]{1,4300})?")  # as many digits as ``int`` reads
_MOST_DIMENSIONS = 64  # of NumPy


def encoded(x: Any) -> Any:
    """Return a value's form in JSON: itself, or an object that names its type."""
    if x is None or isinstance(x, (bool, str)) or type(x) is int:
        return x
    if type(x) is float:
        return x if x - x == 0 else {"float": repr(x)}
    for name, (holds, write, _) in _TYPES.items():
        if holds(x):
            return {name: write(x)}
    return {"text": str(x)}


def decoded(x: Any) -> Any:
    """Return the value that ``encoded`` wrote; ValueError for what it can't have written."""
    if not isinstance(x, dict):
        return of(x, (type(None), bool, str, int, float), "a value")
    if len(x) != 1 or not _TYPES.keys() & x:
        raise ValueError(f"a value names one type of {', '.join(_TYPES)}, got {short(x)}")
    ((name, written),) = x.items()
    return _TYPES[name][2](written)


def number(x: Any) -> Any:
    """Return the number or array that ``encoded`` wrote; ValueError for anything else."""
    found = decoded(x)
    if not is_number(found):
        raise ValueError(f"expected a number or an array, got {short(x)}")
    return found


def is_number(x: Any) -> bool:
    """Whether a value that was read is a number of any kind, or an array."""
    return isinstance(x, (int, float, complex, Fraction, np.ndarray, np.generic)) or _is_mpf(x)


def of(x: Any, types: Any, what: str) -> Any:
    """Return ``x``; ValueError unless it is of one of these types, where True is no integer."""
    wanted = types if isinstance(types, tuple) else (types,)
    if type(x) not in wanted:
        names = " or ".join(each.__name__ for each in wanted)
        raise ValueError(f"{what} must be of type {names}, got {short(x)}")
    return x


def list_of(x: Any, types: Any, what: str) -> list[Any]:
    """Return a list of which every element is of one of some types."""
    return [of(each, types, f"an element of {what}") for each in of(x, list, what)]


def sizes(x: Any, what: str) -> tuple[int, ...]:
    """Return the shape of an array."""
    found = tuple(list_of(x, int, what))
    if len(found) > _MOST_DIMENSIONS or any(not 0 <= n < 2**62 for n in found):
        raise ValueError(f"{what} must be a shape of an array, got {short(x)}")
    return found


def short(x: Any) -> str:
    """Return a short name for a value that was read: a container, which may be vast, by size."""
    if isinstance(x, (list, dict)):
        return f"{with_article(x)} of {len(x)}"
    text = repr(x[:40] if isinstance(x, str) else x)
    return text if len(text) <= 60 else text[:59] + "…"


# Each type, written and read ----------------------------------------------------------------------


def _array(x: Any) -> dict[str, Any]:
    flat = [encoded(n) for n in x.ravel().tolist()]
    return {"dtype": x.dtype.str, "shape": list(x.shape), "elements": flat}


def _array_from(form: Any) -> Any:
    form = of(form, dict, "an array")
    dtype, shape = of(form["dtype"], str, "a dtype"), sizes(form["shape"], "the shape of an array")
    if not _DTYPE.fullmatch(dtype):
        raise ValueError(f"an array holds numbers, got the dtype {dtype[:40]!r}")
    elements = [decoded(n) for n in of(form["elements"], list, "the elements of an array")]
    if len(elements) != prod(shape):
        raise ValueError(
            f"an array of shape {shape} has {prod(shape)} elements, got {len(elements)}"
        )
    if not all(is_number(n) and not isinstance(n, np.ndarray) for n in elements):
        raise ValueError("the elements of an array must be numbers")
    made = np.empty(len(elements), dtype)
    made[:] = elements
    return read_only(made.reshape(shape))


def _unknown_from(form: Any) -> Unknown:
    shape, dtype = _some(form, 2)
    if not _DTYPE.fullmatch(of(dtype, str, "a dtype")) or dtype == "|O":
        raise ValueError(f"an array holds numbers, got the dtype {dtype[:40]!r}")
    return unknown(sizes(shape, "the shape of an array"), dtype)


def _scalar_from(form: Any) -> Any:
    found = _array_from(form)
    if found.ndim or found.dtype == object:
        raise ValueError("a number of NumPy's has the shape []")
    return found[()]


def _fraction_from(form: Any) -> Fraction:
    if not _FRACTION.fullmatch(of(form, str, "a fraction")):  # "1e9999999" is one to Python
        raise ValueError(f'a fraction is written as "1/3", got {short(form)}')
    return Fraction(form)


def _complex_from(form: Any) -> complex:
    return complex(*(of(decoded(part), (float, int), "a part") for part in _some(form, 2)))


def _mpf(x: Any) -> list[str]:
    sign, mantissa, exponent, bits = x._mpf_
    return [str(int(sign)), str(int(mantissa)), str(int(exponent)), str(int(bits))]


def _mpf_from(form: Any) -> Any:
    try:
        from mpmath import libmp, mp
    except ImportError:
        raise ImportError(
            "these steps hold numbers of mpmath: pip install 'glassgrad[check]'"
        ) from None
    sign, mantissa, exponent, bits = (int(of(part, str, "a part")) for part in _some(form, 4))
    if sign not in (0, 1) or mantissa < 0 or abs(exponent) >= 2**62:
        raise ValueError(f"these are no parts of an mpf: {short(form)}")
    special = sign, libmp.MPZ(mantissa), exponent, bits
    if mantissa == 0 and special in (libmp.fzero, libmp.finf, libmp.fninf, libmp.fnan):
        return mp.make_mpf(special)
    return mp.make_mpf(libmp.from_man_exp(-mantissa if sign else mantissa, exponent))


def _is_mpf(x: Any) -> bool:
    return "mpmath" in sys.modules and hasattr(x, "_mpf_")


def _some(form: Any, count: int) -> list[Any]:
    if len(of(form, list, "parts")) != count:
        raise ValueError(f"expected {count} parts, got {len(form)}")
    return list(form)


# Each type: what is of it, how it is written, and how it is read.
_TYPES: dict[str, tuple[Callable[[Any], bool], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "float": (lambda x: type(x) is float, repr, lambda form: float(of(form, str, "a float"))),
    "fraction": (lambda x: isinstance(x, Fraction), str, _fraction_from),
    "complex": (
        lambda x: isinstance(x, complex),
        lambda x: [encoded(x.real), encoded(x.imag)],
        _complex_from,
    ),
    "mpf": (_is_mpf, _mpf, _mpf_from),
    "unknown": (is_unknown, lambda x: [list(x.shape), x.dtype.str], _unknown_from),
    "array": (lambda x: isinstance(x, np.ndarray), _array, _array_from),
    "number": (
        lambda x: isinstance(x, np.generic),
        lambda x: _array(np.asarray(x)),
        _scalar_from,
    ),
    "tuple": (
        lambda x: isinstance(x, tuple),
        lambda x: [encoded(each) for each in x],
        lambda form: tuple(map(decoded, of(form, list, "a tuple"))),
    ),
    "list": (
        lambda x: isinstance(x, list),
        lambda x: [encoded(each) for each in x],
        lambda form: list(map(decoded, of(form, list, "a list"))),
    ),
    "slice": (
        lambda x: isinstance(x, slice),
        lambda x: [x.start, x.stop, x.step],
        lambda form: slice(
            *(of(end, (int, type(None)), "a slice's end") for end in _some(form, 3))
        ),
    ),
    "dict": (
        lambda x: isinstance(x, dict),
        lambda x: {str(name): encoded(value) for name, value in x.items()},
        lambda form: {name: decoded(value) for name, value in of(form, dict, "a dict").items()},
    ),
    "text": (lambda x: False, str, lambda form: of(form, str, "a text")),
}
