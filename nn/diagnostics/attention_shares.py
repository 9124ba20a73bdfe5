"""Attention in the wide limit: how evenly a softmax of Gaussian scores shares itself out.

A token gets the mean of the values v, weighted by shares a that add up to 1 and don't depend on
the values. So E[o²] = s E[v²] + (1 - s) E[v v'], with s the mean of Σ a², and v' at another token.
Where the scores are small s is 1/n, a plain mean of n tokens; the more they scatter, the fewer
count.

References
----------
J. Hron et al. 2020, with scores divided by the root of a head's width.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from nn.diagnostics.layer_views import Array
from nn.diagnostics.signal_moments import Moments

__all__ = ["Scores", "attended", "evenness"]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of every query with every key.

    Attributes
    ----------
    query, key : Moments
        Of one feature.
    scale : float
        A score's second moment, over that of a query's feature times a key's.
    seen : numpy.ndarray, shape (queries, keys)
        1 where a query sees a key, 0 where a mask hides it.
    thinned : float
        By how much a dropout of the shares multiplies their squares.
    """

    query: Moments
    key: Moments
    scale: float
    seen: Array
    thinned: float = 1.0


def attended(scores: Scores, value: Moments) -> Moments:
    """Return the moments of what the queries get."""
    seen, q, k = scores.seen, scores.query, scores.key
    counts = seen.sum(axis=1)
    if not counts.all():
        return Moments.constant(math.nan)
    own = scores.scale * (k.square - k.near)  # what all keys have in common is no difference
    other = scores.scale * (k.cross - k.far)

    def shared(together: Array, covariance: float) -> float:
        """Return the mean of Σ a a', for scores of this covariance; nan if there is no other."""
        if math.isnan(covariance):
            return math.nan
        spread = evenness(float(np.mean(counts)), max(0.0, covariance))
        return float(np.mean(np.minimum(1.0, together * spread)))

    one = shared(1 / counts, q.square * own)
    two = shared(_together(seen), q.near * own)

    def mixed(share: float, same: float, apart: float) -> float:
        return share * same + (1 - share) * apart

    return Moments(
        value.mean,
        mixed(one, scores.thinned * value.square, value.near),
        mixed(two, value.square, value.near),
        mixed(shared(1 / counts, q.cross * other), value.cross, value.far),
        mixed(shared(_together(seen), q.far * other), value.cross, value.far),
    )


def _together(seen: Array) -> Array:
    """Return Σ a a' of even shares, for each pair of different queries."""
    counts = seen.sum(axis=1)
    pairs = (seen @ seen.T) / np.outer(counts, counts)
    if len(seen) == 1:
        return np.asarray(pairs[0])
    return np.asarray(pairs[~np.eye(len(seen), dtype=bool)])


@functools.lru_cache(maxsize=1024)
def evenness(n: float, variance: float) -> float:
    """Return n E[Σ a²] for a softmax of n independent Gaussian scores: 1 if they are all the same.

    With S the sum of n exponentials, E[e^2s / S²] is the integral of t E[e^2s e^-tS], and the
    expectation falls apart into one for each score. It is taken over u = log t.

    Parameters
    ----------
    n : float
        How many scores there are, at least 1.
    variance : float
        Of each.

    Examples
    --------
    >>> evenness(10, 0.0)
    1.0
    """
    if n <= 1 or variance == 0 or not math.isfinite(variance):
        return 1.0 if math.isfinite(variance) else math.nan
    sd = math.sqrt(variance)
    z = np.linspace(-9, 9, 721)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    u = np.linspace(-9 * sd - math.log(n) - 20, 9 * sd + 5, 2001)
    y = u[:, None] + sd * z
    alone = np.exp(-np.exp(np.minimum(y, 700)))
    chosen = (np.exp(np.minimum(2 * y, 700)) * alone) @ weight
    integrand = chosen * (alone @ weight) ** (n - 1)
    return float(n * n * integrand.sum() * (u[1] - u[0]))
