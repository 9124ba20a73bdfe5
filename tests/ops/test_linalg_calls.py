"""``numpy.linalg`` on Tensors: NumPy's values, PyTorch's and JAX's derivatives of two orders."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from structural_example import weights

import autograd as ag
from autograd import Tensor, linalg
from autograd.walk.reverse import cotangents

rng = np.random.default_rng(20240918)


def normal(*shape: int) -> np.ndarray:
    return rng.normal(size=shape)


class Case(NamedTuple):
    """A program on a module that has NumPy's names, and arrays to run it on."""

    name: str
    program: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]


def symmetric(x: Any) -> Any:
    return x + x.swapaxes(-1, -2)


def all_of(*parts: Any) -> Any:
    """A number that every part has a share in."""
    return sum(((k + 1.0) * (part**3).sum() for k, part in enumerate(parts)), 0.0)


SQUARES, TALL, WIDE = normal(2, 3, 3), normal(2, 4, 3), normal(2, 3, 5)

CASES = [
    Case("solve", lambda la, a, b: la.solve(a, b), (normal(3, 3), normal(3, 2))),
    Case("solve stacks", lambda la, a, b: la.solve(a, b), (normal(2, 1, 3, 3), normal(4, 3, 2))),
    Case("solve vector", lambda la, a, b: la.solve(a, b), (normal(3, 3), normal(3))),
    Case("inv", lambda la, a: la.inv(a), (SQUARES,)),
    Case("det", lambda la, a: la.det(a), (SQUARES,)),
    Case("slogdet", lambda la, a: la.slogdet(a)[1], (SQUARES,)),
    Case("cholesky", lambda la, a: la.cholesky(a @ a.swapaxes(-1, -2)), (WIDE,)),
    Case("qr square", lambda la, a: all_of(*la.qr(a)), (SQUARES,)),
    Case("qr tall", lambda la, a: all_of(*la.qr(a)), (TALL,)),
    Case("eigvalsh", lambda la, a: la.eigvalsh(symmetric(a)), (SQUARES,)),
    Case("eigh", lambda la, a: la.eigh(symmetric(a))[1] ** 2, (SQUARES,)),
    Case("eigh both", lambda la, a: all_of(la.eigh(symmetric(a))[0], la.eigh(symmetric(a))[1] ** 2),
         (SQUARES,)),
    Case("svd square", lambda la, a: all_of(*(x**2 for x in la.svd(a, False))), (SQUARES,)),
    Case("svd tall", lambda la, a: all_of(*(x**2 for x in la.svd(a, False))), (TALL,)),
    Case("svd wide", lambda la, a: all_of(*(x**2 for x in la.svd(a, False))), (WIDE,)),
    Case("svdvals", lambda la, a: la.svdvals(a), (TALL,)),
    Case("pinv tall", lambda la, a: la.pinv(a), (TALL,)),
    Case("pinv wide", lambda la, a: la.pinv(a), (WIDE,)),
    Case("matrix_power", lambda la, a: la.matrix_power(a, 5), (SQUARES,)),
    Case("matrix_power of −3", lambda la, a: la.matrix_power(a, -3), (SQUARES,)),
    Case("multi_dot", lambda la, *xs: la.multi_dot(xs), (normal(3, 4), normal(4, 2), normal(2, 5))),
    Case("norm 2", lambda la, a: la.norm(a, 2), (normal(4, 3),)),
    Case("norm −2", lambda la, a: la.norm(a, -2), (normal(4, 3),)),
    Case("norm nuc", lambda la, a: la.norm(a, "nuc"), (normal(4, 3),)),
    Case("cond", lambda la, a: la.cond(a), (normal(3, 3),)),
    Case("tensorinv", lambda la, a: la.tensorinv(a, 1), (normal(4, 2, 2),)),
    Case("tensorsolve", lambda la, a, b: la.tensorsolve(a, b), (normal(2, 2, 4), normal(2, 2))),
]  # fmt: skip
# What JAX refuses, or doesn't have by these names.
OF_TORCH = [
    Case("qr wide", lambda la, a: all_of(*la.qr(a)), (WIDE,)),
    Case(
        "expm",
        lambda la, a: (torch.linalg.matrix_exp if la is torch.linalg else la.expm)(a),
        (2 * SQUARES,),
    ),
    Case("matrix_norm", lambda la, a: la.matrix_norm(a, ord="nuc"), (TALL,)),
]

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
each_of_torch = pytest.mark.parametrize("case", [*CASES, *OF_TORCH], ids=lambda case: case.name)


