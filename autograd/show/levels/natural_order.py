"""The natural order of names: ``neuron2`` before ``neuron10``."""

from __future__ import annotations

import re
from functools import lru_cache

ARROW = " › "  # between the steps of a path that is shown: a character that Helvetica has
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)")


@lru_cache(maxsize=1 << 16)
def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts names as people do.

    Examples
    --------
    >>> from autograd.show.levels.natural_order import natural
    >>> sorted(["neuron10", "neuron2", "bias"], key=natural)
    ['bias', 'neuron2', 'neuron10']
    >>> sorted(["1,066 … 1,136", "72 … 142"], key=natural)
    ['72 … 142', '1,066 … 1,136']
    """
    parts = _NUMBER.split(name)
    return tuple(
        [(int(part.replace(",", "")), "") if k % 2 else (-1, part) for k, part in enumerate(parts)]
    )


def stem(name: str) -> str:
    """Return a name with ``#`` for its numbers: the same for the neurons of a layer."""
    return _NUMBER.sub("#", name)


def span(first: str, last: str) -> str:
    """Return a range of names; what they begin with is said once.

    Examples
    --------
    >>> from autograd.show.levels.natural_order import span
    >>> span("neuron0", "neuron2"), span("layer0 › neuron0", "layer0 › neuron2")
    ('neuron0 … neuron2', 'layer0 › neuron0 … neuron2')
    """
    owner, arrow, name = last.rpartition(ARROW)
    return f"{first} … {name if first.startswith(owner + arrow) else last}"
