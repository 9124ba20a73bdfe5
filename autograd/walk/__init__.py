"""The walk over a graph: topological order, reverse accumulation, forward accumulation."""
