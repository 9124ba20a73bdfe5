"""The perceptron's rule, its history, threshold units and boundaries: S1, S2 and S5 to S9."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nn

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {"AND": [-1, -1, -1, 1], "OR": [-1, 1, 1, 1], "NAND": [1, 1, 1, -1], "XOR": [-1, 1, 1, -1]}

integers = st.integers(-5, 5)
rationals = st.fractions(-100, 100, max_denominator=12)
vectors = arrays(object, st.integers(1, 4), elements=rationals)


def textbook(X, y, max_iter):
    """PERCEPTRONTRAIN, line by line, in exact arithmetic; and every update it makes."""
    w, b = [Fraction(0)] * X.shape[1], Fraction(0)
    updates = []
    for sweep in range(1, max_iter + 1):
        before = len(updates)
        for i, (x, sign) in enumerate(zip(X.tolist(), y, strict=True)):
            a = sum(wd * Fraction(xd) for wd, xd in zip(w, x, strict=True)) + b
            if sign * a <= 0:
                w = [wd + int(sign) * Fraction(xd) for wd, xd in zip(w, x, strict=True)]
                b += int(sign)
                updates.append((sweep, i, [float(wd) for wd in w], float(b)))
        if len(updates) == before:
            return sweep, True, updates
    return max_iter, False, updates


# S1, S5, S6: the rule ----------------------------------------------------------------------------


@pytest.mark.lecture("S1")
@given(
    X=arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 3)), elements=integers),
    data=st.data(),
)
def test_every_update_is_that_of_perceptrontrain(X, data):
    y = data.draw(arrays(np.int64, len(X), elements=st.sampled_from([-1, 1])))
    run = nn.train_perceptron(X, y, max_iter=12)
    sweeps, converged, updates = textbook(X, y, 12)
    assert (run.sweeps, run.converged) == (sweeps, converged)
    assert [(u.sweep, u.example, u.weights.tolist(), u.bias) for u in run.history] == updates


@pytest.mark.lecture("S1")
def test_one_entire_pass_without_an_update_is_convergence():
    """The last pass is that one: no update is made in it, and no pass comes after it."""
    run = nn.train_perceptron(CORNERS, GATES["AND"], max_iter=1000)
    assert run.converged
    assert run.history.sweep.max() == run.sweeps - 1
    assert not nn.train_perceptron(CORNERS, GATES["AND"], max_iter=run.sweeps - 1).converged


@pytest.mark.lecture("S1")
def test_many_examples_are_seen_in_their_order():
    """More of them than are looked at together, with the mistakes far apart."""
    X = np.array([[float(k % 400 in (7, 300, 399)), 1.0] for k in range(900)])
    y = np.where(X[:, 0] == 1, 1, -1)
    run = nn.train_perceptron(X, y, max_iter=50)
    _, converged, updates = textbook(X, y, 50)
    assert run.converged == converged
    assert [(u.sweep, u.example) for u in run.history] == [u[:2] for u in updates]


@pytest.mark.lecture("S5")
@given(
    X=arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 3)), elements=integers),
    data=st.data(),
)
def test_targets_0_and_1_give_the_same_decisions(X, data):
    """Wrongly 0: the inputs are added. Wrongly 1: they are subtracted."""
    y = data.draw(arrays(np.int64, len(X), elements=st.sampled_from([0, 1])))
    assume(y.min() == 0)  # all 1 may be read either way, to the same effect
    run = nn.train_perceptron(X, y, max_iter=12)
    w, b = np.zeros(X.shape[1]), 0.0
    for update in run.history:
        x, target = X[update.example], y[update.example]
        assert (w @ x + b >= 0) if target == 0 else (w @ x + b <= 0)
        w, b = (w + x, b + 1) if target == 1 else (w - x, b - 1)
        assert (update.weights.tolist(), update.bias) == (w.tolist(), b)
    twin = nn.train_perceptron(X, 2 * y - 1, max_iter=12)
    assert twin.history.example.tolist() == run.history.example.tolist()


@pytest.mark.lecture("S6")
@pytest.mark.parametrize(
    ("gate", "weights", "bias", "updates", "passes"),
    [("AND", [3, 2], -4, 18, 9), ("OR", [2, 2], -1, 9, 6), ("NAND", [-3, -2], 4, 18, 9)],
)
def test_the_gates_that_a_perceptron_learns(gate, weights, bias, updates, passes):
    run = nn.train_perceptron(CORNERS, GATES[gate])
    assert (run.weights.tolist(), run.bias) == (weights, bias)
    assert (len(run.history), run.sweeps, run.converged) == (updates, passes, True)
    assert run.predict(CORNERS).tolist() == GATES[gate]


@pytest.mark.lecture("S6")
def test_xor_never_converges_and_is_back_at_zero_after_each_pass():
    run = nn.train_perceptron(CORNERS, GATES["XOR"], max_iter=500)
    assert (run.converged, run.sweeps, len(run.history)) == (False, 500, 2000)
    assert not run.history.weights[3::4].any()
    assert not run.history.bias[3::4].any()


# S2: one update ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.lecture("S2")
@given(x=vectors, data=st.data())
def test_an_update_raises_the_activation_by_the_squared_length_plus_1(x, data):
    """For any x, exactly: a' = a + Σx² + 1, if y = +1 and a ≤ 0."""
    w = data.draw(arrays(object, len(x), elements=rationals))
    a = -abs(data.draw(rationals))
    b = a - w @ x
    new_w, new_b = nn.perceptron_step(w, b, x, +1)
    assert new_w @ x + new_b == a + sum(xd * xd for xd in x) + 1 > a


