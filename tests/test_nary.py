"""Sums, dot products and layers of Values: one node for a neuron."""

import copy
import pickle
from fractions import Fraction
from math import inf, nan

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value, affine, dot, total
from autograd.walk.order import leaves, topological_order
from autograd.walk.reverse import accumulate, cotangents

small = st.integers(-9, 9).map(float)


def values(*numbers):
    return [Value(x) for x in numbers]


def objects(shape, start=1.0):
    flat = [Value(start + k) for k in range(int(np.prod(shape)))]
    return np.array(flat, object).reshape(shape)


class TestTotal:
    def test_is_one_node_with_a_slot_each_in_order(self):
        a, b = values(1.0, 2.0)
        z = total([a, b, a])
        assert z.data == 4.0
        assert z.parents == (a, b, a)
        assert z.operands == (1.0, 2.0, 1.0)
        z.backward()
        assert (a.grad, b.grad) == (2.0, 1.0)

    def test_takes_any_iterable_and_plain_numbers(self):
        a = Value(1.0)
        assert total(x for x in (a, 2, np.float64(3.0))).data == 6.0
        assert total(np.array([[a, a], [a, a]])).data == 4.0
        assert total([1.0, 2.0]) == 3.0
        assert total([]) == 0

    def test_adds_one_after_the_other(self):
        """As a chain of additions does, and as Python's own ``sum`` no longer does from 3.12 on."""
        terms = [1.0, 1e100, -1e100]
        assert total(values(*terms)).data == 0.0
        assert dot(values(*terms), [1.0, 1.0, 1.0]).data == 0.0
        (neuron,) = affine(np.array(values(*terms)), [[1.0, 1.0, 1.0]], [0.5])
        assert neuron.data == 0.0


class TestDot:
    def test_is_one_node(self):
        w, x = values(2.0, 3.0), values(5.0, 7.0)
        z = dot(w, x)
        assert z.data == 31.0
        assert z.parents == (*w, *x)
        z.backward()
        assert [v.grad for v in (*w, *x)] == [5.0, 7.0, 2.0, 3.0]

    def test_of_arrays_is_numpys(self):
        x, y = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(2, 3, 2)
        np.testing.assert_array_equal(dot(x, y), np.dot(x, y))
        assert dot([1, 2], [3, 4]) == 11
        assert dot(2.0, x).tolist() == np.dot(2.0, x).tolist()

    def test_lengths_must_be_equal(self):
        with pytest.raises(ValueError, match="of one length, got 2 and 1"):
            dot(values(1.0, 2.0), [1.0])

    def test_a_value_in_several_slots(self):
        (a,) = values(3.0)
        dot([a, a], [a, 2.0]).backward()
        assert a.grad == 8.0

    def test_exact_and_arbitrary_precision(self):
        third = Value(Fraction(1, 3))
        z = dot([third, third], [third, 2])
        assert z.data == Fraction(7, 9)
        z.backward()
        assert third.grad == Fraction(8, 3)
        with mpmath.workdps(40):
            x = Value(mpmath.mpf(1) / 3)
            dot([x], [x]).backward()
            assert x.grad == mpmath.mpf(2) / 3
        i = Value(1j)
        dot([i, i], [i, 1j]).backward()
        assert i.grad == 3j

    def test_a_zero_cotangent_passes_zero_even_to_infinity(self):
        a = Value(1.0)
        (dot([a], [inf]) * 0.0).backward()
        assert a.grad == 0.0

    def test_infinities_flow_as_ieee_has_it(self):
        a, b = values(inf, 2.0)
        z = dot([a, b], [0.0, 1.0])
        assert np.isnan(z.data)
        z.backward()
        assert (a.grad, b.grad) == (0.0, 1.0)


