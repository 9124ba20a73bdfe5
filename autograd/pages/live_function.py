"""``autograd.live``: the page of a function, with a control for each argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.node.mode import Mode, in_mode
from autograd.node.node import Node
from autograd.ops.selection import where
from autograd.replay.tracer import Condition, Guard, Tracer
from autograd.stepping.recorded_steps import steps
from autograd.stepping.stepper import Stepper
from autograd.values.value import Value


class LiveFunction(Stepper):
    """A stepper through a call of a function, whose page has its arguments to change.

    Attributes
    ----------
    arguments : dict of str to Value
        The variables that the function was called on.
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


def live(f: Callable[..., Any], /, **arguments: float) -> LiveFunction:
    """Call a function on variables, and return its page: a control for each argument.

    In a notebook the page shows itself, and ``.save("page.html")`` writes it. There the arguments
    can be dragged and typed, and value, gradients and formulas follow, without Python.

    Parameters
    ----------
    f : callable
        A function of numbers that returns one; its branches are those that these numbers take.
    **arguments : float
        The numbers that it is called on, by name.

    Returns
    -------
    LiveFunction
        It is what ``autograd.step`` returns, of this call.

    Raises
    ------
    TypeError
        If there are no arguments, one isn't a number, or the function doesn't return a Value.

    Examples
    --------
    >>> from autograd import live
    >>> page = live(lambda a, b: a * b + b, a=2.0, b=-3.0)
    >>> page.goto(-1).state()[0]  # a: its number, and its gradient
    (2.0, -3.0)
    """
    if not arguments:
        raise TypeError("live needs numbers to call the function on, as in live(f, a=2.0, b=-3.0)")
    values = {name: _variable(name, number) for name, number in arguments.items()}
    tracer = _Branches()
    with in_mode(Mode(tracer=tracer)):
        root = f(**values)
    if not isinstance(root, Value):
        raise TypeError(
            f"the function must return one number made of its arguments, got {type(root).__name__}"
        )
    return LiveFunction(root, values, tracer.guards)


def _variable(name: str, number: Any) -> Value:
    try:
        return Value(float(number), label=name)
    except (TypeError, ValueError):
        raise TypeError(
            f"live takes numbers, got {name} = {type(number).__name__}: an array is taken apart "
            "with scalars(root)"
        ) from None
