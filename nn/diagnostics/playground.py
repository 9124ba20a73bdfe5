"""``nn.playground``: a small model of two features as a page in which it learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import init
from autograd import Value
from autograd.extend import Node, raw, topological_order
from autograd.pages import Playground, Sample, Samples
from init.argument_checks import positive_integer
from nn.diagnostics.decision_regions import COLOURS, around
from nn.losses.classification import binary_cross_entropy_with_logits, cross_entropy
from nn.losses.margin_losses import hinge
from nn.losses.regression import mse
from nn.modules.module import Module
from nn.support.bounds import at_least_zero

Array = npt.NDArray[Any]

MOST_SAMPLES = 4_000  # that travel in the page
COMPARED = 64  # samples that must take the path of the first one


def playground(
    model: Any,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    loss: Any = None,
    lr: float | None = None,
    batch_size: int = 32,
    rng: init.Seed = 0,
    features: Sequence[str] = ("x₁", "x₂"),
    classes: Sequence[str] | None = None,
) -> Playground:
    """Return a page in which a small model learns your data: ``.save("playground.html")``.

    The page works offline, in any browser. It shows the decision regions, what each unit makes of
    the plane, and the loss; one trains, pauses and steps, drags weights, and looks at the numbers
    of a single sample. It starts from the model's numbers, and leaves the model as it is.

    Parameters
    ----------
    model : Module or estimator
        Of two features: a chain of layers, at most 6 of at most 16 units; or an ``MLPClassifier``
        or ``MLPRegressor`` that is fitted.
    x : array_like, shape (n, 2)
        The samples. Of more than 4,000, so many are drawn evenly, and the page says so.
    y : array_like
        What the loss takes, as for ``nn.fit``. At most six different whole numbers are classes.
    loss : callable, optional
        ``loss(outputs, targets)``, a mean over the batch. By default, of classes ``cross_entropy``;
        with one output, ``binary_cross_entropy_with_logits`` of 0 and 1 and ``hinge`` of −1 and 1;
        of other numbers ``mse``. With one output, y may then be of shape (n,).
    lr : float, optional
        The rate at first; by default the page chooses one.
    batch_size : int
        How many samples to a step, at first.
    rng : numpy.random.Generator or int
        Draws the order of the samples.
    features : pair of str
        What the features are called.
    classes : sequence of str, optional
        What the classes are called, in their order; by default their labels.

    Returns
    -------
    Playground
        It is saved by ``.save(path)``, opened by ``.show()``, and a notebook shows it.

    Raises
    ------
    TypeError
        If the model is no module.
    ValueError
        If there aren't two features; the model is no chain of layers, is too large, treats samples
        differently or draws random numbers; the loss isn't a mean over samples; or an op can't be
        computed in a page.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> x = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    >>> nn.playground(nn.MLP([2, 4, 1], "tanh", seed=0), x, (x[:, 0] * x[:, 1] > 0).astype(int))
    Playground: a 2-4-1 network learns 2 classes, on 200 samples
    .save(path) writes the page
    """
    points, targets = _examples(x, y)
    if hasattr(model, "model_"):  # an estimator
        if hasattr(model, "classes_"):
            classes = [str(each) for each in model.classes_] if classes is None else classes
            targets = np.searchsorted(model.classes_, targets)
        model = model.model_
    if not isinstance(model, Module):
        raise TypeError(f"expected an nn.Module, or a fitted estimator of nn, got {model!r}")
    if targets.dtype.kind not in "iufb":
        raise ValueError(
            f"y must be numbers, got {targets.dtype}: number the classes from 0, and give their "
            "names as classes=[...]"
        )
    size = positive_integer("batch_size", batch_size)
    rate = None if lr is None else float(at_least_zero("lr", lr))
    if len(features) != 2:
        raise ValueError(f"features must be two names, got {len(features)}")
    generator = init.as_generator(rng)
    order = int(generator.integers(2**31))
    chosen = np.arange(len(points))
    if len(points) > MOST_SAMPLES:
        chosen = np.sort(generator.choice(len(points), MOST_SAMPLES, replace=False))
    model = model.scalars()
    if loss is None:
        loss, targets = _usual(np.shape(model(points[:1]))[1:], targets)
    recorder = _Recorder(model, loss, points, targets)
    sample = recorder.sample()
    which, names = recorder.classes
    return Playground(
        sample,
        Samples(
            points[chosen],
            (targets.reshape(-1) if which is None else which)[chosen],
            _named(names, classes),
            [str(each) for each in features],
            around(points),
            len(points),
        ),
        lr=rate,
        batch_size=size,
        seed=order,
        colours=[] if len(names) <= 2 else COLOURS[: len(names)],
    )


def _examples(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
    points, targets = np.asarray(raw(x), np.float64), np.asarray(raw(y))
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(
            f"a playground shows two features: x must be of shape (n, 2), got {points.shape}"
        )
    if not np.isfinite(points).all():
        raise ValueError("x must be finite, and has nan or inf: drop or fill in those rows")
    if not targets.ndim or len(targets) != len(points):
        raise ValueError(
            f"y must have a row for each of {len(points)} samples, got shape {targets.shape}"
        )
    if targets.dtype.kind == "f" and not np.isfinite(targets).all():
        raise ValueError("y must be finite, and has nan or inf: drop those rows")
    return points, targets


def _usual(outputs: tuple[int, ...], y: Array) -> tuple[Any, Array]:
    """Return the usual loss for targets, and these in the shape that it takes."""
    different = set(np.unique(y).tolist())
    if outputs in ((), (1,)):
        y = y.reshape(-1, *outputs)
        if different <= {0, 1}:
            return binary_cross_entropy_with_logits, y.astype(float)
        return (hinge, y) if different <= {-1, 1} else (mse, y.astype(float))
    if y.ndim == 1 and (y == np.floor(y)).all():
        y = y.astype(int)
    return cross_entropy, y


def _named(labels: list[str], names: Sequence[str] | None) -> list[str]:
    if names is None or not labels:
        return labels
    if len(names) != len(labels):
        raise ValueError(f"classes must name {len(labels)} classes, got {len(names)} names")
    return [str(name) for name in names]


class _Recorder:
    """Records the graph of one sample."""

    def __init__(self, model: Module, loss: Any, points: Array, targets: Array) -> None:
        self.model, self.loss, self.points, self.targets = model, loss, points, targets
        self.parameters = tuple(model.parameters())
        different, which = np.unique(targets, axis=0, return_inverse=True)
        self._which = which.reshape(-1)
        scores = np.size(model(points[:1]))
        if targets.ndim == 1 and targets.dtype.kind in "iu" and set(different) <= {*range(scores)}:
            different, self._which = np.arange(scores), targets  # also those of no sample
        whole = bool((different == np.floor(different)).all())
        self._labels = different if whole and len(different) <= len(COLOURS) else None

    @property
    def classes(self) -> tuple[Array | None, list[str]]:
        """The number of each sample's class, and what these are called."""
        if self._labels is None:
            return None, []
        return self._which, [_label(each) for each in self._labels]

    def sample(self) -> Sample:
        """Return the graph of the first sample, which others were compared with."""
        if self._labels is not None and len(self._labels) < 2:
            raise ValueError("y has one class: there must be two to tell apart")
        before = [each.bit_generator.state for _, each in self.model.named_generators()]
        rows = range(min(len(self.points), COMPARED))
        first, *others = (self._record(self.points[k], self.targets[k]) for k in rows)
        if before != [each.bit_generator.state for _, each in self.model.named_generators()]:
            raise ValueError(
                "the model draws random numbers while it computes (Dropout does), and the page "
                "would repeat those of one sample: leave that out"
            )
        if self._labels is None and not _reached(first.losses[0], first.targets):
            raise ValueError(
                "the loss doesn't compute with its targets as numbers of the graph, so the page "
                "can't put in those of another sample"
            )
        known = _shape_of(first)
        if any(_shape_of(each) != known for each in others):
            raise ValueError(
                "the model or the loss takes another path for another sample, and a page has "
                "one: leave out branches on numbers"
            )
        self._check_mean()
        return first

    def _record(self, point: Array, target: Array) -> Sample:
        inputs = tuple(
            Value(float(number), requires_grad=False, label=f"x{k + 1}")
            for k, number in enumerate(point)
        )
        outputs = self.model(_row(inputs))
        if self._labels is not None:
            losses = tuple(self.loss(outputs, each[None]) for each in self._labels)
            targets: tuple[Any, ...] = ()
        else:
            numbers = np.reshape(target, -1)
            if numbers.size != 1 or outputs.size != 1:
                raise ValueError(
                    f"a playground shows at most {len(COLOURS)} classes, or one number for each "
                    f"sample, got {outputs.size} outputs and y of shape {self.targets.shape} with "
                    f"{len(np.unique(self.targets, axis=0))} different rows"
                )
            targets = (Value(float(numbers[0]), requires_grad=False, label="y"),)
            losses = (self.loss(outputs, _row(targets).reshape((1, *np.shape(target)))),)
        if not all(isinstance(each, Value) for each in losses):
            raise ValueError("the loss must be one number, the mean over a batch")
        flat = tuple(np.asarray(outputs, object).ravel().tolist())
        return Sample(inputs, flat, losses, targets, self.parameters)

    def _check_mean(self) -> None:
        """Raise ValueError unless the loss of a batch is the mean over its samples."""
        x, y = self.points[:COMPARED], self.targets[:COMPARED]
        batch = float(raw(self.loss(self.model(x), y)))
        rows = range(len(x))
        each = [float(raw(self.loss(self.model(x[k : k + 1]), y[k : k + 1]))) for k in rows]
        if np.isfinite(batch) and not abs(np.mean(each) - batch) <= 1e-9 * np.mean(np.abs(each)):
            raise ValueError(
                "the page computes a batch as the mean over its samples, and the loss isn't that: "
                f"of {len(x)} samples it is {batch:.6g}, and their mean is {np.mean(each):.6g}"
            )


def _row(values: Sequence[Any]) -> Any:
    row = np.empty((1, len(values)), object)
    row[0] = values
    return row


def _label(target: Array) -> str:
    """Return what a class is called: its number, also where it is a one-hot row."""
    if np.ndim(target) == 1 and len(target) > 1:
        return str(int(np.argmax(target))) if np.sum(target) == 1 else str(target.tolist())
    return f"{float(np.reshape(target, -1)[0]):g}"


def _reached(root: Node, leaves: Sequence[Node]) -> bool:
    operands = {p for node in topological_order(root) for p in node.parents}
    return all(leaf in operands for leaf in leaves)


def _shape_of(sample: Sample) -> list[Any]:
    """Return all of a graph but the sample's own numbers: equal for samples of one path."""
    numbers: dict[Node, int] = {}
    own = {*sample.inputs, *sample.targets, *sample.parameters}
    found: list[Any] = []
    for node in topological_order(*sample.losses):
        for parent in node.parents:
            if parent not in numbers:
                numbers[parent] = len(numbers)
                found.append(None if parent in own else float(raw(parent)))
        numbers[node] = len(numbers)
        found.append((node.op, repr(node.params), [numbers[p] for p in node.parents]))
    return found