class TestAffine:
    def test_a_neuron_is_one_node_of_inputs_weights_and_bias(self):
        x, w, b = objects(2), objects((1, 2), 5.0), objects(1, 9.0)
        (y,) = affine(x, w, b)
        assert y.data == 1 * 5 + 2 * 6 + 9
        assert y.parents == (*x, *w[0], *b)
        y.backward()
        assert [v.grad for v in y.parents] == [5.0, 6.0, 1.0, 2.0, 1.0]

    def test_without_a_bias_the_parents_are_the_inputs_and_the_weights(self):
        x, w = objects(2), objects((1, 2), 5.0)
        (y,) = affine(x, w)
        assert y.parents == (*x, *w[0])

    @pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
    def test_values_tensors_and_arrays_agree(self, batch):
        rng = np.random.default_rng(0)
        x, W, b = rng.normal(size=(*batch, 4)), rng.normal(size=(5, 4)), rng.normal(size=5)
        tensors = [Tensor(v) for v in (x, W, b)]
        scalars = [v.scalars() for v in tensors]
        found = affine(*scalars)
        assert found.shape == (*batch, 5)
        expected = affine(x, W, b)
        np.testing.assert_allclose(Tensor.from_scalars(found).data, expected, rtol=1e-13)
        total(found * found).backward()
        others = [Tensor(v) for v in (x, W, b)]
        y = affine(*others)
        np.testing.assert_allclose(y.data, expected, rtol=1e-13)
        (y * y).sum().backward()
        for one, other in zip(tensors, others, strict=True):
            np.testing.assert_allclose(one.grad, other.grad, rtol=1e-12)

    def test_a_tensor_layer_is_one_node(self):
        y = affine(np.ones((2, 3)), Tensor(np.ones((4, 3))), Tensor(np.ones(4)))
        assert [node.op.name for node in topological_order(y)] == ["affine"]
        assert [p.requires_grad for p in y.parents] == [False, True, True]

    def test_plain_inputs_are_constants(self):
        w = objects((1, 2))
        (y,) = affine([3.0, 4.0], w)
        assert [p.requires_grad for p in y.parents] == [False, False, True, True]

    def test_values_go_into_a_layer_of_tensors_and_tensors_into_one_of_values(self):
        x = objects(2)
        y = affine(x, Tensor(np.ones((1, 2))))
        assert isinstance(y, Tensor)
        y.backward()
        assert [v.grad for v in x] == [1.0, 1.0]
        t = Tensor([1.0, 2.0])
        (z,) = affine(t, objects((1, 2), 5.0))
        z.backward()
        assert t.grad.tolist() == [5.0, 6.0]

    def test_each_neuron_has_a_region_inside_the_current_one(self):
        x, W, b = objects(2), objects((2, 2)), objects(2)
        assert [y.region for y in affine(x, W, b)] == ["neuron0", "neuron1"]
        with ag.region("mlp"), ag.region("layer0"):
            made = affine(x, W, b)
        assert [y.region for y in made] == ["mlp/layer0/neuron0", "mlp/layer0/neuron1"]
        assert all(v.region == "" for v in x)

    def test_nothing_is_recorded_that_needs_no_gradient(self):
        W = objects((2, 2))
        with ag.no_grad():
            made = affine(np.ones(2), W)
        assert not any(y.requires_grad for y in made)
        for v in W.flat:
            v.requires_grad = False
        assert not any(y.requires_grad for y in affine(np.ones(2), W))

    @pytest.mark.parametrize(
        "shapes",
        [((3,), (2, 2)), ((2,), (2,)), ((), (2, 2)), ((2,), (2, 2), (3,)), ((2,), (2, 2), (1,))],
        ids=str,
    )
    def test_shapes_must_fit(self, shapes):
        of_values = lambda shape: objects(shape) if shape else Value(1.0)  # noqa: E731
        for make in (np.ones, of_values, lambda shape: Tensor(np.ones(shape))):
            with pytest.raises(ValueError, match=r"affine needs x of shape \(\.\.\., in\)"):
                affine(*map(make, shapes))

    def test_a_changed_weight_is_noticed(self):
        W = objects((1, 2))
        (y,) = affine(np.ones(2), W)
        W[0, 1].data = 5.0
        with pytest.raises(ValueError, match="stale graph"):
            y.backward()
        assert W[0, 0].grad is None


