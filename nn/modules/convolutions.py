"""Convolutional layers: Conv1d, Conv2d, Conv3d and their transposes, under PyTorch's names."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

import autograd
import init as initialisation
from autograd.extend import Numeric
from init.argument_checks import choice, positive_integer
from nn.modules.initialisation import draw_biases, draw_weights, generator_of, strategy_for
from nn.modules.module import Module
from nn.support.coercion import as_operand
from nn.support.lengths import PerAxis, one_each, short, sides

_PADDING_MODES = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


class _Convolution(Module):
    """What convolutional layers over any number of axes have in common."""

    axes: ClassVar[int]

    def _set_up(
        self,
        channels: tuple[int, int],
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        groups: int,
    ) -> None:
        self.in_channels = positive_integer("in_channels", channels[0])
        self.out_channels = positive_integer("out_channels", channels[1])
        self.kernel_size = one_each("kernel_size", kernel_size, self.axes)
        self.stride = one_each("stride", stride, self.axes)
        self.dilation = one_each("dilation", dilation, self.axes)
        self.padding = sides(padding, self.kernel_size, self.stride, self.dilation)
        self.groups = positive_integer("groups", groups)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"groups must divide the channels, {self.in_channels} and {self.out_channels}: got "
                f"{self.groups}"
            )

    def _draw(
        self,
        bias: bool,
        init: initialisation.Spec | None,
        rng: initialisation.Seed | None,
        dtype: npt.DTypeLike,
    ) -> npt.NDArray[Any]:
        """Set the bias, and return the kernels, of shape (out, in / groups, *kernel)."""
        strategy, gain = strategy_for(init, None)
        generator = generator_of(rng)
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        drawn = draw_weights(shape, strategy, gain, rng=generator, dtype=dtype, groups=self.groups)
        self.bias: Any = draw_biases(strategy, drawn, rng=generator) if bias else None
        return drawn

    def forward(self, x: Any) -> Numeric:
        """Compute the layer's outputs.

        Parameters
        ----------
        x : Tensor, array_like, or object array of Values; of shape (..., in_channels, *spatial)

        Returns
        -------
        Tensor, or object array of Values, of shape (..., out_channels, *spatial)
        """
        return self._convolved(self._checked(x))

    def _convolved(self, x: Any) -> Numeric:
        """Return the outputs of what was checked."""
        raise NotImplementedError

    def _checked(self, x: Any) -> Any:
        x = as_operand(x)
        if x.ndim <= self.axes or x.shape[-self.axes - 1] != self.in_channels:
            lengths = ", ".join(("depth", "height", "width")[-self.axes :])
            raise ValueError(
                f"{type(self).__name__}({self.extra_repr()}) expects inputs of shape "
                f"(..., {self.in_channels}, {lengths}), got {x.shape}"
            )
        return x

    def extra_repr(self) -> str:
        kernel = "×".join(map(str, self.kernel_size))
        told = [f"{self.in_channels} → {self.out_channels}", f"kernel {kernel}"]
        told += [
            f"{name} {short(getattr(self, name))}"
            for name in ("stride", "padding", "dilation")
            if short(getattr(self, name)) != ("0" if name == "padding" else "1")
        ]
        told += [f"groups {self.groups}"] * (self.groups > 1)
        return ", ".join([*told, *["no bias"] * (self.bias is None)])


class _Conv(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: Any = 0,
        dilation: PerAxis = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        init: initialisation.Spec | None = None,
        rng: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        channels = (in_channels, out_channels)
        self._set_up(channels, kernel_size, stride, padding, dilation, groups)
        choice("padding_mode", padding_mode, _PADDING_MODES)
        self.padding_mode = padding_mode
        weights = self._draw(bias, init, rng, dtype)
        self.weight: Any = autograd.Tensor(weights, label="weight")

    def _convolved(self, x: Any) -> Numeric:
        padding = self.padding
        if self.padding_mode != "zeros":
            sides = [each if isinstance(each, tuple) else (each, each) for each in padding]
            around = [(0, 0)] * (x.ndim - self.axes)
            x = autograd.pad(x, around + sides, _PADDING_MODES[self.padding_mode])
            padding = (0,) * self.axes
        z: Numeric = autograd.conv(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return z


class Conv1d(_Conv):
    """A convolution over one axis, such as time: see ``Conv2d``.

    Examples
    --------
    >>> import nn
    >>> nn.Conv1d(3, 8, 5, padding="same", rng=0)(np.ones((2, 3, 20))).shape
    (2, 8, 20)
    """

    axes = 1


class Conv2d(_Conv):
    """Units that each see a small window of a picture, and share their weights over all windows.

    Parameters
    ----------
    in_channels, out_channels : int
        How many channels there are, and how many kernels slide over them.
    kernel_size : int or tuple of int
        The lengths of a window: one number, or one for each spatial axis.
    stride : int or tuple of int
        The step from one window to the next.
    padding : int, tuple of int, tuple of (int, int), "valid" or "same"
        How much to add at both sides of each axis, or before and after; "same" keeps the lengths.
    dilation : int or tuple of int
        The step from one element of a window to the next.
    groups : int
        Output channels see one of so many groups of input channels.
    bias : bool
        Whether there is a bias; it starts at zero, unless ``init`` says otherwise ("critical").
    padding_mode : str
        "zeros", "reflect", "replicate" or "circular".
    init, rng, dtype
        As for ``Linear``. A unit's fan_in is in_channels / groups · the size of a window, and its
        fan_out is out_channels / groups · that. PyTorch counts all output channels.

    Attributes
    ----------
    weight : Tensor of shape (out_channels, in_channels / groups, *kernel_size)
        In ``scalars()``, an object array of Values; ``bias`` too.
    bias : Tensor of shape (out_channels,), or None

    Raises
    ------
    TypeError, ValueError
        For sizes that aren't positive integers, groups that don't divide the channels, and as for
        ``Linear``.

    Examples
    --------
    >>> import nn
    >>> layer = nn.Conv2d(1, 8, 3, padding=1, rng=0)
    >>> layer
    Conv2d(1 → 8, kernel 3×3, padding 1)  80 parameters
    >>> layer(np.ones((5, 1, 28, 28))).shape
    (5, 8, 28, 28)
    """

    axes = 2


class Conv3d(_Conv):
    """A convolution over three axes, such as those of a video or a scan: see ``Conv2d``.

    Examples
    --------
    >>> import nn
    >>> nn.Conv3d(1, 2, (1, 3, 3), stride=(1, 2, 2), rng=0)(np.ones((1, 4, 9, 9))).shape
    (2, 4, 4, 4)
    """

    axes = 3


class _ConvTranspose(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: Any = 0,
        output_padding: PerAxis = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: PerAxis = 1,
        *,
        init: initialisation.Spec | None = None,
        rng: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        channels = (in_channels, out_channels)
        self._set_up(channels, kernel_size, stride, padding, dilation, groups)
        self.output_padding = one_each("output_padding", output_padding, self.axes, least=0)
        drawn = self._draw(bias, init, rng, dtype)
        by_group = drawn.reshape((groups, -1, *drawn.shape[1:])).swapaxes(1, 2)
        weights = by_group.reshape((in_channels, out_channels // groups, *self.kernel_size))
        self.weight: Any = autograd.Tensor(weights, label="weight")

    def _convolved(self, x: Any) -> Numeric:
        z: Numeric = autograd.conv_transpose(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return z


class ConvTranspose1d(_ConvTranspose):
    """The transpose of a convolution over one axis: see ``ConvTranspose2d``.

    Examples
    --------
    >>> import nn
    >>> nn.ConvTranspose1d(3, 1, 2, stride=2, rng=0)(np.ones((3, 10))).shape
    (1, 20)
    """

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """Each element of a picture adds a small window, its kernel, to a larger one.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias
        As for ``Conv2d``, of which this is the transpose.
    output_padding : int or tuple of int
        How much longer the result is at the end of each axis; less than the stride.
    init, rng, dtype
        As for ``Linear``.

    Attributes
    ----------
    weight : Tensor of shape (in_channels, out_channels / groups, *kernel_size)
    bias : Tensor of shape (out_channels,), or None

    Raises
    ------
    TypeError, ValueError
        As for ``Conv2d``.

    Examples
    --------
    >>> import nn
    >>> nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1, rng=0)(np.ones((5, 8, 7, 7))).shape
    (5, 1, 14, 14)
    """

    axes = 2


class ConvTranspose3d(_ConvTranspose):
    """The transpose of a convolution over three axes: see ``ConvTranspose2d``.

    Examples
    --------
    >>> import nn
    >>> nn.ConvTranspose3d(2, 1, 2, stride=2, rng=0)(np.ones((2, 2, 3, 4))).shape
    (1, 4, 6, 8)
    """

    axes = 3
