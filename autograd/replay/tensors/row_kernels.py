"""Texts of the kernels that go along rows: sums, softmax and its kin, and rows by their numbers."""

from __future__ import annotations

from textwrap import indent
from typing import NamedTuple

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
    for block in range(0, v.size, 128):
        a = b = c = d = 0.0
        end = min(block + 128, v.size)
        even = block + (end - block) // 4 * 4
        for i in range(block, even, 4):
            a += v[i]
            b += v[i + 1]
            c += v[i + 2]
            d += v[i + 3]
        for i in range(even, end):
            a += v[i]
        found += (a + b) + (c + d)
    return found


@scalar
def less_mean(e, v):  # from v - v[0], which is 0 of equal numbers; what is too large is scaled
    n, s = v.size, 1.0
    for trial in range(2):
        for i in range(n):
            e[i] = s * v[i] - s * v[0]
        average = added(e) / n
        if math.isfinite(average) or trial == 1:
            break
        k = 2 * n
        while k:
            s, k = 0.5 * s, k // 2
    for i in range(n):
        e[i] = (e[i] - average) / s


@scalar
def squares(v, s):
    for i in range(v.size):
        v[i] = (v[i] / s) * (v[i] / s)
    return added(v)


@scalar
def length_of(e):  # the root of the sum of squares, of scaled numbers if these leave the range
    largest = 0.0
    for i in range(e.size):
        if not abs(e[i]) <= largest:
            largest = abs(e[i])
            if e[i] != e[i]:
                return nan
    if 1e-140 < largest < 1e140:
        return math.sqrt(squares(e, 1.0))
    return largest * math.sqrt(squares(e, largest)) if 0.0 < largest < inf else largest


@scalar
def times(g, partial):  # as in autograd/rules/chain_rule.py: a nan stays one
    return g * partial if g != 0.0 and (partial != 0.0 or abs(g) != inf) else 0.0
"""


class Row(NamedTuple):
    """How a row of numbers goes through an op.

    ``text`` computes ``z``, a row of n numbers or, if the op reduces, ``z[0]``. It may use ``e``, n
    numbers of its own.

    Attributes
    ----------
    text : str
    operands : tuple of str
        Their names in the text: rows; numbers, one for each row, which have names of capitals; and
        settings, one for all, which end in an underscore.
    axis : int or None
        Which axis it goes along by default.
    reduces : bool
        Whether one number comes of a row.
    """

    text: str
    operands: tuple[str, ...] = ("v",)
    axis: int | None = None
    reduces: bool = False


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
# Equal shares for all that are the extreme; nan for all, where one is.
_SHARED = """
count = 0.0
for i in range(n):
    count += 1.0 if {each} == Z else 0.0
for i in range(n):
    z[i] = ({of_each} if {each} == Z else 0.0) if Z == Z else selected(G, nan)
"""
_PULL = ("G", "v", "Z")
_SHARE_OF_MAX = _SHARED.format(each="v[i]", of_each="G / count")
_SHARE_OF_LARGEST = _SHARED.format(
    each="abs(v[i])", of_each="(G / count * math.copysign(1.0, v[i]) if v[i] else 0.0)"
)
ROWS: dict[str, Row] = {
    "softmax": Row(_SHIFTED + "for i in range(n):\n    z[i] = e[i] / (1.0 + total)\n", axis=-1),
    "log_softmax": Row(
        _SHIFTED
        + "log_total = math.log1p(total)\nfor i in range(n):\n"
        + "    z[i] = ((v[i] - m) if v[i] != m else 0.0) - log_total\n",
        axis=-1,
    ),
    "logsumexp": Row(_SHIFTED + "z[0] = m + math.log1p(total)\n", reduces=True),
    # v Σp − p Σv, and minus the sum of the others, if there are any, at the largest share.
    "less_share": Row(
        """
at, p_sum, v_sum = 0, added(w), added(v)
for i in range(n):
    if not abs(w[i]) <= abs(w[at]):
        at = i
for i in range(n):
    e[i] = v[i] * p_sum - w[i] * v_sum
if n > 1:
    e[at] = 0.0
    e[at] = -added(e)
for i in range(n):
    z[i] = e[i]
