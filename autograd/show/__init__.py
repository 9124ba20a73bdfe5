"""Pictures of graphs, for notebooks, terminals and files: read from the graph, never part of it.

A drawing is made in steps, each of which can be looked at: ``build`` says what is shown, as plain
data (``picture``); ``fold`` chooses what shares a box, and ``levels`` what is drawn in a picture of
its own; ``dot`` writes it in Graphviz's language;
``layout`` reads where everything goes; ``paint`` makes shapes; ``svg`` writes them as a file, of
which ``export`` makes PNG and PDF. ``sealed_html`` makes one file of a page that computes.
"""

from autograd.show.drawing import Drawing, draw
from autograd.show.graphviz_engine import RenderError, set_layout_engine

__all__ = ["RenderError", "Drawing", "draw", "set_layout_engine"]


def __dir__() -> list[str]:
    return sorted(__all__)
