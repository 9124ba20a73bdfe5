"""The estimators in scikit-learn's company: pipelines, searches, real data, and their own promises.

What holds for every estimator is checked in ``test_estimator_checks.py``.
"""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nn
from nn import Diverged
from nn.estimators import MLPClassifier, MLPRegressor, Perceptron

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def quick(**settings):
    """A small classifier that learns fast."""
    return MLPClassifier(
        **{"hidden_layer_sizes": 16, "learning_rate_init": 0.01, "random_state": 0} | settings
    )


# The perceptron -----------------------------------------------------------------------------------


@pytest.mark.lecture("S6")
def test_the_estimator_is_perceptrontrain():
    model = Perceptron().fit(CORNERS, [False, False, False, True])
    assert (model.coef_.tolist(), model.intercept_.tolist()) == ([[3, 2]], [-4])
    assert (model.n_updates_, model.n_iter_, model.converged_) == (18, 9, True)
    assert len(model.history_) == 18
    assert model.history_[-1].weights.tolist() == [3, 2]


@pytest.mark.lecture("S6")
def test_xor_is_warned_of():
    with pytest.warns(ConvergenceWarning, match="can't be separated"):
        model = Perceptron(max_iter=50).fit(CORNERS, [0, 1, 1, 0])
    assert (model.converged_, model.n_iter_, model.n_updates_) == (False, 50, 200)


def test_more_classes_are_each_against_the_rest(iris):
    """Of iris's three classes one is separable: its history is that of learning it alone."""
    X, y = iris
    with pytest.warns(ConvergenceWarning):
        model = Perceptron(max_iter=100).fit(X, y)
    setosa = nn.train_perceptron(X, y == 0)
    assert not model.converged_
    assert model.coef_[0].tolist() == setosa.weights.tolist()
    assert model.history_[0].example.tolist() == setosa.history.example.tolist()
    assert model.decision_function(X).shape == (150, 3)
    assert (model.decision_function(X)[:, 0] > 0).tolist() == (y == 0).tolist()


def test_a_perceptron_goes_on_learning_in_parts():
    y = [0, 0, 0, 1]
    model = Perceptron()
    for _ in range(9):
        model.partial_fit(CORNERS, y, classes=[0, 1])
    assert model.coef_.tolist() == [[3, 2]]
    assert model.converged_  # the ninth pass had no update


# Learning real data -------------------------------------------------------------------------------


def test_breast_cancer_by_cross_validation_in_a_pipeline():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), quick(max_iter=30, tol=1e-3))
    with pytest.warns(ConvergenceWarning):
        assert cross_val_score(model, X, y, cv=3).mean() > 0.95


def test_digits_by_a_network():
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    model = quick(hidden_layer_sizes=(32,), tol=1e-2).fit(X_train, y_train)
    assert model.score(X_test, y_test) > 0.95


def test_diabetes_by_a_regressor():
    """A linear model explains half of the variance; a small network does as well."""
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    model = MLPRegressor(8, "tanh", learning_rate_init=0.01, tol=1e-3, random_state=0)
    assert model.fit(X[:300] * 20, y[:300]).score(X[300:] * 20, y[300:]) > 0.4


def test_a_grid_search_over_names_of_activations_and_initialisations(iris):
    X, y = iris
    grid = {"activation": ["tanh", "relu"], "init": ["zeros", "he_normal", "xavier_uniform"]}
    search = GridSearchCV(quick(tol=1e-2), grid, cv=2).fit(X, y)
    scores = dict(
        zip(
            [(p["activation"], p["init"]) for p in search.cv_results_["params"]],
            search.cv_results_["mean_test_score"],
            strict=True,
        )
    )
    assert search.best_params_["init"] != "zeros"
    assert scores["tanh", "zeros"] == pytest.approx(1 / 3)  # only the output biases move
    assert search.best_score_ > 0.9


def test_a_regressor_has_as_many_outputs_as_y_has_columns():
    X = np.linspace(-1, 1, 40)[:, None]
    model = MLPRegressor(16, "tanh", learning_rate_init=0.05, tol=1e-5, random_state=0)
    model.fit(X, np.column_stack([X[:, 0] ** 2, -X[:, 0]]))
    assert model.predict(X).shape == (40, 2)
    assert model.predict([[0.5]])[0] == pytest.approx([0.25, -0.5], abs=0.1)


