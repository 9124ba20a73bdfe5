"""The recorder of functions of Tensors: traces until two traces agree, and lowers the last."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from autograd.node.node import Node
from autograd.numbers.sealed import Sealed, unsealed
from autograd.numbers.words import with_article
from autograd.replay.collector import without_collector
from autograd.replay.recorder import alive, alone
from autograd.replay.tensors.gradient_graph import gradient_graph
from autograd.replay.tensors.lowering import lower
from autograd.replay.tensors.memory_places import Place
from autograd.replay.tensors.sealing import held_sealed, release, trace_tensors
from autograd.replay.tensors.tensor_program import Program
from autograd.replay.tensors.tensor_recording import Guard, TensorRecording, TensorTape, Whole
from autograd.replay.tensors.tensor_tracing import TensorTracer, TracedTensor, sealed_leaf
from autograd.replay.tracer import Condition
from autograd.transforms import pytree
from autograd.values.tensor import Tensor
from autograd.values.value import Value
from autograd.walk.order import topological_order


class TensorRecorder(NamedTuple):
    """A function, and the variables it takes from outside that are its first argument."""

    function: Callable[..., Any]
    parameters: list[Any]

    def record(
        self, args: tuple[Any, ...], wanted: Sequence[int], by_value: set[int]
    ) -> TensorRecording:
        """Trace until two traces agree, and return their recording.

        Parameters
        ----------
        args : tuple
            As for a call.
        wanted : sequence of int
            The leaves of the arguments whose gradients are wanted, counted in order.
        by_value : set of int
            The leaves that the function may read: they are a part of the recording.
        """
        held: list[Node] = []
        before: TensorTape | None = None
        with alone, without_collector():
            for _ in range(4):
                tape, found = self._traced(args, wanted, by_value, held)
                if found:
                    held += found
                elif before is not None and tape.same_as(before):
                    tape.watch(before)
                    return TensorRecording(tape, wanted)
                else:
                    before = tape
        raise ValueError(
            "recording the function twice on the same arguments gave two different recordings: it "
            "depends on something that changes between calls (a counter, a random number, a list "
            "that grows), and a replay would repeat the last; pass it as an argument"
        )

    def _traced(
        self, args: tuple[Any, ...], wanted: Sequence[int], by_value: set[int], held: list[Node]
    ) -> tuple[TensorTape, list[Node]]:
        """Trace once; return also the constants in it that are alive when the graph is gone."""
        with self.holding(args), held_sealed([*self.parameters, *held]):
            leaves = [
                leaf.copy() if k in by_value else _traced_leaf(leaf)
                for k, leaf in enumerate(self.leaves(args))
            ]
            values = iter(leaves)
            given = [pytree.rebuild(arg, values) for arg in self.own(args)]
            result, noted = trace_tensors(self.function, given)
            lowering = _Lowering(self.parameters, leaves, held)
            tape = lowering.tape(result, noted, wanted)
        references = [*map(weakref.ref, lowering.plain), *noted.constants]
        made, inputs = noted.made, {*map(id, leaves), *map(id, self.parameters)}
        arguments = leaves  # alive, so that no other object has their ids
        del leaves, values, given, result, noted, lowering
        release(made, inputs)
        del arguments
        return tape, alive(references, {*held, *self.parameters})

    @contextmanager
    def holding(self, args: tuple[Any, ...]) -> Iterator[None]:
        """Let the parameters be variables with the numbers of a call, for a while."""
        before = [(p._data, p.requires_grad) for p in self.parameters]
        try:
            for p, data in zip(self.parameters, split(self.parameters, args), strict=True):
                p._data, p.requires_grad = data, True
            yield
        finally:
            for p, (data, wanted) in zip(self.parameters, before, strict=True):
                p._data, p.requires_grad = data, wanted

    def own(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments that the function itself gets."""
        return args[1:] if self.parameters else args

    def leaves(self, args: tuple[Any, ...]) -> list[Any]:
        """Return the leaves of these."""
        return [leaf for arg in self.own(args) for leaf in pytree.leaves(arg)]


def split(parameters: list[Any], args: tuple[Any, ...]) -> list[Any]:
    """Return the data of the parameters, from the array that is the first argument."""
    found, begin = [], 0
    for p in parameters:
        shape = np.shape(unsealed(p._data))
        size = int(np.prod(shape))
        part = args[0][begin : begin + size]
        found.append(part.reshape(shape).copy() if p._rank else float(part[0]))
        begin += size
    return found


def _traced_leaf(leaf: Any) -> Any:
    """Return what the function gets for a leaf of its arguments."""
    if leaf is None or isinstance(leaf, (bool, str)):
        return leaf
    if isinstance(leaf, np.ndarray):
        return sealed_leaf(leaf) if leaf.dtype.kind == "f" else Sealed(leaf)
    if isinstance(leaf, Tensor):
        return sealed_leaf(leaf._data)
    return Value(float(leaf._data if isinstance(leaf, Node) else leaf))


