"""What a second reading of lecture notes adds: S36 to S45, and S22 and S33 made right."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, why
from init import theory
from init.theory import MeanVariance, correlated_sum
from nn import lectures
from nn.diagnostics import propagate
from nn.lectures import XOR_INPUTS, XOR_TARGETS, weight_variance_experiment

HOW = ["by_hand", "by_engine"]


# S22: zeros ---------------------------------------------------------------------------------------


def from_zero(activation, epochs=1):
    """The layers of the two-unit XOR network after epochs of stochastic steps from zeros."""
    layers = ((np.zeros((2, 2)), np.zeros(2)), (np.zeros((1, 2)), np.zeros(1)))
    for _ in range(epochs):
        layers, _ = lectures.one_epoch(layers, XOR_INPUTS, XOR_TARGETS, 0.1, activation)
    return layers


@pytest.mark.lecture("S22")
def test_with_sigmoid_units_all_weights_move_from_zero():
    """σ(0) = ½: the output's weights get a gradient at once, and so do the hidden ones next."""
    (W, b), (V, c) = from_zero(("sigmoid", "sigmoid"))
    assert W[0] == pytest.approx([-1.97e-5, -3.96e-5], rel=3e-3)
    assert V[0] == pytest.approx([-1.01e-6, -1.01e-6], rel=5e-3)
    assert b.all()
    assert c.all()


@pytest.mark.lecture("S22")
def test_with_tanh_units_only_the_output_bias_moves_from_zero():
    (W, b), (V, c) = from_zero(("tanh", "sigmoid"))
    for still in (W, b, V):
        assert not still.any()
    assert c.all()


@pytest.mark.lecture("S22")
def test_equal_sigmoid_units_stay_bit_identical_for_ever():
    (W, b), (V, _) = from_zero(("sigmoid", "sigmoid"), epochs=200)
    assert (W[0] == W[1]).all()
    assert b[0] == b[1]
    assert V[0, 0] == V[0, 1]


# S33: the figure's own loss -----------------------------------------------------------------------


@pytest.mark.lecture("S33")
@pytest.mark.slow
def test_the_loss_sends_back_2y_times_what_the_output_does():
    """∂l/∂f = 2y ∂y/∂f in each network, for l = y²."""
    options = {"variances": [0.02], "seeds": 4, "depth": 10}
    of_output = weight_variance_experiment(**options)[0.02].samples
    of_loss = weight_variance_experiment(**options, of="loss")[0.02].samples
    y2 = of_output["forward"][:, -1:]  # of the one output, linear
    np.testing.assert_allclose(of_loss["backward"], 4 * y2 * of_output["backward"], rtol=1e-12)


@pytest.mark.lecture("S33")
def test_the_law_of_the_loss_is_4_times_that_of_the_output_times_the_mean_of_y2():
    for variance in theory.WEIGHT_VARIANCES:
        output = theory.relu_network_law(variance)
        loss = theory.relu_network_law(variance, of="loss")
        y2 = 100 * variance * (50 * variance) ** 50
        np.testing.assert_allclose(loss.backward, 4 * y2 * output.backward, rtol=1e-12)
        assert (loss.forward == output.forward).all()
    with pytest.raises(ValueError, match="of must be one of output, loss, got 'losses'"):
        theory.relu_network_law(0.02, of="losses")


@pytest.mark.lecture("S33")
def test_at_the_output_like_is_compared_with_like():
    """Nothing random lies between the cotangent and the output: prediction and measure agree."""
    table = propagate(
        lambda seed: nn.MLP([20, 20, 1], init="he_normal", seed=seed),
        lambda seed: np.random.default_rng((seed, 1)).standard_normal((1, 20)),
        seeds=30,
        cotangent=lambda y: 2 * y,
    )
    last = table[-1].backward
    assert last.predicted == last.measured
    assert last.high > 3 * last.low


# S36: sums that are correlated --------------------------------------------------------------------

numbers = st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=1, max_size=9)


