"""``reads_numbers``: a function that reads numbers is recorded as one instruction."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from autograd.node.mode import current_mode
from autograd.numbers.sealed import SealedRead

Function = TypeVar("Function", bound=Callable[..., Any])


def reads_numbers(function: Function) -> Function:
    """Let a function of arrays read their numbers, as to sort out nan, also while it is recorded.

    Where numbers are sealed, each replay calls the function in the eager engine.
    """

    @wraps(function)
    def found(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except SealedRead as why:
            tracer = current_mode().tracer
            if tracer is None:
                raise
            return tracer.called(function, args, kwargs, why)

    return cast("Function", found)
