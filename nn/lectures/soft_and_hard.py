"""The perceptron's step beside logistic regression's: (y − ŷ) x, with a hard or a soft output."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import autograd
from autograd import Tensor
from init.argument_checks import number
from nn.lectures.comparison import Comparison
from nn.losses import binary_cross_entropy_with_logits
from nn.perceptron.learning_rule import ThresholdUnit
from nn.support.examples import Floats, finite, separator


class OutputStep(NamedTuple):
    """A unit's answer for one example, and the step that its learning rule takes.

    Attributes
    ----------
    output : float
        ŷ: 0 or 1 of a threshold unit, σ(w·x + b) of a logistic one.
    weights : ndarray of shape (n_features,)
        (y − ŷ) x, which is added to the weights.
    bias : float
        y − ŷ, which is added to the bias.

    Examples
    --------
    >>> step = hard_and_soft_step([0.0], 0.0, [3.0], 1).by_hand.soft  # σ(0) is ½
    >>> step.output, step.weights.tolist(), step.bias
    (0.5, [1.5], 0.5)
    """

    output: float
    weights: Floats
    bias: float


class HardAndSoft(NamedTuple):
    """The steps of the perceptron and of logistic regression for the same example.

    Examples
    --------
    >>> steps = hard_and_soft_step([1.0], 0.0, [2.0], 1).by_hand  # the answer is right already
    >>> steps.hard.bias, steps.soft.bias > 0
    (0.0, True)
    """

    hard: OutputStep
    soft: OutputStep


def hard_and_soft_step(
    w: npt.ArrayLike, b: float, x: npt.ArrayLike, y: float
) -> Comparison[HardAndSoft]:
    """Return both steps for one example, by the formula, and by the rules that they come from.

    The perceptron corrects a mistake: its outputs are 0 and 1, so that y − ŷ is −1, 0 or 1.
    Logistic regression goes down the gradient of its loss −y log ŷ − (1 − y) log(1 − ŷ), which has
    the same form: its ŷ is a probability, so that it moves a little for every example.

    Parameters
    ----------
    w, x : array_like, shape (n_features,)
        Weights and inputs.
    b : float
    y : {0, 1}

    Returns
    -------
    Comparison of HardAndSoft
        ``by_engine.soft`` is minus the gradient that backpropagation finds; ``by_engine.hard`` is
        ``nn.perceptron_step``.

    Raises
    ------
    ValueError
        If shapes don't match, a number isn't finite, or y is neither 0 nor 1.

    References
    ----------
    F. Rosenblatt, "The perceptron", Psychological Review 65 (1958); D. R. Cox, "The regression
    analysis of binary sequences", J. Royal Statistical Society B 20 (1958).

    Examples
    --------
    >>> steps = hard_and_soft_step([0.5, -1.0], 0.0, [2.0, 1.0], 1).by_hand
    >>> steps.hard.weights.tolist(), steps.soft.weights.tolist()
    ([2.0, 1.0], [1.0, 0.5])
    """
    x = finite("x", x, ndim=1)
    weights, bias = separator(w, b, len(x))
    if number("y", y) not in (0, 1):
        raise ValueError(f"y must be 0 or 1, got {y!r}")
    a = float(weights @ x + bias)
    fires = float(ThresholdUnit(tuple(weights), bias)(x[None])[0])
    by_hand = HardAndSoft(_step(fires, x, y), _step(float(autograd.sigmoid(a)), x, y))
    by_rule = HardAndSoft(_corrected(fires, x, y), _descended(weights, bias, x, y))
    return Comparison(by_hand, by_rule)


def _step(output: float, x: Floats, y: float) -> OutputStep:
    return OutputStep(output, (y - output) * x, y - output)


def _corrected(output: float, x: Floats, y: float) -> OutputStep:
    """Wrongly 0: add the inputs; wrongly 1: subtract them; else leave everything as it is."""
    sign = {(0.0, 1): 1.0, (1.0, 0): -1.0}.get((output, int(y)), 0.0)
    return OutputStep(output, sign * x, sign)


def _descended(w: Floats, b: float, x: Floats, y: float) -> OutputStep:
    weights, bias = Tensor(w), Tensor(b)
    a: Any = (weights * x).sum() + bias
    binary_cross_entropy_with_logits(a, y).backward()
    output = float(autograd.sigmoid(a.data))
    return OutputStep(output, -np.array(weights.grad), -float(bias.grad))
