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

if TYPE_CHECKING:
    from nn import estimators as estimators
    from nn import lectures as lectures
    from nn import schedules as schedules
    from nn import signal as signal
    from nn import worked as worked
    from nn.diagnostics import assert_healthy as assert_healthy
    from nn.diagnostics import diagnose as diagnose
    from nn.diagnostics import lsuv as lsuv
    from nn.diagnostics import propagate as propagate
    from nn.diagnostics.playground import playground as playground
    from nn.diagnostics.sweep import SweepError as SweepError
    from nn.diagnostics.sweep import sweep as sweep
    from nn.estimators import MLPClassifier as MLPClassifier
    from nn.estimators import MLPRegressor as MLPRegressor
    from nn.estimators import Perceptron as Perceptron
    from nn.interchange import from_onnx as from_onnx
    from nn.interchange import load_weights as load_weights
    from nn.interchange import save_weights as save_weights
    from nn.interchange import to_onnx as to_onnx
    from nn.losses import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
    from nn.losses import cross_entropy as cross_entropy
    from nn.losses import half_squared_error as half_squared_error
    from nn.losses import hinge as hinge
    from nn.losses import kl_divergence as kl_divergence
    from nn.losses import mse as mse
    from nn.losses import multi_margin as multi_margin
    from nn.losses import nll as nll
    from nn.losses import smooth_l1 as smooth_l1
    from nn.modules import CELU as CELU
    from nn.modules import ELU as ELU
    from nn.modules import GELU as GELU
    from nn.modules import MLP as MLP
    from nn.modules import SELU as SELU
    from nn.modules import Activation as Activation
    from nn.modules import AvgPool1d as AvgPool1d
    from nn.modules import AvgPool2d as AvgPool2d
    from nn.modules import AvgPool3d as AvgPool3d
    from nn.modules import Conv1d as Conv1d
    from nn.modules import Conv2d as Conv2d
    from nn.modules import Conv3d as Conv3d
    from nn.modules import ConvTranspose1d as ConvTranspose1d
    from nn.modules import ConvTranspose2d as ConvTranspose2d
    from nn.modules import ConvTranspose3d as ConvTranspose3d
    from nn.modules import Dropout as Dropout
    from nn.modules import Embedding as Embedding
    from nn.modules import Flatten as Flatten
    from nn.modules import Hardtanh as Hardtanh
    from nn.modules import Heaviside as Heaviside
    from nn.modules import Layer as Layer
    from nn.modules import LayerNorm as LayerNorm
    from nn.modules import LeakyReLU as LeakyReLU
    from nn.modules import Linear as Linear
    from nn.modules import LogSigmoid as LogSigmoid
    from nn.modules import MaxPool1d as MaxPool1d
    from nn.modules import MaxPool2d as MaxPool2d
    from nn.modules import MaxPool3d as MaxPool3d
    from nn.modules import Mish as Mish
    from nn.modules import Module as Module
    from nn.modules import MultiheadAttention as MultiheadAttention
    from nn.modules import Neuron as Neuron
    from nn.modules import ReLU as ReLU
    from nn.modules import Residual as Residual
    from nn.modules import Sequential as Sequential
    from nn.modules import Sigmoid as Sigmoid
    from nn.modules import SiLU as SiLU
    from nn.modules import Softplus as Softplus
    from nn.modules import Softsign as Softsign
    from nn.modules import Tanh as Tanh
    from nn.modules import Threshold as Threshold
    from nn.modules import functional_call as functional_call
    from nn.modules import per_sample_grads as per_sample_grads
    from nn.optim import SGD as SGD
    from nn.optim import Adagrad as Adagrad
    from nn.optim import Adam as Adam
    from nn.optim import AdamW as AdamW
    from nn.optim import Optimizer as Optimizer
    from nn.optim import RMSprop as RMSprop
    from nn.perceptron.boundary import draw_boundaries as draw_boundaries
    from nn.perceptron.learning_rule import ThresholdUnit as ThresholdUnit
    from nn.perceptron.learning_rule import perceptron_step as perceptron_step
    from nn.perceptron.learning_rule import stack_linear as stack_linear
    from nn.perceptron.learning_rule import train_perceptron as train_perceptron
    from nn.perceptron.learning_rule import xor_network as xor_network
    from nn.perceptron.margins import largest_margin as largest_margin
    from nn.perceptron.margins import margin as margin
    from nn.perceptron.margins import update_bound as update_bound
    from nn.support.text_table import Table as Table
    from nn.training import Checkpoint as Checkpoint
    from nn.training import CheckpointError as CheckpointError
    from nn.training import CheckpointWarning as CheckpointWarning
    from nn.training import Diverged as Diverged
    from nn.training import Epoch as Epoch
    from nn.training import History as History
    from nn.training import accuracy as accuracy
    from nn.training import clip_grad_norm as clip_grad_norm
    from nn.training import clip_grad_value as clip_grad_value
    from nn.training import fit as fit
    from nn.training import grad_norm as grad_norm
    from nn.training import mean_absolute_error as mean_absolute_error
    from nn.training import train as train

