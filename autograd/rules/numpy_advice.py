"""What to write instead of NumPy functions that aren't here: a table, loaded for an error alone.

A row has a line of advice, and the functions that it is for. What isn't in the table, of a NumPy
that is newer or older, gets the advice for all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import FrameType
from typing import Any

import numpy as np

_IN_PLACE = "it writes into its argument, and a node isn't changed in place"
_COMPLEX = "its result is complex, and a Tensor holds real numbers"
_COUNTS = "counts have no gradient: there is none; count the plain numbers, x.data"

# The names in numpy, then the advice: what to write instead, or that there is nothing.
ROWS: tuple[tuple[str, str], ...] = (
    # In place
    ("copyto put", f"{_IN_PLACE}: use autograd.set_at(x, index, values)"),
    ("place putmask", f"{_IN_PLACE}: use autograd.where(mask, values, x)"),
    ("put_along_axis", f"{_IN_PLACE}: use autograd.set_at(x, index, values), with an index array "
     "for each axis"),
    ("fill_diagonal", f"{_IN_PLACE}: use autograd.where(numpy.eye(n, dtype=bool), value, x)"),
    # Complex results
    ("fft.fft fft.fft2 fft.fftn fft.ifft fft.ifft2 fft.ifftn fft.rfft fft.rfft2 fft.rfftn "
     "fft.ihfft", f"{_COMPLEX}: there is none; a product with cosine and sine matrices, C @ x and "
     "S @ x, has the transform's real and imaginary parts"),
    ("fft.hfft fft.irfft fft.irfft2 fft.irfftn", "its operand is complex, and a Tensor holds real "
     "numbers: there is none; a product with cosine and sine matrices has the same numbers"),
    ("emath.arccos emath.arcsin emath.arctanh emath.log emath.log10 emath.log2 emath.logn "
     "emath.power emath.sqrt", "outside of the real domain its result is complex: use the function "
     "of that name in numpy itself, which is nan there, or a Value of a complex number"),
    ("roots", f"{_COMPLEX}: there is none; of a symmetric matrix "
     "numpy.linalg.eigh and eigvalsh are real"),
    ("sort_complex", f"{_COMPLEX}: use autograd.sort"),
    # Whole numbers, bits, texts, dates and files
    ("bitwise_and bitwise_or bitwise_xor bitwise_count invert left_shift right_shift packbits "
     "unpackbits",
     "it is of bits, and a node holds real numbers: there is none; for conditions use "
     "numpy.logical_and, logical_or, logical_xor and logical_not"),
    ("gcd lcm", "it is of whole numbers, which have no gradient: there is none"),
    ("busday_count busday_offset is_busday datetime_as_string datetime_data isnat",
     "it is of dates, and a node holds real numbers: there is none"),
    ("save savez savez_compressed savetxt", "a file keeps plain numbers: give it x.data; a pickle "
     "of x keeps the graph"),
    ("histogram histogram2d histogramdd", _COUNTS),
    ("histogram_bin_edges", "it is made for counts, which have no gradient: there is none; "
     "autograd.min, autograd.max and numpy.linspace give edges that have one"),
    ("unique_all unique_counts unique_inverse", "use numpy.unique with return_index=True, "
     "return_inverse=True or return_counts=True"),
    # Numbers that follow no rule of calculus
    ("nextafter", "the next float is the same number for calculus: use x itself"),
    ("spacing", "the distance between floats is no function for calculus: there is none; "
     "numpy.spacing(x.data) is a plain number"),
)  # fmt: skip
# Where all functions of a module have one answer.
_MODULES = {
    "strings": "it is of texts, and a node holds real numbers: there is none",
    "char": "it is of texts, and a node holds real numbers: there is none",
    "rec": "it is of records, and a node holds real numbers: there is none",
}
_LAST_RESORT = (
    "docs/numpy.md has a table of what is; write it with those, or call it on x.data for the plain "
    "numbers, which carry no gradient"
)
LAST_RESORT_FOR_KEYWORDS = "leave it out, or call it on x.data, the plain numbers"
_MODULE_NAMES = ("", "linalg", "fft", "emath", "lib.stride_tricks", "strings", "char", "rec")


@cache
def advice_by_name() -> dict[str, str]:
    """Return the line for each name in the table."""
    return {name: line for names, line in ROWS for name in names.split()}


def dispatched() -> Iterator[tuple[Any, str]]:
    """Yield each function of the NumPy that is installed which asks nodes, with its name.

    They are its ufuncs (NEP 13), and what has ``__array_function__`` (NEP 18). Of several names,
    such as ``abs`` and ``absolute``, it is the one that the function says of itself.
    """
    kinds = (np.ufunc, type(np.sum))
    seen = set()
    for module in _MODULE_NAMES:
        home: Any = np
        for part in module.split(".") if module else ():
            home = getattr(home, part, None)
        for name in sorted(vars(home) if home is not None else ()):
            function = getattr(home, name)
            if isinstance(function, kinds) and not name.startswith("_") and function not in seen:
                seen.add(function)
                own = function.__name__
                known = own if getattr(home, own, None) is function else name
                yield function, f"{module}.{known}" if module else known


@cache
def _names() -> dict[Any, str]:
    return dict(dispatched())


def name_in_numpy(function: Any) -> str:
    """Return the name that a function has in numpy, such as ``linalg.inv``."""
    return _names().get(function) or str(getattr(function, "__name__", function))


def advice(name: str) -> str:
    """Return what to write instead of a function that isn't here, in one line."""
    module = name.rpartition(".")[0]
    return advice_by_name().get(name) or _MODULES.get(module) or _LAST_RESORT