@pytest.mark.lecture("S36")
@given(numbers)
def test_the_variance_of_a_sum_has_twice_the_covariance(pairs):
    """Held to exact arithmetic on equally likely pairs."""
    n = len(pairs)

    def mean(values):
        return Fraction(sum(values), n)

    def moments(values):
        m = mean(values)
        return m, sum((Fraction(v) - m) ** 2 for v in values) / n

    xs, ys = zip(*pairs, strict=True)
    (ex, vx), (ey, vy) = moments(xs), moments(ys)
    covariance = mean([x * y for x, y in pairs]) - ex * ey
    found = correlated_sum(
        MeanVariance(float(ex), float(vx)), MeanVariance(float(ey), float(vy)), float(covariance)
    )
    m, v = moments([x + y for x, y in pairs])
    assert found.mean == pytest.approx(float(m), abs=1e-9)
    assert found.variance == pytest.approx(float(v), rel=1e-12, abs=1e-9)


@pytest.mark.lecture("S36")
def test_a_covariance_that_none_can_have_is_refused():
    with pytest.raises(ValueError, match=r"no covariance is larger than .*, here 2, got -3"):
        correlated_sum(MeanVariance(0.0, 1.0), MeanVariance(0.0, 4.0), -3.0)


# S37: means ---------------------------------------------------------------------------------------


@pytest.mark.lecture("S37")
@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_means_of_preactivations_and_gradients_are_0_within_standard_errors(activation):
    table = propagate(
        lambda seed: nn.MLP([50] * 6 + [1], activation, init="he_normal", seed=seed),
        lambda seed: np.random.default_rng((seed, 1)).standard_normal((1, 50)),
        seeds=60,
    )
    for row in table[:-1]:
        for found in (row.preactivation_mean, row.gradient_mean):
            assert found.predicted == 0
            assert 0 < found.error < 1
            assert abs(found.measured) < 4 * found.error
    outputs = [row.mean for row in table[:-1]]
    if activation == "tanh":  # odd
        assert all(h.predicted == 0 and abs(h.measured) < 4 * h.error for h in outputs)
    else:
        assert all(h.predicted > 0 and h.measured > 4 * h.error for h in outputs)


@pytest.mark.lecture("S37")
def test_standard_errors_are_those_of_the_networks():
    table = propagate(lambda seed: nn.MLP([3, 4, 1], seed=seed), np.ones((2, 3)), seeds=5)
    found = table.samples["mean"][:, 0]
    assert table[0].mean.error == pytest.approx(np.std(found, ddof=1) / math.sqrt(5))
    one = propagate(nn.MLP([3, 4, 1], seed=0), np.ones((2, 3)))
    assert math.isnan(one[0].mean.error)


# S38: two outputs ---------------------------------------------------------------------------------

HIDDEN = (np.array([[0.4, -0.6], [0.3, 0.8]]), np.array([0.1, -0.2]))
OUTPUT = (np.array([[0.7, -0.5], [-0.9, 0.2]]), np.array([0.05, 0.0]))
X, Y = np.array([1.0, 0.5]), np.array([1.0, 0.0])


@pytest.mark.lecture("S38")
@pytest.mark.parametrize("how", HOW)
def test_a_hidden_gradient_is_the_sum_over_the_outputs(how):
    shares = getattr(lectures.error_shares((HIDDEN, OUTPUT), X, Y), how)
    whole = getattr(lectures.backpropagate((HIDDEN, OUTPUT), X, Y), how)
    np.testing.assert_allclose(shares.gradients.sum(axis=0), whole.gradients[0][0], rtol=1e-13)
    np.testing.assert_allclose(shares.hidden.sum(axis=0), whole.deltas[0][0], rtol=1e-13)
    assert shares.errors.sum() == pytest.approx(whole.error, rel=1e-14)


