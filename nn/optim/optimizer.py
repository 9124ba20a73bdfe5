"""The base class of optimisers: parameters, atomic steps, and state that can be saved.

What an optimiser remembers is kept in it, never on a parameter. A parameter's data and what is
remembered of it are replaced and not written to: graphs, and whoever took a snapshot, hold on to
the old.
"""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping, Set
from typing import Any, ClassVar, TypeAlias

import numpy as np

from autograd import Tensor
from autograd.extend import Node, Numeric, quiet, raw, replace_data, with_article
from nn.support.bounds import at_least_zero

Memory: TypeAlias = Mapping[str, Any]
"""The state of one parameter, by name, such as its velocity; empty before its first step."""


class Optimizer:
    """The base class of optimisers. A subclass states its rule, in ``_rule``.

    Parameters
    ----------
    params : iterable of Tensor or Value
        What to move: ``model.parameters()``.
    lr : float
        The learning rate, at least 0.

    Attributes
    ----------
    params : list of Tensor or Value
    lr : float
        Can be changed between steps.

    Raises
    ------
    TypeError
        If ``params`` isn't an iterable of nodes in an order (a set has none), or ``lr`` isn't a
        number.
    ValueError
        If ``params`` is empty, or has a node twice or one that isn't a variable, or ``lr`` is
        negative or not finite.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> class Descent(nn.Optimizer):
    ...     def _rule(self, data, grad, memory):
    ...         return data - self.lr * grad, memory
    >>> x = Value(1.0)
    >>> optimizer = Descent([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data, optimizer.settings
    (0.5, {'lr': 0.25})
    >>> optimizer.zero_grad()
    >>> optimizer.load_state_dict({**optimizer.state_dict(), "settings": {"lr": 0.1}})
    >>> x.grad, optimizer.lr
    (None, 0.1)
    """

    _settings: ClassVar[tuple[str, ...]] = ("lr",)

    def __init__(self, params: Iterable[Any], lr: float) -> None:
        self.params = _parameters(params)
        self.lr = at_least_zero("lr", lr)
        self._memory: list[Memory] = [{}] * len(self.params)

    @quiet  # what overflows is inf, as it is for Values
    def step(self) -> None:
        """Move every parameter that has a gradient. If anything fails, none has moved."""
        found = {
            k: self._next(raw(p) if isinstance(p, Tensor) else p.data, raw(p.grad), self._memory[k])
            for k, p in enumerate(self.params)
            if p.grad is not None
        }
        for k, (data, memory) in found.items():
            replace_data(self.params[k], data)
            self._memory[k] = memory

    def zero_grad(self) -> None:
        """Forget the gradients: every parameter's ``.grad`` is None again."""
        for parameter in self.params:
            parameter.grad = None

    @property
    def settings(self) -> dict[str, Any]:
        """The learning rate and all else that was chosen, by name."""
        return {name: getattr(self, name) for name in self._settings}

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the settings and of what is remembered of each parameter.

        Returns
        -------
        dict
            ``"optimizer"``, the name of the class; ``"settings"``, by name; ``"names"`` and
            ``"shapes"`` of the parameters, in order; ``"memory"``, for each parameter a dict of
            numbers and arrays, empty before its first step.

        Examples
        --------
        >>> from autograd import Value
        >>> import nn
        >>> x = Value(1.0)
        >>> sgd = nn.SGD([x], lr=0.25, momentum=0.5)
        >>> (x * x).backward()
        >>> sgd.step()
        >>> sgd.state_dict()["memory"]
        [{'velocity': 2.0}]
        """
        return {
            "optimizer": type(self).__name__,
            "settings": self.settings,
            "names": [name for name, _ in _named(self.params)],
            "shapes": [list(shape) for _, shape in _named(self.params)],
            "memory": [{key: _copy(found) for key, found in each.items()} for each in self._memory],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Replace the settings and the memory by those of a ``state_dict()``.

        Parameters
        ----------
        state : mapping
            From an optimiser of the same kind, of as many parameters, in the same order by their
            names and shapes. A parameter without a label has no name, and passes as any.

        Raises
        ------
        TypeError
            If ``state`` is no mapping.
        ValueError
            If it is of another kind of optimiser or of other parameters: nothing is changed then.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"a state_dict is a mapping, got {with_article(state)}")
        problems = self._mismatches(state)
        if problems:
            raise ValueError(
                f"this state_dict is not of this {type(self).__name__}, and nothing was loaded: "
                + "; ".join(problems)
            )
        checked = type(self)(self.params, **state["settings"])  # raises for settings out of range
        vars(self).update(checked.settings)
        self._memory = [
            {key: _like(p.data, found) for key, found in each.items()}
            for p, each in zip(self.params, state["memory"], strict=True)
        ]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return f"{type(self).__name__}({shown})"

    def _mismatches(self, state: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with a state that is to be loaded."""
        missing = [key for key in ("optimizer", "settings", "memory") if key not in state]
        if missing:
            return [f"missing {key!r}" for key in missing]
        if state["optimizer"] != type(self).__name__:
            return [f"it is of {state['optimizer']}"]
        if set(state["settings"]) != set(self._settings):
            return [f"it has settings {sorted(state['settings'])}, not {sorted(self._settings)}"]
        if len(state["memory"]) != len(self.params):
            return [f"it is of {len(state['memory'])} parameters, not {len(self.params)}"]
        return self._in_other_order(state) or [
            f"{key!r} of parameter {k} has shape {np.shape(found)}, expected {np.shape(p.data)}"
            for k, (p, each) in enumerate(zip(self.params, state["memory"], strict=True))
            for key, found in each.items()
            if key != "step" and np.shape(found) != np.shape(p.data)
        ]

    def _in_other_order(self, state: Mapping[str, Any]) -> list[str]:
        """Return where a state was of other parameters; those of 0.1 tell no names and shapes."""
        here = _named(self.params)
        names = state.get("names", [name for name, _ in here])
        shapes = state.get("shapes", [shape for _, shape in here])
        if not len(names) == len(shapes) == len(self.params):
            return ["its names and shapes aren't one a parameter"]
        pairs = zip(zip(names, shapes, strict=True), here, strict=True)
        return [
            f"parameter {k} was {name or 'one'} of shape {tuple(shape)}, and here it is "
            f"{own_name or 'one'} of shape {own_shape}"
            for k, ((name, shape), (own_name, own_shape)) in enumerate(pairs)
            if tuple(shape) != own_shape or (name and own_name and name != own_name)
        ]

    def _next(self, data: Any, grad: Any, memory: Memory) -> tuple[Any, Memory]:
        """Return the result of ``_rule``; where squares leave the range, in the next wider floats.

        That is always of float16, and of float32 at gradients from 1e19 on. The memory stays wide.
        """
        if not isinstance(data, np.ndarray) or data.dtype == np.float64:
            return self._rule(data, grad, memory)
        if data.dtype == np.float16:
            moved, memory = self._rule(data.astype(np.float32), grad.astype(np.float32), memory)
        elif np.isfinite(np.vdot(grad, grad)):
            moved, memory = self._rule(data, grad, memory)
        else:
            moved, memory = self._rule(data.astype(float), grad.astype(float), memory)
        return np.asarray(moved, data.dtype), memory

    def _rule(self, data: Any, grad: Any, memory: Memory) -> tuple[Numeric, Memory]:
        """Return a parameter's next data, and what to remember of it until the next step.

        Both are new: nothing is written to. ``memory`` is empty at the parameter's first step.
        """
        raise NotImplementedError


