"""Functions of arrays on arrays of mpmath's numbers: a reference where floats can't tell.

NumPy computes with arrays of objects, and our ops do where they compute with any number. What a
function does to such arrays is watched as with numbers: a float on the way ends it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.check.elements import Moved
from autograd.check.precise import difference
from autograd.check.watched import LostDigits, watched, watching
from autograd.node.mode import no_grad
from autograd.node.node import raw
from autograd.transforms.pytree import leaves, rebuild

Precise = Callable[[list[Any]], list[Any]]  # all elements of the inputs → all of the results

SECONDS = 1.5  # for all that arrays of objects are asked in one check

# WebAssembly has one thread, and no clock of a thread.
_clock = getattr(time, "thread_time", time.process_time)


class Gradient:
    """The gradient of a sum of a function's results with weights, of arrays or of mpmath's numbers.

    It is a function of the same arguments, found by our own rules; ``precise`` is found by
    differences of the function, and asks no rule.
    """

    def __init__(self, pullback: Callable[..., Any], f: Any, inputs: Any, weights: Any) -> None:
        self.pullback = pullback
        self.f = f
        self.precise = precise_gradient(precisely(f, inputs), elements(weights))

    def __call__(self, *primals: Any) -> Any:
        return self.pullback(*primals)


def undifferentiated(f: Any) -> Any:
    """Return the function whose gradient, or gradient's gradient, this one is; else itself."""
    while isinstance(f, Gradient):
        f = f.f
    return f


def elements(pytree: Any) -> list[Any]:
    """Return all elements of all leaves, in a row."""
    return [x for leaf in leaves(pytree) for x in np.ravel(np.asarray(raw(leaf), object)).tolist()]


def precisely(f: Any, inputs: Any) -> Precise:
    """Return ``f`` as a function of mpmath's numbers, in the places of its inputs' elements."""
    if isinstance(f, Gradient):
        return f.precise

    def run(numbers: list[Any]) -> list[Any]:
        left = iter(numbers)
        flat = [_filled(leaf, left) for leaf in leaves(inputs)]
        with watching() as asked, no_grad():
            found = elements(f(*rebuild(inputs, iter(flat))))
        if not asked and any(map(_is_complex, found)):
            raise ValueError("outside the domain")
        if asked or not all(map(_is_precise, found)):
            raise LostDigits("the function made floats of numbers with more digits")
        return found

    return run


def _filled(leaf: Any, numbers: Iterator[Any]) -> Any:
    if not np.ndim(leaf):
        return watched(next(numbers))
    array = np.empty(np.shape(leaf), object)
    for index in np.ndindex(array.shape):
        array[index] = watched(next(numbers))
    return array


def _is_precise(y: Any) -> bool:
    from mpmath import mp

    return isinstance(y, mp.mpf) or (isinstance(y, (int, float)) and y == 0)


def _is_complex(y: Any) -> bool:
    from mpmath import mp

    return isinstance(y, (mp.mpc, complex))


def precise_gradient(f: Precise, weights: list[Any]) -> Precise:
    """Return the gradient of the sum of results of ``f`` with weights, by differences."""
    from mpmath import mp

    def run(numbers: list[Any]) -> list[Any]:
        def slope(j: int) -> Any:
            def along(x: Any) -> Any:
                return sum(w * y for w, y in zip(weights, f(_with(numbers, j, x)), strict=True))

            return difference(along, numbers[j], 2 * mp.dps)

        return [slope(j) for j in range(len(numbers))]

    return run


class Budget:
    """The time that is left for arrays of objects."""

    def __init__(self) -> None:
        self.left = SECONDS

    def run(self, f: Callable[[], Any]) -> Any:
        """Return the result of f; TimeoutError if there is no time left."""
        if self.left < 0:
            raise TimeoutError("arrays of objects take too long")
        start = _clock()
        try:
            return f()
        finally:
            self.left -= _clock() - start


class Along:
    """All results as functions of what is moved: computed once for all of them, in limited time."""

    def __init__(self, f: Precise, numbers: list[Any], moved: Moved, budget: Budget) -> None:
        self.f, self.numbers, self.moved, self.budget = f, numbers, moved, budget
        self.known: dict[Any, list[Any]] = {}

    def row(self, row: int) -> Callable[[Any], Any]:
        """Return one result as such a function."""
        from mpmath import mp

        def run(x: Any) -> Any:
            at = (mp.prec, x)
            if at not in self.known:
                numbers = self.moved.moved(self.numbers, x)
                self.known[at] = self.budget.run(lambda: self.f(numbers))
            return self.known[at][row]

        return run


def _with(numbers: list[Any], j: int, x: Any) -> list[Any]:
    changed = list(numbers)
    changed[j] = x
    return changed
