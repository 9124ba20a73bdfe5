"""Diagnosis of a network: faults such as dead or saturated units, in words, with advice.

The numbers come from ``propagation.py`` and ``precision.py``. To look for another fault, add a
function to ``CHECKS`` at the end of this file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from autograd.extend import cotangents, raw
from nn.diagnostics.layer_readings import dead_by_chance, drawing, remedy, rescaling
from nn.diagnostics.layer_views import Array, LayerView, Network, sent_back
from nn.diagnostics.mean_field_prediction import SATURATION, steepest
from nn.diagnostics.precision import recomputed, without_rule
from nn.diagnostics.torch_layers import network_of, plain
from nn.modules.module import Module
from nn.support.text_table import Table

__all__ = ["Finding", "diagnose"]

_FACTOR = 1e4
"""By how much a second moment may change from the first hidden layer to the last."""

_DRIFT = 2.0
"""By how much it may change over a chain of layers that is nothing but layers."""

_CHAIN = 10
"""How many hidden layers such a chain has at least."""

_FEW = 0.125
"""The part of a layer's units that may be dead: 11 % are in one that has learnt the digits."""

_SMALLEST_INPUT, _LARGEST_INPUT = 1e-4, 1e3
"""Between what the inputs' second moment should be; layers are initialised as if it were 1."""


@dataclass(frozen=True)
class Finding:
    """One fault that was found in a network.

    Attributes
    ----------
    kind : str
        ``weights not finite``, ``input scale``, ``zero weights``, ``dead``, ``symmetric``,
        ``saturated``, ``vanishing signal``, ``vanishing gradient``, ``exploding signal``,
        ``exploding gradient``, ``drifting signal``, ``overflow``, ``float16 overflow`` or
        ``float16 underflow``.
    layer : str
        Where it is worst, or where it starts.
    what : str
        What was found, with the numbers.
    change : str
        What to do about it.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((50, 4))
    >>> found = diagnose(nn.MLP([4, 8, 1], init="zeros"), x)[0]
    >>> found.kind, list(found.cells())
    ('zero weights', ['kind', 'layer', 'what', 'change'])
    """

    kind: str
    layer: str
    what: str
    change: str

    def cells(self) -> dict[str, object]:
        """Return a column for each attribute."""
        return vars(self)


@dataclass(frozen=True)
class _Case:
    """A network that was read, with the gradient at each layer's preactivations."""

    network: Network
    cotangent: Array
    hidden: tuple[LayerView, ...]
    gradients: tuple[Array, ...]


Check: TypeAlias = Callable[[_Case], Iterator[Finding]]


def diagnose(model: Module | Any, x: Any, *, cotangent: Any = None) -> Table[Finding]:
    """Look for faults that keep a network from learning, on a batch of data.

    Parameters
    ----------
    model : Module, or torch.nn.Module
        Trained or not; its parameters and gradients are left as they are. Of PyTorch's, each
        ``Linear`` and convolution is a layer, and activations may be functions.
    x : array_like of shape (batch, features)
        A batch: the larger, the fewer units look dead that aren't.
    cotangent : array of the outputs' shape, or callable, optional
        ∂loss/∂outputs, or a function of the outputs that gives it; ones by default.

    Returns
    -------
    Table of Finding
        Empty if nothing was found.

    Raises
    ------
    TypeError, ValueError
        As :func:`nn.diagnostics.propagate`.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((50, 4))
    >>> [finding.kind for finding in diagnose(nn.MLP([4, 8, 1], "tanh", init="ones"), x)]
    ['symmetric']
    >>> diagnose(nn.MLP([4, 8, 1], "tanh", seed=0), x)
    nothing found in 2 layers on 50 samples
    """
    network = network_of(model, x)
    if bad := _not_finite(model):
        return Table([bad])
    y = network.y
    seed = sent_back(y, cotangent)
    with np.errstate(all="ignore"):
        found = cotangents(y, seed)
        hidden = network.layers[:-1]
        gradients = tuple(v.rows(found.get(v.z, np.zeros(np.shape(raw(v.z))))) for v in hidden)
        case = _Case(network, np.asarray(seed), hidden, gradients)
        findings = [f for check in CHECKS for f in check(case)]
    on = f"{len(network.layers)} layers on {len(np.asarray(raw(y)))} samples"
    return Table(findings, caption="" if findings else f"nothing found in {on}")


def _not_finite(model: Module | Any) -> Finding | None:
    """Find parameters that are nan or inf: all else that is found would follow from them."""
    arrays = {name: plain(p) for name, p in model.named_parameters()}
    bad = {name: int((~np.isfinite(array)).sum()) for name, array in arrays.items()}
    names = [name for name, count in bad.items() if count]
    if not names:
        return None
    first = names[0]
    more = f", and some of {len(names) - 1} more parameters" if names[1:] else ""
    return Finding(
        "weights not finite",
        first.rpartition(".")[0],
        f"{bad[first]} of {arrays[first].size} numbers in {first} are nan or inf{more}",
        "draw new weights: a run has diverged, or was given a nan; train with a smaller learning "
        "rate, or with nn.fit, which stops at such a loss and keeps the last good weights",
    )


