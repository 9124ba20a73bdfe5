"""Pooling layers: MaxPool1d, MaxPool2d, MaxPool3d and the average ones, under PyTorch's names."""

from __future__ import annotations

from typing import Any, ClassVar

import autograd
from autograd.extend import Numeric
from nn.modules.module import Module
from nn.support.coercion import as_operand
from nn.support.lengths import PerAxis, one_each, short, sides


class _Pool(Module):
    """What pools over any number of axes have in common."""

    axes: ClassVar[int]
    dilation: tuple[int, ...] = ()

    def _set_up(self, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> None:
        self.kernel_size = one_each("kernel_size", kernel_size, self.axes)
        self.stride = self.kernel_size if stride is None else one_each("stride", stride, self.axes)
        dilation = one_each("dilation", dilation, self.axes)
        self.padding = sides(padding, self.kernel_size, self.stride, dilation)
        if set(dilation) != {1}:
            self.dilation = dilation

    def _checked(self, x: Any) -> Any:
        x = as_operand(x)
        if x.ndim < self.axes:
            raise ValueError(
                f"{type(self).__name__}({self.extra_repr()}) expects inputs with {self.axes} "
                f"spatial axes, got shape {x.shape}"
            )
        return x

    def extra_repr(self) -> str:
        told = ["×".join(map(str, self.kernel_size))]
        if self.stride != self.kernel_size:
            told.append(f"stride {short(self.stride)}")
        if short(self.padding) != "0":
            told.append(f"padding {short(self.padding)}")
        return ", ".join(told + [f"dilation {short(self.dilation)}"] * bool(self.dilation))


class _MaxPool(_Pool):
    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: Any = 0,
        dilation: PerAxis = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        self._set_up(kernel_size, stride, padding, dilation)
        self.ceil_mode = bool(ceil_mode)

    def forward(self, x: Any) -> Numeric:
        """Return the largest of each window of ``x``, of shape (..., *spatial)."""
        z: Numeric = autograd.max_pool(
            self._checked(x),
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation or 1,
            ceil_mode=self.ceil_mode,
        )
        return z


class MaxPool1d(_MaxPool):
    """The largest of each window along one axis: see ``MaxPool2d``.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> nn.MaxPool1d(2)(np.array([1.0, 3.0, 5.0, 4.0]))
    array([3., 5.])
    """

    axes = 1


class MaxPool2d(_MaxPool):
    """The largest of each window of a picture, channel by channel.

    Those that tie in a window share the gradient equally, where PyTorch gives all of it to the
    first.

    Parameters
    ----------
    kernel_size : int or tuple of int
        The lengths of a window.
    stride : int or tuple of int, optional
        The step from one window to the next; by default windows lie side by side.
    padding : int, tuple of int or tuple of (int, int)
        How much windows reach over the picture; what isn't in it is never the largest.
    dilation : int or tuple of int
        The step from one element of a window to the next.
    ceil_mode : bool
        Whether there is one more window where some elements are left over.

    Raises
    ------
    TypeError, ValueError
        For lengths that aren't positive integers. On a call, if there is no room for a window.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> nn.MaxPool2d(2)(np.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[5.0, 7.0], [13.0, 15.0]]]
    """

    axes = 2


class MaxPool3d(_MaxPool):
    """The largest of each window over three axes: see ``MaxPool2d``.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> nn.MaxPool3d(2)(np.ones((3, 4, 6, 8))).shape
    (3, 2, 3, 4)
    """

    axes = 3


class _AvgPool(_Pool):
    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: Any = 0,
        *,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self._set_up(kernel_size, stride, padding, 1)
        self.ceil_mode = bool(ceil_mode)
        self.count_include_pad = bool(count_include_pad)

    def forward(self, x: Any) -> Numeric:
        """Return the average of each window of ``x``, of shape (..., *spatial)."""
        z: Numeric = autograd.avg_pool(
            self._checked(x),
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )
        return z


class AvgPool1d(_AvgPool):
    """The average of each window along one axis: see ``AvgPool2d``.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> nn.AvgPool1d(2)(np.array([1.0, 3.0, 5.0, 4.0]))
    array([2. , 4.5])
    """

    axes = 1


class AvgPool2d(_AvgPool):
    """The average of each window of a picture, channel by channel.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode
        As for ``MaxPool2d``; here the padding is of zeros.
    count_include_pad : bool
        Whether the padding counts when a sum is divided.

    Raises
    ------
    TypeError, ValueError
        As for ``MaxPool2d``.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> nn.AvgPool2d(2)(np.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[2.5, 4.5], [10.5, 12.5]]]
    """

    axes = 2


class AvgPool3d(_AvgPool):
    """The average of each window over three axes: see ``AvgPool2d``.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> nn.AvgPool3d(2)(np.ones((3, 4, 6, 8))).shape
    (3, 2, 3, 4)
    """

    axes = 3
