"""Names tell leaves apart: of parameters of several layers, the layer is a part of the name."""

from __future__ import annotations

import numpy as np

import nn
from autograd import Tensor, Value, region, steps


def names(root: Value | Tensor) -> list[str]:
    return [node.name for node in steps(root).nodes if node.label]


def test_parameters_of_several_layers_have_their_layers_names() -> None:
    model = nn.MLP([2, 3, 1], "tanh", seed=0)
    loss = nn.mse(model(Tensor([[0.5, -1.0]])), np.ones((1, 1)))
    assert names(loss) == ["layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias"]


def test_every_element_of_them_has_a_name_of_its_own() -> None:
    scalars = nn.MLP([2, 3, 3, 1], "tanh", seed=0).scalars()
    found = names(nn.mse(scalars([0.5, -1.0]), [1.0]))
    assert len(found) == len(set(found)) == 3 * 3 + 3 * 4 + 4
    assert "layer1.weight[2, 1]" in found
    assert not any(name.startswith("weight") for name in found)


def test_a_label_that_no_other_leaf_has_stays_as_it_is() -> None:
    with region("model"):
        y = Value(1.0, label="w") * Value(2.0, label="x")
    assert names(y) == ["w", "x"]


def test_layers_of_one_name_have_their_whole_path() -> None:
    total = Value(0.0)
    for block in ("first", "second"):
        with region(block), region("dense"):
            total = total + Value(1.0, label="w") * 2.0
    assert names(total) == ["first.dense.w", "second.dense.w"]


def test_where_there_are_no_regions_the_labels_are_all_that_is_known() -> None:
    assert names(Value(1.0, label="w") * Value(2.0, label="w")) == ["w", "w"]
