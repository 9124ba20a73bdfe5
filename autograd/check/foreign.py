"""Functions of another library's arrays, seen as functions of NumPy's: torch, JAX and others.

Numbers are moved in float64 and rounded to the dtype of the user's own arrays. A complex array is
two real ones, along a last axis: real parts and imaginary parts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from copy import copy
from itertools import compress
from typing import Any

import numpy as np

from autograd.bridges.arrays import Library, is_foreign, to_numpy
from autograd.check.claims import FIXED, Claim, Pullback
from autograd.check.elements import named
from autograd.check.numerical import EPS, Column
from autograd.check.report import NotCheckable
from autograd.numbers.words import with_article
from autograd.transforms.pytree import leaves, map_leaves, paths, rebuild

Function = Callable[..., Any]
Pytree = Any

_ALIKE = 64.0  # units in the last place that a result may be off the same one in float64


class ForeignFunction:
    """A function of another library's arrays, to be called with NumPy's.

    Attributes
    ----------
    inputs : tuple
        The user's, as arrays of float64; ``FIXED`` in the place of what isn't moved.
    precision : float
        The distance from 1 to the next number, of the coarsest array that goes in or comes out.
    runs_wide : bool
        Whether differences are taken of the function in float64, though the inputs are narrower.
    """

    def __init__(self, f: Function, inputs: tuple[Any, ...], library: Library) -> None:
        self.f, self.given, self.library = f, inputs, library
        self.flat = leaves(inputs)
        self.runs_wide = False
        places = (found for k, x in enumerate(inputs) for found in paths(x, f"argument {k}"))
        self.complex_inputs = {place for place, x in places if _is_complex(x)}
        self.complex_results: set[str] = set()
        self.differentiates = True  # whether the library's own derivatives are looked at
        self.moves = library.moved(self.flat)
        if not any(self.moves):
            raise NotCheckable(
                f"no input of {library.name} is of real or complex floats: there is no gradient to "
                "check"
            )
        pairs = zip(self.flat, self.moves, strict=True)
        self.inputs = rebuild(inputs, iter([_real(x) if m else FIXED for x, m in pairs]))
        self.precision = max(
            library.precision(x) for x, m in zip(self.flat, self.moves, strict=True) if m
        )

    def __call__(self, *arguments: Pytree) -> Pytree:
        """Return the result as NumPy's arrays; ``FIXED`` in the place of what has no slope.

        Raises
        ------
        NotCheckable
            If the function changes what it is given, or returns nothing that has a slope.
        """
        mine, variable = self.library.is_mine, self.library.variable
        flat = [variable(x) if mine(x) else x for x in self._arrays(arguments)]
        held = [_copy(x) for x in flat]
        given = rebuild(self.given, iter(flat))
        with self.library.differentiable():
            result = self.f(*given)
        now = leaves(given)
        changed = len(now) != len(flat) or any(x is not y for x, y in zip(now, flat, strict=True))
        if changed or not all(map(_same, flat, held)):
            raise NotCheckable(
                "the function changes its inputs in place, so that it can't be compared at two "
                "points: let it copy what it changes"
            )
        if self.differentiates and not any(map(self.library.has_slopes, leaves(result))):
            raise NotCheckable(
                f"the function returns no array of floats of {self.library.name}: there is no "
                "gradient to check"
            )
        return map_leaves(self._plain, result, "the result")

    def in_differences(self, *arguments: Pytree) -> Pytree:
        """Return the same, in float64 if the function computes with that, and ask no more."""
        library, make = self.library, self.library.wide_array if self.runs_wide else None
        with library.wide() if self.runs_wide else nullcontext(), library.differentiable():
            flat = [library.variable(x) if m else x for x, m in self._given(arguments, make)]
            return map_leaves(self._plain, self.f(*rebuild(self.given, iter(flat))), "the result")

    def widen(self, flat: Sequence[Any], here: Column) -> None:
        """See whether the function can be run in float64, and gives about the same there."""
        if not self.narrow:
            return
        self.runs_wide, precision = True, self.precision
        try:
            wide = leaves(self.in_differences(*rebuild(self.inputs, iter(flat))))
            found = np.concatenate([np.ravel(y) for y in wide])
        except Exception:  # whatever a function does with a dtype that it isn't made for
            found = np.zeros(0)
        self.precision = precision
        size = np.max(np.abs(here), initial=0.0)
        same = found.shape == here.shape and np.all(
            np.abs(found - here) <= _ALIKE * precision * size
        )
        self.runs_wide = bool(same)

    def rounded(self, flat: Sequence[Any]) -> list[Any]:
        """Return numbers as the function will get them, rounded to their dtypes."""
        pairs = zip(flat, self.flat, self.moves, strict=True)
        return [_real(self._array(x, like)) if m else x for x, like, m in pairs]

    @property
    def narrow(self) -> bool:
        """Whether numbers are rounded to a dtype narrower than float64."""
        return any(self.library.precision(x) > EPS for x in compress(self.flat, self.moves))

    def name_of_input(self, place: str, index: tuple[int, ...]) -> str:
        """Return the name of an element of an input, or of one part of a complex one."""
        return _name_of_part(place, index) if place in self.complex_inputs else named(place, index)

    def name_of_result(self, place: str, index: tuple[int, ...]) -> str:
        """Return the name of an element of the result, or of one part of a complex one."""
        return _name_of_part(place, index) if place in self.complex_results else named(place, index)

    @property
    def claim(self) -> Claim:
        """What the library itself says of the derivatives."""
        if not self.library.differentiates:
            raise TypeError(
                f"gradcheck knows no autodiff for {with_article(self.flat[0])}: give "
                "gradient=, jacobian= or vjp="
            )
        found = Pullback(self._vjp)
        found.who = self.library.name
        return found

    def claimed(self, claim: Claim) -> Claim:
        """Return a claim that is called with the library's arrays as one that NumPy's are for."""
        if self.complex_inputs:
            raise TypeError(
                "a claim about complex arrays of another library has no one convention: leave it "
                "out, and the library's own gradient is checked"
            )
        theirs, self.differentiates = claim.function, False
        found = type(claim)(lambda *arguments: self._claimed(theirs, arguments))
        return found

    def _claimed(self, theirs: Function, arguments: Pytree) -> Any:
        found = theirs(*rebuild(self.given, iter(self._arrays(arguments))))
        if not (isinstance(found, tuple) and len(found) == 2 and callable(found[1])):
            return found
        result, pullback = found
        flat = leaves(result)

        def pulled(cotangent: Pytree) -> Any:
            pairs = zip(leaves(cotangent), flat, strict=True)
            return pullback(rebuild(result, iter([self._array(g, y) for g, y in pairs])))

        return result, pulled

    def _vjp(self, *arguments: Pytree) -> Any:
        """Return the result and the pullback, as the library's own autodiff has it."""
        arrays = self._arrays(arguments)
        places = [k for k, moves in enumerate(self.moves) if moves]
        sloping: list[bool] = []

        def results(primals: list[Any]) -> list[Any]:
            flat = list(arrays)
            for k, x in zip(places, primals, strict=True):
                flat[k] = x
            found = leaves(self.f(*rebuild(self.given, iter(flat))))
            sloping[:] = map(self.library.has_slopes, found)
            return list(compress(found, sloping))

        outputs, pullback = self.library.vjp(results, [arrays[k] for k in places])

        def pulled(cotangent: Pytree) -> Any:
            numbers = compress(leaves(cotangent), sloping)
            given = [self._array(g, y) for g, y in zip(numbers, outputs, strict=True)]
            held = [_copy(g) for g in given]
            found = pullback(given)
            if not all(map(_same, given, held)):
                raise NotCheckable(
                    f"the backward of {self.library.name} changes the cotangent that it is given, "
                    "in place: where a result is used twice, others get the changed one"
                )
            flat: list[Any] = [FIXED] * len(arrays)
            for k, g in zip(places, found, strict=True):
                flat[k] = _real(g)
            return rebuild(self.given, iter(flat))

        return outputs, pulled

    def _arrays(self, arguments: Pytree) -> list[Any]:
        """Return the library's arrays with these numbers, and what isn't moved as it is."""
        return [x for x, _ in self._given(arguments, None)]

    def _given(self, arguments: Pytree, make: Function | None) -> list[tuple[Any, bool]]:
        pairs = zip(leaves(arguments), self.flat, self.moves, strict=True)
        return [(self._array(x, like, make) if m else like, m) for x, like, m in pairs]

    def _array(self, data: Any, like: Any, make: Function | None = None) -> Any:
        """Return an array of the library with real numbers, or pairs of them, of a dtype."""
        shape = like.shape if hasattr(like, "shape") else to_numpy(like).shape
        data = np.asarray(data)
        if data.shape != shape:  # a last axis for real and imaginary parts
            data = np.ascontiguousarray(data).view(complex).reshape(shape)
        return (make or self.library.array)(data, like)

    def _plain(self, place: str, y: Any) -> Any:
        if self.library.has_slopes(y):
            if _is_complex(y):
                self.complex_results.add(place)
            self.precision = max(self.precision, self.library.precision(y))
            return _real(y)
        return y if isinstance(y, (float, np.ndarray)) and not self.differentiates else FIXED


