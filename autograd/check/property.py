"""``gradient_property``: gradcheck at inputs that Hypothesis draws, as one test."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from typing import Any

from autograd.check.gradients import gradcheck
from autograd.check.report import Inconclusive, NotCheckable

try:
    from hypothesis import given
    from hypothesis import settings as hypothesis_settings
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(
        "gradient_property needs Hypothesis: pip install 'glassgrad[check]'"
    ) from error

Test = Callable[..., Any]

_FEW = 10  # examples, below which a share of them says nothing


def gradient_property(
    *strategies: Any, inconclusive: float = 0.25, settings: Any = None, **options: Any
) -> Callable[[Callable[..., Any]], Test]:
    """Make a function into a test that its gradient is right wherever the strategies draw inputs.

    Parameters
    ----------
    *strategies : SearchStrategy
        One for each argument of the function; ``autograd.check.strategies`` has some. As with
        ``given``, they are for its last arguments: what comes before them is ``self``, or pytest's.
    inconclusive : float
        The share of examples that may end without a verdict: with more of them the test fails, so
        that what is skipped can't hide a bug.
    settings : hypothesis.settings, optional
        How many examples, and so on; by default those of the profile, without a deadline: how long
        a check takes says nothing of the gradient.
    **options
        For ``gradcheck``: order, at_ties, gradient, jacobian …

    Returns
    -------
    callable
        A decorator; what it returns is a test for pytest, or to be called without arguments.

    Raises
    ------
    GradientMismatch, Inconclusive
        By the test, with the smallest inputs that show it.

    Examples
    --------
    >>> from autograd import exp
    >>> from autograd.check import gradient_property, strategies
    >>> @gradient_property(strategies.reals((-3.0, 3.0)), order=2)
    ... def test_bell(x):
    ...     return exp(-x * x)
    >>> test_bell()
    """
    if not strategies or not all(isinstance(s, st.SearchStrategy) for s in strategies):
        raise TypeError(
            "gradient_property takes a strategy for each argument: "
            "@gradient_property(strategies.reals())"
        )

    def decorate(f: Callable[..., Any]) -> Test:
        taken = _signature(f, len(strategies))
        others = len(taken.parameters) - len(strategies)
        tally = _Tally(inconclusive)

        @wraps(f)  # by its source Hypothesis knows a test again
        def check(*args: Any, **kwargs: Any) -> None:
            arguments = taken.bind(*args, **kwargs).args
            at = partial(f, *arguments[:others]) if others else f
            try:
                reason = gradcheck(at, *arguments[others:], **options).reason
            except (Inconclusive, NotCheckable) as why:
                reason = str(why)
            tally.count(reason)

        if check.__name__ == "<lambda>":  # whose text Hypothesis 6.100 would look for in check's
            check.__name__ = "check"
        check.__signature__ = taken  # type: ignore[attr-defined]
        drawn: Any = given(*strategies)
        run = drawn(check)
        # What @settings leaves there; but that would refuse a second @settings, above the test.
        run._hypothesis_internal_use_settings = hypothesis_settings(deadline=None)
        run = run if settings is None else settings(run)

        @wraps(f)
        def test(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            tally.reset()
            run(*args, **kwargs)
            tally.judge()

        # What @settings, @example and @reproduce_failure leave on the one is read from the other.
        test.__dict__ = run.__dict__
        test.__signature__ = signature(run)  # type: ignore[attr-defined]
        return test

    return decorate


def _signature(f: Callable[..., Any], count: int) -> Signature:
    """Return the signature of a test of ``f``: the last ``count`` are drawn, as by Hypothesis."""
    named: list[Parameter] = []
    with suppress(TypeError, ValueError):  # a function may not say what it takes
        named = [p for p in signature(f).parameters.values() if _is_required(p)]
    if len(named) < count:
        named = [Parameter(f"x{k}", Parameter.POSITIONAL_OR_KEYWORD) for k in range(count)]
    return Signature(named)


def _is_required(parameter: Parameter) -> bool:
    named = parameter.kind is Parameter.POSITIONAL_OR_KEYWORD
    return named and parameter.default is Parameter.empty


class _Tally:
    """Counts the examples that ended without a verdict."""

    def __init__(self, allowed: float) -> None:
        self.allowed = allowed
        self.reset()

    def reset(self) -> None:
        self.total = self.unsure = 0
        self.reason = ""

    def count(self, reason: str) -> None:
        """Count an example that passed, or ended without a verdict for some reason."""
        self.total += 1
        if reason:
            self.unsure += 1
            self.reason = reason

    def judge(self) -> None:
        if self.total >= _FEW and self.unsure > self.allowed * self.total:
            raise Inconclusive(
                f"{self.unsure} of {self.total} examples gave no verdict, more than the "
                f"{self.allowed:.0%} allowed. The last one's reason: {self.reason}"
            )


__all__ = ["gradient_property"]
