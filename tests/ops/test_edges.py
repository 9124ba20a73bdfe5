"""At kinks and ends of domains: the promises of the conventions page, one test for each, by number.

The numbers are written out, and every test runs on a float and on an array of it.
"""

import math
from math import inf, nan

import numpy as np
import pytest
from cases import BUILT_IN, each_op
from oracles import Oracle

from autograd import Tensor, Value, where
from autograd.ops import activation, arithmetic, exponential, extremes, trigonometric
from autograd.rules.op import Edge, Elementwise


def on_values(f, *xs):
    operands = [Value(x) for x in xs]
    z = f(*operands)
    z.backward()
    return z.data, *(x.grad for x in operands)


def on_tensors(f, *xs):
    operands = [Tensor([x]) for x in xs]
    z = f(*operands)
    z.backward(np.ones(1))
    return z.data[0], *(x.grad[0] for x in operands)


either = pytest.mark.parametrize("run", [on_values, on_tensors])


def same(found, *expected) -> bool:
    """Whether numbers are equal, nan to nan and the sign of zero counted."""
    return len(found) == len(expected) and all(map(identical, found, expected))


def identical(a, b) -> bool:
    return (a != a and b != b) or (a == b and math.copysign(1, a) == math.copysign(1, b))


def equal(found, *expected) -> bool:
    """Whether numbers are equal, nan to nan and 0 to −0."""
    return len(found) == len(expected) and all(
        (a != a and b != b) or a == b for a, b in zip(found, expected, strict=True)
    )


# The derivative at a kink is the subgradient of smallest norm --------


@either
def test_relu_has_slope_0_at_0(run) -> None:
    assert equal(run(activation.relu, 0.0), 0.0, 0.0)


@either
@pytest.mark.parametrize("slope", [0.5, 1.0])
def test_relus_slope_at_0_can_be_chosen(run, slope: float) -> None:
    assert equal(run(lambda x: activation.relu(x, at_zero=slope), 0.0), 0.0, slope)
    assert equal(run(lambda x: x.relu(slope), 0.0), 0.0, slope)


@either
@pytest.mark.parametrize("at", [-2.0, 3.0])
def test_relus_slope_at_zero_says_nothing_of_other_points(run, at: float) -> None:
    assert equal(run(lambda x: x.relu(1.0), at), max(at, 0.0), float(at > 0))


@either
def test_abs_has_slope_0_at_0(run) -> None:
    assert equal(run(abs, 0.0), 0.0, 0.0)


@either
def test_maximum_and_minimum_give_half_to_each_of_two_that_tie(run) -> None:
    assert equal(run(extremes.maximum, 1.5, 1.5), 1.5, 0.5, 0.5)
    assert equal(run(extremes.minimum, 1.5, 1.5), 1.5, 0.5, 0.5)


@either
def test_the_maximum_of_a_number_and_itself_has_slope_1(run) -> None:
    assert equal(run(lambda x: extremes.maximum(x, x), 1.5), 1.5, 1.0)


@either
@pytest.mark.parametrize(("x", "slope"), [(-1.0, 0.0), (2.0, 0.0), (0.5, 1.0), (5.0, 0.0)])
def test_clip_has_slope_0_at_a_bound(run, x: float, slope: float) -> None:
    assert equal(run(lambda x: x.clip(-1.0, 2.0), x), min(max(x, -1.0), 2.0), slope)


@either
def test_hypot_has_slopes_0_and_0_at_the_origin(run) -> None:
    assert equal(run(trigonometric.hypot, 0.0, 0.0), 0.0, 0.0, 0.0)


@either
@pytest.mark.parametrize("slope", [0.01, 0.3])
def test_leaky_relu_has_its_lower_slope_at_0(run, slope: float) -> None:
    assert equal(run(lambda x: x.leaky_relu(slope), 0.0), 0.0, slope)


@either
def test_atan2_has_slopes_0_and_0_at_the_origin(run) -> None:
    assert equal(run(trigonometric.atan2, 0.0, 0.0), 0.0, 0.0, 0.0)


