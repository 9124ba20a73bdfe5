"""Gradients of opened JAX programs: those of JAX, to the last bit."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_programs import COMMON, OTHERS, Program

from autograd.bridges import jax as bridge
from autograd.extend import leaves

pytestmark = pytest.mark.slow  # JAX compiles each primitive


def of_jax(program: Program) -> tuple[Any, Any, dict[int, Any]]:
    """Return the result, a cotangent of its shape, and the gradients that JAX computes of it."""
    floats = [k for k, x in enumerate(program.args) if np.asarray(x).dtype.kind == "f"]

    def f(*variables: Any) -> Any:
        args = list(program.args)
        for k, x in zip(floats, variables, strict=True):
            args[k] = x
        return program.f(*args)

    result, pullback = jax.vjp(f, *(jnp.asarray(program.args[k]) for k in floats))
    cotangent = np.cos(np.arange(result.size, dtype=result.dtype)).reshape(result.shape)
    return result, cotangent, dict(zip(floats, pullback(cotangent), strict=True))


def unnamed(f: Any) -> Any:
    """Return a function that doesn't name its arguments: the bridge calls them args[0], args[1]."""

    def of(*args: Any) -> Any:
        return f(*args)

    return of


def found_and_expected(program: Program) -> Iterator[tuple[Any, Any]]:
    """Yield numbers of the bridge, and of JAX run equation by equation, as it is without ``jit``.

    Compiled as a whole, JAX itself differs from that in the last bits.
    """
    with jax.disable_jit():
        result, cotangent, expected = of_jax(program)
    root = bridge.open(unnamed(program.f), *program.args)
    root.backward(cotangent)
    found = {leaf.label: leaf.grad for leaf in leaves(root)}
    yield root.data, result
    for k, gradient in expected.items():
        own = found.get(f"args[{k}]")
        yield np.zeros_like(gradient) if own is None else own, np.asarray(gradient)


@pytest.mark.parametrize("name", COMMON)
def test_gradients_are_jaxs_to_the_last_bit(name: str) -> None:
    for found, expected in found_and_expected(COMMON[name]):
        np.testing.assert_array_equal(found, expected)


# Without jit JAX computes these otherwise, or adds contributions up in another order.
ROUNDED_OTHERWISE = ("numpy.cumprod", "zeta", "svd", "expm")


@pytest.mark.nightly
@pytest.mark.parametrize("name", OTHERS)
def test_gradients_of_all_kinds_of_functions_are_jaxs_to_the_last_bit(name: str) -> None:
    """But for a few, which have two units in the last place of the largest element."""
    units = 2 if name in ROUNDED_OTHERWISE else 0
    for found, expected in found_and_expected(OTHERS[name]):
        unit = np.spacing(np.abs(expected).max(initial=0.0))
        np.testing.assert_allclose(found, expected, rtol=0, atol=units * unit)
