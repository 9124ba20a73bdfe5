"""Means and variances of sums and products of independent variables; sample moments.

They are the steps that the laws in ``init.theory.laws`` are derived by.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from init import argument_checks

__all__ = [
    "MeanVariance",
    "Moments",
    "correlated_sum",
    "independent_product",
    "independent_sum",
    "moments",
]


@dataclass(frozen=True)
class MeanVariance:
    """The mean and the variance of a random variable.

    Attributes
    ----------
    mean : float
        E[x].
    variance : float
        V[x] = E[x²] - E[x]², at least 0.

    Examples
    --------
    >>> MeanVariance(mean=3.0, variance=2.0).second_moment
    11.0
    """

    mean: float
    variance: float

    def __post_init__(self) -> None:
        argument_checks.number("mean", self.mean)
        argument_checks.number("variance", self.variance, minimum=0, why="it is a mean of squares")

    @property
    def second_moment(self) -> float:
        """E[x²] = V[x] + E[x]²."""
        return self.variance + self.mean**2


def independent_sum(*terms: MeanVariance) -> MeanVariance:
    """Return the mean and variance of a sum of independent variables.

    E[x + y] = E[x] + E[y] always; V[x + y] = V[x] + V[y] without correlation.

    Parameters
    ----------
    *terms : MeanVariance
        The terms; none at all sum to the constant 0.

    Returns
    -------
    MeanVariance

    Examples
    --------
    >>> die = MeanVariance(mean=3.5, variance=35 / 12)
    >>> independent_sum(die, die)
    MeanVariance(mean=7.0, variance=5.833333333333333)
    """
    return MeanVariance(sum(term.mean for term in terms), sum(term.variance for term in terms))


def correlated_sum(x: MeanVariance, y: MeanVariance, covariance: float) -> MeanVariance:
    """Return the mean and variance of the sum of two variables that may be correlated.

    E[x + y] = E[x] + E[y] and V[x + y] = V[x] + V[y] + 2 Cov(x, y): without correlation the last
    term is 0, which is what ``independent_sum`` has. The factor 2 is easily lost.

    Parameters
    ----------
    x, y : MeanVariance
        The terms.
    covariance : float
        Cov(x, y) = E[xy] − E[x]E[y].

    Returns
    -------
    MeanVariance

    Raises
    ------
    ValueError
        If the covariance is larger than √(V[x]V[y]), which none can be (Cauchy and Schwarz).

    Examples
    --------
    A variable added to itself has four times the variance:

    >>> die = MeanVariance(mean=3.5, variance=3.0)
    >>> correlated_sum(die, die, covariance=3.0)
    MeanVariance(mean=7.0, variance=12.0)
    """
    argument_checks.number("covariance", covariance)
    most = math.sqrt(x.variance) * math.sqrt(y.variance)
    if abs(covariance) > most * (1 + 1e-12):
        raise ValueError(
            f"no covariance is larger than sqrt(V[x] V[y]), here {most:.6g}, got {covariance}"
        )
    return MeanVariance(x.mean + y.mean, max(0.0, x.variance + y.variance + 2 * covariance))


def independent_product(*factors: MeanVariance) -> MeanVariance:
    """Return the mean and variance of a product of independent variables.

    E[xy] = E[x] E[y] and V[xy] = V[x]V[y] + E[y]²V[x] + E[x]²V[y]. So with weights of mean 0,
    V[wh] = V[w] E[h²]: what matters of h is its second moment about zero, not its variance.

    Parameters
    ----------
    *factors : MeanVariance
        The factors; none at all multiply to the constant 1.

    Returns
    -------
    MeanVariance

    Examples
    --------
    >>> independent_product(MeanVariance(0.0, 0.5), MeanVariance(3.0, 2.0))
    MeanVariance(mean=0.0, variance=5.5)
    """
    result = MeanVariance(1, 0)
    for factor in factors:
        x, y = result, factor
        result = MeanVariance(
            x.mean * y.mean,
            x.variance * y.variance + y.mean**2 * x.variance + x.mean**2 * y.variance,
        )
    return result


class Moments(NamedTuple):
    """The first four moments of a distribution, the last two standardised.

    Examples
    --------
    >>> from init import theory
    >>> theory.moments([-1.0, 1.0])  # a fair coin has the least kurtosis there is
    Moments(mean=0.0, variance=1.0, skew=0.0, kurtosis=1.0)
    """

    mean: float
    variance: float
    skew: float
    kurtosis: float


def moments(values: ArrayLike) -> Moments:
    """Return mean, variance, skew and kurtosis of some numbers, each as likely as the others.

    With m the mean and s the standard deviation: E[x], E[(x-m)²], E[((x-m)/s)³] and
    E[((x-m)/s)⁴]. The last is 3 for a normal distribution: it is not the *excess*.

    Parameters
    ----------
    values : array_like
        Real numbers, of any shape, at least one.

    Returns
    -------
    Moments
        Of the numbers themselves (divided by N, not N - 1). Skew and kurtosis are nan if all
        numbers are the same.

    Raises
    ------
    ValueError
        If there are no numbers, or one of them isn't finite.

    Examples
    --------
    >>> moments([-1.0, 1.0])
    Moments(mean=0.0, variance=1.0, skew=0.0, kurtosis=1.0)
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    if x.size == 0 or not np.isfinite(x).all():
        raise ValueError(
            f"values must be finite numbers, at least one, got {x.size} numbers of which "
            f"{int((~np.isfinite(x)).sum())} are not finite"
        )
    mean = float(x.mean())
    centred = x - mean
    variance = float(np.mean(centred**2))
    if variance == 0:
        return Moments(mean, 0.0, math.nan, math.nan)
    z = centred / math.sqrt(variance)
    return Moments(mean, variance, float(np.mean(z**3)), float(np.mean(z**4)))
