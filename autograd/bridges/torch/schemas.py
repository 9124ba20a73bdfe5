"""What an operator's schema says: whether it writes into an argument, or returns a view of one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

# Nodes of torch's graph: a leaf, and what wrote into a view of another tensor.
ACCUMULATE: Any = torch._C._functions.AccumulateGrad
COPY_SLICES: Any = torch._C._functions.CopySlices

UNSET = object()  # what an argument without a default has for one
WRITES = 1
ALIASES = 2

# They write into the running statistics, and don't say so in their schema.
_SILENT = {
    "aten::native_batch_norm": ("running_mean", "running_var"),
    "aten::cudnn_batch_norm": ("running_mean", "running_var"),
    "aten::miopen_batch_norm": ("running_mean", "running_var"),
}
_OVERWRITE = {"aten::copy_", "aten::fill_", "aten::zero_"}


@lru_cache(maxsize=4096)
def kind_of(func: Any) -> int:
    """Return whether an operator writes and aliases, as bits."""
    schema = getattr(func, "_schema", None)  # which a higher order operator hasn't
    if schema is None:
        return 0
    writes = schema.is_mutable or schema.name in _SILENT
    aliases = any(a.alias_info is not None and not a.alias_info.is_write for a in schema.arguments)
    return WRITES * writes | ALIASES * aliases


@lru_cache(maxsize=4096)
def written(func: Any) -> tuple[tuple[int, str], ...]:
    """Return the place and name of each argument that an operator writes into."""
    silent = _SILENT.get(func._schema.name, ())
    return tuple(
        (k, a.name)
        for k, a in enumerate(func._schema.arguments)
        if (a.alias_info is not None and a.alias_info.is_write) or a.name in silent
    )


def overwrites(func: Any) -> bool:
    """Whether an operator writes over all of its first argument, whatever that held."""
    return func._schema.name in _OVERWRITE


_NOT_SHOWN = {
    *("dtype", "layout", "device", "pin_memory", "memory_format", "non_blocking"),
    "half_to_float",
}


@lru_cache(maxsize=4096)
def settings_of(func: Any) -> tuple[tuple[str, Any, bool], ...]:
    """Return for each argument of an operator its name, its default, and whether it is shown."""
    schema = getattr(func, "_schema", None)
    return tuple(
        (a.name, a.default_value if a.has_default_value() else UNSET, a.name not in _NOT_SHOWN)
        for a in (schema.arguments if schema is not None else ())
    )
