"""What ``autograd.bridges.jax`` refuses, and what it says."""

import math
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import Mesh, PartitionSpec

from autograd import Tensor
from autograd.bridges import jax as bridge

X = np.array([0.5, -1.0, 2.0], np.float32)


def test_a_result_in_place_of_a_function_is_refused() -> None:
    with pytest.raises(TypeError, match="takes a function and its arguments, got an ArrayImpl"):
        bridge.open(jnp.sin(X), X)


@pytest.mark.parametrize(("limit", "error"), [("4", TypeError), (4.0, TypeError), (-1, ValueError)])
def test_a_limit_that_is_no_number_of_iterations_is_refused(limit: Any, error: Any) -> None:
    with pytest.raises(error, match="scan_limit must be an integer of at least 0, got"):
        bridge.open(jnp.sum, X, scan_limit=limit)


def test_no_variable_among_the_arguments_is_refused() -> None:
    with pytest.raises(ValueError, match=r"needs a variable: .* got int, str"):
        bridge.open(lambda n, name: jnp.ones(n), 3, "ones")


def test_nodes_and_tensors_of_other_engines_are_refused_by_name() -> None:
    torch = pytest.importorskip("torch")
    for x, kind in ((Tensor(X), "Tensor"), (torch.ones(3), "torch.Tensor")):
        with pytest.raises(TypeError, match=rf"params\['w'\] must be an array .* got .*{kind}"):
            bridge.open(lambda params: params["w"].sum(), {"w": x})


@pytest.mark.parametrize("transform", [jax.jit, jax.vmap, jax.grad])
def test_a_call_inside_of_a_transform_is_refused(transform: Any) -> None:
    def f(x: Any) -> Any:
        return bridge.open(lambda x: jnp.sum(x**2), x)

    with pytest.raises(TypeError, match=r"open\(\) needs numbers, and was called while JAX traces"):
        transform(f)(X if transform is not jax.grad else 1.0)


def test_a_call_inside_of_jit_on_arrays_from_outside_is_refused() -> None:
    with pytest.raises(TypeError, match="called while JAX traces"):
        jax.jit(lambda: bridge.open(lambda x: jnp.sum(x**2), X))()


def test_a_function_of_no_jax_is_refused_and_told_what_to_write() -> None:
    with pytest.raises(jax.errors.ConcretizationTypeError) as found:
        bridge.open(math.sin, 1.0)
    assert "Use jax.numpy in place of math and numpy" in "".join(found.value.__notes__)


def test_a_branch_on_a_variable_is_refused_and_told_what_to_write() -> None:
    with pytest.raises(jax.errors.TracerBoolConversionError) as found:
        bridge.open(lambda x: x if x > 0 else -x, 1.0)
    assert "jax.lax.cond or jnp.where in place of an if" in "".join(found.value.__notes__)


def test_a_result_that_depends_on_no_argument_is_refused() -> None:
    with pytest.raises(ValueError, match="result of <lambda> depends on no argument"):
        bridge.open(lambda x: 3.0, X)


def test_complex_numbers_of_a_variable_are_refused_with_their_line() -> None:
    with pytest.raises(ValueError, match=r"makes complex numbers of a variable") as found:
        bridge.open(lambda x: jnp.abs(jnp.fft.fft(x)).sum(), X)
    assert __file__ in str(found.value)


def test_what_is_spread_over_devices_is_refused() -> None:
    mesh = Mesh(np.array(jax.devices()[:1]), ("rows",))
    spread = jax.shard_map(
        jnp.sin, mesh=mesh, in_specs=PartitionSpec("rows"), out_specs=PartitionSpec("rows")
    )
    with pytest.raises(ValueError, match=r"shard_map.* can't be opened"):
        bridge.open(lambda x: spread(x).sum(), X)


def test_second_derivatives_are_refused() -> None:
    root = bridge.open(lambda x: (x**3).sum(), X)
    with pytest.raises(TypeError, match="pullback of another engine"):
        root.backward(create_graph=True)


def test_without_jax_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"needs JAX: pip install jax, or glassgrad\[jax\]"):
        bridge.open(jnp.sin, X)


def test_an_old_jax_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "__version__", "0.3.25")
    with pytest.raises(ImportError, match=r"needs JAX .* or later, found 0\.3\.25"):
        bridge.open(jnp.sin, X)
