"""Claims about derivatives: a gradient, a Jacobian or a pullback that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.bridges.arrays import to_numpy
from autograd.check.numerical import Column
from autograd.check.report import NotCheckable
from autograd.node.node import raw
from autograd.numbers.words import with_article
from autograd.transforms.pytree import aligned, is_container, leaves, paths, rebuild

if TYPE_CHECKING:
    from autograd.check.call import Call

Pytree = Any
Function = Callable[..., Any]

FIXED = np.zeros(0)  # in place of inputs and results that have no derivative: integers, settings


@contextmanager
def told(who: str) -> Iterator[None]:
    """Add to an error that a user's function raises which function it was."""
    try:
        yield
    except NotCheckable:
        raise
    except Exception as error:
        error.add_note(f"raised by {who}, as gradcheck called it at the inputs given")
        raise


def is_fixed(x: Any) -> bool:
    """Whether there is nothing to differentiate: ``FIXED``, or an empty array."""
    return bool(np.shape(x) == (0,))


class Claim:
    """A claim: a function of the same arguments, and what it returns of the derivatives.

    Attributes
    ----------
    who : str
        Whose it is, as reports say it.
    """

    who = "the claim"

    def __init__(self, function: Function) -> None:
        self.function = function

    def rows(self, call: Call) -> Column:
        """Return the claimed derivatives, a row for each element of the result."""
        arguments = call.arguments(call.flat)
        given = leaves(arguments)
        with told(self.who):
            said = self.function(*arguments)
        found = self._rows(call, said)
        refuse_changes(self.who, arguments, given, call.flat)
        return found

    def _rows(self, call: Call, said: Pytree) -> Column:
        raise NotImplementedError

    def _by_argument(self, call: Call, found: Pytree) -> tuple[Any, ...]:
        """Return the claim about each argument: alone, an argument needs no tuple."""
        count = len(call.inputs)
        alone = count == 1 and not isinstance(found, tuple)
        parts = (found,) if alone else found
        if isinstance(parts, list) and count > 1:
            parts = tuple(parts)
        if not isinstance(parts, tuple) or len(parts) != count:
            raise TypeError(
                f"{self.who} must return a tuple with a part for each of {count} inputs, got "
                + with_article(found)
            )
        return parts

    def _numbers(self, call: Call, parts: tuple[Any, ...], shape: tuple[int, ...]) -> list[Any]:
        """Return one array for each leaf of the inputs, of a result's shape and its own."""
        found = []
        for k, (part, x) in enumerate(zip(parts, call.inputs, strict=True)):
            given = self._aligned(x, part, k)
            for (place, y), g in zip(paths(x, f"argument {k}"), given, strict=True):
                if is_fixed(y):
                    found.append(np.zeros((*shape, 0)))
                    continue
                number = to_numpy(raw(g))
                refuse_no_number(number, f"{self.who} by {place}")
                if np.shape(number) != (*shape, *np.shape(y)):
                    raise ValueError(
                        f"{self.who} by {place} has shape {np.shape(number)}, expected "
                        f"{(*shape, *np.shape(y))}, the shape of the "
                        f"{'result and of the input' if shape else 'input'}"
                    )
                found.append(number)
        return found

    def _aligned(self, x: Pytree, part: Pytree, k: int) -> list[Any]:
        """Return the claim about each leaf of an argument; of a fixed leaf it may be anything."""
        if not is_container(x) and isinstance(part, list) and np.ndim(x):
            return [np.array(part)]  # rows written as lists
        if not (is_container(x) or is_container(part)):
            return [part]
        fixed = any(map(is_fixed, leaves(x)))
        if fixed and len(leaves(part)) == len(leaves(x)):
            return leaves(part)
        return aligned(x, part, f"{self.who} by argument {k}")


class Gradient(Claim):
    """A claimed gradient of a function with one number as the result."""

    who = "the claimed gradient"

    def _rows(self, call: Call, said: Pytree) -> Column:
        parts = self._by_argument(call, said)
        return _flattened([self._numbers(call, parts, ())])


class Jacobian(Claim):
    """A claimed Jacobian: nested as the result, and within it as the inputs; arrays of both."""

    who = "the claimed Jacobian"

    def _rows(self, call: Call, said: Pytree) -> Column:
        blocks = []
        for y, part in _parts(call.result, said, self.who):
            arrays = self._numbers(call, self._by_argument(call, part), np.shape(y))
            blocks.append(np.concatenate([np.reshape(a, (np.size(y), -1)) for a in arrays], axis=1))
        return np.concatenate(blocks) if blocks else np.zeros((0, 0))


