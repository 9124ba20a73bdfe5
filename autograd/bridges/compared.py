"""``Compared``: another engine's contributions beside exact ones: right, imprecise or wrong.

There is no fixed tolerance: a contribution may be off by what a last bit of the operands does to
it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd.numbers.kinds import Array

_MOVES = 32.0  # how many times what a last bit moves a contribution
ROUNDINGS = 64.0  # last bits, of the largest number that a formula may add up
_COARSE = 1e-6  # a share of a gradient: engines' own formulas are off by less, and not wrong


@dataclass
class Compared:
    """Another engine's contributions to an operand beside exact ones.

    Attributes
    ----------
    theirs, exact : array
        What the engine's pullback gives, and the reference.
    moved : array
        How far a last bit of the operands moves each.
    largest : float
        The largest of the cotangent's elements.
    eps : float
        A last bit, in the dtype that the engine computes in.
    agrees, strange : array of bool
        Where they differ by no more than that explains; where one of two that differ isn't finite.
    """

    theirs: Array
    exact: Array
    moved: Array
    largest: float
    eps: float

    def __post_init__(self) -> None:
        finite = np.isfinite(self.theirs) & np.isfinite(self.exact)
        with np.errstate(all="ignore"):
            self.off = np.abs(self.theirs - self.exact)
            rounding = _MOVES * self.moved + 8 * self.eps * np.abs(self.exact)
        tiny = float(np.finfo(np.float64).tiny if self.eps < 1e-10 else np.finfo(np.float32).tiny)
        same = (self.theirs == self.exact) | (np.isnan(self.theirs) & np.isnan(self.exact))
        self.agrees = same | (finite & (self.off <= rounding + tiny))
        self.strange = ~finite & ~same

    def is_rounding(self, where: Array) -> bool:
        """Whether what is off is what formulas lose that add up numbers as large as these."""
        size = size_of(self.exact)
        allowed = ROUNDINGS * self.eps * max(size, self.largest) + _MOVES * self.moved
        off = self.off[where]
        return bool(np.all(off <= allowed[where]) or np.all(off <= _COARSE * size))

    def lost(self, where: Array) -> Array:
        """Return where more than half of the digits are lost."""
        with np.errstate(all="ignore"):
            far = self.off > np.sqrt(self.eps) * np.abs(self.exact)
        return np.asarray(where & far & (self.exact != 0))


def size_of(x: Array) -> float:
    """Return the largest finite element's absolute value; 0 if there is none."""
    x = np.abs(np.asarray(x, float))
    return float(np.max(x[np.isfinite(x)], initial=0.0))


def furthest(off: Array) -> tuple[int, ...]:
    """Return the place of the largest element."""
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(off)), np.shape(off)))
