"""Native kernels: one function of machine code for one kind of instruction, called by its address.

A machine's loop over instructions is compiled once for all programs, and takes the kernels from a
table of addresses. So what is compiled, and kept on disk, is one small function for each kind of
instruction, whichever kinds a program has beside it.
"""

from __future__ import annotations

import ctypes
import hashlib
import inspect
import re
import sys
from collections.abc import Callable
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from threading import RLock
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd.replay import machine_code
from autograd.replay.collector import without_collector
from autograd.replay.kernel_files import keep_file, kept_file
from autograd.replay.kernel_rules import code_contents, compile_function
from autograd.replay.machine_code import ObjectFile, compiler
from autograd.replay.numba_overloads import known_to_numba


class NativeKernel(NamedTuple):
    """Machine code, which stays for as long as the process."""

    address: int
    name: str


# Divisions as IEEE 754 has them, and nothing by which Python could call the function.
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

# To be counted up when what texts take from this module or ``numba_overloads`` becomes another.
_EDITION = 1

_kernels: dict[str, NativeKernel] = {}  # by name: a second copy would be compiled code twice
_lock = RLock()


def native_kernel(
    text: str,
    signature: Any,
    *,
    given: dict[str, Callable[..., Any]] | None = None,
    fastmath: bool | set[str] = False,
    modules: Callable[[], dict[str, Any]] = dict,
) -> NativeKernel:
    """Return the function ``kernel`` of a module's text as machine code, from disk if it is there.

    Its address is that of a function of C. It returns a 64-bit integer: what ``kernel`` returns, 0
    if that is nothing, and −1 if it raised.

    Parameters
    ----------
    text : str
        A module that defines ``kernel``, a function of pointers and numbers that returns nothing
        or an int64. It is run only if there is something to compile.
    signature : str or Numba signature
        Its types, such as ``"void(int64, CPointer(float64))"``.
    given : dict of str to callable
        Python functions that the text calls, which are compiled as they are. The text must have a
        digest of each in it: it alone is the key on disk.
    fastmath : bool or set of str
        As Numba's: which liberties the compiler may take.
    modules : callable
        Gives modules by name, which take the place of those that the given functions name. The text
        must say which they are.

    Raises
    ------
    ImportError
        If Numba isn't installed.
    numba.core.errors.NumbaError
        If Numba can't compile it.
    """
    liberties = sorted(fastmath) if isinstance(fastmath, set) else fastmath
    key = f"{_versions()} {signature} {liberties}\n{text}"
    name = "kernel_" + hashlib.sha256(key.encode()).hexdigest()[:24]
    with _lock:
        if name not in _kernels:
            address = _loaded(name)
            if address is None:
                made = _compiled(name, text, signature, given or {}, fastmath, modules)
                keep_file(name, made.as_bytes())
                address = machine_code.load(name, made)
                if address is None:
                    raise RuntimeError(f"{name} needs {made.needs}, which LLVM doesn't know")
            _kernels[name] = NativeKernel(address, name)
        return _kernels[name]


def _loaded(name: str) -> int | None:
    content = kept_file(name)
    return None if content is None else machine_code.load(name, ObjectFile.from_bytes(content))


def _compiled(
    name: str,
    text: str,
    signature: Any,
    given: dict[str, Callable[..., Any]],
    fastmath: bool | set[str],
    modules: Callable[[], dict[str, Any]],
) -> ObjectFile:
    numba = numba_module()
    sigutils = compiler("numba.core.sigutils")

    known_to_numba()
    arguments, returned = sigutils.normalize_signature(signature)
    module = ModuleType(name)
    sys.modules[name] = module  # Numba looks it up
    try:
        with without_collector():
            for each, function in given.items():
                setattr(module, each, compile_function(function, scalar, modules()))
            exec(compile(text, f"<{name}>", "exec"), vars(module))
            made = numba.njit(**_OPTIONS, fastmath=fastmath)(vars(module)["kernel"])
            made.compile(returned(*arguments))
            compiled = made.overloads[arguments]
            llvm = compiled.library.get_llvm_str()
    finally:
        del sys.modules[name]
    return machine_code.emit(llvm, compiled.fndesc.llvm_func_name, name)


_scalars: dict[str, Any] = {}


def scalar(function: Any) -> Any:
    """Compile a function of numbers for kernels: once for all that have the same one.

    It is the same if its code is, and what it names is.
    """
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    named += [cell.cell_contents for cell in function.__closure__ or ()]
    outside = [id(x) if callable(x) or isinstance(x, ModuleType) else repr(x) for x in named]
    known = repr((code_contents(function.__code__), function.__defaults__, outside))
    if known not in _scalars:
        _scalars[known] = numba_module().njit(**_OPTIONS)(function)
    return _scalars[known]