class Pullback(Claim):
    """A claimed vjp: it returns the result, and what takes a cotangent back to the inputs."""

    who = "the claimed vjp"

    def _rows(self, call: Call, said: Pytree) -> Column:
        if not (isinstance(said, (tuple, list)) and len(said) == 2 and callable(said[1])):
            raise TypeError(
                f"{self.who} must return the result and the pullback, as autograd.vjp and "
                f"jax.vjp do, got {with_article(said)}"
            )
        pullback = said[1]

        def pulled(unit: Pytree) -> list[Any]:
            before = [np.array(g) for g in leaves(unit)]
            with told(f"the pullback of {self.who}"):
                found = pullback(unit)
            after = zip(before, leaves(unit), strict=True)
            if not all(np.array_equal(old, new) for old, new in after):
                raise NotCheckable(f"{self.who} changes the cotangent that it is given, in place")
            return self._numbers(call, self._by_argument(call, found), ())

        rows = [pulled(unit) for unit in units(call.result)]
        if rows:
            self._refuse_another(rows[0], pulled(next(units(call.result))))
        return _flattened(rows)

    def _refuse_another(self, first: list[Any], again: list[Any]) -> None:
        pairs = zip(first, again, strict=True)
        if not all(np.array_equal(one, other, equal_nan=True) for one, other in pairs):
            raise NotCheckable(
                f"{self.who} gives another result when it is called again: it changes what it has "
                "saved, or isn't deterministic"
            )


def refuse_changes(who: str, arguments: Pytree, given: list[Any], then: list[Any]) -> None:
    """Raise NotCheckable if the arguments hold other leaves, or arrays with other numbers."""
    now = leaves(arguments)
    arrays = [(x, y) for x, y in zip(given, then, strict=True) if isinstance(y, np.ndarray)]
    replaced = len(now) != len(given) or any(x is not y for x, y in zip(now, given, strict=True))
    if replaced or not all(np.array_equal(raw(x), y) for x, y in arrays):
        raise NotCheckable(
            f"{who} changes its inputs in place, so that it can't be compared at two points: let "
            "it copy what it changes"
        )


def refuse_no_number(x: Any, what: str) -> None:
    """Raise TypeError for what is neither a number nor an array of numbers."""
    array = isinstance(x, np.ndarray)
    numeric = x.dtype.kind in "iufc" if array else x is not True and x is not False
    if not (numeric and isinstance(x, (Number, np.ndarray))):
        found = f"an array of {x.dtype}" if array else with_article(x)
        raise TypeError(f"{what} is {found}: expected a number or an array of numbers")


def units(pytree: Pytree) -> Iterator[Pytree]:
    """Yield the pytree with a one in one place and zeros in all others, for every place."""
    for k, leaf in enumerate(leaves(pytree)):
        for index in np.ndindex(np.shape(leaf)):
            zeros: list[Any] = [np.zeros_like(y) if np.ndim(y) else 0.0 for y in leaves(pytree)]
            zeros[k] = with_element(zeros[k], index, 1.0) if np.ndim(leaf) else 1.0
            yield rebuild(pytree, iter(zeros))


def with_element(array: Any, index: tuple[int, ...], x: Any) -> Any:
    """Return a copy of the array with one element replaced."""
    changed = array.copy()
    changed[index] = x
    return changed


def _parts(result: Pytree, found: Pytree, who: str) -> Iterator[tuple[Any, Any]]:
    """Yield each leaf of a result, and what is nested in its place."""
    if not is_container(result):
        yield result, found
        return
    kind = dict if isinstance(result, dict) else (list, tuple)
    keys = list(result) if isinstance(result, dict) else list(range(len(result)))
    if not isinstance(found, kind) or len(found) != len(keys):
        raise TypeError(
            f"{who} must be nested as the result is, {with_article(result)} of {len(keys)}, got "
            f"{with_article(found)}"
        )
    for key in keys:
        yield from _parts(result[key], found[key], f"{who}[{key!r}]")


def _flattened(rows: list[list[Any]]) -> Column:
    found = [np.concatenate([np.ravel(g) for g in row] or [np.zeros(0)]) for row in rows]
    return np.array(found) if found else np.zeros((0, 0))
