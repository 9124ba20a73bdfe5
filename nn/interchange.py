"""Doors to other tools: weights as safetensors, a model's computation as ONNX.

A checkpoint of a training run, which holds more than weights, is in ``checkpoint.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor
from autograd.graph import topological_order
from autograd.node import Node, raw
from autograd.registry import get
from nn.module import Module, evaluating

__all__ = ["load_weights", "save_weights", "to_onnx"]

Translation = Callable[..., str]

_OPSET = 20  # of 2023: the first with Gelu


def save_weights(model: Module, path: str | os.PathLike[str]) -> Path:
    """Write a model's ``state_dict`` as a safetensors file, which other libraries read.

    Parameters
    ----------
    model : Module
        Its parameters and constants are written under their names.
    path : str or path
        The file, by convention ``….safetensors``.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ImportError
        If safetensors isn't installed.
    TypeError
        If the model has numbers that aren't NumPy's, such as Fractions.
    OSError
        If the file can't be written.

    Examples
    --------
    >>> import nn, tempfile, pathlib
    >>> model, other = nn.MLP([2, 3, 1], seed=0), nn.MLP([2, 3, 1], seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = save_weights(model, pathlib.Path(folder) / "mlp.safetensors")
    ...     load_weights(other, file)
    >>> bool((other.layers[0].weight.data == model.layers[0].weight.data).all())
    True
    """
    file = Path(path)
    state = _checked(model).state_dict()
    strange = {str(array.dtype) for array in state.values() if array.dtype.kind not in "fiub"}
    if strange:
        raise TypeError(f"safetensors holds real numbers of NumPy's dtypes, got {strange}")
    library = _safetensors()
    arrays = {name: np.ascontiguousarray(array) for name, array in state.items()}
    try:
        library.numpy.save_file(arrays, os.fspath(file))
    except library.SafetensorError as error:
        raise OSError(f"{os.fspath(file)!r} can't be written: {error}") from error
    return file


def load_weights(model: Module, path: str | os.PathLike[str]) -> None:
    """Load into a model what ``save_weights``, or another library, wrote.

    Raises
    ------
    ImportError
        If safetensors isn't installed.
    ValueError
        If the file is no safetensors file, or its names and shapes aren't the model's: nothing is
        changed then.
    """
    library = _safetensors()
    try:
        state = library.numpy.load_file(os.fspath(path))
    except library.SafetensorError as error:
        raise ValueError(f"{os.fspath(path)!r} is no sound safetensors file: {error}") from error
    model.load_state_dict(state)


def _safetensors() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "weights are written by safetensors: pip install 'glassgrad[safetensors]'"
        ) from None
    return safetensors


def to_onnx(model: Module, x: npt.ArrayLike) -> Any:
    """Return a model's computation as an ONNX model, for any runtime that reads those.

    What is translated is the graph that ``model(x)`` records in evaluation mode. It is recorded
    for ``x`` and for twice as many examples, and what the two have in common holds for any number.

    Parameters
    ----------
    model : Module
        A model on tensors.
    x : array_like, shape (batch, …)
        Example inputs: their shape but for the first axis becomes the input's.

    Returns
    -------
    onnx.ModelProto
        With one input ``x``, one output ``y``, and the parameters under their names. Write it by
        ``onnx.save(…, "model.onnx")``. Weights keep their dtype, which the input gets too; but
        ONNX has the settings of ``leaky_relu``, ``elu`` and ``selu`` as float32. Some runtimes
        know some activations in float32 only: for those, load the weights into a float32 model.

    Raises
    ------
    ImportError
        If onnx isn't installed.
    TypeError
        If the model isn't one on tensors.
    ValueError
        If an operation has no translation (as indexing and ``where`` haven't), what is computed
        depends on the number of examples, or ONNX refuses it, such as for weights of two dtypes.

    Examples
    --------
    >>> import nn
    >>> import numpy as np
    >>> from onnx.reference import ReferenceEvaluator
    >>> model = nn.MLP([2, 3, 1], activation="tanh", seed=0)
    >>> x = np.array([[0.5, -1.0], [2.0, 0.0], [1.0, 1.0]])
    >>> (y,) = ReferenceEvaluator(to_onnx(model, x[:1])).run(None, {"x": x})
    >>> bool(np.allclose(y, model(x).data, rtol=1e-14))
    True
    """
    try:
        import onnx
    except ImportError:
        raise ImportError("ONNX models need onnx: pip install 'glassgrad[onnx]'") from None
    numbers = _batch(_checked(model), x)
    with evaluating(model):
        graphs = [_record(model, batch) for batch in (numbers, np.concatenate([numbers, numbers]))]
    (given, y, nodes), (_, _, doubled) = graphs
    if [node.op for node in nodes] != [node.op for node in doubled]:
        raise ValueError("what the model computes depends on the number of examples")
    names = {id(leaf): _free(name) for name, leaf in model.named_parameters()}
    graph = _Graph(names | {id(given): "x"}, numbers.dtype)
    for node, twice in zip(nodes, doubled, strict=True):
        graph.add(node, twice)
    graph.emit("Identity", graph.operand(y), name="y")
    kind = onnx.helper.np_dtype_to_tensor_dtype(numbers.dtype)
    sizes = ["batch", *numbers.shape[1:]]
    describe = onnx.helper.make_tensor_value_info
    made = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.made,
            type(model).__name__,
            [describe("x", kind, sizes)],
            [describe("y", kind, [None] * y.ndim)],
            graph.constants,
        ),
        producer_name="glassgrad",
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
        ir_version=10,
    )
    try:
        onnx.checker.check_model(made, full_check=True)
    except onnx.shape_inference.InferenceError as error:
        raise ValueError(f"ONNX refuses what the model computes: {error}") from error
    return made


def _checked(model: object) -> Module:
    if not isinstance(model, Module):
        raise TypeError(f"expected a nn.Module, got {model!r}")
    return model


def _batch(model: Module, x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return examples as an array of the dtype of the model's parameters."""
    numbers = np.asarray(x)
    if not numbers.ndim or not len(numbers):
        raise ValueError(f"x is a batch of examples, at least one: got shape {numbers.shape}")
    dtypes = [leaf.data.dtype for leaf in model.parameters() if isinstance(leaf, Tensor)]
    if not dtypes and numbers.dtype.kind == "f":
        return numbers
    return numbers.astype(np.result_type(*dtypes) if dtypes else float)


def _free(name: str) -> str:
    """Return a parameter's name, changed if the input or the output has it."""
    return f"{name}_" if name in ("x", "y") else name


def _record(model: Module, batch: npt.NDArray[Any]) -> tuple[Tensor, Tensor, list[Node]]:
    """Return the input, the output and the graph of a batch."""
    x = Tensor(batch)
    y = model(x)
    if not isinstance(y, Tensor):
        raise TypeError(
            f"only a model on tensors becomes ONNX: this {type(model).__name__} returned "
            f"a {type(y).__name__}"
        )
    return x, y, list(topological_order(y))


@dataclass
class _Graph:
    """An ONNX graph that is being written: the names of what is there, and its parts."""

    names: dict[int, str]
    dtype: np.dtype[Any]
    made: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(self, node: Node, twice: Node) -> None:
        """Write a node, of which ``twice`` is the same for twice as many examples."""
        if node.op is None:
            return
        translation = _TRANSLATIONS.get(node.op.name)
        if translation is None:
            raise ValueError(
                f"{node.op.name} (in {node.region or 'the model'}) has no translation to ONNX; "
                f"these have: {', '.join(sorted(_TRANSLATIONS))}"
            )
        settings = node.op.settings | (node.params or {})
        if (node.params or {}) != (twice.params or {}):
            settings["shape"] = _any_batch(node, twice)
        for one, two in zip(node.parents, twice.parents, strict=True):
            if one.op is None and self.names.get(id(one)) != "x":
                _check_same(node, raw(one), raw(two))
        operands = [self.operand(parent) for parent in node.parents]
        self.names[id(node)] = translation(self, node, settings, *operands)

    def emit(self, kind: str, *operands: str, name: str = "", **attributes: Any) -> str:
        """Write one operation of ONNX; return the name of its result."""
        import onnx

        name = name or f"{kind}:{len(self.made)}"  # no parameter's name has a colon
        self.made.append(onnx.helper.make_node(kind, operands, [name], **attributes))
        return name

    def constant(self, value: Any, dtype: Any = None, name: str = "") -> str:
        """Write a constant; return its name."""
        import onnx

        name = name or f"constant:{len(self.constants)}"
        array = np.asarray(value, dtype=dtype or self.dtype)
        self.constants.append(onnx.numpy_helper.from_array(array, name))
        return name

    def operand(self, node: Node) -> str:
        """Return the name of a node; write it first, if it is a leaf that isn't there yet."""
        name = self.names.get(id(node), "")
        if node.op is None and name != "x" and name not in {each.name for each in self.constants}:
            dtype = node.data.dtype if isinstance(node, Tensor) else self.dtype
            name = self.names[id(node)] = self.constant(raw(node), dtype, name)
        return name


def _check_same(node: Node, one: Any, two: Any) -> None:
    """Raise ValueError for a constant that isn't the same for twice as many examples."""
    if not np.array_equal(one, two, equal_nan=True):
        raise ValueError(
            f"{node.op} (in {node.region or 'the model'}) takes a constant that depends on the "
            f"number of examples: {one} for one batch, {two} for twice as many"
        )


def _any_batch(node: Node, twice: Node) -> tuple[int, ...]:
    """Return the shape of a reshape with its first axis left open."""
    one, two = ((graph.params or {}).get("shape", ()) for graph in (node, twice))
    if node.op is get("reshape") and one[1:] == two[1:] and 2 * one[0] == two[0]:
        return (-1, *one[1:])
    raise ValueError(
        f"{node.op} (in {node.region or 'the model'}) depends on the number of examples: "
        f"{node.params} for one batch, {twice.params} for twice as many"
    )


def _same(kind: str) -> Translation:
    return lambda graph, node, settings, *operands: graph.emit(kind, *operands)


def _with(kind: str, **attributes: str) -> Translation:
    """Translate an op whose settings are attributes in ONNX: its name for each of ours."""

    def translate(graph: _Graph, node: Node, settings: dict[str, Any], *operands: str) -> str:
        given = {theirs: settings[ours] for ours, theirs in attributes.items()}
        return graph.emit(kind, *operands, **given)

    return translate


def _reduction(kind: str) -> Translation:
    def translate(graph: _Graph, node: Node, settings: dict[str, Any], x: str) -> str:
        axis = settings["axis"]
        axes = () if axis is None else (graph.constant(np.atleast_1d(axis), np.int64),)
        return graph.emit(kind, x, *axes, keepdims=int(settings["keepdims"]))

    return translate


def _clip(graph: _Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    return graph.emit("Clip", x, graph.constant(settings["lo"]), graph.constant(settings["hi"]))


def _affine(graph: _Graph, node: Node, settings: dict[str, Any], *operands: str) -> str:
    if np.ndim(raw(node.parents[0])) == 2:
        return graph.emit("Gemm", *operands, transB=1)
    x, weight, *bias = operands
    product = graph.emit("MatMul", x, graph.emit("Transpose", weight))
    return graph.emit("Add", product, *bias) if bias else product


def _softplus(graph: _Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    if settings["beta"] == 1:
        return graph.emit("Softplus", x)
    beta = graph.constant(settings["beta"])
    return graph.emit("Div", graph.emit("Softplus", graph.emit("Mul", x, beta)), beta)


def _threshold(graph: _Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    above = graph.emit("Greater", x, graph.constant(settings["at"]))
    return graph.emit("Where", above, x, graph.constant(settings["value"]))


def _celu(graph: _Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    """Translate it by Elu: ONNX has a Celu of float32 alone."""
    alpha = graph.constant(settings["alpha"])
    return graph.emit("Mul", graph.emit("Elu", graph.emit("Div", x, alpha)), alpha)


def _heaviside(graph: _Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    zero, one = graph.constant(0), graph.constant(1)
    below = graph.emit("Less", x, zero)
    at_most = graph.emit("Where", below, zero, graph.constant(settings["at_zero"]))
    return graph.emit("Where", graph.emit("Greater", x, zero), one, at_most)


def _transpose(graph: _Graph, node: Node, settings: dict[str, Any], x: str) -> str:
    axes = settings["axes"]
    return graph.emit("Transpose", x, perm=list(axes)) if axes else graph.emit("Transpose", x)


_TRANSLATIONS: dict[str, Translation] = {
    **{name: _same(name.capitalize()) for name in (
        "add", "sub", "mul", "div", "neg", "abs", "sign", "exp", "log", "sqrt", "reciprocal",
        "floor", "ceil", "round", "pow", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
        "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "relu", "sigmoid", "softsign", "mish",
        "identity",
    )},
    "matmul": _same("MatMul"),
    "maximum": _same("Max"),
    "minimum": _same("Min"),
    "square": lambda graph, node, settings, x: graph.emit("Mul", x, x),
    "silu": lambda graph, node, settings, x: graph.emit("Mul", x, graph.emit("Sigmoid", x)),
    "logsigmoid": lambda graph, node, settings, x: graph.emit(
        "Neg", graph.emit("Softplus", graph.emit("Neg", x))
    ),
    "power": lambda graph, node, settings, x: graph.emit(
        "Pow", x, graph.constant(settings["exponent"])
    ),
    "leaky_relu": _with("LeakyRelu", slope="alpha"),
    "elu": _with("Elu", alpha="alpha"),
    "celu": _celu,
    "heaviside": _heaviside,
    "gelu": _with("Gelu", approximate="approximate"),
    "selu": _with("Selu"),
    "softmax": _with("Softmax", axis="axis"),
    "log_softmax": _with("LogSoftmax", axis="axis"),
    "concatenate": _with("Concat", axis="axis"),
    "softplus": _softplus,
    "threshold": _threshold,
    "clip": _clip,
    "hardtanh": _clip,
    "affine": _affine,
    "transpose": _transpose,
    "reshape": lambda graph, node, settings, x: graph.emit(
        "Reshape", x, graph.constant(settings["shape"], np.int64)
    ),
    "sum": _reduction("ReduceSum"),
    "mean": _reduction("ReduceMean"),
    "max": _reduction("ReduceMax"),
    "min": _reduction("ReduceMin"),
    "prod": _reduction("ReduceProd"),
    "logsumexp": _reduction("ReduceLogSumExp"),
}  # fmt: skip
