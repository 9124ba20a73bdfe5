"""``why``: a gradient as a sum over the paths through the graph.

∂root/∂x is the sum over all paths from x to the root of the product of the local derivatives along
them. There may be 10³⁰ of them: they are counted without listing them, and the largest are found
one by one, best first, each in time proportional to its length.
"""

from __future__ import annotations

import heapq
import html
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from math import inf, log
from typing import Any

from autograd.files.console import printable
from autograd.node.node import Node
from autograd.reading import formatting
from autograd.reading.bad_numbers import NOTE
from autograd.reading.numbered_graph import NumberedGraph, local_derivatives
from autograd.reading.roots import refuse_no_node
from autograd.rules.chain_rule import times
from autograd.show.drawing import Drawing
from autograd.show.path_overlay import OverlaidPath, picture_of_paths
from autograd.show.svg import image
from autograd.stepping.gradient_path import Path, factors
from autograd.stepping.tensor_elements import advice, opened
from autograd.walk.reverse import cotangents

INFINITE = 1e9  # what stands for the logarithm of an infinite derivative: above any sum of others
PICTURED = 10_000  # nodes of a path: of longer ones, a picture takes long and says little


@printable
@dataclass(frozen=True, slots=True)
class Why:
    """The largest paths from x to a root, and how many there are.

    Attributes
    ----------
    name, root : str
        The names of x and of the root.
    count : int
        How many paths there are: exact.
    paths : tuple of Path
        The largest by the size of their products, largest first.
    total : number or None
        ∂root/∂x, the sum over all paths: what ``backward()`` adds to ``x.grad``. None without any.
    graph : Node
        What is differentiated, for a drawing.
    advice : str
        How to ask, where there is no path because x is a new node.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from autograd import Value, why
    >>> x = Value(3.0, label="x")
    >>> found = why(x, x * x + x)
    >>> found.count, found.total, found.shown, [path.product for path in found.paths]
    (3, 7.0, 7.0, [3.0, 3.0, 1.0])
    >>> with TemporaryDirectory() as folder:
    ...     found.draw().save(f"{folder}/why.svg").name
    'why.svg'
    """

    name: str
    root: str
    count: int
    paths: tuple[Path, ...]
    total: Any
    graph: Node = field(repr=False, compare=False)
    advice: str = ""

    @property
    def shown(self) -> Any:
        """The sum of the products of ``paths``."""
        return sum(path.product for path in self.paths)

    def draw(self, *, direction: str = "LR", theme: str = "light") -> Drawing:
        """Draw the paths on the graph: the more a path adds to the gradient, the stronger it is.

        On each line are the local derivative, and what the paths through it add up to. Of a big
        graph only what is on the paths is shown.

        Parameters
        ----------
        direction : "LR" or "TB"
            From left to right, or from top to bottom.
        theme : "light", "dark" or "auto"
            The colours, as for ``autograd.draw``.

        Raises
        ------
        ValueError
            If there is no path, an argument is none of the above, or a leaf's data changed after
            the forward pass.
        """
        if not self.paths:
            raise ValueError(f"no path to draw: {self._summary()}, and {len(self.paths)} listed")
        overlaid = [OverlaidPath(path.nodes, path.slots, path.product) for path in self.paths]
        shown = self._listed() if len(overlaid) < self.count else _count(self.count)
        caption = f"{shown}, on each line: local derivative ⇒ what they add to {self._quotient()}"
        return Drawing(picture_of_paths(self.graph, overlaid, caption), direction, theme)

    def __repr__(self) -> str:
        if not self.count:
            return " ".join(filter(None, [f"{self._summary()}.", self.advice]))
        rows = [(formatting.number(p.product), factors(p), str(p)) for p in self.paths]
        wide = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
        lines = [f"  {a:>{wide[0]}} = {b:{wide[1]}}   {path}" for a, b, path in rows]
        return "\n".join([self._summary(), *lines, *filter(None, [self._rest(), self._note()])])

    def _repr_html_(self) -> str:
        rows = [(formatting.number(p.product), factors(p), str(p)) for p in self.paths]
        head = _html_row("th", ("product", "local derivatives", "path"))
        body = "".join(_html_row("td", row) for row in rows)
        table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
        rest = f"{self._rest()}<p>{self._note()}</p>" if self._note() else self._rest()
        advice = f"<p>{html.escape(self.advice)}</p>" if self.advice else ""
        parts = [f"<p>{html.escape(self._summary())}</p>", table if rows else "", rest, advice]
        return "".join([*parts, self._picture() if rows else ""])

    def _picture(self) -> str:
        if len(self.paths[0].nodes) > PICTURED:
            return "<p>No picture of so long paths here; .draw() makes one.</p>"
        try:
            name = f"Paths from {self.name} to {self.root}"
            return f"<div>{image(self.draw().svg, name, 'max-width:100%')}</div>"
        except Exception as error:  # a notebook would show a traceback in place of the table
            return f"<p>No picture: {html.escape(str(error))}</p>"

    def _summary(self) -> str:
        if not self.count:
            return f"{self.root} doesn't depend on {self.name}: there is no path, and no gradient"
        return f"{self._quotient()}, the sum over {_count(self.count)}"

    def _note(self) -> str:
        return NOTE if any(_has_zero_times_infinity(path) for path in self.paths) else ""

    def _quotient(self) -> str:
        return f"∂{self.root}/∂{self.name} = {formatting.number(self.total)}"

    def _listed(self) -> str:
        return f"the largest {len(self.paths)} of {_count(self.count)}"

    def _rest(self) -> str:
        hidden = self.count - len(self.paths)
        if not hidden:
            return ""
        return f"The others, {_count(hidden)}, add {formatting.number(self.total - self.shown)}"


