"""The check of all derivatives of one order, compared one by one with a reference."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from inspect import Parameter, signature
from itertools import zip_longest
from typing import Any

import numpy as np

from autograd.check import blame, numerical
from autograd.check.call import Call, as_fraction
from autograd.check.numerical import Along, Slope
from autograd.check.precise import LADDER, Unsettled, difference, exact_slope, settle, to_mpf
from autograd.check.report import Blame, Comparison, GradientMismatch, Inconclusive, NotCheckable
from autograd.check.rounding import EXTREMES, OF_TERMS, USELESS, Rounding, refuse_extremes
from autograd.node.node import Node
from autograd.transforms.pytree import map_leaves
from autograd.values.tensor import Tensor
from autograd.values.value import Value

Function = Callable[..., Any]
Pytree = Any

_MARGIN = 16.0  # how many times the estimated error a numerical derivative may be off
_NAMED = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class Skipped(Exception):  # noqa: N818
    """A derivative at a kink isn't compared, because the user asked for that."""


def tolerance_ratio(comparison: Comparison) -> float:
    """Return the difference as a multiple of the tolerance: the comparison fails above 1."""
    off = comparison.difference
    if off != off:
        return np.inf
    return (off / comparison.tolerance if comparison.tolerance else np.inf) if off else 0.0


class OrderCheck:
    """The check of all derivatives of one order."""

    def __init__(self, call: Call, order: int, oracle: str, at_ties: str, rtol: float) -> None:
        self.call = call
        self.order = order
        self.at_ties = at_ties
        self.rtol = rtol
        precise = call.real and oracle != "differences"
        self.has_fractions = precise and oracle != "mpmath" and call.gradient is None
        self.has_mpmath = precise and oracle != "exact" and _has_mpmath()
        self.may_use_differences = oracle in ("auto", "differences")
        self.rounding = Rounding(call)

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
        if not self.call.real:
            self._check_rules()
        return comparisons

    def _check_rules(self) -> None:
        """Check every rule in a graph of arrays by itself: more finely than differences can."""
        found = self._blame()
        if found is None or found.argument is None:
            return
        where = f"operand {found.operand}" + (f" at index {found.index}" if found.index else "")
        one = Comparison(
            self.order, where, f"{found.op!r} alone", found.found, found.exact, 0.0, "its function"
        )
        raise GradientMismatch(one, "", found)

    def _graph(self) -> list[Node]:
        """Return the interior nodes, of a graph of ours on real numbers; Inconclusive at inf."""
        if not self.call.real or self.call.gradient is not None:
            return []
        nodes = blame.graph_of(self.call.f, _variables(self.call))
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
                found_by = blame.by_convention(self.call.of_leaves, self.call.flat, j)
                exact, size = map(float, found_by)
            except ArithmeticError as error:
                raise Inconclusive(f"{why}, and {error}") from None
            found = float(analytic[0, j])
            same = found == exact or (found != found and exact != exact)
            off = 0.0 if same else self.rtol * abs(exact) + OF_TERMS * size
            one = Comparison(self.order, place, results[0][0], found, exact, off, "the conventions")
            if not (same or one.difference <= off or self.rounding.explains_at_kink(j, one)):
                raise GradientMismatch(one, f". {why}", self._blame())
            comparisons.append(one)
        return comparisons

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
        last_bit = np.finfo(np.result_type(column, np.float16)).eps
        tolerance = _MARGIN * slope.error + (_MARGIN * last_bit + self.rtol) * np.abs(slope.found)
        found = [
            Comparison(self.order, place, name, a, n, t, reference, self.call.gradient is not None)
            for (name, _), a, n, t in zip(
                results, column.tolist(), slope.found.tolist(), tolerance.tolist(), strict=True
            )
        ]
        if reference == "central differences":
            _refuse_useless(found, results, x)
        for row, one in enumerate(found):
            if tolerance_ratio(one) > 1:
                self._refuse_or_raise(j, row, one, along, x, direction)
        return found

    def _refuse_or_raise(
        self, j: int, row: int, one: Comparison, along: Along, x: Any, direction: complex
    ) -> None:
        """Raise, at a difference that neither rounding nor a doubtful reference explains."""
        in_arrays = one.reference == "central differences" and self.call.gradient is None
        kink = in_arrays and not isinstance(x, complex) and numerical.has_kink(along, x)[row]
        if not kink and self.rounding.explains(j, row, one):
            return
        if one.reference == "central differences" and not kink:
            self._second_opinion(along, x, direction, one, row)
        found = self._blame()
        if found is None or found.argument is None:
            if kink:
                self._refuse_to_judge(f"the slopes of {one.result} on both sides of {x!r} differ")
            if found is not None and found.root is not None:
                refuse_extremes(found.root, one.difference * max(1.0, abs(x)))
            if found is not None and not np.isfinite(one.analytic):  # a partial overflowed
                raise Inconclusive(EXTREMES)
        raise GradientMismatch(one, "", found)

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
            if np.any(numerical.has_kink(along, x)):
                self._refuse_to_judge(f"the slopes to the left and to the right of {x!r} differ")
        return "central differences", first

    def _refuse_to_judge(self, why: str) -> None:
        """At a kink that no record of ours tells of; what is claimed there is a convention."""
        if self.at_ties == "skip":
            raise Skipped(why)
        raise Inconclusive(f"{why}: it is a kink, move the input")

    def _by_fractions(self, j: int, x: Any, count: int, place: str) -> tuple[str, Slope]:
        exact = []
        for row in range(count):
            f = self.call.in_kind(j, row, as_fraction)
            exact.append(exact_slope(f, Fraction(x)))
            found = self.call.gradient_in_kind(row, as_fraction, "exact")[j]
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
                return self.call.gradient_in_kind(row, to_mpf, mp.prec)[j]

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
                self._refuse_kink(x, f, "at")
            exact.append(slope)
        return "mpmath", _slope(exact)

    def _refuse_kink(self, x: Any, f: Any, why: str) -> None:
        """Raise Inconclusive where the slopes to the left and to the right differ, and go on to."""
        from mpmath import mp

        def slopes(digits: int) -> list[Any]:
            with mp.workdps(digits):
                return [difference(f, to_mpf(x), digits, side) for side in (-1, 1)]

        left, right = slopes(LADDER[0])
        if abs(left - right) <= 1e-6 * (abs(left) + abs(right)):
            return
        nearer_left, nearer_right = slopes(LADDER[1])
        if not abs(nearer_left - nearer_right) <= 1e-6 * abs(left - right):
            self._refuse_to_judge(
                f"{why} {x!r}, the slope to the left is {mp.nstr(left, 8)}, to the right "
                f"{mp.nstr(right, 8)}"
            )

    def _second_opinion(
        self, along: Along, x: Any, direction: complex, one: Comparison, row: int
    ) -> None:
        """Raise Inconclusive unless another family of steps sees the same difference."""
        other = numerical.by_other_differences(along, x, direction)
        found, error = other.found[row], other.error[row]
        apart = abs(found - one.numeric)  # what one family estimates may be luck
        allowed = _MARGIN * (error + apart) + self.rtol * abs(found)
        if not np.isfinite(allowed) or abs(found - one.analytic) <= allowed:
            raise Inconclusive(
                f"two families of steps disagree on {one.result} by {one.argument}: "
                f"{one.numeric!r} and {found!r}"
            )

    def _refuse_disagreement(self, one: Slope, other: Slope, x: Any) -> None:
        """Raise Inconclusive unless two families of steps agree on the slope of a black box."""
        allowed = _MARGIN * (one.error + other.error) + self.rtol * np.abs(one.found)
        unsure = other.error > USELESS * np.maximum(np.abs(other.found), 1.0)
        if np.any(unsure) or not np.all(np.abs(one.found - other.found) <= allowed):
            raise Inconclusive(
                f"two families of steps disagree on the derivative at {x!r}: {_only(one)} and "
                f"{_only(other)}. The function may have a kink or a jump near there, or round "
                "coarsely, as in float32: then rtol= allows for it"
            )

    def _blame(self) -> Blame | None:
        complex_ = any(isinstance(x, complex) for x in self.call.flat)
        if self.call.gradient is not None or complex_ or not _has_mpmath():
            return None
        return blame.blame(blame.graph_of(self.call.f, _variables(self.call)))


