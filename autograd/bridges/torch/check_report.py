"""``CheckReport``: the findings of ``check`` about the gradient of a recorded torch program."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite, log10

from autograd.files.console import printable
from autograd.node.node import Node
from autograd.reading.sources import place, placed

WRONG, IMPRECISE, CONVENTION, UNCHECKED, VALUE = (
    "wrong", "imprecise", "convention", "unchecked", "value",
)  # fmt: skip
_SHOWN = 12  # findings of a kind in the text; all are in the report


@printable
@dataclass(frozen=True)
class Finding:
    """One finding of ``check``: a node that differs from its reference, or has none.

    Attributes
    ----------
    kind : str
        ``wrong``: the pullback isn't the derivative of the operation. ``imprecise``: it is, but
        for digits that torch's formula loses. ``convention``: at a kink or an edge torch and we
        have it differently. ``value``: torch's value isn't ours. ``unchecked``: nothing to compare
        with.
    node : Node
        Where: its name, region and source line.
    operand : int or None
        Which of its parents.
    index : tuple of int
        The element of that operand that is furthest off; beside differences, one that is off.
    theirs, exact : float or None
        What torch passes on there, and what the reference says.
    reference : str
        ``our rule`` or ``differences of its forward``.
    why : str
        What else to know.

    Examples
    --------
    >>> import torch
    >>> from autograd.bridges import torch as bridge
    >>> class Double(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         return 3 * g  # the slope of 2 x is 2
    >>> x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    >>> with bridge.record() as rec:
    ...     loss = Double.apply(x).sum()
    >>> (found,) = bridge.check(rec[loss]).failures
    >>> found.name, found.kind, round(found.theirs / found.exact, 6)
    ('Double', 'wrong', 1.5)
    >>> found.off == abs(found.theirs - found.exact), "in " in found.place  # in no module
    (True, False)
    """

    kind: str
    node: Node = field(repr=False)
    operand: int | None = None
    index: tuple[int, ...] = ()
    theirs: float | None = None
    exact: float | None = None
    reference: str = ""
    why: str = ""

    @property
    def name(self) -> str:
        """The operation's name, such as ``gelu``, or that of an ``autograd.Function``."""
        return self.node.op.name if self.node.op else self.node.label

    @property
    def place(self) -> str:
        """The region and the source line, as far as they are known."""
        return place(self.node.region, self.node.source)

    @property
    def off(self) -> float:
        """How far torch's number is from the reference's."""
        if self.theirs is None or self.exact is None:
            return 0.0
        return abs(self.theirs - self.exact)

    def __str__(self) -> str:
        where = placed(self.name, self.node.region, self.node.source)
        if self.theirs is None or self.exact is None:
            return f"{where}: {self.why}"
        operand = f"operand {self.operand}" + (f" at index {self.index}" if self.index else "")
        if self.kind == VALUE:
            return f"{where}: torch computes {self.theirs!r}, {self.reference} {self.exact!r}"
        passes = f"torch passes {self.theirs!r} to {operand}, {self.reference} {self.exact!r}"
        why = f"; {self.why}" if self.why else ""
        if self.kind == CONVENTION:
            return f"{where}: {passes}{why}"
        return f"{where}: off by {self.off:.3g}: {passes}{self._digits()}{why}"

    def _digits(self) -> str:
        if not (self.exact and self.theirs is not None and isfinite(self.off)):
            return ""
        off = self.off / abs(self.exact)
        digits = max(0, int(-log10(off) + 0.01)) if off else 16
        return (
            f" ({digits} digit{'s' * (digits > 1)} agree{'s' * (digits == 1)})"
            if digits
            else " (no digit agrees)"
        )


@printable
@dataclass(frozen=True)
class WalkResult:
    """Whether the walk over our graph gives what torch's own backward pass gives.

    Attributes
    ----------
    leaves : int
        How many were compared.
    same_bits : bool
        Whether all gradients are torch's to the last bit.
    worst : float
        How far one is off at most, beside the largest element of its gradient.
    leaf : str
        The name of that leaf.
    agrees : bool
        Whether that is no more than the order of additions explains.
    where : str
        If not, the first node on the way back at which torch's cotangent is another, or why torch's
        backward pass fails.
    notes : tuple of str
        What isn't in the graph and changes gradients or values.
    """

    leaves: int = 0
    same_bits: bool = True
    worst: float = 0.0
    leaf: str = ""
    agrees: bool = True
    where: str = ""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.leaves and not self.agrees:
            said = f"torch's own backward pass fails{self.where}"
        elif not self.leaves:
            said = "the walk wasn't compared with torch's backward pass"
        elif self.same_bits:
            said = f"the walk gives torch's own gradients of {self._leaves}, to the last bit"
        elif self.agrees:
            said = (
                f"the walk gives torch's own gradients of {self._leaves}, to "
                f"{self.worst:.1g} of their size"
            )
        else:
            said = (
                f"torch's backward pass gives another gradient of {self.leaf or 'a leaf'}, off by "
                f"{self.worst:.3g} of its size{self.where}"
            )
        return "\n".join([said, *(f"({note})" for note in self.notes)])

    @property
    def _leaves(self) -> str:
        return f"{self.leaves} {'leaf' if self.leaves == 1 else 'leaves'}"


@printable
@dataclass(frozen=True, repr=False)
class CheckReport:
    """The result of ``check``: true if no gradient is wrong, and the walk gives torch's own.

    Attributes
    ----------
    walk : WalkResult
        The walk over the graph, beside ``torch.autograd.grad``.
    nodes : int
        How many operations there are.
    by_rule, by_differences : int
        How many of them were compared with a rule of ours, and with differences of their forward.
    findings : tuple of Finding
        All that was found, in the order of the graph.

    Examples
    --------
    >>> import torch
    >>> from autograd.bridges import torch as bridge
    >>> x = torch.tensor([0.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> with bridge.record() as rec:
    ...     loss = x.abs().sum()
    >>> report = bridge.check(rec[loss])
    >>> bool(report), report.failures, report.imprecise, report.differences, report.unchecked
    (True, (), (), (), ())
    """

    walk: WalkResult
    nodes: int = 0
    by_rule: int = 0
    by_differences: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The operations whose gradient is wrong."""
        return self._of(WRONG)

    @property
    def imprecise(self) -> tuple[Finding, ...]:
        """The operations whose gradient, or value, has fewer digits than its numbers allow."""
        return tuple(f for f in self.findings if f.kind in (IMPRECISE, VALUE))

    @property
    def differences(self) -> tuple[Finding, ...]:
        """Where torch's convention and ours give other numbers."""
        return self._of(CONVENTION)

    @property
    def unchecked(self) -> tuple[Finding, ...]:
        """The operations that nothing was compared with, and why."""
        return self._of(UNCHECKED)

    def _of(self, kind: str) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.kind == kind)

    def __bool__(self) -> bool:
        return self.walk.agrees and not self.failures

    def __str__(self) -> str:
        counted = f"{self.by_rule} of {self.nodes} operations compared with rules of ours"
        if self.by_differences:
            counted += f", {self.by_differences} with differences of their forward"
        parts = [f"check: {'PASS' if self else 'FAIL'}", str(self.walk), counted]
        for title, found in (
            ("wrong", self.failures),
            ("torch is imprecise", self.imprecise),
            ("another convention than ours, and not wrong", self.differences),
            ("not compared", self.unchecked),
        ):
            parts += _listed(title, found)
        return "\n".join(parts)

    __repr__ = __str__


def _listed(title: str, found: tuple[Finding, ...]) -> list[str]:
    if not found:
        return []
    texts = list(dict.fromkeys(map(str, found)))
    more = [f"  … and {len(texts) - _SHOWN} more"] if len(texts) > _SHOWN else []
    return [f"{title}:", *(f"  {text}" for text in texts[:_SHOWN]), *more]
