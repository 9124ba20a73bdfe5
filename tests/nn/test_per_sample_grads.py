"""The gradient of each sample's loss, against a loop; and models called with other parameters."""

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, grad, vmap

rng = np.random.default_rng(20261129)
ROWS = rng.normal(size=(5, 4))
LABELS = rng.integers(0, 3, 5)
IMAGES = rng.normal(size=(3, 2, 6, 6))
TOKENS = rng.integers(0, 7, (5, 4))


class Transformer(nn.Module):
    def __init__(self):
        self.table = nn.Embedding(7, 6, rng=0)
        self.attention = nn.MultiheadAttention(6, 2, rng=1)
        self.norm = nn.LayerNorm(6)
        self.out = nn.Linear(6, 3, rng=2)

    def forward(self, tokens):
        x = self.table(tokens)
        return self.out(self.norm(x + self.attention(x)).mean(axis=-2))


class Tied(nn.Module):
    """One matrix, there and back."""

    def __init__(self):
        self.weight = Tensor(np.random.default_rng(1).normal(size=(4, 3)))
        self.again = self.weight

    def forward(self, x):
        return np.tanh(x @ self.weight) @ self.again.T


def log_loss(z, labels, **options):
    return nn.nll(ag.log_softmax(z), labels, **options)


MODELS = {
    "mlp": (lambda: nn.MLP([4, 8, 3], "tanh", seed=0), nn.cross_entropy, ROWS, LABELS),
    "mse": (lambda: nn.MLP([4, 8, 2], "gelu", seed=0), nn.mse, ROWS, ROWS[:, :2]),
    "smooth l1": (lambda: nn.MLP([4, 3], seed=0), nn.smooth_l1, ROWS, ROWS[:, 1:]),
    "logits": (lambda: nn.MLP([4, 1], seed=0), nn.binary_cross_entropy_with_logits, ROWS,
               LABELS[:, None] % 2),
    "hinge": (lambda: nn.MLP([4, 1], seed=0), nn.hinge, ROWS, LABELS[:, None] % 2 * 2 - 1),
    "multi margin": (lambda: nn.MLP([4, 3], seed=0), nn.multi_margin, ROWS, LABELS),
    "class weights": (
        lambda: nn.MLP([4, 3], seed=0),
        lambda z, y: nn.cross_entropy(z, y, weight=[1, 0, 2], label_smoothing=0.1, reduction="sum"),
        ROWS, LABELS),
    "nll": (lambda: nn.MLP([4, 3], seed=0), lambda z, y: log_loss(z, y, weight=[1, 3, 2]), ROWS,
            LABELS),
    "probabilities": (lambda: nn.MLP([4, 3], seed=0), nn.cross_entropy, ROWS,
                      np.full((5, 3), 1 / 3)),
    "layer norm": (
        lambda: nn.Sequential(nn.Linear(4, 6, rng=0), nn.LayerNorm(6), nn.Linear(6, 3, rng=1)),
        nn.cross_entropy, ROWS, LABELS),
    "convolutions": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, rng=0, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(4, 2, 2, rng=1), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(2, 3, rng=2)),
        nn.cross_entropy, IMAGES, LABELS[:3]),
    "transformer": (Transformer, nn.cross_entropy, TOKENS, LABELS),
    "tied": (Tied, nn.mse, ROWS, ROWS),
}  # fmt: skip


@pytest.fixture(params=MODELS)
def case(request):
    make, *rest = MODELS[request.param]
    return make(), *rest


def gradients(model, loss, X, y):
    """What backward() leaves, by names; the model has no gradient afterwards."""
    loss(model(X), y).backward()
    found = {name: p.grad.copy() for name, p in model.named_parameters()}
    for p in model.parameters():
        p.grad = None
    return found


