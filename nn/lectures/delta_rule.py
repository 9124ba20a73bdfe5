"""The delta rule by hand: one step, one epoch, and gradient descent on the whole batch, on XOR.

A network of sigmoid or tanh units with the error E = ½ Σ (y − o)². The sensitivity of a unit is

    δ_i = error_i · φ'(in_i),   error = −(y − o) at an output, Σ_j δ_j w_ij at a hidden unit,

and a step is w_ki ← w_ki − α δ_i o_k, bias ← bias − α δ_i. In the graph, δ_i is the gradient of
the unit's preactivation, and δ_i o_k that of its weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor
from autograd.extend import get_op
from init.theory import ACTIVATIONS
from nn.lectures.comparison import Comparison, Layers, LayersLike, as_layers, pairs
from nn.support.bounds import at_least_zero
from nn.support.examples import Floats

XOR_INPUTS: Floats = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_TARGETS: Floats = np.array([[0.0], [1.0], [1.0], [0.0]])

XOR_START: Layers = (
    (np.array([[0.02, 0.03], [0.01, 0.02]]), np.zeros(2)),
    (np.array([[0.01, 0.03]]), np.zeros(1)),
)
"""A start that is often taught: two hidden units and one output, of small weights."""

SIGMOIDS = ("sigmoid", "sigmoid")

Method = Callable[[Layers, Floats, Floats, Sequence[str]], "Pass"]


@dataclass(frozen=True, eq=False)
class Pass:
    """Outputs, deltas and gradients of one pass of n examples through a network.

    Attributes
    ----------
    outputs : tuple of ndarray
        For the inputs and then each layer: o, of shape (n, units).
    deltas : tuple of ndarray
        For each layer: δ, of shape (n, units), of each example's own error.
    gradients : tuple of (ndarray, ndarray)
        For each layer: ∂E/∂W of shape (out, in) and ∂E/∂b of shape (out,), with E the mean over
        the examples.
    error : float
        E, the mean over the examples of ½ Σ (y − o)².

    Examples
    --------
    >>> result = backpropagate(XOR_START, [[1, 0]], [[1]]).by_engine
    >>> [layer.shape for layer in result.outputs], [layer.shape for layer in result.deltas]
    ([(1, 2), (1, 2), (1, 1)], [(1, 2), (1, 1)])
    >>> round(result.error, 6) == round(float((1 - result.outputs[-1][0, 0]) ** 2 / 2), 6)
    True
    """

    outputs: tuple[Floats, ...]
    deltas: tuple[Floats, ...]
    gradients: Layers
    error: float


def backpropagate(
    layers: LayersLike,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    activations: Sequence[str] = SIGMOIDS,
) -> Comparison[Pass]:
    """Go forward and backward, by the delta rule and by the engine; nothing is updated.

    Parameters
    ----------
    layers : iterable of (array_like, array_like)
        For each layer, its weights of shape (out, in) and its biases of shape (out,).
    X : array_like, shape (n, inputs), or (inputs,) for one example
    Y : array_like, shape (n, outputs), or (outputs,)
    activations : sequence of {"sigmoid", "tanh"}
        One for each layer.

    Returns
    -------
    Comparison of Pass

    Raises
    ------
    ValueError
        If shapes don't match, a number isn't finite, or an activation is another.

    Examples
    --------
    >>> passes = backpropagate(XOR_START, [0, 0], [0])
    >>> passes.by_hand.deltas[-1].round(6), passes.by_engine.deltas[-1].round(6)
    (array([[0.126237]]), array([[0.126237]]))
    """
    layers, X, Y = checked(layers, X, Y, activations)
    return Comparison(_by_hand(layers, X, Y, activations), _by_engine(layers, X, Y, activations))


def one_step(
    layers: LayersLike,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    alpha: float,
    activations: Sequence[str] = SIGMOIDS,
) -> Comparison[Layers]:
    """Return the layers after one step: with one example it is stochastic, with all full-batch.

    Every δ is computed with the weights from before the step.

    Parameters
    ----------
    layers, X, Y, activations
        As for ``backpropagate``.
    alpha : float
        The learning rate.

    Returns
    -------
    Comparison of layers

    Examples
    --------
    >>> (W1, b1), (W2, b2) = one_step(XOR_START, [0, 0], [0], alpha=0.1).by_hand
    >>> W2.round(7)
    array([[0.0036881, 0.0236881]])
    """
    layers, X, Y = checked(layers, X, Y, activations)
    return Comparison(
        *(
            _descend(layers, method(layers, X, Y, activations), alpha)
            for method in (_by_hand, _by_engine)
        )
    )


def one_epoch(
    layers: LayersLike,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    alpha: float,
    activations: Sequence[str] = SIGMOIDS,
) -> Comparison[Layers]:
    """Return the layers after a stochastic step on each example, in their order.

    Parameters
    ----------
    layers, X, Y, alpha, activations
        As for ``one_step``.

    Returns
    -------
    Comparison of layers

    Examples
    --------
    >>> (W1, b1), (W2, b2) = one_epoch(XOR_START, XOR_INPUTS, XOR_TARGETS, alpha=0.1).by_engine
    >>> W2.round(7)
    array([[0.0097479, 0.0297486]])
    """
    layers, X, Y = checked(layers, X, Y, activations)

    def pass_over(method: Method) -> Layers:
        now = layers
        for x, y in zip(X, Y, strict=True):
            now = _descend(now, method(now, x[None], y[None], activations), alpha)
        return now

    return Comparison(pass_over(_by_hand), pass_over(_by_engine))


def learning_curve(
    layers: LayersLike,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    alpha: float,
    steps: int,
    activations: Sequence[str] = SIGMOIDS,
    *,
    tolerance: float | None = None,
) -> tuple[Floats, Layers]:
    """Return the error before each full-batch step and after the last, and the layers then.

    The whole loop: feed forward, propagate back, update, test the error for convergence. By hand
    only: whether a start and a learning rate learn at all takes many steps to see.

    Parameters
    ----------
    layers, X, Y, alpha, activations
        As for ``one_step``.
    steps : int
        How many steps to make at most.
    tolerance : float, optional
        Stop after a step that changed the error by no more than this. By default all steps are
        made.

    Returns
    -------
    ndarray of shape (steps made + 1,), and layers

    Examples
    --------
    That start is so near to zero, and to symmetry, that it stays where it is:

    >>> errors, layers = learning_curve(XOR_START, XOR_INPUTS, XOR_TARGETS, alpha=0.1, steps=500)
    >>> errors[[0, -1]].round(4)
    array([0.125, 0.125])
    """
    layers, X, Y = checked(layers, X, Y, activations)
    enough = -1.0 if tolerance is None else at_least_zero("tolerance", tolerance)
    found = _by_hand(layers, X, Y, activations)
    errors = [found.error]
    for _ in range(steps):
        layers = _descend(layers, found, alpha)
        found = _by_hand(layers, X, Y, activations)
        errors.append(found.error)
        if abs(errors[-1] - errors[-2]) <= enough:
            break
    return np.array(errors), layers


# The two ways ------------------------------------------------------------------------------------


def _by_hand(layers: Layers, X: Floats, Y: Floats, activations: Sequence[str]) -> Pass:
    outputs = [X]
    for (W, b), activation in zip(layers, activations, strict=True):
        outputs.append(ACTIVATIONS[activation](outputs[-1] @ W.T + b))

    deltas: list[Floats] = []
    errors = -(Y - outputs[-1])
    for (W, _), activation, o in zip(
        reversed(layers), reversed(activations), reversed(outputs), strict=False
    ):
        deltas.insert(0, errors * SLOPES[activation](o))
        errors = deltas[0] @ W

    gradients = tuple(
        (delta.T @ o / len(X), delta.sum(axis=0) / len(X))
        for delta, o in zip(deltas, outputs, strict=False)
    )
    return Pass(tuple(outputs), tuple(deltas), gradients, _error(Y, outputs[-1]))


def _by_engine(layers: Layers, X: Floats, Y: Floats, activations: Sequence[str]) -> Pass:
    parameters = [(Tensor(W), Tensor(b)) for W, b in layers]
    h: Any = X
    preactivations, outputs = [], [X]
    for (W, b), activation in zip(parameters, activations, strict=True):
        preactivations.append(h @ W.T + b)
        h = get_op(activation)(preactivations[-1])
        outputs.append(_array(h.data))
    (((Y - h) * (Y - h)).sum() / 2).backward()
    gradients = tuple((_array(W.grad) / len(X), _array(b.grad) / len(X)) for W, b in parameters)
    deltas = tuple(_array(z.grad) for z in preactivations)
    return Pass(tuple(outputs), deltas, gradients, _error(Y, outputs[-1]))


# φ' as the delta rule has it: from the output o = φ(in).
SLOPES: dict[str, Callable[[Floats], Floats]] = {
    "sigmoid": lambda o: o * (1 - o),
    "tanh": lambda o: 1 - o * o,
}


def _descend(layers: Layers, found: Pass, alpha: float) -> Layers:
    return tuple(
        (W - alpha * dW, b - alpha * db)
        for (W, b), (dW, db) in zip(layers, found.gradients, strict=True)
    )


def _error(Y: Floats, o: Floats) -> float:
    return float(np.square(Y - o).sum() / (2 * len(Y)))


def _array(x: Any) -> Floats:
    return np.array(x)


def checked(
    layers: LayersLike, X: npt.ArrayLike, Y: npt.ArrayLike, activations: Iterable[str]
) -> tuple[Layers, Floats, Floats]:
    """Return layers, inputs and targets as arrays that fit each other, or raise ValueError."""
    layers = as_layers(layers)
    names = list(activations)
    if len(names) != len(layers) or not set(names) <= set(SLOPES):
        raise ValueError(
            f"activations must be one of {', '.join(SLOPES)} for each of the {len(layers)} "
            f"layers, got {names}"
        )
    return (layers, *pairs(X, Y, [W for W, _ in layers]))
