"""What every op's record has: the base class of elementwise and structural ops."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.numbers.kinds import REAL, Primitive, Rule
from autograd.rules.op_attributes import NONE, refuse_unknown
from autograd.rules.op_docstring import helpful
from autograd.rules.op_registry import find, key, scope
from autograd.rules.settings import Settings, checked, declared


class Edge(NamedTuple):
    """The partials of an op, set by convention, at one point where calculus has no answer."""

    at: tuple[float, ...]
    partials: tuple[float, ...]
    why: str


@helpful
class Op:
    """The record of one operation.

    Attributes
    ----------
    name : str
        The name of the function in ``autograd``, and the key in the registry.
    function : callable or str
        The operation on raw numbers or arrays. As text, in the operands and the settings.
    settings : dict
        What the op takes by keyword and doesn't differentiate, with the defaults; read from the
        keyword-only parameters of ``function`` where that is a Python function.
    choices : dict
        For a setting that is one of a few words, those words.
    symbol : str
        What a picture's box shows.
    latex : str
        A template for formulas, with ``{x}``, ``{y}`` … for the operands.
    numbers : frozenset of str
        The kinds of number it computes with (see ``autograd.numbers.kinds``).
    numpy : tuple of callable
        The NumPy functions that, called on a node, record this op (NEP 13 and 18).
    doc, example : str
        One sentence for the reference, or the end of "Return …"; and a doctest for ``help``.
    arrays : tuple of str
        The settings that may be arrays, and of which ``vmap`` may have one for each sample.
    linear, scalar, rows, bilinear, moves : bool
        What only a structural op can be: see ``Structural``.

    Examples
    --------
    >>> from autograd import tanh
    >>> tanh.name, tanh.symbol, sorted(tanh.numbers), tanh.settings
    ('tanh', 'tanh', ['array', 'complex', 'float', 'mpf'], {})
    >>> tanh.compute(0.0), tanh.own_settings({})
    (0.0, {})
    """

    name: str
    function: Any
    settings: dict[str, Any] = NONE
    choices: dict[str, tuple[str, ...]] = NONE
    symbol: str = ""
    latex: str = ""
    numbers: frozenset[str] = REAL
    numpy: tuple[Rule, ...] = ()
    doc: str = ""
    example: str = ""
    scope: dict[str, Any]  # what the text of its rules may name
    on_array: Rule
    vjp: Rule  # (cotangent, operands…, z, **settings) → all contributions
    # On arrays, a function for each operand's contribution; () if there is only ``vjp``.
    vjps: tuple[Rule, ...]
    arrays: tuple[str, ...] = ()
    linear: bool = False
    scalar: bool = False
    rows: bool = False
    bilinear: bool = False
    moves: bool = False

    # No dataclass: making one takes as long as loading a family of ops.
    def __init__(self, name: Any, function: Any, **attributes: Any) -> None:
        if not (isinstance(name, str) and name.isidentifier()):
            raise ValueError(f"an op's name must be an identifier, got {name!r}")
        refuse_unknown(name, attributes, type(self))
        self.__dict__ |= {"name": name, "function": function, **attributes}
        self.symbol = self.symbol or name
        self.scope = scope()
        if not isinstance(self.function, (str, Primitive)):
            self.settings = declared(self.function) | self.settings

    def __call__(self, *operands: Any, **settings: Any) -> Any:
        raise NotImplementedError

    def compute(self, /, *operands: Any, **settings: Any) -> Any:
        """Compute on raw numbers or arrays."""
        raise NotImplementedError

    def __reduce__(self) -> tuple[Rule, tuple[str]]:
        return find, (key(self),)

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} op {self.name}>"

    def own_settings(self, settings: Settings) -> dict[str, Any]:
        """Return those of ``settings`` that differ from their defaults; TypeError for others."""
        return checked(self, settings)
