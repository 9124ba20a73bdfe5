"""Python's operators and the methods of nodes do what the ops of the same name do."""

import math
from fractions import Fraction

import numpy as np
import pytest
from cases import BUILT_IN
from public_ops import PUBLIC

import autograd
from autograd import Tensor, Value, value_and_grad

OPERATORS = {"neg", "identity"}  # written −x and +x
UNARY = sorted(n for n, op in BUILT_IN.items() if op.arity == 1 and n in PUBLIC.keys() - OPERATORS)


def derivative(f, x: float) -> tuple[float, float]:
    node = Value(x)
    z = f(node)
    z.backward()
    return z.data, node.grad


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_every_op_of_one_operand_is_a_method_of_its_name(name: str, kind: type) -> None:
    node = kind(1.25)
    expected = BUILT_IN[name](np.float64(1.25))
    assert getattr(node, name)().data == pytest.approx(expected, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("name", ["pow", "maximum", "minimum"])
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_ops_of_two_operands_are_methods_too(name: str, kind: type) -> None:
    node = kind(1.25)
    z = getattr(node, name)(2.0)
    assert z.data == getattr(autograd, name)(1.25, 2.0)
    z.backward()
    assert node.grad == {"pow": 2.5, "maximum": 0.0, "minimum": 1.0}[name]


ON_ARRAYS = {
    "flip": (1,), "roll": (1, 1), "tril": (), "triu": (1,), "expand_dims": (0,),
    "moveaxis": (0, 1), "broadcast_to": ((2, 2, 3),), "tile": (2,), "pad": (1,),
}  # fmt: skip


@pytest.mark.parametrize("name", ON_ARRAYS)
def test_functions_of_one_array_are_methods_of_their_names(name: str) -> None:
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    found = getattr(Tensor(x), name)(*ON_ARRAYS[name])
    assert found.data.tolist() == getattr(np, name)(x, *ON_ARRAYS[name]).tolist()
    assert found.requires_grad


def test_any_and_all_are_plain() -> None:
    t = Tensor([[0.0, 1.0], [2.0, 3.0]])
    assert t.any()
    assert not t.all()
    assert t.all(axis=0, keepdims=True).tolist() == [[False, True]]


def test_a_setting_given_by_position_is_refused_and_named() -> None:
    with pytest.raises(TypeError, match=r"leaky_relu takes 1 operand, got 2; .*: slope="):
        BUILT_IN["leaky_relu"](Value(1.0), 0.2)


@pytest.mark.parametrize(
    ("f", "x", "z", "slope"),
    [
        (lambda x: x**3, 2.0, 8.0, 12.0),
        (lambda x: 2.0**x, 3.0, 8.0, 8 * math.log(2)),
        (lambda x: x % 2.0, 7.5, 1.5, 1.0),
        (lambda x: -7.5 % x, 2.0, 0.5, 4.0),
        (abs, -3.0, 3.0, -1.0),
        (math.floor, 2.5, 2.0, 0.0),
        (math.ceil, 2.5, 3.0, 0.0),
        (round, 2.5, 2.0, 0.0),
        (lambda x: +x, 2.5, 2.5, 1.0),
        (lambda x: -x, 2.5, -2.5, -1.0),
    ],
)
def test_operators_record_their_op(f, x: float, z: float, slope: float) -> None:
    assert derivative(f, x) == (z, pytest.approx(slope, rel=1e-15))


WHOLE_STEPS = {
    "x // 2": lambda x: x // 2,
    "7 // x": lambda x: 7 // x,
    "divmod(x, 2)": lambda x: divmod(x, 2)[0] + 3 * divmod(x, 2)[1],
    "divmod(7, x)": lambda x: divmod(7, x)[0] + 3 * divmod(7, x)[1],
    "trunc": math.trunc,
    "round to digits": lambda x: round(x, 1),
    "round to tens": lambda x: round(x * 9, -1),
}


@pytest.mark.parametrize("f", WHOLE_STEPS.values(), ids=WHOLE_STEPS)
@pytest.mark.parametrize("x", [3.04, -3.04, 0.78])
def test_whole_steps_are_python_s_and_flat(f, x) -> None:
    value, slope = value_and_grad(f)(x)
    assert value == f(x)
    np.testing.assert_allclose(slope, (f(x + 1e-6) - f(x - 1e-6)) / 2e-6, rtol=1e-8)


@pytest.mark.parametrize("digits", [2, 30, -2])
def test_rounding_leaves_a_fraction_exact(digits) -> None:
    x = Fraction(7000, 3)
    assert round(Value(x), digits).data == round(x, digits)


def test_more_digits_than_a_float_can_have_are_refused() -> None:
    with pytest.raises(ValueError, match="too large for a float"):
        round(Value(1.0), 400)


@pytest.mark.parametrize(
    "f",
    [lambda x: x ** "2", lambda x: x % None, lambda x: [] ** x],
    ids=["a str", "None", "a list"],
)
def test_what_is_no_number_is_refused_as_python_does(f) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        f(Value(3.0))
