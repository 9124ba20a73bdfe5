"""The laboratory on PyTorch's modules: what it refuses, what it looks into, and its diagnosis."""

import warnings

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch_residuals import WIDTH, Twice, X, filled, our_residual, residual

import nn


def traced():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's own
        return torch.jit.trace(residual(), torch.ones(2, WIDTH))


@pytest.mark.parametrize(
    ("model", "x", "error", "message"),
    [
        (torch.nn.LazyLinear(3), X, ValueError, "weight has no shape yet: call the lazy module"),
        (torch.nn.Linear(WIDTH, 3, device="meta"), X, ValueError, "on the device 'meta'"),
        (torch.nn.Linear(WIDTH, 3, dtype=torch.complex64), X, TypeError, "weight is complex"),
        (torch.nn.Linear(WIDTH, 3), X + 1j, TypeError, "x must be real numbers, got torch.compl"),
        (traced(), X, TypeError, "is compiled, so that its layers can't be seen"),
    ],
    ids=["lazy", "meta", "complex weights", "complex x", "traced"],
)
@pytest.mark.parametrize("tool", [nn.propagate, nn.diagnose, nn.assert_healthy])
def test_what_has_no_real_numbers_is_refused(tool, model, x, error, message):
    with pytest.raises(error, match=message):
        tool(model, x)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own
def test_a_compiled_module_is_looked_into():
    model = residual()
    found, expected = nn.propagate(torch.compile(model), X), nn.propagate(model, X)
    assert [row.layer for row in found] == [row.layer for row in expected]
    assert found.predicted("forward") == pytest.approx(expected.predicted("forward"))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_works_where_no_gradients_are_taken(mode):
    model = residual()
    with mode():
        found = nn.propagate(model, torch.as_tensor(X))
    assert found.measured("backward") == pytest.approx(nn.propagate(model, X).measured("backward"))


def test_integers_that_are_no_indices_are_named():
    with pytest.raises(RuntimeError) as caught:
        nn.propagate(torch.nn.Linear(2, 2), np.ones((3, 2), int))
    assert "x is of torch.int64" in caught.value.__notes__[0]


def gelus():
    """Twenty layers with He's weights; their functions are called in ``forward``."""

    class Deep(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleList(torch.nn.Linear(128, 128) for _ in range(20))
            for layer in self.layers:
                torch.nn.init.kaiming_normal_(layer.weight)
                torch.nn.init.zeros_(layer.bias)

        def forward(self, x):
            for layer in self.layers:
                x = functional.gelu(layer(x))
            return x

    torch.manual_seed(0)
    return Deep()


@pytest.mark.parametrize("shape", [(32, 128), (4, 8, 128)], ids=["vectors", "tokens"])
def test_a_drift_over_twenty_layers_is_found(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    (finding,) = nn.diagnose(gelus(), x)
    assert finding.kind == "drifting signal"
    assert "a torch.nn.LayerNorm between layers" in finding.change


def test_a_diagnosis_finds_what_it_finds_in_the_same_network_of_ours():
    torch.manual_seed(0)
    theirs = torch.nn.Sequential(*(torch.nn.Linear(WIDTH, WIDTH) for _ in range(8))).double()
    for layer in theirs:
        torch.nn.init.normal_(layer.weight, std=1.0)
    ours = nn.Sequential(*(filled(nn.Linear(WIDTH, WIDTH), layer) for layer in theirs))
    found, expected = nn.diagnose(theirs, X), nn.diagnose(ours, X)
    assert [(f.kind, f.what) for f in found] == [(f.kind, f.what) for f in expected]
    assert [f.layer for f in found] == [f.layer.removeprefix("layers.") for f in expected]
    assert "torch.nn.init.normal_(weight, std=" in found[0].change


def test_units_that_died_before_a_function_are_found():
    model = gelus().double()
    relu = torch.nn.Sequential(model.layers[0], torch.nn.ReLU(), model.layers[1])
    with torch.no_grad():
        model.layers[0].bias[:32] = -1e3
    (finding,) = nn.diagnose(relu, np.random.default_rng(0).standard_normal((32, 128)))
    assert (finding.kind, finding.layer) == ("dead", "0")
    assert "32 of 128" in finding.what


@pytest.mark.parametrize("part", [torch.nn.Identity(), Twice()], ids=["known", "unknown"])
def test_a_sound_network_has_no_findings(part):
    model = torch.nn.Sequential(residual(), part)
    assert list(nn.diagnose(model, X)) == []


def test_a_network_is_recomputed_in_float16_unless_an_operation_has_no_rule():
    theirs = residual()
    found = nn.diagnostics.precision(theirs, X)
    expected = nn.diagnostics.precision(our_residual(theirs), X)
    for row, other in zip(found, expected, strict=True):
        assert row.largest == pytest.approx(other.largest, rel=0.01)
    with pytest.raises(ValueError, match=r"Doubled can't be computed in float16"):
        nn.diagnostics.precision(torch.nn.Sequential(theirs, Twice()), X)
