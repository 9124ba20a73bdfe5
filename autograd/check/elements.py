"""What is moved to see a derivative: one element of the inputs, or many of them in a direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd.check.numerical import Along, Column


class Element(NamedTuple):
    """An element of the inputs: its number and name, the function along it, and itself."""

    j: int
    place: str
    along: Along
    x: Any
    direction: complex = 1  # in which it is moved: a complex one along the imaginary axis, too
    rounding: Column | None = None  # how far the results may be off, if not by some ulps

    @property
    def is_complex(self) -> bool:
        return isinstance(self.x, complex)

    def moved(self, numbers: Sequence[Any], x: Any) -> list[Any]:
        """Return all numbers of the inputs with x in this place."""
        changed = list(numbers)
        changed[self.j] = x
        return changed

    def slope(self, gradient: Sequence[Any]) -> Any:
        """Return the derivative that a gradient has in store."""
        return gradient[self.j]

    def column(self, jacobian: Column) -> Column:
        """Return the derivatives of all results."""
        found: Column = jacobian[:, self.j]
        return found


@dataclass(frozen=True)
class Direction:
    """Many elements that are moved at once: by t times the weight of each."""

    along: Along
    members: Column  # their numbers
    weights: Column
    rounding: Column
    place: str = "many arguments"
    x: float = 0.0
    direction: complex = 1
    is_complex: bool = False

    def moved(self, numbers: Sequence[Any], t: Any) -> list[Any]:
        """Return all numbers of the inputs with the members moved by t."""
        changed = list(numbers)
        for j, weight in zip(self.members.tolist(), self.weights.tolist(), strict=True):
            changed[j] = changed[j] + t * weight
        return changed

    def slope(self, gradient: Sequence[Any]) -> Any:
        """Return the derivative in the direction, of numbers of any kind but fractions."""
        pairs = zip(self.members.tolist(), self.weights.tolist(), strict=True)
        return sum(gradient[j] * weight for j, weight in pairs)

    def column(self, jacobian: Column) -> Column:
        """Return the derivatives of all results in the direction."""
        return self.block(jacobian) @ self.weights

    def block(self, jacobian: Column) -> Column:
        """Return the columns of the members."""
        found: Column = np.asarray(jacobian[:, self.members], float)
        return found


Moved = Element | Direction


def named(place: str, index: tuple[int, ...]) -> str:
    """Return the name of an element of what is in a place."""
    return f"{place} at index {index}" if index else place
