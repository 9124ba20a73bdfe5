"""Linear algebra where calculus or arithmetic leaves something open: singular, equal, too many."""

from fractions import Fraction
from itertools import pairwise, permutations
from math import inf, nan

import numpy as np
import pytest
from mpmath import mp
from numpy.linalg import LinAlgError

import autograd as ag
from autograd import Tensor, Value, linalg
from autograd.node.node import raw
from autograd.walk.reverse import cotangents

rng = np.random.default_rng(7)
SINGULAR = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
COFACTORS = np.array([[-3.0, 6.0, -3.0], [6.0, -12.0, 6.0], [-3.0, 6.0, -3.0]])


def gradient(f, x, cotangent=None):
    leaf = Tensor(x)
    z = f(leaf)
    z.backward(np.ones(z.shape) if cotangent is None else np.asarray(cotangent))
    return leaf.grad


def objects(rows, kind):
    return np.array([[kind(x) for x in row] for row in rows], object)


def sign_of(order):
    return (-1) ** sum(a > b for k, a in enumerate(order) for b in order[k + 1 :])


class TestDeterminant:
    """It is a polynomial, so that every derivative exists everywhere."""

    def test_of_a_singular_matrix_the_gradient_is_the_cofactors(self):
        np.testing.assert_allclose(gradient(linalg.det, SINGULAR), COFACTORS, atol=1e-13)

    @pytest.mark.parametrize("rows", [[[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 4.0]]])
    def test_of_two_rows_the_hessian_is_the_same_everywhere(self, rows):
        """∂²(ad − bc): 1 for a and d, −1 for b and c."""
        expected = [[0, 0, 0, 1], [0, 0, -1, 0], [0, -1, 0, 0], [1, 0, 0, 0]]
        found = ag.hessian(linalg.det)(np.array(rows)).reshape(4, 4)
        np.testing.assert_allclose(found, expected, atol=1e-14)

    @pytest.mark.parametrize("x", [np.zeros((3, 3)), np.ones((3, 3)), SINGULAR])
    def test_of_three_rows_the_third_derivative_is_the_sign_of_a_permutation(self, x):
        found = ag.jacobian(ag.hessian(linalg.det))(x)
        expected = np.zeros((3,) * 6)
        for rows in permutations(range(3)):
            for columns in permutations(range(3)):
                at = [k for pair in zip(rows, columns, strict=True) for k in pair]
                expected[tuple(at)] = sign_of(rows) * sign_of(columns)
        np.testing.assert_allclose(found, expected, atol=1e-11)

    def test_a_stack_may_have_singular_matrices_of_any_rank(self):
        stack = np.stack([SINGULAR, np.eye(3), np.zeros((3, 3)), np.ones((3, 3))])
        zero = np.zeros((3, 3))
        found = gradient(linalg.det, stack)
        np.testing.assert_allclose(found, [COFACTORS, np.eye(3), zero, zero], atol=1e-13)

    def test_beside_a_singular_matrix_the_largest_cofactors_are_right(self):
        """Cofactors don't depend on the element that they are of."""
        for tiny in (1e-9, 1e-15, 1e-30):
            x = np.diag([1.0, 2.0, tiny])
            np.testing.assert_allclose(
                np.diag(gradient(linalg.det, x)), [2 * tiny, tiny, 2], atol=1e-15
            )

    @pytest.mark.parametrize("f", [linalg.det, linalg.inv])
    def test_of_no_rows_there_is_nothing(self, f):
        assert gradient(f, np.empty((0, 0))).shape == (0, 0)

    @pytest.mark.parametrize("rows", [[[0, 0], [0, 0]], [[1, 2], [2, 4]], [[3, 1], [4, 1]]])
    def test_values_have_the_same_hessian(self, rows):
        found = ag.hessian(lambda *x: linalg.det(np.array(x, object).reshape(2, 2)), (0, 1, 2, 3))(
            *(float(x) for row in rows for x in row)
        )
        expected = [[0, 0, 0, 1], [0, 0, -1, 0], [0, -1, 0, 0], [1, 0, 0, 0]]
        np.testing.assert_allclose(np.array(found, float), expected, atol=1e-12)


