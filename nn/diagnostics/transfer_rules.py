"""What each kind of layer does to the moments of a signal and of its gradient, in the wide limit.

``RULES`` has a row for each kind. Forward a rule gives the moments of the result, from those of the
operands; backward the second moment of each operand's gradient, from the result's (nan: unknown).
Gradients that come from different places are taken to be uncorrelated, as random weights make them.

References
----------
B. Poole et al. 2016 and S. Schoenholz et al. 2017: weights and activations. G. Yang and S.
Schoenholz, "Mean field residual networks: on the edge of chaos", NeurIPS 2017: sums. S. Hayou,
A. Doucet, J. Rousseau, "On the impact of the activation function on deep neural networks training",
ICML 2019: correlations. L. Xiao et al., "Dynamical isometry and a mean field theory of CNNs", ICML
2018: convolutions. G. Yang et al., "A mean field theory of batch normalization", ICLR 2019: norms.
J. Hron et al., "Infinite attention: NNGP and NTK for deep attention networks", ICML 2020:
attention, whose scores are Gaussian.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

import numpy as np

from autograd import avg_pool
from nn.diagnostics.activation_moments import activated, slope_moment
from nn.diagnostics.attention_shares import Scores, attended
from nn.diagnostics.layer_views import Array
from nn.diagnostics.signal_moments import Moments, over_the_average, sizes
from nn.diagnostics.signal_steps import Step
from nn.diagnostics.window_maxima import largest, slope_of_largest
from nn.diagnostics.window_taps import taps_of

__all__ = ["RULES", "Rule", "State"]

State: TypeAlias = Moments | Scores
_NAN = math.nan


@dataclass(frozen=True)
class Rule:
    """What a kind of layer does.

    Attributes
    ----------
    forward : callable
        (step, moments of the operands) to the moments of the result.
    backward : callable
        (step, moments of the operands, E[∂²] of the result) to E[∂²] of each operand.
    """

    forward: Callable[[Step, Sequence[Any]], State]
    backward: Callable[[Step, Sequence[Any], float], Sequence[float]]


def _unknown(step: Step, operands: Sequence[Any], g: float) -> Sequence[float]:
    return [_NAN] * len(operands)


def _spread(step: Step, k: int = 0) -> float:
    """Return how many elements of the result there are for each of an operand."""
    return math.prod(step.shape) / math.prod(step.shapes[k])


# Random weights and activations -------------------------------------------------------------------


def _weigh(step: Step, operands: Sequence[Moments]) -> Moments:
    (x,) = operands
    taps = taps_of(step.node, x.power)
    here, apart, b = taps.own * step.weight, taps.common * step.weight, step.bias
    there = here * x.square + b, apart * x.near + b, here * x.cross + b, apart * x.far + b
    return _in_its_places(step, Moments(0.0, *there, power=taps.power))


def _weigh_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    return [g * step.weight * taps_of(step.node).own * _spread(step)]


def _activate(step: Step, operands: Sequence[Moments]) -> Moments:
    return activated(step.activation, operands[0])


def _activate_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    return [g * slope_moment(step.activation, operands[0])]


# Sums and products of two signals -----------------------------------------------------------------


def _add(sign: int) -> Callable[[Step, Sequence[Moments]], Moments]:
    """Return the rule of a + b, of a residual or a bias: uncorrelated but for the means."""

    def forward(step: Step, operands: Sequence[Moments]) -> Moments:
        a, b = operands
        both = 2 * sign * a.mean * b.mean
        return Moments.of(a.mean + sign * b.mean, lambda p, r: p + r + both, a, b)

    return forward


def _add_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    return [g * _spread(step, k) for k in range(2)]


def _multiply(step: Step, operands: Sequence[Moments]) -> Moments:
    """Take a b of independent factors: a gate, a norm's scale, a dropout's mask of 0 or 1/(1-p)."""
    a, b = operands
    return Moments.of(a.mean * b.mean, lambda p, r: p * r, a, b)


def _multiply_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    a, b = operands
    return [g * b.square * _spread(step, 0), g * a.square * _spread(step, 1)]


def _divide(step: Step, operands: Sequence[Moments]) -> Moments:
    """Take a/b of a b that is almost a constant, such as a mean over many units."""
    a, b = operands
    mean = a.mean / b.mean if b.mean else _NAN
    return Moments.of(mean, lambda p, r: p / r if r else _NAN, a, b)


def _divide_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    # Through b comes one part in as many as b is a mean of.
    return [g / operands[1].square * _spread(step, 0) if operands[1].square else _NAN, 0.0]


# Norms --------------------------------------------------------------------------------------------


def _kept_of(step: Step, x: Moments) -> tuple[float, float, float]:
    """Return what is taken off the products: of one sample, of two; and one over the variance."""
    over = {step.operand_roles[axis] for axis in step.axes}
    lengths = [n if k in step.axes else 1 for k, n in enumerate(step.shapes[0])]
    samples, places, _ = sizes(lengths, step.operand_roles)
    if "u" in over:  # units are many and their mean is E[x], in this sample and in another
        own = others = x.mean * x.mean
    else:
        own = (x.square + (places - 1) * x.near) / places
        others = (x.cross + (places - 1) * x.far) / places
        if "s" in over:
            own = others = (own + (samples - 1) * others) / samples
    eps = (step.node.params or {}).get("eps", 1e-5)
    room = x.square - own + eps
    return own, others, 1 / room if room > 0 else _NAN


def _normalise(step: Step, operands: Sequence[Moments]) -> Moments:
    (x,) = operands
    own, others, scale = _kept_of(step, x)
    power = None
    if x.power is not None and "p" in {step.operand_roles[axis] for axis in step.axes}:
        power = over_the_average(np.maximum(x.square * x.power - own, 0.0))
    return Moments(
        0.0,
        (x.square - own) * scale,
        (x.near - own) * scale,
        (x.cross - others) * scale,
        (x.far - others) * scale,
        power,
    )


def _normalise_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    """Divide by the variance. (The two directions in which nothing passes are few of many.)

    Of a batch norm nothing is predicted: what samples share of a gradient doesn't pass it.
    """
    if "u" not in {step.operand_roles[axis] for axis in step.axes}:
        return [_NAN]
    return [g * _kept_of(step, operands[0])[2]]


# Shapes, means and pools --------------------------------------------------------------------------


def _move(step: Step, operands: Sequence[Moments]) -> Moments:
    return _in_its_places(step, replace(operands[0], power=None))


def _in_its_places(step: Step, x: Moments) -> Moments:
    """Forget other places where there are none left, or where they have become units."""
    return x if "p" in step.roles else replace(x, near=x.square, far=x.cross, power=None)


def _move_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    return [g * _spread(step)]


def _average_of(x: Moments, n: float) -> Moments:
    """Return the moments of the mean of n places."""
    own, others = (x.square + (n - 1) * x.near) / n, (x.cross + (n - 1) * x.far) / n
    return Moments(x.mean, own, x.near, others, x.far)


def _mean(power: int) -> Callable[[Step, Sequence[Moments]], Moments]:
    """Return the rule of a mean, or of a sum: n to this power times a mean."""

    def forward(step: Step, operands: Sequence[Moments]) -> Moments:
        (x,) = operands
        n = 1 / _spread(step)
        if step.operand_roles.count("u") > step.roles.count("u"):  # of many units: their mean
            found = Moments.constant(x.mean)
        else:
            found = _in_its_places(step, _average_of(x, n))
        scale = n**power
        return Moments.of(found.mean * scale, lambda product: product * scale * scale, found)

    return forward


def _mean_back(power: int) -> Callable[[Step, Sequence[Moments], float], Sequence[float]]:
    return lambda step, operands, g: [g * _spread(step) ** (2 - 2 * power)]


def _window(step: Step) -> int:
    return math.prod((step.node.params or {})["kernel"])


def _pool(step: Step, operands: Sequence[Moments]) -> Moments:
    (x,) = operands
    return replace(_average_of(x, _window(step)), power=_pooled(step, x.power))


def _pooled(step: Step, power: Array | None) -> Array | None:
    """Return the average power of each window."""
    how = {k: each for k, each in (step.node.params or {}).items() if k in {"kernel", "stride"}}
    if power is None or how != step.node.params:
        return None
    found: Array = np.asarray(avg_pool(power[None, None], **how))[0, 0]
    return found


def _pool_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    return [g * _spread(step) / _window(step)]


def _largest(step: Step, operands: Sequence[Moments]) -> Moments:
    (x,) = operands
    return replace(largest(step.activation, x, _window(step)), power=_pooled(step, x.power))


def _largest_back(step: Step, operands: Sequence[Moments], g: float) -> Sequence[float]:
    """Send it to the largest of each window, and through the slope that it has there."""
    return [g * _spread(step) * slope_of_largest(step.activation, operands[0], _window(step))]


# Attention ----------------------------------------------------------------------------------------


def _scores(step: Step, operands: Sequence[Moments]) -> Scores:
    query, key = operands
    return Scores(query, key, float(step.shapes[0][-1]), np.ones(step.shape[-2:]))


def _beside(operands: Sequence[Any]) -> tuple[Scores, float]:
    """Return the scores of two operands, and the other one's second moment."""
    (scores,) = (each for each in operands if isinstance(each, Scores))
    (other,) = (each for each in operands if not isinstance(each, Scores))
    return scores, other.square


