"""The page of conventions: programs that are run in every mode, and the edges of the op records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isnan, nan
from typing import Any

import numpy as np

import autograd
from autograd import Tensor, grad, hessian, jvp
from autograd.rules.op import Elementwise

PAGE = """\
# Kinks and edges

<!-- Written by docs/generate.py from the op records in autograd/ops/: don't edit this page. -->

The slope that is taken where calculus has none or many: at kinks, at ends of domains, at 0·∞ and
at nan.

- **The derivative at a kink is the subgradient of smallest norm.** Where a function has several
  slopes to choose from, the one nearest zero is taken.
- **0·∞ is 0 in a product of the chain rule**, whichever factor is the zero, forwards and
  backwards. A cotangent or a tangent that is exactly zero passes nothing on, not even to a partial
  that is nan. A partial of zero passes a nan on, except through an op that selects: what it didn't
  select gets nothing. These do, and so do indexing and NumPy's `fmax`, `fmin`, `nansum`, `nanmean`
  and `nan_to_num`: {selecting}.
  Inside sums of products (matmul, einsum, dot of arrays) the arithmetic is IEEE 754's, except that
  rows behind a zero cotangent stay out.
- **That convention can be wrong**: the true slope is a limit. So it is never silent: the step has a
  flag, which the player, `why` and the table show, and `detect_anomaly` warns.
- **nan in, nan out.** An op whose slope depends on the side that its operand is on has slope nan in
  each operand where it compared a nan. Such are max, min and sort of arrays, and
  {comparing}.
  Linear ops keep their slope; what is flat (sign, floor, ceil, round, heaviside) stays 0.
- **At the end of a domain the derivative is the one-sided limit**, which may be infinite.
- **The second derivative at a kink is 0**, and at the tip of a cone (norm, hypot, std at 0), where
  the truth may be another.
- **Values never raise where IEEE 754 has an answer**: 1/0 is inf, log 0 is −inf, exp 1000 is inf.
  −0.0 and subnormal numbers are kept, but `maximum` and `minimum` of zeros are 0.0.
- **No gradient is not a zero gradient.** `.grad` is `None` until a gradient arrives.
- Those that tie in `max` and `min`, and in a window of `max_pool`, share the gradient equally. In
  PyTorch's pools the first of them gets all of it. The gradient of `prod` is right with any
  zeros.
- Equal infinities in a row share it: `softmax` of two +inf and anything finite is ½, ½ and 0, and
  of two −inf it is ½ and ½, the limit where they grow alike. `logsumexp`, `log_softmax` and
  `cross_entropy` follow; PyTorch and SciPy have nan there.

Of matrices (`autograd.linalg`, `numpy.linalg`):

- **A symmetric matrix is one variable**, so its gradient is symmetric: that of smallest norm, as
  in PyTorch and JAX. `eigh`, `eigvalsh` and `cholesky` read the mean of both triangles, and refuse
  a matrix whose triangles differ by more than a thousandth. NumPy reads one triangle and looks at
  no other: so does `UPLO="L"` or `"U"`, and then that triangle gets the whole gradient.
- **Equal eigenvalues and equal singular values share their gradients equally**, as elements that
  tie in `sort` do. Their vectors may be any basis. Where those are differentiated, what depends on
  the choice isn't finite; for what doesn't, 0·∞ is 0, which is right for a projection onto all of
  them and wrong for a function of the matrix, and a `RuntimeWarning` says so.
- **At a singular value of 0**, a kink, the gradient is 0: norms of singular values have the
  subgradient of smallest norm.
- `det` has every derivative at every matrix, as it is a polynomial. `slogdet` of a singular matrix
  is −inf, and a gradient through it raises `LinAlgError`; so does `qr` where the first columns
  depend on one another, and of course `inv` and `solve` of a singular matrix.
- `pinv` and `lstsq` of a matrix of less than full rank jump beside it: their gradient is that along
  matrices of the same rank.
- `eig` and `eigvals` are for matrices whose eigenvalues are all real.

