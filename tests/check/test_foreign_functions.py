"""gradcheck of torch's and JAX's functions, and of arrays of other libraries: in, out, refused."""

import re
import subprocess
import sys
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from autograd.check import Inconclusive, NotCheckable, examine, gradcheck

F64 = torch.float64


def tensor(*numbers: Any, dtype: Any = F64) -> Any:
    return torch.tensor(numbers, dtype=dtype)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


# torch --------------------------------------------------------------------------------------------


def test_a_torch_function_is_compared_with_what_torch_says() -> None:
    report = gradcheck(Cube.apply, tensor(2.0, -1.5))
    assert (report.compared, report.worst.by) == (4, "torch")
    assert report.digits >= 8


@pytest.mark.slow
@pytest.mark.parametrize(
    "f",
    [
        lambda x: torch.linalg.det(x[:4].reshape(2, 2)),
        lambda x: {"a": (x.sin(), [x.sum()]), "b": x.max()},
        lambda x: torch.max(x, dim=0),
        lambda x: torch.linalg.cholesky(torch.diag(x.exp())),
        lambda x: (x, x.argsort(), "text", None, 3),
        lambda x: torch.autograd.grad(x.sin().sum(), x, create_graph=True)[0],
        lambda x: torch.linalg.cholesky(torch.diag(x - x.min() + 1e-3)),
        lambda x: x[0],
    ],
    ids=[
        "det",
        "a pytree",
        "named results",
        "cholesky",
        "no slope",
        "a gradient",
        "end of a domain",
        "a view",
    ],
)
def test_results_of_torch_may_be_pytrees_with_what_has_no_slope(f) -> None:
    assert gradcheck(f, tensor(0.3, -0.2, 0.9, 1.7))


def test_arguments_that_are_no_floats_stay_as_they_are() -> None:
    x, index = tensor(1.0, 2.0, 3.0), torch.tensor([2, 0])
    report = gradcheck(lambda x, index, p: x[index] ** p["power"], x, index, {"power": 3})
    assert report.compared == 6


def test_if_a_tensor_requires_a_gradient_such_alone_are_looked_at() -> None:
    x, y = tensor(1.0, 2.0).requires_grad_(), tensor(3.0, 4.0)
    assert gradcheck(lambda x, y: x * y.detach() + y, x, y).compared == 4
    assert examine(lambda x, y: x * y.detach() + y, x.detach(), y).verdict == "FAIL"
    assert x.grad is None


def test_a_module_is_a_function_of_its_input() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.GELU(), torch.nn.Linear(4, 2))
    assert gradcheck(net.double(), tensor(0.1, 0.2, 0.3)).compared == 6


def test_a_gradient_that_is_lost_is_zero_and_fails() -> None:
    report = examine(lambda x: (x * x).detach(), tensor(3.0))
    assert report.verdict == "FAIL"
    assert (report.worst.analytic, round(report.worst.numeric, 6)) == (0.0, 6.0)


def test_a_claim_is_called_with_tensors_too() -> None:
    x = tensor(0.5, 1.0)
    assert gradcheck(lambda x: x.sin().sum(), x, gradient=torch.cos)
    assert gradcheck(torch.sin, x, jacobian=lambda x: torch.diag(x.cos()))
    wrong = examine(lambda x: x.sin().sum(), x, gradient=torch.sin)
    assert (wrong.verdict, wrong.worst.by) == ("FAIL", "the claimed gradient")


# Numbers with fewer digits, and with two parts ----------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "digits"), [(torch.float64, 8), (torch.float32, 4), (torch.float16, 1)]
)
def test_a_dtype_is_held_to_the_digits_that_it_has(dtype, digits: int) -> None:
    x = tensor(0.5, 1.25, dtype=dtype)
    assert gradcheck(lambda x: torch.tanh(x) * x, x).digits >= digits


