"""The transforms grad, vjp, jvp, jacobian, hessian, hvp: functions of functions, on pytrees.

A transform calls the function on fresh variables and walks the graph that results. An argument
that is a variable already is passed on through an ``identity`` node, so that nested transforms
differentiate with respect to their own node each and can't be confused. What comes back is plain
numbers, unless the result depends on a variable from outside: then it is nodes, which can be
differentiated further. Nothing is lost silently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Literal, cast, overload

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.protocols import Numeric
from autograd.transforms import gradient_types
from autograd.transforms.function_arguments import (
    Argnums,
    Function,
    applied,
    as_arguments,
    check_function,
    one_or_all,
    positions,
    restricted,
)
from autograd.transforms.jacobian_blocks import columns, rows, size
from autograd.transforms.pytree import aligned, rebuild_numbers
from autograd.transforms.tracing import Pytree, Trace, is_variable
from autograd.values.batched import sizes_in_force


@overload
def grad(f: Function, argnums: Literal[0] = 0) -> gradient_types.Gradient: ...
@overload
def grad(f: Function, argnums: tuple[int, ...]) -> Callable[..., tuple[Any, ...]]: ...
@overload
def grad(
    f: Function, argnums: Argnums = 0, *, has_aux: Literal[True]
) -> Callable[..., tuple[Any, Any]]: ...
@overload
def grad(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function: ...
def grad(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function:
    """Return the function that computes the gradient of ``f``.

    Parameters
    ----------
    f : callable
        A function with a scalar result. It is called on Values and Tensors.
    argnums : int or tuple of int
        Which positional arguments to differentiate with respect to. Each is a number, an array
        or a pytree of them (nested lists, tuples and dicts); integers become float64. None in a
        pytree has no gradient, and stays None.
    has_aux : bool
        Whether ``f`` returns a pair: the result to differentiate, and anything else.

    Returns
    -------
    callable
        It takes the arguments of ``f`` and returns the gradient, nested as the argument is: a
        tuple of gradients if ``argnums`` is a tuple. It is made of plain numbers and arrays,
        unless the result of ``f`` depends on a variable from outside; then of nodes. With
        ``has_aux`` it returns the gradient and what else ``f`` returned, plain by the same rule.

    Raises
    ------
    TypeError
        By the function: if an argument isn't made of numbers, or the result isn't a number. A
        boolean or an index is none here, for it has no slope.
    ValueError
        By the function: if the result has more than one element.

    Examples
    --------
    >>> from autograd import grad
    >>> grad(lambda x: x * x * x)(2.0)
    12.0
    >>> grad(grad(lambda x: x * x * x))(2.0)
    12.0
    >>> grad(lambda p: p["w"] * p["b"])({"w": 3.0, "b": 4.0})
    {'w': 4.0, 'b': 3.0}
    >>> grad(lambda x: (x * x, {"error": x - 1.0}), has_aux=True)(3.0)
    (6.0, {'error': 2.0})
    """
    check_function(f, "grad")
    both = value_and_grad(f, argnums, has_aux=has_aux)

    @wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Pytree:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


@overload
def value_and_grad(f: Function, argnums: Literal[0] = 0) -> gradient_types.ValueAndGradient: ...
@overload
def value_and_grad(
    f: Function, argnums: tuple[int, ...]
) -> Callable[..., tuple[Any, tuple[Any, ...]]]: ...
@overload
def value_and_grad(
    f: Function, argnums: Argnums = 0, *, has_aux: Literal[True]
) -> Callable[..., tuple[tuple[Any, Any], Any]]: ...
@overload
def value_and_grad(
    f: Function, argnums: Argnums = 0, *, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(
    f: Function, argnums: Argnums = 0, *, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Return the function that computes the result of ``f`` and its gradient, as ``grad`` does.

    With ``has_aux``, ``f`` returns a pair, and so does the function in place of the result:
    ``((result, aux), gradient)``.

    Parameters
    ----------
    f, argnums, has_aux
        As for ``grad``.

    Returns
    -------
    callable
        It takes the arguments of ``f`` and returns the result and the gradient.

    Raises
    ------
    TypeError, ValueError
        By the function, as for ``grad``.

    Examples
    --------
    >>> from autograd import value_and_grad
    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    >>> value_and_grad(lambda x: (x * x, "seen"), has_aux=True)(3.0)
    ((9.0, 'seen'), 6.0)
    """
    check_function(f, "value_and_grad")

    @wraps(f, updated=())
    def both(*args: Any, **kwargs: Any) -> tuple[Any, Pytree]:
        chosen = positions(argnums, args)
        primals = {k: args[k] for k in chosen}
        trace = Trace.of(restricted(f, args, kwargs), primals, has_aux=has_aux)
        gradients = trace.pull_back([_seed_of_scalar(trace.outputs)])
        value = (trace.value, trace.aux) if has_aux else trace.value
        return value, one_or_all(trace.like_arguments(gradients), argnums)

    return both


