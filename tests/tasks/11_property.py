"""A property of Hypothesis, run by pytest."""

import autograd
from autograd.check import gradient_property, strategies


@gradient_property(strategies.reals((-3.0, 3.0)))
def test_my_loss(x):
    return autograd.tanh(x) * x
