"""What the strategies draw: numbers that matter, arrays that fit, programs that shrink."""

import math
from ast import literal_eval

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value
from autograd.check import Program, strategies

SHORT = settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],  # explaining takes longer than all else
)
FEW = settings(max_examples=30, database=None, deadline=None)


@FEW
@given(strategies.programs(size=5))
def test_a_program_is_read_back_from_its_repr(program: Program) -> None:
    assert Program.parse(repr(program).partition("'")[2].rpartition("'")[0]) == program


def test_settings_are_drawn_with_an_op_and_read_back() -> None:
    ops = ["power exponent=3", "where condition=True", "clip lo=-inf hi=0.5"]
    drawn = strategies.programs(ops, size=4)
    program = find(drawn, lambda p: len({s.op for s in p.instructions}) == 3, settings=SHORT)
    for text in ("exponent=3", "condition=True", "lo=-inf hi=0.5"):
        assert text in repr(program)
    assert Program.parse(literal_eval(repr(program).partition("parse")[2])) == program


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "some inputs and instructions"),
        ("a; ", "an op and operands, as in 'mul a b', got ' '"),
        ("a; sin b", "'sin' takes 'b', which isn't there: so far there are a"),
        ("a; sin 3", "an operand is a letter"),
        ("a; power a exponent=x", "could not convert"),
    ],
)
def test_text_that_is_no_program_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Program.parse(text)


@FEW
@given(strategies.programs(["add", "mul", "sin"], size=5, sharing=False))
def test_without_sharing_no_result_is_used_twice(program: Program) -> None:
    uses = [k for step in program.instructions for k in step.operands if k >= program.inputs]
    assert len(uses) == len(set(uses))


@pytest.mark.parametrize("op", ["sin", "mul"])
def test_a_program_shrinks_to_the_op_that_matters(op: str) -> None:
    ops = ["add", "exp", *(["mul"] if op != "mul" else []), op]
    found = find(strategies.programs(ops, size=4), lambda p: op in str(p), settings=SHORT)
    assert [step.op for step in found.instructions] == [op]


@pytest.mark.parametrize("stratum", strategies.STRATA)
def test_a_stratum_stays_inside_an_open_domain(stratum: str) -> None:
    @FEW
    @given(strategies.reals((0.0, math.inf), [stratum]))
    def inside(x: float) -> None:
        assert 0.0 < x < math.inf

    inside()


def test_subnormal_numbers_and_neighbours_of_a_kink_are_drawn() -> None:
    drawn = strategies.reals(special=(1.0,))
    assert find(drawn, lambda x: 0 < x < 2.0**-1022, settings=SHORT)
    often = settings(SHORT, max_examples=2_000)
    assert find(drawn, lambda x: 0 < abs(x - 1) < 1e-15, settings=often)


@FEW
@given(strategies.tensors(shapes=strategies.broadcastable(2)))
def test_shapes_that_broadcast_are_drawn_and_gradients_have_them(pair) -> None:
    x, y = pair
    np.broadcast_shapes(x.shape, y.shape)
    (x * y).sum().backward()
    assert (x.grad.shape, y.grad.shape) == (x.shape, y.shape)


@FEW
@given(st.from_type(Value), st.from_type(Tensor))
def test_nodes_are_drawn_by_their_type(x: Value, t: Tensor) -> None:
    assert type(x) is Value
    assert type(t) is Tensor


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: strategies.reals((1.0, 0.0)), "lo < hi"),
        (lambda: strategies.reals(strata=["odd"]), "strata must be among"),
        (lambda: strategies.programs(size=0), "at least 1 instruction"),
        (lambda: strategies.programs(["sine"]), "did you mean"),
    ],
)
def test_bad_arguments_of_a_strategy_are_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
