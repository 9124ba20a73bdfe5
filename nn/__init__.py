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

from nn.support import own_packages as own_packages  # it looks, before others import

# isort: split
from nn import schedules
from nn.diagnostics import diagnose, lsuv, propagate
from nn.diagnostics.sweep import SweepError, sweep
from nn.interchange import from_onnx, load_weights, save_weights, to_onnx
from nn.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    half_squared_error,
    hinge,
    kl_divergence,
    mse,
    multi_margin,
    nll,
    smooth_l1,
)
from nn.modules import (
    CELU,
    ELU,
    GELU,
    MLP,
    SELU,
    Activation,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    Dropout,
    Embedding,
    Flatten,
    Hardtanh,
    Heaviside,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    LogSigmoid,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    Mish,
    Module,
    MultiheadAttention,
    Neuron,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softplus,
    Softsign,
    Tanh,
    Threshold,
)
from nn.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
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
from nn.training import (
    Checkpoint,
    CheckpointError,
    CheckpointWarning,
    Diverged,
    Epoch,
    History,
    accuracy,
    clip_grad_norm,
    clip_grad_value,
    fit,
    grad_norm,
    mean_absolute_error,
    train,
)

if TYPE_CHECKING:
    from nn import estimators as estimators
    from nn import lectures as lectures
    from nn import signal as signal
    from nn import worked as worked
    from nn.diagnostics.playground import playground as playground
    from nn.estimators import MLPClassifier as MLPClassifier
    from nn.estimators import MLPRegressor as MLPRegressor
    from nn.estimators import Perceptron as Perceptron

# Loaded when they are first asked for. ``signal`` and ``worked`` are earlier names of
# ``diagnostics`` and ``lectures``.
_ROOMS = {"estimators", "lectures", "signal", "worked"}

# So are these, which bring scikit-learn with them.
_ESTIMATORS = {"MLPClassifier", "MLPRegressor", "Perceptron"}

# And this, which brings the player and drawings.
_LAZY = {"playground": "nn.diagnostics.playground"}

# The packages inside this one that users import from; ``support`` is nn's own.
_PACKAGES = (
    *("diagnostics", "estimators", "interchange", "lectures", "losses", "modules", "optim"),
    *("perceptron", "training"),
)

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
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Embedding",
    "MultiheadAttention",
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
    "from_onnx",
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
    # a page that computes
    "playground",
]


def __dir__() -> list[str]:
    return sorted({*__all__, *_ESTIMATORS, *_PACKAGES})


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"nn.{name}")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _ESTIMATORS:
        return getattr(import_module("nn.estimators"), name)
    raise AttributeError(f"module 'nn' has no attribute {name!r}")
