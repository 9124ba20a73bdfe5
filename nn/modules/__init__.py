"""Layers and networks: what is built of parameters."""
