"""``Wire``: a JAX array on its way from equation to equation, and the node that stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd.bridges.jax.host_arrays import on_host
from autograd.node.node import Node
from autograd.values.tensor import Tensor


@dataclass(slots=True)
class Wire:
    """A value that equations pass on.

    Attributes
    ----------
    value : jax.Array
        As JAX has it.
    node : Node or None
        The variable that stands for it; or a constant, once an equation of the graph used it.
    label : str
        The name of an argument.
    """

    value: Any
    node: Node | None = None
    label: str = ""

    @property
    def is_variable(self) -> bool:
        """Whether it depends on a variable."""
        return self.node is not None and self.node.requires_grad

    def shown(self) -> Node:
        """Return the node that stands for it: one constant for all equations that use it."""
        if self.node is None:
            self.node = Tensor(on_host(self.value), requires_grad=False, label=self.label)
        return self.node
