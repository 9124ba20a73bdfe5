"""Models of ours to ONNX and back, and in other precisions, as ONNX Runtime runs them."""

import pickle
import sys
from copy import deepcopy

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator
from onnx_models import run
from parts import ACTIVATIONS

import autograd
import nn
from autograd import Tensor
from autograd.extend import topological_order

X = np.random.default_rng(1).normal(size=(5, 2, 8, 8))

MODELS = {
    "MLP": (lambda: nn.MLP([4, 6, 3], "tanh", seed=0), X[:, 0, 0, :4]),
    "blocks": (
        lambda: nn.Sequential(
            nn.Flatten(),
            nn.Linear(128, 6, rng=0),
            nn.LayerNorm(6),
            nn.Residual(nn.Linear(6, 6, rng=1), "gelu"),
            nn.Dropout(0.5, rng=0),
            nn.LeakyReLU(slope=0.3),
            nn.Softplus(beta=3.0),
        ),
        X,
    ),
    "convolutions": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, groups=2, rng=0),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.ConvTranspose2d(4, 3, 3, stride=2, rng=1),
            nn.AvgPool2d(3, stride=2),
            nn.Flatten(),
            nn.Linear(48, 2, rng=2),
        ),
        X,
    ),
    "attention": (lambda: nn.MultiheadAttention(8, 2, rng=0), X[:, 0]),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_round_trip_keeps_outputs_and_gradients(name):
    make, x = MODELS[name]
    model = make().eval()
    back = nn.from_onnx(nn.to_onnx(model, x[:2]))
    ours, theirs = model(Tensor(x)), back(Tensor(x))
    np.testing.assert_allclose(theirs.data, ours.data, rtol=1e-13, atol=1e-14)
    for y in (ours, theirs):
        (y * y).sum().backward()
    expected, found = dict(model.named_parameters()), dict(back.named_parameters())
    assert list(found) == list(expected)
    for label, each in expected.items():
        np.testing.assert_allclose(found[label].grad, each.grad, rtol=1e-9, atol=1e-11)


def test_an_mlp_comes_back_with_the_same_bits_and_boxes():
    model = MODELS["MLP"][0]()
    x = Tensor(MODELS["MLP"][1])
    y, z = model(x), nn.from_onnx(nn.to_onnx(model, x.data))(x)
    np.testing.assert_array_equal(z.data, y.data)
    assert [n.op for n in topological_order(z)] == [n.op for n in topological_order(y)]


def test_the_parts_of_a_model_come_back_as_regions():
    model, x = nn.MLP([2, 3, 1], seed=0), np.ones((2, 2))
    y = nn.from_onnx(nn.to_onnx(model, x))(Tensor(x))
    found = {node.region for node in topological_order(y) if node.op}
    assert found == {"onnxmodel/layer0", "onnxmodel/layer1"}


def test_what_was_imported_can_be_exported():
    make, x = MODELS["convolutions"]
    once = nn.from_onnx(nn.to_onnx(make(), x[:2]))
    twice = nn.from_onnx(nn.to_onnx(once, x[:2]))
    assert list(dict(twice.named_parameters())) == list(dict(once.named_parameters()))
    np.testing.assert_allclose(twice(x).data, once(x).data, rtol=1e-13)


