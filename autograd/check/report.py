"""Reports of checks: a verdict and its reason; and the errors that carry a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, log10
from typing import TYPE_CHECKING, Any

from autograd.files.console import printable
from autograd.node.node import Node
from autograd.rules.compiling import OPERANDS

if TYPE_CHECKING:
    from autograd.check.program import Program
    from autograd.show.drawing import Drawing

_DIGITS = 16  # of a float
LIMIT = "the one-sided limit"
FRACTIONS, MPMATH = "exact fractions", "mpmath"
DIFFERENCES = "central differences"
IN_FLOATS = (DIFFERENCES, LIMIT)  # references that are uncertain
ALONG = " along random directions"
_SINGULAR = (MPMATH, "its function", LIMIT)
PASS, FAIL, INCONCLUSIVE = "PASS", "FAIL", "INCONCLUSIVE"


@printable
@dataclass(frozen=True)
class Comparison:
    """One derivative, found in two ways.

    Attributes
    ----------
    order : int
        1 for a derivative of the function, 2 for one of its gradient.
    argument, result : str
        What was differentiated by, and what: a path in the pytree, and an index in an array.
    analytic, numeric : number
        By reverse mode or the claimed gradient, and by the reference.
    tolerance : float
        How far apart they may be.
    reference : str
        ``exact fractions``, ``mpmath``, ``the conventions``, ``central differences`` or ``the
        one-sided limit`` where the domain ends.
    by : str
        Who says ``analytic``: autograd, the claimed gradient, torch …

    Examples
    --------
    >>> from autograd import gradcheck
    >>> one = gradcheck(lambda x: x * x * x, 2.0).worst
    >>> one.analytic, one.reference, one.difference, one.digits, one.claimed
    (12.0, 'exact fractions', 0.0, 16, False)
    """

    order: int
    argument: str
    result: str
    analytic: Any
    numeric: Any
    tolerance: float
    reference: str
    by: str = "autograd"

    @property
    def claimed(self) -> bool:
        """Whether ``analytic`` is what somebody else said."""
        return self.by != "autograd"

    @property
    def difference(self) -> float:
        """How far apart the two are; 0 if both are the same infinity."""
        if self.analytic == self.numeric:
            return 0.0
        return float(abs(self.analytic - self.numeric))

    @property
    def digits(self) -> int:
        """To how many digits the derivative is confirmed, at most 16.

        Of what differences found, only as many as their uncertainty leaves. Of a derivative that
        is zero, how many zeros stand behind the point.
        """
        if not isfinite(abs(self.numeric)):
            both_nan = self.numeric != self.numeric and self.analytic != self.analytic
            return _DIGITS if both_nan or self.analytic == self.numeric else 0
        off = self.difference
        if self.reference in IN_FLOATS or self.reference.endswith(ALONG):
            off = max(off, self.tolerance)
        size = float(abs(self.numeric)) or 1.0
        if not off < size:
            return 0
        return min(_DIGITS, int(-log10(off / size) + 0.01)) if off / size > 0 else _DIGITS

    def __str__(self) -> str:
        ending = "s" * self.reference.startswith(_SINGULAR)
        return (
            f"order {self.order}, {self.result} by {self.argument}:\n"
            f"{self.by} says {_short(self.analytic)},\n"
            f"{self.reference} say{ending} {_short(self.numeric)};\n"
            f"they differ by {self.difference:.3g}, tolerance {self.tolerance:.3g}"
        )


@printable
@dataclass(frozen=True)
class Blame:
    """The rule that is wrong, found by a check of each node by itself.

    Attributes
    ----------
    op : str
        The op whose partial is wrong; ``"engine"`` if every rule at every node is right.
    argument : int or None
        Which operand's partial.
    operands : tuple
        Where.
    found, exact : number or None
        The partial that the rule gave there, and the derivative of the op's function.
    hint : str
        What their ratio suggests.
    node, root : Node or None
        Where in which graph: a drawing marks the line from the operand to the node.
    index : tuple of int
        Which element of that operand; empty for a number.

    Examples
    --------
    >>> from autograd import GradientMismatch, elementwise, gradcheck, temporary_registry
    >>> with temporary_registry():
    ...     cube = elementwise("cube", "x * x * x", "2 * x * x")  # it is 3 x²
    ...     try:
    ...         gradcheck(cube, 2.0)
    ...     except GradientMismatch as error:
    ...         blame = error.blame
    >>> blame.op, blame.operand, blame.place, blame.found, float(blame.exact)
    ('cube', 'x', '(2.0)', 8.0, 12.0)
    """

    op: str
    argument: int | None = None
    operands: tuple[Any, ...] = ()
    found: Any = None
    exact: Any = None
    hint: str = ""
    node: Node | None = field(default=None, repr=False, compare=False)
    index: tuple[int, ...] = ()
    root: Node | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        if self.argument is None and self.hint:
            return f"the rule of {self.op!r} {self.hint}"
        if self.argument is None:
            return (
                "every rule is right at every node. Either the function computes with numbers "
                "that its graph doesn't hold (.data, .detach()), or Python chose a branch at a tie "
                "(if x > y, max(x, y): take autograd.maximum), or the engine is wrong: a "
                "contribution was lost, doubled, or passed on too early"
            )
        gives = "it gives" if self.operands else "of a cotangent of whole numbers it passes on"
        return (
            f"the rule of {self.op!r} for its operand {self.operand} is wrong at {self.place}: "
            f"{gives} {_short(self.found)}, exact is {_short(self.exact)}, "
            f"{_agreed(self.found, self.exact)}{self.hint}"
        )

    @property
    def operand(self) -> str:
        """The operand's letter, or its number where there are many."""
        k = self.argument
        return "" if k is None else OPERANDS[k] if k < len(OPERANDS) else str(k)

    @property
    def place(self) -> str:
        """Where: the operands, or which element of an array."""
        if self.operands:
            return f"({', '.join(map(repr, self.operands))})"
        return f"index {self.index}" if self.index else "these operands"


