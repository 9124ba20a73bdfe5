"""Real and imaginary part, conjugate, modulus and angle of complex numbers.

Of a real result L a complex number z = x + iy gets the gradient ∂L/∂x − i ∂L/∂y, as in JAX: rules
multiply by plain partials, and none is conjugated. PyTorch's gradient is its conjugate.
"""

from __future__ import annotations

from math import pi
from operator import attrgetter
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.kinds import ANY_NUMBER, COMPLEX, Rule, kind
from autograd.numbers.protocols import Numeric
from autograd.ops.trigonometric import atan2
from autograd.rules.batch_rules import at_leading_axes
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_elements


def _times(g: Any, unit: complex, like: Any) -> Any:
    """Return g · unit if ``like`` is complex: of a real number there is the unit's real part."""
    number = raw(like)
    if kind(number) != COMPLEX:
        return g * unit.real
    return g * type(number)(unit)


def _part(name: str) -> Rule:
    """Return the function that takes a part of a number, or of each element of an array."""
    of_one = attrgetter(name)

    def part(x: Any) -> Any:
        values = isinstance(x, np.ndarray) and x.dtype == object
        return np.frompyfunc(of_one, 1, 1)(x) if values else of_one(x)

    return part


real: Structural = structural(
    "real",
    _part("real"),
    lambda g, x, z: (_times(g, 1 + 0j, x),),
    linear=True,
    moves=True,
    numbers=ANY_NUMBER,
    numpy=(np.real,),
    latex=r"\operatorname{{Re}} {x}",
    doc="The real part.",
    example=">>> autograd.real(3 + 4j)\n3.0",
    batched=at_leading_axes,
)

imag: Structural = structural(
    "imag",
    _part("imag"),
    lambda g, x, z: (_times(g, 0 - 1j, x),),
    linear=True,
    moves=True,
    numbers=ANY_NUMBER,
    numpy=(np.imag,),
    latex=r"\operatorname{{Im}} {x}",
    doc="The imaginary part: 0 of a real number.",
    example=">>> autograd.imag(3 + 4j), autograd.imag(2.0)\n(4.0, 0.0)",
    batched=at_leading_axes,
)

conj: Structural = structural(
    "conj",
    lambda x: x.conjugate(),
    lambda g, x, z: (conj(g),),
    linear=True,
    moves=True,
    numbers=ANY_NUMBER,
    numpy=(np.conjugate,),
    latex=r"\overline{{{x}}}",
    doc="The complex conjugate.",
    example=">>> autograd.conj(3 + 4j)\n(3-4j)",
    batched=at_leading_axes,
)

NOT_ANALYTIC = (real, imag, conj)


@stands_for(np.angle)
@of_elements
def angle(x: Any, deg: bool = False) -> Numeric:
    """Return the angle of a complex number, from −π to π; in degrees if ``deg`` is true.

    Of a real number it is 0, or π for a negative one.

    Examples
    --------
    >>> from autograd import Value, angle
    >>> z = Value(1 + 1j)
    >>> theta = angle(z)
    >>> theta.backward()
    >>> z.grad  # ∂θ/∂x − i ∂θ/∂y
    (-0.5-0.5j)
    """
    radians: Any = atan2(imag(x), real(x))
    found: Numeric = radians * (180 / pi) if deg else radians
    return found
