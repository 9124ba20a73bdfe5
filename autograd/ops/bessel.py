"""The modified Bessel functions of the first kind: NumPy's ``i0``, and the others that it leads to.

Each one's slope is the average of its two neighbours, so that one op has them all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.numbers.bessel_series import bessel_i as of_float
from autograd.numbers.bessel_series import bessel_i_of_arrays
from autograd.numbers.kinds import Primitive, refuse_beyond_floats
from autograd.rules.define import elementwise
from autograd.rules.op_registry import stands_for


def _of_mpf(mp: Any, x: Any, order: Any) -> Any:
    refuse_beyond_floats(mp, x)
    return mp.besseli(abs(int(order)), x)


_bessel_i = Primitive(of_float, bessel_i_of_arrays, _of_mpf)

bessel_i = elementwise(
    "bessel_i",
    lambda x, *, order=0: _bessel_i(x, order),
    "half(x) * (bessel_i(x, order=order - 1) + bessel_i(x, order=order + 1))",
    latex="I_{{n}}({x})",
    domain=((-700.0, 700.0),),
    doc="the modified Bessel function of the first kind, of a whole order",
    example=(
        ">>> autograd.bessel_i(0.0), autograd.grad(autograd.bessel_i)(0.0)  # I₀′ is I₁\n(1.0, 0.0)"
    ),
)


@stands_for(np.i0)
def i0(x: Any) -> Any:
    """Return the modified Bessel function of the first kind, of order 0."""
    return bessel_i(x, order=0)
