"""Wrong arguments, put into right calls one or two at a time, and what has become of the others.

A call is text, so that Hypothesis shrinks it to the argument that matters and a failure can be
pasted. Its arguments are made afresh for every run: nodes among them, to see afterwards whether
anything has changed them.
"""

import ast
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from mpmath import mp

import autograd
import init
import nn
from autograd import Tensor, Value, check
from autograd.node.node import Node
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops

OPERANDS = [
    "Value(2.0)",
    "Tensor([0.5, 2.0, 0.5])",
    "Tensor([[1.0, 2.0], [3.0, 4.0]])",
    "Tensor(np.ones((2, 3)))",
    "Tensor(1.5)",
    "Tensor(np.ones((0, 2)))",
    "Tensor([1.0, 2.0], dtype=np.float16)",
    "Value(-1.0, requires_grad=False)",
    "Value(Fraction(1, 3))",
    "Value(1 + 2j)",
    "Value(mp.mpf(2))",
    "np.array([1.0, 2.0])",
    "np.ones((2, 2))",
    "np.array([Value(1.0), Value(2.0)])",
    "[Value(1.0), 2.0]",
    "2.0",
]
SIMPLE = ["0", "1", "-1", "2", "7", "-7", "0.5", "nan", "inf", "True", "None", "'axis'", "''"]
SEQUENCES = [
    "()", "[]", "(0, 0)", "(0, 1)", "(1, -5)", "(2, 3)", "[1.0, 2.0]", "[[1.0], [2.0, 3.0]]",
    "['a', 'b']", "[None]", "(0.5,)", "(-1,)", "[True, False]", "[[0, 1], [1, 0]]",
    "[Tensor([1.0]), Tensor([[2.0]])]", "range(3)", "(x for x in 'ab')", "'ij,jk->ik'", "'ii'",
]  # fmt: skip
STRANGE = [
    "{}", "{'a': 1.0}", "{1, 2}", "object()", "lambda x: x", "lambda: None", "lambda x: x * x",
    "int", "float", "b'ab'", "1j", "10**30", "-(10**30)", "Decimal('1.5')", "Fraction(1, 3)",
    "mp.mpf(2)", "mp.mpc(1, 2)", "slice(None)", "slice(0, 10, 0)", "...", "np",
    "ValueError", "np.float32(1.5)", "np.int64(3)", "np.bool_(True)", "np.longdouble(1)",
]  # fmt: skip
ARRAYS = [
    "np.array([])", "np.zeros((0, 3))", "np.array(1.5)", "np.array([nan, inf])",
    "np.array([1, 2, 3])", "np.array([True, False])", "np.array([1j, 2.0])",
    "np.array(['a', 'b'])", "np.array(['2020-01-01'], 'M8[D]')", "np.array([None, 1.0], object)",
    "np.array([[1.0]] * 3)", "np.ones((2, 2, 2, 2))", "np.ma.array([1.0, 2.0], mask=[0, 1])",
    "np.zeros(2, [('a', float)])", "np.array([1.0, 2.0], np.float32)", "np.eye(2) > 0",
    "np.array([Fraction(1, 2)], object)", "np.array([1.0, 2.0], '>f8')",
]  # fmt: skip

anything = st.sampled_from(SIMPLE + SEQUENCES + STRANGE + ARRAYS + OPERANDS)


@dataclass(frozen=True)
class Call:
    """A function's name and its arguments, as they are written."""

    function: str
    arguments: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Call":
        call: Any = ast.parse(text, mode="eval").body
        settings = {str(k.arg): ast.unparse(k.value) for k in call.keywords}
        arguments = tuple(map(ast.unparse, call.args))
        return cls(ast.unparse(call.func), arguments, tuple(settings.items()))

    def __repr__(self) -> str:
        given = [*self.arguments, *(f"{name}={x}" for name, x in self.settings)]
        return f"{self.function}({', '.join(given)})"

    def run(self) -> tuple[list[str], Exception | None]:
        """Return which arguments it has changed, and what it has raised."""
        at = names()
        made = [eval(text, at) for text in self.arguments]
        settings = {name: eval(text, at) for name, text in self.settings}
        function = eval(self.function, at)
        owner = getattr(function, "__self__", None)
        written = [*self.arguments, *settings, self.function]
        given = [*made, *settings.values(), owner]
        before = [snapshot(x) for x in given]
        error = None
        try:
            with autograd.temporary_registry():
                result = function(*made, **settings)
                if inspect.isgenerator(result):
                    list(result)
        except Exception as raised:
            error = raised
        found = zip(written, given, before, strict=True)
        return [text for text, x, then in found if snapshot(x) != then], error


