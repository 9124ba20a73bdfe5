"""Arrays out of PyTorch's tensors and back, without a trace in the user's program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import _disable_current_modes

from autograd.numbers.kinds import Array
from autograd.numbers.words import with_article

_SAME = {torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64}


@contextmanager
def without_modes() -> Iterator[None]:
    """Compute with torch unseen: no graph, no dispatch mode of anybody."""
    with torch.no_grad(), _disable_current_modes():
        yield


def dtype_of(dtype: Any) -> Any:
    """Return NumPy's dtype for torch's: what NumPy doesn't have, bfloat16, is widened."""
    return _SAME.get(dtype, np.float32)


def as_array(tensor: Any) -> Array:
    """Return a tensor's numbers: an array of its own.

    Raises
    ------
    TypeError
        If they are complex, or no array: nested tensors have rows of many lengths.
    ValueError
        If they aren't in the memory of the CPU.
    """
    if tensor.dtype in _SAME and tensor.layout is torch.strided and not tensor.is_neg():
        try:
            return np.array(tensor.detach().numpy())
        except (RuntimeError, TypeError):  # it is on another device
            pass
    if tensor.device.type != "cpu":
        nothing = tensor.device.type == "meta"
        raise ValueError(
            f"a tensor of shape {tuple(tensor.shape)} is on the device {str(tensor.device)!r}"
            + (", which holds no numbers" if nothing else "")
            + ": only what is on the CPU can be opened; move model and data there (.cpu())"
        )
    if tensor.is_complex():
        raise TypeError(
            f"a tensor of shape {tuple(tensor.shape)} is complex ({tensor.dtype}), and an array "
            "of ours holds real numbers: use torch.view_as_real and real parameters"
        )
    try:
        return _dense(tensor.detach())
    except (NotImplementedError, RuntimeError, TypeError) as error:
        raise TypeError(
            f"{with_article(tensor)} of layout {tensor.layout} isn't an array: {error}"
        ) from None


def _dense(plain: Any) -> Array:
    if plain.is_quantized:
        plain = plain.dequantize()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    if plain.is_floating_point() and plain.dtype not in _SAME:
        plain = plain.float()
    return np.array(plain.resolve_neg().numpy())


def as_tensor(array: Any, dtype: Any) -> Any:
    """Return an array as a new tensor."""
    return torch.tensor(np.asarray(array), dtype=dtype)
