"""Sums of products over named axes: einsum, tensordot and outer, as products of matrices."""

from __future__ import annotations

from itertools import count
from math import prod
from string import ascii_letters
from typing import Any

from autograd.replay.tensors import kernel_texts
from autograd.replay.tensors.memory_places import Place
from autograd.replay.tensors.row_lowering import summed
from autograd.replay.tensors.structural_lowering import batched_product
from autograd.replay.tensors.tensor_program import Program

Term = tuple[Place, str]  # an operand, and the names of its axes


def lower_einsum(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add Einstein's summation, of two operands at a time."""
    inputs, out = settings["subscripts"].split("->")
    return _contracted(program, places, inputs.split(","), out, dtype)


def lower_tensordot(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add the sum of products over pairs of axes."""
    x, y = places
    of_x, of_y = settings["axes"]
    one = ascii_letters[: x.view.ndim]
    rest = iter(ascii_letters[x.view.ndim :])
    pairs = dict(zip(of_y, of_x, strict=True))
    two = "".join(one[pairs[k]] if k in pairs else next(rest) for k in range(y.view.ndim))
    out = "".join(c for c in one + two if (c in one) != (c in two))
    return _contracted(program, places, [one, two], out, dtype)


def lower_outer(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add the products of all pairs."""
    flat = [program.contiguous(p).reshaped((-1,)) for p in places]
    return _contracted(program, flat, ["a", "b"], "ab", dtype)


def _contracted(
    program: Program, places: list[Place], terms: list[str], out: str, dtype: Any
) -> Place | None:
    lengths: dict[str, int] = {}
    for place, term in zip(places, terms, strict=True):
        for name, n in zip(term, place.shape, strict=True):
            if lengths.setdefault(name, n) != n:
                return None  # an axis of length 1, which is repeated
    if any(p.dtype != dtype for p in places):
        return None
    found, *rest = zip(places, terms, strict=True)
    for k in count(1):
        kept = set(out).union(*(term for _, term in rest))
        found = _without(program, found, kept)
        if not rest:
            break
        other = _without(program, rest.pop(0), {*out, *found[1]}.union(*terms[k + 1 :]))
        kept = set(out).union(*(term for _, term in rest))
        found = _product(program, found, other, kept)
    place, term = found
    return place.transposed([term.index(name) for name in out])


def _without(program: Program, operand: Term, kept: set[str]) -> Term:
    """Sum an operand over the axes that nobody else has."""
    place, term = operand
    axes = tuple(k for k, name in enumerate(term) if name not in kept)
    if not axes:
        return operand
    left = "".join(name for name in term if name in kept)
    shape = [n for k, n in enumerate(place.shape) if k not in axes]
    return summed(program, place, axes, program.new(shape, place.dtype)), left


def _product(program: Program, one: Term, two: Term, kept: set[str]) -> Term:
    """Multiply two operands, and sum over the axes of both that aren't kept."""
    (x, of_x), (y, of_y) = one, two
    lengths = {**dict(zip(of_x, x.shape, strict=True)), **dict(zip(of_y, y.shape, strict=True))}
    both = [name for name in of_x if name in of_y]
    shared, inner = ("".join(n for n in both if (n in kept) == keep) for keep in (True, False))
    rows = "".join(name for name in of_x if name not in of_y)
    columns = "".join(name for name in of_y if name not in of_x)

    def size(names: str) -> int:
        return prod(lengths[name] for name in names)

    def arranged(place: Place, term: str, names: str, *axes: int) -> Place:
        """Return an operand with its axes in an order, some taken together."""
        moved = place.transposed([term.index(name) for name in names])
        found = moved.seen_as(moved.view.reshape(axes))  # None if elements had to be copied
        return found or program.contiguous(moved).reshaped(axes)

    b, m, k, n = map(size, (shared, rows, inner, columns))
    if k == 1 or m * n == 1:  # element by element
        whole = shared + rows + columns + inner
        views = [
            place.transposed([term.index(name) for name in whole if name in term]).reshaped(
                [lengths[name] if name in term else 1 for name in whole]
            )
            for place, term in (one, two)
        ]
        book, text, _, used = kernel_texts.expression_of(("mul", ()), None)
        shape = tuple(lengths[name] for name in whole)
        found = program.elementwise("mul", text, used, views, book, shape, x.dtype)
        return _without(program, (found, whole), kept)
    left = arranged(x, of_x, shared + rows + inner, b, m, k)
    right = arranged(y, of_y, shared + inner + columns, b, k, n)
    found = batched_product(program, left, right, x.dtype)
    return found.reshaped([lengths[c] for c in shared + rows + columns]), shared + rows + columns


LOWERED = {"einsum": lower_einsum, "tensordot": lower_tensordot, "outer": lower_outer}
