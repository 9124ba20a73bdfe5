"""PyTorch on the CPU, one thread, float64: eager, and by ``torch.compile``."""

from __future__ import annotations

from functools import partial

import torch
from torch.nn import functional as F  # noqa: N812 (PyTorch calls it so)
from work import HEADS, PENALTY, RATE, Step, deep, digits, moons, pictures, residual, sequences

PACKAGES = ("torch", "numpy")
PRODUCTS = "MKL" if torch.backends.mkl.is_available() else "oneDNN"

torch.set_num_threads(1)


def tensors(layers):
    return [tuple(torch.tensor(a, requires_grad=True) for a in pair) for pair in layers]


def forward(layers, x):
    for k, (W, b) in enumerate(layers):
        x = torch.nn.functional.linear(x, W, b)
        x = torch.relu(x) if k < len(layers) - 1 else x
    return x


def stepped(loss_of, layers, compiled) -> Step:
    parameters = [a for pair in layers for a in pair]
    optimizer = torch.optim.SGD(parameters, lr=RATE)
    if compiled:  # the optimiser's step compiled as well took longer
        loss_of = torch.compile(loss_of, dynamic=False)

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def two_moons(compiled: bool) -> Step:
    x, y, weights = moons()
    X, Y, layers = torch.tensor(x), torch.tensor(y), tensors(weights)

    def loss():
        data = torch.relu(1 - Y * forward(layers, X)[:, 0]).mean()
        return data + PENALTY * sum((a * a).sum() for pair in layers for a in pair)

    return stepped(loss, layers, compiled)


def digits_tensors(compiled: bool, hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    X, Y, layers = torch.tensor(x), torch.tensor(labels), tensors(weights)
    loss = torch.nn.functional.cross_entropy
    return stepped(lambda: loss(forward(layers, X), Y), layers, compiled)


def deep_net(compiled: bool) -> Step:
    x, weights = deep()
    X, layers = torch.tensor(x), tensors(weights)

    def loss():
        return (forward(layers, X) ** 2).mean()

    return stepped(loss, layers, compiled)


def picture_net() -> Step:
    x, labels, weights = pictures()
    X, Y, layers = torch.tensor(x), torch.tensor(labels), tensors(weights)

    def loss():
        y = X
        *convolutions, last = layers
        for filters, shift in convolutions:
            y = F.max_pool2d(torch.relu(F.conv2d(y, filters, shift)), 2)
        return F.cross_entropy(F.linear(y.flatten(1), *last), Y)

    return stepped(loss, layers, compiled=False)


def residual_net() -> Step:
    x, weights = residual()
    X, layers = torch.tensor(x), tensors(weights)

    def loss():
        y = X
        for norm, first, second in zip(layers[::3], layers[1::3], layers[2::3], strict=True):
            y = y + forward([first, second], F.layer_norm(y, (64,), *norm))
        return (y * y).mean()

    return stepped(loss, layers, compiled=False)


def attention_net() -> Step:
    x, weights = sequences()
    X, layers = torch.tensor(x), tensors(weights)

    def loss():
        norm, projection, out = layers
        together = F.linear(F.layer_norm(X, (32,), *norm), *projection)
        parts = together.unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(*parts)
        y = X + F.linear(found.transpose(1, 2).flatten(2), *out)
        return (y * y).mean()

    return stepped(loss, layers, compiled=False)


# A network takes torch.compile half a minute: these few are compared without.
EAGER = {"picture_net": picture_net, "residual_net": residual_net, "attention_net": attention_net}
WAYS = {"PyTorch eager": False, "PyTorch compiled": True}
TASKS = {
    task: {name: partial(function, compiled) for name, compiled in WAYS.items()}
    for task, function in {
        "two_moons": two_moons,
        "digits_scalars": digits_tensors,
        "digits_tensors": digits_tensors,
        "deep_net": deep_net,
    }.items()
} | {task: {"PyTorch eager": function} for task, function in EAGER.items()}
