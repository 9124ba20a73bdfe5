"""Plain arrays inside ``vmap``: one for each sample, with the shape of one.

A function that ``vmap`` maps sees these for integers and booleans, and where it compares. They are
no arrays of NumPy's, so that none of them is taken for one of a single sample: NumPy's functions
come here (NEP 13 and 18), and whatever would take one number out of them is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import getitem
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

# Of these functions the result depends on shapes and dtypes alone.
_OF_FORM = {
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast,
    np.zeros_like, np.ones_like, np.empty_like,
}  # fmt: skip

# What a sample's array is asked for as a method. What works in place isn't here.
_METHODS = {
    "all", "any", "argmax", "argmin", "argsort", "astype", "choose", "clip", "conj", "conjugate",
    "copy", "cumprod", "cumsum", "diagonal", "dot", "flatten", "max", "mean", "min", "nonzero",
    "prod", "repeat", "reshape", "round", "searchsorted", "squeeze", "std", "sum",
    "swapaxes", "take", "trace", "transpose", "var",
}  # fmt: skip


_OF_ELEMENTS = {"astype", "conj", "conjugate", "copy", "round"}  # on all samples at once


class PerSample(NDArrayOperatorsMixin):
    """One plain array for each sample that ``vmap`` maps over.

    Attributes
    ----------
    full : array or PerSample
        The arrays of all samples, along its first axis.
    depth : int
        Of which ``vmap`` the samples are, counted from the outermost: 1 if there is one.
    """

    __slots__ = ("depth", "full")

    def __init__(self, full: Any, depth: int) -> None:
        self.full = full
        self.depth = depth

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample's array."""
        found: tuple[int, ...] = self.full.shape[1:]
        return found

    @property
    def ndim(self) -> int:
        """The number of axes of one sample's array."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements of one sample's array."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype, which all samples share."""
        found: np.dtype[Any] = self.full.dtype
        return found

    @property
    def T(self) -> Any:  # noqa: N802
        """The arrays with their axes reversed."""
        return self.transpose()

    @property
    def arrays(self) -> Any:
        """The numbers of all samples, and of those of the ``vmap`` outside, in one plain array."""
        return self.full.arrays if isinstance(self.full, PerSample) else self.full

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in _OF_ELEMENTS:
            return lambda *args, **options: type(self)(
                getattr(self.full, name)(*args, **options), self.depth
            )

        def of_one(x: Any, *more: Any, **how: Any) -> Any:
            return getattr(x, name)(*more, **how)

        of_one.__name__ = name  # for an error
        return lambda *args, **options: each_sample(of_one, (self, *args), options)

    def ravel(self) -> Any:
        """Return the arrays flattened."""
        return type(self)(self.full.reshape((len(self.full), self.size)), self.depth)

    def __getitem__(self, index: Any) -> Any:
        places = index if type(index) is tuple else (index,)
        if all(place is None or isinstance(place, (int, slice)) for place in places):
            return type(self)(self.full[(slice(None), *places)], self.depth)
        return each_sample(getitem, (self, index), {})

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"the truth of an array of shape {self.shape} is ambiguous: use .any() or .all()"
            )
        found = self.arrays.astype(bool)
        if found.any() != found.all():
            raise ValueError(
                "a branch inside of vmap on a number that differs between samples: some take one "
                "branch, some the other; write autograd.where(condition, x, y) in place of the if"
            )
        return bool(found.any())

    def __repr__(self) -> str:
        return f"<{self.dtype} array of shape {self.shape} for each of {len(self.full)} samples>"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if any(hasattr(x, "_rank") for x in inputs):
            return NotImplemented  # a node's own protocol
        if "out" in options:
            raise TypeError("out= writes into an array, of which vmap has one for each sample")
        if method != "__call__" or options:
            return each_sample(getattr(ufunc, method), inputs, options)
        return _broadcast(ufunc, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if any(hasattr(kind, "_rank") for kind in types):
            return NotImplemented
        if function in _OF_FORM:
            return function(*_of_form(args), **options)
        if function is np.where and len(args) == 3:
            return _broadcast(np.where, args)
        return each_sample(function, args, options)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self.refuse("a plain array")

    def __float__(self) -> float:
        self.refuse("one float")

    def __int__(self) -> int:
        self.refuse("one int")

    def __index__(self) -> int:  # noqa: PLE0305
        self.refuse("one position")

    def __complex__(self) -> complex:
        self.refuse("one complex number")

    def item(self) -> NoReturn:
        """Raise TypeError: there is one number for each sample."""
        self.refuse("one number")

    def tolist(self) -> NoReturn:
        """Raise TypeError: there is one list for each sample."""
        self.refuse("one list")

    def refuse(self, what: str) -> NoReturn:
        """Raise TypeError for what there can't be one of."""
        raise TypeError(
            f"{what} can't be made here: inside of vmap there is one for each of "
            f"{len(self.full)} samples; compute with functions of autograd and NumPy, choose with "
            "autograd.where, take elements of a table with autograd.take, and put several together "
            "with numpy.stack"
        )

    def constant(self) -> Any:
        """Return the node that these numbers are: a constant. Nodes are of a room above."""
        raise NotImplementedError

    def apply(self, op: Any, operands: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        """Compute an op that has such arrays among its settings."""
        raise NotImplementedError


def plain_array(x: Any) -> Any:
    """Return ``numpy.array(x)``; inside of ``vmap`` an array for each sample stays one for each.

    Examples
    --------
    >>> plain_array([1, 2])
    array([1, 2])
    """
    return x if isinstance(x, PerSample) else np.array(x)


def of_all_samples(x: Any) -> Any:
    """Return a plain array; inside of ``vmap`` the one of all samples, along its first axes.

    It is for what has to hold for every sample: a check, or whether a short way can be taken.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import vmap
    >>> from autograd.extend import of_all_samples, raw
    >>> seen = []
    >>> f = vmap(lambda x: seen.append(of_all_samples(raw(x)).shape) or x.sum())
    >>> f(np.ones((5, 3))).shape, seen
    ((5,), [(5, 3)])
    """
    return x.arrays if isinstance(x, PerSample) else x


def found_in(settings: dict[str, Any], names: tuple[str, ...]) -> PerSample | None:
    """Return the first ``PerSample`` among the named settings, which may be in a tuple."""
    for name in names:
        setting = settings.get(name)
        if isinstance(setting, PerSample):
            return setting
        if type(setting) is tuple:
            for each in setting:
                if isinstance(each, PerSample):
                    return each
    return None


# Computing ---------------------------------------------------------------------------------------


def in_front(full: Any, ndim: int) -> Any:
    """Return arrays of all samples with axes of length 1 behind the first: ``ndim`` for each."""
    missing = ndim - (full.ndim - 1)
    return full.reshape((len(full), *(1,) * missing, *full.shape[1:])) if missing else full


def _broadcast(function: Any, inputs: tuple[Any, ...]) -> Any:
    """Apply a function that goes by elements to all samples at once."""
    depth = deepest(inputs)
    like = next(x for x in inputs if isinstance(x, PerSample) and x.depth == depth)
    ndim = max(map(np.ndim, inputs))
    fulls = [in_front(x.full, ndim) if _is_at(x, depth) else x for x in inputs]
    found = function(*fulls)
    if isinstance(found, tuple):
        return tuple(type(like)(each, depth) for each in found)
    return type(like)(found, depth)


def each_sample(function: Callable[..., Any], args: Any, options: Any) -> Any:
    """Apply a function to one sample after the other, and put the results together."""
    depth = deepest((args, options))
    like = next(x for x in _arrays_in((args, options)) if x.depth == depth)
    count = len(like.full)
    if not count:
        raise ValueError(
            f"{getattr(function, '__name__', 'a function')} inside of vmap goes over the samples "
            "one after the other, and there is none: an empty batch has no shape of results"
        )
    found = [
        function(*sample_of(args, k, depth), **sample_of(options, k, depth)) for k in range(count)
    ]
    return _together(found, type(like), depth)


def _together(found: list[Any], kind: type[PerSample], depth: int) -> Any:
    first = found[0]
    if isinstance(first, (tuple, list)):
        columns = [_together(list(column), kind, depth) for column in zip(*found, strict=True)]
        return type(first)(columns) if type(first) in (tuple, list) else tuple(columns)
    check_shapes(found)
    return kind(np.stack(found), depth)


def check_shapes(found: list[Any]) -> None:
    """Raise ValueError unless the arrays of all samples have one shape."""
    shapes = {np.shape(each) for each in found}
    if len(shapes) > 1:
        raise ValueError(
            "inside of vmap the samples' arrays must have one shape, got "
            + ", ".join(map(str, sorted(shapes)[:3]))
            + ": what depends on the numbers of a sample, as x[x > 0] does, can't be mapped"
        )


def sample_of(tree: Any, k: int, depth: int) -> Any:
    """Return sample ``k`` of what is in nested lists, tuples and dicts."""
    if _is_at(tree, depth):
        found = tree.full[k]
        return found if isinstance(found, PerSample) else np.asarray(found)
    if isinstance(tree, dict):
        return {name: sample_of(x, k, depth) for name, x in tree.items()}
    if type(tree) in (list, tuple):
        return type(tree)(sample_of(x, k, depth) for x in tree)
    return tree


def deepest(tree: Any) -> int:
    """Return of which ``vmap`` the innermost samples are; 0 if there are none."""
    return max((x.depth for x in _arrays_in(tree)), default=0)


def _arrays_in(tree: Any) -> Iterator[PerSample]:
    if isinstance(tree, PerSample):
        yield tree
    elif isinstance(tree, (list, tuple, dict)):
        for each in tree.values() if isinstance(tree, dict) else tree:
            yield from _arrays_in(each)


def _is_at(x: Any, depth: int) -> bool:
    return isinstance(x, PerSample) and x.depth == depth


def _of_form(args: Any) -> Any:
    """Return arguments with an array of zeros, of the shape of one sample, for all samples'."""
    return tuple(
        np.broadcast_to(np.zeros((), x.dtype), x.shape) if isinstance(x, PerSample) else x
        for x in args
    )
