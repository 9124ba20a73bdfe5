"""Other names of activations: as Keras, PyTorch and scikit-learn write them."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from init.argument_checks import same_name

__all__ = ["OTHER_NAMES", "our_name"]

OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "expit": "sigmoid",
        "exponential": "exp",
        "identity": "linear",
        "logistic": "sigmoid",
        "lrelu": "leaky_relu",
        "step": "heaviside",
        "swish": "silu",
    }
)
"""Ours, by the other name."""


def our_name(name: str, known: Collection[str]) -> str:
    """Return which of the known names another one means; the name itself if it is none of them.

    Examples
    --------
    >>> known = ["silu", "leaky_relu"]
    >>> our_name("Swish", known), our_name("LeakyReLU", known), our_name("relu6", known)
    ('silu', 'leaky_relu', 'relu6')
    """
    if name in known:
        return name
    other = same_name(name, OTHER_NAMES)
    return same_name(OTHER_NAMES.get(other, name), known)
