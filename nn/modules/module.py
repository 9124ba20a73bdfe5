"""The base class of all layers and networks: a callable with parameters and parts.

Layers are in ``layers.py``. Parameters are not declared: they are the Tensors and Values found by
walking a module's attributes, also inside lists, tuples, dicts and object arrays.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value, region
from autograd.extend import Node, printable, raw, with_article
from nn.modules.holders import assign, leaves_of, mismatch, numbers

Array = npt.NDArray[Any]

_calling: ContextVar[_Call | None] = ContextVar("nn_calling", default=None)


def _no_forward(self: Module, *inputs: Any, **options: Any) -> Any:
    """Compute the outputs: each subclass defines it, and a call of the module runs it."""
    raise NotImplementedError(
        f"{type(self).__name__} has no forward: define forward(self, x), which returns its output"
    )


@printable
class Module:
    """A part of a network: its attributes are its parameters and its parts.

    A subclass sets attributes in ``__init__`` and computes in ``forward``. A leaf Tensor or Value
    is a parameter if it requires a gradient, and state without being a parameter if it doesn't.

    Attributes
    ----------
    training : bool
        Whether the module is being trained, for parts that then behave differently.

    Examples
    --------
    >>> from autograd import Tensor
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Tensor(2.0)
    ...     def forward(self, x):
    ...         return x * self.factor
    ...     def extra_repr(self):
    ...         return "by one factor"
    >>> scale = Scale()
    >>> y = scale(Tensor([1.0, 3.0]))
    >>> y.data.tolist(), y.region
    ([2.0, 6.0], 'scale')
    >>> [name for name, parameter in scale.named_parameters()]
    ['factor']
    >>> print(scale)
    Scale(by one factor)  1 parameters
    >>> scale.eval().training, scale.train().training, len(list(scale.modules()))
    (False, True, 1)
    >>> scale.load_state_dict({"factor": 3.0})
    >>> scale.zero_grad()
    >>> scale.state_dict(), [p.grad for p in scale.parameters()]
    ({'factor': array(3.)}, [None])
    """

    training: bool = True
    forward: Callable[..., Any] = _no_forward

    @overload
    def __call__(self, x: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, *inputs: Any, **options: Any) -> Any: ...
    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute ``forward``; what it records is in a region named after this module."""
        outer = _calling.get()
        name = type(self).__name__.lower() if outer is None else outer.name_of(self)
        token = _calling.set(_Call(self))
        try:
            with region(name):
                return self.forward(*inputs, **options)
        finally:
            _calling.reset(token)

    # Parts -----------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the module's own parts with their names: ``layers.0`` is in a list ``layers``."""
        seen = set()
        for name, part in _find(vars(self), _is_module):
            if part not in seen:
                seen.add(part)
                yield name, part

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Yield this module, named ``""``, and all that it is made of, each once.

        Examples
        --------
        >>> import nn
        >>> model = nn.Sequential(nn.MLP([2, 3, 1]), nn.Dropout(0.5, rng=0))
        >>> [name for name, part in model.named_modules()]
        ['', 'layers.0', 'layers.0.layers.0', 'layers.0.layers.1', 'layers.1']
        >>> [name for name, part in model.named_children()]
        ['layers.0', 'layers.1']
        >>> [name for name, generator in model.named_generators()]
        ['layers.1.generator']
        """
        seen = set()
        stack: list[tuple[str, Module]] = [("", self)]
        while stack:
            path, module = stack.pop()
            if module in seen:
                continue
            seen.add(module)
            yield path, module
            parts = [(_join(path, name), part) for name, part in module.named_children()]
            stack.extend(reversed(parts))

    def modules(self) -> Iterator[Module]:
        """Yield this module and all that it is made of, each once."""
        return (module for _, module in self.named_modules())

    # Parameters ------------------------------------------------------------------------------

    def named_parameters(self) -> Iterator[tuple[str, Tensor | Value]]:
        """Yield every parameter once, with its name.

        Returns
        -------
        iterator of (str, Tensor or Value)
            The names are like ``layers.0.weight``, or ``layers.0.weight[3, 5]`` for a Value.

        Examples
        --------
        >>> import nn
        >>> [name for name, parameter in nn.MLP([2, 3, 1]).named_parameters()]
        ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
        """
        return ((_at(name, index), leaf) for name, index, leaf in self._variables())

    def parameters(self) -> Iterator[Tensor | Value]:
        """Yield every parameter once: Tensors, or the Values of a module of scalars."""
        return (leaf for _, _, leaf in self._variables())

    def zero_grad(self) -> None:
        """Forget the gradients: every parameter's ``.grad`` is None again."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Self:
        """Set ``training`` in this module and all of its parts."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Leave training: ``train(False)``."""
        return self.train(False)

    def named_generators(self) -> Iterator[tuple[str, np.random.Generator]]:
        """Yield every random generator that the module and its parts draw from, with its name."""
        for path, module in self.named_modules():
            for name, generator in _find(vars(module), _is_generator):
                yield _join(path, name), generator

    # State -----------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """Return a copy of all parameters and constants as plain arrays, by name.

        A module and its ``scalars()`` have the same names and shapes, so that what one has learnt
        can be loaded into the other.
        """
        return {name: numbers(holder) for name, holder in self._holders()}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Replace all parameters and constants by those of a ``state_dict()``.

        Parameters
        ----------
        state : mapping from str to array_like
            An array for each name, of the shape that it has here; its dtype is converted.

        Raises
        ------
        TypeError
            If ``state`` is no mapping.
        ValueError
            If names are missing or unexpected, or shapes or kinds of number are wrong: all of them
            in one message, with nothing changed.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"a state_dict maps names to arrays, got {with_article(state)}")
        holders = dict(self._holders())
        given = {name: np.asarray(array) for name, array in state.items()}
        problems = [f"missing {name!r}" for name in holders if name not in given]
        problems += [f"unexpected {name!r}" for name in given if name not in holders]
        for name, holder in holders.items():
            if name in given:
                problems += mismatch(name, holder, given[name])
        if problems:
            raise ValueError(
                f"this state_dict is not of this {type(self).__name__}, and nothing was loaded: "
                + "; ".join(problems)
            )
        for name, holder in holders.items():
            assign(holder, given[name])

    def scalars(self) -> Self:
        """Return the same module, exploded: each Tensor becomes an object array of Values.

        It computes the same, one multiplication at a time, so that each can be looked at. The
        numbers are copied: training one of the two doesn't change the other. A parameter's region
        is its layer, which tells one layer's ``weight[0, 0]`` from another's.

        Examples
        --------
        >>> import nn
        >>> model = nn.MLP([2, 3, 1], seed=0)
        >>> x = [0.5, -1.0]
        >>> bool(model(x).data[0] == model.scalars()(x)[0].data)
        True
        """
        memo: dict[int, Any] = {}
        for name, holder in self._holders():
            memo[id(holder)] = _explode(holder, name, memo)
        return copy.deepcopy(self, memo)

    # Looking at it ---------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return what ``repr`` shows in the brackets after the class: sizes and settings."""
        return ""

    def __repr__(self) -> str:
        rows = list(_tree(self, set()))
        width = max(len(text) for text, _ in rows)
        digits = max(len(f"{count:,}") for _, count in rows)
        lines = [f"{text:<{width}}  {count:>{digits},}" for text, count in rows]
        return "\n".join([f"{lines[0]} parameters", *lines[1:]])

    # The walk that all of the above read -------------------------------------------------------

    def _holders(self) -> Iterator[tuple[str, Any]]:
        """Yield what holds state: leaf Tensors and Values, and object arrays of leaf Values."""
        for path, module in self.named_modules():
            for name, holder in module._own_holders():
                yield _join(path, name), holder

    def _own_holders(self) -> Iterator[tuple[str, Any]]:
        """Yield those of this module alone, without those of its parts."""
        return _find(vars(self), _holds_state)

    def _variables(self) -> Iterator[tuple[str, tuple[int, ...], Tensor | Value]]:
        """Yield every parameter once, with its holder's name and its index there."""
        seen = set()
        for name, holder in self._holders():
            for index, leaf in leaves_of(holder):
                if leaf.requires_grad and leaf not in seen:
                    seen.add(leaf)
                    yield name, index, leaf


