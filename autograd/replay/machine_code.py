"""Machine code: LLVM's text made into an object file, and object files made callable.

It needs llvmlite alone. So a process whose kernels are all on disk doesn't import Numba, which
takes a fifth of a second with what it sets up.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from threading import RLock
from typing import Any, NamedTuple

_lock = RLock()  # LLVM's engine is not for two threads at once


class ObjectFile(NamedTuple):
    """A compiled function: what it takes from elsewhere, and its machine code."""

    needs: tuple[str, ...]
    code: bytes

    def as_bytes(self) -> bytes:
        """Return the object file as it is on disk."""
        return " ".join(self.needs).encode() + b"\n" + self.code

    @classmethod
    def from_bytes(cls, content: bytes) -> ObjectFile:
        """Read an object file that ``as_bytes`` wrote."""
        names, _, code = content.partition(b"\n")
        return cls(tuple(names.decode().split()), code)


def compiler(name: str) -> Any:
    """Return a module of Numba or llvmlite; ImportError, saying what to install, without it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(
            'replay compiles with Numba, which is not installed: pip install "glassgrad[jit]"'
        ) from error


@cache
def processor() -> str:
    """Return what machine code depends on: the compiler's version, and the processor."""
    llvm = compiler("llvmlite.binding")
    features = llvm.get_host_cpu_features().flatten()
    version = ".".join(map(str, llvm.llvm_version_info))
    return f"{version} {llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"


# A function of Numba's takes, before its own arguments, where to put its result and an exception.
_WRAPPER = """
define i64 @{name}({parameters}) {{
  %place = alloca i64
  %exception = alloca ptr
  store i64 0, ptr %place
  %status = call i32 @{function}(ptr %place, ptr %exception{arguments}) alwaysinline
  %result = load i64, ptr %place
  %raised = icmp ne i32 %status, 0
  %given = select i1 %raised, i64 -1, i64 %result
  ret i64 %given
}}
"""


def emit(text: str, function: str, name: str) -> ObjectFile:
    """Compile one of Numba's functions, from LLVM's text of its module.

    By its new name it is a function of C of the same arguments. It returns the integer that the
    function returns, 0 if that is nothing, and −1 if it raised.
    """
    llvm = compiler("llvmlite.binding")
    with _lock:
        machine = _target_machine()
        module = llvm.parse_assembly(text)
        own = list(module.get_function(function).arguments)[2:]
        parameters = ", ".join(f"{x.type} %x{k}" for k, x in enumerate(own))
        arguments = f", {parameters}" if own else ""
        declared = f"declare i32 @{function}(ptr, ptr{arguments})"
        wrapper = _WRAPPER.format(
            name=name, function=function, parameters=parameters, arguments=arguments
        )
        module.link_in(llvm.parse_assembly(declared + wrapper))
        for each in (*module.functions, *module.global_variables):
            if not each.is_declaration and each.name != name:
                each.linkage = "internal"
        passes = llvm.create_new_module_pass_manager()
        passes.add_always_inliner_pass()
        passes.add_global_dead_code_eliminate_pass()
        passes.run(module, llvm.create_pass_builder(machine, llvm.PipelineTuningOptions()))
        needs = [
            each.name
            for each in (*module.functions, *module.global_variables)
            if each.is_declaration and not each.name.startswith("llvm.")
        ]
        return ObjectFile(tuple(needs), machine.emit_object(module))


def load(name: str, compiled: ObjectFile) -> int | None:
    """Return the address of the function of an object file; None if it needs what isn't there."""
    llvm = compiler("llvmlite.binding")
    with _lock:
        engine = _engine()
        if not all(map(llvm.address_of_symbol, compiled.needs)):
            _numba_functions()
            if not all(map(llvm.address_of_symbol, compiled.needs)):
                return None
        engine.add_object_file(llvm.ObjectFileRef.from_data(compiled.code))
        engine.finalize_object()
        return int(engine.get_function_address(name))


@cache
def _numba_functions() -> None:
    """Have Numba make its own functions of C known to LLVM."""
    from numba.core.registry import cpu_target

    cpu_target.target_context.refresh()


def _target_machine() -> Any:
    """Return the compiler for this processor."""
    llvm = compiler("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        opt=3,
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        reloc="static" if target.name.startswith("x86") else "default",
        codemodel="jitdefault",
        jit=True,
    )


@cache
def _engine() -> Any:
    llvm = compiler("llvmlite.binding")
    machine = _target_machine()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
