"""The two kinds of node, Value and Tensor, with their operators and methods."""
