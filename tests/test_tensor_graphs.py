"""A Tensor as an operand, its backward pass, and its way to scalars and back."""

import gc
import operator
import os
import platform
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.ops import scalars


class TestOperands:
    def test_lists_are_arrays(self):
        t = Tensor([1.0, 2.0])
        more = [1, 2]
        for z in (t + more, more + t, np.add(t, more), np.add(more, t)):
            assert z.data.tolist() == [2.0, 4.0]
            assert z.requires_grad

    def test_arrays_on_either_side_are_constants(self):
        t = Tensor([1.0, 2.0])
        for z in (np.array([3.0, 4.0]) * t, t * np.array([3.0, 4.0])):
            z.backward(np.ones(2))
        assert t.grad.tolist() == [6.0, 8.0]

    def test_an_array_met_in_an_expression_is_copied(self):
        t = Tensor([1.0, 2.0])
        x = np.array([3.0, 4.0])
        z = (t * x).sum()
        x[:] = 0.0
        z.backward()
        assert t.grad.tolist() == [3.0, 4.0]

    def test_adding_in_place_rebinds(self):
        a = b = Tensor([1.0])
        a += 1.0
        assert a is not b
        assert b.tolist() == [1.0]
        a.backward()
        assert b.grad.tolist() == [1.0]

    @pytest.mark.parametrize(
        ("dtype", "other", "expected"),
        [
            ("f2", 2.5, "f2"),
            ("f4", 2, "f4"),
            ("f4", True, "f4"),
            ("f4", Fraction(1, 2), "f4"),
            ("f4", np.float64(2.5), "f8"),
            ("f4", np.array(2.5), "f8"),
            ("f4", np.array([True]), "f4"),
            ("f4", np.array([1], "i2"), "f4"),
            ("f4", np.array([1], "i8"), "f8"),
            ("f2", np.array([1], "f4"), "f4"),
            ("f4", Value(2.0), "f4"),
            ("f4", [1.0], "f8"),
        ],
    )
    def test_dtypes_are_promoted_as_by_numpy(self, dtype, other, expected):
        """NEP 50: a plain number is weak, an array isn't."""
        t = Tensor([1.0], dtype=dtype)
        for z in (t * other, other * t):
            assert z.dtype == expected
            t.grad = None
            z.backward(np.ones(1))
            assert t.grad.dtype == dtype

    @pytest.mark.parametrize(
        "other",
        [1j, np.array([1j]), "a", None, np.array(["a"]), np.array([Value(1.0)]), {}],
        ids=str,
    )
    def test_what_is_no_real_number_is_refused(self, other):
        for f in (lambda t: t * other, lambda t: other * t):
            with pytest.raises(TypeError):
                f(Tensor([1.0]))

    def test_comparisons_are_plain_boolean_arrays(self):
        t = Tensor([1.0, 2.0])
        for found in (t > 1.5, t == [1.0, 2.0], t != t, t <= Tensor([0.0, 5.0]), t > 1.5):
            assert type(found) is np.ndarray
            assert found.dtype == bool
        assert (t == [1.0, 2.0]).all()

    def test_it_is_a_key_by_identity(self):
        a, b = Tensor([1.0]), Tensor([1.0])
        assert {a: 1, b: 2}[a] == 1


