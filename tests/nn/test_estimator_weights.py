"""Weights of examples and classes, warm starts, and meta-estimators that use them."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.utils.class_weight import compute_sample_weight

from nn.estimators import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
LABELS = RNG.integers(3, size=60)
NUMBERS = RNG.normal(size=60)
SEVERAL = RNG.integers(2, size=(60, 4))
WEIGHTS = RNG.integers(0, 4, size=60)
CASES = [(MLPClassifier, LABELS), (MLPClassifier, SEVERAL), (MLPRegressor, NUMBERS)]
IDS = ["classes", "several labels", "numbers"]


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def small(make=MLPClassifier, **settings):
    options = {"learning_rate_init": 0.05, "max_iter": 20, "random_state": 0} | settings
    return make(4, "tanh", **options)


def weights_of(model):
    return np.concatenate([each.ravel() for each in model.model_.state_dict().values()])


# Weights of examples ------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "y"), CASES, ids=IDS)
def test_an_example_of_weight_k_is_learnt_as_k_are(make, y):
    weighed = small(make).fit(X, y, sample_weight=WEIGHTS)
    repeated = small(make).fit(np.repeat(X, WEIGHTS, axis=0), np.repeat(y, WEIGHTS, axis=0))
    np.testing.assert_allclose(weights_of(weighed), weights_of(repeated), rtol=1e-9)


@pytest.mark.parametrize(("make", "y"), CASES, ids=IDS)
@pytest.mark.parametrize("early", [False, True])
def test_an_example_of_weight_zero_is_as_if_it_were_not_there(make, y, early):
    """In batches too, and where some are held out: to the bit."""
    settings = {"batch_size": 7, "early_stopping": early}
    kept = WEIGHTS > 0
    strange = np.where(kept[:, None], X, 1e300)
    with_them = small(make, **settings).fit(strange, y, sample_weight=WEIGHTS)
    without = small(make, **settings).fit(X[kept], y[kept], sample_weight=WEIGHTS[kept])
    assert weights_of(with_them).tolist() == weights_of(without).tolist()


@pytest.mark.parametrize("factor", [5e-324, 7.0, 1e308])
@pytest.mark.parametrize("early", [False, True])
def test_weights_count_in_proportion_alone(factor, early):
    plain = small(early_stopping=early).fit(X, LABELS)
    weighed = small(early_stopping=early).fit(X, LABELS, sample_weight=np.full(60, factor))
    np.testing.assert_allclose(weights_of(weighed), weights_of(plain), rtol=1e-9)
    found = weighed.validation_loss_curve_
    assert found == pytest.approx(plain.validation_loss_curve_, rel=1e-9)


@pytest.mark.parametrize("size", [7, 60])
def test_the_loss_of_an_epoch_is_the_weighted_mean_over_its_examples(size):
    """At a rate of 0, so that it is the loss of the network that there is."""
    still = {"learning_rate_init": 0.0, "max_iter": 1, "batch_size": size}
    model = small(**still).fit(X, LABELS, sample_weight=WEIGHTS)
    loss = log_loss(LABELS, model.predict_proba(X), sample_weight=WEIGHTS)
    assert model.loss_curve_ == pytest.approx([loss], rel=1e-12)
    model = small(MLPRegressor, **still).fit(X, NUMBERS, sample_weight=WEIGHTS)
    loss = mean_squared_error(NUMBERS, model.predict(X), sample_weight=WEIGHTS)
    assert model.loss_curve_ == pytest.approx([loss], rel=1e-12)


def test_weights_matter_in_batches_of_one():
    """Where a mean over a batch's own weights would cancel them."""
    heavy = np.where(LABELS == 2, 100.0, 1.0)
    model = small(batch_size=1, max_iter=3, solver="sgd", learning_rate_init=0.001)
    assert (clone(model).fit(X, LABELS, sample_weight=heavy).predict(X) == 2).mean() > 0.9
    assert (clone(model).fit(X, LABELS).predict(X) == 2).mean() < 0.9


