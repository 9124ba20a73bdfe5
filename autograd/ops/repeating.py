"""Ops that make an array longer: repeat, tile, pad."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any, cast

import numpy as np

from autograd.numbers.per_sample import in_front
from autograd.numbers.protocols import Numeric
from autograd.ops.indexing import scatter
from autograd.ops.scalars import operand, own_copy
from autograd.ops.shape import Shape, along, copy, moving, with_axis
from autograd.rules.batch_rules import Batch, along_axes
from autograd.rules.define import structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array

_repeat = structural(
    "repeat",
    lambda x, *, repeats, axis: np.repeat(x, repeats, axis),
    lambda g, x, z, *, repeats, axis: (
        scatter(
            g,
            shape=x.shape,
            index=along(axis, x.ndim, np.repeat(np.arange(x.shape[axis]), repeats)),
        ),
    ),
    linear=True,
    moves=True,
    doc="Each element repeated in place.",
    batched=along_axes,
)


@stands_for(np.repeat)
@of_array
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Numeric:
    """Return ``x`` with each element repeated in place along ``axis``; flattened for None.

    ``repeats`` is one number, or one for each position along the axis.

    Examples
    --------
    >>> from autograd import repeat
    >>> repeat([1.0, 2.0], [3, 1])
    array([1., 1., 1., 2.])
    """
    x, axis = with_axis(operand(x), axis)
    return _repeat(x, repeats=own_copy(repeats), axis=axis)


def _untile(g: Any, x: Any, z: Any, *, reps: Shape) -> tuple[Any]:
    ndim = max(len(reps), x.ndim)
    times = (1,) * (ndim - len(reps)) + reps
    lengths = (1,) * (ndim - x.ndim) + x.shape
    pairs = tuple(n for pair in zip(times, lengths, strict=True) for n in pair)
    return (g.reshape(pairs).sum(axis=tuple(range(0, 2 * ndim, 2))).reshape(x.shape),)


def _tile_all(batch: Batch) -> Any:
    reps, ndim = batch.setting("reps"), batch.ndim(0)
    times = (1,) * (ndim - len(reps)) + reps
    return batch.apply(in_front(batch.front(0), len(times)), reps=(1, *times))


_tile = moving(
    "tile",
    lambda x, *, reps: np.tile(x, reps),
    _untile,
    "The array repeated whole.",
    batched=_tile_all,
)


@stands_for(np.tile)
@of_array
def tile(x: Any, reps: int | Sequence[int]) -> Numeric:
    """Return ``x`` repeated as a whole, ``reps`` times along each axis.

    Examples
    --------
    >>> from autograd import Tensor, tile
    >>> x = Tensor([1.0, 2.0])
    >>> y = tile(x, 3)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad
    ([1.0, 2.0, 1.0, 2.0, 1.0, 2.0], array([3., 3.]))
    """
    given = reps if np.iterable(reps) else (reps,)
    return _tile(operand(x), reps=tuple(map(index, given)))


def _pad_all(batch: Batch) -> Any:
    if np.ndim(batch.setting("constant_values")):
        return NotImplemented  # constants for each side
    return batch.apply(batch.front(0), pad_width=((0, 0), *batch.setting("pad_width")))


_pad = structural(
    "pad",
    lambda x, *, pad_width, constant_values=0: np.pad(
        x, pad_width, constant_values=constant_values
    ),
    lambda g, x, z, *, pad_width, constant_values=0: (
        g[tuple(slice(a, a + n) for (a, _), n in zip(pad_width, x.shape, strict=True))],
    ),
    moves=True,  # but not linear: pad(0) isn't 0 if the padding isn't
    doc="The array with a border of constants.",
    batched=_pad_all,
)


_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


@stands_for(np.pad)
@of_array
def pad(x: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Numeric:
    """Return ``x`` with a border, of constants or of its own elements.

    Parameters
    ----------
    x : array or Tensor
    pad_width : int or sequence
        How many elements to add: one number for all sides, (before, after) for all axes, or such
        a pair for each axis.
    mode : str
        What is added: "constant", or elements of ``x``: "edge" repeats the first and the last,
        "wrap" goes round, and "reflect" and "symmetric" go back, without and with the edge.
    constant_values : number or sequence
        What to add in the mode "constant", in the forms of ``pad_width``.

    Returns
    -------
    array or Tensor

    Raises
    ------
    ValueError
        For another mode.
    TypeError
        For complex numbers around real ones.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import pad
    >>> pad(np.array([1.0, 2.0]), (1, 2))
    array([0., 1., 2., 0., 0.])
    """
    if mode not in _MODES:
        raise ValueError(f"pad has no mode {mode!r} here, only {', '.join(_MODES)}")
    x = operand(x)
    if np.iscomplexobj(constant_values) and x.dtype.kind not in "cO":
        raise TypeError(f"pad can't put {constant_values!r}, a complex, around {x.dtype}")
    if not x.ndim:
        return cast(Numeric, copy(x))  # which has no side
    widths = np.broadcast_to(pad_width, (x.ndim, 2)).tolist()
    if mode != "constant":
        how: Any = mode
        for axis, width in enumerate(widths):
            if any(width):
                x = x[along(axis, x.ndim, np.pad(np.arange(x.shape[axis]), width, how))]
        return cast(Numeric, x)
    return _pad(x, pad_width=tuple(map(tuple, widths)), constant_values=constant_values)
