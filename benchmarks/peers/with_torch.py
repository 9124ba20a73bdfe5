"""PyTorch on the CPU, one thread, float64: eager, and by ``torch.compile``."""

from __future__ import annotations

from functools import partial

import torch
from work import PENALTY, RATE, Step, deep, digits, moons

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


WAYS = {"PyTorch eager": False, "PyTorch compiled": True}
TASKS = {
    task: {name: partial(function, compiled) for name, compiled in WAYS.items()}
    for task, function in {
        "two_moons": two_moons,
        "digits_scalars": digits_tensors,
        "digits_tensors": digits_tensors,
        "deep_net": deep_net,
    }.items()
}
