"""``record``: keeps what a PyTorch program computes while it runs, and leaves the program alone.

A dispatch mode is told of every operation below torch's autograd. It runs torch's own operation
and hands its outputs on as they are: autograd saves them, so that others in their place would
corrupt the user's gradients. Which operation made which node of torch's graph is told by the
sequence number that torch gives a node when it makes it, just before the operation is dispatched.
"""

from __future__ import annotations

import os
import sys
from threading import get_ident
from types import CodeType, FrameType, TracebackType
from typing import Any, Self

import torch
from torch._C._autograd import _get_sequence_nr, _top_saved_tensors_default_hooks
from torch.nn.modules import module as torch_modules
from torch.utils._python_dispatch import TorchDispatchMode

from autograd.bridges.torch.graph import Graph
from autograd.bridges.torch.names import Names
from autograd.bridges.torch.schemas import ALIASES, WRITES, kind_of
from autograd.bridges.torch.trace import Scope, Seen, Trace
from autograd.files.users_line import is_users
from autograd.node.node import Node
from autograd.numbers.words import with_article

_CLONE = torch.ops.aten.clone.default
_TORCH = os.path.dirname(torch.__file__) + os.sep
_APPLY: CodeType = torch.autograd.Function.apply.__func__.__code__


def record(*models: Any) -> Recording:
    """Record a PyTorch program, unmodified, to open what it computes as a graph of our nodes.

    Parameters
    ----------
    *models : torch.nn.Module
        Whose parameters give labels (``fc1.weight``) and whose modules give regions (``fc1``). What
        is computed without them is recorded all the same.

    Returns
    -------
    Recording
        A context manager, ``with record(model) as rec:``. Then ``rec[loss]`` is the graph of any
        tensor that was computed in the block: torch's numbers, torch's own pullbacks.

    Raises
    ------
    TypeError
        If a model isn't a ``torch.nn.Module``.

    Examples
    --------
    >>> import torch
    >>> from autograd.bridges.torch import record
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh())
    >>> with record(model) as rec:
    ...     loss = model(torch.ones(1, 2)).sum()
    >>> root = rec[loss]
    >>> tanh = root.parents[0]
    >>> tanh.op.name, tanh.region, tanh.parents[0].parents[0].label
    ('tanh', '1', '0.bias')
    """
    for model in models:
        if not isinstance(model, torch.nn.Module):
            raise TypeError(
                f"record takes torch.nn.Modules, got {with_article(model)}: leave it out, for "
                "what is computed without a module is recorded all the same"
            )
    return Recording(models)


class Recording:
    """The computation of a PyTorch program inside ``with record(model) as rec``.

    ``rec[loss]`` is the graph of a tensor; asked for again, or for another loss, it shares the
    nodes that both have. Open before ``backward()``, which frees what torch's pullbacks need.

    Examples
    --------
    >>> import torch
    >>> from autograd.bridges import torch as bridge
    >>> x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    >>> with bridge.record() as rec:
    ...     y = x * x
    ...     loss = y + x
    >>> rec[loss].op.name, rec[y] in rec[loss].parents
    ('add', True)
    """

    def __init__(self, models: tuple[Any, ...]) -> None:
        self._trace = Trace()
        self._models = models
        self._names = Names(models)
        self._mode = _Mode(self._trace)
        self._hooks: list[Any] = []
        self._graph: Graph | None = None

    def __enter__(self) -> Self:
        if self._graph is not None:
            raise RuntimeError(
                "this recording was entered before: record(model) makes a new one for each block"
            )
        self._graph = Graph(self._trace, self._names)
        tracker = _ModuleTracker(self._mode, self._names)
        # Hooks on all modules, so that none of the user's holds one.
        self._hooks = [
            torch_modules.register_module_forward_pre_hook(tracker.enter),
            torch_modules.register_module_forward_hook(
                tracker.leave, with_kwargs=True, always_call=True
            ),
        ]
        self._mode.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._mode.__exit__(kind, error, traceback)
        for hook in self._hooks:
            hook.remove()
            torch_modules._global_forward_hooks_with_kwargs.pop(hook.id, None)  # torch forgets it
        self._trace.close(p for model in self._models for p in model.parameters())

    def __getitem__(self, tensor: Any) -> Node:
        if self._graph is None:
            raise RuntimeError("nothing is recorded yet: with record(model) as rec: ...")
        return self._graph.open(tensor)

    def __repr__(self) -> str:
        return f"<Recording of {len(self._trace.seen)} PyTorch operations>"


