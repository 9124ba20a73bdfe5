"""JAX's own pullback of one equation, computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from autograd.bridges.jax.host_arrays import (
    has_wide_numbers,
    in_bits,
    is_floating,
    on_device,
    on_host,
)
from autograd.bridges.jax.places import has_own_rule, is_from_library, program_of

Values = Sequence[Any]


def run(equation: Any, values: Values) -> list[Any]:
    """Run an equation on values, as JAX runs it, and return its results."""
    bound = equation.primitive.get_bind_params(equation.params)
    functions, settings = bound if isinstance(bound, tuple) else ((), bound)  # before JAX 0.10
    with equation.ctx.manager:
        found = equation.primitive.bind(*functions, *values, **settings)
    return list(found) if equation.primitive.multiple_results else [found]


class Pullback:
    """From the cotangents of an equation's results to those of its operands, as JAX has them.

    Attributes
    ----------
    equation : JaxprEqn
        The equation.
    values : sequence of jax.Array
        Its operands.
    wanted : sequence of int
        The places of the operands that are variables.
    results : sequence of int
        The places of the results that take a cotangent: one after the other in one flat array,
        unless it is one alone.
    shown : sequence of int
        The places of the operands that are parents of the node.
    """

    def __init__(
        self, equation: Any, values: Values, wanted: Values, results: Values, shown: Values
    ) -> None:
        self.equation, self.values = equation, values
        self.wanted, self.results, self.shown = wanted, results, shown
        self._wide = has_wide_numbers()
        self._vjp: Callable[..., Any] | None = None

    @property
    def is_users(self) -> bool:
        """Whether it is a gradient that a user wrote, and no library."""
        equation = self.equation
        return has_own_rule(equation) and not is_from_library(program_of(equation))

    @property
    def eps(self) -> float:
        """A last bit, in the dtype that JAX computes in: of its results and its operands."""
        of = [*self.equation.outvars, *(self.equation.invars[k] for k in self.wanted)]
        return max(float(jnp.finfo(x.aval.dtype).eps) for x in of if is_floating(x.aval))

    def __call__(self, cotangent: Any) -> list[Any]:
        """Return a contribution for each parent; None for what isn't a variable."""
        with in_bits(self._wide):
            if self._vjp is None:
                _, self._vjp = jax.vjp(self._results, *(self.values[k] for k in self.wanted))
            passed = self._vjp(self._cotangents(cotangent))
        found = dict(zip(self.wanted, map(on_host, passed), strict=True))
        return [found.get(k) for k in self.shown]

    def _results(self, *variables: Any) -> list[Any]:
        """Run the equation as a function of its variables alone."""
        values = list(self.values)
        for k, value in zip(self.wanted, variables, strict=True):
            values[k] = value
        found = run(self.equation, values)
        return [found[k] for k in self.results]

    def _cotangents(self, cotangent: Any) -> list[Any]:
        like = [self.equation.outvars[k].aval for k in self.results]
        if len(like) == 1:
            return [on_device(cotangent, like[0])]
        ends = np.cumsum([each.size for each in like])[:-1]
        parts = zip(np.split(np.asarray(cotangent), ends), like, strict=True)
        return [on_device(part.reshape(each.shape), each) for part, each in parts]
