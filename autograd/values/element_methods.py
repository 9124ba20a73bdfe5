"""Methods of Values and Tensors alike that are named after elementwise ops.

Each is one line of the class, so that editors and type checkers see it; its help is the op's. A
Tensor's methods on whole arrays are in ``array_methods.py``, the operators in ``operators.py``.
"""

from __future__ import annotations

from typing import Any, Self, cast

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.kinds import COMPLEX, kind
from autograd.ops import (
    activation,
    arithmetic,
    bessel,
    complex_parts,
    exponential,
    extremes,
    probability,
    trigonometric,
    whole_parts,
)
from autograd.values.method import (
    binary_function,
    binary_method,
    elementwise_function,
    method,
    method_with_settings,
)


class ElementMethods(Node):
    """Methods named after the functions in ``autograd`` that they call.

    Examples
    --------
    >>> from autograd import Value
    >>> z = Value(3 + 4j)
    >>> z.real.data, z.imag.data, z.conj().data, z.conjugate() == z.conj(), z.shape, z.ndim
    (3.0, 4.0, (3-4j), True, (), 0)
    >>> Value(2.0).square().data
    4.0

    Some have NumPy's names as well, so that its ufuncs take arrays of Values:

    >>> import numpy as np
    >>> x, right = Value(0.5), Value(90.0)
    >>> np.hypot(np.array([x, x]), 1.2)[0].data, round(x.arctan2(0.5).data, 6)
    (1.3, 0.785398)
    >>> x.clip(max=0.25).data, x.round().data, x.rint().data, x.fabs().data, (x * 7).fmod(2.0).data
    (0.25, 0.0, 0.0, 0.5, 1.5)
    >>> right.deg2rad() == right.radians(), right.deg2rad().rad2deg() == right.radians().degrees()
    (True, True)
    """

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes: of a Value, which has none, ``()``."""
        return np.shape(self._data)

    @property
    def ndim(self) -> int:
        """The number of axes: 0 of a Value."""
        return np.ndim(self._data)

    # Signs and roundings
    abs = method(arithmetic.abs)
    sign = method(arithmetic.sign)
    floor = method(arithmetic.floor)
    ceil = method(arithmetic.ceil)
    round = elementwise_function(arithmetic.round_to)
    trunc = method(whole_parts.trunc)
    maximum = binary_method(extremes.maximum)
    minimum = binary_method(extremes.minimum)

    def clip(self, lo: Any = None, hi: Any = None, *, min: Any = None, max: Any = None) -> Self:
        """Hold each element between two bounds, None being none; NumPy calls them min and max."""
        return extremes.clip(self, lo if min is None else min, hi if max is None else max)

    # Parts of a complex number

    @property
    def real(self) -> Self:
        """The real part: of a real number the number."""
        return cast(Self, complex_parts.real(self))

    @property
    def imag(self) -> Self:
        """The imaginary part: 0 of a real number."""
        return cast(Self, complex_parts.imag(self))

    def conjugate(self) -> Self:
        """Return the complex conjugate: of a real number itself."""
        return cast(Self, complex_parts.conj(self)) if kind(raw(self)) == COMPLEX else self

    conj = conjugate

    # Powers, exponentials and logarithms
    pow = binary_function(arithmetic.pow)
    square = method(arithmetic.square)
    reciprocal = method(arithmetic.reciprocal)
    sqrt = method(exponential.sqrt)
    cbrt = method(exponential.cbrt)
    exp = method(exponential.exp)
    exp2 = method(exponential.exp2)
    expm1 = method(exponential.expm1)
    log = method(exponential.log)
    log2 = method(exponential.log2)
    log10 = method(exponential.log10)
    log1p = method(exponential.log1p)
    erf = method(exponential.erf)
    erfc = method(exponential.erfc)

    @method_with_settings(bessel.bessel_i)
    def bessel_i(self, order: int = 0) -> Any: ...

    # Of statistics
    lgamma = method(probability.lgamma)
    digamma = method(probability.digamma)
    logit = method(probability.logit)
    erfinv = method(probability.erfinv)
    log_ndtr = method(probability.log_ndtr)

    # Trigonometric and hyperbolic functions
    sin = method(trigonometric.sin)
    cos = method(trigonometric.cos)
    tan = method(trigonometric.tan)
    asin = method(trigonometric.asin)
    acos = method(trigonometric.acos)
    atan = method(trigonometric.atan)
    sinc = method(trigonometric.sinc)
    sinh = method(trigonometric.sinh)
    cosh = method(trigonometric.cosh)
    tanh = method(trigonometric.tanh)
    asinh = method(trigonometric.asinh)
    acosh = method(trigonometric.acosh)
    atanh = method(trigonometric.atanh)

    # By NumPy's names: its ufuncs call a method of their own name at each Value of an array
    arcsin, arccos, arctan = asin, acos, atan
    arcsinh, arccosh, arctanh = asinh, acosh, atanh
    arctan2 = binary_method(trigonometric.atan2)
    hypot = binary_method(trigonometric.hypot)
    fmod = binary_method(whole_parts.fmod)
    rint, fabs = round, abs

    def deg2rad(self) -> Self:
        """Return an angle in radians, of one in degrees."""
        return cast(Self, np.deg2rad(cast(Any, self)))

    def rad2deg(self) -> Self:
        """Return an angle in degrees, of one in radians."""
        return cast(Self, np.rad2deg(cast(Any, self)))

    radians, degrees = deg2rad, rad2deg

    # Activations
    selu = method(activation.selu)
    silu = method(activation.silu)
    mish = method(activation.mish)
    sigmoid = method(activation.sigmoid)
    logsigmoid = method(activation.logsigmoid)
    softsign = method(activation.softsign)

    # Activations with settings: what they return is the node's own kind, too

    @method_with_settings(activation.relu)
    def relu(self, at_zero: float = 0) -> Any: ...
    @method_with_settings(activation.leaky_relu)
    def leaky_relu(self, slope: float = 0.01) -> Any: ...
    @method_with_settings(activation.elu)
    def elu(self, alpha: float = 1.0) -> Any: ...
    @method_with_settings(activation.celu)
    def celu(self, alpha: float = 1.0) -> Any: ...
    @method_with_settings(activation.gelu)
    def gelu(self, approximate: str = "none") -> Any: ...
    @method_with_settings(activation.softplus)
    def softplus(self, beta: float = 1.0) -> Any: ...
    @method_with_settings(activation.hardtanh)
    def hardtanh(self, lo: float = -1, hi: float = 1) -> Any: ...
    @method_with_settings(activation.heaviside)
    def heaviside(self, at_zero: float = 0) -> Any: ...
    @method_with_settings(activation.threshold)
    def threshold(self, at: float = 0, value: float = 0) -> Any: ...