def _scale_scores(power: int) -> Callable[[Step, Sequence[Any]], Scores]:
    def forward(step: Step, operands: Sequence[Any]) -> Scores:
        scores, square = _beside(operands)
        return replace(scores, scale=scores.scale * square**power)

    return forward


def _mask(step: Step, operands: Sequence[Any]) -> Scores:
    scores, _ = _beside(operands)
    return replace(scores, seen=np.broadcast_to(step.seen, step.shape[-2:]) * scores.seen)


def _thin_out(step: Step, operands: Sequence[Any]) -> Scores:
    """Take the dropout of shares: their squares grow, and products of two of them don't."""
    scores, square = _beside(operands)
    return replace(scores, thinned=scores.thinned * square)


def _as_they_are(step: Step, operands: Sequence[Any]) -> Scores:
    return cast(Scores, operands[0])


def _attend(step: Step, operands: Sequence[Any]) -> Moments:
    return attended(cast(Scores, operands[0]), cast(Moments, operands[1]))


RULES: Mapping[str, Rule] = {
    "weights": Rule(_weigh, _weigh_back),  # Linear, convolutions
    "activation": Rule(_activate, _activate_back),
    "add": Rule(_add(1), _add_back),  # Residual, positions
    "sub": Rule(_add(-1), _add_back),
    "mul": Rule(_multiply, _multiply_back),  # Dropout, gates, a norm's scale
    "div": Rule(_divide, _divide_back),  # RMSNorm
    "standardize": Rule(_normalise, _normalise_back),  # LayerNorm, GroupNorm, BatchNorm
    "shape": Rule(_move, _move_back),  # Flatten, padding that isn't zeros
    "mean": Rule(_mean(0), _mean_back(0)),
    "sum": Rule(_mean(1), _mean_back(1)),
    "avg_pool": Rule(_pool, _pool_back),
    "max_pool": Rule(_largest, _largest_back),
    "scores": Rule(_scores, _unknown),  # attention, from here on
    "mul scores": Rule(_scale_scores(1), _unknown),
    "div scores": Rule(_scale_scores(-1), _unknown),
    "mask": Rule(_mask, _unknown),
    "softmax": Rule(_as_they_are, _unknown),
    "shape of scores": Rule(_as_they_are, _unknown),
    "thin out": Rule(_thin_out, _unknown),
    "attention": Rule(_attend, _unknown),
}
"""A row for each kind of layer."""
