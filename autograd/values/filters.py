"""Convolutions as users call them: of Tensors one node, of Values a neuron for each output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import index
from typing import Any, cast

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.kinds import in_range
from autograd.numbers.protocols import Numeric
from autograd.ops.arithmetic import add
from autograd.ops.convolution import conv_op, transposed
from autograd.ops.scalars import operand
from autograd.ops.windows import (
    Lengths,
    Windows,
    each_inside,
    extent,
    paddings,
    per_axis,
    spread,
    spread_pairs,
    windows_of,
)
from autograd.rules.signatures import of_two_arrays
from autograd.values.scalar_rows import neurons
from autograd.values.tensor import Tensor


@of_two_arrays
@in_range
def conv(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Numeric:
    """Return the convolution of ``x`` with kernels, over any number of spatial axes.

    As in all libraries of networks the kernels aren't flipped: it is what mathematics calls a
    cross-correlation.

    Parameters
    ----------
    x : array, Tensor or object array of Values, shape (..., in, *spatial)
        The leading axes, if any, are those of the examples.
    weight : array, Tensor or object array of Values, shape (out, in / groups, *kernel)
        It says how many spatial axes there are.
    bias : array, Tensor or object array of Values, shape (out,), optional
    stride : int or tuple of int
        The step from one window to the next: one number, or one for each spatial axis.
    padding : int, tuple of int, tuple of (int, int), "valid" or "same"
        How many zeros to add at both sides of each spatial axis, or before and after it. "same"
        keeps the lengths of a stride of 1.
    dilation : int or tuple of int
        The step from one element of a window to the next.
    groups : int
        Output channels see one of so many groups of input channels.

    Returns
    -------
    array, Tensor or object array of Value, shape (..., out, *spatial)
        Each Value is a node of the region ``channel0``, ``channel1`` … of its output channel.

    Raises
    ------
    TypeError, ValueError
        If the shapes don't fit, a setting isn't a number as above, or there is no room for a kernel
        in the padded input.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, conv
    >>> x = Tensor([[1.0, 4.0, 9.0, 16.0]])
    >>> difference = Tensor([[[-1.0, 1.0]]])
    >>> conv(x, difference)
    Tensor([[3., 5., 7.]])
    >>> conv(x, difference, padding=((1, 0),)).sum().backward()
    >>> difference.grad
    array([[[14., 30.]]])
    """
    given = [operand(v) for v in ((x, weight) if bias is None else (x, weight, bias))]
    how = _settings("conv", given[1], stride, padding, dilation, groups)
    shapes = [raw(v).shape for v in given]
    groups = how["groups"]
    _check_channels("conv", shapes[0], shapes[1], shapes[1][1] * groups, groups)
    if bias is not None:
        _check_bias("conv", shapes[2], shapes[1][0])
    if "O" not in [raw(v).dtype.kind for v in given]:
        return conv_op(*given, **how)
    if any(isinstance(v, Tensor) for v in given[1:]):  # a tensor's kernels
        return conv_op(
            *(v if isinstance(v, Node) else Tensor.from_scalars(v) for v in given), **how
        )
    values = (v.scalars() if isinstance(v, Tensor) else v for v in given)
    return cast(Numeric, _filters(*values, **how))


@of_two_arrays
@in_range
def conv_transpose(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Numeric:
    """Return the transposed convolution: each element of ``x`` adds its kernel to the result.

    It is the gradient of a convolution with respect to its input, and enlarges where that shrinks.

    Parameters
    ----------
    x : array, Tensor or object array of Values, shape (..., in, *spatial)
    weight : array, Tensor or object array of Values, shape (in, out / groups, *kernel)
    bias : array, Tensor or object array of Values, shape (out,), optional
    stride, padding, dilation, groups
        Those of the convolution that this is the transpose of; see ``conv``.
    output_padding : int or tuple of int
        How much longer the result is at the end of each spatial axis; less than the stride, for a
        convolution gives one length of the output for so many of its input.

    Returns
    -------
    array, Tensor or object array of Value, shape (..., out, *spatial)

    Raises
    ------
    TypeError, ValueError
        As for ``conv``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import conv_transpose
    >>> conv_transpose(np.array([[1.0, 10.0]]), np.array([[[1.0, 2.0, 3.0]]]), stride=2)
    array([[ 1.,  2., 13., 20., 30.]])
    """
    x, weight = operand(x), operand(weight)
    how = _settings("conv_transpose", weight, stride, padding, dilation, groups)
    n = weight.ndim - 2
    _check_channels("conv_transpose", x.shape, weight.shape, weight.shape[0], how["groups"])
    more = per_axis("conv_transpose: output_padding", output_padding, n, 0)
    shape = _transposed_lengths(x.shape[-n:], weight.shape[2:], how, spread(more, n))
    if "O" in (raw(x).dtype.kind, raw(weight).dtype.kind):
        from autograd.values.value_arrays import as_plain, of_values  # for Values alone

        given = (v.scalars() if isinstance(v, Tensor) else v for v in (x, weight))
        z: Any = as_plain(transposed.function(*map(of_values, given), shape=shape, **how))
    else:
        z = transposed(x, weight, shape=shape, **how)
    if bias is None:
        return cast(Numeric, z)
    bias = operand(bias)
    _check_bias("conv_transpose", bias.shape, weight.shape[1] * how["groups"])
    return cast(Numeric, add(z, bias.reshape((-1, *(1,) * n))))


# Checks ------------------------------------------------------------------------------------------


def _settings(
    of: str, weight: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> dict[str, Any]:
    """Return a convolution's settings in one form."""
    if weight.ndim < 3 or 0 in weight.shape[2:]:
        raise ValueError(
            f"{of} needs a weight of shape (out, in / groups, *kernel), with a spatial axis or "
            f"more, got {weight.shape}"
        )
    kernel: Lengths = weight.shape[2:]
    stride = per_axis(f"{of}: stride", stride, len(kernel))
    dilation = per_axis(f"{of}: dilation", dilation, len(kernel))
    return {
        "stride": stride,
        "padding": paddings(of, padding, kernel, stride, dilation),
        "dilation": dilation,
        "groups": _count(f"{of}: groups", groups),
    }


