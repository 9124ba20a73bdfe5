"""Operators of ONNX in the forms that they had in earlier sets: as ONNX Runtime computes them.

What is an operand today, such as the axes of a Squeeze, was an attribute then.
"""

import numpy as np
import pytest
from onnx import helper
from onnx_models import of_node, run

import nn

X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
ONE = X[:, :1]

EARLIER = {
    "Squeeze 11": (11, "Squeeze", ONE, {"axes": [1]}),
    "Squeeze of all 11": (11, "Squeeze", ONE, {}),
    "Unsqueeze 11": (11, "Unsqueeze", X, {"axes": [0, 4]}),
    "ReduceSum 11": (11, "ReduceSum", X, {"axes": [1], "keepdims": 0}),
    "ReduceMean 13": (13, "ReduceMean", X, {"axes": [0, -1]}),
    "ReduceMax 12": (12, "ReduceMax", X, {"keepdims": 0}),
    "ReduceL2 13": (13, "ReduceL2", X, {"axes": [2]}),
    "Slice 9": (9, "Slice", X, {"starts": [0, -3], "ends": [9, -1], "axes": [0, 2]}),
    "Clip 6": (6, "Clip", X, {"min": -0.5, "max": 0.25}),
    "Clip 6 below": (6, "Clip", X, {"min": 0.125}),
    "Pad 2": (10, "Pad", X, {"pads": [0, 1, 0, 0, 0, 2], "value": 0.5}),
    "Split 11": (11, "Split", X, {"axis": 2, "split": [1, 3]}),
    "Softmax 11": (11, "Softmax", X, {}),
    "Softmax 11 over the last": (11, "Softmax", X, {"axis": 2}),
    "LogSoftmax 11": (11, "LogSoftmax", X, {"axis": 0}),
    "Hardmax 11": (11, "Hardmax", X, {"axis": 1}),
    "Dropout 7": (7, "Dropout", X, {"ratio": 0.25}),
    "Dropout 10": (10, "Dropout", X, {"ratio": 0.25}),
    "Flatten 9": (9, "Flatten", X, {"axis": 2}),
    "Gemm 7": (7, "Gemm", (X[0], X[1].T, X[0, :, :3]), {"alpha": 0.5, "beta": 2.0}),
    "BatchNormalization 9": (9, "BatchNormalization", (X, *np.abs(X[:, :, 0].repeat(2, 0))), {}),
    "TopK 1": (9, "TopK", X, {"k": 2}),
    "OneHot 9": (9, "OneHot", (np.array([0, 2]), np.array([3]), X[0, 0, :2]), {}),
    "Cast 9": (9, "Cast", X, {"to": 11}),
    "Upsample 7": (7, "Upsample", X[None], {"scales": [1.0, 1.0, 2.0, 1.5], "mode": "nearest"}),
    "Upsample 9": (9, "Upsample", (X[None], np.float32([1, 1, 2, 2])), {"mode": "linear"}),
    "Resize 10": (10, "Resize", (X[None], np.float32([1, 1, 0.5, 2])), {"mode": "linear"}),
    "LRN 1": (11, "LRN", X[None], {"size": 3, "alpha": 0.5}),
    "AveragePool 7": (7, "AveragePool", X, {"kernel_shape": [2], "pads": [1, 0]}),
    "MaxPool 8": (8, "MaxPool", X, {"kernel_shape": [2], "strides": [2]}),
    "Gather 1": (7, "Gather", (X, np.array([2, 0])), {"axis": 1}),
}


@pytest.mark.parametrize("name", EARLIER)
def test_an_earlier_form_is_that_of_onnx(name):
    version, kind, given, attributes = EARLIER[name]
    given = given if isinstance(given, tuple) else (given,)
    names = [f"x{k}" for k in range(len(given))]
    outputs = ["y", "z"] if kind in ("Split", "TopK") else ["y"]
    node = helper.make_node(kind, names, outputs, **attributes)
    inputs = dict(zip(names, given, strict=True))
    output = 11 if kind == "Cast" else 1
    made = of_node(node, inputs, version=max(version, 7), output=output)
    expected = run(made, inputs)
    y = nn.from_onnx(made)(*given).data
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
