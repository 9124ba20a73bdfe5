"""Corners that mutants of the core survived in, each of which a user could have met."""

import operator
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from mpmath import mp

import autograd
from autograd import Tensor, Value, elementwise, region, structural, temporary_registry
from autograd.numbers.kinds import COMPLEX, MPF, kind
from autograd.ops.exponential import gaussian, normal_pdf


def test_a_complex_number_of_mpmath_is_complex_and_a_real_one_is_not() -> None:
    assert (kind(mp.mpc(1, 2)), kind(mp.mpf(1))) == (COMPLEX, MPF)


@pytest.mark.parametrize("op", [gaussian, normal_pdf, autograd.erf])
def test_nan_is_not_taken_for_a_number_far_out(op) -> None:
    x = Value(nan)
    y = op(x)
    y.backward()
    assert np.isnan([y.data, x.grad]).all()


@pytest.mark.parametrize("order", [None, 0, 1, 2, 3, inf, -inf])
@pytest.mark.parametrize("scale", [1.0, 1e-200])
def test_a_norm_keeps_its_axes_where_asked(order: float | None, scale: float) -> None:
    x = Tensor(scale * np.arange(1.0, 7.0).reshape(2, 3))
    kept = autograd.norm(x, order, 1, keepdims=True)
    assert kept.shape == (2, 1)
    assert kept.data.ravel().tolist() == autograd.norm(x, order, 1).data.tolist()


def test_a_norm_of_a_matrix_keeps_its_axes_where_asked() -> None:
    x = Tensor(np.ones((2, 3, 4)))
    assert autograd.norm(x, "fro", (0, 2), keepdims=True).shape == (1, 3, 1)


def test_a_choice_by_one_boolean_broadcasts_and_promotes() -> None:
    chosen = autograd.where(True, np.ones((2, 1), np.float32), np.zeros(3))
    assert (chosen.shape, chosen.dtype) == ((2, 3), np.float64)


def test_dot_of_stacks_of_matrices_is_numpys() -> None:
    x, y = np.arange(24.0).reshape(2, 3, 4), np.arange(40.0).reshape(2, 4, 5)
    assert np.array_equal(autograd.dot(Tensor(x), Tensor(y)).data, np.dot(x, y))


def test_a_constant_tensor_is_an_array_of_the_dtype_that_is_asked_for() -> None:
    assert np.asarray(Tensor([1.5], requires_grad=False), np.float32).dtype == np.float32


def test_a_constant_tensor_of_one_element_may_be_taken_as_a_number() -> None:
    assert float(Tensor([1.5], requires_grad=False)) == 1.5


def test_the_elements_of_a_tensor_are_of_the_region_that_they_are_taken_in() -> None:
    with region("layer0"):
        first, _ = Tensor([1.0, 2.0]).scalars()
    assert first.region == "layer0"


def test_a_nan_that_another_replaces_has_not_changed() -> None:
    x = Value(float("nan"))
    y = x * 2.0
    x.data = -float("nan")
    y.backward()
    assert x.grad == 2.0


@pytest.mark.parametrize("ddof", [2, 3])
def test_a_variance_without_degrees_of_freedom_is_infinite_as_numpys_is(ddof: int) -> None:
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        expected = np.var([1.0, 2.0], ddof=ddof)
    assert autograd.var(Tensor([1.0, 2.0]), ddof=ddof).data == expected == inf


def test_a_gradient_by_a_matrix_of_objects_is_a_matrix() -> None:
    given = np.array([[1.0, 2.0], [3.0, 4.0]], object)
    found = autograd.grad(lambda a: a[0, 0] * a[1, 1])(given)
    assert np.array_equal(np.asarray(found, float), [[4.0, 0.0], [0.0, 1.0]])


def test_take_reads_a_tuple_as_positions() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert autograd.take(x, (0, 3)).data.tolist() == [1.0, 4.0]
    assert autograd.take(x, (1, 1), 0).data.tolist() == [[3.0, 4.0], [3.0, 4.0]]


@pytest.mark.parametrize("parts", [0, Tensor([1.0])])
def test_a_split_into_no_parts_or_by_a_node_is_refused(parts: object) -> None:
    with pytest.raises((TypeError, ValueError), match="split"):
        autograd.split(Tensor([1.0, 2.0]), parts)