def _short(number: Any) -> str:
    return repr(number) if isinstance(number, (float, complex)) else str(number)


def _agreed(found: Any, exact: Any) -> str:
    """Say to how many digits two numbers agree, and their ratio."""
    if not isfinite(found):
        return "which is no slope"
    if not exact:
        return "which differ"
    ratio = found / exact
    off = float(abs(ratio - 1))
    digits = max(0, int(-log10(off) + 0.01)) if 0 < off < inf else 0
    return f"{digits} digits agree, ratio {float(ratio.real):.12g}"


@printable
@dataclass(frozen=True, repr=False)
class Report:
    """The result of a check: its comparisons and its verdict. It is true if the check passed.

    In Jupyter a failure in a graph of ours is drawn, with the line red whose rule is wrong;
    elsewhere ``draw`` does that.

    Attributes
    ----------
    compared : int
        How many derivatives.
    worst : Comparison or None
        The one that came nearest to its tolerance; None if nothing was compared.
    verdict : str
        ``PASS``, ``FAIL`` or ``INCONCLUSIVE``.
    reason : str
        Why it didn't pass.
    blame : Blame or None
        Of a failure in a graph of ours: the rule that is wrong, or the engine.
    skipped : tuple of str
        What was not compared, and why.
    digits : int or None
        To how many digits every derivative is confirmed: the fewest of any; None if nothing was
        compared.
    notes : tuple of str
        What else to know: that a reference in many digits couldn't be had, and why.

    Examples
    --------
    >>> from autograd import gradcheck
    >>> report = gradcheck(lambda x: x * x, 3.0)
    >>> bool(report), report.verdict, report.compared, report.digits
    (True, 'PASS', 1, 16)
    """

    compared: int
    worst: Comparison | None
    verdict: str = PASS
    reason: str = ""
    blame: Blame | None = None
    skipped: tuple[str, ...] = field(default=())
    digits: int | None = None
    notes: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return self.verdict == PASS

    def __str__(self) -> str:
        if self.verdict != PASS:
            return f"gradcheck: {self.verdict}: {self.reason}"
        nearest = f"; the nearest to its tolerance:\n{self.worst}" if self.worst else ""
        skipped = f"; {len(self.skipped)} skipped" if self.skipped else ""
        digits = f" to {self.digits} digits" if self.digits else ""
        notes = "".join(f"\n({note})" for note in (*self._of_the_worst(), *self.notes))
        agree = f"{self.compared} derivatives agree{digits}"
        return f"gradcheck: {self.verdict}: {agree}{skipped}{nearest}{notes}"

    __repr__ = __str__

    def _of_the_worst(self) -> tuple[str, ...]:
        one = self.worst
        within = one is None or one.difference <= one.tolerance
        return () if within else ("what is more is the rounding of the function's own steps",)

    def draw(self) -> Drawing:
        """Draw the graph that failed, with the line red whose rule is wrong.

        Returns
        -------
        Drawing
            As of ``autograd.draw``: it is saved, and shows itself in Jupyter.

        Raises
        ------
        ValueError
            If the check passed, or the function has no graph of ours.

        Examples
        --------
        >>> from autograd import elementwise, temporary_registry
        >>> from autograd.check import examine
        >>> with temporary_registry():
        ...     wrong = elementwise("wrong", "x * x", "x")
        ...     report = examine(lambda x: 3 * wrong(x), 2.0)
        >>> [line.text for line in report.draw().picture.lines if line.wrong]
        ['2.0 ✗ exact 4.0']
        """
        if self.blame is None or self.blame.root is None:
            raise ValueError(
                "there is no graph to draw: a report has one if a function of autograd's "
                f"operations failed, and this is {self.verdict}; print it"
            )
        # Lazily: it draws what is defined here, and few reports are drawn.
        from autograd.check.failure_drawing import draw_blame

        return draw_blame(self.blame)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if self.blame is None or self.blame.root is None:
            return {"text/plain": str(self)}
        from autograd.check.failure_drawing import html  # lazily, as in draw

        return html(str(self), self.blame)