class TestBackward:
    def test_a_cotangent_must_have_the_shape(self):
        y = Tensor([1.0, 2.0]) * 2.0
        with pytest.raises(ValueError, match=r"needs a cotangent of that shape"):
            y.backward()
        for wrong in (1.0, [1.0], np.ones((2, 1)), Tensor([1.0])):
            with pytest.raises(ValueError, match=r"expected a cotangent of shape \(2,\), got"):
                y.backward(wrong)
        with pytest.raises(TypeError, match="real numbers"):
            y.backward([1j, 0])

    def test_one_element_needs_none_whatever_its_shape(self):
        t = Tensor([[3.0]])
        (t * t).backward()
        assert t.grad.tolist() == [[6.0]]

    @pytest.mark.parametrize("n", [1, 3])
    def test_the_gradient_of_a_0d_interior_node_is_an_array(self, n):
        x = Tensor(2.0)
        y = x * 5.0
        (y * Tensor(np.ones(n))).sum().backward()
        assert type(y.grad) is type(x.grad) is np.ndarray
        assert (y.grad, x.grad) == (n, 5 * n)

    def test_leaves_accumulate_and_interior_nodes_are_replaced(self):
        t = Tensor([1.0, 2.0])
        y = t * 3.0
        z = y.sum()
        z.backward()
        z.backward()
        assert t.grad.tolist() == [6.0, 6.0]
        assert y.grad.tolist() == [1.0, 1.0]

    def test_changing_a_grad_in_place_changes_no_other(self):
        a, b = Tensor([1.0]), Tensor([2.0])
        (a + b).backward()
        a.grad *= 5
        assert b.grad.tolist() == [1.0]

    def test_a_given_cotangent_is_copied(self):
        t = Tensor([1.0, 2.0])
        y = t * 1.0
        cotangent = np.ones(2)
        y.backward(cotangent)
        cotangent[:] = 7.0
        assert y.grad.tolist() == [1.0, 1.0]

    def test_values_and_tensors_mix(self):
        v, t = Value(3.0), Tensor([1.0, 2.0])
        (v * t).sum().backward()
        assert v.grad == 3.0
        assert type(v.grad) is float
        assert t.grad.tolist() == [3.0, 3.0]

    def test_a_value_that_is_no_float_does_not_meet_a_tensor(self):
        with pytest.raises(TypeError, match="convert the other operand first"):
            Tensor([1.0]) * Value(Fraction(1, 3))


class TestScalars:
    def test_gradients_flow_back_into_the_tensor(self):
        t = Tensor([[1.0, 2.0], [3.0, 4.0]])
        v = t.scalars()
        assert v.shape == (2, 2)
        assert v.dtype == object
        (v[0, 0] * v[1, 1] + v[0, 1] * v[0, 1]).backward()
        assert t.grad.tolist() == [[4.0, 4.0], [0.0, 1.0]]
        assert v[0, 0].grad == 4.0
        assert v[1, 0].grad is None

    def test_there_and_back_is_the_identity_at_any_order(self):
        def f(t):
            return (Tensor.from_scalars(t.scalars()) ** 3).sum()

        x = np.array([1.0, 2.0])
        np.testing.assert_array_equal(ag.grad(f)(x), [3.0, 12.0])
        np.testing.assert_array_equal(ag.hessian(f)(x), [[6.0, 0.0], [0.0, 12.0]])

    def test_an_element_used_many_times_adds_up(self):
        t = Tensor([2.0, 5.0])
        a, _ = t.scalars()
        (a * a * a).backward()
        assert t.grad.tolist() == [12.0, 0.0]

    def test_two_calls_add_up(self):
        t = Tensor([2.0])
        (t.scalars()[0] * t.scalars()[0] + t.sum()).backward()
        assert t.grad.tolist() == [5.0]

    def test_a_constant_gives_constants(self):
        (v,) = Tensor([2.0], requires_grad=False).scalars()
        assert not v.requires_grad
        with ag.no_grad():
            (v,) = Tensor([2.0]).scalars()
        assert not v.requires_grad

    def test_plain_numbers_and_nested_lists_are_taken(self):
        a = Value(2.0)
        t = Tensor.from_scalars([[a, 1], [np.float32(3.0), Value(Fraction(1, 2))]])
        assert t.tolist() == [[2.0, 1.0], [3.0, 0.5]]
        t.sum().backward()
        assert a.grad == 1.0
        assert not Tensor.from_scalars([1.0, 2.0]).requires_grad
        assert Tensor.from_scalars(a).shape == ()

    @pytest.mark.parametrize("x", [1j, "a", None, Value(1j), Tensor([1.0])], ids=str)
    def test_what_is_no_real_scalar_is_refused(self, x):
        array = np.empty(2, object)
        array[0], array[1] = Value(1.0), x
        with pytest.raises(TypeError):
            Tensor.from_scalars(array)

    def test_all_contributions_are_added_up_once(self, monkeypatch):
        """Else every element would cost an array: n² additions for n elements."""
        calls = []
        add_up = scalars._scatter_flat
        monkeypatch.setattr(
            scalars, "_scatter_flat", lambda x, **kw: calls.append(len(x)) or add_up(x, **kw)
        )
        t = Tensor(np.ones(500))
        ag.total(t.scalars()).backward()
        assert calls == [500]
        assert t.grad.tolist() == [1.0] * 500

    def test_two_sums_that_go_on_from_one_do_not_mix(self):
        """They share a list of terms; ``first`` is as it was."""

        def one(index, part):
            return scalars.Scattered((3,), np.dtype(float), [(index, part)])

        first = one(0, 1.0) + one(1, 2.0)
        second, third = first + one(2, 5.0), first + one(0, 7.0)
        assert np.asarray(first).tolist() == [1.0, 2.0, 0.0]
        assert np.asarray(second).tolist() == [1.0, 2.0, 5.0]
        assert np.asarray(third).tolist() == [8.0, 2.0, 0.0]
        assert (np.ones(3) + second).tolist() == [2.0, 3.0, 6.0]

    @pytest.mark.slow
    def test_a_dropped_graph_leaves_nothing_behind(self):
        gc.collect()
        gc.disable()
        try:
            t = Tensor(np.ones(10))
            loss = Tensor.from_scalars(t.scalars()).sum()
            loss.backward()
            del loss, t
            assert gc.collect() == 0
        finally:
            gc.enable()


