"""Pages that compute, made from a program: a function's graph, and a model on its data.

``live_function.py`` has ``autograd.live``. ``playground_page.py`` makes the page of a model of two
features from the graph of one sample; ``nn.playground`` records that graph. Its scripts are in
``playground/``.
"""

from autograd.pages.live_function import live
from autograd.pages.playground_page import Playground, Sample, Samples

__all__ = ["Playground", "Sample", "Samples", "live"]


def __dir__() -> list[str]:
    return sorted(__all__)
