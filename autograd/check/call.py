"""A function and its inputs, seen as a function from R^n to R^m, for gradcheck to differentiate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import cached_property
from inspect import Parameter, signature
from itertools import zip_longest
from typing import Any

import numpy as np

from autograd.bridges.arrays import to_numpy
from autograd.check import numerical
from autograd.check.claims import (
    Claim,
    Gradient,
    refuse_changes,
    refuse_no_number,
    told,
    units,
    with_element,
)
from autograd.check.elements import Element, Moved, named
from autograd.check.foreign import ForeignFunction
from autograd.check.numerical import Along, Column
from autograd.check.report import NotCheckable
from autograd.check.watched import LostDigits, watching
from autograd.node.mode import no_grad
from autograd.node.node import Node, raw
from autograd.numbers.kinds import COMPLEX, kind, too_large
from autograd.transforms.derivatives import vjp
from autograd.transforms.pytree import leaves, map_leaves, paths, rebuild
from autograd.values.tensor import Tensor
from autograd.values.value import Value

Function = Callable[..., Any]
Pytree = Any

_FOR_TORCH = (
    "it was called with Values and Tensors of autograd: if it is a function of torch, give it "
    "torch's tensors, as in gradcheck(f, torch.tensor(x))"
)
_NAMED = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class Call:
    """A function at its inputs, seen as one from R^n to R^m.

    With a claim about its derivatives, ``f`` is called with plain numbers and arrays; else with
    constants of ours.

    Attributes
    ----------
    foreign : ForeignFunction or None
        The function, if it is one of another library's arrays.
    real : bool
        Whether every input is one real number, for which numbers with more digits may be given.
    result : pytree
        What the function returned, once it has been checked.
    """

    def __init__(self, f: Function, inputs: Pytree, claim: Claim | None = None) -> None:
        self.f, self.inputs, self.claim = f, inputs, claim
        self.foreign = f if isinstance(f, ForeignFunction) else None
        self.flat = leaves(inputs)
        self.result: Pytree = None
        self._gradients: dict[Any, list[Any]] = {}  # on other numbers
        several = any(np.ndim(x) or isinstance(x, complex) for x in self.flat)
        self.real = not several and self.foreign is None

    def __call__(self, flat: list[Any], f: Function | None = None) -> Pytree:
        """Return the result for inputs with these leaves, as nested by ``f``."""
        if self.foreign is not None:  # which copies, converts and looks for changes itself
            return (f or self.f)(*rebuild(self.inputs, iter(flat)))
        arguments = self.arguments(flat)
        given = leaves(arguments)
        with no_grad():
            result = map_leaves(lambda _, y: to_numpy(raw(y)), (f or self.f)(*arguments))
        refuse_changes("the function", arguments, given, flat)
        return result

    def arguments(self, flat: list[Any]) -> Pytree:
        """Return arguments with these leaves that a function may change."""
        wrap = _copied if self.claim else _constant
        return rebuild(self.inputs, iter([wrap(x) for x in flat]))

    def at(self, flat: list[Any]) -> Call:
        """Return the same function at other inputs."""
        moved = Call(self.f, rebuild(self.inputs, iter(flat)), self.claim)
        moved.result = self.result
        return moved

    def column(self, flat: list[Any], f: Function | None = None) -> Column:
        """Return all results in a row."""
        results = leaves(self(flat, f))
        return np.concatenate([np.ravel(np.asarray(y)) for y in results] or [np.zeros(0)])

    def checked(self) -> list[tuple[str, Any]]:
        """Return every element of the result with its name; NotCheckable if it can't be used."""
        with told("the function"), self._hinted():
            self.result = self(self.flat)
        for place, y in paths(self.result, "the result"):
            refuse_no_number(y, place)
        if type(self.claim) is Gradient and np.ndim(self.result):
            raise NotCheckable(
                f"the function returns an array of shape {np.shape(self.result)}, and a claimed "
                "gradient is of one number: give jacobian= or vjp=, or check one element"
            )
        found = self._named_elements(self.result)
        again = self._named_elements(self(self.flat))
        if found != again and all(y == y for _, y in found):
            raise NotCheckable(
                "the function is not deterministic: called again with the same inputs, it gave "
                "another result. Fix its random state, and let it change nothing outside"
            )
        for name, y in found:
            if not np.isfinite(y):
                raise NotCheckable(f"{name} is {y!r}: there is no derivative to check")
        if self.foreign is not None:
            self.foreign.widen(self.flat, self.here)
        return found

    @contextmanager
    def _hinted(self) -> Iterator[None]:
        """Add to a TypeError what to give a function of torch, if it may be one."""
        try:
            yield
        except TypeError as error:
            if "torch" in sys.modules and self.claim is None and self.foreign is None:
                error.add_note(_FOR_TORCH)
            raise

    def _named_elements(self, result: Pytree) -> list[tuple[str, Any]]:
        name = self.foreign.name_of_result if self.foreign is not None else named
        return [
            (name(place, index), _plain_element(np.asarray(leaf)[index], place))
            for place, leaf in paths(result, "the result")
            for index in np.ndindex(np.shape(leaf))
        ]

    @property
    def _in_differences(self) -> Function | None:
        return self.foreign.in_differences if self.foreign is not None else None

    @cached_property
    def here(self) -> Column:
        """All results in a row."""
        found = np.concatenate([np.ravel(y) for y in leaves(self.result)] or [np.zeros(0)])
        return found if found.dtype.kind == "c" else found.astype(float)

    @cached_property
    def jacobian(self) -> Column:
        """The derivatives to be checked, a row for each element of the result."""
        size = sum(np.size(x) for x in self.flat)
        if self.claim:
            claimed = self.claim.rows(self)
            if not np.array_equal(claimed, self.claim.rows(self), equal_nan=True):
                raise NotCheckable(
                    f"{self.claim.who} is not deterministic: called again with the same inputs, it "
                    "gave another result"
                )
            return claimed.reshape(-1, size) if size else np.zeros((len(self.here), 0))
        with no_grad():
            result, pullback = vjp(self.f, *self.inputs)
            rows = [_flattened(pullback(unit)) for unit in units(result)]
        return np.array(rows).reshape(len(rows), size)

    @cached_property
    def last_bit(self) -> float:
        """How coarse the claimed derivatives are: the distance from 1 to the next number."""
        if self.foreign is not None:
            return self.foreign.precision
        return float(np.finfo(np.result_type(self.jacobian, np.float16)).eps)

    @cached_property
    def noise(self) -> Column:
        """How far rounding moves each result: its standard deviation, measured beside the point."""
        rng = np.random.default_rng(0)
        sizes = np.where(self.numbers == 0, 1.0, np.abs(self.numbers))
        way = sizes * rng.uniform(0.5, 1.0, sizes.shape)
        along = self.along(lambda t: self.filled(self.numbers + t * way))
        found = numerical.steady_noise(along, self.rounds_inputs)
        # Of half a unit in the last place, rounded to at random, a half.
        least = self.last_bit / 4 * np.abs(self.here) if self.rounds_inputs else 0.0
        return np.maximum(found, least)

    @cached_property
    def numbers(self) -> Column:
        """All elements of the inputs in a row."""
        found: Column = np.concatenate([np.ravel(x) for x in self.flat])
        return found

    def filled(self, numbers: Column) -> list[Any]:
        """Return leaves as the inputs have them, with other numbers."""
        if self.real:
            return numbers.tolist()  # type: ignore[no-any-return]
        ends = np.cumsum([np.size(x) for x in self.flat])[:-1]
        parts = zip(np.split(numbers, ends), self.flat, strict=True)
        return [part.reshape(np.shape(x)) if np.ndim(x) else part.item() for part, x in parts]

    def rounding(self) -> Column | None:
        """Return how far results may be off in differences, where a claim is compared with them.

        That is some units in the last place of a float64; more, if it is seen that the function
        rounds more coarsely.
        """
        return numerical.rounding(self.here, self.noise) if self.claim else None

    def elements(self) -> Iterator[Element]:
        """Yield every element of the inputs, once for each direction in which it can be moved."""
        places = (found for k, x in enumerate(self.inputs) for found in paths(x, f"argument {k}"))
        j, rounding = 0, self.rounding()
        name = self.foreign.name_of_input if self.foreign is not None else named
        for k, (place, leaf) in enumerate(places):
            for index in np.ndindex(np.shape(leaf)):
                x = np.asarray(leaf)[index].item()
                one = Element(j, name(place, index), self._along(k, index), x, rounding=rounding)
                yield one
                if one.is_complex:
                    yield one._replace(direction=1j)
                j += 1

    def _along(self, k: int, index: tuple[int, ...]) -> Along:
        def moved(x: Any) -> list[Any]:
            flat = list(self.flat)
            flat[k] = with_element(flat[k], index, x) if np.ndim(flat[k]) else x
            return flat

        return self.along(moved)

    def along(self, moved: Callable[[Any], list[Any]]) -> Along:
        """Return all results as a function of one number, that moves the inputs.

        Where the inputs are rounded to another dtype, the results are put right by what the
        claimed derivatives say of so small a change.
        """
        errors: Any = (ArithmeticError, ValueError)
        if self.foreign is not None:
            errors = (*errors, *self.foreign.library.domain_errors)

        def along(x: Any) -> Column:
            flat = moved(x)
            try:
                found = self.column(flat, self._in_differences)
            except errors:  # outside its domain: math.log(-1)
                return np.full(len(self.here), np.nan)
            return found - self._rounded_away(flat)

        return along

    @property
    def rounds_inputs(self) -> bool:
        """Whether numbers are rounded to a narrower dtype before the function gets them."""
        return self.foreign is not None and self.foreign.narrow and not self.foreign.runs_wide

    def _rounded_away(self, flat: list[Any]) -> Column | float:
        if self.foreign is None or not self.rounds_inputs:
            return 0.0
        pairs = zip(self.foreign.rounded(flat), flat, strict=True)
        off = np.concatenate([np.ravel(y - x) for y, x in pairs])
        found: Column = np.nan_to_num(np.asarray(self.jacobian, float)) @ off
        return found

    def in_kind(self, one: Moved, row: int, convert: Function) -> Callable[[Any], Any]:
        """Return result ``row`` as a function of what is moved, on numbers of another kind."""

        def along(x: Any) -> Any:
            flat = [convert(number) for number in self.flat]
            flat = one.moved(flat, convert(x))
            with watching() as asked:
                y = self.column(flat)[row]
            if asked or kind(y) != kind(x):
                raise LostDigits("the function made floats of numbers with more digits")
            return y

        return along

    def of_leaves(self, *flat: Any) -> Any:
        """Return the result of ``f`` on these leaves, be they nodes or numbers."""
        return self.f(*rebuild(self.inputs, iter(flat)))

    def gradient_in_kind(self, row: int, convert: Function, precision: Any) -> list[Any]:
        """Return the engine's gradient of result ``row``, on numbers of another kind.

        It is computed once for each precision, for all inputs.
        """
        if (row, precision) not in self._gradients:
            inputs = map_leaves(lambda _, x: convert(x), self.inputs)
            with no_grad():
                result, pullback = vjp(self.f, *inputs)
                unit = map_leaves(lambda _, x: convert(x), list(units(result))[row])
                self._gradients[row, precision] = leaves(pullback(unit))
        return self._gradients[row, precision]


