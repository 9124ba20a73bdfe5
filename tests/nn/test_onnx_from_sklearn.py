"""Models that skl2onnx writes, and a graph as Keras models have it."""

import numpy as np
import pytest
from onnx import helper
from onnx_models import of_nodes, run
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, PolynomialFeatures, StandardScaler

import nn
from autograd import Tensor
from autograd.extend import topological_order

pytestmark = pytest.mark.filterwarnings("ignore:.*(onverge|terations)")  # they needn't be good

IRIS, CANCER = load_iris(return_X_y=True), load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
NETWORK = {"hidden_layer_sizes": (8,), "max_iter": 30, "random_state": 0}

TEXTS = (IRIS[0], np.array(list("abc"))[IRIS[1]])
FEW = (DIABETES[0][:, :3], DIABETES[1])

CLASSIFIERS = {
    "MLP": (MLPClassifier(**NETWORK), IRIS),
    "MLP of two classes": (MLPClassifier(activation="tanh", **NETWORK), CANCER),
    "logistic": (LogisticRegression(max_iter=50), IRIS),
    "logistic of two classes": (LogisticRegression(max_iter=50), CANCER),
    "logistic of texts": (LogisticRegression(max_iter=50), TEXTS),
    "scaled MLP": (make_pipeline(StandardScaler(), MLPClassifier(**NETWORK)), IRIS),
    "scaled": (make_pipeline(MinMaxScaler(), LogisticRegression()), IRIS),
    "normed": (make_pipeline(Normalizer(), LogisticRegression()), IRIS),
    "PCA": (make_pipeline(StandardScaler(), PCA(2), LogisticRegression()), IRIS),
    "SGD": (SGDClassifier(loss="log_loss", random_state=0), IRIS),
}
REGRESSORS = {
    "MLP": (MLPRegressor(**NETWORK), DIABETES),
    "ridge": (Ridge(), DIABETES),
    "clipped": (make_pipeline(MinMaxScaler(clip=True), Ridge()), DIABETES),
    "imputed": (make_pipeline(SimpleImputer(), Ridge()), DIABETES),
    "polynomial": (make_pipeline(PolynomialFeatures(2), Ridge()), FEW),
}


def imported(estimator, x, dtype=np.float32, **options):
    said = {id(estimator): options} if options else None
    return nn.from_onnx(to_onnx(estimator, x[:1].astype(dtype), options=said).SerializeToString())


