"""Gradients with a share that is nearly 1: 1 − p is the sum of the others, to the last digits."""

import numpy as np
import pytest
from mpmath import mp

import autograd
from autograd import Tensor
from autograd.check import Inconclusive, gradcheck
from autograd.check.ulp import ulps

AHEAD = [0.0, 1.0, 2.5, 20.0, 37.43, 300.0, 700.0]


def exact_jacobian(logits: np.ndarray, logarithms: bool) -> list[list]:
    """Of log softmax: δ_ij − p_j; of softmax p_i times that. At 400 digits nothing cancels."""
    with mp.workdps(400):
        e = [mp.exp(mp.mpf(float(x))) for x in logits]
        p = [x / mp.fsum(e) for x in e]
        return [
            [((i == j) - p[j]) * (1 if logarithms else p[i]) for j in range(len(p))]
            for i in range(len(p))
        ]


@pytest.mark.parametrize(
    "x", [[1.0, 1e-9], [1e-9, 1.0, -3e-7], [3.0, 4.0], [-1e-3, 1e200], [5e-324, 2.0, 1.0]]
)
def test_no_second_derivative_of_a_norm_cancels(x: list[float]) -> None:
    """Of ‖x‖ it is (δ_ij ‖x‖² − x_i x_j)/‖x‖³: on the diagonal the sum of the other squares."""
    found = autograd.hessian(autograd.norm)(np.array(x))
    with mp.workdps(800):
        squares = [mp.mpf(each) ** 2 for each in x]
        length = mp.sqrt(mp.fsum(squares))
        for i, row in enumerate(found):
            others = mp.fsum(squares[:i] + squares[i + 1 :])
            for j, slope in enumerate(row):
                exact = (others if i == j else -mp.mpf(x[i]) * mp.mpf(x[j])) / length**3
                assert ulps(slope, exact) <= 8


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("others", [[0.0], [0.0, -0.5], [-1.0, 0.25, -3.0, 0.0]], ids=len)
@pytest.mark.parametrize("logarithms", [True, False])
def test_no_gradient_of_a_softmax_is_taken_from_one(ahead, others, logarithms) -> None:
    f = autograd.log_softmax if logarithms else autograd.softmax
    logits = np.array([*others, ahead])
    exact = exact_jacobian(logits, logarithms)
    budget = 8 + abs(ahead)  # an exponential multiplies its argument's rounding by the argument
    for i, row in enumerate(exact):
        z = Tensor(logits)
        f(z)[i].backward()
        for j, slope in enumerate(row):
            assert ulps(z.grad[j], slope) <= budget
    for j, tangent in enumerate(np.eye(len(logits))):
        _, found = autograd.jvp(f, (logits,), (tangent,))
        for i in range(len(logits)):
            assert ulps(found[i], exact[i][j]) <= budget


def test_the_log_softmax_that_was_found_wrong() -> None:
    z = Tensor([37.43, 0.0])
    autograd.log_softmax(z)[0].backward()
    assert z.grad == pytest.approx([5.5508250880e-17, -5.5508250880e-17], rel=1e-9, abs=0)


def test_equal_cotangents_of_a_softmax_come_to_nothing_at_its_large_share() -> None:
    z = Tensor([0.0, 30.0])
    autograd.softmax(z).backward(np.array([1e10, 1e10]))
    assert z.grad[1] == 0.0


def test_a_gradient_along_other_axes_is_that_of_the_moved_axes() -> None:
    x = np.random.default_rng(0).normal(0, 20, (3, 4, 5))
    for f in (autograd.softmax, autograd.log_softmax):
        moved, kept = Tensor(x.transpose(1, 0, 2).copy()), Tensor(x)
        g = np.cos(np.arange(60.0)).reshape(4, 3, 5)
        f(moved, 0).backward(g)
        f(kept, 1).backward(g.transpose(1, 0, 2))
        assert np.array_equal(moved.grad.transpose(1, 0, 2), kept.grad)


@pytest.mark.parametrize("ahead", [37.43, 60.0])
def test_a_difference_of_two_nodes_that_cancels_is_not_passed(ahead: float) -> None:
    """The slopes of x − logsumexp(x) are 1 and −p from two nodes: no rule can see both."""
    with pytest.raises(Inconclusive, match=r"floats see no change .* In many digits it is \d"):
        gradcheck(lambda x: x[0] - autograd.logsumexp(x), np.array([ahead, 0.0]))


def test_one_that_cancels_to_seven_digits_is_not_said_to_have_more() -> None:
    report = gradcheck(lambda x: x[0] - autograd.logsumexp(x), np.array([20.0, 0.0]))
    assert report.digits <= 7
    assert "rounding of the function's own steps" in str(report)


def test_a_slope_of_zero_that_is_zero_in_many_digits_passes() -> None:
    report = gradcheck(lambda x: (0.0 * x).sum() + autograd.exp(x)[1], np.array([37.43, 0.0]))
    assert report.digits >= 8


@pytest.mark.parametrize("f", [autograd.softmax, autograd.log_softmax])
def test_a_share_of_nearly_one_passes_at_second_order(f) -> None:
    assert gradcheck(lambda x: f(x)[0], np.array([37.43, 0.0, 1.0]), order=2)
