"""The table of all ops by name, and of the NumPy functions that each stands for.

Families that few programs use, and NumPy's functions that are written in ops, are loaded ``later``:
when the table doesn't know what it is asked for, or is asked for all.

The text of a rule names ops and helpers, such as ``half``, in a *scope*. That of built-in rules,
``built_in``, is closed before a user's first op is defined, when all families have been loaded: no
later op changes what a built-in rule computes. That of users' rules has the users' ops besides. A
user's op with a helper's name begins a new scope, so that rules that were defined before keep the
helper. An op is what it is, whatever becomes of its name: what has the op itself doesn't look it up
here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from autograd.numbers.kinds import Rule
    from autograd.rules.op import Op

built_in: dict[str, Any] = {}  # the scope of built-in rules
_scopes: list[dict[str, Any]] = [built_in]  # the last is that of rules that are defined now
_helpers: dict[str, Any] = {}
# What NumPy calls for an operator between an array and a node.
_OPERATORS = frozenset(
    {np.add, np.subtract, np.multiply, np.divide, np.power, np.remainder, np.matmul}
)
OWN = "own:"  # before the key of a user's op
_built_in_ops: dict[str, Op] = {}
_edition = 0
_registry: dict[str, Op] = {}
_for_numpy: dict[Rule, Rule] = {}
_plain: set[Rule] = set()
_later: list[str] = []
_for_scipy: dict[str, Rule] = {}  # by name: SciPy may not be there, and is slow to import
OpType = TypeVar("OpType", bound="Op")
Function = TypeVar("Function", bound=Callable[..., Any])


def register(op: OpType, *, replace: bool = False) -> OpType:
    """Enter an op in the registry; a name that is taken is refused unless ``replace`` is true."""
    if op.name in _registry and not replace:
        raise ValueError(
            f"an op named {op.name!r} is registered already: choose another name, "
            "or pass replace=True to put yours in its place"
        )
    global _edition  # noqa: PLW0603
    if scope() is not built_in and (fixed := [f for f in op.numpy if f in _OPERATORS]):
        raise ValueError(
            f"op {op.name!r} can't stand for numpy.{fixed[0].__name__}: an operator between an "
            "array and a node calls that, in built-in rules too; call your op itself"
        )
    replaced = _registry.get(op.name)
    _edition += replaced is not None
    _registry[op.name] = op
    if scope() is built_in:
        _built_in_ops[op.name] = op
    _define(op.name, op)
    taken = [f for f, ours in _for_numpy.items() if ours is replaced and f not in _OPERATORS]
    stands_for(*op.numpy, *taken)(op)
    return op


def _define(name: str, op: Op) -> None:
    helper = _helpers.get(name)
    if helper is not None and scope()[name] is helper:
        _scopes.append(dict(scope()))
        scope()[name] = op
    for each in _scopes[1:] or _scopes:
        if helper is None or each[name] is not helper:
            each[name] = op


def define_helpers(**helpers: Any) -> None:
    """Let the text of rules name some functions and numbers beside the ops."""
    _helpers.update(helpers)
    built_in.update(helpers)


def close() -> None:
    """Load all built-in ops and close their scope: what is registered from now on is a user's."""
    _load_the_rest()
    if scope() is built_in:
        _scopes.append(dict(built_in))


def scope() -> dict[str, Any]:
    """Return the names that the text of an op that is defined now may use."""
    return _scopes[-1]


def edition() -> int:
    """Return a number that changes when a name in rules comes to mean something else."""
    return _edition


def is_built_in(op: Op | None) -> bool:
    """Whether an op is the engine's own, and not a user's of whatever name.

    Examples
    --------
    >>> from autograd import elementwise, tanh, temporary_registry
    >>> from autograd.extend import is_built_in
    >>> with temporary_registry():
    ...     own = elementwise("tanh", "x - x * x * x / 3", "1 - x * x", replace=True)
    ...     is_built_in(tanh), is_built_in(own)
    (True, False)
    """
    return op is not None and _built_in_ops.get(op.name) is op


def key(op: Op) -> str:
    """Return an op's key in recordings and pickles: its name, or ``own:`` and that.

    Raises
    ------
    ValueError
        If another op has taken its place.
    """
    if is_built_in(op):
        return op.name
    if _registry.get(op.name, op) is op:
        return OWN + op.name
    raise ValueError(
        f"the op {op.name!r} was replaced by another of its name: use that one, which "
        "elementwise() or structural() returned"
    )


def find(key: str) -> Op:
    """Return the op that a key stands for; ValueError if there is none."""
    return _looked_up(_built_in_ops, key) or get(key.removeprefix(OWN))


