"""Rules for aten ops along axes: sums, extremes, orders, norms, variances, softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd.ops.reduction as red
import autograd.ops.spread as spread
from autograd.bridges.torch.aten_rules import Rule, axes, cast, plain
from autograd.ops.diagonals import trace
from autograd.ops.indexing import getitem, take_along_axis
from autograd.ops.norm import norm
from autograd.ops.selection import where
from autograd.ops.shape import expand_dims, flip, moveaxis, ravel, squeeze
from autograd.ops.softmax import log_softmax, logsumexp, softmax
from autograd.rules.op_registry import get


def _sum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    return red.sum(cast(x, dtype), axes(x, dim), keepdims=keepdim)


def _mean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    return red.mean(cast(x, dtype), axes(x, dim), keepdims=keepdim)


def _nansum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    return _sum(where(np.isnan(plain(x)), 0.0, x), dim, keepdim, dtype=dtype)


def _prod(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    return red.prod(cast(x, dtype), axes(x, dim), keepdims=keepdim)


def _amax(x: Any, dim: Any = (), keepdim: bool = False) -> Any:
    return red.max(x, axes(x, dim), keepdims=keepdim) if x.ndim else x + 0.0


def _amin(x: Any, dim: Any = (), keepdim: bool = False) -> Any:
    return red.min(x, axes(x, dim), keepdims=keepdim) if x.ndim else x + 0.0


def _aminmax(x: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    return _amin(x, dim, keepdim), _amax(x, dim, keepdim)


# Elements at a place in the order ----------------------------------------------------------------


def _taken(x: Any, places: Any, dim: int, keepdim: bool = True) -> Any:
    """Return the elements at ``places`` along an axis, which has length 1 if it is to go."""
    if not x.ndim:
        return x + 0.0, np.zeros((), int)
    found = take_along_axis(x, places, dim)
    return (found, places) if keepdim else (squeeze(found, dim), places.squeeze(dim))


def _max_along(x: Any, dim: int, keepdim: bool = False) -> Any:
    if not x.ndim:
        return _taken(x, None, dim)
    return red.max(x, dim, keepdims=keepdim), plain(x).argmax(dim, keepdims=keepdim)


def _min_along(x: Any, dim: int, keepdim: bool = False) -> Any:
    if not x.ndim:
        return _taken(x, None, dim)
    return red.min(x, dim, keepdims=keepdim), plain(x).argmin(dim, keepdims=keepdim)


def _order(x: Any, dim: int, descending: bool = False) -> Any:
    array = plain(x)
    if not array.ndim:
        return np.zeros((), int)
    return np.argsort(-array if descending else array, dim, kind="stable")


def _sort(x: Any, dim: int = -1, descending: bool = False, *, stable: bool | None = None) -> Any:
    if not x.ndim:
        return _taken(x, None, dim)
    found = red.sort(x, dim)
    return (flip(found, dim) if descending else found), _order(x, dim, descending)


def _sort_stable(x: Any, *, stable: Any = None, dim: int = -1, descending: bool = False) -> Any:
    return _sort(x, dim, descending)


def _topk(x: Any, k: int, dim: int = -1, largest: bool = True, is_sorted: bool = True) -> Any:
    places = _order(x, dim, largest)
    return _taken(x, places.take(range(k), dim) if x.ndim else None, dim)


def _kthvalue(x: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    places = _order(x, dim)
    return _taken(x, places.take([k - 1], dim) if x.ndim else None, dim, keepdim)


def _median_along(x: Any, dim: int, keepdim: bool = False) -> Any:
    return _kthvalue(x, (x.shape[dim] + 1) // 2 if x.ndim else 1, dim, keepdim)


def _median(x: Any) -> Any:
    return _median_along(ravel(x), 0)[0]


def _running(best: Any) -> Rule:
    def along(x: Any, dim: int) -> Any:
        if not x.ndim:
            return _taken(x, None, dim)
        array = np.moveaxis(plain(x), dim, -1)
        holds = array == best.accumulate(array, -1)  # torch's is the last of those that tie
        places = np.maximum.accumulate(np.where(holds, np.arange(array.shape[-1]), 0), -1)
        return _taken(x, np.moveaxis(places, -1, dim), dim)

    return along


# Along an axis -----------------------------------------------------------------------------------


def _cumsum(x: Any, dim: int, *, dtype: Any = None) -> Any:
    return red.cumsum(cast(x, dtype), dim) if x.ndim else cast(x, dtype) + 0.0


def _beginnings(x: Any, dim: int, rest: float) -> Any:
    """Return for each place of the last axis the elements up to it, and ``rest`` beyond."""
    rows = expand_dims(moveaxis(x, dim, -1), -2)
    return where(np.tri(rows.shape[-1], dtype=bool), rows, rest)


def _cumprod(x: Any, dim: int, *, dtype: Any = None) -> Any:
    if not x.ndim:
        return cast(x, dtype) + 0.0
    return moveaxis(red.prod(_beginnings(cast(x, dtype), dim, 1.0), -1), -1, dim)


def _logcumsumexp(x: Any, dim: int) -> Any:
    if not x.ndim:
        return x + 0.0
    return moveaxis(logsumexp(_beginnings(x, dim, -np.inf), -1), -1, dim)


def _softmax(x: Any, dim: int, half_to_float: bool = False) -> Any:
    return softmax(cast(x, "float32") if half_to_float else x, dim)


def _log_softmax(x: Any, dim: int, half_to_float: bool = False) -> Any:
    return log_softmax(cast(x, "float32") if half_to_float else x, dim)


def _safe_softmax(x: Any, dim: int, dtype: Any = None) -> Any:
    """Return the softmax, and 0 for a row of −∞ alone, as attention needs it."""
    x = cast(x, dtype)
    nothing = (plain(x) == -np.inf).all(axis=dim, keepdims=True)
    if not nothing.any():
        return softmax(x, dim)
    return where(nothing, 0.0, softmax(where(nothing, 0.0, x), dim))


# Spread and norms --------------------------------------------------------------------------------


def _free(correction: Any) -> Any:
    return 1 if correction is None else correction


def _var(x: Any, dim: Any = None, *, correction: Any = None, keepdim: bool = False) -> Any:
    return spread.var(x, axes(x, dim), ddof=_free(correction), keepdims=keepdim)


def _std(x: Any, dim: Any = None, *, correction: Any = None, keepdim: bool = False) -> Any:
    return spread.std(x, axes(x, dim), ddof=_free(correction), keepdims=keepdim)


def _var_mean(x: Any, dim: Any = None, *, keepdim: bool = False, **free: Any) -> Any:
    return _var(x, dim, keepdim=keepdim, **free), _mean(x, dim, keepdim)


def _std_mean(x: Any, dim: Any = None, *, keepdim: bool = False, **free: Any) -> Any:
    return _std(x, dim, keepdim=keepdim, **free), _mean(x, dim, keepdim)


def _norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Return a vector norm over axes; ours over two axes would be a matrix's."""
    x = cast(x, dtype)
    settings = {
        "ord": 2.0 if ord is None else float(ord),
        "axis": axes(x, dim),
        "keepdims": keepdim,
    }
    return get("norm")(x, **settings) if x.ndim else get("abs")(x)


