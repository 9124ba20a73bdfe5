"""Stepping through a graph: events, the stepper, the player, and paths of gradients.

``recorded_steps.py`` reads the walk and gives events (``events.py``): plain data, which the
player reads. ``stepper.py`` goes through them in a terminal. ``paths.py`` answers ``why``.
Nothing here changes a graph.
"""

from autograd.stepping.events import Event, NodeRecord, same
from autograd.stepping.gradient_path import Path
from autograd.stepping.paths import Why, why
from autograd.stepping.recorded_steps import Steps, steps
from autograd.stepping.stepper import State, Stepper, step

__all__ = [
    "Event",
    "NodeRecord",
    "Path",
    "State",
    "Stepper",
    "Steps",
    "Why",
    "same",
    "step",
    "steps",
    "why",
]


def __dir__() -> list[str]:
    return sorted(__all__)
