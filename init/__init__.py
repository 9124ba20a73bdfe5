"""Weight initialisation: named strategies that draw weights, and the theory behind them.

>>> import init
>>> weights = init.he_normal((64, 100), rng=0, fan_in=100, fan_out=64)
>>> init.he_normal.variance(fan_in=100, fan_out=64)
0.02

A strategy is asked for by name, by a dict with options, or as an object (``init.get``); new ones
are added with ``init.register``. ``init.theory`` has the mathematics. This package needs NumPy
alone, and knows neither the autodiff engine nor the layers that use it.
"""

from init import theory
from init.built_in import (
    backward_normal,
    backward_uniform,
    constant,
    critical,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    identity,
    kaiming_normal,
    kaiming_uniform,
    lecun_normal,
    lecun_uniform,
    normal,
    ones,
    orthogonal,
    sparse,
    truncated_normal,
    uniform,
    uniform_fan_in,
    variance_scaling,
    xavier_normal,
    xavier_sigmoid,
    xavier_uniform,
    zeros,
)
from init.families import VarianceScaling
from init.gains import suits, torch_gain
from init.seeding import Seed, as_generator, spawn
from init.strategy import Fans, Strategy
from init.strategy_registry import Initializer, Registry, Spec, available, get, register, unregister
from init.theory import gain

__all__ = [
    # the registry
    "Initializer",
    "Registry",
    "Spec",
    "available",
    "get",
    "register",
    "unregister",
    # seeds
    "Seed",
    "as_generator",
    "spawn",
    # strategies
    "Fans",
    "Strategy",
    "VarianceScaling",
    "variance_scaling",
    "zeros",
    "ones",
    "constant",
    "identity",
    "normal",
    "uniform",
    "truncated_normal",
    "sparse",
    "uniform_fan_in",
    "lecun_normal",
    "lecun_uniform",
    "backward_normal",
    "backward_uniform",
    "xavier_normal",
    "xavier_uniform",
    "xavier_sigmoid",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "orthogonal",
    "critical",
    # which to use when
    "gain",
    "suits",
    "theory",
    "torch_gain",
]


def __dir__() -> list[str]:
    return sorted(__all__)