@pytest.mark.parametrize("off", [1e-5, 1e-3, 1.0])
def test_a_wrong_gradient_in_float32_fails(off: float) -> None:
    class Wrong(Cube):
        @staticmethod
        def backward(ctx, g):
            return Cube.backward(ctx, g) * (1 + off)

    assert examine(Wrong.apply, tensor(0.7, 1.3, dtype=torch.float32)).verdict == "FAIL"


def test_a_function_that_takes_float32_alone_is_held_to_the_noise_of_float32() -> None:
    def f(x):
        assert x.dtype == torch.float32
        return torch.sin(x) * x

    def lost(x):
        return torch.sin(x) * x.detach() + 0 * f(x)

    x = tensor(0.7, 1.3, dtype=torch.float32)
    assert 3 <= gradcheck(f, x).digits <= 6
    assert examine(lost, x).verdict == "FAIL"


def test_bfloat16_shows_no_digit_and_the_reason_says_what_to_do() -> None:
    report = examine(torch.sin, tensor(0.7, 1.3, dtype=torch.bfloat16))
    assert report.verdict == "INCONCLUSIVE"
    assert "check the function in float64" in report.reason


def test_a_kink_is_named_in_any_precision() -> None:
    for dtype in (torch.float32, torch.float64):
        report = examine(torch.relu, tensor(0.0, dtype=dtype))
        assert report.verdict == "INCONCLUSIVE"
        assert "it is a kink" in report.reason


@pytest.mark.parametrize("make", [torch.tensor, jnp.asarray], ids=["torch", "JAX"])
def test_complex_numbers_are_moved_along_both_axes(make) -> None:
    """Of z·conj(z) + i·z there is a gradient in either convention, and no complex derivative."""
    z = make(np.array([1 + 2j, -0.5 + 0.25j]))
    report = gradcheck(lambda z: z * z.conj() + 1j * z, z)
    assert report.compared == 16
    assert "part" in report.worst.argument


def test_a_gradient_without_torchs_conjugate_fails() -> None:
    """Torch's gradient of a holomorphic function has the conjugate of its derivative."""
    report = examine(Cube.apply, torch.tensor([1 + 2j]))
    assert report.verdict == "FAIL"
    assert "its imaginary part" in report.reason


# JAX ----------------------------------------------------------------------------------------------


@jax.custom_vjp
def wrong_sine(x):
    return jnp.sin(x)


wrong_sine.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x) * 1.001,))


@pytest.mark.parametrize("make", [jnp.asarray, np.asarray, float], ids=["JAX", "NumPy", "float"])
def test_a_function_of_jax_is_compared_with_jax_vjp(make) -> None:
    x = make(0.5) if make is float else make([0.5, 1.5])
    assert gradcheck(lambda x: jnp.sin(x) * x, x).worst.by == "JAX"
    assert examine(jax.jit(wrong_sine), x).verdict == "FAIL"


def test_jax_is_left_in_the_precision_that_it_had() -> None:
    before = jnp.asarray(1.0).dtype
    assert gradcheck(jnp.sin, jnp.asarray([0.5, 1.5])).digits >= 4
    assert jnp.asarray(1.0).dtype == before


@pytest.mark.slow
def test_pytrees_and_integers_of_jax() -> None:
    p = {"w": jnp.asarray([[1.0, 2.0], [3.0, 4.0]]), "k": jnp.asarray([1, 0])}
    assert gradcheck(lambda p: (p["w"][p["k"]] ** 2, {"n": p["k"]}), p).compared == 16


# A claimed Jacobian or vjp ------------------------------------------------------------------------


def residuals(x: Any, y: Any) -> Any:
    return {"r": x**2 * y, "n": x.sum() * y}


def jacobian(x: Any, y: Any) -> Any:
    return {"r": (np.diag(2 * x * y), x**2), "n": (np.full(2, y), x.sum())}


