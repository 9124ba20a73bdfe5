"""Fusing chains of additions, ``b + w1*x1 + w2*x2``, into one instruction: ``sum`` or ``dot``.

A neuron is then one instruction whose inner loop is a multiply-add. The terms are added up in the
order of the chain, so the sum has the same bits.

Going backward, an eager chain passes its cotangent to a value when the walk comes to that value's
own addition or multiplication; a fused one passes it to all at once. Where that would change the
order in which a value's contributions are added up, and there are three or more, the chain is left
as it is: gradients are the eager engine's to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autograd.replay.native import native_function

Ints = npt.NDArray[np.int32]


class Instructions(NamedTuple):
    """Instructions in order: i is of kind ``code[i]``, on ``args[start[i]:start[i + 1]]``.

    Operands are numbers of instructions, or below zero for leaves.
    """

    code: Ints
    start: Ints
    args: Ints

    def same_as(self, other: Instructions) -> bool:
        """Whether two lists of instructions are equal."""
        return all(map(np.array_equal, self, other))


def share_subexpressions(given: Instructions) -> tuple[Instructions, Ints]:
    """Make one instruction of equal ones; return also the new place of each."""
    code, start, args = (array.copy() for array in given)
    n = code.size
    place = np.empty(n, np.int32)
    size = 1 << (2 * n).bit_length()
    count = _share(n, code, start, args, place, np.full(size, -1, np.int32), size)
    start = start[: count + 1]
    return Instructions(code[:count], start, args[: start[-1]]), place


def fuse_chains(
    given: Instructions, ends: Iterable[int], constants: Iterable[int], one: int
) -> tuple[Instructions, Ints]:
    """Return the instructions with chains fused, and the new places: −1 of those in chains.

    Parameters
    ----------
    given : Instructions
        Codes are places in a list that begins with ``instruction_kinds.FIRST_KINDS``.
    ends : iterable of int
        The values that must stay: what is returned, and conditions.
    constants : iterable of int
        The leaves that get no gradient.
    one : int
        The constant 1.0.
    """
    code, start, args = given
    n = code.size
    uses = np.bincount(args[args >= 0], minlength=n).astype(np.int32)
    np.add.at(uses, [x for x in ends if x >= 0], 2)  # for themselves: not once
    leaves = int(max(-args.min(initial=0), 0)) + 1
    gets_none = np.zeros(leaves, np.bool_)
    gets_none[[-x for x in constants if -x < leaves]] = True
    chains = Chains(*(np.empty(n, np.int32) for _ in Chains._fields))
    seen = [np.empty(n + leaves, np.int32) for _ in range(3)]
    kept = np.zeros(n, np.bool_)
    _find_chains(n, code, start, args, uses, kept, *chains)
    while _keep_reordered(n, code, start, args, leaves, gets_none, *chains, *seen, kept):
        _find_chains(n, code, start, args, uses, kept, *chains)
    stays = (chains.end < 0) | (chains.end == np.arange(n))
    made = np.full(n, -1, np.int32)
    made[stays] = np.arange(np.count_nonzero(stays), dtype=np.int32)
    of_chain = chains.end[stays] >= 0
    product = chains.product[stays] > 0
    terms = np.where(of_chain, chains.terms[stays] * (1 + product), np.diff(start)[stays])
    new_start = np.concatenate([[0], np.cumsum(terms)]).astype(np.int32)
    new_code = np.where(of_chain, product, code[stays]).astype(np.int32)  # SUM is 0, and DOT 1
    new_args = np.empty(new_start[-1], np.int32)
    _write(n, code, start, args, one, *chains, made, new_start, new_args)
    return Instructions(new_code, new_start, new_args), made


class Chains(NamedTuple):
    """Chains of additions, in arrays of the length of the instructions.

    Attributes
    ----------
    end : ndarray of int
        The last addition of the chain that an addition or a product is in; −1 if it is in none.
    extends : ndarray of int
        The addition before in the chain; −1 if it is the first, or none.
    terms : ndarray of int
        How many terms a chain has, up to an addition; of a product, its position among them.
    product : ndarray of int
        1 if there is a product among these; of a product in a chain, 1.
    """

    end: Ints
    extends: Ints
    terms: Ints
    product: Ints


_I = "int32*"


@native_function("int64", _I, _I, _I, _I, _I, "int64", gives="int64")
def _share(n, code, start, args, place, table, size):  # type: ignore[no-untyped-def]
    # In place; returns how many are left. The table has open addresses.
    count = 0
    begin = 0
    for i in range(n):
        end = start[i + 1]
        first = start[count]
        length = end - begin
        h = code[i] * 1000003
        for j in range(length):
            x = args[begin + j]
            if x >= 0:
                x = place[x]
            args[first + j] = x
            h = (h ^ x) * 1000003
            h ^= h >> 17
        h &= size - 1
        found = -1
        while table[h] >= 0 and found < 0:
            k = table[h]
            if code[k] == code[i] and start[k + 1] - start[k] == length:
                found = k
                for j in range(length):
                    if args[start[k] + j] != args[first + j]:
                        found = -1
            h = (h + 1) & (size - 1)
        begin = end
        if found < 0:
            table[h] = count
            code[count] = code[i]
            start[count + 1] = first + length
            found = count
            count += 1
        place[i] = found
    return count


@native_function("int64", _I, _I, _I, _I, "bool*", _I, _I, _I, _I)
def _find_chains(  # type: ignore[no-untyped-def]
    n, code, start, args, uses, kept, end, extends, terms, product
):
    for k in range(n):
        end[k] = -1
        extends[k] = -1
        if (code[k] != 0 and code[k] != 2) or kept[k]:  # SUM and ADD
            continue
        j = start[k]
        x = args[j]
        terms[k] = 0
        product[k] = 0
        if code[k] == 2 and x >= 0 and end[x] == x and uses[x] == 1:
            extends[k] = x
            end[x] = k
            terms[k] = terms[x]
            product[k] = product[x]
            j += 1
        for i in range(j, start[k + 1]):
            x = args[i]
            if x >= 0 and uses[x] == 1 and code[x] == 3:  # MUL
                product[k] = 1
                end[x] = k
                terms[x] = terms[k]
            terms[k] += 1
        end[k] = k
    # So far ``end`` is the next in the chain. Too short ones are none.
    for k in range(n - 1, -1, -1):
        if end[k] == k and terms[k] <= 2 and not product[k]:
            end[k] = -1
        elif end[k] >= 0:
            end[k] = end[end[k]]


@native_function(
    "int64", _I, _I, _I, "int64", "bool*", _I, _I, _I, _I, _I, _I, _I, "bool*", gives="int64"
)
def _keep_reordered(  # type: ignore[no-untyped-def]
    n, code, start, args, leaves, gets_none, end, extends, terms, product,
    last_end, last_position, count, kept,
):  # fmt: skip
    # Keep the chains that change the order of some value's contributions; return whether any did.
    # Going backward the eager engine comes to a value's uses from the last instruction to the
    # first, and in each from the first operand on; the fused tape to the position in the chain of
    # each. The order of two does not matter: a + b is b + a.
    for x in range(n + leaves):
        count[x] = 0
        last_end[x] = -1
    for write in range(2):
        for k in range(n - 1, -1, -1):
            for j in range(start[k], start[k + 1]):
                x = args[j]
                if end[k] >= 0 and code[k] != 3:
                    if extends[k] >= 0 and j == start[k]:
                        continue
                    if x >= 0 and end[x] >= 0 and code[x] == 3 and end[x] == end[k]:
                        continue  # a product in the chain: its factors are the chain's operands
                if x < 0 and gets_none[-x]:
                    continue
                value = leaves + x
                if not write:
                    count[value] += 1
                    continue
                e = k
                position = j - start[k]
                if end[k] >= 0:
                    e = end[k]
                    if code[k] == 3:
                        position += 2 * terms[k]
                    else:
                        before = terms[extends[k]] - 1 if extends[k] >= 0 else 0
                        position = 2 * (before + position)
                p = last_end[value]
                later = e > p or (e == p and position < last_position[value])
                if p >= 0 and count[value] > 2 and later:
                    kept[e] = 1
                last_end[value] = e
                last_position[value] = position
    found = 0
    for k in range(n):
        if end[k] >= 0 and kept[end[k]] and not kept[k]:
            kept[k] = 1
        if end[k] == k and kept[k]:
            found = 1
    return found


@native_function("int64", _I, _I, _I, "int64", _I, _I, _I, _I, _I, _I, _I)
def _write(  # type: ignore[no-untyped-def]
    n, code, start, args, one, end, extends, terms, product, made, new_start, new_args
):
    for k in range(n):
        if end[k] < 0:
            for j in range(start[k], start[k + 1]):
                new_args[new_start[made[k]] + j - start[k]] = args[j]
        elif code[k] != 3:
            e = end[k]
            width = 1 + product[e]
            at = new_start[made[e]]
            j = start[k]
            if extends[k] >= 0:
                at += terms[extends[k]] * width
                j += 1
            for i in range(j, start[k + 1]):
                x = args[i]
                if x >= 0 and end[x] == e and code[x] == 3:
                    new_args[at] = args[start[x]]
                    new_args[at + 1] = args[start[x] + 1]
                else:
                    new_args[at] = x
                    if width == 2:
                        new_args[at + 1] = one
                at += width
