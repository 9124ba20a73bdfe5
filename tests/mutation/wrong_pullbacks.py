"""Bugs to plant in structural ops: a pullback whose numbers, places or sums are wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from structural_cases import EXAMPLES, POSITIONS, A, B, normal

import autograd as ag
from autograd.ops.scalars import Scattered
from autograd.rules.op_registry import get

Program = Callable[..., Any]
CUBE = normal(3, 3, 3)
SQUARE, OTHER = normal(3, 3), normal(3, 3)


@dataclass(frozen=True)
class WrongPullback:
    """A structural op with another pullback, and a program that uses it."""

    op: str
    k: int
    kind: str
    wrong: Callable[..., Any]
    program: Program
    inputs: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.op}-{self.k}-{self.kind}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        op = get(self.op)
        right, vjps = op.vjp, op.vjps
        op.vjp = lambda *given, **settings: self.wrong(right, *given, **settings)
        op.vjps = ()
        try:
            yield
        finally:
            op.vjp, op.vjps = right, vjps


def times(number: float, part: Any) -> Any:
    """A contribution to one operand, or to a row of them, times a number."""
    if isinstance(part, Scattered):
        return Scattered(part.shape, part.dtype, [(k, g * number) for k, g in part._terms])
    return [g * number for g in part] if isinstance(part, (list, tuple)) else part * number


def multiplied(k: int, number: float) -> Callable[..., Any]:
    def wrong(right: Program, *given: Any, **settings: Any) -> list[Any]:
        parts = list(right(*given, **settings))
        parts[k] = times(number, parts[k])
        return parts

    return wrong


def instead(pullback: Callable[..., Any]) -> Callable[..., Any]:
    return lambda right, *given, **settings: pullback(*given, **settings)


def swapped(right: Program, *given: Any, **settings: Any) -> Any:
    return right(*given, **settings)[::-1]


PASSES_NOTHING = {"imag"}  # of real arrays: no factor of it is wrong
ROWS = {"neuron": 2, "dot": 2}  # two rows of operands, whatever the arrays they are from


def in_every_op() -> Iterator[WrongPullback]:
    """Yield, for each operand of each structural op, a relative error of 1e-8 and a gross bug."""
    gross = {"sign": -1.0, "factor": 2.0, "lost": 0.0}
    names = list(gross)
    for op in dict.fromkeys(e.op for e in EXAMPLES if e.op not in PASSES_NOTHING):
        example = next(e for e in EXAMPLES if e.op == op)
        for k in range(ROWS.get(op, len(example.inputs))):
            at = example.ours, example.inputs
            yield WrongPullback(op, k, "slightly", multiplied(k, 1 + 1e-8), *at)
            names.append(names.pop(0))
            yield WrongPullback(op, k, names[0], multiplied(k, gross[names[0]]), *at)


def _last_one_wins(g: Any, x: Any, z: Any, *, index: Any) -> tuple[Any]:
    out = np.zeros(x.shape, g.dtype)
    out[index] = g
    return (out,)


def _mistake(op: str, kind: str, pullback: Any, program: Program, *inputs: Any) -> WrongPullback:
    wrong = swapped if pullback is swapped else instead(pullback)
    return WrongPullback(op, 0, kind, wrong, program, inputs)


# What people write.
MISTAKES = [
    _mistake("sum", "doubled-for-each", lambda g, x, z, **s: (g * x.size,), ag.sum, A),
    _mistake("mean", "not-divided", lambda g, x, z, **s: (g,), ag.mean, A),
    _mistake("mean", "divided-by-all", lambda g, x, z, **s: (g / x.size,),
             lambda x: ag.mean(x, axis=1, keepdims=True), A),
    _mistake("cumsum", "not-reversed", lambda g, x, z, axis: (np.cumsum(g, axis),),
             lambda x: ag.cumsum(x, 0), A),
    _mistake("cumsum", "shifted", lambda g, x, z, axis: (np.cumsum(g[::-1], axis)[::-1] - g,),
             lambda x: ag.cumsum(x, 0), A),
    _mistake("prod", "not-divided", lambda g, x, z, **s: (g * z * np.ones_like(x),), ag.prod, B),
    _mistake("transpose", "same-axes-again", lambda g, x, z, axes: (g.transpose(axes),),
             lambda x: ag.transpose(x, (1, 2, 0)), CUBE),
    _mistake("transpose", "not-transposed", lambda g, x, z, axes=None: (g,), ag.transpose, SQUARE),
    _mistake("reshape", "columns-first", lambda g, x, z, shape: (g.reshape(x.shape, order="F"),),
             lambda x: ag.reshape(x, (4, 3)), A),
    _mistake("flip", "not-flipped", lambda g, x, z, **s: (g,), ag.flip, B),
    _mistake("roll", "the-same-way", lambda g, x, z, shift, axis: (np.roll(g, shift, axis),),
             lambda x: ag.roll(x, 1, 1), A),
    _mistake("getitem", "last-one-wins", _last_one_wins, lambda x: x[POSITIONS], A),
    _mistake("concatenate", "pieces-swapped", swapped, lambda x, y: ag.concatenate([x, y]),
             SQUARE, OTHER),
    _mistake("stack", "pieces-swapped", swapped, lambda x, y: ag.stack([x, y]), SQUARE, OTHER),
    _mistake("tile", "first-one-only", lambda g, x, z, reps: (g[: len(x)],),
             lambda x: ag.tile(x, 2), B),
    _mistake("pad", "shifted", lambda g, x, z, pad_width, **s: (g[: len(x)],),
             lambda x: ag.pad(x, (1, 1)), B),
    _mistake("tril", "whole", lambda g, x, z, **s: (g,), ag.tril, A),
    _mistake("set_at", "what-was-replaced-passes", lambda g, x, v, z, index: (g, g[index]),
             lambda x, v: ag.set_at(x, 1, v), A, B),
    _mistake("matmul", "operands-swapped", swapped, ag.matmul, SQUARE, OTHER),
    _mistake("matmul", "not-transposed", lambda g, x, y, z: (g @ y, x.T @ g),
             ag.matmul, SQUARE, OTHER),
    _mistake("einsum", "operands-swapped", swapped,
             lambda x, y: ag.einsum("ij,jk->ik", x, y), SQUARE, OTHER),
    _mistake("outer", "operands-swapped", swapped, ag.outer, normal(3), B[:3]),
    _mistake("softmax", "sum-left-out", lambda g, x, z, **s: (g * z,), ag.softmax, A),
    _mistake("softmax", "diagonal-only", lambda g, x, z, **s: (g * z * (1 - z),), ag.softmax, A),
    _mistake("log_softmax", "sum-left-out", lambda g, x, z, **s: (g - np.exp(z),),
             ag.log_softmax, A),
    _mistake("logsumexp", "not-normalised", lambda g, x, z, **s: (g * np.exp(x),),
             ag.logsumexp, A),
    _mistake("norm", "not-divided", lambda g, x, z, **s: (g * x,), ag.norm, A),
    _mistake("var", "mean-forgotten", lambda g, x, z, **s: (g * 2 * x / x.size,), ag.var, A),
    _mistake("std", "half-forgotten", lambda g, x, z, **s: (g * 2 * (x - x.mean()) / x.size / z,),
             ag.std, A),
    _mistake("max", "everything-passes", lambda g, x, z, **s: (g * np.ones_like(x),), ag.max, A),
    _mistake("sort", "left-in-order", lambda g, x, z, axis=-1: (g,), ag.sort, A),
]  # fmt: skip

WRONG_PULLBACKS = [*in_every_op(), *MISTAKES]
