"""Texts of the kernels that go along rows: sums, softmax and its kin, and rows by their numbers."""

from __future__ import annotations

from autograd.replay.native import NativeKernel
from autograd.replay.tensors.kernel_texts import MEMORY, compiled, text_of

_BLOCK = 128  # elements that are added up before they are added to the rest, so that errors grow
# with the number of blocks


def sum_kernel(dtypes: str, *, divide: bool) -> NativeKernel:
    """Return the kernel of sums over the middle one of three axes: P is (x, z, a, r, b)."""
    source, target = MEMORY[dtypes[0]], MEMORY[dtypes[1]]
    share = " / r" if divide else ""
    body = f"""
x, z, a, r, b = P[0], P[1], P[2], P[3], P[4]
if b == 1:
    for row in range(a):
        found = 0.0
        for block in range(0, r, {_BLOCK}):
            part = 0.0
            v = {source}[x + row * r + block : x + row * r + min(block + {_BLOCK}, r)]
            for i in range(v.size):
                part += v[i]
            found += part
        {target}[z + row] = found{share}
elif {dtypes == "dd"}:
    for row in range(a):
        v = {target}[z + row * b : z + row * b + b]
        v[:] = 0.0
        for k in range(r):
            w = {source}[x + (row * r + k) * b : x + (row * r + k) * b + b]
            for i in range(b):
                v[i] += w[i]
        if {divide}:
            for i in range(b):
                v[i] /= r
else:
    sums = np.zeros(b)
    for row in range(a):
        sums[:] = 0.0
        for k in range(r):
            w = {source}[x + (row * r + k) * b : x + (row * r + k) * b + b]
            for i in range(b):
                sums[i] += w[i]
        for i in range(b):
            {target}[z + row * b + i] = sums[i]{share}
"""
    return compiled(text_of(f"sum {dtypes} {divide}", body), reassociate=True)


_ADDED = """
@scalar
def added(v):
    found = 0.0
    for block in range(0, v.size, 32):
        part = 0.0
        for i in range(block, min(block + 32, v.size)):
            part += v[i]
        found += part
    return found
"""

# What a row of n numbers v becomes, of each op that goes along rows. ``w`` is a second row.
_LARGEST = """
at = 0
for i in range(n):
    if not v[i] <= v[at]:  # the first of the largest, or a nan
        at = i
        if v[i] != v[i]:
            break
m = 1.0 * v[at]
"""
_SHIFTED = (
    _LARGEST
    + """
for i in range(n):
    e[i] = math.exp(v[i] - m) if v[i] != m else 1.0
own, e[at] = e[at], 0.0  # 1, or nan
total = added(e)  # of all others
e[at] = own
"""
)
_ROWS = {
    "softmax": _SHIFTED + "for i in range(n):\n    z[i] = e[i] / (1.0 + total)\n",
    "log_softmax": _SHIFTED
    + "log_total = math.log1p(total)\nfor i in range(n):\n"
    + "    z[i] = ((v[i] - m) if v[i] != m else 0.0) - log_total\n",
    "logsumexp": _SHIFTED + "z[0] = m + math.log1p(total)\n",
    # v Σp − p Σv, and minus the sum of the others at the largest share.
    "less_share": """
at, p_sum, v_sum = 0, added(w), added(v)
for i in range(n):
    if not abs(w[i]) <= abs(w[at]):
        at = i
for i in range(n):
    e[i] = v[i] * p_sum - w[i] * v_sum
e[at] = 0.0
e[at] = -added(e)
for i in range(n):
    z[i] = e[i]
""",
    # v Σp − Σ p v, of what is ahead of the element of the largest share.
    "less_average": """
at, p_sum = 0, added(w)
for i in range(n):
    if not abs(w[i]) <= abs(w[at]):
        at = i
for i in range(n):
    e[i] = w[i] * (v[i] - v[at])
average = added(e)
for i in range(n):
    z[i] = (v[i] - v[at]) * p_sum - average
""",
    # Without a finite sum of odds, by the largest element: see autograd/ops/softmax.py.
    "cross_entropy": """
own = 1.0 * v[label]
for i in range(n):
    e[i] = math.exp(v[i] - own) if i != label else 0.0
against = added(e)
loss = math.log1p(against)
if not math.isfinite(against):
    m, total = own, 0.0
    for i in range(n):
        if not v[i] <= m:
            m = 1.0 * v[i]
    for i in range(n):
        total += math.exp(v[i] - m) if v[i] != m else 1.0
    loss = math.log(total) - (own - m if own != m else 0.0)
""",
    "cross_entropy_slope": """
own = 1.0 * v[label]
for i in range(n):
    e[i] = math.exp(v[i] - own) if i != label else 0.0
against = added(e)
if math.isfinite(against):
    for i in range(n):
        z[i] = (e[i] if i != label else -against) / (1.0 + against)
else:
    m, total = own, 0.0
    for i in range(n):
        if not v[i] <= m:
            m = 1.0 * v[i]
    for i in range(n):
        e[i] = math.exp(v[i] - m) if v[i] != m else 1.0
        total += e[i]
    for i in range(n):
        z[i] = e[i] / total - (1.0 if i == label else 0.0)
""",
}


def rows_kernel(op: str, dtypes: str, mean: bool = False) -> NativeKernel:
    """Return the kernel of an op along rows: P is (x, z, rows, n, w), w the second operand.

    That is the other row, or the labels. A label that is none sets the first number of the memory,
    which is kept for errors.
    """
    source, target = MEMORY[dtypes[0]], MEMORY[dtypes[-1]]
    lines = ["x, z0, rows, n, w0 = P[0], P[1], P[2], P[3], P[4]", "e = np.empty(n)"]
    if op == "cross_entropy":
        lines.append("losses = 0.0")
    lines += ["for row in range(rows):", f"    v = {source}[x + row * n : x + (row + 1) * n]"]
    if op.startswith("less"):
        lines.append(f"    w = {MEMORY[dtypes[1]]}[w0 + row * n : w0 + (row + 1) * n]")
    if op.startswith("cross"):
        lines += [
            "    label = I[w0 + row]",
            "    if label < 0 or label >= n:",
            "        I[0] = 1",
            "        return",
        ]
    if op == "logsumexp":
        lines.append(f"    z = {target}[z0 + row : z0 + row + 1]")
    elif op != "cross_entropy":
        lines.append(f"    z = {target}[z0 + row * n : z0 + (row + 1) * n]")
    lines += ["    " + line for line in _ROWS[op].strip("\n").splitlines()]
    if op == "cross_entropy":
        lines.append("    losses += loss" if mean else f"    {target}[z0 + row] = loss")
        if mean:
            lines.append(f"{target}[z0] = losses / rows")
    return compiled(text_of(f"{op} {dtypes} {mean}", "\n".join(lines), [_ADDED]))


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