@pytest.mark.lecture("S38")
@pytest.mark.parametrize("how", HOW)
def test_delta_3_is_delta_5_w35_and_delta_6_w36_times_o3_1_minus_o3(how):
    def sigma(z):
        return 1 / (1 + math.exp(-z))

    o3, o4 = (sigma(HIDDEN[0][k] @ X + HIDDEN[1][k]) for k in range(2))
    o5, o6 = (sigma(OUTPUT[0][k] @ [o3, o4] + OUTPUT[1][k]) for k in range(2))
    delta5, delta6 = -(1 - o5) * o5 * (1 - o5), -(0 - o6) * o6 * (1 - o6)
    shares = getattr(lectures.error_shares((HIDDEN, OUTPUT), X, Y), how)
    assert shares.deltas == pytest.approx([delta5, delta6], rel=1e-13)
    expected = [delta5 * 0.7 * o3 * (1 - o3), delta6 * -0.9 * o3 * (1 - o3)]
    assert shares.hidden[:, 0] == pytest.approx(expected, rel=1e-13)
    assert shares.gradients[:, 0, 1] == pytest.approx(np.array(expected) * 0.5, rel=1e-13)


@pytest.mark.lecture("S38")
def test_why_finds_the_two_groups_of_paths():
    """Each path from w13 to E ends in the error of one output; the groups add up to its share."""
    w13, x = Value(0.4, label="w13"), Value(1.0, requires_grad=False)
    o3 = autograd.sigmoid(w13 * x + (-0.6 * 0.5 + 0.1))
    o4 = 1 / (1 + math.exp(-(HIDDEN[0][1] @ X + HIDDEN[1][1])))
    errors = []
    for k, name in enumerate(("e5", "e6")):
        o = autograd.sigmoid(o3 * OUTPUT[0][k, 0] + (OUTPUT[0][k, 1] * o4 + OUTPUT[1][k]))
        errors.append(autograd.square(Y[k] - o) / 2)
        errors[-1].label = name
    E = errors[0] + errors[1]
    E.label = "E"
    found = why(w13, E)
    shares = lectures.error_shares((HIDDEN, OUTPUT), X, Y).by_hand
    assert found.count == 2
    for name, share in zip(("e5", "e6"), shares.gradients[:, 0, 0], strict=True):
        (path,) = [path for path in found.paths if name in path.names]
        assert path.product == pytest.approx(share, rel=1e-12)
    assert found.total == pytest.approx(shares.gradients[:, 0, 0].sum(), rel=1e-12)


# S39: shapes --------------------------------------------------------------------------------------


@pytest.mark.lecture("S39")
@given(st.integers(0, 999), st.integers(1, 4), st.integers(1, 4))
def test_the_contraction_with_the_jacobian_of_the_weights_is_the_outer_product(seed, m, n):
    rng = np.random.default_rng(seed)
    W, x, signal = rng.normal(size=(m, n)), rng.normal(size=n), rng.normal(size=m)
    hand, engine = lectures.weight_jacobian(W, x, signal)
    assert hand.jacobian.shape == engine.jacobian.shape == (m, m, n)
    for i, j in itertools.product(range(m), range(m)):
        assert (engine.jacobian[i, j] == (x if i == j else 0)).all()
    np.testing.assert_array_equal(hand.jacobian, engine.jacobian)
    np.testing.assert_allclose(engine.gradient, np.outer(signal, x), rtol=1e-15)
    np.testing.assert_array_equal(hand.gradient, np.outer(signal, x))


# S40: a hard and a soft output --------------------------------------------------------------------

finite = st.floats(-3, 3)


@pytest.mark.lecture("S40")
@given(st.lists(finite, min_size=2, max_size=2), finite, st.lists(finite, min_size=2, max_size=2),
       st.sampled_from([0, 1]))  # fmt: skip
def test_both_steps_are_y_minus_the_output_times_x(w, b, x, y):
    hand, engine = lectures.hard_and_soft_step(w, b, x, y)
    for step in (*hand, *engine):
        assert step.weights == pytest.approx((y - step.output) * np.array(x), abs=1e-12)
        assert step.bias == pytest.approx(y - step.output, abs=1e-12)
    assert hand.hard.output in (0, 1)
    assert hand.soft.output == pytest.approx(1 / (1 + math.exp(-(np.dot(w, x) + b))), rel=1e-12)


