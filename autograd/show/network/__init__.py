"""Pictures of networks as textbooks draw them: columns of units, and a line for each weight.

``weighted_sums`` finds the units in a graph, ``network`` the columns that they form, as plain data.
``network_scene`` paints them, and ``neuron_card`` paints one unit with all its numbers.
``network_drawing`` is what a user gets.
"""

from __future__ import annotations

from autograd.show.network.network import Column, Network, NotANetworkError
from autograd.show.network.network_search import find_network

__all__ = ["Column", "Network", "NotANetworkError", "find_network"]