def test_an_op_on_an_array_of_values_gives_no_warning_outside_its_domain() -> None:
    """NumPy looks at the processor's flags, which the square root of a negative number raises."""
    found = autograd.asin(np.array([Value(2.0)]))
    assert np.isnan(found[0].data)


def test_the_slope_of_sinc_takes_a_number_far_below_the_last_digit() -> None:
    tiny = mp.mpf(10) ** -(10**12)
    x = Value(tiny)
    autograd.sinc(x).backward()
    assert abs(x.grad / tiny + mp.pi**2 / 3) < 1e-14


def test_a_number_less_a_value_is_a_constant_less_a_variable() -> None:
    x = Value(3.0)
    y = 2.0 - x
    y.backward()
    assert (y.data, x.grad) == (-1.0, -1.0)
    assert [parent.requires_grad for parent in y.parents] == [False, True]


@pytest.mark.parametrize("x", [Value(0.5), Tensor([0.5])], ids=["Value", "Tensor"])
def test_an_op_with_settings_records_nothing_under_no_grad(x: Value | Tensor) -> None:
    with autograd.no_grad():
        assert not any(y.requires_grad for y in (x**3, autograd.where(True, x, 1.0)))


def test_a_jacobian_of_a_jacobian_has_the_axes_of_both() -> None:
    """Of (xy, x², y³): its second derivatives by (x, y) at (2, 3), written down."""

    def f(v):
        return autograd.stack([v[0] * v[1], v[0] * v[0], v[1] ** 3])

    found = autograd.jacobian(autograd.jacobian(f))(np.array([2.0, 3.0]))
    assert found.tolist() == [[[0, 1], [1, 0]], [[2, 0], [0, 0]], [[0, 0], [0, 18]]]


def test_a_recorded_gradient_is_of_the_dtype_of_its_operand() -> None:
    x = Tensor([1.0, 2.0], dtype=np.float32)
    (x * np.array([1.5, 2.5])).backward(np.ones(2), create_graph=True)
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("exponent", [-3, -10, -25])
def test_the_slope_of_sinc_has_all_digits_where_its_terms_cancel(exponent: int) -> None:
    """By its Taylor series, −π²x/3 + π⁴x³/30 − π⁶x⁵/840 + …, at 60 digits."""
    with mp.workdps(60):
        t = mp.mpf(10) ** exponent
        terms = ((-1) ** k * 2 * k * mp.pi ** (2 * k) / mp.factorial(2 * k + 1) for k in range(12))
        expected = sum(c * t ** (2 * k - 1) for k, c in enumerate(terms))
        x = Value(t)
        autograd.sinc(x).backward()
        assert abs(x.grad / expected - 1) < mp.mpf(10) ** -40


@pytest.mark.parametrize("zero", [Value(0.0), Tensor([0.0])], ids=["Value", "Tensor"])
def test_sinc_is_one_and_flat_at_zero(zero: Value | Tensor) -> None:
    y = autograd.sinc(zero)
    y.backward()
    assert (y.item(), np.asarray(zero.grad).item()) == (1.0, 0.0)


def test_the_largest_norm_passes_nothing_to_a_zero() -> None:
    x = Tensor([0.0, -3.0, 2.0])
    autograd.norm(x, inf).backward()
    assert x.grad.tolist() == [0.0, -1.0, 0.0]


def test_a_deviation_with_one_degree_of_freedom_has_its_gradient() -> None:
    """√((x − y)²/2) has the slopes ±1/√2."""
    x = Tensor([3.0, 1.0])
    autograd.std(x, ddof=1).backward()
    assert x.grad == pytest.approx([0.5**0.5, -(0.5**0.5)], rel=1e-15)


def test_forward_mode_counts_a_cotangent_that_a_pullback_gives_to_two_operands() -> None:
    with temporary_registry():
        plus = structural("plus", lambda x, y: x + y, lambda g, x, y, z: (g, g), arity=2)
        _, tangent = autograd.jvp(plus, (2.0, 3.0), (5.0, 7.0))
    assert tangent == 12.0


