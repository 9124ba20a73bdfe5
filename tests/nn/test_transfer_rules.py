"""Each kind of layer changes a signal's moments as its closed form says, and as networks show."""

import math

import numpy as np
import pytest

import autograd
import nn
from nn.diagnostics.attention_shares import evenness
from nn.diagnostics.axis_roles import MOVES, layout_of, lengths_of

RNG = np.random.default_rng(2**21)
WIDTH = 256
X = RNG.standard_normal((32, WIDTH))
TOKENS = RNG.standard_normal((3, 5, WIDTH))


def linear(rng, fan_in, fan_out, scale=1.0):
    start = {"name": "variance_scaling", "scale": scale}
    return nn.Linear(fan_in, fan_out, init=start, rng=rng)


def after(block, x, width=WIDTH, first=None):
    """The predicted second moment that arrives behind layer, block: a layer of variance 1/n."""
    first = linear(0, x.shape[-1], width) if first is None else first
    last = linear(1, width, 3)
    table = nn.propagate(nn.Sequential(first, *block, last), x)
    scale = width * np.mean(last.weight.data**2)
    return table.predicted("forward")[-1] / scale, table.predicted("forward")[0], table


# Closed forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_a_dropout_divides_the_square_by_what_it_keeps(p):
    x = np.random.default_rng(3).standard_normal((200, 64))
    found, q, _ = after([nn.Dropout(p, rng=0)], x)
    assert found / q == pytest.approx(1 / (1 - p), rel=0.01)


def test_a_residual_adds_a_relus_square_and_twice_the_product_of_the_means():
    """X + relu(f) of independent f: E[x²] + q/2, and no cross term where E[x] is 0."""
    branch = linear(5, WIDTH, WIDTH, scale=2.0)
    found, q, _ = after([nn.Residual(branch, "relu")], X)
    own = WIDTH * np.mean(branch.weight.data**2) * q
    assert found == pytest.approx(q + own / 2, rel=1e-9)


def test_a_layer_norm_takes_the_mean_off():
    """LayerNorm(relu(f)) has E[x²] = 1, and two samples that are independent keep c = 0.

    relu(f) has E[h h'] = q/2π, which is the square of its mean: nothing is left of it.
    """
    x = np.eye(4)
    model = nn.Sequential(linear(0, 4, WIDTH, 2.0), nn.ReLU(), nn.LayerNorm(WIDTH, eps=0))
    table = nn.propagate(nn.Sequential(*model, linear(1, WIDTH, 8)), x)
    assert table.predicted("correlation")[1] == pytest.approx(0, abs=1e-9)


def test_a_layer_norm_divides_the_gradient_by_the_variance():
    first, last = linear(0, WIDTH, WIDTH, 9.0), linear(1, WIDTH, WIDTH)
    table = nn.propagate(nn.Sequential(first, nn.LayerNorm(WIDTH), last), X)
    q = table.predicted("forward")[0]
    expected = WIDTH * np.mean(last.weight.data**2) / (q + 1e-5)
    assert table.predicted("backward")[0] == pytest.approx(expected, rel=1e-9)


class RMSNorm(nn.Module):
    """What users write: x over the root of the mean square."""

    def forward(self, x):
        return x / ((x * x).mean(axis=-1, keepdims=True) + 1e-8) ** 0.5


def test_a_norm_that_is_written_by_hand_is_predicted():
    """relu(f)/√E[relu²] has E[x²] = 1."""
    found, _, table = after([nn.ReLU(), RMSNorm()], X)
    assert found == pytest.approx(1, rel=1e-6)
    assert table.afresh == ()


def test_a_gate_multiplies_squares():
    """A b of independent parts."""

    class Gate(nn.Module):
        def __init__(self):
            self.a, self.b = linear(6, WIDTH, WIDTH), linear(7, WIDTH, WIDTH)

        def forward(self, x):
            return self.a(x) * self.b(x)

    gate = Gate()
    found, q, table = after([gate], X)
    each = [q * WIDTH * np.mean(part.weight.data**2) for part in (gate.a, gate.b)]
    assert found == pytest.approx(each[0] * each[1], rel=1e-9)
    assert table.afresh == ()


def test_a_mean_over_tokens_keeps_what_they_share():
    """Of n tokens of correlation c: E[x²] (1 + (n - 1) c)/n."""
    x = TOKENS + np.sqrt(3) * RNG.standard_normal((3, 1, WIDTH))

    class Mean(nn.Module):
        def forward(self, z):
            return autograd.mean(z, axis=1)

    found, q, _ = after([Mean()], x)
    shared = np.mean([x[:, i] * x[:, j] for i in range(5) for j in range(5) if i != j])
    c = shared / np.mean(x**2)
    assert found / q == pytest.approx((1 + 4 * c) / 5, rel=1e-9)


