"""Models as ONNX: run by the reference evaluator of that format."""

from functools import partial

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator
from sklearn.datasets import load_digits

import autograd
import nn
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import get
from nn.interchange.onnx_translations import TRANSLATIONS

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
IN_FLOAT32 = ["leaky_relu", "elu", "selu", "gelu"]
ELEMENTWISE = [
    name
    for name in TRANSLATIONS
    if isinstance(get(name), Elementwise) and name not in {*IN_FLOAT32, "power", "where"}
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
    "stack": lambda x, w: autograd.stack([x, x * w], axis=-1) + autograd.stack([w, w], axis=1),
    "flip": lambda x, w: autograd.flip(x * w) - autograd.flip(x, axis=(-1,)) + autograd.flip(w),
    "tile": lambda x, w: autograd.tile(x, (2,)) + autograd.tile(w, (3, 1, 2)),
    "pad": lambda x, w: autograd.pad(x * w, ((0, 0), (1, 2)), constant_values=0.5),
    "triangles": lambda x, w: autograd.tril(x @ w.reshape((4, 1)) * w, k=-1)
    + autograd.triu(w * w[:, None], k=1)[:1],
    "where": lambda x, w: autograd.where(np.arange(4) % 2 == 0, x * w, -1.0),
    "einsum": lambda x, w: autograd.einsum("...i, ij -> ...j", x, w * w[:, None]),
    "tensordot": lambda x, w: autograd.tensordot(
        x.reshape((len(x.data), 2, 2)), (w * w[:, None]).reshape((2, 8)), axes=(-1, 0)
    ),
    "norms": lambda x, w: autograd.stack(
        [autograd.norm(x * w, p, axis=1) for p in (1, 2, np.inf, -np.inf)]
    ),
    "variance": lambda x, w: autograd.var(x * w, axis=-1, keepdims=True) + autograd.std(x, axis=0),
    "cumsum": lambda x, w: autograd.cumsum(x * w, axis=-1) + autograd.cumsum(w),
    "logarithms": lambda x, w: autograd.log2(x * x + w * w) - autograd.log10(autograd.exp2(x)),
    "broadcast_to": lambda x, w: x[:, None] * autograd.broadcast_to(w, (3, 4)),
    "copy": lambda x, w: autograd.copy(x) * w,
    "softmax over axes": lambda x, w: autograd.softmax(
        (x * w).reshape((-1, 2, 2)), axis=(1, 2)
    ) + autograd.log_softmax(x.reshape((-1, 2, 2)), axis=(-1, -2)),
    "attention": lambda x, w: causal_attention(x.reshape((-1, 2, 2)), w.reshape((2, 2))),
    "reshape at the end": lambda x, w: autograd.transpose(x * w).reshape((2, 2, len(x.data))),
    "ravel": lambda x, w: autograd.ravel(x * w),
    "reshape by two lengths": lambda x, w: (x * w).reshape((len(x.data), -1)),
}  # fmt: skip

INDICES = {
    "all": np.s_[...],
    "no index": (),
    "an int": np.s_[:, 1],
    "ints from the end": np.s_[:, -1, -2],
    "an example": np.s_[-1],
    "examples": np.s_[1:],
    "every second example": np.s_[::2],
    "examples in reverse": np.s_[::-1],
    "a slice": np.s_[:, 1:3],
    "slices from the end": np.s_[:, -2:, :-1],
    "steps": np.s_[:, ::2, 3:0:-2],
    "a slice in reverse": np.s_[:, :, 2::-1],
    "back from the last": np.s_[-1::-1, :, -1:0:-1],
    "a slice beyond the ends": np.s_[:, -9:9],
    "nothing": np.s_[:, 2:1],
    "ellipsis": np.s_[..., 2],
    "ellipsis between": np.s_[1:, ..., 0],
    "new axes": np.s_[None, :, None, 0, ..., None],
    "positions": np.s_[:, [2, 0, 0]],
    "a table of positions": np.s_[..., [[0, 1], [3, -1]]],
    "positions beside an int": np.s_[:, 1, [0, 3]],
    "positions and new axes": np.s_[:, None, [1, 0], None, ::2],
    "examples at positions": np.s_[[1, 0, -1]],
    "a mask": np.s_[:, [True, False, True]],
}


