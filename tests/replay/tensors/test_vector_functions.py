"""exp, expm1 and tanh as loops over arrays compute them."""

from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
from autograd import jit

FUNCTIONS = ("exp", "expm1", "tanh")
RNG = np.random.default_rng(2)
EDGES = [
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    1e-310,
    709.78,
    709.79,
    710.0,
    1e308,
    -708.4,
    -744.0,
    -745.2,
    -746.0,
    -1e308,
    -40.0,
    -37.0,
    0.34657,
    -0.34658,
    20.0,
    25.0,
]


def replayed(name: str, x: Any) -> Any:
    return jit(getattr(autograd, name), tensors=True)(x)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_they_are_within_three_ulp(name: str) -> None:
    sizes = 10.0 ** RNG.uniform(-300, 0.5, 500)
    x = np.concatenate([RNG.normal(size=1000), sizes, -sizes, RNG.uniform(-700, 700, 1000)])
    with mpmath.workprec(1200):
        true = [getattr(mpmath, name)(mpmath.mpf(float(each))) for each in x]
        found = [mpmath.mpf(float(each)) for each in replayed(name, x)]
        ulp = np.spacing(np.abs(np.array([float(each) for each in true])))
        off = [abs(a - b) / mpmath.mpf(float(c)) for a, b, c in zip(found, true, ulp, strict=True)]
        assert max(off) < 3


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore")
def test_at_the_edges_of_the_range_they_are_numpys(name: str) -> None:
    x = np.array(EDGES)
    found, true = replayed(name, x), getattr(np, name)(x)
    np.testing.assert_array_max_ulp(found, true, 3)
    assert np.signbit(found[:7][1:]).tolist() == np.signbit(true[:7][1:]).tolist()
