"""bridge.check finds wrong gradients in PyTorch programs, and names them."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch_recordings import double

from autograd import Tensor
from autograd.bridges import torch as bridge

F = nn.functional


def function(name, forward, backward):
    """Return an autograd.Function; both functions get the context first."""
    return type(name, (torch.autograd.Function,), {
        "forward": staticmethod(forward), "backward": staticmethod(backward)
    })  # fmt: skip


def saving(compute):
    def forward(ctx, *operands):
        ctx.save_for_backward(*operands)
        return compute(*operands)

    return forward


def unary(name, compute, slope):
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * slope(x)

    return function(name, saving(compute), backward)


def binary(name, compute, backward):
    return function(name, saving(compute), lambda ctx, g: backward(g, *ctx.saved_tensors))


# Planted wrong gradients: ten ways to get one wrong ----------------------------------------------

PLANTED = {
    "BadGelu": unary(
        "BadGelu",
        lambda x: 0.5 * x * (1 + torch.erf(x / math.sqrt(2))),
        lambda x: 0.5 * (1 + torch.erf(x / math.sqrt(2))),  # x φ(x) is left out
    ),
    "WrongSign": unary("WrongSign", torch.cos, torch.sin),
    "FactorTwo": unary("FactorTwo", lambda x: x * x, lambda x: 4 * x),
    "CoarseConstant": unary(
        "CoarseConstant",
        torch.erf,
        lambda x: 1.128378 * torch.exp(-x * x),  # 2/√π is 1.1283791…: off by 1e-6
    ),
    "SeventhDigit": unary(
        "SeventhDigit", torch.tanh, lambda x: (1 - torch.tanh(x) ** 2) * (1 + 1e-7)
    ),
    "OneElement": unary(
        "OneElement", torch.exp, lambda x: torch.exp(x) + 1e-4 * (torch.arange(x.numel()) == 3)
    ),
    "Swapped": binary("Swapped", torch.mul, lambda g, x, y: (g * x, g * y)),
    "Transposed": binary(
        "Transposed", torch.matmul, lambda g, x, y: (g @ y, x.T @ g)  # y, and not its transpose
    ),
    "OneIsForgotten": binary("OneIsForgotten", torch.mul, lambda g, x, y: (g * y, None)),
    "MeanIsNoConstant": unary("MeanIsNoConstant", lambda x: x * x.mean(), lambda x: x.mean()),
}  # fmt: skip


class Net(nn.Module):
    """A model that has one planted operation in a module of its own."""

    def __init__(self, planted):
        super().__init__()
        self.inner = Inner(planted)
        self.weight = nn.Parameter(double(5, 5))

    def forward(self, x):
        return (self.inner(x @ self.weight) ** 2).sum()


class Inner(nn.Module):
    def __init__(self, planted):
        super().__init__()
        self.planted = planted
        self.other = nn.Parameter(double(5, 5, seed=1))

    def forward(self, x):
        two = self.planted.__name__ in ("Swapped", "Transposed", "OneIsForgotten")
        return self.planted.apply(x, self.other) if two else self.planted.apply(x.reshape(-1))


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_wrong_gradient_is_found_and_named(name):
    model = Net(PLANTED[name])
    with bridge.record(model) as rec:
        loss = model(double(5, 5, seed=2))
    report = bridge.check(rec[loss])
    assert not report
    wrong = report.failures[0]
    assert {found.name for found in report.failures} == {name}
    assert wrong.node.region == "inner"
    assert "test_torch_check.py" in wrong.node.source
    assert wrong.off > 0
    assert str(wrong).startswith(f"{name} in inner, ")
    assert "off by" in str(report)


def test_the_right_functions_beside_them_are_confirmed():
    right = unary("RightTanh", torch.tanh, lambda x: 1 - torch.tanh(x) ** 2)
    model = Net(right)
    with bridge.record(model) as rec:
        loss = model(double(5, 5, seed=2))
    report = bridge.check(rec[loss])
    assert report, report
    assert report.walk.same_bits
    assert report.by_differences == 1
    assert report.by_rule == report.nodes - 1
    assert not report.unchecked


def test_torch_s_own_models_are_confirmed(model_losses):
    for model, compute in model_losses:
        with bridge.record(model) as rec:
            loss = compute()
        report = bridge.check(rec[loss])
        assert report, report
        assert report.walk.same_bits
        assert report.by_rule == report.nodes
        assert not report.imprecise


@pytest.fixture
def model_losses():
    torch.manual_seed(0)
    mlp = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 3)).double()
    cnn = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Tanh(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 6, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)),
    ).double()
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True).double()
    labels = torch.arange(4) % 3
    return [
        (mlp, lambda: F.cross_entropy(mlp(double(4, 4)), labels)),
        (cnn, lambda: F.cross_entropy(cnn(double(4, 1, 8, 8)), labels)),
        (layer, lambda: layer(double(2, 5, 8)).square().mean()),
    ]


# Torch itself ------------------------------------------------------------------------------------


def imprecise_ops(compute, *numbers):
    x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = compute(x)
    report = bridge.check(rec[loss])
    assert report, report  # imprecise isn't wrong
    return {finding.name for finding in report.imprecise}


def test_torch_is_told_of_where_its_own_formulas_lose_all_digits():
    """In the tails the slope is e⁻ˣ, and torch takes it from 1."""
    assert imprecise_ops(lambda x: torch.sigmoid(x).sum(), 40.0, 1.0) == {"sigmoid"}
    assert imprecise_ops(lambda x: torch.expm1(x).sum(), -40.0, 1.0) == {"expm1"}
    assert imprecise_ops(lambda x: F.gelu(x).sum(), -12.0, 1.0) == {"gelu"}
    assert imprecise_ops(lambda x: torch.tanh(x).sum(), 25.0, 1.0) == {"tanh"}
    assert "log_softmax" in imprecise_ops(
        lambda x: F.cross_entropy(x[None], torch.tensor([0])), 40.0, 0.0
    )
    assert imprecise_ops(lambda x: torch.sigmoid(x).sum(), 2.0, 1.0) == set()


def test_torchs_hardsigmoid_is_off_by_a_float32():
    x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = F.hardsigmoid(x).sum()
    (found,) = bridge.check(rec[loss]).imprecise + bridge.check(rec[loss]).failures
    assert found.name == "hardsigmoid"
    assert 1e-10 < found.off < 1e-7


# Conventions -------------------------------------------------------------------------------------


def test_a_convention_is_shown_with_both_numbers_and_is_no_failure():
    x = torch.tensor([-1.0, 0.5, 1.0], dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = torch.clamp(x, -1, 1).sum()
    report = bridge.check(rec[loss])
    assert report
    (found,) = report.differences
    assert found.name == "clamp"
    assert found.theirs != 0
    assert found.exact == 0
    assert "at a bound the slope is 1; at a bound the slope is 0" in str(found)


def test_a_nan_from_zero_times_infinity_is_shown_beside_our_zero():
    x = torch.tensor([0.0, 4.0], dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = torch.where(x > 0, x.sqrt(), 0.0).sum()
    report = bridge.check(rec[loss])
    (found,) = report.differences
    assert found.name == "sqrt"
    assert np.isnan(found.theirs)
    assert found.exact == 0
    loss.backward()
    assert torch.isnan(x.grad[0])


# The walk ----------------------------------------------------------------------------------------


def test_a_hook_on_a_tensor_is_found_where_it_changes_a_cotangent():
    x = double(3).requires_grad_()
    with bridge.record() as rec:
        h = torch.tanh(x)
        h.register_hook(lambda g: 2 * g)
        loss = h.exp().sum()
    report = bridge.check(rec[loss])
    assert not report
    assert not report.failures
    assert not report.walk.agrees
    assert "comes to 'tanh'" in report.walk.where


def test_a_hook_on_a_leaf_is_told_of():
    x = double(3).requires_grad_()
    x.register_hook(lambda g: 2 * g)
    with bridge.record() as rec:
        loss = torch.tanh(x).sum()
    report = bridge.check(rec[loss])
    assert not report.walk.agrees
    assert "a hook on the leaf" in report.walk.where


def test_it_leaves_the_program_as_it_was():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1)).double()
    x = double(6, 3)

    def gradients(*, checked):
        torch.manual_seed(1)
        model.zero_grad()
        with bridge.record(model) as rec:
            loss = model(x).square().sum()
        if checked:
            assert bridge.check(rec[loss])
        loss.backward()
        return [p.grad.clone() for p in model.parameters()], torch.rand(2)

    (plain, drawn), (after, drawn_after) = gradients(checked=False), gradients(checked=True)
    assert all(torch.equal(one, other) for one, other in zip(plain, after, strict=True))
    assert torch.equal(drawn, drawn_after)


def test_what_cant_be_compared_is_listed_with_the_reason():
    class Drawing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x + torch.rand_like(x)

        @staticmethod
        def backward(ctx, g):
            return g

    x = double(3).requires_grad_()
    with bridge.record() as rec:
        loss = Drawing.apply(x).sum()
    report = bridge.check(rec[loss])
    (found,) = report.unchecked
    assert found.name == "Drawing"
    assert "doesn't give what was recorded" in found.why


def test_an_op_without_a_rule_is_checked_by_differences():
    x = double(4, 4).requires_grad_()
    with bridge.record() as rec:
        loss = torch.linalg.lu(x @ x.T + torch.eye(4))[2].sum()
    report = bridge.check(rec[loss])
    assert report, report
    assert report.by_differences >= 1
    assert not report.unchecked


@pytest.mark.parametrize("given", [3.0, Tensor([1.0]), Tensor([1.0]) * 2])
def test_it_refuses_what_isn_t_a_recorded_program(given):
    with pytest.raises(TypeError, match=r"expected what a recorded torch program computed"):
        bridge.check(given)


def test_backward_before_the_check_is_a_clear_error():
    x = double(3).requires_grad_()
    with bridge.record() as rec:
        loss = torch.tanh(x).sum()
    root = rec[loss]
    loss.backward()
    with pytest.raises(ValueError, match="backward"):
        bridge.check(root)


# Functions of every kind ------------------------------------------------------------------------


class InNumPy(torch.autograd.Function):
    """Its forward leaves torch, and its backward is wrong by a factor for its second output."""

    @staticmethod
    def forward(ctx, x, power, wrong):
        ctx.save_for_backward(x)
        ctx.power, ctx.wrong = power, wrong
        array = x.detach().numpy()
        return torch.from_numpy(array**power), torch.from_numpy(np.sin(array))

    @staticmethod
    def backward(ctx, g, h):
        (x,) = ctx.saved_tensors
        slope = g * ctx.power * x ** (ctx.power - 1)
        return slope + h * x.cos() * ctx.wrong, None, None


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("wrong", [1.0, 1.01])
def test_a_function_in_numpy_with_settings_and_two_outputs(dtype, wrong):
    x = double(4).to(dtype).requires_grad_()
    with bridge.record() as rec:
        cube, sine = InNumPy.apply(x, 3, wrong)
        loss = (cube * sine).sum()
    report = bridge.check(rec[loss])
    assert bool(report) == (wrong == 1.0), report
    assert report.by_differences == 2
    assert [found.node.op.pullback.output_nr for found in report.failures] == [1] * (wrong != 1.0)


class NewStyle(torch.autograd.Function):
    @staticmethod
    def forward(x, y):
        return x * y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x * 1.5


def test_a_function_with_a_context_of_its_own_and_one_constant_operand():
    y = double(4, seed=1)
    for wants_y in (False, True):
        x = double(4).requires_grad_()
        with bridge.record() as rec:
            loss = NewStyle.apply(x, y.clone().requires_grad_(wants_y)).sum()
        report = bridge.check(rec[loss])
        assert bool(report) is not wants_y
        assert [found.operand for found in report.failures] == [1] * wants_y


def test_an_operator_of_a_library_is_checked_by_differences():
    @torch.library.custom_op("glassgrad_test::cube", mutates_args=())
    def cube(x: torch.Tensor) -> torch.Tensor:
        return x**3

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x**2  # a factor 3 is missing

    cube.register_autograd(
        backward, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs)
    )
    x = double(4).requires_grad_()
    with bridge.record() as rec:
        loss = cube(x).sum()
    report = bridge.check(rec[loss])
    (wrong,) = report.failures
    assert "cube" in wrong.name
    assert wrong.exact == pytest.approx(3 * wrong.theirs, rel=1e-6)


@pytest.mark.parametrize("slope", [1.0, 2.0])
def test_a_function_is_compared_beside_its_kinks(slope):
    own = unary("OwnRelu", lambda x: x.clamp(min=0), lambda x: slope * (x > 0))
    x = torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = own.apply(x).sum()
    report = bridge.check(rec[loss])
    assert bool(report) == (slope == 1.0)
    assert [found.index for found in report.failures] == [(2,)] * (slope != 1.0)


def test_a_function_at_kinks_alone_gives_no_alarm():
    own = unary("OwnRelu", lambda x: x.clamp(min=0), lambda x: (x > 0).double())
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = own.apply(x).sum()
    report = bridge.check(rec[loss])
    assert report
    (found,) = report.unchecked
    assert "a kink" in found.why


def test_half_precision_is_judged_by_its_own_last_bit():
    torch.manual_seed(0)
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        model = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 3)).to(dtype)
        with bridge.record(model) as rec:
            loss = F.cross_entropy(model(double(4, 4).to(dtype)), torch.arange(4) % 3)
        report = bridge.check(rec[loss])
        assert report, report
        assert report.by_rule == report.nodes
