"""Templates of sentences and formulas: filled in a browser, they are Python's own texts."""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structural_cases import EXAMPLES

import autograd
import nn
from autograd import Tensor, Value, affine, scalars, steps
from autograd.reading import formatting
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops
from autograd.stepping import Steps, event_templates, latex, page_data
from autograd.stepping import page as module
from autograd.stepping.event_templates import AMOUNTS, Templates, templates
from autograd.stepping.mathml import mathml
from autograd.stepping.page_arrays import QUOTE, PageArrays

SCRIPTS = "arrays.js", "words.js", "numbers.js"
PLAYER = Path(module.__file__).parent / "player"
ELEMENTWISE = [op for op in ops().values() if isinstance(op, Elementwise)]

# In a browser -------------------------------------------------------------------------------------

REVIVED = """(_, x) => x && x.float ? Number(x.float) : x"""
FILL = f"""(text) => {{
  const found = JSON.parse(text, {REVIVED});
  const conditions = new Function(found.conditions)();
  const {{ nodes, arrays }} = found;
  const page = {{ root: nodes.length - 1, arrays, name: (k) => nodes[k].name,
    latex: (k) => nodes[k].latex, math: (k) => nodes[k].math,
    operands: (k) => nodes[k].operands, data: (k) => nodes[k].data }};
  const words = new Words(found.record, conditions, page);
  return found.events.map((event, k) => words.filled(found.record.ids[k], event));
}}"""

Fill = Callable[[Steps, Templates], list[dict[str, Any]]]


@pytest.fixture
def evaluate(show: Any) -> Callable[..., Any]:
    """A function that runs a script beside the page's own."""
    scripts = "\n".join((PLAYER / name).read_text("utf-8") for name in SCRIPTS)
    return show(f'<meta charset="utf-8"><script>"use strict";\n{scripts}</script>').evaluate


@pytest.fixture
def fill(evaluate: Callable[..., Any]) -> Fill:
    """A function that fills the templates of one trace with the numbers of another."""

    def filled(numbers: Steps, made: Templates) -> list[dict[str, Any]]:
        return list(evaluate(FILL, json.dumps(page_of(numbers, made))))

    return filled


def page_of(shown: Steps, made: Templates) -> dict[str, Any]:
    arrays = PageArrays()

    def given(x: Any) -> Any:
        if type(x) is not float:
            return arrays.text(x)
        return (
            x
            if np.isfinite(x)
            else {"float": {"inf": "Infinity", "-inf": "-Infinity"}.get(str(x), "NaN")}
        )

    names = [latex.name(node.name).text for node in shown.nodes]
    return {
        "record": made.record(),
        "conditions": f"{page_data._conditions(made)}\nreturn CONDITIONS;",
        "nodes": [
            {"name": node.name, "latex": name, "math": mathml(name), "operands": node.operands}
            | {"data": given(node.data)}
            for node, name in zip(shown.nodes, names, strict=True)
        ],
        "events": [
            {"n": e.node.index, "t": e.target.index, "slot": e.slot}
            | {name: given(getattr(e, name)) for name in AMOUNTS.values()}
            | {"quiet": given(made.quiet.get(k))}
            for k, e in enumerate(shown)
        ],
        "arrays": arrays.records,
    }


# A row needs no group of its own in MathML, and a function stands as close to parentheses as to
# what is in them. After a bar, only who fills a hole knows that a minus is a number's sign. These
# are left out of account, and nothing else is.
LOOSE = re.compile(r'</?mrow>|<mspace width="0.17em"></mspace>')
PLACE = re.compile(rf"(?<={QUOTE})\d+(?={QUOTE})")
BAR = re.compile(r'(?<=\|</mo><mo) form="prefix"')


def assert_equal(filled: list[dict[str, Any]], expected: Steps, flags: bool = True) -> None:
    assert len(filled) == len(expected)
    for found, event in zip(filled, expected, strict=True):
        assert found["sentence"] == event.sentence
        for name, text in (
            ("formula", event.formula),
            ("localFormula", event.local_formula),
            ("substituted", event.substituted),
        ):
            shown = "" if name == "substituted" and len(text) > 300 else text
            assert (found[name] or {"latex": ""})["latex"] == shown
            if shown:
                assert bare(found[name]["math"]) == bare(mathml(shown))
        if flags:
            assert found["flags"] == list(event.flags)


