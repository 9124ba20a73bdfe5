"""Weights as safetensors, models as ONNX: read back by those formats' own libraries."""

import json
import struct
from fractions import Fraction
from functools import partial

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator
from sklearn.datasets import load_digits

import autograd
import nn

ACTIVATIONS = [
    "relu",
    "celu",
    "heaviside",
    "sigmoid",
    "tanh",
    "silu",
    "mish",
    "softplus",
    "softsign",
    "logsigmoid",
    "hardtanh",
    "threshold",
]

FUNCTIONS = {
    "softmax": lambda x, w: autograd.softmax(x * w, axis=-1),
    "log_softmax": lambda x, w: autograd.log_softmax(x - w, axis=1),
    "logsumexp": lambda x, w: autograd.logsumexp(x, axis=1, keepdims=True) / (w + 3.0),
    "extremes": lambda x, w: autograd.max(x, axis=1) - autograd.min(x, axis=1) + w.sum(),
    "matmul": lambda x, w: (x @ w.reshape((4, 1))).mean(axis=-1),
    "concatenate": lambda x, w: autograd.concatenate([x, x**2, autograd.square(w * x)], axis=1),
    "clip": lambda x, w: autograd.clip(x, lo=-0.5, hi=0.25) + autograd.maximum(x, w),
    "softplus": lambda x, w: autograd.softplus(x, beta=2.0) * autograd.exp(-autograd.abs(w)),
    "transpose": lambda x, w: autograd.transpose(autograd.transpose(x, axes=(1, 0))) * w,
    "affine": lambda x, w: autograd.affine(x.reshape((len(x.data), 2, 2)), w.reshape((2, 2))),
}


def model_of(activation):
    return nn.Sequential(
        nn.Linear(4, 6),
        nn.LayerNorm(6),
        nn.Activation(activation),
        nn.Dropout(0.5, rng=0),
        nn.Residual(nn.Linear(6, 6)),
        nn.Flatten(),
        nn.Linear(6, 3),
    )


def run(made, x):
    (y,) = ReferenceEvaluator(made).run(None, {"x": x})
    return y


class Calls(nn.Module):
    """A model of any function, with a weight."""

    def __init__(self, function):
        self.function = function
        self.weight = autograd.Tensor(np.linspace(-1.0, 2.0, 4))

    def forward(self, x):
        return self.function(autograd.Tensor(x) if isinstance(x, np.ndarray) else x, self.weight)


