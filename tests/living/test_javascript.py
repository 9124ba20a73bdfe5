"""Text of rules as JavaScript: Python's meaning is kept, and what can't be kept is refused."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import elementwise, temporary_registry
from autograd.living.javascript import NotTranspilable, Script, expression
from autograd.living.terms import identifier, quoted

NUMBERS = (0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 7.0, math.inf, -math.inf, math.nan)

# Python's own expressions, whose operators never raise on floats.
_ATOMS = st.sampled_from(["x", "y", "0.0", "1.0", "-1.0", "0.5", "3.0"])


def _larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def of(form: str, *others: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(parts, parts, parts, *others).map(lambda found: form.format(*found))

    relation = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    return st.one_of(
        st.tuples(parts, st.sampled_from("+-*"), parts).map(lambda f: f"({' '.join(f)})"),
        of("({0} {3} {1})", relation),
        of("({0} {3} {1} {4} {2})", relation, relation),
        of("({0} {3} {1})", st.sampled_from(["or", "and"])),
        of("({0} or {1} and {2})"),
        of("(not {0})"),
        of("(-(1.0 * {0}))"),
        of("(-({0} < {1}))"),
        of("({0} if {1} else {2})"),
        of("({0} in (0.5, 3.0))"),
        of("(({0} > {1}) {3} ({1} == {2}))", st.sampled_from("&|^")),
        of("({0} {3} {4})", st.sampled_from(["%", "//"]), st.sampled_from(["3.0", "-2.0", "0.5"])),
        of("{3}({0}, {1})", st.sampled_from(["max", "min"])),
        of("max({0}, {1}, {2})"),
        of("bool({0})"),
        of("({0}, {1}, {2})[-1]"),
    )


EXPRESSIONS = st.recursive(_ATOMS, _larger, max_leaves=12)
_BUILTINS = {"max": max, "min": min, "bool": bool, "abs": abs, "float": float}


@pytest.mark.browser
@pytest.mark.slow
@given(text=EXPRESSIONS)
@settings(max_examples=300)
def test_an_expression_gives_what_it_gives_in_python(evaluate: Any, text: str) -> None:
    """To the bit, the sign of zero and the truth of nan included."""
    script = Script()
    written = script.expression(text, {"x": "x", "y": "y"}, _BUILTINS)
    points = [(x, y) for x in NUMBERS for y in NUMBERS]
    found = evaluate(script.source(), f"rows.map(([x, y]) => {written})", points)
    expected = [float(eval(text, {**_BUILTINS, "x": x, "y": y})) for x, y in points]
    assert np.array_equal(found, expected, equal_nan=True), (text, written)
    real = [n for n, x in enumerate(expected) if x == x]
    assert np.array_equal(np.signbit(found)[real], np.signbit(expected)[real]), (text, written)


@pytest.mark.browser
@given(text=EXPRESSIONS)
@settings(max_examples=100)
def test_a_condition_holds_where_python_takes_the_branch(evaluate: Any, text: str) -> None:
    script = Script()
    written = script.condition(text, {"x": "x", "y": "y"}, _BUILTINS)
    points = [(x, y) for x in NUMBERS for y in NUMBERS]
    found = evaluate(script.source(), f"rows.map(([x, y]) => ({written}) ? 1 : 0)", points)
    expected = [float(bool(eval(text, {**_BUILTINS, "x": x, "y": y}))) for x, y in points]
    assert found == expected, (text, written)


def _collatz(n: Any, *, limit: int = 50) -> Any:
    """Takes loops, branches, tuples and integers."""
    steps, high = 0, n
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        high = max(high, n)
        steps += 1
        if steps >= limit:
            break
    total = 0.0
    for k in range(1, steps + 1):
        if k % 3 == 0:
            continue
        total += (-1) ** k / k
    for c in (0.5, 0.25):
        total = total * high + c
    for k in range(3, 0, -1):
        total -= k
    return total


@pytest.mark.browser
def test_a_function_of_statements_gives_what_it_gives_in_python(evaluate: Any) -> None:
    with temporary_registry():
        op = elementwise("collatz", _collatz, 0)
        script = Script()
        rule = script.rule(op, {"x": "x"}, {"limit": 9})
        points = [(float(n),) for n in range(1, 40)]
        found = evaluate(script.source(), f"rows.map(([x]) => {rule.function})", points)
        assert found == [op(x, limit=9) for (x,) in points]


@pytest.mark.browser
def test_lambdas_on_one_line_are_told_apart(evaluate: Any) -> None:
    one, two = elementwise, elementwise
    with temporary_registry():
        # fmt: off
        ops = one("a1", lambda x: x + 1, lambda x, z: z + 10), two("a2", lambda x: x + 2, lambda x, z: z + 20)  # noqa: E501
        # fmt: on
        script = Script()
        rules = [script.rule(op, {"x": "5", "z": "100"}, {}) for op in ops]
        array = ", ".join(text for rule in rules for text in (rule.function, *rule.partials))
        assert evaluate(script.source(), f"[{array}]") == [6.0, 110.0, 7.0, 120.0]


@pytest.mark.browser
def test_an_op_of_numpy_functions_and_closures_lives(evaluate: Any) -> None:
    scale = np.float64(3.0)
    with temporary_registry():
        op = elementwise("wave", lambda x: scale * np.sin(x), lambda x, z: scale * math.cos(x))
        script = Script()
        rule = script.rule(op, {"x": "x", "z": "z"}, {})
        array = (
            f"rows.map(([x]) => {{ const z = {rule.function}; return [z, {rule.partials[0]}]; }})"
        )
        assert evaluate(script.source(), array, [(0.0,)]) == [0.0, 3.0]


HOSTILE = (
    "</script><script>alert(1)</script>", "]]>", "<!--", "\"';\n\\", "\u2028", "__proto__",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_string_can_not_leave_its_quotes_or_the_script(text: str) -> None:
    found = quoted(text)
    assert not set("<>&\n\u2028") & set(found)
    assert eval(found) == text  # these escapes are Python's as well


@pytest.mark.browser
@pytest.mark.parametrize("name", ["default", "constructor", "eval", "σ", "arguments"])
def test_any_name_of_an_op_or_a_setting_is_a_name_in_the_page(evaluate: Any, name: str) -> None:
    with temporary_registry():
        elementwise(name, f"x + {name}", 1, settings={name: 2.0})
        op = elementwise("around", f"{name}(x) * {name}(x, {name}=3.0)", "1.0")
        script = Script()
        rule = script.rule(op, {"x": "1"}, {})
        assert evaluate(script.source(), f"[{rule.function}]") == [12.0]
        assert identifier("v", name).startswith("v_")
        assert identifier("v", name).isascii()


def test_settings_decide_branches_and_literals_are_put_in() -> None:
    with temporary_registry():
        op = elementwise("bent", "x if n == 2 else slope * x", 1, settings={"n": 2, "slope": 0.5})
        assert Script().rule(op, {"x": "h"}, {}).function == "h"
        assert Script().rule(op, {"x": "h", "slope": "s[0]"}, {"n": 3}).function == "s[0] * h"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (max, "calls 'max', which isn't a function of Python"),
        (lambda x: [k for k in x], "for k in x"),  # noqa: C416
        (lambda x: "%s" % x and open(x, encoding="utf-8"), "'open'"),  # noqa: SIM115, UP031
        (np.linalg.norm, "norm"),
        (lambda x: x.real, "computed"),
        (math.gamma, "'gamma'"),
        (np.vectorize(math.sin), "vectorize"),
        (lambda x: float("1e3") * x, "float.'1e3'"),
        (lambda x: np.arange(3)[x], "an index must be a plain integer"),
        (lambda x: x << 1, "x << 1"),
        (lambda x: (lambda y: y + x)(x), "calls or reads .lambda y: y . x."),
    ],
)
def test_what_javascript_can_not_have_is_refused_with_the_op_and_the_reason(
    rule: Any, why: str
) -> None:
    with temporary_registry():
        op = elementwise("mine", rule, 1)
        with pytest.raises(NotTranspilable, match=f"(?s)op 'mine'.*({why})"):
            Script().rule(op, {"x": "x", "z": "z"}, {})


def test_a_function_whose_source_is_gone_is_refused() -> None:
    made: dict[str, Any] = {}
    exec("def f(x): return x + 1", made)
    with temporary_registry():
        op = elementwise("mine", made["f"], 1)
        with pytest.raises(NotTranspilable, match=r"the source of the function f isn't there"):
            Script().rule(op, {"x": "x", "z": "z"}, {})


def test_without_a_script_an_expression_calls_nothing_of_ours() -> None:
    assert expression("exp(x) > 1", {"x": "h[0]"}) == "+(Math.exp(h[0]) > 1)"
    with pytest.raises(NotTranspilable, match="pass one"):
        expression("erf(x)", {"x": "h[0]"})