def bare(math: str) -> str:
    return BAR.sub("", LOOSE.sub("", math))


# Programs -----------------------------------------------------------------------------------------


def operands_of(op: Elementwise, k: int) -> list[float]:
    """Some numbers of its domain: inside, at a kink, at an end, zero, negative and large ones."""
    edges = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 100.0, -1e5, 1e-7, 123456.789, *op.kinks]
    edges += [x for lo, hi in op.domain for x in (lo, hi)] + [float("nan"), float("inf")]
    chosen = random.Random(k)
    return [chosen.choice(edges) if k else 0.25 + 0.125 * j for j in range(op.arity)]


def settings_of(op: Elementwise) -> dict[str, Any]:
    return {"where": {"condition": True}, "power": {"exponent": 3}}.get(op.name, {})


def applied(op: Elementwise, numbers: list[float]) -> Steps:
    """An op between others, so that its cotangent is a number like any."""
    operands = [Value(x, label=f"x{k}") for k, x in enumerate(numbers)]
    root = op(*operands, **settings_of(op)) * Value(-1.5, label="w")
    root.label = "L"
    return steps(root + operands[0])


def row(kind: str, numbers: list[float]) -> Steps:
    """One of the ops on rows of scalars."""
    values = [Value(x, label=f"x{k}") for k, x in enumerate(numbers)]
    half = len(values) // 2
    if kind == "neuron":
        xs, ws, b = values[:half], values[half : 2 * half], values[-1]
        (root,) = affine(np.array(xs), np.array([ws]), np.array([b]))
    elif kind == "dot":
        root = autograd.dot(np.array(values[:half]), np.array(values[half : 2 * half]))
    else:
        root = autograd.sum(np.array(values))
    return steps(root.tanh())


def random_program(seed: int, shift: int = 0) -> Steps:
    """A program of 30 ops with shared results and constants, at numbers that ``shift`` chooses."""
    drawn, numbers = random.Random(seed), random.Random(1000 * seed + shift)
    values: list[Value] = [
        Value(numbers.choice([numbers.gauss(0, 3), 0.0, 1.0, -2.0, 1e-9]), label=f"w{k}")
        for k in range(4)
    ]
    for _ in range(30):
        x, y = drawn.choice(values), drawn.choice(values)
        call = drawn.choice(
            [
                lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y, lambda x, y: x / y,
                lambda x, y: x.tanh(), lambda x, y: autograd.relu(x), lambda x, y: x**2,
                lambda x, y: x * -0.5, lambda x, y: 3.0 - y, lambda x, y: autograd.elu(x),
                autograd.maximum, lambda x, y: autograd.sin(x) + 1,
            ]
        )  # fmt: skip
        values.append(call(x, y))
    root = values[-1]
    for each in values[-5:-1]:
        root = root + each
    root.label = "L"
    return steps(root)


# The formatter ------------------------------------------------------------------------------------


def doubles() -> list[float]:
    """10⁵ doubles of all kinds: every exponent, round ones, ties, neighbours of whole numbers."""
    drawn = random.Random(20)
    bits = [drawn.getrandbits(64) for _ in range(30_000)]
    found = [struct.unpack("<d", struct.pack("<Q", each))[0] for each in bits]
    found += [drawn.uniform(-1, 1) * 10.0 ** drawn.randint(-9, 9) for _ in range(20_000)]
    found += [round(drawn.uniform(-2000, 2000), drawn.randint(0, 6)) for _ in range(10_000)]
    ties = [
        (2 * drawn.randint(500, 5_000_000) + 1) / 2 ** drawn.randint(1, 12) for _ in range(20_000)
    ]
    found += ties + [-x for x in ties[:1000]]
    found += [5.0 * 10 ** drawn.randint(0, 25) * drawn.randint(1, 20_001) for _ in range(5_000)]
    whole = [drawn.randint(-1001, 1001) for _ in range(12_000)]
    found += [float(n + drawn.uniform(-1, 1) * 10.0 ** -drawn.randint(1, 17)) for n in whole]
    found += [float(np.nextafter(n, drawn.choice([-1e9, 1e9]))) for n in whole[:2000]]
    tiny = [drawn.randint(1, 2**52) * 5e-324 for _ in range(2_000)]
    found += [*tiny, 5e-324, 2.0**-1022, 1.7976931348623157e308, 0.0, -0.0]
    return [*found, float("nan"), float("inf"), float("-inf"), 9.9995, 99995.0, 0.00099995]


