"""ONNX models of few operators, made by hand, and ONNX Runtime to run any."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import nn

X = np.ones((2, 3), np.float32)


def described(name, array):
    kind = helper.np_dtype_to_tensor_dtype(np.asarray(array).dtype)
    return helper.make_tensor_value_info(name, kind, np.shape(array))


def of_node(node, inputs, *, version=20, domain="", arrays=(), output=TensorProto.FLOAT):
    """Return a model of one node; ``inputs`` and ``arrays`` are dictionaries of arrays."""
    return of_nodes([node], inputs, version=version, domain=domain, arrays=arrays, output=output)


def of_nodes(nodes, inputs, *, version=20, domain="", arrays=(), output=TensorProto.FLOAT):
    graph = helper.make_graph(
        nodes,
        "made",
        [described(name, array) for name, array in inputs.items()],
        [helper.make_tensor_value_info(nodes[-1].output[0], output, None)],
        [numpy_helper.from_array(np.asarray(a), name) for name, a in dict(arrays).items()],
    )
    sets = [helper.make_opsetid(domain, version)]
    return helper.make_model(graph, opset_imports=sets, ir_version=10)


def run(made, inputs):
    """Return the first output of a model, computed by ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    content = made.SerializeToString()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def refused(model, *inputs):
    """Return what is said of a model that is refused, when it is read or when it is called."""
    with pytest.raises(ValueError, match=r".") as caught:
        nn.from_onnx(model)(*inputs)
    return str(caught.value)


def with_weight(tensor, **more):
    """Return a model that multiplies x by a weight of its file."""
    tensor.name = "w"
    made = of_node(helper.make_node("Mul", ["x", "w"], ["y"]), {"x": X}, **more)
    made.graph.initializer.append(tensor)
    return made
