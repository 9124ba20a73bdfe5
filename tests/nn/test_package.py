"""The front door of nn."""

import nn

PUBLIC = [
    "Module",
    "Linear",
    "Layer",
    "Neuron",
    "Activation",
    "Sequential",
    "MLP",
    "Dropout",
    "LayerNorm",
    "Residual",
    "Flatten",
    "mse",
    "half_squared_error",
    "hinge",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "nll",
    "smooth_l1",
    "kl_divergence",
    "multi_margin",
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
    "perceptron_step",
    "train_perceptron",
    "margin",
    "largest_margin",
    "update_bound",
    "draw_boundaries",
    "ThresholdUnit",
    "xor_network",
    "stack_linear",
    "propagate",
    "diagnose",
    "lsuv",
    "sweep",
    "SweepError",
    "Table",
]


def test_the_public_names_are_these() -> None:
    assert sorted(nn.__all__) == sorted(PUBLIC)


def test_every_public_name_exists_and_says_what_it_is() -> None:
    assert [name for name in nn.__all__ if not getattr(nn, name).__doc__] == []
