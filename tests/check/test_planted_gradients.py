"""Ten wrong gradients of torch and three right ones: who finds what, ours and torch's own check.

torch.autograd.gradcheck looks at a point that the user gives. ``gradient_property`` draws points;
each function gets torch's check, at its defaults, at the point that its author would take.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from autograd.check import GradientMismatch, gradcheck, gradient_property, strategies

QUICK = settings(
    max_examples=100,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def made(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
    """A custom Function with one input: ``backward(g, x, y)`` of what the forward pass saved."""

    class Made(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = forward(x)
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            return backward(g, *ctx.saved_tensors)

    return Made.apply


def smooth_abs(x):
    return torch.sqrt(x * x + 1)


def slope_of_abs(x):
    return x / torch.sqrt(x * x + 1)


def in_place(x):
    """The saved result is changed behind torch's back: ``ctx.y`` isn't looked after."""

    class Corrupted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.exp(x)
            ctx.y = y.clone()
            scaled = ctx.y.mul_(1 + 1e-4)  # in place: meant for the line below alone
            ctx.largest = scaled.max()
            return y

        @staticmethod
        def backward(ctx, g):
            return g * ctx.y

    return Corrupted.apply(x)


class BroadcastProduct(torch.autograd.Function):
    """x * b for b of one element: its gradient is a sum, here a mean."""

    @staticmethod
    def forward(ctx, x, b):
        ctx.save_for_backward(x, b)
        return x * b

    @staticmethod
    def backward(ctx, g):
        x, b = ctx.saved_tensors
        return g * b, (g * x).mean().reshape(1)


def one_of_many(g, x, y):
    slope = torch.cos(x)
    slope[17] *= 1 + 1e-4
    return g * slope


def normal(*shape: int) -> Any:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


# A function, the point that an author would give to torch's check, and the strategies for ours.
numbers = strategies.reals((-30.0, 30.0), ["ordinary", "whole"])


def vectors(count: int, elements: Any = numbers) -> Any:
    drawn = st.lists(elements, min_size=count, max_size=count)
    return drawn.map(lambda found: torch.tensor(found, dtype=torch.float64))


WRONG: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]] = {
    "a wrong sign beyond 5": (
        made(smooth_abs, lambda g, x, y: g * slope_of_abs(x) * torch.where(x > 5, -1.0, 1.0)),
        (normal(3),),
        (vectors(3),),
    ),
    "a missing factor": (
        made(lambda x: x**3, lambda g, x, y: g * x * x),
        (normal(3),),
        (vectors(3),),
    ),
    "a detach": (lambda x: x * torch.sigmoid(x.detach()), (normal(3),), (vectors(3),)),
    "a mean in place of the sum of what was broadcast": (
        BroadcastProduct.apply,
        (normal(3), normal(1)),
        (vectors(3), vectors(1)),
    ),
    "a tail that is cut off": (
        made(torch.sigmoid, lambda g, x, y: g * torch.where(x < -12, 0.0, y * (1 - y))),
        (normal(3),),
        (vectors(3),),
    ),
    "a relative error of 1e-6": (
        made(torch.sin, lambda g, x, y: g * torch.cos(x) * (1 + 1e-6)),
        (normal(3),),
        (vectors(3, strategies.reals((-3.0, 3.0), ["ordinary"])),),
    ),
    "one component of 240, by 1e-4": (
        made(torch.sin, one_of_many),
        (normal(240),),
        (st.just(normal(240)),),
    ),
    "a saved result that was changed in place": (in_place, (normal(3),), (vectors(3),)),
    "a cast to float16": (
        made(torch.tanh, lambda g, x, y: g * (1 - y * y).half().double()),
        (normal(3),),
        (vectors(3, strategies.reals((-3.0, 3.0), ["ordinary"])),),
    ),
    "a wrong second branch": (
        made(
            lambda x: torch.where(x < 9, x * x, 18 * x - 81),
            lambda g, x, y: g * torch.where(x < 9, 2 * x, torch.full_like(x, 9.0)),
        ),
        (normal(3),),
        (vectors(3),),
    ),
}


def torchs_check(f: Any, point: tuple[Any, ...]) -> bool:
    """Whether torch.autograd.gradcheck, at its defaults, passes a function."""
    inputs = tuple(x.clone().requires_grad_() for x in point)
    passed: bool = torch.autograd.gradcheck(f, inputs, raise_exception=False)
    return passed


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_each_of_ten_wrong_gradients_is_found_by_a_property(name: str) -> None:
    f, _, drawn = WRONG[name]
    with pytest.raises(GradientMismatch, match="torch says") as caught:
        gradient_property(*drawn, settings=QUICK)(f)()
    assert caught.value.comparison.by == "torch"


@pytest.mark.slow
def test_a_wrong_component_of_240_is_named() -> None:
    f, point, _ = WRONG["one component of 240, by 1e-4"]
    with pytest.raises(GradientMismatch, match=r"argument 0 at index \(17,\)"):
        gradcheck(f, *point)


def test_torchs_own_check_passes_some_of_them() -> None:
    """The comparison in docs/checking.md, as measured with this release of torch."""
    passed = {name for name, (f, point, _) in WRONG.items() if torchs_check(f, point)}
    assert passed == {
        "a wrong sign beyond 5",
        "a tail that is cut off",
        "a relative error of 1e-6",
        "one component of 240, by 1e-4",
        "a saved result that was changed in place",
        "a cast to float16",
        "a wrong second branch",
    }


# Right ones ---------------------------------------------------------------------------------------

RIGHT: dict[str, tuple[Callable[..., Any], Any]] = {
    "in float32": (lambda x: torch.sin(x) * x, torch.linspace(0.5, 2.0, 3)),
    "near the end of a domain": (torch.log, torch.tensor([1e-7, 2e-7], dtype=torch.float64)),
    "one that turns fast": (
        lambda x: torch.sin(1e5 * x),
        torch.tensor([0.3, 0.7], dtype=torch.float64),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_three_right_gradients_pass_that_torchs_own_check_fails(name: str) -> None:
    f, x = RIGHT[name]
    assert gradcheck(f, x).digits >= 3
    with pytest.warns() if x.dtype == torch.float32 else pytest.MonkeyPatch.context():
        assert not torchs_check(f, (x,))


@pytest.mark.slow
def test_a_right_torch_function_passes_a_property_in_four_statements() -> None:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x * x * g

    @gradient_property(vectors(3), settings=QUICK)
    def check(x):
        return Cube.apply(x)

    check()


def test_the_numbers_of_a_failure_are_torchs_and_the_differences() -> None:
    """By hand: of x³ at 2 it is 12; the backward says x² = 4."""
    f, *_ = WRONG["a missing factor"]
    with pytest.raises(GradientMismatch) as caught:
        gradcheck(f, torch.tensor(2.0, dtype=torch.float64))
    found = caught.value.comparison
    assert (found.analytic, found.argument, found.result) == (4.0, "argument 0", "the result")
    assert found.numeric == pytest.approx(12, rel=1e-10)
    assert np.isfinite(found.tolerance)