def why(x: Node, root: Node, *, at: Any = None, largest: int = 10) -> Why:
    """Say why a gradient is what it is: the paths from x to a root, those that count most first.

    Parameters
    ----------
    x : Value or Tensor
        Where the gradient arrives.
    root : Value or Tensor of one element
        What is differentiated.
    at : int or tuple of int, optional
        Which element of a Tensor ``x``. The paths then lead through ``scalars(root)``.
    largest : int
        How many paths to list.

    Returns
    -------
    Why
        The number of paths, the largest of them, and their sum, which is what ``root.backward()``
        adds to ``x.grad``.

    Raises
    ------
    TypeError
        If ``x`` or ``root`` isn't a node.
    ValueError
        If ``x`` is a constant; if it has many elements and ``at`` doesn't say which; if ``root``
        has many; or if there would be too many Values to open the graph into.

    References
    ----------
    The search is that of Hoffman and Pavley (1959), "A method for the solution of the Nth best
    path problem": each path leaves a better one at one edge.

    Examples
    --------
    >>> from autograd import Value, why
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> why(x, x * y + x * x)
    ∂v4/∂x = 7.0, the sum over 3 paths
      3.0 = 3.0 × 1.0   x → v2 (×) → v4 (+)
      2.0 = 2.0 × 1.0   x → v3 (×) → v4 (+)
      2.0 = 2.0 × 1.0   x → v3 (×) → v4 (+)
    """
    for node in (x, root):
        refuse_no_node("why(x, root)", node, "two nodes")
    if not x.requires_grad:
        raise ValueError("why needs an x that gets a gradient, and this one is a constant")
    if not hasattr(largest, "__index__") or largest < 0:
        raise ValueError(f"largest must be 0 or a positive integer, got {largest!r}")
    graph = NumberedGraph(root)
    if any(node is x for node in graph.nodes):
        x, root, graph = opened(x, root, graph, at)
    search = _Search(x, graph)
    paths = sorted(islice(search.paths(), largest), key=lambda path: -_size(path.product))
    total = cotangents(root, root._check_cotangent(None))[x] if search.count else None
    name, root_name = search.name(search.start), search.name(search.end)
    said = "" if search.count else advice(x, root)
    return Why(name, root_name, search.count, tuple(paths), total, root, said)