# What the settings do -----------------------------------------------------------------------------


def test_the_names_choose_the_initialisation_and_the_activation(iris):
    import init

    with pytest.warns(ConvergenceWarning):
        model = quick(
            hidden_layer_sizes=(5,), init="xavier_uniform", activation="sigmoid",
            learning_rate_init=0.0, max_iter=1, tol=0.0,
        ).fit(*iris)  # fmt: skip
    first = model.model_.layers[0]
    assert first.activation.name == "sigmoid"
    bound = np.sqrt(6 / (4 + 5))
    assert np.abs(first.weight.data).max() <= bound
    (hidden, _) = init.spawn(np.random.default_rng(0), 2)
    expected = init.xavier_uniform((5, 4), rng=hidden, fan_in=4, fan_out=5)
    assert first.weight.data.tolist() == expected.tolist()


def test_the_random_state_decides_all(iris):
    """An integer, a RandomState, a Generator; without one, two runs differ."""
    weights = [
        quick(tol=1.0, n_iter_no_change=2, random_state=state).fit(*iris).model_.state_dict()
        for state in (
            7, 7, np.random.RandomState(7), np.random.RandomState(7),
            np.random.default_rng(7), None, None,
        )
    ]  # fmt: skip
    first, again, legacy, legacy_again, generator, free, other = [
        w["layers.0.weight"].tolist() for w in weights
    ]
    assert first == again == generator
    assert legacy == legacy_again != first
    assert free != other


def test_numpys_global_generator_is_not_touched(iris):
    _, keys, position, *_ = np.random.get_state()  # noqa: NPY002
    quick(tol=1.0, random_state=None).fit(*iris)
    _, keys_after, position_after, *_ = np.random.get_state()  # noqa: NPY002
    assert position_after == position
    assert keys_after.tolist() == keys.tolist()


def test_training_stops_when_the_loss_no_longer_falls_by_tol(iris):
    model = quick(tol=1e9, n_iter_no_change=4).fit(*iris)
    assert model.n_iter_ == len(model.loss_curve_) == 5  # the first counts: it fell from infinity


def test_without_convergence_there_is_a_warning(iris):
    with pytest.warns(ConvergenceWarning, match="all 3 epochs"):
        model = quick(max_iter=3, tol=0.0).fit(*iris)
    assert model.n_iter_ == 3


def test_early_stopping_ends_with_the_weights_that_were_best_on_held_out_examples(iris):
    """A learning rate that overshoots: the last weights are not the best."""
    X, y = iris
    model = quick(
        early_stopping=True, validation_fraction=0.3, learning_rate_init=0.3, n_iter_no_change=5
    ).fit(X, y)
    curve = model.validation_loss_curve_
    assert len(curve) == model.n_iter_
    assert model.best_loss_ == min(curve) < curve[-1]
    twin = quick(
        early_stopping=True, validation_fraction=0.3, learning_rate_init=0.3, n_iter_no_change=5,
        max_iter=int(np.argmin(curve)) + 1, tol=0.0,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning):
        twin.fit(X, y)  # stopped right after the best epoch
    assert twin.predict_proba(X).tolist() == model.predict_proba(X).tolist()


def test_without_early_stopping_it_ends_with_the_weights_of_its_best_epoch(iris):
    """At this rate the loss on what is learnt goes up and down."""
    X, y = iris
    model = quick(learning_rate_init=0.3, n_iter_no_change=5).fit(X, y)
    best = int(np.argmin(model.loss_curve_)) + 1
    assert best < model.n_iter_
    with pytest.warns(ConvergenceWarning):
        twin = quick(learning_rate_init=0.3, max_iter=best, tol=0.0).fit(X, y)
    assert twin.predict_proba(X).tolist() == model.predict_proba(X).tolist()