def _named(params: Iterable[Any]) -> list[tuple[str, tuple[int, ...]]]:
    """Return each parameter's label and shape."""
    return [(p.label, np.shape(p.data)) for p in params]


def _parameters(params: Iterable[Any]) -> list[Any]:
    if isinstance(params, Set) and not isinstance(params, KeysView):  # keys of a dict have an order
        raise TypeError(
            f"an optimiser takes parameters in an order, got {with_article(params)}: what is "
            "remembered of each is saved in that order. Pass model.parameters() or a list"
        )
    try:
        found = list(params)
    except TypeError:
        raise TypeError(
            f"an optimiser takes parameters, got {with_article(params)}: pass model.parameters()"
        ) from None
    if not found:
        raise ValueError("an optimiser needs at least one parameter: pass model.parameters()")
    for each in found:
        if not isinstance(each, Node):
            raise TypeError(
                f"a parameter is a Tensor or a Value, got {with_article(each)}: "
                "pass model.parameters()"
            )
        if not (each.is_leaf and each.requires_grad):
            kind = "a constant" if each.is_leaf else f"the result of {each.op!r}"
            raise ValueError(f"a parameter is a leaf that requires a gradient, got {kind}")
    if len(set(found)) < len(found):
        raise ValueError("a parameter is given twice, and would move twice: give each once")
    return found


def less(data: Any, move: Any) -> Numeric:
    """Return ``data − move``: in the memory of ``move``, which must be new, if it fits there."""
    fits = type(move) is np.ndarray and move.dtype is data.dtype and move.shape == data.shape
    moved: Numeric = np.subtract(data, move, move) if fits else data - move
    return moved


def _copy(found: Any) -> Any:
    return found.copy() if isinstance(found, np.ndarray) else found


def _like(data: Any, found: Any) -> Any:
    """Return a saved number in the form of its parameter: a plain number, or a new array."""
    if isinstance(found, int) or not isinstance(data, (np.ndarray, np.generic)):
        return found.item() if isinstance(found, (np.ndarray, np.generic)) else found
    return np.array(found)
