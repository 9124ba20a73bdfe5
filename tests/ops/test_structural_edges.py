"""Structural ops where calculus leaves something open: ties, zeros, repeats, nothing at all.

Expected gradients are written out, or follow from exact arithmetic on small whole numbers.
"""

from fractions import Fraction
from math import exp, inf, nan

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.node.node import raw
from autograd.ops.softmax import cross_entropy
from autograd.rules.op_registry import get


def gradient(f, x, cotangent=None):
    leaf = Tensor(x)
    z = f(leaf)
    z.backward(np.ones(z.shape) if cotangent is None else np.asarray(cotangent))
    return leaf.grad.tolist()


def numbered(functions):
    return pytest.mark.parametrize("f", functions, ids=map(str, range(len(functions))))


class TestProd:
    @pytest.mark.parametrize(
        ("x", "expected"),
        [
            ([2.0, 3.0, 4.0], [12.0, 8.0, 6.0]),
            ([0.0, 3.0, 4.0], [12.0, 0.0, 0.0]),
            ([0.0, 3.0, 0.0], [0.0, 0.0, 0.0]),
            ([0.0], [1.0]),
            ([5.0, 0.0], [0.0, 5.0]),
        ],
    )
    def test_the_gradient_is_the_product_of_the_others(self, x, expected):
        assert gradient(ag.prod, x) == expected

    def test_zeros_in_several_rows(self):
        x = [[0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [1.0, 2.0, 3.0]]
        expected = [[6.0, 0.0, 0.0], [0.0, 0.0, 0.0], [6.0, 3.0, 2.0]]
        assert gradient(lambda t: t.prod(axis=1), x) == expected

    def test_the_second_derivative_with_zeros_is_the_product_of_the_rest(self):
        """∂²(xyzw)/∂x∂y = zw, at x = y = 0, where the gradient itself is zero."""
        hessian = ag.hessian(ag.prod)(np.array([0.0, 0.0, 3.0, 5.0]))
        expected = np.zeros((4, 4))
        expected[0, 1] = expected[1, 0] = 15.0
        np.testing.assert_array_equal(hessian, expected)

    def test_a_product_that_underflows_still_has_its_gradient(self):
        assert gradient(ag.prod, [1e-200, 1e-200]) == [1e-200, 1e-200]


class TestExtremes:
    @pytest.mark.parametrize("f", [ag.max, ag.min])
    def test_ties_share_equally_and_total_one(self, f):
        assert gradient(f, [3.0, 3.0, 3.0, 3.0]) == [0.25] * 4

    def test_ties_are_counted_along_the_axis(self):
        x = [[1.0, 2.0, 2.0], [5.0, 5.0, 5.0]]
        third = 1 / 3
        expected = [[0.0, 0.5, 0.5], [third, third, third]]
        assert gradient(lambda t: t.max(axis=1), x) == expected

    @pytest.mark.parametrize("name", ["max", "min", "sort"])
    def test_the_slope_is_nan_in_all_that_were_compared_with_a_nan(self, name):
        x = [[1.0, nan, 3.0], [1.0, 2.0, 3.0]]
        slopes = gradient(lambda t: getattr(ag, name)(t, axis=1), x)
        assert np.isnan(slopes[0]).all()
        assert np.isfinite(slopes[1]).all()

    @pytest.mark.parametrize("name", ["max", "min", "sort"])
    def test_a_zero_cotangent_passes_nothing_on_to_them(self, name):
        x = [[1.0, nan, 3.0], [1.0, 2.0, 3.0]]
        slopes = gradient(lambda t: getattr(ag, name)(t, axis=1)[1:], x)
        assert slopes[0] == [0, 0, 0]

    def test_an_infinite_cotangent_reaches_only_the_chosen(self):
        assert gradient(ag.max, [1.0, 3.0], inf) == [0.0, inf]

    def test_the_last_of_sort_is_max_also_at_ties(self):
        x = [2.0, 7.0, 7.0, 1.0]
        assert gradient(lambda t: ag.sort(t)[-1], x) == gradient(ag.max, x) == [0, 0.5, 0.5, 0]

    def test_sort_with_ties_in_rows_keeps_them_apart(self):
        x = [[2.0, 1.0, 2.0], [2.0, 3.0, 1.0]]
        passed = gradient(ag.sort, x, [[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]])
        assert passed == [[3.0, 1.0, 3.0], [2.0, 4.0, 1.0]]

    def test_the_norm_of_largest_shares_ties_too(self):
        assert gradient(lambda t: ag.norm(t, inf), [-2.0, 1.0, 2.0]) == [-0.5, 0.0, 0.5]


class TestSpread:
    @pytest.mark.parametrize("f", [ag.std, ag.var])
    @pytest.mark.parametrize("x", [0.1, 3.0, 1e300])
    def test_of_equal_numbers_the_gradient_is_zero(self, f, x):
        """Also where the rounded mean of the numbers isn't that number: of three times 0.1."""
        assert gradient(f, [x, x, x]) == [0.0, 0.0, 0.0]

    def test_of_equal_numbers_the_second_derivative_of_std_is_zero(self):
        np.testing.assert_array_equal(ag.hessian(ag.std)(np.full(3, 0.1)), np.zeros((3, 3)))

    def test_only_the_row_of_equal_numbers_is_cut_off(self):
        found = gradient(lambda t: t.std(axis=1), [[1.0, 1.0], [0.0, 2.0]])
        assert found == [[0.0, 0.0], [-0.5, 0.5]]

    def test_no_degrees_of_freedom_is_nan_without_a_warning(self):
        assert np.isnan(ag.var(Tensor([1.0]), ddof=1).item())
        assert np.isnan(ag.var(np.array([Fraction(1, 2)], object), ddof=1))
        assert np.isnan(gradient(lambda t: t.var(ddof=2), [1.0, 2.0])).all()


class TestNorm:
    @pytest.mark.parametrize("p", [None, 1, 2, 3, 1.5, 0.5, inf, -inf])
    def test_of_zeros_the_gradient_is_zero(self, p):
        assert gradient(lambda t: ag.norm(t, p), [0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]

    def test_of_zeros_the_second_derivative_is_zero(self):
        np.testing.assert_array_equal(ag.hessian(ag.norm)(np.zeros(2)), np.zeros((2, 2)))

    @pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e200, 1e307])
    @pytest.mark.parametrize("p", [2, 3])
    def test_neither_squares_nor_cubes_leave_the_range(self, scale, p):
        x = Tensor(np.array([3.0, 4.0]) * scale)
        z = ag.norm(x, p)
        exact = {2: 5.0, 3: 91 ** (1 / 3)}[p]
        assert z.item() == pytest.approx(exact * scale, rel=1e-15)
        z.backward()
        expected = np.array([3.0, 4.0]) ** (p - 1) / exact ** (p - 1)
        np.testing.assert_allclose(x.grad, expected, rtol=1e-15)

    def test_float16_does_not_overflow_at_256(self):
        assert ag.norm(Tensor(np.full(4, 300, np.float16))).item() == 600

    def test_counting_nonzeros_has_no_slope(self):
        assert ag.norm(np.array([0.0, 2.0, 3.0]), 0) == 2
        assert gradient(lambda t: ag.norm(t, 0), [0.0, 2.0]) == [0.0, 0.0]


