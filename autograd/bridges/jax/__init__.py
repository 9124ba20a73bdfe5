"""JAX programs as graphs of nodes: JAX's own numbers, and JAX's own pullbacks.

``from autograd.bridges import jax as bridge``, and then ``L = bridge.open(loss, params, x, y)``.
JAX is imported when a program is opened, and not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.bridges.rule_comparison import Report
    from autograd.node.node import Node

__all__ = ["check", "open"]

OLDEST = (0, 8)
SCAN_LIMIT = 1000
_ONE_GETS_ALL = "of equals one gets all of it there, and each a share by our rule"
_CONVENTIONS = {
    "abs": "its slope at 0 is 1 there (−1 at −0.0), and 0 by our rule",
    "reduce_window_max": _ONE_GETS_ALL,
    "reduce_window_min": _ONE_GETS_ALL,
    "sort": _ONE_GETS_ALL,
}


def __dir__() -> list[str]:
    return sorted(__all__)


def open(f: Callable[..., Any], /, *args: Any, scan_limit: int = SCAN_LIMIT) -> Any:
    """Call a function that is written in JAX, and return its result as a graph of nodes.

    The function is traced as ``jax.jit`` traces it, and its equations are run one by one. Each is
    a node with JAX's value and JAX's own pullback: the gradients are those of ``jax.grad``. What
    is called by ``jit``, ``scan``, ``cond`` and ``checkpoint`` is entered. A function with a
    gradient of its own (``custom_jvp``, ``custom_vjp``) is one node with that gradient.

    Parameters
    ----------
    f : callable
        What would be given to ``jax.grad``.
    *args : pytree
        Its arguments. The arrays and numbers of floating dtype in them are the variables, named
        by their places: ``params['dense']['kernel']``. Integers, booleans and random keys are
        constants. What JAX doesn't trace, a function or a string, is handed on as it is.
    scan_limit : int
        The most iterations of a ``scan`` that are entered, each in a region of its own. A longer
        one stays one node, and a warning says so.

    Returns
    -------
    Tensor or pytree
        The result's graph; for a result of several arrays, they are replaced by their graphs.
        An array that depends on no variable stays an array.

    Raises
    ------
    ImportError
        If JAX isn't installed, or is older than this bridge knows.
    TypeError
        If ``f`` isn't a function, ``scan_limit`` no integer, an argument holds a tracer, or a node
        or a tensor of another engine.
    ValueError
        If the result depends on no variable, or on one through complex numbers, or ``scan_limit``
        is below 0.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from autograd.bridges import jax as bridge
    >>> from autograd.extend import leaves
    >>> L = bridge.open(lambda x: jnp.sum(x * x), jnp.arange(3.0))
    >>> L.backward()
    >>> leaves(L)
    [Tensor([0., 1., 2.], dtype=float32, grad=[0., 2., 4.], label='x')]
    """
    _check_version()
    from autograd.bridges.jax.opened import opened

    return opened(f, args, scan_limit)


def check(root: Node, *, seed: int = 0) -> Report:
    """Compare every equation of an opened program with this engine's rule for it.

    A function with a gradient of its own is held against the derivative of what it computes: so a
    wrong ``custom_vjp`` is named, with its line.

    Parameters
    ----------
    root : Node
        What ``open`` returned.
    seed : int
        For the random cotangents.

    Returns
    -------
    Report
        True if nothing differs. It says which equations agree, differ, or have no rule here.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from autograd.bridges import jax as bridge
    >>> bridge.check(bridge.open(lambda x: jnp.sum(jnp.sin(x)), jnp.arange(3.0)))
    check: PASS
    2 of 2 operations agree with our rules
    """
    from autograd.bridges.rule_comparison import compare_with_rules

    return compare_with_rules(root, "JAX", conventions=_CONVENTIONS, seed=seed)


def _check_version() -> None:
    """Raise ImportError unless there is a JAX that this bridge knows."""
    try:
        import jax
    except ImportError as error:
        raise ImportError(
            "autograd.bridges.jax needs JAX: pip install jax, or glassgrad[jax]"
        ) from error
    found = tuple(int(part) for part in jax.__version__.split(".")[:3] if part.isdigit())
    if found < OLDEST:
        raise ImportError(
            f"autograd.bridges.jax needs JAX {'.'.join(map(str, OLDEST))} or later, found "
            f"{jax.__version__}: pip install --upgrade jax"
        )
