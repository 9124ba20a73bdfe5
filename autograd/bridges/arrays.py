"""Arrays of other libraries, in and out: torch's tensors, JAX's arrays, and what else is an array.

Nothing is imported that isn't loaded: whoever gives a tensor has imported torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.node.node import Node
from autograd.transforms.pytree import leaves

Array = npt.NDArray[Any]
Function = Callable[..., Any]
Pullback = Callable[[list[Any]], list[Any]]

_WIDE = np.dtype(np.float32)  # what a dtype that NumPy doesn't have is shown in


def is_foreign(x: Any) -> bool:
    """Whether ``x`` is an array that isn't NumPy's, nor ours.

    Examples
    --------
    >>> is_foreign(memoryview(b"")), is_foreign([1.0])
    (False, False)
    """
    if isinstance(x, (np.ndarray, np.generic, Node, type)):
        return False
    return any(hasattr(x, name) for name in ("__dlpack__", "__array__", "toarray"))


def to_numpy(x: Any) -> Any:
    """Return a copy of an array of any library as NumPy's; what is no array as it is.

    It is detached from a graph, brought to the CPU and made dense. bfloat16 and other floats that
    NumPy doesn't have become float32.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        return _of_torch(torch, x)
    if not is_foreign(x):
        return x
    if hasattr(x, "toarray"):  # a sparse matrix of SciPy
        return np.array(x.toarray())
    found = np.array(x) if hasattr(x, "__array__") else np.array(np.from_dlpack(x))
    return found.astype(_WIDE) if found.dtype.kind == "V" else found  # ml_dtypes' bfloat16


def _of_torch(torch: Any, x: Any) -> Array:
    if x.is_meta:
        raise ValueError("a tensor on torch's device 'meta' has a shape and no numbers")
    x = x.detach().resolve_conj().resolve_neg().cpu()
    x = x if x.layout == torch.strided else x.to_dense()
    narrow = x.is_floating_point() and x.dtype not in (torch.float16, torch.float32, torch.float64)
    return np.array((x.float() if narrow else x).numpy())


class Library:
    """A library of arrays: makes arrays of its own, and calls functions of them.

    Attributes
    ----------
    name : str
        As people write it.
    differentiates : bool
        Whether it has an autodiff of its own; ``vjp`` asks it.
    """

    name = "the array library"
    differentiates = False
    domain_errors: tuple[type[Exception], ...] = ()

    def is_mine(self, x: Any) -> bool:
        """Whether an array is one of this library's."""
        return is_foreign(x)

    def has_slopes(self, x: Any) -> bool:
        """Whether an array is of real or complex floats, so that it has derivatives."""
        return self.is_mine(x) and to_numpy(x).dtype.kind in "fc"

    def moved(self, given: Sequence[Any]) -> list[bool]:
        """Return, for each leaf, whether derivatives by it are wanted."""
        return [self.has_slopes(x) for x in given]

    def array(self, data: Array, like: Any) -> Any:
        """Return an array of this library with these numbers, of the dtype of another."""
        make = like.__array_namespace__().asarray if hasattr(like, "__array_namespace__") else None
        return make(data, dtype=like.dtype) if make else np.asarray(data)

    def wide_array(self, data: Array, like: Any) -> Any:
        """Return an array with these numbers in float64 or complex128, else like another."""
        return self.array(data, like)

    def wide(self) -> AbstractContextManager[Any]:
        """Return the context in which arrays may be of float64."""
        return nullcontext()

    def precision(self, x: Any) -> float:
        """Return the distance from 1 to the next number of an array's dtype."""
        return float(np.finfo(to_numpy(x).dtype).eps)

    def differentiable(self) -> AbstractContextManager[Any]:
        """Return the context in which functions are called."""
        return nullcontext()

    def variable(self, x: Any) -> Any:
        """Return a copy of an array to call a function with, which it may change."""
        return x

    def vjp(self, f: Callable[[list[Any]], list[Any]], primals: list[Any]) -> Any:
        """Return the results of ``f``, and what takes cotangents of them to the primals."""
        raise NotImplementedError