class TestExponentials:
    def test_no_overflow_and_no_loss_beside_a_large_element(self):
        assert ag.logsumexp(np.array([1000.0, 0.0])) == 1000.0
        assert ag.logsumexp(np.array([0.0, -50.0])) == np.exp(-50)
        assert ag.log_softmax(np.array([0.0, -50.0])).tolist() == [-np.exp(-50), -50.0]

    @pytest.mark.parametrize("f", [ag.softmax, lambda t: ag.exp(ag.log_softmax(t))])
    def test_an_infinite_element_takes_all(self, f):
        assert f(Tensor([inf, 0.0])).data.tolist() == [1.0, 0.0]
        assert f(Tensor([-inf, 0.0])).data.tolist() == [0.0, 1.0]

    def test_the_gradient_beside_a_masked_element_is_finite(self):
        assert gradient(ag.logsumexp, [-inf, 0.0, 0.0]) == [0.0, 0.5, 0.5]
        assert gradient(lambda t: ag.softmax(t)[1], [-inf, 0.0, 0.0]) == [0.0, 0.25, -0.25]

    def test_elements_that_are_all_infinite_share_equally(self):
        assert gradient(ag.logsumexp, [-inf, -inf]) == [0.5, 0.5]
        assert ag.logsumexp(Tensor([-inf, -inf])).item() == -inf

    @pytest.mark.parametrize(
        ("row", "shares"), [([-inf, -inf], [0.5, 0.5]), ([inf, 0.0, inf], [0.5, 0.0, 0.5])]
    )
    def test_a_row_of_equal_infinities_is_shared_by_every_function_of_it(self, row, shares):
        """The limit where they grow alike; PyTorch and SciPy have nan for it."""
        x = np.array(row)
        logs = np.array([-np.log(2.0) if share else -inf for share in shares])
        assert ag.softmax(x).tolist() == shares
        assert gradient(ag.logsumexp, row) == shares
        np.testing.assert_allclose(ag.log_softmax(x), logs, rtol=1e-15)
        for k, own in enumerate(np.eye(len(row))):
            t = Tensor([row])
            loss = cross_entropy(t, np.array([k]))
            loss.backward()
            np.testing.assert_allclose(loss.data, [-logs[k]], rtol=1e-15)
            assert t.grad.tolist() == [(shares - own).tolist()]

    @pytest.mark.parametrize("row", [[nan, 1.0], [1.0, nan], [nan]])
    def test_a_row_with_a_nan_is_nan_throughout(self, row):
        x = np.array([row])
        for found in (ag.softmax(x), ag.log_softmax(x), ag.logsumexp(x, -1)):
            assert np.isnan(found).all()
        t = Tensor(x)
        loss = cross_entropy(t, np.array([0]))
        loss.backward()
        assert np.isnan(loss.data).all()
        assert np.isnan(t.grad).all()

    def test_an_infinite_row_of_a_batch_leaves_the_others_as_they_are(self):
        """Of two equal logits the loss is log 2."""
        t = Tensor([[-inf, -inf], [3.0, 3.0]])
        loss = cross_entropy(t, np.array([0, 1]))
        loss.backward(np.ones(2))
        np.testing.assert_allclose(loss.data, np.log(2.0), rtol=1e-15)
        assert t.grad.tolist() == [[-0.5, 0.5], [0.5, -0.5]]

    @pytest.mark.parametrize(
        ("row", "loss", "slope"), [([0.0, 800.0], 800.0, 1.0), ([40.0, 0.0], *[exp(-40.0)] * 2)]
    )
    def test_of_values_a_label_may_be_far_behind_or_ahead(self, row, loss, slope):
        """The loss is log(1 + e^d), and the slope 1 / (1 + e^−d), of the difference d."""
        values = [Value(x) for x in row]
        given = {"labels": np.array([0])}
        (found,) = cross_entropy(np.array([values], object), **given)
        (slopes,) = get("cross_entropy_slope")(np.array([values], object), **given)
        assert [raw(s) for s in slopes] == pytest.approx([-slope, slope], rel=1e-15, abs=0)
        found.backward()
        assert found.data == pytest.approx(loss, rel=1e-15, abs=0)
        assert [v.grad for v in values] == pytest.approx([-slope, slope], rel=1e-15, abs=0)


