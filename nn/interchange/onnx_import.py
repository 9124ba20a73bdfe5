"""The import of ONNX models, of any library: the file is read here, and made a module of ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.extend import with_article

if TYPE_CHECKING:
    from nn.interchange.onnx_import_model import OnnxModel

__all__ = ["from_onnx"]


def from_onnx(model: Any) -> OnnxModel:
    """Return the model in an ONNX file as a module: it computes in our ops, and can be trained.

    So a network from PyTorch, Keras or scikit-learn can be drawn, stepped through and asked for
    reasons. The names of its parts are regions, its weights have the names that they have there,
    and the lines of code that the file names are shown with each step.

    Parameters
    ----------
    model : str, path, bytes or onnx.ModelProto
        A file, what is in one, or a model that was loaded. Weights in files beside a model's are
        found only by its path.

    Returns
    -------
    OnnxModel
        Called with the model's inputs, it returns its outputs, as Tensors. A classifier ends with
        its scores: the labels that are chosen from them are left out.

    Raises
    ------
    ImportError
        If onnx isn't installed.
    OSError
        If there is no such file.
    TypeError
        If ``model`` is something else.
    ValueError
        If it is no sound ONNX model, or uses what isn't read: an operator that isn't among those
        in docs/onnx.md, or one whose course or shape depends on the data (If, Loop, NonZero). The
        node is named.

    Notes
    -----
    Files may be strangers'. Nothing in one is run or opened, but for weights in its own folder;
    lengths are compared with the bytes that there are; and a result of more than 2²⁸ numbers is
    refused. What the operators mean is in the `ONNX specification
    <https://onnx.ai/onnx/operators/>`_.

    Examples
    --------
    >>> import nn
    >>> import numpy as np
    >>> model = nn.MLP([2, 3, 1], activation="tanh", seed=0)
    >>> x = np.array([[0.5, -1.0], [2.0, 0.0]])
    >>> imported = nn.from_onnx(nn.to_onnx(model, x))
    >>> bool((imported(x).data == model(x).data).all())
    True
    >>> [name for name, parameter in imported.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """
    try:
        import onnx
    except ImportError:
        raise ImportError("ONNX models need onnx: pip install 'glassgrad[onnx]'") from None
    if isinstance(model, onnx.ModelProto):
        return _made(lambda: model, None, "this ONNX model")
    if isinstance(model, bytes | bytearray | memoryview):
        return _made(lambda: _parsed(bytes(model)), None, "this ONNX model")
    if not isinstance(model, str | os.PathLike):
        raise TypeError(
            f"from_onnx takes a path, bytes or an onnx.ModelProto, got {with_article(model)}"
        )
    path = Path(model)
    found = path.read_bytes()
    return _made(lambda: _parsed(found), path.parent, repr(os.fspath(path)))


def _made(parsed: Callable[[], Any], folder: Path | None, what: str) -> OnnxModel:
    # Here, for its operators are many modules, which most programs don't need.
    from nn.interchange.onnx_import_model import OnnxModel
    from nn.interchange.onnx_import_plan import naming, plan_of

    with naming(f"{what} can't be read"):
        model = parsed()
        _check_texts(model)
        return OnnxModel(plan_of(model, folder))


def _parsed(found: bytes) -> Any:
    """Return the ModelProto that bytes are."""
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    try:
        model = ModelProto.FromString(found)
    except DecodeError as error:
        raise ValueError(f"it is no ONNX file, or not a whole one: {error}") from error
    if not model.HasField("graph"):
        raise ValueError("it is no ONNX file: there is no graph in it")
    return model


def _check_texts(model: Any) -> None:
    """Raise ValueError for a text that isn't UTF-8: protobuf gives it as bytes."""
    stack = [model]
    while stack:
        for field, held in stack.pop().ListFields():
            several = (
                held if hasattr(held, "__len__") and not isinstance(held, str | bytes) else [held]
            )
            if field.type == field.TYPE_MESSAGE:
                stack.extend(several)
            elif field.type == field.TYPE_STRING and any(isinstance(t, bytes) for t in several):
                raise ValueError(f"a text in it isn't UTF-8: a {field.name}")
