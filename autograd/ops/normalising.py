"""Normalisation: mean 0 and variance 1 over axes, as layer, batch and group norm have it."""

from __future__ import annotations

from math import prod
from operator import index
from typing import Any, cast

from numpy.lib.array_utils import normalize_axis_tuple

from autograd.numbers.kinds import in_range
from autograd.numbers.protocols import Numeric
from autograd.ops.arithmetic import add, div, mul, reciprocal, sub
from autograd.ops.exponential import sqrt
from autograd.ops.norm import across
from autograd.ops.reduction import length
from autograd.ops.scalars import operand
from autograd.ops.shape import Axis, own_axes
from autograd.ops.spread import deviations, var
from autograd.ops.wide import in_float32, pulled_in_float32
from autograd.rules.batch_rules import along_axes
from autograd.rules.chain_rule import times
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.signatures import of_array

Shape = tuple[int, ...]


@in_float32
def _standardized(x: Any, *, axis: Axis = -1, eps: float = 1e-5) -> Any:
    if not x.size:
        return x
    d = deviations.function(x, axis=axis)
    return d / sqrt((d * d).mean(axis=axis, keepdims=True) + eps)


@pulled_in_float32
def _standardize_pullback(
    g: Any, x: Any, z: Any, *, axis: Axis = -1, eps: float = 1e-5
) -> tuple[Any]:
    """Pass (g' − z · mean(g' z)) / s, with g' the deviations of g, and s the root of σ² + ε.

    1 is mean(z²) + ε/s². Written with that, no digit is lost where g' is nearly along z.
    """
    n = length(x.shape, axis)
    slope = reciprocal(sqrt(var(x, axis, keepdims=True) + eps))
    ahead = deviations(g, axis=axis)
    passed = across(ahead, z, axis=axis) / n
    if eps:
        passed = passed + ahead * (eps * slope * slope)
    return (times(passed, slope),)


_standardize: Structural = structural(
    "standardize",
    _standardized,
    _standardize_pullback,
    symbol="(x − μ) / σ",
    latex=r"\frac{{{x} - \mu}}{{\sqrt{{\sigma^2 + \varepsilon}}}}",
    doc="x less its mean, over the root of its variance and ε, over axes.",
    batched=along_axes,
)


def _scaled(z: Any, weight: Any, bias: Any) -> Any:
    if weight is not None:
        z = mul(z, operand(weight))
    return z if bias is None else add(z, operand(bias))


