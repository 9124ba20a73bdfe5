"""Bugs to plant: one wrong partial of one op, or one wrong line of the walk."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd.check.strategies import REAL_LINE, everywhere_defined
from autograd.rules.op import Elementwise
from autograd.rules.op_attributes import attributes_of
from autograd.rules.op_registry import get, ops, register, temporary_registry
from autograd.values import tensor
from autograd.walk import reverse
from autograd.walk.fast import specialised
from autograd.walk.order import topological_order

SOMEWHERE_DEFINED = [
    name
    for name, op in ops().items()
    if isinstance(op, Elementwise) and any(interval != REAL_LINE for interval in op.domain)
]
# What an op needs besides operands, for the partial by one of them to matter.
SETTINGS = {
    ("power", 0): "exponent=3",
    ("where", 0): "condition=True",
    ("where", 1): "condition=False",
}


@dataclass(frozen=True)
class WrongRule:
    """The partial of an op by one operand, replaced."""

    op: str
    k: int
    kind: str
    partial: str

    def __str__(self) -> str:
        return f"{self.op}-{'xyuv'[self.k]}-{self.kind}"

    @property
    def instruction(self) -> str:
        """What a program must have in it to show the bug: the op, with its settings."""
        return f"{self.op} {SETTINGS.get((self.op, self.k), '')}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        with temporary_registry():
            op = get(self.op)
            partials = list(op.partials)
            partials[self.k] = self.partial
            register(replaced(op, tuple(partials)), replace=True)
            yield


def replaced(op: Elementwise, partials: tuple[Any, ...]) -> Elementwise:
    """Return a copy of an op's record with other partials, which no function of NumPy records."""
    given = {name: x for name, x in vars(op).items() if name in attributes_of(Elementwise)}
    changed = {"partials": partials, "numpy": ()}
    return Elementwise(op.name, op.text or op.function, **given | changed)


CHANGES: dict[str, Callable[[str], str]] = {
    "sign": lambda p: f"-({p})",
    "factor": lambda p: f"({p}) * 2",
    "slightly": lambda p: f"({p}) * (1 + 1e-8)",
    "lost": lambda p: f"({p}) * 0",
}


def wrong_rules() -> list[WrongRule]:
    """Return for every partial of every op a relative error of 1e-8, and grosser bugs in turn."""
    found = []
    gross = ["sign", "factor", "lost"]
    for name in [*everywhere_defined(), *SOMEWHERE_DEFINED, "where"]:
        op = get(name)
        for k in range(op.arity):
            rule = str(op.partials[k])
            if rule == "0":
                found.append(WrongRule(name, k, "sloping", "1"))
                continue
            found.append(WrongRule(name, k, "slightly", CHANGES["slightly"](rule)))
            kind = gross[len(found) % 3]
            found.append(WrongRule(name, k, kind, CHANGES[kind](rule)))
    for name in ("sub", "div", "atan2", "sigmoid_difference", "mul"):
        first, second = map(str, get(name).partials)
        found += [WrongRule(name, 0, "swapped", second), WrongRule(name, 1, "swapped", first)]
    found += [
        WrongRule("relu", 0, "tie", "x >= 0"),
        WrongRule("abs", 0, "tie", "choose(x >= 0, 1, -1)"),
        WrongRule("maximum", 0, "tie", "x >= y"),
        WrongRule("maximum", 1, "tie", "y >= x"),
        WrongRule("minimum", 0, "tie", "x < y"),
        WrongRule("leaky_relu", 0, "tie", "choose(x >= 0, 1, slope)"),
        WrongRule("tanh_slope", 0, "stand-in", "-2 * x * z"),
        WrongRule("gelu", 0, "stand-in", "normal_cdf(x)"),
        WrongRule("softplus", 0, "stand-in", "choose(x < -10, 0, sigmoid(beta * x))"),
    ]
    return found