@pytest.mark.parametrize(("make", "y"), CASES, ids=IDS)
def test_a_part_takes_weights_as_a_whole_does(make, y):
    part = small(make).partial_fit(X, y, sample_weight=WEIGHTS, **(
        {"classes": [0, 1, 2]} if y is LABELS else {}
    ))  # fmt: skip
    whole = small(make, max_iter=1).fit(X, y, sample_weight=WEIGHTS)
    assert weights_of(part).tolist() == weights_of(whole).tolist()


def test_scores_take_weights():
    model = small().fit(X, LABELS)
    expected = accuracy_score(LABELS, model.predict(X), sample_weight=WEIGHTS)
    assert model.score(X, LABELS, sample_weight=WEIGHTS) == expected
    model = small(MLPRegressor).fit(X, NUMBERS)
    expected = r2_score(NUMBERS, model.predict(X), sample_weight=WEIGHTS)
    assert model.score(X, NUMBERS, sample_weight=WEIGHTS) == expected


# Weights of classes -------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", ["balanced", {0: 0.5, 1: 3.0, 2: 1.0}, {1: 3.0}])
def test_class_weights_are_weights_of_examples(weight):
    rare = np.where(LABELS == 1, 1, np.arange(60) % 5 == 0)
    rare = np.where(LABELS == 2, 2, rare)
    found = small(class_weight=weight).fit(X, rare)
    each = compute_sample_weight(weight, rare)
    expected = small().fit(X, rare, sample_weight=each)
    np.testing.assert_allclose(weights_of(found), weights_of(expected), rtol=1e-9)


def test_class_weights_multiply_weights_of_examples():
    """And what is balanced is the mass of the classes: as if examples were repeated."""
    found = small(class_weight="balanced").fit(X, LABELS, sample_weight=WEIGHTS)
    repeated = np.repeat(X, WEIGHTS, axis=0), np.repeat(LABELS, WEIGHTS)
    expected = small(class_weight="balanced").fit(*repeated)
    np.testing.assert_allclose(weights_of(found), weights_of(expected), rtol=1e-8)


def test_classes_may_be_weighed_by_their_names():
    names = np.array(["a", "b", "c"])[LABELS]
    found = small(class_weight={"b": 3.0}).fit(X, names)
    expected = small(class_weight={1: 3.0}).fit(X, LABELS)
    assert weights_of(found).tolist() == weights_of(expected).tolist()


@pytest.mark.parametrize(
    ("settings", "y", "options", "says"),
    [
        ({}, LABELS, {"sample_weight": -np.ones(60)}, "sample_weight must be at least 0, got -1"),
        ({}, LABELS, {"sample_weight": np.ones(59)}, r"sample_weight.shape == \(59,\)"),
        ({}, LABELS, {"sample_weight": np.full(60, np.nan)}, "NaN"),
        ({}, LABELS, {"sample_weight": np.zeros(60)}, "weight"),
        ({"class_weight": {0: -1.0}}, LABELS, {}, "class_weight must be finite and at least 0"),
        ({"class_weight": dict.fromkeys(range(3), 0)}, LABELS, {}, "all examples have the weight"),
        ({"class_weight": "fair"}, LABELS, {}, "'balanced'"),
        ({"class_weight": {7: 1.0}}, LABELS, {}, "are not in class_weight"),
        ({"class_weight": "balanced"}, SEVERAL, {}, "class_weight is for y with one label of each"),
    ],
)  # fmt: skip
def test_bad_weights_are_refused_before_anything_is_changed(settings, y, options, says):
    model = small().fit(X, LABELS)
    before = weights_of(model)
    with pytest.raises(ValueError, match=says):
        model.set_params(**settings).fit(X, y, **options)
    assert weights_of(model).tolist() == before.tolist()
    assert model.predict(X).shape == (60,)


def test_what_is_balanced_is_not_known_from_a_part():
    with pytest.raises(
        ValueError, match="can't be known from a part of the data: pass partial_fit"
    ):
        small(class_weight="balanced").partial_fit(X, LABELS, classes=[0, 1, 2])


