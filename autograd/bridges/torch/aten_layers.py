"""Rules for aten ops of layers: normalisation, attention, resizing."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.bridges.torch.aten_rules import NoRule, Rule, along, by_matrices, plain
from autograd.ops.arithmetic import pow as power
from autograd.ops.arithmetic import square
from autograd.ops.attention import scaled_dot_product_attention
from autograd.ops.indexing import getitem
from autograd.ops.normalising import batch_norm, group_norm, layer_norm
from autograd.ops.reduction import mean

# Normalisation -----------------------------------------------------------------------------------


def _refuse(eps: float) -> None:
    if eps < 0:
        raise NoRule("a normalisation with a negative eps")


def _layer_norm(x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    _refuse(eps)
    return layer_norm(x, weight, bias, axis=tuple(range(-len(shape), 0)), eps=eps), None, None


def _group_norm(
    x: Any, weight: Any, bias: Any, n: int, c: int, hw: int, groups: int, eps: float
) -> Any:
    _refuse(eps)
    return group_norm(x, groups, weight, bias, eps=eps), None, None


def _batch_norm(
    x: Any, weight: Any, bias: Any, average: Any, variance: Any, training: bool,
    momentum: float, eps: float,
) -> Any:  # fmt: skip
    _refuse(eps)
    used = {} if training else {"mean": average, "var": variance}
    return batch_norm(x, weight, bias, eps=eps, **used), None, None


def _batch_norm_alone(
    x: Any, weight: Any, bias: Any, training: bool, momentum: float, eps: float
) -> Any:
    return _batch_norm(x, weight, bias, None, None, training, momentum, eps)


def _batch_norm_at_rest(
    x: Any, weight: Any, bias: Any, average: Any, variance: Any, momentum: float, eps: float
) -> Any:
    return _batch_norm(x, weight, bias, average, variance, False, momentum, eps)


def _batch_norm_training(
    x: Any, weight: Any, bias: Any, average: Any, variance: Any, momentum: float, eps: float
) -> Any:
    return _batch_norm(x, weight, bias, average, variance, True, momentum, eps)


def _rms_norm(x: Any, shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    eps = float(np.finfo(plain(x).dtype).eps) if eps is None else eps
    size = mean(square(x), tuple(range(-len(shape), 0)), keepdims=True)
    inverse = power(size + eps, -0.5)
    found = x * inverse
    return (found if weight is None else found * weight), None


# Attention ---------------------------------------------------------------------------------------


def _attention(
    q: Any, k: Any, v: Any, dropout: float, is_causal: bool, mask: Any, scale: float | None
) -> Any:
    if dropout:
        raise NoRule("attention with dropout draws its mask inside")
    if k.shape[-3:-2] != q.shape[-3:-2]:
        raise NoRule("attention in which several queries share a key")
    found = scaled_dot_product_attention(q, k, v, mask=mask, is_causal=is_causal, scale=scale)
    return found, None


def _flash_attention(
    q: Any, k: Any, v: Any, dropout_p: float = 0.0, is_causal: bool = False, *,
    attn_mask: Any = None, scale: float | None = None,
) -> Any:  # fmt: skip
    return _attention(q, k, v, dropout_p, is_causal, attn_mask, scale)


def _efficient_attention(
    q: Any, k: Any, v: Any, attn_bias: Any, log_sumexp: bool, dropout_p: float = 0.0,
    is_causal: bool = False, *, scale: float | None = None,
) -> Any:  # fmt: skip
    return _attention(q, k, v, dropout_p, is_causal, attn_bias, scale)


# Resizing: along each axis a matrix, or a choice of elements ------------------------------------


def _places(size: int, out: int, corners: bool, scale: float | None) -> Any:
    """Return where the results' elements are among those of the operand."""
    if corners:
        return np.arange(out) * ((size - 1) / (out - 1) if out > 1 else 0.0)
    return (np.arange(out) + 0.5) * (1 / scale if scale else size / out) - 0.5


def _linear_matrix(size: int, out: int, corners: bool, scale: float | None) -> Any:
    at = np.maximum(_places(size, out, corners, scale), 0.0)
    start = np.minimum(at.astype(int), size - 1)
    matrix = np.zeros((out, size))
    np.add.at(matrix, (np.arange(out), start), 1 - (at - start))
    np.add.at(matrix, (np.arange(out), np.minimum(start + 1, size - 1)), at - start)
    return matrix


def _cubic_matrix(size: int, out: int, corners: bool, scale: float | None) -> Any:
    """Weights of the four neighbours, by the cubic with a = −0.75 (Keys 1981)."""
    at = _places(size, out, corners, scale)
    start = np.floor(at).astype(int)
    matrix = np.zeros((out, size))
    for k in range(-1, 3):
        d = np.abs(at - start - k)
        near = (1.25 * d - 2.25) * d * d + 1
        far = ((-0.75 * d + 3.75) * d - 6) * d + 3
        places = np.clip(start + k, 0, size - 1)
        np.add.at(matrix, (np.arange(out), places), np.where(d <= 1, near, far))
    return matrix


def _resized(matrix: Any) -> Rule:
    def rule(x: Any, size: Any, align_corners: bool, *scales: Any) -> Any:
        scales = scales if len(scales) == len(size) else (None,) * len(size)
        lengths = x.shape[-len(size) :]
        settings = zip(lengths, size, scales, strict=True)
        return by_matrices(x, [matrix(n, out, align_corners, by) for n, out, by in settings])

    return rule


def _nearest(middle: float) -> Rule:
    def rule(x: Any, size: Any, *scales: Any) -> Any:
        scales = scales if len(scales) == len(size) else (None,) * len(size)
        for k, (out, scale) in enumerate(zip(size, scales, strict=True)):
            axis = k - len(size)
            n = x.shape[axis]
            step = np.float32(1 / scale if scale else n / out)  # as torch counts
            at = np.floor((np.arange(out) + middle) * step).astype(int)
            x = getitem(x, along(axis, x.ndim, np.minimum(at, n - 1)))
        return x

    return rule


RULES: dict[str, Rule] = {
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    "native_batch_norm": _batch_norm,
    "_native_batch_norm_legit": _batch_norm,
    "_native_batch_norm_legit.no_stats": _batch_norm_alone,
    "_native_batch_norm_legit_no_training": _batch_norm_at_rest,
    "_batch_norm_with_update": _batch_norm_training,
    "_fused_rms_norm": _rms_norm,
    "_scaled_dot_product_flash_attention_for_cpu": _flash_attention,
    "_scaled_dot_product_flash_attention": _flash_attention,
    "_scaled_dot_product_efficient_attention": _efficient_attention,
    "upsample_linear1d": _resized(_linear_matrix),
    "upsample_bilinear2d": _resized(_linear_matrix),
    "upsample_trilinear3d": _resized(_linear_matrix),
    "upsample_bicubic2d": _resized(_cubic_matrix),
    **{f"upsample_nearest{d}d": _nearest(0.0) for d in (1, 2, 3)},
    **{f"_upsample_nearest_exact{d}d": _nearest(0.5) for d in (1, 2, 3)},
}
