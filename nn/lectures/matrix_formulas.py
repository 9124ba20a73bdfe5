"""Backpropagation in matrices: products of Jacobians, and the paths that they sum over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd import Tensor, jacobian
from autograd.extend import get_op
from init.theory import ACTIVATIONS
from nn.lectures.comparison import Comparison, LayersLike, as_layers, check_widths, pairs
from nn.support.examples import Floats, finite

_CALLED = {"identity": "linear"}

# The derivatives of the activations that are treated in matrices.
_SLOPES = {
    name: slope
    for name in ("sigmoid", "tanh", "relu", "identity")
    if (slope := ACTIVATIONS[_CALLED.get(name, name)].derivative) is not None
}


@dataclass(frozen=True, eq=False)
class Jacobians:
    """Backpropagation through layers h_i = σ(z_i), z_i = W_i h_{i−1}, for one example.

    Attributes
    ----------
    jacobians : tuple of ndarray
        For each layer, J_i = ∂h_i/∂h_{i−1} = diag(σ'(z_i)) W_i, of shape (out, in).
    signals : tuple of ndarray
        For the inputs and then each layer, ∂L/∂h_i: the last is ∂L/∂y.
    gradients : tuple of ndarray
        For each layer, ∂L/∂W_i of shape (out, in).
    loss : float

    Examples
    --------
    >>> each, _ = jacobian_backprop([[[2.0]], [[3.0]]], [1.0], [5.0], activation="identity")
    >>> found = each[0].by_hand
    >>> [signal.tolist() for signal in found.signals], found.loss  # 1, by 3, by 2
    ([[6.0], [3.0], [1.0]], 0.5)
    """

    jacobians: tuple[Floats, ...]
    signals: tuple[Floats, ...]
    gradients: tuple[Floats, ...]
    loss: float


def jacobian_backprop(
    weights: Iterable[npt.ArrayLike],
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    activation: str | Sequence[str] = "sigmoid",
) -> tuple[list[Comparison[Jacobians]], Comparison[tuple[Floats, ...]]]:
    """Backpropagate with matrices: ∂L/∂h_i = J_{i+1}ᵀ ⋯ J_{M+1}ᵀ ∂L/∂y, for L = ½‖y − target‖².

    Layer M + 1 is the output. From that, ∂L/∂W_i = (σ'(z_i) ⊙ ∂L/∂h_i) h_{i−1}ᵀ.

    Parameters
    ----------
    weights : iterable of array_like, each of shape (out, in)
        W_1 … W_{M+1}.
    X : array_like, shape (n, inputs), or (inputs,) for one example
    Y : array_like, shape (n, outputs), or (outputs,)
    activation : {"sigmoid", "tanh", "relu", "identity"}, or a sequence of them
        σ, of every layer; or one for each, as for a network whose last layer is linear: its
        Jacobian is W_{M+1} itself.

    Returns
    -------
    list of Comparison of Jacobians
        For each example.
    Comparison of tuple of ndarray
        For each layer the gradient of the mini-batch loss: the mean over the examples. By the
        engine, of all examples at once.

    Examples
    --------
    >>> _, (by_hand, by_engine) = jacobian_backprop([[[1.0, -1.0]], [[2.0]]], [0.5, 0.5], [1.0])
    >>> by_hand[1].round(6), by_engine[1].round(6)
    (array([[-0.026439]]), array([[-0.026439]]))
    """
    matrices = [finite("weights", W, ndim=2) for W in weights]
    check_widths(matrices)
    X, Y = pairs(X, Y, matrices)
    names = _one_a_layer(activation, len(matrices))
    each = [
        Comparison(_jacobians(matrices, x, y, names), _recorded(matrices, x, y, names))
        for x, y in zip(X, Y, strict=True)
    ]
    by_hand = [passed.by_hand.gradients for passed in each]
    mean = tuple(np.mean(layer, axis=0) for layer in zip(*by_hand, strict=True))

    parameters = [Tensor(W) for W in matrices]
    h: Any = X
    for W, name in zip(parameters, names, strict=True):
        h = get_op(name)(h @ W.T)
    (((h - Y) * (h - Y)).sum() / (2 * len(X))).backward()
    return each, Comparison(mean, tuple(np.array(W.grad) for W in parameters))


def _one_a_layer(activation: str | Sequence[str], layers: int) -> list[str]:
    names = [activation] * layers if isinstance(activation, str) else list(activation)
    if len(names) != layers or not set(names) <= set(_SLOPES):
        raise ValueError(
            f"activation must be one of {', '.join(_SLOPES)}, or a sequence of them, one for each "
            f"of the {layers} layers, got {activation!r}"
        )
    return names


def _jacobians(
    weights: Sequence[Floats], x: Floats, y: Floats, activations: Sequence[str]
) -> Jacobians:
    h, slopes = [x], []
    for W, name in zip(weights, activations, strict=True):
        z = W @ h[-1]
        slopes.append(_SLOPES[name](z))
        h.append(ACTIVATIONS[_CALLED.get(name, name)](z))
    jacobians = [np.diag(s) @ W for s, W in zip(slopes, weights, strict=True)]
    signals = [h[-1] - y]
    for J in reversed(jacobians):
        signals.insert(0, J.T @ signals[0])
    gradients = [
        np.outer(s * signal, before)
        for s, signal, before in zip(slopes, signals[1:], h[:-1], strict=True)
    ]
    loss = float(np.square(h[-1] - y).sum() / 2)
    return Jacobians(tuple(jacobians), tuple(signals), tuple(gradients), loss)


def _recorded(
    weights: Sequence[Floats], x: Floats, y: Floats, activations: Sequence[str]
) -> Jacobians:
    parameters = [Tensor(W) for W in weights]
    h: list[Any] = [Tensor(x)]
    for W, name in zip(parameters, activations, strict=True):
        h.append(get_op(name)(W @ h[-1]))
    loss = ((h[-1] - y) * (h[-1] - y)).sum() / 2
    loss.backward()
    signals = tuple(np.array(layer.grad) for layer in h)
    gradients = tuple(np.array(W.grad) for W in parameters)
    jacobians = tuple(
        jacobian(lambda v, W=W, name=name: get_op(name)(W @ v))(layer.data)
        for W, name, layer in zip(weights, activations, h[:-1], strict=True)
    )
    return Jacobians(jacobians, signals, gradients, float(loss.data))


class Path(NamedTuple):
    """One way from an input to an output, through a unit of each layer.

    Attributes
    ----------
    units : tuple of int
        The input, a unit of each hidden layer, and the output.
    product : float
        Of the derivatives along the way.

    Examples
    --------
    >>> path, *_ = jacobian_paths([[[1.0], [2.0]], [[3.0, 4.0]]], source=0, sink=0)
    >>> path.units, path.product  # through the second hidden unit: 2 · 4
    ((0, 1, 0), 8.0)
    """

    units: tuple[int, ...]
    product: float


def jacobian_paths(jacobians: Sequence[npt.ArrayLike], source: int, sink: int) -> list[Path]:
    """Return every path from an input to an output, with its product of derivatives.

    They sum to the entry of the product J_{M+1} ⋯ J_1 at (sink, source): that is the chain rule
    as "all possible paths".

    Parameters
    ----------
    jacobians : sequence of array_like, each of shape (out, in)
        J_1 … J_{M+1}, the first first.
    source, sink : int
        Which input, and which output.

    Returns
    -------
    list of Path
        The largest product, by its size, first. There are as many as units in the hidden layers
        multiplied together.

    Examples
    --------
    >>> jacobian_paths([[[1.0], [2.0]], [[3.0, -5.0]]], source=0, sink=0)
    [Path(units=(0, 1, 0), product=-10.0), Path(units=(0, 0, 0), product=3.0)]
    """
    matrices = [finite("jacobians", J, ndim=2) for J in jacobians]
    check_widths(matrices)
    hidden = [range(len(J)) for J in matrices[:-1]]
    found = []
    for between in product(*hidden):
        units = (source, *between, sink)
        steps = [J[units[k + 1], units[k]] for k, J in enumerate(matrices)]
        found.append(Path(units, float(np.prod(steps))))
    return sorted(found, key=lambda path: -abs(path.product))


@dataclass(frozen=True, eq=False)
class ReluPass:
    """Backpropagation through f_k = β_k + Ω_k h_k, h_k = ReLU(f_{k−1}), for one example.

    Attributes
    ----------
    preactivations : tuple of ndarray
        f_0 … f_K.
    signals : tuple of ndarray
        ∂f_k, the derivative of the loss ½‖f_K − y‖² with respect to f_k.
    biases : tuple of ndarray
        ∂β_k = ∂f_k.
    weights : tuple of ndarray
        ∂Ω_k = ∂f_k h_kᵀ, with h_0 = x.

    Examples
    --------
    >>> passed = relu_backprop([([[1.0], [-1.0]], [0, 0]), ([[2.0, 3.0]], [1.0])], [1.0], [0.0])
    >>> found = passed.by_engine
    >>> [f.tolist() for f in found.preactivations], found.weights[1].tolist()  # ∂f · h
    ([[1.0, -1.0], [3.0]], [[3.0, 0.0]])
    """

    preactivations: tuple[Floats, ...]
    signals: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    weights: tuple[Floats, ...]


def relu_backprop(layers: LayersLike, x: npt.ArrayLike, y: npt.ArrayLike) -> Comparison[ReluPass]:
    """Backpropagate through a ReLU network: ∂f_{k−1} = I[f_{k−1} > 0] ⊙ (Ω_kᵀ ∂f_k).

    Parameters
    ----------
    layers : iterable of (array_like, array_like)
        For each layer, Ω_k of shape (out, in) and β_k of shape (out,).
    x : array_like, shape (inputs,)
    y : array_like, shape (outputs,)

    Returns
    -------
    Comparison of ReluPass

    References
    ----------
    S. J. D. Prince, "Understanding Deep Learning", 2023, eq. 7.13.

    Examples
    --------
    >>> layers = [([[1.0], [-1.0]], [0, 0]), ([[2.0, 3.0]], [1.0])]
    >>> by_hand, by_engine = relu_backprop(layers, [1.0], [0.0])
    >>> [signal.tolist() for signal in by_hand.signals]
    [[6.0, 0.0], [3.0]]
    """
    parameters = as_layers(layers)
    X, Y = pairs(finite("x", x, ndim=1), finite("y", y, ndim=1), [W for W, _ in parameters])
    f, h = [], [X[0]]
    for omega, beta in parameters:
        f.append(beta + omega @ h[-1])
        h.append(np.maximum(f[-1], 0.0))
    df = [f[-1] - Y[0]]
    for k in range(len(parameters) - 1, 0, -1):
        df.insert(0, (f[k - 1] > 0) * (parameters[k][0].T @ df[0]))
    omegas = tuple(np.outer(signal, before) for signal, before in zip(df, h, strict=False))
    by_hand = ReluPass(tuple(f), tuple(df), tuple(df), omegas)

    recorded = [(Tensor(omega), Tensor(beta)) for omega, beta in parameters]
    nodes: list[Any] = []
    below: Any = X[0]
    for omega_k, beta_k in recorded:
        nodes.append(beta_k + omega_k @ below)
        below = get_op("relu")(nodes[-1])
    (((nodes[-1] - Y[0]) * (nodes[-1] - Y[0])).sum() / 2).backward()
    by_engine = ReluPass(
        tuple(np.array(node.data) for node in nodes),
        tuple(np.array(node.grad) for node in nodes),
        tuple(np.array(beta_k.grad) for _, beta_k in recorded),
        tuple(np.array(omega_k.grad) for omega_k, _ in recorded),
    )
    return Comparison(by_hand, by_engine)
