"""Networks of several outputs: the error is a sum, and so is every gradient behind it.

The first hidden unit of a network with outputs 5 and 6 passes both errors on to its own weights:

    E = e₅ + e₆,   ∂E/∂w = ∂e₅/∂w + ∂e₆/∂w,   δ₃ = (δ₅ w₃₅ + δ₆ w₃₆) o₃ (1 − o₃).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor
from autograd.extend import get_op
from init.theory import ACTIVATIONS
from nn.lectures.comparison import Comparison, Layers, LayersLike
from nn.lectures.delta_rule import SIGMOIDS, SLOPES, checked
from nn.support.examples import Floats, finite


@dataclass(frozen=True, eq=False)
class ErrorShares:
    """The part that each output's error has in the sensitivities and gradients of a hidden layer.

    Attributes
    ----------
    errors : ndarray of shape (outputs,)
        e_k = ½ (y_k − o_k)².
    deltas : ndarray of shape (outputs,)
        δ_k of the output units.
    hidden : ndarray of shape (outputs, units)
        δ_k w_ik φ'(in_i): what output k adds to δ_i. The sum over the outputs is δ_i.
    gradients : ndarray of shape (outputs, units, inputs)
        ∂e_k/∂w of the hidden layer's weights. The sum over the outputs is ∂E/∂w.

    Examples
    --------
    >>> layers = [([[1.0, 2.0]], [0.0]), ([[1.0], [-1.0]], [0.0, 0.0])]
    >>> shares = error_shares(layers, [0.5, -0.5], [1.0, 0.0]).by_engine
    >>> shares.errors.shape, shares.hidden.shape, shares.gradients.shape
    ((2,), (2, 1), (2, 1, 2))
    """

    errors: Floats
    deltas: Floats
    hidden: Floats
    gradients: Floats


def error_shares(
    layers: LayersLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    activations: Sequence[str] = SIGMOIDS,
) -> Comparison[ErrorShares]:
    """Split the gradients of a hidden layer by the output whose error they come from.

    Parameters
    ----------
    layers : iterable of two (array_like, array_like)
        Of the hidden layer and of the outputs, the weights of shape (out, in) and the biases.
    x : array_like, shape (inputs,)
    y : array_like, shape (outputs,)
    activations : sequence of {"sigmoid", "tanh"}
        One for each layer.

    Returns
    -------
    Comparison of ErrorShares

    Raises
    ------
    ValueError
        If there aren't two layers, shapes don't match, a number isn't finite, or an activation is
        another.

    Examples
    --------
    >>> layers = [([[1.0, 2.0]], [0.0]), ([[1.0], [-1.0]], [0.0, 0.0])]
    >>> shares = error_shares(layers, [0.5, -0.5], [1.0, 0.0]).by_hand
    >>> shares.hidden.round(6).tolist(), shares.gradients.sum(axis=0).round(6).tolist()
    ([[-0.023064], [-0.023064]], [[-0.023064, 0.023064]])
    """
    found, X, Y = checked(layers, finite("x", x, ndim=1), finite("y", y, ndim=1), activations)
    if len(found) != 2:
        raise ValueError(f"expected a hidden layer and an output layer, got {len(found)} layers")
    return Comparison(
        _by_hand(found, X[0], Y[0], activations), _by_engine(found, X[0], Y[0], activations)
    )


def _by_hand(layers: Layers, x: Floats, y: Floats, activations: Sequence[str]) -> ErrorShares:
    (W, b), (V, c) = layers
    h = ACTIVATIONS[activations[0]](W @ x + b)
    o = ACTIVATIONS[activations[1]](V @ h + c)
    deltas = -(y - o) * SLOPES[activations[1]](o)
    hidden = deltas[:, None] * V * SLOPES[activations[0]](h)
    return ErrorShares(np.square(y - o) / 2, deltas, hidden, hidden[:, :, None] * x)


def _by_engine(layers: Layers, x: Floats, y: Floats, activations: Sequence[str]) -> ErrorShares:
    (W, b), (V, c) = [(Tensor(weights), Tensor(biases)) for weights, biases in layers]
    before: Any = W @ x + b
    last: Any = V @ get_op(activations[0])(before) + c
    o: Any = get_op(activations[1])(last)
    errors, deltas, hidden, gradients = [], [], [], []
    for k in range(len(y)):
        W.grad = None
        error = (y[k] - o[k]) * (y[k] - o[k]) / 2
        error.backward()
        errors.append(float(error.data))
        deltas.append(last.grad[k])
        hidden.append(np.array(before.grad))
        gradients.append(np.array(W.grad))
    return ErrorShares(*map(np.array, (errors, deltas, hidden, gradients)))