def test_a_jacobian_is_nested_as_the_result_and_within_as_the_inputs() -> None:
    x = np.array([1.0, 2.0])
    assert gradcheck(residuals, x, 3.0, jacobian=jacobian).compared == 9

    def wrong(x, y):
        found = jacobian(x, y)
        found["r"][0][1, 0] = 1e-6
        return found

    report = examine(residuals, x, 3.0, jacobian=wrong)
    assert report.verdict == "FAIL"
    assert report.worst.argument == "argument 0 at index (0,)"
    assert report.worst.result == "the result['r'] at index (1,)"
    assert report.worst.analytic == 1e-6


@pytest.mark.slow
def test_scipys_jacobian_of_least_squares_and_jaxs_are_written_so() -> None:
    def rosenbrock(x):
        return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])

    def jac(x):
        return np.array([[-20 * x[0], 10], [-1, 0]])

    def in_jax(x):
        return jnp.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])

    x = np.array([-1.2, 1.0])
    assert gradcheck(rosenbrock, x, jacobian=jac)
    assert gradcheck(in_jax, jnp.asarray(x), jacobian=jax.jacobian(in_jax))
    assert examine(rosenbrock, x, jacobian=lambda x: jac(x).T).verdict == "FAIL"


def test_a_vjp_is_checked_for_every_result() -> None:
    assert gradcheck(jnp.tanh, jnp.ones(3), vjp=partial(jax.vjp, jnp.tanh)).compared == 9

    def vjp(x, factor=1.0):
        return np.cumsum(x), lambda g: (np.cumsum(g[::-1])[::-1] * factor,)

    x = np.array([1.0, 2.0, 3.0])
    assert gradcheck(np.cumsum, x, vjp=vjp).compared == 9
    assert examine(np.cumsum, x, vjp=partial(vjp, factor=1 + 1e-6)).verdict == "FAIL"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"jacobian": lambda x: np.eye(3)}, r"Jacobian by argument 0 has shape \(3, 3\), expected"),
        ({"jacobian": lambda x: None}, "the claimed Jacobian by argument 0 is None"),
        ({"vjp": lambda x: x}, "must return the result and the pullback"),
        ({"vjp": lambda x: (x, lambda g: "no")}, "the claimed vjp by argument 0 is a str"),
        ({"jacobian": 3}, "expects a function"),
        ({"jacobian": np.diag, "vjp": np.diag}, "give one of"),
    ],
)
def test_a_claim_that_is_none_is_refused_by_name(claim: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        gradcheck(np.sin, np.ones(2), **claim)


# Other arrays -------------------------------------------------------------------------------------


class Strange:
    """An array of a library that nobody knows."""

    def __init__(self, data: Any) -> None:
        self.data = np.asarray(data)
        self.shape, self.dtype = self.data.shape, self.data.dtype

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.data, dtype)


class OnlyDLPack:
    """An array that has nothing but ``__dlpack__``."""

    def __init__(self, data: Any) -> None:
        self.data = np.asarray(data)

    def __dlpack__(self, **options: Any) -> Any:
        return self.data.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.data.__dlpack_device__()


@pytest.mark.parametrize("kind", [Strange, OnlyDLPack])
def test_results_and_claims_may_be_arrays_of_any_library(kind) -> None:
    x = np.array([0.5, 1.5])
    assert (
        gradcheck(
            lambda x: kind(np.sin(x)), x, jacobian=lambda x: kind(np.diag(np.cos(x)))
        ).compared
        == 4
    )


@pytest.mark.parametrize("kind", [Strange, OnlyDLPack])
def test_inputs_of_an_unknown_library_are_given_as_numpys_and_need_a_claim(kind) -> None:
    x = kind([0.5, 1.5])
    assert gradcheck(np.sin, x, jacobian=lambda x: np.diag(np.cos(x))).compared == 4
    with pytest.raises(TypeError, match=f"knows no autodiff for an? {kind.__name__}"):
        gradcheck(np.sin, x)