def vjp(f: Function, *primals: Pytree) -> tuple[Pytree, Callable[[Pytree], tuple[Pytree, ...]]]:
    """Return ``f(*primals)`` and the pullback there, which takes cotangents back to the primals.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or pytrees of them, that returns such.
    *primals
        Where to differentiate.

    Returns
    -------
    result : number, array or pytree
        What ``f`` returns.
    pullback : callable
        It takes a cotangent nested and shaped as the result, and returns a tuple of cotangents,
        one for each primal: the product cotangentᵀ · Jacobian. It can be called again, also by
        ``vmap`` on many cotangents at once, for which it calls ``f`` again.

    Raises
    ------
    TypeError, ValueError
        By the pullback: if a cotangent isn't nested, or shaped, as the result is.

    Examples
    --------
    >>> from autograd import vjp
    >>> result, pullback = vjp(lambda x, y: (x * y, x + y), 2.0, 3.0)
    >>> result
    (6.0, 5.0)
    >>> pullback((1.0, 10.0))
    (13.0, 12.0)
    """
    check_function(f, "vjp")
    outside, sizes = Trace.of(applied(f), dict(enumerate(primals))), sizes_in_force()

    def pullback(cotangent: Pytree) -> tuple[Pytree, ...]:
        trace = outside
        if sizes_in_force() != sizes:  # inside of vmap every sample needs variables of its own
            trace = Trace.of(applied(f), dict(enumerate(primals)))
        given = aligned(trace.result, cotangent, "the cotangent")
        seeds = [_seed(y, g, "cotangent") for y, g in zip(trace.outputs, given, strict=True)]
        return trace.like_arguments(trace.pull_back(seeds))

    return outside.value, pullback


def jvp(
    f: Function, primals: Sequence[Pytree], tangents: Sequence[Pytree]
) -> tuple[Pytree, Pytree]:
    """Return ``f(*primals)`` and its derivative in the direction of ``tangents``: forward mode.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or pytrees of them, that returns such.
    primals : tuple
        Where to differentiate: a tuple or list of the arguments of ``f``.
    tangents : tuple
        The direction: nested and shaped as ``primals``.

    Returns
    -------
    result, tangent
        What ``f`` returns, and the product Jacobian · tangents, nested and shaped as the result.

    Raises
    ------
    TypeError, ValueError
        If a tangent isn't nested, or shaped, as its primal is.

    Examples
    --------
    >>> from autograd import jvp
    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    check_function(f, "jvp")
    primals = as_arguments(primals, "the primals of jvp")
    given = aligned(primals, as_arguments(tangents, "the tangents of jvp"), "the tangents")
    trace = Trace.of(applied(f), dict(enumerate(primals)))
    seeds = [_seed(x, t, "tangent") for x, t in zip(trace.inputs, given, strict=True)]
    return trace.value, rebuild_numbers(trace.result, iter(trace.push_forward(seeds)))


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """Return the function that computes the Jacobian of ``f``.

    It goes forwards, an element of the argument at a time, or backwards, an element of the
    result at a time, whichever are fewer.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or pytrees of them, that returns such.
    argnums : int or tuple of int
        Which positional arguments to differentiate with respect to.

    Returns
    -------
    callable
        It takes the arguments of ``f``. For a result of shape S and an argument of shape T it
        returns an array of shape S + T. A pytree of results gives a pytree of
        pytrees: for each result one for the arguments, with such arrays.

    Raises
    ------
    TypeError
        By the function: if an argument or a result isn't made of numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jacobian
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    check_function(f, "jacobian")

    @wraps(f, updated=())
    def computed(*args: Any, **kwargs: Any) -> Pytree:
        chosen = positions(argnums, args)
        trace = Trace.of(restricted(f, args, kwargs), {k: args[k] for k in chosen})
        sizes = (size(trace.inputs), size(trace.outputs))
        blocks = columns(trace) if sizes[0] < sizes[1] else rows(trace)
        by_result = (one_or_all(trace.like_arguments(row), argnums) for row in blocks)
        return rebuild_numbers(trace.result, by_result)

    return computed


