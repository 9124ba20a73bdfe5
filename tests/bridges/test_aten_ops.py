"""Every row of the aten table has torch's value and torch's gradient, on torch's own samples."""

import warnings
from collections import defaultdict
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._python_dispatch import TorchDispatchMode

from autograd import Tensor
from autograd.bridges.torch.aten_differences import where_unlike
from autograd.bridges.torch.aten_ops import RULES, ours, row_of, unlike
from autograd.bridges.torch.aten_rules import NoRule
from autograd.bridges.torch.operation import Slot
from autograd.extend import cotangents

pytestmark = pytest.mark.slow

SAMPLES = 12  # of an op of torch's list
CALLS = 40  # of a row of ours
LARGEST = 2_000  # elements of an operand
OTHER_DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128)
aten = torch.ops.aten


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Small operands: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Calls(TorchDispatchMode):
    """Keeps the calls of aten ops with rows, as the bridge does: tensors in slots."""

    def __init__(self):
        super().__init__()
        self.of = defaultdict(list)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.keep(func, args, kwargs or {})
        return func(*args, **(kwargs or {}))

    def keep(self, func, args, kwargs):
        tensors = []
        args = slots(args, tensors)
        kwargs = {name: slots(x, tensors) for name, x in kwargs.items()}
        plain = all(type(x) is torch.Tensor and x.layout == torch.strided for x in tensors)
        plain = plain and all(x.numel() <= LARGEST for x in tensors)
        plain = plain and not any(x.dtype in OTHER_DTYPES for x in tensors)
        floating = any(x.dtype == torch.float64 for x in tensors)
        row = row_of(func)
        if row and plain and floating and len(self.of[row]) < CALLS:
            tensors = [x.detach().clone().requires_grad_(x.requires_grad) for x in tensors]
            self.of[row].append((func, args, kwargs, tensors))


def slots(x, tensors):
    if isinstance(x, (list, tuple)):
        return type(x)(slots(y, tensors) for y in x)
    if not isinstance(x, torch.Tensor):
        return x
    tensors.append(x)
    return Slot(len(tensors) - 1)


def filled(x, tensors):
    if type(x) is Slot:
        return tensors[x.index]
    return type(x)(filled(y, tensors) for y in x) if isinstance(x, (list, tuple)) else x


def more_calls(calls):
    """Calls of rows that torch's list of samples doesn't come to on this device."""
    rng = torch.Generator().manual_seed(0)

    def x(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=rng)

    twos = torch.tensor([2, 0, 2])
    for func, *args in [
        (aten.clamp_max.default, x(5), 0.3),
        (aten.slice_scatter.default, x(5, 3), x(2, 3), 0, 1, 5, 2),
        (aten._to_copy.default, x(5), {"dtype": torch.float64}),
        (aten._euclidean_dist.default, x(4, 3), x(2, 3)),
        (aten.unsafe_split_with_sizes.default, x(5, 2), [2, 3]),
        (aten.channel_shuffle.default, x(2, 6, 4), 3),
        (aten._unsafe_index.Tensor, x(3, 4), [twos]),
        (aten._unsafe_index_put.default, x(3, 4), [twos], x(3, 4), True),
        (aten._index_put_impl.default, x(3, 4), [twos], x(3, 4), True, False),
        (
            aten._native_batch_norm_legit_no_training.default,
            *(x(4, 3), x(3), x(3), x(3), x(3) ** 2, 0.1, 1e-3),
        ),
        (aten._fused_rms_norm.default, x(4, 3), [3], x(3), 1e-3),
        (aten._fused_rms_norm.default, x(4, 3), [3], None, None),
        (aten._upsample_nearest_exact3d.default, x(1, 2, 3, 4, 5), [4, 6, 7]),
        (aten.max.dim, torch.tensor([[1.0, 3.0, 3.0]], dtype=torch.float64), 1),
        (aten.clamp.default, torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64), -1, 1),
    ]:  # fmt: skip
        kwargs = args.pop() if isinstance(args[-1], dict) else {}
        calls.keep(func, tuple(args), kwargs)


@cache
def all_calls():
    calls = Calls()
    more_calls(calls)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for op in op_db:
            if op.supports_autograd and torch.float64 in op.dtypes:
                samples = op.sample_inputs_func(op, "cpu", torch.float64, requires_grad=True)
                for sample in islice(samples, SAMPLES):
                    try:
                        with calls:
                            op(sample.input, *sample.args, **sample.kwargs)
                    except (
                        NotImplementedError,
                        RuntimeError,
                    ):  # a sample that isn't for this build
                        continue
    return calls.of