@pytest.mark.parametrize(
    "call", [lambda: nn.from_onnx(b""), lambda: nn.to_onnx(nn.ReLU(), X)], ids=["from", "to"]
)
def test_without_onnx_the_error_says_what_to_install(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[onnx\]'"):
        call()


def test_a_constant_comes_back_as_no_parameter():
    class Shifted(nn.Module):
        def __init__(self):
            self.scale = Tensor(2.0)
            self.places = Tensor([1.0, 2.0, 3.0], requires_grad=False)

        def forward(self, x):
            return x * self.scale + self.places + np.array([0.5, 0.25, 0.125])

    back = nn.from_onnx(nn.to_onnx(Shifted(), np.ones((2, 3))))
    assert [name for name, _ in back.named_parameters()] == ["scale"]
    np.testing.assert_array_equal(back(np.zeros((1, 3))).data, [[1.5, 2.25, 3.125]])


def test_an_imported_model_learns():
    rng = np.random.default_rng(0)
    model = nn.from_onnx(nn.to_onnx(nn.MLP([2, 8, 1], "tanh", seed=0), np.zeros((1, 2))))
    x = rng.uniform(-1, 1, (64, 2))
    adam = nn.Adam(model.parameters(), 0.02)
    settings = {"epochs": 60, "loss": nn.mse, "optimizer": adam, "rng": 0, "progress": False}
    history = nn.fit(model, x, x[:, :1] * x[:, 1:], **settings)
    assert history[-1].loss < history[0].loss / 5


def test_the_numbers_of_an_imported_model_are_values_in_scalars():
    model = nn.MLP([2, 3, 1], "tanh", seed=0)
    back = nn.from_onnx(nn.to_onnx(model, np.zeros((1, 2))))
    x = [[0.5, -1.0]]
    (found,) = back.scalars()(x).ravel()
    assert isinstance(found, autograd.Value)
    assert found.data == pytest.approx(model(np.array(x)).data.item(), rel=1e-14)


@pytest.mark.parametrize("copied", [deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_an_imported_model_can_be_copied(copied):
    make, x = MODELS["convolutions"]
    model = nn.from_onnx(nn.to_onnx(make(), x[:2]))
    np.testing.assert_array_equal(copied(model)(x).data, model(x).data)


def test_names_inside_another_model_say_where():
    inner = nn.from_onnx(nn.to_onnx(nn.Linear(2, 2, rng=0), np.zeros((1, 2))))
    model = nn.Sequential(inner, nn.Linear(2, 1))
    names = [name for name, _ in model.named_parameters()]
    assert names[:2] == ["layers.0.weight", "layers.0.bias"]


# Precision ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda each: each.__name__)
def test_onnx_runtime_runs_every_activation_in_float32(activation):
    """In float64 it has but few of them."""
    model = nn.Sequential(nn.Linear(4, 6, rng=0), activation(), nn.Linear(6, 2, rng=1))
    x = X[:, 0, 0, :4]
    made = nn.to_onnx(model, x[:1], dtype="float32")
    y = run(made, {"x": x.astype(np.float32)})
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, model(x).data, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_onnx_runtime_runs_layers_in_float32(name):
    make, x = MODELS[name]
    model = make().eval()
    y = run(nn.to_onnx(model, x[:2], dtype=np.float32), {"x": x.astype(np.float32)})
    np.testing.assert_allclose(y, model(x).data, rtol=2e-5, atol=2e-6)


def test_all_arrays_are_in_the_precision_that_is_asked_for():
    made = nn.to_onnx(MODELS["blocks"][0](), X[:2], dtype="float16")
    (y,) = ReferenceEvaluator(made).run(None, {"x": X.astype(np.float16)})
    assert y.dtype == np.float16
    assert {each.data_type for each in made.graph.initializer} == {onnx.TensorProto.FLOAT16}


def test_a_change_of_precision_inside_is_one_to_that_which_is_asked_for():
    class Halved(nn.Module):
        def forward(self, x):
            return autograd.astype(x * 1.1, np.float32) * 2.0

    made = nn.to_onnx(Halved(), X[:1, 0, 0], dtype="float64")
    y = run(made, {"x": X[:, 0, 0]})
    np.testing.assert_allclose(y, X[:, 0, 0] * 2.2, rtol=1e-15)


def test_a_number_that_is_too_large_for_a_precision_is_refused():
    """As inf it would be silently wrong."""

    class Masked(nn.Module):
        def forward(self, x):
            return x + np.array([0.0, -1e300])

    with pytest.raises(ValueError, match=r"1e\+300 is too large for float32"):
        nn.to_onnx(Masked(), np.ones((1, 2)), dtype="float32")


@pytest.mark.parametrize("dtype", ["int64", "complex128", "float128", "single precision", 32])
def test_what_is_no_precision_of_onnx_is_refused(dtype):
    with pytest.raises(TypeError, match=r"float16, float32 or float64"):
        nn.to_onnx(nn.Linear(2, 1), np.ones((1, 2)), dtype=dtype)


# Tokens -------------------------------------------------------------------------------------------


class Language(nn.Module):
    """What a network for text begins with: rows of a table by tokens."""

    def __init__(self):
        self.tokens = nn.Embedding(7, 4, rng=0)
        self.head = nn.Linear(4, 2, rng=1)

    def forward(self, tokens):
        return self.head(self.tokens(tokens))


def test_tokens_are_integers_in_onnx_too():
    model, tokens = Language(), np.array([[0, 3, 6], [1, 1, 2]])
    made = nn.to_onnx(model, tokens[:1])
    np.testing.assert_allclose(run(made, {"x": tokens}), model(tokens).data, rtol=1e-14)
    np.testing.assert_array_equal(nn.from_onnx(made)(tokens).data, model(tokens).data)


def test_integers_are_floats_to_a_model_without_an_embedding():
    model = nn.Linear(2, 1, rng=0)
    made = nn.to_onnx(model, [[1, 2]])
    np.testing.assert_allclose(run(made, {"x": np.ones((3, 2))}), model(np.ones((3, 2))).data)


def test_rows_by_other_integers_than_the_input_depend_on_the_number_of_examples():
    class Reversed(Language):
        def forward(self, tokens):
            return super().forward(tokens[:, ::-1])

    with pytest.raises(ValueError, match="depends on the number of examples"):
        nn.to_onnx(Reversed(), np.array([[0, 3, 6]]))
