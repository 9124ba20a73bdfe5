"""Fusing chains of additions, ``b + w1*x1 + w2*x2``, into one instruction: ``sum`` or ``dot``.

A neuron is then one instruction whose inner loop is a multiply-add. The terms are added up in the
order of the chain, so the sum has the same bits.

Going backward, an eager chain passes its cotangent to a value when the walk comes to that value's
own addition or multiplication; a fused one passes it to all at once. Where that would change the
order in which a value's contributions are added up, and there are three or more, the chain is left
as it is: gradients are the eager engine's to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

InstructionKind = tuple[str, tuple[tuple[str, Any], ...]]
Instruction = tuple[int, ...]  # the place of its kind in a list, and its operands
# A term of a chain: its factors, and the instruction that adds or multiplies them.
Term = tuple[tuple[int, ...], int]

SUM: InstructionKind = ("sum", ())
DOT: InstructionKind = ("dot", ())
ADD: InstructionKind = ("add", ())
MUL: InstructionKind = ("mul", ())

FIRST_KINDS = (SUM, DOT, ADD, MUL)  # the first in every list of kinds that instructions refer to
_SUM, _DOT, _ADD, _MUL = range(4)


class Chain(NamedTuple):
    """A chain of additions: its terms in order, and the instructions it makes superfluous."""

    terms: list[Term]
    inner: list[int]


def fuse_chains(
    instructions: Sequence[Instruction], ends: Iterable[int], constants: Collection[int], one: int
) -> tuple[list[Instruction], dict[int, int]]:
    """Return the instructions with chains fused, and the new places of those that are left.

    Parameters
    ----------
    instructions : sequence of (code, operands ...)
        A code is a place in a list that begins with ``FIRST_KINDS``. Operands are numbers of
        instructions, or below zero for leaves.
    ends : iterable of int
        The values that must stay: what is returned, and conditions.
    constants : collection of int
        The leaves that get no gradient.
    one : int
        The constant 1.0.
    """
    operands = _operands(instructions)
    needed = np.array([x for x in ends if x >= 0], np.int64).repeat(2)  # for themselves: not once
    used = np.concatenate([operands[0][operands[0] >= 0], needed])
    uses = np.bincount(used, minlength=len(instructions)).tolist()
    kept: set[int] = set()
    chains = _chains(instructions, uses, kept)
    while wrong := _reordered(operands, chains, constants):
        for end in wrong:
            kept |= {end, *chains[end].inner}
        chains = _chains(instructions, uses, kept)
    superfluous = {k for found in chains.values() for k in found.inner}
    made: list[Instruction] = []
    place: dict[int, int] = {}
    for k, instruction in enumerate(instructions):
        if k not in superfluous:
            place[k] = len(made)
            made.append(_as_instruction(chains[k].terms, one) if k in chains else instruction)
    return made, place


def _operands(instructions: Sequence[Instruction]) -> npt.NDArray[np.int64]:
    """Return (value, instruction, slot) for each operand."""
    lengths = np.fromiter(map(len, instructions), np.int64, len(instructions))
    flat = np.fromiter(chain.from_iterable(instructions), np.int64, int(lengths.sum()))
    by = np.repeat(np.arange(len(instructions)), lengths)
    slot = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths) - 1
    return np.stack([flat, by, slot])[:, slot >= 0]


def _chains(
    instructions: Sequence[Instruction], uses: list[int], kept: Collection[int]
) -> dict[int, Chain]:
    """Return the chains by their last additions; those in ``kept`` stay as they are."""
    chains: dict[int, Chain] = {}

    def take(found: Chain, x: int, k: int) -> None:
        if x >= 0 and uses[x] == 1 and instructions[x][0] == _MUL:
            found.terms.append((instructions[x][1:], x))
            found.inner.append(x)
        else:
            found.terms.append(((x,), k))

    for k, instruction in enumerate(instructions):
        code = instruction[0]
        if (code != _ADD and code != _SUM) or k in kept:
            continue
        first = instruction[1]
        if code == _ADD and first in chains and uses[first] == 1:
            found = chains.pop(first)
            found.inner.append(first)
            take(found, instruction[2], k)
        else:
            found = Chain([], [])
            for x in instruction[1:]:
                take(found, x, k)
        chains[k] = found
    return {k: c for k, c in chains.items() if len(c.terms) > 2 or _has_product(c.terms)}


def _has_product(terms: list[Term]) -> bool:
    return any(len(factors) == 2 for factors, _ in terms)


def _as_instruction(terms: list[Term], one: int) -> Instruction:
    if not _has_product(terms):
        return _SUM, *(factors[0] for factors, _ in terms)
    pairs = (factors if len(factors) == 2 else (*factors, one) for factors, _ in terms)
    return _DOT, *chain.from_iterable(pairs)


def _reordered(
    operands: npt.NDArray[np.int64], chains: dict[int, Chain], constants: Collection[int]
) -> set[int]:
    """Return the chains that change the order of some value's contributions.

    Going backward the eager engine comes to a use of a value at the operand ``slot`` of an
    instruction, and the fused tape at the operand ``position`` of the ``end`` of a chain.
    """
    if not chains:
        return set()
    in_chains = list(chain(chains, *(found.inner for found in chains.values())))
    value, by, slot = operands[:, ~np.isin(operands[1], in_chains)]
    rows = [
        (x, by, slot, end, 2 * position + slot)
        for end, found in chains.items()
        for position, (factors, by) in enumerate(found.terms)
        for slot, x in enumerate(factors)
    ]
    edges = np.concatenate([[value, by, slot, by, slot], np.array(rows).T], axis=1)
    edges = edges[:, ~np.isin(edges[0], list(constants))]
    value, _, _, end, position = edges[:, np.lexsort((edges[2], -edges[1], edges[0]))]
    same = value[1:] == value[:-1]
    earlier = (end[1:] > end[:-1]) | ((end[1:] == end[:-1]) & (position[1:] < position[:-1]))
    # The order of two does not matter: a + b is b + a.
    _, which, count = np.unique(value, return_inverse=True, return_counts=True)
    many = count[which[1:]] > 2
    return set(end[1:][same & earlier & many].tolist())
