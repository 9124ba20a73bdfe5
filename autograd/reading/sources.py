"""Source lines: records which line of the user's code made each node, and tells them as text.

A watcher sits in the mode (``node/mode.py``) and is called with every node that is recorded. The
walk (``walk/reverse.py``) asks it for an observer of the backward pass; forward mode calls
``pushing``.
"""

from __future__ import annotations

import contextlib
import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from autograd.files.users_line import is_users
from autograd.node.mode import Note, current_mode, in_mode
from autograd.node.node import Node
from autograd.walk import reverse

# Called for each operand slot with node, slot, operand, cotangent and contribution.
Observer = Callable[[Node, int, Node, Any, Any], None]


class SourceWatcher:
    """Notes the line of the user's code that made each node."""

    def __init__(self) -> None:
        self._notes: dict[tuple[Note | None, str], Note] = {}

    def __call__(self, node: Node) -> None:
        """Take note of a node that was just recorded."""
        source, _ = users_line(sys._getframe(1))
        self.note(node, source)

    def note(self, node: Node, source: str) -> None:
        """Write a source in a node's note; nodes of one line share the note."""
        key = node.note, source
        note = self._notes.get(key)
        if note is None:
            code = _line_of_code(source)
            note = self._notes[key] = (node.note or Note())._replace(source=source, code=code)
        node.note = note

    def observer(self) -> Observer | None:
        """Return what the walk calls for each operand slot of one backward pass, if anything."""
        return None

    def pushing(self, node: Node, tangents: Sequence[Any]) -> None:
        """Take note of the operands' tangents from which forward mode computes a node's."""


@contextlib.contextmanager
def record_source() -> Iterator[None]:
    """Note which line of the user's code makes each node: ``node.source`` says ``file.py:12``.

    The line is the innermost one outside of this library and NumPy. Steps, errors and pictures
    show it. Leaves have none, for they are made by no operation.

    Examples
    --------
    >>> from autograd import Value, record_source
    >>> with record_source():
    ...     y = Value(2.0) * 3.0
    >>> y.source.rpartition(":")[2]
    '2'
    """
    mode = current_mode()
    with in_mode(mode if mode.watcher else mode._replace(watcher=SourceWatcher())):
        yield


def source_outside(*folders: str) -> tuple[str, str]:
    """Return the user's line as a node has it: its ``source``, ``file.py:12``, and its code.

    Parameters
    ----------
    *folders : str
        Folders whose files aren't the user's, besides this library's and NumPy's: those of another
        engine.

    Examples
    --------
    >>> from autograd.extend import source_outside
    >>> source, code = source_outside("/opt/engine/")
    >>> source.rpartition(":")[2]
    '1'
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame, folders):
        frame = frame.f_back
    if frame is None:
        return "", ""
    source = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    return source, _line_of_code(source)


def users_line(frame: FrameType | None) -> tuple[str, bool]:
    """Return the innermost file and line that isn't the library's or NumPy's own.

    And whether the walk was on the way: then a rule of the backward pass made the node, which the
    observer judges by what it passes on.
    """
    in_walk = False
    while frame is not None:
        name = frame.f_code.co_filename
        if is_users(frame):
            return f"{name}:{frame.f_lineno}", in_walk
        in_walk |= name == reverse.__file__
        frame = frame.f_back
    return "", in_walk


def _line_of_code(source: str) -> str:
    """Return the line of code that a frame of this process runs; empty if it can't be read."""
    file, _, line = source.rpartition(":")
    return linecache.getline(file, int(line)).strip() if file else ""


def source_name(source: str) -> str:
    """Return the name shown for ``file.py:12``: in a notebook the cell, ``Cell In[3], line 12``."""
    file, _, line = source.rpartition(":")
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    cell = shell and shell.compile.format_code_name(file)
    return f"{' '.join(cell)}, line {line}" if cell else source


def place(region: str, source: str) -> str:
    """Return a region and a source line as messages tell them, as far as they are known.

    Examples
    --------
    >>> place("mlp/layer0", "model.py:12"), place("", "model.py:12"), place("", "")
    ('in mlp/layer0, model.py:12', 'model.py:12', '')
    """
    return ", ".join(filter(None, (region and f"in {region}", source and source_name(source))))


def placed(name: str, region: str, source: str) -> str:
    """Return a name with its place.

    Examples
    --------
    >>> placed("gelu", "mlp/layer0", "model.py:12"), placed("gelu", "", "model.py:12")
    ('gelu in mlp/layer0, model.py:12', 'gelu model.py:12')
    """
    return f"{name} {place(region, source)}".rstrip()