@either
@pytest.mark.parametrize("name", ["sign", "heaviside", "floor", "ceil", "round"])
def test_steps_have_slope_0_at_the_jump(run, name: str) -> None:
    assert run(BUILT_IN[name], 0.0)[1] == 0.0


@either
@pytest.mark.parametrize(
    ("x", "rounded"), [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-0.5, -0.0), (-1.5, -2.0)]
)
def test_round_takes_halves_to_the_even_number(run, x: float, rounded: float) -> None:
    assert same(run(round, x), rounded, 0.0)


# No gradient is not a zero gradient, and a zero cotangent passes nothing on --------


@either
def test_where_keeps_the_branch_that_is_not_taken_out_of_the_gradient(run) -> None:
    """torch#68425: log 0 is −inf and its slope inf, and neither is chosen."""
    assert equal(run(lambda x: where(x > 0, exponential.log(x), 0.0), 0.0), 0.0, 0.0)


@either
def test_a_zero_cotangent_times_an_infinite_slope_is_zero(run) -> None:
    assert equal(run(lambda x: exponential.sqrt(x) * 0.0, 0.0), 0.0, 0.0)


@either
def test_nan_travels_only_along_the_paths_that_depend_on_it(run) -> None:
    z, _, y = run(lambda x, y: exponential.log(x) + y * 3.0, -1.0, 2.0)
    assert z != z
    assert y == 3.0


@either
def test_maximum_passes_nothing_to_the_smaller_operand_not_even_zero_times_infinity(run) -> None:
    z, x = run(lambda x: extremes.maximum(exponential.log(x), 0.0), 0.0)
    assert (z, x) == (0.0, 0.0)


# Ends of domains --------


@either
@pytest.mark.parametrize(
    ("name", "x", "z", "slope"),
    [
        ("sqrt", 0.0, 0.0, inf),
        ("cbrt", 0.0, 0.0, inf),
        ("log", 0.0, -inf, inf),
        ("log2", 0.0, -inf, inf),
        ("log10", 0.0, -inf, inf),
        ("log1p", -1.0, -inf, inf),
        ("asin", 1.0, math.pi / 2, inf),
        ("asin", -1.0, -math.pi / 2, inf),
        ("acos", 1.0, 0.0, -inf),
        ("acosh", 1.0, 0.0, inf),
        ("atanh", 1.0, inf, inf),
        ("atanh", -1.0, -inf, inf),
        ("reciprocal", 0.0, inf, -inf),
    ],
)
def test_at_the_end_of_a_domain_the_slope_is_the_one_sided_limit(run, name, x, z, slope) -> None:
    assert equal(run(BUILT_IN[name], x), z, slope)


@either
@pytest.mark.parametrize(
    ("name", "x"),
    [("sqrt", -1.0), ("log", -1.0), ("log2", -1.0), ("log10", -1.0), ("log1p", -2.0),
     ("asin", 1.5), ("acos", -1.5), ("acosh", 0.5), ("atanh", 2.0)],
)  # fmt: skip
def test_outside_its_domain_an_op_is_nan(run, name: str, x: float) -> None:
    assert math.isnan(run(BUILT_IN[name], x)[0])


# Powers --------


@either
@pytest.mark.parametrize(
    ("x", "y", "z", "dx", "dy"),
    [
        (0.0, 0.0, 1.0, 0.0, 0.0),
        (0.0, 2.0, 0.0, 0.0, 0.0),
        (0.0, 1.0, 0.0, 1.0, 0.0),
        (0.0, 0.5, 0.0, inf, 0.0),
        (0.0, -1.0, inf, -inf, -inf),
        (-2.0, 3.0, -8.0, 12.0, nan),
        (-2.0, 2.0, 4.0, -4.0, nan),
        (-8.0, 1 / 3, nan, nan, nan),
        (5.0, 0.0, 1.0, 0.0, math.log(5.0)),
        (1.0, 7.0, 1.0, 7.0, 0.0),
        (inf, 0.0, 1.0, 0.0, inf),
        (2.0, 2000.0, inf, inf, inf),
        (2.0, -2000.0, 0.0, 0.0, 0.0),
    ],
)
def test_powers_are_those_of_ieee_754(
    run, x: float, y: float, z: float, dx: float, dy: float
) -> None:
    assert equal(run(arithmetic.pow, x, y), z, dx, dy)
    assert equal(run(lambda x: x**y, x), z, dx)
    assert equal(run(lambda y: x**y, y), z, dy)


