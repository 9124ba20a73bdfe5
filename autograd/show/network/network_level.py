"""A network as a level of a graph: the whole of it is a picture, and each unit opens as a card."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.show.flow import View
from autograd.show.network.network import Column, Network, NotANetworkError, unit_path
from autograd.show.network.network_search import find_network


def network_of(view: View) -> Network | None:
    """Return the network that a graph is, or None; it is searched for once.

    Examples
    --------
    >>> import nn
    >>> from autograd import Value
    >>> from autograd.show.flow import View
    >>> from autograd.show.network.network_level import network_of, units
    >>> (y,) = nn.Layer(2, 1, rng=0).scalars()([1.0, 2.0])
    >>> [path for path, _, _ in units(network_of(View(y)))]
    ['layer/neuron0']
    >>> network_of(View(Value(2.0).exp())) is None
    True
    """
    if not view.searched:
        try:
            view.network = find_network(view)
        except NotANetworkError:
            view.network = None
        view.searched = True
    return view.network


def units(network: Network) -> Iterator[tuple[str, Column, int]]:
    """Yield all units with the paths that they are opened by."""
    for path, column in zip(network.paths, network.columns, strict=True):
        for j in range(len(column.a)):
            yield unit_path(path, j), column, j
