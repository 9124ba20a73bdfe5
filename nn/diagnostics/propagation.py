"""Propagation of signals and gradients through a network: measured and predicted by layer.

Measured: one forward and one backward pass of the engine, for each of any number of networks.
Predicted: ``mean_field_prediction.py``. What is wrong with a network, in words, is in
``diagnosis.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from autograd.extend import cotangents, printable
from init.argument_checks import positive_integer
from nn.diagnostics.layer_readings import LayerReading, readings
from nn.diagnostics.layer_views import Array, read, sent_back
from nn.diagnostics.mean_field_prediction import Layer, predict
from nn.diagnostics.signal_graph import read_steps
from nn.diagnostics.signal_steps import SignalGraph, averaged
from nn.diagnostics.torch_layers import is_torch_module, torch_steps
from nn.modules.module import Module
from nn.support.text_table import Table

__all__ = ["QUANTITIES", "Compared", "LayerSignal", "Propagation", "propagate"]

QUANTITIES: Mapping[str, str] = {
    "preactivation_mean": "E[f]",
    "mean": "E[h]",
    "variance": "V[h]",
    "forward": "E[f²]",
    "gradient_mean": "E[∂h]",
    "backward": "E[∂f²]",
    "weight_gradient": "E[∂W²]",
    "dead": "dead",
    "saturated": "saturated",
    "correlation": "correlation",
}
"""The measured quantities by name, each with its head in a table."""

_LOGARITHMIC = frozenset({"variance", "forward", "backward", "weight_gradient"})
"""Sizes, which scatter log-normally over networks: their logarithms are averaged."""

Cotangent: TypeAlias = "Array | Callable[[Array], Array] | None"


@printable
@dataclass(frozen=True)
class Compared:
    """One quantity at one layer: what theory says, and what was found.

    Attributes
    ----------
    predicted : float
        nan where theory has no answer.
    measured : float
        Over networks: the exponential of the mean logarithm for sizes, the mean for the others.
    low, high : float
        The band that 90 % of the networks are in.
    error : float
        The standard error of ``measured``, over networks; nan for a single one.

    Examples
    --------
    >>> print(Compared(predicted=2.0, measured=1.95, low=1.8, high=2.1))
    1.95 [1.8, 2.1] (2)
    """

    predicted: float
    measured: float
    low: float
    high: float
    error: float = math.nan

    def __str__(self) -> str:
        if math.isnan(self.measured):
            return "—"
        band = f" [{self.low:.3g}, {self.high:.3g}]" if self.low != self.high else ""
        theory = "—" if math.isnan(self.predicted) else f"{self.predicted:.3g}"
        return f"{self.measured:.3g}{band} ({theory})"


@dataclass(frozen=True)
class LayerSignal:
    """The signal at one layer, with f = W x + b its preactivations and h = φ(f) its outputs.

    Attributes
    ----------
    layer, activation : str
        Names.
    preactivation_mean : Compared
        E[f]: 0, for weights of mean 0.
    mean, variance : Compared
        E[h] and V[h], over units and samples.
    forward : Compared
        E[f²].
    gradient_mean : Compared
        E[∂h], the mean derivative by the layer's outputs: 0 before the last layer.
    backward : Compared
        E[∂f²], where ∂f is the derivative by f of the outputs times the cotangent.
    weight_gradient : Compared
        E[∂W²] of one weight and one sample.
    dead : Compared
        The part of the units that pass no gradient for any sample.
    saturated : Compared
        The part of activations where φ' is below a tenth of its largest.
    correlation : Compared
        E[f f'] / E[f²], with f' the same unit in another sample; nan for a single sample.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((20, 100))
    >>> layer = propagate(nn.MLP([100, 100, 1], init="he_normal", seed=0), x)[0]
    >>> layer.layer, layer.activation, round(layer.forward.predicted, 1)
    ('layers.0', 'relu', 2.0)
    >>> list(layer.cells())[:4]
    ['layer', 'φ', 'E[f]', 'E[h]']
    """

    layer: str
    activation: str
    preactivation_mean: Compared
    mean: Compared
    variance: Compared
    forward: Compared
    gradient_mean: Compared
    backward: Compared
    weight_gradient: Compared
    dead: Compared
    saturated: Compared
    correlation: Compared

    def cells(self) -> dict[str, object]:
        """Return a column for each quantity."""
        shown = {head: getattr(self, name) for name, head in QUANTITIES.items()}
        return {"layer": self.layer, "φ": self.activation, **shown}


class Propagation(Table[LayerSignal]):
    """A row for each layer; and the numbers behind the rows, as arrays.

    Attributes
    ----------
    samples : dict of str to numpy.ndarray, shape (networks, layers)
        What was measured in each network, by the names in ``QUANTITIES``.
    afresh : tuple of str
        Operations without a rule: behind each, the prediction starts anew from what was measured.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((20, 100))
    >>> def made(seed):
    ...     return nn.MLP([100, 100, 1], init="he_normal", seed=seed)
    >>> table = propagate(made, x, seeds=8)
    >>> low, high = table.band("forward")
    >>> bool((low < table.measured("forward")).all()), table.predicted("forward").shape
    (True, (2,))
    """

    def __init__(
        self,
        rows: Sequence[LayerSignal],
        samples: Mapping[str, Array],
        afresh: Sequence[str] = (),
    ) -> None:
        self.samples = dict(samples)
        self.afresh = tuple(afresh)
        nets = len(next(iter(self.samples.values())))
        band = " [5 %, 95 %]" if nets > 1 else ""
        anew = f"; predicted anew behind {', '.join(self.afresh)}" if self.afresh else ""
        super().__init__(
            rows, caption=f"{len(rows)} layers, {nets} networks: measured{band} (predicted){anew}"
        )

    def predicted(self, quantity: str) -> Array:
        """Return what theory says, of shape (layers,)."""
        return np.array([self._of(row, quantity).predicted for row in self])

    def measured(self, quantity: str) -> Array:
        """Return what was found over all networks, of shape (layers,)."""
        return np.array([self._of(row, quantity).measured for row in self])

    def band(self, quantity: str) -> tuple[Array, Array]:
        """Return the lower and the upper edge of the band, each of shape (layers,)."""
        found = [self._of(row, quantity) for row in self]
        return np.array([each.low for each in found]), np.array([each.high for each in found])

    @staticmethod
    def _of(row: LayerSignal, quantity: str) -> Compared:
        if quantity not in QUANTITIES:
            raise KeyError(f"no quantity {quantity!r}: choose from {', '.join(QUANTITIES)}")
        found: Compared = getattr(row, quantity)
        return found


def propagate(
    model: Any,
    x: Any | Callable[[int], Any],
    *,
    seeds: int | None = None,
    cotangent: Cotangent = None,
) -> Propagation:
    """Measure the signal at every layer of a network, or of many, beside what theory predicts.

    The models' parameters and gradients are left as they are. The prediction goes through layers,
    convolutions, activations, residual sums, norms, dropouts, pools and attention, by the rules of
    mean-field theory, which hold in the limit of many units (``docs/initialisation.md`` has them,
    and how close they come). Behind an operation without a rule it starts anew from what was
    measured there, and the table's caption names that. Before an attention the gradient of its
    queries, keys and values has none.

    Of a module of PyTorch's each module with weights is a layer, norms and embeddings too. The
    bridge records what it computes, so that sums and functions in its ``forward`` are predicted as
    modules are; and a function of each element that comes after a layer gives φ.

    Parameters
    ----------
    model : Module, torch.nn.Module, or callable
        A network with ``Linear`` layers or convolutions, trained or not; or, with ``seeds``, a
        function that makes one of a seed. What PyTorch has elsewhere than on the CPU is measured
        only.
    x : array_like of shape (batch, ...), or callable
        The inputs; or, with ``seeds``, a function that makes them of a seed.
    seeds : int, optional
        How many networks to make, from the seeds 0, 1, ...: a single one scatters.
    cotangent : array of the outputs' shape, or callable, optional
        What to send back: ∂loss/∂outputs, or a function of the outputs that gives it. By default
        ones: then the derivatives are those of the sum of the outputs.

    Returns
    -------
    Propagation
        A table, with a row for each layer.

    Raises
    ------
    TypeError, ValueError
        For a model without such layers, or of Values; an x that is empty or not finite, a
        function without ``seeds``, or networks that differ in their layers.

    References
    ----------
    LeCun et al. 1998; Glorot & Bengio 2010, figures 6-9; He et al. 2015; Poole et al. 2016; and
    those of ``transfer_rules.py``, by kind of layer.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((20, 100))
    >>> table = propagate(nn.MLP([100, 100, 100, 1], init="he_normal", seed=0), x)
    >>> table.predicted("forward").round(1)
    array([2. , 2. , 2.1])
    """
    if seeds is None:
        if not isinstance(model, Module) and not is_torch_module(model):
            raise TypeError(
                f"model must be an nn.Module or a torch.nn.Module, got {model!r}: for a function "
                "that makes models, say how many with seeds=..."
            )
        return _compared([_measure(model, x, cotangent)])
    networks: list[_Measured] = []
    for seed in range(positive_integer("seeds", seeds)):
        found = _measure(_made(model, seed), x(seed) if callable(x) else x, cotangent)
        networks.append(found.like(networks[0]) if networks else found)
    return _compared(networks)


def _made(model: Any, seed: int) -> Any:
    if isinstance(model, Module) or is_torch_module(model):
        raise TypeError(
            "with seeds, model must be a function from a seed to a Module, got a Module: "
            "write for example lambda seed: nn.MLP([100, 100, 1], seed=seed)"
        )
    return model(seed)


@dataclass(frozen=True)
class _Measured:
    """The numbers of one network."""

    names: Sequence[tuple[str, str]]
    quantities: Sequence[Mapping[str, float]]
    layers: Sequence[Layer]
    graph: SignalGraph

    def like(self, first: _Measured) -> _Measured:
        """Return the same numbers with the graph of another network, to let go of one's own."""
        if self.names != first.names:
            raise ValueError("networks made of different seeds must have the same layers")
        return replace(self, layers=first.layers, graph=self.graph.like(first.graph))


def _measure(model: Any, x: Any, cotangent: Cotangent) -> _Measured:
    if is_torch_module(model):
        return _numbers(*torch_steps(model, x, cotangent))
    network = read(model, x)
    with np.errstate(all="ignore"):  # overflow is shown as inf
        found = cotangents(network.y, sent_back(network.y, cotangent))
        graph = read_steps(network.y, found)
        return _numbers(readings(network.layers, found), network.layers, graph)


def _numbers(
    measured: Sequence[LayerReading], layers: Sequence[Layer], graph: SignalGraph
) -> _Measured:
    with np.errstate(all="ignore"):
        quantities = [layer.quantities() for layer in measured]
    names = [(layer.layer, layer.activation) for layer in measured]
    return _Measured(names, quantities, layers, graph)


def _compared(networks: Sequence[_Measured]) -> Propagation:
    first = networks[0]
    graph = averaged([each.graph for each in networks])
    predicted = predict(graph, first.layers)
    samples = {
        name: np.array([[layer[name] for layer in net.quantities] for net in networks])
        for name in QUANTITIES
    }
    table = [
        LayerSignal(
            layer,
            phi,
            **{
                name: _compare(name, predicted[k].get(name, math.nan), samples[name][:, k])
                for name in QUANTITIES
            },
        )
        for k, (layer, phi) in enumerate(first.names)
    ]
    return Propagation(table, samples, graph.afresh)


@np.errstate(all="ignore")
def _typical(found: Array) -> float:
    """Return the exponential of the mean logarithm: the geometric mean."""
    return float(np.exp(np.mean(np.log(found))))


def _compare(name: str, predicted: float, found: Array) -> Compared:
    with np.errstate(all="ignore"):
        middle = _typical(found) if name in _LOGARITHMIC else np.mean(found)
        # Between a number and inf there is no other one to take.
        method: Literal["linear", "nearest"] = "linear" if np.isfinite(found).all() else "nearest"
        low, high = np.quantile(found, (0.05, 0.95), method=method)
        averaged, scale = (np.log(found), middle) if name in _LOGARITHMIC else (found, 1.0)
        error = float(_standard_error(averaged) * scale)
    return Compared(predicted, float(middle), float(low), float(high), error)


def _standard_error(found: Array) -> float:
    """Return the standard error of a mean; nan for a single number."""
    return float(found.std(ddof=1) / math.sqrt(found.size)) if found.size > 1 else math.nan