@pytest.mark.lecture("S40")
def test_the_hard_step_is_the_perceptrons():
    """On a mistake it is ±x; on a right answer nothing, where the soft step still moves."""
    wrong, right = (lectures.hard_and_soft_step([1.0, 1.0], 0.5, [1.0, 2.0], y) for y in (0, 1))
    w, b = nn.perceptron_step(np.array([1.0, 1.0]), 0.5, np.array([1.0, 2.0]), -1)
    assert (np.array([1.0, 1.0]) + wrong.by_hand.hard.weights).tolist() == w.tolist()
    assert 0.5 + wrong.by_hand.hard.bias == b
    assert right.by_hand.hard.weights.tolist() == [0, 0]
    assert (right.by_hand.soft.weights > 0).all()


# S41: any order -----------------------------------------------------------------------------------


@st.composite
def separable(draw):
    """Examples beside a plane, none nearer to it than 0.2."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    n, d = draw(st.integers(2, 12)), draw(st.integers(1, 3))
    w = rng.normal(size=d)
    w /= np.linalg.norm(w)
    X, y = rng.normal(size=(n, d)), rng.choice([-1, 1], n)
    y[:2] = -1, 1
    return X + (0.2 * y + np.maximum(0, -y * (X @ w)) * y)[:, None] * w, y


@pytest.mark.lecture("S41")
@settings(max_examples=60)
@given(separable(), st.integers(0, 999), st.booleans())
def test_every_order_that_picks_all_examples_converges_within_the_bound(examples, seed, shuffle):
    X, y = examples
    rows = np.random.default_rng(seed).permutation(np.append(np.arange(len(X)), [0, len(X) - 1]))
    run = nn.train_perceptron(X, y, order=rows, shuffle=seed if shuffle else None, max_iter=100_000)
    assert run.converged
    assert len(run.history) <= nn.update_bound(X, y) * (1 + 1e-9)
    assert (run.predict(X) == y).all()


@pytest.mark.lecture("S41")
def test_an_order_is_followed_and_a_shuffle_draws_one_for_each_pass():
    corners, AND = XOR_INPUTS, [-1, -1, -1, 1]
    assert [u.example for u in nn.train_perceptron(corners, AND, order=[3, 0, 1, 2]).history][
        :2
    ] == [3, 0]
    as_given = nn.train_perceptron(corners, AND)
    same = nn.train_perceptron(corners, AND, order=[0, 1, 2, 3])
    assert same.history.example.tolist() == as_given.history.example.tolist()
    first, again, other = (nn.train_perceptron(corners, AND, shuffle=seed) for seed in (1, 1, 2))
    assert first.history.example.tolist() == again.history.example.tolist()
    assert first.history.example.tolist() != other.history.example.tolist()
    w = np.zeros(2)
    for update in first.history:  # the history names rows of X, whatever the order was
        w = w + AND[update.example] * corners[update.example]
    assert w.tolist() == first.weights.tolist()


@pytest.mark.lecture("S41")
@pytest.mark.parametrize("order", [[0, 1], [0, 1, 2, 4], [0.0, 1.0, 2.0, 3.0], [[0, 1, 2, 3]], []])
def test_an_order_that_leaves_an_example_out_is_refused(order):
    with pytest.raises(ValueError, match="order must hold the rows from 0 to 3"):
        nn.train_perceptron(XOR_INPUTS, [0, 0, 0, 1], order=order)


@pytest.mark.lecture("S41")
def test_the_classifier_shuffles_too():
    first, again = (
        nn.Perceptron(shuffle=True, random_state=3).fit(XOR_INPUTS, [0, 1, 1, 1]) for _ in range(2)
    )
    assert first.history_.example.tolist() == again.history_.example.tolist()
    assert first.converged_
    with pytest.raises(TypeError, match="shuffle must be True or False, got 1"):
        nn.Perceptron(shuffle=1).fit(XOR_INPUTS, [0, 1, 1, 1])


# S42: clipping ------------------------------------------------------------------------------------


@pytest.mark.lecture("S42")
def test_clipping_lets_an_exploding_network_learn():
    """Twenty layers of weights of twice He's variance: the first step throws it off for good."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 20))
    y = x[:, :1] - x[:, 1:2]

    def trained(**clipping):
        model = nn.MLP([20] * 20 + [1], init={"name": "normal", "std": math.sqrt(0.2)}, seed=0)
        sgd = nn.SGD(model.parameters(), lr=0.01)
        return nn.fit(model, x, y, epochs=15, loss=nn.mse, optimizer=sgd, rng=0, progress=False,
                      **clipping)  # fmt: skip

    with pytest.raises(nn.training.Diverged):
        trained()
    clipped = trained(clip_norm=1.0)
    assert clipped[-1].loss < clipped[0].loss / 2
    assert max(epoch.max_gradient_norm for epoch in clipped) > 1e3  # before it was clipped


