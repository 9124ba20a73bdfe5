"""ONNX's operators that are layers: convolutions, pools, normalisations, attention."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import autograd
from autograd.extend import raw
from nn.interchange.onnx_import_elementwise import Row
from nn.interchange.onnx_import_shapes import shaped
from nn.interchange.onnx_import_step import Step, axis_of, room

# Windows ------------------------------------------------------------------------------------------


def _windows(step: Step, x: Any, kernel: Any) -> dict[str, Any]:
    """Return the settings of windows in our terms, for each axis."""
    said = step.attributes
    lengths, count = raw(x).shape[2:], len(kernel)
    if len(lengths) != count:
        raise ValueError(f"windows of shape {tuple(kernel)} don't go over shape {raw(x).shape}")
    stride = tuple(said.get("strides") or [1] * count)
    dilation = tuple(said.get("dilations") or [1] * count)
    if len(stride) != count or len(dilation) != count or min(*stride, *dilation, *kernel) < 1:
        raise ValueError(
            f"strides {stride} and dilations {dilation} must be {count} positive numbers"
        )
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = _padding(step, lengths, reach, stride)
    room([n + a + b for n, (a, b) in zip(lengths, padding, strict=True)])
    return {"stride": stride, "padding": padding, "dilation": dilation}


def _padding(step: Step, lengths: Any, reach: Any, stride: Any) -> tuple[tuple[int, int], ...]:
    """Return how much is put before and after each axis: said, or so that windows cover it all."""
    auto = step.attributes["auto_pad"]
    if auto in ("NOTSET", ""):
        pads = step.attributes.get("pads") or [0] * (2 * len(lengths))
        if len(pads) != 2 * len(lengths) or min(pads) < 0:
            raise ValueError(f"pads {pads} must be {2 * len(lengths)} numbers of at least 0")
        return tuple(zip(pads[: len(lengths)], pads[len(lengths) :], strict=True))
    if auto == "VALID":
        return ((0, 0),) * len(lengths)
    if auto not in ("SAME_UPPER", "SAME_LOWER"):
        raise ValueError(f"an auto_pad {auto!r} isn't read")
    missing = [
        max((-(-n // s) - 1) * s + r - n, 0) for n, r, s in zip(lengths, reach, stride, strict=True)
    ]
    less, more = [m // 2 for m in missing], [m - m // 2 for m in missing]
    return tuple(
        zip(less, more, strict=True) if auto == "SAME_UPPER" else zip(more, less, strict=True)
    )


def _conv(step: Step, x: Any, weight: Any, bias: Any = None) -> Any:
    settings = _windows(step, x, raw(weight).shape[2:])
    return autograd.conv(x, weight, bias, groups=step.attributes["group"], **settings)


def _conv_transpose(step: Step, x: Any, weight: Any, bias: Any = None) -> Any:
    said, kernel, lengths = step.attributes, raw(weight).shape[2:], raw(x).shape[2:]
    count = len(kernel)
    stride = said.get("strides") or [1] * count
    dilation = said.get("dilations") or [1] * count
    more = said.get("output_padding") or [0] * count
    whole = [
        s * (n - 1) + d * (k - 1) + 1 + e
        for n, k, s, d, e in zip(lengths, kernel, stride, dilation, more, strict=True)
    ]
    room((*raw(x).shape[:1], *whole))
    auto, shape = said["auto_pad"], said.get("output_shape")
    if shape is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        shape = [n * s for n, s in zip(lengths, stride, strict=True)]
    if shape is None:
        padding = _padding(step, lengths, kernel, stride)
    else:
        gone = [n - wanted for n, wanted in zip(whole, shape[-count:], strict=True)]
        more = [e + max(-g, 0) for e, g in zip(more, gone, strict=True)]
        gone = [max(g, 0) for g in gone]
        halves = [(g // 2, g - g // 2) for g in gone]
        padding = tuple(pair if auto == "SAME_UPPER" else pair[::-1] for pair in halves)
    return autograd.conv_transpose(
        x,
        weight,
        bias,
        stride=tuple(stride),
        padding=padding,
        output_padding=tuple(more),
        dilation=tuple(dilation),
        groups=said["group"],
    )


def _max_pool(step: Step, x: Any) -> Any:
    if len(step.outputs) > 1 and step.outputs[1]:
        raise ValueError("the positions that a MaxPool gives as its second result aren't read")
    kernel = step.attributes["kernel_shape"]
    ceil = bool(step.attributes.get("ceil_mode", 0))
    settings = _windows(step, x, kernel)
    return autograd.max_pool(x, tuple(kernel), ceil_mode=ceil, **settings)


def _average_pool(step: Step, x: Any) -> Any:
    kernel = step.attributes["kernel_shape"]
    settings = _windows(step, x, kernel)
    if any(d != 1 for d in settings.pop("dilation")):
        raise ValueError("an AveragePool with dilations isn't read")
    return autograd.avg_pool(
        x,
        tuple(kernel),
        ceil_mode=bool(step.attributes.get("ceil_mode", 0)),
        count_include_pad=bool(step.attributes["count_include_pad"]),
        **settings,
    )


def _spatial(x: Any) -> tuple[int, ...]:
    return tuple(range(2, raw(x).ndim))


# Normalisations -----------------------------------------------------------------------------------


def _batch_norm(step: Step, x: Any, scale: Any, bias: Any, mean: Any, var: Any) -> Any:
    if step.attributes.get("spatial") == 0:
        raise ValueError("a BatchNormalization of each place alone isn't read: its spatial is 0")
    if step.attributes.get("training_mode") or any(step.outputs[1:]):
        raise ValueError("a BatchNormalization in training isn't read: export the model in eval()")
    eps = step.attributes["epsilon"]
    return autograd.batch_norm(x, scale, bias, mean=mean, var=var, eps=eps)


def _instance_norm(step: Step, x: Any, scale: Any, bias: Any) -> Any:
    return autograd.group_norm(x, raw(x).shape[1], scale, bias, eps=step.attributes["epsilon"])


def _group_norm(step: Step, x: Any, scale: Any, bias: Any) -> Any:
    groups, eps = step.attributes["num_groups"], step.attributes["epsilon"]
    return autograd.group_norm(x, groups, scale, bias, eps=eps)


def _layer_norm(step: Step, x: Any, scale: Any, bias: Any = None) -> Any:
    axis = axis_of(step.attributes["axis"], raw(x).ndim)
    axes, eps = tuple(range(axis, raw(x).ndim)), step.attributes["epsilon"]
    own = raw(x).shape[axis:]
    weight = scale if raw(scale).shape == own else autograd.broadcast_to(scale, own)
    if bias is not None and raw(bias).shape != own:
        bias = autograd.broadcast_to(bias, own)
    y = autograd.layer_norm(x, weight, bias, axis=axes, eps=eps)
    if not any(step.outputs[1:]):
        return y
    mean = autograd.mean(x, axis=axes, keepdims=True)
    variance = autograd.var(x, axis=axes, keepdims=True)
    return y, mean, autograd.reciprocal(autograd.sqrt(variance + eps))


def _rms_norm(step: Step, x: Any, scale: Any) -> Any:
    axis = axis_of(step.attributes["axis"], raw(x).ndim)
    axes = tuple(range(axis, raw(x).ndim))
    square = autograd.mean(x * x, axis=axes, keepdims=True)
    return x / autograd.sqrt(square + step.attributes["epsilon"]) * scale


def _local_response(step: Step, x: Any) -> Any:
    """Divide by the squares of the channels around: Krizhevsky et al. 2012, section 3.3."""
    said, channels = step.attributes, raw(x).shape[1]
    before = (said["size"] - 1) // 2
    widths = [(0, 0)] * raw(x).ndim
    widths[1] = (before, said["size"] - 1 - before)
    room([sum(widths[1]) + channels])
    squares = autograd.pad(x * x, widths)
    total = sum(squares[:, k : k + channels] for k in range(said["size"]))
    return x / (total * (said["alpha"] / said["size"]) + said["bias"]) ** said["beta"]


def _lp_norm(step: Step, x: Any) -> Any:
    axis = axis_of(step.attributes["axis"], raw(x).ndim)
    size = autograd.norm(x, step.attributes["p"], axis, keepdims=True)
    return x / autograd.where(raw(size) == 0, 1.0, size)  # zeros stay zeros


def _mean_variance(step: Step, x: Any) -> Any:
    axes = tuple(step.attributes["axes"])
    deviation = x - autograd.mean(x, axis=axes, keepdims=True)
    return deviation / (autograd.std(x, axis=axes, keepdims=True) + 1e-9)


# Attention ----------------------------------------------------------------------------------------


def _attention(step: Step, q: Any, k: Any, v: Any, mask: Any = None, *past: Any) -> Any:
    """Compute softmax(q·k/√d + mask)·v for each head; a query that sees no key gets zeros."""
    said = step.attributes
    if any(step.outputs[1:]) or any(each is not None for each in past):
        raise ValueError("attention with keys and values of the past isn't read")
    if said["softcap"]:
        raise ValueError("attention with a softcap isn't read")
    flat = raw(q).ndim == 3
    if flat:
        q, k, v = (
            _heads(each, said.get(count) or 0)
            for each, count in ((q, "q_num_heads"), (k, "kv_num_heads"), (v, "kv_num_heads"))
        )
    shared = raw(q).shape[1] // max(raw(k).shape[1], 1)
    if shared > 1:  # heads of q that have one head of k and v
        k, v = (autograd.repeat(each, shared, axis=1) for each in (k, v))
    room((*raw(q).shape[:-1], raw(k).shape[-2]))
    seen = _seen(step, raw(q).shape[-2], raw(k).shape[-2], mask)
    scale = said.get("scale") or 1 / sqrt(raw(q).shape[-1])
    y = autograd.scaled_dot_product_attention(q, k, v, mask=_combined(seen, mask), scale=scale)
    if not seen.any(axis=-1).all():
        y = autograd.where(seen.any(axis=-1, keepdims=True), y, 0.0)
    if not flat:
        return y
    n, heads, length, size = raw(y).shape
    return shaped(autograd.transpose(y, axes=(0, 2, 1, 3)), (n, length, heads * size))


def _seen(step: Step, queries: int, keys: int, mask: Any) -> Any:
    """Return which keys each query sees: by the order in time, a window, and the mask."""
    ahead = np.arange(keys) - np.arange(queries)[:, None]
    seen = ahead <= 0 if step.attributes["is_causal"] else np.ones(ahead.shape, bool)
    left, right = (step.attributes.get(f"{side}_window_size", -1) for side in ("left", "right"))
    seen = seen & ((ahead >= -left) | (left < 0)) & ((ahead <= right) | (right < 0))
    if mask is None:
        return seen
    return seen & (raw(mask) if raw(mask).dtype == bool else ~np.isneginf(raw(mask)))


def _combined(seen: Any, mask: Any) -> Any:
    if mask is None or raw(mask).dtype == bool:
        return None if seen.all() else seen
    return mask if seen.all() else autograd.where(seen, mask, -np.inf)


def _heads(x: Any, count: int) -> Any:
    n, length, size = raw(x).shape
    if count < 1 or size % count:
        raise ValueError(f"{size} numbers aren't {count} heads")
    split = shaped(x, (n, length, count, size // count))
    return autograd.transpose(split, axes=(0, 2, 1, 3))


LAYERS: dict[str, Row] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": lambda step, x: autograd.mean(x, axis=_spatial(x), keepdims=True),
    "GlobalMaxPool": lambda step, x: autograd.max(x, axis=_spatial(x), keepdims=True),
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _rms_norm,
    "LRN": _local_response,
    "LpNormalization": _lp_norm,
    "MeanVarianceNormalization": _mean_variance,
    "Attention": _attention,
}
