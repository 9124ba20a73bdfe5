"""Weights in files beside an ONNX model: they are read from its folder, and from nowhere else."""

import os

import numpy as np
import pytest
from onnx import TensorProto
from onnx_models import X, refused, with_weight

import nn


def beside(location, *, offset=None, length=None):
    """A model whose weight, of 12 bytes, is in another file."""
    tensor = TensorProto(dims=[3], data_type=1, data_location=TensorProto.EXTERNAL)
    said = {"location": location, "offset": offset, "length": length}
    for key, value in said.items():
        if value is not None:
            tensor.external_data.add(key=key, value=str(value))
    return with_weight(tensor)


@pytest.fixture
def folder(tmp_path):
    """A folder with weights in it, and others beside it."""
    inside = tmp_path / "inside"
    (inside / "more").mkdir(parents=True)
    numbers = np.arange(4, dtype="<f4").tobytes()
    for place in ("weights", "more/weights", "../outside"):
        (inside / place).write_bytes(numbers)
    return inside


def saved(model, folder):
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return folder / "model.onnx"


@pytest.mark.parametrize("location", ["weights", "more/weights", "./weights"])
def test_weights_in_the_folder_of_a_model_are_read(location, folder):
    model = nn.from_onnx(saved(beside(location, offset=4, length=12), folder))
    np.testing.assert_array_equal(model(X).data[0], [1, 2, 3])


@pytest.mark.parametrize(
    ("location", "more", "why"),
    [
        ("../outside", {}, "without '..'"),
        ("more/../../outside", {}, "without '..'"),
        ("", {}, "must be a file beside the model's"),
        ("..\\outside", {}, "without '..'"),
        ("C:\\windows\\weights", {}, "must be a file beside"),
        ("/etc/hostname", {}, "must be a file beside"),
        ("none", {}, "isn't there"),
        ("a\0b", {}, "isn't there"),
        ("more", {}, "leads out of"),
        ("n" * 5000, {}, "isn't there"),
        ("weights", {"offset": 5}, "has 16 bytes, and 12 from 5 on"),
        ("weights", {"offset": -4}, "its offset must be a whole number"),
        ("weights", {"offset": "1e3"}, "its offset must be a whole number"),
        ("weights", {"offset": 2**70}, "its offset must be a whole number"),
        ("weights", {"length": 13}, "takes 12 bytes, got a length of 13"),
    ],
)
def test_weights_elsewhere_are_refused(location, more, why, folder):
    said = refused(saved(beside(location, **more), folder))
    assert why in said
    assert "the array 'w'" in said


def test_a_link_out_of_the_folder_is_refused(folder):
    (folder / "link").symlink_to(folder.parent / "outside")
    (folder / "linked").symlink_to(folder.parent)
    for location in ("link", "linked/outside"):
        assert "leads out of the model's folder" in refused(saved(beside(location), folder))


def test_a_circle_of_links_is_refused(folder):
    (folder / "one").symlink_to(folder / "two")
    (folder / "two").symlink_to(folder / "one")
    assert "isn't there" in refused(saved(beside("one"), folder))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only a Unix has named pipes")
def test_what_is_no_file_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe")
    assert "leads out of" in refused(saved(beside("pipe"), folder))


def test_weights_beside_a_file_need_its_path():
    assert "give from_onnx the path" in refused(beside("weights").SerializeToString())
