"""Kernel rules: the rule book as source text, and the functions that a rule names.

The texts are those of the ops' records (``ops/``), with settings put in and decided branches
left out. What a rule names becomes a function of the kernel's module: another op, a constant
(``half``), or the float implementation of a ``Primitive``.
"""

from __future__ import annotations

import ast
import dis
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import Parameter
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from autograd.numbers import kinds
from autograd.numbers.kinds import CONSTANTS, Primitive
from autograd.replay.instruction_kinds import InstructionKind
from autograd.replay.numba_overloads import known_to_numba
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise, Op
from autograd.rules.op_registry import built_in, find, is_built_in
from autograd.rules.settled import settled

_RELATIONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}

# The kinds of instruction that pass nothing back.
NO_PARTIALS = frozenset({*_RELATIONS, "detach"})


@dataclass(frozen=True)
class KernelRule:
    """One kind of instruction: what it computes and what it passes back, as expressions.

    Attributes
    ----------
    operands : tuple of str
        The names of the operands in the expressions; then of the settings that are numbers.
    function : str
        The result.
    contributions : tuple of str
        What goes to each operand, in the cotangent ``g``; empty for nothing at all.
    """

    name: str
    operands: tuple[str, ...]
    function: str
    contributions: tuple[str, ...]


@dataclass
class RuleBook:
    """The rules of one module of kernels, with the functions that they name.

    Attributes
    ----------
    lines : list of str
        The definitions of the functions that the expressions call.
    given : dict of str to callable
        Python functions among these, which have no text: they are compiled as they are.
    """

    lines: list[str] = field(default_factory=list)
    given: dict[str, Callable[..., Any]] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def rule(self, kind: InstructionKind) -> KernelRule:
        """Return the rule of a kind of instruction."""
        name, settings = kind
        if name in _RELATIONS:
            return KernelRule(name, ("x", "y"), f"1.0 if x {_RELATIONS[name]} y else 0.0", ())
        if name == "detach":
            return KernelRule(name, ("x",), "x", ())
        op = find(name)
        if not isinstance(op, Elementwise):
            raise TypeError(f"{name!r} is not elementwise: it has no replay kernel")
        chosen = op.settings | dict(settings)
        literals = {k: v for k, v in chosen.items() if v is not ...}
        numbers = (_setting(k) for k, v in chosen.items() if v is ...)
        operands = (*OPERANDS[: op.arity], *numbers)
        function = self._expression(op, "f", op.text or op.function, operands, literals)
        contributions = (
            self._contribution(op, k, partial, (*operands, "z"), literals)
            for k, partial in enumerate(op.partials)
        )
        return KernelRule(name, operands, function, tuple(contributions))

    def _contribution(
        self,
        op: Elementwise,
        k: int,
        partial: Any,
        names: tuple[str, ...],
        literals: dict[str, Any],
    ) -> str:
        # A zero cotangent passes itself on, whatever the partial is. A zero partial times infinity
        # is nan here: ``jit`` then asks the walk.
        if partial == 1:
            return "g"
        if not isinstance(partial, str) and not callable(partial):
            return "(-g if g != 0.0 else g)" if partial == -1 else f"g * {float(partial)!r}"
        factor = self._expression(op, f"p{k}", partial, names, literals)
        if op.compares:
            factor = f"choose(z == z, {factor}, nan)"
        if op.selects:
            return f"selected(g, 1.0 * ({factor}))"
        return f"(g * ({factor}) if g != 0.0 else g)"

    def _expression(
        self,
        op: Elementwise,
        which: str,
        rule: Any,
        names: tuple[str, ...],
        literals: dict[str, Any],
    ) -> str:
        if not isinstance(rule, str):
            call = self._function(f"{which}_{'' if is_built_in(op) else 'own_'}{op.name}", rule)
            takes = _settings_of(rule, op)
            given = [repr(literals[k]) if k in literals else _setting(k) for k in takes]
            operands = [name for name in names if name in (*OPERANDS[: op.arity], "z")]
            return f"{call}({', '.join([*operands, *given])})"
        parsed = ast.parse(rule, mode="eval")
        own = _renamed(parsed, op, literals)
        body = _Choices().visit(settled(parsed.body, literals))
        for node in ast.walk(body):
            if isinstance(node, ast.Name) and node.id not in names:
                self._define(node.id, own.get(node.id))
        return ast.unparse(body)

    def _function(self, name: str, function: Any) -> str:
        """Return how to call a Python function from a kernel."""
        real = function.real if isinstance(function, Primitive) else function
        module = (getattr(real, "__module__", "") or "").lstrip("_")
        if not hasattr(real, "__code__"):
            if module in ("math", "operator", "builtins"):  # the module of kernels imports them
                return f"{module}.{real.__name__}"
            raise TypeError(
                f"{name}: {real!r} can't be compiled for replay: state the rule as text, or as a "
                "Python function of floats"
            )
        if name not in self._known:
            self._known.add(name)
            self.given[name] = real
            self.lines.append(f"# {name} is given: {_function_digest(real)}")
        return name

    def _define(self, name: str, own: Op | None) -> None:
        """Define a name that a rule uses: an op, a constant, ``choose``, ``inf`` or ``nan``."""
        if name in self._known:
            return
        self._known.add(name)
        if own is None and name in CONSTANTS:
            value = getattr(kinds, name)(1.0)
            self.lines.append(f"@scalar\ndef {name}(x):\n    return {value!r}")
        elif name not in ("choose", "inf", "nan"):
            op: Any = own or built_in[name]
            settings = [_setting(k) for k in op.settings]
            names = (*OPERANDS[: op.arity], *settings)
            function = self._expression(op, "f", op.text or op.function, names, {})
            defaults = "".join(
                f", {setting}" if v is Parameter.empty else f", {setting}={v!r}"
                for setting, v in zip(settings, op.settings.values(), strict=True)
            )
            operands = ", ".join(OPERANDS[: op.arity])
            self.lines.append(f"@scalar\ndef {name}({operands}{defaults}):\n    return {function}")