class _Search:
    """The part of a graph that lies between a node and the root."""

    def __init__(self, x: Node, graph: NumberedGraph) -> None:
        self.graph, self.nodes = graph, graph.nodes
        self.x = x
        self.end = len(self.nodes) - 1
        self.start = next((k for k, node in enumerate(self.nodes) if node is x), -1)
        self.edges = self._edges(graph.parents)
        self.count = self._count()
        self.best = self._bounds()

    def _edges(self, parents: Sequence[Sequence[int]]) -> dict[int, list[tuple[int, int, Any]]]:
        """Return, for each node from x on, where it goes: (node, slot, local derivative)."""
        edges: dict[int, list[tuple[int, int, Any]]] = {self.start: []}
        for k in range(self.start + 1, self.end + 1) if self.start >= 0 else ():
            slots = [slot for slot, p in enumerate(parents[k]) if p in edges]
            if not slots:
                continue
            derivatives = local_derivatives(self.nodes[k])
            edges[k] = []
            for slot in slots:
                edges[parents[k][slot]].append((k, slot, derivatives[slot]))
        return edges

    def _count(self) -> int:
        counts = {self.end: 1}
        for k in sorted(self.edges, reverse=True):
            if k != self.end:
                counts[k] = sum(counts[consumer] for consumer, _, _ in self.edges[k])
        return counts[self.start] if self.start >= 0 else 0

    def _bounds(self) -> dict[int, float]:
        """Return the logarithm of the largest product from each node to the root."""
        best = dict.fromkeys(self.edges, -inf)
        best[self.end] = 0.0
        for k in sorted(self.edges, reverse=True):
            for consumer, _, derivative in self.edges[k]:
                best[k] = max(best[k], _log(derivative) + best[consumer])
        return best

    def paths(self) -> Iterator[Path]:
        """Yield the paths, those with the largest products first.

        What a path lacks of the best one is the sum of what it loses at each edge, which is never
        negative and exactly 0 along the best edge of a node. So what is taken from the heap goes
        straight to the root, and ties don't multiply.
        """
        if not self.count:
            return
        ticket = 0
        heap: list[tuple[float, int, int, Any]] = [(0.0, 0, self.start, None)]
        while heap:
            loss, _, k, prefix = heapq.heappop(heap)
            while k != self.end:
                edge, *others = edges = self.edges[k]
                if others:
                    ranked = sorted((self._loss(k, each), n) for n, each in enumerate(edges))
                    for more, place in ranked[1:]:
                        other = edges[place]
                        ticket += 1
                        heapq.heappush(heap, (loss + more, ticket, other[0], (prefix, k, other)))
                    edge = edges[ranked[0][1]]
                prefix, k = (prefix, k, edge), edge[0]
            yield self._path(prefix)

    def _loss(self, k: int, edge: tuple[int, int, Any]) -> float:
        if self.best[k] == -inf:  # every path from here on has a zero in it
            return 0.0
        return self.best[k] - (_log(edge[2]) + self.best[edge[0]])

    def _path(self, prefix: Any) -> Path:
        steps = []
        while prefix is not None:
            prefix, k, (_, slot, derivative) = prefix
            steps.append((k, slot, derivative))
        root = self.nodes[self.end]
        product: Any = 1.0 if root._rank else type(root._data)(1)
        for _, _, derivative in steps:  # from the root to x, as the walk multiplies
            if product == 0:
                break  # it passes nothing on
            product = times(product, derivative)
        steps.reverse()
        nodes = (*(k for k, _, _ in steps), self.end)
        slots, derivatives = tuple(s for _, s, _ in steps), tuple(d for _, _, d in steps)
        operations = tuple(map(self._operation, nodes[1:]))
        return Path(nodes, tuple(map(self.name, nodes)), operations, slots, derivatives, product)

    def name(self, k: int) -> str:
        label = self.graph.label(k) if k >= 0 else self.x.label
        return (label and formatting.clean(label)) or (f"v{k}" if k >= 0 else "x")

    def _operation(self, k: int) -> str:
        node = self.nodes[k]
        return formatting.symbol(node.op, node.params)


def _log(derivative: Any) -> float:
    """Return the logarithm of a size: −inf for 0, and a number above all others for inf or nan."""
    size = abs(derivative)
    if size == 0:
        return -inf
    if size - size != 0:
        return INFINITE
    if isinstance(size, Fraction):  # it may be beyond what a float can be, and its parts may not
        return log(size.numerator) - log(size.denominator)
    return log(size) if isinstance(size, float) else float(sys.modules["mpmath"].log(size))


def _has_zero_times_infinity(path: Path) -> bool:
    sizes = [abs(derivative) for derivative in path.derivatives]
    return 0 in sizes and inf in sizes


def _size(product: Any) -> float:
    size = abs(product)
    return inf if size != size else size


def _html_row(tag: str, cells: Sequence[str]) -> str:
    """Return a row of a table; a host may have no style of its own for tables."""
    start = f"<{tag} style='text-align:left;padding:2px 8px'>"
    return f"<tr>{''.join(f'{start}{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _count(n: int) -> str:
    if n < 10**9:
        return formatting.count(n, "path")
    digits = str(n) if n.bit_length() < 10_000 else ""
    power = len(digits) - 1 if digits else int(n.bit_length() * 0.30103)
    return f"{formatting.count(n, 'path')}" if power < 15 else f"about 10^{power} paths"
