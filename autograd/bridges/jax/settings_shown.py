"""The settings of a JAX equation that a picture shows."""

from __future__ import annotations

from typing import Any

import numpy as np

_LONGEST = 40  # characters
_PLAIN_PRODUCT = (((1,), (0,)), ((), ()))  # of two matrices: the symbol @ says it
_DETAILS = {"indices_are_sorted", "num_consts", "preferred_element_type", "symbolic_zeros"}
_DETAILS |= {"broadcast_dimensions", "differentiated", "prevent_cse", "unique_indices", "weak_type"}


def settings_shown(equation: Any) -> dict[str, Any]:
    """Return the settings that are plain numbers, words or tuples of them, and short."""
    found = ((name, _plain(value)) for name, value in equation.params.items())
    return {
        name: value
        for name, value in found
        if value not in (None, _PLAIN_PRODUCT)
        and name not in _DETAILS
        and len(str(value)) <= _LONGEST
    }


def _plain(value: Any) -> Any:
    """Return a setting as plain data; None if it is none."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, (tuple, list)):
        parts = tuple(_plain(each) for each in value)
        return None if None in parts else parts
    return None
