"""Step through a gradient in a notebook, or in a terminal."""

from autograd import Value, label, step

a, b = Value(2.0), Value(-3.0)
L = (a * b) ** 2
label(locals())
stepper = step(L)  # as the last line of a cell it shows the player
print(stepper.goto(-1))
assert "a   2.0    grad 36.0" in str(stepper)  # 2ab · b
