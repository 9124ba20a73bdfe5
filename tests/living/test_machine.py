"""The machine in the page, in Chromium: values and gradients against the engine's own walk."""

import json
import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, elementwise, scalars, structural, temporary_registry, where
from autograd.living.tape import Tape, refusal, script, tape
from autograd.node.node import Node
from autograd.reading.numbered_graph import NumberedGraph, local_derivatives
from autograd.replay.tracer import trace
from autograd.rules.op_registry import built_in
from autograd.walk.reverse import cotangents

Program = Callable[[Sequence[Value]], Value]

_SMOOTH = [
    "tanh", "sin", "cos", "sigmoid", "softplus", "gelu", "silu", "mish", "square", "exp2", "atan",
    "asinh", "erf", "normal_cdf", "expm1", "cbrt", "logsigmoid", "softsign", "sinc",
]  # fmt: skip
# What Chromium's Math computes to the same bits as the C library.
_SAME_BITS = ["tanh", "sin", "cos", "sigmoid", "softplus", "square", "exp", "relu", "abs"]
_OF_TWO = ["add", "sub", "mul", "maximum", "minimum", "hypot", "logaddexp", "atan2"]


def _program(seed: int, leaves: int = 6, size: int = 60, ops: Sequence[str] = _SMOOTH) -> Program:
    """A random graph: which op on which operands is drawn once, and the numbers come later."""
    rng = np.random.default_rng(seed)
    of_two = _OF_TWO if ops is _SMOOTH else ["add", "sub", "mul", "maximum"]
    plan: list[tuple[str, list[int]]] = []
    for k in range(leaves, leaves + size):
        how = rng.random()
        if how < 0.4:
            plan.append((str(rng.choice(ops)), [int(rng.integers(k))]))
        elif how < 0.8:
            plan.append((str(rng.choice(of_two)), [int(n) for n in rng.integers(k, size=2)]))
        else:
            row = [int(n) for n in rng.integers(k, size=7)]
            plan.append((str(rng.choice(["total", "dot", "neuron", "pow"])), row))

    def program(given: Sequence[Value]) -> Value:
        nodes = list(given)
        for name, operands in plan:
            xs = [nodes[n] for n in operands]
            if name == "total":
                found = autograd.total(xs)
            elif name == "dot":
                found = autograd.dot(xs[:3], xs[3:6])
            elif name == "neuron":
                found = built_in["neuron"](tuple(xs[:3]), tuple(xs[3:7]))
            elif name == "pow":
                found = (xs[0] * xs[0] + 0.5) ** 1.5 - xs[1]
            else:
                found = built_in[name](*xs)
            nodes.append(autograd.tanh(found) if abs(found.data) > 3 else found)
        return autograd.total(nodes[leaves:])

    return program


def _made(found: Tape) -> str:
    return f"{script(found)}\nconst machine = new Machine({json.dumps(found.data)});"


def _gradients(root: Node, leaves: Sequence[Value]) -> list[float]:
    found = cotangents(root, 1.0)
    return [float(found.get(leaf, 0.0)) for leaf in leaves]


