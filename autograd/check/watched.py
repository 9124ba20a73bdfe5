"""Numbers of mpmath that note when they are asked for a float: digits are lost there.

``math.sin`` asks a number for its ``__float__``, and NumPy's functions and ``complex`` do the
like. What they return no longer moves where the input moves by less than a float can hold, so a
difference in many digits would take a part of the function for constant.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache
from typing import Any

from autograd.check.precise import to_mpf

_ASKED_FOR = ("__float__", "__complex__", "__array__")
_asked: ContextVar[set[str] | None] = ContextVar("asked", default=None)


class LostDigits(TypeError):  # noqa: N818
    """A function computes with floats on the way, whatever numbers it is given."""


class watching:  # noqa: N801
    """Collect the names of the methods by which watched numbers were made into floats.

    It is entered for every evaluation of a function: a generator would cost as much as that.
    """

    __slots__ = ("found", "token")

    def __enter__(self) -> set[str]:
        self.found: set[str] = set()
        self.token = _asked.set(self.found)
        return self.found

    def __exit__(self, *error: object) -> None:
        _asked.reset(self.token)


def watched(x: Any) -> Any:
    """Return a number as an mpf that notes when a float is asked of it, or of a result of it."""
    made = object.__new__(_class())
    made._mpf_ = to_mpf(x)._mpf_
    return made


@cache
def _class() -> Any:
    from mpmath import mp

    # Its results are of the class of the left operand, as _ctxdata has it, in mp's precision.
    namespace = {"__module__": mp.mpf.__module__}
    made: Any = type("mpf", (mp.mpf,), namespace)
    made._ctxdata = [made, *mp.mpf._ctxdata[1:]]
    for name in _ASKED_FOR:
        if hasattr(mp.mpf, name):
            setattr(made, name, _noting(name, getattr(mp.mpf, name)))
    return made


def _noting(name: str, method: Any) -> Any:
    def asked(self: Any, *args: Any) -> Any:
        found = _asked.get()
        if found is not None:
            found.add(name)
        return method(self, *args)

    return asked