def close(found: Any, expected: Any) -> None:
    expected = np.asarray(expected)
    size = max(1.0, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11 * size)


def of_two_orders(case: Case) -> tuple[list[Any], list[Any]]:
    """The gradients of Σ cotangent · result, and of their product with directions."""
    xs = [Tensor(x) for x in case.inputs]
    z = case.program(linalg, *xs)
    first = cotangents(z, Tensor(weights(z.shape)), create_graph=True)
    along = sum(((first[x] * weights(x.shape)).sum() for x in xs), 0.0)
    second = cotangents(along, np.ones(())) if isinstance(along, Tensor) else {}
    return [first[x].data for x in xs], [second.get(x, np.zeros(x.shape)) for x in xs]


@each
def test_the_values_are_numpys(case: Case) -> None:
    """To the bit; but for numbers that NumPy computes elsewhere, as a sum."""
    if case.name == "svdvals" and not hasattr(np.linalg, "svdvals"):
        pytest.skip("NumPy 2.0 has none")
    expected = case.program(np.linalg, *case.inputs)
    found = case.program(np.linalg, *map(Tensor, case.inputs)).data
    np.testing.assert_allclose(found, expected, rtol=4e-15, atol=1e-15)


@pytest.mark.slow
@each_of_torch
def test_derivatives_of_two_orders_are_pytorchs(case: Case) -> None:
    xs = [torch.tensor(x, requires_grad=True) for x in case.inputs]
    z = case.program(torch.linalg, *xs)
    given = torch.tensor(weights(tuple(z.shape)))
    first = torch.autograd.grad(z, xs, given, create_graph=True)
    along = sum((g * torch.tensor(weights(tuple(g.shape)))).sum() for g in first)
    second = torch.autograd.grad(along, xs, materialize_grads=True)
    ours = of_two_orders(case)
    for found, expected in zip(ours[0] + ours[1], [*first, *second], strict=True):
        close(found, expected.detach().numpy())


@pytest.mark.slow
@each
@jax.enable_x64(True)
def test_derivatives_of_two_orders_are_jaxs(case: Case) -> None:
    def first(*xs: Any) -> Any:
        z, pull = jax.vjp(lambda *ys: case.program(jnp.linalg, *ys), *xs)
        return pull(jnp.asarray(weights(z.shape)))

    def along(*xs: Any) -> Any:
        return sum((g * weights(g.shape)).sum() for g in first(*xs))

    inputs = tuple(map(jnp.asarray, case.inputs))
    second = jax.grad(along, argnums=tuple(range(len(inputs))))(*inputs)
    ours = of_two_orders(case)
    for found, expected in zip(ours[0] + ours[1], [*first(*inputs), *second], strict=True):
        close(found, expected)


@each_of_torch
def test_forward_mode_is_the_transpose_of_reverse_mode(case: Case) -> None:
    directions = tuple(weights(x.shape) for x in case.inputs)
    z, moved = ag.jvp(lambda *xs: case.program(linalg, *xs), case.inputs, directions)
    cotangent = np.sin(1.0 + np.arange(np.size(z))).reshape(np.shape(z))
    _, pull = ag.vjp(lambda *xs: case.program(linalg, *xs), *case.inputs)
    passed = pull(cotangent)
    passed = passed if isinstance(passed, tuple) else (passed,)
    back = sum((p * d).sum() for p, d in zip(passed, directions, strict=True))
    assert (moved * cotangent).sum() == pytest.approx(back, rel=1e-11, abs=1e-11)


@each
def test_gradients_of_float32_are_float32_and_as_near_as_that(case: Case) -> None:
    wide, narrow = ([Tensor(x, dtype=d) for x in case.inputs] for d in ("f8", "f4"))
    for xs in (wide, narrow):
        z = case.program(linalg, *xs)
        z.backward(weights(z.shape))
    for x, y in zip(wide, narrow, strict=True):
        assert y.grad.dtype == np.float32
        np.testing.assert_allclose(y.grad, x.grad, atol=3e-3 * np.abs(x.grad).max())
