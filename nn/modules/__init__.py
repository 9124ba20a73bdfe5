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
from nn.modules.layers import MLP, Layer, Linear, Neuron, Sequential
from nn.modules.module import Module

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
    "MLP",
    "Layer",
    "Linear",
    "Neuron",
    "Sequential",
    "Module",
]


def __dir__() -> list[str]:
    return sorted(__all__)