def _bits(numbers: Sequence[float]) -> list[str]:
    return [float(x).hex() for x in numbers]


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(8))
def test_at_the_saved_numbers_every_gradient_has_pythons_bits(evaluate: Any, seed: int) -> None:
    leaves = [Value(float(x)) for x in np.random.default_rng(seed).normal(size=6)]
    root = _program(seed, ops=_SAME_BITS)(leaves)
    graph = NumberedGraph(root)
    found = cotangents(root, 1.0)
    reached = [k for k, node in enumerate(graph.nodes) if node in found]
    assert len(reached) > 40
    picked = f"{reached}.flatMap((k) => [machine.data[k], machine.grad[k]])"
    expected = [x for k in reached for x in (graph.nodes[k].data, found[graph.nodes[k]])]
    assert _bits(evaluate(_made(tape(graph)), picked)) == _bits(expected)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_after_edits_the_gradients_are_those_of_a_new_graph(evaluate: Any, seed: int) -> None:
    """200 edits, one after another: within 1e-14 of the largest gradient."""
    rng = np.random.default_rng(1000 + seed)
    numbers = [float(x) for x in rng.normal(size=6)]
    leaves = [Value(x) for x in numbers]
    program = _program(seed)
    root = program(leaves)
    graph = NumberedGraph(root)
    places = [graph.nodes.index(leaf) for leaf in leaves if leaf in graph.nodes]
    used = [k for k, leaf in enumerate(leaves) if leaf in graph.nodes]
    edits = [(int(rng.choice(used)), float(rng.normal())) for _ in range(200)]
    place = dict(zip(used, places, strict=True))
    run = (
        "rows.map(([leaf, x]) => { machine.set(leaf, x); machine.forward(); machine.backward();"
        f" return [machine.data[machine.root], ...{places}.map((k) => machine.grad[k])]; }})"
    )
    rows = [(place[k], x) for k, x in edits]
    found = np.reshape(evaluate(_made(tape(graph)), run, rows), (200, 1 + len(used)))
    for (k, x), row in zip(edits, found, strict=True):
        numbers[k] = x
        anew = [Value(y) for y in numbers]
        expected = _same_branches(graph, dict(zip(leaves, anew, strict=True)))
        gradients = np.array(_gradients(expected, [anew[n] for n in used]))
        largest = np.abs(gradients).max()
        assert row[0] == pytest.approx(expected.data, rel=1e-13, abs=1e-13)
        assert np.abs(row[1:] - gradients).max() <= 1e-14 * largest


def _same_branches(graph: NumberedGraph, known: dict[Node, Any]) -> Any:
    """Rebuild a graph on other leaves: what it branched on stays."""
    for node in graph.nodes:
        if node in known:
            continue
        if node.op is None:
            known[node] = Value(node.data, requires_grad=node.requires_grad)
            continue
        operands = tuple(known[p] for p in node.parents)
        if node.op.rows:
            n = len(node._a)
            operands = (operands[:n], operands[n:]) if node._b is not None else (operands,)
        known[node] = node.op(*operands, **(node.params or {}))
    return known[graph.nodes[-1]]


ZEROS: list[tuple[str, Callable[[Value], Value], float]] = [
    ("x √x at 0", lambda x: x * autograd.sqrt(x), 0.0),
    ("√(x²) at 0", lambda x: autograd.sqrt(x * x), 0.0),
    ("(√x)² at 0", lambda x: autograd.sqrt(x) ** 2, 0.0),
    ("a branch not taken", lambda x: where(x.data > 0, autograd.log(x), x * 3.0), -1.0),
    ("the larger of nan and x", lambda x: autograd.maximum(x, x - x), math.inf),
    ("relu of nan", lambda x: autograd.relu(x * 1.0) + x, math.nan),
    ("nan past what was not chosen", lambda x: autograd.relu(x) * math.nan, -1.0),
    ("nan past a flat slope that compares nothing", lambda x: autograd.floor(x) * math.nan, -1.5),
    ("inf past a slope of 0", lambda x: autograd.square(x) * math.inf, 0.0),
    ("1/x at 0", lambda x: 1 / x + x, 0.0),
    ("log at 0", lambda x: autograd.log(x) * 2.0, 0.0),
    ("a tie", lambda x: autograd.maximum(x * 2.0, x + x) - x, 1.5),
    ("0 times inf in a dot", lambda x: autograd.dot([x, x * 0.0], [x, 1 / x]), 0.0),
    ("a clip at its bound", lambda x: autograd.clip(x * 1.0, -1.0, 2.0) * x, 2.0),
    ("floor", lambda x: autograd.floor(x * 1.5) * x, 1.0),
    ("a gradient of −0", lambda x: -(x * 0.0) + x * -0.0, 1.0),
]


@pytest.mark.browser
@pytest.mark.parametrize(("program", "at"), [z[1:] for z in ZEROS], ids=[z[0] for z in ZEROS])
def test_at_kinks_and_for_zero_times_infinity_the_machine_has_the_walks_bits(
    evaluate: Any, program: Callable[[Value], Value], at: float
) -> None:
    x = Value(at)
    root = program(x)
    graph = NumberedGraph(root)
    found = cotangents(root, 1.0)
    nodes = [k for k, node in enumerate(graph.nodes) if node in found]
    picked = f"{nodes}.flatMap((k) => [machine.data[k], machine.grad[k]])"
    expected = [y for k in nodes for y in (graph.nodes[k].data, found[graph.nodes[k]])]
    assert _bits(evaluate(_made(tape(graph)), picked)) == _bits(expected)


