"""Glassgrad's engine: automatic differentiation in which every number can be seen."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.import_check import warn_of_clash, warn_of_hidden_packages
from autograd.node.labels import label
from autograd.node.mode import enable_grad, is_recording, no_grad, region
from autograd.ops.activation import (
    celu,
    elu,
    gelu,
    hardtanh,
    heaviside,
    leaky_relu,
    logsigmoid,
    mish,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    threshold,
)
from autograd.ops.arithmetic import (
    abs,
    add,
    ceil,
    div,
    floor,
    identity,
    mod,
    mul,
    neg,
    pow,
    reciprocal,
    round,
    sign,
    square,
    sub,
)
from autograd.ops.bessel import bessel_i
from autograd.ops.complex_parts import angle, conj, imag, real
from autograd.ops.diagonals import diag, diagonal, trace, tril, triu
from autograd.ops.exponential import (
    cbrt,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    sqrt,
    xlogy,
)
from autograd.ops.extremes import clip, maximum, minimum
from autograd.ops.indexing import add_at, set_at, take, take_along_axis
from autograd.ops.joining import array_split, concatenate, hstack, split, stack, vstack
from autograd.ops.norm import norm
from autograd.ops.plain import argmax, argmin, argsort
from autograd.ops.probability import digamma, erfinv, lgamma, log_ndtr, logit
from autograd.ops.products import inner, matmul, outer, tensordot
from autograd.ops.reduction import cumsum, max, mean, min, prod, sort, sum
from autograd.ops.repeating import pad, repeat, tile
from autograd.ops.running import cummax, cummin, cumprod
from autograd.ops.selection import where
from autograd.ops.shape import (
    astype,
    broadcast_to,
    copy,
    expand_dims,
    flip,
    moveaxis,
    ravel,
    reshape,
    roll,
    squeeze,
    swapaxes,
    transpose,
)
from autograd.ops.softmax import log_softmax, logsumexp, softmax
from autograd.ops.spread import std, var
from autograd.ops.trigonometric import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    hypot,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)
from autograd.ops.whole_parts import copysign, floor_divide, fmod, trunc
from autograd.rules import op_registry as _op_registry
from autograd.rules.op_registry import temporary_registry
from autograd.rules.users_ops import elementwise, structural
from autograd.values.scalar_rows import affine, dot, total
from autograd.values.tensor import Tensor
from autograd.values.value import Value

# The rest of the rule book and of NumPy's functions: loaded when one is first missed.
_op_registry.later(
    "autograd.linalg", "autograd.special", "autograd.ops.einsum", "autograd.ops.embedding",
    "autograd.ops.normalising", "autograd.ops.pooling", "autograd.values.filters",
    "autograd.array_functions",
)  # fmt: skip

if TYPE_CHECKING:
    from autograd import check as check
    from autograd import linalg as linalg
    from autograd import pages as pages
    from autograd import replay as replay
    from autograd import show as show
    from autograd import special as special
    from autograd import stepping as stepping
    from autograd.array_functions.ordering import median as median
    from autograd.array_functions.ordering import quantile as quantile
    from autograd.array_functions.ordering import topk as topk
    from autograd.check import GradientMismatch as GradientMismatch
    from autograd.check import gradcheck as gradcheck
    from autograd.ops.attention import (
        scaled_dot_product_attention as scaled_dot_product_attention,
    )
    from autograd.ops.einsum import einsum as einsum
    from autograd.ops.embedding import embedding as embedding
    from autograd.ops.normalising import batch_norm as batch_norm
    from autograd.ops.normalising import group_norm as group_norm
    from autograd.ops.normalising import layer_norm as layer_norm
    from autograd.ops.pooling import avg_pool as avg_pool
    from autograd.ops.pooling import max_pool as max_pool
    from autograd.pages import live as live
    from autograd.reading.anomaly import AnomalyError as AnomalyError
    from autograd.reading.anomaly import detect_anomaly as detect_anomaly
    from autograd.reading.sources import record_source as record_source
    from autograd.replay.jit import jit as jit
    from autograd.show import draw as draw
    from autograd.stepping import step as step
    from autograd.stepping import steps as steps
    from autograd.stepping import why as why
    from autograd.transforms.derivatives import grad as grad
    from autograd.transforms.derivatives import hessian as hessian
    from autograd.transforms.derivatives import hvp as hvp
    from autograd.transforms.derivatives import jacobian as jacobian
    from autograd.transforms.derivatives import jvp as jvp
    from autograd.transforms.derivatives import value_and_grad as value_and_grad
    from autograd.transforms.derivatives import vjp as vjp
    from autograd.transforms.scalar_graph import scalars as scalars
    from autograd.transforms.vmap import vmap as vmap
    from autograd.values.filters import conv as conv
    from autograd.values.filters import conv_transpose as conv_transpose

__version__: str

# Loaded when they are first asked for: what reads the graph (drawing brings Graphviz with it), the
# transforms, the families of ops that few programs use, and the version.
_LAZY = {
    name: module
    for module, names in {
        "autograd.array_functions.ordering": "median quantile topk",
        "autograd.check": "GradientMismatch gradcheck",
        "autograd.ops.attention": "scaled_dot_product_attention",
        "autograd.ops.einsum": "einsum",
        "autograd.ops.embedding": "embedding",
        "autograd.ops.normalising": "batch_norm group_norm layer_norm",
        "autograd.ops.pooling": "avg_pool max_pool",
        "autograd.own_version": "__version__",
        "autograd.pages": "live",
        "autograd.reading.anomaly": "AnomalyError detect_anomaly",
        "autograd.reading.sources": "record_source",
        "autograd.replay": "jit",
        "autograd.show": "draw",
        "autograd.stepping": "step steps why",
        "autograd.transforms": "grad hessian hvp jacobian jvp value_and_grad vjp vmap",
        "autograd.transforms.scalar_graph": "scalars",
        "autograd.values.filters": "conv conv_transpose",
    }.items()
    for name in names.split()
}
# The modules and packages inside this one that users import from; the others are the engine's own.
_PACKAGES = (
    "bridges", "check", "extend", "linalg", "pages", "replay", "show", "special", "stepping",
)  # fmt: skip

warn_of_clash()
warn_of_hidden_packages()


def _loaded(name: str) -> Any:
    """Return a public name that is loaded when it is first asked for."""
    if name in _PACKAGES:
        return import_module(f"autograd.{name}")
    if name not in _LAZY:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_LAZY[name]), name)
    return found


if not TYPE_CHECKING:  # a type checker would believe that every name is there
    __getattr__ = _loaded


def __dir__() -> list[str]:
    return sorted([*__all__, *_PACKAGES, "__version__"])


__all__ = [
    # nodes, and how they are recorded
    "Tensor", "Value", "enable_grad", "is_recording", "label", "no_grad", "record_source", "region",
    # transforms
    "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp", "vmap",
    # looking and checking
    "AnomalyError", "GradientMismatch", "detect_anomaly", "draw", "gradcheck", "live",
    "scalars", "step", "steps", "why",
    # machine speed
    "jit",
    # ops of one's own
    "elementwise", "structural", "temporary_registry",
    # arithmetic
    "abs", "add", "ceil", "clip", "copysign", "div", "floor", "floor_divide", "fmod", "identity",
    "maximum", "minimum", "mod", "mul", "neg", "pow", "reciprocal", "round", "sign", "square",
    "sub", "trunc",
    # parts of complex numbers
    "angle", "conj", "imag", "real",
    # exponential
    "bessel_i", "cbrt", "erf", "erfc", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2",
    "logaddexp", "logaddexp2", "sqrt", "xlogy",
    # of statistics
    "digamma", "erfinv", "lgamma", "log_ndtr", "logit",
    # trigonometric and hyperbolic
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "hypot", "sin",
    "sinc", "sinh", "tan", "tanh",
    # activations
    "celu", "elu", "gelu", "hardtanh", "heaviside", "leaky_relu", "logsigmoid", "mish", "relu",
    "selu", "sigmoid", "silu", "softplus", "softsign", "threshold",
    # selection
    "where",
    # reductions
    "argmax", "argmin", "argsort", "cummax", "cummin", "cumprod", "cumsum", "log_softmax",
    "logsumexp", "max", "mean", "median", "min", "norm", "prod", "quantile", "softmax", "sort",
    "std", "sum", "topk", "var",
    # products, and sums of scalars
    "affine", "conv", "conv_transpose", "dot", "einsum", "inner", "matmul", "outer", "tensordot",
    "total", "trace",
    # layers without weights of their own
    "avg_pool", "batch_norm", "embedding", "group_norm", "layer_norm", "max_pool",
    "scaled_dot_product_attention",
    # shapes and indices
    "add_at", "array_split", "astype", "broadcast_to", "concatenate", "copy", "diag", "diagonal",
    "expand_dims", "flip", "hstack", "moveaxis", "pad", "ravel", "repeat", "reshape", "roll",
    "set_at", "split", "squeeze", "stack", "swapaxes", "take", "take_along_axis", "tile",
    "transpose", "tril", "triu", "vstack",
]  # fmt: skip
