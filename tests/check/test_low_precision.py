"""gradcheck of float32 and float16 arrays: their own rules are looked at, not float64's alone."""

import numpy as np
import pytest

import autograd
from autograd import structural, temporary_registry
from autograd.check import examine

FUNCTIONS = {
    "softmax": lambda x: autograd.softmax(x)[0],
    "log_softmax": lambda x: autograd.log_softmax(x)[1],
    "var": np.var,
    "std": np.std,
    "dot": lambda x: (x @ x).sum(),
    "prod": lambda x: np.prod(x * 0.1),
    "max and sort": lambda x: np.max(x) + np.sort(x)[0],
    "cumsum": lambda x: np.cumsum(x)[2],
    "norm": autograd.norm,
    "logsumexp": autograd.logsumexp,
}


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_structural_rule_that_is_wrong_in_one_dtype_alone_is_blamed(dtype: type) -> None:
    def rule(g, x, z):
        return (g * g.dtype.type(2.1 if x.dtype == dtype else 2),)

    x = np.array([0.5, 1.5, -2.0])
    with temporary_registry():
        double = structural("double", lambda x: 2 * x, rule)
        report = examine(lambda x: double(x).sum(), x.astype(dtype))
        assert report.verdict == "FAIL"
        assert report.blame.op == "double"
        assert f"in {np.dtype(dtype)} alone" in report.reason
        assert examine(lambda x: double(x).sum(), x).verdict == "PASS"


def test_a_nan_in_float32_alone_is_found() -> None:
    def rule(g, x, z):
        return (g * (np.nan if x.dtype == np.float32 else 2),)

    with temporary_registry():
        double = structural("double", lambda x: 2 * x, rule)
        report = examine(lambda x: double(x).sum(), np.ones(3, np.float32))
    assert report.verdict == "FAIL"


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("offset", [0.0, 50.0])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_rounding_in_low_precision_is_no_alarm(name: str, offset: float, dtype: type) -> None:
    x = (np.random.default_rng(0).normal(size=6) + offset).astype(dtype)
    assert examine(FUNCTIONS[name], x).verdict == "PASS"
