"""Nodes as another engine recorded them: shown, walked and kept like ours, differentiated once."""

import copy
import pickle

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, draw, grad, jvp, scalars, step, steps, why
from autograd.extend import Recorded, ops, recorded, source_outside, topological_order, unknown
from autograd.stepping import Steps

WEIGHT = np.array([[0.5, -1.0, 2.0], [1.0, 0.25, -0.5]])
X = np.array([1.0, -2.0, 0.5])


def network(middle=None, ours=True):
    """Return tanh(Wx) added up, whose numbers and pullbacks some other engine gave; and W."""
    W = Tensor(WEIGHT, label="fc.weight")
    x = Tensor(X, requires_grad=False, label="x")
    pre = WEIGHT @ X
    slopes = 1 - np.tanh(pre) ** 2
    h = recorded(
        "linear",
        [x, W],
        pre,
        lambda g: (None, np.outer(g, X)),
        settings={"bias": False, "_saved": 3},
        region="net/fc",
        source="model.py:3",
        code="h = fc(x)",
        ours=(lambda x, W: W @ x) if ours else None,
    )
    if middle is not None:
        h = recorded("mystery", [h], middle, lambda g: [1.0 * g])
    t = recorded("tanh", [h], np.tanh(pre), lambda g: [g * slopes], ours=ag.tanh if ours else None)
    total = np.asarray(np.tanh(pre).sum())
    root = recorded("sum", [t], total, lambda g: [g * np.ones(2)], ours=ag.sum if ours else None)
    return root, W


EXPECTED = np.outer(1 - np.tanh(WEIGHT @ X) ** 2, X)  # of Σ tanh(Wx), by hand


def test_backward_uses_the_pullbacks_that_were_given():
    root, W = network()
    root.backward()
    np.testing.assert_array_equal(W.grad, EXPECTED)
    assert root.parents[0].op.name == "tanh"


def test_a_number_makes_a_value():
    x = Value(3.0)
    y = recorded("square", [x], 9.0, lambda g: [6.0 * g])
    assert type(y) is Value
    assert grad(lambda x: recorded("square", [x], 9.0, lambda g: [6.0 * g]) * 2.0)(3.0) == 12.0


def test_what_passes_nothing_leaves_zeros_and_not_none():
    x = Tensor([1.0, 2.0])
    recorded("detached", [x], np.asarray(3.0), lambda g: [None]).backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])


def test_no_registry_knows_it():
    root, _ = network()
    assert isinstance(root.op, Recorded)
    assert ops()["tanh"] is ag.tanh
    assert "linear" not in ops()


def test_settings_that_begin_with_an_underscore_are_not_shown():
    root, _ = network()
    seen = str(draw(root)) + steps(root).to_json() + str(step(root).table())
    assert "bias=False" in seen
    assert "_saved" not in seen
    linear = root.parents[0].parents[0]
    assert linear.params == {"bias": False, "_saved": 3}


def test_labels_regions_and_sources_can_be_set():
    x = Tensor([1.0])
    x.label, x.region, x.source = "x", "/net/fc/", "model.py:7"
    assert (x.label, x.region, x.source) == ("x", "net/fc", "model.py:7")
    with pytest.raises(TypeError, match="a source must be a str"):
        x.source = 7
    with pytest.raises(TypeError, match="a region's name must be a str"):
        x.region = 7
    assert x.source == "model.py:7"


def test_the_line_outside_of_another_engine_is_found():
    source, code = source_outside(__file__)
    assert __file__ not in source
    assert code
    inside, line = source_outside("/opt/another engine/")
    assert inside.startswith(__file__)
    assert line == 'inside, line = source_outside("/opt/another engine/")'


