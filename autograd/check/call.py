"""A function and its inputs, seen as a function from R^n to R^m, for gradcheck to differentiate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from inspect import Parameter, signature
from itertools import zip_longest
from numbers import Number
from typing import Any, NamedTuple

import numpy as np

from autograd.check.numerical import Along, Column
from autograd.check.report import NotCheckable
from autograd.check.watched import LostDigits, watching
from autograd.node.mode import no_grad
from autograd.node.node import Node
from autograd.numbers.kinds import COMPLEX, kind, too_large
from autograd.transforms.derivatives import vjp
from autograd.transforms.pytree import leaves, map_leaves, paths, rebuild
from autograd.values.tensor import Tensor
from autograd.values.value import Value

Function = Callable[..., Any]
Pytree = Any

_NAMED = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class Element(NamedTuple):
    """An element of the inputs: its number and name, the function along it, and itself."""

    j: int
    place: str
    along: Along
    x: Any
    direction: complex = 1  # in which it is moved: a complex one along the imaginary axis, too

    @property
    def is_complex(self) -> bool:
        return isinstance(self.x, complex)


class Call:
    """A function at its inputs, seen as one from R^n to R^m.

    With a claimed gradient, ``f`` is called with plain numbers and arrays; else with constants of
    ours.
    """

    def __init__(self, f: Function, inputs: Pytree, gradient: Function | None = None) -> None:
        self.f = f
        self.inputs = inputs
        self.gradient = gradient
        self.flat = leaves(inputs)
        self.size = 0  # how many elements the result has: known once it has been checked
        self._gradients: dict[Any, list[Any]] = {}  # on other numbers
        self.real = not any(np.ndim(x) or isinstance(x, complex) for x in self.flat)

    def __call__(self, flat: list[Any]) -> Pytree:
        """Return the result for inputs with these leaves, as nested by ``f``."""
        wrap = _copied if self.gradient else _constant
        given = [wrap(x) for x in flat]
        arguments = rebuild(self.inputs, iter(given))
        with no_grad():
            result = map_leaves(lambda _, y: raw(y), self.f(*arguments))
        _refuse_changes("the function", arguments, given, flat)
        return result

    def at(self, flat: list[Any]) -> Call:
        """Return the same function at other inputs."""
        return Call(self.f, rebuild(self.inputs, iter(flat)), self.gradient)

    def column(self, flat: list[Any]) -> Column:
        results = leaves(self(flat))
        return np.concatenate([np.ravel(np.asarray(y)) for y in results] or [np.zeros(0)])

    def checked(self) -> list[tuple[str, Any]]:
        """Return every element of the result with its name; NotCheckable if it can't be used."""
        result = self(self.flat)
        for place, y in paths(result, "the result"):
            _refuse_no_number(y, place)
        if self.gradient and np.ndim(result):
            raise NotCheckable(
                f"the function returns an array of shape {np.shape(result)}, and a claimed "
                "gradient is of one number: check an element, or a sum weighted by a cotangent"
            )
        found = list(_named_elements(result, "the result"))
        again = list(_named_elements(self(self.flat), "the result"))
        if found != again and all(y == y for _, y in found):
            raise NotCheckable(
                "the function is not deterministic: called again with the same inputs, it gave "
                "another result. Fix its random state, and let it change nothing outside"
            )
        for name, y in found:
            if not np.isfinite(y):
                raise NotCheckable(f"{name} is {y!r}: there is no derivative to check")
        self.size = len(found)
        return found

    def jacobian(self) -> Column:
        """Return the derivatives to be checked, a row for each element of the result."""
        size = sum(np.size(x) for x in self.flat)
        if self.gradient:
            claimed = self._claimed()
            if not np.array_equal(claimed, self._claimed(), equal_nan=True):
                raise NotCheckable(
                    "the claimed gradient is not deterministic: called again with the same "
                    "inputs, it gave another result"
                )
            return claimed.reshape(1, size)
        with no_grad():
            result, pullback = vjp(self.f, *self.inputs)
            rows = [_flattened(pullback(unit)) for unit in _units(result)]
        return np.array(rows).reshape(len(rows), size)

    def _claimed(self) -> Column:
        given = [_copied(x) for x in self.flat]
        arguments = rebuild(self.inputs, iter(given))
        found = self.gradient(*arguments) if self.gradient else None
        _refuse_changes("the claimed gradient", arguments, given, self.flat)
        alone = len(self.inputs) == 1 and not isinstance(found, tuple)
        parts = (found,) if alone else found
        if not isinstance(parts, tuple) or len(parts) != len(self.inputs):
            raise TypeError(
                f"the claimed gradient must return a tuple with a part for each of "
                f"{len(self.inputs)} inputs, got a {type(found).__name__}"
            )
        for k, (part, x) in enumerate(zip(parts, self.inputs, strict=True)):
            for (place, g), y in zip(paths(part, f"argument {k}"), leaves(x), strict=True):
                _refuse_no_number(raw(g), f"the claimed gradient by {place}")
                if np.shape(raw(g)) != np.shape(y):
                    raise ValueError(
                        f"the claimed gradient by {place} has shape {np.shape(raw(g))}, expected "
                        f"{np.shape(y)}, the shape of the input"
                    )
        return _flattened(map_leaves(lambda _, g: raw(g), parts))

    def elements(self) -> Iterator[Element]:
        """Yield every element of the inputs, once for each direction in which it can be moved."""
        places = (found for k, x in enumerate(self.inputs) for found in paths(x, f"argument {k}"))
        j = 0
        for k, (place, leaf) in enumerate(places):
            for index in np.ndindex(np.shape(leaf)):
                x = np.asarray(leaf)[index].item()
                one = Element(j, _named(place, index), self._along(k, index), x)
                yield one
                if one.is_complex:
                    yield one._replace(direction=1j)
                j += 1

    def _along(self, k: int, index: tuple[int, ...]) -> Along:
        def along(x: Any) -> Column:
            flat = list(self.flat)
            flat[k] = with_element(flat[k], index, x) if np.ndim(flat[k]) else x
            try:
                return self.column(flat)
            except (ArithmeticError, ValueError):  # outside its domain: math.log(-1)
                return np.full(self.size, np.nan)

        return along

    def in_kind(self, j: int, row: int, convert: Function) -> Callable[[Any], Any]:
        """Return result ``row`` as a function of input ``j``, on numbers of another kind."""

        def along(x: Any) -> Any:
            flat = [convert(number) for number in self.flat]
            flat[j] = convert(x)
            with watching() as asked:
                y = self.column(flat)[row]
            if asked or kind(y) != kind(x):
                raise LostDigits("the function made floats of numbers with more digits")
            return y

        return along

    def of_leaves(self, *flat: Any) -> Any:
        """Return what ``f`` makes of these leaves, be they nodes or numbers."""
        return self.f(*rebuild(self.inputs, iter(flat)))

    def gradient_in_kind(self, row: int, convert: Function, precision: Any) -> list[Any]:
        """Return the engine's gradient of result ``row``, on numbers of another kind.

        It is computed once for each precision, for all inputs.
        """
        if (row, precision) not in self._gradients:
            inputs = map_leaves(lambda _, x: convert(x), self.inputs)
            with no_grad():
                result, pullback = vjp(self.f, *inputs)
                unit = map_leaves(lambda _, x: convert(x), list(_units(result))[row])
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
    if not np.all(np.isfinite(data)):
        raise NotCheckable(f"{place} is {data!r}: gradients can be checked at finite inputs only")
    return data