class TestWarnings:
    """Sums of cotangents follow IEEE 754 without a word; pytest makes warnings errors."""

    def test_infinities_that_cancel_are_nan(self):
        t = Tensor([1.0])
        (t * np.inf + t * -np.inf).backward()
        assert np.isnan(t.grad).all()

    def test_accumulating_beyond_the_range(self):
        t = Tensor([1.0])
        for _ in range(2):
            (t * 1e308).backward()
        assert t.grad.tolist() == [np.inf]


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc",
    reason="of the C library of Linux",
)
def test_a_step_takes_its_memory_from_the_step_before():
    """Not from the system, page by page: this one took 290 pages anew."""
    code = """if True:
        import resource
        import numpy as np
        import autograd as ag
        layers = [(ag.Tensor(np.eye(100)), ag.Tensor(np.zeros(100))) for _ in range(50)]
        def step():
            y = ag.Tensor(np.ones((100, 100)))
            for W, b in layers:
                y = ag.relu(ag.affine(y, W, b))
            (y * y).sum().backward()
            for W, b in layers:
                W.grad = b.grad = None
        def faults():
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(5):
            step()
        before = faults()
        for _ in range(20):
            step()
        print((faults() - before) / 20)
    """
    # Without what Dask tells the C library in this process; threads for small matrices only wait.
    alone = {name: x for name, x in os.environ.items() if not name.startswith("MALLOC_")}
    alone["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=alone
    )
    assert float(done.stdout) < 50


def test_the_import_takes_no_large_array_where_memory_is_never_given_back():
    """WebAssembly's memory only grows: the array that sets glibc's threshold would stay."""
    code = """if True:
        import sys, tracemalloc
        import numpy
        sys.platform = "emscripten"
        tracemalloc.start()
        import autograd.values.tensor
        print(tracemalloc.get_traced_memory()[1])
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2**24


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow", "mod", "matmul"])
def test_an_operator_between_two_tensors_is_numpys(name):
    operation, x, y = getattr(operator, name), np.array([2.0, 3.0]), np.array([1.5, 2.5])
    found = operation(Tensor(x), Tensor(y))
    np.testing.assert_array_equal(found.data, operation(x, y))
    assert found.requires_grad