def _setting(name: str) -> str:
    """Return the name of a setting in kernels, which have names of their own beside."""
    return f"setting_{name}"


def _renamed(rule: ast.Expression, op: Elementwise, literals: dict[str, Any]) -> dict[str, Op]:
    """Rename, in a rule, settings, and users' ops, which may have the name of a built-in one.

    Return the users' ops by their new names.
    """
    own: dict[str, Op] = {}
    for node in ast.walk(rule):
        if isinstance(node, ast.keyword) and node.arg:
            node.arg = _setting(node.arg)
        if not isinstance(node, ast.Name) or node.id in (*literals, *OPERANDS[: op.arity], "z"):
            continue
        if node.id in op.settings:
            node.id = _setting(node.id)
        elif (named := op.scope[node.id]) is not built_in.get(node.id):
            node.id = f"own_{node.id}"
            own[node.id] = named
    return own


def _settings_of(function: Any, op: Elementwise) -> list[str]:
    """Return the settings that a Python function takes, in its order."""
    code = getattr(getattr(function, "real", function), "__code__", None)
    return [] if code is None else [name for name in code.co_varnames if name in op.settings]


class _Choices(ast.NodeTransformer):
    """Makes a call of ``choose`` of each branch, so that both sides are numbers of one type."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        arguments = [self.visit(part) for part in (node.test, node.body, node.orelse)]
        choose = ast.Name("choose", ast.Load())
        return ast.copy_location(ast.Call(choose, arguments, []), node)


def compile_function(function: Any, compiler: Callable[..., Any], modules: dict[str, Any]) -> Any:
    """Compile a Python function with all Python functions that it calls.

    Some modules that it names are replaced by others.
    """
    if isinstance(function, Primitive):
        function = function.real
    code = getattr(function, "__code__", None)
    if code is None or function in known_to_numba():
        return function

    def inside(x: Any) -> Any:
        if isinstance(x, list):  # Numba takes a list for something that may change
            return tuple(x)
        if isinstance(x, ModuleType):
            return modules.get(x.__name__, x)
        return compile_function(x, compiler, modules) if callable(x) and x is not function else x

    outside = {name: inside(function.__globals__[name]) for name in _globals(function)}
    cells = tuple(CellType(inside(cell.cell_contents)) for cell in function.__closure__ or ())
    # Numba knows no keyword-only parameters: they become positional, in the same order.
    code = code.replace(co_argcount=code.co_argcount + code.co_kwonlyargcount, co_kwonlyargcount=0)
    made = FunctionType(code, outside, function.__name__, function.__defaults__, cells)
    made.__globals__["__name__"] = __name__
    return compiler(made)


def _globals(function: Any) -> list[str]:
    """Return the global names that a function uses: not the attributes of the same name."""
    used = (i.argval for i in dis.get_instructions(function.__code__) if i.opname == "LOAD_GLOBAL")
    return [name for name in dict.fromkeys(used) if name in function.__globals__]


def _function_digest(function: Any) -> str:
    """Return a digest of a Python function and what it calls, the same in every process."""
    if isinstance(function, Primitive):
        function = function.real
    code = getattr(function, "__code__", None)
    if code is None:
        return repr(getattr(function, "__qualname__", function))
    named = {n: function.__globals__[n] for n in _globals(function)}
    said = {
        n: _function_digest(x) if callable(x) and x is not function else repr(x)
        for n, x in named.items()
        if not isinstance(x, ModuleType)
    }
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    closed = [_function_digest(x) if callable(x) else repr(x) for x in cells]
    text = repr((code_contents(code), function.__defaults__, said, closed))
    return hashlib.sha256(text.encode()).hexdigest()


def code_contents(code: CodeType) -> tuple[Any, ...]:
    """Return the contents of a code object, without its address."""
    constants = [code_contents(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return code.co_code, code.co_names, constants