@cache
def _versions() -> str:
    """Return what machine code depends on besides its text."""
    try:
        numba_version = version("numba")
    except PackageNotFoundError:
        numba_version = numba_module().__version__
    return f"{_EDITION} {numba_version} {sys.version} {machine_code.processor()}"


@cache
def caller(arity: int) -> Any:
    """Return ``call(address, x1, …)`` for compiled code: calls a kernel of so many arguments.

    The arguments are 64-bit words: addresses and whole numbers. So is what it returns.
    """
    types = compiler("numba.types")
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba.extending import intrinsic

    word = ir.IntType(64)

    def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(word, [word] * arity)
        kernel = builder.inttoptr(args[0], kind.as_pointer())
        return builder.call(kernel, [builder.extract_value(args[1], k) for k in range(arity)])

    @intrinsic
    def call(typing_context, address, *words):  # type: ignore[no-untyped-def]
        return types.int64(types.uint64, types.UniTuple(types.uint64, arity)), written

    return call


@cache
def pointer(kind: str) -> Any:
    """Return, for compiled code, the function of an address that gives it as a pointer."""
    types = compiler("numba.types")
    from numba.extending import intrinsic

    to = types.CPointer(getattr(types, kind))

    def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(to))

    @intrinsic
    def at(typing_context, address):  # type: ignore[no-untyped-def]
        return to(types.int64), written

    return at


@cache
def rows() -> Any:
    """Return, for compiled code, ``row(pointer, k, S)``: a pointer to row ``k`` of ``S`` each."""
    types = compiler("numba.types")
    from numba.extending import intrinsic

    def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer, k, stride = args
        # ``k`` is not negative. But LLVM then doesn't see how rows follow one another, and checks
        # whether two overlap where it uses them. Where they follow backwards it would check once,
        # before all, and give up: gradients in lanes took three times as long.
        k = builder.select(builder.icmp_signed("<", k, k.type(0)), k.type(0), k)
        return builder.gep(pointer, [builder.mul(k, stride)], inbounds=True)

    @intrinsic
    def row(typing_context, pointer, k, stride):  # type: ignore[no-untyped-def]
        return pointer(pointer, types.int64, types.int64), written

    return row


class NativeFunction:
    """A Python function of arrays and whole numbers, compiled from its own text at its first call.

    It may use nothing from outside. See ``native_function``.
    """

    def __init__(self, function: Callable[..., Any], kinds: tuple[str, ...], gives: str) -> None:
        self._function = function
        self._dtypes = [np.dtype(kind[:-1]) if kind.endswith("*") else None for kind in kinds]
        # A boolean is a byte; Numba's pointers know no booleans.
        types = (kind.replace("bool", "uint8") for kind in kinds)
        taken = ", ".join(f"CPointer({t[:-1]})" if t.endswith("*") else t for t in types)
        self._signature = f"{gives}({taken})"

    def __call__(self, *args: Any) -> int:
        words = [
            number if dtype is None else _address(number, dtype)
            for number, dtype in zip(args, self._dtypes, strict=True)
        ]
        found: int = self._compiled(*words)
        return found

    @cached_property
    def _compiled(self) -> Callable[..., int]:
        lines, first = inspect.findsource(self._function)
        text = "".join(lines[first:])
        # Up to the next line that isn't indented: what ``getsource`` reads in five times as long.
        text = re.split(r"\n(?=[^\s)])", text[text.index("\ndef ") + 1 :], maxsplit=1)[0]
        text += f"\n\nkernel = {self._function.__name__}\n"
        kernel = native_kernel(text, self._signature)
        of_c = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * len(self._dtypes))
        return of_c(kernel.address)


def native_function(
    *kinds: str, gives: str = "void"
) -> Callable[[Callable[..., Any]], NativeFunction]:
    """Compile a function whose arguments are of these kinds: ``int64``, or an array, ``int32*``."""
    return lambda function: NativeFunction(function, kinds, gives)


def _address(array: npt.NDArray[Any], dtype: np.dtype[Any]) -> int:
    if array.dtype != dtype or not array.flags.c_contiguous:
        raise TypeError(f"expected a contiguous array of {dtype}, got one of {array.dtype}")
    return array.ctypes.data


@cache
def double_caller() -> Any:
    """Return ``call(address, x)`` for compiled code: a C function of an address, to a double.

    Such are the functions by which NumPy's bit generators draw.
    """
    numba_module()
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.DoubleType(), [ir.IntType(64)])
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), [args[1]])

    @intrinsic
    def call(typing_context, address, x):  # type: ignore[no-untyped-def]
        return types.float64(types.int64, types.int64), written

    return call


def numba_module() -> Any:
    """Return Numba; ImportError, saying what to install, if it isn't there."""
    return compiler("numba")
