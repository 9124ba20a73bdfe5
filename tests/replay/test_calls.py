"""How a replayed function is called, what it returns, and what it says of a bad call."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, elementwise, jit, temporary_registry
from autograd.replay import Recording, recording


def cubic(x: Any, y: Any) -> Any:
    return x * x * x + y * x


def calls_cubic(x: Any, y: Any) -> Any:
    return cubic(x, y)


def test_a_value_is_a_float_and_so_is_its_gradient() -> None:
    """d(x³ + yx) = (3x² + y, x)."""
    value, (d_x, d_y) = jit(cubic).value_and_grad(2.0, 5.0, argnums=(0, 1))
    assert (value, d_x, d_y) == (18.0, 17.0, 2.0)
    assert {type(n) for n in (value, d_x, d_y)} == {float}


def test_a_gradient_is_nested_as_its_argument() -> None:
    def f(weights: Any, x: Any) -> Any:
        return sum(w * xi for w, xi in zip(weights["w"], x, strict=True)) + weights["b"] * 2.0

    weights = {"w": np.array([1.0, 2.0]), "b": 3.0, "name": "mine"}
    value, gradient = jit(f).value_and_grad(weights, [4.0, 5.0])
    assert value == 20.0
    assert gradient["w"].tolist() == [4.0, 5.0]
    assert gradient["b"] == 2.0
    assert gradient["name"] is None


def test_a_result_is_nested_as_the_function_returns_it() -> None:
    fast = jit(lambda x: {"double": x * 2.0, "both": [x, (x * x, 7.0)]})
    assert fast(3.0) == {"double": 6.0, "both": [3.0, (9.0, 7.0)]}
    mapped = fast.map(np.array([1.0, 2.0]))
    assert mapped["double"].tolist() == [2.0, 4.0]
    assert mapped["both"][1][1].tolist() == [7.0, 7.0]


def test_an_array_comes_as_an_array_of_values_and_goes_back_as_an_array() -> None:
    fast = jit(lambda W, x: (W @ x) * 2.0)
    W, x = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0, 2.0])
    assert fast(W, x).tolist() == (2 * W @ x).tolist()
    mapped = fast.map(W, np.stack([x, 2 * x], axis=1), in_axes=(None, 1))
    assert mapped.tolist() == [(2 * W @ x).tolist(), (4 * W @ x).tolist()]


def test_values_can_be_passed_for_their_numbers() -> None:
    assert jit(cubic)(Value(2.0), np.float64(5.0)) == 18.0


def test_an_argument_without_influence_has_a_positive_zero_gradient() -> None:
    _, gradient = jit(lambda x, y: x * 2.0).value_and_grad(1.0, 2.0, argnums=1)
    assert str(gradient) == "0.0"
    _, gradient = jit(lambda x, y: x * 2.0).map_value_and_grad(
        1.0, np.ones(2), argnums=1, reduce="sum"
    )
    assert [str(g) for g in gradient.tolist()] == ["0.0", "0.0"]


def test_parameters_from_outside_become_the_first_argument() -> None:
    w, b = Value(2.0), Value(1.0)
    fast = jit(lambda x: w * x + b, parameters=[w, b])
    theta = np.array([3.0, 4.0])
    assert fast(theta, 5.0) == 19.0
    value, gradient = fast.map_value_and_grad(theta, np.array([1.0, 2.0]), reduce="sum")
    assert (value, gradient.tolist()) == (17.0, [3.0, 2.0])
    assert (w.data, b.data) == (2.0, 1.0)


def test_gradients_in_a_mapped_argument_keep_its_axis() -> None:
    x = np.arange(6.0).reshape(3, 2)
    fast = jit(lambda x: x[0] * x[1] * x[2])
    _, gradient = fast.map_value_and_grad(x, in_axes=1, reduce="sum")
    expected = np.stack([np.prod(np.delete(x, k, 0), axis=0) for k in range(3)])
    assert gradient.tolist() == expected.tolist()


def test_a_replayed_function_inside_another_becomes_a_part_of_it() -> None:
    inner = jit(cubic)
    assert jit(lambda x: inner(x, x) * 2.0).value_and_grad(2.0) == (24.0, 32.0)


def test_higher_derivatives_are_recorded_through_the_graph() -> None:
    """d²/dx² x³ = 6x."""
    slope = jit(autograd.grad(lambda x: x * x * x))
    assert slope.value_and_grad(2.0) == (12.0, 12.0)


def test_open_gives_the_eager_graph_of_a_step() -> None:
    w = Value(0.5, label="w")
    fast = jit(lambda x: (w * x).relu())
    value, gradient = fast.value_and_grad(3.0)
    root = fast.open(3.0)
    assert isinstance(root, Value)
    assert root.data == value
    leaves = autograd.walk.order.leaves(root)
    assert [(leaf.label, leaf.grad) for leaf in leaves] == [("w", 3.0), ("", gradient)]


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_open_gives_the_eager_graph_of_a_batch(reduce: str) -> None:
    """One graph, in which the samples share the parameters and the scale."""
    w = Value(0.5, label="w")
    fast = jit(lambda scale, x: autograd.tanh(w * x) * scale, parameters=[w])
    theta, scale, x = np.array([0.25]), Value(3.0, label="scale"), np.array([1.0, -2.0, 4.0])
    arguments: Any = {"in_axes": (None, None, 0), "reduce": reduce}
    value, (in_w, in_scale) = fast.map_value_and_grad(theta, scale, x, argnums=(0, 1), **arguments)
    root = fast.open(theta, scale, x, **arguments)
    grads = {leaf.label: leaf.grad for leaf in autograd.walk.order.leaves(root)}
    assert root.data == pytest.approx(value, rel=1e-15)
    assert grads["w"] == pytest.approx(in_w[0], rel=1e-15)
    assert grads["scale"] == pytest.approx(in_scale, rel=1e-15)
    with pytest.raises(ValueError, match="reduce must be 'sum' or 'mean', got 'max'"):
        fast.open(theta, scale, x, in_axes=(None, None, 0), reduce="max")


def test_an_opened_step_can_be_stepped_drawn_and_asked_why() -> None:
    w = Value(0.5, label="w")
    fast = jit(lambda x: autograd.tanh(w * x))
    fast.value_and_grad(3.0)
    root = fast.open(3.0)
    assert autograd.step(root).steps
    assert "tanh" in autograd.draw(root).svg
    assert autograd.why(w, root)


def test_the_origin_of_a_nan_in_a_replay_is_found_in_the_opened_step() -> None:
    fast = jit(lambda x: autograd.log(x) * 2.0)
    assert np.isnan(fast(-1.0))
    with pytest.raises(autograd.AnomalyError, match="log"), autograd.detect_anomaly():
        fast.open(-1.0)


def test_a_user_op_is_replayed_from_its_text_or_its_python() -> None:
    with temporary_registry():
        cube = elementwise("cube", "x * x * x", "3 * x * x")
        twice = elementwise("twice", lambda x, *, by=2.0: by * x, lambda x, z, *, by=2.0: by)
        fast = jit(lambda x: twice(cube(x), by=4.0))
        assert fast.value_and_grad(2.0) == (32.0, 48.0)


def test_an_op_that_is_replaced_gets_kernels_of_its_own() -> None:
    for factor in (2.0, 3.0):
        with temporary_registry():
            scaled = elementwise("scaled", f"{factor} * x", factor)
            assert jit(lambda x, op=scaled: op(x)).value_and_grad(1.0) == (factor, factor)


@pytest.mark.slow
def test_an_op_that_numba_cannot_compile_is_named() -> None:
    with temporary_registry():
        odd = elementwise("odd", lambda x: eval("x"), "1")
        with pytest.raises(TypeError, match="odd"):
            jit(odd)(1.0)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((1j, 1.0), "numbers, arrays and Values, got a complex"),
        ((object(), 1.0), "got an object"),
        ((np.array([1j]), 1.0), "real numbers, got an array of complex128"),
    ],
)
def test_arguments_that_are_no_real_numbers_are_refused(args: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        jit(cubic)(*args)


def test_tensors_from_outside_are_refused() -> None:
    t = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"model\.scalars\(\)"):
        jit(lambda x: (t * x).sum())(1.0)


@pytest.mark.parametrize(
    "convert", [autograd.Tensor.from_scalars, lambda xs: autograd.stack(list(xs))]
)
def test_a_tensor_made_of_values_is_refused_with_advice(convert: Any) -> None:
    with pytest.raises(TypeError, match=r"leave out the Tensor.*arrays of Values as they are"):
        jit(lambda xs: convert(xs).sum())(np.ones(3))


REDUCTIONS: dict[str, tuple[Any, Any]] = {  # of Values, and of floats
    "sum": (autograd.sum, np.sum),
    "mean": (autograd.mean, np.mean),
    "prod": (autograd.prod, np.prod),
    "max": (autograd.max, np.max),
    "min": (np.min, np.min),
    "argmax": (lambda xs: xs[np.argmax(xs)] * 1.0, np.max),
    "sorted": (lambda xs: np.sort(xs)[1] * 1.0, np.median),
    "cumsum": (lambda xs: np.cumsum(xs)[-1], np.sum),
    "norm": (np.linalg.norm, np.linalg.norm),
    "einsum": (lambda xs: autograd.einsum("i,i->", xs, xs), lambda xs: xs @ xs),
    "softmax": (lambda xs: autograd.softmax(xs)[0], lambda xs: np.exp(xs)[0] / np.exp(xs).sum()),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_of_values_follows_the_numbers(name: str) -> None:
    """Recorded where the first is the largest, and replayed where another is."""
    of_values, of_floats = REDUCTIONS[name]
    fast = jit(of_values)
    for xs in ([3.0, 1.0, 2.0], [-1.0, 0.5, 2.0], [0.25, 5.0, -3.0]):
        assert fast(np.array(xs)) == pytest.approx(of_floats(np.array(xs)), rel=1e-14)


@pytest.mark.parametrize(
    ("in_axes", "arrays", "message"),
    [
        ((0, 0), (np.ones(3), np.ones(4)), "3 .*|4 samples along axis 0"),
        ((0, 1), (np.ones(3), np.ones(3)), "no batch axis 1"),
        ((None, None), (1.0, 1.0), "maps no argument"),
        ((0,), (np.ones(3), np.ones(3)), "1 axes for 2 arguments"),
        ((0, 0), (np.ones(3), 1.0), "no batch axis 0"),
        ((0, 0), (np.ones(0), np.ones(0)), "no samples"),
    ],
)
def test_wrong_batch_axes_are_refused(in_axes: Any, arrays: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jit(cubic).map(*arrays, in_axes=in_axes)


def test_other_bad_calls_are_refused() -> None:
    fast = jit(cubic)
    with pytest.raises(ValueError, match="argnums 2 is out of range"):
        fast.value_and_grad(1.0, 2.0, argnums=2)
    with pytest.raises(ValueError, match="reduce must be"):
        fast.map_value_and_grad(1.0, np.ones(2), reduce="max")
    with pytest.raises(ValueError, match="reduce must be"):
        fast.open(1.0, 2.0, reduce="max")
    with pytest.raises(TypeError, match="returns 2 numbers in a tuple"):
        jit(lambda x: (x * 2.0, x)).value_and_grad(1.0)
    with pytest.raises(TypeError, match="returns a tuple"):
        jit(lambda x: (x * 2.0, x)).open(np.ones(2), in_axes=0)
    w = Value(1.0)
    with pytest.raises(TypeError, match=r"array of the 1 parameters, float64 of shape \(1,\)"):
        jit(lambda x: w * x, parameters=[w])(np.ones(2), 1.0)


def test_a_recording_pickles_and_loads() -> None:
    fast = jit(cubic)
    expected = fast.value_and_grad(2.0, 5.0)
    loaded = pickle.loads(pickle.dumps(fast))
    (entry,) = loaded._cache.values()
    assert len(entry.recordings) == 1
    assert loaded.value_and_grad(2.0, 5.0) == expected
    assert loaded(np.float64(1.0), 1.0) == 2.0
    alone = pickle.loads(pickle.dumps(fast.recording(2.0, 5.0)))
    assert isinstance(alone, Recording)
    assert len(alone) == len(fast.recording(2.0, 5.0))


def test_recordings_of_a_function_that_was_rewritten_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its name is pickled, and not its code, nor that of the function that it calls."""
    saved = []
    for fast in (jit(cubic), jit(calls_cubic)):
        assert fast(2.0, 5.0) == 18.0
        saved.append(pickle.dumps(fast))
    assert [len(pickle.loads(text)._cache) for text in saved] == [1, 1]
    monkeypatch.setattr(cubic, "__code__", (lambda x, y: x + y).__code__)
    assert [pickle.loads(text)(2.0, 5.0) for text in saved] == [7.0, 7.0]


