"""A network's picture as ``draw`` shows it: its scene, and the same as a few lines of text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from autograd.reading.formatting import count, number
from autograd.show.flow import View
from autograd.show.network.network import Column, Floats, Network, NotANetworkError
from autograd.show.network.network_scene import network_scene
from autograd.show.network.network_search import find_network
from autograd.show.network.neuron_card import neuron_scene, rows_of
from autograd.show.scene import Scene
from autograd.show.theme import Theme

LISTED = 8  # numbers in a line of text


def textbook(view: View, at: str | None) -> tuple[Callable[[Theme], Scene], str]:
    """Return the function that paints a network, or one unit of it, and its text form.

    Parameters
    ----------
    view : View
        A graph.
    at : str or None
        The path of a unit, as ``mlp/layer0/neuron2``; None for the whole network.

    Raises
    ------
    NotANetworkError
        If the graph is no network; the message says why, and what to draw in its place.
    ValueError
        If there is no such unit.
    """
    try:
        network = find_network(view)
    except NotANetworkError as error:
        raise NotANetworkError(
            f'draw(fold="network") needs a graph that is a chain of layers, got one of '
            f"{count(len(view.nodes), 'node')}: {error}. draw(root) shows any graph"
        ) from None
    if at is None:
        return partial(network_scene, network), network_text(network)
    unit = network.unit(at)
    return partial(neuron_scene, network, *unit), neuron_text(*unit)


def neuron_text(column: Column, j: int) -> str:
    """Return a unit as a table of text."""
    rows: list[tuple[str, ...]] = [("input", "x", "w", "w·x", "∂L/∂w")]
    for row in rows_of(column, j):
        rows.append((row.name, *map(number, (row.x, row.w, row.product, row.w_grad))))
    if column.b is not None:
        grad = None if column.b_grad is None else float(column.b_grad[j])
        b = number(float(column.b[j]))
        rows.append(("bias", "", b, b, number(grad)))
    rows.append(("z", "", "", number(float(column.z[j])), ""))
    widths = [max(map(len, texts)) for texts in zip(*rows, strict=True)]
    table = [
        "  ".join([name.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]).rstrip()
        for name, *cells in rows
    ]
    a = f"a = {column.activation or 'z'} = {number(float(column.a[j]))}"
    return "\n".join([f"{column.path}, unit {j}", *table, a])


def network_text(network: Network) -> str:
    """Return a network as text: a line for the inputs, each layer, and the result."""
    first = network.columns[0]
    lines = [f"inputs  {count(len(first.x), 'number')}: {_listed(first.x)}"]
    lines += [f"→ {_describe(column)}: {_listed(column.a)}" for column in network.columns]
    if network.root is not None:
        ends = f" {number(network.value)}  grad {number(network.grad)}"
        lines.append(f"→ {network.result}{ends if network.value is not None else ''}")
    if network.examples > 1:
        lines.append(f"the first of {network.examples:,} examples")
    return "\n".join(lines)


def _describe(column: Column) -> str:
    units = count(len(column.a), "unit")
    return "  ".join(filter(None, (column.title, units, column.activation)))


def _listed(numbers: Floats) -> str:
    shown = [number(x) for x in numbers[:LISTED].tolist()]
    return " ".join([*shown, *(["…"] if len(numbers) > LISTED else [])])
