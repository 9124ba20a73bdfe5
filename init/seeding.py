"""Random generators: an integer seed becomes a Generator once, and layers get spawned ones.

NumPy's global generator is never used, here or anywhere in the package.
"""

from __future__ import annotations

import numbers
from typing import TypeAlias

import numpy as np

from init import argument_checks

__all__ = ["Seed", "as_generator", "spawn"]

Seed: TypeAlias = "np.random.Generator | int"  # a string: numpy.random is slow to load
"""The type of every ``rng`` argument: a NumPy Generator, or a non-negative integer seed."""


def as_generator(rng: Seed) -> np.random.Generator:
    """Turn a seed into a Generator; a Generator comes back as it is, with its state.

    Parameters
    ----------
    rng : numpy.random.Generator or int
        A generator, or a non-negative integer seed.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError
        For anything else: ``None``, booleans, floats, ``numpy.random`` itself.
    ValueError
        For a negative seed.

    Examples
    --------
    >>> as_generator(0).integers(100, size=3)
    array([85, 63, 51])
    >>> generator = np.random.default_rng(0)
    >>> as_generator(generator) is generator
    True
    """
    if isinstance(rng, np.random.Generator):
        return rng
    seed: object = rng  # what a caller without a type checker may have passed
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral):
        raise TypeError(
            f"rng must be a numpy.random.Generator or an integer seed, got {seed!r}: "
            "pass a seed such as 0, or numpy.random.default_rng()"
        )
    if seed < 0:
        raise ValueError(f"rng must be a non-negative integer seed, got {seed}")
    return np.random.default_rng(int(seed))


def spawn(rng: Seed, n: int) -> list[np.random.Generator]:
    """Make ``n`` independent generators, one for each layer of a model.

    Child ``i`` of a seed depends on the seed and on ``i`` alone: a layer added at the end leaves
    the weights of the others as they were, and no two layers are alike. A Generator remembers the
    children that it has had, so a second call gives new ones.

    Parameters
    ----------
    rng : numpy.random.Generator or int
        The model's generator or seed. No number is drawn from it.
    n : int
        How many generators to make, at least one.

    Returns
    -------
    list of numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        As :func:`as_generator`; also for ``n`` that isn't a positive integer, and for a Generator
        that can't spawn because it wasn't made from a seed sequence.

    References
    ----------
    M. E. O'Neill, "Developing a seed_seq alternative", 2015, the hash behind
    ``numpy.random.SeedSequence.spawn``.

    Examples
    --------
    >>> [int(child.integers(100)) for child in spawn(0, 3)]
    [80, 66, 65]
    >>> [int(child.integers(100)) for child in spawn(0, 4)][:3]
    [80, 66, 65]
    """
    count = argument_checks.positive_integer("n", n, "ask for one generator a layer")
    return as_generator(rng).spawn(count)