def test_forward_mode_passes_nothing_on_where_a_pullback_gives_a_plain_zero() -> None:
    with temporary_registry():
        first = structural("first", lambda x, y: x + 0 * y, lambda g, x, y, z: (g, 0.0), arity=2)
        _, tangent = autograd.jvp(lambda y: first(2.0, y), (3.0,), (7.0,))
        _, both = autograd.jvp(first, (2.0, 3.0), (5.0, 7.0))
    assert (tangent, both) == (0.0, 5.0)


def test_forward_mode_through_a_dot_product_of_fractions_is_exact() -> None:
    third, none = Fraction(1, 3), Fraction(0)
    x, y = [third, Fraction(2)], [Fraction(5, 7), third]
    _, tangent = autograd.jvp(autograd.dot, (x, y), ([Fraction(1, 6), none], [none, none]))
    assert tangent == Fraction(5, 42)
    assert isinstance(tangent, Fraction)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({1: 1.0, "b": 1.0}, r"expected a dict with the keys \[1, 'a'\], got .* \[1, 'b'\]"),
        (np.full((2, 3), 1.0, object), r"keys \[1, 'a'\], got an object array of shape \(2, 3\)"),
    ],
)
def test_a_tangent_that_is_nested_otherwise_is_described(given: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        autograd.jvp(lambda x: x["a"] * x[1], ({1: 2.0, "a": 3.0},), (given,))


def test_a_tangent_of_an_object_array_has_its_shape() -> None:
    x, t = (np.full(shape, Fraction(1), object) for shape in ((2, 2), (2, 3)))
    with pytest.raises(TypeError, match=r"of shape \(2, 2\), got .* of shape \(2, 3\)"):
        autograd.jvp(lambda x: x[0, 0], (x,), (t,))


IN_PLACE = ["iadd", "isub", "imul", "itruediv", "ipow", "imatmul"]
MATRIX, FACTOR = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0, 1.0], [0.5, 3.0]])


def changed(name: str, array: np.ndarray) -> np.ndarray:
    return getattr(operator, name)(array, FACTOR)


@pytest.mark.parametrize("name", IN_PLACE)
def test_augmented_assignment_to_a_tensors_data_makes_a_new_array(name: str) -> None:
    x = Tensor(MATRIX)
    before = x.data
    assert changed(name, before).tolist() == changed(name, MATRIX.copy()).tolist()
    assert before.tolist() == MATRIX.tolist()


@pytest.mark.parametrize("name", IN_PLACE)
def test_augmented_assignment_to_a_buffer_made_like_it_is_in_place(name: str) -> None:
    buffer = np.empty_like(Tensor(MATRIX).data)
    buffer[:] = MATRIX
    changed(name, buffer)
    assert buffer.tolist() == changed(name, MATRIX.copy()).tolist()


def test_a_copy_of_a_tensors_data_is_in_the_order_that_is_asked_for() -> None:
    x = Tensor(np.asfortranarray(MATRIX))
    orders = [(order, x.data.copy(order).flags.f_contiguous) for order in ("C", "F")]
    assert orders == [("C", False), ("F", True)]
    assert not x.data.copy().flags.f_contiguous


def test_a_setting_that_may_be_an_array_leaves_the_next_one_a_number() -> None:
    with temporary_registry():
        line = elementwise("line", "a * x + b", "a", settings={"a": 1.0, "b": 0.0}, arrays=("a",))
        assert line(Tensor([2.0, 3.0]), a=np.array([5.0, 7.0])).data.tolist() == [10.0, 21.0]
        with pytest.raises(TypeError, match="b must be a plain number, got an ndarray"):
            line(Tensor([2.0, 3.0]), a=np.array([5.0, 7.0]), b=np.array([1.0, 2.0]))


@pytest.mark.parametrize(("op", "known"), [(autograd.hardtanh, "lo, hi"), (autograd.exp, "none")])
def test_a_setting_that_an_op_has_not_is_named_with_those_it_has(op, known: str) -> None:
    with pytest.raises(TypeError, match=f"{op.name} has no setting 'beta'; its settings: {known}$"):
        op(Value(1.0), beta=2.0)
