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
