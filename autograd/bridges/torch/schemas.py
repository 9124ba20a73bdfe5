"""What an operator's schema says: whether it writes into an argument, or returns a view of one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

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