# The public names, by the module that has them: loaded when they are first asked for.
_LAZY = {
    name: module
    for module, names in {
        "nn.modules": """
            Module Linear Layer Neuron Sequential MLP Dropout LayerNorm Residual Flatten
            Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
            AvgPool1d AvgPool2d AvgPool3d MaxPool1d MaxPool2d MaxPool3d
            Embedding MultiheadAttention functional_call per_sample_grads
            Activation ReLU LeakyReLU ELU CELU SELU GELU SiLU Mish Softplus Sigmoid LogSigmoid
            Tanh Hardtanh Softsign Heaviside Threshold
        """,
        "nn.losses": """
            mse half_squared_error hinge binary_cross_entropy_with_logits cross_entropy nll
            smooth_l1 kl_divergence multi_margin
        """,
        "nn.optim": "Optimizer SGD Adam AdamW RMSprop Adagrad",
        "nn": "schedules",
        "nn.training": """
            clip_grad_norm clip_grad_value grad_norm
            train fit Epoch History Diverged Checkpoint CheckpointError CheckpointWarning
            accuracy mean_absolute_error
        """,
        "nn.interchange": "save_weights load_weights to_onnx from_onnx",
        "nn.perceptron.learning_rule": """
            perceptron_step train_perceptron ThresholdUnit xor_network stack_linear
        """,
        "nn.perceptron.margins": "margin largest_margin update_bound",
        "nn.perceptron.boundary": "draw_boundaries",
        "nn.diagnostics": "propagate diagnose lsuv assert_healthy",  # which has more
        "nn.diagnostics.sweep": "sweep SweepError",
        "nn.diagnostics.playground": "playground",
        "nn.support.text_table": "Table",
    }.items()
    for name in names.split()
}
_ESTIMATORS = ("MLPClassifier", "MLPRegressor", "Perceptron")  # they bring scikit-learn with them

# The modules and packages inside this one that users import from; ``support`` is nn's own.
_PACKAGES = (
    *("diagnostics", "estimators", "interchange", "lectures", "losses", "modules", "optim"),
    *("perceptron", "schedules", "training"),
)
_EARLIER = ("signal", "worked")  # names of ``diagnostics`` and ``lectures`` until they were renamed

__all__ = list(_LAZY)


def __dir__() -> list[str]:
    return sorted({*__all__, *_ESTIMATORS, *_PACKAGES})


def _loaded(name: str) -> Any:
    """Return a public name that is loaded when it is first asked for."""
    if name in _PACKAGES or name in _EARLIER:
        return import_module(f"nn.{name}")
    home = "nn.estimators" if name in _ESTIMATORS else _LAZY.get(name)
    if home is None:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(home), name)
    return found


if not TYPE_CHECKING:  # a type checker would believe that every name is there
    __getattr__ = _loaded