@pytest.mark.slow
def test_the_pages_numbers_are_written_as_pythons(evaluate: Callable[..., Any]) -> None:
    numbers = doubles()
    assert len(numbers) > 100_000
    bits = [struct.pack(">d", x).hex() for x in numbers]
    script = """(bits) => { const view = new DataView(new ArrayBuffer(8));
      return bits.map((each) => { view.setBigUint64(0, BigInt("0x" + each));
        const made = term(view.getFloat64(0), []);
        return [numberText(view.getFloat64(0)), made.latex, made.level]; }); }"""
    found = evaluate(script, bits)
    expected = [[formatting.number(x), *latex.number(x)] for x in numbers]
    wrong = [(x, a, b) for x, a, b in zip(numbers, found, expected, strict=True) if a != b]
    assert wrong == []


def test_the_page_calls_the_same_numbers_rounding_noise(evaluate: Callable[..., Any]) -> None:
    drawn = random.Random(5)
    cases = []
    for _ in range(3000):
        terms = [drawn.gauss(0, 1) for _ in range(drawn.randint(1, 6))]
        size = 2.0**-52 * sum(map(abs, terms))
        cases.append((drawn.choice([0.0, drawn.uniform(0, 12) * size, -3 * size, 1.0]), terms))
    found = evaluate("(cases) => cases.map(([x, terms]) => isNoisy(x, terms))", cases)
    assert found == [formatting.is_noisy(x, tuple(terms)) for x, terms in cases]
    assert {True, False} == set(found)


def test_no_two_scripts_of_the_page_define_one_name() -> None:
    texts = [(PLAYER / name).read_text("utf-8") for name in module.SCRIPTS]
    defined = re.compile(r"^(?:async )?(?:const|let|function|class) (\w+|\[[^\]]*\])", re.M)
    names = [name for text in texts for each in defined.findall(text) for name in each.split(", ")]
    assert len(names) > 80
    bare = [name.strip("[]") for name in names]
    assert sorted({name for name in bare if bare.count(name) > 1}) == []


# Filled -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_elementwise_op_at_the_recorded_numbers_and_at_others(fill: Fill) -> None:
    for op in ELEMENTWISE:
        traces = [applied(op, operands_of(op, k)) for k in range(12)]
        made = templates(traces[0])
        for trace in traces:
            assert_equal(fill(trace, made), trace)


@pytest.mark.parametrize("kind", ["neuron", "dot", "sum"])
@pytest.mark.parametrize("count", [3, 5, 12, 41])
def test_a_row_of_any_length(fill: Fill, kind: str, count: int) -> None:
    drawn = random.Random(count)
    made = templates(row(kind, [1.0 + k for k in range(count)]))
    for _ in range(4):
        trace = row(
            kind, [drawn.choice([drawn.gauss(0, 1), 0.0, 1e-7, -2.0]) for _ in range(count)]
        )
        assert_equal(fill(trace, made), trace)


def test_what_cancels_is_rounding_noise_in_a_page_as_well(fill: Fill) -> None:
    for count in (3, 7):
        padded = (count - 3) * [0.0]
        trace = row("sum", [*padded, 0.1, 0.2, -0.3])
        assert any("rounding noise" in event.sentence for event in trace)
        assert_equal(fill(trace, templates(row("sum", [1.0] * count))), trace)


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_at_other_numbers(fill: Fill, seed: int) -> None:
    made = templates(random_program(seed))
    for shift in range(4):
        trace = random_program(seed, shift)
        assert_equal(fill(trace, made), trace)


