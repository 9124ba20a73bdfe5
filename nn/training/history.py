"""The history of a training run: a record for each epoch, and a curve of the losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from nn.support.figures import COLOURS, legend_below, logarithmic, new_figure, whole_numbers
from nn.support.text_table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Diverged", "Epoch", "History"]

_CURVES = {"training": COLOURS[0], "validation": COLOURS[4]}


@dataclass(frozen=True, slots=True)
class Epoch:
    """The record of one epoch, a pass over the data.

    Attributes
    ----------
    number : int
        1 for the first.
    loss : float
        The mean over the samples of the losses that were stepped on.
    validation_loss : float or None
        The loss on the validation data after the epoch, if there are any.
    seconds : float
        How long it took.
    learning_rate : float
        That of the last step.
    gradient_norm, max_gradient_norm : float
        The mean and the largest over the steps of how long the gradient was, before clipping.
    metrics, validation_metrics : mapping from str to float
        By name: the means over the samples while they were stepped on, and on the validation data.

    Examples
    --------
    >>> epoch = Epoch(3, 0.5, 0.625, 0.1, 0.01, 2.0, 3.0)
    >>> epoch.measured, epoch.cells()["validation loss"]
    (0.625, 0.625)
    """

    number: int
    loss: float
    validation_loss: float | None
    seconds: float
    learning_rate: float
    gradient_norm: float
    max_gradient_norm: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    validation_metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def measured(self) -> float:
        """The loss that says how good the model is: on the validation data, if there are any."""
        return self.loss if self.validation_loss is None else self.validation_loss

    def cells(self) -> dict[str, object]:
        """Return the epoch's cells in a table."""
        found: dict[str, object] = {"epoch": self.number, "loss": self.loss}
        if self.validation_loss is not None:
            found["validation loss"] = self.validation_loss
        found |= self.metrics
        found |= {f"validation {name}": value for name, value in self.validation_metrics.items()}
        return found | {
            "learning rate": self.learning_rate,
            "gradient norm": self.gradient_norm,
            "seconds": self.seconds,
        }


class History(Table[Epoch]):
    """The epochs of a training, from the first to the last; it shows itself as a table.

    Parameters
    ----------
    epochs : iterable of Epoch
    stopped : str
        Why training ended before its time; empty if it didn't.

    Examples
    --------
    >>> History([Epoch(1, 0.5, 0.6, 0.1, 0.01, 2.0, 3.0), Epoch(2, 0.25, 0.7, 0.1, 0.01, 1.0, 2.0)])
    epoch  loss  validation loss  learning rate  gradient norm  seconds
        1   0.5              0.6           0.01              2      0.1
        2  0.25              0.7           0.01              1      0.1
    """

    def __init__(self, epochs: Iterable[Epoch], *, stopped: str = "") -> None:
        super().__init__(epochs, caption=stopped)
        self.stopped = stopped

    @property
    def best(self) -> Epoch:
        """The epoch with the lowest loss: on the validation data, if there are any.

        Raises
        ------
        ValueError
            If there are no epochs.

        Examples
        --------
        >>> one, two = Epoch(1, 0.5, 0.6, 0.1, 0.01, 2, 3), Epoch(2, 0.25, 0.7, 0.1, 0.01, 1, 2)
        >>> History([one, two]).best.number  # by the validation loss
        1
        """
        if not self.rows:
            raise ValueError("a history without epochs has no best one")
        return min(self.rows, key=lambda epoch: (epoch.measured != epoch.measured, epoch.measured))

    def plot(self) -> Figure:
        """Draw losses, metrics, learning rate and gradient norm over the epochs.

        Returns
        -------
        matplotlib.figure.Figure
            A panel for each that has a finite number; a dotted line marks the best epoch. A
            notebook shows it if a cell ends with it; ``.savefig`` keeps it.

        Raises
        ------
        ImportError
            Without matplotlib.
        ValueError
            If there are no epochs.

        Examples
        --------
        >>> history = History([Epoch(1, 0.5, None, 0.1, 0.01, 2.0, 3.0)])
        >>> [panel.get_title() for panel in history.plot().axes]
        ['loss', 'learning rate', 'gradient norm']
        """
        best = self.best.number
        panels = self._panels()
        figure = new_figure(3.6 * max(len(panels), 1), 3.4)
        axes = figure.subplots(1, len(panels), squeeze=False)[0] if panels else []
        for axis, (title, curves) in zip(axes, panels.items(), strict=True):
            self._draw(axis, title, curves)
            axis.axvline(best, color="0.6", linestyle=":", linewidth=1, label="best epoch")
        legend_below(figure)
        return figure

    def _panels(self) -> dict[str, dict[str, Sequence[Any]]]:
        """Return by title what each panel shows: curves by name."""
        names = [n for n in self.columns if n not in ("epoch", "seconds")]
        panels: dict[str, dict[str, Sequence[Any]]] = {}
        for name in names:
            title = name.removeprefix("validation ")
            curve = "validation" if name != title else "training"
            values = self.column(name)
            if any(isinstance(value, (int, float)) and isfinite(value) for value in values):
                panels.setdefault(title, {})[curve] = values
        return panels

    def _draw(self, axis: Any, title: str, curves: Mapping[str, Sequence[Any]]) -> None:
        numbers = [epoch.number for epoch in self.rows]
        marker = "o" if len(numbers) == 1 else ""
        for name, curve in curves.items():
            axis.plot(numbers, curve, marker=marker, color=_CURVES[name], label=name)
        if title in ("loss", "gradient norm") and all(
            value is not None and value > 0 for curve in curves.values() for value in curve
        ):
            logarithmic(axis)
        axis.set(title=title, xlabel="epoch")
        whole_numbers(axis.xaxis)


class Diverged(FloatingPointError):  # noqa: N818 - what happened, as StopIteration is
    """Training can't go on: a loss, a gradient or a parameter is nan or inf.

    The model has the last weights that had a finite loss.

    Attributes
    ----------
    history : History
        The epochs before.

    Examples
    --------
    >>> import nn
    >>> model, x = nn.MLP([1, 1], seed=0), [[1.0], [2.0]]
    >>> sgd = nn.SGD(model.parameters(), lr=1e200)
    >>> try:
    ...     nn.fit(model, x, x, epochs=9, loss=nn.mse, optimizer=sgd, rng=0, progress=False)
    ... except nn.Diverged as error:
    ...     print(len(error.history))
    1
    """

    def __init__(self, reason: str, history: History) -> None:
        super().__init__(reason)
        self.history = history
