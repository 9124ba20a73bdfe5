"""Margins, the largest of them, and the bound on a perceptron's updates: S3 and S4."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog, nnls
from sklearn.datasets import load_digits, load_iris

import nn

datasets = st.integers(1, 3).flatmap(
    lambda d: arrays(
        np.float64, st.tuples(st.integers(2, 9), st.just(d)), elements=st.integers(-6, 6)
    )
)


def separable(X, y):
    """Whether some y(w·x + b) ≥ 1 for all: linear programming, by HiGHS."""
    signed = np.where(y == 1, 1, -1)[:, None] * np.column_stack([X, np.ones(len(X))])
    return linprog(
        np.zeros(signed.shape[1]), A_ub=-signed, b_ub=-np.ones(len(X)), bounds=(None, None)
    ).success


def distance_of_hull(points):
    """How near the convex hull of some points comes to 0, by Lawson & Hanson's least squares."""
    E = np.vstack([points.T, np.ones(len(points))])
    shares, _ = nnls(E, np.eye(len(E))[-1], maxiter=10_000)
    nearest = shares @ points / shares.sum()
    return np.linalg.norm(nearest)


# S3: margins -------------------------------------------------------------------------------------


@pytest.mark.lecture("S3")
def test_the_margin_is_the_least_distance_to_the_hyperplane():
    """3·x1 + 4·x2 = 5 is 1 from the origin; (3, 4) is 4 beyond it."""
    assert nn.margin([[0, 0], [3, 4]], [-1, 1], [3, 4], -5) == pytest.approx(1, rel=1e-15)
    assert nn.margin([[3, 4]], [1], [3, 4], -5) == pytest.approx(4, rel=1e-15)


@pytest.mark.lecture("S3")
def test_the_margin_is_minus_infinity_if_the_hyperplane_does_not_separate():
    assert nn.margin([[0, 0], [3, 4]], [1, -1], [3, 4], -5) == -np.inf
    assert nn.margin([[0, 0], [3, 4]], [-1, 1], [1, 0], 0) == -np.inf  # one lies on it
    assert nn.margin([[0, 0]], [1], [0, 0], 1) == -np.inf  # that is no hyperplane


@pytest.mark.lecture("S3")
@given(st.floats(1e-6, 1e6))
def test_scaling_the_weights_does_not_change_the_margin(scale):
    w = np.array([3.0, 4.0])
    found = nn.margin([[0, 0], [3, 4]], [-1, 1], scale * w, -5 * scale)
    assert found == pytest.approx(1, rel=1e-14)


@pytest.mark.lecture("S3")
@pytest.mark.parametrize("angle", np.linspace(0, 6, 7))
def test_the_largest_margin_of_two_squares_is_half_the_gap_between_them(angle):
    """Unit squares, 3 apart along a direction: wherever they are, and at any angle."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    square = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    X = np.vstack([square, square + np.array([4, 0.5])]) @ turn.T + [10, -20]
    found = nn.largest_margin(X, [0] * 4 + [1] * 4)
    assert found.margin == pytest.approx(1.5, rel=1e-13)
    assert found.weights == pytest.approx(turn[:, 0], abs=1e-13)


@pytest.mark.lecture("S3")
def test_a_margin_between_a_corner_and_an_edge():
    """(2, 2) is 3/√2 from the line x1 + x2 = 1: a margin of 3/(2√2)."""
    found = nn.largest_margin([[0, 1], [1, 0], [0, 0], [2, 2]], [0, 0, 0, 1])
    assert found.margin == pytest.approx(3 / np.sqrt(8), rel=1e-14)


@pytest.mark.lecture("S3")
@pytest.mark.slow
@given(datasets, st.data())
def test_a_largest_margin_is_found_if_and_only_if_the_data_is_separable(X, data):
    y = data.draw(arrays(np.int64, len(X), elements=st.sampled_from([0, 1])).filter(np.ptp))
    if not separable(X, y):
        with pytest.raises(ValueError, match="no hyperplane separates"):
            nn.largest_margin(X, y)
        return
    w, b, found = nn.largest_margin(X, y)
    assert np.linalg.norm(w) == pytest.approx(1, rel=1e-14)
    assert nn.margin(X, y, w, b) == found


@pytest.mark.lecture("S3")
@pytest.mark.slow
@given(datasets, st.data())
def test_no_hyperplane_has_a_larger_margin(X, data):
    """By duality: the two classes' hulls come as near as twice the margin (checked by NNLS)."""
    y = data.draw(arrays(np.int64, len(X), elements=st.sampled_from([0, 1])).filter(np.ptp))
    if not separable(X, y):
        return
    found = nn.largest_margin(X, y)
    activations = X @ found.weights + found.bias
    touching = np.abs(np.abs(activations) - found.margin) < 1e-9
    P, N = X[touching & (y == 1)], X[touching & (y == 0)]
    pairs = (P[:, None] - N[None]).reshape(-1, X.shape[1])  # the difference of the two hulls
    assert distance_of_hull(pairs) / 2 <= found.margin * (1 + 1e-9)


