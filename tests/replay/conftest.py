"""What tests of replays share: kernels, compiled once."""

from __future__ import annotations

import pytest

from autograd.replay.kernels import kernels
from autograd.replay.templates import LanesTemplate


@pytest.fixture(scope="session")
def kernels_of_training() -> None:
    """One module of kernels has what all tests of training need, so that only one is compiled."""
    names = ("abs", "eq", "gelu", "gt", "logaddexp", "minimum", "softplus", "sqrt", "tanh")
    kernels([*((name, ()) for name in names), ("where", (("condition", ...),))], LanesTemplate)
