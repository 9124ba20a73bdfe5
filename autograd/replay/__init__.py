"""Record a function of Values once, and replay it at machine speed.

``jit.py`` is what users call. A call goes through these files in turn: ``tracer.py`` runs the
function on Values and notes what a graph doesn't hold; ``lower.py`` turns the graph into a
``Recording``, flat arrays; ``compiled_program.py`` puts its instructions into the order that a
machine likes; ``kernel_rules.py`` and ``kernels.py`` write the kernels from the rule book;
``machine.py`` runs them. Numba is imported when the first function is replayed, and not before.
"""

from autograd.replay.jit import Replayed, jit
from autograd.replay.recording import BranchError, Recording

__all__ = ["BranchError", "Recording", "Replayed", "jit"]
