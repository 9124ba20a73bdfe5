"""The page of NumPy's functions: what each is here, or what to write instead."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.rules.numpy_advice import advice, dispatched
from autograd.rules.op_registry import is_plain, numpy_functions

PAGE = """\
# NumPy's functions on Values and Tensors

<!-- Written by docs/generate.py from the functions of NumPy {version} and what stands for them
here: don't edit this page. -->

Which functions of NumPy can be called on Values and Tensors, and which of them record.

`numpy.f(x)` on a Value or a Tensor calls what stands for it here, and records it (NEP 13 and 18).
These are all functions that NumPy lets others stand in for.

- **differentiable**: a node comes out, with NumPy's numbers, shapes and precisions. A test compares
  every one with NumPy, and its derivatives of first and second order with differences in long
  doubles.
- **plain**: positions, shapes or booleans come out, of the numbers. So `np.isclose`, `np.allclose`
  and comparisons ask about the numbers alone, and two nodes with equal numbers are equal; `a is b`
  asks whether they are one node.
- Any other is refused by a TypeError with the line of advice below.

Parameters are NumPy's, by position and by name. `where=` and `initial=` work in reductions,
`dtype=` converts the operand, `order="F"` works in `reshape` and `ravel`; `out=None` and what else
only repeats a default is ignored, and `out=array` is refused, for no gradient passes through an
array. Of ufuncs there are `reduce`, `accumulate` and `outer` where such a reduction is known. A
Tensor's methods take these keywords too, as in `t.sum(where=mask)` and `t.round(2)`.

NumPy computes with an array of Values element by element: its ufuncs call a Value's method of
their name. `logaddexp`, `logaddexp2`, `copysign`, `heaviside`, `float_power` and `numpy.linalg`
call none, and refuse such arrays: there use the functions of `autograd` and `autograd.linalg`.

Where a slope has to be chosen:

- Elements that tie share the gradient equally: in `max`, `sort`, `partition`, `median`, `quantile`,
  `cummax`, `unique` and the sets. `median` of an even number halves it between the two in the
  middle.
- A nan in what is ordered or compared makes the slope nan; what `nanmedian`, `nanmax` and the
  others with *nan* in their names leave out gets nothing.
- `interp` has at a given place the slope of the piece to its right.
- `cumprod` and `prod` are right with any zeros: nothing is divided.
- Roundings (`trunc`, `fix`, `floor_divide`, the whole part of `modf`) have slope 0.

## Complex numbers

A Value may be complex, a Tensor may not. `real`, `imag`, `conj`, `abs` and `angle` lead to real
numbers and back.

- **Of a real result L, z = x + iy gets ∂L/∂x − i ∂L/∂y**, as in JAX; PyTorch's gradient is the
  conjugate of that, ∂L/∂x + i ∂L/∂y. To go downhill, subtract the conjugate of `z.grad`.
- Of a complex result that is an analytic function of complex variables, the gradient is its
  derivative dw/dz: JAX's with `holomorphic=True`, and again the conjugate of PyTorch's.
- A complex result of a *real* variable, or one made with `real`, `imag` or `conj`, has no gradient
  that is one number: `backward` and `grad` refuse it with a TypeError. Take a real number of it
  first; `jvp` has dw/dx.
- A real variable gets a real gradient, also through complex numbers on the way.
- The slope of `abs` and `angle` at 0 is 0.

## Every function

{table}
"""


def numpy_page(table: Callable[[list[str], list[list[str]]], str]) -> str:
    """Return the text of the page."""
    return PAGE.format(
        version=".".join(np.__version__.split(".")[:2]), table=table(["numpy", "here"], rows())
    )


def rows() -> list[list[str]]:
    """Return a row for each function, in alphabetical order; one for those of a module of texts."""
    here = numpy_functions()
    found: dict[str, str] = {}
    for function, name in dispatched():
        module = name.rpartition(".")[0]
        if function in here:
            found[f"`{name}`"] = "plain" if is_plain(function) else "differentiable"
        elif module in ("strings", "char", "rec"):
            found[f"all of `{module}`"] = advice(name)
        else:
            found[f"`{name}`"] = advice(name)
    return [[name, found[name]] for name in sorted(found, key=str.lower)]