def names() -> dict[str, Any]:
    """Return what a call's text may name: made afresh, for a call may change it."""
    model = nn.MLP([2, 3, 1], "tanh", seed=0)
    return {
        "Decimal": Decimal,
        "Fraction": Fraction,
        "MODEL": model,
        "OPTIMIZER": nn.SGD(model.parameters(), 0.1),
        "Tensor": Tensor,
        "Value": Value,
        "X": Value(2.0),
        "autograd": autograd,
        "called": called,
        "check": check,
        "entered": entered,
        "fitted": fitted,
        "inf": float("inf"),
        "init": init,
        "mp": mp,
        "nan": float("nan"),
        "nn": nn,
        "np": np,
        "op": ops(),
        "st": st,
    }


def called(transform: Callable[..., Any], *arguments: Any, at: Any) -> Any:
    """Transform a function and call what comes out."""
    return transform(*arguments)(*at)


def entered(context: Callable[..., Any], *arguments: Any, **settings: Any) -> None:
    """Enter and leave a context."""
    with context(*arguments, **settings):
        pass


def fitted(*arguments: Any, **settings: Any) -> Any:
    """Train a model for an epoch, unless more is said."""
    return nn.fit(
        *arguments, **({"epochs": 1, "loss": nn.mse, "rng": 0, "progress": False} | settings)
    )


def snapshot(x: Any) -> Any:
    """Return what must stay as it was: of nodes, arrays, and lists of them."""
    if isinstance(x, Node):
        number = np.asarray(x._data)
        content = number.tobytes() if number.dtype != object else repr(number)
        return (number.dtype, content, x.requires_grad, x.op, repr(x.grad), x.label)
    if isinstance(x, np.ndarray) and x.dtype != object:
        return (x.shape, x.dtype.str, x.tobytes())
    if isinstance(x, np.ndarray | list | tuple):
        return [snapshot(each) for each in (x.flat if isinstance(x, np.ndarray) else x)]
    if isinstance(x, nn.Module):
        return [snapshot(p) for p in x.parameters()]
    return None


def mistaken(right: Iterable[str]) -> st.SearchStrategy[Call]:
    """Return a strategy for calls that differ from a right one in one or two places."""
    return st.sampled_from([Call.parse(text) for text in right]).flatmap(_with_mistakes)


def _with_mistakes(call: Call) -> st.SearchStrategy[Call]:
    places = [*range(len(call.arguments)), *(name for name, _ in call.settings)]
    wrong = st.dictionaries(st.sampled_from([*places, *places, "axis", -1]), anything, max_size=2)
    return wrong.map(lambda found: _changed(call, found))


def _changed(call: Call, wrong: dict[Any, str]) -> Call:
    arguments = [wrong.get(k, text) for k, text in enumerate(call.arguments)]
    arguments += [wrong[-1]] if -1 in wrong else []  # one too many
    settings = dict(call.settings) | {k: x for k, x in wrong.items() if isinstance(k, str)}
    return Call(call.function, tuple(arguments), tuple(settings.items()))


def right_calls_of_ops() -> list[str]:
    """Return a call of every elementwise op with its settings, as function and as method."""
    found = []
    for name, op in ops().items():
        if not isinstance(op, Elementwise):
            continue
        settings = {k: v for k, v in op.settings.items() if v is not inspect.Parameter.empty}
        given = ["Tensor([0.5, 0.25])"] * op.arity + [f"{k}={v!r}" for k, v in settings.items()]
        if len(settings) == len(op.settings):
            found.append(f"op[{name!r}]({', '.join(given)})")
        if op.arity == 1 and hasattr(Value, name):
            found += [f"{x}.{name}()" for x in ("Value(0.5)", "Tensor([0.5, 0.25])")]
    return found


OPERATORS = [
    "__add__",
    "__radd__",
    "__sub__",
    "__rsub__",
    "__mul__",
    "__rmul__",
    "__truediv__",
    "__rtruediv__",
    "__pow__",
    "__rpow__",
    "__mod__",
    "__rmod__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
]


def right_calls_of_operators() -> list[str]:
    """Return a call of every operator on a Value and on a Tensor."""
    return [f"{x}.{name}(2.0)" for x in ("Value(2.0)", "Tensor([0.5, 2.0])") for name in OPERATORS]