@pytest.mark.parametrize(
    "differentiate",
    [
        lambda f: f(Value(3.0)).backward(create_graph=True),
        lambda f: jvp(f, (3.0,), (1.0,)),
        lambda f: grad(grad(f))(3.0),
        lambda f: ag.hessian(f)(3.0),
    ],
    ids=["create_graph", "jvp", "grad of grad", "hessian"],
)
def test_second_derivatives_and_forward_mode_are_refused(differentiate):
    with pytest.raises(TypeError, match="'square' has the pullback of another engine"):
        differentiate(lambda x: recorded("square", [x], 9.0, lambda g: [6.0 * g]))


def test_refused_derivatives_leave_grad_as_it_was():
    root, W = network()
    W.grad = before = np.ones((2, 3))
    with pytest.raises(TypeError, match="another engine"):
        root.backward(create_graph=True)
    assert W.grad is before


def test_it_cant_be_computed_again():
    root, _ = network()
    with pytest.raises(TypeError, match="'sum' was computed by another engine"):
        root.op(1.0)
    with pytest.raises(TypeError, match="'sum' was computed by another engine"):
        root.op.compute(np.ones(2))


def test_a_recording_for_replay_refuses_it():
    with pytest.raises(TypeError, match="record it outside of the function"):
        ag.jit(lambda x: recorded("square", [x], 9.0, lambda g: [6.0 * g]))(3.0)


@pytest.mark.parametrize(
    "copied", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy], ids=["pickled", "copied"]
)
def test_copies_keep_numbers_and_gradients(copied):
    root, W = network()
    root.backward()
    again = copied(root)
    leaf = again.parents[0].parents[0].parents[1]
    np.testing.assert_array_equal(leaf.grad, EXPECTED)
    assert leaf is not W
    assert repr(again) == repr(root)
    assert str(draw(again)) == str(draw(root))


def test_a_pickle_says_that_the_pullback_stayed_behind():
    root, _ = network()
    again = pickle.loads(pickle.dumps(root))
    with pytest.raises(ValueError, match="its pullback stayed there when the graph was pickled"):
        again.backward()


@pytest.mark.parametrize(
    "wrong",
    [lambda g: [1.0, 2.0], lambda g: [], lambda g: 3.0, lambda g: None],
    ids=["two", "none", "a number", "None"],
)
def test_a_pullback_without_a_contribution_for_each_operand_is_refused(wrong):
    x = Value(1.0)
    with pytest.raises((TypeError, ValueError), match="the pullback of 'odd' returned"):
        recorded("odd", [x], 2.0, wrong).backward()
    assert x.grad is None


@pytest.mark.parametrize(
    ("parents", "error", "said"),
    [
        ([2.0], TypeError, "a parent of 'f' must be a node, got a float"),
        ([], ValueError, "needs a variable among its parents"),
        ([Value(1.0, requires_grad=False)], ValueError, "needs a variable among its parents"),
    ],
    ids=["a number", "none", "a constant"],
)
def test_wrong_parents_are_refused(parents, error, said):
    with pytest.raises(error, match=said):
        recorded("f", parents, 1.0, lambda g: [g])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"data": "9"}, "a Value holds one number .* got '9'"),
        ({"data": [9.0]}, "a Value holds one number .* a list"),
        ({"data": np.array([1j])}, "a Tensor holds real numbers"),
        ({"pullback": 6.0}, "the pullback of 'f' must be callable or None, got a float"),
        ({"ours": 6.0}, "the function of ours of 'f' must be callable or None, got a float"),
    ],
    ids=["a text", "a list", "complex numbers", "a pullback", "ours"],
)
def test_what_is_no_number_or_no_function_is_refused_at_once(given, said):
    """Not when it is differentiated or drawn."""
    arguments = {"data": 9.0, "pullback": lambda g: [g]} | given
    with pytest.raises(TypeError, match=said):
        recorded("f", [Value(1.0)], **arguments)


def test_a_name_that_is_no_identifier_is_refused():
    with pytest.raises(ValueError, match="must be an identifier, got 'aten::add'"):
        recorded("aten::add", [Value(1.0)], 1.0, lambda g: [g])


