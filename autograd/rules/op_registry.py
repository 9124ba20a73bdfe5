"""The table of all ops by name, and of the NumPy functions that each stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from autograd.numbers.kinds import Rule
    from autograd.rules.op import Op

names: dict[str, Any] = {}  # what the text of a rule may name: every op, and what compiling.py adds
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
    _registry[op.name] = names[op.name] = op
    stands_for(*op.numpy)(op)
    return op


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
    try:
        yield
    finally:
        for table, kept in zip(tables, before, strict=True):
            table.clear()
            table.update(kept)
