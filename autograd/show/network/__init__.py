"""Pictures of networks as textbooks draw them: columns of units, and a line for each weight.

``weighted_sums`` finds the units in a graph, ``network`` the columns that they form, as plain data.
``network_scene`` paints them, and ``neuron_card`` paints one unit with all its numbers.
``network_picture`` is what a user gets, ``network_level`` what a page asks for. ``bindings`` says
which nodes, operands and numbers of the graph the parts of a picture are.
"""
