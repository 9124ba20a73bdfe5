"""``step``: goes through the events of a graph one by one, in a terminal or a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.files.console import printable
from autograd.files.opening import new_file, opened
from autograd.files.replacing import replacing
from autograd.node.node import Node
from autograd.numbers.words import with_article
from autograd.reading import formatting
from autograd.reading.sources import source_name
from autograd.rules.op import Op
from autograd.stepping.events import Event, Kind, NodeRecord
from autograd.stepping.flags import explained
from autograd.stepping.recorded_steps import Steps, steps
from autograd.stepping.step_table import LONGEST, StepTable, table

if TYPE_CHECKING:
    from autograd.show.export import Bundle
    from autograd.stepping.page import Options

Target = Node | Op | str | Callable[[Event], bool]


def step(root: Node, cotangent: Any = None, *, theme: str = "auto") -> Stepper:
    """Return a stepper through the forward and backward pass of a root.

    Parameters
    ----------
    root : Node
        The result: a Value or a Tensor.
    cotangent : number or array, of the shape of ``root``, optional
        What the backward pass starts from; 1 for a scalar.
    theme : "auto", "light" or "dark"
        The colours of the player; "auto" follows the reader's system, or a notebook that says what
        it has.

    Returns
    -------
    Stepper
        It stands before the first step, and shows itself.

    Raises
    ------
    TypeError
        If ``root`` isn't a node.
    ValueError
        As ``autograd.steps``.

    Examples
    --------
    >>> from autograd import Value, step
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> stepper = step(a * b)
    >>> stepper.run_until(a)
    step 3 of 4  backward
    v2 depends on a through multiplication by b = −3.0, so ∂v2/∂a = −3.0
    <BLANKLINE>
      a   2.0    grad −3.0
      b   −3.0   grad —
      v2  −6.0   grad 1.0
    """
    return Stepper(steps(root, cotangent), root, theme=theme)


@printable
class State(Mapping[int, tuple[Any, Any]]):
    """Every node's (data, gradient) at one step: None for what isn't there yet.

    It is a view that follows the stepper. Nodes are given by their index.

    Examples
    --------
    >>> from autograd import Value, step
    >>> state = step(Value(2.0) * 3.0).forward().state()
    >>> state[2]  # computed, and no gradient yet
    (6.0, None)
    """

    def __init__(
        self, nodes: Sequence[NodeRecord], data: dict[int, Any], grads: dict[int, Any]
    ) -> None:
        self._nodes = nodes
        self._data = data
        self._grads = grads

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if not 0 <= index < len(self._nodes):
            raise KeyError(index)
        node = self._nodes[index]
        return self._data.get(index) if node.op else node.data, self._grads.get(index)

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._nodes)))

    def __repr__(self) -> str:
        return f"State({dict(self)})"


@printable
class Stepper:
    """A place among the steps of a graph, which can be moved.

    Each move returns the stepper itself, which shows where it stands.

    Attributes
    ----------
    steps : Steps
        The events.
    theme : str
        The colours of the player.
    position : int
        How many of them have happened: from 0 to ``len(steps)``.
    guards : sequence of (Node, bool) or None
        Conditions that decided Python's branches while the graph was recorded, and what they were,
        for the page; None if nobody noted them.
    chosen : Node or None
        The node whose story the page tells at first.

    Examples
    --------
    >>> from autograd import Value, step
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> stepper = step(a * b)
    >>> [stepper.forward(3).position, stepper.back().position, stepper.goto(-1).position]
    [3, 2, 4]
    >>> stepper.goto(0).run_until("b").event.after, stepper.state()[0], len(stepper.table().rows)
    (2.0, (2.0, -3.0), 4)
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     stepper.save(f"{folder}/steps.html").name
    'steps.html'
    """

    NEAR = 6  # nodes beside the active one that are shown

    def __init__(self, steps: Steps, root: Node | None = None, *, theme: str = "auto") -> None:
        if theme not in ("auto", "light", "dark"):
            raise ValueError(f'theme must be "auto", "light" or "dark", got {theme!r}')
        self.theme = theme
        self.steps = steps
        self._root = root
        self.position = 0
        self.guards: Sequence[tuple[Node, bool]] | None = None
        self.chosen: Node | None = None
        self._data: dict[int, Any] = {}  # of the operations that have happened
        self._grads: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def event(self) -> Event | None:
        """The event that happened last; None before the first."""
        return self.steps[self.position - 1] if self.position else None

    def forward(self, count: int = 1) -> Stepper:
        """Go on by some steps, at most to the last."""
        return self.goto(min(self.position + _checked(count), len(self)))

    def back(self, count: int = 1) -> Stepper:
        """Go back by some steps, at most to before the first."""
        return self.goto(max(self.position - _checked(count), 0))

    def goto(self, k: int) -> Stepper:
        """Go to the step ``k``: 0 is before the first; −1 is the last, as in an index.

        Raises
        ------
        ValueError
            If there is no such step.
        """
        try:
            place = range(len(self) + 1)[k]
        except (IndexError, TypeError):
            raise ValueError(f"there are steps 0 to {len(self)}, got {k!r}") from None
        while self.position < place:
            self._do(self.steps[self.position])
            self.position += 1
        while self.position > place:
            self.position -= 1
            self._undo(self.steps[self.position])
        return self

    def run_until(self, target: Target) -> Stepper:
        """Go on to the next step that has to do with a target.

        Parameters
        ----------
        target : Node, Op, str or callable
            A node that is computed or gets a contribution; an op that is at work; the label of
            such a node, the name of such an op, or a region, with the regions inside it; or a
            function that is true of the event.

        Raises
        ------
        ValueError
            If no step to come has to do with it: the stepper stays where it is.
        TypeError
            If it is none of the above.
        """
        holds, what = self._breakpoint(target)
        for k in range(self.position, len(self)):
            if holds(self.steps[k]):
                return self.goto(k + 1)
        before = next((k + 1 for k in range(self.position) if holds(self.steps[k])), None)
        advice = (
            f"step {before} did: goto({before})" if before else "no step does" + self._names(target)
        )
        raise ValueError(
            f"no step after step {self.position} of {len(self)} has to do with {what}; {advice}"
        )

    def state(self) -> State:
        """Return every node's data and gradient at this step."""
        return State(self.steps.nodes, self._data, self._grads)

    def table(self, *, near: int | None = None) -> StepTable:
        """Return all steps as a table, which shows itself; or only so many before and after.

        Raises
        ------
        ValueError
            If ``near`` isn't given and there are more than 100,000 steps.
        """
        first, last = 0, len(self)
        if near is None and last > LONGEST:
            raise ValueError(
                f"a table of {last:,} steps would take minutes, above {LONGEST:,}: .table(near=20) "
                f"has those around the step where the stepper stands; .table(near={last}) has all"
            )
        if near is not None:
            first, last = max(self.position - 1 - near, 0), min(self.position + near, last)
        return table(self.steps[first:last], self.position)

    # Moving -------------------------------------------------------------------------------------

    def _do(self, event: Event) -> None:
        if event.kind is Kind.COMPUTE:
            self._data[event.target.index] = event.node.data
        else:
            self._grads[event.target.index] = event.after

    def _undo(self, event: Event) -> None:
        if event.kind is Kind.COMPUTE:
            self._data[event.target.index] = None
        elif event.kind is Kind.ACCUMULATE:  # what this pass alone had added up
            self._grads[event.target.index] = event.contribution
        else:
            self._grads[event.target.index] = event.before

    def _breakpoint(self, target: Target) -> tuple[Callable[[Event], bool], str]:
        if isinstance(target, Op):
            name = target.name
            return lambda event: event.node.op == name, f"the op {name!r}"
        if isinstance(target, Node):
            index = self.steps.index_of(target)
            return lambda event: event.target.index == index, f"the node {index}"
        if isinstance(target, str):
            return lambda event: _named(event, target), f"a label, op or region {target!r}"
        if callable(target):
            return target, "what the function asks for"
        raise TypeError(
            "run_until takes a node, an op, the name of a label, op or region, or a function of "
            f"an event, got {with_article(target)}"
        )

    def _names(self, target: Target) -> str:
        """Return the names that there are, for one who asked for a name that isn't there."""
        if not isinstance(target, str):
            return ""
        nodes = self.steps.nodes
        names = dict.fromkeys(
            name for node in nodes for name in (node.label, node.op, node.region) if name
        )
        shown = list(names)[:20]
        return f": there are {', '.join(shown)}" + ", …" * (len(names) > len(shown))

    # Showing ------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], *, direction: str = "LR") -> Path:
        """Write the player: one HTML page that steps through the graph in any browser, offline.

        It opens at the step where the stepper stands.

        Parameters
        ----------
        path : str or path
            Ending in .html.
        direction : "LR" or "TB"
            Whether the graph is laid out from left to right, or from top to bottom.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        ValueError
            If it ends in anything else, or the steps were read from JSON and their graph can't be
            made again: see ``Steps.graph``.
        RenderError
            If there is no Graphviz on this machine; the message says what to install.
        OSError
            If the file can't be written: then what was there is as it was.
        """
        from autograd.stepping.page import page  # its imports take longer than all the rest

        file = Path(path)
        if file.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"the player is saved as .html, got {str(path)!r}")
        options: Options = {**self._options(), "direction": direction}
        text = page(self._graph(), self.steps, **options)
        with replacing(file) as new:
            new.write_bytes(text.encode())
        return file

    def show(self) -> Path:
        """Open the player in the web browser, as from a script; a notebook shows it by itself.

        Returns
        -------
        Path
            Where it was written: a new file, ``steps.html``, in a folder for temporary files.
            Where there is no browser, a warning says where it is.
        """
        return opened(self.save(new_file("steps.html")))

    def _options(self) -> Options:
        """Return how the page opens."""
        return {
            "at": self.position,
            "theme": self.theme,
            "guards": self.guards,
            "chosen": self.chosen,
        }

    def _graph(self) -> Node:
        return self.steps.graph() if self._root is None else self._root

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        try:
            from autograd.stepping.page import notebook_bundle  # as in ``save``

            shown, sizes = notebook_bundle(self._graph(), self.steps, **self._options())
        except Exception as error:  # a notebook would show a traceback in place of the text
            return {"text/plain": f"{self!r}\n\nNo player: {error}"}, {}
        return shown | {"text/plain": repr(self)}, sizes

    def __repr__(self) -> str:
        event = self.event
        if event is None:
            root = self.steps.root.name
            head = (
                f"before step 1 of {len(self)}  ({formatting.count(len(self.steps.nodes), 'node')})"
            )
            return f"{head}\n.forward() computes {root}, then goes back; .goto(k), .table()"
        lines = [f"step {event.k} of {event.n}  {event.phase}", event.sentence]
        lines += [f"flag: {flag}" for flag in explained(self.steps, event)]
        node = event.node
        if node.region:
            lines.append(f"in {node.region}")
        if node.source:
            lines.append(f"at {source_name(node.source)}: {node.code}")
        return "\n".join([*lines, "", *self._near(event)])

    def _near(self, event: Event) -> list[str]:
        """Return the present numbers of the active node and its operands, one a line."""
        operands = dict.fromkeys(event.node.operands)
        shown = [*list(operands)[: self.NEAR], event.node.index]
        rows = []
        for k in shown:
            data, grad = self.state()[k]
            node = self.steps.nodes[k]
            gradient = f"grad {formatting.number(grad)}" if node.requires_grad else "constant"
            rows.append((node.name, formatting.number(data), gradient))
        wide = [max(len(row[k]) for row in rows) for k in range(2)]
        return [f"  {name:{wide[0]}}  {data:{wide[1]}}   {grad}" for name, data, grad in rows]


def _named(event: Event, name: str) -> bool:
    node = event.node
    return name in (event.target.label, node.op) or f"/{name}/" in f"/{node.region}/"


def _checked(count: int) -> int:
    if count != int(count) or count < 0:
        raise ValueError(f"the number of steps must be 0 or a positive integer, got {count!r}")
    return count
