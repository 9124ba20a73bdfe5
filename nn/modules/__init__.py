"""Modules: layers, activations, blocks and whole networks."""

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
from nn.modules.convolutions import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from nn.modules.functional_call import functional_call, per_sample_grads
from nn.modules.layers import MLP, Layer, Linear, Neuron, Sequential
from nn.modules.module import Module
from nn.modules.pools import AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d
from nn.modules.sequences import Embedding, MultiheadAttention

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Hardtanh",
    "Heaviside",
    "LeakyReLU",
    "LogSigmoid",
    "Mish",
    "ReLU",
    "Sigmoid",
    "SiLU",
    "Softplus",
    "Softsign",
    "Tanh",
    "Threshold",
    "Dropout",
    "Flatten",
    "LayerNorm",
    "Residual",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "MLP",
    "Layer",
    "Linear",
    "Neuron",
    "Sequential",
    "Module",
    "functional_call",
    "per_sample_grads",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Embedding",
    "MultiheadAttention",
]


def __dir__() -> list[str]:
    return sorted(__all__)
