"""``open``: a JAX function called on arguments, and its result as a graph of nodes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path, tree_structure

from autograd.bridges.jax.evaluation import Evaluation
from autograd.bridges.jax.host_arrays import is_floating, on_host, refuse_tracer
from autograd.bridges.jax.places import Place
from autograd.bridges.jax.wires import Wire
from autograd.node.mode import enable_grad
from autograd.node.node import Node
from autograd.numbers.words import with_article, with_package
from autograd.values.tensor import Tensor

_NOT_KNOWN = (
    "autograd.bridges.jax.open traces the function, as jax.jit does: what depends on an argument "
    "of floating dtype has no number then. Use jax.numpy in place of math and numpy, and "
    "jax.lax.cond or jnp.where in place of an if"
)


def opened(f: Callable[..., Any], args: Sequence[Any], scan_limit: int) -> Any:
    """Return what ``f`` returns, with a graph in place of each array that depends on a variable."""
    if not callable(f):
        raise TypeError(
            f"open() takes a function and its arguments, got {with_article(f)}: say "
            "open(loss, params, x, y), without calling the function"
        )
    _check_limit(scan_limit)
    paths, tree = tree_flatten_with_path(tuple(args))
    names = [_name(f, path) for path, _ in paths]
    leaves = [leaf for _, leaf in paths]
    for name, leaf in zip(names, leaves, strict=True):
        _check(name, leaf)
    floats = [k for k, leaf in enumerate(leaves) if _is_variable(leaf)]
    if not floats:
        kinds = ", ".join(type(leaf).__name__ for leaf in leaves) or "no argument"
        raise ValueError(
            "open() needs a variable: an array or a number of floating dtype among the arguments "
            f"of the function, got {kinds}"
        )

    def of_variables(*variables: Any) -> Any:
        changed = list(leaves)
        for k, variable in zip(floats, variables, strict=True):
            changed[k] = variable
        return f(*tree.unflatten(changed))

    wires = [_variable(names[k], leaves[k]) for k in floats]
    with _explained():
        traced = jax.make_jaxpr(of_variables, return_shape=True)
        program, shapes = traced(*(wire.value for wire in wires))
    constants = {id(leaf): names[k] for k, leaf in enumerate(leaves) if k not in floats}
    with enable_grad():
        found = Evaluation(scan_limit, constants).run(program, wires, Place())
    return _result(f, shapes, found)


# Arguments ---------------------------------------------------------------------------------------


def _name(f: Callable[..., Any], path: Sequence[Any]) -> str:
    """Return the name of a leaf of the arguments: ``params['dense']['kernel']``."""
    place = path[0].idx
    name: str = _parameters(f).get(place, f"args[{place}]") + keystr(tuple(path[1:]))
    return name


def _parameters(f: Callable[..., Any]) -> dict[int, str]:
    """Return the names of the positional parameters of a function, if it tells them."""
    try:
        given = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return {}
    positional = (p.name for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))
    return dict(enumerate(positional))


def _check(name: str, leaf: Any) -> None:
    """Raise TypeError for an argument that is of another engine, or that JAX is tracing."""
    refuse_tracer(leaf)
    if isinstance(leaf, Node) or type(leaf).__module__.partition(".")[0] in ("torch", "tensorflow"):
        raise TypeError(
            f"{name} must be an array of JAX or NumPy or a number, got "
            f"{with_package(leaf)}: say jnp.asarray of its plain numbers"
        )


def _check_limit(scan_limit: Any) -> None:
    """Raise TypeError or ValueError unless it is a number of iterations."""
    if not isinstance(scan_limit, (int, np.integer)):
        raise TypeError(
            f"scan_limit must be an integer of at least 0, got {with_article(scan_limit)}"
        )
    if scan_limit < 0:
        raise ValueError(f"scan_limit must be an integer of at least 0, got {scan_limit}")


def _is_variable(leaf: Any) -> bool:
    """Whether a leaf is of real floating numbers; what isn't is handed on to the function."""
    if isinstance(leaf, (jax.Array, np.ndarray, np.generic)):
        return is_floating(leaf)
    return type(leaf) is float


def _variable(name: str, leaf: Any) -> Wire:
    value = jnp.asarray(leaf)
    refuse_tracer(value)
    return Wire(value, Tensor(on_host(value), label=name))


# Tracing, and the result -------------------------------------------------------------------------


@contextmanager
def _explained() -> Iterator[None]:
    """Add to an error of JAX's tracing what it means here."""
    try:
        yield
    except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError) as error:
        error.add_note(_NOT_KNOWN)
        raise


def _result(f: Callable[..., Any], shapes: Any, found: Sequence[Wire]) -> Any:
    """Return the results nested as the function returned them."""
    if not any(wire.is_variable for wire in found):
        name = getattr(f, "__name__", type(f).__name__)
        raise ValueError(
            f"the result of {name} depends on no argument of floating dtype: it has no graph. Is "
            "it computed by JAX, and not behind stop_gradient or from integers alone?"
        )
    results = [wire.node if wire.is_variable else wire.value for wire in found]
    return tree_structure(shapes).unflatten(results)
