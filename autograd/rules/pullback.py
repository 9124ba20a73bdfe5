"""Checks of a pullback's result: it must be one contribution for each operand."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from autograd.numbers.kinds import Rule
from autograd.numbers.words import with_article

if TYPE_CHECKING:
    from autograd.rules.op import Op


GAVE_NONE = (
    "an op's rule gave None for an operand: a pullback returns a contribution for each, "
    "0 * cotangent where nothing passes"
)


def together(vjps: tuple[Rule, ...]) -> Rule:
    """Return the pullback that is made of one for each operand."""

    @wraps(vjps[0])
    def pullback(g: Any, /, *operands: Any, **settings: Any) -> list[Any]:
        return [vjp(g, *operands, **settings) for vjp in vjps[: len(operands) - 1]]

    return pullback


def only_one(op: Op, /, *given: Any, **settings: Any) -> Any:
    """Return the contribution to the only operand."""
    passed = op.vjp(*given, **settings)
    if not isinstance(passed, (tuple, list)) or len(passed) != 1:
        raise miscounted(op, passed, 1)
    return passed[0]


def miscounted(op: Op, passed: object, expected: int) -> TypeError | ValueError:
    """Return the error for a pullback that didn't return a contribution for each operand."""
    wanted = f"expected a tuple of {expected} contribution{'s' * (expected > 1)}, one an operand"
    if isinstance(passed, (tuple, list)):
        return ValueError(f"the pullback of {op.name!r} returned {len(passed)}: {wanted}")
    return TypeError(f"the pullback of {op.name!r} returned {with_article(passed)}: {wanted}")
