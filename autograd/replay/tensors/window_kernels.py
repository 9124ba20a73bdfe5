"""Texts of the kernels of pools: the largest of each window, and what is passed back to it."""

from __future__ import annotations

from autograd.replay.native import NativeKernel
from autograd.replay.tensors.kernel_texts import MEMORY, compiled, text_of

_HEAD = """
rows, n, step, size, starts, places = P[0], P[1], P[2], P[3], P[4], P[5]
x, z = P[6], P[7]
"""


def pool_kernel(dtype: str, *, largest: bool) -> NativeKernel:
    """Return the kernel of the largest of each window, or of its sum.

    P is (rows, their length and step, how many places a window has, where rows begin, where the
    places are, x, z); the rows' begins and the places are arrays of whole numbers.
    """
    memory = MEMORY[dtype]
    chosen = "best if u <= best or best != best else u" if largest else "best + u"
    body = f"""
{_HEAD}
for row in range(rows):
    w = {memory}[z + row * n : z + (row + 1) * n]
    for k in range(size):
        at = x + I[starts + row] + I[places + k]
        v = {memory}[at : at + (n - 1) * step + 1]
        if k == 0:
            for i in range(n):
                w[i] = v[i * step]
        elif step == 1:
            for i in range(n):
                u, best = v[i], w[i]
                w[i] = {chosen}
        else:
            for i in range(n):
                u, best = v[i * step], w[i]
                w[i] = {chosen}
"""
    return compiled(text_of(f"pool {dtype} {largest}", body))


def pool_pullback_kernel(dtype: str) -> NativeKernel:
    """Return the kernel that shares what comes back equally between the largest of a window.

    P is as for the pool, with z what is added to, and g and the pool's result behind it.
    """
    memory = MEMORY[dtype]
    body = f"""
{_HEAD}
share, rest = np.empty(n), np.empty(n)
for row in range(rows):
    g = {memory}[P[8] + row * n : P[8] + (row + 1) * n]
    best = {memory}[P[9] + row * n : P[9] + (row + 1) * n]
    share[:] = 0.0
    for k in range(size):
        at = x + I[starts + row] + I[places + k]
        v = {memory}[at : at + (n - 1) * step + 1]
        for i in range(n):
            share[i] += 1.0 if v[i * step] == best[i] else 0.0
    for i in range(n):
        rest[i] = 0.0
        share[i] = g[i] / share[i]
        if best[i] != best[i]:
            share[i] = rest[i] = selected(1.0 * g[i], nan)
    for k in range(size):
        at = I[starts + row] + I[places + k]
        v = {memory}[x + at : x + at + (n - 1) * step + 1]
        w = {memory}[z + at : z + at + (n - 1) * step + 1]
        if step == 1:
            for i in range(n):
                w[i] += share[i] if v[i] == best[i] else rest[i]
        else:
            for i in range(n):
                w[i * step] += share[i] if v[i * step] == best[i] else rest[i]
"""
    return compiled(text_of(f"pool back {dtype}", body))
