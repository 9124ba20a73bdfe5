"""PyTorch's names and arguments of operators, and the calls of this engine that are the same.

Each entry takes what PyTorch's operator takes. An argument that is missing here has no counterpart:
the samples that use it are counted, and not compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd as ag
import nn

Call = Callable[..., Any]
Axis = int | Sequence[int] | None


class NoCounterpart(Exception):  # noqa: N818 - not an error
    """These arguments mean nothing that is here."""


def axis_of(dim: Axis) -> int | tuple[int, ...] | None:
    """Return NumPy's axis: PyTorch's empty tuple means all."""
    if dim is None or isinstance(dim, int):
        return dim
    return tuple(dim) or None


def ignored(target: Any, ignore_index: int | None) -> int | None:
    """Return the label that is left out: PyTorch takes a negative one with probabilities too."""
    return ignore_index if target.dtype.kind in "iu" else None


def unary(op: Any) -> Call:
    return lambda x: op(x)  # noqa: PLW0108 - the op itself takes any arguments


def binary(op: Any) -> Call:
    return lambda x, other: op(x, other)  # noqa: PLW0108


def reduction(op: Any) -> Call:
    return lambda x, dim=None, keepdim=False: op(x, axis=axis_of(dim), keepdims=keepdim)


def spread(op: Any) -> Call:
    """Return var or std, whose correction is 1 in PyTorch."""

    def call(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
             correction: float | None = 1) -> Any:  # fmt: skip
        if isinstance(dim, bool):  # var(x, unbiased)
            dim, unbiased = None, dim
        ddof = correction if unbiased is None else float(unbiased)
        return op(x, axis=axis_of(dim), ddof=1 if ddof is None else ddof, keepdims=keepdim)

    return call


def shape_of(shape: Sequence[Any]) -> tuple[int, ...]:
    """Return a shape that may be given as one sequence or number by number."""
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], Sequence) else tuple(shape)


def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    above = x if min is None else ag.maximum(x, min)
    return above if max is None else ag.minimum(above, max)


def squeeze(x: Any, dim: Axis = None) -> Any:
    """PyTorch leaves axes that are longer than one."""
    if not x.ndim:
        return x * 1.0
    dims = (dim,) if isinstance(dim, int) else dim
    return ag.squeeze(x, axis=None if dims is None else tuple(k for k in dims if x.shape[k] == 1))


def transposed_last(x: Any) -> Any:
    return ag.swapaxes(x, -1, -2)


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = x.shape or (1,)
    first, last = start_dim % len(shape), end_dim % len(shape)
    return x.reshape((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def alpha_of(sign: float) -> Call:
    return lambda x, other, alpha=1: x + sign * alpha * other


def matrix_sum(x: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    return beta * x + alpha * ag.matmul(a, b)


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    product = ag.matmul(x, ag.swapaxes(weight, -1, -2) if weight.ndim > 1 else weight)
    return product if bias is None else product + bias


def pointwise_loss(loss: Any) -> Call:
    def call(x: Any, target: Any, *, reduction: str = "mean") -> Any:
        return loss(x, target, reduction=reduction)

    return call


def elu(op: Any) -> Call:
    return lambda x, alpha=1.0: op(x, alpha=alpha)


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """PyTorch names the widths from the last axis on."""
    if mode != "constant" or any(width < 0 for width in pad):
        raise NoCounterpart(f"padding {mode} by {pad}")
    pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    widths = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    return ag.pad(x, widths, constant_values=0 if value is None else value)


UNARY = {
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "erf", "erfc",
    "digamma", "erfinv", "exp", "exp2", "expm1", "floor", "lgamma", "log", "log10", "log1p", "log2",
    "neg", "ravel", "reciprocal", "round", "sigmoid", "sign", "sin", "sinc", "sinh", "sqrt",
    "square", "tan", "tanh",
}  # fmt: skip
ACTIVATIONS = {"logsigmoid", "mish", "relu", "selu", "silu", "softsign"}
BINARY = {
    "atan2", "dot", "hypot", "inner", "logaddexp", "matmul", "maximum", "minimum",
    "mul", "outer", "xlogy",
}  # fmt: skip


def norm_of(x: Any, ord: Any = None, dim: Axis = None, keepdim: bool = False) -> Any:
    return ag.linalg.norm(x, ord, axis_of(dim), keepdims=keepdim)


def matrix_norm(x: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Any:
    return ag.linalg.norm(x, ord, tuple(dim), keepdims=keepdim)


def solve(a: Any, b: Any) -> Any:
    """In NumPy 2 only a vector of one axis is a vector."""
    if b.ndim > 1 and b.ndim == a.ndim - 1:
        raise NoCounterpart("a stack of vectors")
    return ag.linalg.solve(a, b)


def polygamma(x: Any, n: int) -> Any:
    return ag.special.polygamma(n, x)


LINALG = {"cond", "det", "eigvalsh", "inv", "matrix_power", "multi_dot", "svdvals", "tensorinv"}

CALLS: dict[str, Call] = {
    **{f"linalg.{name}": getattr(ag.linalg, name) for name in LINALG},
    "inverse": ag.linalg.inv,
    "matrix_exp": ag.linalg.expm,
    "linalg.cholesky": lambda x, upper=False: ag.linalg.cholesky(x, upper=upper),
    "linalg.solve": solve,
    "pinverse": unary(ag.linalg.pinv),
    "linalg.norm": norm_of,
    "linalg.matrix_norm": matrix_norm,
    "linalg.vector_norm": lambda x, ord=2, dim=None, keepdim=False: ag.linalg.vector_norm(
        x, ord=ord, axis=axis_of(dim), keepdims=keepdim
    ),
    "logit": unary(ag.logit),
    "special.log_ndtr": unary(ag.log_ndtr),
    "special.ndtr": unary(ag.special.ndtr),
    "polygamma": polygamma,
    **{name: unary(getattr(ag, name)) for name in UNARY},
    **{f"nn.functional.{name}": unary(getattr(ag, name)) for name in ACTIVATIONS},
    **{name: binary(getattr(ag, name)) for name in BINARY},
    "mm": binary(ag.matmul),
    "mv": binary(ag.matmul),
    "bmm": binary(ag.matmul),
    "__rmatmul__": lambda x, other: ag.matmul(other, x),
    "__radd__": lambda x, other: other + x,
    "__rsub__": lambda x, other: other - x,
    "__rmul__": lambda x, other: other * x,
    "__rdiv__": lambda x, other: other / x,
    "__rpow__": lambda x, other: other**x,
    "add": alpha_of(1.0),
    "sub": alpha_of(-1.0),
    "rsub": lambda x, other, alpha=1: other - alpha * x,
    "div": lambda x, other: x / other,
    "true_divide": lambda x, other: x / other,
    "pow": lambda x, exponent: x**exponent,
    "float_power": lambda x, exponent: x**exponent,
    "remainder": binary(ag.mod),
    "addmm": matrix_sum,
    "addmv": matrix_sum,
    "baddbmm": matrix_sum,
    "addr": lambda x, a, b, *, beta=1, alpha=1: beta * x + alpha * ag.outer(a, b),
    "addcmul": lambda x, a, b, *, value=1: x + value * a * b,
    "addcdiv": lambda x, a, b, *, value=1: x + value * a / b,
    "lerp": lambda x, end, weight: x + weight * (end - x),
    "rsqrt": lambda x: 1 / ag.sqrt(x),
    "positive": lambda x: +x,
    "clamp": clamp,
    "clamp_min": binary(ag.maximum),
    "clamp_max": binary(ag.minimum),
    "sum": reduction(ag.sum),
    "mean": reduction(ag.mean),
    "prod": reduction(ag.prod),
    "amax": reduction(ag.max),
    "amin": reduction(ag.min),
    "logsumexp": reduction(ag.logsumexp),
    "var": spread(ag.var),
    "std": spread(ag.std),
    "cumsum": lambda x, dim: ag.cumsum(x, axis=dim) if x.ndim else x * 1.0,
    "softmax": lambda x, dim: ag.softmax(x, axis=dim),
    "log_softmax": lambda x, dim: ag.log_softmax(x, axis=dim),
    "trace": ag.trace,
    "tril": lambda x, diagonal=0: ag.tril(x, diagonal),
    "triu": lambda x, diagonal=0: ag.triu(x, diagonal),
    "diag": lambda x, diagonal=0: ag.diag(x, diagonal),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: ag.diagonal(x, offset, dim1, dim2),
    "flip": lambda x, dims: ag.flip(x, axis=tuple(dims)),
    "fliplr": lambda x: ag.flip(x, axis=1),
    "flipud": lambda x: ag.flip(x, axis=0),
    "roll": lambda x, shifts, dims=None: ag.roll(x, shifts, axis=axis_of(dims)),
    "tile": lambda x, *dims: ag.tile(x, shape_of(dims)),
    "repeat": lambda x, *dims: ag.tile(x, shape_of(dims)),
    "reshape": lambda x, *shape: ag.reshape(x, shape_of(shape)),
    "view": lambda x, *shape: ag.reshape(x, shape_of(shape)),
    "flatten": flatten,
    "broadcast_to": lambda x, *shape: ag.broadcast_to(x, shape_of(shape)),
    "permute": lambda x, *dims: ag.transpose(x, shape_of(dims)),
    "transpose": lambda x, dim0, dim1: ag.swapaxes(x, dim0, dim1) if x.ndim else x * 1.0,
    "movedim": ag.moveaxis,
    "T": ag.transpose,
    "mT": transposed_last,
    "unsqueeze": ag.expand_dims,
    "squeeze": squeeze,
    "cat": lambda tensors, dim=0: ag.concatenate(tensors, axis=dim),
    "stack": lambda tensors, dim=0: ag.stack(tensors, axis=dim),
    "hstack": ag.hstack,
    "vstack": ag.vstack,
    "tensordot": lambda x, y, dims=2: ag.tensordot(x, y, dims),
    "einsum": lambda operands, equation: ag.einsum(equation, *operands),
    "where": lambda x, condition, other: ag.where(condition, x, other),
    "gather": lambda x, dim, index: ag.take_along_axis(x, index, axis=dim),
    "take_along_dim": lambda x, index, dim=None: ag.take_along_axis(x, index, axis=dim),
    "index_select": lambda x, dim, index: ag.take(x, index, axis=dim),
    "take": ag.take,
    "__getitem__": lambda x, index: x[index],
    "masked_fill": lambda x, mask, value: ag.where(mask, value, x),
    "nn.functional.pad": pad,
    "nn.functional.linear": linear,
    "nn.functional.elu": elu(ag.elu),
    "nn.functional.celu": elu(ag.celu),
    "nn.functional.hardtanh": lambda x, *, min_val=-1.0, max_val=1.0: ag.clip(x, min_val, max_val),
    "nn.functional.relu6": lambda x: ag.clip(x, 0.0, 6.0),
    "nn.functional.tanhshrink": lambda x: x - ag.tanh(x),
    "nn.functional.mse_loss": pointwise_loss(nn.mse),
    "nn.functional.l1_loss": lambda x, target, *, reduction="mean": nn.smooth_l1(
        x, target, beta=0.0, reduction=reduction
    ),
    "nn.functional.smooth_l1_loss": lambda x, target, *, reduction="mean", beta=1.0: nn.smooth_l1(
        x, target, beta=beta, reduction=reduction
    ),
    "nn.functional.cross_entropy": lambda x, target, *, ignore_index=None, **options: (
        nn.cross_entropy(x, target, ignore_index=ignored(target, ignore_index), **options)
    ),
    "nn.functional.nll_loss": lambda x, target, *, ignore_index=-100, **options: nn.nll(
        x, target, ignore_index=ignore_index, **options
    ),
    "nn.functional.multi_margin_loss": lambda x, target, *, p=1, margin=1.0, weight=None,
    reduction="mean": nn.multi_margin(
        x, target, p=p, margin=margin, weight=weight, reduction=reduction
    ),
    "nn.functional.binary_cross_entropy_with_logits": pointwise_loss(
        nn.binary_cross_entropy_with_logits
    ),
}  # fmt: skip
