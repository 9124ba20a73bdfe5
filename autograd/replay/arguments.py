"""Argument checks of ``jit``, and of the functions that it returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.node.mode import current_mode
from autograd.node.node import Node
from autograd.replay.recording import Recording
from autograd.values.value import Value

Argnums = int | Sequence[int]


def checked_function(given: Any) -> Any:
    """Return what is to be recorded; TypeError if it can't be called."""
    if not callable(given):
        raise TypeError(f"jit records a function of Values, got {given!r}")
    return given


def checked_parameters(given: Iterable[Any]) -> list[Value]:
    """Return variables that are to be the elements of one array; an error if they can't be."""
    found = list(given)
    for p in found:
        if not (isinstance(p, Value) and p.is_leaf and type(p._data) is float):
            raise TypeError(
                f"parameters must be Values of floats that no operation made, got {p!r}: of a "
                "model of Tensors, model.scalars() is a model of Values"
            )
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
        raise _returns(f"{recording.outputs.size} numbers in a {type(recording.result).__name__}")


def require_value(result: Any) -> Any:
    """Return what a function returned for a sample; TypeError unless it is one Value."""
    if not isinstance(result, Value):
        raise _returns(f"a {type(result).__name__}")
    return result


def _returns(what: str) -> TypeError:
    return TypeError(
        f"only a function that returns one Value has a gradient, and this one returns {what}"
    )
