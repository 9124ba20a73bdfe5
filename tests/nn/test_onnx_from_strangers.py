"""ONNX files may be strangers': what isn't sound is refused in words, before memory is taken."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import X, of_node, of_nodes, refused, with_weight

import nn
from autograd import AnomalyError, Tensor, detect_anomaly
from autograd.extend import topological_order

SHAPE = np.array([2**40, 2**22], np.int64)


def a_model():
    return nn.to_onnx(nn.MLP([3, 4, 2], "tanh", seed=0), np.ones((1, 3)))


# Files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x00" * 64, b"PK\x03\x04"])
def test_what_is_no_onnx_file_is_refused(content, tmp_path):
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    assert "it is no ONNX file" in refused(file)
    assert "model.onnx" in refused(str(file))


def test_a_file_that_was_cut_is_refused():
    content = a_model().SerializeToString()
    for length in range(0, len(content), 31):
        refused(content[:length])


def test_a_file_that_is_not_there_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.from_onnx(tmp_path / "none.onnx")


def test_something_else_is_a_typeerror():
    with pytest.raises(TypeError, match=r"a path, bytes or an onnx\.ModelProto, got a list"):
        nn.from_onnx([1])


def test_a_model_is_read_from_a_path_bytes_and_a_proto(tmp_path):
    made = a_model()
    onnx.save(made, tmp_path / "model.onnx")
    for given in (tmp_path / "model.onnx", made.SerializeToString(), made):
        assert nn.from_onnx(given)(X).shape == (2, 2)


def test_reading_changes_nothing_of_a_proto():
    made = a_model()
    before = made.SerializeToString()
    nn.from_onnx(made)(X)
    assert made.SerializeToString() == before


# Operators ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("NonZero", "the shape of its result depends on the data"),
        ("If", "which branch is taken depends on the data"),
        ("Loop", "how often it is computed depends on the data"),
        ("Scan", "how often it is computed depends on the data"),
        ("Unique", "the shape of its result depends on the data"),
        ("DFT", "isn't among the operators that are read"),
        ("NoSuchThing", "isn't among the operators that are read"),
    ],
)
def test_an_operator_that_is_not_read_is_named_with_its_node(kind, why):
    node = helper.make_node(kind, ["x"], ["y"], name="the/node")
    said = refused(of_node(node, {"x": X}))
    assert f"{kind} ('the/node')" in said
    assert why in said


def test_a_domain_that_is_not_read_is_named():
    node = helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")
    said = refused(of_node(node, {"x": X}, domain="com.microsoft", version=1))
    assert "Gelu ('y'): the domain 'com.microsoft' isn't read" in said


@pytest.mark.parametrize("version", [1, 6, 99, 2**62, -1])
def test_a_set_of_operators_that_is_not_read_is_refused(version):
    node = helper.make_node("Relu", ["x"], ["y"])
    assert f"the set of operators {version}" in refused(of_node(node, {"x": X}, version=version))


def test_an_operator_that_the_set_has_not_is_refused():
    node = helper.make_node("Gelu", ["x"], ["y"])
    assert "Gelu ('y'): the set of operators 13 hasn't got it" in refused(
        of_node(node, {"x": X}, version=13)
    )


def test_functions_of_the_files_own_are_refused():
    made = a_model()
    made.functions.add().name = "mine"
    assert "functions of the file's own aren't read: it has mine" in refused(made)


def test_what_the_outputs_do_not_need_may_be_anything():
    nodes = [helper.make_node("NonZero", ["x"], ["z"]), helper.make_node("Relu", ["x"], ["y"])]
    assert nn.from_onnx(of_nodes(nodes, {"x": X}))(X).shape == X.shape


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"mine": 1}, "no attribute 'mine'"),
        ({"alpha": 1}, "its attribute 'alpha' isn't of the type FLOAT"),
    ],
)
def test_an_attribute_that_an_operator_has_not_is_refused(attributes, why):
    node = helper.make_node("Elu", ["x"], ["y"], **attributes)
    assert why in refused(of_node(node, {"x": X}))


def test_an_attribute_that_is_missing_or_twice_is_refused():
    assert "its attribute 'axis' is missing" in refused(
        of_node(helper.make_node("Concat", ["x"], ["y"]), {"x": X})
    )
    node = helper.make_node("Elu", ["x"], ["y"], alpha=1.0)
    node.attribute.append(node.attribute[0])
    assert "or has it twice" in refused(of_node(node, {"x": X}))


@pytest.mark.parametrize("inputs", [[], ["x", "x", "x"], [""]])
def test_operands_that_an_operator_has_not_are_refused(inputs):
    said = refused(of_node(helper.make_node("Relu", inputs, ["y"]), {"x": X}))
    assert "Relu ('y')" in said


# Graphs -------------------------------------------------------------------------------------------


def relu(given, found):
    return helper.make_node("Relu", [given], [found])


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ([relu("nowhere", "y")], r"Relu ('y') takes 'nowhere', which nothing before it gives"),
        ([relu("b", "a"), relu("a", "b")], "takes 'b', which nothing before it gives"),
        ([relu("y", "y")], "takes 'y', which nothing before it gives"),
        ([relu("x", "y"), relu("y", "y")], "gives 'y', which is there already"),
        ([relu("x", "x")], "gives 'x', which is there already"),
    ],
    ids=["dangling", "circle", "own", "twice", "input"],
)
def test_a_graph_that_is_not_sound_is_refused(nodes, why):
    assert why in refused(of_nodes(nodes, {"x": X}))


def test_an_output_that_nothing_gives_is_refused():
    made = of_node(relu("x", "y"), {"x": X})
    made.graph.output[0].name = "z"
    assert "nothing gives the output 'z'" in refused(made)
    del made.graph.output[:]
    assert "it has no output" in refused(made)


def test_a_text_that_is_not_utf8_is_refused():
    content = of_node(relu("x", "y"), {"x": X}).SerializeToString()
    assert "isn't UTF-8" in refused(content.replace(b"Relu", b"\xff\xfe\xfd\xfc"))


def test_what_is_said_of_a_file_does_not_disturb_a_console():
    node = helper.make_node("No\x1b[2J\nSuch\x00", ["x"], ["y"], name="\r" + "n" * 10_000)
    said = refused(of_node(node, {"x": X}))
    assert said.isprintable()
    assert len(said) < 500


def test_a_deep_graph_is_read():
    nodes = [relu(f"y{k}" if k else "x", f"y{k + 1}") for k in range(1500)]
    assert nn.from_onnx(of_nodes(nodes, {"x": X}))(X).shape == X.shape


# Arrays -------------------------------------------------------------------------------------------


def of_bytes(dims, content=b"\x00" * 12, kind=TensorProto.FLOAT):
    return TensorProto(dims=dims, data_type=kind, raw_data=content)


@pytest.mark.parametrize(
    ("tensor", "why"),
    [
        (of_bytes([4]), "takes 16 bytes, got 12"),
        (of_bytes([2**40]), "bytes, got 12"),
        (of_bytes([2**62, 2**62]), "85070591730234615865843651857942052864 bytes, got 12"),
        (of_bytes([-3]), "lengths must be at least 0"),
        (of_bytes([2**31, 2**31, 0]), "takes 0 bytes, got 12"),
        (of_bytes([1] * 40 + [3]), "at most 32 axes"),
        (of_bytes([3], kind=TensorProto.BFLOAT16), "the dtype BFLOAT16 isn't read"),
        (of_bytes([3], kind=TensorProto.STRING), "the dtype STRING isn't read"),
        (of_bytes([3], kind=99), "the dtype number 99 isn't read"),
        (TensorProto(dims=[3], data_type=1, float_data=[1.0]), "takes 3 numbers, got 1"),
        (TensorProto(dims=[1], data_type=3, int32_data=[300]), "a number isn't of int8"),
        (TensorProto(dims=[1], data_type=10, int32_data=[-1]), "a number isn't of float16"),
        (TensorProto(dims=[2**50], data_type=1), "numbers, got 0"),
    ],
)
def test_an_array_that_is_not_what_it_declares_is_refused(tensor, why):
    said = refused(with_weight(tensor))
    assert "the array 'w'" in said
    assert why in said


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint64", "bool"])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_an_array_is_read_in_either_form(dtype, as_bytes):
    expected = np.array([[0, 1], [1, 0]], dtype)
    made = helper.make_tensor(
        "w", helper.np_dtype_to_tensor_dtype(expected.dtype), (2, 2), expected
    )
    made = numpy_helper.from_array(expected, "w") if as_bytes else made
    kind = helper.np_dtype_to_tensor_dtype(expected.dtype)
    node = helper.make_node("Identity", ["w"], ["y"])
    model = of_node(node, {}, output=kind)
    model.graph.initializer.append(made)
    y = nn.from_onnx(model)()
    y = y.data if isinstance(y, Tensor) else y
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, expected)


# What would take much memory ----------------------------------------------------------------------


def doubled(count):
    nodes = [helper.make_node("Concat", ["x", "x"], ["y0"], axis=0)]
    for k in range(count):
        nodes.append(helper.make_node("Concat", [f"y{k}", f"y{k}"], [f"y{k + 1}"], axis=0))
    return of_nodes(nodes, {"x": X})


LARGE = {
    "ConstantOfShape": ([("shape", SHAPE)], {}),
    "Expand": ([("one", np.float32([1])), ("shape", SHAPE)], {}),
    "Tile": ([("one", np.float32([[1]])), ("shape", SHAPE)], {}),
    "Range": ([("a", np.int64(0)), ("b", np.int64(2**60)), ("c", np.int64(1))], {}),
    "Pad": ([("one", np.float32([1])), ("pads", np.int64([2**50, 0]))], {}),
    "OneHot": ([("at", np.int64([0])), ("n", np.int64(2**50)), ("v", np.float32([0, 1]))], {}),
    "MatMul": ([("a", np.ones((2**15, 1), "f4")), ("b", np.ones((1, 2**15), "f4"))], {}),
    "Gemm": ([("a", np.ones((2**15, 1), "f4")), ("b", np.ones((1, 2**15), "f4"))], {}),
    "Add": ([("a", np.ones((2**15, 1), "f4")), ("b", np.ones((1, 2**15), "f4"))], {}),
    "Where": ([("c", np.ones((2**15, 1), bool)), ("a", np.ones(2**15, "f4")), ("b", X[0, :1])], {}),
    "Einsum": ([("a", np.ones(2**15, "f4")), ("b", np.ones(2**15, "f4"))], {"equation": "i,j->ij"}),
    "Gather": ([("a", np.ones((1, 2**15), "f4")), ("b", np.zeros(2**15, "i8"))], {}),
    "MaxPool": (
        [("a", np.ones((1, 1, 4), "f4"))],
        {"kernel_shape": [2], "pads": [2**40, 0]},
    ),
    "Conv": (
        [("a", np.ones((1, 1, 4), "f4")), ("b", np.ones((1, 1, 1), "f4"))],
        {"pads": [2**62, 2**62]},
    ),
    "ConvTranspose": (
        [("a", np.ones((1, 1, 4), "f4")), ("b", np.ones((1, 1, 1), "f4"))],
        {"strides": [2**40]},
    ),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_result_of_too_many_numbers_is_refused(kind):
    arrays, attributes = LARGE[kind]
    node = helper.make_node(kind, [name for name, _ in arrays], ["y"], **attributes)
    said = refused(of_node(node, {}, arrays=dict(arrays)))
    assert f"{kind} ('y')" in said
    assert "numbers" in said or "length" in said


def test_a_model_that_doubles_is_stopped(monkeypatch):
    monkeypatch.setattr("nn.interchange.onnx_import_step.MOST_NUMBERS", 2**16)
    assert "more than 65536 numbers" in refused(doubled(60), X)


# Inputs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (np.ones((2, 4)), r"the input x \(batch, 3\) got the shape \(2, 4\)"),
        (np.ones(3), r"the input x \(batch, 3\) got the shape \(3,\)"),
        (np.ones((2, 3), complex), r"the input x \(batch, 3\) takes float64, got complex128"),
        (np.array([["a", "b", "c"]]), "takes float64, got <U1"),
    ],
)
def test_an_input_that_does_not_suit_is_refused(given, why):
    with pytest.raises(ValueError, match=why):
        nn.from_onnx(a_model())(given)


def test_an_integer_that_is_too_large_for_a_dtype_is_refused():
    made = of_node(relu("x", "y"), {"x": np.int8([1, 2])}, output=TensorProto.INT8)
    np.testing.assert_array_equal(nn.from_onnx(made)([3, -4]), [3, 0])
    assert "takes int8, got int64" in refused(made, [3, 300])


@pytest.mark.parametrize(("given", "named"), [((), {}), ((X, X), {}), ((), {"z": X})])
def test_another_number_of_inputs_is_a_typeerror(given, named):
    with pytest.raises(TypeError, match=r"this model takes x \(batch, 3\); got"):
        nn.from_onnx(a_model())(*given, **named)


def test_an_input_may_be_given_by_name():
    model = nn.from_onnx(a_model())
    np.testing.assert_array_equal(model(x=X).data, model(X).data)


def test_an_operation_that_refuses_its_operands_is_named():
    made = of_nodes([helper.make_node("MatMul", ["x", "w"], ["y"], name="layer/MatMul")], {"x": X})
    made.graph.initializer.append(numpy_helper.from_array(np.ones((5, 2), np.float32), "w"))
    assert "MatMul ('layer/MatMul'): " in refused(made, X)


# What a file says of a program --------------------------------------------------------------------


def with_metadata(**said):
    node = helper.make_node("Relu", ["x"], ["y"], name="outer/inner/Relu")
    for key, value in said.items():
        node.metadata_props.add(key=f"pkg.torch.onnx.{key}", value=value)
    return of_node(node, {"x": X})


def the_node(model):
    (node,) = topological_order(nn.from_onnx(model)(Tensor(X, dtype="float32")))[-1:]
    return node


def test_a_source_that_a_file_names_is_shown_and_never_opened(tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("password = 1\n", "utf-8")
    trace = f'File "{secret}", line 1, in forward\n    return x.relu()'
    node = the_node(with_metadata(stack_trace=trace))
    assert node.source == f"{secret}:1"
    assert node.note.code == "return x.relu()"


def test_the_innermost_line_that_is_no_librarys_is_the_source():
    trace = (
        'File "/home/me/net.py", line 3, in forward\n    return self.f(x)\n'
        'File "/usr/lib/python3.11/site-packages/torch/nn/f.py", line 9, in f\n    return x'
    )
    assert the_node(with_metadata(stack_trace=trace)).source == "/home/me/net.py:3"


@pytest.mark.parametrize(
    ("scopes", "region"),
    [
        ("['', 'layers.0', 'layers.0.norm', 'relu']", "onnxmodel/layers/0/norm"),
        ("['', 'a', 'b']", "onnxmodel/a"),
        ("[]", "onnxmodel"),
        ("__import__('os').system('x')", "onnxmodel/os"),
        ("'" * 100_000, "onnxmodel"),
        ("'\\" * 100_000, None),
        ("['a/../b', '\x1b[2J', 'c']", None),
        (str([f"{'m.' * k}m" for k in range(1000)]), None),
    ],
)
def test_scopes_are_read_as_text(scopes, region):
    found = the_node(with_metadata(name_scopes=scopes)).region
    assert region in (None, found)
    assert found.isprintable()
    assert found.count("/") <= 16


def test_without_scopes_the_name_of_a_node_says_its_region():
    assert the_node(with_metadata()).region == "onnxmodel/outer/inner"


def as_length(length):
    """A length as protobuf writes it."""
    found = []
    while length > 127:
        found.append(length & 127 | 128)
        length >>= 7
    return bytes([*found, length])


def nested(levels):
    """The bytes of a model with a graph in an attribute of a node of a graph, and so on."""
    content = b""
    for field in [6, 5, 1] * levels:  # the graph of an attribute, that of a node, that of a graph
        content = bytes([field << 3 | 2]) + as_length(len(content)) + content
    return bytes([7 << 3 | 2]) + as_length(len(content)) + content


@pytest.mark.parametrize("levels", [1, 20, 1000])
def test_graphs_inside_graphs_are_refused_at_any_depth(levels):
    refused(nested(levels))


def test_a_bad_number_is_found_in_an_imported_model():
    """An operation's ValueError is given its name; that of a nan passes as it is."""
    made = of_node(helper.make_node("Log", ["x"], ["y"], name="part/Log"), {"x": X})
    model = nn.from_onnx(made)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"onnxmodel/part"):
        model(Tensor(-X, dtype="float32")).sum().backward()