@pytest.mark.parametrize("zipmap", [True, False], ids=["dictionaries", "arrays"])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_gives_its_probabilities(name, zipmap):
    estimator, (x, y) = CLASSIFIERS[name]
    estimator.fit(x, y)
    model = imported(estimator, x, zipmap=zipmap)
    found = model(x.astype(np.float32))
    assert isinstance(found, Tensor)
    np.testing.assert_allclose(found.data, estimator.predict_proba(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["MLP", "logistic of two classes", "scaled MLP", "normed", "PCA"])
def test_a_classifier_in_float64_gives_the_same_probabilities(name):
    estimator, (x, y) = CLASSIFIERS[name]
    estimator.fit(x, y)
    found = imported(estimator, x, np.float64)(x)
    np.testing.assert_allclose(found.data, estimator.predict_proba(x), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", REGRESSORS)
def test_a_regressor_predicts_the_same(name):
    estimator, (x, y) = REGRESSORS[name]
    estimator.fit(x, y)
    found = imported(estimator, x)(x.astype(np.float32))
    np.testing.assert_allclose(found.data[:, 0], estimator.predict(x), rtol=2e-4)


def test_a_missing_number_is_imputed():
    estimator, (x, y) = REGRESSORS["imputed"]
    estimator.fit(x, y)
    given = x[:3].astype(np.float32)
    given[1, 2] = np.nan
    found = imported(estimator, x)(given)
    np.testing.assert_allclose(found.data[:, 0], estimator.predict(given), rtol=2e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_coefficients_are_trained_and_a_scaler_is_not(dtype):
    estimator, (x, y) = CLASSIFIERS["scaled"]
    estimator.fit(x, y)
    model = imported(estimator, x, dtype)
    sizes = sorted(each.size for each in model.parameters())
    assert sizes == [3, 12]
    assert len(model.state_dict()) > 2


def test_the_network_of_scikit_learn_has_its_gradient_here():
    """By its own backpropagation: the loss is log-loss, here without a penalty."""
    x, y = IRIS
    estimator = MLPClassifier(alpha=0.0, batch_size=len(x), **NETWORK).fit(x, y)
    model = imported(estimator, x, np.float64)
    hot = np.eye(3)[y]
    p = model(x)
    (-(hot * np.log(p)).sum() / len(x)).backward()
    layers = [x, np.maximum(x @ estimator.coefs_[0] + estimator.intercepts_[0], 0)]
    logits = layers[1] @ estimator.coefs_[1] + estimator.intercepts_[1]
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    slope = layers[1].T @ (expected - hot) / len(x)
    weights = dict(model.named_parameters())
    np.testing.assert_allclose(weights["coefficient1"].grad, slope, rtol=1e-9, atol=1e-12)


def test_a_label_alone_is_the_scores_it_was_chosen_from():
    nodes = [
        helper.make_node("Softmax", ["x"], ["p"]),
        helper.make_node("ArgMax", ["p"], ["at"], axis=1),
        helper.make_node("Cast", ["at"], ["label"], to=6),
    ]
    x = np.array([[0.0, 1.0, 2.0]])
    model = nn.from_onnx(of_nodes(nodes, {"x": x}, output=6))
    assert model.outputs == ["p"]
    np.testing.assert_allclose(model(x).data.sum(), 1.0)


def test_a_graph_as_keras_models_have_it():
    """Channels come last, the padding is said as SAME, and names have the layers before slashes."""
    rng = np.random.default_rng(0)
    arrays = {
        "kernel": rng.normal(size=(4, 2, 3, 3)).astype("f4"),
        "bias": rng.normal(size=4).astype("f4"),
        "dense": rng.normal(size=(4, 3)).astype("f4"),
        "offset": rng.normal(size=3).astype("f4"),
    }
    same = {"auto_pad": "SAME_UPPER", "strides": [2, 2]}
    rows = [
        ("Transpose", ["x"], "first", "model/conv/Conv2D__6", {"perm": [0, 3, 1, 2]}),
        ("Conv", ["first", "kernel", "bias"], "conv", "model/conv/Conv2D", same),
        ("Relu", ["conv"], "relu", "model/conv/Relu", {}),
        ("GlobalAveragePool", ["relu"], "mean", "model/pool/Mean", {}),
        ("Squeeze", ["mean"], "flat", "model/pool/Mean_Squeeze__9", {"axes": [2, 3]}),
        ("MatMul", ["flat", "dense"], "product", "model/dense/MatMul", {}),
        ("Add", ["product", "offset"], "logits", "model/dense/BiasAdd", {}),
        ("Softmax", ["logits"], "y", "model/dense/Softmax", {"axis": 1}),
    ]
    nodes = [helper.make_node(kind, a, [b], name=c, **more) for kind, a, b, c, more in rows]
    x = rng.normal(size=(2, 7, 7, 2)).astype("f4")
    made = of_nodes(nodes, {"x": x}, arrays=arrays, version=12)
    y = nn.from_onnx(made)(Tensor(x, dtype="float32"))
    np.testing.assert_allclose(y.data, run(made, {"x": x}), rtol=1e-5)
    assert [name for name, _ in nn.from_onnx(made).named_parameters()] == list(arrays)
    regions = {node.region for node in topological_order(y) if node.op}
    assert regions == {f"onnxmodel/model/{part}" for part in ("conv", "pool", "dense")}
