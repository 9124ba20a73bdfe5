"""More functions without a gradient: what they answer is plain, and computed on the numbers."""

from __future__ import annotations

from autograd.ops.plain import on_numbers
from autograd.rules.op_registry import in_numpy, plainly

for _function in in_numpy(
    # types and shapes
    "common_type", "min_scalar_type", "einsum_path",
    # truths
    "iscomplex", "isreal", "isneginf", "isposinf", "in1d",
    # positions
    "nanargmax", "nanargmin", "diag_indices_from", "tril_indices_from", "triu_indices_from",
    "ravel_multi_index", "unravel_index",
):  # fmt: skip
    plainly(_function)(on_numbers(_function))
