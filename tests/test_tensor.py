"""What a Tensor is beside its graph: a container, a leaf whose data can be replaced, a text."""

import copy
import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest
from long_doubles import EXTENDED

import autograd as ag
from autograd import Tensor, Value


class TestConstruction:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_floats_keep_their_dtype(self, dtype):
        assert Tensor(np.ones(2, dtype)).dtype == dtype
        assert Tensor([1, 2], dtype=dtype).dtype == dtype

    def test_floats_in_another_machines_order_of_bytes_become_this_ones(self):
        t = Tensor(np.array([1.0, 2.0], ">f4"))
        assert t.dtype == np.float32
        assert t.tolist() == [1.0, 2.0]
        assert (t + np.array([1.0, 2.0], ">f8")).tolist() == [2.0, 4.0]

    @pytest.mark.parametrize("data", [[1, 2], np.array([1, 2], "i1"), [True, False], 3, []])
    def test_integers_and_booleans_become_float64(self, data):
        assert Tensor(data).dtype == np.float64

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ([1j], "dtype complex128"),
            (["1"], "dtype <U1"),
            ([None], "dtype object"),
            ([Value(1.0)], "use Tensor.from_scalars"),
            (np.array(["2020"], "M8[D]"), "datetime64"),
            pytest.param(np.ones(2, np.longdouble), "longdouble|float128", marks=EXTENDED),
            (np.ma.array([1.0, 2.0], mask=[False, True]), r"x\.filled"),
        ],
    )
    def test_anything_else_is_refused(self, data, message):
        with pytest.raises(TypeError, match=message):
            Tensor(data)

    def test_a_mask_is_not_lost_beside_a_tensor(self):
        x, masked = Tensor([1.0, 2.0]), np.ma.array([1.0, 2.0], mask=[False, True])
        for meet in (
            operator.mul,
            operator.matmul,
            lambda x, y: ag.stack([x, y]),
            lambda x, y: ag.affine(x, np.eye(2), y),
            lambda x, y: x.backward(y),
            lambda x, y: Tensor.from_scalars(y),
        ):
            with pytest.raises(TypeError, match=r"x\.filled"):
                meet(x, masked)

    def test_a_number_that_numpy_has_no_function_for_is_described(self):
        with pytest.raises(TypeError, match="not defined for an ndarray and a Fraction"):
            ag.hypot(Tensor([1.0, 2.0]), Value(Fraction(1, 3)))

    def test_a_node_is_not_silently_detached(self):
        with pytest.raises(TypeError, match="detach"):
            Tensor(Tensor([1.0]))
        with pytest.raises(TypeError, match="lose its gradient"):
            Tensor([Tensor([1.0]), Tensor([2.0])])

    def test_several_nodes_in_numpys_array_are_told_of_stack(self):
        t = Tensor([1.0, 2.0])
        with pytest.raises(TypeError, match=r"numpy\.stack\(\[t, u\]\)"):
            np.array([t[0], t[1]])
        with pytest.raises(TypeError, match=r"numpy\.stack"):
            ag.vmap(lambda row: np.array([row[0], row[1]]))(np.ones((3, 2)))

    @pytest.mark.parametrize("reduce", [ag.sum, ag.prod, ag.max, ag.mean, ag.cumsum, ag.median])
    def test_what_is_no_array_is_refused(self, reduce):
        """A generator came back as it was."""
        for x, got in [
            ((t for t in [Tensor(1.0)]), "a generator"),
            ({"a": 1.0}, "a dict"),
            ({1.0}, "a set"),
            (None, "None"),
        ]:
            with pytest.raises(TypeError, match=f"an array or a list.*got {got}"):
                reduce(x)

    def test_an_integer_dtype_is_refused(self):
        with pytest.raises(TypeError, match="float16, float32 or float64, got int64"):
            Tensor([1.0], dtype=np.int64)

    def test_a_ragged_list_is_refused(self):
        with pytest.raises(ValueError, match=r"rows differ in length.* pad the rows"):
            Tensor([[1.0], [1.0, 2.0]])

    def test_the_data_is_copied(self):
        given = np.array([1.0, 2.0])
        t = Tensor(given)
        given[0] = 5.0
        assert t.tolist() == [1.0, 2.0]