def _input_scale(case: _Case) -> Iterator[Finding]:
    first = case.network.layers[0]
    x = first.rows(raw(first.x))
    largest = float(np.abs(x).max())
    if not largest:
        yield Finding(
            "input scale",
            first.name,
            "all inputs are 0: the weights of this layer get no gradient",
            "give it samples that are not all zeros",
        )
        return
    size = largest * math.sqrt(float(np.mean((x / largest) ** 2)))
    if math.sqrt(_SMALLEST_INPUT) <= size <= math.sqrt(_LARGEST_INPUT):
        return
    yield Finding(
        "input scale",
        first.name,
        f"the inputs' root mean square is {size:.3g}, and weights are initialised for about 1",
        "standardise the inputs: subtract each feature's mean and divide by its standard deviation",
    )


def _zero_weights(case: _Case) -> Iterator[Finding]:
    """All weights of a layer at 0: nothing gets through, neither forwards nor backwards."""
    zero = [view for view in case.network.layers if not view.weight.any()]
    if len(zero) < 2:  # a last layer of zeros alone does learn
        zero = [view for view in zero if view is not case.network.layers[-1]]
    if not zero:
        return
    yield Finding(
        "zero weights",
        zero[0].name,
        f"all weights are 0 in {len(zero)} of {len(case.network.layers)} layers: they let no "
        "signal and no gradient through",
        f"draw the weights at random, such as with {drawing(zero[0])}; only biases may start at 0",
    )


def _dead(case: _Case) -> Iterator[Finding]:
    counts = [_dead_units(view) for view in case.hidden]
    shares = [n / v.units for n, v in zip(counts, case.hidden, strict=True)]
    if not any(map(_is_too_many, shares, case.hidden)):
        return
    worst = int(np.argmax(shares))
    view, units = case.hidden[worst], case.hidden[worst].units
    samples = len(view.rows(raw(view.z)))
    total = sum(v.units for v in case.hidden)
    yield Finding(
        "dead",
        view.name,
        f"{sum(counts)} of {total} hidden units pass no gradient for any of the {samples} samples; "
        f"here {counts[worst]} of {units}",
        "look at more samples; then smaller steps, biases at zero, or an activation that is flat "
        "nowhere (leaky_relu, gelu)",
    )


def _slopes(view: LayerView) -> Array:
    z = view.rows(raw(view.z))
    phi = view.activation.derivative
    return np.ones_like(z) if phi is None else np.abs(np.asarray(phi(z)))


def _is_too_many(share: float, view: LayerView) -> bool:
    """Return whether so many units are silent that it is no chance of few samples."""
    return share > _FEW + dead_by_chance(len(view.rows(raw(view.z))), view.units)


def _dead_units(view: LayerView) -> int:
    if not view.weight.any():  # which is a finding of its own
        return 0
    return int((_slopes(view) == 0).all(axis=0).sum())


def _symmetric(case: _Case) -> Iterator[Finding]:
    """Units alike in what they compute and in what they are told will be alike for ever."""
    alike = [_copies(v, g) for v, g in zip(case.hidden, case.gradients, strict=True)]
    if not any(alike):
        return
    worst = int(np.argmax(alike))
    view = case.hidden[worst]
    yield Finding(
        "symmetric",
        view.name,
        f"{sum(alike)} hidden units are bit-identical to others, in their outputs and in their "
        f"gradients; here {alike[worst]} of {view.units}: no step will tell them apart",
        f"draw the weights at random, such as with {drawing(view)} (biases may be constant)",
    )


def _copies(view: LayerView, gradient: Array) -> int:
    """Return how many units are the same as another one; the dead are alike, and a fault apart."""
    columns = np.vstack([view.rows(raw(view.z)), gradient]).T + 0.0  # -0.0 is the same as 0.0
    columns = columns[(_slopes(view) != 0).any(axis=0)]
    groups = Counter(column.tobytes() for column in np.ascontiguousarray(columns))
    return sum(n for n in groups.values() if n > 1)


def _saturated(case: _Case) -> Iterator[Finding]:
    shares = [_saturation(view) for view in case.hidden]
    if not shares or max(shares) <= 0.5:
        return
    view = case.hidden[int(np.argmax(shares))]
    yield Finding(
        "saturated",
        view.name,
        f"{max(shares):.0%} of the activations are where {view.activation.name} is almost flat",
        f"smaller weights or inputs: {remedy(view)}",
    )


