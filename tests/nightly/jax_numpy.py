"""Compare the derivatives of NumPy's functions with JAX's: run it with Python.

It prints what differs, and what JAX has not; the last is in ``NOT_IN_JAX`` with its reason.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "ops"))
from numpy_cases import calls, operands, run
from structural_example import weights

from autograd import grad, jvp

_ONLY_ARRAYS = "JAX takes arrays only, and here is a list"
_SHAPES = "its shape depends on the numbers"
NOT_IN_JAX = {
    "np.bincount": _ONLY_ARRAYS,
    "np.compress": _ONLY_ARRAYS,
    "np.cov(x, fweights": _ONLY_ARRAYS,
    "np.delete(x, [": _ONLY_ARRAYS,
    "np.ediff1d(v, to_begin": _ONLY_ARRAYS,
    "np.insert(v, [": _ONLY_ARRAYS,
    "np.nanquantile(x + NANS, [": _ONLY_ARRAYS,
    "np.percentile(x, [": _ONLY_ARRAYS,
    "np.quantile(x, [": _ONLY_ARRAYS,
    "np.polyval([": _ONLY_ARRAYS,
    "np.unique": _SHAPES,
    "np.union1d": _SHAPES,
    "np.setdiff1d": _SHAPES,
    "np.intersect1d": "JAX finds shared elements by sorting, and its slopes are of other elements",
    "np.setxor1d": "the same",
    "np.partition": "the order of the others is another",
    "np.sort(np.partition": "the order of the others is another",
    "np.copy(x, order='F')": "no order",
    "np.fix": "deprecated there",
    "np.gradient(v, 2.0, edge_order": "no edge_order",
    "np.gradient(v, up, edge_order": "no edge_order",
    "np.quantile(v, 0.4, method='hazen')": "no such method",
    "np.real_if_close": "it has none",
    "np.lib.stride_tricks": "it has none",
    "np.polydiv": "its remainder keeps leading zeros",
}


def total(text: str, xp: Any, arrays: dict[str, Any]) -> Any:
    found = [z for z in run(text, xp, arrays) if z.dtype.kind == "f"]
    return sum((weights(z.shape, k + 1.0) * z).sum() for k, z in enumerate(found))


def worst(text: str) -> float:
    """Return the largest difference of first and second derivatives, relative to their size."""
    arrays = operands(text)
    names, xs = list(arrays), tuple(arrays.values())
    every, along = tuple(range(len(xs))), tuple(weights(x.shape, 0.4) for x in xs)

    def of(xp: Any) -> Any:
        return lambda *ts: total(text, xp, dict(zip(names, ts, strict=True)))

    theirs = jax.jvp(jax.grad(of(jax.numpy), every), tuple(map(jax.numpy.asarray, xs)), along)
    ours = jvp(grad(of(np), every), xs, along)
    pairs = [
        (z, np.asarray(e))
        for found, expected in zip(ours, theirs, strict=True)
        for z, e in zip(found, expected, strict=True)
    ]
    return max(float(np.max(np.abs(z - e) / (1 + np.abs(e)))) for z, e in pairs)


def main() -> int:
    """Print what differs and return how many calls did."""
    wrong = compared = 0
    with jax.enable_x64(True):
        for _, text in calls():
            if text.startswith(tuple(NOT_IN_JAX)):
                continue
            compared += 1
            if not (off := worst(text)) < 1e-11:
                wrong += 1
                print(f"{text}: off by {off:.1e}")
    print(f"{compared} calls compared with JAX {jax.__version__}, {wrong} differ")
    return wrong


if __name__ == "__main__":
    sys.exit(main() != 0)