def _real(x: Any) -> Any:
    """Return an array as float64, a complex one as pairs."""
    found = to_numpy(x)
    if found.dtype.kind == "c":
        return np.ascontiguousarray(found, complex).reshape(*found.shape, 1).view(float)
    return found.astype(float)


def _is_complex(x: Any) -> bool:
    return bool(np.iscomplexobj(to_numpy(x)))


def _name_of_part(place: str, index: tuple[int, ...]) -> str:
    return f"{named(place, index[:-1])}, its {('real', 'imaginary')[index[-1]]} part"


def _copy(x: Any) -> Any:
    return np.array(to_numpy(x)) if is_foreign(x) else x


def _same(x: Any, before: Any) -> bool:
    if not is_foreign(x):
        return x is before
    now = to_numpy(x)
    return now.shape == before.shape and np.array_equal(
        now, before, equal_nan=now.dtype.kind in "fc"
    )


def in_jax(f: Function, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return numbers and NumPy's arrays as JAX's, if that is what ``f`` makes of them; else None.

    It is called only where JAX is loaded.
    """
    jax = sys.modules.get("jax")
    if jax is None:
        return None
    plain = all(isinstance(x, (float, np.ndarray)) for x in leaves(inputs))
    try:
        copies = rebuild(inputs, iter([copy(x) for x in leaves(inputs)]))
        result = leaves(f(*copies)) if plain else []
    except Exception:  # whatever a function of ours does with plain arrays
        return None
    if not any(isinstance(y, jax.Array) for y in result):
        return None
    arrays = iter([jax.numpy.asarray(x) for x in leaves(inputs)])
    return rebuild(inputs, arrays)  # type: ignore[no-any-return]