class TestData:
    def test_a_step_in_place_rebinds_the_data(self):
        w = Tensor([1.0, 2.0])
        before = w.data
        w.data -= 0.5
        assert w.tolist() == [0.5, 1.5]
        assert before.tolist() == [1.0, 2.0]
        w.data *= 2
        w.data /= np.array([1.0, 3.0])
        w.data += 1
        w.data **= 2
        assert w.tolist() == [4.0, 4.0]

    def test_writing_to_an_element_says_what_to_do(self):
        w = Tensor([1.0, 2.0])
        with pytest.raises(ValueError, match=r"w\.data = autograd\.set_at"):
            w.data[0] = 5.0
        with pytest.raises(ValueError, match="read-only"):
            np.subtract(w.data, 1.0, out=w.data)
        with pytest.raises(ValueError, match="read-only"):
            np.asarray(w.data)[0] = 1.0
        with pytest.raises(ValueError, match="set_at"):
            w.data[:1][0] = 1.0
        assert w.tolist() == [1.0, 2.0]

    @pytest.mark.parametrize(
        "f",
        [np.exp, np.negative, np.sort, np.array, np.cumsum, copy.copy, copy.deepcopy],
        ids=lambda f: f.__name__,
    )
    def test_what_is_computed_from_it_is_a_plain_array_of_its_own(self, f):
        made = f(Tensor([[1.0, 2.0]]).data)
        assert type(made) is np.ndarray
        made[0] = 1.0

    def test_sums_of_it_are_plain_numbers(self):
        data = Tensor([[1.0, 2.0]]).data
        assert type(data.sum()) is np.float64
        assert type(data.mean(axis=0)) is np.ndarray
        assert type(data @ np.ones(2)) is np.ndarray
        assert type(data > 1) is np.ndarray

    def test_it_pickles_as_a_plain_array_and_prints_as_one(self):
        data = Tensor([1.0, 2.0]).data
        back = pickle.loads(pickle.dumps(data))
        assert type(back) is np.ndarray
        np.testing.assert_array_equal(back, [1.0, 2.0])
        assert repr(data) == "array([1., 2.])"

    def test_a_copy_can_be_changed_in_place(self):
        made = Tensor([1.0, 2.0]).data.astype("f4")
        alias = made
        made += 1
        assert alias.tolist() == made.tolist() == [2.0, 3.0]

    def test_new_data_keeps_the_shape_and_dtype_and_is_copied(self):
        w = Tensor([1.0, 2.0], dtype="f4")
        given = np.array([3.0, 4.0])
        w.data = given
        given[0] = 9.0
        assert w.dtype == np.float32
        assert w.tolist() == [3.0, 4.0]
        with pytest.raises(ValueError, match=r"expected data of shape \(2,\), got \(3,\)"):
            w.data = np.ones(3)

    def test_interior_data_follows_from_the_operands(self):
        y = Tensor([1.0]) * 2.0
        with pytest.raises(TypeError, match="of an interior node"):
            y.data = np.zeros(1)

    def test_a_graph_made_before_the_data_changed_refuses_to_go_backward(self):
        w = Tensor([1.0, 2.0])
        loss = (w * w).sum()
        w.data -= 1.0
        with pytest.raises(ValueError, match="stale graph"):
            loss.backward()
        assert w.grad is None


class TestContainer:
    def test_it_has_a_length_and_rows(self):
        t = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        assert len(t) == 3
        a, b, _ = t
        (a * b).sum().backward()
        assert t.grad.tolist() == [[3.0, 4.0], [1.0, 2.0], [0.0, 0.0]]

    def test_without_axes_it_has_neither(self):
        t = Tensor(1.0)
        with pytest.raises(TypeError, match="0-d"):
            len(t)
        with pytest.raises(TypeError, match="0-d"):
            list(t)

    def test_it_contains_numbers(self):
        t = Tensor([1.0, 2.0])
        assert 2 in t
        assert Value(1.0) in t
        assert 3 not in t

    def test_only_one_element_has_a_truth(self):
        assert Tensor([[2.0]])
        assert not Tensor(0.0)
        for t in (Tensor([1.0, 2.0]), Tensor([])):
            with pytest.raises(ValueError, match="ambiguous"):
                bool(t)

    def test_an_element_is_not_assigned_to(self):
        t = Tensor([1.0, 2.0])
        with pytest.raises(TypeError, match=r"autograd\.set_at.* or t = autograd\.where"):
            t[0] = 5.0

    def test_item_and_tolist_are_plain(self):
        t = Tensor([[1.5]], dtype="f4")
        assert type(t.item()) is float
        assert t.tolist() == [[1.5]]
        with pytest.raises(ValueError, match="needs one element"):
            Tensor([1.0, 2.0]).item()

    def test_shape_size_and_ndim_are_plain(self):
        t = Tensor(np.ones((2, 3)))
        assert (t.shape, t.ndim, t.size) == ((2, 3), 2, 6)


class TestConversion:
    @pytest.mark.parametrize("to", [float, int, complex])
    def test_a_variable_is_not_silently_made_a_number(self, to):
        with pytest.raises(TypeError, match=r"would lose its gradient.*\.detach\(\)"):
            to(Tensor(2.0))
        assert to(Tensor(2.0, requires_grad=False)) == 2

    def test_a_variable_is_not_silently_made_an_array(self):
        t = Tensor([1.0, 2.0])
        for f in (np.asarray, np.array, lambda t: np.array([t, t])):
            with pytest.raises(TypeError, match=r"t\.data or t\.detach\(\)"):
                f(t)

    def test_a_constant_is_an_array_that_cannot_change_it(self):
        t = Tensor([1.0, 2.0]).detach()
        array = np.asarray(t)
        assert type(array) is np.ndarray
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5.0
        assert np.asarray(t, np.float32).dtype == np.float32
        np.array(t)[0] = 5.0
        assert t.tolist() == [1.0, 2.0]

    def test_formatting_takes_one_number(self):
        assert f"{Tensor(2.0):.2f}" == "2.00"
        assert f"{Tensor([1.0, 2.0])}" == "Tensor([1., 2.])"


class TestRepr:
    def test_it_shows_what_there_is(self):
        t = Tensor([1.0, 2.0])
        assert repr(t) == "Tensor([1., 2.])"
        (t * t).sum().backward()
        assert repr(t) == "Tensor([1., 2.], grad=[2., 4.])"
        constant = Tensor([1.0], requires_grad=False, dtype="f4", label="x")
        assert repr(constant) == "Tensor([1.], dtype=float32, requires_grad=False, label='x')"

    def test_lines_are_aligned(self):
        t = Tensor([[1.0, 2.0], [3.0, 4.0]])
        t.sum().backward()
        assert repr(t).splitlines() == [
            "Tensor([[1., 2.],",
            "        [3., 4.]],",
            "       grad=[[1., 1.],",
            "             [1., 1.]])",
        ]

    def test_a_large_one_is_short(self):
        assert len(repr(Tensor(np.zeros((1000, 1000))))) < 500