class TestSlogdet:
    def test_it_does_not_underflow(self):
        found = np.linalg.slogdet(Tensor(1e-200 * np.eye(4)))
        assert found.sign.item() == 1
        assert found.logabsdet.item() == pytest.approx(4 * np.log(1e-200))

    def test_of_a_singular_matrix_it_is_a_value_without_a_gradient(self):
        x = Tensor(np.zeros((2, 2)))
        found = linalg.slogdet(x)
        assert (found.sign.item(), found.logabsdet.item()) == (0, -inf)
        with pytest.raises(LinAlgError, match=r"where log\|det\| is -inf and has no gradient"):
            found.logabsdet.backward()
        found.sign.backward()
        assert x.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]


class TestFractions:
    A = ((Fraction(1, 2), Fraction(1, 3)), (Fraction(1, 4), Fraction(1, 5)))

    def test_det_inv_solve_and_pinv_are_exact(self):
        a = np.array(self.A, object)
        assert linalg.det(a) == Fraction(1, 60)
        assert linalg.inv(a).tolist() == [[12, -20], [-15, 30]]
        assert linalg.solve(a, np.array([Fraction(1), Fraction(0)])).tolist() == [12, -15]
        assert linalg.pinv(a).tolist() == [[12, -20], [-15, 30]]
        assert (linalg.matrix_power(a, -1) == linalg.inv(a)).all()

    def test_so_are_gradients_of_values_with_fractions(self):
        a = objects(self.A, Value)
        linalg.det(a).backward()
        assert [[x.grad for x in row] for row in a] == [
            [Fraction(1, 5), Fraction(-1, 4)], [Fraction(-1, 3), Fraction(1, 2)],
        ]  # fmt: skip

    def test_stacks_of_them_broadcast(self):
        a = np.array([self.A, np.eye(2, dtype=int).tolist()], object)
        b = np.array([[Fraction(1)], [Fraction(0)]])
        assert linalg.solve(a, b)[..., 0].tolist() == [[12, -15], [1, 0]]
        assert linalg.det(a).tolist() == [Fraction(1, 60), 1]

    def test_a_singular_matrix_is_refused(self):
        with pytest.raises(LinAlgError, match="Singular"):
            linalg.inv(objects([[1, 2], [2, 4]], Fraction))
        assert linalg.det(objects([[1, 2], [2, 4]], Fraction)) == 0


class TestEqualEigenvalues:
    def test_they_share_their_gradient_as_elements_of_sort_do(self):
        """The average over all bases of eigenvectors: it doesn't depend on the one LAPACK found."""
        turn = np.linalg.qr(rng.normal(size=(3, 3))).Q
        for x in (np.diag([2.0, 2.0, 5.0]), np.diag([2.0, 5.0, 2.0])):
            expected = np.diag(np.where(np.diag(x) == 2, 0.5, 0.0))
            np.testing.assert_allclose(gradient(linalg.eigvalsh, x, [1, 0, 0]), expected)
            np.testing.assert_allclose(
                gradient(lambda t: linalg.eigh(t).eigenvalues, x, [0, 1, 0]), expected
            )
        identity = turn @ turn.T
        assert gradient(lambda t: linalg.eigvalsh(t).sum(), identity) == pytest.approx(np.eye(3))

    def test_what_depends_on_their_vectors_is_told(self):
        x = Tensor(np.diag([2.0, 2.0, 5.0]))
        v = linalg.eigh(x).eigenvectors
        with pytest.warns(RuntimeWarning, match="their vectors may be any basis"):
            v[0, 1].backward()
        assert not np.isfinite(x.grad).any()

    def test_a_projection_onto_all_of_them_has_its_gradient(self):
        """∂P/∂x₀₂ of the projection P onto the vectors of 2, 2, beside 5, is 1/(2 − 5)."""
        x = Tensor(np.diag([2.0, 2.0, 5.0]))
        v = linalg.eigh(x).eigenvectors[:, :2]
        with pytest.warns(RuntimeWarning, match="0 times inf is taken for 0"):
            (v @ v.T)[0, 2].backward()
        expected = np.zeros((3, 3))
        expected[0, 2] = expected[2, 0] = -1 / 6  # symmetric: half in each place
        np.testing.assert_allclose(x.grad, expected, atol=1e-15)

    def test_a_cotangent_that_is_zero_here_has_a_derivative_all_the_same(self):
        """The Hessian of |V² − there|² at its minimum is 2 JᵀJ, though the residual is 0."""
        x = np.array([[2.0, 0.3], [0.3, -1.0]])
        there = linalg.eigh(x).eigenvectors ** 2
        hessian = ag.hessian(lambda t: ((linalg.eigh(t).eigenvectors ** 2 - there) ** 2).sum())(x)
        jacobian = ag.jacobian(lambda t: linalg.eigh(t).eigenvectors ** 2)(x).reshape(4, 4)
        assert np.abs(jacobian).max() > 0.01
        np.testing.assert_allclose(hessian.reshape(4, 4), 2 * jacobian.T @ jacobian, atol=1e-14)