# Keywords of functions that are here: for all functions, or for one.
_OF_KEYWORDS = {
    "out": "it writes into an array, and no gradient passes there; take the result",
    "where": "it leaves elements of the result as they are; use autograd.where(mask, z, otherwise)",
    "signature": "leave it out, or convert the operands with autograd.astype",
    "axes": "leave it out, and move the axes before and after with autograd.moveaxis",
    "axis": "leave it out, and move the axes before and after with autograd.moveaxis",
    "keepdims": "leave it out, and use autograd.expand_dims on the result",
    "device": "arrays are on the CPU alone: leave it out",
    "weights": "with whole weights it is that of numpy.repeat(x, weights)",
    "assume_unique": "leave it out: the elements may repeat or not",
    "return_indices": "leave it out, or call it on x.data and y.data for the indices",
    "mean": "leave it out: the mean is computed, and has a gradient",
    "shape": "leave it out, and use autograd.broadcast_to(value, shape) for another shape",
    "nan_to_num copy": f"{_IN_PLACE}: leave it out",
    "take mode": "give indices within the axis: indices % n or numpy.clip(indices, 0, n - 1)",
}


def refusal_of_keyword(function: Any, keyword: str) -> str:
    """Return the error's text for a keyword that isn't here."""
    name = name_in_numpy(function)
    said = _OF_KEYWORDS.get(f"{name} {keyword}") or _OF_KEYWORDS.get(keyword)
    advice = said or LAST_RESORT_FOR_KEYWORDS
    return f"numpy.{name} with {keyword}= isn't differentiable here: {advice}"


# Functions of scipy.special that others are: names of autograd.special.
OF_SCIPY = {
    "betainc": "there is none; of whole a and b it is a sum of powers of x and 1 - x",
    "binom": "it is 1 / ((n + 1) * beta(n - k + 1, k + 1))",
    "cosm1": "it is -2 * sin(x / 2) ** 2",
    "exp10": "it is 10 ** x",
    "jve": "of a real x it is jv(v, x)",
    "loggamma": "of a positive x it is gammaln(x)",
    "poch": "it is gamma(x + n) / gamma(x)",
} | dict.fromkeys(
    ("y0", "y1", "yn", "yv", "k0", "k0e", "k1", "k1e", "kn", "kv", "kve"),
    "there is none of the second kind; jv, iv and ive are those of the first",
)


_FOR_MODULES = {"scipy.linalg": "autograd.linalg", "scipy.special": "autograd.special"}


def instead_of_scipy_caller(frame: FrameType | None) -> str:
    """Return the end of an error: what stands for the function of SciPy that asked for an array."""
    while frame is not None:
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        if module.partition(".")[0] not in ("numpy", "scipy"):
            return ""
        theirs = ".".join(module.split(".")[:2])
        ours = _FOR_MODULES.get(theirs)
        if ours is not None and name in import_module(ours).__all__:
            return f"; in place of {theirs}.{name} there is {ours}.{name}"
        frame = frame.f_back
    return ""


def refusal(function: Any) -> str:
    """Return the error's text for a function that isn't here."""
    scipy_special = sys.modules.get("scipy.special")
    name = getattr(function, "__name__", "")
    if scipy_special is not None and getattr(scipy_special, name, None) is function:
        said = OF_SCIPY.get(name, "autograd.special.__all__ are those that are")
        return f"scipy.special.{name} is not differentiable here: {said}"
    if isinstance(function, np.ufunc) and function not in _names():  # SciPy's, or frompyfunc's
        shown = "a function of another package" if name.startswith("_") else name
        return f"{shown} is not differentiable here: {_LAST_RESORT}"
    name = name_in_numpy(function)
    return f"numpy.{name} is not differentiable here: {advice(name)}"