def _variables(call: Call) -> Pytree:
    """Return variables for the inputs, with the names that the function has for them."""

    def variable(name: str, x: Any) -> Node:
        return Tensor(x, label=name) if np.ndim(x) else Value(x, label=name)

    names: list[str] = []
    with suppress(TypeError, ValueError):  # a function may not say what it takes
        parameters = signature(call.f).parameters.values()
        names = [p.name if p.kind in _NAMED else "" for p in parameters]
    pairs = zip_longest(call.inputs, names[: len(call.inputs)], fillvalue="")
    return tuple(map_leaves(variable, x, name) for x, name in pairs)


def _slope(exact: list[Any]) -> Slope:
    found = np.array([float(g) for g in exact])
    return Slope(found, np.abs(found) * 2.0**-50 + 5e-324)


def _only(slope: Slope) -> str:
    """Return the one derivative of a function with a claimed gradient."""
    return f"{slope.found.item():.9g}"


def _refuse_useless(found: list[Comparison], results: list[tuple[str, Any]], x: Any) -> None:
    """Raise Inconclusive where the numerical derivative is too uncertain to compare with."""
    for one, (_, y) in zip(found, results, strict=True):
        scale = np.nanmax([abs(one.analytic), abs(one.numeric), abs(y) / max(1.0, abs(x))])
        if not one.tolerance <= USELESS * scale and one.tolerance > 0:
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