class TestSymmetry:
    @pytest.mark.parametrize("f", [linalg.eigvalsh, linalg.cholesky, lambda t: linalg.eigh(t)[0]])
    def test_a_matrix_that_is_not_symmetric_is_refused_with_the_place(self, f):
        x = np.array([[2.0, 0.5], [0.0, 2.0]])
        with pytest.raises(ValueError, match=r"needed, got x\[0, 1\] and x\[1, 0\] 0.5 apart"):
            f(Tensor(x))

    def test_rounding_is_not_asymmetry(self):
        x = np.array([[2.0, 1.0], [1.0 + 1e-12, 2.0]])
        np.testing.assert_allclose(linalg.eigvalsh(x), [1.0, 3.0], rtol=1e-12)

    @pytest.mark.parametrize("f", [linalg.eigvalsh, linalg.cholesky])
    def test_the_gradient_is_symmetric_to_the_last_digits(self, f):
        half = rng.normal(size=(4, 4))
        found = gradient(f, half @ half.T, rng.normal(size=f(half @ half.T).shape))
        np.testing.assert_allclose(found, found.T, rtol=1e-10)

    @pytest.mark.parametrize("uplo", ["L", "U", "l", "u"])
    def test_a_triangle_that_is_asked_for_is_read_alone_and_gets_all(self, uplo):
        x = rng.normal(size=(3, 3))
        t = Tensor(x)
        np.testing.assert_allclose(np.linalg.eigvalsh(t, uplo).data, np.linalg.eigvalsh(x, uplo))
        found = gradient(lambda t: linalg.eigvalsh(t, UPLO=uplo), x, [1.0, 0.0, 0.0])
        unread = np.triu_indices(3, 1) if uplo in "Ll" else np.tril_indices(3, -1)
        assert (found[unread] == 0).all()
        v = np.linalg.eigh(x, uplo).eigenvectors[:, 0]
        whole = np.outer(v, v) * 2 - np.diag(v * v)
        np.testing.assert_allclose(found + found.T - np.diag(np.diag(found)), whole, atol=1e-14)

    def test_upper_is_the_transpose(self):
        x = np.array([[4.0, 2.0], [2.0, 3.0]])
        found = linalg.cholesky(Tensor(x), upper=True)
        np.testing.assert_allclose(found.data, [[2.0, 1.0], [0.0, np.sqrt(2)]])


