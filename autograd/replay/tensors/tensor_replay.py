"""``TensorReplay``: what a jitted function does when it is called with Tensors."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import RLock
from typing import Any, TypeVar

import numpy as np

from autograd.node.mode import PLAIN, in_mode
from autograd.node.node import Node, raw
from autograd.numbers.readonly import of_plain_kind
from autograd.numbers.sealed import SealedRead
from autograd.numbers.words import with_article
from autograd.replay.arguments import Argnums, checked_argnums
from autograd.replay.outside_names import OutsideNames
from autograd.replay.recording import BranchError
from autograd.replay.tensors.tensor_machine import OutOfRangeError
from autograd.replay.tensors.tensor_program import as_int64
from autograd.replay.tensors.tensor_recorder import TensorRecorder, parameter_dtype, split
from autograd.replay.tensors.tensor_recording import TensorRecording
from autograd.rules.chain_rule import is_finite
from autograd.transforms import pytree
from autograd.values.plain_numbers import as_float
from autograd.values.tensor import Tensor
from autograd.values.value import Value
from autograd.walk.order import leaves as leaves_of
from autograd.walk.reverse import cotangents

Result = TypeVar("Result")
Key = tuple[Any, ...]


class TensorReplay:
    """Recordings of one function of Tensors, by the shapes of its arguments."""

    def __init__(
        self,
        function: Callable[..., Any],
        parameters: Sequence[Any],
        recordings: int,
        names: OutsideNames,
    ) -> None:
        self._recorder = TensorRecorder(function, list(parameters))
        self._most = recordings
        self._names = names
        self._kept: OrderedDict[Key, list[TensorRecording]] = OrderedDict()
        self._by_value: dict[Key, set[int]] = {}  # the leaves that the function reads
        self._plans: dict[Any, GradientPlan] = {}
        self._lock = RLock()

    def __len__(self) -> int:
        return sum(map(len, self._kept.values()))

    def call(self, args: tuple[Any, ...]) -> Any:
        """Return what the function returns, in plain numbers and arrays."""
        return self._replay(args, (), lambda recording: self._result(recording, args))

    def recording(self, args: tuple[Any, ...]) -> TensorRecording:
        """Return the recording for these arguments, made now if need be."""
        return self._replay(args, (), lambda recording: recording)

    def value_and_grad(self, args: tuple[Any, ...], argnums: Argnums) -> tuple[Any, Any]:
        """Return the one number that the function returns, and its gradients."""
        plan = self._plan(args, argnums)

        def found(recording: TensorRecording) -> tuple[Any, list[Any]]:
            value, gradients = self._result(recording, args), list(recording.gradient())
            if not all(map(is_finite, gradients)):
                recording.rewind()
                recording.recomputed += 1
                gradients = self._by_walk(args, plan.wanted)
            return value, gradients

        value, gradients = self._replay(args, plan.wanted, found)
        return value, plan.nested(args, gradients)

    def _plan(self, args: tuple[Any, ...], argnums: Argnums) -> GradientPlan:
        """Return which gradients are wanted; of arrays and numbers, as in the last call."""
        kinds = [x.dtype.kind if type(x) is np.ndarray else type(x) for x in args]
        if not isinstance(argnums, int):
            argnums = checked_argnums(argnums, len(args))
        known = (*kinds, argnums)
        plan = self._plans.get(known)
        if plan is None:
            has_theta = bool(self._recorder.parameters)
            counts = [
                1 if has_theta and k == 0 else len(pytree.leaves(arg)) for k, arg in enumerate(args)
            ]
            plan = GradientPlan(
                checked_argnums(argnums, len(args)), isinstance(argnums, int), counts,
                self._numbers(args),
            )  # fmt: skip
            if all(kind in _ONE_LEAF for kind in kinds):
                self._plans[known] = plan
        return plan

    def open(self, args: tuple[Any, ...]) -> Any:
        """Run the function in the eager engine, and ``backward`` if it returns one number."""
        self._numbers(args)  # which are checked
        for p, data in zip(
            self._recorder.parameters, split(self._recorder.parameters, args), strict=True
        ):
            p._data = data
        values, _ = self._eager(args)
        result = self._recorder.function(*values)
        of_one = isinstance(result, (Tensor, Value)) and np.size(result._data) == 1
        if of_one and result.requires_grad:
            for leaf in leaves_of(result):
                leaf.grad = None
            result.backward()
        return result

    # Arguments ------------------------------------------------------------------------------------

    def _numbers(self, args: tuple[Any, ...]) -> list[Any]:
        """Return the leaves of the arguments; the parameters' array is one."""
        if not self._recorder.parameters:
            return self._recorder.leaves(args)
        self._check_parameters(args)
        return [args[0], *self._recorder.leaves(args)]

    def _check_parameters(self, args: tuple[Any, ...]) -> None:
        size = sum(np.size(p._data) for p in self._recorder.parameters)
        theta: Any = args[0] if args else None
        dtype = parameter_dtype(self._recorder.parameters)
        is_array = isinstance(theta, np.ndarray)
        if not (is_array and theta.shape == (size,) and theta.dtype == dtype):
            got = f"{theta.dtype} of shape {theta.shape}" if is_array else with_article(theta)
            raise TypeError(
                f"the first argument must be an array of the numbers of all parameters, {dtype} of "
                f"shape ({size},), got {got}: np.concatenate([p.data.ravel() for p in parameters])"
            )

    def _key(self, args: tuple[Any, ...], wanted: Sequence[int], numbers: list[Any]) -> Key:
        if all(type(arg) is np.ndarray and arg.dtype.kind != "O" for arg in args):  # most calls
            return (None, *[(x.shape, x.dtype.str) for x in numbers], tuple(wanted))
        own = self._recorder.own(args)
        structure = tuple(pytree.map_leaves(lambda _, x: described(x), arg) for arg in own)
        return (repr(structure), *map(described, numbers), tuple(wanted))

    def _eager(self, args: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
        """Return the arguments as variables in their containers, and all these in order."""
        leaves = [_eager_leaf(leaf) for leaf in self._recorder.leaves(args)]
        values = iter(leaves)
        given = [pytree.rebuild(arg, values) for arg in self._recorder.own(args)]
        return given, leaves

    def _result(self, recording: TensorRecording, args: tuple[Any, ...]) -> Any:
        """Return what a recording gave: the walk's, where a derivative inside isn't finite."""
        value = recording.result()
        if not recording.tape.derives or all(map(_is_finite_result, pytree.leaves(value))):
            return value
        recording.rewind()
        recording.recomputed += 1
        with self._recorder.holding(args), in_mode(PLAIN):
            given, _ = self._eager(args)
            return pytree.map_leaves(lambda _, x: raw(x), self._recorder.function(*given))

    def _by_walk(self, args: tuple[Any, ...], wanted: Sequence[int]) -> list[Any]:
        """Return gradients by the walk, where 0·∞ is 0: kernels multiply as IEEE 754 has it."""
        parameters = self._recorder.parameters
        with self._recorder.holding(args), in_mode(PLAIN):
            given, leaves = self._eager(args)
            root = self._recorder.function(*given)
            found = cotangents(root, root._check_cotangent(None)) if isinstance(root, Node) else {}

        def of(leaf: Any) -> Any:
            like = np.asarray(leaf._data)
            return np.asarray(found.get(leaf, np.zeros_like(like)))

        inputs = [parameters, *leaves] if parameters else leaves
        return [
            np.concatenate([of(p).ravel() for p in inputs[k]])
            if isinstance(inputs[k], list)
            else of(inputs[k])
            for k in wanted
        ]

    # Recordings -----------------------------------------------------------------------------------

    def _replay(
        self,
        args: tuple[Any, ...],
        wanted: Sequence[int],
        found: Callable[[TensorRecording], Result],
    ) -> Result:
        """Return what is found by the recording whose branches are right, made if there is none."""
        try:
            return self._found(args, wanted, found)
        except (OutOfRangeError, IndexError):  # in a replay, or while it is recorded
            with self._recorder.holding(args):
                given, _ = self._eager(args)
                self._recorder.function(*given)  # which says what is out of range, and of which
            raise

    def _found(
        self,
        args: tuple[Any, ...],
        wanted: Sequence[int],
        found: Callable[[TensorRecording], Result],
    ) -> Result:
        numbers = self._numbers(args)
        plain = [_plain(each) for each in numbers]
        with self._lock:
            key = self._key(args, wanted, numbers)
            if key in self._by_value:
                key = self._with_values(key, numbers)
            for recording in self._kept.get(key, ()):
                with suppress(BranchError):
                    recording.run(plain)
                    self._put_first(key, recording)
                    return found(recording)
            key, recording = self._recorded(args, wanted, key, numbers)
            self._names.look()
            recording.run(plain)
            self._put_first(key, recording)
            while len(self) > self._most:
                oldest = next(iter(self._kept))
                self._kept[oldest].pop()
                if not self._kept[oldest]:
                    del self._kept[oldest]
            return found(recording)

    def _recorded(
        self, args: tuple[Any, ...], wanted: Sequence[int], key: Key, numbers: list[Any]
    ) -> tuple[Key, TensorRecording]:
        """Record; an array of whole numbers that the function reads is taken by its value."""
        for leaf in numbers:  # of another kind or dtype it is another recording
            described(leaf)
        first = 1 if self._recorder.parameters else 0
        whole = [k for k, x in enumerate(numbers[first:]) if not _is_float_array(x)]
        plain_key = key[: len(numbers) + 2]
        try:
            by_value = {k - first for k in self._by_value.get(plain_key, ())}
            return key, self._recorder.record(args, wanted, by_value)
        except SealedRead as error:
            if error.sealed is None or error.sealed.dtype.kind == "f" or by_value:
                raise
        arrays = {k for k in whole if isinstance(numbers[first + k], np.ndarray)}
        recording = self._recorder.record(args, wanted, arrays)
        self._by_value[plain_key] = {k + first for k in arrays}
        return self._with_values(plain_key, numbers), recording

    def _with_values(self, key: Key, numbers: list[Any]) -> Key:
        return (*key, *(numbers[k].tobytes() for k in sorted(self._by_value[key])))

    def _put_first(self, key: Key, recording: TensorRecording) -> None:
        others = [each for each in self._kept.get(key, ()) if each is not recording]
        self._kept[key] = [recording, *others]
        self._kept.move_to_end(key)


# Types of arguments, and kinds of arrays, that are one leaf.
_ONE_LEAF = frozenset({float, int, Tensor, Value, *"fiub"})


class GradientPlan:
    """Which leaves' gradients a call wants, and how they are nested."""

    def __init__(
        self, chosen: tuple[int, ...], is_one: bool, counts: list[int], leaves: list[Any]
    ) -> None:
        self._chosen, self._is_one, self._counts = chosen, is_one, counts
        self._begins = np.cumsum([0, *counts]).tolist()
        self.wanted = tuple(
            k
            for n in sorted(set(chosen))
            for k in range(self._begins[n], self._begins[n + 1])
            if is_differentiable(leaves[k])
        )

    def nested(self, args: tuple[Any, ...], gradients: list[Any]) -> Any:
        """Return gradients in the containers of their arguments, for those that were chosen."""
        by_leaf = dict(zip(self.wanted, gradients, strict=True))

        def like(k: int) -> Any:
            begin, end = self._begins[k], self._begins[k + 1]
            found = [by_leaf.get(i) for i in range(begin, end)]
            parts = [None if g is None else g if g.ndim else g.item() for g in found]
            return parts[0] if not pytree.is_container(args[k]) else pytree.rebuild(
                args[k], iter(parts)
            )  # fmt: skip

        grads = tuple(map(like, self._chosen))
        return grads[0] if self._is_one else grads


def is_differentiable(leaf: Any) -> bool:
    """Whether a leaf of an argument has a gradient."""
    if isinstance(leaf, np.ndarray):
        return bool(leaf.dtype.kind == "f")
    return not (leaf is None or isinstance(leaf, (bool, str)))


def described(leaf: Any) -> Any:
    """Return what another recording is made for: a leaf's kind, shape and dtype."""
    if isinstance(leaf, (np.ndarray, Tensor)):
        of_plain_kind(leaf)
        if leaf.dtype.kind not in "fiub" or leaf.dtype.itemsize > 8:
            raise TypeError(
                "an argument must be made of real numbers (float16, float32, float64, or whole "
                f"numbers), got an array of {leaf.dtype}"
            )
        return (leaf.shape, leaf.dtype.str)
    if leaf is None or isinstance(leaf, (bool, str)):
        return leaf
    if isinstance(leaf, (int, float, np.floating, np.integer)):
        return ()
    if isinstance(leaf, Value) and isinstance(leaf._data, float):
        return ()
    raise TypeError(
        "an argument must be made of numbers, arrays, Tensors and Values of floats, got "
        f"{with_article(leaf)}"
    )


def _plain(leaf: Any) -> Any:
    """Return the numbers of a leaf, as a replay takes them."""
    if isinstance(leaf, Node):
        return leaf._data
    if isinstance(leaf, np.ndarray) and leaf.dtype == np.uint64:
        return as_int64(leaf)
    if type(leaf) is int:
        return as_float(leaf)  # or an error that says why it is none
    return 0.0 if leaf is None or isinstance(leaf, str) else leaf


def _eager_leaf(leaf: Any) -> Any:
    if leaf is None or isinstance(leaf, (bool, str)):
        return leaf
    if isinstance(leaf, (np.ndarray, Tensor)):
        numbers = leaf._data if isinstance(leaf, Tensor) else leaf
        return Tensor(numbers) if numbers.dtype.kind == "f" else numbers
    return Value(float(leaf._data if isinstance(leaf, Node) else leaf))


def _is_finite_result(leaf: Any) -> bool:
    return not isinstance(leaf, (float, np.ndarray)) or is_finite(leaf)


def _is_float_array(x: Any) -> bool:
    return isinstance(x, Tensor) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
