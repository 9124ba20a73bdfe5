"""Use Glassgrad a little where it is installed, first without its extras: what smoke.py runs.

python -I smoke_program.py VERSION [EXTRA …]
"""

import importlib.metadata
import math
import sys
from pathlib import Path

import autograd
import init
import nn
from autograd import Tensor, Value, draw, grad, gradcheck, jit, label, live, step, why

HTML, SVG, PNG = b"<!doctype html>", b"<svg", b"\x89PNG"  # how such files begin


def without_extras(version: str) -> None:
    """Where it comes from, gradients, their story, and a network that learns."""
    for package in (autograd, init, nn):
        assert package.__file__.startswith(sys.prefix), f"{package} is not the one of the wheel"
    assert importlib.metadata.version("glassgrad") == autograd.__version__ == version

    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    e = a * b
    L = (e + c) * f
    label(locals())
    L.backward()
    assert (L.data, a.grad, b.grad, c.grad, f.grad) == (-8.0, 6.0, -4.0, -2.0, 4.0)
    assert "a → e (×)" in str(why(a, L))
    assert "depends on e through addition" in step(L).goto(7).event.sentence
    assert grad(math.prod)([2.0, 3.0, 4.0]) == [12.0, 8.0, 6.0]

    x = Tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], requires_grad=False)
    y = Tensor([[0.0], [1.0], [1.0], [0.0]], requires_grad=False)  # XOR
    model = nn.MLP([2, 8, 1], activation="tanh", seed=0)
    optimiser = nn.Adam(model.parameters(), lr=0.05)
    for _ in range(300):
        loss = nn.mse(model(x), y)
        model.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 1e-3, loss


def with_extras() -> None:
    """A page that computes, pictures, checks, compiled code."""
    page = live(lambda w, x, y: (w * x - y) ** 2, w=1.0, x=2.0, y=3.0)
    assert page.save("page.html").read_bytes().lower().startswith(HTML)
    v = Value(2.0) * Value(3.0)
    assert SVG in draw(v).save("graph.svg").read_bytes()
    assert draw(v).save("graph.png").read_bytes().startswith(PNG)
    assert gradcheck(lambda x: x.sin() * x, 2.0)
    assert jit(lambda x: x * x + 1.0)(3.0) == 10.0


if __name__ == "__main__":
    without_extras(sys.argv[1])
    if sys.argv[2:]:
        with_extras()
    print(f"used in {Path.cwd().name!r} with extras {sys.argv[2:]}")
