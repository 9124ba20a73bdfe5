"""``gradcheck`` and ``examine``: derivatives by the rules, compared with ones found without them.

The references are in ``precise.py`` (fractions, mpmath) and ``numerical.py`` (floats); which rule
is to blame for a difference is found in ``blame.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.check.call import Call, plain
from autograd.check.comparing import OrderCheck
from autograd.check.low_precision import refuse_low_precision
from autograd.check.precise_arrays import Gradient
from autograd.check.program import Program
from autograd.check.report import (
    FAIL,
    INCONCLUSIVE,
    Comparison,
    GradientMismatch,
    Inconclusive,
    NotCheckable,
    Report,
    Skipped,
)
from autograd.check.uncertainty import refuse_unconfirmed, tolerance_ratio
from autograd.transforms.derivatives import vjp
from autograd.transforms.pytree import leaves, map_leaves

Function = Callable[..., Any]
Pytree = Any

ORACLES = ("auto", "exact", "mpmath", "differences")
AT_TIES = ("convention", "skip", "error")


def gradcheck(
    f: Function,
    *inputs: Pytree,
    order: int = 1,
    oracle: str = "auto",
    at_ties: str = "convention",
    gradient: Function | None = None,
    rtol: float = 0.0,
    seed: int = 0,
) -> Report:
    """Compare every derivative of ``f`` with one that is found without rules; raise if they differ.

    A function of real numbers is run on fractions, if it is rational, and compared exactly; else
    on mpmath's numbers, with 60 to 1400 digits, before any alarm. What has arrays in it, or can't
    compute with such numbers, is compared with central differences in float64, with an estimate of
    their error; two families of steps must agree before an alarm, and where they see no change,
    arrays of mpmath's numbers are asked. In a graph of arrays every rule is checked by itself as
    well, exactly or in extended precision; where an input is of float32 or float16, the rules of
    structural ops are run in that dtype too, and compared loosely. The float result may be off by
    what the rounding of the function's own steps costs, which is measured.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or pytrees of them, that returns such.
    *inputs
        Where to check: finite; integers and lower precisions become float64.
    order : int
        Up to which order: 2 also checks the derivatives of the gradient. Of a result with many
        elements it is the gradient of their sum with random weights.
    oracle : {"auto", "exact", "mpmath", "differences"}
        What to compare with: the best there is, or only this one.
    at_ties : {"convention", "skip", "error"}
        At a kink of a scalar function: compare with the convention (the slope of smallest norm at
        every op that has a kink there), give no verdict, or refuse.
    gradient : callable, optional
        A claimed gradient: of the same arguments, it returns the gradient by its only argument, or
        a tuple of them. Then ``f`` may be any Python function with one number as the result, and
        both are called with plain numbers and arrays.
    rtol : float
        What more to allow, as a fraction of a derivative's size: for a claim known to be coarse.
    seed : int
        For the random weights.

    Returns
    -------
    Report
        True, and says what was compared; false only for a kink that was skipped.

    Raises
    ------
    GradientMismatch
        An AssertionError that names the input, the index, both numbers and the tolerance, and in
        a graph of ours the rule that is wrong.
    NotCheckable
        A ValueError: if an input or a result isn't finite, ``f`` gives another result when called
        again, changes its inputs, or is at a kink and ``at_ties="error"``.
    Inconclusive
        A ValueError: if no reliable derivative can be had to compare with.

    See Also
    --------
    examine : returns a report where this raises.

    References
    ----------
    C. J. F. Ridders (1982). Accurate computation of F'(x) and F'(x) F''(x). Advances in
    Engineering Software 4 (2), 75-76.

    Examples
    --------
    >>> from autograd import gradcheck, sin
    >>> report = gradcheck(lambda x, y: x * sin(y), 2.0, 3.0, order=2)
    >>> bool(report), report.compared
    (True, 6)

    A gradient written by hand, of a function that knows nothing of us:

    >>> import math
    >>> bool(gradcheck(math.sin, 2.0, gradient=math.cos))
    True
    """
    __tracebackhide__ = True  # pytest shows the line that called
    _refuse_bad_arguments(f, inputs, order, oracle, at_ties, gradient, rtol)
    given = inputs
    inputs = tuple(map_leaves(plain, x, f"argument {k}") for k, x in enumerate(inputs))
    rng = np.random.default_rng(seed)
    comparisons: list[Comparison] = []
    skipped: list[str] = []
    notes: list[str] = []
    program = f
    try:
        for k in range(1, order + 1):
            if k > 1:
                f = _gradient(f, inputs, rng)
            check = OrderCheck(Call(f, inputs, gradient), k, oracle, at_ties, rtol, k == order)
            comparisons += check.run(skipped)
            notes += check.references.notes
            if skipped:
                break
        if gradient is None:
            refuse_low_precision(program, given)
    except GradientMismatch as wrong:
        if isinstance(program, Program):
            wrong = wrong.of_program(program, inputs)
        raise wrong.with_traceback(None) from None
    except Skipped as why:
        return Report(len(comparisons), None, INCONCLUSIVE, str(why), skipped=(str(why),))
    refuse_unconfirmed(comparisons, rtol)
    worst = max(comparisons, key=tolerance_ratio, default=None)
    digits = min((one.digits for one in comparisons), default=None)
    notes = list(dict.fromkeys(notes))
    return Report(
        len(comparisons), worst, skipped=tuple(skipped), digits=digits, notes=tuple(notes)
    )


def examine(f: Function, *inputs: Pytree, **options: Any) -> Report:
    """Do what ``gradcheck`` does, and return a report whatever is found.

    Returns
    -------
    Report
        Its ``verdict`` is PASS; FAIL, with a comparison and who is to blame; or INCONCLUSIVE, with
        the reason.

    Examples
    --------
    >>> import math
    >>> from autograd.check import examine
    >>> examine(math.sin, 2.0, gradient=math.sin).verdict
    'FAIL'
    >>> print(examine(math.floor, 2.0, gradient=lambda x: 0.0).verdict)
    INCONCLUSIVE
    """
    try:
        return gradcheck(f, *inputs, **options)
    except GradientMismatch as wrong:
        return Report(1, wrong.comparison, FAIL, str(wrong), wrong.blame)
    except (Inconclusive, NotCheckable) as why:
        return Report(0, None, INCONCLUSIVE, str(why))


def _refuse_bad_arguments(
    f: Function, inputs: Pytree, order: int, oracle: str, at_ties: str, gradient: Any, rtol: Any
) -> None:
    for g in (f,) if gradient is None else (f, gradient):
        if not callable(g):
            raise TypeError(f"gradcheck expects a function, got a {type(g).__name__}")
    if type(order) is not int or order < 1:
        raise ValueError(f"order must be a positive integer, got {order!r}")
    if gradient is not None and order > 1:
        raise ValueError("a claimed gradient is checked at order 1 only: check its own gradient")
    if not inputs:
        raise TypeError("gradcheck needs inputs to check the gradient at: gradcheck(f, x)")
    if oracle not in ORACLES:
        raise ValueError(f"oracle must be one of {', '.join(ORACLES)}, got {oracle!r}")
    if at_ties not in AT_TIES:
        raise ValueError(f"at_ties must be one of {', '.join(AT_TIES)}, got {at_ties!r}")
    if not (isinstance(rtol, (int, float)) and 0 <= rtol < 1):
        raise ValueError(f"rtol must be a fraction of a derivative's size, 0 to 1, got {rtol!r}")


def _gradient(f: Function, inputs: Pytree, rng: np.random.Generator) -> Function:
    """Return the function that computes the gradient of a random sum of the results of ``f``."""
    result = Call(f, inputs)(leaves(inputs))
    only_one = sum(np.size(y) for y in leaves(result)) == 1

    def weight(_: str, y: Any) -> Any:
        if only_one:
            return np.ones_like(y) if np.ndim(y) else 1.0
        return rng.uniform(0.5, 1.5, np.shape(y)) if np.ndim(y) else rng.uniform(0.5, 1.5)

    weights = map_leaves(weight, result)
    return Gradient(lambda *primals: vjp(f, *primals)[1](weights), f, inputs, weights)
