"""Dual numbers of 50 digits: the derivatives of NumPy's own functions, without our engine.

A ``Dual`` a + b·ε, with ε² = 0, goes through a NumPy function in an object array, and the
coefficient of ε that comes out is the directional derivative (Clifford 1873). Its parts may be
dual again, which gives second derivatives. Nothing here knows a rule of ours.
"""

from collections.abc import Callable
from functools import total_ordering

import mpmath
import numpy as np

mp = mpmath.mp.clone()
mp.dps = 50


@total_ordering
class Dual:
    """a + b·ε."""

    def __init__(self, a, b=0):
        self.a, self.b = a, b

    def __add__(self, other):
        other = dual(other)
        return Dual(self.a + other.a, self.b + other.b)

    def __sub__(self, other):
        other = dual(other)
        return Dual(self.a - other.a, self.b - other.b)

    def __mul__(self, other):
        other = dual(other)
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    def __truediv__(self, other):
        other = dual(other)
        z = self.a / other.a
        return Dual(z, (self.b - z * other.b) / other.a)

    def __radd__(self, other):
        return dual(other) + self

    def __rsub__(self, other):
        return dual(other) - self

    def __rmul__(self, other):
        return dual(other) * self

    def __rtruediv__(self, other):
        return dual(other) / self

    def __neg__(self):
        return Dual(-self.a, -self.b)

    def __abs__(self):
        return -self if self < 0 else self

    def __eq__(self, other):
        return self.a == dual(other).a

    def __lt__(self, other):
        return self.a < dual(other).a

    __hash__ = None

    # NumPy calls these on the elements of an object array.

    def exp(self):
        z = exp(self.a)
        return Dual(z, z * self.b)

    def log(self):
        return Dual(log(self.a), self.b / self.a)

    def sqrt(self):
        z = sqrt(self.a)
        return Dual(z, self.b / (2 * z))

    def conjugate(self):
        return self


def dual(x):
    return x if isinstance(x, Dual) else Dual(x)


def exp(x):
    return x.exp() if isinstance(x, Dual) else mp.exp(x)


def log(x):
    return x.log() if isinstance(x, Dual) else mp.log(x)


def sqrt(x):
    return x.sqrt() if isinstance(x, Dual) else mp.sqrt(x)


def slope(x):
    """The coefficient of ε."""
    return x.b if isinstance(x, Dual) else mp.mpf(0)


def exact(x):
    """An array of floats as mpmath's numbers."""
    return np.frompyfunc(lambda number: mp.mpf(float(number)), 1, 1)(x) if np.size(x) else x


def basis(arrays):
    """Each way of setting one element of the arrays to 1 and all others to 0."""
    for k, x in enumerate(arrays):
        for place in np.ndindex(np.shape(x)):
            directions = [np.zeros(np.shape(y)) for y in arrays]
            directions[k][place] = 1
            yield directions


def along(arrays, directions):
    """The arrays with a part in ε: objects, of any kind of number."""
    join = np.frompyfunc(lambda a, b: Dual(a, mp.mpf(float(b))), 2, 1)
    return [np.asarray(join(x, d), object) for x, d in zip(arrays, directions, strict=True)]


def derivatives(f: Callable, arrays: list) -> list[np.ndarray]:
    """∂f/∂x for every element x of the arrays in turn: each of the shape of the result."""
    xs = [exact(x) for x in arrays]
    return [np.asarray(each_slope(f(*along(xs, d)))) for d in basis(arrays)]


def second_derivatives(f: Callable, arrays: list, directions: list) -> list[np.ndarray]:
    """∂/∂x of f's derivative along ``directions``, for every element x in turn."""
    xs = along([exact(x) for x in arrays], directions)
    return [np.asarray(each_slope(each_slope(f(*along(xs, d))))) for d in basis(arrays)]


def each_slope(z):
    return np.frompyfunc(slope, 1, 1)(np.asarray(z, object))