class Compared:
    """One call by torch and by our rule: the outputs, and the gradients of a random sum of one."""

    def __init__(self, func, args, kwargs, tensors):
        self.rule = ours(func, args, kwargs)
        everything = [x.dtype == torch.float64 for x in tensors]
        try:
            self.call_theirs(func, args, kwargs, tensors, everything)
        except RuntimeError:  # it refuses to be differentiated by some of them
            asked = [x.requires_grad for x in tensors]
            self.call_theirs(func, args, kwargs, tensors, asked)
        self.operands = [
            Tensor(x.detach().numpy().copy()) if x.dtype == torch.float64 else x.detach().numpy()
            for x in tensors
        ]
        self.ours = tupled(self.rule(*self.operands))
        self.difference, self.at = unlike(func, args, kwargs, self.operands)

    def call_theirs(self, func, args, kwargs, tensors, wanted):
        self.leaves = [
            x.detach().clone().requires_grad_(want) for x, want in zip(tensors, wanted, strict=True)
        ]
        inner = [x * 1 if x.requires_grad else x for x in self.leaves]  # may be changed in place
        kwargs = {name: filled(x, inner) for name, x in kwargs.items()}
        self.theirs = tupled(func(*filled(args, inner), **kwargs))

    def outputs(self):
        """Pairs of outputs that a gradient can go through."""
        for y, z in zip(self.theirs, self.ours, strict=False):  # theirs have buffers besides
            if z is not None and isinstance(y, torch.Tensor) and y.dtype == torch.float64:
                yield y, z

    def gradients(self, y, z):
        g = np.random.default_rng(0).standard_normal(tuple(y.shape))
        wanted = [x for x in self.leaves if x.requires_grad]
        theirs = torch.autograd.grad(
            y, wanted, torch.from_numpy(g), retain_graph=True, allow_unused=True
        )
        found = cotangents(z, g) if isinstance(z, Tensor) and z.requires_grad else {}
        mine = [x for x, leaf in zip(self.operands, self.leaves, strict=True) if leaf.requires_grad]
        for x, d in zip(mine, theirs, strict=True):
            zero = np.zeros(x.shape)
            yield (
                x,
                zero if d is None else d.numpy(force=True),
                np.asarray(found.get(x, 0.0)) + zero,
            )


def tupled(x: Any) -> tuple:
    return tuple(x) if isinstance(x, (list, tuple)) else (x,)


def alike(one, other, where, size=1.0, rtol=1e-9):
    allowed = rtol * np.maximum(np.abs(one), np.abs(other)) + 1e-11 * size
    with np.errstate(all="ignore"):
        near = np.abs(one - other) <= allowed
    return np.all(near | ~where | (one == other) | (np.isnan(one) & np.isnan(other)))


@pytest.mark.parametrize("row", sorted(RULES))
def test_a_rule_has_torchs_value_and_gradient(row):
    """Where torch's gradient is finite, and the table says of no difference."""
    calls = all_calls()[row]
    compared = 0
    for call in calls:
        try:
            one = Compared(*call)
        except (NoRule, RuntimeError):  # torch's samples are views, which a copy isn't
            continue
        for y, z in one.outputs():
            value = y.detach().numpy()
            assert np.shape(z) == value.shape
            finite = np.isfinite(value)
            assert alike(np.asarray(getattr(z, "data", z)), value, finite), call[0]
            if y.requires_grad and finite.all():
                for x, theirs, mine in one.gradients(y, z):
                    same = np.isfinite(theirs) & ~where_unlike(one.at, x.shape)
                    size = float(np.max(np.abs(theirs), initial=1.0))
                    assert alike(mine, theirs, same, size, OFF.get(row, 1e-9)), call
                    compared += 1
    assert compared or row in WITHOUT_GRADIENT, "no call of this row came to a comparison"


# What torch itself doesn't differentiate here, and what this device doesn't have.
WITHOUT_GRADIENT = {
    "igamma",
    "igammac",
    "_native_batch_norm_legit_no_training",
    "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_flash_attention",
}
OFF = {"hardsigmoid": 1e-7}  # torch multiplies by a sixth of float32


def test_torchs_slope_of_hardsigmoid_is_a_sixth_of_float32():
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    torch.nn.functional.hardsigmoid(x).backward()
    assert abs(x.grad.item() - 1 / 6) > 1e-9
    ours_of = Tensor(0.0)
    RULES["hardsigmoid"](ours_of).backward()
    assert ours_of.grad == 1 / 6


@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_the_rule_of_an_incomplete_gamma_function_is_that_of_a_plain_shape(name):
    """Torch's samples ask for the gradient by the shape too, and that it hasn't."""
    row = {"gammainc": "igamma", "gammaincc": "igammac"}[name]
    a, x = torch.tensor([0.5, 3.0]).double(), torch.tensor([0.2, 4.0]).double().requires_grad_()
    theirs = getattr(torch.special, name)(a, x)
    (slope,) = torch.autograd.grad(theirs.sum(), x)
    t = Tensor(x.detach().numpy())
    ours = RULES[row](a.numpy(), t)
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-12)
    ours.sum().backward()
    np.testing.assert_allclose(t.grad, slope.numpy(), rtol=1e-12)


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 3)])
def test_singular_vectors_have_torchs_signs_and_gradients(shape):
    a = torch.tensor(np.random.default_rng(3).standard_normal(shape), requires_grad=True)
    t = Tensor(a.detach().numpy())
    ours = RULES["_linalg_svd"](t, False, True)
    for found, expected in zip(ours, torch.linalg.svd(a, full_matrices=False), strict=True):
        np.testing.assert_allclose(found.data, expected.detach().numpy(), atol=1e-13)
        weights = np.random.default_rng(4).standard_normal(found.shape)
        (slope,) = torch.autograd.grad(expected, a, torch.from_numpy(weights), retain_graph=True)
        np.testing.assert_allclose(cotangents(found, weights)[t], slope.numpy(), atol=1e-11)


def test_of_equal_singular_values_the_values_alone_have_a_rule():
    u, s, vt = RULES["_linalg_svd"](Tensor(np.eye(3)[[1, 2, 0]] @ np.diag([2.0, 2.0, 1.0])))
    assert s.data.tolist() == [2.0, 2.0, 1.0]
    assert (u is None) == (vt is None)