@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor])
def test_a_loss_that_is_not_finite_stops_with_the_reason_and_the_last_good_weights(make, iris):
    X, y = iris
    model = make(16, solver="sgd", learning_rate_init=1e200, random_state=0)
    with pytest.raises(Diverged, match=r"in epoch \d+, batch \d+: the loss is (nan|inf)"):
        model.fit(X, y)
    assert np.isfinite(model.predict(X)).all()
    assert model.n_iter_ == len(model.loss_curve_) == 1  # the first step is one too many


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_a_grid_search_goes_on_after_a_divergence(iris):
    rates = [0.01, 1e200]
    search = GridSearchCV(quick(solver="sgd", tol=1e-2), {"learning_rate_init": rates}, cv=2)
    with pytest.warns(FitFailedWarning, match="the loss is"):
        search.fit(*iris)
    assert search.best_params_ == {"learning_rate_init": 0.01}


def test_partial_fit_is_an_epoch(iris):
    X, y = iris
    parts = quick()
    for _ in range(3):
        parts.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.warns(ConvergenceWarning):
        whole = quick(max_iter=3, tol=0.0).fit(X, y)
    assert parts.n_iter_ == 3
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.predict_proba(X).tolist() == whole.predict_proba(X).tolist()


def test_probabilities_add_up_to_1_however_sure(iris):
    X, y = iris
    model = quick(tol=0.1).fit(X, y)
    probabilities = model.predict_proba(X * 1e6)
    assert np.isfinite(probabilities).all()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(150), rel=1e-14)
    assert (model.classes_[probabilities.argmax(axis=1)] == model.predict(X * 1e6)).all()


@pytest.mark.parametrize(
    ("solver", "rate"),
    [("adam", 0.05), ("adamw", 0.05), ("rmsprop", 0.02), ("adagrad", 0.2), ("sgd", 0.2)],
)
def test_each_solver_learns_xor(solver, rate):
    model = MLPClassifier(
        8, "tanh", solver=solver, learning_rate_init=rate, tol=1e-3, max_iter=2000, random_state=0
    )
    assert model.fit(CORNERS, [0, 1, 1, 0]).predict(CORNERS).tolist() == [0, 1, 1, 0]


def test_weight_decay_keeps_weights_small(iris):
    free = quick(tol=1e-2).fit(*iris)
    held = quick(tol=1e-2, weight_decay=1.0).fit(*iris)
    sizes = [np.linalg.norm(m.model_.layers[0].weight.data) for m in (held, free)]
    assert sizes[0] < 0.9 * sizes[1]


def test_a_learnt_network_goes_on_learning_after_pickling(iris):
    X, y = iris
    model = quick().partial_fit(X, y, classes=[0, 1, 2])
    twin = pickle.loads(pickle.dumps(model))
    model.partial_fit(X, y)
    twin.partial_fit(X, y)
    assert twin.predict_proba(X).tolist() == model.predict_proba(X).tolist()


def test_a_clone_has_the_settings_and_nothing_learnt(iris):
    model = quick(init="he_normal", tol=1.0).fit(*iris)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert not hasattr(twin, "model_")


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"solver": "newton"},
            "solver must be one of adam, adamw, rmsprop, adagrad, sgd, got 'newton'",
        ),
        ({"activation": "rellu"}, "relu"),
        ({"init": "he_norml"}, "did you mean 'he_normal'"),
        ({"learning_rate_init": -1.0}, "at least 0, got -1"),
        ({"weight_decay": -1.0}, "at least 0, got -1"),
        ({"validation_fraction": 1.0}, "between 0 and 1, got 1.0"),
        ({"max_iter": "many"}, "max_iter must be a positive integer, got 'many'"),
        ({"max_iter": 0}, "max_iter must be a positive integer, got 0"),
        ({"batch_size": 0}, "batch_size must be a positive integer, got 0"),
        ({"n_iter_no_change": 0}, "n_iter_no_change must be a positive integer"),
        ({"tol": -1.0}, "tol must be finite and at least 0"),
        ({"learning_rate_init": -0.1}, "learning_rate_init must be finite and at least 0"),
        ({"weight_decay": -0.1}, "weight_decay must be finite and at least 0"),
        ({"hidden_layer_sizes": 2.5}, "a size in hidden_layer_sizes must be a positive integer"),
        ({"hidden_layer_sizes": (5, 0)}, "positive integer, got 0"),
        ({"random_state": -1}, "non-negative integer seed"),
    ],
)
def test_bad_settings_are_refused_when_fitting(iris, settings, says):
    with pytest.raises((TypeError, ValueError), match=says):
        quick(**settings).fit(*iris)


