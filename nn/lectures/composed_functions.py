"""The chain rule with Jacobians, for any two functions, and the Jacobian of a layer's weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
from autograd import Tensor
from autograd.extend import raw
from nn.lectures.comparison import Comparison
from nn.support.examples import Floats, finite

Function = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class ChainRule:
    """The parts of ∇(f ∘ g)(x) = J_g(x)ᵀ ∇f(g(x)), for x of n numbers and g(x) of m.

    Attributes
    ----------
    jacobian : ndarray of shape (m, n)
        J_g at x: row i is the gradient of g_i.
    outer : ndarray of shape (m,)
        ∇f at g(x).
    gradient : ndarray of shape (n,)
        ∇(f ∘ g) at x.

    Examples
    --------
    >>> parts = chain_rule([0.0, 2.0]).by_engine
    >>> bool((parts.jacobian.T @ parts.outer == parts.gradient).all())
    True
    """

    jacobian: Floats
    outer: Floats
    gradient: Floats


def _inner(x: Any) -> Any:
    return autograd.stack([x[0] * x[1], autograd.sin(x[0]), x[1] * x[1]])


def _outer(u: Any) -> Any:
    return u[0] * u[1] + u[2]


def chain_rule(
    x: npt.ArrayLike, f: Function = _outer, g: Function = _inner
) -> Comparison[ChainRule]:
    """Differentiate f(g(x)) by its parts, and all at once.

    By default g(x) = (x1·x2, sin x1, x2²) and f(u) = u1·u2 + u3.

    Parameters
    ----------
    x : array_like, shape (n,)
        Where.
    f : callable
        From a Tensor of shape (m,) to one number, written with functions of ``autograd``.
    g : callable
        From a Tensor of shape (n,) to one of shape (m,).

    Returns
    -------
    Comparison of ChainRule
        ``by_hand`` multiplies J_gᵀ by ∇f, each of them taken by central differences;
        ``by_engine`` has both by the engine, and the gradient from one backward pass.

    Raises
    ------
    ValueError
        If x isn't a vector of finite numbers, g doesn't give a vector, or f one number.

    Examples
    --------
    >>> found = chain_rule([0.0, 2.0])
    >>> found.by_engine.jacobian.tolist()
    [[2.0, 0.0], [1.0, 0.0], [0.0, 4.0]]
    >>> found.by_hand.gradient.round(6).tolist(), found.by_engine.gradient.tolist()
    ([0.0, 4.0], [0.0, 4.0])
    >>> from autograd import exp
    >>> chain_rule([0.0, 1.0], f=lambda u: u.sum(), g=exp).by_engine.gradient.round(6)
    array([1.      , 2.718282])
    """
    point = finite("x", x, ndim=1)
    between = np.asarray(raw(g(Tensor(point))))
    if between.ndim != 1:
        raise ValueError(f"g must give a vector, got an array of shape {between.shape}")
    if np.shape(raw(f(Tensor(between)))) != ():
        raise ValueError(f"f must give one number, got {np.shape(raw(f(Tensor(between))))}")
    jacobian, outer = _differences(g, point), _differences(f, between)
    by_hand = ChainRule(jacobian, outer, jacobian.T @ outer)
    by_engine = ChainRule(
        np.asarray(autograd.jacobian(g)(point)),
        np.asarray(autograd.grad(f)(between)),
        np.asarray(autograd.grad(lambda v: f(g(v)))(point)),
    )
    return Comparison(by_hand, by_engine)


def _differences(function: Function, x: Floats) -> Floats:
    """Return a Jacobian by central differences: right to some ten digits."""
    columns = []
    for k in range(len(x)):
        step = np.zeros(len(x))
        step[k] = np.cbrt(np.finfo(float).eps) * max(1.0, abs(x[k]))
        ahead, behind = (np.asarray(raw(function(Tensor(x + s)))) for s in (step, -step))
        columns.append((ahead - behind) / (2 * step[k]))
    return np.stack(columns, axis=-1)


@dataclass(frozen=True, eq=False)
class WeightJacobian:
    """The derivative of a layer's outputs y = W x by its weights, and the gradient made of it.

    Attributes
    ----------
    jacobian : ndarray of shape (out, out, in)
        ∂y_i/∂W_jk: x_k where i = j, else 0.
    gradient : ndarray of shape (out, in)
        ∂L/∂W.

    Examples
    --------
    >>> found = weight_jacobian([[1.0, 2.0]], [5.0, 6.0], [3.0]).by_engine
    >>> found.jacobian.tolist(), found.gradient.tolist()
    ([[[5.0, 6.0]]], [[15.0, 18.0]])
    """

    jacobian: Floats
    gradient: Floats


def weight_jacobian(
    W: npt.ArrayLike, x: npt.ArrayLike, signal: npt.ArrayLike
) -> Comparison[WeightJacobian]:
    """Show why ∂L/∂y · ∂y/∂W is an outer product, although the shapes don't seem to work out.

    ∂L/∂y has shape (out,) and ∂y/∂W has shape (out, out, in): it is no matrix. Contracted over the
    outputs, Σ_i ∂L/∂y_i ∂y_i/∂W_jk = ∂L/∂y_j x_k: the outer product of what comes back and what
    came in.

    Parameters
    ----------
    W : array_like, shape (out, in)
    x : array_like, shape (in,)
    signal : array_like, shape (out,)
        ∂L/∂y.

    Returns
    -------
    Comparison of WeightJacobian
        ``by_hand`` has the outer product; ``by_engine`` contracts the Jacobian that it finds.

    Raises
    ------
    ValueError
        If shapes don't match, or a number isn't finite.

    Examples
    --------
    >>> found = weight_jacobian([[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0], [1.0, -1.0])
    >>> found.by_engine.jacobian.shape, found.by_hand.gradient.tolist()
    ((2, 2, 2), [[5.0, 6.0], [-5.0, -6.0]])
    """
    W, x = finite("W", W, ndim=2), finite("x", x, ndim=1)
    signal = finite("signal", signal, ndim=1)
    if W.shape != (len(signal), len(x)):
        raise ValueError(
            f"W must have the shape (signal, x), ({len(signal)}, {len(x)}), got {W.shape}"
        )
    by_hand = np.zeros((len(W), *W.shape))
    for unit in range(len(W)):
        by_hand[unit, unit] = x
    found = np.asarray(autograd.jacobian(lambda V: V @ x)(W))
    return Comparison(
        WeightJacobian(by_hand, np.outer(signal, x)),
        WeightJacobian(found, np.tensordot(signal, found, axes=1)),
    )