# S43: not the best boundary -----------------------------------------------------------------------


@pytest.mark.lecture("S43")
@given(separable())
@settings(max_examples=40)
def test_what_is_learnt_separates_and_has_no_larger_margin_than_the_largest(examples):
    X, y = examples
    run = nn.train_perceptron(X, y, max_iter=100_000)
    reached = nn.margin(X, y, run.weights, run.bias)
    assert 0 < reached <= nn.largest_margin(X, y).margin * (1 + 1e-9)


@pytest.mark.lecture("S43")
def test_the_perceptrons_boundary_is_not_the_best():
    """AND: it reaches half of what 2x₁ + 2x₂ − 3 = 0 does, whose margin is 1/√8."""
    y = [-1, -1, -1, 1]
    run = nn.train_perceptron(XOR_INPUTS, y)
    assert nn.margin(XOR_INPUTS, y, run.weights, run.bias) == pytest.approx(1 / math.sqrt(13))
    assert nn.largest_margin(XOR_INPUTS, y).margin == pytest.approx(1 / math.sqrt(8))


# S44: a linear last layer -------------------------------------------------------------------------


@pytest.mark.lecture("S44")
@given(st.integers(0, 999))
def test_a_linear_last_layer_has_its_weights_for_jacobian(seed):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(m, n)) for n, m in itertools.pairwise([3, 4, 2])]
    x, y = rng.normal(size=3), rng.normal(size=2)
    (found,), (hand, engine) = lectures.jacobian_backprop(weights, x, y, ["tanh", "identity"])
    h = np.tanh(weights[0] @ x)
    signal = weights[1] @ h - y  # of L = ½‖y − target‖²
    for passed in found:
        np.testing.assert_allclose(passed.jacobians[1], weights[1], rtol=1e-15)
        np.testing.assert_allclose(passed.signals[2], signal, rtol=1e-13)
        np.testing.assert_allclose(passed.gradients[1], np.outer(signal, h), rtol=1e-12)
        before = (weights[1].T @ signal) / np.cosh(weights[0] @ x) ** 2
        np.testing.assert_allclose(passed.gradients[0], np.outer(before, x), rtol=1e-11)
    for mine, theirs in zip(hand, engine, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-11)


# S45: tanh's linear regime ------------------------------------------------------------------------


@pytest.mark.lecture("S45")
@pytest.mark.slow
@pytest.mark.parametrize(("size", "ratio"), [(0.01, 0.98), (0.3, 0.58), (1.0, 0.12)])
def test_tanh_follows_the_linear_law_for_small_signals_alone(size, ratio):
    """Five layers, the last linear, weights of variance 1/n: the law keeps V[h] = V[x]."""
    sizes = [100] * 6
    law = theory.forward_law(sizes, [1 / 100] * 5)[-1]
    table = propagate(
        lambda seed: nn.MLP(sizes, "tanh", init="lecun_normal", seed=seed),
        lambda seed: size * np.random.default_rng((seed, 1)).standard_normal((20, 100)),
        seeds=40,
    )
    found = table[-1].variance
    assert law == pytest.approx(1)
    assert found.measured / size**2 == pytest.approx(ratio * law, abs=0.02)
    assert found.predicted == pytest.approx(found.measured, rel=0.05)


# What a reader reaches for ------------------------------------------------------------------------