# IEEE 754: a Value never raises where NumPy answers --------


@either
@pytest.mark.parametrize(
    ("f", "x", "z", "slope"),
    [
        (lambda x: 1 / x, 0.0, inf, -inf),
        (lambda x: -1 / x, 0.0, -inf, inf),
        (lambda x: 1 / x, -0.0, -inf, -inf),
        (lambda x: x / 0.0, 0.0, nan, inf),
        (lambda x: x / 0.0, 1.0, inf, inf),
        (exponential.exp, 1000.0, inf, inf),
        (exponential.exp, -1000.0, 0.0, 0.0),
        (exponential.exp2, 2000.0, inf, inf),
        (exponential.expm1, 1000.0, inf, inf),
        (trigonometric.cosh, 1000.0, inf, inf),
        (trigonometric.sinh, -1000.0, -inf, inf),
        (lambda x: x * x, 1e200, inf, 2e200),
        (arithmetic.square, 1e200, inf, 2e200),
        (lambda x: x % 0.0, 1.0, nan, 1.0),
    ],
)
def test_what_python_refuses_is_computed_as_ieee_754_has_it(run, f, x, z, slope) -> None:
    assert equal(run(f, x), z, slope)


@either
@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("sigmoid", (0.0, 0.0), (1.0, 0.0)),
        ("tanh", (-1.0, 0.0), (1.0, 0.0)),
        ("erf", (-1.0, 0.0), (1.0, 0.0)),
        ("atan", (-math.pi / 2, 0.0), (math.pi / 2, 0.0)),
        ("softsign", (-1.0, 0.0), (1.0, 0.0)),
        ("exp", (0.0, 0.0), (inf, inf)),
        ("softplus", (0.0, 0.0), (inf, 1.0)),
        ("logsigmoid", (-inf, 1.0), (0.0, 0.0)),
        ("relu", (0.0, 0.0), (inf, 1.0)),
        ("elu", (-1.0, 0.0), (inf, 1.0)),
        ("gelu", (0.0, 0.0), (inf, 1.0)),
        ("silu", (0.0, 0.0), (inf, 1.0)),
        ("mish", (0.0, 0.0), (inf, 1.0)),
        ("hardtanh", (-1.0, 0.0), (1.0, 0.0)),
        ("abs", (inf, -1.0), (inf, 1.0)),
    ],
)
def test_at_infinity_values_and_slopes_are_the_limits(run, name, below, above) -> None:
    limits = run(BUILT_IN[name], -inf), run(BUILT_IN[name], inf)
    assert all(map(equal_pairs, limits, (below, above))), limits


def equal_pairs(found, expected) -> bool:
    return equal(found, *(pytest.approx(e, abs=0, rel=1e-15) for e in expected))


@either
@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_has_its_limits_at_infinity_by_either_formula(run, approximate: str) -> None:
    assert equal(run(lambda x: x.gelu(approximate), inf), inf, 1.0)
    assert equal(run(lambda x: x.gelu(approximate), -inf), 0.0, 0.0)


ODD = [
    "neg",
    "sin",
    "tan",
    "asin",
    "atan",
    "sinh",
    "tanh",
    "asinh",
    "atanh",
    "cbrt",
    "erf",
    "expm1",
    "log1p",
    "floor",
    "ceil",
    "round",
    "softsign",
    "sqrt",
]


@either
@pytest.mark.parametrize("name", ODD)
def test_negative_zero_keeps_its_sign(run, name: str) -> None:
    expected = 0.0 if name == "neg" else -0.0
    assert identical(run(BUILT_IN[name], -0.0)[0], expected)


@either
def test_the_sign_of_zero_goes_through_products_and_sums(run) -> None:
    assert same(run(lambda x: x * 2.0, -0.0), -0.0, 2.0)
    assert same(run(lambda x: x + (-0.0), -0.0), -0.0, 1.0)