class Torch(Library):
    """PyTorch. Its gradients are those of ``torch.autograd.grad``."""

    name, differentiates = "torch", True

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.domain_errors = (torch.linalg.LinAlgError,)

    def is_mine(self, x: Any) -> bool:
        return isinstance(x, self.torch.Tensor)

    def has_slopes(self, x: Any) -> bool:
        return self.is_mine(x) and (x.is_floating_point() or x.is_complex())

    def moved(self, given: Sequence[Any]) -> list[bool]:
        """Return which leaves require a gradient; if none does, which could."""
        able = [self.has_slopes(x) for x in given]
        asked = [can and x.requires_grad for can, x in zip(able, given, strict=True)]
        return asked if any(asked) else able

    def array(self, data: Array, like: Any) -> Any:
        if like.layout != self.torch.strided:
            raise TypeError(
                f"a tensor of layout {like.layout} can't be moved element by element: give "
                "x.to_dense()"
            )
        return self.torch.as_tensor(data).to(dtype=like.dtype, device=like.device)

    def wide_array(self, data: Array, like: Any) -> Any:
        return self.torch.as_tensor(data).to(device=like.device)

    def precision(self, x: Any) -> float:
        return float(self.torch.finfo(x.dtype).eps)

    def differentiable(self) -> AbstractContextManager[Any]:
        return self.torch.enable_grad()  # type: ignore[no-any-return]

    def variable(self, x: Any) -> Any:
        """Return a copy that requires a gradient and isn't a leaf: that one may not be changed."""
        return x.detach().requires_grad_().clone() if self.has_slopes(x) else x.detach().clone()

    def vjp(self, f: Callable[[list[Any]], list[Any]], primals: list[Any]) -> Any:
        inputs = [x.detach().clone().requires_grad_() for x in primals]
        with self.torch.enable_grad():
            results = f(inputs)

        def pullback(cotangents: list[Any]) -> list[Any]:
            pairs = [(y, g) for y, g in zip(results, cotangents, strict=True) if y.requires_grad]
            if not pairs:
                return [self.torch.zeros_like(x) for x in inputs]
            ends, starts = zip(*pairs, strict=True)
            return list(
                self.torch.autograd.grad(
                    ends,
                    inputs,
                    starts,
                    retain_graph=True,
                    allow_unused=True,
                    materialize_grads=True,
                )
            )

        return results, pullback


class Jax(Library):
    """JAX. Its gradients are those of ``jax.vjp``."""

    name, differentiates = "JAX", True

    def __init__(self, jax: Any) -> None:
        self.jax = jax

    def is_mine(self, x: Any) -> bool:
        return isinstance(x, self.jax.Array)

    def has_slopes(self, x: Any) -> bool:
        return self.is_mine(x) and bool(self.jax.numpy.issubdtype(x.dtype, np.inexact))

    def array(self, data: Array, like: Any) -> Any:
        return self.jax.numpy.asarray(data, dtype=like.dtype)

    def wide_array(self, data: Array, like: Any) -> Any:
        return self.jax.numpy.asarray(data)

    def wide(self) -> AbstractContextManager[Any]:
        return self.jax.enable_x64(True)  # type: ignore[no-any-return]

    def precision(self, x: Any) -> float:
        return float(self.jax.numpy.finfo(x.dtype).eps)

    def vjp(self, f: Callable[[list[Any]], list[Any]], primals: list[Any]) -> Any:
        results, pullback = self.jax.vjp(f, primals)
        conjugate = self.jax.numpy.conj  # its pairing of numbers and cotangents has no conjugate

        def pulled(cotangents: list[Any]) -> list[Any]:
            (found,) = pullback([conjugate(g) for g in cotangents])
            return [conjugate(g) for g in found]

        return results, pulled


def library_of(pytree: Any) -> Library | None:
    """Return the library whose arrays are in a pytree: the first found; None if there is none.

    Examples
    --------
    >>> import numpy as np
    >>> library_of({"w": np.ones(3)}) is None
    True
    """
    found = [x for x in leaves(pytree) if is_foreign(x)]
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    if torch is not None and any(isinstance(x, torch.Tensor) for x in found):
        return Torch(torch)
    if jax is not None and any(isinstance(x, jax.Array) for x in found):
        return Jax(jax)
    return Library() if found else None


__all__ = ["Jax", "Library", "Torch", "is_foreign", "library_of", "to_numpy"]
