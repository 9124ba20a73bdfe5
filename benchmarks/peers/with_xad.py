"""XAD: a recorder in C++ behind Python's operators. Each step records its tape anew."""

from __future__ import annotations

from work import PENALTY, Step, digits, moons, program
from xad import math
from xad.adj_1st import Real, Tape

PACKAGES = ("xad",)
PRODUCTS = "none"
TAPE = Tape()  # only one is active at a time
TAPE.activate()


def layers_of(layers):
    return [
        [[Real(float(w)) for w in (*row, b)] for row, b in zip(W, B, strict=True)]
        for W, B in layers
    ]


def forward(layers, x):
    for k, layer in enumerate(layers):
        x = [sum((w * xi for w, xi in zip(ws, x, strict=False)), ws[-1]) for ws in layer]
        x = [math.max(xi, 0.0) for xi in x] if k < len(layers) - 1 else x
    return x


def stepped(loss_of, parameters) -> Step:
    def step() -> float:
        TAPE.clearAll()
        TAPE.registerInputs(parameters)
        TAPE.newRecording()
        loss = loss_of()
        TAPE.registerOutput(loss)
        loss.derivative = 1.0
        TAPE.computeAdjoints()
        step.gradient = [p.derivative for p in parameters]
        return loss.value

    return step


def two_moons() -> Step:
    x, y, weights = moons()
    layers = layers_of(weights)
    parameters = [w for layer in layers for ws in layer for w in ws]
    rows, labels = x.tolist(), y.tolist()

    def loss():
        scores = [forward(layers, row)[0] for row in rows]
        losses = [math.max(1 + -yi * s, 0.0) for yi, s in zip(labels, scores, strict=True)]
        return sum(losses) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in parameters)

    return stepped(loss, parameters)


def digits_scalars(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    layers = layers_of(weights)
    parameters = [w for layer in layers for ws in layer for w in ws]
    rows = x.tolist()

    def loss():
        total = 0.0
        for row, label in zip(rows, labels, strict=True):
            logits = forward(layers, row)
            total = total + math.log(sum(map(math.exp, logits))) - logits[label]
        return total * (1.0 / batch)

    return stepped(loss, parameters)


def random_program(size: int) -> Step:
    x, run = program(size)
    xs = [Real(v) for v in x.tolist()]
    return stepped(lambda: run(xs), xs)


TASKS = {
    task.__name__: {"XAD, recorded anew": task}
    for task in (two_moons, digits_scalars, random_program)
}
