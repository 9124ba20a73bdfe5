"""What an opened JAX program is: its names, regions and lines, and what is entered."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from autograd import Tensor, draw, no_grad, scalars, step, why
from autograd.bridges import jax as bridge
from autograd.extend import Recorded, leaves, topological_order

X = np.array([0.5, -1.0, 2.0], np.float32)


def operations(root: Any) -> list[str]:
    return [node.op.name for node in topological_order(root)]


def regions(root: Any) -> list[str]:
    return list(dict.fromkeys(node.region for node in topological_order(root)))


def gradients(root: Any) -> dict[str, Any]:
    root.backward()
    return {leaf.label: leaf.grad for leaf in leaves(root) if leaf.label}


# Arguments and names -----------------------------------------------------------------------------


def test_leaves_are_named_by_their_places_in_the_arguments() -> None:
    class Layer(NamedTuple):
        kernel: Any
        bias: Any

    def loss(params: Any, x: Any) -> Any:
        first, second = params["layers"]
        h = jnp.tanh(x @ first.kernel + first.bias)
        return jnp.sum(h @ second.kernel + second.bias)

    layers = [Layer(jnp.ones((3, 2)), jnp.ones(2)), Layer(jnp.ones((2, 1)), jnp.ones(1))]
    found = gradients(bridge.open(loss, {"layers": layers}, X))
    assert list(found) == [
        "x",
        "params['layers'][0].kernel",
        "params['layers'][0].bias",
        "params['layers'][1].kernel",
        "params['layers'][1].bias",
    ]


def test_arguments_of_a_function_that_names_none_are_numbered() -> None:
    root = bridge.open(lambda *xs: (xs[0] * xs[1]).sum(), X, X)
    assert list(gradients(root)) == ["args[0]", "args[1]"]


def test_integers_and_booleans_are_handed_on_with_their_numbers_and_are_constants() -> None:
    """As ``jax.grad`` hands on what it doesn't differentiate: a loop may count them."""

    def f(x: Any, times: int, labels: Any) -> Any:
        for _ in range(times):
            x = x * 2
        return x[labels].sum()

    root = bridge.open(f, X, 3, jnp.array([0, 0]))
    assert [leaf.label for leaf in leaves(root) if leaf.requires_grad] == ["x"]
    np.testing.assert_array_equal(gradients(root)["x"], [16, 0, 0])


def test_a_boolean_array_that_an_equation_uses_is_a_constant_with_its_name() -> None:
    root = bridge.open(lambda x, mask: (x * mask).sum(), X, jnp.array([True, False, True]))
    assert {leaf.label: leaf.requires_grad for leaf in leaves(root)} == {"x": True, "mask": False}


def test_what_jax_does_not_trace_is_handed_on() -> None:
    root = bridge.open(lambda x, f, name: f(x).sum() if name == "yes" else x, X, jnp.sin, "yes")
    np.testing.assert_array_equal(gradients(root)["x"], np.asarray(jnp.cos(X)))


def test_python_numbers_are_variables_of_jaxs_own_precision() -> None:
    root = bridge.open(lambda a, b: a * b, 2.0, 3.0)
    assert (root.dtype, gradients(root)) == (np.float32, {"a": 3.0, "b": 2.0})


def test_random_keys_make_constants() -> None:
    def f(x: Any, key: Any) -> Any:
        return (x * jax.random.normal(key, x.shape)).sum()

    key = jax.random.key(0)
    np.testing.assert_array_equal(
        gradients(bridge.open(f, X, key))["x"], jax.random.normal(key, (3,))
    )


# Results -----------------------------------------------------------------------------------------


def test_a_result_without_axes_is_a_root() -> None:
    root = bridge.open(lambda x: (x**2).sum(), X)
    assert isinstance(root, Tensor)
    assert root.shape == ()


def test_several_results_keep_their_containers_and_what_depends_on_no_variable_stays_an_array() -> (
    None
):
    loss, aux = bridge.open(lambda x: (x.sum(), {"h": x * 2, "n": jnp.arange(3)}), X)
    assert isinstance(aux["h"], Tensor)
    assert isinstance(aux["n"], jax.Array)
    assert gradients(loss).keys() == {"x"}