class TestZeroCotangents:
    """A zero cotangent passes nothing on, not even to a partial that is infinite or nan."""

    def test_through_a_matrix_product(self):
        x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        W = np.array([[inf, 1.0], [nan, 1.0]])
        (x @ W).backward(np.array([[0.0, 1.0], [0.0, 2.0]]))
        assert x.grad.tolist() == [[1.0, 1.0], [2.0, 2.0]]

    def test_but_an_infinite_partial_that_is_reached_is_infinite(self):
        x = Tensor([[1.0, 2.0]])
        (x @ np.array([[inf, 1.0], [1.0, 1.0]])).backward(np.array([[1.0, 0.0]]))
        assert x.grad.tolist() == [[inf, 1.0]]

    def test_through_einsum_tensordot_outer_and_affine(self):
        y = np.array([[inf, 1.0], [1.0, 1.0]])
        cotangent = np.array([[0.0, 1.0]])
        for f in (
            lambda t: ag.einsum("ij,jk->ik", t, y),
            lambda t: ag.tensordot(t, y, 1),
            lambda t: ag.affine(t, y.T),
        ):
            assert gradient(f, [[1.0, 2.0]], cotangent) == [[1.0, 1.0]]
        assert gradient(lambda t: ag.outer(t, [inf, 1.0]), [2.0], cotangent) == [1.0]

    def test_through_prod_and_norm(self):
        x = [[inf, 0.0], [1.0, 2.0]]
        for f in (lambda t: t.prod(axis=1), lambda t: ag.norm(t, axis=1)):
            assert gradient(f, x, [0.0, 0.0]) == [[0.0, 0.0], [0.0, 0.0]]


