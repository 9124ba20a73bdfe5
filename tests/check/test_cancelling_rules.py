"""Pullbacks of arrays that cancel: accused where the result has digits that they lost."""

import numpy as np
import pytest

import autograd
from autograd import structural, temporary_registry
from autograd.check import examine
from autograd.check.blame import graph_of
from autograd.check.cancelling import loses_digits
from autograd.rules.op_registry import get
from autograd.values.tensor import Tensor

pytest.importorskip("mpmath")


def less_its_share(g, x, z):
    share = autograd.exp(z)
    return (g - share * g.sum(axis=-1, keepdims=True),)


def of_a_softmax(g, x, z):
    passed = g * z
    return (passed - z * passed.sum(axis=-1, keepdims=True),)


PULLBACKS = {"log_softmax": less_its_share, "softmax": of_a_softmax}


def old(name: str):
    """Return softmax or log_softmax with a pullback that takes shares from 1."""
    return structural(f"old_{name}", get(name).function, PULLBACKS[name])


@pytest.mark.parametrize("name", PULLBACKS)
@pytest.mark.parametrize("logit", [37.43, 20.0])
def test_one_less_a_share_that_is_nearly_1_is_accused(name: str, logit: float) -> None:
    """At 37.43 the slope is 5.551e-17 and comes out as 0, at 20 its eighth digit is wrong."""
    with temporary_registry():
        op = old(name)
        report = examine(lambda x: op(x)[0], np.array([logit, 0.0]))
    assert report.verdict == "FAIL"
    assert report.blame.op == f"old_{name}"
    assert "subtract numbers that are nearly equal" in report.reason


@pytest.mark.parametrize("name", PULLBACKS)
def test_where_nothing_cancels_the_same_rule_passes(name: str) -> None:
    with temporary_registry():
        op = old(name)
        assert examine(lambda x: op(x)[0], np.array([0.5, 0.0]))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (autograd.var, np.random.default_rng(0).normal(size=5) + 1e8),
        (autograd.std, np.array([1.0, 1.0 + 1e-9, 2.0])),
        (autograd.norm, np.array([3.0, 1e-9])),
        (autograd.prod, np.array([1e-9, 2.0, -3.0])),
        (autograd.logsumexp, np.array([40.0, 0.0])),
        (autograd.cumsum, np.array([1e9, -1e9, 1e-3])),
    ],
    ids=["var far out", "std", "norm", "prod", "logsumexp", "cumsum"],
)
def test_digits_that_the_operands_themselves_do_not_have_are_no_fault_of_a_rule(f, x) -> None:
    nodes = graph_of(f, [Tensor(x)])
    assert [loses_digits(node) for node in nodes] == [None] * len(nodes)
