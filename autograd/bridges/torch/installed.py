"""Whether there is a PyTorch that this bridge knows: ImportError says what to install."""

from __future__ import annotations

try:
    import torch
except ImportError as error:
    raise ImportError(
        "autograd.bridges.torch needs PyTorch: pip install torch (or glassgrad[torch])"
    ) from error

OLDEST = (2, 13)

if tuple(map(int, torch.__version__.split(".")[:2])) < OLDEST:  # whose internals are others
    raise ImportError(
        f"autograd.bridges.torch needs PyTorch {'.'.join(map(str, OLDEST))} or later, found "
        f"{torch.__version__}: pip install --upgrade torch"
    )
