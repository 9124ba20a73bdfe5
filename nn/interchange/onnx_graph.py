"""An ONNX graph under construction: its operations, its constants, and their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.extend import Node, raw


@dataclass
class Graph:
    """An ONNX graph that is being written: the names of what is there, and its parts."""

    names: dict[int, str]
    dtype: np.dtype[Any]
    made: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

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


def place(node: Node) -> str:
    """Return what is computed, and where in the model."""
    op = node.op.name if node.op else "a leaf"
    return f"{op} (in {node.region or 'the model'})"


def untranslated(node: Node, why: str) -> ValueError:
    """Return the error for what ONNX hasn't."""
    return ValueError(f"{place(node)} has no translation to ONNX {why}")
