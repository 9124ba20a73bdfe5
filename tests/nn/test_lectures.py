"""The lecture's worked examples, each by hand and by the engine: S10 to S18."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Tensor, tanh
from nn import lectures
from nn.lectures import XOR_INPUTS, XOR_START, XOR_TARGETS

ALPHA = 0.1
HOW = ["by_hand", "by_engine"]


def close(*expected, digits):
    return pytest.approx(np.array(expected), abs=0.5 * 10**-digits)


def random_layers(rng, *sizes):
    return [(rng.normal(size=(m, n)), rng.normal(size=m)) for n, m in itertools.pairwise(sizes)]


# S10 to S13: XOR, number by number ----------------------------------------------------------------


@pytest.fixture(params=HOW)
def how(request):
    return request.param


@pytest.fixture
def first(how):
    return getattr(lectures.backpropagate(XOR_START, [0, 0], [0]), how)


@pytest.mark.lecture("S11")
def test_outputs_and_sensitivities_are_the_lectures(first):
    assert first.outputs[-1][0] == close(0.50499983334, digits=11)
    assert first.deltas[-1][0] == close(0.12623733418, digits=11)
    assert first.deltas[0][0] == close(0.000315593, 0.000946780, digits=9)


@pytest.mark.lecture("S11")
def test_one_stochastic_step_gives_the_lectures_weights(how):
    (W1, b1), (W2, b2) = getattr(lectures.one_step(XOR_START, [0, 0], [0], ALPHA), how)
    assert W2[0] == close(0.003688133, 0.023688133, digits=9)
    assert b2 == close(-0.012623733, digits=9)
    assert W1.tolist() == [[0.02, 0.03], [0.01, 0.02]]
    assert b1 == close(-3.155933e-5, -9.467800e-5, digits=11)


@pytest.mark.lecture("S11")
def test_hidden_sensitivities_use_the_weights_from_before_the_update(first):
    """With the weights from after it, δ1 would be .0001164 instead of .000315593."""
    delta3 = first.deltas[-1][0, 0]
    assert first.deltas[0][0] == pytest.approx(
        [delta3 * 0.01 * 0.25, delta3 * 0.03 * 0.25], rel=1e-14
    )


@pytest.mark.lecture("S12")
def test_an_epoch_of_stochastic_steps_ends_at_the_lectures_weights(how):
    (W1, b1), (W2, b2) = getattr(
        lectures.one_epoch(XOR_START, XOR_INPUTS, XOR_TARGETS, ALPHA),
        how,
    )
    assert W2[0] == close(0.009747904, 0.029748623, digits=9)
    assert b2 == close(-0.000496237, digits=9)
    assert W1[0] == close(0.01997921, 0.02995971, digits=8)
    assert W1[1] == close(0.00997749, 0.01995867, digits=8)
    assert b1 == close(-4.0828940e-5, -4.3218789e-5, digits=12)


@pytest.fixture
def batch(how):
    found = lectures.backpropagate(XOR_START, XOR_INPUTS, XOR_TARGETS, ("tanh", "sigmoid"))
    return getattr(found, how)


@pytest.mark.lecture("S13")
def test_a_batch_forward_gives_the_lectures_numbers(batch):
    _, H, out = batch.outputs
    assert H.tolist()[0] == [0, 0]
    assert H[1] == close(0.029991003, 0.019997334, digits=9)
    assert H[2] == close(0.019997334, 0.009999667, digits=9)
    assert H[3] == close(0.049958375, 0.029991003, digits=9)
    assert out[:, 0] == close(0.5, 0.500224957, 0.500124991, 0.500349828, digits=9)


@pytest.mark.lecture("S13")
def test_a_batch_backward_gives_the_lectures_numbers(batch):
    """All are means over the four examples; δ is each example's own."""
    assert batch.deltas[-1][:, 0] == close(0.125, -0.124943735, -0.124968744, 0.125087396, digits=9)
    (W1, b1), (W2, b2) = batch.gradients
    assert W2[0] == close(7.33340e-7, 8.27282e-7, digits=12)
    assert b2 == close(4.3729013e-5, digits=12)
    seed_layout = W1.T  # the lecture has (in, out) weights
    assert seed_layout[0] == close(-3.58931e-7, 1.39772e-7, digits=12)
    assert seed_layout[1] == close(-1.40389e-7, 6.08352e-7, digits=12)
    assert b1 == close(6.26853e-8, 9.36488e-7, digits=12)


