"""Weights as safetensors: read back by that format's own library, and by hand."""

import json
import struct
from fractions import Fraction

import numpy as np
import pytest

import nn


def test_a_file_holds_the_state_dict_as_the_format_says(tmp_path):
    """Eight bytes of length, a JSON header, then the arrays: read here by hand."""
    model = nn.MLP([2, 3, 1], seed=0)
    content = nn.save_weights(model, tmp_path / "mlp.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    start, end = header["layers.0.weight"]["data_offsets"]
    numbers = np.frombuffer(content[8 + length :][start:end]).reshape(3, 2)
    np.testing.assert_array_equal(numbers, model.layers[0].weight.data)


def test_a_model_and_its_scalars_share_a_file(tmp_path):
    model, other = nn.MLP([2, 3, 1], seed=0), nn.MLP([2, 3, 1], seed=1)
    nn.load_weights(other, nn.save_weights(model.scalars(), tmp_path / "mlp.safetensors"))
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name], array)


@pytest.mark.parametrize("content", [b"", b"not weights", b"\xff" * 64])
def test_what_is_no_such_file_is_refused(tmp_path, content):
    (tmp_path / "torn").write_bytes(content)
    with pytest.raises(ValueError, match="no sound safetensors file"):
        nn.load_weights(nn.MLP([2, 3, 1]), tmp_path / "torn")


def test_weights_of_another_model_change_nothing(tmp_path):
    path = nn.save_weights(nn.MLP([2, 4, 1], seed=0), tmp_path / "other")
    model = nn.MLP([2, 3, 1], seed=0)
    before = model.state_dict()
    with pytest.raises(ValueError, match=r"nothing was loaded.*layers\.0\.weight"):
        nn.load_weights(model, path)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_only_a_module_can_load_weights(tmp_path):
    path = nn.save_weights(nn.MLP([2, 3, 1]), tmp_path / "w")
    with pytest.raises(TypeError, match=r"expected an nn\.Module, got 3"):
        nn.load_weights(3, path)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtypes_are_kept(tmp_path, dtype):
    model, other = (nn.MLP([2, 3, 1], seed=seed, dtype=dtype) for seed in (0, 1))
    nn.load_weights(other, nn.save_weights(model, tmp_path / "w"))
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert one.dtype == two.dtype == dtype
        np.testing.assert_array_equal(one.data, two.data)


def test_what_cannot_be_written_is_refused(tmp_path):
    model = nn.MLP([2, 3, 1])
    with pytest.raises(FileNotFoundError, match=r"no folder .* to write w to: make it first"):
        nn.save_weights(model, tmp_path / "no such folder" / "w")
    exact = model.scalars()
    exact.layers[0].bias[0].data = Fraction(1, 3)
    with pytest.raises(TypeError, match=r"real numbers of NumPy's dtypes, got \{'object'\}"):
        nn.save_weights(exact, tmp_path / "w")
    assert list(tmp_path.iterdir()) == []