def test_a_function_with_parameters_cannot_be_copied() -> None:
    """It uses the Values themselves, and a copy would put its numbers into others."""
    fast = jit(cubic, parameters=[Value(1.0)])
    for copied in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="can't be pickled or copied"):
            copied(fast)


def test_a_recording_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = pickle.dumps(jit(cubic).recording(1.0, 2.0))
    monkeypatch.setattr(recording, "VERSION", 99)
    with pytest.raises(ValueError, match=r"format 1.*format 99.*record the function again"):
        pickle.loads(saved)


def test_what_no_result_depends_on_is_dropped_and_what_is_alike_is_shared() -> None:
    def f(x: Any, y: Any) -> Any:
        _ = autograd.exp(x) * y  # dead
        constant = Value(2.0, requires_grad=False) * 3.0
        return autograd.tanh(x * y) + autograd.tanh(x * y) * constant

    made = jit(f).recording(1.0, 2.0)
    assert [made.kinds[code][0] for code in made.code] == ["mul", "tanh", "dot"]


def test_a_neuron_is_one_instruction_and_takes_few_bytes_a_node() -> None:
    def f(w: Any, x: Any) -> Any:
        return sum((a * b for a, b in zip(w, x, strict=True)), w[0])

    made = jit(f).recording(np.ones(1000), np.ones(1000))
    assert len(made) == 1
    assert made.nbytes <= 48 * 2000