@pytest.mark.lecture("S2")
def test_the_activation_may_stay_negative():
    w, b = nn.perceptron_step(np.array([0.0]), -5.0, np.array([1.0]), +1)
    assert w @ [1.0] + b < 0


@pytest.mark.lecture("S2")
@given(x=vectors, y=st.sampled_from([-1, 1]))
def test_an_example_on_its_side_changes_nothing(x, y):
    """By the weights y·x and the bias y its activation has the sign of y."""
    w, b = nn.perceptron_step(y * x, Fraction(y), x, y)
    assert w.tolist() == (y * x).tolist()
    assert b == y


# The history -------------------------------------------------------------------------------------


def test_the_history_ends_with_the_weights_that_were_found():
    """To the last bit, though they are added up anew."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    run = nn.train_perceptron(X, X @ [1, -2, 3, 0.5, 1] > 0.1, max_iter=2000)
    *_, last = run.history
    assert last.weights.tolist() == run.weights.tolist()
    assert last.bias == run.bias
    assert run.history[-1].example == last.example


def test_learning_goes_on_from_given_weights():
    """Two runs of one pass each are one run of two passes."""
    first = nn.train_perceptron(CORNERS, GATES["AND"], max_iter=1)
    second = nn.train_perceptron(
        CORNERS, GATES["AND"], max_iter=1, start=(first.weights, first.bias)
    )
    both = nn.train_perceptron(CORNERS, GATES["AND"], max_iter=2)
    assert second.weights.tolist() == both.weights.tolist()
    assert second.history[-1].weights.tolist() == both.weights.tolist()


def test_the_examples_are_not_changed_and_not_shared():
    X = CORNERS.astype(float)
    run = nn.train_perceptron(X, GATES["AND"])
    assert X.tolist() == CORNERS.tolist()
    X[:] = 99.0
    assert run.history[-1].weights.tolist() == [3, 2]


@pytest.mark.parametrize(
    ("X", "y", "says"),
    [
        ([[1.0]], [2], "labels must be -1 and \\+1, or 0 and 1"),
        ([[1.0], [2.0]], [0, -1], "labels must be"),
        ([[1.0], [2.0]], [1], "one label for each of the 2 examples"),
        ([[np.nan]], [1], "has nan or inf"),
        ([[np.inf]], [1], "has nan or inf"),
        ([1.0, 2.0], [1, 1], r"shape \(n_examples, n_features\)"),
        (np.empty((0, 2)), [], "not be empty"),
        (np.empty((2, 0)), [0, 1], "not be empty"),
    ],
)
def test_bad_examples_are_refused(X, y, says):
    with pytest.raises(ValueError, match=says):
        nn.train_perceptron(X, y)


def test_a_bad_start_or_number_of_passes_is_refused():
    with pytest.raises(ValueError, match="max_iter must be a positive integer, got 0"):
        nn.train_perceptron(CORNERS, GATES["OR"], max_iter=0)
    with pytest.raises(TypeError, match=r"max_iter must be a positive integer, got 2\.5"):
        nn.train_perceptron(CORNERS, GATES["OR"], max_iter=2.5)
    with pytest.raises(ValueError, match="one weight for each of the 2 features, got 3"):
        nn.train_perceptron(CORNERS, GATES["OR"], start=([0, 0, 0], 0.0))


def test_inputs_of_another_width_are_refused_in_words():
    run = nn.train_perceptron(CORNERS, GATES["OR"])
    with pytest.raises(ValueError, match="X must have 2 features, got 3"):
        run.predict([[0.0, 1.0, 1.0]])


@pytest.mark.parametrize("y", [0, 5, np.nan])
def test_a_step_is_for_the_labels_plus_and_minus_1(y):
    """With y = 0, nothing would ever be learnt; with 5, too much."""
    with pytest.raises(ValueError, match="a label must be -1 or \\+1"):
        nn.perceptron_step(np.zeros(2), 0.0, np.ones(2), y)


def test_numbers_that_overflow_are_not_taken_for_convergence():
    """Infinity minus infinity is no activation to be right about."""
    with np.errstate(all="ignore"):
        run = nn.train_perceptron([[10.0, -10.0]], [1], start=([1e308, 1e308], 0.0), max_iter=9)
    assert not run.converged


# S7: the boundary --------------------------------------------------------------------------------

LECTURE = [([0.2, w2], 4.5) for w2 in (0.1, -0.3, -0.7, -1.1)]


@pytest.mark.lecture("S7")
def test_each_boundary_is_drawn_where_the_activation_is_zero():
    figure = nn.draw_boundaries(LECTURE)
    lines = figure.axes[0].lines
    assert len(lines) == 4
    for line, (w, b) in zip(lines, LECTURE, strict=True):
        ends = line.get_transform().inverted().transform(line.get_transform().transform(
            [line.get_xy1(), line.get_xy2()]
        ))  # fmt: skip
        assert ends @ w + b == pytest.approx([0, 0], abs=1e-9)
        assert not np.allclose(*ends)


@pytest.mark.lecture("S7")
def test_later_boundaries_are_darker():
    lines = nn.draw_boundaries(LECTURE).axes[0].lines
    alphas = [line.get_alpha() for line in lines]
    assert alphas == sorted(alphas)
    assert alphas[-1] == 1


@pytest.mark.lecture("S7")
def test_the_rule_cannot_make_the_lectures_sequence():
    """The bias moves with every update, and it stays 4.5 in the lecture's four boundaries."""
    run = nn.train_perceptron(CORNERS, GATES["XOR"], max_iter=20, start=LECTURE[0])
    biases = [4.5, *run.history.bias]
    assert all(abs(a - b) == 1 for a, b in pairwise(biases))


