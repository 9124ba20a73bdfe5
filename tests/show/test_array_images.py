"""Kernels and feature maps are shown as small images, cell by cell."""

import numpy as np
import pytest

from autograd import Tensor, conv
from autograd.show import draw
from autograd.show.array_images import CELLS, MOST, images


def test_an_image_has_a_cell_for_each_element_as_a_share_of_the_largest():
    x = np.array([[[1.0, -2.0], [4.0, 0.0]], [[0.0, 0.0], [0.0, -4.0]]])
    assert images(x) == (((0.25, -0.5), (1.0, 0.0)), ((0.0, 0.0), (0.0, -1.0)))


@pytest.mark.parametrize("shape", [(2, 9, 3, 3), (1, 1, 12, 12), (4, 3, 8, 8), (7, 2, 2)])
def test_there_are_no_more_cells_than_can_be_looked_at(shape):
    found = images(np.ones(shape))
    assert 1 <= len(found) <= MOST
    assert len(found) * shape[-1] * shape[-2] <= CELLS


@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 13, 3), (2, 1, 9), (0, 3, 3), ()])
def test_what_is_no_picture_has_no_image(shape):
    assert images(np.ones(shape)) == ()


def test_what_is_not_finite_has_no_colour():
    assert images(np.array([[[np.nan, np.inf], [-2.0, 1.0]]])) == (((0.0, 0.0), (-1.0, 0.5)),)


def test_zeros_have_images_without_a_mark():
    assert images(np.zeros((1, 2, 2))) == (((0.0, 0.0), (0.0, 0.0)),)


def test_the_box_of_a_kernel_has_its_images_and_its_operands_names():
    w = Tensor(np.linspace(-1, 1, 36).reshape(4, 1, 3, 3), label="w")
    z = conv(np.ones((1, 1, 6, 6)), w, np.zeros(4), padding=1)
    svg = draw(z).svg
    cells = svg.count('width="6" height="6"')
    assert cells >= 36 - 1  # of the kernels; one element of 36 may round to nothing
    assert all(f">{name}<" in svg for name in ("x", "W", "b", "padding=1 (1, 4, 6, 6)"))
