"""Neural networks that can be inspected: layers, losses, optimisers and a training loop.

>>> import numpy as np
>>> import nn
>>> x = np.linspace(-1, 1, 50)[:, None]
>>> model = nn.MLP([1, 8, 1], "tanh", seed=0)
>>> sgd = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
>>> history = nn.fit(
...     model, x, x**2, epochs=100, loss=nn.mse, optimizer=sgd, rng=0, progress=False
... )
>>> history[-1].loss < 0.01
True

``model.scalars()`` is the same network, one multiplication at a time.
``python -m nn.lectures.demo`` shows all of it on real data.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nn import schedules
from nn.diagnostics import diagnose, lsuv, propagate
from nn.diagnostics.sweep import SweepError, sweep
from nn.interchange import load_weights, save_weights, to_onnx
from nn.losses.classification import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    kl_divergence,
    nll,
)
from nn.losses.margin_losses import hinge, multi_margin
from nn.losses.regression import half_squared_error, mse, smooth_l1
from nn.modules.activations import (
    CELU,
    ELU,
    GELU,
    SELU,
    Activation,
    Hardtanh,
    Heaviside,
    LeakyReLU,
    LogSigmoid,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Softsign,
    Tanh,
    Threshold,
)
from nn.modules.blocks import Dropout, Flatten, LayerNorm, Residual
from nn.modules.layers import MLP, Layer, Linear, Neuron, Sequential
from nn.modules.module import Module
from nn.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD
from nn.perceptron.boundary import draw_boundaries
from nn.perceptron.learning_rule import (
    ThresholdUnit,
    perceptron_step,
    stack_linear,
    train_perceptron,
    xor_network,
)
from nn.perceptron.margins import largest_margin, margin, update_bound
from nn.support.text_table import Table
from nn.training.checkpoint import Checkpoint, CheckpointError, CheckpointWarning
from nn.training.clipping import clip_grad_norm, clip_grad_value, grad_norm
from nn.training.history import Epoch, History
from nn.training.loop import Diverged, fit, train
from nn.training.metrics import accuracy, mean_absolute_error

if TYPE_CHECKING:
    from nn import estimators as estimators
    from nn import lectures as lectures
    from nn import signal as signal
    from nn import worked as worked
    from nn.estimators import MLPClassifier as MLPClassifier
    from nn.estimators import MLPRegressor as MLPRegressor
    from nn.estimators import Perceptron as Perceptron

# Loaded when they are first asked for. ``signal`` and ``worked`` are earlier names of
# ``diagnostics`` and ``lectures``.
_ROOMS = {"estimators", "lectures", "signal", "worked"}

# So are these, which bring scikit-learn with them.
_ESTIMATORS = {"MLPClassifier", "MLPRegressor", "Perceptron"}

__all__ = [
    # parts
    "Module",
    "Linear",
    "Layer",
    "Neuron",
    "Sequential",
    "MLP",
    "Dropout",
    "LayerNorm",
    "Residual",
    "Flatten",
    # activations
    "Activation",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "CELU",
    "SELU",
    "GELU",
    "SiLU",
    "Mish",
    "Softplus",
    "Sigmoid",
    "LogSigmoid",
    "Tanh",
    "Hardtanh",
    "Softsign",
    "Heaviside",
    "Threshold",
    # losses
    "mse",
    "half_squared_error",
    "hinge",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "nll",
    "smooth_l1",
    "kl_divergence",
    "multi_margin",
    # optimisers
    "Optimizer",
    "SGD",
    "Adam",
    "AdamW",
    "RMSprop",
    "Adagrad",
    "schedules",
    "clip_grad_norm",
    "clip_grad_value",
    "grad_norm",
    # training
    "train",
    "fit",
    "Epoch",
    "History",
    "Diverged",
    "Checkpoint",
    "CheckpointError",
    "CheckpointWarning",
    "accuracy",
    "mean_absolute_error",
    # other tools
    "save_weights",
    "load_weights",
    "to_onnx",
    # perceptrons
    "perceptron_step",
    "train_perceptron",
    "margin",
    "largest_margin",
    "update_bound",
    "draw_boundaries",
    "ThresholdUnit",
    "xor_network",
    "stack_linear",
    # the initialisation laboratory: more in nn.diagnostics
    "propagate",
    "diagnose",
    "lsuv",
    "sweep",
    "SweepError",
    "Table",
]


def __dir__() -> list[str]:
    return sorted([*__all__, *_ESTIMATORS, "diagnostics", "estimators", "lectures", "perceptron"])


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"nn.{name}")
    if name in _ESTIMATORS:
        return getattr(import_module("nn.estimators"), name)
    raise AttributeError(f"module 'nn' has no attribute {name!r}")
