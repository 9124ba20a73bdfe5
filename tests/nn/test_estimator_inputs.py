"""Sparse inputs, matrices of labels, and logarithms of probabilities."""

import math
import tracemalloc

import mpmath
import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import make_multilabel_classification
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline

import nn
from nn.estimators import MLPClassifier, MLPRegressor, Perceptron

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 6)) * (RNG.random((60, 6)) < 0.4)
LABELS = RNG.integers(3, size=60)
SEVERAL = RNG.integers(2, size=(60, 4))


def small(make=MLPClassifier, **settings):
    options = {"learning_rate_init": 0.05, "max_iter": 20, "random_state": 0} | settings
    return make(**{"hidden_layer_sizes": 4, "activation": "tanh"} | options)


def weights_of(model):
    return np.concatenate([each.ravel() for each in model.model_.state_dict().values()])


@pytest.fixture(scope="module")
def topics():
    """Documents as counts of words, scaled, and which of five topics each has."""
    x, y = make_multilabel_classification(300, n_features=20, n_classes=5, random_state=0)
    return (x - x.mean(axis=0)) / x.std(axis=0), y


# Sparse inputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize(("make", "y"), [(MLPClassifier, LABELS), (MLPRegressor, X[:, 0])])
def test_a_sparse_matrix_is_learnt_as_a_dense_one(kind, early, make, y):
    settings = {"early_stopping": early, "batch_size": 7}
    sparse = small(make, **settings).fit(scipy.sparse.csr_array(X).asformat(kind), y)
    assert weights_of(sparse).tolist() == weights_of(small(make, **settings).fit(X, y)).tolist()
    found = sparse.predict(scipy.sparse.csr_matrix(X).asformat(kind))
    np.testing.assert_allclose(found, sparse.predict(X), rtol=1e-12)


def test_a_part_may_be_sparse():
    sparse = small().partial_fit(scipy.sparse.csr_array(X), LABELS, classes=[0, 1, 2])
    dense = small().partial_fit(X, LABELS, classes=[0, 1, 2])
    assert weights_of(sparse).tolist() == weights_of(dense).tolist()


def test_a_sparse_matrix_is_never_dense_as_a_whole():
    """Dense it has 320 MB; a batch of it, 3.2 MB."""
    many = scipy.sparse.random_array((2000, 20_000), density=1e-3, rng=0, format="csr")
    model = small(batch_size=20, max_iter=1)
    tracemalloc.start()
    model.fit(many, np.arange(2000) % 2).predict(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


def test_words_are_classified_in_a_pipeline():
    texts, moods = ["a good film", "a bad film", "great fun", "an awful bore"], [1, 0, 1, 0]
    model = make_pipeline(TfidfVectorizer(), small(max_iter=100)).fit(texts, moods)
    assert model.predict(["good fun", "an awful film"]).tolist() == [1, 0]


def test_the_perceptron_and_the_loop_say_what_to_do_with_a_sparse_matrix():
    sparse = scipy.sparse.csr_array(X)
    with pytest.raises(TypeError, match=r"toarray\(\)"):
        Perceptron().fit(sparse, LABELS)
    model = nn.Linear(6, 1, rng=0)
    sgd = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TypeError, match=r"x is a sparse csr_array: pass x.toarray\(\)"):
        nn.fit(model, sparse, X[:, :1], epochs=1, loss=nn.mse, optimizer=sgd, rng=0, progress=False)


# Matrices of labels -------------------------------------------------------------------------------


def test_without_hidden_units_each_label_is_a_logistic_regression(topics):
    """Which has one minimum: that of another library's solver."""
    x, y = topics
    model = MLPClassifier(
        (), learning_rate_init=0.05, max_iter=3000, tol=1e-9, batch_size=300, random_state=0
    )
    found = model.fit(x, y).predict_proba(x)
    for label in range(5):
        one = LogisticRegression(C=1e10, tol=1e-8, max_iter=1000).fit(x, y[:, label])
        np.testing.assert_allclose(found[:, label], one.predict_proba(x)[:, 1], atol=2e-3)


