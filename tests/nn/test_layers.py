"""Layers: what they compute, how they start, and what they refuse."""

from typing import Any

import numpy as np
import pytest

import autograd
import init
import nn
from autograd import Tensor, Value
from nn import MLP, Activation, Layer, Linear, Neuron, Sequential

W = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 0.0]])
B = np.array([10.0, -20.0])
X = np.array([[1.0, 0.0, -1.0], [2.0, 2.0, 2.0]])
XW_B = [[8.0, -21.0], [22.0, -21.0]]  # by hand


def data(outputs: Any) -> Any:
    """The plain numbers of a Tensor or of an object array of Values."""
    if isinstance(outputs, np.ndarray):
        return np.array([value.data for value in outputs.flat]).reshape(outputs.shape).tolist()
    return outputs.data.tolist()


@pytest.fixture
def linear() -> Linear:
    layer = Linear(3, 2)
    layer.load_state_dict({"weight": W, "bias": B})
    return layer


# What they compute -------------------------------------------------------------------------------


def test_linear_is_x_times_w_transposed_plus_b(linear: Linear) -> None:
    assert data(linear(X)) == XW_B


def test_linear_of_scalars_is_the_same(linear: Linear) -> None:
    assert data(linear.scalars()(X)) == XW_B


@pytest.mark.parametrize("form", [list, tuple, np.array, Tensor])
def test_inputs_may_be_lists_arrays_or_tensors(linear: Linear, form: Any) -> None:
    assert data(linear(form(X[0].tolist()))) == XW_B[0]


def test_inputs_may_be_values(linear: Linear) -> None:
    assert data(linear.scalars()([Value(1.0), 0.0, Value(-1.0)])) == XW_B[0]


def test_leading_axes_are_kept(linear: Linear) -> None:
    assert data(linear(X.reshape(1, 2, 3))) == [XW_B]


def test_without_a_bias_nothing_is_added() -> None:
    layer = Linear(3, 2, bias=False)
    layer.load_state_dict({"weight": W})
    assert data(layer(X)) == [[-2.0, -1.0], [12.0, -1.0]]
    assert data(layer.scalars()(X)) == [[-2.0, -1.0], [12.0, -1.0]]


def test_gradients_of_a_linear_layer_are_those_of_its_matrix_formula(linear: Linear) -> None:
    """For Σ G ⊙ (X Wᵀ + b): ∂W = Gᵀ X, ∂b = Σ G, ∂X = G W."""
    g = np.array([[1.0, -1.0], [2.0, 0.5]])
    x = Tensor(X)
    (linear(x) * g).sum().backward()
    np.testing.assert_array_equal(linear.weight.grad, g.T @ X)
    np.testing.assert_array_equal(linear.bias.grad, g.sum(axis=0))
    np.testing.assert_array_equal(x.grad, g @ W)


def test_a_layer_applies_its_activation() -> None:
    layer = Layer(3, 2, "relu")
    layer.load_state_dict({"weight": W, "bias": B})
    assert data(layer(X)) == data(layer.scalars()(X)) == [[8.0, 0.0], [22.0, 0.0]]


def test_an_activation_may_be_any_function() -> None:
    layer = Layer(3, 2, lambda z: z * z, init="ones")
    assert data(layer([1.0, 1.0, 0.0])) == [4.0, 4.0]
    assert data(layer.scalars()([1.0, 1.0, 0.0])) == [4.0, 4.0]


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "softplus"])
def test_an_activation_by_name_is_the_op_of_that_name(name: str) -> None:
    x = np.array([-1.0, 0.5])
    assert Activation(name)(x).tolist() == getattr(autograd, name)(x).tolist()


@pytest.mark.parametrize("linear", [None, "linear", "identity"])
def test_no_activation_leaves_the_sums_alone(linear: Any) -> None:
    assert data(Layer(2, 1, linear, init="ones")([3.0, -5.0])) == [-2.0]


def test_a_neuron_gives_one_number() -> None:
    neuron = Neuron(2, "relu", init="ones")
    assert neuron([1.0, 2.0]).data == 3.0
    assert neuron.scalars()([1.0, 2.0]).data == 3.0
    assert data(neuron([[1.0, 2.0], [0.0, -1.0]])) == [3.0, 0.0]
    assert data(neuron.scalars()([[1.0, 2.0], [0.0, -1.0]])) == [3.0, 0.0]


def test_sequential_feeds_each_part_with_what_the_one_before_gave() -> None:
    model = Sequential(Linear(2, 1, init="ones"), "relu", lambda x: x + 1.0)
    assert data(model([[1.0, 2.0], [-3.0, 1.0]])) == [[4.0], [1.0]]