def test_a_result_with_axes_takes_a_cotangent() -> None:
    root = bridge.open(jnp.sin, X)
    root.backward(np.ones(3))
    (x,) = leaves(root)
    np.testing.assert_array_equal(x.grad, jnp.cos(X))


# Regions and lines -------------------------------------------------------------------------------


def test_named_scopes_and_jitted_functions_are_regions() -> None:
    @jax.jit
    def layer(x: Any) -> Any:
        return jnp.tanh(x * 2)

    def f(x: Any) -> Any:
        with jax.named_scope("encoder"):
            x = layer(x)
        return layer(x).sum()

    assert regions(bridge.open(f, X)) == ["encoder/layer", "layer", ""]


def test_calls_of_one_function_are_told_apart() -> None:
    @jax.jit
    def layer(x: Any) -> Any:
        return jnp.tanh(x * 2)

    assert regions(bridge.open(lambda x: layer(layer(x)), X)) == ["layer0", "layer1"]


def test_a_librarys_private_functions_are_no_regions() -> None:
    assert regions(bridge.open(jnp.std, X)) == [""]


def test_the_line_is_the_users_and_never_one_of_jaxs() -> None:
    root = bridge.open(lambda x: jnp.std(jax.nn.softmax(x)), X)
    files = {node.source.rpartition(":")[0] for node in topological_order(root)}
    assert files == {__file__}
    assert "jnp.std" in topological_order(root)[0].note.code


# What is entered ---------------------------------------------------------------------------------


def test_a_scan_is_entered_step_by_step() -> None:
    def f(x: Any) -> Any:
        def cell(h: Any, t: Any) -> Any:
            h = jnp.tanh(h + t)
            return h, h

        return lax.scan(cell, 0.0, x)[1].sum()

    root = bridge.open(f, X)
    assert operations(root).count("tanh") == 3
    assert [name for name in regions(root) if name] == [f"scan/cell{k}" for k in range(3)]


def test_a_scan_of_more_steps_than_the_limit_is_one_node_and_says_so() -> None:
    def f(x: Any) -> Any:
        return lax.scan(lambda c, t: (c * t, None), 1.0, x)[0]

    with pytest.warns(UserWarning, match="scan.* has 3 iterations.*say scan_limit=3"):
        root = bridge.open(f, X, scan_limit=2)
    assert operations(root) == ["scan"]
    np.testing.assert_array_equal(gradients(root)["x"], jax.grad(f)(X))


def test_a_scan_of_nothing_is_what_it_started_from() -> None:
    root = bridge.open(lambda x: lax.scan(lambda c, _: (c * 2, c), x, None, length=0)[0].sum(), X)
    np.testing.assert_array_equal(gradients(root)["x"], 1)


def test_the_branch_that_is_taken_is_entered() -> None:
    root = bridge.open(lambda x: lax.cond(x[0] > 0, jnp.sin, jnp.cos, x), X)
    assert (operations(root), regions(root)) == (["sin"], ["cond/branch1"])


def test_a_while_loop_has_its_value_and_refuses_reverse_mode_as_jax_does() -> None:
    def f(x: Any) -> Any:
        return lax.while_loop(lambda c: c.sum() < 10, lambda c: c * 2, x).sum()

    root = bridge.open(f, X)
    assert (operations(root), root.data) == (["while", "reduce_sum"], f(X))
    with pytest.raises(ValueError, match="Reverse-mode differentiation does not work"):
        root.backward()


def test_checkpoint_is_entered() -> None:
    root = bridge.open(jax.checkpoint(lambda x: jnp.sin(jnp.cos(x)).sum()), X)
    assert operations(root) == ["cos", "sin", "reduce_sum"]