Between the modes one difference is left, in a product of 0 and nan: the first that is met decides.
Going backwards through `mod(1, x * x)` at 0 the nan is met first and kept; going forwards the zero
is, and passes nothing on. In `exp(cbrt(x))` at −∞ it is the other way round.
`tests/ops/test_compositions.py` holds every composition of two ops to all this.

The slopes below were computed while this page was written: those of programs backwards and
forwards, of a Value and of an array, which are the same.

{table}
"""

# A program in x, where, and why its slope is what it is.
PROGRAMS = (
    ("where(x > 0, sqrt(x), 0.0)", 0.0, "what `where` didn't select gets nothing"),
    ("where(x > 0, sqrt(x), 0.0)", -1.0, "the same, though the partial is nan"),
    ("x * sqrt(x)", 0.0, "0·∞ is 0, and the limit is 0 too"),
    ("exp(-1 / (x * x))", 0.0, "0·∞ is 0, and the limit is 0 too"),
    ("sqrt(x * x)", 0.0, "0·∞ is 0: at its kink it is as abs"),
    ("sqrt(x) ** 2", 0.0, "0·∞ is 0 by convention: the limit is 1"),
    ("1 - cos(sqrt(x))", 0.0, "0·∞ is 0 by convention: the limit is ½"),
    ("acos(x) ** 2", 1.0, "0·∞ is 0 by convention: the limit is −2"),
    ("relu(x) ** 2", nan, "relu compared a nan"),
    ("maximum(x, 1.0)", nan, "maximum compared a nan"),
    ("3 * x", nan, "a linear op keeps its slope"),
    ("floor(x)", nan, "flat everywhere"),
    ("clip(x, -1.0, 1.0)", 1.0, "at a bound: the smallest of the slopes from 0 to 1"),
    ("clip(x, 3.0, 0.0)", 2.0, "as in NumPy, all is 0 where the bounds cross"),
    ("clip(x, 0.0, nan)", 1.0, "as in NumPy, all is nan where a bound is"),
)

CONES = (
    ("norm(v) ** 2", "2"),
    ("hypot(v[0], v[1]) ** 2", "2"),
    ("std(v) ** 2", "½"),
)


def rows(
    records: Iterable[Elementwise],
    number: Callable[[float], str],
    numbers: Callable[[tuple[float, ...]], str],
) -> list[list[str]]:
    """Return the table: programs, second derivatives at the tip of a cone, ops at their edges."""
    programs = [
        [f"`{text}`", number(x), number(_slope(text, x)), because] for text, x, because in PROGRAMS
    ]
    cones = [
        [
            f"`{text}`, ∂²/∂v₀²",
            "0, 0",
            number(_curvature(text)),
            f"the tip of a cone, by convention: the truth is {truth}",
        ]
        for text, truth in CONES
    ]
    edges = [
        [f"`{op.name}`", numbers(edge.at), numbers(edge.partials), edge.why]
        for op in records
        for edge in op.edges
    ]
    return programs + cones + edges


def flagged(records: Iterable[Elementwise], holds: Callable[[Elementwise], bool]) -> str:
    """Return the names of the ops of which something holds."""
    return ", ".join(f"`{op.name}`" for op in records if holds(op))


def _function(text: str, name: str) -> Any:
    return eval(f"lambda {name}: {text}", dict(vars(autograd)) | {"nan": nan})


def _slope(text: str, x: float) -> float:
    """Return the slope of a program, the same backwards and forwards, of a Value and an array."""
    f = _function(text, "x")
    leaf = Tensor([x])
    f(leaf).sum().backward()
    found = {
        "backwards": grad(f)(x),
        "forwards": jvp(f, (x,), (1.0,))[1],
        "of an array, backwards": leaf.grad.item(),
        "of an array, forwards": jvp(f, (np.array([x]),), (np.ones(1),))[1].item(),
    }
    first: float = found["backwards"]
    if any(each != first and not (isnan(each) and isnan(first)) for each in found.values()):
        raise AssertionError(f"{text} at {x} has several slopes: {found}")
    return first


def _curvature(text: str) -> float:
    found: float = hessian(_function(text, "v"))(np.zeros(2))[0, 0].item()
    return found
