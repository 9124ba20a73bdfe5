"""Texts of the kernels that take elements by their positions, and that add them in there."""

from __future__ import annotations

from autograd.replay.native import NativeKernel
from autograd.replay.tensors.kernel_texts import MEMORY, compiled, text_of


def take_kernel(dtype: str, *, back: bool, from_end: bool = True) -> NativeKernel:
    """Return the kernel that takes rows by their numbers, or adds rows up where they were taken.

    Negative numbers count from the end, or are out of range.

    P is (table, rows taken, index, how many are taken, length of a row, how many there are).
    """
    memory = MEMORY[dtype]
    table = f"{memory}[P[0] + k * n : P[0] + (k + 1) * n]"
    rows = f"{memory}[P[1] + row * n : P[1] + (row + 1) * n]"
    body = f"""
n = P[4]
for row in range(P[3]):
    k = I[P[2] + row]
    if k < 0 and {from_end}:
        k += P[5]
    if k < 0 or k >= P[5]:
        I[0] = 2
        return
    table, rows = {table}, {rows}
    for i in range(n):
        {"table[i] += rows[i]" if back else "rows[i] = table[i]"}
"""
    return compiled(text_of(f"take {dtype} {back} {from_end}", body))


def positions_kernel() -> NativeKernel:
    """Return the kernel that makes one number of a position along several axes.

    P is (axes, how many positions, result, then for each axis its positions and its length).
    """
    body = """
axes, n, z = P[0], P[1], P[2]
for i in range(n):
    at = 0
    for axis in range(axes):
        k, length = I[P[3 + 2 * axis] + i], P[4 + 2 * axis]
        if k < 0:
            k += length
        if k < 0 or k >= length:
            I[0] = 2
            return
        at = at * length + k
    I[z + i] = at
"""
    return compiled(text_of("positions", body))


def move_kernel(dtype: str, *, back: bool) -> NativeKernel:
    """Return the kernel that takes elements from places that never change, or adds them in there.

    P is (x, z, places, how many); below 0 there is none, and 0 is taken.
    """
    memory = MEMORY[dtype]
    moved = (
        f"{memory}[z + at] += {memory}[x + i]" if back else f"{memory}[z + i] = {memory}[x + at]"
    )
    otherwise = "pass" if back else f"{memory}[z + i] = 0"
    body = f"""
x, z, places = P[0], P[1], P[2]
for i in range(P[3]):
    at = I[places + i]
    if at >= 0:
        {moved}
    else:
        {otherwise}
"""
    return compiled(text_of(f"move {dtype} {back}", body))
