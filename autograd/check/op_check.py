"""``check_op``: checks everything that is derived from an op's record, in about a second.

The op's own function stands for what it should be; that a *value* is right needs a definition from
elsewhere, which can be given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from inspect import Parameter
from itertools import product
from math import isfinite
from typing import Any

import numpy as np

from autograd.check import blame, ulp
from autograd.check.gradients import examine
from autograd.check.op_report import OpReport
from autograd.check.op_scan import OpScan, fine_points, scan_points
from autograd.check.precise import Unsettled, has_mpmath
from autograd.check.report import FAIL
from autograd.check.value_scan import unlike_definition
from autograd.node.node import Node
from autograd.numbers.kinds import COMPLEX, FRACTION, MPF
from autograd.numbers.words import with_article
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import get
from autograd.values.tensor import Tensor
from autograd.values.value import Value

Point = tuple[float, ...]

_SIZES = (0.037, 0.31, 0.77, 1.21, 1.9, 2.6, 4.3)
_SHAPES = (((2, 1), (3,), (1, 1), ()), ((), (2, 3), (1, 3), (2, 3)))  # broadcast together
_BESIDE = (2.0**-20, 2.0**-8)
_POINTS = 24  # at which partials are differentiated in mpmath
_EXACT = 200  # bits
_SHOWN = 3  # problems with values, of the many that there may be
_ROUNDINGS = 4.0  # how many times what its steps lose in coarser rounding an op may be off
_TOLERANCE = 1e-11  # of floats against the same formula in mpmath, at everyday points


def check_op(
    op: Elementwise | str,
    /,
    *,
    definition: Callable[..., Any] | None = None,
    points: list[Point] | None = None,
    ulps: float | None = None,
    **settings: Any,
) -> OpReport:
    """Check an elementwise op, built-in or one's own, in one line.

    Its values agree on floats, arrays, Values, Tensors and mpmath's numbers, and with a definition
    if there is one; its partials are the derivatives of its function, to first and second order,
    on Fractions and complex numbers too if it takes them; at kinks, ties and edges it keeps to the
    conventions; it broadcasts, keeps dtypes, and is right where operands are one and the same.

    Parameters
    ----------
    op : Elementwise or str
        The op or its name.
    definition : callable, optional
        What the op should be, of mpmath numbers.
    points : list of tuple of float, optional
        Where to check, beside points that follow from the record.
    ulps : float, optional
        How many units in the last place float results and partials may be off, anywhere. By
        default the op's budget (``autograd.check.ulp``; 8 for an op of one's own), or, where it
        computes in several steps, what their rounding costs.
    **settings
        The op's settings, where they aren't the defaults.

    Returns
    -------
    OpReport
        True if all is well; ``assert check_op(op)`` shows what isn't.

    Raises
    ------
    TypeError
        If it is a structural op: use ``gradcheck``; or if a setting is missing.
    ValueError
        If a point has too few numbers, or too many.
    ImportError
        If mpmath isn't installed.

    Examples
    --------
    >>> from autograd import elementwise, temporary_registry
    >>> with temporary_registry():
    ...     cube = elementwise("cube", "x * x * x", "3 * x * x")
    ...     wrong = elementwise("wrong", "x * x * x", "2 * x * x")
    ...     bool(check_op(cube)), bool(check_op(wrong))
    (True, False)
    """
    if not has_mpmath():
        raise ImportError("check_op needs mpmath: pip install 'glassgrad[check]'")
    op = get(op) if isinstance(op, str) else op  # type: ignore[assignment]
    if not isinstance(op, Elementwise):
        raise TypeError(
            f"check_op checks elementwise ops, got {with_article(op)}: check a use of it with "
            "gradcheck, at numbers of yours"
        )
    _refuse_bad_arguments(op, settings, points or [])
    at = [*(points or ()), *_points(op, settings)]
    check = _OpCheck(op, settings, at, definition, ulps)
    checks = (
        "values",
        "partials",
        "accuracy",
        "second_order",
        "kinds",
        "dtypes",
        "broadcasting",
        "kinks",
        "aliasing",
    )
    checked: dict[str, int] = {}
    problems: list[str] = []
    for name in checks:
        found = list(getattr(check, name)())
        checked[name.replace("_", " ")] = len(found)
        problems += [f"{name.replace('_', ' ')}: {problem}" for problem in found if problem]
    scan = OpScan(op, check.settings)
    for name in ("everywhere", "windows", "guards", "arrays", "float32", "state", "repeated"):
        found = list(getattr(scan, name)())
        checked[name] = len(found)
        problems += [f"{name}: {problem}" for problem in found if problem]
    if definition is not None:
        many = [*scan_points(op), *fine_points(op)]
        found = list(unlike_definition(op, check.settings, definition, many))
        checked["definition"] = len(found)
        problems += [f"definition: {problem}" for problem in found if problem][:_SHOWN]
    return OpReport(op.name, checked, tuple(problems))


def _refuse_bad_arguments(op: Elementwise, settings: dict[str, Any], points: list[Any]) -> None:
    for name, default in op.settings.items():
        if default is Parameter.empty and name not in settings:
            raise TypeError(f"{op.name} needs a setting: check_op({op.name!r}, {name}=...)")
    for point in points:
        if not (isinstance(point, (tuple, list)) and len(point) == op.arity):
            raise ValueError(f"a point of {op.name} is a tuple of {op.arity}, got {point!r}")


def _points(op: Elementwise, settings: dict[str, Any]) -> list[Point]:
    """Return points in the domain: everyday ones, and beside its ends and the kinks."""
    axes = []
    for lo, hi in op.domain:
        ends = [end for end in (lo, hi, *op.kinks, 0.0) if isfinite(end)]
        near = [end + side * h for end in ends for h in _BESIDE for side in (-1, 1)]
        numbers = [s * x for x in _SIZES for s in (1.0, -1.0)] + near
        if isfinite(lo) and isfinite(hi):
            numbers += [lo + (hi - lo) * t for t in (0.1, 0.35, 0.8)]
        axes.append([x for x in dict.fromkeys(numbers) if lo < x < hi])
    if op.arity == 1:
        return [(x,) for x in axes[0]]
    found = list(product(*(axis[:14] for axis in axes)))
    return found[:: max(1, len(found) // (2 * _POINTS))]


class _OpCheck:
    """The checks of one op: for each case they yield what is wrong with it, or an empty string."""

    def __init__(
        self,
        op: Elementwise,
        settings: dict[str, Any],
        points: list[Point],
        definition: Any,
        ulps: float | None,
    ) -> None:
        self.op = op
        self.ulps = ulps
        self.settings = op.own_settings(settings)
        self.definition = definition
        self.points = [p for p in points if self._is_inside(p)]

    def _is_inside(self, point: Point) -> bool:
        z = self.op.compute(*point, **self.settings)
        return bool(isfinite(z)) and not blame.is_at_kink(self._node(point))

    def _node(self, point: Any) -> Node:
        return self.op(*map(Value, point), **self.settings)  # type: ignore[no-any-return]

    def values(self) -> Iterator[str]:
        """Floats, Values, arrays and Tensors give one number; mpmath and a definition agree."""
        for point in self.points:
            z = self.op.compute(*point, **self.settings)
            arrays = [np.array([x, x]) for x in point]
            same = {
                "a Value": self._node(point)._data,
                "an array": self.op.compute(*arrays, **self.settings)[1],
                "a Tensor": self.op(*map(Tensor, arrays), **self.settings)._data[0],
            }
            if MPF in self.op.numbers:
                same["mpmath"] = self._in_mpmath(self.op.compute, point, self.settings)
            if self.definition is not None:
                same["the definition"] = self._in_mpmath(self.definition, point, {})
            wrong = [f"{who} gives {y!r}" for who, y in same.items() if not _near(y, z, z)]
            yield f"at {point} a float gives {z!r}, {', '.join(wrong)}" if wrong else ""

    def _in_mpmath(self, function: Any, point: Point, settings: dict[str, Any]) -> float:
        from mpmath import mp

        with mp.workdps(40):
            return float(mp.re(function(*map(mp.mpf, point), **settings)))

    def partials(self) -> Iterator[str]:
        """Each rule is the derivative of the function, in mpmath, on floats and on arrays."""
        chosen = self.points[:: max(1, len(self.points) // _POINTS)]
        for point in chosen if MPF in self.op.numbers else ():
            found = blame.wrong_partial(self._node(point))
            yield str(found) if found else self._arrays_differ(point)

    def accuracy(self) -> Iterator[str]:
        """Floats are as exact as the budget asks: the value and each partial, in ulps."""
        chosen = self.points[:: max(1, len(self.points) // _POINTS)]
        for point in chosen if MPF in self.op.numbers else ():
            for k in (None, *range(self.op.arity)):
                yield self._too_far_off(point, k)

    def _too_far_off(self, point: Point, k: int | None) -> str:
        from mpmath import mp

        def run(xs: Any) -> Any:
            if k is None:
                return self.op.compute(*xs, **self.settings)
            return self.op.partial(k, *xs, **self.settings)

        def rounded(bits: int) -> Any:
            with mp.workprec(bits):
                return run(list(map(mp.mpf, point)))

        own, found = rounded(_EXACT), run(point)
        exact = own
        if k is not None:  # the derivative of the function is what counts, not the rule's own text
            with suppress(ArithmeticError, ValueError):
                exact = blame.partial_both_ways_alone(self.op, k, point, self.settings)
        off = ulp.ulps(found, exact)
        allowed = ulp.budget(self.op.name, k) if self.ulps is None else self.ulps
        if off > allowed and self.ulps is None:
            spread = max(abs(rounded(53 - bits) - own) / 2**bits for bits in range(6))
            allowed = max(allowed, float(_ROUNDINGS * spread / ulp.unit(exact)))
        if not off > allowed:
            return ""
        what = "the value" if k is None else f"the partial for {OPERANDS[k]}"
        return f"at {point} {what} is {found!r}, {off:.1f} ulp off, and {allowed:.3g} are allowed"

    def _arrays_differ(self, point: Point) -> str:
        tensors = [Tensor([x, x]) for x in point]
        variables = [Value(x) for x in point]
        self.op(*tensors, **self.settings).backward(np.array([1.0, 0.5]))
        self.op(*variables, **self.settings).backward()
        for k, (t, v) in enumerate(zip(tensors, variables, strict=True)):
            if not (_near(t.grad[0], v.grad, v.grad) and _near(2 * t.grad[1], v.grad, v.grad)):
                return (
                    f"at {point} a Value gets {v.grad!r} for its operand {OPERANDS[k]}, a Tensor "
                    f"with cotangents 1 and 0.5 gets {t.grad.tolist()}"
                )
        return ""

    def second_order(self) -> Iterator[str]:
        """The gradient of the gradient is right: the rules can be differentiated."""
        for point in self.points[:: max(1, len(self.points) // 6)]:
            report = examine(self._apply, *point, order=2)
            yield f"at {point} {report.reason}" if report.verdict == FAIL else ""

    def _apply(self, *xs: Any) -> Any:
        return self.op(*xs, **self.settings)

    def kinds(self) -> Iterator[str]:
        """Check that Fractions and complex numbers work if the record says so."""
        for point in self.points[:3]:
            if FRACTION in self.op.numbers:
                yield self._keeps(Fraction, [Fraction(x) for x in point])
            if COMPLEX in self.op.numbers:
                yield self._keeps(complex, [complex(x, 0.25) for x in point])

    def _keeps(self, kind: type, xs: list[Any]) -> str:
        variables = [Value(x) for x in xs]
        try:
            z = self.op(*variables, **self.settings)
            z.backward()
        except (TypeError, ValueError, ArithmeticError) as error:
            if "is not defined for a" in str(error):
                return ""  # a partial with a logarithm in it refuses Fractions, and says so
            return f"at {tuple(xs)} it raises {type(error).__name__}: {error}"
        kinds = {type(z._data), *(type(v.grad) for v in variables)}
        settings = {**self.op.settings, **self.settings}.values()
        allowed = {kind, float if any(type(s) is float for s in settings) else int}
        return "" if kinds <= allowed else f"{kind.__name__}s become {kinds - {kind}}"

    def dtypes(self) -> Iterator[str]:
        """A gradient has its operand's dtype, and the result the one that NumPy promotes to."""
        arity = self.op.arity
        same = [(dtype,) * arity for dtype in (np.float16, np.float32, np.float64)]
        mixed = [(np.float32, np.float64, np.float16, np.float32)[:arity]] if arity > 1 else []
        for dtypes, point in product([*same, *mixed], self.points[:2]):
            tensors = [Tensor(np.array([x], d)) for x, d in zip(point, dtypes, strict=True)]
            z = self._apply(*tensors)
            z.backward(np.ones(1, z._data.dtype))
            found = (z._data.dtype, *(t.grad.dtype for t in tensors))
            expected = (np.result_type(*dtypes), *map(np.dtype, dtypes))
            yield "" if found == expected else f"expected {expected}, got {found}"

    def broadcasting(self) -> Iterator[str]:
        """A gradient has the shape of its operand: what was repeated is summed."""
        for shapes, point in product(_SHAPES, self.points[:3]):
            pairs = zip(shapes[: self.op.arity], point, strict=True)
            tensors = [Tensor(np.full(s, x)) for s, x in pairs]
            z = self._apply(*tensors)
            z.backward(np.ones(z.shape))
            alone = [Value(x) for x in point]
            self._apply(*alone).backward()
            yield self._summed(tensors, alone, z.size)

    def _summed(self, tensors: list[Any], alone: list[Any], size: int) -> str:
        for k, (t, v) in enumerate(zip(tensors, alone, strict=True)):
            expected = v.grad * size / max(1, t.size)
            grad = np.asarray(t.grad)
            if grad.shape != t.shape or not all(_near(g, expected, expected) for g in grad.flat):
                return (
                    f"operand {OPERANDS[k]} of shape {t.shape} gets {grad.tolist()}, expected "
                    f"{expected!r} in each place"
                )
        return ""

    def kinks(self) -> Iterator[str]:
        """At kinks, ties and edges the partials are what the record says, else of smallest norm."""
        for edge in () if self.settings else self.op.edges:
            found = tuple(float(self.op.partial(k, *edge.at)) for k in range(self.op.arity))
            same = np.array_equal(found, edge.partials, equal_nan=True)
            yield "" if same else f"at {edge.at} it gives {found}, its record says {edge.partials}"
        ties = [(x, x) for x in (-1.5, 0.0, 2.0)] if self.op.ties else []
        for point in [*((x,) for x in self.op.kinks), *ties]:
            try:
                found_wrong = blame.wrong_partial(self._node(point))
            except Unsettled:
                continue
            yield str(found_wrong) if found_wrong else ""

    def aliasing(self) -> Iterator[str]:
        """``f(x, x)`` gets the sum of both partials, as Value and as Tensor."""
        for point in self.points[:4] if self.op.arity > 1 else ():
            x = point[0]
            same = (x,) * self.op.arity
            if not all(lo < x < hi for lo, hi in self.op.domain):
                continue
            expected = sum(
                float(self.op.partial(k, *same, **self.settings)) for k in range(len(same))
            )
            for one in (Value(x), Tensor(x)):
                self._apply(*(one,) * self.op.arity).backward()
                good = _near(float(one.grad), expected, expected)
                yield (
                    "" if good else f"at ({x}, {x}) the gradient is {one.grad!r}, not {expected!r}"
                )


def _near(found: Any, expected: Any, size: Any) -> bool:
    if found == expected or (found != found and expected != expected):
        return True
    return bool(abs(found - expected) <= _TOLERANCE * max(abs(size), 1e-290))
