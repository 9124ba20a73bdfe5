"""Hypothesis profiles, and which cases of a test with many are left to `make test`.

The profile `ci` gives the same verdict every time, `nightly` goes looking: `make nightly` chooses
the second with `--hypothesis-profile`. Neither has a deadline: how long an example takes says more
about the machine than about the code.
"""

from collections import defaultdict
from zlib import crc32

import pytest
from hypothesis import settings

# Scripts that record what PyTorch does: they need PyTorch, and their records are kept beside them.
# So does what compares with PyTorch itself: `make nightly-torch`.
collect_ignore_glob = ["**/record_*.py", "nightly/*"]

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("nightly", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("ci")

SAMPLE = 24  # cases of one test that `make quick` runs at most


@pytest.hookimpl(tryfirst=True)  # before -m deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow all but an even sample of the cases of a test that has more than ``SAMPLE``.

    Such tests are products over the registry of ops, strategies, layers. Each starts its sample at
    another case, so that together they meet most ops.
    """
    tests = defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    for name, cases in tests.items():
        step = -(-len(cases) // SAMPLE)
        first = crc32(name.encode()) % step
        for k, case in enumerate(cases):
            if k % step != first:
                case.add_marker("slow")