@gradient_types.of_second_order
def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """Return the function that computes the Hessian of a scalar ``f``: all second derivatives.

    For an argument of shape T it returns an array of shape T + T; for pytrees, and for a tuple of
    ``argnums``, a pytree of pytrees as ``jacobian`` does.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays and pytrees of them, whose result is one number.
    argnums : int or sequence of int
        The arguments to differentiate in.

    Returns
    -------
    callable
        It takes the arguments of ``f`` and returns the Hessian.

    Raises
    ------
    TypeError, ValueError
        By the function, as for ``grad``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import hessian
    >>> hessian(lambda x: (x * x * x).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnums), argnums)


@gradient_types.of_directions
def hvp(f: Function, primals: Sequence[Pytree], tangents: Sequence[Pytree]) -> tuple[Pytree, ...]:
    """Return the product of the Hessian of a scalar ``f`` with ``tangents``, without the Hessian.

    It is the derivative of the gradient in a direction (Pearlmutter 1994), and costs a small
    multiple of the gradient.

    Parameters
    ----------
    f : callable
        A function with a scalar result.
    primals : tuple
        Where to differentiate: a tuple or list of the arguments of ``f``.
    tangents : tuple
        The direction: nested and shaped as ``primals``.

    Returns
    -------
    tuple
        One product for each primal, nested and shaped as it.

    Raises
    ------
    TypeError, ValueError
        As for ``grad``; or if a tangent isn't nested, or shaped, as its primal is.

    Examples
    --------
    >>> from autograd import hvp
    >>> hvp(lambda x, y: x * x * y, (3.0, 5.0), (1.0, 0.0))
    (10.0, 6.0)
    """
    check_function(f, "hvp")
    primals = as_arguments(primals, "the primals of hvp")
    products: tuple[Pytree, ...] = jvp(grad(f, tuple(range(len(primals)))), primals, tangents)[1]
    return products


# Cotangents and tangents, checked -----------------------------------------------------------------


def _seed(node: Node, given: Any, word: str) -> Numeric | Node:
    """Return a cotangent or a tangent for a node, checked; ``word`` is which of them it is."""
    if given is None:
        raise TypeError(f"expected a number or an array for a {word}, got None")
    if not is_variable(given):
        given = raw(given)
    checked = node._check_cotangent(given, word)
    return node._unbroadcast(checked) if is_variable(given) else checked


def _seed_of_scalar(outputs: list[Node]) -> Numeric:
    if len(outputs) == 1 and np.size(outputs[0]._data) == 1:
        return cast(Numeric, outputs[0]._check_cotangent(None))
    shapes = ", ".join(str(np.shape(y._data)) for y in outputs) or "none"
    raise ValueError(
        f"grad needs a function with one scalar result, got results of shape {shapes}: "
        "reduce them first (.sum()), or use jacobian or vjp"
    )
