"""Images of a layer's weights and gradients."""

import numpy as np
import pytest

import nn
from nn.diagnostics.plots import weights


def sheets(figure):
    """The images by title, without the colour bars."""
    return {a.get_title(): np.ma.getdata(a.images[0].get_array()) for a in figure.axes if a.images}


def test_a_matrix_has_a_row_for_each_unit():
    layer = nn.Linear(3, 5, rng=0)
    shown = sheets(weights(layer))
    assert shown["weights, 5 × 3"].tolist() == layer.weight.data.tolist()
    assert len(shown) == 1  # there are no gradients yet


def test_gradients_are_beside_their_weights():
    layer = nn.Linear(3, 2, rng=0)
    layer(np.array([1.0, -2.0, 0.5])).sum().backward()
    shown = sheets(weights(layer))
    assert shown["∂L/∂weights, 2 × 3"].tolist() == [[1.0, -2.0, 0.5]] * 2


def test_units_of_pixels_are_images_side_by_side():
    pixels = np.arange(3 * 64.0).reshape(3, 64)
    figure = weights(pixels)
    sheet = sheets(figure)["weights of 3 units, 8 × 8"]
    for k, (row, column) in enumerate([(0, 0), (0, 9), (9, 0)]):
        assert sheet[row : row + 8, column : column + 8].ravel().tolist() == pixels[k].tolist()
    assert np.isnan(sheet[8]).all()
    assert [text.get_text() for text in figure.axes[0].texts] == ["0", "1", "2"]


def test_a_shape_can_be_asked_for():
    shown = sheets(weights(np.ones((1, 6)), shape=(2, 3)))
    assert shown["weights of 1 units, 2 × 3"].tolist() == [[1.0] * 3] * 2


def test_zero_is_white_and_the_scale_is_symmetric():
    (panel, *_) = weights([[1.0, -4.0]]).axes
    image = panel.images[0]
    assert image.get_clim() == (-4.0, 4.0)
    assert image.cmap(image.norm(0.0))[:3] == pytest.approx((1, 1, 1), abs=0.01)


def test_a_model_of_values_is_drawn_too():
    layer = nn.MLP([2, 3], seed=0)
    numbers = layer.scalars()
    numbers([1.0, 2.0])[0].backward()
    shown = sheets(weights(numbers.layers[0]))
    assert shown["weights, 3 × 2"].tolist() == layer.layers[0].weight.data.tolist()
    gradient = shown["∂L/∂weights, 3 × 2"]
    assert gradient[0].tolist() == [1.0, 2.0]
    assert np.isnan(gradient[1:]).all()  # no gradient has arrived there


@pytest.mark.parametrize(
    ("layer", "shape", "error", "says"),
    [
        (nn.MLP([2, 3]), None, TypeError, "must have a weight of shape .*, got an MLP"),
        (np.ones(3), None, ValueError, r"got shape \(3,\)"),
        (np.ones((2, 6)), (2, 2), ValueError, r"product is 6, got \(2, 2\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(layer, shape, error, says):
    with pytest.raises(error, match=says):
        weights(layer, shape=shape)
