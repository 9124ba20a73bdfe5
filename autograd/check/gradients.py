"""``gradcheck`` and ``examine``: derivatives by the rules, compared with ones found without them.

The references are in ``precise.py`` (fractions, mpmath) and ``numerical.py`` (floats); which rule
is to blame for a difference is found in ``blame.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.bridges.arrays import library_of
from autograd.check import precise_arrays
from autograd.check.call import Call, plain, refuse_infinite
from autograd.check.claims import Claim, Gradient, Jacobian, Pullback
from autograd.check.comparing import OrderCheck
from autograd.check.foreign import ForeignFunction, in_jax
from autograd.check.low_precision import refuse_low_precision
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
from autograd.numbers.words import with_article
from autograd.transforms import derivatives
from autograd.transforms.pytree import leaves, map_leaves

Function = Callable[..., Any]
Pytree = Any

ORACLES = ("auto", "exact", "mpmath", "differences")
AT_TIES = ("convention", "skip", "error")
_NARROW = "The inputs have fewer digits than a float64: check the function in float64"


def gradcheck(
    f: Function,
    *inputs: Pytree,
    order: int = 1,
    oracle: str = "auto",
    at_ties: str = "convention",
    gradient: Function | None = None,
    jacobian: Function | None = None,
    vjp: Function | None = None,
    rtol: float = 0.0,
    seed: int = 0,
) -> Report:
    """Compare every derivative of ``f`` with one that is found without rules; raise if they differ.

    ``f`` may be a function of ours, of torch's tensors or of JAX's arrays, whose own gradient is
    checked then; or any function of numbers and arrays, with a gradient, a Jacobian or a vjp that
    somebody claims.

    A function of real numbers is run on fractions, if it is rational, and compared exactly; else
    on mpmath's numbers, with 60 to 1400 digits, before any alarm. What has arrays in it, or can't
    compute with such numbers, is compared with central differences in float64, with an estimate of
    their error; two families of steps must agree before an alarm, and where they see no change,
    arrays of mpmath's numbers are asked. In a graph of arrays every rule is checked by itself as
    well, exactly or in extended precision; where an input is of float32 or float16, the rules of
    structural ops are run in that dtype too, and compared loosely. The float result may be off by
    what the rounding of the function's own steps costs, which is measured.

    Of many inputs, a few random directions are looked at first. Each confirms the derivatives whose
    digits it sees; the others are looked at one by one.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or pytrees of them, that returns such.
    *inputs
        Where to check: finite. Numbers and NumPy's arrays become float64. torch's tensors and JAX's
        arrays keep their dtype; integers among them, and what is no array, stay as they are. If
        a tensor requires a gradient, derivatives by such alone are checked.
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
        both are called with plain numbers and arrays, or with what the inputs are.
    jacobian : callable, optional
        A claimed Jacobian, as SciPy and ``jax.jacobian`` have it: of the same arguments, it
        returns for a result of shape s and an argument of shape t an array of shape s + t; a tuple
        of them for several arguments; nested as the result is, and within it as the argument.
    vjp : callable, optional
        A claimed vjp, as ``partial(jax.vjp, f)`` is one: of the same arguments, it returns the
        result and the pullback, which takes a cotangent to a tuple of gradients.
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
    >>> import numpy as np
    >>> residuals, jacobian = lambda x: x**2 - 2, lambda x: np.diag(2 * x)
    >>> gradcheck(residuals, np.array([1.0, 3.0]), jacobian=jacobian).compared
    4
    """
    __tracebackhide__ = True  # pytest shows the line that called
    claim = _the_claim(gradient, jacobian, vjp)
    _refuse_bad_arguments(f, inputs, order, oracle, at_ties, claim, rtol)
    given, program = inputs, f
    f, inputs, claim = _made_plain(f, inputs, claim, order)
    rng = np.random.default_rng(seed)
    comparisons: list[Comparison] = []
    skipped: list[str] = []
    notes: list[str] = []
    try:
        for k in range(1, order + 1):
            if k > 1:
                f = _gradient(f, inputs, rng)
            check = OrderCheck(Call(f, inputs, claim), k, oracle, at_ties, rtol, k == order)
            comparisons += check.run(skipped)
            notes += check.references.notes
            if skipped:
                break
        if claim is None:
            refuse_low_precision(program, given)
        refuse_unconfirmed(comparisons, rtol)
    except GradientMismatch as wrong:
        if isinstance(program, Program):
            wrong = wrong.of_program(program, inputs)
        raise wrong.with_traceback(None) from None
    except Skipped as why:
        return Report(len(comparisons), None, INCONCLUSIVE, str(why), skipped=(str(why),))
    except Inconclusive as why:
        if isinstance(f, ForeignFunction) and f.narrow:
            raise Inconclusive(f"{why}. {_NARROW}") from None
        raise
    worst = max(comparisons, key=tolerance_ratio, default=None)
    digits = min((one.digits for one in comparisons), default=None)
    notes = list(dict.fromkeys(notes))
    return Report(
        len(comparisons), worst, skipped=tuple(skipped), digits=digits, notes=tuple(notes)
    )


def examine(f: Function, *inputs: Pytree, **options: Any) -> Report:
    """Check as ``gradcheck`` does, and return a report of a failure too, where that raises.

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
    f: Function, inputs: Pytree, order: int, oracle: str, at_ties: str, claim: Any, rtol: Any
) -> None:
    for g in (f,) if claim is None else (f, claim.function):
        if not callable(g):
            raise TypeError(f"gradcheck expects a function, got {with_article(g)}")
    if type(order) is not int or order < 1:
        raise ValueError(f"order must be a positive integer, got {order!r}")
    if claim is not None and order > 1:
        raise ValueError(f"{claim.who} is checked at order 1 only: check its own gradient")
    if not inputs:
        raise TypeError("gradcheck needs inputs to check the gradient at: gradcheck(f, x)")
    if oracle not in ORACLES:
        raise ValueError(f"oracle must be one of {', '.join(ORACLES)}, got {oracle!r}")
    if at_ties not in AT_TIES:
        raise ValueError(f"at_ties must be one of {', '.join(AT_TIES)}, got {at_ties!r}")
    if not (isinstance(rtol, (int, float)) and 0 <= rtol < 1):
        raise ValueError(f"rtol must be a fraction of a derivative's size, 0 to 1, got {rtol!r}")


