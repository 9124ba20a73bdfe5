"""Draws panels of curves: ``python plots.py picture.png``, what to draw as JSON on its input."""

from __future__ import annotations

import json
import sys

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt


def main() -> None:
    """Draw; each panel has a title, labels of its axes, and a list of points for each name."""
    panels = json.load(sys.stdin)
    plt.rcParams |= {"font.size": 13, "axes.spines.top": False, "axes.spines.right": False}
    size = (4.2 * len(panels), 6)
    _, axes = plt.subplots(1, len(panels), figsize=size, layout="constrained", squeeze=False)
    for ax, panel in zip(axes[0], panels, strict=True):
        for name, points in panel["curves"].items():
            ours = name.startswith("Glassgrad")
            style = {"linewidth": 2.8 if ours else 1.4, "marker": "o" if ours else "s"}
            ax.loglog(*zip(*points, strict=True), label=name, markersize=5, **style)
        ax.set(title=panel["title"], xlabel=panel["x"], ylabel=panel["y"])
        ax.grid(alpha=0.3)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False, fontsize=12)
    plt.savefig(sys.argv[1], dpi=130)


if __name__ == "__main__":
    main()