class TestRank:
    def test_a_singular_value_of_zero_is_a_kink(self):
        """The nuclear norm's subgradient of smallest norm is u vᵀ over the others."""
        x = np.outer([3.0, 4.0], [1.0, 0.0])
        found = gradient(lambda t: linalg.norm(t, "nuc"), np.diag([3.0, 0.0]))
        np.testing.assert_allclose(found, np.diag([1.0, 0.0]))
        assert gradient(lambda t: linalg.norm(t, "nuc"), np.zeros((2, 2))).tolist() == [[0, 0]] * 2
        assert linalg.matrix_rank(Tensor(x)) == 1

    def test_equal_singular_values_share(self):
        found = gradient(lambda t: linalg.norm(t, 2), 3 * np.eye(2))
        np.testing.assert_allclose(found, np.eye(2) / 2)

    def test_the_pseudo_inverse_moves_along_matrices_of_its_rank(self):
        """X uvᵀ has the pseudo-inverse vuᵀ/x for unit vectors: −1/x² along uvᵀ."""
        u, v = np.array([0.6, 0.8, 0.0]), np.array([1.0, 0.0])
        t = Tensor(2.0 * np.outer(u, v))
        (np.linalg.pinv(t) * np.outer(v, u)).sum().backward()
        assert (t.grad * np.outer(u, v)).sum() == pytest.approx(-1 / 4)

    def test_a_tolerance_decides_what_is_zero(self):
        x = np.diag([1.0, 1e-3])
        for given in ({"rcond": 0.01}, {"rtol": 0.01}):
            assert linalg.pinv(Tensor(x), **given).data.tolist() == [[1, 0], [0, 0]]
            assert np.linalg.pinv(Tensor(x), **given).data.tolist() == [[1, 0], [0, 0]]

    def test_qr_of_dependent_columns_has_a_value_and_no_derivative(self):
        x = Tensor(np.ones((3, 2)))
        r = linalg.qr(x, mode="r")
        np.testing.assert_array_equal(r.data, np.linalg.qr(x.data, "r"))
        with pytest.raises(LinAlgError, match="qr: the first columns of a matrix depend on one"):
            linalg.qr(Tensor(np.zeros((3, 2)))).R.sum().backward()

    def test_least_squares_of_two_shapes(self):
        a, b = rng.normal(size=(4, 2)), rng.normal(size=4)
        ours, numpys = linalg.lstsq(Tensor(a), Tensor(b)), np.linalg.lstsq(a, b)
        np.testing.assert_allclose(ours.x.data, numpys[0], rtol=1e-13)
        np.testing.assert_allclose(ours.residuals.data, numpys[1], rtol=1e-13)
        assert ours.rank == numpys[2]
        np.testing.assert_allclose(ours.s.data, numpys[3])
        assert linalg.lstsq(Tensor(a.T), np.ones(2)).residuals.shape == (0,)
        with pytest.raises(LinAlgError, match="lstsq takes one matrix"):
            linalg.lstsq(Tensor(np.ones((2, 2, 2))), b)

    def test_residuals_have_the_gradient_of_the_square_that_is_left(self):
        """∂|a x − b|²/∂b = 2 (b − a x), for x is where it is least."""
        a, b = rng.normal(size=(4, 2)), Tensor(rng.normal(size=4))
        found = linalg.lstsq(a, b)
        found.residuals.sum().backward()
        np.testing.assert_allclose(b.grad, 2 * (b.data - a @ found.x.data), atol=1e-14)


class TestErrors:
    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda: linalg.inv(Tensor(np.ones((2, 2)))), LinAlgError,
             r"inv of shape \(2, 2\): Singular matrix: it has no inverse; .*linalg.pinv"),
            (lambda: linalg.inv(Tensor(np.stack([np.eye(2), np.ones((2, 2))]))), LinAlgError,
             "Singular matrix at 1 of the stack: it has no inverse"),
            (lambda: linalg.solve(np.ones((2, 2)), Tensor([1.0, 2.0])), LinAlgError,
             "Singular matrix: it has no solution, or many; .*linalg.lstsq"),
            (lambda: linalg.cholesky(Tensor(-np.eye(2))), LinAlgError,
             "not positive definite: its eigenvalues must be positive"),
            (lambda: linalg.det(Tensor(np.ones((2, 3)))), LinAlgError, "must be square"),
            (lambda: linalg.expm(Tensor(np.ones((2, 3)))), LinAlgError, "square matrix"),
            (lambda: linalg.matrix_power(Tensor(np.ones(2)), 2), LinAlgError, "square matrices"),
            (lambda: linalg.multi_dot([Tensor(np.ones(2))]), ValueError, "two arrays or more"),
            (lambda: linalg.multi_dot([np.ones((2, 2, 2)), Tensor(np.ones(2))]), LinAlgError,
             r"got \[3, 1\] axes"),
            (lambda: linalg.eig(Tensor([[0.0, 1.0], [-1.0, 0.0]])), ValueError,
             "are complex, and a Tensor is real: for plain numbers use np.linalg.eig"),
            (lambda: linalg.eigh(Tensor(np.eye(2)), "X"), ValueError, "UPLO must be 'L' or 'U'"),
            (lambda: np.linalg.svd(Tensor(np.ones((3, 2)))), ValueError, "full_matrices=False"),
            (lambda: np.linalg.svd(Tensor(np.eye(2)), hermitian=True), ValueError, "use eigh"),
            (lambda: linalg.pinv(Tensor(np.eye(2)), hermitian=True), ValueError, "hermitian"),
            (lambda: linalg.qr(Tensor(np.ones((3, 2))), "complete"), ValueError, "mode 'complete'"),
            (lambda: linalg.qr(Tensor(np.ones((3, 2))), "raw"), ValueError, "no mode 'raw'"),
            (lambda: linalg.norm(Tensor(np.eye(2)), 3), ValueError, "no ord=3"),
            (lambda: linalg.tensorinv(Tensor(np.eye(2)), 0), ValueError, "ind must be positive"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_told_with_what_to_do(self, call, error, message):
        with pytest.raises(error, match=message):
            call()

    def test_a_matrix_without_a_basis_of_eigenvectors_has_no_finite_gradient(self):
        x = Tensor([[1.0, 1.0], [0.0, 1.0]])
        with pytest.warns(RuntimeWarning, match="equal"):
            linalg.eig(x).eigenvectors.backward(np.ones((2, 2)))
        assert not np.isfinite(x.grad).any()

    def test_a_gradient_that_fails_leaves_every_grad_as_it_was(self):
        x = Tensor(np.zeros((2, 2)))
        x.grad = np.ones((2, 2))
        with pytest.raises(LinAlgError):
            linalg.slogdet(x).logabsdet.backward()
        assert x.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]

    def test_complex_matrices_are_numpys_matter(self):
        with pytest.raises(TypeError, match=r"use numpy\.linalg"):
            linalg.cholesky(np.eye(2) * (1 + 0j))


