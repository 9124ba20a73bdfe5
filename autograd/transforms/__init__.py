"""Transforms, functions of functions: gradients, Jacobians, Hessians, and products with them."""

from autograd.transforms.derivatives import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.transforms.vmap import vmap

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp", "vmap"]


def __dir__() -> list[str]:
    return sorted(__all__)
