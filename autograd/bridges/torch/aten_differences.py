"""Where torch's convention for a gradient isn't ours: at kinks, ties, repeats and edges.

Neither is wrong. A check shows both numbers side by side, and says what is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.bridges.torch import aten_windows
from autograd.bridges.torch.aten_rules import plain
from autograd.values.tensor import Tensor
from autograd.values.unbroadcasting import undo_broadcasting


class Difference(NamedTuple):
    """A convention of torch's and ours, and where they differ.

    ``at`` takes what the rule takes, and returns booleans: of the shape of an operand, or of the
    result, where both may give other numbers.
    """

    torch: str
    ours: str
    at: Callable[..., Any]


def _at_bound(x: Any, lo: Any = None, hi: Any = None) -> Any:
    found = np.zeros(x.shape, bool)
    for bound in (lo, hi):
        if bound is not None:
            found = found | (plain(x) == plain(bound))
    return found


def _tied(x: Any, dim: int = -1, **_: Any) -> Any:
    """Return which elements equal another one along an axis."""
    rows = plain(x).reshape(1) if not plain(x).ndim else np.moveaxis(plain(x), dim, -1)
    order = np.argsort(rows, -1, kind="stable")
    ordered = np.take_along_axis(rows, order, -1)
    same = ordered[..., 1:] == ordered[..., :-1]
    found = np.zeros(rows.shape, bool)
    found[..., 1:] |= same
    found[..., :-1] |= same
    back = np.empty_like(found)
    np.put_along_axis(back, order, found, -1)
    return np.moveaxis(back, -1, dim) if plain(x).ndim else back.reshape(())


def _tied_in_windows(name: str) -> Callable[..., Any]:
    """Return which elements of an image tie in a window: of ranks, a pool shares none."""

    def at(x: Any, *settings: Any, **more: Any) -> Any:
        array = plain(x)
        flat = array.ravel()
        ranks = np.empty(flat.size)
        ranks[np.lexsort((-np.arange(flat.size), flat))] = np.arange(flat.size)  # no two are equal
        passed = []
        for each in (np.array(array, float), ranks.reshape(array.shape)):
            image = Tensor(each)
            pooled = aten_windows.RULES[name](image, *settings, **more)[0]
            pooled.backward(np.random.default_rng(0).uniform(1, 2, pooled.shape))
            passed.append(image.grad)
        return passed[0] != passed[1]

    return at


def _in_order(x: Any, dim: int = -1, *rest: Any, **_: Any) -> Any:
    return _tied(x, dim)


def _repeated(x: Any, dim: int, index: Any, *rest: Any, **_: Any) -> Any:
    return np.array(_tied(index, dim).any())


def _put_twice(x: Any, indices: Any, values: Any, accumulate: bool = False, *_: Any) -> Any:
    if accumulate:
        return np.array(False)
    places = tuple([slice(None) if at is None else plain(at) for at in indices])
    count = np.arange(plain(x).size).reshape(plain(x).shape)[places]
    return np.array(np.unique(count).size < count.size)


_FIRST = "the one that was taken gets the whole gradient"
_SHARED = "those that tie share it equally"
_BOTH = "each that was written gets the gradient"
_LAST = "only the one that stayed gets it"
_CLAMPED = Difference("at a bound the slope is 1", "at a bound the slope is 0", _at_bound)
_ORDERED = Difference(_FIRST, _SHARED, _in_order)
_WRITTEN = Difference(_BOTH, _LAST, _repeated)
_TRIANGLE = Difference(
    "the triangle that isn't read gets a gradient, too",
    "what isn't read gets none",
    lambda *given, **settings: np.array(True),
)

DIFFERENCES: dict[str, Difference] = {
    "clamp": _CLAMPED,
    "clamp_min": _CLAMPED,
    "clamp_max": Difference(_CLAMPED.torch, _CLAMPED.ours, lambda x, hi: _at_bound(x, None, hi)),
    "fmax": Difference(
        "of two equals the first gets all", _SHARED, lambda x, y: plain(x) == plain(y)
    ),
    "fmin": Difference(
        "of two equals the first gets all", _SHARED, lambda x, y: plain(x) == plain(y)
    ),
    "max.dim": _ORDERED,
    "min.dim": _ORDERED,
    "sort": _ORDERED,
    "sort.stable": Difference(
        _FIRST, _SHARED, lambda x, *, stable=None, dim=-1, descending=False: _tied(x, dim)
    ),
    "topk": Difference(_FIRST, "the first of them gets it", lambda x, k, dim=-1, *_: _tied(x, dim)),
    "kthvalue": Difference(
        _FIRST, "the first of them gets it", lambda x, k, dim=-1, *_: _tied(x, dim)
    ),
    "median": Difference(
        "those that tie share it", "one of them gets it", lambda x: _tied(plain(x).ravel()).any()
    ),
    "median.dim": Difference(_FIRST, "the first of them gets it", _in_order),
    **{
        name: Difference(_FIRST, _SHARED, _tied_in_windows(name))
        for name in (
            *("max_pool2d_with_indices", "max_pool3d_with_indices"),
            *("adaptive_max_pool2d", "adaptive_max_pool3d"),
        )
    },
    "hypot": Difference(
        "at (0, 0) it is nan", "at (0, 0) it is 0", lambda x, y: (plain(x) == 0) & (plain(y) == 0)
    ),
    "xlogy": Difference(
        "beside log 0 it is nan or 0", "0 log 0 has the slopes 0, 0", lambda x, y: plain(x) == 0
    ),
    "cholesky_inverse": _TRIANGLE,
    "cholesky_solve": _TRIANGLE,
    "_ctc_loss": Difference(
        "its gradient is that behind a log_softmax, and right only there",
        "the derivative of the loss itself",
        lambda *given, **settings: np.array(True),
    ),
    "special_entr": Difference("at 0 it is ∞", "at 0 it is 0", lambda x: plain(x) == 0),
    "scatter": _WRITTEN,
    "index_copy": _WRITTEN,
    "index_put": Difference(_BOTH, _LAST, _put_twice),
    "_unsafe_index_put": Difference(_BOTH, _LAST, _put_twice),
    "_index_put_impl": Difference(_BOTH, _LAST, _put_twice),
}


def where_unlike(mask: Any, shape: tuple[int, ...]) -> Any:
    """Return booleans for the elements of an operand, from those of the result or an operand.

    What is broadcast counts if any of its copies does; where the shapes have nothing to do with
    each other, all do or none.
    """
    mask = np.asarray(mask)
    try:
        if np.broadcast_shapes(mask.shape, shape) == mask.shape:
            count = undo_broadcasting(mask.astype(float), shape)
            return np.asarray(count) > 0
        return np.broadcast_to(mask, shape)
    except ValueError:
        return np.full(shape, mask.any())
