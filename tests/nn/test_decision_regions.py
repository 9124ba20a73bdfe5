"""Decision regions of any classifier of two features: each point of the plane has its class."""

from types import SimpleNamespace

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn.diagnostics.plots import decision_regions

POINTS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
SQUARE = ((-2.0, 2.0), (-1.0, 1.0))


def shown(figure):
    """The colours of the plane, by row from the bottom."""
    (image,) = figure.axes[0].images
    return np.asarray(image.get_array())


def names(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def regions(figure):
    return len(np.unique(shown(figure).reshape(-1, 3), axis=0))


def test_each_point_has_the_colour_of_its_class():
    figure = decision_regions(lambda points: points[:, 0], limits=SQUARE, resolution=11)
    colours = shown(figure)
    assert (colours == colours[0]).all()  # nothing changes with the second feature
    same_as_left = (colours[0] == colours[0, 0]).all(axis=-1)
    assert same_as_left.tolist() == [True] * 6 + [False] * 5  # 0 isn't above 0
    assert names(figure) == ["class 0", "class 1"]


@pytest.mark.parametrize(
    ("classifier", "expected"),
    [
        pytest.param(lambda p: np.stack([p[:, 0], p[:, 1], 0 * p[:, 0]], 1), "012", id="scores"),
        pytest.param(lambda p: Tensor(p) @ np.array([[1.0], [1.0]]), "01", id="one score"),
        pytest.param(lambda p: p[:, 0] > p[:, 1], ["False", "True"], id="booleans"),
        pytest.param(lambda p: np.where(p[:, 0] > 0, "red", "blue"), ["blue", "red"], id="names"),
        pytest.param(
            SimpleNamespace(predict=lambda p: np.where(p[:, 0] > 0, 2.0, 5.0)),
            ["2.0", "5.0"],
            id="estimator",
        ),
    ],
)
def test_any_classifier_will_do(classifier, expected):
    figure = decision_regions(classifier, limits=SQUARE, resolution=20)
    assert names(figure) == [f"class {name}" for name in expected]
    assert regions(figure) == len(expected)


def test_a_network_and_estimators_are_classifiers():
    network = nn.MLP([2, 4, 3], seed=0)
    assert "class 2" in names(decision_regions(network, POINTS))
    perceptron = nn.train_perceptron(POINTS, [-1, -1, 1, 1])
    assert names(decision_regions(perceptron, POINTS, [-1, -1, 1, 1])) == ["class -1", "class 1"]


def test_examples_are_drawn_by_their_labels_and_wrong_ones_have_a_ring():
    figure = decision_regions(lambda points: points[:, 0], POINTS, [-1, 1, 1, 1])
    minus, plus, wrong = figure.axes[0].collections[-3:]
    assert minus.get_offsets().tolist() == POINTS[:1].tolist()
    assert plus.get_offsets().tolist() == POINTS[1:].tolist()
    assert wrong.get_offsets().tolist() == POINTS[1:2].tolist()
    assert names(figure) == ["class -1", "class 1", "wrong"]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((len, np.zeros((3, 4))), ValueError, r"two features, of shape \(n, 2\), got \(3, 4\)"),
        ((np.sin, POINTS, [1, 2]), ValueError, "label for each of 4 examples"),
        ((np.sum, POINTS), ValueError, "a label or scores for each of 40000 points"),
        ((3, POINTS), TypeError, "must be a function, or have a method predict, got an int"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, error, says):
    with pytest.raises(error, match=says):
        decision_regions(*arguments)