def test_a_sparse_jacobian_of_scipy_is_read() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    x = np.array([0.5, 1.5])
    assert gradcheck(np.sin, x, jacobian=lambda x: sparse.diags_array(np.cos(x)))


# What is refused, and how it is told --------------------------------------------------------------


def in_place(x):
    x *= 2
    return x


def changes_the_cotangent(x):
    class Doubling(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return g.mul_(2)

    return Doubling.apply(x)


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (partial(torch.dropout, p=0.5, train=True), torch.ones(8, dtype=F64), "not deterministic"),
        (in_place, tensor(1.0, 2.0), "changes its inputs in place"),
        (changes_the_cotangent, tensor(1.0), "the backward of torch changes the cotangent"),
        (torch.sin, torch.tensor([1, 2]), "no input of torch is of real or complex floats"),
        (torch.argmax, tensor(1.0, 2.0), "returns no array of floats of torch"),
        (torch.log, tensor(-1.0), "the result at index (0,) is nan"),
        (torch.sin, tensor(float("inf")), "gradients can be checked at finite inputs only"),
        (lambda x: torch.sqrt(x * x), tensor(0.0), "the slopes to the left and to the right"),
    ],
)
def test_what_cannot_be_checked_is_inconclusive_and_named(f, x, reason: str) -> None:
    report = examine(f, x)
    assert report.verdict == "INCONCLUSIVE"
    assert reason in report.reason
    with pytest.raises((NotCheckable, Inconclusive), match=re.escape(reason)):
        gradcheck(f, x)


def test_what_a_function_or_its_backward_raises_says_whose_it_is() -> None:
    class Broken(Cube):
        @staticmethod
        def backward(ctx, g):
            raise RuntimeError("not today")

    with pytest.raises(RuntimeError, match="not today") as caught:
        gradcheck(Broken.apply, tensor(1.0))
    assert any("the pullback of torch" in note for note in caught.value.__notes__)
    with pytest.raises(RuntimeError) as caught:
        gradcheck(lambda x: x @ x, torch.ones(2, 3, dtype=F64))
    assert any("raised by the function" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("x", [1.0, np.ones(3)], ids=["a number", "an array"])
def test_a_function_of_torch_at_what_is_no_tensor_says_what_to_give(x) -> None:
    """Torch says "must be Tensor, not Tensor"."""
    with pytest.raises(TypeError) as caught:
        gradcheck(torch.sin, x)
    assert any("give it torch's tensors" in note for note in caught.value.__notes__)


def test_empty_arrays_have_no_derivatives_to_compare() -> None:
    assert gradcheck(torch.sin, torch.zeros(0, 3, dtype=F64)).compared == 0
    assert gradcheck(lambda x: x[:0], tensor(1.0, 2.0)).compared == 0
    assert gradcheck(lambda x, y: x.sum() * y, torch.zeros(0, dtype=F64), tensor(2.0)).compared == 1


def test_the_second_order_is_refused_and_what_to_do_is_said() -> None:
    with pytest.raises(ValueError, match="a gradient of torch is checked at order 1 only"):
        gradcheck(torch.sin, tensor(1.0), order=2)


def test_a_sparse_tensor_is_refused() -> None:
    with pytest.raises(TypeError, match="to_dense"):
        gradcheck(lambda x: x.to_dense().sum(), torch.eye(2, dtype=F64).to_sparse())


def test_the_users_tensors_are_left_as_they_were() -> None:
    x = tensor(1.0, 2.0).requires_grad_()
    before = x.detach().clone()
    gradcheck(torch.sin, x)
    assert x.grad is None
    assert torch.equal(x, before)


@pytest.mark.slow
def test_a_check_of_numpys_arrays_loads_neither_torch_nor_jax() -> None:
    program = (
        "import sys, numpy as np; from autograd import gradcheck\n"
        "gradcheck(np.sin, np.ones(2), jacobian=lambda x: np.diag(np.cos(x)))\n"
        "assert not {'torch', 'jax'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