def test_threads_replay_one_function_at_the_same_time() -> None:
    fast = jit(cubic)
    found: dict[float, Any] = {}

    def work(x: float) -> None:
        found[x] = {fast.value_and_grad(x, 1.0) for _ in range(300)}

    threads = [threading.Thread(target=work, args=(float(x),)) for x in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {x: {(x**3 + x, 3 * x * x + 1)} for x in found}


def python(code: str, **environment: str) -> str:
    import os

    root = Path(autograd.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("missing", ["numba", "llvmlite.binding"])
def test_without_numba_the_error_says_what_to_install(missing: str, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from autograd import jit\n"
        "fast = jit(lambda x: x * 2.0)\n"
        "try: fast(1.0)\n"
        "except ImportError as e: print(e)"
    )
    assert 'pip install "glassgrad[jit]"' in python(code, GLASSGRAD_CACHE_DIR=str(tmp_path))


def test_importing_the_front_door_does_not_import_numba() -> None:
    code = "import sys; from autograd import jit; jit(abs); print('numba' in sys.modules)"
    assert python(code).strip() == "False"


@pytest.mark.slow
def test_kernels_are_found_again_by_another_process() -> None:
    """Their text has no address and no order of a set in it."""
    code = (
        "from hashlib import sha256\n"
        "from autograd.replay.templates import ScalarTemplate, kernel_source\n"
        "names = ('cbrt', 'sigmoid', 'floor', 'gelu', 'pow', 'heaviside')\n"
        "text = ''.join(kernel_source((n, ()), ScalarTemplate)[0] for n in names)\n"
        "print(sha256(text.encode()).hexdigest())"
    )
    first, second = (python(code, PYTHONHASHSEED=seed).strip() for seed in ("1", "2"))
    assert len(first) == 64
    assert first == second


def test_the_cache_is_where_the_environment_says(tmp_path: Path) -> None:
    code = "from autograd.replay.kernel_files import cache_directory; print(cache_directory())"
    assert python(code, GLASSGRAD_CACHE_DIR=str(tmp_path / "here")).strip() == str(
        tmp_path / "here" / "kernels"
    )


def test_without_a_place_for_kernels_every_process_compiles_its_own(tmp_path: Path) -> None:
    """A file is in its place: that holds for root too."""
    (tmp_path / "file").write_text("", "utf-8")
    code = "from autograd import jit; print(jit(lambda x: x * x)(3.0))"
    assert python(code, GLASSGRAD_CACHE_DIR=str(tmp_path / "file")) == "9.0\n"


@pytest.mark.parametrize("transform", [autograd.grad, autograd.jacobian])
def test_a_transform_of_a_jitted_function_of_an_array_is_that_of_the_function(transform) -> None:
    """A variable Tensor makes it a part of a graph, as a variable Value does."""
    x = np.array([1.0, 2.0])
    found = transform(jit(lambda x: x[0] * x[1] * x[1]))(x)
    assert found.tolist() == [4.0, 4.0]