def test_steps_are_written_and_read_without_the_op():
    root, _ = network()
    read = Steps.from_json(steps(root).to_json())
    assert read == steps(root)
    root.backward()
    assert str(draw(read.graph())) == str(draw(root))
    with pytest.raises(ValueError, match="its pullback stayed there"):
        read.graph().backward()


def test_an_op_of_that_name_here_is_not_taken_for_it():
    """A stranger's ``tanh`` has no rule of ours, also where it was read from a file."""
    root, _ = network()
    read = Steps.from_json(steps(root).to_json())
    assert all(node.built_in == "" for node in read.nodes)


def test_what_is_not_known_is_said_to_be_unknown():
    root, _ = network(middle=unknown((2,)))
    text = str(draw(root))
    assert "mystery (2,) float64 unknown" in text
    assert "nan" not in text
    recorded_steps = steps(root)
    assert recorded_steps.first_bad() is None
    assert all(not event.flags for event in recorded_steps)
    assert "nan" not in " ".join(event.sentence for event in recorded_steps)
    assert Steps.from_json(recorded_steps.to_json()) == recorded_steps
    assert "nan" not in draw(root).svg


def test_unknown_numbers_stay_unknown_in_a_pickle():
    again = pickle.loads(pickle.dumps(unknown((2, 3), np.float32)))
    assert (type(again), again.shape, again.dtype) == (type(unknown(())), (2, 3), np.float32)


def test_a_nan_of_the_other_engine_is_found():
    x = Tensor([-1.0], label="x")
    root = recorded("sqrt", [x], np.array([np.nan]), lambda g: [g * np.nan], region="net/root")
    first = steps(recorded("sum", [root], np.asarray(np.nan), lambda g: [g])).first_bad()
    assert (first.node.op, first.node.region) == ("sqrt", "net/root")


def test_scalars_are_computed_by_our_rules():
    root, W = network()
    s = scalars(root)
    s.root.backward()
    for place, value in np.ndenumerate(s["fc.weight"]):
        assert value.grad == pytest.approx(EXPECTED[place], rel=1e-15)
    assert "fc.weight[0, 0]" in str(why(s["fc.weight"][0, 0], s.root))
    assert "linearised" not in {x.op.name for x in topological_order(s.root)}
    assert s[W][0, 0] is s["fc.weight"][0, 0]


@pytest.mark.parametrize("how", ["no rule of ours", "a wrong one", "one that raises", "unknown"])
def test_scalars_keep_the_other_engines_numbers_where_ours_cant_stand_in(how):
    x = Tensor([1.0, 2.0], label="x")
    ours = {
        "no rule of ours": None,
        "a wrong one": lambda x: x * 2.0,
        "one that raises": lambda x: 1 // 0,
        "unknown": lambda x: x * 3.0,
    }[how]
    h = recorded(
        "f", [x], unknown((2,)) if how == "unknown" else X[:2] * 0 + 3.0, lambda g: [3.0 * g]
    )
    y = recorded("triple", [h], np.array([9.0, 9.0]), lambda g: [3.0 * g], ours=ours)
    s = scalars(y.sum())
    s.root.backward()
    assert s.root.data == 18.0
    assert [value.grad for value in s["x"]] == [9.0, 9.0]


def test_a_page_computes_only_if_each_node_has_a_rule_of_ours(tmp_path):
    pages = []
    for ours in (True, False):
        step(network(ours=ours)[0]).save(tmp_path / "page.html")
        pages.append((tmp_path / "page.html").read_text("utf-8"))
    said = "linear was computed by another engine, and this one has no rule for it"
    assert [said in page for page in pages] == [False, True]


def test_a_cache_keeps_no_graph_of_another_engine_alive():
    import gc
    import weakref

    root, W = network()
    steps(root).to_json()
    str(draw(root))
    kept = weakref.ref(root)
    del root, W
    gc.collect()
    assert kept() is None