@pytest.mark.browser
def test_local_slopes_and_contributions_are_the_walks(evaluate: Any) -> None:
    a, b = Value(2.0), Value(-3.0)
    root = autograd.tanh(built_in["neuron"]((a, b), (b, a * 0.25, Value(0.5))) / a)
    graph = NumberedGraph(root)
    passed: dict[tuple[Node, int], float] = {}
    cotangents(
        root, 1.0, observe=lambda node, slot, parent, g, own: passed.setdefault((node, slot), own)
    )
    slots = [(k, s) for k, node in enumerate(graph.nodes) for s in range(len(node.parents))]
    made = _made(tape(graph))
    locals_ = evaluate(made, "rows.map(([k, s]) => machine.local(k, s))", slots)
    given = evaluate(made, "rows.map(([k, s]) => machine.contribution(k, s))", slots)
    assert locals_ == [local_derivatives(graph.nodes[k])[s] for k, s in slots]
    wanted = {(graph.nodes[k], s): x for (k, s), x in zip(slots, given, strict=True)}
    assert {slot: wanted[slot] for slot in passed} == passed


@pytest.mark.browser
def test_constants_have_no_gradient_and_can_be_changed(evaluate: Any) -> None:
    x, c = Value(2.0), Value(5.0, requires_grad=False)
    graph = NumberedGraph(x * c)
    place = graph.nodes.index(c)
    run = (
        f"[machine.grad[{place}], (machine.set({place}, 7), machine.forward()),"
        f" machine.backward()[{graph.nodes.index(x)}], machine.reset(), machine.data[machine.root]]"
    )
    found = evaluate(_made(tape(graph)), run.replace("machine.reset(),", "machine.reset() ?? 0,"))
    assert math.isnan(found[0])
    assert found[1:] == [14.0, 7.0, 0.0, 10.0]


@pytest.mark.browser
def test_an_interior_node_can_not_be_set(evaluate: Any) -> None:
    graph = NumberedGraph(Value(2.0) * 3.0)
    with pytest.raises(Exception, match="node 2 is no leaf"):
        evaluate(_made(tape(graph)), "machine.set(2, 1)")


@pytest.mark.browser
def test_many_settings_of_one_op_are_on_the_tape(evaluate: Any) -> None:
    x = Value(1.5)
    powers = [x**k for k in (2, 3, -1, 0.5, 0, 7, 2.5)]
    root = autograd.total([*powers, autograd.leaky_relu(-x, slope=math.inf), x])
    found = tape(NumberedGraph(root))
    assert found.rules.count("case") < 2 * 8
    [value, gradient] = evaluate(_made(found), "[machine.data[machine.root], machine.grad[0]]")
    assert value == root.data
    assert gradient == _gradients(root, [x])[0]


# What a trace fixes ------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_python_branch_that_was_recorded_is_guarded(evaluate: Any) -> None:
    def f(x: Value) -> Value:
        return where(x > 1, x * x, -x) + (x * 3 if x < 5 else x)

    x = Value(2.0)
    root, noted = trace(f, [x])
    guards = [(guard.node, guard.outcome) for guard in noted.guards]
    assert len(guards) == 1
    graph = NumberedGraph(*(node for node, _ in guards), root)
    k = graph.nodes.index(x)
    run = (
        f"rows.map(([x]) => {{ machine.set({k}, x); const z = machine.forward();"
        f" return [z, machine.backward()[{k}], machine.frozen.length]; }})"
    )
    found = evaluate(_made(tape(graph, root, guards)), run, [(2.0,), (0.5,), (6.0,), (2.0,)])
    # Beyond 5 the numbers are those of the recorded branch, and the machine says so.
    assert found == [10.0, 7.0, 0.0, 1.0, 2.0, 0.0, 54.0, 15.0, 1.0, 10.0, 7.0, 0.0]


@pytest.mark.browser
def test_a_detached_number_that_was_recorded_is_computed_and_passes_nothing_on(
    evaluate: Any,
) -> None:
    x = Value(2.0)
    root, _ = trace(lambda x: x * (x * 3.0).detach(), [x])
    graph = NumberedGraph(root)
    run = "[machine.set(0, 5), machine.forward(), machine.backward()[0]].slice(1)"
    assert graph.nodes[0] is x
    assert evaluate(_made(tape(graph)), run) == [75.0, 15.0]


