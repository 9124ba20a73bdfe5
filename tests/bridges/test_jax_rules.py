"""The second opinion on JAX's equations: our rules agree with JAX's, and find wrong ones."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax_programs import COMMON, MATRICES, OTHERS

from autograd import scalars
from autograd.bridges import jax as bridge
from autograd.bridges.rule_comparison import Verdict
from autograd.extend import Recorded, topological_order

pytestmark = pytest.mark.slow  # JAX compiles each primitive
X = np.array([0.5, -1.0, 2.0], np.float32)


@pytest.mark.parametrize("name", COMMON)
def test_our_rules_agree_with_jaxs(name: str) -> None:
    assert bridge.check(bridge.open(*_call(COMMON[name]))).differences == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", OTHERS)
def test_our_rules_agree_with_jaxs_on_all_kinds_of_functions(name: str) -> None:
    assert bridge.check(bridge.open(*_call(OTHERS[name]))).differences == []


def _call(program: Any) -> tuple[Any, ...]:
    return (program.f, *program.args)


@pytest.mark.parametrize("name", MATRICES)
def test_every_equation_of_linear_algebra_has_a_rule_that_agrees(name: str) -> None:
    report = bridge.check(bridge.open(*_call(MATRICES[name])))
    assert {each.verdict for each in report} == {Verdict.AGREES}, report


def test_eigenvectors_are_jaxs_alone() -> None:
    report = bridge.check(bridge.open(*_call(OTHERS["eigh"])))
    assert {n.node.op.name for n in report if n.verdict is Verdict.NO_RULE} == {"eigh"}


def test_every_equation_has_a_rule_that_agrees() -> None:
    report = [each for p in COMMON.values() for each in bridge.check(bridge.open(*_call(p)))]
    verdicts = {each.verdict for each in report}
    assert verdicts == {Verdict.AGREES}


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (jnp.abs, [0.0, 1.0]),
        (jnp.sort, [0.0, 0.0, 0.0]),
        (
            lambda x: jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (2,), (2,), "VALID"),
            [0.0, 0.0],
        ),
        (lambda x: jnp.arctan2(x, x), [0.0, 1.0]),
        (jax.nn.relu, [np.nan, 1.0]),
    ],
)
def test_another_convention_at_a_kink_or_a_tie_is_told_and_is_not_wrong(f: Any, x: Any) -> None:
    report = bridge.check(bridge.open(f, np.array(x, np.float32)))
    assert report
    assert [each.verdict for each in report] == [Verdict.CONVENTION]
    assert str(report).splitlines()[2].startswith("another convention: ")


def test_a_nan_in_a_gradient_of_ones_own_is_no_convention() -> None:
    @jax.custom_vjp
    def f(x: Any) -> Any:
        return x * x

    f.defvjp(lambda x: (x * x, x), lambda x, g: (2 * g * x * x / x,))
    report = bridge.check(bridge.open(f, np.array([0.0, 1.0], np.float32)))
    assert [each.at for each in report.differences] == [(0,)]


def test_a_pullback_that_refuses_is_not_compared_and_says_why() -> None:
    def f(x: Any) -> Any:
        return jax.pure_callback(np.sin, jax.ShapeDtypeStruct(x.shape, x.dtype), x).sum()

    report = bridge.check(bridge.open(f, X))
    assert report[0].verdict is Verdict.NO_RULE


def wrong(f: Any, factor: float) -> Any:
    """Return a function whose own gradient is wrong by a factor."""

    @jax.custom_vjp
    def off(x: Any) -> Any:
        return f(x)

    off.defvjp(lambda x: (f(x), x), lambda x, g: (jax.vjp(f, x)[1](g)[0] * factor,))
    return off


@pytest.mark.parametrize(
    "f", [jnp.sin, jax.nn.gelu, jax.nn.softmax, jnp.cumsum, jnp.square, jax.nn.sigmoid]
)
def test_a_wrong_gradient_is_named_with_its_region_its_line_and_how_wrong_it_is(f: Any) -> None:
    def loss(x: Any) -> Any:
        with jax.named_scope("net"):
            return wrong(f, 1.01)(x * 2).sum()

    (found,) = bridge.check(bridge.open(loss, X)).differences
    assert found.name.startswith(f"off in net, {__file__}:")
    assert (found.slot, found.off) == (0, pytest.approx(0.01, rel=1e-3))
    assert "its gradient of operand 0" in str(found)


def test_a_wrong_custom_jvp_is_found() -> None:
    @jax.custom_jvp
    def cube(x: Any) -> Any:
        return x**3

    cube.defjvp(lambda at, along: (at[0] ** 3, 2 * at[0] ** 2 * along[0]))
    report = bridge.check(bridge.open(lambda x: cube(x).sum(), X))
    assert [each.node.op.name for each in report.differences] == ["cube"]
    assert not report


def test_a_function_that_changes_its_gradient_alone_is_held_against_the_identity() -> None:
    @jax.custom_vjp
    def reversed_gradient(x: Any) -> Any:
        return x

    reversed_gradient.defvjp(lambda x: (x, None), lambda _, g: (-g,))
    report = bridge.check(bridge.open(lambda x: reversed_gradient(x).sum(), X))
    assert str(report).startswith("check: FAIL")
    (found,) = report.differences
    assert found.theirs == pytest.approx(-found.ours)


def test_a_right_gradient_of_ones_own_is_confirmed() -> None:
    assert bridge.check(bridge.open(lambda x: wrong(jax.nn.gelu, 1.0)(x).sum(), X))


def test_singular_vectors_have_a_second_opinion_with_jax_s_signs() -> None:
    def f(x: Any) -> Any:
        u, s, vt = jax.numpy.linalg.svd(x, full_matrices=False)
        return (u[:, 0] * vt[0, 1]).sum() + s[1]

    x = np.random.default_rng(1).normal(size=(4, 3))
    report = bridge.check(bridge.open(f, x))
    assert report
    judged = {n.node.op.name: n.verdict for n in report if n.node.op}
    assert judged["svd"] is Verdict.AGREES


def test_a_report_says_what_has_no_rule() -> None:
    def f(x: Any) -> Any:
        return jax.scipy.special.gammainc(2.0, x).sum()

    report = bridge.check(bridge.open(f, np.abs(X)))
    assert str(report).splitlines() == [
        "check: PASS",
        "1 of 2 operations agree with our rules",
        "1 have no rule here, and are JAX's alone: igamma (1)",
    ]


def test_a_check_of_no_node_or_of_our_own_graph_is_refused() -> None:
    from autograd import Tensor

    with pytest.raises(TypeError, match="needs the node that was opened, got an ndarray"):
        bridge.check(X)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nothing in this graph was recorded"):
        bridge.check(Tensor(X) * 2)


@pytest.mark.parametrize("name", ["nn.softmax", "rnn", "cross entropy", "causal attention"])
def test_a_program_of_known_equations_opens_into_scalars_with_jaxs_gradient(name: str) -> None:
    """Element by element: no node of a row of a Jacobian is left."""
    root = bridge.open(*_call(COMMON[name]))
    assert all(n.op.ours for n in topological_order(root) if isinstance(n.op, Recorded))
    opened = scalars(root)
    first = opened.root if root.ndim == 0 else opened.root.flat[0]
    first.backward()
    unit = np.zeros(root.shape, root.dtype)
    unit.flat[0] = 1
    root.backward(unit)
    leaf = next(n for n in topological_order(root)[0].parents if n.requires_grad)
    own = [x.grad or 0.0 for x in opened[leaf].flat]
    assert "linearised" not in {n.op.name for n in topological_order(first)}
    np.testing.assert_allclose(own, leaf.grad.ravel(), rtol=1e-4, atol=1e-6)