class TestFunctions:
    def test_the_power_of_zero_is_the_identity_with_a_gradient_of_zero(self):
        x = np.array([[1.0, 2.0], [3.0, 4.0]])
        t = Tensor(x)
        z = np.linalg.matrix_power(t, 0)
        assert z.data.tolist() == [[1, 0], [0, 1]]
        z.backward(np.ones((2, 2)))
        assert t.grad.tolist() == [[0, 0], [0, 0]]
        assert np.linalg.matrix_power(t, 1).data.tolist() == x.tolist()

    def test_products_are_taken_in_the_cheapest_order(self):
        """Cormen et al. 2009, section 15.2: ((A₁(A₂A₃))((A₄A₅)A₆)) with 15,125 multiplications."""
        lengths = (30, 35, 15, 5, 10, 20, 25)
        xs = [Tensor(np.ones(pair)) for pair in pairwise(lengths)]
        z = np.linalg.multi_dot(xs)
        left, right = z.parents
        assert left.shape == (30, 5)
        assert left.parents[1].shape == (35, 5)
        assert right.parents[0].shape == (5, 20)

    def test_multi_dot_of_vectors_at_its_ends_is_a_number(self):
        a, b, c = rng.normal(size=3), rng.normal(size=(3, 4)), rng.normal(size=4)
        found = np.linalg.multi_dot([Tensor(a), b, c])
        assert found.shape == ()
        assert found.item() == pytest.approx(a @ b @ c)

    @pytest.mark.parametrize("p", [None, 2, -2, 1, -1, inf, -inf, "fro", "nuc"])
    def test_condition_numbers_are_numpys(self, p):
        x = rng.normal(size=(3, 3))
        assert np.linalg.cond(Tensor(x), p).item() == pytest.approx(np.linalg.cond(x, p), rel=1e-12)

    @pytest.mark.parametrize("p", [2, -2, "nuc"])
    @pytest.mark.parametrize("keepdims", [False, True])
    @pytest.mark.parametrize("axes", [(0, 2), (2, 0), (-1, 1)])
    def test_norms_of_singular_values_along_any_axes(self, p, keepdims, axes):
        x = rng.normal(size=(2, 3, 4))
        found = np.linalg.norm(Tensor(x), p, axes, keepdims=keepdims)
        expected = np.linalg.norm(x, p, axes, keepdims)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found.data, expected, rtol=1e-14)

    @pytest.mark.parametrize("size", [1e-8, 1.0, 30.0, 300.0])
    def test_the_exponential_of_a_rotation_is_a_rotation(self, size):
        x = Tensor([[0.0, size], [-size, 0.0]])
        expected = [[np.cos(size), np.sin(size)], [-np.sin(size), np.cos(size)]]
        np.testing.assert_allclose(linalg.expm(x).data, expected, atol=1e-14 * max(size, 1))

    def test_matrices_of_a_stack_are_scaled_each_by_itself(self):
        x = rng.normal(size=(3, 3))
        stack = np.stack([x, 100 * x, np.full((3, 3), nan), 0 * x])
        found = linalg.expm(stack)
        np.testing.assert_array_equal(found[0], linalg.expm(x))
        assert np.isnan(found[2]).all()
        np.testing.assert_array_equal(found[3], np.eye(3))

    def test_the_exponential_s_gradient_of_every_order_is_that_of_exp_for_one_number(self):
        f = lambda x: linalg.expm(x * np.ones((1, 1)))[0, 0]  # noqa: E731
        for _ in range(4):
            assert f(Tensor(0.7)).item() == pytest.approx(np.exp(0.7))
            f = ag.grad(f)