@pytest.mark.lecture("S7")
def test_a_history_and_its_examples_are_drawn():
    run = nn.train_perceptron(CORNERS, GATES["AND"])
    figure = nn.draw_boundaries(((u.weights, u.bias) for u in run.history), CORNERS, GATES["AND"])
    (axes,) = figure.axes
    drawable = [u for u in run.history if u.weights.any()]
    assert len(axes.lines) == len(drawable)
    shown = [c.get_offsets().tolist() for c in axes.collections]
    assert shown == [CORNERS[:3].tolist(), CORNERS[3:].tolist()]
    figure.savefig("/dev/null", format="png")
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names[0].startswith("first: ")
    assert names[1].startswith(f"last of {len(drawable)}: ")
    assert names[2:] == ["class -1", "class +1"]


@pytest.mark.lecture("S7")
def test_a_figure_is_returned_and_never_shown_by_force():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    nn.draw_boundaries(LECTURE)
    assert plt.get_fignums() == before


@pytest.mark.lecture("S7")
@pytest.mark.parametrize(
    ("separators", "X", "y", "says"),
    [
        ([([1.0, 2.0, 3.0], 0.0)], None, None, "2 features, got 3"),
        ([], [[1.0, 2.0, 3.0]], [1], "two features, got 3"),
        ([], [[1.0, 2.0]], None, "pass y with X"),
        ([([1.0, np.nan], 0.0)], None, None, "has nan or inf"),
    ],
)
def test_what_cannot_be_drawn_is_refused(separators, X, y, says):
    with pytest.raises(ValueError, match=says):
        nn.draw_boundaries(separators, X, y)


