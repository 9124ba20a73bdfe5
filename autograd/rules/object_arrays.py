"""Arrays of objects, such as Values: an op is applied to each element, with broadcasting."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.node.node import Node
from autograd.rules.settings import Settings

if TYPE_CHECKING:
    from autograd.rules.op import Op


def element_by_element(op: Op, operands: tuple[Any, ...], settings: Settings) -> Any:
    """Apply an op to object arrays of nodes, element by element, with broadcasting."""
    boxes = []
    for x in operands:
        if isinstance(x, Node) and x._rank:
            raise TypeError(
                "a Tensor doesn't compute with an array of objects: make an array of floats of it; "
                "of Values, use tensor.scalars(), or Tensor.from_scalars(values)"
            )
        box = np.empty((), object)
        box[()] = x
        boxes.append(box if isinstance(x, Node) else x)
    arrays = {name: v for name, v in settings.items() if isinstance(v, np.ndarray)}

    def with_own_settings(*xs: Any) -> Any:
        own = zip(arrays, xs[len(operands) :], strict=True)
        return op(*xs[: len(operands)], **settings | dict(own))

    of_one = with_own_settings if arrays else partial(op, **settings)
    boxes += arrays.values()
    with np.errstate(all="ignore"):  # NumPy looks at the processor's flags after each element
        return np.frompyfunc(of_one, len(boxes), 1)(*boxes)