def test_a_function_with_its_own_gradient_is_one_node_of_its_name_with_that_gradient() -> None:
    @jax.custom_vjp
    def straight_through(x: Any) -> Any:
        return jnp.round(x)

    straight_through.defvjp(lambda x: (jnp.round(x), None), lambda _, g: (3 * g,))
    root = bridge.open(lambda x: straight_through(x).sum(), X)
    assert operations(root) == ["straight_through", "reduce_sum"]
    np.testing.assert_array_equal(gradients(root)["x"], 3)


def test_a_backward_rule_gets_the_cotangents_of_all_results_at_once() -> None:
    """It need not be linear: this one takes the larger of the two."""

    @jax.custom_vjp
    def both(x: Any) -> Any:
        return x, 2 * x

    both.defvjp(lambda x: ((x, 2 * x), None), lambda _, g: (jnp.maximum(*g),))

    def f(x: Any) -> Any:
        a, b = both(x)
        return (5 * a).sum() + (3 * b).sum()

    np.testing.assert_array_equal(gradients(bridge.open(f, X))["x"], jax.grad(f)(X))


def test_what_stop_gradient_cuts_off_is_a_constant() -> None:
    root = bridge.open(lambda x: (x * lax.stop_gradient(jnp.sin(x))).sum(), X)
    assert operations(root) == ["mul", "reduce_sum"]


def test_what_the_program_prints_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        jax.debug.print("sum {}", x.sum())
        return x.sum()

    root = bridge.open(f, X)
    jax.effects_barrier()
    root.backward()
    assert capsys.readouterr().out == "sum 1.5\n"


# Precision ---------------------------------------------------------------------------------------


def test_in_64_bits_the_numbers_are_of_64_bits_also_when_they_are_differentiated_later() -> None:
    def f(x: Any) -> Any:
        return jnp.sin(x / 3).sum()

    x = np.array([0.1, 0.7])
    with jax.enable_x64(True):
        root, expected = bridge.open(f, x), jax.grad(f)(x)
    found = gradients(root)["x"]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)
    assert not jax.config.jax_enable_x64


def test_bfloat16_is_widened_and_its_gradients_add_up_in_float32() -> None:
    """JAX rounds each sum to the eight bits of bfloat16; each contribution is JAX's."""

    def f(x: Any) -> Any:
        return (jnp.sin(x) * x).astype(jnp.float32).sum()

    x = jnp.asarray(X, jnp.bfloat16)
    root = bridge.open(f, x)
    assert {node.dtype for node in topological_order(root)} == {np.dtype(np.float32)}
    expected = np.asarray(jax.grad(f)(x)).astype(np.float32)
    np.testing.assert_allclose(gradients(root)["x"], expected, rtol=2.0**-8)


# What reads it -----------------------------------------------------------------------------------


def test_pages_pictures_scalars_and_paths_are_made_of_it(tmp_path: Path) -> None:
    def f(w: Any, x: Any) -> Any:
        with jax.named_scope("layer"):
            return jnp.tanh(w @ x).sum()

    root = bridge.open(f, np.ones((2, 3), np.float32), X)
    step(root).save(tmp_path / "page.html")
    assert "dot_general" in (tmp_path / "page.html").read_text("utf-8")
    assert "layer" in draw(root).svg
    opened = scalars(root)
    opened.root.backward()
    root.backward()
    (w, _) = leaves(root)
    assert opened["w"][1, 2].grad == pytest.approx(w.grad[1, 2])
    assert "tanh" in str(why(opened["w"][1, 2], opened.root))


def test_every_node_is_as_recorded_but_those_that_take_a_scan_apart() -> None:
    root = bridge.open(lambda x: lax.scan(lambda c, t: (c * t, c), 1.0, x)[1].sum(), X)
    ours = {n.op.name for n in topological_order(root) if not isinstance(n.op, Recorded)}
    assert ours == {"getitem", "stack"}


def test_it_is_recorded_also_where_nothing_is_recorded() -> None:
    with no_grad():
        root = bridge.open(lambda x: (x * x).sum(), X)
    np.testing.assert_array_equal(gradients(root)["x"], 2 * X)
