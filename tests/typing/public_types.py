"""What a type checker sees of the public names; `make check` runs mypy here, nothing else does."""

from collections.abc import Callable
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import autograd
import nn
from autograd import Tensor, Value

Array = npt.NDArray[Any]


def operators(v: Value, t: Tensor) -> None:
    assert_type(v + v, Value)
    assert_type(v * 2, Value)
    assert_type(2.0 * v, Value)
    assert_type(v / v, Value)
    assert_type(v**2, Value)
    assert_type(-v, Value)
    assert_type(abs(v), Value)
    assert_type(t * 2, Tensor)
    assert_type(1 - t, Tensor)
    assert_type(t + np.ones(2), Tensor)
    assert_type(t @ t, Tensor)
    assert_type(v * t, Tensor)
    assert_type(v / t, Tensor)
    assert_type(t - v, Tensor)
    assert_type(t[0], Tensor)


def opened(t: Tensor) -> None:
    s = autograd.scalars(t, limit=10)
    assert_type(len(s), int)
    assert_type(t in s, bool)
    assert_type(autograd.why(t, t, at=(0, 1)).advice, str)


def methods(v: Value, t: Tensor) -> None:
    assert_type(v.exp(), Value)
    assert_type(t.exp(), Tensor)
    assert_type(v.relu(at_zero=1), Value)
    assert_type(v.leaky_relu(0.1), Value)
    assert_type(t.clip(0, 1), Tensor)
    assert_type(v.pow(3), Value)
    assert_type(v.maximum(0.0), Value)
    assert_type(t.sum(axis=0), Tensor)
    assert_type(t.mean(-1, keepdims=True), Tensor)
    assert_type(t.softmax(), Tensor)
    assert_type(t.reshape(2, -1), Tensor)
    assert_type(t.T, Tensor)


def mistakes_in_calls_of_methods(v: Value, t: Tensor) -> None:
    """Each would pass if the method were Any: then mypy finds the comment to be of no use."""
    v.relu(zero=1)  # type: ignore[call-arg]
    v.leaky_relu("steep")  # type: ignore[arg-type]
    v.exp(2)  # type: ignore[call-arg]
    t.sum(axes=0)  # type: ignore[call-arg]
    v.backward(v.exp)  # type: ignore[arg-type]
    v + "one"  # type: ignore[arg-type]


def ops(v: Value, t: Tensor, a: Array) -> None:
    assert_type(autograd.exp(v), Value)
    assert_type(autograd.exp(t), Tensor)
    assert_type(autograd.exp(2.0), float)
    assert_type(autograd.exp(a), Array)
    assert_type(autograd.add(v, 1.0), Value)
    assert_type(autograd.add(1.0, t), Tensor)
    assert_type(autograd.pow(v, 2), Value)
    assert_type(autograd.clip(t, 0, 1), Tensor)
    assert_type(autograd.matmul(t, a), Tensor)
    assert_type(autograd.matmul(a, t), Tensor)
    assert_type(autograd.sum(t), Tensor)
    assert_type(autograd.softmax(t, axis=0), Tensor)
    assert_type(autograd.stack([t, t]), Tensor)
    assert_type(autograd.where(True, v, 0.0), Value)
    assert_type(autograd.where(a > 0, 0.0, t), Tensor)
    assert_type(autograd.einsum("ij,jk->ik", t, a), Tensor)
    assert_type(autograd.einsum("ij,jk->ik", a, t), Tensor)
    assert_type(autograd.split(t, 2), list[Tensor])
    assert_type(autograd.array_split(t, [1, 2], axis=1), list[Tensor])
    assert_type(autograd.total([v, v]), Value)
    assert_type(autograd.dot([v, v], [1.0, 2.0]), Value)
    assert_type(autograd.dot([1.0, 2.0], [v, v]), Value)
    assert_type(autograd.dot(a, t), Tensor)
    assert_type(autograd.affine(a, t, t), Tensor)


def leading_arguments_by_name(v: Value, t: Tensor, a: Array) -> None:
    assert_type(autograd.sum(x=t, axis=0), Tensor)
    assert_type(autograd.matmul(x=a, y=t), Tensor)
    assert_type(autograd.stack(arrays=[t, t], axis=1), Tensor)
    assert_type(autograd.clip(x=v, lo=0.0), Value)
    assert_type(autograd.where(condition=True, x=v, y=v), Value)
    assert_type(nn.mse(prediction=t, target=[0.0]), Tensor)
    assert_type(nn.mse(t, target=[0.0]), Tensor)
    assert_type(nn.mse(prediction=v, target=1.0), Value)
    assert_type(nn.cross_entropy(logits=t, targets=[0, 1]), Tensor)
    assert_type(nn.hinge(scores=t, labels=[1.0]), Tensor)


def transforms(f: Callable[..., Any], a: Array) -> None:
    assert_type(autograd.grad(f)(2.0), float)
    assert_type(autograd.grad(f)(a), Array)
    assert_type(autograd.grad(autograd.grad(f))(2.0), float)
    assert_type(autograd.hessian(f)(2.0), float)
    assert_type(autograd.hessian(f)(a), Array)
    assert_type(autograd.hvp(f, (2.0, 3.0), (1.0, 0.0)), tuple[float, ...])
    assert_type(autograd.hvp(f, [a], [a]), tuple[Array, ...])
    assert_type(autograd.grad(f, (0, 1))(2.0, 3.0), tuple[Any, ...])
    assert_type(autograd.value_and_grad(f)(2.0), tuple[Any, float])
    assert_type(autograd.grad(f, has_aux=True)(2.0), tuple[Any, Any])
    assert_type(autograd.value_and_grad(f, has_aux=True)(2.0), tuple[tuple[Any, Any], Any])


def networks(v: Value, t: Tensor) -> None:
    model = nn.MLP([2, 3, 1])
    assert_type(model(t), Tensor)
    assert_type(nn.mse(t, [0.0]), Tensor)
    assert_type(nn.mse(v, 1.0), Value)
    assert_type(nn.cross_entropy(t, [0, 1], reduction="sum"), Tensor)
    nn.mse(t, [0.0], reduce="sum")  # type: ignore[call-overload]
    nn.mse(prediction=[0.0], target=[0.0])