@pytest.mark.lecture("S3")
@pytest.mark.parametrize("digit", [0, 3, 8])
def test_nothing_beats_the_margin_of_one_real_digit_against_the_rest(digit):
    """Exact to 1e-9: nothing beats it, by the hulls' nearest points; 8 can't be separated."""
    X, labels = load_digits(return_X_y=True)
    y = (labels == digit).astype(int)
    if digit == 8:
        assert not separable(X, y)
        with pytest.raises(ValueError, match="no hyperplane separates"):
            nn.largest_margin(X, y)
        return
    w, b, found = nn.largest_margin(X, y)
    activations = X @ w + b
    touching = np.abs(np.abs(activations) - found) < 1e-9
    P, N = X[touching & (y == 1)], X[touching & (y == 0)]
    pairs = (P[:, None] - N[None]).reshape(-1, X.shape[1])
    assert distance_of_hull(pairs) / 2 <= found * (1 + 1e-9)
    assert nn.margin(X, y, w, b) == found


@pytest.mark.lecture("S3")
def test_a_margin_is_between_two_classes():
    with pytest.raises(ValueError, match="all examples are of one class"):
        nn.largest_margin([[1.0], [2.0]], [1, 1])


@pytest.mark.lecture("S3")
def test_xor_has_no_margin():
    with pytest.raises(ValueError, match="no hyperplane separates"):
        nn.largest_margin([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])


@pytest.mark.lecture("S3")
def test_a_point_in_both_classes_cannot_be_separated():
    with pytest.raises(ValueError, match="no hyperplane separates"):
        nn.largest_margin([[1.5, 2.5], [1.5, 2.5]], [0, 1])


# S4: the bound on updates ------------------------------------------------------------------------


@pytest.mark.lecture("S4")
def test_the_bound_that_leaves_the_bias_out_fails():
    """γ = 1 and ‖x‖ ≤ 1, but two updates are made: 1/γ² is 1. The corrected bound is 2."""
    X, y = [[1.0], [-1.0]], [+1, -1]
    assert nn.largest_margin(X, y).margin == 1
    assert len(nn.train_perceptron(X, y).history) == 2
    assert nn.update_bound(X, y) == pytest.approx(2, rel=1e-14)


@pytest.mark.lecture("S4")
@pytest.mark.slow
@given(datasets, st.data())
def test_no_run_makes_more_updates_than_the_bound(X, data):
    y = data.draw(arrays(np.int64, len(X), elements=st.sampled_from([0, 1])))
    if not separable(X, y):
        with pytest.raises(ValueError, match="no hyperplane separates"):
            nn.update_bound(X, y)
        return
    bound = nn.update_bound(X, y)
    run = nn.train_perceptron(X, y, max_iter=int(bound) + 2)
    assert run.converged
    assert len(run.history) <= bound * (1 + 1e-12)


@pytest.mark.lecture("S4")
@pytest.mark.slow
@given(datasets, st.data())
def test_the_bound_uses_the_largest_margin_of_the_augmented_data(X, data):
    """γ is how near the hull of all y·(x, 1) comes to 0."""
    y = data.draw(arrays(np.int64, len(X), elements=st.sampled_from([0, 1])))
    if not separable(X, y):
        return
    augmented = np.column_stack([X, np.ones(len(X))])
    signed = np.where(y == 1, 1, -1)[:, None] * augmented
    gamma = distance_of_hull(signed)
    radius = np.linalg.norm(augmented, axis=1).max()
    assert nn.update_bound(X, y) == pytest.approx((radius / gamma) ** 2, rel=1e-9)


@pytest.mark.lecture("S4")
def test_iris_setosa_is_learnt_within_the_bound():
    X, labels = load_iris(return_X_y=True)
    run = nn.train_perceptron(X, labels == 0)
    assert run.converged
    assert len(run.history) <= nn.update_bound(X, labels == 0)