@pytest.mark.lecture("S8")
def test_linear_layers_in_a_row_are_the_product_of_their_matrices() -> None:
    """S8: they stay linear."""
    model = Sequential(Linear(3, 4, bias=False, rng=0), Linear(4, 2, bias=False, rng=1))
    first, second = (layer.weight.data for layer in model.layers)
    np.testing.assert_allclose(model(X).data, X @ (second @ first).T, atol=1e-15)


def test_an_mlp_activates_its_hidden_layers_and_not_its_output() -> None:
    model = MLP([1, 1, 1], "relu", init="ones")
    model.layers[1].bias.data = [-5.0]
    assert data(model([[2.0], [-2.0]])) == [[-3.0], [-5.0]]


def test_an_mlp_may_activate_its_output() -> None:
    assert data(MLP([1, 1], output="relu", init="ones")([[-2.0]])) == [[0.0]]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_scalars_and_tensors_have_the_same_gradients(activation: str) -> None:
    model = MLP([3, 4, 2], activation, seed=0)
    scalars = model.scalars()
    for each in (model, scalars):
        nn.cross_entropy(each(X), [1, 0]).backward()
    exploded = dict(scalars.named_parameters())
    for name, parameter in model.named_parameters():
        for index, grad in np.ndenumerate(parameter.grad):
            value = exploded[f"{name}[{', '.join(map(str, index))}]"]
            assert value.grad == pytest.approx(grad, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_network_keeps_the_precision_it_was_made_in(dtype: Any) -> None:
    model = MLP([3, 4, 2], dtype=dtype, seed=0)
    output = model(X.astype(dtype))
    output.sum().backward()
    assert output.dtype == dtype
    assert {p.grad.dtype for p in model.parameters()} == {np.dtype(dtype)}


# How they start ----------------------------------------------------------------------------------


def test_weights_are_out_by_in_and_the_strategy_is_told_the_fans() -> None:
    def recorded(shape: Any, *, rng: Any, **told: Any) -> Any:
        seen.append((shape, told["fan_in"], told["fan_out"]))
        return np.zeros(shape, told["dtype"])

    seen: list[Any] = []
    Linear(3, 2, init=recorded)
    assert seen == [((2, 3), 3, 2)]


def test_biases_start_at_zero() -> None:
    assert Linear(3, 2).bias.data.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("activation", "strategy"),
    [
        ("relu", "he_normal"),
        ("tanh", "xavier_uniform"),
        ("sigmoid", "xavier_sigmoid"),
        (autograd.relu, "he_normal"),
        (None, "xavier_uniform"),
    ],
)
def test_by_default_weights_are_drawn_as_suits_the_activation(
    activation: Any, strategy: str
) -> None:
    expected = init.get(strategy)((50, 30), rng=0, fan_in=30, fan_out=50)
    assert Layer(30, 50, activation, rng=0).weight.data.tolist() == expected.tolist()


def test_an_activation_without_advice_keeps_the_second_moment() -> None:
    """φ = 2x has E[φ²] = 4 at q = 1, so weights have variance 1/(4 fan_in)."""
    weights = Layer(100, 100, lambda x: 2.0 * x, rng=0).weight.data
    assert weights.var() * 400 == pytest.approx(1.0, abs=4 * np.sqrt(2 / 10_000))


@pytest.mark.parametrize(
    "spec", ["ones", {"name": "constant", "value": 1.0}, init.ones, init.get("ones")]
)
def test_an_initialisation_may_be_a_name_a_dict_or_a_function(spec: Any) -> None:
    model = MLP([2, 2, 1], init=spec)
    assert [data(layer.weight) for layer in model.layers] == [[[1.0, 1.0]] * 2, [[1.0, 1.0]]]


def test_a_seed_gives_the_same_network_again() -> None:
    first, second = MLP([3, 4, 2], seed=7), MLP([3, 4, 2], seed=7)
    assert repr(first.state_dict()) == repr(second.state_dict())


def test_a_neurons_seed_has_the_name_that_a_networks_has() -> None:
    named, drawn = nn.Neuron(3, seed=0), nn.Neuron(3, rng=0)
    assert named.weight.data.tolist() == drawn.weight.data.tolist()
    with pytest.raises(ValueError, match="seed is another name of rng: give one"):
        nn.Neuron(3, rng=0, seed=0)


def test_without_a_seed_no_two_networks_are_alike() -> None:
    assert (MLP([3, 4]).layers[0].weight.data != MLP([3, 4]).layers[0].weight.data).all()


def test_a_layer_more_leaves_the_others_as_they_were() -> None:
    short, deep = MLP([3, 3, 3], init="normal", seed=0), MLP([3, 3, 3, 3], init="normal", seed=0)
    for k in range(2):
        assert data(short.layers[k].weight) == data(deep.layers[k].weight)


def test_two_layers_are_never_alike() -> None:
    first, second = (layer.weight.data for layer in MLP([3, 3, 3], init="normal", seed=0).layers)
    assert (first != second).all()