def causal_attention(x, w):
    """Scores in one direction only, as a language model masks them."""
    scores = autograd.where(np.tri(2, dtype=bool), x @ w @ x.transpose((0, 2, 1)), -np.inf)
    return autograd.softmax(scores) @ x


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


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_network_computes_the_same(activation):
    rng = np.random.default_rng(1)
    model = model_of(activation)
    made = nn.to_onnx(model, rng.normal(size=(1, 4)))
    x = rng.normal(size=(5, 4))
    np.testing.assert_allclose(run(made, x), model.eval()(x).data, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("activation", IN_FLOAT32)
def test_settings_are_float32_in_onnx(activation):
    rng = np.random.default_rng(2)
    model = model_of(activation).eval()
    x = rng.normal(size=(5, 4))
    made = run(nn.to_onnx(model, x), x)
    # A setting is off by 6e-8 of itself, and outputs near 0 are sums of terms near 1.
    np.testing.assert_allclose(made, model(x).data, rtol=1e-5, atol=1e-7)


def test_every_activation_of_nn_is_among_those():
    classes = [each for name in nn.__all__ if isinstance(each := getattr(nn, name), type)]
    named = {each.op.name for each in classes if issubclass(each, nn.modules.activations.Named)}
    assert named == {*ACTIVATIONS, *IN_FLOAT32}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_elementwise_function_computes_the_same(name):
    function = get(name)
    x = np.linspace(0.1, 0.9, 8).reshape(2, 4) + (name == "acosh")
    model = Calls(lambda x, w: function(x, w + 3.0) if function.arity == 2 else function(x))
    y = run(nn.to_onnx(model, x), x)
    rtol = 1e-7 if name == "erf" else 1e-14  # ONNX's reference has erf in float32
    np.testing.assert_allclose(y, model(x).data, rtol=rtol, atol=1e-16)


@pytest.mark.parametrize("activation", ["tanh", None])
def test_a_neuron_computes_the_same(activation):
    rng = np.random.default_rng(4)
    neuron = nn.Neuron(4, activation, rng=0)
    x = rng.normal(size=(5, 4))
    y = run(nn.to_onnx(neuron, x[:1]), x)
    assert y.shape == (5,)
    np.testing.assert_allclose(y, neuron(x).data, rtol=1e-13)


@pytest.mark.parametrize("name", INDICES)
def test_an_index_is_numpys(name):
    index = INDICES[name]
    model = Calls(lambda x, w: (x * 2.0)[index])
    x = np.random.default_rng(5).normal(size=(7, 3, 4))
    np.testing.assert_array_equal(run(nn.to_onnx(model, x[:3]), x), 2 * x[index])


@pytest.mark.parametrize(
    ("index", "why"),
    [
        (np.s_[:, [0, 1], [1, 2]], "several arrays"),
        (np.s_[:, 0, None, [1, 2]], "apart from an integer"),
        (np.s_[0, ..., [1, 2]], "apart from an integer"),
        (np.s_[:, np.eye(3, 4) == 1], "a mask of more axes than one"),
        (np.s_[-2::-1], "a slice back from a place before the last"),
        (np.s_[True], "a mask of more axes than one"),
    ],
    ids=str,
)
def test_an_index_that_onnx_has_not_is_refused(index, why):
    with pytest.raises(ValueError, match=rf"getitem \(in calls\) has no translation .*{why}"):
        nn.to_onnx(Calls(lambda x, w: (x * 2.0)[index]), np.ones((2, 3, 4)))


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda x, w: autograd.var(x, ddof=1), "with ddof = 1"),
        (lambda x, w: autograd.norm(x, 3.0, axis=1), "with ord = 3.0"),
        (lambda x, w: autograd.pad(x, 1, constant_values=(1, 2)), "with several constants"),
        (lambda x, w: autograd.sum(x, axis=()), "over no axes"),
    ],
)
def test_a_setting_that_onnx_has_not_is_refused(function, why):
    with pytest.raises(ValueError, match=rf"has no translation to ONNX {why}"):
        nn.to_onnx(Calls(function), np.ones((2, 4)))


