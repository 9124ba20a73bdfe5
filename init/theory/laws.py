"""Laws for the variance of signals and gradients: those behind LeCun, Xavier and He.

The forward, backward and weight-gradient laws of a deep network, and of a
ReLU network of one width. Laws for one given activation need its Gaussian moments and are in
``init.theory.meanfield``; measurements are not made here.

Widths are (n_0, ..., n_L): the input, the layers, the output. Weights W_l have shape
(n_l, n_{l-1}), independent entries with mean 0, and the preactivations are f_l = W_l h_{l-1} with
h_0 = x and h_l = phi(f_l). Biases are 0. All moments are second moments about zero, E[f²], which
are the variances wherever the mean is 0 (as it is for f, but not for h after a ReLU).
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from init import argument_checks
from init.theory.rules import MeanVariance

__all__ = [
    "WEIGHT_VARIANCES",
    "Signal",
    "backward_law",
    "forward_law",
    "relu_log_ratio",
    "relu_network_law",
    "weight_gradient_law",
]

WEIGHT_VARIANCES = (0.001, 0.01, 0.02, 0.1, 1.0)
"""The five weight variances of figure 7.4 in S. Prince, "Understanding Deep Learning", 2023."""


class _Network(NamedTuple):
    """Widths n_0 ... n_L, and the variances of W_1 ... W_L."""

    widths: NDArray[np.float64]
    variances: NDArray[np.float64]


def _network(widths: Sequence[int], weight_variances: float | Sequence[float]) -> _Network:
    sizes = [
        argument_checks.positive_integer(
            f"widths[{i}]", n, "a layer without units passes nothing on"
        )
        for i, n in enumerate(widths)
    ]
    if len(sizes) < 2:
        raise ValueError(f"widths must have an input and a layer at least, got {len(sizes)} widths")
    depth = len(sizes) - 1
    given = [weight_variances] * depth if np.ndim(weight_variances) == 0 else weight_variances
    variances = [
        argument_checks.number(
            f"weight_variances[{i}]", v, minimum=0, why="it is a mean of squares"
        )
        for i, v in enumerate(np.asarray(given).tolist())
    ]
    if len(variances) != depth:
        raise ValueError(
            f"weight_variances must be one number, or one for each of the {depth} layers, "
            f"got {len(variances)}"
        )
    return _Network(np.array(sizes, dtype=np.float64), np.array(variances))


def _moment(what: str, value: float) -> float:
    return argument_checks.number(what, value, minimum=0, why="it is a mean of squares")


def forward_law(
    widths: Sequence[int],
    weight_variances: float | Sequence[float],
    *,
    input_moment: float = 1.0,
    ratio: float = 1.0,
) -> NDArray[np.float64]:
    """Predict the size of the preactivations of every layer.

    E[f_1²] = n_0 V[W_1] E[x²], then E[f_{l+1}²] = n_l V[W_{l+1}] ratio E[f_l²].

    Parameters
    ----------
    widths : sequence of int
        n_0 (the input), n_1, ..., n_L (the output).
    weight_variances : float or sequence of float
        V[W_1], ..., V[W_L], or one number for all of them.
    input_moment : float
        E[x²].
    ratio : float
        E[phi(f)²] / E[f²]: 1 for linear units, 1/2 for ReLU (of a symmetric f), the same at every
        size of f. For other activations see ``init.theory.meanfield.q_map``.

    Returns
    -------
    numpy.ndarray, shape (L,)
        E[f_l²] for l = 1, ..., L, averaged over the weights.

    Raises
    ------
    TypeError, ValueError
        For widths that aren't positive integers, a negative moment, or lengths that don't match.

    References
    ----------
    LeCun et al. 1998, section 4.6; Glorot & Bengio 2010, eq. 5; He et al. 2015, eq. 9.

    Examples
    --------
    >>> forward_law((100, 50, 50), (0.01, 0.02))
    array([1., 1.])
    >>> forward_law((100,) * 4, 2 / 100, ratio=1 / 2)
    array([2., 2., 2.])
    """
    network = _network(widths, weight_variances)
    factors = network.widths[:-1] * network.variances
    factors[1:] *= _moment("ratio", ratio)
    return np.asarray(_moment("input_moment", input_moment) * np.cumprod(factors))


def backward_law(
    widths: Sequence[int],
    weight_variances: float | Sequence[float],
    *,
    output_moment: float = 1.0,
    ratio: float = 1.0,
) -> NDArray[np.float64]:
    """Predict the size of the gradients at the preactivations of every layer.

    E[∂f_L²] is given, then E[∂f_{l-1}²] = ratio n_l V[W_l] E[∂f_l²], where ∂f is the derivative
    of the loss by f (or of the output, with ``output_moment`` 1).

    Parameters
    ----------
    widths : sequence of int
        n_0 (the input), n_1, ..., n_L (the output).
    weight_variances : float or sequence of float
        V[W_1], ..., V[W_L], or one number for all of them.
    output_moment : float
        E[∂f_L²], at the output.
    ratio : float
        E[phi'(f)²]: 1 for linear units, 1/2 for ReLU. For other activations see
        ``init.theory.meanfield.chi``.

    Returns
    -------
    numpy.ndarray, shape (L,)
        E[∂f_l²] for l = 1, ..., L, averaged over the weights.

    Raises
    ------
    TypeError, ValueError
        As :func:`forward_law`.

    References
    ----------
    Glorot & Bengio 2010, eq. 6; He et al. 2015, eq. 13.

    Examples
    --------
    >>> backward_law((100, 50, 25, 10), (1 / 50, 1 / 25, 1 / 10))
    array([1., 1., 1.])
    """
    network = _network(widths, weight_variances)
    factors = (network.widths[1:] * network.variances)[::-1] * _moment("ratio", ratio)
    start = _moment("output_moment", output_moment)
    return start * np.concatenate([[1.0], np.cumprod(factors[:-1])])[::-1]


def weight_gradient_law(
    widths: Sequence[int],
    weight_variances: float | Sequence[float],
    *,
    input_moment: float = 1.0,
    output_moment: float = 1.0,
    forward_ratio: float = 1.0,
    backward_ratio: float = 1.0,
) -> NDArray[np.float64]:
    """Predict the size of the gradients of the weights of every layer.

    ∂W_l = ∂f_l h_{l-1}ᵀ, so E[∂W_l²] = E[∂f_l²] E[h_{l-1}²] (for one sample). With linear units
    and V[W_k] = 1/n_k this is (n_0/n_{l-1}) V[∂y] V[x].

    Parameters
    ----------
    widths : sequence of int
        n_0 (the input), n_1, ..., n_L (the output).
    weight_variances : float or sequence of float
        V[W_1], ..., V[W_L], or one number for all of them.
    input_moment, output_moment : float
        E[x²], and E[∂f_L²] at the output.
    forward_ratio, backward_ratio : float
        As ``ratio`` in :func:`forward_law` and :func:`backward_law`.

    Returns
    -------
    numpy.ndarray, shape (L,)
        E[∂W_l²] of one entry, for l = 1, ..., L.

    Raises
    ------
    TypeError, ValueError
        As :func:`forward_law`.

    References
    ----------
    Glorot & Bengio 2010, eq. 7 and 14.

    Examples
    --------
    >>> weight_gradient_law((80, 40, 20, 10), (1 / 40, 1 / 20, 1 / 10))
    array([1., 2., 4.])
    """
    preactivations = forward_law(
        widths, weight_variances, input_moment=input_moment, ratio=forward_ratio
    )
    gradients = backward_law(
        widths, weight_variances, output_moment=output_moment, ratio=backward_ratio
    )
    activations = np.concatenate([[input_moment], forward_ratio * preactivations[:-1]])
    return np.asarray(gradients * activations)


class Signal(NamedTuple):
    """Second moments by hidden layer: of the preactivations, and of the gradients at them.

    Attributes
    ----------
    forward : ndarray of shape (depth,)
        E[f²].
    backward : ndarray of shape (depth,)
        E[∂f²].

    Examples
    --------
    >>> from init import theory
    >>> signal = theory.relu_network_law(2 / 100, depth=50, width=100)  # He's variance
    >>> float(signal.forward[0]), float(signal.forward[-1])  # the signal keeps its size
    (2.0, 2.0)
    """

    forward: NDArray[np.float64]
    backward: NDArray[np.float64]


def relu_network_law(
    weight_variance: float,
    *,
    depth: int = 50,
    width: int = 100,
    of: Literal["output", "loss"] = "output",
) -> Signal:
    """Predict the second moments in a ReLU network of one width, for one weight variance.

    A network of ReLUs with inputs from N(0, I), as many of them as units in a hidden layer, zero
    biases and one linear output y: E[f_l²] = n v (n v/2)^(l-1), and
    E[(∂y/∂f_l)²] = (v/2) (n v/2)^(depth-l), for width n and weight variance v.

    Parameters
    ----------
    weight_variance : float
        v; those of Figure 7.4 of Prince's book are in ``WEIGHT_VARIANCES``.
    depth, width : int
        Hidden layers, and the units in each.
    of : {"output", "loss"}
        What is differentiated: y, or the least-squares loss l = y², of target 0. Then
        E[(∂l/∂f_l)²] is 4 E[y²] times as large.

    Returns
    -------
    Signal
        Two arrays of shape (depth,): layers l = 1, ..., depth.

    Raises
    ------
    TypeError, ValueError
        For a negative variance, or sizes that aren't positive integers.

    Notes
    -----
    These are means over networks. A single network scatters about them log-normally (see
    :func:`relu_log_ratio`): compare means of logarithms, never single draws.

    References
    ----------
    S. Prince, "Understanding Deep Learning", 2023, figure 7.4.

    Examples
    --------
    >>> he = relu_network_law(2 / 100)
    >>> he.forward[[0, 49]], he.backward[[0, 49]]
    (array([2., 2.]), array([0.01, 0.01]))
    """
    layers = argument_checks.positive_integer("depth", depth, "there is nothing to predict")
    widths = (*(width,) * (layers + 1), 1)
    forward = forward_law(widths, weight_variance, ratio=1 / 2)
    backward = backward_law(widths, weight_variance, ratio=1 / 2)[:-1]
    sent_back = argument_checks.choice("of", of, {"output": 1.0, "loss": 4 * forward[-1]})
    return Signal(forward[:-1], sent_back * backward)


_EULER_GAMMA = 0.5772156649015329


def relu_log_ratio(width: int) -> MeanVariance:
    """Return the mean and variance of log R for a layer of ReLUs with He's weights.

    R = |h_{l+1}|² / |h_l|² is the growth of one network at one layer. Given K active units, R is
    2/n times a chi-square variable with K degrees of freedom, and K is binomial (n, 1/2). E[R] is
    1, but E[log R] is below 0: the typical network shrinks, and a few large ones make up for it.
    Logarithms add up over layers, so at depth l a network is off by a log-normal factor of
    variance l V[log R].

    Parameters
    ----------
    width : int
        n, the units in the layer and in the one before. (That none is active, one time in 2ⁿ, is
        left out: the logarithm would be -inf.)

    Returns
    -------
    MeanVariance
        Of log R (natural logarithm).

    Raises
    ------
    TypeError, ValueError
        If ``width`` isn't a positive integer.

    References
    ----------
    E[log chi²_k] = psi(k/2) + log 2 and V[log chi²_k] = psi'(k/2): M. Abramowitz and I. Stegun,
    "Handbook of Mathematical Functions", 1964, 26.4 and 6.3-6.4. The half-integer values come from
    psi(z + 1) = psi(z) + 1/z (6.3.5) and its derivative (6.4.6).

    Examples
    --------
    >>> log_ratio = relu_log_ratio(100)
    >>> round(log_ratio.mean, 4), round(log_ratio.variance, 4)
    (-0.0254, 0.0519)
    """
    n = argument_checks.positive_integer("width", width, "a layer without units passes nothing on")
    active = np.arange(1, n + 1)
    digamma = np.empty(n)
    trigamma = np.empty(n)
    starts = (  # psi and psi' at 1/2 (odd numbers of active units) and at 1 (even ones)
        (-_EULER_GAMMA - 2 * math.log(2), math.pi**2 / 2),
        (-_EULER_GAMMA, math.pi**2 / 6),
    )
    for parity, (psi, slope) in enumerate(starts):
        z = active[parity::2] / 2
        digamma[parity::2] = psi + np.cumsum(np.concatenate([[0.0], 1 / z[:-1]]))[: z.size]
        trigamma[parity::2] = slope - np.cumsum(np.concatenate([[0.0], 1 / z[:-1] ** 2]))[: z.size]
    log_choose = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in active]
    weights = np.exp(np.array(log_choose) - n * math.log(2))
    weights /= weights.sum()
    conditional = digamma + math.log(4 / n)
    mean = float(weights @ conditional)
    return MeanVariance(mean, float(weights @ (trigamma + (conditional - mean) ** 2)))
