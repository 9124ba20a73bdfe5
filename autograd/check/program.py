"""Programs as data: a list of instructions, each an op applied to earlier results.

A list can share interior results and use one twice, which a tree of expressions can't; and
Hypothesis shrinks it to the one to three instructions that matter.
"""

from __future__ import annotations

import re
from ast import literal_eval
from dataclasses import dataclass
from inspect import Parameter, Signature
from string import ascii_lowercase
from typing import Any

from autograd.node.node import Node
from autograd.numbers.words import with_article
from autograd.rules.op_registry import get


@dataclass(frozen=True)
class Instruction:
    """One op on earlier results, which are counted from the inputs on.

    Attributes
    ----------
    op : str
        Its name.
    operands : tuple of int
        The numbers of the inputs and results that it takes: 0 for the first input.
    settings : tuple of (str, value)

    Examples
    --------
    >>> Instruction.parse("leaky_relu b slope=0.5")
    Instruction(op='leaky_relu', operands=(1,), settings=(('slope', 0.5),))
    """

    op: str
    operands: tuple[int, ...]
    settings: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def parse(cls, line: str) -> Instruction:
        """Read an op, the letters of its operands, and its settings."""
        if not isinstance(line, str):
            raise TypeError(f"an op is named by a str, got {with_article(line)}")
        op, *words = line.split() or [""]
        if not op:
            raise ValueError(f"an instruction is an op and operands, as in 'mul a b', got {line!r}")
        pairs = [word.partition("=") for word in words]
        operands = tuple(_place(name) for name, is_setting, _ in pairs if not is_setting)
        return cls(
            op, operands, tuple((k, _setting(x)) for k, is_setting, x in pairs if is_setting)
        )


@dataclass(frozen=True)
class Program:
    """A function given by its instructions; the last one's result is the function's.

    Ops are looked up when the program is called, so that it runs on what is registered then.

    Attributes
    ----------
    inputs : int
        How many there are.
    instructions : tuple of Instruction

    Examples
    --------
    >>> f = Program.parse("a b; mul a b; sin c; add c d")
    >>> f
    Program.parse('a b; mul a b; sin c; add c d')
    >>> print(f)
    c = mul(a, b); d = sin(c); e = add(c, d)
    >>> f(0.0, 3.0)
    0.0
    >>> Program.parse("a; sin a; cos a").used  # the sine leads nowhere
    Program.parse('a; cos a')
    """

    inputs: int
    instructions: tuple[Instruction, ...]

    def __post_init__(self) -> None:
        if not self.inputs and not self.instructions:
            raise ValueError("a program is some inputs and instructions, as in 'a b; mul a b'")
        for k, step in enumerate(self.instructions, self.inputs):
            if not isinstance(step, Instruction):
                raise TypeError(f"a program is made of Instructions, got {with_article(step)}")
            for j in step.operands:
                if not 0 <= j < k:
                    raise ValueError(
                        f"{step.op!r} takes {_name(j)!r}, which isn't there: so far there are "
                        f"{', '.join(map(_name, range(k))) or 'no inputs'}"
                    )

    def __call__(self, *xs: Any) -> Any:
        if len(xs) != self.inputs:
            raise TypeError(f"the program takes {self.inputs} inputs, got {len(xs)}")
        results = list(xs)
        for step in self.instructions:
            operands = (results[k] for k in step.operands)
            result = get(step.op)(*operands, **dict(step.settings))
            if isinstance(result, Node) and result.op is not None:
                result.label = _name(len(results))
            results.append(result)
        return results[-1]

    @property
    def __signature__(self) -> Signature:
        names = map(_name, range(self.inputs))
        return Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in names])

    @property
    def used(self) -> Program:
        """The program without the instructions that its result doesn't depend on."""
        last = self.inputs + len(self.instructions) - 1
        needed = {last}
        for k in range(last, self.inputs - 1, -1):
            if k in needed:
                needed.update(self.instructions[k - self.inputs].operands)
        kept = [*range(self.inputs), *sorted(k for k in needed if k >= self.inputs)]
        place = {old: new for new, old in enumerate(kept)}
        steps = (self.instructions[k - self.inputs] for k in kept[self.inputs :])
        return Program(
            self.inputs,
            tuple(
                Instruction(s.op, tuple(place[k] for k in s.operands), s.settings) for s in steps
            ),
        )

    @classmethod
    def parse(cls, text: str) -> Program:
        """Read what ``repr`` writes: the inputs' names, then an op and its operands each."""
        if not isinstance(text, str):
            raise TypeError(f"a program is parsed from a str, got {with_article(text)}")
        first, *rest = text.split(";")
        inputs = first.split()
        return cls(len(inputs), tuple(map(Instruction.parse, rest)))

    def __repr__(self) -> str:
        lines = [" ".join(map(_name, range(self.inputs)))]
        for step in self.instructions:
            settings = (f"{name}={value!r}" for name, value in step.settings)
            lines.append(" ".join((step.op, *map(_name, step.operands), *settings)))
        return f"Program.parse({'; '.join(lines)!r})"

    def __str__(self) -> str:
        lines = []
        for k, step in enumerate(self.instructions, self.inputs):
            settings = (f"{name}={value!r}" for name, value in step.settings)
            arguments = ", ".join((*map(_name, step.operands), *settings))
            lines.append(f"{_name(k)} = {step.op}({arguments})")
        return "; ".join(lines)


def _name(k: int) -> str:
    """Return a, b … z, a1, b1 …"""
    round_, letter = divmod(k, 26)
    return ascii_lowercase[letter] + (str(round_) if round_ else "")


def _place(name: str) -> int:
    if not re.fullmatch(r"[a-z][0-9]*", name):
        raise ValueError(f"an operand is a letter, as in 'mul a b', got {name!r}")
    return ascii_lowercase.index(name[0]) + 26 * int(name[1:] or 0)


def _setting(text: str) -> Any:
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        return float(text)  # inf and nan are no literals