class TestWeights:
    def test_a_file_holds_the_state_dict_as_the_format_says(self, tmp_path):
        """Eight bytes of length, a JSON header, then the arrays: read here by hand."""
        model = nn.MLP([2, 3, 1], seed=0)
        content = nn.save_weights(model, tmp_path / "mlp.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        start, end = header["layers.0.weight"]["data_offsets"]
        numbers = np.frombuffer(content[8 + length :][start:end]).reshape(3, 2)
        np.testing.assert_array_equal(numbers, model.layers[0].weight.data)

    def test_a_model_and_its_scalars_share_a_file(self, tmp_path):
        model, other = nn.MLP([2, 3, 1], seed=0), nn.MLP([2, 3, 1], seed=1)
        nn.load_weights(other, nn.save_weights(model.scalars(), tmp_path / "mlp.safetensors"))
        for name, array in model.state_dict().items():
            np.testing.assert_array_equal(other.state_dict()[name], array)

    @pytest.mark.parametrize("content", [b"", b"not weights", b"\xff" * 64])
    def test_what_is_no_such_file_is_refused(self, tmp_path, content):
        (tmp_path / "torn").write_bytes(content)
        with pytest.raises(ValueError, match="no sound safetensors file"):
            nn.load_weights(nn.MLP([2, 3, 1]), tmp_path / "torn")

    def test_weights_of_another_model_change_nothing(self, tmp_path):
        path = nn.save_weights(nn.MLP([2, 4, 1], seed=0), tmp_path / "other")
        model = nn.MLP([2, 3, 1], seed=0)
        before = model.state_dict()
        with pytest.raises(ValueError, match=r"nothing was loaded.*layers\.0\.weight"):
            nn.load_weights(model, path)
        for name, array in model.state_dict().items():
            np.testing.assert_array_equal(array, before[name])

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_dtypes_are_kept(self, tmp_path, dtype):
        model, other = (nn.MLP([2, 3, 1], seed=seed, dtype=dtype) for seed in (0, 1))
        nn.load_weights(other, nn.save_weights(model, tmp_path / "w"))
        for one, two in zip(model.parameters(), other.parameters(), strict=True):
            assert one.dtype == two.dtype == dtype
            np.testing.assert_array_equal(one.data, two.data)

    def test_what_cannot_be_written_is_refused(self, tmp_path):
        model = nn.MLP([2, 3, 1])
        with pytest.raises(OSError, match="can't be written"):
            nn.save_weights(model, tmp_path / "no such folder" / "w")
        exact = model.scalars()
        exact.layers[0].bias[0].data = Fraction(1, 3)
        with pytest.raises(TypeError, match=r"real numbers of NumPy's dtypes, got \{'object'\}"):
            nn.save_weights(exact, tmp_path / "w")
        assert list(tmp_path.iterdir()) == []


class TestOnnx:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_a_network_computes_the_same(self, activation):
        rng = np.random.default_rng(1)
        model = model_of(activation)
        made = nn.to_onnx(model, rng.normal(size=(1, 4)))
        x = rng.normal(size=(5, 4))
        np.testing.assert_allclose(run(made, x), model.eval()(x).data, rtol=1e-13, atol=1e-14)

    @pytest.mark.parametrize("activation", ["leaky_relu", "elu", "selu", "gelu"])
    def test_settings_are_float32_in_onnx(self, activation):
        rng = np.random.default_rng(2)
        model = model_of(activation).eval()
        x = rng.normal(size=(5, 4))
        np.testing.assert_allclose(run(nn.to_onnx(model, x), x), model(x).data, rtol=1e-5)

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_operations_compute_the_same(self, name):
        rng = np.random.default_rng(3)
        model = Calls(FUNCTIONS[name])
        made = nn.to_onnx(model, rng.normal(size=(2, 4)))
        x = rng.normal(size=(7, 4))
        np.testing.assert_allclose(run(made, x), model(x).data, rtol=1e-13, atol=1e-14)

    @pytest.mark.parametrize(
        "settings",
        [
            ("leaky_relu", {"slope": 0.25}),
            ("elu", {"alpha": 0.5}),
            ("celu", {"alpha": 0.3}),
            ("gelu", {"approximate": "tanh"}),
            ("softplus", {"beta": 3.0}),
            ("hardtanh", {"lo": -0.3, "hi": 0.2}),
            ("threshold", {"at": 0.1, "value": -3.0}),
            ("heaviside", {"at_zero": 0.3}),
        ],
        ids=lambda settings: settings[0],
    )
    @pytest.mark.parametrize("form", ["module", "partial", "of a layer"])
    def test_the_settings_of_an_activation_are_kept(self, settings, form):
        """At 0, too, where x is 0 and there are no weights before."""
        name, values = settings
        activation = nn.Activation(name, **values)
        model = {
            "module": nn.Sequential(activation),
            "partial": nn.Sequential(partial(getattr(autograd, name), **values)),
            "of a layer": nn.MLP([3, 4, 2], activation, output=activation, seed=0),
        }[form]
        x = np.array([[-2.0, 0.0, 0.15], [0.1, -0.2, 3.0]])
        expected = model(autograd.Tensor(x)).data
        np.testing.assert_allclose(run(nn.to_onnx(model, x), x), expected, rtol=0, atol=1e-7)

    @pytest.mark.parametrize("dtype", ["float16", "float32"])
    @pytest.mark.parametrize("kind", [np.float64, list])
    def test_the_input_has_the_dtype_of_the_weights(self, dtype, kind):
        """ONNX converts nothing: a float64 input would not go with float32 weights."""
        model = nn.Sequential(nn.Linear(4, 3, rng=0, dtype=dtype), nn.LayerNorm(3, dtype=dtype))
        x = np.random.default_rng(4).normal(size=(5, 4))
        made = nn.to_onnx(model, x.tolist() if kind is list else x)
        y = run(made, x.astype(dtype))
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, model(x.astype(dtype)).data)

    def test_weights_of_two_dtypes_are_refused(self):
        model = nn.Sequential(nn.Linear(4, 3, dtype="float32"), nn.Linear(3, 2))
        with pytest.raises(ValueError, match=r"ONNX refuses.*inconsistent type"):
            nn.to_onnx(model, np.ones((1, 4)))

    def test_names_of_parameters_are_never_those_of_something_else(self):
        """Names that the input, the output and results could have."""

        class Named(nn.Module):
            def __init__(self):
                self.x, self.y, self.mul0, self.constant0 = map(autograd.Tensor, np.arange(2.0, 6))

            def forward(self, x):
                return (x * self.x * 3.0 + self.y) * self.mul0 - self.constant0

        (y,) = run(nn.to_onnx(Named(), [1.0]), np.array([2.0]))
        assert y == (2 * 2 * 3 + 3) * 4 - 5

    def test_a_model_without_operations(self):
        made = nn.to_onnx(nn.Sequential(), np.ones((1, 4)))
        x = np.arange(8.0).reshape(2, 4)
        np.testing.assert_array_equal(run(made, x), x)

    def test_parameters_keep_their_names_and_dtype(self):
        model = nn.MLP([4, 3, 2], seed=0)
        made = nn.to_onnx(model, np.ones((1, 4), np.float32))
        arrays = {t.name: onnx.numpy_helper.to_array(t) for t in made.graph.initializer}
        assert set(model.state_dict()) <= set(arrays)
        np.testing.assert_array_equal(arrays["layers.0.weight"], model.layers[0].weight.data)

    def test_a_trained_classifier_predicts_the_same_digits(self, tmp_path):
        digits = load_digits()
        x = digits.data / 16
        model = nn.MLP([64, 16, 10], activation="relu", seed=0)
        nn.fit(
            model,
            x,
            digits.target,
            epochs=2,
            loss=nn.cross_entropy,
            optimizer=nn.Adam(model.parameters(), 0.01),
            rng=0,
            batch_size=64,
            progress=False,
        )
        onnx.save(nn.to_onnx(model, x[:1]), tmp_path / "digits.onnx")
        y = run(onnx.load(tmp_path / "digits.onnx"), x)
        np.testing.assert_array_equal(y.argmax(1), model(x).data.argmax(1))

    def test_dropout_is_left_out_and_training_goes_on_after(self):
        model = model_of("relu")
        made = nn.to_onnx(model, np.ones((1, 4)))
        assert "Dropout" not in {node.op_type for node in made.graph.node}
        assert all(part.training for part in model.modules())

    def test_an_operation_without_a_translation_is_named_with_its_place(self):
        model = Calls(lambda x, w: autograd.sort(x * w))
        with pytest.raises(ValueError, match=r"sort \(in calls\) has no translation"):
            nn.to_onnx(model, np.ones((1, 4)))

    def test_what_depends_on_the_number_of_examples_is_refused(self):
        model = Calls(lambda x, w: x.reshape((2, x.data.size // 2)) * w.sum())
        with pytest.raises(ValueError, match="depends on the number of examples"):
            nn.to_onnx(model, np.ones((2, 4)))

    def test_a_number_that_depends_on_the_number_of_examples_is_refused(self):
        """As a constant it would be right for one number of examples, and silently wrong else."""
        model = Calls(lambda x, w: (x * w).sum(axis=0) / len(x.data))
        with pytest.raises(ValueError, match=r"constant that depends on the number of examples"):
            nn.to_onnx(model, np.ones((2, 4)))

    def test_what_is_no_model_is_refused(self):
        with pytest.raises(TypeError, match=r"expected a nn\.Module, got 3"):
            nn.to_onnx(3, np.ones((1, 4)))

    def test_a_model_of_scalars_is_refused(self):
        with pytest.raises(TypeError, match="only a model on tensors"):
            nn.to_onnx(nn.MLP([2, 3, 1]).scalars(), np.ones((1, 2)))

    @pytest.mark.parametrize("x", [np.float64(1.0), np.ones((0, 4))])
    def test_an_empty_batch_is_refused(self, x):
        with pytest.raises(ValueError, match="at least one"):
            nn.to_onnx(nn.MLP([4, 3, 1]), x)
