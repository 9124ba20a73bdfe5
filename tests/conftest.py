"""Hypothesis profiles: `ci` gives the same verdict every time, `nightly` goes looking.

`make nightly` chooses the second with `--hypothesis-profile`. Neither has a deadline: how long an
example takes says more about the machine than about the code.
"""

from hypothesis import settings

# Scripts that record what PyTorch does: they need PyTorch, and their records are kept beside them.
# So does what compares with PyTorch itself: `make nightly-torch`.
collect_ignore_glob = ["**/record_*.py", "nightly/*"]

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("nightly", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("ci")
