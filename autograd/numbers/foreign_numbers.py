"""What to do with the numbers of another library, as errors say it."""

from __future__ import annotations


def is_of(x: object, *libraries: str) -> bool:
    """Whether an object's class, or one that it is derived from, is defined in a library.

    Examples
    --------
    >>> from fractions import Fraction
    >>> is_of(Fraction(1, 2), "fractions"), is_of(1.0, "fractions")
    (True, False)
    """
    return any(cls.__module__.partition(".")[0] in libraries for cls in type(x).__mro__)


def to_take_numbers(x: object) -> str:
    """Return how to make a NumPy array of an object, as an error ends; empty if it is no array.

    Examples
    --------
    >>> to_take_numbers("a")
    ''
    """
    if hasattr(x, "to_numpy"):  # of pandas and polars
        return ": take its numbers first, x.to_numpy()"
    if is_of(x, "torch"):
        return (
            ": take its numbers first, x.detach().numpy(), or open its program with "
            "autograd.bridges.torch"
        )
    if is_of(x, "jax", "jaxlib"):
        return (
            ": take its numbers first, numpy.asarray(x), or open its program with "
            "autograd.bridges.jax"
        )
    return ": take its numbers first, numpy.asarray(x)" if hasattr(x, "__array__") else ""
