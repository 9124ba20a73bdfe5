"""The rule book: every op stated once, one file a family."""

from autograd.ops import (
    activation,
    arithmetic,
    bessel,
    exponential,
    extremes,
    probability,
    selection,
    trigonometric,
    whole_parts,
)

__all__ = [
    "activation", "arithmetic", "bessel", "exponential", "extremes", "probability", "selection",
    "trigonometric", "whole_parts",
]  # fmt: skip
