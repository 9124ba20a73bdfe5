"""JAX's arrays as NumPy arrays that a node can hold, and cotangents on their way back."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

HELD = (np.float16, np.float32, np.float64)  # what a Tensor holds


def is_key(x: Any) -> bool:
    """Whether it is an array of typed random keys, which have no numbers to show."""
    return bool(jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key))


def is_floating(x: Any) -> bool:
    """Whether an array, or what JAX knows of one, is of real floating numbers."""
    return bool(jnp.issubdtype(x.dtype, jnp.floating))


def is_complex(x: Any) -> bool:
    """Whether an array, or what JAX knows of one, is of complex numbers."""
    return bool(jnp.issubdtype(x.dtype, jnp.complexfloating))


def on_host(x: Any) -> np.ndarray[Any, Any]:
    """Return an array's numbers; bfloat16 and shorter floats are widened to float32, exactly."""
    array = np.asarray(x)
    if array.dtype in HELD or array.dtype.kind in "iub":
        return array
    return array.astype(np.float32)


def on_device(cotangent: Any, like: Any) -> Any:
    """Return a cotangent as JAX wants it: of the dtype of the result that it belongs to."""
    return jnp.asarray(np.asarray(cotangent), dtype=like.dtype)


def has_wide_numbers() -> bool:
    """Whether JAX computes in 64 bits here and now."""
    return bool(jax.config.jax_enable_x64)


def in_bits(wide: bool) -> AbstractContextManager[None]:
    """Compute in 64 bits or not, as JAX did when the program was opened."""
    context: AbstractContextManager[None] = jax.enable_x64(wide)
    return nullcontext() if has_wide_numbers() == wide else context


def refuse_tracer(value: Any) -> None:
    """Raise TypeError if a value is a tracer: then JAX is tracing the call of ``open``."""
    if isinstance(value, jax.core.Tracer):
        raise TypeError(
            "open() needs numbers, and was called while JAX traces (under jit, vmap or grad), "
            "where there are none: call it outside, on the arrays themselves"
        )