def variables(call: Call) -> Pytree:
    """Return variables for the inputs, with the names that the function has for them."""

    def variable(name: str, x: Any) -> Node:
        return Tensor(x, label=name) if np.ndim(x) else Value(x, label=name)

    names: list[str] = []
    with suppress(TypeError, ValueError):  # a function may not say what it takes
        parameters = signature(call.f).parameters.values()
        names = [p.name if p.kind in _NAMED else "" for p in parameters]
    pairs = zip_longest(call.inputs, names[: len(call.inputs)], fillvalue="")
    return tuple(map_leaves(variable, x, name) for x, name in pairs)


def plain(place: str, x: Any) -> Any:
    """Return an input as float64 or complex; ValueError if it isn't finite."""
    data = raw(x)
    if isinstance(data, np.ndarray):
        data = np.array(Tensor(data, dtype=np.float64)._data)
    else:
        data = Value(data).data
        data = complex(data) if kind(data) == COMPLEX else _as_float(data, place)
    refuse_infinite(place, data)
    return data


def refuse_infinite(place: str, data: Any) -> None:
    """Raise NotCheckable for inputs that aren't finite."""
    if not np.all(np.isfinite(data)):
        raise NotCheckable(f"{place} is {data!r}: gradients can be checked at finite inputs only")


def _constant(x: Any) -> Node:
    if isinstance(x, np.ndarray):
        return Tensor(x, requires_grad=False)
    return Value(x, requires_grad=False)


def _copied(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def as_fraction(x: Any) -> Any:
    """Return a float as the fraction that it is."""
    return x if isinstance(x, Fraction) else Fraction(x)


def _plain_element(x: Any, place: str) -> Any:
    return x.item() if isinstance(x, np.generic) else _as_float(x, place)


def _as_float(x: Any, place: str) -> float:
    try:
        return float(x)
    except OverflowError as error:
        raise too_large(error, place) from None


def _flattened(pytree: Pytree) -> Column:
    return np.concatenate([np.ravel(x) for x in leaves(pytree)])
