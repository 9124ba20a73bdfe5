"""What all plots share: figures without pyplot, colours, readable ticks, and legends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7")
"""Okabe and Ito's, which colour-blind readers can tell apart."""

_FEW_DECADES = 2.0  # an axis of fewer has numbers between the powers of ten too
_HALF_A_DECADE = 3.0  # the largest over the smallest number: below it an axis is linear


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches; nothing global knows of it."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'glassgrad[notebook]'") from None
    return Figure(figsize=(width, height), layout="constrained")


def whole_numbers(*axes: Axis) -> None:
    """Give axes of epochs, layers or units ticks at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    for axis in axes:
        axis.set_major_locator(MaxNLocator("auto", integer=True))


def logarithmic(panel: Axes) -> None:
    """Make the y axis logarithmic, unless all of it is near one number; with plain numbers."""
    low, high = panel.dataLim.intervaly
    if not 0 < low * _HALF_A_DECADE < high:
        return
    panel.set_yscale("log")
    if high < low * 10**_FEW_DECADES:
        _plain_numbers(panel.yaxis)


def _plain_numbers(axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def legend_below(figure: Figure, styles: Mapping[str, str] | None = None) -> None:
    """Put one legend below a figure: each name of a line or band once, and styles by name.

    Parameters
    ----------
    styles : mapping of str to str, optional
        What all colours share: by its name a line's style ("--"), a marker ("x"), or "band".
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    named: dict[str, Artist] = {}
    for panel in figure.axes:
        for handle, name in zip(*panel.get_legend_handles_labels(), strict=True):
            named.setdefault(name, handle)
    for name, style in (styles or {}).items():
        if style == "band":
            named[name] = Patch(color="0.4", alpha=0.3, linewidth=0)
            continue
        named[name] = line = Line2D([], [], color="0.4")
        is_marker = style not in ("--", ":")
        line.set(**({"marker": style, "linestyle": ""} if is_marker else {"linestyle": style}))
    if named:
        columns = min(len(named), max(1, int(figure.get_figwidth() // 2.2)))
        figure.legend([*named.values()], [*named], loc="outside lower center", ncols=columns)