@dataclass(frozen=True)
class WrongLine:
    """A line of the engine, replaced."""

    function: Any
    line: str
    instead: str
    kind: str

    def __str__(self) -> str:
        return f"{self.function.__name__}-{self.kind}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        function = inspect.unwrap(self.function)
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(self.line) >= 1, f"no line {self.line!r} in {self.function.__name__}"
        source = source.replace(self.line, self.instead)
        made: dict[str, Any] = {}
        exec(compile(source, function.__code__.co_filename, "exec"), function.__globals__, made)
        whole, function.__code__ = (
            function.__code__,
            inspect.unwrap(made[function.__name__]).__code__,
        )
        try:
            yield
        finally:
            function.__code__ = whole


ONE, TWO, WALK = specialised.pass_to_one, specialised.pass_to_two, specialised.walk
VISIT, ORDER = reverse.visit, topological_order
A, B = "found[a] + to_a if a in found else to_a", "found[b] + to_b if b in found else to_b"
P = "found[parent] + own if parent in found else own"

WRONG_LINES = [
    WrongLine(ONE, A, "to_a", "missing-accumulation"),
    WrongLine(ONE, A, "found[a] - to_a if a in found else to_a", "accumulation-sign"),
    WrongLine(ONE, A, "found[a] + 2 * to_a if a in found else to_a", "accumulation-doubled"),
    WrongLine(TWO, A, "to_a", "missing-accumulation-x"),
    WrongLine(TWO, B, "to_b", "missing-accumulation-y"),
    WrongLine(TWO, A, "found.get(a, to_a)", "first-one-wins-x"),
    WrongLine(TWO, B, "found.get(b, to_b)", "first-one-wins-y"),
    WrongLine(TWO, "to_a, to_b = op", "to_b, to_a = op", "slots-swapped"),
    WrongLine(TWO, "op.vjp(cotangent, x, y", "op.vjp(cotangent, y, x", "operands-swapped"),
    WrongLine(TWO, "if b.requires_grad:", "if b is not a:", "same-operand-twice"),
    WrongLine(VISIT, P, "own", "missing-accumulation"),
    WrongLine(VISIT, P, "found[parent] - own if parent in found else own", "accumulation-sign"),
    WrongLine(WALK, "reversed(order)", "order", "order-forwards"),
    WrongLine(WALK, "reversed(order)", "order[-1:] + order[:-1]", "order-mixed"),
    WrongLine(ORDER, "order.append(pop())", "order.insert(0, pop())", "order-reversed"),
    WrongLine(ORDER, "push(node)\n        push(None)\n", "order.append(node)\n", "discovery"),
    WrongLine(ORDER, "if b is not None and", "if b is not None and a.op is None and", "left-out"),
]  # fmt: skip

UNBROADCAST = tensor.undo_broadcasting
FIT, ARRAYS = tensor.Tensor._unbroadcast, specialised.pass_arrays
Q = "found[parent] + contribution if parent in found else contribution"

# Bugs that only arrays show: found by check_op of an op with two operands.
WRONG_LINES_FOR_ARRAYS = [
    WrongLine(UNBROADCAST, "np.add.reduce", "np.maximum.reduce", "largest-for-sum"),
    WrongLine(UNBROADCAST, "(k < extra or", "(k >= extra and", "leading-axes-not-summed"),
    WrongLine(UNBROADCAST, "to[k - extra] == 1)", "to[k - extra] == 3)", "ones-not-summed"),
    WrongLine(UNBROADCAST, "axis=axes, keepdims", "axis=axes[:1], keepdims", "one-axis-summed"),
    WrongLine(UNBROADCAST, "else np.add.reduce(x)", "else x[0]", "first-row-for-sum"),
    WrongLine(ARRAYS, Q, "contribution", "missing-accumulation"),
    WrongLine(ARRAYS, Q, Q.replace("+", "-"), "accumulation-sign"),
    WrongLine(ARRAYS, "op.vjps, parents", "op.vjps[::-1], parents", "pullbacks-swapped"),
    WrongLine(ARRAYS, "(cotangent, *operands", "(cotangent, *operands[::-1]", "operands-swapped"),
    WrongLine(
        ARRAYS, "            and contribution.shape == operand.shape\n", "", "shape-not-looked-at"
    ),
    WrongLine(FIT, "data.dtype)\n    return", "np.float64)\n    return", "dtype-lost"),
]
