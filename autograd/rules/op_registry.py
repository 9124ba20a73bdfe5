"""The table of all ops by name, and of the NumPy functions that each stands for.

There are two scopes of names. The text of a built-in rule sees ``built_in``, which is closed when
the engine has been imported: no later op changes what a built-in rule computes. The text of a
user's rule sees ``names``: the built-in names, and the user's own over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from autograd.numbers.kinds import Rule
    from autograd.rules.op import Op

built_in: dict[str, Any] = {}  # what the text of a built-in rule may name
names: dict[str, Any] = {}  # what the text of a user's rule may name
OWN = "own:"  # before the key of a user's op
_built_in_ops: dict[str, Op] = {}
_is_closed = False
_edition = 0
_registry: dict[str, Op] = {}
_for_numpy: dict[Rule, Rule] = {}
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
    _edition += op.name in _registry
    _registry[op.name] = op
    if not _is_closed:
        _built_in_ops[op.name] = op
    define_names(**{op.name: op})
    stands_for(*op.numpy)(op)
    return op


def define_names(**given: Any) -> None:
    """Let the text of rules name some ops or functions: that of built-in rules, until closed."""
    names.update(given)
    if not _is_closed:
        built_in.update(given)


def close() -> None:
    """Close the built-in scope: what is registered from now on is a user's."""
    global _is_closed  # noqa: PLW0603
    _is_closed = True


def scope() -> dict[str, Any]:
    """Return what the text of an op that is defined now may name."""
    return names if _is_closed else built_in


def edition() -> int:
    """Return a number that changes when an op takes the place of another of its name."""
    return _edition


def key(op: Op) -> str:
    """Return what stands for an op in recordings and pickles: its name, or ``own:`` and that.

    Raises
    ------
    ValueError
        If another op has taken its place.
    """
    if _built_in_ops.get(op.name) is op:
        return op.name
    if _registry.get(op.name, op) is op:
        return OWN + op.name
    raise ValueError(
        f"the op {op.name!r} was replaced by another of its name: use that one, which "
        "elementwise() or structural() returned"
    )


def find(key: str) -> Op:
    """Return the op that a key stands for; ValueError if there is none."""
    return _built_in_ops.get(key) or get(key.removeprefix(OWN))


def stands_for(*functions: Rule) -> Callable[[Function], Function]:
    """Let a function here be what those NumPy functions do when they are called on a node."""

    def enter(ours: Function) -> Function:
        for function in functions:
            _for_numpy[function] = ours
        return ours

    return enter


def for_numpy(function: Rule) -> Rule:
    """Return what stands for a NumPy function here; TypeError with advice if nothing does."""
    found = _for_numpy.get(function)
    if found is not None:
        return found
    name = getattr(function, "__name__", str(function))
    known = sorted({f.__name__ for f in _for_numpy})
    close = _close(name, known)
    raise TypeError(
        f"numpy.{name} is not differentiable here; autograd has {', '.join(close or known)}. "
        "Use x.data for the plain numbers, which carry no gradient"
    )


def get(name: str) -> Op:
    """Return the registered op of that name; ValueError with close matches if there is none."""
    try:
        return _registry[name]
    except KeyError:
        close = _close(name, _registry)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise ValueError(f"no op named {name!r} is registered{hint}") from None


def _close(name: str, known: Iterable[str]) -> list[str]:
    import difflib  # for an error alone

    return difflib.get_close_matches(name, list(known), n=3)


def ops() -> dict[str, Op]:
    """Return all registered ops by name: a copy."""
    return dict(_registry)


@contextmanager
def temporary_registry() -> Iterator[None]:
    """Forget, on leaving, every op that was registered inside: for tests and examples."""
    tables: tuple[dict[Any, Any], ...] = (_registry, names, _for_numpy)
    before: list[dict[Any, Any]] = [dict(table) for table in tables]
    global _edition  # noqa: PLW0603
    try:
        yield
    finally:
        _edition += any(_registry[name] is not op for name, op in before[0].items())
        for table, kept in zip(tables, before, strict=True):
            table.clear()
            table.update(kept)