def test_a_generator_may_be_given_in_place_of_a_seed() -> None:
    model = MLP([3, 2], seed=np.random.default_rng(5))
    assert data(model.layers[0].weight) == data(MLP([3, 2], seed=5).layers[0].weight)


# What they refuse --------------------------------------------------------------------------------


@pytest.mark.parametrize("fan_in", [0, -1])
def test_a_layer_needs_inputs(fan_in: int) -> None:
    with pytest.raises(ValueError, match="fan_in must be a positive integer, got"):
        Linear(fan_in, 2)


@pytest.mark.parametrize("fan_out", [2.0, "2", True, None])
def test_sizes_are_integers(fan_out: Any) -> None:
    with pytest.raises(TypeError, match="fan_out must be a positive integer, got"):
        Linear(3, fan_out)


@pytest.mark.parametrize("dtype", [int, np.int32, bool, complex])
def test_weights_are_floating_point(dtype: Any) -> None:
    with pytest.raises(TypeError, match="floating-point"):
        Linear(3, 2, dtype=dtype)


@pytest.mark.parametrize("drawn", [np.ones((2, 3), int), np.ones((3, 2))])
def test_an_initialisation_that_draws_something_else_is_refused(drawn: Any) -> None:
    def strategy(shape: Any, *, rng: Any, fan_in: Any, fan_out: Any, gain: Any, dtype: Any) -> Any:
        return drawn

    with pytest.raises(ValueError, match=r"floating-point weights of shape \(2, 3\)"):
        Linear(3, 2, init=strategy)


def test_an_unknown_initialisation_is_answered_with_close_names() -> None:
    with pytest.raises(ValueError, match="he_normal"):
        Linear(3, 2, init="he_norml")


def test_an_unknown_activation_is_answered_with_close_names() -> None:
    with pytest.raises(ValueError, match=r"'rellu'.*did you mean 'relu'"):
        Layer(3, 2, "rellu")


@pytest.mark.parametrize("name", ["matmul", "add"])
def test_an_activation_acts_on_each_element_alone(name: str) -> None:
    with pytest.raises(ValueError, match="acts on each element alone"):
        Layer(3, 2, name)


def test_an_activation_is_a_name_or_a_function() -> None:
    with pytest.raises(TypeError, match="an activation must be"):
        Layer(3, 2, 7)  # type: ignore[arg-type]


@pytest.mark.parametrize("x", [[1.0], np.ones((3, 2)), 1.0, np.ones((2, 0))])
def test_inputs_of_another_width_are_refused(linear: Linear, x: Any) -> None:
    with pytest.raises(ValueError, match=r"Linear\(3 → 2\) expects inputs of shape \(\.\.\., 3\)"):
        linear(x)


@pytest.mark.parametrize(
    ("width", "shape", "advice"),
    [
        (64, (5, 8, 8), r"x\.reshape\(len\(x\), -1\)$"),
        (64, (8, 8), r"x\.ravel\(\)$"),
        (1, (5,), r"x\[:, None\]$"),
        (3, (5, 2), r"got \(5, 2\)$"),
    ],
)
def test_of_images_and_columns_it_is_said_how_they_are_made_rows(
    width: int, shape: tuple[int, ...], advice: str
) -> None:
    with pytest.raises(ValueError, match=advice):
        Linear(width, 2, rng=0)(np.ones(shape))


@pytest.mark.parametrize("sizes", [[], [3]])
def test_an_mlp_needs_two_sizes(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="at least two sizes"):
        MLP(sizes)


@pytest.mark.parametrize("seed", [-1, 1.5, "0", np.random])
def test_a_seed_is_an_integer_or_a_generator(seed: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="rng must be"):
        MLP([2, 1], seed=seed)


def test_sizes_are_one_sequence() -> None:
    with pytest.raises(TypeError, match=r"sizes are one sequence.*MLP\(\[2, 16, 1\]\)"):
        MLP(3, [4, 1])  # type: ignore[arg-type]


# A Sequential as a sequence -----------------------------------------------------------------------


def test_a_sequential_has_a_length_and_its_parts_by_their_number() -> None:
    model = MLP([2, 3, 4, 1])
    assert len(model) == 3
    assert list(model) == model.layers == [model[0], model[np.int64(1)], model[-1]]


def test_a_slice_is_a_sequential_that_shares_its_parts() -> None:
    model = MLP([2, 3, 4, 1], "tanh", seed=0)
    x = np.ones((5, 2))
    head, tail = model[:2], model[2:]
    assert type(head) is Sequential
    assert tail(head(x)).data.tolist() == model(x).data.tolist()
    assert head[0] is model[0]


def test_a_part_that_is_not_there_is_an_index_error() -> None:
    """And iteration ends, also where it is by number."""
    with pytest.raises(IndexError):
        MLP([2, 1])[1]
