"""gradient_property: gradcheck at drawn inputs, as one Hypothesis test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd.check.gradients import examine
from autograd.check.report import FAIL, INCONCLUSIVE, GradientMismatch, Inconclusive, Report

try:
    from hypothesis import given
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
        One for each argument of the function; ``autograd.check.strategies`` has some.
    inconclusive : float
        The share of examples that may end without a verdict: with more of them the test fails, so
        that what is skipped can't hide a bug.
    settings : hypothesis.settings, optional
        How many examples, and so on; by default those of the profile.
    **options
        For ``gradcheck``: order, at_ties, gradient …

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
        @given(st.tuples(*strategies))
        def check(inputs: tuple[Any, ...]) -> None:
            report = examine(f, *inputs, **options)
            tally.count(report)

        tally = _Tally(inconclusive)
        run = check if settings is None else settings(check)

        def test() -> None:
            tally.reset()
            run()
            tally.judge()

        wraps(f)(test)
        # pytest looks behind a wrapper for arguments, and takes them for fixtures.
        del test.__wrapped__  # type: ignore[attr-defined]
        return test

    return decorate


class _Tally:
    """How many examples ended without a verdict."""

    def __init__(self, allowed: float) -> None:
        self.allowed = allowed
        self.reset()

    def reset(self) -> None:
        self.total = self.unsure = 0
        self.reason = ""

    def count(self, report: Report) -> None:
        if report.verdict == FAIL and report.worst is not None:
            raise GradientMismatch(report.worst, "", report.blame)
        self.total += 1
        if report.verdict == INCONCLUSIVE:
            self.unsure += 1
            self.reason = report.reason

    def judge(self) -> None:
        if self.total >= _FEW and self.unsure > self.allowed * self.total:
            raise Inconclusive(
                f"{self.unsure} of {self.total} examples gave no verdict, more than the "
                f"{self.allowed:.0%} allowed. The last one's reason: {self.reason}"
            )


__all__ = ["gradient_property"]
