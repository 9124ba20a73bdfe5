"""Which calls of a jitted function are of Tensors, and what replays these."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from autograd.node.mode import current_mode
from autograd.node.node import Node
from autograd.replay.arguments import checked_tensors
from autograd.replay.outside_names import OutsideNames
from autograd.transforms import pytree

if TYPE_CHECKING:
    from autograd.replay.tensors.tensor_replay import TensorReplay


class TensorSide:
    """A jitted function as one of Tensors.

    Attributes
    ----------
    given : bool or None
        Whether its arrays are Tensors; None if the arguments of a call say.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        parameters: list[Any],
        given: bool | None,
        recordings: int,
        names: OutsideNames,
    ) -> None:
        self.given = checked_tensors(given, parameters)
        self._arguments = function, parameters, recordings, names
        self._replay: TensorReplay | None = None
        self._lock = Lock()

    def __len__(self) -> int:
        """How many recordings are kept."""
        return len(self._replay or ())

    def takes(self, args: tuple[Any, ...]) -> bool:
        """Whether the arrays among the arguments are Tensors in the function."""
        if self.given is not None:
            return self.given
        return any(isinstance(x, Node) and x._rank for arg in args for x in pytree.leaves(arg))

    def refuse_lanes(self, args: tuple[Any, ...]) -> None:
        """Raise TypeError if the function takes whole arrays as Tensors, which have no lanes."""
        if self.takes(args):
            raise TypeError(
                "map and in_axes make lanes of Values, and this function takes Tensors: give it "
                "the whole batch, which is one instruction an op; or say tensors=False"
            )

    def forget(self) -> None:
        """Drop all recordings."""
        with self._lock:
            self._replay = None

    def replay(self) -> TensorReplay:
        """Return the replay on Tensors, made here: a function of Values needs nothing of it."""
        if (tracer := current_mode().tracer) is not None:
            tracer.refuse("replaying", "call the jitted function itself: it becomes a part of this")
        with self._lock:
            if self._replay is None:
                from autograd.replay.tensors.tensor_replay import TensorReplay

                self._replay = TensorReplay(*self._arguments)
            return self._replay