class TestUpdates:
    def test_set_at_gives_the_gradient_to_the_value_written_last(self):
        values = Tensor([1.0, 2.0, 3.0])
        z = ag.set_at(Tensor([0.0, 0.0]), [0, 0, 1], values)
        assert z.data.tolist() == [2.0, 3.0]
        z.backward(np.array([10.0, 20.0]))
        assert values.grad.tolist() == [0.0, 10.0, 20.0]

    def test_add_at_adds_every_repeat(self):
        values = Tensor([1.0, 2.0, 3.0])
        z = ag.add_at(Tensor([0.0, 0.0]), [0, 0, 1], values)
        assert z.data.tolist() == [3.0, 3.0]
        z.backward(np.array([10.0, 20.0]))
        assert values.grad.tolist() == [10.0, 10.0, 20.0]

    def test_repeats_in_an_index_add_up_in_the_gradient(self):
        assert gradient(lambda t: t[[1, 1, 1]], [1.0, 2.0]) == [0.0, 3.0]

    @pytest.mark.parametrize("f", [ag.set_at, ag.add_at])
    def test_the_dtype_is_that_of_the_array(self, f):
        z = f(Tensor([1.0, 2.0], dtype="f4"), 0, 5.0)
        assert z.dtype == np.float32

    def test_an_index_array_is_copied(self):
        index = np.array([0, 1])
        x = Tensor([1.0, 2.0, 3.0])
        y = x[index]
        index[:] = 2
        y.sum().backward()
        assert x.grad.tolist() == [1.0, 1.0, 0.0]


class TestNothing:
    """Arrays without elements: NumPy's shapes, and gradients without elements."""

    @numbered(
        [
            np.sum, np.prod, np.cumsum, np.sort, np.ravel, np.transpose, np.flip, np.copy,
            lambda x: np.sum(x, axis=1), lambda x: np.prod(x, axis=0, keepdims=True),
            lambda x: np.max(x, axis=1), lambda x: np.min(x, axis=-1, keepdims=True),
            lambda x: np.mean(x, axis=1), lambda x: np.var(x, axis=1),
            np.linalg.norm, lambda x: np.linalg.norm(x, axis=1),
            lambda x: x @ np.ones((3, 2)), lambda x: np.ones((2, 0)) @ x,
            lambda x: np.einsum("ij->j", x), lambda x: np.einsum("ij,kj", x, np.ones((2, 3))),
            lambda x: np.outer(x, x), lambda x: np.tensordot(x, np.ones((3, 1)), 1),
            lambda x: np.concatenate([x, np.ones((1, 3))]), lambda x: np.stack([x, x]),
            lambda x: x[:, 0], lambda x: x[..., None], lambda x: x[np.ones((0, 3), bool)],
            lambda x: x[[]], lambda x: np.pad(x, 1), lambda x: np.tile(x, (2, 2)),
            lambda x: np.repeat(x, 2, 0), lambda x: np.roll(x, 1), np.tril,
            np.diagonal, np.trace, lambda x: np.reshape(x, (3, 0)),
            lambda x: np.broadcast_to(x, (2, 0, 3)), lambda x: np.squeeze(x[None]),
            lambda x: x.reshape(0, 3, 1), lambda x: np.split(x, 3, 1)[1],
        ]
    )  # fmt: skip
    def test_shapes_and_values_are_numpys(self, f):
        x = Tensor(np.empty((0, 3)))
        z = f(x)
        np.testing.assert_array_equal(z.data, f(np.empty((0, 3))))
        z.backward(np.ones(z.shape))
        assert x.grad.shape == (0, 3)

    @pytest.mark.parametrize("f", [ag.softmax, ag.log_softmax, ag.std, ag.logsumexp])
    def test_ops_that_numpy_lacks_have_a_shape_and_no_warning(self, f):
        x = Tensor(np.empty((2, 0)))
        z = f(x)
        assert z.shape in [(), (2, 0)]
        z.backward(np.ones(z.shape))
        assert x.grad.shape == (2, 0)

    @pytest.mark.parametrize(("f", "name"), [(ag.max, "max"), (ag.min, "min")])
    def test_the_largest_of_nothing_is_an_error_that_names_the_op(self, f, name):
        with pytest.raises(ValueError, match=rf"^{name} of shape \(0,\): "):
            f(Tensor([]))

    def test_the_mean_of_nothing_is_nan_without_a_warning(self):
        assert np.isnan(ag.mean(Tensor([])).item())


