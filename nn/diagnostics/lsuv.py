"""Layer-sequential unit variance: weights rescaled on data until each signal has variance 1."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

import init as initialisation
from autograd.extend import raw
from init.argument_checks import number
from nn.diagnostics.layer_views import Array, LayerView, Weighted, read
from nn.modules.initialisation import draw_weights
from nn.modules.module import Module
from nn.support.text_table import Table

__all__ = ["Rescaled", "lsuv"]

_ROUNDS = 20  # of rescaling one layer; without biases the first is exact


@dataclass(frozen=True)
class Rescaled:
    """The change that was made to one layer.

    Attributes
    ----------
    layer : str
        Its name.
    before, after : float
        The variance of its preactivations over units and samples.
    factor : float
        What its weights were multiplied by.

    Examples
    --------
    >>> import nn
    >>> x = 100 * np.random.default_rng(0).standard_normal((50, 20))
    >>> row = lsuv(nn.MLP([20, 30, 1], "tanh", seed=0), x, rng=0)[0]
    >>> row.before > 1000, round(row.after, 6), round(row.factor**2 * row.before, 6)
    (True, 1.0, 1.0)
    >>> list(row.cells())
    ['layer', 'V[f] before', 'after', 'weights ×']
    """

    layer: str
    before: float
    after: float
    factor: float

    def cells(self) -> dict[str, object]:
        """Return a column for each attribute."""
        return {"layer": self.layer, "V[f] before": self.before, "after": self.after,
                "weights ×": self.factor}  # fmt: skip


def lsuv(
    model: Module,
    x: Any,
    *,
    variance: float = 1.0,
    init: initialisation.Spec | None = "orthogonal",
    rng: initialisation.Seed | None = None,
    tolerance: float = 0.01,
) -> Table[Rescaled]:
    """Initialise a model so that every layer's preactivations have a given variance on x.

    Layer-sequential unit-variance initialisation: the weights are drawn anew, orthonormal, and
    then scaled one layer after the other, each on what the layers before now make of the data.
    Biases are left as they are. If anything fails, so are the weights.

    Parameters
    ----------
    model : Module
        Its ``Linear`` layers and convolutions get new weights.
    x : array_like of shape (batch, ...)
        A batch of real data: two samples at least.
    variance : float
        What the preactivations are to have, above 0.
    init : str, callable, dict or None
        What draws the weights, as ``init.get`` takes it. None: those that are there.
    rng : numpy.random.Generator or int, optional
        What they are drawn from; by default a new generator.
    tolerance : float
        By which part of ``variance`` it may be missed.

    Returns
    -------
    Table of Rescaled
        A row for each layer.

    Raises
    ------
    ValueError
        If a layer's preactivations don't vary, or can't get the variance (because its biases
        alone have more).

    References
    ----------
    D. Mishkin and J. Matas, "All you need is a good init", ICLR 2016, algorithm 1.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).uniform(0, 255, (50, 20))
    >>> model = nn.MLP([20, 30, 30, 1], "tanh", seed=0)
    >>> table = lsuv(model, x, rng=0)
    >>> [round(row.after, 6) for row in table]
    [1.0, 1.0, 1.0]
    """
    if not 0 < variance <= sys.float_info.max:
        raise ValueError(f"variance must be a positive number, got {variance!r}")
    number("tolerance", tolerance)
    views = {cast(Weighted, view.module): view for view in read(model, x).layers}
    modules = list(views)
    old = [module.weight.data for module in modules]
    try:
        if init is not None:
            _redraw(views, init, rng)
        return Table(
            (_rescale(model, x, module, variance, tolerance) for module in modules),
            caption=f"every layer's preactivations have variance {variance:g}",
        )
    except BaseException:
        for module, data in zip(modules, old, strict=True):
            module.weight.data = data
        raise


def _redraw(
    views: Mapping[Weighted, LayerView],
    spec: initialisation.Spec,
    rng: initialisation.Seed | None,
) -> None:
    strategy = initialisation.get(spec)
    generator = np.random.default_rng() if rng is None else rng
    own = initialisation.spawn(generator, len(views))
    for (module, view), each in zip(views.items(), own, strict=True):
        module.weight.data = _drawn(view, strategy, each)


def _drawn(
    view: LayerView, strategy: initialisation.Initializer, rng: np.random.Generator
) -> Array:
    old, groups = view.weight, getattr(view.module, "groups", 1)
    window = old.shape[2:]
    shape = (view.units, view.fan_in // math.prod(window), *window)
    drawn = draw_weights(shape, strategy, 1.0, rng=rng, dtype=old.dtype, groups=groups)
    if shape != old.shape:  # a transposed convolution, which has its inputs first
        drawn = drawn.reshape((groups, -1, *shape[1:])).swapaxes(1, 2)
    return drawn.reshape(old.shape)


def _rescale(
    model: Module, x: Any, module: Weighted, variance: float, tolerance: float
) -> Rescaled:
    name, found = _measured(model, x, module)
    before, factor = found, 1.0
    for _ in range(_ROUNDS):
        if abs(found / variance - 1) <= tolerance / 100:
            break
        step = math.sqrt(variance / found)
        module.weight.data = module.weight.data * step
        factor *= step
        _, found = _measured(model, x, module)
    if abs(found / variance - 1) > tolerance:
        raise ValueError(
            f"{name} can't get preactivations of variance {variance:g}, only {found:.3g}: "
            "its biases alone vary too much, set them to zero first"
        )
    return Rescaled(name, before, found, factor)


def _measured(model: Module, x: Any, module: Weighted) -> tuple[str, float]:
    """Return a layer's name, and the variance of its preactivations on x."""
    view = next(view for view in read(model, x).layers if view.module is module)
    found = float(np.asarray(raw(view.z), np.float64).var())
    if not (math.isfinite(found) and found > 0):
        raise ValueError(
            f"the preactivations of {view.name} have variance {found:g} on this x: expected data "
            "that varies and layers before that let it through; nothing was changed"
        )
    return view.name, found