class _Lowering:
    """Lowers one trace."""

    def __init__(self, parameters: list[Any], leaves: list[Any], held: list[Node]) -> None:
        self.program = Program()
        self.plain: list[Node] = []
        self._held = set(held)  # by identity: nodes are compared by their numbers
        self._has_parameters = bool(parameters)
        self._outside: list[tuple[Node, Place]] = []
        self._sources: dict[Node, Any] = {}  # plain and sealed arrays, by the leaves made of them
        self.inputs: list[Place] = []
        self._nodes: list[list[Any]] = []  # of each input, those whose gradients it wants
        if parameters:
            self._add_parameters(parameters)
        for leaf in leaves:
            self._add_leaf(leaf)

    def _add_parameters(self, parameters: list[Any]) -> None:
        shapes = [np.shape(unsealed(p._data)) for p in parameters]
        sizes = [int(np.prod(shape)) for shape in shapes]
        theta = self.program.new((sum(sizes),), parameter_dtype(parameters), lasting=True)
        begin = 0
        for p, shape, size in zip(parameters, shapes, sizes, strict=True):
            view = theta.view[begin : begin + size].reshape(shape)
            self.program.places[p] = Place(theta.storage, view)
            begin += size
        self.inputs.append(theta)
        self._nodes.append(parameters)

    def _add_leaf(self, leaf: Any) -> None:
        shape, dtype = (), np.dtype(float)
        if isinstance(leaf, (Sealed, TracedTensor, np.ndarray)):
            data: Any = leaf._data if isinstance(leaf, TracedTensor) else leaf
            shape, dtype = data.shape, data.dtype if data.dtype.kind == "f" else np.dtype(np.int64)
        place = self.program.new(shape, dtype, lasting=True)
        self.inputs.append(place)
        self._nodes.append([leaf])
        if isinstance(leaf, Sealed):
            self.program.sealed[id(leaf)] = place
        elif isinstance(leaf, Node):
            self.program.places[leaf] = place

    def tape(self, result: Any, noted: TensorTracer, wanted: Sequence[int]) -> TensorTape:
        """Return the tape of what a function returned, and of gradients that are wanted."""
        self._sources = dict(noted.arrays)
        result = pytree.map_leaves(_as_result, result)
        gradients = self._gradients(result, wanted) if wanted else []
        roots = [leaf for leaf in pytree.leaves(result) if isinstance(leaf, Node)]
        asked = dict.fromkeys((guard.node, guard.outcome) for guard in noted.guards)
        guarded = [node for node, _ in asked]
        found = [node for nodes in gradients for node in nodes or () if node is not None]
        for node in topological_order(*reversed((*guarded, *roots, *found))):
            for parent in node.parents:
                self._leaf(parent)
            lower(self.program, node)
        for node in (*guarded, *roots, *found):
            self._leaf(node)
        places = self.program.places
        tape = TensorTape(
            program=self.program,
            inputs=self.inputs,
            outside=self._outside,
            arrays=[
                (places[leaf], x)
                for leaf, x in self._sources.items()
                if leaf in places and isinstance(x, (np.ndarray, list))
            ],
            kept=noted.kept,
            guards=[Guard(places[node], outcome) for node, outcome in asked],
            result=pytree.map_leaves(lambda _, leaf: self._result(leaf), result),
            gradient=[self._joined(k, nodes) for k, nodes in zip(wanted, gradients, strict=False)],
            derives=noted.derives,
        )
        self.program.forget_nodes()
        return tape

    def _result(self, leaf: Any) -> Any:
        """Return the place of what is returned; a plain array is itself, as it is then."""
        if isinstance(leaf, Sealed):
            return Whole(self.program.place_of(leaf), leaf.dtype)
        return self.program.place_of(leaf) if isinstance(leaf, Node) else leaf

    def _gradients(self, result: Any, wanted: Sequence[int]) -> list[Any]:
        root = require_number(result)
        nodes = [node for k in wanted for node in self._nodes[k] if isinstance(node, Node)]
        found = iter(gradient_graph(root, nodes) if isinstance(root, Node) else [None] * len(nodes))
        return [[next(found) for node in self._nodes[k] if isinstance(node, Node)] for k in wanted]

    def _joined(self, k: int, nodes: list[Any]) -> Place | None:
        """Return the place of an input's gradient; of parameters, one array."""
        like = self.inputs[k]
        if not nodes or all(node is None for node in nodes):
            return None
        if not (self._has_parameters and k == 0):
            return self.program.places[nodes[0]]
        out = self.program.zeros(like.shape, like.dtype)
        for own, node in zip(self._nodes[k], nodes, strict=True):
            at = self.program.places[own]
            if node is not None:
                view = out.view[at.offset : at.offset + at.view.size].reshape(at.shape)
                self.program.copied(self.program.places[node], Place(out.storage, view))
        return out

    def _leaf(self, node: Node) -> None:
        """Give a leaf that was not met before a place."""
        if node.op is not None or node in self.program.places:
            return
        numbers = unsealed(node._data)
        source = self._sources.get(node)
        if isinstance(source, Sealed):
            place = self.program.contiguous(self.program.place_of(source), numbers.dtype)
        elif node in self._held:
            place = self.program.new(np.shape(numbers), np.asarray(numbers).dtype, lasting=True)
            self._outside.append((node, place))
        else:  # an array may be written to, so it is in a place of its own
            place = self.program.constant(numbers, alone=source is not None)
            self.plain.append(node)
        self.program.places[node] = place


def parameter_dtype(parameters: list[Any]) -> np.dtype[Any]:
    """Return the dtype of all parameters."""
    found: np.dtype[Any] = np.result_type(*(unsealed(p._data) for p in parameters))
    return found


def require_number(result: Any) -> Any:
    """Return the node of a function's only result; TypeError unless it is one number."""
    size = result._data.size if getattr(result, "_rank", 0) else 1
    if not isinstance(result, (Node, float, int)) or size != 1:
        what = f"an array of shape {result.shape}" if size != 1 else with_article(result)
        raise TypeError(
            f"only a function that returns one number has a gradient, and this one returns {what}"
        )
    return result


def _as_result(where: str, leaf: Any) -> Any:
    if isinstance(leaf, Condition):
        return leaf.node
    plain = isinstance(leaf, (Node, Sealed, np.ndarray, np.generic, bool, int, float, str))
    if plain or leaf is None:
        return leaf
    raise TypeError(
        f"the function returned {with_article(leaf)}{where and f' at {where}'}, and a replay gives "
        "only numbers, arrays and containers of them: leave it out"
    )
