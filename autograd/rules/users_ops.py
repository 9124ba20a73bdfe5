"""``elementwise`` and ``structural`` for users: they define an op of one's own."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

from autograd.numbers.kinds import Rule
from autograd.rules.compiling import check_names
from autograd.rules.op import Elementwise, Structural
from autograd.rules.op_registry import close, register


def elementwise(
    name: str, function: Any, partials: Any, *, replace: bool = False, **attributes: Any
) -> Elementwise:
    """Define and register an op that acts on each element alone.

    Parameters
    ----------
    name : str
        The op's name.
    function : str or callable
        The op on raw numbers and arrays alike: text in the operands and the settings, or a function
        whose keyword-only parameters are its settings. In texts the operands are x, y, u, v, in
        this order: as many as there are partials.
    partials : str, callable, number or sequence of them
        ∂z/∂operand for each operand, at most four: text in the operands, the result z and the
        settings; or a function of (operands…, z, **settings); or a constant.
    replace : bool
        Whether to take an op's name. Then the name means the new op in the rules of users' ops,
        in look-ups such as ``check_op("exp")``, and for the NumPy functions that stood for the old
        op. Jitted functions are recorded again. The old op stays what it is: built-in rules,
        ``autograd.exp``, methods and operators (also ``array * x``, which is ``np.multiply``) go
        on using it.
    **attributes
        The other attributes of ``Elementwise``: settings, symbol, latex, domain, kinks, numbers …

    Returns
    -------
    Elementwise
        The op: call it on numbers, arrays, Values and Tensors.

    Raises
    ------
    ValueError
        If the name is taken, a rule isn't an expression or uses an unknown name, the partials
        and domains don't match in number, a setting has the name of an operand, or ``numpy=`` has
        a function that an operator calls.

    Examples
    --------
    >>> from autograd import Value, elementwise, temporary_registry
    >>> with temporary_registry():
    ...     cube = elementwise("cube", "x * x * x", "3 * x * x")
    ...     x = Value(2.0)
    ...     cube(x).backward()
    ...     x.grad
    12.0
    """
    close()
    partials = tuple(partials) if isinstance(partials, (tuple, list)) else (partials,)
    op = Elementwise(name, function, partials=partials, **attributes)
    check_names(op, (function, *partials))
    return register(op, replace=replace)


def structural(
    name: str, function: Rule, pullback: Any, *, replace: bool = False, **attributes: Any
) -> Structural:
    """Define and register an op on whole arrays, or on any number of scalars.

    Parameters
    ----------
    name : str
        The op's name.
    function : callable
        The op on raw arrays. Its positional parameters without a default are the operands, unless
        ``arity=`` says how many there are; keyword-only parameters are its settings.
    pullback : callable, or tuple of callable
        ``(cotangent, *operands, z, **settings)`` → a contribution for each operand, written with
        ops, so that it runs on arrays and on nodes; in forward mode, on a node for the cotangent
        beside arrays. Or one such function for each operand's contribution, of which the walk then
        calls only those that are wanted.
    replace : bool
        Whether to take an op's name: see ``elementwise``.
    **attributes
        The other attributes of ``Structural``: arity, linear, symbol, latex, numbers …

    Returns
    -------
    Structural
        The op: call it on arrays and Tensors.

    Raises
    ------
    ValueError
        If the name is taken, or there is no pullback.
    TypeError
        If the function or a pullback can't be called.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, structural, temporary_registry
    >>> with temporary_registry():
    ...     reverse = structural("reverse", lambda x: x[::-1], lambda g, x, z: (g[::-1],))
    ...     x = Tensor([1.0, 2.0, 3.0])
    ...     reverse(x).backward(np.array([1.0, 0.0, 0.0]))
    ...     x.grad
    array([0., 0., 1.])
    """
    if pullback == ():
        raise ValueError(f"{name} needs a pullback for each operand, got none: ()")
    several = pullback if isinstance(pullback, tuple) else (pullback,)
    for what, given in [("function", function), *(("pullback", each) for each in several)]:
        if not callable(given):
            raise TypeError(
                f"the {what} of a structural op is a Python function, got {given!r}: a text is for "
                "elementwise()"
            )
    close()
    if "arity" not in attributes:
        attributes["arity"] = len(pullback) if pullback is several else _operands(function)
    op = Structural(name, function, pullback=pullback, **attributes)
    return register(op, replace=replace)


def _operands(function: Rule) -> int | None:
    """Return how many operands a function takes: its positional parameters without a default."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):  # a function in C may not say what it takes
        return 1
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return None
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is Parameter.empty for p in parameters) or 1
