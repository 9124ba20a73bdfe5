"""``record_source`` and ``label``: where a node was made, and what it is called."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from IPython.core.compilerop import CachingCompiler

import autograd
import nn
from autograd import Tensor, Value, affine, dot, label, record_source, region, total
from autograd.reading.sources import source_name


def here() -> str:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return f"{__file__}:{frame.f_back.f_lineno}"


def test_each_node_knows_the_line_that_made_it() -> None:
    with record_source():
        y, first = Value(2.0) * 3.0, here()
        z, second = autograd.exp(y), here()
    assert (y.source, z.source) == (first, second)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda x: -x, id="an operator"),
        pytest.param(lambda x: 2.0 + x, id="one from the right"),
        pytest.param(lambda x: autograd.softplus(x, beta=2.0), id="a function"),
        pytest.param(lambda x: total([x, x]), id="total"),
        pytest.param(lambda x: dot([x], [x]), id="dot"),
        pytest.param(lambda x: affine(np.array([1.0]), np.array([[x]]))[0], id="affine"),
        pytest.param(lambda x: np.hypot(x, 1.0), id="numpy"),
        pytest.param(lambda x: sum([x, x]), id="sum"),
        pytest.param(lambda x: np.mean(Tensor([1.0, 2.0]) * x), id="numpy on a tensor"),
        pytest.param(lambda x: Tensor([1.0, 2.0]).scalars()[0], id="scalars"),
        pytest.param(lambda x: Tensor([1.0, 2.0]).std(), id="a composition"),
        pytest.param(lambda x: np.array([x, x], object).sum(), id="an object array"),
        pytest.param(lambda x: nn.mse(x, 0.0), id="a function that a region decorates"),
    ],
)
def test_every_way_to_make_a_node_points_to_the_users_code_and_not_to_the_library(
    make: Any,
) -> None:
    with record_source():
        node = make(Value(2.0))
    assert node.source == f"{__file__}:{make.__code__.co_firstlineno}"


def test_in_a_notebook_a_line_is_named_by_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = CachingCompiler()
    cell = compiler.cache("x = 1.0\ny = x * 3.0", 7)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(compile=compiler))
    assert source_name(f"{cell}:2") == "Cell In[7], line 2"
    assert source_name(f"{__file__}:2") == f"{__file__}:2"


def test_json_from_a_notebook_names_the_cell_and_no_passing_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiler = CachingCompiler()
    code = "with record_source():\n    y = Value(2.0) * 3.0"
    cell = compiler.cache(code, 7)
    names = {"record_source": record_source, "Value": Value}
    exec(compile(code, cell, "exec"), names)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(compile=compiler))
    text = autograd.steps(names["y"]).to_json()  # type: ignore[arg-type]
    assert "Cell In[7], line 2" in text
    assert cell not in text


def test_nothing_is_recorded_outside_of_the_block() -> None:
    with record_source():
        pass
    assert (Value(2.0) * 3.0).source == ""


def test_regions_labels_and_sources_go_together() -> None:
    with region("mlp"), record_source(), region("layer0"):
        y = Value(2.0) * 3.0
    y.label = "y"
    assert (y.region, y.label) == ("mlp/layer0", "y")
    assert y.source


def test_neurons_keep_their_regions() -> None:
    with region("layer0"), record_source():
        (y,) = affine(np.array([1.0]), np.array([[Value(2.0)]]))
    assert y.region == "layer0/neuron0"
    assert y.source


def test_nodes_of_one_line_share_their_note() -> None:
    x = Value(2.0)
    with record_source():
        a, b = [x * k for k in (1.0, 2.0)]
    assert a.note is b.note


def test_sources_inside_anomaly_detection_and_back() -> None:
    with autograd.detect_anomaly(), record_source():
        with pytest.raises(autograd.AnomalyError):
            Value(1.0) / 0.0
        assert (Value(2.0) * 3.0).source


# Labels -------------------------------------------------------------------------------------------


def test_nodes_are_named_after_the_variables_that_hold_them() -> None:
    a, b = Value(2.0), Value(3.0)
    loss = a * b
    label(locals())
    assert [node.label for node in (a, b, loss)] == ["a", "b", "loss"]


def test_elements_are_named_by_their_place() -> None:
    W = np.array([[Value(1.0), Value(2.0)]])
    xs = [Value(3.0), 5.0]
    label({"W": W, "xs": xs})
    assert [w.label for w in W.flat] == ["W[0, 0]", "W[0, 1]"]
    assert xs[0].label == "xs[0]"  # type: ignore[union-attr]


def test_the_element_of_an_array_without_axes_is_named_as_the_array() -> None:
    x = np.empty((), object)
    x[()] = Value(1.0)
    label({"x": x})
    assert x.item().label == "x"


def test_a_label_given_by_hand_stays_and_of_two_names_the_first_counts() -> None:
    a, b = Value(2.0, label="mine"), Value(3.0)
    label({"a": a, "b": b, "c": b})
    assert (a.label, b.label) == ("mine", "b")


def test_hidden_names_and_what_is_no_node_are_left_alone() -> None:
    a = Value(2.0)
    label({"_": a, "__": a, "n": 3, "s": "text", "f": len})
    assert a.label == ""


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(TypeError, match="label needs a mapping of names to nodes, got a Value"):
        label(Value(1.0))  # type: ignore[arg-type]