@pytest.mark.slow
def test_every_structural_op_on_tensors(fill: Fill) -> None:
    for example in EXAMPLES:
        root = example.ours(*(Tensor(x) for x in example.inputs))
        trace = steps(root, np.ones(np.shape(root.data)) if np.shape(root.data) else None)
        filled = fill(trace, templates(trace))
        assert_equal(filled, trace)
        quoted = [PageArrays().quoted(event.sentence, event) for event in trace]
        assert [PLACE.sub("", each["told"]) for each in filled] == [
            PLACE.sub("", each) for each in quoted
        ]


@pytest.mark.slow
def test_every_elementwise_op_on_tensors(fill: Fill) -> None:
    for op in ELEMENTWISE:
        for shape in ((), (1,), (2,), (2, 2), (1, 2, 2), (9, 9)):
            operands = [Tensor(np.full(shape, 0.25 + 0.125 * k)) for k in range(op.arity)]
            root = op(*operands, **settings_of(op)) * -1.5
            trace = steps(root, np.ones(shape) if shape else None)
            assert_equal(fill(trace, templates(trace)), trace)


def test_noise_in_an_array_is_zeros_in_a_page_as_well(fill: Fill) -> None:
    x = Tensor([0.1, 1.0])
    trace = steps(autograd.add(x, [0.2, 0.0]) - [0.3, 0.0], np.ones(2))
    made = templates(trace)
    assert list(made.quiet) == [1]
    assert_equal(fill(trace, made), trace)


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("x", [1 + 2j, -3j, autograd.Value(2).data], ids=str)
def test_other_kinds_of_number_are_told_as_recorded(fill: Fill, x: Any, live: bool) -> None:
    trace = steps(Value(x, label="x") * Value(x, label="y") + x)
    assert_equal(fill(trace, templates(trace, live=live)), trace)


def test_a_recording_asks_nothing_but_how_numbers_are_written(fill: Fill) -> None:
    trace = random_program(3)
    made = templates(trace, live=False)
    assert made.conditions == []
    assert_equal(fill(trace, made), trace)


def test_a_seed_a_gradient_that_was_there_and_rows_of_jacobians(fill: Fill) -> None:
    a = Value(2.0, label="a")
    a.grad = 5.0
    opened = scalars(Tensor([5.0, 1.0, 5.0], label="y").max())
    for trace in (steps(a * 3.0), steps(a * 3.0, -1.5), steps(opened.root)):
        assert_equal(fill(trace, templates(trace)), trace)


def test_hostile_names_stay_text(fill: Fill) -> None:
    name = "</script><img src=x onerror=alert(1)>\ue000v0\ue000&\U000f0000]]>"
    a, b = Value(2.0, label=name), Value(3.0, label="__proto__")
    trace = steps(a * b + a)
    filled = fill(trace, templates(trace))
    assert_equal(filled, trace)
    assert all("<img" not in each["formula"]["math"] for each in filled)


# Their number -------------------------------------------------------------------------------------


def test_events_that_differ_in_names_and_numbers_share_a_template() -> None:
    model = nn.MLP([2, 16, 24, 1], seed=0).scalars()
    out = np.ravel(model([0.3, -0.8]))[0]
    shown = steps((out - 1.0) ** 2)
    made = templates(shown)
    assert len(shown) > 500
    assert len(made.templates) < 40
    assert set(made.ids) == set(range(len(made.templates)))


def test_the_text_code_runs_once_for_each_kind_of_event(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    sentence = event_templates.sentences.sentence
    monkeypatch.setattr(
        event_templates.sentences, "sentence", lambda event: ran.append(1) or sentence(event)
    )
    x = Value(0.5)
    for _ in range(200):
        x = (x * 1.1).tanh()
    made = templates(steps(x))
    assert len(made.ids) > 800
    assert len(ran) < 60
