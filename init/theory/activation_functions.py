"""Activation functions on NumPy arrays, each with its derivative and its kinks.

A small table of common ones by name, and the door for any other: an object that has ``derivative``
and ``kinks``, or a plain function with both passed beside it. To add a named one, add a row to
``ACTIVATIONS``. Everything runs on NumPy arrays; nothing here records a graph.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from init import argument_checks
from init.activation_names import our_name
from init.theory.quadrature import Array, ArrayFunction

__all__ = ["ACTIVATIONS", "Activation", "ActivationLike", "as_activation"]


@dataclass(frozen=True)
class Activation:
    """A scalar function on arrays, with what is known of it.

    Attributes
    ----------
    name : str
        For messages, and for tables of named activations.
    function : callable
        phi, elementwise on float64 arrays.
    derivative : callable or None
        phi', elementwise; None if it isn't known.
    kinks : tuple of float
        Where phi or one of its derivatives jumps; phi' is taken between them.

    Examples
    --------
    >>> ACTIVATIONS["relu"](np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    name: str
    function: ArrayFunction
    derivative: ArrayFunction | None = None
    kinks: tuple[float, ...] = ()

    def __call__(self, x: Array) -> Array:
        """Apply phi."""
        return self.function(x)


ActivationLike: TypeAlias = str | ArrayFunction
"""A name from ``ACTIVATIONS``, or a callable on arrays; see :func:`as_activation`."""


_erf_of_one = np.frompyfunc(math.erf, 1, 1)
_erfc_of_one = np.frompyfunc(math.erfc, 1, 1)


def _erf(x: Array) -> Array:
    return np.asarray(_erf_of_one(x), dtype=np.float64)


def _normal_cdf(x: Array) -> Array:
    return np.asarray(_erfc_of_one(x / -math.sqrt(2)), dtype=np.float64) / 2


def _normal_pdf(x: Array) -> Array:
    return np.asarray(np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi))


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, small) / (1 + small))


def _sigmoid_slope(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.asarray(small / (1 + small) ** 2)


def _tanh_slope(x: Array) -> Array:
    return 4 * _sigmoid_slope(2 * x)


def _softplus(x: Array) -> Array:
    return np.logaddexp(0, x)


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _elu_slope(x: Array) -> Array:
    return np.exp(np.minimum(x, 0))


# Klambauer et al. 2017, "Self-normalizing neural networks", eq. 14: (0, 1) is a fixed point.
_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


def _selu(x: Array) -> Array:
    return _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0)))


def _selu_slope(x: Array) -> Array:
    return _SELU_SCALE * np.where(x > 0, 1.0, _SELU_ALPHA * np.exp(np.minimum(x, 0)))


def _silu_slope(x: Array) -> Array:
    return _sigmoid(x) + x * _sigmoid_slope(x)


def _mish_slope(x: Array) -> Array:
    inner = _softplus(x)
    return np.tanh(inner) + x * _tanh_slope(inner) * _sigmoid(x)


# Hendrycks & Gimpel 2016, "Gaussian error linear units", section 2, the approximation by tanh.
def _gelu_tanh_inner(x: Array) -> Array:
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def _gelu_tanh_slope(x: Array) -> Array:
    inner = _gelu_tanh_inner(x)
    inner_slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return _sigmoid(2 * inner) + x / 2 * _tanh_slope(inner) * inner_slope


