"""Record a function of Values or Tensors once, and replay it at machine speed.

To *trace* a function is to run it on Values once, and to note what its graph doesn't hold
(``tracer.py``). To *record* it is to trace it until two traces agree (``recorder.py``), each made
into a tape of instructions (``lower.py``); the last becomes a ``Recording``, flat arrays. To
*replay* it is to run that on other numbers: ``compiled_program.py`` puts the instructions into the
order that a machine likes, ``kernel_rules.py``, ``templates.py`` and ``kernels.py`` make kernels
from the rule book, and ``machine.py`` has them run by ``interpreter.py``. A batch's samples are the
*lanes* of a kernel; ``threads.py`` says how many threads share them.

That is how functions of Values are replayed. Those of Tensors have a package of their own,
``tensors``, which has whole arrays in the place of numbers.

``jit.py`` is what users call, and ``replayed.py`` what it returns. Numba is imported when something
must be compiled, not before.
"""

from autograd.replay.jit import jit
from autograd.replay.recording import BranchError, Recording
from autograd.replay.replayed import Replayed

__all__ = ["BranchError", "Recording", "Replayed", "jit"]


def __dir__() -> list[str]:
    return sorted(__all__)
