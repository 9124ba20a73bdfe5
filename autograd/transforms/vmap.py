"""``vmap``: a function of one sample, made a function of all samples at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple

import numpy as np
from numpy.exceptions import AxisError
from numpy.lib.array_utils import normalize_axis_index

from autograd.node.mode import current_mode
from autograd.node.node import Node, raw
from autograd.numbers.per_sample import PerSample
from autograd.numbers.words import shown, with_article
from autograd.ops.scalars import operand
from autograd.ops.shape import moveaxis
from autograd.transforms.function_arguments import check_function
from autograd.transforms.pytree import children, is_container, paths, rebuild
from autograd.values.batched import (
    Batched,
    Samples,
    batched,
    constant,
    one_deeper,
    without_batch,
)

Axes = Any  # an int or None, or nested as what it is about: each stands for all below it


def vmap(f: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """Return a function that applies ``f`` to all samples of a batch at once.

    ``f`` is written for one sample, and sees arrays without the batch axis. Every op of it is
    computed once, for all samples together, so that it takes little more than one call of ``f``.
    ``vmap(grad(loss), in_axes=(None, 0, 0))`` computes the gradient of each sample.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or pytrees of them, that returns such. It is called once.
    in_axes : int, None, or a tuple or list of them
        For each positional argument, the axis that the samples are along; None for an argument
        that is the same for all. One for all arguments, or one for each; for an argument that is a
        pytree also such a pytree of axes, or the beginning of one. Keyword arguments are the same
        for all samples.
    out_axes : int, None, or a pytree of them
        Where the axis of the samples is to be in the result. None for a result that is the same
        for all samples.

    Returns
    -------
    callable
        It takes the arguments of ``f``, with the axis of the samples in them, and returns what
        ``f`` does for each sample, along ``out_axes``: plain arrays, unless the result depends on
        a variable; then Tensors, through which gradients flow.

    Raises
    ------
    TypeError, ValueError
        If ``f`` is no function or ``in_axes`` doesn't fit the arguments. By the function: if the
        arguments haven't such an axis, the numbers of samples differ, there is no argument to map,
        or ``f`` takes one number out, as ``float(x)`` does.

    Notes
    -----
    A branch such as ``if x > 0`` is taken where all samples take the same; where they differ, a
    ValueError names ``where``. Integers and booleans are plain arrays inside, one for each
    sample, and may be indices. What is drawn at random inside is drawn once, and the same for all
    samples. ``docs/vmap.md`` says which ops go over the samples one after the other.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad, vmap
    >>> vmap(lambda x, y: x @ y)(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2)))
    array([3., 7.])
    >>> loss = lambda w, x, y: (w @ x - y) ** 2
    >>> w, X, y = np.array([1.0, 2.0]), np.array([[1.0, 0.0], [3.0, 4.0]]), np.array([0.0, 10.0])
    >>> vmap(grad(loss), in_axes=(None, 0, 0))(w, X, y)
    array([[2., 0.],
           [6., 8.]])
    """
    check_function(f, "vmap")
    _check_axes("in_axes", in_axes)
    _check_axes("out_axes", out_axes)

    @wraps(f, updated=())
    def mapped(*args: Any, **kwargs: Any) -> Any:
        if (tracer := current_mode().tracer) is not None:
            tracer.refuse("vmap", "call jit inside of the function, or leave it out")
        axes = _axes_of_arguments(in_axes, args)
        given = [
            _Given(*each)
            for k, x in enumerate(args)
            for each in _along("in_axes", axes[k], x, f"argument {k}")
        ]
        size = _size(given)
        with one_deeper(size) as depth:
            inside = rebuild(args, iter([each.inside(depth) for each in given]))
            result = f(*inside, **kwargs)
            found = [
                _outside(*each, depth, size)
                for each in _along("out_axes", out_axes, result, "the result")
            ]
        return rebuild(result, iter(found))

    return mapped


# Axes --------------------------------------------------------------------------------------------


def _check_axes(what: str, axes: Axes) -> None:
    for at, axis in paths(axes, what):
        if axis is not None and type(axis) is not int:
            raise TypeError(
                f"{at} must be an int, or None for what is the same for all samples, got "
                f"{shown(axis)}"
            )


def _axes_of_arguments(in_axes: Axes, args: tuple[Any, ...]) -> tuple[Axes, ...]:
    if not isinstance(in_axes, (tuple, list)):
        return (in_axes,) * len(args)
    if len(in_axes) != len(args):
        raise ValueError(
            f"in_axes has {len(in_axes)} axes for {len(args)} positional arguments: give one for "
            "each, or one int for all"
        )
    return tuple(in_axes)


def _along(what: str, axes: Axes, tree: Any, at: str) -> Iterator[tuple[str, Any, int | None]]:
    """Yield the place of each leaf, the leaf, and its axis: an axis stands for all below it."""
    if not is_container(axes):
        yield from ((place, leaf, axes) for place, leaf in paths(tree, at))
        return
    known, given = dict(children(axes)), dict(children(tree)) if is_container(tree) else {}
    if not is_container(tree) or known.keys() != given.keys():
        raise ValueError(
            f"{what} of {at or 'the arguments'} is {axes!r}, which isn't nested as that is: give "
            "one axis for all of it, or one for each part"
        )
    for key, child in given.items():
        yield from _along(what, known[key], child, f"{at}[{key!r}]")


# Into the function, and out of it ----------------------------------------------------------------


class _Given(NamedTuple):
    """A leaf of an argument, and the axis of its samples; None if it is the same for all."""

    at: str
    leaf: Any
    axis: int | None

    @property
    def in_front(self) -> Any:
        """The leaf with its samples along the first axis."""
        if self.axis is None:
            return self.leaf
        x = operand(self.leaf)
        if not isinstance(x, Node) and x.dtype.kind not in "biufc":
            got = x.dtype if x is self.leaf else with_article(self.leaf)
            raise TypeError(f"{self.at} must be numbers to be mapped, got {got}")
        try:
            axis = normalize_axis_index(self.axis, x.ndim)
        except (AxisError, OverflowError):
            raise ValueError(
                f"{self.at} has no axis {self.axis} of samples: it is {_described(x)}"
            ) from None
        return moveaxis(x, axis, 0) if axis else x

    def inside(self, depth: int) -> Any:
        """Return the leaf as the function sees it: for one sample."""
        x = self.in_front
        if self.axis is None:
            return x
        if not isinstance(x, Node) and x.dtype.kind != "f":
            return Samples(x if isinstance(x, PerSample) else x.copy(), depth)
        return batched(x if isinstance(x, Node) else constant(x), depth)


def _described(x: Any) -> str:
    if not x.ndim:
        return (
            "a number, or an array without axes; a list, a tuple or a dict is a pytree of "
            "arguments: make it an array, or say in_axes=None"
        )
    return f"an array of shape {x.shape}"


def _size(given: list[_Given]) -> int:
    """Return how many samples there are."""
    sizes = {each.at: len(each.in_front) for each in given if each.axis is not None}
    if not sizes:
        raise ValueError(
            "vmap needs an argument with an axis of samples: every one of in_axes is None, or "
            "nothing was given by position"
        )
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{size} in {at}" for at, size in sizes.items())
        raise ValueError(
            f"vmap needs as many samples in every argument, got {told}: say in_axes, or None for "
            "what is the same for all samples"
        )
    return next(iter(sizes.values()))


def _outside(at: str, y: Any, axis: int | None, depth: int, size: int) -> Any:
    """Return a leaf of the result for all samples, along its axis."""
    if y is None:
        return None
    if not isinstance(y, (Node, PerSample, np.ndarray, np.generic, bool, int, float, complex)):
        raise TypeError(
            f"a function for vmap must return numbers, arrays or nodes; {at} is {with_article(y)}"
        )
    if axis is None:
        if isinstance(y, (Batched, PerSample)) and y.depth == depth:
            raise ValueError(
                f"{at} is different for each sample, and out_axes says None: give it an axis"
            )
        return _plain_unless_variable(y)
    full = without_batch(y, depth, size)
    try:
        place = normalize_axis_index(axis, full.ndim)
    except (AxisError, OverflowError):
        raise ValueError(
            f"{at} has {full.ndim} axes with that of the samples: out_axes={axis} is none of them"
        ) from None
    return _plain_unless_variable(moveaxis(full, 0, place) if place else full)


def _plain_unless_variable(x: Any) -> Any:
    if isinstance(x, Node) and not isinstance(x, Batched):
        return x if x.requires_grad else _own(raw(x))
    return _own(x)


def _own(x: Any) -> Any:
    return np.array(x) if isinstance(x, np.ndarray) else x
