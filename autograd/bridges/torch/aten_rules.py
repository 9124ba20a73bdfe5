"""What the families of aten rules share: axes, dtypes and whole numbers as torch writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.ops.products import matmul
from autograd.ops.shape import astype, moveaxis

Rule = Callable[..., Any]
Axes = int | tuple[int, ...] | None


class NoRule(NotImplementedError):  # noqa: N818
    """An aten op was called in a way for which there is no rule of ours."""


def axes(x: Any, dim: Any) -> Axes:
    """Return torch's ``dim`` as NumPy's axis: None and no dims are all, as of what has no axis."""
    if dim is None or not x.ndim:
        return None
    return dim if isinstance(dim, int) else tuple(dim) or None


def cast(x: Any, dtype: Any) -> Any:
    """Return ``x`` in a torch dtype; as it is for None, and for what NumPy hasn't, as bfloat16."""
    name = str(dtype).rpartition(".")[2]
    if dtype is None or name == "bfloat16" or str(x.dtype) == name:
        return x
    if isinstance(x, Node):
        if not name.startswith("float"):
            raise NoRule(f"a gradient doesn't pass through {dtype}")
        return astype(x, name)
    return np.asarray(x).astype(name)


def each(given: Any, count: int) -> tuple[Any, ...]:
    """Return a setting for each of so many axes: torch writes one number or a list."""
    listed = [given] if isinstance(given, int) else list(given)
    return tuple(listed * count if len(listed) == 1 else listed)


def along(axis: int, ndim: int, place: Any) -> tuple[Any, ...]:
    """Return the index of ``place`` along an axis; in an array without axes, of all."""
    return (slice(None),) * (axis % ndim) + (place,) if ndim else (...,)


def plain(x: Any) -> Any:
    """Return the array behind ``x``, to compute what has no gradient."""
    return np.asarray(raw(x))


def by_matrices(x: Any, matrices: Any) -> Any:
    """Multiply the last axes, each by its own matrix (out, in)."""
    for k, matrix in enumerate(reversed(matrices)):
        axis = -1 - k
        x = moveaxis(matmul(moveaxis(x, axis, -1), matrix.T.astype(plain(x).dtype)), -1, axis)
    return x