""",
        ("v", "w"),
        axis=-1,
    ),
    # v Σp − Σ p v, of what is ahead of the element of the largest share.
    "less_average": Row(
        """
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
        ("v", "w"),
        axis=-1,
    ),
    # v Σw² − w Σwv, and at the largest w what makes Σ w z zero.
    "across": Row(
        """
at = 0
for i in range(n):
    if not abs(w[i]) <= abs(w[at]):
        at = i
    e[i] = 1.0 * w[i] * w[i]
size = added(e)
for i in range(n):
    e[i] = 1.0 * w[i] * v[i]
along = added(e)
for i in range(n):
    z[i] = v[i] * size - w[i] * along
    e[i] = (v[i] * size - w[i] * along) * w[i]
e[at] = 0.0
z[at] = -added(e) / (w[at] if w[at] != 0.0 else 1.0)
""",
        ("v", "w"),
    ),
    "deviations": Row("less_mean(e, v)\nfor i in range(n):\n    z[i] = e[i]\n"),
    "var": Row("less_mean(e, v)\nz[0] = squares(e, 1.0) / free_\n", ("v", "free_"), reduces=True),
    "std": Row(
        "less_mean(e, v)\nz[0] = length_of(e) / math.sqrt(free_)\n", ("v", "free_"), reduces=True
    ),
    "pull of std": Row(
        """
less_mean(e, v)
for i in range(n):
    z[i] = times(G, e[i] / ((Z if Z != 0.0 else inf) * free_))
""",
        (*_PULL, "free_"),
    ),
    "standardize": Row(
        """
less_mean(e, v)
for i in range(n):
    z[i] = e[i]
size = math.sqrt(squares(e, 1.0) / n + eps_)
for i in range(n):
    z[i] = z[i] / size
""",
        ("v", "eps_"),
        axis=-1,
    ),
    "max": Row(_LARGEST + "z[0] = m\n", reduces=True),
    "min": Row(_LARGEST.replace("<=", ">=") + "z[0] = m\n", reduces=True),
    "pull of max": Row(_SHARE_OF_MAX, _PULL),
    "pull of min": Row(_SHARE_OF_MAX, _PULL),
    "norm": Row("e[:] = v\nz[0] = length_of(e)\n", reduces=True),
    "norm of inf": Row(
        _LARGEST.replace("v[", "e[").join(
            ("for i in range(n):\n    e[i] = abs(v[i])\n", "z[0] = m\n")
        ),
        reduces=True,
    ),
    "pull of norm of inf": Row(_SHARE_OF_LARGEST, _PULL),
    "pull of norm of 1": Row(
        "for i in range(n):\n    z[i] = G * (v[i] if not v[i] else math.copysign(1.0, v[i]))\n"
        "    if v[i] != v[i]:\n        z[i] = v[i]\n",
        ("G", "v", "Z"),
    ),
    "pull of norm": Row(
        "for i in range(n):\n    z[i] = times(G, v[i] / (Z if Z != 0.0 else inf))\n", _PULL
    ),
    "direction": Row(
        "e[:] = v\nsize = length_of(e)\nfor i in range(n):\n"
        "    z[i] = v[i] / (size if size != 0.0 else inf)\n"
    ),
    "norm of 1": Row("for i in range(n):\n    e[i] = abs(v[i])\nz[0] = added(e)\n", reduces=True),
    "prod": Row("m = 1.0\nfor i in range(n):\n    m *= v[i]\nz[0] = m\n", reduces=True),
    "products_of_others": Row(
        """
m = 1.0
for i in range(n):
    e[i] = m
    m *= v[i]
m = 1.0
for i in range(n - 1, -1, -1):
    z[i] = e[i] * m
    m *= v[i]
""",
        axis=-1,
    ),
    "cumsum": Row("m = 0.0\nfor i in range(n):\n    m += v[i]\n    z[i] = m\n", axis=-1),
    # Without a finite sum of odds, by the largest element: see autograd/ops/softmax.py.
    "cross_entropy": Row(
        """
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
z[0] = loss
""",
        ("v", "label"),
        axis=-1,
        reduces=True,
    ),
    "cross_entropy_slope": Row(
        """
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
        ("v", "label"),
        axis=-1,
    ),
}


def rows_kernel(name: str, dtypes: str, mean: bool = False) -> NativeKernel:
    """Return the kernel of a ``Row``; ``dtypes`` are those of its operands and of the result.

    P is (rows, n, z, the operands). A label that is none sets the first number of the memory, which
    is kept for errors.
    """
    rule, target = ROWS[name], MEMORY[dtypes[-1]]
    before, loads = ["rows, n = P[0], P[1]"], []
    for k, (operand, dtype) in enumerate(zip(rule.operands, dtypes, strict=False)):
        memory, at = MEMORY[dtype], f"P[{3 + k}]"
        if operand.endswith("_"):
            before.append(f"{operand} = D[{at}]")
        elif operand == "label":
            loads += [
                f"label = I[{at} + row]",
                "if label < 0 or label >= n:",
                "    I[0] = 1",
                "    return",
            ]
        elif operand.isupper():
            loads.append(f"{operand} = 1.0 * {memory}[{at} + row]")
        else:
            loads.append(f"{operand} = {memory}[{at} + row * n : {at} + (row + 1) * n]")
    result, after = [], []
    if mean:
        before += ["sums = 0.0", "z = np.empty(1)"]
        after = [f"{target}[P[2]] = sums / rows"]
    else:
        place = "P[2] + row : P[2] + row + 1"
        whole = "P[2] + row * n : P[2] + (row + 1) * n"
        result = [f"z = {target}[{place if rule.reduces else whole}]"]
    text = [*loads, *result, rule.text, *(["sums += z[0]"] if mean else [])]
    lines = indent("\n".join(part.strip("\n") for part in text), "    ")
    body = "\n".join([*before, "e = np.empty(n)", "for row in range(rows):", lines, *after])
    return compiled(text_of(f"{name} {dtypes} {mean}", body, [_ADDED]))
