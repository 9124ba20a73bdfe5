"""Runs a forward and backward pass again in float16 or float32, to find overflow and underflow.

The graph that a call recorded is computed again, op by op, from leaves of the other precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor
from autograd.extend import Node, Recorded, cotangents, raw, topological_order
from nn.diagnostics.layer_views import Network
from nn.diagnostics.torch_layers import network_of
from nn.modules.module import Module
from nn.support.text_table import Table

__all__ = ["LayerPrecision", "Precision", "precision", "recomputed", "without_rule"]


@dataclass(frozen=True)
class LayerPrecision:
    """One layer's numbers in a given precision.

    Attributes
    ----------
    layer : str
        Its name.
    largest, gradient_largest : float
        Of the layer's outputs h and of the gradients at its preactivations, in absolute value:
        inf or nan if one has overflowed.
    typical, gradient_typical : float
        The medians of the absolute values, of those that aren't 0 in the model's own precision;
        nan if all are.
    preactivation_largest : float
        Of the layer's preactivations f. A ReLU hides one that is −inf: its output is 0.

    Examples
    --------
    >>> layer = LayerPrecision("layers.0", np.inf, 2.0, 1.0, 0.5, 7e4)  # beyond float16's 65504
    >>> layer.overflows, layer.cells()["max |f|"]
    (True, 70000.0)
    """

    layer: str
    largest: float
    typical: float
    gradient_largest: float
    gradient_typical: float
    preactivation_largest: float

    @property
    def overflows(self) -> bool:
        """Whether a preactivation or an output is inf or nan."""
        return not (np.isfinite(self.largest) and np.isfinite(self.preactivation_largest))

    def cells(self) -> dict[str, object]:
        """Return a column for each attribute."""
        return {
            "layer": self.layer,
            "max |f|": self.preactivation_largest,
            "max |h|": self.largest,
            "median |h|": self.typical,
            "max |∂f|": self.gradient_largest,
            "median |∂f|": self.gradient_typical,
        }


class Precision(Table[LayerPrecision]):
    """A row for each layer, and where things go wrong: numbers of layers, 1 for the first.

    Attributes
    ----------
    dtype : numpy.dtype
        The precision.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((1, 100))
    >>> large = nn.MLP([100] * 11, init={"name": "normal", "std": 1.0}, seed=1)
    >>> found = precision(large, x)
    >>> found.overflow, found.subnormal, found.gradient_overflow, found.gradient_subnormal
    (6, None, 9, None)
    """

    def __init__(self, rows: Iterable[LayerPrecision], dtype: npt.DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        super().__init__(rows, caption=f"in {self.dtype}")

    @property
    def overflow(self) -> int | None:
        """The first layer with a preactivation or an output that is inf or nan."""
        return self._first(lambda row: row.overflows)

    @property
    def subnormal(self) -> int | None:
        """The first layer whose outputs are mostly below the smallest normal number."""
        return self._first(lambda row: row.typical < self._tiny)

    @property
    def gradient_overflow(self) -> int | None:
        """The last layer with a gradient that is inf or nan: the first on the way back."""
        return self._last(lambda row: not np.isfinite(row.gradient_largest))

    @property
    def gradient_subnormal(self) -> int | None:
        """The last layer whose gradients are mostly below the smallest normal number."""
        return self._last(lambda row: row.gradient_typical < self._tiny)

    @property
    def _tiny(self) -> float:
        return float(np.finfo(self.dtype).tiny)

    def _first(self, wrong: Callable[[LayerPrecision], bool]) -> int | None:
        return next((k for k, row in enumerate(self, 1) if wrong(row)), None)

    def _last(self, wrong: Callable[[LayerPrecision], bool]) -> int | None:
        return next((len(self) - k for k, row in enumerate(reversed(self)) if wrong(row)), None)


def precision(
    model: Module | Any, x: Any, dtype: npt.DTypeLike = np.float16, *, cotangent: Any = None
) -> Precision:
    """Run a model forward and backward in another precision, and say what becomes of its numbers.

    Parameters
    ----------
    model : Module, or torch.nn.Module
        Its parameters and gradients are left as they are.
    x : array_like of shape (batch, features)
        The inputs.
    dtype : dtype
        float16, float32 or float64.
    cotangent : array of the outputs' shape, optional
        What to send back; ones by default.

    Returns
    -------
    Precision
        A table with a row for each layer.

    Raises
    ------
    TypeError, ValueError
        As :func:`nn.diagnostics.propagate`; and for a model with an operation of PyTorch's that
        has no rule of ours, which can't be computed again.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((1, 100))
    >>> large = nn.MLP([100] * 11, init={"name": "normal", "std": 1.0}, seed=1)
    >>> precision(large, x).overflow
    6
    """
    return recomputed(network_of(model, x), dtype, cotangent)


def recomputed(network: Network, dtype: npt.DTypeLike, cotangent: Any = None) -> Precision:
    """Return :func:`precision` of a network that was read already."""
    y = network.y
    if unknown := without_rule(y):
        raise ValueError(
            f"{unknown} can't be computed in {np.dtype(dtype)}: it is an operation of PyTorch's "
            "without a rule of ours; measure the parts of the model that don't have it"
        )
    seed = np.ones(y.shape) if cotangent is None else np.asarray(cotangent)
    with np.errstate(all="ignore"):
        twin = _twins(y, np.dtype(dtype))
        theirs = cotangents(twin[y], seed)
        ours = cotangents(y, seed)
    rows = [
        LayerPrecision(
            view.name,
            *_sizes(raw(twin[view.h]), raw(view.h)),
            *_sizes(theirs.get(twin[view.z], 0.0), ours.get(view.z, 0.0)),
            _sizes(raw(twin[view.z]), raw(view.z))[0],
        )
        for view in network.layers
    ]
    return Precision(rows, dtype)


def without_rule(root: Node) -> str:
    """Return the name of an operation that only another engine can compute; "" if there is none."""
    recorded = (node.op for node in topological_order(root) if isinstance(node.op, Recorded))
    return next((op.name for op in recorded), "")


def _twins(root: Node, dtype: np.dtype[Any]) -> dict[Node, Any]:
    """Return, for each node below a root, the same node computed in another precision."""
    twin: dict[Node, Any] = {}
    for node in topological_order(root):
        for parent in node.parents:
            if parent not in twin:
                data = np.asarray(raw(parent)).astype(dtype)
                twin[parent] = Tensor(data, requires_grad=parent.requires_grad)
        if node.op is not None:
            operands = [twin[parent] for parent in node.parents]
            twin[node] = node.op(*operands, **(node.params or {}))
    return twin


def _sizes(rounded: Any, original: Any) -> tuple[float, float]:
    """Return the largest absolute value, and the median over what wasn't 0 to begin with."""
    size = np.abs(np.asarray(rounded, np.float64))
    kept = np.broadcast_to(size, np.shape(original))[np.asarray(original) != 0]
    return float(size.max()), float(np.median(kept)) if kept.size else math.nan