class TestScalars:
    """Arrays without axes."""

    @numbered(
        [
            np.sum, np.mean, np.prod, np.max, np.min, np.linalg.norm, np.copy, np.transpose,
            ag.logsumexp, lambda x: ag.astype(x, "f8"), ag.squeeze,
            lambda x: np.reshape(x, ()), lambda x: x[()], lambda x: x[...], np.flip,
            lambda x: np.einsum("", x), lambda x: np.broadcast_to(x, ()),
        ]
    )  # fmt: skip
    def test_functions_of_one_number_that_leave_it_have_slope_one(self, f):
        x = Tensor(2.5)
        z = f(x)
        assert z.shape == ()
        assert z.item() == 2.5
        z.backward()
        assert x.grad.item() == 1.0

    def test_a_value_is_taken_for_a_tensor_without_axes(self):
        v = Value(3.0)
        z = ag.stack([v, v, 1.0])
        assert z.data.tolist() == [3.0, 3.0, 1.0]
        z.sum().backward()
        assert v.grad == 2.0
        assert ag.expand_dims(v, 0).shape == (1,)
        assert ag.broadcast_to(v, (2,)).data.tolist() == [3.0, 3.0]


def test_what_numpy_refuses_is_refused_with_the_op_and_the_shapes():
    x = Tensor(np.ones((2, 3)))
    for f, message in [
        (lambda: x + np.ones(4), r"add: operands of shapes \(2, 3\) and \(4,\) don't broadcast"),
        (lambda: x @ np.ones((2, 2)), r"matmul of shapes \(2, 3\) and \(2, 2\): "),
        (lambda: x.sum(axis=2), r"sum of shape \(2, 3\): axis 2 is out of bounds"),
        (lambda: x.reshape(4, 2), r"reshape of shape \(2, 3\): cannot reshape"),
        (lambda: ag.concatenate([x, np.ones((2, 2))]), r"concatenate of shapes \(2, 3\) and"),
        (lambda: ag.affine(x, np.ones((2, 2))), r"affine needs .* got \(2, 3\), \(2, 2\)"),
        (lambda: ag.einsum("ij,jk", x), "has 2 terms, and 1 operands were given"),
        (lambda: ag.einsum("i", x), "is for an operand of 1 axes, got one of 2"),
        (lambda: ag.einsum("ii", x), "is twice in a term, for axes of lengths 2 and 3"),
        (lambda: ag.einsum("...i->i", x), "the output needs an ellipsis"),
        (lambda: ag.split(x, 2, 1), "equal division"),
        (lambda: ag.split(x, [2, 1], 1), "split indices must be in order"),
        (lambda: ag.take_along_axis(x, [0], 0), "as many axes in indices as in x, 2, got 1"),
        (lambda: ag.pad(x, 1, mode="mean"), "no mode 'mean'"),
        (lambda: ag.norm(x, 3), "of a matrix has no ord=3"),
        (lambda: ag.norm(x, 3, (0, 1)), "of a matrix has no ord=3"),
        (lambda: ag.norm(x[0], "fro"), "is of matrices"),
        (lambda: ag.norm(x[None], 1), "takes one axis or two, got 3"),
    ]:
        with pytest.raises(ValueError, match=message):
            f()


def test_other_types_than_the_op_takes_are_refused():
    x = Tensor([1.0, 2.0])
    for f, message in [
        (lambda: x[x], "an index must be of integers, slices or booleans, got a Tensor"),
        (lambda: x[Value(0.0)], "got a Value"),
        (lambda: ag.astype(x, int), "a Tensor holds floats"),
        (lambda: ag.einsum(x), "takes its subscripts as text"),
        (lambda: ag.total([x]), "got a Tensor: use autograd.sum"),
        (lambda: ag.dot([Value(1.0)], x), "got a Tensor"),
        (lambda: ag.softmax(x, keepdims=True), "keepdims"),
    ]:
        with pytest.raises(TypeError, match=message):
            f()
    with pytest.raises(IndexError, match="out of bounds"):
        x[2]