@pytest.mark.parametrize(("window", "largest"), [(1, 0.0), (2, 1 / math.sqrt(math.pi))])
def test_a_max_pool_takes_the_largest_of_independent_normals(window, largest):
    """E[max(z, z')] = 1/√π and E[max²] = 1, of two standard normals."""
    first = nn.Conv1d(64, WIDTH, 1, rng=0)
    x = np.random.default_rng(8).standard_normal((50, 64, 8))
    model = nn.Sequential(first, nn.MaxPool1d(window), nn.Conv1d(WIDTH, 4, 1, rng=1))
    table = nn.propagate(model, x)
    q, after_pool = table.predicted("forward")
    scale = WIDTH * np.mean(model[-1].weight.data ** 2)
    assert after_pool / scale == pytest.approx(q, rel=0.01)
    # Windows share nothing, so other windows have the square of the mean in common.
    samples = table.predicted("correlation")[1]
    assert samples == pytest.approx(largest**2, abs=0.01)


def test_windows_at_a_border_of_zeros_get_less():
    """Padded 3-wide windows of 8 places have taps t: 2, 3 × 6, 2, and twice padded E[t²]/E[t]²."""
    parts = [nn.Conv1d(64, 64, 3, padding=1, rng=k) for k in range(2)]
    table = nn.propagate(nn.Sequential(*parts), np.ones((2, 64, 8)))
    first, second = (64 * np.mean(part.weight.data**2) for part in parts)
    taps = np.array([2, 3, 3, 3, 3, 3, 3, 2])
    inner = np.convolve(taps, np.ones(3), "same")
    assert table.predicted("forward")[0] == pytest.approx(first * taps.mean(), rel=1e-9)
    assert table.predicted("forward")[1] == pytest.approx(first * second * inner.mean(), rel=1e-9)


class Normed(nn.Module):
    def __init__(self, norm, *settings):
        self.norm, self.settings = norm, settings

    def forward(self, x):
        return self.norm(x, *self.settings)


def test_a_norm_over_places_keeps_what_windows_at_a_border_have_less():
    """The mean of squares becomes 1, and a place's share of it stays that of its taps."""
    parts = [nn.Conv1d(64, 64, 3, padding=1, bias=False, rng=k) for k in range(2)]
    x = np.random.default_rng(0).standard_normal((40, 64, 8))
    table = nn.propagate(nn.Sequential(parts[0], Normed(autograd.batch_norm), parts[1]), x)
    taps = np.array([2, 3, 3, 3, 3, 3, 3, 2])
    inner = np.convolve(taps, np.ones(3), "same").mean() / taps.mean()
    weight = 64 * np.mean(parts[1].weight.data ** 2)
    assert table.predicted("forward")[1] == pytest.approx(weight * inner, rel=0.005)


def test_a_group_norm_of_images_brings_the_signal_to_1():
    """Places that go into groups with units and come out again are places still."""
    norm = Normed(autograd.group_norm, 4)
    parts = [nn.Conv2d(8, 64, 3, rng=0), norm, nn.Conv2d(64, 4, 1, rng=1)]
    x = np.random.default_rng(0).standard_normal((8, 8, 6, 6))
    table = nn.propagate(nn.Sequential(*parts), x)
    weight = 64 * np.mean(parts[2].weight.data ** 2)
    bias = np.mean(parts[2].bias.data ** 2)
    assert table.afresh == ()
    assert table.predicted("forward")[1] == pytest.approx(weight + bias, rel=1e-3)


@pytest.mark.parametrize(
    ("shape", "roles", "new", "expected"),
    [
        ((3, 5, 16), "spu", (15, 16), [[("s", 3), ("p", 5)], [("u", 16)]]),
        ((3, 5, 16), "spu", (3, 5, 2, 8), [[("s", 3)], [("p", 5)], [("u", 2)], [("u", 8)]]),
        ((5, 3, 16), "psu", (5, 6, 8), [[("p", 5)], [("s", 3), ("u", 2)], [("u", 8)]]),
        ((6, 8, 4, 4), "supp", (6, 128), [[("s", 6)], [("u", 8), ("p", 16)]]),
        ((6, 8, 4, 4), "supp", (6, 8, 16), [[("s", 6)], [("u", 8)], [("p", 16)]]),
        ((6, 8, 1, 1), "supp", (6, 8), [[("s", 6)], [("u", 8)]]),
        ((6, 8), "su", (6, 1, 8), [[("s", 6)], [("p", 1)], [("u", 8)]]),
        ((6, 8), "su", (8, 6), None),  # rows that are no samples any more
    ],
)
def test_a_reshape_deals_out_the_parts_of_axes(shape, roles, new, expected):
    x = autograd.Tensor(np.zeros(shape))
    layout = MOVES["reshape"](x.reshape(new), layout_of(roles, shape))
    assert layout == (expected and tuple(map(tuple, expected)))
    back = layout and MOVES["reshape"](x.reshape(new).reshape(shape), layout)
    assert expected is None or lengths_of(back) == shape


