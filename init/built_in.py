"""The built-in strategies by name, most of them rows of settings of ``VarianceScaling``.

Weights have shape (out, in); the layer passes its fans, which are never guessed from a shape. To
add a strategy, add a row to ``BUILT_IN`` at the end of this file (or call ``init.register`` in your
own code). Why the variances are what they are is the matter of ``init.theory``; which strategy
suits which activation, of ``init.gains``.
"""

from init.critical import CriticalScaling
from init.families import (
    Constant,
    Identity,
    Normal,
    Orthogonal,
    Sparse,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
)
from init.strategy import Strategy
from init.strategy_registry import default


def variance_scaling(
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "normal",
    *,
    name: str = "variance_scaling",
) -> VarianceScaling:
    """Make a strategy of mean 0 and variance scale / n.

    A normal one draws from N(0, scale/n); a uniform one from U[-b, b] with b = sqrt(3 scale/n),
    because the variance of U[-b, b] is b²/3; a truncated normal one is cut at two standard
    deviations and widened so that its variance is scale/n *after* the cut.

    Parameters
    ----------
    scale : float
        At least 0. 1 keeps the variance of a linear layer, 2 that of a layer of ReLUs.
    mode : {"fan_in", "fan_out", "fan_avg"}
        What n is. ``fan_in`` keeps the forward signal, ``fan_out`` the backward one.
    distribution : {"normal", "uniform", "truncated_normal"}
        The shape of the distribution; all have the same variance.
    name : str
        What the strategy calls itself.

    Returns
    -------
    VarianceScaling

    Raises
    ------
    TypeError, ValueError
        For a negative scale, an unknown mode or distribution.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 12 and 16; K. He et al., "Delving deep into rectifiers", ICCV
    2015, eq. 10 and 14.

    Examples
    --------
    >>> he = variance_scaling(2.0, "fan_in", "uniform")
    >>> he.variance(fan_in=6, fan_out=3) == 2 / 6, he.bound(fan_in=6, fan_out=3)
    (True, 1.0)
    """
    return VarianceScaling(name, scale, mode, distribution)


# Nothing random. In a hidden layer, all units stay alike.
zeros = Constant("zeros", 0.0)
ones = Constant("ones", 1.0)
constant = Constant("constant", 0.0)
identity = Identity("identity")

# Small random numbers, whatever the fans: they break the symmetry, and their scale is a guess.
normal = Normal("normal", std=0.01)
uniform = Uniform("uniform", limit=0.05)
truncated_normal = TruncatedNormal("truncated_normal", std=0.01)
sparse = Sparse("sparse", sparsity=0.9, std=0.01)

# b = 1/sqrt(fan_in), variance 1/(3 fan_in): the habit that Glorot & Bengio 2010 (eq. 1) examine.
uniform_fan_in = variance_scaling(1 / 3, "fan_in", "uniform", name="uniform_fan_in")

# Variance 1/fan_in keeps the forward signal of linear units (LeCun et al., "Efficient BackProp",
# 1998, eq. 16); 1/fan_out keeps the backward one (Glorot & Bengio 2010, eq. 11).
lecun_normal = variance_scaling(1.0, "fan_in", "normal", name="lecun_normal")
lecun_uniform = variance_scaling(1.0, "fan_in", "uniform", name="lecun_uniform")
backward_normal = variance_scaling(1.0, "fan_out", "normal", name="backward_normal")
backward_uniform = variance_scaling(1.0, "fan_out", "uniform", name="backward_uniform")

# Variance 2/(fan_in + fan_out), the compromise (Glorot & Bengio 2010, eq. 12 and 16); for sigmoid
# units four times the bound, so 16 times the variance, because the slope at 0 is 1/4.
xavier_normal = variance_scaling(1.0, "fan_avg", "normal", name="xavier_normal")
xavier_uniform = variance_scaling(1.0, "fan_avg", "uniform", name="xavier_uniform")
xavier_sigmoid = variance_scaling(16.0, "fan_avg", "uniform", name="xavier_sigmoid")

# Variance 2/fan makes up for the half of the signal that a ReLU cuts off (He et al. 2015, eq. 10;
# with mode="fan_out" the backward half, eq. 14).
he_normal = variance_scaling(2.0, "fan_in", "normal", name="he_normal")
he_uniform = variance_scaling(2.0, "fan_in", "uniform", name="he_uniform")

# The same strategies by their authors' surnames or first names.
glorot_normal, glorot_uniform = xavier_normal, xavier_uniform
kaiming_normal, kaiming_uniform = he_normal, he_uniform

# Keeps every length, not only the average one.
orthogonal = Orthogonal("orthogonal")

# A gradient keeps its size at any depth, for any activation (Schoenholz et al. 2017).
critical = CriticalScaling("critical")

BUILT_IN: tuple[tuple[Strategy, tuple[str, ...]], ...] = (
    (zeros, ()),
    (ones, ()),
    (constant, ()),
    (identity, ("eye",)),
    (normal, ()),
    (uniform, ("random_uniform",)),  # as Keras has it: from -0.05 to 0.05
    (truncated_normal, ()),
    (sparse, ()),
    (variance_scaling(), ()),
    (uniform_fan_in, ()),
    (lecun_normal, ("lecun",)),
    (lecun_uniform, ()),
    (backward_normal, ()),
    (backward_uniform, ()),
    (xavier_normal, ("glorot_normal",)),
    (xavier_uniform, ("glorot_uniform", "xavier", "glorot")),
    (xavier_sigmoid, ("glorot_sigmoid",)),
    (he_normal, ("kaiming_normal", "he", "kaiming")),
    (he_uniform, ("kaiming_uniform",)),
    (orthogonal, ()),
    (critical, ()),
)
"""Every strategy that comes with the package, and its other names.

A surname alone is what its paper draws: Glorot & Bengio 2010, eq. 16, from a uniform distribution,
He et al. 2015, eq. 10, from a normal one.
"""

for _strategy, _aliases in BUILT_IN:
    default.register(_strategy.name, _strategy, aliases=_aliases)
