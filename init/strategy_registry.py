"""The registry of strategies: look one up by name, register one, list them.

This module knows what a strategy is called and how it is called, and holds no strategy itself
(``init.built_in`` does, and fills the default registry from there).
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from init import argument_checks
from init.seeding import Seed

__all__ = [
    "Initializer",
    "Registry",
    "Spec",
    "available",
    "default",
    "get",
    "register",
    "unregister",
]


class Initializer(Protocol):
    """A callable that draws a weight array.

    The layer passes its own fans; a strategy never guesses them from a shape.

    Examples
    --------
    >>> import numpy as np
    >>> import init
    >>> def quarters(shape, *, rng, fan_in, fan_out, gain=1.0, dtype=np.float64):
    ...     return np.full(shape, gain / 4, dtype)
    >>> strategy: init.Initializer = init.get(quarters)  # a function with this signature is one
    >>> strategy((2,), rng=0, fan_in=2, fan_out=2)
    array([0.25, 0.25])
    """

    def __call__(
        self,
        shape: tuple[int, ...],
        *,
        rng: Seed,
        fan_in: int,
        fan_out: int,
        gain: float = 1.0,
        dtype: DTypeLike = np.float64,
    ) -> NDArray[np.floating]:
        """Return weights of ``shape``."""
        ...


Spec: TypeAlias = str | Initializer | Mapping[str, object]
"""The argument of :meth:`Registry.get`: a name, a strategy, a function, or a dict with ``name``."""

Registered = TypeVar("Registered", bound=Initializer)

_SIGNATURE = "fn(shape, *, rng, fan_in, fan_out, gain=1.0, dtype=float64)"


class Registry:
    """Names, aliases and the strategies they stand for.

    Most users want the default registry, through ``init.register``, ``init.get`` and
    ``init.available``. A test that must leave no trace uses a fresh ``Registry()``, a
    :meth:`copy`, or :meth:`unregister`.

    Examples
    --------
    >>> registry = Registry()
    >>> @registry.register("halves", aliases=("half",))
    ... def halves(shape, *, rng, fan_in, fan_out, gain=1.0, dtype=np.float64):
    ...     return np.full(shape, 0.5 * gain, dtype)
    >>> registry.available()
    ('halves',)
    >>> registry.get("half")((2,), rng=0, fan_in=2, fan_out=1)
    array([0.5, 0.5])
    >>> own = registry.copy()
    >>> own.unregister("halves")
    >>> own.available(), registry.aliases
    ((), {'half': 'halves'})
    """

    def __init__(self) -> None:
        self._strategies: dict[str, Initializer] = {}
        self._aliases: dict[str, str] = {}

    @overload
    def register(
        self, name: str, strategy: Registered, *, aliases: Iterable[str] = ()
    ) -> Registered: ...

    @overload
    def register(
        self, name: str, *, aliases: Iterable[str] = ()
    ) -> Callable[[Registered], Registered]: ...

    def register(
        self, name: str, strategy: Registered | None = None, *, aliases: Iterable[str] = ()
    ) -> Registered | Callable[[Registered], Registered]:
        """Give a strategy a name, by a plain call or as a decorator.

        Parameters
        ----------
        name : str
            The name to ask for it by.
        strategy : callable, optional
            Called as ``fn(shape, *, rng, fan_in, fan_out, gain=1.0, dtype=float64)``. Without
            it, the result is a decorator.
        aliases : iterable of str
            Other names for the same strategy.

        Returns
        -------
        callable
            The strategy, unchanged; or the decorator.

        Raises
        ------
        ValueError
            If the name or an alias is taken. Nothing is registered then.
        TypeError
            If a name isn't a string, or the strategy can't be called in this way.

        Examples
        --------
        >>> from init import built_in
        >>> registry = Registry()
        >>> registry.register("tiny", built_in.normal.with_options(std=1e-3))
        normal(std=0.001)
        """
        names = (name, *aliases)
        if strategy is None:
            return functools.partial(self._add, names)
        return self._add(names, strategy)

    def _add(self, names: tuple[str, ...], strategy: Registered) -> Registered:
        _check_signature(strategy)
        for i, name in enumerate(names):
            if not argument_checks.is_name(name):
                raise TypeError(f"a strategy's name must be a non-empty string, got {name!r}")
            if name in self._strategies or name in self._aliases or name in names[:i]:
                raise ValueError(
                    f"an initialisation named {name!r} is already registered: "
                    "choose another name, or unregister that one first"
                )
        self._strategies[names[0]] = strategy
        self._aliases.update(dict.fromkeys(names[1:], names[0]))
        return strategy

    def unregister(self, name: str) -> None:
        """Take a strategy out, with all of its aliases.

        Parameters
        ----------
        name : str
            Its name, or an alias.

        Raises
        ------
        ValueError
            If there is no such name.

        Examples
        --------
        >>> registry = Registry()
        >>> @registry.register("zeros")
        ... def zeros(shape, *, rng, fan_in, fan_out, gain=1.0, dtype=np.float64):
        ...     return np.zeros(shape, dtype)
        >>> registry.unregister("zeros")
        >>> registry.available()
        ()
        """
        primary = self._primary(name)
        del self._strategies[primary]
        self._aliases = {a: target for a, target in self._aliases.items() if target != primary}

    def get(self, spec: Spec) -> Initializer:
        """Find or configure a strategy.

        Parameters
        ----------
        spec : str, callable or mapping
            A registered name or alias, in any case (``"HeNormal"``); a strategy, or any function
            of the right signature, which comes back as it is; or a mapping with the key
            ``"name"`` and options for it.

        Returns
        -------
        callable
            Called as ``fn(shape, *, rng, fan_in, fan_out, gain=1.0, dtype=float64)``.

        Raises
        ------
        ValueError
            For an unknown name (the message has the nearest ones), a mapping without a name, or
            an option's bad value.
        TypeError
            For an option that the strategy doesn't have, a callable that can't be called in this
            way, or anything else.

        Examples
        --------
        >>> import init
        >>> init.get("he_normal")
        he_normal(scale=2.0, mode='fan_in', distribution='normal')
        >>> init.get({"name": "he_normal", "mode": "fan_out"})
        he_normal(scale=2.0, mode='fan_out', distribution='normal')
        >>> init.get("he_norml")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: unknown initialisation 'he_norml': did you mean 'he_normal' or ...
        """
        if isinstance(spec, str):
            return self._lookup(spec)
        if isinstance(spec, Mapping):
            return self._configured(spec)
        _check_signature(spec)
        return spec

    def available(self) -> tuple[str, ...]:
        """Return the names there are, sorted, without aliases.

        Examples
        --------
        >>> import init
        >>> "he_normal" in init.available(), "kaiming_normal" in init.available()
        (True, False)
        """
        return tuple(sorted(self._strategies))

    @property
    def aliases(self) -> dict[str, str]:
        """A copy of the table from alias to name."""
        return dict(self._aliases)

    def copy(self) -> "Registry":
        """Return a registry with the same contents that can be changed on its own."""
        twin = Registry()
        twin._strategies = dict(self._strategies)
        twin._aliases = dict(self._aliases)
        return twin

    def _lookup(self, name: str) -> Initializer:
        return self._strategies[self._primary(name)]

    def _primary(self, name: str) -> str:
        known = [*self._strategies, *self._aliases]
        found = argument_checks.same_name(name, known)
        if found not in known:
            hint = argument_checks.close_matches(name, known)
            raise ValueError(
                f"unknown initialisation {name!r}: {hint}init.available() lists what there is, "
                "init.register adds to it"
            )
        return self._aliases.get(found, found)

    def _configured(self, spec: Mapping[str, object]) -> Initializer:
        options = {key: value for key, value in spec.items() if key != "name"}
        name = spec.get("name")
        if not isinstance(name, str):
            raise ValueError(
                f"an initialisation given as a dict needs the key 'name', got {dict(spec)!r}: "
                "write for example {'name': 'he_normal', 'mode': 'fan_out'}"
            )
        strategy = self._lookup(name)
        if not options:
            return strategy
        configure = getattr(strategy, "with_options", None)
        if configure is None:
            configure = functools.partial(_with_keywords, name, strategy)
        configured: Initializer = configure(**options)
        return configured


def _with_keywords(name: str, function: Initializer, **options: Any) -> Initializer:
    """Bind a plain function's own keyword arguments, which must exist."""
    configured: Initializer = functools.partial(function, **options)
    try:
        _check_signature(configured)
    except TypeError:
        raise TypeError(
            f"initialisation {name!r} does not take the options {', '.join(options)}: "
            f"its signature is {inspect.signature(function)}"
        ) from None
    return configured


def _check_signature(strategy: object) -> None:
    """Raise TypeError unless ``strategy`` can be called as an initializer."""
    problem = f"an initialisation must be a name, a dict, or a callable {_SIGNATURE}"
    if not callable(strategy):
        raise TypeError(f"{problem}, got {strategy!r}")
    try:
        inspect.signature(strategy).bind(
            (1, 1), rng=0, fan_in=1, fan_out=1, gain=1.0, dtype=np.float64
        )
    except (TypeError, ValueError) as error:
        raise TypeError(f"{problem}, got {strategy!r}: {error}") from None


default = Registry()
"""The registry that ``init.get`` and every layer reads."""

register = default.register
unregister = default.unregister
get = default.get
available = default.available
