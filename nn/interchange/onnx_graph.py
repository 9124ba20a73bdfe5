"""An ONNX graph under construction: its operations, its constants, and their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.extend import Node, raw


@dataclass
class Graph:
    """An ONNX graph that is being written: the names of what is there, and its parts.

    ``dtype`` is that of the plain numbers beside an operation's operands, ``region`` the part of
    the model that it is in. If ``precision`` is a dtype, all floats are written in that.
    """

    names: dict[int, str]
    dtype: np.dtype[Any]
    precision: np.dtype[Any] | None = None
    region: str = ""
    made: list[Any] = field(default_factory=list)
    weights: dict[str, Any] = field(default_factory=dict)

    def emit(self, kind: str, *operands: str, name: str = "", **attributes: Any) -> str:
        """Write one operation of ONNX; return the name of its result."""
        import onnx

        name = name or f"{kind}:{len(self.made)}"  # no parameter's name has a colon
        inside = f"{self.region}/{name}" if self.region else name
        self.made.append(onnx.helper.make_node(kind, operands, [name], inside, **attributes))
        return name

    def constant(self, value: Any, dtype: Any = None) -> str:
        """Write a constant; return its name."""
        import onnx

        array = self.written(np.asarray(value, dtype=dtype or self.dtype))
        return self.emit("Constant", value=onnx.numpy_helper.from_array(array))

    def operand(self, node: Node) -> str:
        """Return the name of a node; write it first, if it is a leaf that isn't there yet."""
        import onnx

        name = self.names.get(id(node), "")
        if node.op is not None or name == INPUT or name in self.weights:
            return name
        array = np.asarray(raw(node), node.data.dtype if isinstance(node, Tensor) else self.dtype)
        if name:
            self.weights[name] = onnx.numpy_helper.from_array(self.written(array), name)
        else:
            name = self.names[id(node)] = self.constant(array, array.dtype)
        return name

    def written(self, array: Any) -> Any:
        """Return an array in the precision that is written; ValueError if a number is too large."""
        if self.precision is None or array.dtype.kind != "f":
            return array
        with np.errstate(over="ignore"):
            rounded = array.astype(self.precision)
        if (np.isfinite(array) & ~np.isfinite(rounded)).any():
            largest = np.abs(array[np.isfinite(array)]).max()
            raise ValueError(f"{float(largest)} is too large for {self.precision}")
        return rounded


INPUT = "x"
"""The name of the model's input."""


def place(node: Node) -> str:
    """Return the name of an operation and its place in the model, for messages."""
    op = node.op.name if node.op else "a leaf"
    return f"{op} (in {node.region or 'the model'})"


def untranslated(node: Node, why: str) -> ValueError:
    """Return the error for what ONNX hasn't."""
    return ValueError(f"{place(node)} has no translation to ONNX {why}")
