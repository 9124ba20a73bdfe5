"""``autograd.live``: the page of a function, with a control for each argument."""

from __future__ import annotations

from collections.abc import Callable
from inspect import BoundArguments, Parameter, signature
from typing import Any

import numpy as np

from autograd.node.mode import Mode, in_mode
from autograd.node.node import Node, raw
from autograd.numbers.foreign_numbers import to_take_numbers
from autograd.numbers.words import with_article
from autograd.ops.selection import where
from autograd.replay.tracer import Condition, Guard, Tracer
from autograd.stepping.recorded_steps import steps
from autograd.stepping.stepper import Stepper
from autograd.transforms.pytree import map_leaves
from autograd.values.value import Value


class LiveFunction(Stepper):
    """A stepper through a call of a function, whose page has its arguments to change.

    Attributes
    ----------
    arguments : dict of str to Value
        The variables that the function was called on, by their places in its arguments.
    guards : list of Guard
        The conditions that decided Python branches, and what they were.
    """

    def __init__(self, root: Node, arguments: dict[str, Value], guards: list[Guard]) -> None:
        super().__init__(steps(root), root)
        self.arguments, self.guards = arguments, guards
        self.chosen = next(iter(arguments.values()))


class _Branch(Condition):
    """A comparison that is a branch wherever it is asked for, in ``where`` as well.

    So the graph is one that the engine walks, and each choice in it is a guard.
    """

    __slots__ = ()

    def recorded_where(self, x: Any, y: Any) -> Any:
        return where(bool(self), x, y)


class _Branches(Tracer):
    def compare(self, relation: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
        found = super().compare(relation, x, y)
        return _Branch(self, found.node) if isinstance(found, Condition) else found


def live(f: Callable[..., Any], /, *given: Any, **named: Any) -> LiveFunction:
    """Call a function on variables, and return its page: a control for each argument.

    In a notebook the page shows itself, and ``.save("page.html")`` writes it. There the arguments
    can be dragged and typed, and value, gradients and formulas follow, without Python.

    Parameters
    ----------
    f : callable
        A function of numbers that returns one; its branches are those that these numbers take.
    *given, **named : float, array, or lists, tuples and dicts of them
        What it is called on. Each number is a variable, with the name and the place that it has
        there: ``w[0]``. The function gets an array as an object array of Values. bools, texts and
        None are settings: they are handed on as they are.

    Returns
    -------
    LiveFunction
        It is what ``autograd.step`` returns, of this call.

    Raises
    ------
    TypeError
        If the function doesn't take these arguments, there is no number among them or something
        else, or it doesn't return a Value.

    Examples
    --------
    >>> from autograd import live
    >>> page = live(lambda a, b: a * b + b, a=2.0, b=-3.0)
    >>> page.goto(-1).state()[0]  # a: its number, and its gradient
    (2.0, -3.0)
    >>> list(live(lambda w, x: w[0] * x + w[1], [0.5, 2.0], x=3.0).arguments)
    ['w[0]', 'w[1]', 'x']
    """
    bound = _bound(f, given, named)
    variables = _Variables()
    for name, x in bound.arguments.items():
        if bound.signature.parameters[name].kind is Parameter.VAR_KEYWORD:
            bound.arguments[name] = {each: map_leaves(variables, y, each) for each, y in x.items()}
        else:
            bound.arguments[name] = map_leaves(variables, x, name)
    if not variables.made:
        raise TypeError("live needs numbers to call the function on, as in live(f, a=2.0, b=-3.0)")
    tracer = _Branches()
    with in_mode(Mode(tracer=tracer)):
        root = f(*bound.args, **bound.kwargs)
    if not isinstance(root, Value):
        advice = ": make one number of it, as with .sum()" if isinstance(root, np.ndarray) else ""
        raise TypeError(
            "the function must return one number made of its arguments, got "
            f"{with_article(root)}{advice}"
        )
    return LiveFunction(root, variables.made, tracer.guards)


def _bound(f: Callable[..., Any], given: Any, named: Any) -> BoundArguments:
    """Return the arguments by the names that a function has for them."""
    if not callable(f):
        raise TypeError(f"live needs a function, got {with_article(f)}: a node has step(x)")
    try:
        taken = signature(f)
    except ValueError:  # a function in C may not say what it takes
        taken = signature(lambda *x, **named: None)
    try:
        return taken.bind(*given, **named)
    except TypeError as error:
        raise TypeError(
            f"live(f, ...): {error}: give a number for each argument of f, which takes {taken}"
        ) from None


class _Variables:
    """Makes a variable of each number, and keeps them by the places where they are."""

    def __init__(self) -> None:
        self.made: dict[str, Value] = {}

    def __call__(self, place: str, x: Any) -> Any:
        x = raw(x)
        if x is None or isinstance(x, (bool, str)):
            return x
        if isinstance(x, np.ndarray) and x.ndim:
            values = np.empty(x.shape, object)
            for index in np.ndindex(x.shape):
                values[index] = self(f"{place}[{', '.join(map(str, index))}]", x[index])
            return values
        try:
            self.made[place] = Value(float(x), label=place)
        except (TypeError, ValueError):
            raise TypeError(
                "live takes numbers, arrays, and lists, tuples and dicts of them, got "
                f"{place} = {type(x).__name__}{to_take_numbers(x)}"
            ) from None
        return self.made[place]
