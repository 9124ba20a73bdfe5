"""CasADi's SX: scalar expressions, run by its virtual machine, or as C compiled by gcc."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import casadi as ca
import numpy as np
from work import PENALTY, NotDone, Step, digits, moons, program

PACKAGES = ("casadi",)
PRODUCTS = "none"
PATIENCE = 60  # seconds for the compiler
GCC = ["gcc", "-O3", "-march=native", "-shared", "-fPIC"]


def layers_of(layers):
    return [
        (ca.SX.sym(f"W{k}", *W.shape), ca.SX.sym(f"b{k}", W.shape[0]))
        for k, (W, _) in enumerate(layers)
    ]


def flat(weights):
    return np.concatenate([np.ravel(a, order="F") for pair in weights for a in pair])


def forward(layers, x):
    for k, (W, b) in enumerate(layers):
        x = ca.mtimes(W, x) + b
        x = ca.fmax(x, 0) if k < len(layers) - 1 else x
    return x


def vector(symbols):
    return ca.vertcat(*(ca.vec(s) for pair in symbols for s in pair))


def in_c(f):
    """Return the function, its C compiled, and how long the compiler took."""
    with TemporaryDirectory() as folder:
        here = Path.cwd()
        os.chdir(folder)  # CasADi writes where it is
        f.generate("f.c")
        os.chdir(here)
        start = time.perf_counter()
        compile_c(folder)
        return ca.external("f", f"{folder}/f.so"), time.perf_counter() - start


def compile_c(folder):
    """Run gcc; it is stopped together with the compiler that it starts."""
    command = [*GCC, "f.c", "-o", "f.so", "-lm"]
    try:
        gcc = subprocess.Popen(command, cwd=folder, start_new_session=True)
    except FileNotFoundError as error:
        raise NotDone("no gcc here") from error
    try:
        code = gcc.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        os.killpg(gcc.pid, signal.SIGKILL)
        gcc.wait()
        raise NotDone(f"did not compile in {PATIENCE} s") from error
    if code:
        raise RuntimeError(f"gcc ended with {code}")


def stepped(f, *numbers, compiled: bool = False) -> Step:
    """Call a function that returns a value and a gradient, without converting arguments."""
    f, seconds = in_c(f) if compiled else (f, 0.0)
    buffer, evaluate = f.buffer()
    kept = [np.array(n, dtype=float, order="F") for n in numbers]
    value, gradient = np.zeros(1), np.zeros(f.numel_out(1))
    for k, n in enumerate(kept):
        buffer.set_arg(k, memoryview(n.ravel("K")))
    buffer.set_res(0, memoryview(value))
    buffer.set_res(1, memoryview(gradient))

    def step() -> float:
        evaluate()
        return value[0]

    step.keep = (f, buffer, kept)
    step.gradient = gradient
    step.note = f"gcc {seconds:.1f} s" if compiled else ""
    return step


def differentiated(theta, loss, *arguments):
    return ca.Function("f", [theta, *arguments], [loss, ca.gradient(loss, theta)])


def mean(theta, each, samples, count, rest):
    """Return the mean of a function over samples, and the rest: a loop, not one expression."""
    each = differentiated(theta, each, *samples)
    looped = each.map("looped", "serial", count, [0], [0, 1])
    given = [ca.MX.sym("theta", theta.numel())]
    given += [ca.MX.sym(f"x{k}", s.numel(), count) for k, s in enumerate(samples)]
    shared = differentiated(theta, rest)(given[0])
    results = [a / count + b for a, b in zip(looped(*given), shared, strict=True)]
    return ca.Function("f", given, results)


def squares(layers):
    return PENALTY * sum(ca.sumsqr(a) for pair in layers for a in pair)


def two_moons() -> Step:
    x, y, weights = moons()
    layers = layers_of(weights)
    losses = [
        ca.fmax(1 - float(yi) * forward(layers, ca.SX(row)), 0)
        for row, yi in zip(x, y, strict=True)
    ]
    loss = sum(losses) / len(losses) + squares(layers)
    return stepped(differentiated(vector(layers), loss), flat(weights))


def two_moons_in_c() -> Step:
    x, y, weights = moons()
    layers = layers_of(weights)
    row, label = ca.SX.sym("x", 2), ca.SX.sym("y")
    each = ca.fmax(1 - label * forward(layers, row), 0)
    f = mean(vector(layers), each, [row, label], len(x), squares(layers))
    return stepped(f, flat(weights), x.T, y[None], compiled=True)


def digits_scalars(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    layers = layers_of(weights)
    total = 0
    for row, label in zip(x, labels, strict=True):
        logits = forward(layers, ca.SX(row))
        total += ca.log(ca.sum1(ca.exp(logits))) - logits[int(label)]
    return stepped(differentiated(vector(layers), total / batch), flat(weights))


def digits_in_c(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    layers = layers_of(weights)
    row, one_hot = ca.SX.sym("x", 64), ca.SX.sym("y", 10)
    logits = forward(layers, row)
    each = ca.log(ca.sum1(ca.exp(logits))) - ca.dot(one_hot, logits)
    f = mean(vector(layers), each, [row, one_hot], batch, ca.SX(0))
    return stepped(f, flat(weights), x.T, np.eye(10)[labels].T, compiled=True)


def random_program(compiled: bool, size: int) -> Step:
    if size > 10**5:
        raise NotDone("not run: some 10 minutes")
    x, run = program(size)
    xs = ca.SX.sym("x", 100)
    loss = run([xs[k] for k in range(100)])
    return stepped(differentiated(xs, loss), x, compiled=compiled)


MACHINE, C = "CasADi SX, virtual machine", "CasADi SX, C by gcc"
TASKS = {
    "two_moons": {MACHINE: two_moons, C: two_moons_in_c},
    "digits_scalars": {MACHINE: digits_scalars, C: digits_in_c},
    "random_program": {
        MACHINE: partial(random_program, False),
        C: partial(random_program, True),
    },
}
