"""The recording mode of a thread or task: recording or not, the region, the watcher."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple

from autograd.node.region_names import region_inside
from autograd.numbers.words import with_article


class Note(NamedTuple):
    """The label, region and source of a node, which the nodes of a region share.

    ``source`` is ``file.py:12``, and ``code`` that line as it was when the node was made: whoever
    shows it opens no file, for a source may have come from a stranger's. ``is_bound`` is for the
    variable of a transform whose function has returned: nobody outside knows of it.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.extend import Note
    >>> Value(1.0, label="w").note == Note(label="w")
    True
    """

    label: str = ""
    region: str = ""
    source: str = ""
    code: str = ""
    is_bound: bool = False


def noted(note: Note | None, **texts: str) -> Note:
    """Return a note with some texts replaced; TypeError for what is no text."""
    for name, text in texts.items():
        if not isinstance(text, str):
            raise TypeError(f"a {name} must be a str, got {with_article(text)}")
    return (note or Note())._replace(**texts)  # type: ignore[arg-type]  # bool, of no name here


class Mode(NamedTuple):
    """The recording mode of a thread or task.

    ``tracer`` is there while a function is recorded for replay (``autograd.replay``): it is told
    of whatever a graph doesn't hold, a comparison or a number that is read. ``watcher`` is called
    with every node that is recorded (``autograd.reading.sources``).
    """

    recording: bool = True
    note: Note | None = None
    tracer: Any = None
    watcher: Any = None


PLAIN = Mode()
_mode: ContextVar[Mode] = ContextVar("autograd_mode", default=PLAIN)
current_mode = _mode.get


def is_recording() -> bool:
    """Whether operations on variables are being recorded in this thread or task.

    Examples
    --------
    >>> from autograd import is_recording, no_grad
    >>> with no_grad():
    ...     inside = is_recording()
    >>> is_recording(), inside
    (True, False)
    """
    return current_mode().recording


class in_mode:  # noqa: N801
    """Be in another mode inside a ``with`` block."""

    __slots__ = ("_mode", "_token")

    def __init__(self, mode: Mode) -> None:
        self._mode = mode

    def __enter__(self) -> None:
        self._token = _mode.set(self._mode)

    def __exit__(self, *_: object) -> None:
        _mode.reset(self._token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results are constants. Other threads and tasks go on recording.

    Examples
    --------
    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """
    mode = current_mode()
    if mode.tracer is not None:
        mode.tracer.refuse("no_grad()", "use x.detach()")
    with in_mode(mode._replace(recording=False)):
        yield


@contextmanager
def enable_grad() -> Iterator[None]:
    """Record again inside a ``no_grad()`` block.

    Examples
    --------
    >>> from autograd import Value, enable_grad, no_grad
    >>> x = Value(3.0)
    >>> with no_grad(), enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """
    with in_mode(current_mode()._replace(recording=True)):
        yield


class region(ContextDecorator):  # noqa: N801
    """Name the part of the graph that is built inside: regions nest into a path.

    Examples
    --------
    >>> from autograd import Value, region
    >>> with region("layer0"), region("neuron3"):
    ...     y = Value(1.0) * 2.0
    >>> y.region
    'layer0/neuron3'
    """

    __slots__ = ("_name", "_token")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        mode = current_mode()
        note = _note_inside(mode.note.region if mode.note else "", self._name)
        self._token = _mode.set(Mode(mode.recording, note, mode.tracer, mode.watcher))

    def __exit__(self, *_: object) -> None:
        _mode.reset(self._token)

    def _recreate_cm(self) -> region:
        return region(self._name)  # each call of a function that it decorates has its own


@lru_cache(maxsize=4096)
def _note_inside(outer: str, name: str) -> Note:
    return Note(region=region_inside(outer, name))