@either
@pytest.mark.parametrize(
    "name",
    ["sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "expm1", "log1p", "relu"],
)
def test_subnormal_numbers_are_kept(run, name: str) -> None:
    assert run(BUILT_IN[name], 5e-324)[0] == 5e-324


@either
def test_a_subnormal_gradient_is_kept(run) -> None:
    assert equal(run(lambda x: x * 5e-324, 1.0), 5e-324, 5e-324)


# Values and arrays, everywhere --------

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 5e-324, 1.7976931348623157e308, inf, -inf, nan)


@each_op
def test_values_and_arrays_agree_at_every_special_number(oracle: Oracle) -> None:
    """The same infinities, nans and zeros; finite numbers to the last digits."""
    op = BUILT_IN[oracle.name]
    for x in SPECIAL:
        for y in SPECIAL if op.arity == 2 else (0.0,):
            point = (x, y)[: op.arity]
            one = on_values(lambda *xs: op(*xs, **oracle.settings), *point)
            other = on_tensors(lambda *xs: op(*xs, **oracle.settings), *point)
            pairs = zip(one, other, strict=True)
            assert all(alike(oracle.name, a, b) for a, b in pairs), (point, one, other)


# IEEE 754 leaves open which of two zeros is the larger, and processors differ.
OPEN = {"maximum", "minimum", "relu"}


def alike(name: str, a: float, b: float, near: float = 0.0) -> bool:
    if name in OPEN and a == b == 0:
        return True
    return identical(a, b) or (
        math.isfinite(a) and (a or near) and a == pytest.approx(b, rel=1e-14, abs=near)
    )


@each_op
def test_numpys_own_function_has_the_same_special_values(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    for function in set(op.numpy) - {np.sinc}:  # which multiplies by a rounded π, and overflows
        for point in [(x, y)[: op.arity] for x in SPECIAL for y in SPECIAL[: 99 * op.arity - 98]]:
            with np.errstate(all="ignore"):
                expected = float(function(*point, **oracle.settings))
            found = op(*point, **oracle.settings)
            assert alike(oracle.name, found, expected, near=1e-16), (function, point, found)


def stated_edges() -> list:
    return [
        pytest.param(op, edge, id=f"{op.name}{edge.at}")
        for op in BUILT_IN.values()
        for edge in op.edges
    ]


@either
@pytest.mark.parametrize(("op", "edge"), stated_edges())
def test_an_op_does_at_its_edges_what_its_record_says(run, op: Elementwise, edge: Edge) -> None:
    assert equal(run(op, *edge.at)[1:], *edge.partials)


@pytest.mark.parametrize("op", [op for op in BUILT_IN.values() if op.kinks or op.ties], ids=repr)
def test_every_kink_has_a_convention(op: Elementwise) -> None:
    assert op.edges, f"{op.name} has a kink: say in its record what its slope is there"


@pytest.mark.parametrize(("alpha", "slope"), [(0.5, 0.5), (1.0, 1.0), (2.0, 1.0)])
def test_elu_at_zero_takes_the_smaller_of_its_two_slopes(alpha: float, slope: float) -> None:
    x = Value(0.0)
    activation.elu(x, alpha=alpha).backward()
    assert x.grad == slope


def test_gelu_refuses_an_approximation_that_it_does_not_have() -> None:
    with pytest.raises(ValueError, match=r"approximate is one of .*'tanh'.*, got 'Tanh'"):
        activation.gelu(1.0, approximate="Tanh")


@pytest.mark.parametrize("both", [inf, -inf])
def test_logaddexp_of_equal_infinities_shares_the_gradient(both: float) -> None:
    x, y = Value(both), Value(both)
    exponential.logaddexp(x, y).backward()
    assert (x.grad, y.grad) == (0.5, 0.5)


def test_hypot_of_an_infinite_leg_has_that_legs_slope() -> None:
    x, y = Value(-inf), Value(1.0)
    trigonometric.hypot(x, y).backward()
    assert (x.grad, y.grad) == (-1.0, 0.0)


def test_an_exponent_too_large_for_a_float_is_refused_clearly() -> None:
    with pytest.raises(ValueError, match="exponent is an integer too large"):
        Value(2.0) ** 10**400
