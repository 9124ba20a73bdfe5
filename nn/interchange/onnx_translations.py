"""Translations of ops to ONNX: to add one, add a row to the table at the end of this file.

Not in it is what ONNX hasn't (``atan2``, ``cbrt``, ``mod``), or has only with a loss of accuracy
(``log1p`` and ``expm1`` near 0, ``erfc`` and ``normal_cdf`` far from it), or only for an axis of
known length (``sort``, ``repeat``, ``roll``), or by many operations of its own (``set_at``,
``diagonal``, ``logaddexp``, ``sinc``); and what only scalars, gradients and losses use.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from string import ascii_letters
from typing import Any

import numpy as np

from autograd.extend import Node, raw
from nn.interchange.onnx_graph import Graph, untranslated
from nn.interchange.onnx_indexing import cut, getitem
from nn.interchange.onnx_layers import LAYERS
from nn.interchange.onnx_names import EXTREMES, REDUCTIONS, SAME, WITH

Translation = Callable[..., str]
"""Writes a node into a graph, given its settings and the names of its operands."""


def _same(kind: str) -> Translation:
    return lambda graph, node, settings, *operands: graph.emit(kind, *operands)


def _with(kind: str, **attributes: str) -> Translation:
    """Translate an op whose settings are attributes in ONNX: its name for each of ours."""

    def translate(graph: Graph, node: Node, settings: dict[str, Any], *operands: str) -> str:
        given = {theirs: settings[ours] for ours, theirs in attributes.items()}
        return graph.emit(kind, *operands, **given)

    return translate


def _by(kind: str, setting: str, dtype: Any = None, **attributes: int) -> Translation:
    """Translate an op with a setting that is an operand in ONNX."""
    return lambda graph, node, settings, x: graph.emit(
        kind, x, graph.constant(settings[setting], dtype), **attributes
    )


def _reduction(kind: str) -> Translation:
    def translate(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
        axes = _axes(graph, node, settings)
        return graph.emit(kind, x, *axes, keepdims=int(settings["keepdims"]))

    return translate


def _axes(graph: Graph, node: Node, settings: dict[str, Any]) -> tuple[str, ...]:
    """Return the operand that says the axes; none says all."""
    if settings["axis"] is None:
        return ()
    if settings["axis"] == ():
        raise untranslated(node, "over no axes")
    return (graph.constant(np.atleast_1d(settings["axis"]), np.int64),)


def _variance(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    if settings["ddof"]:
        raise untranslated(node, f"with ddof = {settings['ddof']}, only with 0")
    mean = graph.emit("ReduceMean", x, *_axes(graph, node, settings), keepdims=1)
    deviation = graph.emit("Sub", x, mean)
    square = graph.emit("Mul", deviation, deviation)
    return _reduction("ReduceMean")(graph, node, settings, square)


def _norm(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    kinds = {1: "ReduceL1", 2: "ReduceL2", math.inf: "ReduceMax", -math.inf: "ReduceMin"}
    kind = kinds.get(settings["ord"])
    if kind is None:
        raise untranslated(node, f"with ord = {settings['ord']}, only with 1, 2, inf and -inf")
    return _reduction(kind)(graph, node, settings, graph.emit("Abs", x))


def _log_softmax(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    if isinstance(settings["axis"], int):
        return graph.emit("LogSoftmax", x, axis=settings["axis"])
    axes = _axes(graph, node, settings)
    return graph.emit("Sub", x, graph.emit("ReduceLogSumExp", x, *axes, keepdims=1))


def _softmax(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    if isinstance(settings["axis"], int):
        return graph.emit("Softmax", x, axis=settings["axis"])
    return graph.emit("Exp", _log_softmax(graph, node, settings, x))


def _clip(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    return graph.emit("Clip", x, graph.constant(settings["lo"]), graph.constant(settings["hi"]))


def _affine(graph: Graph, node: Node, settings: dict[str, Any], *operands: str) -> str:
    if np.ndim(raw(node.parents[0])) == 2:
        return graph.emit("Gemm", *operands, transB=1)
    x, weight, *bias = operands
    product = graph.emit("MatMul", x, graph.emit("Transpose", weight))
    return graph.emit("Add", product, *bias) if bias else product


def _softplus(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    if settings["beta"] == 1:
        return graph.emit("Softplus", x)
    beta = graph.constant(settings["beta"])
    return graph.emit("Div", graph.emit("Softplus", graph.emit("Mul", x, beta)), beta)


def _threshold(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    above = graph.emit("Greater", x, graph.constant(settings["at"]))
    return graph.emit("Where", above, x, graph.constant(settings["value"]))


def _celu(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    """Translate it by Elu: ONNX has a Celu of float32 alone."""
    alpha = graph.constant(settings["alpha"])
    return graph.emit("Mul", graph.emit("Elu", graph.emit("Div", x, alpha)), alpha)


def _heaviside(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    zero, one = graph.constant(0), graph.constant(1)
    below = graph.emit("Less", x, zero)
    at_most = graph.emit("Where", below, zero, graph.constant(settings["at_zero"]))
    return graph.emit("Where", graph.emit("Greater", x, zero), one, at_most)


def _transpose(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    axes = settings["axes"]
    return graph.emit("Transpose", x, perm=list(axes)) if axes else graph.emit("Transpose", x)


def _flip(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    axis = settings["axis"]
    axes = range(raw(node).ndim) if axis is None else np.atleast_1d(axis).tolist()
    return cut(graph, x, {each: slice(None, None, -1) for each in axes})


def _stack(graph: Graph, node: Node, settings: dict[str, Any], *operands: str) -> str:
    axis = graph.constant([settings["axis"]], np.int64)
    rows = [graph.emit("Unsqueeze", each, axis) for each in operands]
    return graph.emit("Concat", *rows, axis=settings["axis"])


def _tile(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    more = raw(node).ndim - raw(node.parents[0]).ndim
    if more:
        x = graph.emit("Unsqueeze", x, graph.constant(range(more), np.int64))
    times = (1,) * (raw(node).ndim - len(settings["reps"])) + settings["reps"]
    return graph.emit("Tile", x, graph.constant(times, np.int64))


def _pad(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    if np.ndim(settings["constant_values"]):
        raise untranslated(node, "with several constants: pad once for each")
    before_and_after = graph.constant(np.transpose(settings["pad_width"]).ravel(), np.int64)
    return graph.emit("Pad", x, before_and_after, graph.constant(settings["constant_values"]))


def _tensordot(graph: Graph, node: Node, settings: dict[str, Any], x: str, y: str) -> str:
    first, second = (raw(parent).ndim for parent in node.parents)
    of_x, of_y = list(ascii_letters[:first]), list(ascii_letters[first : first + second])
    for k, j in zip(*settings["axes"], strict=True):
        of_y[j] = of_x[k]
    free = [each for each in of_x + of_y if (of_x + of_y).count(each) == 1]
    terms = f"{''.join(of_x)},{''.join(of_y)}->{''.join(free)}"
    return graph.emit("Einsum", x, y, equation=terms)


def _to_shape(kind: str) -> Translation:
    return lambda graph, node, settings, x: graph.emit(
        kind, x, graph.constant(np.atleast_1d(settings["shape"]), np.int64)
    )


def _astype(graph: Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    import onnx

    dtype = graph.precision or np.dtype(settings["dtype"])
    kind = onnx.helper.np_dtype_to_tensor_dtype(dtype)
    return graph.emit("Cast", x, to=kind)


def _logarithm(base: float) -> Translation:
    return lambda graph, node, settings, x: graph.emit(
        "Div", graph.emit("Log", x), graph.constant(math.log(base))
    )


TRANSLATIONS: dict[str, Translation] = {
    **LAYERS,
    **{ours: _same(theirs) for ours, theirs in (SAME | EXTREMES).items()},
    **{ours: _with(theirs, **settings) for ours, (theirs, settings) in WITH.items()},
    **{ours: _reduction(theirs) for ours, theirs in REDUCTIONS.items()},
    "matmul": _same("MatMul"),
    "square": lambda graph, node, settings, x: graph.emit("Mul", x, x),
    "silu": lambda graph, node, settings, x: graph.emit("Mul", x, graph.emit("Sigmoid", x)),
    "logsigmoid": lambda graph, node, settings, x: graph.emit(
        "Neg", graph.emit("Softplus", graph.emit("Neg", x))
    ),
    "power": _by("Pow", "exponent"),
    "celu": _celu,
    "heaviside": _heaviside,
    "selu": _with("Selu"),
    "exp2": lambda graph, node, settings, x: graph.emit("Pow", graph.constant(2), x),
    "log2": _logarithm(2),
    "log10": _logarithm(10),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "concatenate": _with("Concat", axis="axis"),
    "stack": _stack,
    "einsum": _with("Einsum", subscripts="equation"),
    "tensordot": _tensordot,
    "softplus": _softplus,
    "threshold": _threshold,
    "clip": _clip,
    "hardtanh": _clip,
    "affine": _affine,
    "transpose": _transpose,
    "getitem": getitem,
    "flip": _flip,
    "tile": _tile,
    "pad": _pad,
    "tril": _by("Trilu", "k", np.int64, upper=0),
    "triu": _by("Trilu", "k", np.int64, upper=1),
    "where": lambda graph, node, settings, x, y: graph.emit(
        "Where", graph.constant(settings["condition"], bool), x, y
    ),
    "copy": _same("Identity"),
    "astype": _astype,
    "reshape": _to_shape("Reshape"),
    "broadcast_to": _to_shape("Expand"),
    "cumsum": _by("CumSum", "axis", np.int64),
    "norm": _norm,
    "var": _variance,
    "std": lambda graph, node, settings, x: graph.emit(
        "Sqrt", _variance(graph, node, settings, x)
    ),
}  # fmt: skip
