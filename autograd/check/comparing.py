"""All derivatives of one order, compared one by one: what ``gradcheck`` does at each order."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from autograd.check import blame, numerical
from autograd.check.call import Call, as_fraction
from autograd.check.numerical import Along, Slope
from autograd.check.precise import LADDER, Unsettled, difference, exact_slope, settle, to_mpf
from autograd.check.report import Blame, Comparison, GradientMismatch, Inconclusive, NotCheckable
from autograd.graph import accumulate
from autograd.node import Node
from autograd.tree import map_leaves, rebuild
from autograd.value import Value

Function = Callable[..., Any]
Tree = Any

_MARGIN = 16.0  # how many times the estimated error a numerical derivative may be off
_SPREAD = 64.0  # how many times the spread of coarser roundings floats may be off
_USELESS = 1e-3  # a tolerance this large beside the derivative tells nothing
_LOWEST, _HIGHEST = 1e-290, 1e290  # beyond, floats lose digits or overflow


class Skipped(Exception):  # noqa: N818
    """A kink that was to be skipped."""


def strain(comparison: Comparison) -> float:
    """How near a comparison is to failing: it fails above 1."""
    if not comparison.difference:
        return 0.0
    return comparison.difference / comparison.tolerance if comparison.tolerance else np.inf


class Check:
    """All derivatives of one order."""

    def __init__(self, call: Call, order: int, oracle: str, at_ties: str, rtol: float) -> None:
        self.call = call
        self.order = order
        self.at_ties = at_ties
        self.rtol = rtol
        precise = call.real and oracle != "differences"
        self.has_fractions = precise and oracle != "mpmath" and call.gradient is None
        self.has_mpmath = precise and oracle != "exact" and _has_mpmath()
        self.may_use_differences = oracle in ("auto", "differences")
        self.engine: dict[Any, list[Any]] = {}

    def run(self, skipped: list[str]) -> list[Comparison]:
        """Return all comparisons; raise what ``gradcheck`` raises."""
        results = self.call.checked()
        analytic = self.call.jacobian()
        nodes = self._graph()
        tied = [node for node in nodes if blame.is_at_kink(node)]
        if tied:
            return self._at_kinks(tied, results, analytic, skipped)
        comparisons: list[Comparison] = []
        for j, (place, along, x) in enumerate(self.call.elements()):
            for direction in (1, 1j) if isinstance(x, complex) else (1,):
                comparisons += self._one(j, place, along, x, direction, results, analytic[:, j])
        return comparisons

    def _graph(self) -> list[Node]:
        """Return the interior nodes, of a graph of ours on real numbers; Inconclusive at inf."""
        if not self.call.real or self.call.gradient is not None:
            return []
        nodes = blame.graph_of(self.call.f, _variables(self.call.inputs))
        for node in nodes:
            if not np.all(np.isfinite(np.asarray(node._data, dtype=float))):
                name = node.op.name if node.op else ""
                raise Inconclusive(
                    f"the result of {name!r} inside is {node._data!r}: the function goes "
                    "through infinity, and floats can't tell its derivative"
                )
        return nodes

    def _at_kinks(
        self, tied: list[Node], results: Any, analytic: Any, skipped: list[str]
    ) -> list[Comparison]:
        names = ", ".join(sorted({node.op.name for node in tied if node.op}))
        why = f"the function is at a kink, a tie or an end of the domain of {names}"
        if self.at_ties == "error":
            raise NotCheckable(f"{why}: it is not differentiable there; move the input")
        if self.at_ties == "skip":
            raise Skipped(why)
        skipped.append(f"derivatives of order {self.order + 1} and above: {why}")
        if self.order > 1 or len(results) != 1 or not _has_mpmath():
            return []
        comparisons = []
        for j, (place, _, _) in enumerate(self.call.elements()):
            try:
                exact = float(
                    blame.by_convention(lambda *xs: self._flat_call(xs), self.call.flat, j)
                )
            except ArithmeticError as error:
                raise Inconclusive(f"{why}, and {error}") from None
            found = float(analytic[0, j])
            off = 0.0 if found == exact or (found != found and exact != exact) else self.rtol
            one = Comparison(
                self.order, place, results[0][0], found, exact, off * abs(exact), "the conventions"
            )
            if off and not one.difference <= one.tolerance:
                raise GradientMismatch(one, f". {why}", self._blame())
            comparisons.append(one)
        return comparisons

    def _flat_call(self, xs: Any) -> Any:
        return self.call.f(*rebuild(self.call.inputs, iter(xs)))

    def _one(
        self,
        j: int,
        place: str,
        along: Along,
        x: Any,
        direction: complex,
        results: Any,
        column: Any,
    ) -> list[Comparison]:
        """Compare the derivatives of all results by one element."""
        reference, slope = self._reference(j, along, x, direction, len(results), place)
        tolerance = _MARGIN * slope.error + self.rtol * np.abs(slope.found)
        found = [
            Comparison(self.order, place, name, a, n, t, reference, self.call.gradient is not None)
            for (name, _), a, n, t in zip(
                results, column.tolist(), slope.found.tolist(), tolerance.tolist(), strict=True
            )
        ]
        if reference == "central differences":
            _refuse_useless(found, results, x)
        wrong = max(found, key=strain, default=None)
        if wrong is None or strain(wrong) <= 1:
            return found
        row = found.index(wrong)
        if reference == "central differences":
            self._second_opinion(along, x, direction, wrong, row)
        elif self._within_spread(j, row, wrong):
            return found
        kink = not isinstance(x, complex) and numerical.has_kink(along, x)[row]
        hint = ". The slopes to the left and to the right differ: it is a kink, move the input"
        raise GradientMismatch(wrong, hint if kink else "", self._blame())

    def _reference(
        self, j: int, along: Along, x: Any, direction: complex, count: int, place: str
    ) -> tuple[str, Slope]:
        """Return the reference's name and the derivatives; raise where a rule is wrong already."""
        for name in ("fractions", "mpmath"):
            if getattr(self, f"has_{name}"):
                try:
                    return getattr(self, f"_by_{name}")(j, x, count, place)  # type: ignore[no-any-return]
                except (GradientMismatch, Inconclusive, Skipped):
                    raise
                except Exception:  # whatever a function does to numbers that it isn't made for
                    setattr(self, f"has_{name}", False)
        if not self.may_use_differences:
            raise Inconclusive(
                "the function doesn't compute with the numbers that the oracle needs"
            )
        first = numerical.by_differences(along, x, direction)
        if self.call.gradient is not None:
            self._refuse_disagreement(first, numerical.by_other_differences(along, x, direction), x)
        return "central differences", first

    def _by_fractions(self, j: int, x: Any, count: int, place: str) -> tuple[str, Slope]:
        exact = []
        for row in range(count):
            f = self.call.in_kind(j, row, as_fraction)
            exact.append(exact_slope(f, Fraction(x)))
            found = self._engine(row, as_fraction, "exact")[j]
            if not isinstance(found, Fraction):
                raise TypeError("a derivative lost its exactness")
            if found != exact[-1]:
                one = Comparison(
                    self.order, place, "the result", found, exact[-1], 0.0, "exact fractions"
                )
                raise GradientMismatch(one, "", self._blame())
        return "exact fractions", _slope(exact)

    def _by_mpmath(self, j: int, x: Any, count: int, place: str) -> tuple[str, Slope]:
        from mpmath import mp

        exact = []
        for row in range(count):
            f = self.call.in_kind(j, row, to_mpf)
            engine = self.call.gradient is None

            def claim(row: int = row) -> Any:
                return self._engine(row, to_mpf, mp.prec)[j]

            try:
                slope, found = settle(f, x, claim if engine else None)
            except Unsettled as why:
                raise Inconclusive(str(why)) from None
            if engine and not abs(slope - found) <= abs(slope) * mp.mpf(10) ** -14:
                a, n = float(found), float(slope)
                a, n = (found, slope) if a == n else (a, n)
                one = Comparison(self.order, place, "the result", a, n, 0.0, "mpmath")
                self._refuse_kink(x, f, "the function is not differentiable: at")
                raise GradientMismatch(one, "", self._blame())
            if not engine:
                self._at_kink_of_black_box(x, f)
            exact.append(slope)
        return "mpmath", _slope(exact)

    def _at_kink_of_black_box(self, x: Any, f: Any) -> None:
        """Refuse a kink, or skip it: what a claimed gradient says there is its own convention."""
        try:
            self._refuse_kink(x, f, "at")
        except Inconclusive as why:
            if self.at_ties == "skip":
                raise Skipped(str(why)) from None
            raise

    def _refuse_kink(self, x: Any, f: Any, why: str) -> None:
        """Raise Inconclusive where the slopes to the left and to the right differ."""
        from mpmath import mp

        with mp.workdps(LADDER[0]):
            left, right = (difference(f, to_mpf(x), LADDER[0], side) for side in (-1, 1))
            if not abs(left - right) <= 1e-6 * (abs(left) + abs(right)):
                raise Inconclusive(
                    f"{why} {x!r}, the slope to the left is {mp.nstr(left, 8)}, to the right "
                    f"{mp.nstr(right, 8)}: it is a kink, move the input"
                )

    def _engine(self, row: int, convert: Function, key: Any) -> list[Any]:
        """Return the engine's gradient on other numbers: once for all inputs."""
        if (row, key) not in self.engine:
            self.engine[row, key] = self.call.gradient_in_kind(row, convert)
        return self.engine[row, key]

    def _within_spread(self, j: int, row: int, one: Comparison) -> bool:
        """Whether the rounding of the function's own steps explains the difference.

        The engine is run with a few bits less than a float has: how far that moves the derivative
        says how far a float may be off.
        """
        from mpmath import mp

        if self.call.gradient is not None:
            return False
        found = []
        for bits in (53, 52, 51, 50, 49, 48):
            with mp.workprec(bits):
                found.append(self._engine(row, to_mpf, bits)[j])
        spread = float(max(abs(g - one.numeric) for g in found))
        if one.difference <= _SPREAD * spread:
            return True
        if self._leaves_the_range():
            raise Inconclusive("numbers inside overflow or underflow: floats can't tell here")
        return False

    def _leaves_the_range(self) -> bool:
        from mpmath import mp

        with mp.workdps(30):
            inputs = map_leaves(lambda _, x: Value(to_mpf(x)), self.call.inputs)
            nodes = blame.graph_of(self.call.f, inputs)
            found = accumulate(nodes, {nodes[-1]: mp.mpf(1)}) if nodes else {}
            numbers = [abs(node._data) for node in nodes] + [abs(g) for g in found.values()]
            return any(n and not _LOWEST < n < _HIGHEST for n in numbers)

    def _second_opinion(
        self, along: Along, x: Any, direction: complex, one: Comparison, row: int
    ) -> None:
        """Raise Inconclusive unless another family of steps sees the same difference."""
        other = numerical.by_other_differences(along, x, direction)
        found, error = other.found[row], other.error[row]
        if not abs(found - one.analytic) > _MARGIN * error + self.rtol * abs(found):
            raise Inconclusive(
                f"two families of steps disagree on {one.result} by {one.argument}: "
                f"{one.numeric!r} and {found!r}"
            )

    def _refuse_disagreement(self, one: Slope, other: Slope, x: Any) -> None:
        allowed = _MARGIN * (one.error + other.error) + self.rtol * np.abs(one.found)
        if not np.all(np.abs(one.found - other.found) <= allowed):
            raise Inconclusive(
                f"two families of steps disagree on the derivative at {x!r}: {one.found} and "
                f"{other.found}. The function may have a kink or a jump near there"
            )

    def _blame(self) -> Blame | None:
        if self.call.gradient is not None or not self.call.real or not _has_mpmath():
            return None
        return blame.blame(blame.graph_of(self.call.f, _variables(self.call.inputs)))


def _variables(inputs: Tree) -> Tree:
    return map_leaves(lambda _, x: Value(x), inputs)


def _slope(exact: list[Any]) -> Slope:
    found = np.array([float(g) for g in exact])
    return Slope(found, np.abs(found) * 2.0**-50 + 5e-324)


def _refuse_useless(found: list[Comparison], results: list[tuple[str, Any]], x: Any) -> None:
    """Raise Inconclusive where the numerical derivative is too uncertain to compare with."""
    for one, (_, y) in zip(found, results, strict=True):
        scale = max(abs(one.analytic), abs(one.numeric), abs(y) / max(1.0, abs(x)))
        if not one.tolerance <= _USELESS * scale and one.tolerance > 0:
            raise Inconclusive(
                f"no reliable numerical derivative of {one.result} by {one.argument} = {x!r}: it "
                f"is {one.numeric!r} with an uncertainty of {one.tolerance:.3g}. The function may "
                "have a kink or a jump near there, end its domain there, or round coarsely"
            )


def _has_mpmath() -> bool:
    try:
        import mpmath  # noqa: F401
    except ImportError:
        return False
    return True
