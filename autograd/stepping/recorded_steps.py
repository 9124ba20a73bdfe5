"""``steps``: records the forward and backward pass of a graph as a sequence of events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

from autograd.files.console import printable
from autograd.node.node import Node, raw
from autograd.reading import formatting
from autograd.reading.numbered_graph import NumberedGraph
from autograd.reading.roots import refuse_no_node
from autograd.stepping import bad_number_origin
from autograd.stepping.events import Event, Kind, NodeRecord, Phase
from autograd.stepping.flags import NON_FINITE, is_finite
from autograd.stepping.lazy_sequence import LazySequence
from autograd.stepping.recorded_walk import RecordedWalk


def steps(root: Node, cotangent: Any = None) -> Steps:
    """Return what happens in the forward and backward pass of a root, step by step.

    There is an event for every operation in the forward pass; then one for the cotangent that the
    backward pass starts from, and one for every operand slot that a contribution goes to: ``a + a``
    gives two. A leaf whose ``.grad`` is there already has one more, where the total is added to it.

    The graph is left as it is: no ``.grad`` changes. What an earlier pass changes later doesn't
    change the events.

    Parameters
    ----------
    root : Node
        The result: a Value or a Tensor.
    cotangent : number or array, of the shape of ``root``, optional
        What to start from; 1 for a scalar.

    Returns
    -------
    Steps
        A sequence of events.

    Raises
    ------
    TypeError
        If ``root`` isn't a node.
    ValueError
        If it depends on no variable, isn't a scalar and no cotangent is given, or a leaf's data
        changed after the forward pass.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> for event in steps(a * b):
    ...     print(event.sentence)
    v2 = a × b = 2.0 × (−3.0) = −6.0
    The backward pass starts at v2, with ∂v2/∂v2 = 1.0
    v2 depends on a through multiplication by b = −3.0, so ∂v2/∂a = −3.0
    v2 depends on b through multiplication by a = 2.0, so ∂v2/∂b = 2.0
    """
    refuse_no_node("step", root)
    if not root.requires_grad:
        raise ValueError(
            "steps needs a root that depends on a variable, and this one is a constant: was it "
            "computed under no_grad(), or from numbers that don't require gradients?"
        )
    recording = RecordedWalk(root, raw(root._check_cotangent(cotangent)))
    records = LazySequence(len(recording.nodes), recording.node)
    return Steps(records, LazySequence(recording.count, recording.event), recording.index)


@printable
class Steps(Sequence[Event]):
    """The events of one forward and backward pass, in order.

    Attributes
    ----------
    nodes : sequence of NodeRecord
        The graph, in topological order, leaves included; the root is the last.
    root : NodeRecord
        What is differentiated.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> recorded = steps(a * b)
    >>> len(recorded), recorded.root.name, recorded.index_of(b), recorded.gradients()
    (4, 'v2', 1, {2: 1.0, 0: -3.0, 1: 2.0})
    >>> Steps.from_json(recorded.to_json()) == recorded
    True
    """

    def __init__(
        self,
        nodes: Sequence[NodeRecord],
        events: Sequence[Event],
        index: Mapping[Node, int] | None = None,
    ) -> None:
        self.nodes = nodes
        self._events = events
        self._index = index or {}

    @property
    def root(self) -> NodeRecord:
        """The record of the root: the last of the nodes."""
        return self.nodes[len(self.nodes) - 1]

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Event]: ...
    def __getitem__(self, place: int | slice) -> Event | Sequence[Event]:
        return self._events[place]

    def __iter__(self) -> Iterator[Event]:
        return map(self._events.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Steps):
            return NotImplemented
        return tuple(self.nodes) == tuple(other.nodes) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def index_of(self, node: Node) -> int:
        """Return the index of a node of the graph; ValueError if it isn't in it."""
        if node in self._index:
            return self._index[node]
        read = " (steps that were read from JSON have records of nodes alone)"
        raise ValueError(
            f"{formatting.clean(repr(node), 60)} isn't in the graph of {self.root.name}"
            + read * (not self._index)
        )

    def gradients(self) -> dict[int, Any]:
        """Return the gradients that the backward events add up to, by the index of the node.

        They are those that ``backward()`` leaves in ``.grad``, bit for bit.
        """
        found: dict[int, Any] = {}
        for event in self:
            if event.kind is Kind.ACCUMULATE:
                found[event.target.index] = event.before + event.contribution
            elif event.kind is not Kind.COMPUTE:
                place, contribution = event.target.index, event.contribution
                found[place] = found[place] + contribution if place in found else contribution
        return found

    def first_bad(self) -> Event | None:
        """Return the first event at which a nan or an infinity is made, or comes in with a leaf.

        One that comes in counts if it reaches the result or a gradient: the −inf of a mask doesn't.
        ``causes`` then leads from the leaf to any node that it spread to.

        Examples
        --------
        >>> from autograd import Value, steps
        >>> x = Value(-1.0, label="x")
        >>> recorded = steps(2 * x.log() + 1)
        >>> event = recorded.first_bad()
        >>> event.node.op, [node.op for node in recorded.causes(recorded.root.index)]
        ('log', ['log', 'mul', 'add'])
        """
        takers = {path[0] for path in self._came_in.values()}
        return next((e for e in self if NON_FINITE in e.flags or _computes(e, takers)), None)

    def causes(self, node: int, phase: str = Phase.FORWARD) -> tuple[NodeRecord, ...]:
        """Return the chain that made a node's data nan or infinite; or in "backward" its gradient.

        It leads from the node that is to blame to this one. A gradient may be bad because of a
        number of the forward pass: then the chain goes on from there.
        """
        find = (
            bad_number_origin.of_data if phase == Phase.FORWARD else bad_number_origin.of_gradient
        )
        return tuple(reversed(find(self, node)))

    @cached_property
    def _came_in(self) -> dict[int, tuple[int, ...]]:
        """The leaves whose bad numbers spread to the result or a gradient, and on which path."""
        return bad_number_origin.came_in(self)

    @cached_property
    def _spoilt(self) -> dict[int, Event]:
        """The event that made each gradient bad that isn't finite."""
        found: dict[int, Event] = {}
        for event in self:
            if event.kind is not Kind.COMPUTE and not is_finite(event.after):
                found.setdefault(event.target.index, event)
        return found

    def graph(self) -> Node:
        """Return a new graph that is as these steps say, for ``draw``: those read from JSON too.

        Its nodes have the gradients that the steps end with.

        Raises
        ------
        ValueError
            If the nodes aren't a root's in topological order.

        Examples
        --------
        >>> from autograd import Value, draw, steps
        >>> from autograd.stepping import Steps
        >>> text = steps(Value(2.0, label="a") * 3.0).to_json()
        >>> draw(Steps.from_json(text).graph())
        × 6.0  grad 1.0
        ├─ a 2.0  grad 3.0
        └─ 3.0
        """
        from autograd.stepping.rebuild import graph_of  # few need it

        root = graph_of(self.nodes)
        nodes, gradients = NumberedGraph(root).nodes, self.gradients()
        for k, gradient in gradients.items():
            nodes[k].grad = gradient
        return root

    def to_json(self, *, limit: int = 100_000) -> str:
        """Return the steps as JSON text: see docs/events.md.

        A step takes some 800 characters and 0.1 ms.

        Raises
        ------
        ValueError
            If there are more than ``limit`` steps.
        """
        if len(self) > limit:
            raise ValueError(
                f"the JSON of {len(self):,} steps would have some {len(self) // 1_250:,} MB, and "
                f"takes minutes: to_json(limit={len(self)}) makes it all the same"
            )
        # Lazily, here and below: what reads JSON makes Steps, so that it imports this module.
        from autograd.stepping.json_codec import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Steps:
        """Return the steps that ``to_json`` wrote.

        Raises
        ------
        ValueError
            If the text isn't JSON, isn't made of steps, or is of a newer version.
        """
        from autograd.stepping.json_codec import from_json

        return from_json(text)

    def __repr__(self) -> str:
        return f"<{formatting.count(len(self), 'step')} of {self.root.name}>"


def _computes(event: Event, nodes: Collection[int]) -> bool:
    return event.kind is Kind.COMPUTE and event.node.index in nodes