def test_each_samples_gradient_is_that_of_a_loop(case):
    model, loss, X, y = case
    found = nn.per_sample_grads(model, loss, X, y)
    for k in range(len(X)):
        expected = gradients(model, loss, X[k : k + 1], y[k : k + 1])
        assert found.keys() == expected.keys()
        for name, each in expected.items():
            np.testing.assert_allclose(found[name][k], each, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["mlp", "mse", "convolutions", "transformer", "layer norm"])
def test_their_mean_is_the_gradient_of_the_batch(name):
    make, loss, X, y = MODELS[name]
    model = make()
    found, whole = nn.per_sample_grads(model, loss, X, y), gradients(model, loss, X, y)
    for name, each in whole.items():
        np.testing.assert_allclose(found[name].mean(axis=0), each, rtol=1e-10, atol=1e-12)


def test_of_a_line_they_are_known():
    """The gradient of (w·x − y)² is 2 (w·x − y) x."""
    model = nn.Linear(4, 1, rng=0, bias=False)
    w, y = model.weight.data[0], ROWS[:, 0]
    found = nn.per_sample_grads(model, nn.mse, ROWS, y[:, None])["weight"]
    expected = 2 * (ROWS @ w - y)[:, None] * ROWS
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-12)


def test_a_model_stays_as_it_was():
    model = nn.MLP([4, 3], seed=0)
    before = model.state_dict()
    nn.per_sample_grads(model, nn.cross_entropy, ROWS, LABELS)
    assert all(p.grad is None and p.is_leaf for p in model.parameters())
    for name, numbers in model.state_dict().items():
        np.testing.assert_array_equal(numbers, before[name])


def test_float32_stays_float32():
    model = nn.MLP([4, 3], seed=0, dtype="float32")
    found = nn.per_sample_grads(model, nn.cross_entropy, ROWS.astype(np.float32), LABELS)
    assert {each.dtype for each in found.values()} == {np.dtype(np.float32)}


def test_lists_and_tensors_are_taken():
    model = nn.MLP([4, 3], seed=0)
    expected = nn.per_sample_grads(model, nn.cross_entropy, ROWS, LABELS)
    found = nn.per_sample_grads(model, nn.cross_entropy, ROWS.tolist(), LABELS.tolist())
    again = nn.per_sample_grads(model, nn.cross_entropy, Tensor(ROWS), LABELS)
    for name, each in expected.items():
        np.testing.assert_array_equal(found[name], each)
        np.testing.assert_array_equal(again[name], each)


def test_dropout_in_training_is_refused_and_drops_nothing_in_evaluation():
    model = nn.Sequential(nn.Linear(4, 3, rng=0), nn.Dropout(0.5, rng=0))
    with pytest.raises(ValueError, match=r"same elements of every sample: call model\.eval\(\)"):
        nn.per_sample_grads(model, nn.cross_entropy, ROWS, LABELS)
    model.eval()
    plain = nn.Sequential(model.layers[0])
    found = nn.per_sample_grads(model, nn.cross_entropy, ROWS, LABELS)
    expected = nn.per_sample_grads(plain, nn.cross_entropy, ROWS, LABELS)
    np.testing.assert_array_equal(found["layers.0.weight"], expected["layers.0.weight"])


@pytest.mark.parametrize(
    ("model", "y", "error", "says"),
    [
        (nn.MLP([4, 3], seed=0).scalars(), LABELS, TypeError, "needs a model of Tensors"),
        (nn.ReLU(), LABELS, TypeError, "needs a model of Tensors with parameters"),
        (nn.MLP([4, 3], seed=0), LABELS[:2], ValueError, r"got the shapes \(5, 4\) and \(2,\)"),
        (nn.MLP([4, 3], seed=0), LABELS * 2, ValueError, "labels must be from 0 to 2, got 4"),
    ],
    ids=["values", "none", "lengths", "labels"],
)
def test_what_has_no_gradient_of_each_sample_says_why(model, y, error, says):
    with pytest.raises(error, match=says):
        nn.per_sample_grads(model, nn.cross_entropy, ROWS, y)