class _Call:
    """A module that is being called. What its parts are named is looked up when one is called."""

    __slots__ = ("_module", "_names")

    def __init__(self, module: Module) -> None:
        self._module = module
        self._names: dict[Module, str] | None = None

    def name_of(self, part: Module) -> str:
        if self._names is None:
            parts = self._module.named_children()
            self._names = {part: _as_region(path) for path, part in parts}
        return self._names.get(part) or type(part).__name__.lower()


@contextmanager
def evaluating(module: Module) -> Iterator[None]:
    """Put a module and its parts in evaluation mode for a while."""
    before = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in before:
            part.training = training


def shared_state(module: Module) -> Iterator[Any]:
    """Yield what a copy for one call goes on sharing: leaf nodes, and generators of numbers."""
    for part in module.modules():
        for _, state in _find(vars(part), lambda x: _is_generator(x) or _is_leaf(x)):
            yield state


def _find(
    owner: Mapping[Any, Any], wanted: Callable[[Any], bool], path: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield what is wanted of an owner's members, looking into lists, tuples and dicts."""
    for key, member in owner.items():
        if wanted(member):
            yield _join(path, str(key)), member
        elif isinstance(member, (list, tuple)):
            yield from _find(dict(enumerate(member)), wanted, _join(path, str(key)))
        elif isinstance(member, Mapping):
            yield from _find(member, wanted, _join(path, str(key)))


def _is_module(member: Any) -> bool:
    return isinstance(member, Module)


def _is_generator(member: Any) -> bool:
    return isinstance(member, np.random.Generator)


def _is_leaf(member: Any) -> bool:
    return isinstance(member, Node) and member.op is None


def _holds_state(member: Any) -> bool:
    if isinstance(member, np.ndarray):
        return member.dtype == object and member.size > 0 and all(map(_is_leaf, member.flat))
    return _is_leaf(member)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _at(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _as_region(path: str) -> str:
    """Return ``layer0`` for the part ``layers.0``."""
    owner, _, key = path.partition(".")
    return owner.removesuffix("s") + key if key.isdigit() else path


def _explode(holder: Any, name: str, memo: dict[int, Any]) -> Any:
    """Return fresh Values with a holder's numbers; where one is shared, they are shared."""
    if isinstance(holder, Tensor):
        owner, _, own = name.rpartition(".")
        label = ".".join(filter(None, (_as_region(owner), own)))
        values = np.empty(holder.shape, object)
        for index, number in np.ndenumerate(holder.data):
            values[index] = _value(number, holder, _at(label, index))
        return values if holder.ndim else values[()]
    for _, leaf in leaves_of(holder):
        memo.setdefault(id(leaf), _value(raw(leaf), leaf, leaf.label))
    return copy.deepcopy(holder, memo)


def _value(number: Any, like: Node, label: str) -> Value:
    return Value(number, requires_grad=like.requires_grad, label=label)


def _tree(module: Module, seen: set[Module]) -> Iterator[tuple[str, int]]:
    """Yield a line and a count of parameters for a module and for each of its parts."""
    seen.add(module)
    count = sum(np.size(raw(parameter)) for parameter in module.parameters())
    yield f"{type(module).__name__}({module.extra_repr()})", count
    parts = [(name, part) for name, part in module.named_children() if part not in seen]
    for k, (name, part) in enumerate(parts, 1):
        (first, rest) = ("├─ ", "│  ") if k < len(parts) else ("└─ ", "   ")
        for line, (text, total) in enumerate(_tree(part, seen)):
            yield (f"{rest}{text}" if line else f"{first}{name}: {text}"), total