class Blind(nn.MultiheadAttention):
    """An attention whose queries are 0: each token gets the mean of all."""

    def __init__(self, tokens_seen=None):
        super().__init__(WIDTH, 4, rng=0)
        self.query.weight.data = np.zeros((WIDTH, WIDTH))
        self.seen = tokens_seen

    def forward(self, x):
        return super().forward(x, is_causal=self.seen == "causal")


@pytest.mark.parametrize("seen", ["all", "causal"])
def test_an_attention_without_scores_takes_means_of_tokens(seen):
    """Of n independent tokens, E[o²] = E[v²]/n; behind a causal mask n is 1, 2, ..., 5."""
    x = TOKENS - TOKENS.mean(axis=1, keepdims=True)
    x *= np.sqrt(5 / 4)  # tokens whose sum is 0 have c = -1/4
    block = Blind(seen)
    table = nn.propagate(nn.Sequential(linear(0, WIDTH, WIDTH), block), x)
    rows = {row.layer: row.forward.predicted for row in table}
    shares = [1 / 5] * 5 if seen == "all" else [1 / n for n in range(1, 6)]
    expected = np.mean([s - (1 - s) / 4 for s in shares])
    out = WIDTH * np.mean(block.out.weight.data**2)
    got = rows["layers.1.out"] / out / rows["layers.1.value"]
    assert got == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("n", "variance"), [(2, 1.0), (10, 0.3), (16, 4.0)])
def test_the_evenness_of_a_softmax_is_what_samples_show(n, variance):
    rng = np.random.default_rng(0)
    shares = np.exp(rng.normal(0, math.sqrt(variance), (200_000, n)))
    shares /= shares.sum(axis=1, keepdims=True)
    squares = n * (shares**2).sum(axis=1)
    error = squares.std() / math.sqrt(len(squares))
    assert abs(evenness(n, variance) - squares.mean()) < 5 * error


def test_behind_an_operation_without_a_rule_the_prediction_starts_anew_and_says_so():
    class Sorted(nn.Module):
        def forward(self, x):
            return autograd.sort(x, axis=-1)

    model = nn.Sequential(linear(0, WIDTH, WIDTH), Sorted(), linear(1, WIDTH, 8))
    table = nn.propagate(model, X)
    h = np.sort(X @ model[0].weight.data.T, axis=-1)
    expected = WIDTH * np.mean(model[2].weight.data ** 2) * np.mean(h**2)
    assert table.predicted("forward")[1] == pytest.approx(expected, rel=1e-9)
    assert any("in sequential/layer1" in each for each in table.afresh)
    assert "predicted anew behind" in str(table)
    assert math.isnan(table.predicted("backward")[0])


def test_an_operation_after_the_last_layer_is_nothing_to_predict_behind():
    class Sum(nn.Module):
        def forward(self, x):
            return autograd.sum(x)

    assert nn.propagate(nn.Sequential(linear(0, WIDTH, WIDTH), Sum()), X).afresh == ()


def test_a_sum_of_two_signals_of_the_same_weights_is_not_taken_for_independent():
    """The sum f + LayerNorm(f) is (1 + 1/√q) f: its parts are correlated, and it is measured."""

    class Both(nn.Module):
        def __init__(self):
            self.norm = nn.LayerNorm(WIDTH)

        def forward(self, f):
            return f + self.norm(f)

    found, q, table = after([Both()], X)
    assert found == pytest.approx((math.sqrt(q) + 1) ** 2, rel=0.02)
    assert table.afresh == ("add in sequential/layer1",)


def test_a_sum_in_which_units_meet_places_starts_anew():
    class Crossed(nn.Module):
        def __init__(self):
            self.one, self.two = linear(3, 8, 8), linear(4, 8, 8)

        def forward(self, x):
            return self.one(x) + autograd.swapaxes(self.two(x), 1, 2)

    table = nn.propagate(nn.Sequential(Crossed(), linear(1, 8, 4)), TOKENS[:, :1, :8] + np.eye(8))
    assert table.afresh == ("add in sequential/layer0",)


