"""The export to ONNX: a model's recorded graph, made one that takes any batch size.

How each op is written in ONNX is in ``onnx_translations.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor
from autograd.extend import Node, is_built_in, raw, topological_order, with_article
from nn.interchange.onnx_graph import INPUT, Graph, place
from nn.interchange.onnx_translations import TRANSLATIONS
from nn.interchange.weights import checked
from nn.modules.module import Module, evaluating

__all__ = ["to_onnx"]

_OPSET = 20  # of 2023: the first with Gelu


def to_onnx(model: Module, x: npt.ArrayLike, *, dtype: npt.DTypeLike | None = None) -> Any:
    """Return a model's computation as an ONNX model, for any runtime that reads those.

    What is translated is the graph that ``model(x)`` records in evaluation mode. It is recorded
    for ``x`` and for twice as many examples, and what the two have in common holds for any number.
    What is computed outside the graph, such as the mask of a ``where``, is a constant to ONNX.

    Parameters
    ----------
    model : Module
        A model on tensors.
    x : array_like, shape (batch, …)
        Example inputs: their shape but for the first axis becomes the input's. Integers stay
        integers if the model takes the rows of an embedding by them.
    dtype : dtype, optional
        float16, float32 or float64: the precision of the input, the weights and all that is
        computed. By default it is that of the weights. ONNX Runtime has most activations in
        float32 only.

    Returns
    -------
    onnx.ModelProto
        With one input ``x``, one output ``y``, and the parameters under their names. Write it by
        ``onnx.save(…, "model.onnx")``. ONNX has the settings of ``leaky_relu``, ``elu`` and
        ``selu`` as float32. The names of operations say the part of the model that they are in.

    Raises
    ------
    ImportError
        If onnx isn't installed.
    TypeError
        If the model isn't one on tensors, or ``dtype`` isn't one of those.
    ValueError
        If an operation has no translation (``onnx_translations.py`` says which), what is
        computed depends on the number of examples, such as a mask with a row for each, a number
        is too large for ``dtype``, or ONNX refuses it, such as for weights of two dtypes.

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
    precision = _precision(dtype)
    (given, y, nodes), (_, _, doubled) = _recordings(checked(model), np.asarray(x))
    if [node.op for node in nodes] != [node.op for node in doubled]:
        raise ValueError("what the model computes depends on the number of examples")
    names = {id(leaf): _free(name) for name, leaf in model.named_parameters()}
    graph = Graph(names | {id(given): INPUT}, y.dtype, precision)
    for node, twice in zip(nodes, doubled, strict=True):
        _add(graph, node, twice, given)
    graph.region = ""
    graph.emit("Identity", graph.operand(y), name="y")
    taken = given if given.dtype.kind in "iu" else graph.written(raw(given))
    made = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.made,
            type(model).__name__,
            [_described(INPUT, taken, ["batch", *given.shape[1:]])],
            [_described("y", graph.written(y.data), [None] * y.ndim)],
            [graph.weights[name] for name in names.values() if name in graph.weights],
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


def _precision(dtype: npt.DTypeLike | None) -> np.dtype[Any] | None:
    if dtype is None:
        return None
    try:
        found = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"dtype must be float16, float32 or float64, got {dtype!r}") from None
    if found not in (np.float16, np.float32, np.float64):
        raise TypeError(f"dtype must be float16, float32 or float64, got {found}")
    return found


Recording = tuple[Any, Tensor, list[Node]]


def _recordings(model: Module, x: npt.NDArray[Any]) -> list[Recording]:
    """Return the input, the output and the graph of a batch, and of one that is twice as large."""
    if not x.ndim or not len(x):
        raise ValueError(f"x is a batch of examples, at least one: got shape {x.shape}")
    batches = [x, np.concatenate([x, x])]
    with evaluating(model):
        if x.dtype.kind in "iu":
            found = [_record(model, batch) for batch in batches]
            if any(node.op is not None and node.op.name == "embedding" for node in found[0][2]):
                return found
        return [_record(model, Tensor(_as_weights(model, batch))) for batch in batches]


def _as_weights(model: Module, numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return examples as an array of the dtype of the model's parameters."""
    dtypes = [leaf.data.dtype for leaf in model.parameters() if isinstance(leaf, Tensor)]
    if not dtypes and numbers.dtype.kind == "f":
        return numbers
    return numbers.astype(np.result_type(*dtypes) if dtypes else float)


def _looks_up(node: Node, given: Any) -> bool:
    """Whether a node takes the rows of a table by the integers that the model is given."""
    return (
        not isinstance(given, Node)
        and node.op is not None
        and node.op.name == "embedding"
        and np.array_equal((node.params or {})["indices"], given)
    )


def _free(name: str) -> str:
    """Return a parameter's name, changed if the input or the output has it."""
    return f"{name}_" if name in (INPUT, "y") else name


def _record(model: Module, x: Any) -> Recording:
    """Return the input, the output and the graph of a batch."""
    y = model(x)
    if not isinstance(y, Tensor):
        raise TypeError(
            f"only a model on tensors becomes ONNX: this {type(model).__name__} returned "
            + with_article(y)
        )
    return x, y, list(topological_order(y))


def _described(name: str, of: Any, sizes: list[Any]) -> Any:
    """Return an ONNX model's record of an input or output; None is a size that isn't known."""
    from onnx.helper import make_tensor_value_info, np_dtype_to_tensor_dtype

    return make_tensor_value_info(name, np_dtype_to_tensor_dtype(of.dtype), sizes)


def _add(graph: Graph, node: Node, twice: Node, given: Any) -> None:
    """Write a node, of which ``twice`` is the same for twice as many examples."""
    graph.dtype = raw(node).dtype  # that of the plain numbers among its operands
    graph.region = node.region.partition("/")[2]  # inside the model
    if node.op is None:
        return
    translation = TRANSLATIONS.get(node.op.name) if is_built_in(node.op) else None
    if translation is None:
        known = ", ".join(sorted(TRANSLATIONS))
        raise ValueError(f"{place(node)} has no translation to ONNX; these have: {known}")
    if _looks_up(node, given):
        table = graph.operand(node.parents[0])
        graph.names[id(node)] = graph.emit("Gather", table, INPUT)
        return
    for one, two in zip(node.parents, twice.parents, strict=True):
        if one.op is None and graph.names.get(id(one)) != INPUT:
            _check_same(node, raw(one), raw(two))
    settings = node.op.settings | _any_number(node, twice)
    operands = [graph.operand(parent) for parent in node.parents]
    graph.names[id(node)] = translation(graph, node, settings, *operands)


def _check_same(node: Node, one: Any, two: Any) -> None:
    """Raise ValueError for a constant that isn't the same for twice as many examples."""
    if not np.array_equal(one, two, equal_nan=True):
        raise ValueError(
            f"{place(node)} takes a constant that depends on the number of examples: {one} for "
            f"one batch, {two} for twice as many"
        )


def _any_number(node: Node, twice: Node) -> dict[str, Any]:
    """Return the settings of a node for any number of examples: of a shape, one axis is open."""
    from autograd.stepping import same

    one, two = node.params or {}, twice.params or {}
    if same(one, two):
        return one
    if node.op is not None and node.op.name == "reshape":
        first, second = np.array(raw(node).shape), np.array(raw(twice).shape)
        if len(first) == len(second) and (first != second).sum() == 1:
            return {"shape": np.where(first == second, first, -1)}
    raise ValueError(
        f"{place(node)} depends on the number of examples: {one} for one batch, {two} for twice as "
        "many"
    )