class _Mode(TorchDispatchMode):
    """Notes each operation for which torch made a node of its graph, in the thread that records."""

    supports_higher_order_operators = True

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self.trace = trace
        self.scope: Scope | None = None
        self.before = self.made = trace.begins
        self.saved_original = False
        self.is_users: dict[CodeType, bool] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        made = _get_sequence_nr()
        kind = kind_of(func)
        used = None
        makes_node = made != self.made
        if kind & WRITES:
            makes_node |= self.saved_original  # for which torch made the node before the copy
            used = self.trace.before_writing(func, args, kwargs or {}, makes_node)
        out = func(*args, **kwargs) if kwargs else func(*args)
        self.saved_original = False
        if makes_node:
            code, at = _users_line(self.is_users, sys._getframe(1))
            # A view that somebody holds is made anew by autograd, which would be seen as one more
            # operation: only what is no view is kept.
            kept = None if kind & (ALIASES | WRITES) else out
            before = self.made if made != self.made else self.before
            hooked = _top_saved_tensors_default_hooks(False) is not None
            given = None if torch.is_grad_enabled() else _arguments_of_function(sys._getframe(1))
            where = (self.scope, code, at, hooked, given)
            self.trace.seen.append(Seen(before, made, func, args, kwargs, kept, used, *where))
            # What writes in place may need what it writes over: torch copies that first.
            self.saved_original = func is _CLONE and made - before > 1
            self.before = before
            self.made = made
        return out


def _users_line(known: dict[CodeType, bool], frame: FrameType | None) -> tuple[Any, int]:
    """Return the innermost code that isn't torch's or ours, and where in it: decoded when read."""
    while frame is not None:
        code = frame.f_code
        users = known.get(code)
        if users is None:
            users = known[code] = is_users(frame, (_TORCH,))
        # The forward of an autograd.Function is the user's, but its node was made by its caller.
        if users and (frame.f_back is None or frame.f_back.f_code is not _APPLY):
            return code, frame.f_lasti
        frame = frame.f_back
    return None, -1


def _arguments_of_function(frame: FrameType | None) -> tuple[Any, ...] | None:
    """Return the arguments of the ``autograd.Function`` whose forward is running; else None.

    A node that is made where no gradient is wanted is that of a Function, which is called with it.
    """
    while frame is not None:
        if frame.f_code is _APPLY:
            given: tuple[Any, ...] = frame.f_locals["args"]
            return given
        frame = frame.f_back
    return None


class _ModuleTracker:
    """Keeps the module that is running in the mode's ``scope``, in the thread that records."""

    def __init__(self, mode: _Mode, names: Names) -> None:
        self._mode = mode
        self._names = names
        self._thread = get_ident()

    def enter(self, module: Any, args: Any) -> None:
        if get_ident() == self._thread:
            self._mode.scope = Scope(module, self._mode.scope)

    def leave(self, module: Any, args: Any, *rest: Any) -> None:
        if get_ident() != self._thread:
            return
        scope = self._mode.scope
        while scope is not None and scope.module is not module:  # which failed on the way
            scope = scope.parent
        self._mode.scope = scope and scope.parent
        if self._mode.scope is None:
            kwargs = rest[0] if len(rest) == 2 else {}
            self._names.called(module, args, kwargs)