@pytest.mark.lecture("S12")
def test_an_epoch_of_stochastic_steps_by_fit():
    """In the order of the examples, with the numbers of S12."""
    model = nn.MLP([2, 2, 1], "sigmoid", output="sigmoid", seed=0)
    start = {"layers.0.weight": [[0.02, 0.03], [0.01, 0.02]], "layers.0.bias": [0, 0],
             "layers.1.weight": [[0.01, 0.03]], "layers.1.bias": [0]}  # fmt: skip
    model.load_state_dict({name: np.array(data, float) for name, data in start.items()})
    sgd = nn.SGD(model.parameters(), lr=0.1)
    nn.fit(model, XOR_INPUTS, XOR_TARGETS, epochs=1, loss=nn.half_squared_error, optimizer=sgd,
           rng=0, batch_size=1, shuffle=False, progress=False)  # fmt: skip
    assert model.layers[1].weight.data[0] == pytest.approx([0.009747904, 0.029748623], abs=5e-10)
    assert model.layers[1].bias.data == pytest.approx([-0.000496237], abs=5e-10)


@pytest.mark.lecture("S13")
def test_a_full_batch_step_by_fit_is_that_of_the_mean():
    """With the mean over the batch as its loss, ``fit`` takes S13's step, not four times it."""
    model = nn.MLP([2, 2, 1], "tanh", output="sigmoid", seed=0)
    start = {"layers.0.weight": [[0.02, 0.03], [0.01, 0.02]], "layers.0.bias": [0, 0],
             "layers.1.weight": [[0.01, 0.03]], "layers.1.bias": [0]}  # fmt: skip
    model.load_state_dict({name: np.array(data, float) for name, data in start.items()})
    sgd = nn.SGD(model.parameters(), lr=1.0)

    def loss(outputs, targets):
        return nn.half_squared_error(outputs, targets, reduction="mean")

    nn.fit(model, XOR_INPUTS, XOR_TARGETS, epochs=1, loss=loss, optimizer=sgd, rng=0,
           batch_size=4, progress=False)  # fmt: skip
    moved = np.array([[0.01, 0.03]]) - model.layers[1].weight.data
    assert moved[0] == pytest.approx([7.33340e-7, 8.27282e-7], abs=5e-12)


@pytest.mark.lecture("S10")
def test_the_loop_stops_when_the_cost_has_converged():
    """Another start learns XOR: after the step that changes E by no more than 10⁻⁶ it is done."""
    rng = np.random.default_rng(3)
    start = [(rng.normal(size=(4, 2)), np.zeros(4)), (rng.normal(size=(1, 4)), np.zeros(1))]
    options = {"alpha": 2.0, "steps": 20_000, "activations": ("tanh", "sigmoid")}
    errors, layers = lectures.learning_curve(
        start, XOR_INPUTS, XOR_TARGETS, tolerance=1e-6, **options
    )
    assert 10 < len(errors) < 20_001
    changes = np.abs(np.diff(errors))
    assert changes[-1] <= 1e-6
    assert (changes[:-1] > 1e-6).all()
    assert lectures.backpropagate(
        layers, XOR_INPUTS, XOR_TARGETS, ("tanh", "sigmoid")
    ).by_hand.error == pytest.approx(errors[-1], rel=1e-12)


def test_step_is_a_name_of_the_heaviside_step():
    model = nn.MLP([2, 3, 1], "step", seed=0)
    x = np.array([[1.0, -1.0]])
    h = (model.layers[0].weight.data @ x[0] + model.layers[0].bias.data > 0).astype(float)
    assert model(x).data[0] == pytest.approx(model.layers[1].weight.data @ h)


@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
def test_half_squared_error_is_reduced_over_examples(reduction):
    p, y = np.array([[1.0, 2.0], [3.0, 5.0]]), np.zeros((2, 2))
    expected = {"sum": 19.5, "mean": 9.75, "none": [[0.5, 2.0], [4.5, 12.5]]}[reduction]
    found = nn.half_squared_error(autograd.Tensor(p), y, reduction=reduction)
    np.testing.assert_allclose(found.data, expected)
