"""Training: the loop, checkpoints, histories, metrics, and replayed runs."""

from nn.training.checkpoint import Checkpoint, CheckpointError, CheckpointWarning
from nn.training.clipping import clip_grad_norm, clip_grad_value, grad_norm
from nn.training.history import Epoch, History
from nn.training.loop import Diverged, fit, train
from nn.training.metrics import accuracy, mean_absolute_error

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "CheckpointWarning",
    "clip_grad_norm",
    "clip_grad_value",
    "grad_norm",
    "Epoch",
    "History",
    "Diverged",
    "fit",
    "train",
    "accuracy",
    "mean_absolute_error",
]


def __dir__() -> list[str]:
    return sorted(__all__)