def test_a_change_of_dtype_is_kept():
    model = Calls(lambda x, w: autograd.astype(x * w, np.float32))
    x = np.random.default_rng(6).normal(size=(3, 4))
    y = run(nn.to_onnx(model, x), x)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, model(x).data)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_operations_compute_the_same(name):
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
def test_the_settings_of_an_activation_are_kept(settings, form):
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
def test_the_input_has_the_dtype_of_the_weights(dtype, kind):
    """ONNX converts nothing: a float64 input would not go with float32 weights."""
    model = nn.Sequential(nn.Linear(4, 3, rng=0, dtype=dtype), nn.LayerNorm(3, dtype=dtype))
    x = np.random.default_rng(4).normal(size=(5, 4))
    made = nn.to_onnx(model, x.tolist() if kind is list else x)
    y = run(made, x.astype(dtype))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, model(x.astype(dtype)).data)


def test_weights_of_two_dtypes_are_refused():
    model = nn.Sequential(nn.Linear(4, 3, dtype="float32"), nn.Linear(3, 2))
    with pytest.raises(ValueError, match=r"ONNX refuses.*inconsistent type"):
        nn.to_onnx(model, np.ones((1, 4)))


def test_names_of_parameters_are_never_those_of_something_else():
    """Names that the input, the output and results could have."""

    class Named(nn.Module):
        def __init__(self):
            self.x, self.y, self.mul0, self.constant0 = map(autograd.Tensor, np.arange(2.0, 6))

        def forward(self, x):
            return (x * self.x * 3.0 + self.y) * self.mul0 - self.constant0

    (y,) = run(nn.to_onnx(Named(), [1.0]), np.array([2.0]))
    assert y == (2 * 2 * 3 + 3) * 4 - 5


def test_a_model_without_operations():
    made = nn.to_onnx(nn.Sequential(), np.ones((1, 4)))
    x = np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(run(made, x), x)


def test_parameters_keep_their_names_and_dtype():
    model = nn.MLP([4, 3, 2], seed=0)
    made = nn.to_onnx(model, np.ones((1, 4), np.float32))
    arrays = {t.name: onnx.numpy_helper.to_array(t) for t in made.graph.initializer}
    assert set(model.state_dict()) <= set(arrays)
    np.testing.assert_array_equal(arrays["layers.0.weight"], model.layers[0].weight.data)


def test_a_trained_classifier_predicts_the_same_digits(tmp_path):
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


def test_dropout_is_left_out_and_training_goes_on_after():
    model = model_of("relu")
    made = nn.to_onnx(model, np.ones((1, 4)))
    assert "Dropout" not in {node.op_type for node in made.graph.node}
    assert all(part.training for part in model.modules())


def test_an_operation_without_a_translation_is_named_with_its_place():
    model = Calls(lambda x, w: autograd.sort(x * w))
    with pytest.raises(ValueError, match=r"sort \(in calls\) has no translation"):
        nn.to_onnx(model, np.ones((1, 4)))


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: x[: len(x.data) // 2] * w,
        lambda x, w: (x @ x.transpose()).reshape((len(x.data), len(x.data), 1)),
        lambda x, w: x.reshape((1,) * len(x.data) + (-1,)),
        lambda x, w: autograd.where(x.data > 0, x, w),
    ],
    ids=["half of them", "a table of them", "an axis for each", "a mask of them"],
)
def test_what_depends_on_the_number_of_examples_is_refused(function):
    with pytest.raises(ValueError, match="depends on the number of examples"):
        nn.to_onnx(Calls(function), np.ones((2, 4)))


def test_a_number_that_depends_on_the_number_of_examples_is_refused():
    """As a constant it would be right for one number of examples, and silently wrong else."""
    model = Calls(lambda x, w: (x * w).sum(axis=0) / len(x.data))
    with pytest.raises(ValueError, match=r"constant that depends on the number of examples"):
        nn.to_onnx(model, np.ones((2, 4)))


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"expected an nn\.Module, got 3"):
        nn.to_onnx(3, np.ones((1, 4)))


def test_a_model_of_scalars_is_refused():
    with pytest.raises(TypeError, match="only a model on tensors"):
        nn.to_onnx(nn.MLP([2, 3, 1]).scalars(), np.ones((1, 2)))


@pytest.mark.parametrize("x", [np.float64(1.0), np.ones((0, 4))])
def test_an_empty_batch_is_refused(x):
    with pytest.raises(ValueError, match="at least one"):
        nn.to_onnx(nn.MLP([4, 3, 1]), x)
