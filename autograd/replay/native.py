"""Native kernels: one function of machine code for one kind of instruction, called by its address.

A machine's loop over instructions is compiled once for all programs, and takes the kernels from a
table of addresses. So what is compiled, and kept on disk, is one small function for each kind of
instruction, whichever kinds a program has beside it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from autograd.replay.kernel_files import CheckedCache, source_file
from autograd.replay.kernel_rules import compile_function
from autograd.replay.numba_overloads import known_to_numba


class NativeKernel(NamedTuple):
    """Machine code, and what keeps it alive."""

    address: int
    holder: Any


def native_kernel(
    text: str,
    signature: Any,
    *,
    given: dict[str, Callable[..., Any]] | None = None,
    fastmath: bool | set[str] = False,
) -> NativeKernel:
    """Return the function ``kernel`` of a module's text as machine code, from disk if it is there.

    Parameters
    ----------
    text : str
        A module that defines ``kernel``, a function of pointers and numbers that returns nothing.
    signature : Numba signature
        Its types: void, and C types as arguments.
    given : dict of str to callable
        Python functions that the text calls, which are compiled as they are. The text must have a
        digest of each in it: it alone is the key on disk.
    fastmath : bool or set of str
        As Numba's: which liberties the compiler may take.

    Raises
    ------
    ImportError
        If Numba isn't installed.
    numba.core.errors.NumbaError
        If Numba can't compile it.
    """
    numba = numba_module()
    from numba.core.ccallback import CFunc

    known_to_numba()
    key = f"{numba.__version__} {sys.version} {signature} {fastmath}\n{text}"
    stem = "kernel_" + hashlib.sha256(key.encode()).hexdigest()[:16]
    path = source_file(f"{stem}.py", text)
    module = ModuleType(f"glassgrad_{stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # Numba looks it up
    scalar = numba.njit(error_model="numpy", nogil=True)
    for name, function in (given or {}).items():
        setattr(module, name, compile_function(function, scalar))
    exec(compile(text, path, "exec"), vars(module))  # a bytecode file could be damaged too
    options = {"error_model": "numpy", "fastmath": fastmath}
    made: Any = CFunc(module.kernel, (signature.args, signature.return_type), {}, options)
    made.enable_caching()
    made._cache = CheckedCache(made._cache, f"{stem}.kernel-")
    made.compile()
    return NativeKernel(made.address, made)


@cache
def caller(arity: int) -> Any:
    """Return ``call(address, x1, …)`` for compiled code: calls a kernel of so many arguments.

    The arguments are 64-bit words: addresses and whole numbers.
    """
    numba_module()
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types
    from numba.extending import intrinsic

    word = ir.IntType(64)

    def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [word] * arity)
        kernel = builder.inttoptr(args[0], kind.as_pointer())
        builder.call(kernel, [builder.extract_value(args[1], k) for k in range(arity)])
        return context.get_dummy_value()

    @intrinsic
    def call(typing_context, address, *words):  # type: ignore[no-untyped-def]
        packed = types.UniTuple(types.uint64, arity)  # type: ignore[no-untyped-call]
        return types.void(types.uint64, packed), written

    return call


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
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            'replay compiles with Numba, which is not installed: pip install "glassgrad[jit]"'
        ) from error
    return numba
