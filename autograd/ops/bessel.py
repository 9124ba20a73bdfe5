"""Bessel functions of the first kind, of whole orders: ``i0`` is NumPy's.

Each one's slope is made of its two neighbours, so that one op has all orders.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers import bessel_series
from autograd.numbers.kinds import Primitive, refuse_beyond_floats
from autograd.rules.define import elementwise
from autograd.rules.op import Edge
from autograd.rules.op_registry import stands_for


def _bessel_i_mp(mp: Any, x: Any, order: Any) -> Any:
    refuse_beyond_floats(mp, x)
    return mp.besseli(abs(int(order)), x)


def _bessel_ie_mp(mp: Any, x: Any, order: Any, derivative: Any) -> Any:
    refuse_beyond_floats(mp, x)
    if not mp.isfinite(x):
        return 0 / x
    n, k, size = int(order), int(derivative), abs(x)
    flips = (n + k) % 2 == 1
    if x == 0 and flips:
        return mp.zero
    with mp.extraprec(2 * k * max(0, mp.mag(size)) + 4 * k):  # the differences are as small
        near = (
            mp.binomial(2 * k, j) * (-1) ** j * mp.besseli(n + k - j, size)
            for j in range(2 * k + 1)
        )
        found = mp.ldexp(mp.fsum(near) * mp.exp(-size), -k)
    return -found if x < 0 and flips else +found


def _bessel_j_mp(mp: Any, x: Any, order: Any) -> Any:
    """J_n(x): near a root to as many digits as its wave has, which is what floats have."""
    refuse_beyond_floats(mp, x)
    if not mp.isfinite(x):
        return 0 / x
    n = int(order)
    found = mp.besselj(n, x)
    wave = max(abs(found), abs(mp.besselj(n + 1, x)))
    if not wave:
        return found
    digit = mp.ldexp(1, mp.mag(wave) - mp.prec)
    return mp.nint(found / digit) * digit


_bessel_i = Primitive(bessel_series.bessel_i, bessel_series.bessel_i_of_arrays, _bessel_i_mp)
_bessel_ie = Primitive(bessel_series.bessel_ie, bessel_series.bessel_ie_of_arrays, _bessel_ie_mp)
_bessel_j = Primitive(bessel_series.bessel_j, bessel_series.bessel_j_of_arrays, _bessel_j_mp)

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

# The slope of e^-|x| I_n(x) is a difference, and so is each further one: they are a setting of the
# op, since differences of large x have no digits left.
bessel_ie = elementwise(
    "bessel_ie",
    lambda x, *, order=0, derivative=0: _bessel_ie(x, order, derivative),
    "bessel_ie(x, order=order, derivative=derivative + 1)",
    latex=r"\left(e^{{-|\cdot|}} I_{{n}}\right)^{{(k)}}\left({x}\right)",
    kinks=(0.0,),
    edges=(Edge((0.0,), (0.0,), "of order 0, the mean of the slopes on both sides"),),
    doc=(
        "e^(−|x|) times the modified Bessel function of the first kind, which doesn't overflow, "
        "or a derivative of it"
    ),
    example=">>> f\"{autograd.special.i0e(1000.0):.6f}\"\n'0.012617'",
)

bessel_j = elementwise(
    "bessel_j",
    lambda x, *, order=0: _bessel_j(x, order),
    "half(x) * (bessel_j(x, order=order - 1) - bessel_j(x, order=order + 1))",
    latex="J_{{n}}({x})",
    doc="the Bessel function of the first kind, of a whole order",
    example=(
        ">>> autograd.special.j0(0.0), autograd.grad(autograd.special.j0)(0.0)  # J₀′ is −J₁\n"
        "(1.0, -0.0)"
    ),
)


@stands_for(np.i0)
def i0(x: Any) -> Any:
    """Return the modified Bessel function of the first kind, of order 0.

    Examples
    --------
    >>> from autograd import special
    >>> special.i0(0.0)
    1.0
    """
    return bessel_i(x, order=0)


def jv(v: int, x: Any) -> Any:
    """Return the Bessel function of the first kind J_v(x), of a whole order.

    Parameters
    ----------
    v : int
    x : number, array, Value or Tensor

    Raises
    ------
    ValueError
        If the order isn't a whole number.

    Examples
    --------
    >>> from autograd import grad, special
    >>> special.jv(2, 0.0), grad(special.j1)(0.0)
    (0.0, 0.5)
    """
    return bessel_j(x, order=_order("jv", v))


def j0(x: Any) -> Any:
    """Return J₀(x), the Bessel function of the first kind of order 0.

    Examples
    --------
    >>> from autograd import special
    >>> special.j0(0.0)
    1.0
    """
    return bessel_j(x, order=0)


def j1(x: Any) -> Any:
    """Return J₁(x), the Bessel function of the first kind of order 1.

    Examples
    --------
    >>> from autograd import special
    >>> special.j1(0.0)
    0.0
    """
    return bessel_j(x, order=1)


def iv(v: int, x: Any) -> Any:
    """Return the modified Bessel function of the first kind I_v(x), of a whole order.

    Parameters
    ----------
    v : int
    x : number, array, Value or Tensor

    Raises
    ------
    ValueError
        If the order isn't a whole number.

    Examples
    --------
    >>> from autograd import special
    >>> special.iv(0, 0.0), special.iv(2, 0.0)
    (1.0, 0.0)
    """
    return bessel_i(x, order=_order("iv", v))


def i1(x: Any) -> Any:
    """Return I₁(x), the modified Bessel function of the first kind of order 1.

    Examples
    --------
    >>> from autograd import special
    >>> special.i1(0.0)
    0.0
    """
    return bessel_i(x, order=1)


def ive(v: int, x: Any) -> Any:
    """Return e^(−|x|) I_v(x), of a whole order, which doesn't overflow.

    Parameters
    ----------
    v : int
    x : number, array, Value or Tensor

    Raises
    ------
    ValueError
        If the order isn't a whole number.

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.ive(2, 1000.0):.6f}"
    '0.012592'
    """
    return bessel_ie(x, order=_order("ive", v))


def i0e(x: Any) -> Any:
    """Return e^(−|x|) I₀(x), which doesn't overflow.

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.i0e(1000.0):.6f}"
    '0.012617'
    """
    return bessel_ie(x, order=0)


def i1e(x: Any) -> Any:
    """Return e^(−|x|) I₁(x), which doesn't overflow.

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.i1e(1000.0):.6f}"
    '0.012611'
    """
    return bessel_ie(x, order=1)


def _order(name: str, v: Any) -> int:
    if isinstance(v, Node):
        raise TypeError(f"{name} isn't differentiated by its order: give a plain whole number")
    if np.ndim(v) or v != int(v):
        raise ValueError(f"{name} takes one whole order, got {v!r}: of others there is none")
    return int(v)
