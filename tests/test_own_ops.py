"""What the functions of a user's own ops see, and what becomes of what they raise."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np
import pytest

from autograd import (
    Tensor,
    Value,
    elementwise,
    exp,
    is_recording,
    no_grad,
    structural,
    temporary_registry,
)

setting = ContextVar("setting", default="outside")

Define = Callable[[Callable[..., Any]], Callable[..., Any]]


def as_elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    return elementwise("own", function, "z")


def as_structural(function: Callable[..., Any]) -> Callable[..., Any]:
    return structural("own", function, lambda g, x, z: (g * z,))


either = pytest.mark.parametrize("define", [as_elementwise, as_structural])


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    with temporary_registry():
        yield


@either
def test_a_function_may_call_ops_on_arrays(define: Define) -> None:
    x = Tensor([0.0, 1.0])
    define(lambda x: exp(x) * 1.0)(x).sum().backward()
    assert x.grad.tolist() == [1.0, np.exp(1.0)]


@either
def test_a_function_may_build_and_differentiate_a_graph_of_its_own(define: Define) -> None:
    def slope(x: Any) -> Any:
        leaf = Tensor(x)
        (leaf * leaf).sum().backward()
        return leaf.grad

    assert define(slope)(Tensor([1.0, 2.0])).tolist() == [2.0, 4.0]


@either
def test_a_function_sees_context_variables_and_whether_nodes_are_recorded(define: Define) -> None:
    seen: list[Any] = []
    own = define(lambda x: seen.append((setting.get(), is_recording())) or x)
    before = setting.set("inside")
    try:
        own(Tensor([1.0]))
        with no_grad():
            own(Tensor([1.0]))
    finally:
        setting.reset(before)
    assert seen == [("inside", True), ("inside", False)]


@either
def test_a_function_gives_infinities_without_a_warning_and_leaves_numpys_settings(
    define: Define,
) -> None:
    own = define(lambda x: np.log(x) * 1.0)
    with np.errstate(all="raise"):
        assert own(Tensor([0.0])).tolist() == [-np.inf]
        assert set(np.geterr().values()) == {"raise"}


@either
@pytest.mark.parametrize("x", [Tensor([1.0]), np.ones(2), Value(1.0)], ids=repr)
def test_an_attribute_that_a_function_misses_is_the_users_own_error(
    define: Define, x: object
) -> None:
    def mistaken(x: Any) -> Any:
        return x.nonesuch

    with pytest.raises(AttributeError, match="nonesuch"):
        define(mistaken)(x)


@either
def test_what_a_function_raises_is_raised_and_numpys_settings_are_put_back(define: Define) -> None:
    def failing(x: Any) -> Any:
        raise KeyError("mine")

    own = define(failing)
    with np.errstate(all="raise"):
        with pytest.raises(KeyError, match="mine"):
            own(Tensor([1.0]))
        assert set(np.geterr().values()) == {"raise"}


def wrong_for_the_second(*, apart: bool) -> Callable[..., Any]:
    pulls = (lambda g, x, y, z: g, lambda g, x, y, z: np.ones(7))
    pullback = pulls if apart else lambda *given: tuple([pull(*given) for pull in pulls])
    return structural("own", np.add, pullback, arity=2)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("same", [False, True])
def test_an_operand_whose_contribution_does_not_fit_is_named(*, apart: bool, same: bool) -> None:
    x = Tensor([1.0, 2.0])
    z = wrong_for_the_second(apart=apart)(x, x if same else Tensor([3.0, 4.0]))
    with pytest.raises(ValueError, match=r"to operand 1 that doesn't fit: .* \(2,\), got \(7,\)"):
        z.backward(np.ones(2))
    assert x.grad is None


def test_an_op_of_a_row_may_have_a_pullback_for_each_row() -> None:
    own = structural("own", np.array, (lambda g, row, z: list(g),), rows=True)
    x, y = Value(1.0), Value(2.0)
    own((Value(5.0, requires_grad=False), x, y)).backward(np.array([3.0, 7.0, 11.0]))
    assert (x.grad, y.grad) == (7.0, 11.0)


def test_a_partial_of_arrays_at_a_plain_zero_is_infinite() -> None:
    quotient = elementwise("own", "x / y", ("1 / y", "-x / y**2"))
    x = np.array([2.0, -3.0])
    assert quotient.partial(0, x, 0.0).tolist() == [np.inf, np.inf]
    assert quotient.partial(1, x, 0).tolist() == [-np.inf, np.inf]


# What a newcomer gets wrong in a definition -------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "partials", "said"),
    [
        (
            "x * w",
            ("w", "x"),
            r"unknown name 'w'; .* operands, which are called x, y, the result z",
        ),
        ("k * x", "q", r"unknown name 'q'; .* called x, the result z, the settings k, and"),
        ("np.sin(x)", "cos(x)", r"unknown name 'np'; functions are written without a module"),
        ("sin(x)", "math.cos(x)", r"unknown name 'math'; functions are written without a module"),
        ("x * y", "y", r"'x \* y' uses y, and the op has 1 operand, .*: give a partial for y, too"),
        ("x", "u", r"'u' uses u, and the op has 1 operand"),
        ("x if x > 0 else 0", "x > 0", r"chooses by an operand .*; write choose\(x > 0, a, b\)"),
        ("x", "1 if z > 0 else 0", "chooses by an operand"),
        ("x", "x > 0 and 1", "chooses by an operand"),
        ("x", "0 < x < 1", "chooses by an operand"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_when_it_is_defined(
    function: str, partials: Any, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        elementwise("own", function, partials, settings={"k": 2.0})
    assert elementwise("own", "x", 1).name == "own"  # the name is free


def test_a_rule_may_choose_by_a_setting() -> None:
    own = elementwise("own", "x if plain else -x", "1 if plain else -1", settings={"plain": True})
    x = Tensor([2.0, 3.0])
    own(x, plain=False).sum().backward()
    assert x.grad.tolist() == [-1.0, -1.0]


@pytest.mark.parametrize(
    ("function", "pullback"),
    [
        (lambda a, b, c: a * b + c, lambda g, a, b, c, z: (g * b, g * a, g)),
        (
            lambda *abc: abc[0] * abc[1] + abc[2],
            (lambda g, a, b, c, z: g * b, lambda g, a, b, c, z: g * a, lambda g, *_: g),
        ),
        (lambda *abc: abc[0] * abc[1] + abc[2], lambda g, a, b, c, z: (g * b, g * a, g)),
    ],
    ids=["parameters", "pullbacks", "any number"],
)
def test_the_operands_of_a_structural_op_are_counted(function: Any, pullback: Any) -> None:
    a, b, c = Tensor([2.0, 3.0]), Tensor([5.0, 7.0]), Tensor([1.0, 1.0])
    structural("own", function, pullback)(a, b, c).sum().backward()
    assert [x.grad.tolist() for x in (a, b, c)] == [[5.0, 7.0], [2.0, 3.0], [1.0, 1.0]]


def test_a_parameter_with_a_default_is_no_operand() -> None:
    own = structural("own", lambda x, times=3.0: x * times, lambda g, x, z: (g * 3.0,))
    x = Tensor([1.0])
    own(x).backward(np.ones(1))
    assert x.grad.tolist() == [3.0]


@pytest.mark.parametrize(
    ("function", "pullback", "what"),
    [
        ("x + 1", lambda g, x, z: (g,), "function"),
        (np.sort, None, "pullback"),
        (np.sort, "g", "pullback"),
        (np.add, (lambda g, x, y, z: g, 1.0), "pullback"),
    ],
)
def test_a_structural_op_takes_functions(function: Any, pullback: Any, what: str) -> None:
    with pytest.raises(TypeError, match=f"the {what} of a structural op is a Python function"):
        structural("own", function, pullback)
