"""Argument checks of ``jit``, and of the functions that it returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.node.mode import current_mode
from autograd.node.node import Node
from autograd.numbers.words import shown, with_article
from autograd.replay.recording import Recording
from autograd.values.batched import sizes_in_force
from autograd.values.value import Value

Argnums = int | Sequence[int]


def checked_function(given: Any) -> Any:
    """Return what is to be recorded; TypeError if it can't be called."""
    if not callable(given):
        raise TypeError(f"jit records a function of Values, got {shown(given)}")
    return given


def checked_parameters(given: Iterable[Any]) -> list[Any]:
    """Return variables that are to be the elements of one array; an error if they can't be."""
    if isinstance(given, Node):
        raise TypeError(f"parameters must be a list of variables, got one: [{given!r}]")
    found = list(given)
    of_tensors = any(isinstance(p, Node) and p._rank for p in found)
    for p in found:
        is_leaf = isinstance(p, Node) and p.is_leaf and bool(p._rank) == of_tensors
        if not (is_leaf and (p._rank or type(p._data) is float)):
            raise TypeError(
                "parameters must be Values of floats, or Tensors, all of one kind, that no "
                f"operation made, got {p!r}"
            )
    if of_tensors and len({p._data.dtype for p in found}) > 1:
        raise TypeError("parameters must have one dtype, for they are one array")
    if len(set(found)) != len(found):
        raise ValueError(
            "a parameter is given twice, and can't be two elements of one array: give each once"
        )
    return found


def checked_count(recordings: Any) -> int:
    """Return how many recordings to keep; ValueError unless it is positive."""
    if isinstance(recordings, bool) or not isinstance(recordings, int) or recordings < 1:
        raise ValueError(f"recordings must be a positive whole number, got {recordings!r}")
    return recordings


def are_inside_another() -> bool:
    """Whether another function is being recorded, or mapped by ``vmap``."""
    return current_mode().tracer is not None or bool(sizes_in_force())


def has_variable(numbers: list[Any]) -> bool:
    """Whether one wants a gradient, which the plain numbers of a replay would lose."""
    return current_mode().recording and any(
        isinstance(number, Node) and number.requires_grad for number in numbers
    )


def checked_argnums(given: Argnums, count: int) -> tuple[int, ...]:
    """Return which arguments to differentiate in, counted from the first."""
    chosen = given if isinstance(given, Sequence) else (given,)
    if not all(type(k) is int for k in chosen):
        raise TypeError(f"argnums must be an int or a sequence of them, got {given!r}")
    for k in chosen:
        if not -count <= k < count:
            raise ValueError(
                f"argnums {k} is out of range: the function was given {count} arguments"
            )
    return tuple(k % count for k in chosen)


def require_scalar(recording: Recording) -> None:
    """Raise TypeError if a recorded function returns anything but one Value."""
    if recording.result is not None:
        raise _returns(f"{recording.outputs.size} numbers in {with_article(recording.result)}")


def require_value(result: Any) -> Any:
    """Return what a function returned for a sample; TypeError unless it is one Value."""
    if not isinstance(result, Value):
        raise _returns(with_article(result))
    return result


def _returns(what: str) -> TypeError:
    return TypeError(
        f"only a function that returns one Value has a gradient, and this one returns {what}"
    )


def checked_tensors(given: Any, parameters: list[Any]) -> bool | None:
    """Return whether arrays are Tensors in the function; None if the arguments say."""
    if given is not None and not isinstance(given, bool):
        raise TypeError(f"tensors must be True, False or None, got {given!r}")
    of_tensors = bool(parameters) and bool(parameters[0]._rank)
    if parameters and given is not None and given != of_tensors:
        raise ValueError(f"tensors={given} doesn't fit parameters like {parameters[0]!r}")
    return of_tensors if parameters else given
