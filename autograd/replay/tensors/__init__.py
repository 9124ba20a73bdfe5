"""Records a function of Tensors, and replays it as instructions on buffers.

``tensor_tracing.py`` runs the function on Tensors whose numbers are sealed, and
``gradient_graph.py`` adds the backward pass to the graph, by the ops' own rules. ``lowering.py``
makes instructions of it, on *places* in memory (``memory_places.py``), by kernels that are made
from the rule book (``kernel_texts.py``, ``row_kernels.py``) and compiled once for a machine.
``tensor_machine.py`` runs them. What has no kernel is computed by its NumPy function, inside of
the same replay.
"""
