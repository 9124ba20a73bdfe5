"""Modules: layers, activations, blocks and whole networks."""
