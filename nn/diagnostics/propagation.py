"""Propagation of signals and gradients through a network: measured and predicted by layer.

Measured: one forward and one backward pass of the engine, for each of any number of networks.
Predicted: ``prediction.py``. What is wrong with a network, in words, is in ``diagnosis.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from autograd.extend import Node, cotangents, printable, raw
from init.argument_checks import positive_integer
from nn.diagnostics.layer_views import Array, LayerView, Network, read
from nn.diagnostics.mean_field_prediction import SATURATION, LayerScales, predict, steepest
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
    """

    predicted: float
    measured: float
    low: float
    high: float
    error: float = math.nan

    def __str__(self) -> str:
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
    """

    def __init__(self, rows: Sequence[LayerSignal], samples: Mapping[str, Array]) -> None:
        self.samples = dict(samples)
        nets = len(next(iter(self.samples.values())))
        band = " [5 %, 95 %]" if nets > 1 else ""
        super().__init__(
            rows, caption=f"{len(rows)} layers, {nets} networks: measured{band} (predicted)"
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
    model: Module | Callable[[int], Module],
    x: Any | Callable[[int], Any],
    *,
    seeds: int | None = None,
    cotangent: Cotangent = None,
) -> Propagation:
    """Measure the signal at every layer of a network, or of many, beside what theory predicts.

    The models' parameters and gradients are left as they are. Behind what is no activation (a norm,
    a dropout, the sum of a residual) the prediction starts afresh, from what was measured there;
    before it the gradient has none.

    Parameters
    ----------
    model : Module, or callable
        A network of ``Linear`` layers and elementwise activations, trained or not; or, with
        ``seeds``, a function that makes one of a seed.
    x : array_like of shape (batch, features), or callable
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
        For a model without ``Linear`` layers of Tensors, an x that is empty or not finite, a
        function without ``seeds``, or networks that differ in their layers.

    References
    ----------
    LeCun et al. 1998; Glorot & Bengio 2010, figures 6-9; He et al. 2015; Poole et al. 2016.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((20, 100))
    >>> table = propagate(nn.MLP([100, 100, 100, 1], init="he_normal", seed=0), x)
    >>> table.predicted("forward").round(1)
    array([2. , 2. , 2.1])
    """
    if seeds is None:
        if not isinstance(model, Module):
            raise TypeError(
                f"model must be an nn.Module, got {model!r}: for a function that makes models, "
                "say how many with seeds=..."
            )
        networks = [_Measured(read(model, x), cotangent)]
    else:
        networks = [
            _Measured(read(_made(model, seed), x(seed) if callable(x) else x), cotangent)
            for seed in range(positive_integer("seeds", seeds))
        ]
    return _compared(networks)


def _made(model: Module | Callable[[int], Module], seed: int) -> Module:
    if isinstance(model, Module):
        raise TypeError(
            "with seeds, model must be a function from a seed to a Module, got a Module: "
            "write for example lambda seed: nn.MLP([100, 100, 1], seed=seed)"
        )
    return model(seed)


class _Measured:
    """The numbers of one network; its graph is let go of."""

    def __init__(self, network: Network, cotangent: Cotangent) -> None:
        y = network.y
        given = cotangent(np.array(raw(y))) if callable(cotangent) else cotangent
        with np.errstate(all="ignore"):  # overflow is shown as inf
            found = cotangents(y, np.ones(y.shape) if given is None else given)
            pairs = [(view, _cotangent(found, view.z)) for view in network.layers]
            self.quantities = [
                _quantities(view, gradient, _cotangent(found, view.h)) for view, gradient in pairs
            ]
            self.scales = _scales(pairs)
        self.names = [view.name for view in network.layers]
        self.batch = _rows(raw(network.layers[0].z)).shape[0]


def _cotangent(found: Mapping[Node, Any], node: Node) -> Array:
    return _rows(found[node] if node in found else np.zeros(np.shape(raw(node))))


def _rows(signal: Any) -> Array:
    """Return a signal as float64, of shape (samples, units)."""
    array = np.asarray(signal, dtype=np.float64)
    return array.reshape(-1, array.shape[-1])


def _quantities(view: LayerView, gradient: Array, of_outputs: Array) -> dict[str, float]:
    x, z, h = _rows(raw(view.x)), _rows(raw(view.z)), _rows(raw(view.h))
    phi = view.activation
    slope = np.ones_like(z) if phi.derivative is None else np.abs(_rows(phi.derivative(z)))
    return {
        "preactivation_mean": float(z.mean()),
        "gradient_mean": float(of_outputs.mean()),
        "mean": float(h.mean()),
        "variance": float(h.var()),
        "forward": float(np.mean(z**2)),
        "backward": float(np.mean(gradient**2)),
        "weight_gradient": float(np.mean(np.mean(gradient**2, 1) * np.mean(x**2, 1))),
        "dead": float((slope == 0).all(axis=0).mean()),
        "saturated": float((slope < SATURATION * steepest(phi)).mean()),
        "correlation": _correlation(z),
    }


def _correlation(signal: Array) -> float:
    """Return E[f f'] / E[f²], of numbers of any size; nan where there is no signal."""
    largest = np.abs(signal).max()
    if not 0 < largest < math.inf:
        return math.nan
    scaled = signal / largest  # whose squares don't all underflow
    return _cross(scaled) / float(np.mean(scaled**2))


def _cross(signal: Array) -> float:
    """Return E[f f'], over units and pairs of different samples; nan for a single sample."""
    n, units = signal.shape
    pairs = float(np.sum(signal.sum(axis=0) ** 2) - np.sum(signal**2))
    return pairs / (n * (n - 1) * units) if n > 1 else math.nan


def _scales(pairs: Sequence[tuple[LayerView, Array]]) -> list[LayerScales]:
    before: LayerView | None = None
    scales = []
    for view, gradient in pairs:
        x = _rows(raw(view.x))
        fan_out, fan_in = view.weight.shape
        scales.append(
            LayerScales(
                fan_in=fan_in,
                fan_out=fan_out,
                activation=view.activation,
                weight=float(np.mean(np.square(view.weight, dtype=np.float64))),
                bias=float(np.mean(np.square(view.bias, dtype=np.float64))),
                chained=before is not None and view.x is before.h,
                branches=view.branches,
                input_moment=float(np.mean(x**2)),
                input_cross=_cross(x),
                output_gradient=float(np.mean(gradient**2)),
            )
        )
        before = view
    return scales


def _compared(networks: Sequence[_Measured]) -> Propagation:
    first = networks[0]
    if any(each.names != first.names for each in networks):
        raise ValueError("networks made of different seeds must have the same layers")
    layers = zip(*(net.scales for net in networks), strict=True)
    predicted = predict([_average(layer) for layer in layers], first.batch)
    samples = {
        name: np.array([[layer[name] for layer in net.quantities] for net in networks])
        for name in QUANTITIES
    }
    rows = [
        LayerSignal(
            layer,
            first.scales[k].activation.name,
            **{
                name: _compare(name, predicted[k][name], samples[name][:, k]) for name in QUANTITIES
            },
        )
        for k, layer in enumerate(first.names)
    ]
    return Propagation(rows, samples)


def _average(layers: Sequence[LayerScales]) -> LayerScales:
    """Return what a layer is over many networks: the moments are averaged.

    But for the gradient at the output, which nothing random is between: its prediction is what was
    measured, and so of the same kind, a geometric mean.
    """

    def mean(name: str) -> float:
        return float(np.mean([getattr(layer, name) for layer in layers]))

    return replace(
        layers[0],
        weight=mean("weight"),
        bias=mean("bias"),
        input_moment=mean("input_moment"),
        input_cross=mean("input_cross"),
        output_gradient=_typical(np.array([layer.output_gradient for layer in layers])),
    )


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