def _count(what: str, given: Any) -> int:
    """Return a positive integer."""
    try:
        found = index(given)
    except TypeError:
        raise TypeError(f"{what} must be an integer of at least 1, got {given!r}") from None
    if found < 1:
        raise ValueError(f"{what} must be an integer of at least 1, got {given!r}")
    return found


def _check_channels(of: str, x: Lengths, weight: Lengths, channels: int, groups: int) -> None:
    """Raise ValueError unless the input has the channels that the weight is for."""
    count = len(weight) - 2
    if weight[0] % groups:
        raise ValueError(
            f"{of}: groups={groups} must divide the {weight[0]} channels of a weight of shape "
            f"{weight}"
        )
    if len(x) <= count or x[-count - 1] != channels:
        raise ValueError(
            f"{of} with a weight of shape {weight} and groups={groups} needs an input of shape "
            f"(..., {channels}, *spatial), with {count} of them, got {x}"
        )


def _check_bias(of: str, bias: Lengths, channels: int) -> None:
    if bias != (channels,):
        raise ValueError(
            f"{of} needs a bias of shape ({channels},), one for each channel of the output, got "
            f"{bias}"
        )


def _transposed_lengths(
    lengths: Lengths, kernel: Lengths, how: dict[str, Any], more: Lengths
) -> Lengths:
    """Return the lengths of a transposed convolution's result."""
    n = len(kernel)
    strides, pairs = spread(how["stride"], n), spread_pairs(how["padding"], n)
    reach = map(extent, kernel, spread(how["dilation"], n))
    found = []
    for k, (length, full) in enumerate(zip(lengths, reach, strict=True)):
        out = (length - 1) * strides[k] + full + more[k] - sum(pairs[k])
        if more[k] >= strides[k] or out < 1 or not length:
            raise ValueError(
                f"conv_transpose of length {length} along spatial axis {k} would have length {out}"
                f" with output_padding={more[k]}, which must be less than the stride, {strides[k]}"
            )
        found.append(out)
    return tuple(found)


# Of Values ---------------------------------------------------------------------------------------


def _filters(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    """Return a convolution of Values: each output is a neuron, without what is in the padding."""
    from autograd.values.value_arrays import as_values  # for Values alone

    n = weight.ndim - 2
    windows = windows_of("conv", x.shape[-n:], weight.shape[2:], stride, padding, dilation)
    batch, channels = x.shape[: -n - 1], x.shape[-n - 1]
    x = x.reshape((-1, groups, channels // groups, *windows.lengths))
    z = np.empty((len(x), groups, len(weight) // groups, *windows.out), object)
    for places, inside, rows in _alike(windows):
        taken = _at(weight, inside).reshape((groups, len(weight) // groups, -1))
        for group in range(groups):
            own = slice(group * taken.shape[1], (group + 1) * taken.shape[1])
            given = np.stack([_at(x[:, group], row).reshape((len(x), -1)) for row in rows])
            biases = None if bias is None else bias[own]
            if given.shape[-1]:
                made = neurons(given, taken[group], biases, unit="channel", first=own.start)
            else:  # windows in the padding
                alone = as_values(np.zeros(taken.shape[1]) if biases is None else biases)
                made = np.broadcast_to(alone, (*given.shape[:2], len(alone)))
            for place, values in zip(places, made, strict=True):
                of_group: Any = z[:, group]
                of_group[(..., *place)] = values
    return z.reshape((*batch, len(weight), *windows.out))


def _at(x: Any, positions: Sequence[Sequence[int]]) -> Any:
    """Return the elements at positions along each of the last axes."""
    return x[(..., *np.ix_(*positions))]


def _alike(windows: Windows) -> Iterator[tuple[list[Lengths], list[range], list[list[list[int]]]]]:
    """Yield together the windows of which the same elements are in the padding.

    For each such set, the places of the windows, the elements that are in the array, and where
    they are for each place.
    """
    sets: dict[tuple[range, ...], list[Any]] = {}
    for place, inside, where in each_inside(windows):
        sets.setdefault(tuple(inside), []).append((place, where))
    for same, found in sets.items():
        yield [place for place, _ in found], list(same), [where for _, where in found]