def find_named(name: str, *, own: bool) -> Op | None:
    """Return the op of a name: the user's if ``own`` is true, else the built-in before that."""
    found: Op | None = None if own else _looked_up(_built_in_ops, name)
    return found if found is not None else _looked_up(_registry, name)


def stands_for(*functions: Rule) -> Callable[[Function], Function]:
    """Let a function here be what those NumPy functions do when they are called on a node."""

    def enter(ours: Function) -> Function:
        for function in functions:
            _for_numpy[function] = ours
        return ours

    return enter


def in_numpy(*names: str) -> list[Rule]:
    """Return the functions of these names, such as ``linalg.inv``, that this NumPy has.

    Examples
    --------
    >>> in_numpy("kron", "a_name_of_the_future")
    [<function kron at ...>]
    """
    found = []
    for name in names:
        home: Any = np
        for part in name.split("."):
            home = getattr(home, part, None)
        if home is not None:
            found.append(home)
    return found


def plainly(*functions: Rule) -> Callable[[Function], Function]:
    """Let a function here stand for those NumPy functions, and say that it gives plain numbers."""
    _plain.update(functions)
    return stands_for(*functions)


def later(*modules: str) -> None:
    """Name the modules that have more ops and NumPy functions: loaded when one is first missed."""
    _later.extend(modules)


def _load_the_rest() -> None:
    for module in tuple(_later):
        import_module(module)
    _later.clear()


def _looked_up(table: dict[Any, Any], key: Any) -> Any:
    """Return an entry of a table, after loading the rest if need be; None if there is none."""
    found = table.get(key)
    if found is None and _later:
        _load_the_rest()
        found = table.get(key)
    return found


def stands_for_scipy(**functions: Rule) -> None:
    """Let functions here be what those of ``scipy.special`` do when they are called on a node."""
    _for_scipy.update(functions)


def _of_scipy(function: Rule, name: str) -> Rule | None:
    special = sys.modules.get("scipy.special")  # whoever calls its function has imported it
    return _for_scipy.get(name) if getattr(special, name, None) is function else None


def for_numpy(function: Rule) -> Rule:
    """Return the function that stands for NumPy's here; TypeError with advice if there is none."""
    found = _looked_up(_for_numpy, function)
    found = found or _of_scipy(function, getattr(function, "__name__", ""))
    if found is not None:
        return found
    from autograd.rules.numpy_advice import refusal  # for an error alone

    raise TypeError(refusal(function))


def is_plain(function: Rule) -> bool:
    """Whether a NumPy function gives plain numbers here: positions, shapes or booleans."""
    return function in _plain


def numpy_functions() -> dict[Rule, Rule]:
    """Return all NumPy functions that something stands for here, with what that is: a copy."""
    _load_the_rest()
    return dict(_for_numpy)


def get(name: str) -> Op:
    """Return the registered op of that name; ValueError with close matches if there is none.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> from autograd.extend import get_op
    >>> get_op("tanh").doc
    'the hyperbolic tangent, sinh x / cosh x'
    >>> get_op("tahn")
    Traceback (most recent call last):
    ValueError: no op named 'tahn' is registered; did you mean tan or tanh or atan?
    """
    found: Op | None = _looked_up(_registry, name)
    if found is not None:
        return found
    from difflib import get_close_matches  # for an error alone

    alike = get_close_matches(name, list(_registry), n=3)
    hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
    raise ValueError(f"no op named {name!r} is registered{hint}")


def ops() -> dict[str, Op]:
    """Return all registered ops by name: a copy.

    Examples
    --------
    >>> from autograd.extend import Elementwise, ops
    >>> found = [op for op in ops().values() if isinstance(op, Elementwise)]
    >>> [op.name for op in found if op.kinks == (-1.0, 1.0)]
    ['hardtanh']
    """
    _load_the_rest()
    return dict(_registry)


@contextmanager
def temporary_registry() -> Iterator[None]:
    """Forget every op that was registered inside, when the block ends: for tests and examples.

    Examples
    --------
    >>> from autograd import elementwise, temporary_registry
    >>> from autograd.extend import ops
    >>> with temporary_registry():
    ...     cube = elementwise("cube", "x * x * x", "3 * x * x")
    ...     inside = "cube" in ops()
    >>> inside, "cube" in ops()
    (True, False)
    """
    close()  # what is loaded inside would be forgotten
    tables: tuple[dict[Any, Any], ...] = (_registry, _for_numpy, *_scopes)
    before: list[dict[Any, Any]] = [dict(table) for table in tables]
    global _edition  # noqa: PLW0603
    try:
        yield
    finally:
        _edition += _registry != before[0]
        for table, kept in zip(tables, before, strict=True):
            table.clear()
            table.update(kept)
        del _scopes[len(tables) - 2 :]