def _the_claim(gradient: Any, jacobian: Any, vjp: Any) -> Claim | None:
    kinds = (Gradient, gradient), (Jacobian, jacobian), (Pullback, vjp)
    claims = [kind(function) for kind, function in kinds if function is not None]
    if len(claims) > 1:
        raise ValueError("give one of gradient=, jacobian= and vjp=, got several: check each alone")
    return claims[0] if claims else None


def _made_plain(
    f: Function, inputs: Pytree, claim: Claim | None, order: int
) -> tuple[Function, Pytree, Claim | None]:
    """Return the function, its inputs and its claim in terms of numbers and NumPy's arrays."""
    if claim is None:
        inputs = in_jax(f, inputs) or inputs
    library = library_of(inputs)
    if library is None:
        inputs = tuple(map_leaves(plain, x, f"argument {k}") for k, x in enumerate(inputs))
        return f, inputs, claim
    foreign = ForeignFunction(f, inputs, library)
    if order > 1:
        raise ValueError(
            f"a gradient of {library.name} is checked at order 1 only: check a function that "
            "returns it, as one of its own"
        )
    for k, x in enumerate(foreign.inputs):
        map_leaves(refuse_infinite, x, f"argument {k}")
    return foreign, foreign.inputs, foreign.claim if claim is None else foreign.claimed(claim)


def _gradient(f: Function, inputs: Pytree, rng: np.random.Generator) -> Function:
    """Return the function that computes the gradient of a random sum of the results of ``f``."""
    result = Call(f, inputs)(leaves(inputs))
    only_one = sum(np.size(y) for y in leaves(result)) == 1

    def weight(_: str, y: Any) -> Any:
        if only_one:
            return np.ones_like(y) if np.ndim(y) else 1.0
        return rng.uniform(0.5, 1.5, np.shape(y)) if np.ndim(y) else rng.uniform(0.5, 1.5)

    weights = map_leaves(weight, result)
    return precise_arrays.Gradient(
        lambda *primals: derivatives.vjp(f, *primals)[1](weights), f, inputs, weights
    )