def _saturation(view: LayerView) -> float:
    slopes = _slopes(view)
    if (slopes == 0).any():  # cut off, which is another matter
        return 0.0
    return float((slopes < SATURATION * steepest(view.activation)).mean())


def _signal(case: _Case) -> Iterator[Finding]:
    sizes = [float(np.mean(view.rows(raw(view.z)) ** 2)) for view in case.hidden]
    yield from _trend(case, "signal", "E[f²]", sizes)


def _gradient(case: _Case) -> Iterator[Finding]:
    sizes = [float(np.mean(gradient**2)) for gradient in case.gradients]
    yield from _trend(case, "gradient", "E[∂f²]", sizes[::-1])


def _trend(case: _Case, what: str, quantity: str, sizes: list[float]) -> Iterator[Finding]:
    """Say whether sizes, in the order in which they come about, vanish or explode."""
    if len(sizes) < 2 or not sizes[0] > 0 or not math.isfinite(sizes[0]):
        return
    ratio = sizes[-1] / sizes[0]
    if 1 / _FACTOR <= ratio <= _FACTOR:
        return
    forward = what == "signal"
    end = case.hidden[-1 if forward else 0]
    verb = "exploding" if not ratio < 1 else "vanishing"
    rate = ratio ** (1 / (len(sizes) - 1)) if math.isfinite(ratio) else math.inf
    way = "from the first hidden layer to the last" if forward else "from the last to the first"
    yield Finding(
        f"{verb} {what}",
        end.name,
        f"{quantity} is multiplied by {ratio:.3g} {way}: by {rate:.3g} a layer",
        remedy(end),
    )


def _overflow(case: _Case) -> Iterator[Finding]:
    for view in case.network.layers:
        z = np.asarray(raw(view.z))
        if not np.isfinite(z).all():
            yield Finding(
                "overflow",
                view.name,
                f"{int((~np.isfinite(z)).sum())} of {z.size} preactivations are inf or nan "
                f"in {z.dtype}, from here on",
                remedy(view),
            )
            return


def _drift(case: _Case) -> Iterator[Finding]:
    """Judge a slow change of the signal by the whole of a chain of layers, each of it small."""
    start, end = _longest_chain(case.hidden)
    chain = case.hidden[start:end]
    sizes = [float(np.mean(view.rows(raw(view.z)) ** 2)) for view in chain]
    if len(chain) < _CHAIN or not all(0 < size < math.inf for size in sizes):
        return
    grown = [size / sizes[0] for size in sizes]
    if 1 / _DRIFT <= grown[-1] <= _DRIFT or not 1 / _FACTOR <= grown[-1] <= _FACTOR:
        return  # beyond the factor it vanishes or explodes
    left = 1 + max(k for k, ratio in enumerate(grown) if 1 / _DRIFT <= ratio <= _DRIFT)
    yield Finding(
        "drifting signal",
        chain[left].name,
        f"E[f²] is multiplied by {grown[-1]:.3g} from {chain[0].name} to {chain[-1].name}, by "
        f"{grown[-1] ** (1 / (len(chain) - 1)):.3g} a layer; from here on it is beyond a factor "
        f"of {_DRIFT:g}",
        rescaling(chain[left]),
    )


def _longest_chain(layers: Sequence[LayerView]) -> tuple[int, int]:
    """Return where the longest run of layers lies, each fed by the one before it alone.

    A norm between them takes a drift away, and a sum around them carries the signal on.
    """
    ends = [0]
    for k, (before, after) in enumerate(pairwise(layers), 1):
        if after.x is not before.h or before.branches:
            ends.append(k)
    return max(pairwise([*ends, len(layers)]), key=lambda run: run[1] - run[0])


def _half(case: _Case) -> Iterator[Finding]:
    layers = case.network.layers
    if without_rule(case.network.y):
        return
    found = recomputed(case.network, np.float16, case.cotangent)
    places = (
        ("overflow", "activations are beyond 65504", found.overflow),
        ("overflow", "gradients are beyond 65504", found.gradient_overflow),
        ("underflow", "most activations are below 6.1e-5", found.subnormal),
        ("underflow", "most gradients are below 6.1e-5", found.gradient_subnormal),
    )
    for kind, what, start in places:
        if start is not None:
            scaling = "; or scale the loss" if "gradients" in what else ""
            yield Finding(
                f"float16 {kind}",
                layers[start - 1].name,
                f"in float16, {what} at layer {start} of {len(layers)} and beyond",
                remedy(layers[start - 1]) + scaling,
            )
            return  # what follows from it is no finding of its own


CHECKS: tuple[Check, ...] = (
    _overflow,
    _input_scale,
    _zero_weights,
    _symmetric,
    _dead,
    _saturated,
    _signal,
    _drift,
    _gradient,
    _half,
)
"""The checks for faults, in the order in which these are reported."""