@pytest.mark.lecture("S10")
@given(seed=st.integers(0, 999), sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5))
def test_the_delta_rule_is_what_the_engine_computes(seed, sizes):
    """Any depth and widths, sigmoid and tanh, several outputs and examples."""
    rng = np.random.default_rng(seed)
    layers = random_layers(rng, *sizes)
    X, Y = rng.normal(size=(3, sizes[0])), rng.random(size=(3, sizes[-1]))
    activations = rng.choice(["sigmoid", "tanh"], size=len(layers)).tolist()
    hand, engine = lectures.backpropagate(layers, X, Y, activations)
    for ours, theirs in [
        (hand.outputs, engine.outputs),
        (hand.deltas, engine.deltas),
        (itertools.chain(*hand.gradients), itertools.chain(*engine.gradients)),
    ]:
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@pytest.mark.lecture("S10")
def test_a_step_goes_down_the_measured_slope(how):
    """The gradients are those of E: against central differences of E itself."""
    rng = np.random.default_rng(1)
    layers = random_layers(rng, 2, 3, 1)
    X, Y = XOR_INPUTS, XOR_TARGETS
    found = getattr(lectures.backpropagate(layers, X, Y), how)
    for (W, b), gradients in zip(layers, found.gradients, strict=True):
        for array, gradient in zip((W, b), gradients, strict=True):
            for index in np.ndindex(array.shape):
                errors = []
                for step in (1e-5, -1e-5):
                    array[index] += step
                    errors.append(getattr(lectures.backpropagate(layers, X, Y), how).error)
                    array[index] -= step
                slope = (errors[0] - errors[1]) / 2e-5
                assert gradient[index] == pytest.approx(slope, abs=1e-10)


@pytest.mark.lecture("S10")
def test_the_engine_and_the_rule_stay_together_over_epochs():
    layers = XOR_START
    for _ in range(20):
        layers, by_engine = lectures.one_epoch(layers, XOR_INPUTS, XOR_TARGETS, ALPHA)
        for hand, engine in zip(itertools.chain(*layers), itertools.chain(*by_engine), strict=True):
            np.testing.assert_allclose(hand, engine, rtol=1e-11, atol=1e-16)


def test_the_start_is_not_changed_by_a_step():
    lectures.one_epoch(XOR_START, XOR_INPUTS, XOR_TARGETS, 1.0)
    assert XOR_START[1][0].tolist() == [[0.01, 0.03]]


# S14: what learns, and what doesn't ---------------------------------------------------------------


@pytest.mark.lecture("S14")
@pytest.mark.slow
def test_the_lectures_start_does_not_learn_xor():
    """E = ⅛ is what the answer ½ for all gives: it is still there after 10⁵ full-batch steps."""
    errors, _ = lectures.learning_curve(
        XOR_START,
        XOR_INPUTS,
        XOR_TARGETS,
        ALPHA,
        100_000,
        ("tanh", "sigmoid"),
    )
    assert errors[[0, -1]] == close(0.125, 0.125, digits=4)


@pytest.mark.lecture("S14")
def test_another_start_and_step_do_learn_it():
    layers = random_layers(np.random.default_rng(0), 2, 2, 1)
    errors, layers = lectures.learning_curve(
        layers, XOR_INPUTS, XOR_TARGETS, 2.0, 2000, ("tanh", "sigmoid")
    )
    assert errors[-1] < 0.002
    learnt = lectures.backpropagate(layers, XOR_INPUTS, XOR_TARGETS, ("tanh", "sigmoid"))
    assert learnt.by_engine.outputs[-1].round().tolist() == XOR_TARGETS.tolist()


@pytest.mark.lecture("S14")
def test_equal_hidden_units_stay_equal():
    """The lesson of symmetry: however long it learns, two units that start alike are one."""
    layers = [(np.full((2, 2), 0.7), np.zeros(2)), (np.full((1, 2), 0.5), np.zeros(1))]
    errors, ((W1, b1), (W2, _)) = lectures.learning_curve(
        layers, XOR_INPUTS, XOR_TARGETS, 2.0, 2000, ("tanh", "sigmoid")
    )
    assert W1[0].tolist() == W1[1].tolist()
    assert (b1[0], W2[0, 0]) == (b1[1], W2[0, 1])
    assert errors[-1] > 0.05


# S15: the chain rule and paths --------------------------------------------------------------------


