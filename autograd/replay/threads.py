"""Threads: how many a replay takes, and the pool that they are in. Kernels run without the GIL."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

# Operations on numbers: below it, waking a second thread costs more than it brings.
SMALL = 1 << 20


def checked_threads(given: Any) -> int | None:
    """Return how many threads were asked for, None for as many as are useful."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ValueError(f"threads must be a positive whole number or None, got {given!r}")
    return given


def threads_for(given: int | None, operations: int) -> int:
    """Return how many threads some work takes: by default one if it is small, else all cores."""
    if given is not None:
        return given
    return 1 if operations < SMALL else cores()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pool(threads: int) -> ThreadPoolExecutor:
    """Return a pool of threads, made once in a process; a fork has none of its parent's threads."""
    return _pool(threads, os.getpid())


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="glassgrad-replay")
