"""A training that is killed: test_checkpoint_killed.py runs it as a process of its own.

    python tests/nn/killed_run.py CHECKPOINT RESULT CALLS [jit]

It takes hundreds of steps, with all that draws random numbers or remembers, writes a checkpoint
after every fifth, and leaves weights and history in RESULT when it is through. It is killed at the
CALLS-th call after it began to write the first checkpoint, or never if CALLS is 0. With "jit",
steps are replayed.
"""

import os
import signal
import sys
from typing import Any

import numpy as np

import nn

DEATH = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows knows one way to end a process


def run(
    checkpoint: nn.Checkpoint | None, jit: bool = False
) -> tuple[dict[str, np.ndarray], nn.History]:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(60, 3))
    y = np.sin(x).sum(axis=1, keepdims=True)
    model = nn.Sequential(
        nn.Layer(3, 8, "tanh", rng=1), nn.Dropout(0.2, rng=rng), nn.LayerNorm(8),
        nn.Residual(nn.Layer(8, 8, "relu", rng=2), nn.Dropout(0.1, rng=5)), nn.Linear(8, 1, rng=3),
    )  # fmt: skip
    history = nn.fit(
        model, x, y, epochs=120, batch_size=7, loss=nn.smooth_l1, rng=rng, progress=False, jit=jit,
        optimizer=nn.AdamW(model.parameters(), amsgrad=True), validation=0.2, patience=20,
        metrics=[nn.mean_absolute_error], clip_norm=0.5, checkpoint=checkpoint,
        schedule=nn.schedules.Warmup(
            nn.schedules.ReduceOnPlateau(0.01, factor=0.5, patience=9), length=2.5
        ),
    )  # fmt: skip
    return model.state_dict(), history


def measured(history: nn.History) -> np.ndarray:
    """Return all numbers of a history, but for the time that things took."""
    return np.array([[v for k, v in e.cells().items() if k != "seconds"] for e in history])


class Fatal(nn.Checkpoint):
    """Counted in calls, a moment is the same on a slow machine as on a fast one."""

    calls = 0

    def save(self, state: Any) -> None:
        if self.calls and sys.getprofile() is None:
            sys.setprofile(self.count)
        super().save(state)

    def count(self, *_: Any) -> None:
        self.calls -= 1
        if self.calls == 0:
            os.kill(os.getpid(), DEATH)


if __name__ == "__main__":
    checkpoint = Fatal(sys.argv[1], every=5)
    checkpoint.calls = int(sys.argv[3])
    weights, history = run(checkpoint, jit="jit" in sys.argv[4:])
    np.savez(sys.argv[2], history=measured(history), **weights)