def network(layers, x, weights):
    """A network in which every row is shared, some nodes skip a layer, and some units are dead."""
    h = x
    for k in range(layers):
        W, b = weights[2 * k], weights[2 * k + 1]
        h = np.array([[v if v.data > 0 else v * 0.0 for v in row] for row in affine(h, W, b)])
        if k == 1:
            h = h + affine(h, W, b)  # the same weights in rows of another call
    return total([*h.ravel(), dot([*weights[0].ravel(), *h[0]], [*weights[0].ravel(), *h[1]])])


@pytest.mark.slow
@given(st.lists(small, min_size=44, max_size=44), st.lists(small, min_size=6, max_size=6))
def test_sums_kept_in_rows_have_the_bits_of_the_walk_that_is_observed(numbers, inputs):
    """The short way through rows and the walk slot by slot add the same terms in the same order.

    Tenths are rounded, so any other order would show.
    """
    it = iter(numbers)

    def take(*shape):
        flat = [Value(next(it) / 10) for _ in range(int(np.prod(shape)))]
        return np.array(flat).reshape(shape)

    weights = [take(3, 3), take(3), take(3, 3), take(3), take(2, 3), take(2)]
    x = np.array([Value(v / 10) for v in inputs]).reshape(2, 3)
    z = network(3, x, weights)
    seen = []
    slowly = cotangents(z, 1.0, observe=lambda *event: seen.append(event))
    quickly = accumulate(topological_order(z), {z: 1.0})
    assert slowly.keys() == quickly.keys()
    assert [v.hex() for v in slowly.values()] == [quickly[node].hex() for node in slowly]
    assert len(seen) > 100


def test_a_row_may_hold_constants_variables_and_one_value_twice():
    a, b = values(2.0, 3.0)
    W = np.array([[a, a, 1.0], [b, 1.0, b]], object)
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    total(affine(x, W)).backward()
    assert a.grad == 1 + 2 + 4 + 5
    assert b.grad == 1 + 3 + 4 + 6


def test_a_nan_in_one_sample_stays_in_its_gradients():
    W = objects((1, 2))
    x = objects((2, 2))
    x[0, 0] = Value(nan)
    y = affine(x, W)
    y[1, 0].backward()
    assert [v.grad for v in W[0]] == [3.0, 4.0]


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda z: pickle.loads(pickle.dumps(z))], ids=["deepcopy", "pickle"]
)
def test_a_copy_of_the_graph_has_the_same_gradients(again):
    x, W, b = objects((2, 3)), objects((2, 3), 0.5), objects(2)
    z = total(affine(x, W, b).ravel())
    copied = again(z)
    z.backward()
    copied.backward()
    found = [leaf.grad for leaf in leaves(copied)]
    assert found == [leaf.grad for leaf in leaves(z)]
    assert x[0, 0].grad == 0.5 + 3.5


def test_forward_mode_goes_through_rows_and_back_to_tensors():
    def f(t):
        return Tensor.from_scalars([total(t.scalars()), dot(t.scalars(), t.scalars())])

    value, tangent = ag.jvp(f, (np.array([1.0, 2.0]),), (np.array([10.0, 1.0]),))
    assert np.asarray(value).tolist() == [3.0, 5.0]
    assert np.asarray(tangent).tolist() == [11.0, 24.0]


def test_a_layer_of_tensors_takes_the_widest_of_their_types() -> None:
    x, W = Tensor(np.ones((2, 3), np.float32)), Tensor(np.ones((4, 3), np.float32))
    wide = Tensor(np.full(4, 1e-9))
    assert affine(x, W, wide).data.tolist() == (np.full((2, 4), 3.0) + 1e-9).tolist()
    assert affine(x, W, Tensor(np.ones(4, np.float32))).dtype == np.float32
