"""The node: one number or array in a graph, how it is recorded, named and pickled."""
