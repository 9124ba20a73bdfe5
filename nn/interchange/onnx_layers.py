"""Translations to ONNX of the ops of layers: convolutions, pools, normalisation, embedding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.extend import Node, raw
from nn.interchange.onnx_graph import Graph, untranslated
from nn.interchange.onnx_indexing import cut


def _each(setting: Any, count: int) -> list[Any]:
    return list(setting) if isinstance(setting, tuple) else [setting] * count


def _windows(node: Node, settings: dict[str, Any], count: int) -> dict[str, Any]:
    """Return ONNX's attributes of windows over ``count`` axes."""
    if raw(node.parents[0]).ndim != count + 2:
        raise untranslated(
            node,
            f"of an input of shape {raw(node.parents[0]).shape}: it takes (examples, channels, "
            f"*spatial), here with {count} spatial axes",
        )
    pairs = [p if isinstance(p, tuple) else (p, p) for p in _each(settings["padding"], count)]
    found: dict[str, Any] = {
        "strides": _each(settings["stride"], count),
        "pads": [before for before, _ in pairs] + [after for _, after in pairs],
    }
    if "dilation" in settings:
        found["dilations"] = _each(settings["dilation"], count)
    return found


def _conv(graph: Graph, node: Node, settings: dict[str, Any], *operands: str) -> str:
    count = raw(node.parents[1]).ndim - 2
    windows = _windows(node, settings, count)
    return graph.emit("Conv", *operands, group=settings["groups"], **windows)


def _conv_transpose(graph: Graph, node: Node, settings: dict[str, Any], x: str, w: str) -> str:
    given, kernel = raw(node.parents[0]).shape[2:], raw(node.parents[1]).shape[2:]
    windows = _windows(node, settings, len(kernel))
    before, after = np.split(np.array(windows["pads"]), 2)
    reach = np.array(windows["dilations"]) * (np.array(kernel) - 1) + 1
    plain = (np.array(given) - 1) * windows["strides"] - before - after + reach
    more = (np.array(settings["shape"]) - plain).tolist()
    return graph.emit(
        "ConvTranspose", x, w, group=settings["groups"], output_padding=more, **windows
    )


def _pool(graph: Graph, kind: str, node: Node, settings: dict[str, Any], x: str) -> str:
    kernel = settings["kernel"]
    settings = settings | {"stride": settings["stride"] or kernel}
    attributes = _windows(node, settings, len(kernel))
    if settings.get("count_include_pad"):
        attributes["count_include_pad"] = 1
    return graph.emit(
        kind,
        x,
        kernel_shape=list(kernel),
        ceil_mode=int(settings["ceil_mode"]),
        **attributes,
    )


def _max_pool(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    return _pool(graph, "MaxPool", node, settings, x)


def _avg_pool(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    if settings["divisor"] is not None:
        raise untranslated(node, "with a divisor of its own")
    return _pool(graph, "AveragePool", node, settings, x)


def _standardize(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    """Translate it by its parts: ONNX's own LayerNormalization computes in float32.

    Of float16 the engine computes in float32.
    """
    import onnx

    precision = graph.precision
    if (precision or graph.dtype) != np.float16:
        return _standardized(graph, node, settings, x)
    graph.dtype, graph.precision = np.dtype(np.float32), None
    x = graph.emit("Cast", x, to=onnx.TensorProto.FLOAT)
    z = _standardized(graph, node, settings, x)
    graph.precision = precision
    return graph.emit("Cast", z, to=onnx.TensorProto.FLOAT16)


def _standardized(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    ahead = _mean_less(graph, node, x, settings["axis"])
    axes = graph.constant(np.atleast_1d(settings["axis"]), np.int64)
    variance = graph.emit("ReduceMean", graph.emit("Mul", ahead, ahead), axes, keepdims=1)
    root = graph.emit("Sqrt", graph.emit("Add", variance, graph.constant(settings["eps"])))
    return graph.emit("Div", ahead, root)


def _mean_less(graph: Graph, node: Node, x: str, axis: Any) -> str:
    """Write x less its mean as the engine computes it, from x less its first element."""
    places = {each % raw(node).ndim: slice(0, 1) for each in np.atleast_1d(axis).tolist()}
    ahead = graph.emit("Sub", x, cut(graph, x, places))
    axes = graph.constant(sorted(places), np.int64)
    return graph.emit("Sub", ahead, graph.emit("ReduceMean", ahead, axes, keepdims=1))


def _embedding(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    return graph.emit("Gather", x, graph.constant(settings["indices"], np.int64))


LAYERS: dict[str, Callable[..., str]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "standardize": _standardize,
    "embedding": _embedding,
}
