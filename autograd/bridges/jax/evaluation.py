"""The equations of a JAX program, run one by one: each becomes a node, or is entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jax.extend.core import Literal

from autograd.bridges.jax import loops
from autograd.bridges.jax.equation_nodes import as_nodes
from autograd.bridges.jax.host_arrays import refuse_tracer
from autograd.bridges.jax.places import CALLS, Place, function_name, numbered
from autograd.bridges.jax.pullbacks import run
from autograd.bridges.jax.wires import Wire
from autograd.files.users_line import warn

_ENTERED = {**dict.fromkeys(CALLS, loops.call), "cond": loops.cond, "scan": loops.scan}
_KEEPS_ITS_NAME = ("broadcast_in_dim", "convert_element_type", "reshape", "squeeze")  # a constant
_PASSES_NOTHING = ("stop_gradient",)
_REFUSED = {
    "shard_map": "it is spread over devices: open the function that it maps",
    "xla_pmap": "it is spread over devices: open the function that it maps, or use vmap",
}


class Evaluation:
    """A run of a program on values.

    Attributes
    ----------
    scan_limit : int
        The most iterations of a scan that are entered.
    names : mapping of int to str
        The names of constants, by the ``id`` of their arrays.
    """

    def __init__(self, scan_limit: int, names: Mapping[int, str]) -> None:
        self.scan_limit, self.names = scan_limit, names

    def run(self, program: Any, given: Sequence[Wire], place: Place) -> list[Wire]:
        """Run a program, closed or open, and return its results."""
        bare = getattr(program, "jaxpr", program)
        known: dict[Any, Wire] = dict(zip(bare.invars, given, strict=True))
        for to, value in zip(bare.constvars, getattr(program, "consts", ()), strict=True):
            known[to] = Wire(value, label=self.names.get(id(value), ""))

        def read(atom: Any) -> Wire:
            if isinstance(atom, Literal):
                return Wire(np.asarray(atom.val, atom.aval.dtype))
            return known[atom]

        places = [place.of(each) for each in bare.eqns]
        regions = (at.region for at in places)
        calls = list(zip(regions, map(function_name, bare.eqns), strict=True))
        for each, at, name in zip(bare.eqns, places, numbered(calls), strict=True):
            found = self._results(each, [read(x) for x in each.invars], at, name)
            known.update(zip(each.outvars, found, strict=True))
        return [read(x) for x in bare.outvars]

    def _results(self, equation: Any, given: list[Wire], place: Place, name: str) -> list[Wire]:
        kind = equation.primitive.name
        is_constant = not any(x.is_variable for x in given)
        if kind in _REFUSED and not is_constant:
            raise ValueError(f"{place.told(kind)} can't be opened: {_REFUSED[kind]}")
        if kind in _ENTERED and not is_constant and self._is_short(equation, place):
            return _ENTERED[kind](self.run, equation, given, place, name)
        found = run(equation, [x.value for x in given])
        for value in found:
            refuse_tracer(value)
        if is_constant or kind in _PASSES_NOTHING:
            label = given[0].label if kind in _KEEPS_ITS_NAME else ""
            return [Wire(value, label=label) for value in found]
        return as_nodes(equation, given, found, place)

    def _is_short(self, equation: Any, place: Place) -> bool:
        """Whether a loop is short enough to be entered; a warning says if it isn't."""
        length = equation.params.get("length", 1)
        if 1 <= length <= self.scan_limit:
            return True
        if length:
            warn(
                f"{place.told('scan')} has {length:,} iterations, and stays one node: "
                f"say scan_limit={length} to enter it"
            )
        return False