def test_a_where_by_a_plain_boolean_is_listed_for_nothing_can_guard_it() -> None:
    x = Value(2.0)
    graph = NumberedGraph(where(x.data > 0, x, -x) * 2.0)
    [place] = tape(graph).data["fixed"]
    assert graph.nodes[place].op.name == "where"
    assert tape(NumberedGraph(autograd.maximum(x, 0.0))).data["fixed"] == []


def test_of_several_roots_one_must_be_named() -> None:
    x = Value(2.0)
    with pytest.raises(ValueError, match="2 roots"):
        tape(NumberedGraph(x * x, x + x))


# Tensors through their scalars, and what can't live ---------------------------------------------


@pytest.mark.browser
def test_a_graph_of_tensors_lives_through_its_scalars(evaluate: Any) -> None:
    rng = np.random.default_rng(0)
    w, x = Tensor(rng.normal(size=(3, 4))), Tensor(rng.normal(size=(5, 4)), requires_grad=False)
    loss = autograd.mean(autograd.log_softmax(autograd.tanh(x @ w.T), axis=1) ** 2)
    of = scalars(loss)
    graph = NumberedGraph(of.root)
    leaves = [graph.nodes.index(node) for node in of[w].ravel()]
    found = evaluate(_made(tape(graph)), f"{leaves}.map((k) => machine.grad[k])")
    loss.backward()
    assert np.allclose(np.reshape(found, (3, 4)), w.grad, rtol=1e-12, atol=0)
    assert refusal(loss) is not None
    assert "tensor of shape" in str(refusal(loss))


def test_a_graph_that_can_not_live_says_which_number_or_op_and_why() -> None:
    mpmath = pytest.importorskip("mpmath")
    x = Value(2.0)
    assert refusal(x * x) is None
    assert refusal(Value(Fraction(1, 3)) * 2) == (
        "the number 1/3 is a Fraction, and a page computes with floats"
    )
    assert "mpf" in str(refusal(Value(mpmath.mpf(2)) * 2))
    assert "complex" in str(refusal(Value(1j) * 2))
    with temporary_registry():
        compiled = elementwise("compiled", math.gamma, "z")
        assert "op 'compiled'" in str(refusal(compiled(x)))
        own = structural(
            "own_sum",
            sum,
            lambda g, row, z: ((g,) * len(row),),
            rows=True,
            arity=1,
        )
        assert "op 'own_sum'" in str(refusal(own((x, x))))


# Nothing that a user names reaches the page as anything but a name -----------------------------

HOSTILE = "</script><script>window.hacked = 1</script>"


@pytest.mark.browser
def test_hostile_names_and_strings_do_nothing_under_a_strict_policy(show: Any) -> None:
    import base64
    import hashlib

    with temporary_registry():
        op = elementwise(
            "constructor",
            f"x * 2 if mode == {HOSTILE!r} else x * proto",
            f"2.0 if mode == {HOSTILE!r} else proto",
            settings={"mode": "]]> p_evil(", "proto": 3.0},
        )  # fmt: skip
        around = elementwise(
            "default", "constructor(x, mode=mode)", "1", settings={"mode": HOSTILE}
        )
        x = Value(1.0, label=HOSTILE)
        root = op(x) + around(x) + op(x, mode=HOSTILE)
        found = tape(NumberedGraph(root))
    text = _made(found) + "document.title = machine.data[machine.root];"
    assert not re.search(r"\beval\b|\bFunction\b|</|\]\]>", text)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'"
    page = show(
        "<!DOCTYPE html><meta charset='utf-8'><meta http-equiv='Content-Security-Policy' "
        f'content="{policy}"><script>{text}</script>'
    )
    assert page.title() == "7"
    assert page.evaluate("window.hacked") is None


@pytest.mark.browser
def test_a_leaf_alone_lives(evaluate: Any) -> None:
    found = evaluate(_made(tape(NumberedGraph(Value(-0.0)))), "[machine.data[0], machine.grad[0]]")
    assert _bits(found) == _bits([-0.0, 1.0])
