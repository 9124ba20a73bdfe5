"""Numbers beyond the range of floats in transforms and gradcheck: exact, or refused by name."""

from fractions import Fraction

import numpy as np
import pytest

import autograd as ag
from autograd import grad, gradcheck, hessian, hvp, jacobian, jvp, value_and_grad, vjp

HUGE = 10**400
INPUTS = {
    "Fraction": Fraction(HUGE),
    "small Fraction": Fraction(1, HUGE),
    "int": HUGE,
    "[int]": [HUGE],
    "[Fraction]": [Fraction(HUGE)],
    "dict": {"w": Fraction(HUGE)},
    "object array": np.array([Fraction(HUGE)], object),
    "float": 2.0,
}
CALLS = {
    "grad": lambda f, x: grad(f)(x),
    "grad of grad": lambda f, x: grad(grad(f))(x),
    "has_aux": lambda f, x: grad(lambda x: (f(x), x), has_aux=True)(x),
    "value_and_grad": lambda f, x: value_and_grad(f)(x),
    "vjp": lambda f, x: vjp(f, x)[1](x),
    "vjp of a huge int": lambda f, x: vjp(f, x)[1](HUGE),
    "jvp": lambda f, x: jvp(f, (x,), (x,)),
    "jvp of a huge Fraction": lambda f, x: jvp(f, (x,), (Fraction(HUGE),)),
    "jacobian": lambda f, x: jacobian(f)(x),
    "hessian": lambda f, x: hessian(f)(x),
    "hvp": lambda f, x: hvp(f, (x,), (x,)),
    "gradcheck": gradcheck,
    "gradcheck of order 2": lambda f, x: gradcheck(f, x, order=2),
}


def number(x):
    while isinstance(x, (list, dict, np.ndarray)):
        (x,) = x.values() if isinstance(x, dict) else x
    return x


FUNCTIONS = {
    "square": lambda x: number(x) * number(x),
    "inverse": lambda x: 1 / number(x),
    "power": lambda x: number(x) ** 3,
    "root": lambda x: number(x) ** 0.5,
    "sqrt": lambda x: ag.sqrt(number(x)),
    "exp": lambda x: ag.exp(number(x)),
    "times a float": lambda x: number(x) * 0.5,
    "less a float": lambda x: number(x) - 0.5,
    "a float plus": lambda x: 0.5 + number(x),
    "times a huge int": lambda x: number(x) * HUGE,
    "plus a huge Fraction": lambda x: number(x) + Fraction(HUGE),
    "maximum": lambda x: ag.maximum(number(x), 1),
    "a huge int": lambda x: HUGE,
    "a list of one": lambda x: [HUGE],
    "a huge Fraction": lambda x: Fraction(HUGE),
    "itself": lambda x: x,
}


def error_of(call, f, x):
    try:
        call(f, x)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_huge_number_is_computed_with_or_refused_as_documented(name, call) -> None:
    """A ValueError or TypeError that says what; an AssertionError is a gradcheck that failed."""
    for x in INPUTS.values():
        error = error_of(CALLS[call], FUNCTIONS[name], x)
        assert error is None or isinstance(error, (ValueError, TypeError, AssertionError))
        assert error is None or str(error)


def test_what_a_fraction_can_hold_is_exact() -> None:
    x = Fraction(HUGE)
    assert grad(lambda v: v * v * v)(x) == 3 * x * x
    assert hessian(lambda v: v * v * v)(x) == 6 * x
    assert jvp(lambda v: v * v, (x,), (x,)) == (x * x, 2 * x * x)
    assert vjp(lambda v: 1 / v, x)[1](x) == (-1 / x,)
    assert grad(lambda v: v[0] * v[0])([x]) == [2 * x]


def test_a_huge_fraction_beside_a_float_is_refused() -> None:
    for f in (lambda x: x * 0.5, lambda x: 0.5 - x, lambda x: x + 0.5):
        with pytest.raises(ValueError, match="too large"):
            grad(f)(Fraction(HUGE))


def test_gradcheck_names_the_argument_or_the_result() -> None:
    with pytest.raises(ValueError, match=r"argument 0\['w'\] is too large"):
        gradcheck(lambda p: p["w"] * p["w"], {"w": Fraction(HUGE)})
    with pytest.raises(ValueError, match=r"the result\[0\] is too large"):
        gradcheck(lambda x: [HUGE], 2.0)
