"""Hypothesis strategies for numbers, nodes, shapes and programs.

Importing this module also tells Hypothesis how to draw a ``Value`` or a ``Tensor`` where a test's
type annotations ask for one (``st.from_type``).

>>> from autograd import Value
>>> from autograd.check import strategies
>>> from hypothesis import given, settings
>>> @settings(max_examples=10, deadline=None, database=None)
... @given(strategies.reals((0.0, 10.0)))
... def test_a_square_has_slope_2x(number):
...     x = Value(number)
...     x.square().backward()
...     assert x.grad == 2 * number
>>> test_a_square_has_slope_2x()
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf, isfinite, nextafter
from typing import Any

import numpy as np

try:
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as npst
except ImportError as error:
    raise ImportError("strategies need Hypothesis: pip install 'glassgrad[check]'") from error

from autograd.check.program import Instruction, Program
from autograd.numbers.kinds import MPF
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import get, ops
from autograd.values.tensor import Tensor
from autograd.values.value import Value

Strategy = st.SearchStrategy[Any]
Shape = tuple[int, ...]

REAL_LINE = (-inf, inf)
_SMALLEST_NORMAL, _LARGEST = float(np.finfo(float).smallest_normal), float(np.finfo(float).max)

# What plain random floats hardly ever meet, each by its name.
_SIZES = {
    "ordinary": (2.0**-4, 16.0),
    "huge": (1e100, _LARGEST),
    "large": (16.0, 1e6),
    "small": (1e-6, 2.0**-4),
    "tiny": (_SMALLEST_NORMAL, 1e-100),
    "subnormal": (5e-324, _SMALLEST_NORMAL),
}
STRATA = (*_SIZES, "near", "ends", "whole")


def reals(
    domain: tuple[float, float] = REAL_LINE,
    strata: Sequence[str] = STRATA,
    special: Iterable[float] = (0.0,),
) -> Strategy:
    """Return a strategy for floats inside an open interval, from strata that matter.

    Parameters
    ----------
    domain : (float, float)
        The interval; its ends are not drawn.
    strata : sequence of str
        ``ordinary`` (1/16 to 16), ``large``, ``huge`` (above 1e100), ``small``, ``tiny`` (below
        1e-100), ``subnormal``; ``near`` (a few ulps or 2⁻ᵏ beside the special numbers), ``ends``
        (the same, beside the ends of the domain), ``whole`` (whole numbers, −8 to 8).
    special : iterable of float
        Roots and kinks to come near to.

    Returns
    -------
    SearchStrategy of float

    Raises
    ------
    TypeError, ValueError
        If the domain isn't an interval of real numbers, or a stratum is unknown or has no number
        in it.

    Examples
    --------
    >>> from hypothesis import find
    >>> 0.0 < find(reals((0.0, 1.0)), lambda x: True) < 1.0
    True
    """
    lo, hi = domain
    if isinstance(lo, complex) or isinstance(hi, complex):
        raise TypeError(f"a domain is an interval of real numbers, got {domain!r}")
    if not lo < hi:
        raise ValueError(f"a domain is an interval (lo, hi) with lo < hi, got {domain!r}")
    unknown = [name for name in strata if name not in STRATA]
    if unknown or not strata:
        raise ValueError(f"strata must be among {', '.join(STRATA)}, got {list(strata)!r}")
    chosen = [s for name in strata if (s := _stratum(name, lo, hi, tuple(special))) is not None]
    if not chosen:
        raise ValueError(f"none of the strata {list(strata)!r} has a number in {domain!r}")
    return st.one_of(chosen)


def _stratum(name: str, lo: float, hi: float, special: tuple[float, ...]) -> Strategy | None:
    if name in _SIZES:
        least, most = _SIZES[name]
        parts = [_between(max(lo, least), min(hi, most), lo, hi)]
        parts.append(_between(max(lo, -most), min(hi, -least), lo, hi))
        found = [part for part in parts if part is not None]
        return st.one_of(found) if found else None
    if name == "whole":
        whole = [
            float(k) for k in sorted(range(-8, 9), key=lambda k: (abs(k - 1), k)) if lo < k < hi
        ]
        return st.sampled_from(whole) if whole else None
    centers = special if name == "near" else tuple(end for end in (lo, hi) if isfinite(end))
    beside = [x for center in centers for x in _around(center) if lo < x < hi]
    return st.sampled_from(beside) if beside else None


def _between(least: float, most: float, lo: float, hi: float) -> Strategy | None:
    least = nextafter(least, inf) if least == lo else least
    most = nextafter(most, -inf) if most == hi else most
    return st.floats(least, most) if least <= most else None


def _around(center: float) -> list[float]:
    steps = [side * 2.0**-k for k in (3, 8, 20, 40) for side in (1, -1)]
    return [center, *(center + h for h in steps), nextafter(center, inf), nextafter(center, -inf)]


MODERATE = ("ordinary", "whole")


def values(numbers: Strategy | None = None) -> Strategy:
    """Return a strategy for Values: of ``reals()``, or of the numbers given.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None, database=None)
    ... @given(values())
    ... def test_a_sum_has_slope_one(x):
    ...     (x + 1.0).backward()
    ...     assert x.grad == 1.0
    >>> test_a_sum_has_slope_one()
    """
    return st.builds(Value, reals() if numbers is None else numbers)


def broadcastable(count: int = 2, max_dims: int = 3, max_side: int = 3) -> Strategy:
    """Return a strategy for tuples of shapes that NumPy broadcasts together.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None, database=None)
    ... @given(broadcastable(3))
    ... def test_three_shapes_go_together(shapes):
    ...     assert len(shapes) == 3 and np.broadcast_shapes(*shapes) is not None
    >>> test_three_shapes_go_together()
    """
    shapes = npst.mutually_broadcastable_shapes(
        num_shapes=count, max_dims=max_dims, max_side=max_side
    )
    return shapes.map(lambda found: found.input_shapes)


def tensors(
    shapes: Strategy | Shape | None = None,
    numbers: Strategy | None = None,
    dtype: Any = np.float64,
) -> Strategy:
    """Return a strategy for Tensors, or for tuples of them.

    Parameters
    ----------
    shapes : strategy or tuple of int
        Of one shape, or of tuples of shapes (``broadcastable(2)``) for as many Tensors.
    numbers : strategy, optional
        Of the elements; by default ordinary and whole numbers.
    dtype : dtype

    Returns
    -------
    SearchStrategy of Tensor, or of tuple of Tensor

    Raises
    ------
    TypeError
        If ``shapes`` is neither a tuple of lengths nor a strategy.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10, deadline=None, database=None)
    ... @given(tensors(shapes=broadcastable(2)))
    ... def test_addition_commutes(pair):
    ...     x, y = pair
    ...     assert ((x + y).data == (y + x).data).all()
    >>> test_addition_commutes()
    """
    elements = reals(strata=MODERATE) if numbers is None else numbers
    if shapes is None:
        shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
    elif isinstance(shapes, tuple):
        shapes = st.just(shapes)
    elif not isinstance(shapes, st.SearchStrategy):
        raise TypeError(f"shapes is a tuple of lengths, or a strategy for them, got {shapes!r}")

    def one(shape: Shape) -> Strategy:
        arrays = npst.arrays(np.float64, shape, elements=elements)
        return arrays.map(lambda array: Tensor(array.astype(dtype)))

    def filled(found: Any) -> Strategy:
        several = bool(found) and isinstance(found[0], tuple)
        return st.tuples(*map(one, found)) if several else one(found)

    return shapes.flatmap(filled)


# Programs ----------------------------------------------------------------------------------------


def everywhere_defined() -> list[str]:
    """Return the names of the registered elementwise ops that any real numbers can be given to.

    Examples
    --------
    >>> names = everywhere_defined()
    >>> "tanh" in names, "log" in names
    (True, False)
    """
    return [
        name
        for name, op in ops().items()
        if isinstance(op, Elementwise)
        and MPF in op.numbers
        and all(interval == REAL_LINE for interval in op.domain)
        and "condition" not in op.settings
        and not name.startswith("_")
    ]


def programs(
    ops: Sequence[str] | None = None,
    size: int = 8,
    sharing: bool = True,
    inputs: int | None = None,
) -> Strategy:
    """Return a strategy for programs of one to ``size`` instructions.

    They shrink to few instructions, each on the latest result or on the first input.

    Parameters
    ----------
    ops : sequence of str, optional
        Names of elementwise ops, with settings if they need any (``"power exponent=3"``); by
        default all that are defined for any real numbers.
    size : int
        The number of instructions, at most.
    sharing : bool
        Whether a result may be used more than once; an input always may.
    inputs : int, optional
        The number of inputs; by default one to three.

    Returns
    -------
    SearchStrategy of Program

    Raises
    ------
    ValueError
        If ``size`` is below 1, or there is no op of a name.

    Examples
    --------
    >>> from hypothesis import Phase, find, settings
    >>> short = settings(phases=[Phase.generate, Phase.shrink], derandomize=True, database=None)
    >>> find(programs(["add", "mul"], size=3), lambda p: "mul" in str(p), settings=short)
    Program.parse('a; mul a a')
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 instruction, got {size}")
    steps = list(map(Instruction.parse, everywhere_defined() if ops is None else ops))
    arities = {step.op: _elementwise(step.op).arity for step in steps}
    count = st.integers(1, 3) if inputs is None else st.just(inputs)
    # The latest results are used most, so that programs are deep.
    back = st.sampled_from((0, 1, 0, 2, 1, 0, 3, *range(4, size + 3)))
    # Always ``size`` slots, of which any but the last may be empty: so Hypothesis can drop an
    # instruction by changing one choice, wherever it is, and nothing else moves.
    operands = st.tuples(*[back] * max(arities.values()))
    slot = st.tuples(st.booleans(), st.sampled_from(steps), operands)
    lines = st.tuples(*[slot] * size).map(_filled)
    return st.builds(lambda n, found: _assembled(n, found, arities, sharing), count, lines)