# S8: stacking linear layers ----------------------------------------------------------------------


@st.composite
def linear_stacks(draw, outputs=(1, 3)):
    sizes = [2, *draw(st.lists(st.integers(1, 4), max_size=3)), draw(st.integers(*outputs))]
    return [
        (
            draw(arrays(np.float64, (m, n), elements=integers)),
            draw(arrays(np.float64, m, elements=integers)),
        )
        for n, m in pairwise(sizes)
    ]


@pytest.mark.lecture("S8")
@given(linear_stacks())
def test_a_stack_of_linear_layers_is_one_linear_layer(stack):
    h = CORNERS.T
    for W, b in stack:
        h = W @ h + b[:, None]
    W, b = nn.stack_linear(*stack)
    assert (W @ CORNERS.T + b[:, None]).tolist() == h.tolist()


@pytest.mark.lecture("S8")
@given(linear_stacks(outputs=(1, 1)))
def test_no_stack_of_linear_layers_solves_xor(stack):
    """Outputs at 00 and 11 add up to as much as at 01 and 10: they can't be apart in sign."""
    W, b = nn.stack_linear(*stack)
    fires = (CORNERS @ W.T + b)[:, 0] > 0
    assert fires.tolist() not in ([False, True, True, False], [True, False, False, True])


@pytest.mark.lecture("S8")
def test_layers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="at least one layer"):
        nn.stack_linear()
    with pytest.raises(ValueError, match="layer 0 gives 2 outputs and layer 1 takes 3 inputs"):
        nn.stack_linear((np.ones((2, 2)), np.ones(2)), (np.ones((1, 3)), np.ones(1)))
    with pytest.raises(ValueError, match="2 units and 1 biases"):
        nn.stack_linear((np.ones((2, 2)), np.ones(1)))


# S9: XOR by hand ---------------------------------------------------------------------------------


@pytest.mark.lecture("S9")
def test_three_threshold_units_compute_xor():
    found = nn.xor_network(CORNERS)
    assert found.hidden.tolist() == [[-1.5, -0.5], [-0.5, 0.5], [-0.5, 0.5], [0.5, 1.5]]
    assert found.output.tolist() == [-0.5, 0.5, 0.5, -1.5]
    assert found.decisions.tolist() == [0, 1, 1, 0]


@pytest.mark.lecture("S9")
def test_units_of_plus_and_minus_1_are_wrong_for_00():
    decisions = nn.xor_network(CORNERS, low=-1.0).decisions
    assert decisions.tolist()[0] == 1
    assert (decisions[1:] > 0).tolist() == [True, True, False]


@pytest.mark.lecture("S9")
def test_a_unit_refuses_inputs_of_another_width():
    with pytest.raises(ValueError, match="one weight for each of the 3 features, got 2"):
        nn.ThresholdUnit((1.0, 1.0), 0.0)([[1, 2, 3]])