def _frobenius(x: Any, p: Any = 2, dim: Any = None, keepdim: bool = False, **dtype: Any) -> Any:
    return _norm(x, p, dim, keepdim, **dtype)


def _distances(x: Any, y: Any, p: float, mode: Any = None) -> Any:
    return norm(expand_dims(x, -2) - expand_dims(y, -3), p, -1)


def _pairs(x: Any, p: float = 2) -> Any:
    first, second = np.triu_indices(x.shape[0], 1)
    return norm(getitem(x, first) - getitem(x, second), p, -1)


RULES: dict[str, Rule] = {
    "sum": _sum,
    "mean": _mean,
    "nansum": _nansum,
    "prod": lambda x, *, dtype=None: _prod(x, dtype=dtype),
    "prod.dim_int": _prod,
    "amax": _amax,
    "amin": _amin,
    "aminmax": _aminmax,
    "max": _amax,
    "min": _amin,
    "max.dim": _max_along,
    "min.dim": _min_along,
    "sort": _sort,
    "sort.stable": _sort_stable,
    "topk": _topk,
    "kthvalue": _kthvalue,
    "median": _median,
    "median.dim": _median_along,
    "cummax": _running(np.maximum),
    "cummin": _running(np.minimum),
    "cumsum": _cumsum,
    "cumprod": _cumprod,
    "logcumsumexp": _logcumsumexp,
    "logsumexp": lambda x, dim, keepdim=False: logsumexp(x, axes(x, dim), keepdims=keepdim),
    "_softmax": _softmax,
    "_log_softmax": _log_softmax,
    "_safe_softmax": _safe_softmax,
    "var": _var,
    "std": _std,
    "var_mean": _var_mean,
    "std_mean": _std_mean,
    "linalg_vector_norm": _norm,
    "norm": _frobenius,
    "dist": lambda x, y, p=2: _norm(x - y, p),
    "_cdist_forward": _distances,
    "_euclidean_dist": lambda x, y: _distances(x, y, 2),
    "_pdist_forward": _pairs,
    "trace": trace,
}