# functional_call ---------------------------------------------------------------------------------


def test_a_model_called_with_other_parameters_is_a_model_that_has_them():
    model, other = nn.MLP([4, 5, 3], seed=0), nn.MLP([4, 5, 3], seed=1)
    found = nn.functional_call(model, dict(other.named_parameters()), ROWS)
    np.testing.assert_array_equal(found.data, other(ROWS).data)


def test_what_is_not_given_is_the_models_own():
    model, other = nn.MLP([4, 5, 3], seed=0), nn.MLP([4, 5, 3], seed=1)
    found = nn.functional_call(model, {"layers.0.weight": other.layers[0].weight.data}, ROWS)
    model.layers[0].weight.data = other.layers[0].weight.data
    np.testing.assert_array_equal(found.data, model(ROWS).data)


def test_gradients_flow_to_the_parameters_that_are_given():
    model = nn.MLP([4, 5, 3], seed=0)
    numbers = model.state_dict()
    found = grad(lambda p: nn.cross_entropy(nn.functional_call(model, p, ROWS), LABELS))(numbers)
    for name, each in gradients(model, nn.cross_entropy, ROWS, LABELS).items():
        np.testing.assert_allclose(found[name], each, rtol=1e-12)


def test_an_ensemble_is_vmap_over_parameters():
    models = [nn.MLP([4, 5, 3], seed=k) for k in range(3)]
    stacked = {
        name: np.stack([model.state_dict()[name] for model in models])
        for name in models[0].state_dict()
    }
    found = vmap(lambda p: nn.functional_call(models[0], p, ROWS))(stacked)
    np.testing.assert_allclose(found, [model(ROWS).data for model in models], rtol=1e-12)


def test_a_tuple_is_all_that_the_model_is_called_with():
    model = nn.MultiheadAttention(4, 2, rng=0)
    query, key = ROWS[None, :2], ROWS[None]
    expected = model(query, key).data
    np.testing.assert_array_equal(nn.functional_call(model, {}, (query, key)).data, expected)
    np.testing.assert_array_equal(nn.functional_call(model, {}, query, key).data, expected)


def test_dropout_goes_on_with_its_own_generator():
    model = nn.Dropout(0.5, rng=0)
    first, second = (nn.functional_call(model, {}, np.ones(64)) for _ in range(2))
    assert not np.array_equal(first, second)


def test_a_name_that_is_none_and_a_shape_that_is_another_are_refused():
    model = nn.Linear(4, 3, rng=0)
    with pytest.raises(KeyError, match=r"no parameter 'wieght': did you mean 'weight'\?"):
        nn.functional_call(model, {"wieght": np.ones((3, 4))}, ROWS)
    with pytest.raises(ValueError, match=r"'weight' has shape \(4, 3\), expected \(3, 4\)"):
        nn.functional_call(model, {"weight": np.ones((4, 3))}, ROWS)


def test_many_names_are_not_listed_for_one_that_is_none():
    model = nn.MLP([4] * 60, seed=0)
    with pytest.raises(KeyError, match=r"'layers.7.wieght': did you mean") as caught:
        nn.functional_call(model, {"layers.7.wieght": np.ones((4, 4))}, ROWS)
    assert len(str(caught.value)) < 200


def test_no_samples_have_no_gradients():
    """A batch of which each sample is drawn by chance may be empty."""
    model = nn.MLP([4, 5, 3], seed=0)
    found = nn.per_sample_grads(model, nn.cross_entropy, ROWS[:0], LABELS[:0])
    shapes = {name: (0, *x.shape) for name, x in model.state_dict().items()}
    assert {name: x.shape for name, x in found.items()} == shapes
    one = vmap(lambda x, label: nn.cross_entropy(x[None], label[None]))
    assert one(np.ones((0, 3)), LABELS[:0]).shape == (0,)
