"""Sound ONNX files, changed at random: they are read and run, or refused by a ValueError."""

import numpy as np
import onnx
import pytest
import torch
from torch_networks import NETWORKS, exported

import nn
from nn.interchange.onnx_import_operators import OPERATORS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning"),
]

KINDS = [kind for domain, kind in OPERATORS if domain == ""]
NUMBERS = [0, 1, -1, 2, 3, 7, 100, 2**16, 10**6, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63)]
FLOATS = [0.0, 1.0, -1.0, 1e30, np.nan, np.inf, -np.inf]
TEXTS = [b"", b"VALID", b"SAME_UPPER", b"\xff", b"reflect", b"ij,jk->ik", b"ij->i...", b"reverse"]


@pytest.fixture(scope="module")
def files():
    return [exported(name, torch.float32, dynamo=False) for name in NETWORKS]


def chosen(rng, found):
    return found[int(rng.integers(len(found)))]


def changed_bytes(rng, content):
    """Return a file in which some bytes are others, gone or new."""
    found = bytearray(content)
    for _ in range(rng.integers(1, 8)):
        at = int(rng.integers(len(found)))
        match int(rng.integers(5)):
            case 0:
                found[at] = int(rng.integers(256))
            case 1:
                found[at] ^= 1 << int(rng.integers(8))
            case 2:
                del found[at : at + int(rng.integers(1, 9))]
            case 3:
                found[at:at] = rng.bytes(int(rng.integers(1, 9)))
            case 4:
                found[at : at + 8] = found[-8:]
    return bytes(found)


def changed_parts(rng, content):
    """Return a model in which a node, an attribute, an array or an input is another."""
    model = onnx.ModelProto.FromString(content)
    for _ in range(rng.integers(1, 4)):
        graph = model.graph
        node = chosen(rng, graph.node)
        match int(rng.integers(10)):
            case 0:
                node.op_type = chosen(rng, KINDS)
            case 1 if node.attribute:
                change_attribute(rng, chosen(rng, node.attribute))
            case 2 if node.attribute:
                node.attribute.remove(chosen(rng, node.attribute))
            case 3:
                change_array(rng, chosen(rng, graph.initializer))
            case 4 if node.input:
                del node.input[int(rng.integers(len(node.input))) :]
            case 5 if node.input:
                names = [name for each in graph.node for name in each.output]
                node.input[int(rng.integers(len(node.input)))] = chosen(rng, names)
            case 6:
                lengths = chosen(rng, graph.input).type.tensor_type.shape.dim
                chosen(rng, lengths).dim_value = chosen(rng, [0, 1, 3, 5, 2**40])
            case 7:
                kind = chosen(rng, [1, 6, 7, 9, 10, 11])
                chosen(rng, graph.input).type.tensor_type.elem_type = kind
            case 8:
                model.opset_import[0].version = chosen(rng, [7, 9, 11, 13, 17, 23])
            case 9:
                graph.node.remove(node)
    return model


def change_attribute(rng, attribute):
    if attribute.type == onnx.AttributeProto.INT:
        attribute.i = chosen(rng, NUMBERS)
    elif attribute.type == onnx.AttributeProto.FLOAT:
        attribute.f = chosen(rng, FLOATS)
    elif attribute.type == onnx.AttributeProto.STRING:
        attribute.s = chosen(rng, TEXTS)
    elif attribute.type == onnx.AttributeProto.INTS and attribute.ints:
        attribute.ints[int(rng.integers(len(attribute.ints)))] = chosen(rng, NUMBERS)
    elif attribute.type == onnx.AttributeProto.TENSOR:
        change_array(rng, attribute.t)


def change_array(rng, tensor):
    if tensor.data_type == onnx.TensorProto.INT64 and tensor.raw_data:
        numbers = np.frombuffer(tensor.raw_data, "<i8").copy()
        numbers[int(rng.integers(len(numbers)))] = chosen(rng, NUMBERS)
        tensor.raw_data = numbers.tobytes()
    elif rng.random() < 0.5 and tensor.dims:
        tensor.dims[int(rng.integers(len(tensor.dims)))] = chosen(rng, NUMBERS)
    else:
        tensor.data_type = chosen(rng, [0, 1, 6, 7, 8, 9, 10, 11, 16, 99])


def outcome(content):
    """Return how far a file comes; an error that isn't a ValueError goes on."""
    try:
        model = nn.from_onnx(content)
    except ValueError as error:
        return "refused when read" if str(error) else "without a word"
    (given,) = model._inputs
    shape = [n if isinstance(n, int) else 2 for n in given.shape]
    if np.prod(shape, dtype=float) > 1e6:
        return "too large for a test"
    try:
        model(np.ones(shape, given.dtype))
    except ValueError as error:
        return "refused when called" if str(error) else "without a word"
    return "computed"


@pytest.mark.parametrize(("changed", "count"), [(changed_bytes, 3000), (changed_parts, 1000)])
def test_a_file_that_was_changed_is_computed_or_refused_in_words(changed, count, files):
    rng = np.random.default_rng(0)
    found = [outcome(changed(rng, chosen(rng, files))) for _ in range(count)]
    assert "without a word" not in found
    assert {"refused when read", "computed"} <= set(found)