@printable
class GradientMismatch(AssertionError):  # noqa: N818
    """A derivative that differs from its reference by more than the tolerance.

    Attributes
    ----------
    comparison : Comparison
        The one that differs most, measured by its tolerance.
    blame : Blame or None
        The rule that is wrong, or the engine, where the function is a graph of ours.

    Examples
    --------
    >>> from autograd import GradientMismatch, gradcheck
    >>> try:
    ...     gradcheck(lambda x: x * x, 3.0, gradient=lambda x: 3 * x)
    ... except GradientMismatch as error:
    ...     print(error.comparison.analytic, float(error.comparison.numeric), error.of_the_engine)
    9.0 6.0 False
    """

    def __init__(self, comparison: Comparison, hint: str = "", blame: Blame | None = None) -> None:
        super().__init__(f"{comparison}{hint}" + (f".\n{blame}" if blame else ""))
        self.comparison = comparison
        self.blame = blame

    @property
    def of_the_engine(self) -> bool:
        """Whether no rule is to blame."""
        return self.blame is not None and self.blame.op == "engine"

    def of_program(self, program: Program, inputs: tuple[Any, ...]) -> GradientMismatch:
        """Return the same error with the program's text and a line that reproduces it.

        Examples
        --------
        >>> from autograd.check import Comparison, GradientMismatch, Program
        >>> one = Comparison(1, "a", "result", 3.0, 2.0, 1e-9, "exact fractions")
        >>> program = Program.parse("a; square a")
        >>> "To reproduce it: gradcheck(" in str(GradientMismatch(one).of_program(program, (1.0,)))
        True
        """
        arguments = ", ".join([repr(program), *map(repr, inputs)])
        text = f".\nThe program: {program}.\nTo reproduce it: gradcheck({arguments})"
        return GradientMismatch(self.comparison, text, self.blame)


class Skipped(Exception):  # noqa: N818
    """A derivative at a kink isn't compared, because the user asked for that."""


@printable
class Inconclusive(ValueError):  # noqa: N818
    """No verdict: the reference itself is uncertain, and that isn't called a wrong gradient.

    Examples
    --------
    >>> from math import floor
    >>> from autograd import gradcheck
    >>> from autograd.check import Inconclusive
    >>> try:  # a plain function that jumps at 1: its slope there is no number
    ...     gradcheck(lambda x: float(floor(x)), 1.0, gradient=lambda x: 0.0)
    ... except Inconclusive:
    ...     print("no verdict")
    no verdict
    """


@printable
class NotCheckable(ValueError):  # noqa: N818
    """A function that can't be checked: it isn't deterministic, gives nan, or changes its inputs.

    Examples
    --------
    >>> from autograd import Value, gradcheck
    >>> from autograd.check import NotCheckable
    >>> made = iter([1.0, 2.0, 3.0, 4.0])
    >>> try:
    ...     gradcheck(lambda x: x * next(made), 1.0)
    ... except NotCheckable:
    ...     print("not the same twice")
    not the same twice
    """
