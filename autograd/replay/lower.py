"""Lowering a graph to a tape of instructions, and a tape to a ``Recording``.

The graph is walked once, in the order of ``topological_order``: what no output depends on is
never reached, and what depends on no variable is a constant already. From then on it is arrays.
``fuse.py`` makes one instruction of equal ones, and one of each chain of additions.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.node.node import Node
from autograd.numbers.words import with_article
from autograd.replay.fuse import Instructions, fuse_chains, share_subexpressions
from autograd.replay.instruction_kinds import DOT, FIRST_KINDS, SUM, InstructionKind
from autograd.replay.recording import Recording
from autograd.replay.tracer import CHOOSE, DETACH, RELATIONS, Condition, Guard, check_float
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import key
from autograd.transforms import pytree
from autograd.values.value import Value
from autograd.walk.order import topological_order

_INTERNAL = frozenset({DETACH, *RELATIONS.values()})


def lower(
    result: Any, guards: list[Guard], inputs: list[Node], held: Iterable[Node] = ()
) -> tuple[Tape, list[Node]]:
    """Turn a graph into instructions, and return also the constants met in it.

    Parameters
    ----------
    result : pytree of Value
        What the function returned.
    guards : list of Guard
        The branches that it took.
    inputs : list of Value
        Its arguments' elements, in order.
    held : iterable of Value
        Leaves that live on outside of the function, and may change.
    """
    returned = pytree.leaves(result)
    if not any(isinstance(leaf, (Node, Condition)) for leaf in returned):
        raise TypeError(
            f"the function returned no Value but {_described(returned)}: there is nothing to "
            "replay. Return what it computes from its arguments, without taking the numbers out"
        )
    result = pytree.map_leaves(_as_result, result)
    returned = pytree.leaves(result)
    numbering = _Numbering(inputs, held)
    # The last root is walked first: the result's nodes get the order that its backward() walks.
    roots = [leaf for leaf in returned if isinstance(leaf, Node)]
    numbering.add(topological_order(*(guard.node for guard in guards), *reversed(roots)))
    given = [numbering.number_of(leaf) for leaf in returned]
    conditions = [numbering.number_of(guard.node) for guard in guards]
    one = numbering.constant(1.0)
    instructions, place = share_subexpressions(numbering.instructions())
    outputs, conditions = (
        [x if x < 0 else int(place[x]) for x in numbers] for numbers in (given, conditions)
    )
    asked = dict.fromkeys(zip(conditions, (guard.outcome for guard in guards), strict=True))
    tape = Tape(
        inputs=numbering.inputs,
        outside=list(numbering.outside.items()),
        constants=numbering.constants,
        kinds=list(numbering.codes),
        instructions=instructions,
        outputs=outputs,
        asked=list(asked),
        one=one,
        result=pytree.rebuild(result, iter([None] * len(returned))),
    )
    return tape, numbering.plain


@dataclass
class Tape:
    """Instructions in order, their values numbered: leaves from −1 down, results from 0 up."""

    inputs: int
    outside: list[tuple[Node, int]]
    constants: dict[bytes, int]
    kinds: list[InstructionKind]
    instructions: Instructions
    outputs: list[int]
    asked: list[tuple[int, bool]]
    one: int
    result: Any

    def same_as(self, other: Tape) -> bool:
        """Whether two tapes compute the same."""
        mine, theirs = ([id(node) for node, _ in tape.outside] for tape in (self, other))
        return (
            mine == theirs
            and self.constants == other.constants
            and self.kinds == other.kinds
            and self.instructions.same_as(other.instructions)
            and (self.outputs, self.asked) == (other.outputs, other.asked)
            and repr(self.result) == repr(other.result)
        )

    def recording(self, arguments: tuple[Any, ...] = ()) -> Recording:
        """Fuse chains of additions, and put all in flat arrays: leaves first, by what they are."""
        ends = [*self.outputs, *(number for number, _ in self.asked)]
        constants = self.constants.values()
        instructions, place = fuse_chains(self.instructions, ends, constants, self.one)
        numbers = (*range(-1, -1 - self.inputs, -1), *(k for _, k in self.outside), *constants)
        of_leaf = np.zeros(len(numbers) + 1, np.int32)
        of_leaf[-np.array(numbers, np.int64)] = np.arange(len(numbers))

        def numbered(values: npt.ArrayLike, of_result: npt.ArrayLike) -> Any:
            v = np.asarray(values, np.int64)
            results = np.asarray(of_result)[np.maximum(v, 0)] + len(numbers)
            return np.where(v < 0, of_leaf[np.maximum(-v, 0)], results).astype(np.int32)

        place = np.append(place, 0)  # there may be no instruction
        used, code = np.unique(instructions.code, return_inverse=True)
        return Recording(
            arguments=arguments,
            inputs=self.inputs,
            outside=[node for node, _ in self.outside],
            constants=np.frombuffer(b"".join(self.constants)).copy(),
            kinds=[self.kinds[k] for k in used],
            code=code.astype(np.int32),
            start=instructions.start,
            args=numbered(instructions.args, place),
            outputs=numbered(self.outputs, place),
            result=self.result,
            guards=numbered([number for number, _ in self.asked], place),
            outcomes=np.array([outcome for _, outcome in self.asked], np.float64),
        )


class _Numbering:
    """Numbers values as they are met."""

    def __init__(self, inputs: Iterable[Node], held: Iterable[Node]) -> None:
        self.numbers = {node: -1 - k for k, node in enumerate(inputs)}
        self.inputs = self.leaves = len(self.numbers)
        self.held = set(held)
        self.outside: dict[Node, int] = {}
        self.constants: dict[bytes, int] = {}
        self.plain: list[Node] = []
        self.codes: dict[InstructionKind, int] = {
            kind: code for code, kind in enumerate(FIRST_KINDS)
        }
        self._plain_codes: dict[Any, int] = {}
        self._code_of: list[int] = []
        self._ends: list[int] = []
        self._args: list[int] = []

    def add(self, order: Iterable[Node]) -> None:
        """Number the nodes of a topological order."""
        numbers, plain_codes, leaf = self.numbers, self._plain_codes, self._leaf
        get, add_code, add_args = numbers.get, self._code_of.append, self._args.extend
        add_end, args = self._ends.append, self._args
        for k, node in enumerate(order):
            a, b, op = node._a, node._b, node.op
            if node.params is None and type(b) is type(a) is Value:  # two Values: most of a graph
                code = plain_codes.get(op)
                if code is None:
                    code = plain_codes[op] = self._code((key(op), ()))  # type: ignore[arg-type]
                x, y = get(a), get(b)
                add_code(code)
                add_args((leaf(a) if x is None else x, leaf(b) if y is None else y))
            else:
                code, *operands = self._instruction(node)
                add_code(code)
                add_args(operands)
            add_end(len(args))
            numbers[node] = k

    def instructions(self) -> Instructions:
        """Return an instruction for each node that was added."""
        start = np.array([0, *self._ends], np.int32)
        return Instructions(
            np.array(self._code_of, np.int32), start, np.array(self._args, np.int32)
        )

    def number_of(self, x: Any) -> int:
        """Return the number of a node that was added, or of a leaf or a constant."""
        if not isinstance(x, Node):
            return self.constant(x)
        number = self.numbers.get(x)
        return self._leaf(x) if number is None else number

    def constant(self, x: Any) -> int:
        """Return the number of a constant: one for all that are equal to the last bit."""
        return self._new(self.constants, struct.pack("d", x))

    def _new(self, numbers: dict[Any, int], of: Any) -> int:
        found = numbers.get(of)
        if found is None:
            self.leaves += 1
            found = numbers[of] = -self.leaves
        return found

    def _leaf(self, node: Node) -> int:
        check_float(node)
        if node in self.held:
            number = self._new(self.outside, node)
        else:
            number = self.constant(node._data)
            self.plain.append(node)
        self.numbers[node] = number
        return number

    def _instruction(self, node: Node) -> tuple[int, ...]:
        op: Any = node.op
        operands = tuple(map(self.number_of, node.parents))
        if op in _INTERNAL:
            return self._code((op.name, ())), *operands
        if op is CHOOSE:
            return self._code(("where", (("condition", ...),))), *operands[1:], operands[0]
        name = key(op)
        if name in _ROWS:
            kind, operands = _ROWS[name](operands, self.constant(0.0), self.constant(1.0))
            return self._code(kind), *operands
        if node._rank or not isinstance(op, Elementwise):
            raise TypeError(
                f"{op.name!r} can't be recorded for replay, only what Values and arrays of Values "
                "compute: leave out the Tensor. Elementwise ops, total, dot, affine, softmax and "
                "NumPy's reductions take arrays of Values as they are"
            )
        params = node.params or {}
        settings = tuple((k, ... if _is_number(v) else v) for k, v in params.items())
        given = [self.constant(v) for v in params.values() if _is_number(v)]
        return self._code((name, settings)), *operands, *given

    def _code(self, kind: InstructionKind) -> int:
        return self.codes.setdefault(kind, len(self.codes))


# How the n-ary ops on rows of Values become the two instructions that there are for sums: from
# their operands and the constants 0.0, which Python's sum begins with, and 1.0.

Operands = tuple[int, ...]


def _total(xs: Operands, zero: int, one: int) -> tuple[InstructionKind, Operands]:
    return SUM, (zero, *xs)


def _dot(operands: Operands, zero: int, one: int) -> tuple[InstructionKind, Operands]:
    half = len(operands) // 2
    pairs = zip(operands[:half], operands[half:], strict=True)
    return DOT, (zero, one, *chain.from_iterable(pairs))


def _neuron(operands: Operands, zero: int, one: int) -> tuple[InstructionKind, Operands]:
    half = len(operands) // 2
    pairs = zip(operands[:half], operands[half:-1], strict=True)
    return DOT, (operands[-1], one, *chain.from_iterable(pairs))


_ROWS = {"total": _total, "dot": _dot, "neuron": _neuron}


def _as_result(where: str, leaf: Any) -> Any:
    """Return a leaf of what the function returned as a Value or a number, or as many of them."""
    if isinstance(leaf, Condition):
        return leaf.node
    if isinstance(leaf, (Node, Real, np.bool_)):
        return leaf
    if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fiub":
        return leaf.astype(object)
    raise TypeError(
        f"the function returned {with_article(leaf)} at {where}, beside Values, and a replay "
        "gives only numbers and containers of numbers: leave it out"
    )


def _is_number(setting: Any) -> bool:
    return isinstance(setting, (bool, int, float, np.bool_, np.integer, np.floating))


def _described(returned: list[Any]) -> str:
    if not returned:
        return "an empty container"
    kinds = sorted({type(leaf).__name__ for leaf in returned})
    several = f"{len(returned)} of type {' and '.join(kinds)}"
    return several if len(returned) > 1 else with_article(returned[0])