def test_a_row_of_values_opens_into_numbers_that_agree():
    """What is shown are the elementary rules if they give the same, else slopes as recorded."""
    x = Tensor([[2.0, 1.0], [1.0, 3.0]])
    for f in (linalg.det, lambda t: linalg.solve(t, [1.0, 2.0]), linalg.eigvalsh):
        z = f(x).sum()
        opened = ag.scalars(z)
        assert raw(opened.root) == pytest.approx(z.item())
        opened.root.backward()
        found = np.array([[v.grad for v in row] for row in opened[x]], float)
        np.testing.assert_allclose(found, cotangents(z, np.ones(()))[x], atol=1e-12)


class TestManyDigits:
    """Of mpmath's numbers every function has as many digits as these."""

    @pytest.mark.parametrize("digits", [30, 60])
    def test_eigenvalues_of_a_companion_matrix_are_the_roots(self, digits):
        """x³ − 6x² + 11x − 6 has the roots 1, 2 and 3."""
        with mp.workdps(digits):
            x = objects([[6, -11, 6], [1, 0, 0], [0, 1, 0]], mp.mpf)
            found = sorted(linalg.eigvals(x))
            assert max(abs(a - b) for a, b in zip(found, (1, 2, 3), strict=True)) < mp.eps * 1000

    def test_singular_values_of_the_golden_matrix(self):
        """Those of [[1, 1], [0, 1]] are φ and 1/φ, for φ = (1 + √5)/2."""
        with mp.workdps(50):
            s = linalg.svd(objects([[1, 1], [0, 1]], mp.mpf)).S
            assert abs(s[0] - (1 + mp.sqrt(5)) / 2) < mp.eps * 100
            assert abs(s[0] * s[1] - 1) < mp.eps * 100

    def test_the_exponential_of_a_number(self):
        with mp.workdps(50):
            found = linalg.expm(objects([[3]], mp.mpf))[0, 0]
            assert abs(found - mp.exp(3)) < mp.eps * 1000

    def test_values_have_second_derivatives_of_eigenvalues(self):
        """The larger of [[a, b], [b, −a]] is √(a² + b²)."""
        f = lambda a, b: linalg.eigvalsh(np.array([[a, b], [b, -a]], object))[1]  # noqa: E731
        found = ag.hessian(f, (0, 1))(3.0, 4.0)
        np.testing.assert_allclose(
            np.array(found, float), [[16 / 125, -12 / 125], [-12 / 125, 9 / 125]]
        )

    def test_equal_eigenvalues_of_objects_are_refused(self):
        with pytest.raises(LinAlgError, match=r"Equal eigenvalues .* of objects none may be equal"):
            linalg.eigh(objects([[1, 0], [0, 1]], mp.mpf))

    def test_what_would_take_minutes_is_refused(self):
        x = np.eye(200, dtype=int).astype(object)
        with pytest.raises(ValueError, match="operations on objects are more than"):
            linalg.inv(x)


def test_what_rcond_cuts_off_counts_as_0_in_the_gradient():
    """Of a value near 0 that is the slope of the truncated solution, by differences."""
    rng = np.random.default_rng(0)
    u, v = (np.linalg.qr(rng.normal(size=(n, n)))[0] for n in (5, 3))
    a, b, w = u[:, :3] * [3.0, 1.0, 1e-10] @ v.T, rng.normal(size=5), rng.normal(size=3)
    slope = ag.grad(lambda a: (linalg.lstsq(a, b, rcond=1e-4).x * w).sum())(a)
    for at in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[at] = 1e-6
        up, down = (np.linalg.lstsq(a + s * step, b, rcond=1e-4)[0] @ w for s in (1, -1))
        assert slope[at] == pytest.approx((up - down) / 2e-6, abs=1e-7)
