"""Activations as modules: each is its op, whatever it is made with, copied to, or put into."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd.ops import activation as rules
from autograd.rules.op import Elementwise
from nn.modules.activations import Named

X = np.array([-2.0, -0.5, 0.0, 0.5, 2.0])
CLASSES = Named.__subclasses__()

# The names under which PyTorch's users know them, where it has them.
OP_OF = {
    "ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "CELU": "celu", "SELU": "selu",
    "GELU": "gelu", "SiLU": "silu", "Mish": "mish", "Softplus": "softplus", "Sigmoid": "sigmoid",
    "LogSigmoid": "logsigmoid", "Tanh": "tanh", "Hardtanh": "hardtanh", "Softsign": "softsign",
    "Heaviside": "heaviside", "Threshold": "threshold",
}  # fmt: skip


def test_every_activation_of_the_rule_book_has_a_class() -> None:
    ops = {op for op in vars(rules).values() if isinstance(op, Elementwise)}
    ops = {op for op in ops if not op.name.endswith("_slope")} | {autograd.tanh}
    assert {each.op for each in CLASSES} == ops


@pytest.mark.parametrize("name", OP_OF)
def test_a_class_computes_its_op(name: str) -> None:
    assert getattr(nn, name)()(X).tolist() == getattr(autograd, OP_OF[name])(X).tolist()


@pytest.mark.parametrize("kind", CLASSES)
def test_it_has_no_parameters_and_its_name_for_a_repr(kind: type[Named]) -> None:
    module = kind()
    assert (module.state_dict(), repr(module)) == ({}, f"{kind.__name__}()  0 parameters")
    assert getattr(nn, kind.__name__) is kind
    assert kind.op.name in (kind.__doc__ or "")


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))]
)
@pytest.mark.parametrize(
    "module", [nn.Tanh(), nn.LeakyReLU(slope=0.25), nn.Activation("elu", alpha=2)]
)
def test_a_copy_computes_the_same(copied: Any, module: nn.Activation) -> None:
    twin = copied(module)
    assert type(twin) is type(module)
    assert repr(twin) == repr(module)
    assert twin(X).tolist() == module(X).tolist()


def test_settings_are_those_of_the_op_and_shown() -> None:
    """Slope ¼: exact in binary."""
    leaky = nn.LeakyReLU(slope=0.25)
    assert leaky(X).tolist() == [-0.5, -0.125, 0.0, 0.5, 2.0]
    assert repr(leaky).startswith("LeakyReLU(slope=0.25)")
    assert repr(nn.Activation("leaky_relu", slope=0.25)).startswith(
        "Activation(leaky_relu(slope=0.25))"
    )


@pytest.mark.lecture("S20")
def test_the_slope_of_relu_at_zero_can_be_chosen_in_a_network() -> None:
    for module, slope in ((nn.ReLU(), 0.0), (nn.ReLU(at_zero=1), 1.0)):
        x = autograd.Tensor([0.0])
        module(x).sum().backward()
        assert x.grad.tolist() == [slope]


@pytest.mark.parametrize(
    ("module", "same"),
    [
        (nn.Tanh(), "tanh"),
        (nn.Sigmoid(), "sigmoid"),
        (nn.Activation("relu"), "relu"),
        (nn.Activation("linear"), None),
    ],
)
def test_a_layer_with_a_module_for_its_activation_is_the_layer_with_the_name(
    module: nn.Activation, same: str | None
) -> None:
    """Its start too, which depends on the activation."""
    made, named = nn.MLP([3, 4, 2], module, seed=0), nn.MLP([3, 4, 2], same, seed=0)
    assert repr(made) == repr(named)
    x = np.ones((2, 3))
    assert made(x).data.tolist() == named(x).data.tolist()


@pytest.mark.parametrize(
    ("theirs", "op"),
    [
        ("swish", "silu"),
        ("logistic", "sigmoid"),
        ("Tanh", "tanh"),
        ("LeakyReLU", "leaky_relu"),
        ("hard_tanh", "hardtanh"),
        ("log_sigmoid", "logsigmoid"),
        ("LogSigmoid", "logsigmoid"),
        ("exponential", "exp"),
        ("step", "heaviside"),
    ],
)
def test_names_of_keras_pytorch_and_scikit_learn_find_ours(theirs: str, op: str) -> None:
    """The start of the weights too."""
    made, named = nn.Layer(3, 2, theirs, rng=0), nn.Layer(3, 2, op, rng=0)
    assert repr(made) == repr(named)
    assert made.weight.data.tolist() == named.weight.data.tolist()


@pytest.mark.parametrize("name", ["Linear", "Identity", "identity"])
def test_a_linear_unit_has_many_names(name: str) -> None:
    assert nn.Layer(3, 2, name, rng=0).activation is None


@pytest.mark.parametrize("name", ["foo", "softmax"])
@pytest.mark.parametrize("sizes", [[2, 3], [2, 3, 1]])
def test_what_is_no_activation_is_refused_even_if_no_layer_applies_it(
    sizes: list[int], name: str
) -> None:
    with pytest.raises(ValueError, match=f"no op named 'foo'|'{name}' doesn't"):
        nn.MLP(sizes, name)


def test_a_setting_is_seen_by_the_start_of_a_layer() -> None:
    """Slope 1 is linear, whose second moment weights of variance 1/n keep; He's would double it."""
    weight = nn.Layer(400, 400, nn.LeakyReLU(slope=1.0), rng=0).weight.data
    assert weight.var() == pytest.approx(1 / 400, rel=0.02)


def test_scalars_go_through_it() -> None:
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.ELU(alpha=0.5), nn.Linear(3, 1, rng=1))
    assert model.scalars()([0.5, -1.0])[0].data == pytest.approx(float(model([0.5, -1.0]).data[0]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.ReLU(slope=1), "relu has no setting 'slop"),
        (
            lambda: nn.Sequential(nn.Linear(1, 1), nn.ReLU),
            r"got <class.*write for example ReLU\(\)",
        ),
        (lambda: nn.MLP([1, 1, 1], nn.Tanh), r"got <class.*write for example Tanh\(\)"),
    ],
)
def test_bad_input_is_refused(call: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()
