"""Save the page of a gradient, and open it."""

from pathlib import Path

from autograd import Value, step

a, b = Value(2.0, label="a"), Value(-3.0, label="b")
page = step(a * b + a).save("gradient.html")
assert Path(page).read_text(encoding="utf-8").startswith("<!doctype html>")
