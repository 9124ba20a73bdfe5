"""The laboratory predicts PyTorch's modules: against measurements, and the same network of ours."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch_residuals import WIDTH, Twice, X, filled, numpy_of, our_residual, residual

import nn

RNG = np.random.default_rng(2**25)
TOKENS = RNG.standard_normal((4, 6, WIDTH))
IMAGES = RNG.standard_normal((6, 8, 8, 8))
FORWARD = ("mean", "variance", "forward", "correlation", "saturated", "dead")
BACKWARD = ("backward", "weight_gradient", "gradient_mean")


def images(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Conv2d(8, 32, 3, padding=1),
        torch.nn.ReLU(inplace=True),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(32, 32, 3, padding=1, stride=2, groups=2),
        torch.nn.Tanh(),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(32, 16),
    )


def our_images(theirs):
    first = filled(nn.Conv2d(8, 32, 3, padding=1), theirs[0])
    second = filled(nn.Conv2d(32, 32, 3, padding=1, stride=2, groups=2), theirs[3])
    pools = nn.MaxPool2d(2), nn.AvgPool2d(2)
    last = nn.Flatten(), filled(nn.Linear(32, 16), theirs[7])
    return nn.Sequential(first, nn.ReLU(), pools[0], second, nn.Tanh(), pools[1], *last)


def compared(theirs, ours, x, quantities):
    """Compare the rows of Linear layers and convolutions."""
    found, expected = nn.propagate(theirs.double(), x), nn.propagate(ours, x)
    kinds = torch.nn.Linear, torch.nn.Conv2d
    weighted = {name for name, part in theirs.named_modules() if isinstance(part, kinds)}
    rows = [row for row in found if row.layer in weighted]
    assert len(rows) == len(expected)
    assert found.afresh == expected.afresh
    for row, other in zip(rows, expected, strict=True):
        assert row.activation == other.activation
        for name in quantities:
            for kind in ("predicted", "measured"):
                pair = [getattr(getattr(each, name), kind) for each in (row, other)]
                assert pair[0] == pytest.approx(pair[1], rel=1e-6, abs=1e-9, nan_ok=True), name


@pytest.mark.parametrize("x", [X, TOKENS], ids=["vectors", "tokens"])
def test_a_residual_network_is_measured_and_predicted_as_the_same_one_of_ours(x):
    theirs = residual()
    compared(theirs, our_residual(theirs), x, FORWARD + BACKWARD)


def test_a_convolutional_network_is_too():
    theirs = images()
    compared(theirs, our_images(theirs), IMAGES, FORWARD + BACKWARD)


@pytest.mark.parametrize("batch_first", [True, False])
def test_an_attention_is_predicted_as_ours_is(batch_first):
    torch.manual_seed(0)
    attention = torch.nn.MultiheadAttention(WIDTH, 4, bias=False, batch_first=batch_first)

    class Attending(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.attention, self.last = attention, torch.nn.Linear(WIDTH, WIDTH, bias=False)

        def forward(self, x):
            return self.last(self.attention(x, x, x)[0])

    theirs = Attending().double()
    ours = nn.MultiheadAttention(WIDTH, 4, bias=False)
    packed = numpy_of(attention.in_proj_weight).reshape(3, WIDTH, WIDTH)
    for part, weight in zip((ours.query, ours.key, ours.value), packed, strict=True):
        part.weight.data = weight
    ours.out.weight.data = numpy_of(attention.out_proj.weight)
    last = filled(nn.Linear(WIDTH, WIDTH, bias=False), theirs.last)
    expected = nn.propagate(nn.Sequential(ours, last), TOKENS)
    found = nn.propagate(theirs, TOKENS if batch_first else TOKENS.swapaxes(0, 1))
    rows = {row.layer: row for row in found}
    assert found.afresh == ()
    # One matrix has all three weights: their second moments are averaged, in 64 x 64 numbers each.
    for theirs_, ours_ in (("attention", "layers.0.out"), ("last", "layers.1")):
        (other,) = (row for row in expected if row.layer == ours_)
        for name in ("forward", "variance"):
            one, two = (getattr(each, name).predicted for each in (rows[theirs_], other))
            assert one == pytest.approx(two, rel=0.02)
    # Its inputs, which are what is measured, aren't what its last weights sum up.
    assert math.isnan(rows["attention"].weight_gradient.predicted)


# Closed forms ------------------------------------------------------------------------------------


def test_the_prediction_is_of_the_weights_distribution():
    """E[f²] = n σ² E[x²] for weights of standard deviation σ; a single network scatters."""

    def made(seed):
        torch.manual_seed(seed)
        model = torch.nn.Sequential(*(torch.nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(3)))
        for layer in model:
            torch.nn.init.normal_(layer.weight, std=0.2)
        return model

    table = nn.propagate(made, X, seeds=20)
    size = np.mean(X**2)
    expected = [size * (WIDTH * 0.04) ** k for k in (1, 2, 3)]
    assert table.predicted("forward") == pytest.approx(expected, rel=0.02)


class Blind(torch.nn.Module):
    """An attention of zero queries, with a dropout: every token gets a mean of the others."""

    def __init__(self, p):
        super().__init__()
        self.p = p
        parts = [torch.nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4)]
        self.query, self.key, self.value, self.out = parts
        torch.nn.init.zeros_(self.query.weight)

    def forward(self, x):
        heads = [part(x)[:, None] for part in (self.query, self.key, self.value)]
        return self.out(functional.scaled_dot_product_attention(*heads, dropout_p=self.p)[:, 0])


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_a_dropout_of_shares_makes_their_squares_larger(p):
    """E[o²]/E[v²] = s/(1 − p) + (1 − s) c: shares 1/n of n tokens of sum 0, so c = −1/(n − 1)."""
    torch.manual_seed(0)
    n = 5
    x = np.random.default_rng(0).standard_normal((600, n, WIDTH))
    x -= x.mean(axis=1, keepdims=True)
    model = Blind(p).double()
    forward = {row.layer: row.forward.predicted for row in nn.propagate(model, x)}
    out = WIDTH * np.mean(numpy_of(model.out.weight) ** 2)
    expected = 1 / n / (1 - p) - (1 - 1 / n) / (n - 1)
    assert forward["out"] / out / forward["value"] == pytest.approx(expected, rel=0.05, abs=1e-9)


class Causal(torch.nn.Module):
    """A causal attention, in one of the ways in which users write it."""

    def __init__(self, how):
        super().__init__()
        self.packed, self.out = torch.nn.Linear(WIDTH, 3 * WIDTH), torch.nn.Linear(WIDTH, WIDTH)
        self.how = how

    def forward(self, x):
        samples, n, _ = x.shape
        heads = self.packed(x).view(samples, n, 3, 4, WIDTH // 4).permute(2, 0, 3, 1, 4)
        return self.out(self.attend(*heads, n).transpose(1, 2).reshape(samples, n, WIDTH))

    def attend(self, q, k, v, n):
        if self.how == "fused":
            return functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        seen = torch.ones(n, n).tril().bool()
        if self.how == "fused, with a mask":
            return functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        if self.how == "einsum":
            scores = torch.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(q.shape[-1])
        else:
            scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
        if self.how == "all":
            return scores.softmax(-1) @ v
        if self.how == "least number":
            scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
        elif self.how == "added":
            scores = scores + torch.zeros(n, n).masked_fill(~seen, -math.inf)
        else:
            scores = torch.where(seen, scores, -math.inf)
        return scores.softmax(-1) @ v


@pytest.mark.parametrize("how", ["fused, with a mask", "einsum", "least number", "added", "chosen"])
def test_every_way_to_write_a_causal_attention_is_predicted_alike(how):
    expected, seen_all, found = [causal("fused"), causal("all"), causal(how)]
    assert found.afresh == ()
    assert found.predicted("forward") == pytest.approx(expected.predicted("forward"), rel=1e-9)
    assert found.predicted("forward")[1] > 1.2 * seen_all.predicted("forward")[1]


def causal(how):
    torch.manual_seed(0)
    return nn.propagate(Causal(how).double(), TOKENS)


# What is no layer of a known kind ----------------------------------------------------------------


class Sorted(torch.nn.Module):
    def forward(self, x):
        return x.sort(dim=-1).values


@pytest.mark.parametrize(("part", "named"), [(Sorted(), "sort"), (Twice(), "Doubled")])
def test_behind_an_operation_without_a_rule_it_starts_anew_and_says_so(part, named):
    torch.manual_seed(0)
    first, last = torch.nn.Linear(WIDTH, WIDTH), torch.nn.Linear(WIDTH, 8, bias=False)
    table = nn.propagate(torch.nn.Sequential(first, part, last).double(), X)
    with torch.no_grad():
        h = part(first(torch.as_tensor(X)))
        expected = WIDTH * float((last.weight**2).mean() * (h**2).mean())
    assert table.predicted("forward")[1] == pytest.approx(expected, rel=1e-9)
    assert [named in each and each.endswith("in 1") for each in table.afresh] == [True]
    assert math.isnan(table.predicted("backward")[0])


def test_the_rows_of_a_table_times_that_table_are_not_taken_for_random():
    """With tied weights a token finds its own row: n E[W²] E[x²] would be half of what there is."""

    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.middle = torch.nn.Embedding(9, WIDTH), torch.nn.Linear(WIDTH, WIDTH)
            self.head = torch.nn.Linear(WIDTH, 9, bias=False)
            self.head.weight = self.table.weight

        def forward(self, x):
            x = self.table(x)
            return self.head(x + self.middle(x))

    torch.manual_seed(0)
    table = nn.propagate(Tied(), np.arange(8).reshape(2, 4))
    assert np.isfinite(table.predicted("forward")).tolist() == [False, True, False]


def test_weights_that_are_made_of_parameters_are_weights():
    torch.manual_seed(0)
    layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(WIDTH, 9, bias=False))
    expected = WIDTH * np.mean(numpy_of(layer.weight) ** 2) * np.mean(X**2)
    assert nn.propagate(layer.double(), X)[0].forward.predicted == pytest.approx(expected, rel=1e-6)


def test_a_norm_that_squares_its_input_is_no_activation():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(WIDTH, WIDTH), torch.nn.RMSNorm(WIDTH)).double()
    table = nn.propagate(model, X)
    assert [row.activation for row in table] == ["linear", "linear"]
    assert table.predicted("forward")[1] == pytest.approx(1, rel=1e-6)
    assert table.afresh == ()


def test_frozen_weights_are_predicted_too_and_stay_frozen():
    def made():
        torch.manual_seed(0)
        layers = [torch.nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(2)]
        return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])

    model = made().requires_grad_(False)
    frozen, expected = nn.propagate(model, X), nn.propagate(made(), X)
    assert frozen.afresh == ()
    for name in ("forward", "backward"):
        assert frozen.predicted(name) == pytest.approx(expected.predicted(name), nan_ok=True)
    assert not any(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_a_narrow_network_is_predicted_as_the_same_numbers_in_float64(dtype):
    model = residual().to(dtype)
    found = nn.propagate(model, X).predicted("forward")
    expected = nn.propagate(model.double(), X).predicted("forward")
    assert found == pytest.approx(expected, rel=0.01, nan_ok=True)


# Measured ----------------------------------------------------------------------------------------

WIDE = 256


def wide(seed):
    return residual(seed, blocks=4, width=WIDE)


def encoder(seed):
    torch.manual_seed(seed)
    layer = torch.nn.TransformerEncoderLayer(WIDE, 4, WIDE, dropout=0.1, batch_first=True)
    return torch.nn.Sequential(layer, torch.nn.Linear(WIDE, WIDE))


def convolutions(seed):
    torch.manual_seed(seed)
    parts = [torch.nn.Conv2d(16, 128, 3, padding=1), torch.nn.BatchNorm2d(128), torch.nn.ReLU()]
    parts += [torch.nn.Conv2d(128, 128, 3, stride=2), torch.nn.GroupNorm(8, 128), torch.nn.SiLU()]
    parts += [torch.nn.Conv2d(128, 128, 3), torch.nn.Flatten(), torch.nn.Linear(128, 128)]
    return torch.nn.Sequential(*parts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "shape", "within"),
    [(wide, (32, WIDE), 0.01), (encoder, (4, 12, WIDE), 0.01), (convolutions, (6, 16, 8, 8), 0.03)],
    ids=["residual and norm", "transformer", "convolutions"],
)
def test_wide_networks_are_as_predicted(model, shape, within):
    """On average over layers within this, and each layer within 5 standard errors more."""
    seeds = 20
    x = np.random.default_rng(1).standard_normal(shape)
    table = nn.propagate(model, x, seeds=seeds)
    assert table.afresh == ()
    assert np.isfinite(table.predicted("forward")).all()
    found = table.samples["forward"] / table.predicted("forward") - 1
    middle, error = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(seeds)
    assert abs(middle.mean()) < within
    assert (np.abs(middle) < within + 5 * error).all()