def test_a_label_is_predicted_where_it_is_more_probable_than_not(topics):
    x, y = topics
    model = small(max_iter=300).fit(x, y)
    probabilities, predicted = model.predict_proba(x), model.predict(x)
    assert predicted.tolist() == (probabilities > 0.5).astype(int).tolist()
    assert model.score(x, y) == accuracy_score(y, predicted)
    assert model.score(x, y) == np.mean([(a == b).all() for a, b in zip(y, predicted, strict=True)])
    assert (predicted == y).mean() > 0.8
    assert model.classes_.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", [list, scipy.sparse.csr_array, lambda y: y.astype(bool)])
def test_labels_may_be_lists_sparse_or_booleans(kind):
    found = small().fit(X, SEVERAL.tolist() if kind is list else kind(SEVERAL))
    assert weights_of(found).tolist() == weights_of(small().fit(X, SEVERAL)).tolist()


def test_a_label_that_no_example_has_is_learnt_as_improbable():
    none = np.column_stack([SEVERAL, np.zeros(60, int)])
    model = small(max_iter=200).fit(X, none)
    assert model.predict_proba(X)[:, -1].max() < 0.2


def test_labels_are_learnt_in_parts():
    parts, whole = small(), small(max_iter=3, tol=0.0)
    for _ in range(3):
        parts.partial_fit(X, SEVERAL)
    assert weights_of(parts).tolist() == weights_of(whole.fit(X, SEVERAL)).tolist()


@pytest.mark.parametrize(
    ("y", "options", "says"),
    [
        (LABELS, {}, "y was a matrix of labels at first, and now is one label of each example"),
        (SEVERAL[:, :3], {}, "y had 4 labels at first, got 3"),
        (SEVERAL, {"classes": [1, 2, 3, 4]}, r"classes were \[0, 1, 2, 3\] at first"),
    ],
)
def test_a_part_of_another_kind_is_refused(y, options, says):
    model = small().partial_fit(X, SEVERAL)
    before = weights_of(model)
    with pytest.raises(ValueError, match=says):
        model.partial_fit(X, y, **options)
    assert weights_of(model).tolist() == before.tolist()


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (SEVERAL + 1, "says by 0 and 1 which labels an example has, got 1, 2"),
        (SEVERAL * 2, "says by 0 and 1 which labels an example has, got 0, 2"),
        (np.column_stack([LABELS, LABELS]), "y should be a 1d array"),
    ],
)
def test_a_matrix_of_something_else_is_refused(y, says):
    with pytest.raises(ValueError, match=says):
        small().fit(X, y)


# Logarithms, and what ranks -----------------------------------------------------------------------


@pytest.mark.parametrize("y", [LABELS, LABELS % 2, SEVERAL], ids=["3 classes", "2", "labels"])
def test_logarithms_are_those_of_the_probabilities(y):
    model = small().fit(X, y)
    found = model.predict_log_proba(X)
    np.testing.assert_allclose(found, np.log(model.predict_proba(X)), rtol=1e-12)


def test_logarithms_keep_their_digits_where_probabilities_are_0_or_1():
    model = small(hidden_layer_sizes=()).fit([[0.0], [1.0]], [0, 1])
    first = model.model_.layers[0]
    first.weight.data, first.bias.data = np.array([[1.0], [0.0]]), np.zeros(2)
    found = model.predict_log_proba([[40.0], [2000.0]])
    sure = float(-mpmath.log1p(mpmath.exp(-40)))
    assert found[0] == pytest.approx([sure, sure - 40], rel=1e-15, abs=0)
    assert found[1].tolist() == [0.0, -2000.0]


def test_logarithms_of_labels_keep_their_digits():
    model = small(hidden_layer_sizes=()).fit([[0.0], [1.0]], [[0, 1], [1, 0]])
    first = model.model_.layers[0]
    first.weight.data, first.bias.data = np.array([[1.0], [-1.0]]), np.zeros(2)
    found = model.predict_log_proba([[800.0]])
    assert found[0].tolist() == [-math.exp(-800), -800.0]


def test_what_ranks_is_the_logit():
    """Log p − log q: of two classes that the second is ahead, of labels that each is there."""
    for y in (LABELS % 2, SEVERAL):
        model = small().fit(X, y)
        p = model.predict_proba(X)
        expected = np.log(p / (1 - p))
        np.testing.assert_allclose(
            model.decision_function(X), expected[:, 1] if y.ndim == 1 else expected, rtol=1e-9
        )
    model = small().fit(X, LABELS)
    z = model.decision_function(X)
    assert z.argmax(axis=1).tolist() == model.predict(X).tolist()