def _filled(slots: tuple[Any, ...]) -> list[Any]:
    last = len(slots) - 1
    return [line for k, (there, *line) in enumerate(slots) if there or k == last]


def _elementwise(name: str) -> Elementwise:
    op = get(name)
    if not isinstance(op, Elementwise):
        raise TypeError(f"programs are made of elementwise ops, and {name!r} is structural")
    return op


def _assembled(inputs: int, lines: list[Any], arities: dict[str, int], sharing: bool) -> Program:
    """Return the program: operands are counted back from the latest result."""
    free = list(range(inputs))
    steps: list[Instruction] = []
    for step, back in lines:
        operands: list[int] = []
        for distance in back[: arities[step.op]]:
            k = free[-1 - min(distance, len(free) - 1)]
            operands.append(k)
            if not sharing and k >= inputs:
                free.remove(k)
        free.append(inputs + len(steps))
        steps.append(replace(step, operands=tuple(operands)))
    return Program(inputs, tuple(steps)).used


def problems(
    ops: Sequence[str] | None = None,
    size: int = 8,
    sharing: bool = True,
    numbers: Strategy | None = None,
) -> Strategy:
    """Return a strategy for pairs of a program and the numbers to run it on.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from autograd import gradcheck
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(problems(["add", "mul", "tanh"], size=3))
    ... def test_programs_have_right_gradients(problem):
    ...     program, point = problem
    ...     assert gradcheck(program, *point)
    >>> test_programs_have_right_gradients()
    """
    elements = reals((-8.0, 8.0), MODERATE) if numbers is None else numbers

    def at_point(program: Program) -> Strategy:
        return st.tuples(st.just(program), st.tuples(*[elements] * program.inputs))

    return programs(ops, size, sharing).flatmap(at_point)


st.register_type_strategy(Value, values())
st.register_type_strategy(Tensor, tensors())
