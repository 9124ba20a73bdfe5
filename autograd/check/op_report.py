"""The report of ``check_op``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from autograd.check.report import FAIL, INCONCLUSIVE, PASS
from autograd.files.console import printable

_SHOWN = 3  # problems of a kind: one mistake shows at hundreds of points


@printable
@dataclass(frozen=True, repr=False)
class OpReport:
    """The report of ``check_op``.

    Printed, it has the first problems of each kind; ``problems`` has all.

    Attributes
    ----------
    op : str
    checked : dict of str to int
        How many points or cases of each kind.
    problems : tuple of str
        What is wrong, a sentence each, after its kind; empty if all is well.
    """

    op: str
    checked: dict[str, int]
    problems: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """PASS, FAIL, or INCONCLUSIVE if there was no point to check the partials at."""
        if self.problems:
            return FAIL
        return PASS if self.checked.get("partials") else INCONCLUSIVE

    def __bool__(self) -> bool:
        return self.verdict == PASS

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in self.checked.items())
        lines = [f"check_op {self.op}: {self.verdict} ({counts})", *_first(self.problems)]
        return "\n  ".join(lines)


def _first(problems: Iterable[str]) -> Iterator[str]:
    """Yield the first problems of each kind, and how many more there are."""
    for kind, found in groupby(problems, lambda problem: problem.partition(": ")[0]):
        several = list(found)
        yield from several[:_SHOWN]
        if more := len(several[_SHOWN:]):
            yield f"{kind}: {more} more, in .problems"
