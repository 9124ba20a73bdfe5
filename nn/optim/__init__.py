"""Optimisers: rules that move parameters against their gradients.

What all have in common is in ``optimizer.py``, each rule in a class of its own beside it. ``nn``
exports them.
"""