@of_array
def layer_norm(
    x: Any, weight: Any = None, bias: Any = None, *, axis: Axis = -1, eps: float = 1e-5
) -> Numeric:
    """Make the mean 0 and the variance 1 over ``axis``, then scale and shift each element.

    Parameters
    ----------
    x : array or Tensor
    weight, bias : array or Tensor, optional
        Of a shape that broadcasts with that of ``x``: in a layer norm, that of the last axes.
    axis : int or tuple of int
        Over which the mean and the variance are taken: all axes of an example, as a rule.
    eps : float
        Added to the variance; at least 0.

    Returns
    -------
    array or Tensor, of the shape of ``x``

    Raises
    ------
    ValueError
        If ``eps`` is negative, or the axes aren't those of ``x``.

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer normalization", 2016, eqs. 3 and 4.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import layer_norm
    >>> layer_norm(np.array([[1.0, 3.0], [10.0, 50.0]]), eps=0.0)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    x = operand(x)
    return cast(Numeric, _scaled(_standardize(x, **_how("layer_norm", x, axis, eps)), weight, bias))


@of_array
def batch_norm(
    x: Any,
    weight: Any = None,
    bias: Any = None,
    *,
    mean: Any = None,
    var: Any = None,
    eps: float = 1e-5,
) -> Numeric:
    """Make the mean of each channel 0 and its variance 1, then scale and shift it.

    Parameters
    ----------
    x : array or Tensor, shape (examples, channels, ...)
    weight, bias : array or Tensor, shape (channels,), optional
    mean, var : array or Tensor, shape (channels,), optional
        Those to normalise with, as networks do after training; by default those of ``x``, over all
        axes but that of the channels.
    eps : float
        Added to the variance; at least 0.

    Returns
    -------
    array or Tensor, of the shape of ``x``

    Raises
    ------
    ValueError
        If ``x`` has no axis of channels, only one of ``mean`` and ``var`` is given, or ``eps`` is
        negative.

    References
    ----------
    S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import batch_norm
    >>> batch_norm(np.array([[1.0, 5.0], [3.0, 5.0]]), eps=1.0).round(3)
    array([[-0.707,  0.   ],
           [ 0.707,  0.   ]])
    """
    x = operand(x)
    if x.ndim < 2:
        raise ValueError(
            f"batch_norm needs an input of shape (examples, channels, ...), got {x.shape}"
        )
    if (mean is None) != (var is None):
        raise ValueError("batch_norm needs both the mean and the var, or neither of them")
    if mean is None:
        axes = tuple(k for k in range(x.ndim) if k != 1)
        z: Any = _standardize(x, **_how("batch_norm", x, axes, eps))
    else:
        eps = _how("batch_norm", x, 0, eps)["eps"]
        of_mean, of_var = (_by_channel("batch_norm", v, x) for v in (mean, var))
        z = div(sub(x, of_mean), sqrt(add(of_var, eps)))
    weight, bias = (_by_channel("batch_norm", v, x) for v in (weight, bias))
    return cast(Numeric, _scaled(z, weight, bias))


@of_array
def group_norm(
    x: Any, groups: int, weight: Any = None, bias: Any = None, *, eps: float = 1e-5
) -> Numeric:
    """Make the mean 0 and the variance 1 over each example's groups of channels, then scale.

    Parameters
    ----------
    x : array or Tensor, shape (examples, channels, ...)
    groups : int
        How many; 1 takes all channels of an example together, and as many as there are channels
        takes each alone ("instance norm").
    weight, bias : array or Tensor, shape (channels,), optional
    eps : float
        Added to the variance; at least 0.

    Returns
    -------
    array or Tensor, of the shape of ``x``

    Raises
    ------
    TypeError, ValueError
        If the groups don't divide the channels, or ``eps`` is negative.

    References
    ----------
    Y. Wu, K. He, "Group normalization", ECCV 2018, eqs. 1 to 5.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import group_norm
    >>> group_norm(np.array([[1.0, 3.0, 10.0, 50.0]]), 2, eps=0.0)
    array([[-1.,  1., -1.,  1.]])
    """
    x = operand(x)
    groups = index(groups)
    if x.ndim < 2 or groups < 1 or x.shape[1] % groups:
        raise ValueError(
            f"group_norm needs an input of shape (examples, channels, ...), with channels in "
            f"{groups} groups, got {x.shape}"
        )
    parts = x.reshape((x.shape[0], groups, prod(x.shape[1:]) // groups))
    z: Any = _standardize(parts, **_how("group_norm", parts, -1, eps))
    z = z.reshape(x.shape)
    weight, bias = (_by_channel("group_norm", v, x) for v in (weight, bias))
    return cast(Numeric, _scaled(z, weight, bias))


@in_range
def _how(of: str, x: Any, axis: Any, eps: Any) -> dict[str, Any]:
    """Return the op's settings, checked."""
    if not eps >= 0:
        raise ValueError(f"{of}: eps is added to a variance and must be at least 0, got {eps!r}")
    axis = own_axes(x, axis)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    last = axes == (x.ndim - 1,)
    return {"axis": -1 if last else axes, "eps": float(eps)}


def _by_channel(of: str, given: Any, x: Any) -> Any:
    """Return one number for each channel so that it broadcasts with ``x``."""
    if given is None:
        return None
    given = operand(given)
    if given.shape != (x.shape[1],):
        raise ValueError(
            f"{of} needs one number for each of {x.shape[1]} channels, got an array of shape "
            f"{given.shape}"
        )
    return given.reshape((-1, *(1,) * (x.ndim - 2)))
