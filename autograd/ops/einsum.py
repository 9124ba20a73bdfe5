"""Einstein's summation."""

from __future__ import annotations

from string import ascii_letters
from typing import Any

import numpy as np

from autograd.numbers.protocols import Numeric
from autograd.numbers.words import with_article
from autograd.ops.diagonals import diagonal
from autograd.ops.products import contract
from autograd.ops.scalars import operand
from autograd.rules.batch_rules import Batch
from autograd.rules.define import structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_operands


def _pullback(g: Any, *operands: Any, subscripts: str, optimize: Any = False) -> list[Any]:
    xs = operands[:-1]
    terms, out = _terms(subscripts)
    return [_part(k, g, xs, terms, out, bool(optimize)) for k in range(len(xs))]


def _part(k: int, g: Any, xs: tuple[Any, ...], terms: list[str], out: str, optimize: bool) -> Any:
    """Sum the cotangent with the other operands over the indices that operand ``k`` hasn't."""
    others = [term for j, term in enumerate(terms) if j != k]
    known = set(out).union(*others)
    target = "".join(i for i in terms[k] if i in known)
    subscripts = f"{','.join([out, *others])}->{target}"
    found = contract(
        lambda g, *ys: _einsum(g, *ys, subscripts=subscripts, optimize=optimize),
        g,
        *(x for j, x in enumerate(xs) if j != k),
    )
    # An index of this operand alone was only summed over: there the walk repeats the cotangent.
    lengths = iter(found.shape)
    return found.reshape(tuple(next(lengths) if i in known else 1 for i in terms[k]))


def _terms(subscripts: str) -> tuple[list[str], str]:
    inputs, out = subscripts.split("->")
    return inputs.split(","), out


def _einsum_all(batch: Batch) -> Any:
    terms, out = _terms(batch.setting("subscripts"))
    samples = next(c for c in ascii_letters if c not in batch.setting("subscripts"))
    own = [samples * at + term for at, term in zip(batch.mapped, terms, strict=True)]
    return batch.apply(*batch.xs, subscripts=f"{','.join(own)}->{samples}{out}")


# Its subscripts have no ellipsis, an output, and no index twice in one operand.
_einsum = structural(
    "einsum",
    lambda *xs, subscripts, optimize=False: np.einsum(subscripts, *xs, optimize=optimize),
    _pullback,
    arity=None,
    symbol="Σ",
    doc="The sum of products of elements with the indices that the subscripts say.",
    batched=_einsum_all,
)


@stands_for(np.einsum)
@of_operands
def einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Numeric:
    """Return a sum of products in Einstein's notation: ``subscripts`` names the axes.

    Parameters
    ----------
    subscripts : str
        As in NumPy: ``"ij,jk->ik"``. An index that the output leaves out is summed over; one that
        is twice in an operand takes its diagonal; ``...`` is any further axes, which broadcast.
        Without ``->``, the output has the indices that occur once, in alphabetical order. NumPy's
        other form, ``einsum(x, [0, 1], y, [1, 2])``, is taken too.
    *operands : array or Tensor
        One for each of the comma-separated terms.
    optimize : bool or str
        As in NumPy: whether to look for a good order to multiply many operands in.

    Returns
    -------
    array or Tensor

    Raises
    ------
    TypeError
        If ``subscripts`` isn't text.
    ValueError
        If it doesn't fit the operands.

    Examples
    --------
    >>> from autograd import Tensor, einsum
    >>> A = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> einsum("ii", A).backward()
    >>> A.grad
    array([[1., 0.],
           [0., 1.]])
    """
    if not isinstance(subscripts, str) and operands:
        subscripts, operands = _from_lists(subscripts, *operands)
    if not isinstance(subscripts, str):
        raise TypeError(
            "einsum takes its subscripts as text, as in 'ij,jk->ik', got "
            + with_article(subscripts)
        )
    xs = [operand(x) for x in operands]
    terms, out = _explicit(subscripts.replace(" ", ""), [x.ndim for x in xs])
    for k, term in enumerate(terms):
        xs[k], terms[k] = _without_repeats(xs[k], term)
    return _einsum(*xs, subscripts=f"{','.join(terms)}->{out}", optimize=optimize)


def _from_lists(*given: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the text for operands that are each followed by a list of whole numbers."""
    *pairs, last = (*given, None) if len(given) % 2 == 0 else given
    lists = [*pairs[1::2], *([] if last is None else [last])]
    if not all(isinstance(each, (list, tuple)) for each in lists):
        return given[0], given[1:]  # which is refused
    terms = ["".join("..." if k is Ellipsis else ascii_letters[k] for k in each) for each in lists]
    arrow = "" if last is None else f"->{terms.pop()}"
    return ",".join(terms) + arrow, tuple(pairs[::2])


def _explicit(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """Return the terms and the output with letters in place of ``...``."""
    inputs, arrow, out = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ranks):
        raise ValueError(
            f"einsum {subscripts!r} has {len(terms)} terms, and {len(ranks)} operands were given"
        )
    named = [term.replace("...", "") for term in terms]
    for term, letters, rank in zip(terms, named, ranks, strict=True):
        if len(letters) > rank or (len(letters) < rank and "..." not in term):
            raise ValueError(
                f"einsum {subscripts!r}: the term {term!r} is for an operand of {len(letters)} "
                f"axes, got one of {rank}"
            )
    extra = [rank - len(letters) for rank, letters in zip(ranks, named, strict=True)]
    free = "".join(c for c in ascii_letters if c not in subscripts)[: max(extra, default=0)]
    if not arrow:
        every = "".join(named)
        out = "..." + "".join(sorted(c for c in set(every) if every.count(c) == 1))
    elif free and "..." not in out:
        raise ValueError(f"einsum {subscripts!r}: the output needs an ellipsis, as the input has")
    filled = [
        term.replace("...", free[len(free) - n :]) for term, n in zip(terms, extra, strict=True)
    ]
    return filled, out.replace("...", free)


def _without_repeats(x: Any, term: str) -> tuple[Any, str]:
    """Take the diagonal of every two axes with the same index."""
    for index in sorted(set(term)):
        while term.count(index) > 1:
            first, second = term.index(index), term.rindex(index)
            if x.shape[first] != x.shape[second]:
                raise ValueError(
                    f"einsum: the index {index!r} is twice in a term, for axes of lengths "
                    f"{x.shape[first]} and {x.shape[second]}"
                )
            x = diagonal(x, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + index
    return x, term