# Warm starts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "y"), CASES, ids=IDS)
def test_a_warm_start_goes_on_with_the_network(make, y):
    model = small(make, warm_start=True, max_iter=5).fit(X, y)
    before, network = weights_of(model), model.model_
    model.set_params(learning_rate_init=0.0).fit(X, y)
    assert model.model_ is network
    assert weights_of(model).tolist() == before.tolist()
    assert len(model.loss_curve_) == model.n_iter_ > 5


def test_a_warm_start_learns_further():
    model = small(warm_start=True, max_iter=5, tol=0.0)
    losses = [model.fit(X, LABELS).best_loss_ for _ in range(3)]
    assert losses[0] > losses[1] > losses[2]


def test_without_a_warm_start_each_fit_is_the_first():
    model = small(max_iter=5).fit(X, LABELS)
    before = weights_of(model)
    assert weights_of(model.fit(X, LABELS)).tolist() == before.tolist()


@pytest.mark.parametrize(
    ("settings", "x", "y", "says"),
    [
        ({}, X, LABELS + 1, r"goes on with the classes \[0, 1, 2\], and y has \[1, 2, 3\]"),
        ({}, X, SEVERAL[:, :3], "goes on with the classes"),
        ({}, X[:, :2], LABELS, "X has 2 features"),
        ({"hidden_layer_sizes": 5}, X, LABELS, r"ask for the sizes \[3, 5, 3\]"),
        ({"hidden_layer_sizes": (4, 4)}, X, LABELS, r"ask for the sizes \[3, 4, 4, 3\]"),
        ({"activation": "relu"}, X, LABELS, "the activation 'relu'"),
        ({"warm_start": 1}, X, LABELS, "warm_start must be True or False, got 1"),
    ],
)
def test_a_warm_start_with_another_network_is_refused(settings, x, y, says):
    model = small(warm_start=True).fit(X, LABELS)
    before = weights_of(model)
    with pytest.raises((TypeError, ValueError), match=says):
        model.set_params(**settings).fit(x, y)
    assert weights_of(model).tolist() == before.tolist()


# In company ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "around",
    [
        lambda model: AdaBoostClassifier(model, n_estimators=3, random_state=0),
        lambda model: BaggingClassifier(model, 3, random_state=0),
        lambda model: CalibratedClassifierCV(model, cv=3),
        lambda model: VotingClassifier([("one", model), ("other", clone(model))], voting="soft"),
        lambda model: StackingClassifier([("one", model)]),
        lambda model: GridSearchCV(model, {"solver": ["adam", "rmsprop"]}, cv=2),
    ],
    ids=["AdaBoost", "Bagging", "Calibrated", "Voting", "Stacking", "GridSearch"],
)
def test_a_classifier_in_company_hands_weights_on(around, iris):
    """The third class weighs nearly nothing, and is given up."""
    X, y = iris
    model, weights = around(small(max_iter=60)), np.where(y == 2, 1e-9, 1.0)
    weighed = clone(model).fit(X, y, sample_weight=weights).predict(X)
    assert accuracy_score(y, weighed, sample_weight=weights) > 0.9
    assert (weighed == 2).sum() < (model.fit(X, y).predict(X) == 2).sum()


def test_one_against_the_rest(iris):
    assert OneVsRestClassifier(small(max_iter=60)).fit(*iris).score(*iris) > 0.9


def test_boosting_weighs_what_its_first_network_got_wrong(iris):
    """The second network is another one, though of one seed, since its weights are others."""
    boosted = AdaBoostClassifier(
        small(max_iter=60, random_state=None), n_estimators=3, random_state=0
    )
    boosted.fit(*iris)
    assert boosted.score(*iris) > 0.9
    assert len(boosted.estimators_) > 1


def test_a_regressor_is_boosted():
    x, y = load_diabetes(return_X_y=True)
    x, y = x * 20, (y - y.mean()) / y.std()
    model = AdaBoostRegressor(small(MLPRegressor, max_iter=60), n_estimators=3, random_state=0)
    assert model.fit(x, y).score(x, y) > 0.4
