"""What happened in a graph, step by step: events, the stepper, and paths of gradients.

``record.py`` reads the walk and gives events (``events.py``), plain data that drawings and players
read; ``stepper.py`` goes through them in a terminal; ``paths.py`` answers ``why``. Nothing here
changes a graph.
"""

from autograd.stepping.events import Event, NodeRecord
from autograd.stepping.paths import Path, Why, why
from autograd.stepping.record import Steps, steps
from autograd.stepping.stepper import State, Stepper, step

__all__ = [
    "Event",
    "NodeRecord",
    "Path",
    "State",
    "Stepper",
    "Steps",
    "Why",
    "step",
    "steps",
    "why",
]
