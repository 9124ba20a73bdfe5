"""What ``jit`` returns: recorded when it must be, replayed when it can be."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import RLock
from typing import Any, TypeVar

import numpy as np

from autograd.node.mode import current_mode
from autograd.replay import arguments
from autograd.replay.argument_layout import Structure, flatten
from autograd.replay.arguments import Argnums
from autograd.replay.batching import Batch, stack_results
from autograd.replay.cache_entry import CacheEntry
from autograd.replay.fingerprint import fingerprint
from autograd.replay.outside_names import OutsideNames
from autograd.replay.recorder import Recorder
from autograd.replay.recording import BranchError, Recording
from autograd.replay.small_calls import MISSED, SmallCall
from autograd.replay.tensor_side import TensorSide
from autograd.replay.threads import checked_threads
from autograd.transforms import pytree
from autograd.values.scalar_rows import total
from autograd.values.tensor import Tensor
from autograd.values.value import Value
from autograd.walk.order import leaves

Result = TypeVar("Result")


class Replayed:
    """A function that is recorded on its first call and replayed after that: see ``jit``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jit
    >>> f = jit(lambda w, x: w * x * x)
    >>> f.value_and_grad(2.0, 3.0)  # the gradient is x²
    (18.0, 9.0)
    >>> xs = np.array([1.0, 2.0, 3.0])
    >>> f.map(2.0, xs)
    array([ 2.,  8., 18.])
    >>> f.map_value_and_grad(2.0, xs, reduce="sum")
    (28.0, 14.0)
    >>> len(f.recording(2.0, 3.0)), f.open(2.0, 3.0).op.name
    (2, 'mul')
    """

    def __init__(
        self,
        function: Callable[..., Any],
        parameters: Iterable[Value | Tensor] = (),
        *,
        recordings: int = 16,
        threads: int | None = None,
        tensors: bool | None = None,
    ) -> None:
        self._recorder = Recorder(
            arguments.checked_function(function), arguments.checked_parameters(parameters)
        )
        self._most = arguments.checked_count(recordings)
        self._threads = checked_threads(threads)
        self._names = OutsideNames(self._recorder.function)
        self._of_tensors = TensorSide(*self._recorder, tensors, self._most, self._names)
        self._cache: OrderedDict[Structure, CacheEntry] = OrderedDict()
        self._small: dict[str, SmallCall | None] = {}  # of the recording that was used last
        self._lock = RLock()
        self.__wrapped__ = self._recorder.function

    def __repr__(self) -> str:
        kept = sum(len(entry.recordings) for entry in self._cache.values())
        kept += len(self._of_tensors)
        return f"jit({self._recorder.function!r}), recorded {kept} times"

    # Calls ----------------------------------------------------------------------------------

    def __call__(self, *args: Any) -> Any:
        """Return the function's result, in plain numbers and arrays.

        Inside a function that is being recorded, inside of ``vmap``, and of variables, it is the
        function itself: a part of their graph.
        """
        if arguments.are_inside_another():
            return self._recorder.in_graph(args)
        self._forget_if_changed()
        if (again := self._again("value", None, args)) is not MISSED:
            return again
        if self._of_tensors.takes(args):
            if arguments.has_variable(pytree.leaves(args)):
                return self._recorder.in_graph(args)
            return self._of_tensors.replay().call(args)
        entry, numbers = self._look_up(args)
        if arguments.has_variable(numbers):
            return self._recorder.in_graph(args)

        def run(entry: CacheEntry, recording: Recording) -> Any:
            machine = entry.machine(recording, ())
            found = machine.run(list(zip(entry.ranges, numbers, strict=True)))
            self._small["value"] = SmallCall.of(entry, machine)
            return pytree.rebuild(recording.result, iter(found.tolist()))

        return self._replay(entry, args, run)

    def value_and_grad(self, *args: Any, argnums: Argnums = 0) -> tuple[float, Any]:
        """Return the function's value, one number, and its gradient in some arguments.

        Parameters
        ----------
        *args : number, array, Value, or container of them
        argnums : int or sequence of int
            Which arguments to differentiate in.

        Returns
        -------
        value : float
        gradient : number, array or container
            As the argument is; for a sequence of ``argnums``, a tuple of them. Of variables both
            are nodes, as in a call.
        """
        self._forget_if_changed()
        again: tuple[float, Any] = self._again("gradient", argnums, args)
        if again is not MISSED:
            return again
        if arguments.are_inside_another() or arguments.has_variable(pytree.leaves(args)):
            return self._recorder.gradient_in_graph(args, argnums)  # type: ignore[no-any-return]
        if self._of_tensors.takes(args):
            return self._of_tensors.replay().value_and_grad(args, argnums)
        entry, numbers = self._look_up(args)
        chosen = arguments.checked_argnums(argnums, len(args))

        def run(entry: CacheEntry, recording: Recording) -> tuple[float, Any]:
            arguments.require_scalar(recording)
            machine = entry.machine(recording, chosen)
            found = machine.run_gradient(list(zip(entry.ranges, numbers, strict=True)))
            self._small["gradient"] = SmallCall.of(entry, machine, argnums, chosen)
            return found

        value, found = self._replay(entry, args, run)
        parts = entry.split_gradient(chosen, found)
        grads = tuple(entry.like_argument(args[k], k, parts[k]) for k in chosen)
        return value, grads[0] if isinstance(argnums, int) else grads

    def map(self, *args: Any, in_axes: Any = ...) -> Any:
        """Return the function's results for each sample of a batch: the samples are lanes.

        Parameters
        ----------
        *args : number, array, Value, or container of them
            Those that are mapped are arrays, or containers of arrays, with a batch axis.
        in_axes : int, None, or sequence of them
            The batch axis of each argument, None for one that all samples share. By default the
            first argument is shared, unless it is the only one, and the others' axis is 0.

        Returns
        -------
        array or container of arrays
            The results, along a new first axis.
        """
        self._forget_if_changed()
        batch = Batch(args, in_axes)
        entry, numbers = self._look_up(batch.sample)
        if arguments.has_variable(numbers):
            raise TypeError(
                "map gives plain numbers, and a variable among its arguments would lose its "
                "gradient: use map_value_and_grad, or pass x.data"
            )
        shared, lanes = batch.numbers(entry, numbers)

        def run(entry: CacheEntry, recording: Recording) -> Any:
            machine = entry.lane_machine(
                recording, (), batch.in_lanes(False), batch.size, self._threads
            )
            found = machine.run(shared, lanes, batch.size)
            return stack_results(recording.result, iter(found.T.copy()), batch.size)

        return self._replay(entry, batch.sample, run)

    def map_value_and_grad(
        self,
        *args: Any,
        in_axes: Any = ...,
        argnums: Argnums = 0,
        reduce: str | None = None,
    ) -> tuple[Any, Any]:
        """Return each sample's value and gradient, or the sum or mean over the batch and its own.

        Parameters
        ----------
        *args, in_axes
            As for ``map``.
        argnums : int or sequence of int
            Which arguments to differentiate in.
        reduce : {None, "sum", "mean"}
            What to differentiate: every sample's value for itself, their sum, or their mean.

        Returns
        -------
        value : float, or array of shape (n,) without ``reduce``
        gradient : number, array or container
            As the argument is; without ``reduce`` along a new first axis. For a sequence of
            ``argnums``, a tuple of them.
        """
        if reduce not in (None, "sum", "mean"):
            raise ValueError(f"reduce must be None, 'sum' or 'mean', got {reduce!r}")
        self._forget_if_changed()
        batch = Batch(args, in_axes)
        entry, numbers = self._look_up(batch.sample)
        chosen = arguments.checked_argnums(argnums, len(args))
        shared, lanes = batch.numbers(entry, numbers, all_in_lanes=reduce is None)
        in_lanes = batch.in_lanes(reduce is None)
        seed = 1.0 / batch.size if reduce == "mean" else 1.0

        def run(entry: CacheEntry, recording: Recording) -> Any:
            arguments.require_scalar(recording)
            machine = entry.lane_machine(recording, chosen, in_lanes, batch.size, self._threads)
            return machine.run_gradient(shared, lanes, batch.size, seed)

        values, found, of_lanes = self._replay(entry, batch.sample, run)
        parts = entry.split_gradient((k for k in chosen if k not in in_lanes), found)
        parts |= entry.split_gradient((k for k in chosen if k in in_lanes), of_lanes)
        grads = tuple(entry.like_argument(batch.sample[k], k, parts[k]) for k in chosen)
        if reduce is None:
            return values[:, 0], grads[0] if isinstance(argnums, int) else grads
        grads = tuple(batch.at_axis(k, grad) for k, grad in zip(chosen, grads, strict=True))
        # From the first to the last, as a sum of Values: not pairwise, as NumPy's sum.
        total = float(np.add.accumulate(values[:, 0])[-1])
        value = total / batch.size if reduce == "mean" else total
        return value, grads[0] if isinstance(argnums, int) else grads

    def open(self, *args: Any, in_axes: Any = None, reduce: str = "mean") -> Any:
        """Run the function in the eager engine, and ``backward`` if it returns one Value.

        A replay has no graph; this is the graph of the same step, with the same numbers, to draw,
        to step through, or to look for the origin of a nan. Values that the function takes from
        outside have their ``.grad`` replaced, and ``parameters`` their data, by the first argument.

        Parameters
        ----------
        *args
            As for a call; with ``in_axes``, as for ``map``.
        in_axes : int or sequence of int and None, optional
            The batch axes, to open the step of a whole batch.
        reduce : {"mean", "sum"}
            What is made of the results of a batch.

        Returns
        -------
        Value or container of Values
        """
        if reduce not in ("sum", "mean"):
            raise ValueError(f"reduce must be 'sum' or 'mean', got {reduce!r}")
        if in_axes is None and self._of_tensors.takes(args):
            return self._of_tensors.replay().open(args)
        if in_axes is None:
            self._look_up(args)
            values, _ = self._recorder.as_values(args)
            result = self._recorder.function(*values)
        else:
            result = self._of_batch(Batch(args, in_axes), reduce)
        if isinstance(result, Value) and result.requires_grad:
            for leaf in leaves(result):
                leaf.grad = None
            result.backward()
        return result

    def _of_batch(self, batch: Batch, reduce: str) -> Any:
        """Return the eager sum or mean over a batch; what samples share is shared in the graph."""
        self._look_up(batch.sample)
        first, _ = self._recorder.as_values(batch.sample)
        axes = batch.axes[len(batch.axes) - len(first) :]
        results = []
        for sample in batch.samples():
            own, _ = self._recorder.as_values(sample)
            chosen = [x if axis is None else y for x, y, axis in zip(first, own, axes, strict=True)]
            results.append(self._recorder.function(*chosen))
        found = total(arguments.require_value(each) for each in results)
        return found / batch.size if reduce == "mean" else found

    # Recording ------------------------------------------------------------------------------

    def recording(self, *args: Any) -> Any:
        """Return the Recording, or TensorRecording, for these arguments, made now if need be."""
        self._forget_if_changed()
        if self._of_tensors.takes(args):
            return self._of_tensors.replay().recording(args)
        entry, numbers = self._look_up(args)

        def run(entry: CacheEntry, recording: Recording) -> Recording:
            machine = entry.machine(recording, ())
            machine.run(list(zip(entry.ranges, numbers, strict=True)))
            return recording

        return self._replay(entry, args, run)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle: the function, and recordings that need nothing outside."""
        if self._recorder.parameters:
            raise TypeError(
                "a function jitted with parameters can't be pickled or copied: it would get copies "
                "of them, and the function uses the Values themselves. Pickle what it needs, and "
                "jit it again"
            )
        kept = [
            recording
            for entry in self._cache.values()
            for recording in reversed(entry.recordings)  # the last used comes last
            if not recording.outside
        ]
        function = self._recorder.function
        return {
            "function": function,
            "fingerprint": fingerprint(function),
            "recordings": self._most,
            "threads": self._threads,
            "tensors": self._of_tensors.given,
            "kept": kept,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        settings = {name: state[name] for name in ("recordings", "threads", "tensors")}
        Replayed.__init__(self, state["function"], **settings)
        if state["fingerprint"] and state["fingerprint"] == fingerprint(state["function"]):
            for recording in state["kept"]:
                structure = recording.arguments
                self._add(self._cache.get(structure) or CacheEntry(structure), recording)
            self._names.look()

    def _forget_if_changed(self) -> None:
        """Drop the recordings if an op, or what a name from outside stands for, is another now."""
        if self._names.are_same():
            return
        with self._lock:
            self._cache.clear()
            self._small.clear()
            self._of_tensors.forget()
            self._names.look()

    def _look_up(self, args: tuple[Any, ...]) -> tuple[CacheEntry, list[Any]]:
        """Return the cache entry for arguments of this structure, and their leaves."""
        if (tracer := current_mode().tracer) is not None:
            tracer.refuse("replaying", "call the jitted function itself: it becomes a part of this")
        self._of_tensors.refuse_lanes(args)
        numbers: list[Any] = []
        structure = flatten(args, numbers)
        self._recorder.check(args)
        return self._cache.get(structure) or CacheEntry(structure), numbers

    def _again(self, what: str, argnums: Any, args: tuple[Any, ...]) -> Any:
        """Replay as the last call did; MISSED if this one isn't like it."""
        with self._lock:
            small = self._small.get(what)
            if small is None or small.argnums is not argnums or current_mode().tracer is not None:
                return MISSED
            return small.value(args) if argnums is None else small.value_and_grad(args)

    def _replay(
        self,
        entry: CacheEntry,
        args: tuple[Any, ...],
        run: Callable[[CacheEntry, Recording], Result],
    ) -> Result:
        """Run the recording whose branches are right; record the function if there is none."""
        with self._lock:
            entry = self._cache.get(entry.structure, entry)
            try:
                for recording in entry.recordings:
                    with suppress(BranchError):
                        found = run(entry, recording)
                        self._use(entry, recording)
                        return found
                recording = self._recorder.record(args, entry.structure)
                self._names.look()
                found = run(entry, recording)
            except BaseException:
                entry.drop_machines()  # their memory may hold half of a backward pass
                self._small.clear()
                raise
            self._add(entry, recording)
            return found

    def _use(self, entry: CacheEntry, recording: Recording) -> None:
        """Note that a recording was used last."""
        entry.put_first(recording)
        self._cache[entry.structure] = entry
        self._cache.move_to_end(entry.structure)
        self._small = {k: x for k, x in self._small.items() if x and x.is_of(recording)}

    def _add(self, entry: CacheEntry, recording: Recording) -> None:
        """Keep a recording, and let the longest unused go if there are too many."""
        self._use(entry, recording)
        while sum(len(each.recordings) for each in self._cache.values()) > self._most:
            unused = next(iter(self._cache.values()))
            unused.drop(unused.recordings[-1])
            if not unused.recordings:
                del self._cache[unused.structure]