@pytest.mark.parametrize("model", [Perceptron(), quick()])
@pytest.mark.parametrize(
    ("X", "y", "says"),
    [
        ([[1.0], [np.nan]], [0, 1], "NaN"),
        ([[1.0], [2.0]], [0, 1, 1], "inconsistent"),
        (np.empty((0, 2)), [], "0 sample"),
        ([[1.0], [2.0]], [3, 3], "one class, 3: a classifier"),
        ([[1.0], [2.0]], [0.5, 0.7], "continuous"),
    ],
)
def test_bad_data_is_refused(model, X, y, says):
    with pytest.raises(ValueError, match=says):
        clone(model).fit(X, y)


@pytest.mark.parametrize("model", [Perceptron(), quick()])
def test_data_in_parts_must_be_of_the_same_kind(model):
    model = clone(model)
    with pytest.raises(ValueError, match="needs classes="):
        model.partial_fit([[1.0], [2.0]], [0, 1])
    model.partial_fit([[1.0], [2.0]], [0, 1], classes=[0, 1])
    learnt = model.predict([[1.0], [2.0]]).tolist()
    with pytest.raises(ValueError, match=r"outside the classes \[0, 1\]: \[2\]"):
        model.partial_fit([[1.0]], [2])
    with pytest.raises(ValueError, match="classes were"):
        model.partial_fit([[1.0]], [1], classes=[0, 1, 2])
    with pytest.raises(ValueError, match="1 features"):
        model.partial_fit([[1.0, 2.0]], [1])
    assert model.predict([[1.0], [2.0]]).tolist() == learnt


def test_outputs_of_a_regressor_keep_their_number():
    model = MLPRegressor(4, random_state=0).partial_fit([[1.0], [2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"y had shape \(n,\) at first, and now has \(n, 2\)"):
        model.partial_fit([[1.0], [2.0]], [[1.0, 1.0], [2.0, 1.0]])


@pytest.mark.parametrize(
    ("make", "y", "says"),
    [
        (
            MLPClassifier,
            [0, 0, 0, 0, 1, 1, 1, 2],
            "out 1 of 8 examples, so that each of the 3 clas",
        ),
        (MLPClassifier, [0] * 19 + [1], "out 2 of 20 examples, so that each of the 2 classes has"),
        (MLPRegressor, [0.5], "out 1 of 1 examples, so that there is at least one among these"),
    ],
)
def test_too_few_examples_to_hold_some_out_are_refused_before_anything_is_changed(make, y, says):
    """A class with one example, or more classes than are held out."""
    model = make(4, random_state=0, early_stopping=True)
    with pytest.raises(ValueError, match=says):
        model.fit(np.ones((len(y), 2)), y)
    assert not hasattr(model, "model_")


# Where they live ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_nn_has_the_estimators_and_loads_scikit_learn_only_for_them():
    script = (
        "import sys, nn; assert 'sklearn' not in sys.modules; nn.Perceptron; "
        "assert 'sklearn' in sys.modules; nn.MLPClassifier; nn.MLPRegressor"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_scikit_learn_the_error_says_what_to_install():
    script = "import sys, nn; sys.modules['sklearn'] = None; nn.MLPClassifier"
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert "ImportError" in done.stderr
    assert "pip install 'glassgrad[sklearn]'" in done.stderr


@pytest.mark.parametrize(
    "settings", [{"learning_rate_init": -1.0}, {"solver": "?"}, {"activation": "?"}, {"init": "?"}]
)
def test_a_fit_that_is_refused_leaves_the_network_and_its_classes(iris, settings):
    X, y = iris
    model = quick(tol=1.0).fit(X, y)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match=r"must be|unknown|no op"):
        model.set_params(**settings).fit(X, y > 0)
    assert model.predict_proba(X).tolist() == before.tolist()
    assert model.classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize("sizes", [np.int64(3), np.array([3]), (3,)])
def test_sizes_may_be_numpys(iris, sizes):
    """As they are in a grid of np.arange(1, 5)."""
    model = quick(hidden_layer_sizes=sizes, tol=1.0).fit(*iris)
    assert [layer.weight.shape for layer in model.model_] == [(3, 4), (3, 3)]
