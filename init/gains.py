"""Tables by activation: the recommended strategy, and the gain that PyTorch uses.

Nothing is computed here. ``init.gain`` computes a gain for any activation; the numbers below are
the ones that PyTorch's users know.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from init import argument_checks
from init.activation_names import our_name

__all__ = ["SUITS", "TORCH_GAINS", "Suit", "suits", "torch_gain"]

TORCH_GAINS: Mapping[str, float] = MappingProxyType(
    {
        "linear": 1.0,
        "identity": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + 0.01**2)),
        "selu": 3 / 4,
    }
)
"""The gains of ``torch.nn.init.calculate_gain``, with its default slope of 0.01 for leaky_relu."""


@dataclass(frozen=True)
class Suit:
    """A strategy for an activation, with the source that recommends it."""

    strategy: str
    source: str


_HE = Suit("he_normal", "He et al. 2015, eq. 10: half of the signal is cut off")
_XAVIER = Suit("xavier_uniform", "Glorot & Bengio 2010, eq. 16: odd, with slope 1 at zero")
_SIGMOID = Suit("xavier_sigmoid", "deeplearning.net tutorial after Glorot & Bengio 2010: slope 1/4")
_LECUN = Suit("lecun_normal", "LeCun et al. 1998, eq. 16: unit variance before the activation")

SUITS: Mapping[str, Suit] = MappingProxyType(
    {
        "linear": Suit("xavier_uniform", "Glorot & Bengio 2010, eq. 16: derived for linear units"),
        "identity": Suit("xavier_uniform", "Glorot & Bengio 2010, eq. 16: for linear units"),
        "tanh": _XAVIER,
        "softsign": _XAVIER,
        "hardtanh": _XAVIER,
        "erf": _XAVIER,
        "sin": _XAVIER,
        "sigmoid": _SIGMOID,
        "relu": _HE,
        "leaky_relu": Suit(
            "he_normal", "He et al. 2015, eq. 15, where a small slope changes little"
        ),
        "elu": Suit("he_normal", "Clevert et al. 2016, section 4, after He et al. 2015"),
        "celu": _HE,
        "gelu": _HE,
        "gelu_tanh": _HE,
        "silu": _HE,
        "mish": _HE,
        "softplus": _HE,
        "logsigmoid": _HE,
        "threshold": _HE,
        "selu": Suit("lecun_normal", "Klambauer et al. 2017: variance 1/fan_in makes (0, 1) fixed"),
        "heaviside": _LECUN,
        "sign": _LECUN,
    }
)
"""The strategy that suits each activation, by its name. To advise on another, add a row."""


def suits(activation: str) -> str:
    """Name the strategy that suits an activation.

    Parameters
    ----------
    activation : str
        A key of ``SUITS``, such as ``"relu"``, or another name of one, such as ``"swish"``.

    Returns
    -------
    str
        A name for ``init.get``.

    Raises
    ------
    TypeError
        If ``activation`` isn't a string.
    ValueError
        If the table has no row for it.

    References
    ----------
    Each row of ``SUITS`` has its own; for example ``SUITS["selu"].source``.

    Examples
    --------
    >>> suits("relu"), suits("tanh"), suits("sigmoid"), suits("selu")
    ('he_normal', 'xavier_uniform', 'xavier_sigmoid', 'lecun_normal')
    """
    return argument_checks.choice("activation", _ours(activation, SUITS), SUITS).strategy


def torch_gain(activation: str, slope: float | None = None) -> float:
    """Return PyTorch's gain for an activation: by how much to widen weights of variance 1/fan.

    Parameters
    ----------
    activation : str
        A key of ``TORCH_GAINS``.
    slope : float, optional
        The slope of ``leaky_relu`` below zero, 0.01 unless given; for no other activation.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        For an activation that PyTorch gives no gain for, or a slope for another than leaky_relu.

    References
    ----------
    PyTorch, ``torch.nn.init.calculate_gain``. Its relu and leaky_relu are 1/sqrt(E[phi²]) for a
    standard normal input; its tanh (5/3) and selu (3/4) are rules of thumb, which
    ``init.gain`` doesn't reproduce.

    Examples
    --------
    >>> round(torch_gain("relu"), 6), torch_gain("selu")
    (1.414214, 0.75)
    >>> torch_gain("leaky_relu", slope=1.0)
    1.0
    """
    name = _ours(activation, TORCH_GAINS)
    gain = argument_checks.choice("activation", name, TORCH_GAINS)
    if slope is None:
        return gain
    if name != "leaky_relu":
        raise ValueError(f"slope must be given for leaky_relu only, got {slope!r} for {activation}")
    return math.sqrt(2 / (1 + argument_checks.number("slope", slope) ** 2))


def _ours(activation: object, table: Mapping[str, object]) -> object:
    return our_name(activation, table) if isinstance(activation, str) else activation
