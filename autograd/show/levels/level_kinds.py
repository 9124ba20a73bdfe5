"""The kinds of level that have a scene of their own: here is where such a scene is plugged in.

A level that none of them fits is drawn as a graph of boxes and lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.flow import View
from autograd.show.levels.level import Level, LevelKind
from autograd.show.scene import Scene
from autograd.show.theme import Theme


@dataclass(frozen=True, slots=True)
class KindWithScene:
    """A kind of level, how it is told, and what paints it.

    Attributes
    ----------
    kind : LevelKind
        What its levels say they are.
    fits : callable
        Whether a level, so far a graph, is of this kind.
    paint : callable
        The scene of a level in the colours of a theme.
    """

    kind: LevelKind
    fits: Callable[[NumberedGraph, Level], bool]
    paint: Callable[[View, Level, Theme], Scene]


KINDS: tuple[KindWithScene, ...] = ()  # the first that fits is taken


def kind_of(graph: NumberedGraph, level: Level) -> LevelKind:
    """Return the kind that a level is of."""
    return next((each.kind for each in KINDS if each.fits(graph, level)), level.kind)


def painter(view: View, level: Level) -> Callable[[Theme], Scene] | None:
    """Return what paints a level that has a scene of its own; None for a graph."""
    paint = {each.kind: each.paint for each in KINDS}.get(level.kind)
    return (lambda theme: paint(view, level, theme)) if paint else None