@pytest.mark.lecture("S15")
def test_the_rows_of_a_jacobian_are_gradients(how):
    """Of g = (x1·x2, sin x1, x2²) at (0, 3), by hand on paper."""
    found = getattr(lectures.chain_rule([0.0, 3.0]), how)
    off = 1e-9 if how == "by_hand" else 0  # differences
    np.testing.assert_allclose(found.jacobian, [[3, 0], [1, 0], [0, 6]], atol=off)
    np.testing.assert_allclose(found.outer, [0, 0, 1], atol=off)
    np.testing.assert_allclose(found.gradient, [0, 6], atol=off)


@pytest.mark.lecture("S15")
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_the_chain_rule_with_jacobians_is_what_the_engine_computes(x1, x2):
    hand, engine = lectures.chain_rule([x1, x2])
    np.testing.assert_allclose(hand.jacobian, engine.jacobian, atol=1e-8)
    np.testing.assert_allclose(hand.gradient, engine.gradient, atol=1e-8)
    J, outer = [[x2, x1], [np.cos(x1), 0], [0, 2 * x2]], [np.sin(x1), x1 * x2, 1]
    np.testing.assert_allclose(engine.jacobian, J, rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(engine.gradient, np.transpose(J) @ outer, rtol=1e-13, atol=1e-15)


@pytest.mark.lecture("S15")
def test_the_chain_rule_takes_any_two_functions():
    """f(u) = Σ u², g = (eˣ, 3 y, x y): ∇ = 2 J_gᵀ g, on paper."""
    x = np.array([0.5, -2.0])

    def g(v):
        return autograd.stack([autograd.exp(v[0]), 3 * v[1], v[0] * v[1]])

    hand, engine = lectures.chain_rule(x, f=lambda u: (u * u).sum(), g=g)
    J = np.array([[np.exp(0.5), 0], [0, 3], [-2, 0.5]])
    expected = 2 * J.T @ [np.exp(0.5), -6, -1]
    np.testing.assert_allclose(engine.jacobian, J, rtol=1e-15)
    np.testing.assert_allclose(engine.gradient, expected, rtol=1e-14)
    np.testing.assert_allclose(hand.gradient, expected, rtol=1e-7)


@pytest.mark.lecture("S15")
@given(st.integers(0, 999))
def test_the_derivative_is_the_sum_over_all_possible_paths(seed):
    """∂y/∂x by the engine, and 3 · 4 paths through the two hidden layers."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(m, n)) for n, m in itertools.pairwise([2, 3, 4, 2])]
    point = rng.normal(size=2)
    (found,), _ = lectures.jacobian_backprop(weights, point, [0.0, 0.0], "tanh")
    for source, sink in itertools.product(range(2), range(2)):
        paths = lectures.jacobian_paths(found.by_hand.jacobians, source, sink)
        assert len({path.units for path in paths}) == 3 * 4
        sizes = [abs(path.product) for path in paths]
        assert sizes == sorted(sizes, reverse=True)
        x = Tensor(point)
        tanh(weights[2] @ tanh(weights[1] @ tanh(weights[0] @ x)))[sink].backward()
        assert sum(path.product for path in paths) == pytest.approx(x.grad[source], abs=1e-12)


# S16 and S17: matrices against the engine ---------------------------------------------------------


@pytest.mark.lecture("S16")
@given(
    seed=st.integers(0, 999),
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    activation=st.sampled_from(["sigmoid", "tanh", "relu"]),
)
def test_products_of_jacobians_are_what_the_engine_computes(seed, sizes, activation):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(m, n)) for n, m in itertools.pairwise(sizes)]
    X, Y = rng.normal(size=(3, sizes[0])), rng.normal(size=(3, sizes[-1]))
    each, mean = lectures.jacobian_backprop(weights, X, Y, activation)
    for hand, engine in each:
        for field in ("jacobians", "signals", "gradients"):
            for a, b in zip(getattr(hand, field), getattr(engine, field), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    for a, b in zip(*mean, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.lecture("S16")
def test_the_output_layer_is_one_of_the_factors():
    """M = 1 hidden layer has M + 1 Jacobians; without the last, ∂L/∂h_1 has the wrong length."""
    (found,), _ = lectures.jacobian_backprop([np.ones((3, 2)), np.ones((1, 3))], [1, 2], [0])
    assert [J.shape for J in found.by_hand.jacobians] == [(3, 2), (1, 3)]
    assert [signal.shape for signal in found.by_hand.signals] == [(2,), (3,), (1,)]


@pytest.mark.lecture("S17")
@given(seed=st.integers(0, 999), sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5))
def test_the_books_relu_rules_are_what_the_engine_computes(seed, sizes):
    rng = np.random.default_rng(seed)
    layers = random_layers(rng, *sizes)
    x, y = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])
    hand, engine = lectures.relu_backprop(layers, x, y)
    for field in ("preactivations", "signals", "biases", "weights"):
        for a, b in zip(getattr(hand, field), getattr(engine, field), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.lecture("S17")
def test_the_relu_rules_give_what_was_computed_on_paper(how):
    """One input, two hidden units of which the second is off, one output: f_1 = 2·1 + 1 = 3."""
    layers = [([[1.0], [-1.0]], [0.0, 0.0]), ([[2.0, 3.0]], [1.0])]
    found = getattr(lectures.relu_backprop(layers, [1.0], [0.0]), how)
    assert [f.tolist() for f in found.preactivations] == [[1, -1], [3]]
    assert [df.tolist() for df in found.signals] == [[6, 0], [3]]
    assert [db.tolist() for db in found.biases] == [[6, 0], [3]]
    assert [dW.tolist() for dW in found.weights] == [[[6], [0]], [[3, 0]]]


# S18: what it costs -------------------------------------------------------------------------------


@pytest.mark.lecture("S18")
@pytest.mark.parametrize("depth", [1, 2, 3, 10])
def test_backward_is_2_minus_1_over_l_times_forward(depth):
    """L layers of one width; counted in the graph that a network records."""
    model = nn.MLP([5] * (depth + 1), seed=0)
    found = lectures.multiply_adds(model(np.zeros((7, 5))))
    assert found.forward == 7 * depth * 5 * 5
    assert found.ratio == pytest.approx(2 - 1 / depth, rel=1e-15)
    assert found == lectures.dense_multiply_adds([5] * (depth + 1), batch=7)


@pytest.mark.lecture("S18")
def test_backward_is_1_08_times_forward_for_a_small_image_classifier():
    model = nn.MLP([784, 128, 64, 10], seed=0)
    found = lectures.multiply_adds(model(np.zeros((1, 784))))
    assert found.forward == 784 * 128 + 128 * 64 + 64 * 10
    assert found.backward == 2 * found.forward - 784 * 128
    assert found == lectures.dense_multiply_adds([784, 128, 64, 10])
    assert round(found.ratio, 2) == 1.08


@pytest.mark.lecture("S18")
def test_it_is_twice_forward_if_the_inputs_want_a_gradient():
    model = nn.MLP([4, 6, 3], seed=0)
    found = lectures.multiply_adds(model(Tensor(np.zeros((2, 4)))))
    assert found.ratio == 2
    assert found == lectures.dense_multiply_adds([4, 6, 3], batch=2, input_gradient=True)


@pytest.mark.lecture("S18")
def test_a_network_of_scalars_takes_as_many():
    model = nn.MLP([4, 6, 3], seed=0)
    outputs = model.scalars()(np.zeros((2, 4)))
    assert lectures.multiply_adds(sum(outputs.ravel())) == lectures.multiply_adds(
        model(np.zeros((2, 4)))
    )


@pytest.mark.lecture("S18")
def test_numpy_makes_as_many_matrix_products(monkeypatch):
    """The count is what is really multiplied: every product of matrices is caught and measured."""
    made = []

    class Counting(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            plain = [np.asarray(x) for x in inputs]
            result = getattr(ufunc, method)(*plain, **kwargs)
            if ufunc is np.matmul:
                made.append(result.size * plain[0].shape[-1])
            return result.view(Counting)

    W1, W2 = np.ones((6, 4)).view(Counting), np.ones((3, 6)).view(Counting)
    x = np.ones((2, 4)).view(Counting)
    h = np.maximum(x @ W1.T, 0)
    y = h @ W2.T
    forward = sum(made)
    dy = np.ones_like(y)
    dh = dy @ W2
    dy.T @ h
    dh.T @ x
    model = nn.MLP([4, 6, 3], seed=0)
    assert lectures.multiply_adds(model(np.ones((2, 4)))) == (forward, sum(made) - forward)


# Numbers worked out on paper, to which both ways of computing are held ---------------------------


@pytest.mark.lecture("S16")
def test_a_batch_of_two_by_the_matrix_formulas_is_what_was_computed_on_paper(how):
    """Y = ReLU(w x), w = 2: at x = 1, 3 and targets 1, 4, L = ½, 2 and ∂L/∂w = 1, 6; mean 3.5."""
    each, means = lectures.jacobian_backprop([[[2.0]]], [[1.0], [3.0]], [[1.0], [4.0]], "relu")
    found = [getattr(passed, how) for passed in each]
    assert [passed.loss for passed in found] == [0.5, 2.0]
    assert [passed.signals[-1].tolist() for passed in found] == [[1.0], [2.0]]
    assert [passed.gradients[0].tolist() for passed in found] == [[[1.0]], [[6.0]]]
    assert getattr(means, how)[0].tolist() == [[3.5]]


@pytest.mark.lecture("S17")
def test_a_preactivation_of_exactly_0_passes_nothing_back(how):
    """I[f > 0] is 0 there: of f₀ = (0, 1), the first passes nothing."""
    layers = [([[1.0], [2.0]], [-1.0, -1.0]), ([[3.0, 5.0]], [0.0])]
    found = getattr(lectures.relu_backprop(layers, [1.0], [0.0]), how)
    assert found.preactivations[0].tolist() == [0.0, 1.0]
    assert found.signals[0].tolist() == [0.0, 25.0]


@pytest.mark.lecture("S20")
@pytest.mark.parametrize(
    ("name", "at", "slope"),
    [
        ("sigmoid", 0.0, 0.25),
        ("sigmoid", np.log(3.0), 3 / 16),
        ("tanh", 0.0, 1.0),
        ("tanh", np.log(2.0), 16 / 25),
        ("relu", -2.0, 0.0),
        ("relu", 2.0, 1.0),
        ("heaviside", -1.0, 0.0),
        ("heaviside", 1.0, 0.0),
        ("sign", -1.0, 0.0),
        ("sign", 1.0, 0.0),
    ],
)
def test_the_slopes_of_activations(name, at, slope):
    """σ(log 3) = ¾ and tanh(log 2) = ⅗."""
    assert autograd.grad(getattr(autograd, name))(float(at)) == pytest.approx(slope, rel=1e-15)


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: lectures.backpropagate([], [0], [0]), "at least one layer"),
        (
            lambda: lectures.backpropagate(XOR_START, [0, 0, 0], [0]),
            "2 numbers a row, got 3",
        ),
        (
            lambda: lectures.backpropagate(XOR_START, [0, 0], [0, 1]),
            "1 numbers a row, got 2",
        ),
        (
            lambda: lectures.backpropagate(XOR_START, XOR_INPUTS, [[0], [1]]),
            "X has 4 examples and Y has 2",
        ),
        (lambda: lectures.backpropagate(XOR_START, [0, np.nan], [0]), "has nan or inf"),
        (
            lambda: lectures.backpropagate(XOR_START, [0, 0], [0], ("sigmoid",)),
            "for each of the 2 layers",
        ),
        (
            lambda: lectures.backpropagate(XOR_START, [0, 0], [0], ("relu", "sigmoid")),
            "one of sigmoid, tanh",
        ),
        (
            lambda: lectures.relu_backprop([([[1.0]], [0.0]), ([[1.0, 2.0]], [0.0])], [1], [1]),
            "layer 0 gives 1 outputs and layer 1 takes 2 inputs",
        ),
        (lambda: lectures.jacobian_backprop([[[1.0]]], [1], [1], "step"), "activation must be one"),
        (lambda: lectures.chain_rule([1.0], g=lambda v: v.sum()), r"g must give a vector, got .*"),
        (lambda: lectures.chain_rule([1.0, 2.0], f=lambda v: v, g=autograd.exp), "one number"),
        (lambda: lectures.jacobian_backprop([[[1.0]]], [1], [1], ["tanh", "tanh"]), "the 1 layers"),
        (lambda: lectures.weight_jacobian([[1.0]], [1.0, 2.0], [1.0]), "W must have the shape"),
        (lambda: lectures.error_shares(XOR_START[:1], [0, 0], [0, 0], ["tanh"]), "got 1 layers"),
        (lambda: lectures.hard_and_soft_step([1.0], 0.0, [1.0], -1), "y must be 0 or 1, got -1"),
        (lambda: lectures.dense_multiply_adds([3]), "at least two sizes"),
    ],
)
def test_bad_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