def test_scores_that_scatter_leave_fewer_tokens_to_count():
    """Of independent tokens, E[o²] = E[v²] E[Σ a²], for scores of variance E[query²] E[key²]."""
    attention = nn.MultiheadAttention(WIDTH, 4, rng=0)
    x = np.random.default_rng(0).standard_normal((40, 5, WIDTH))
    table = nn.propagate(nn.Sequential(attention), x)
    q, k, v, out = (table.predicted("forward")[n] for n in range(4))
    scale = WIDTH * np.mean(attention.out.weight.data**2)
    rng = np.random.default_rng(1)
    shares = np.exp(rng.normal(0, math.sqrt(q * k), (100_000, 5)))
    shares /= shares.sum(axis=1, keepdims=True)
    assert out / scale / v == pytest.approx((shares**2).sum(axis=1).mean(), rel=0.01)


def test_weights_along_another_axis_than_units_start_anew():
    class Mixer(nn.Module):
        def __init__(self):
            self.tokens = linear(3, 5, 5)

        def forward(self, x):
            return autograd.swapaxes(self.tokens(autograd.swapaxes(x, 1, 2)), 1, 2)

    table = nn.propagate(nn.Sequential(linear(0, WIDTH, WIDTH), Mixer()), TOKENS)
    assert len(table.afresh) == 1
    assert np.isfinite(table.predicted("forward")).all()


# Networks ----------------------------------------------------------------------------------------


def pre_norm(seed, blocks=20):
    rng = np.random.default_rng(seed)
    parts = [linear(rng, WIDTH, WIDTH)]
    for _ in range(blocks):
        inner = (linear(rng, WIDTH, WIDTH, 2.0), "relu", linear(rng, WIDTH, WIDTH))
        parts.append(nn.Residual(nn.LayerNorm(WIDTH), *inner))
    return nn.Sequential(*parts, linear(rng, WIDTH, WIDTH))


def post_norm(seed, blocks=20):
    rng = np.random.default_rng(seed)
    parts = [linear(rng, WIDTH, WIDTH)]
    for _ in range(blocks):
        inner = (linear(rng, WIDTH, WIDTH, 2.0), "gelu", linear(rng, WIDTH, WIDTH))
        parts += [nn.Residual(*inner), nn.LayerNorm(WIDTH)]
    return nn.Sequential(*parts, linear(rng, WIDTH, WIDTH))


def attending(seed, blocks=4):
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(blocks):
        parts.append(nn.Residual(nn.LayerNorm(WIDTH), nn.MultiheadAttention(WIDTH, 4, rng=rng)))
        inner = (linear(rng, WIDTH, WIDTH, 2.0), "gelu", linear(rng, WIDTH, WIDTH))
        parts.append(nn.Residual(nn.LayerNorm(WIDTH), *inner))
    return nn.Sequential(*parts, linear(rng, WIDTH, WIDTH))


def convolving(seed):
    rng = np.random.default_rng(seed)
    he = {"init": {"name": "variance_scaling", "scale": 2.0}, "rng": rng}
    parts = [nn.Conv2d(16, 128, 3, padding=1, **he), nn.ReLU(), nn.MaxPool2d(2)]
    parts += [nn.Conv2d(128, 128, 3, padding=1, stride=2, **he), nn.ReLU()]
    parts += [nn.Conv2d(128, 128, 3, padding=1, groups=2, **he), nn.ReLU(), nn.AvgPool2d(2)]
    return nn.Sequential(*parts, nn.Flatten(), linear(rng, 128, 128, 2.0))


def gated(seed):
    """Dropouts behind relus."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(5):
        parts += [linear(rng, WIDTH, WIDTH, 2.0), nn.ReLU(), nn.Dropout(0.2, rng=rng)]
    return nn.Sequential(*parts, linear(rng, WIDTH, WIDTH))


IMAGES = RNG.standard_normal((6, 16, 8, 8))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "x", "within"),
    [
        (pre_norm, X, 0.01),
        (post_norm, X, 0.01),
        (attending, TOKENS, 0.01),
        (gated, X, 0.03),
        (convolving, IMAGES, 0.03),
    ],
    ids=["pre-norm", "post-norm", "attention", "dropout", "convolutions"],
)
def test_networks_are_as_predicted(model, x, within):
    """On average over layers within 1 %, at width 256, and each within 5 standard errors more.

    Behind dropouts and convolutions nothing evens out what one network is off by: within 3 %.
    """
    seeds = 30
    table = nn.propagate(model, x, seeds=seeds)
    assert table.afresh == ()
    found = table.samples["forward"] / table.predicted("forward") - 1
    middle, error = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(seeds)
    assert abs(middle.mean()) < within
    assert (np.abs(middle) < within + 5 * error).all()