_ROWS = (
    Activation("linear", lambda x: x, np.ones_like),
    Activation("relu", lambda x: np.maximum(x, 0.0), lambda x: np.where(x > 0, 1.0, 0.0), (0.0,)),
    Activation(
        "leaky_relu",
        lambda x: np.where(x > 0, x, 0.01 * x),
        lambda x: np.where(x > 0, 1.0, 0.01),
        (0.0,),
    ),
    Activation("elu", _elu, _elu_slope, (0.0,)),
    Activation("celu", _elu, _elu_slope, (0.0,)),  # at alpha = 1, as here, they are the same
    Activation("selu", _selu, _selu_slope, (0.0,)),
    Activation("gelu", lambda x: x * _normal_cdf(x), lambda x: _normal_cdf(x) + x * _normal_pdf(x)),
    Activation("gelu_tanh", lambda x: x * _sigmoid(2 * _gelu_tanh_inner(x)), _gelu_tanh_slope),
    Activation("silu", lambda x: x * _sigmoid(x), _silu_slope),
    Activation("mish", lambda x: x * np.tanh(_softplus(x)), _mish_slope),
    Activation("sigmoid", _sigmoid, _sigmoid_slope),
    Activation("logsigmoid", lambda x: -_softplus(-x), lambda x: _sigmoid(-x)),
    Activation("softplus", _softplus, _sigmoid),
    Activation(
        "softsign", lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2, (0.0,)
    ),
    Activation("tanh", np.tanh, _tanh_slope),
    Activation(
        "hardtanh",
        lambda x: np.clip(x, -1.0, 1.0),
        lambda x: np.where(np.abs(x) < 1, 1.0, 0.0),
        (-1.0, 1.0),
    ),
    Activation("erf", _erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-(x**2))),
    Activation("sin", np.sin, np.cos),
    Activation("exp", np.exp, np.exp),
    Activation("heaviside", lambda x: np.where(x > 0, 1.0, 0.0), np.zeros_like, (0.0,)),
    Activation("sign", np.sign, np.zeros_like, (0.0,)),
)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({row.name: row for row in _ROWS})
"""The activations that can be asked for by name, with their usual parameters."""


def as_activation(
    activation: ActivationLike,
    *,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> Activation:
    """Put an activation into the form that the mathematics uses.

    Parameters
    ----------
    activation : str or callable
        A name from ``ACTIVATIONS``; or a function on float64 arrays, whose attributes
        ``derivative`` (a callable on arrays), ``kinks`` (floats) and ``name`` are used if it has
        them.
    derivative : callable, optional
        phi', in place of the attribute.
    kinks : iterable of float, optional
        Where phi or phi' jumps, in place of the attribute. One that is left out costs time; but
        a *jump of phi* that is left out isn't seen, where E[phi'²] would be infinite.

    Returns
    -------
    Activation

    Raises
    ------
    TypeError
        If ``activation`` is no name or elementwise callable, or ``derivative`` not one.
    ValueError
        For an unknown name, or a kink that isn't finite.

    Examples
    --------
    >>> as_activation("tanh").kinks
    ()
    >>> cut = as_activation(np.abs, derivative=np.sign, kinks=(0,))
    >>> cut.name, cut.kinks
    ('absolute', (0.0,))
    """
    source = _named(activation) if isinstance(activation, str) else activation
    if isinstance(source, Activation) and derivative is None and kinks is None:
        return source
    if not callable(source):
        raise TypeError(f"activation must be a name or a callable on arrays, got {source!r}")
    _check_elementwise("activation", source)
    slope = getattr(source, "derivative", None) if derivative is None else derivative
    if slope is not None:
        if not callable(slope):
            raise TypeError(f"derivative must be a callable on arrays, got {slope!r}")
        _check_elementwise("derivative", slope)
    places = getattr(source, "kinks", ()) if kinks is None else kinks
    name = getattr(source, "name", None) or getattr(source, "__name__", None) or repr(source)
    return Activation(
        name=str(name),
        function=source,
        derivative=slope,
        kinks=tuple(sorted({argument_checks.number("a kink", float(place)) for place in places})),
    )


def _check_elementwise(what: str, function: ArrayFunction) -> None:
    """Raise TypeError unless ``function`` maps an array of floats to one of the same shape."""
    problem = f"{what} must map a float64 array to a float array of the same shape"
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(function(np.array([[-1.0, 0.5, 1.0]])))
    except (TypeError, ValueError) as error:
        raise TypeError(f"{problem}, got {function!r}, which raises: {error}") from None
    if result.shape != (1, 3) or not np.issubdtype(result.dtype, np.floating):
        raise TypeError(
            f"{problem}, got {function!r}, which makes one of shape {result.shape} and dtype "
            f"{result.dtype} of one of shape (1, 3)"
        )


def _named(name: str) -> Activation:
    return argument_checks.choice("activation", our_name(name, ACTIVATIONS), ACTIVATIONS)
