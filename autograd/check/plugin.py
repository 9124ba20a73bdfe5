"""The pytest plugin: a fixture ``gradcheck``, and a Hypothesis profile ``nightly``.

pytest loads it wherever Glassgrad is installed, in every project: Hypothesis and mpmath are
imported where they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make ``pytest --hypothesis-profile=nightly`` known, unless a conftest has such a profile.

    It stands for more examples, no deadline, and the blob that reproduces a failure.
    """
    if config.getoption("--hypothesis-profile", default=None) != "nightly":
        return
    from hypothesis import settings
    from hypothesis.errors import InvalidArgument

    try:
        settings.get_profile("nightly")
    except InvalidArgument:
        settings.register_profile("nightly", max_examples=2_000, deadline=None, print_blob=True)


@pytest.fixture(name="gradcheck", scope="session")  # so that @given takes it, too
def _gradcheck() -> Callable[..., Any]:
    """``autograd.check.gradcheck``, which raises an AssertionError at a wrong gradient."""
    from autograd.check import gradcheck

    return gradcheck