def raw(x: Any) -> Any:
    """Return the number or array behind ``x``, which may be a node."""
    return x._data if isinstance(x, Node) else x


def _refuse_no_number(x: Any, what: str) -> None:
    array = isinstance(x, np.ndarray)
    numeric = x.dtype.kind in "iufc" if array else x is not True and x is not False
    if not (numeric and isinstance(x, (Number, np.ndarray))):
        found = f"an array of {x.dtype}" if array else f"a {type(x).__name__}"
        raise TypeError(f"{what} is {found}: expected a number or an array of numbers")


def _constant(x: Any) -> Node:
    if isinstance(x, np.ndarray):
        return Tensor(x, requires_grad=False)
    return Value(x, requires_grad=False)


def _copied(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def _refuse_changes(who: str, arguments: Pytree, given: list[Any], then: list[Any]) -> None:
    """Raise NotCheckable if the arguments hold other leaves, or arrays with other numbers."""
    now = leaves(arguments)
    arrays = [(x, y) for x, y in zip(given, then, strict=True) if isinstance(y, np.ndarray)]
    replaced = len(now) != len(given) or any(x is not y for x, y in zip(now, given, strict=True))
    if replaced or not all(np.array_equal(raw(x), y) for x, y in arrays):
        raise NotCheckable(
            f"{who} changes its inputs in place, so that it can't be compared at two points: let "
            "it copy what it changes"
        )


def as_fraction(x: Any) -> Any:
    """Return a float as the fraction that it is."""
    return x if isinstance(x, Fraction) else Fraction(x)


def with_element(array: Any, index: tuple[int, ...], x: Any) -> Any:
    """Return a copy of the array with one element replaced."""
    changed = array.copy()
    changed[index] = x
    return changed


def _named(name: str, index: tuple[int, ...]) -> str:
    return f"{name} at index {index}" if index else name


def _named_elements(pytree: Pytree, name: str) -> Iterator[tuple[str, Any]]:
    for place, leaf in paths(pytree, name):
        for index in np.ndindex(np.shape(leaf)):
            yield _named(place, index), _plain_element(np.asarray(leaf)[index], place)


def _plain_element(x: Any, place: str) -> Any:
    return x.item() if isinstance(x, np.generic) else _as_float(x, place)


def _as_float(x: Any, place: str) -> float:
    try:
        return float(x)
    except OverflowError as error:
        raise too_large(error, place) from None


def _flattened(pytree: Pytree) -> Column:
    return np.concatenate([np.ravel(x) for x in leaves(pytree)])


def _units(pytree: Pytree) -> Iterator[Pytree]:
    """Yield the pytree with a one in one place and zeros in all others, for every place."""
    for k, leaf in enumerate(leaves(pytree)):
        for index in np.ndindex(np.shape(leaf)):
            zeros: list[Any] = [np.zeros_like(y) if np.ndim(y) else 0.0 for y in leaves(pytree)]
            zeros[k] = with_element(zeros[k], index, 1.0) if np.ndim(leaf) else 1.0
            yield rebuild(pytree, iter(zeros))
