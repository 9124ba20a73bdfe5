"""The perceptron: its learning rule, the history of its updates, and threshold units.

All of it is NumPy: a threshold has no gradient to learn from, which is why the rest of ``nn``
exists. How well data can be separated is in ``margins.py``, drawing in ``boundary.py``, and the
scikit-learn estimator in ``estimators/perceptron_estimator.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, pairwise, repeat
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import init
from init.argument_checks import number, positive_integer
from nn.support.examples import Floats, finite, labelled, separator

_BLOCK = 256  # examples looked at together: one matrix product costs little more than one row


class Update(NamedTuple):
    """One time that the rule changed the weights: when, for which example, and to what.

    Examples
    --------
    >>> train_perceptron([[1.0], [-2.0]], [1, -1]).history[0]
    Update(sweep=1, example=0, weights=array([1.]), bias=1.0)
    """

    sweep: int
    example: int
    weights: Floats
    bias: float


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """Every update of a run, to replay how the boundary moved: ``for update in history``.

    It keeps which examples caused an update, and adds the weights up again when asked: in the
    same order as they were learnt, so to the same bits.

    Attributes
    ----------
    sweep : ndarray of int, shape (n_updates,)
        The pass over the data in which each update was made, counted from 1.
    example : ndarray of int, shape (n_updates,)
        The row of the example that was not on its side.
    weights : ndarray, shape (n_updates, n_features)
        The weights after each update.
    bias : ndarray, shape (n_updates,)
        The bias after each update.

    Examples
    --------
    >>> history = train_perceptron([[1.0], [-2.0]], [1, -1]).history
    >>> history.weights.tolist(), history.bias.tolist()
    ([[1.0]], [1.0])
    """

    sweep: npt.NDArray[np.int64]
    example: npt.NDArray[np.int64]
    start: tuple[Floats, float]
    steps: tuple[Floats, Floats]

    @property
    def weights(self) -> Floats:
        """The weights after each update, of shape (n_updates, n_features)."""
        rows = np.vstack([self.start[0], self.steps[0][self.example]])
        return np.cumsum(rows, axis=0)[1:]

    @property
    def bias(self) -> Floats:
        """The bias after each update, of shape (n_updates,)."""
        return np.cumsum(np.append(self.start[1], self.steps[1][self.example]))[1:]

    def __len__(self) -> int:
        return len(self.example)

    def __getitem__(self, k: int) -> Update:
        return list(self)[k]

    def __iter__(self) -> Iterator[Update]:
        rows = zip(self.sweep, self.example, self.weights, self.bias, strict=True)
        return (Update(int(s), int(e), w, float(b)) for s, e, w, b in rows)

    def __repr__(self) -> str:
        return f"History({len(self)} updates)"


@dataclass(frozen=True, eq=False)
class PerceptronRun:
    """The result of ``train_perceptron``.

    Attributes
    ----------
    weights : ndarray, shape (n_features,)
    bias : float
    sweeps : int
        How many times it went through the data; the last pass is without an update if it
        converged.
    converged : bool
        Whether one entire pass was made without an update: then every example is on its side.
    history : History
        The updates; ``len(history)`` is their number.

    Examples
    --------
    >>> run = train_perceptron([[1.0], [-2.0]], [1, -1])
    >>> run.converged, run.sweeps, run.predict([[0.5], [-3.0]])
    (True, 2, array([ 1, -1]))
    """

    weights: Floats
    bias: float
    sweeps: int
    converged: bool
    history: History

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return +1 or −1 for each row of ``X``, by the side of the boundary it is on."""
        inputs = finite("X", X, ndim=2)
        if inputs.shape[1] != len(self.weights):
            raise ValueError(f"X must have {len(self.weights)} features, got {inputs.shape[1]}")
        activations = inputs @ self.weights + self.bias
        return np.where(activations > 0, 1, -1)


@np.errstate(all="ignore")
def perceptron_step(w: Any, b: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the weights and bias after the rule has seen one example.

    If ``y·a ≤ 0`` for the activation ``a = w·x + b``, or it overflows, then w becomes w + y·x and b
    becomes b + y.

    Parameters
    ----------
    w, x : array, shape (n_features,)
        Weights and inputs: floats, or an object array of any numbers that add and multiply.
    b : number
    y : {−1, +1}

    Returns
    -------
    tuple of array and number

    Raises
    ------
    ValueError
        If y is neither −1 nor +1.

    References
    ----------
    F. Rosenblatt, "The perceptron", Psychological Review 65 (1958); H. Daumé III, "A Course in
    Machine Learning", algorithm 5 (PerceptronTrain).

    Examples
    --------
    >>> w, b = perceptron_step(np.zeros(2), 0.0, np.array([3.0, 1.0]), -1)
    >>> w.tolist(), b
    ([-3.0, -1.0], -1.0)
    """
    finite("w", w, ndim=1)
    finite("x", x, ndim=1)
    number("b", b)
    if y not in (-1, 1):
        raise ValueError(f"a label must be -1 or +1, got {y!r}: for 0 and 1 pass 2 * y - 1")
    if 0 < y * (w @ x + b) < np.inf:
        return w, b
    return w + y * x, b + y


def train_perceptron(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    max_iter: int = 1000,
    start: tuple[npt.ArrayLike, float] | None = None,
    order: npt.ArrayLike | None = None,
    shuffle: init.Seed | None = None,
) -> PerceptronRun:
    """Go through the examples in their order, and correct the weights after every mistake.

    It stops after one entire pass without an update. Data that a hyperplane separates always
    comes to that, in at most ``nn.update_bound(X, y)`` updates; other data never does. So it is in
    any order in which no example is left out for ever.

    Parameters
    ----------
    X : array_like, shape (n_examples, n_features)
    y : array_like, shape (n_examples,)
        Labels −1 and +1, or 0 and 1. With 0 and 1 the rule reads: if the output is wrongly 0, add
        the inputs to the weights; if it is wrongly 1, subtract them. An activation of exactly 0
        counts as wrong either way.
    max_iter : int
        The most passes to make.
    start : tuple of array_like and float, optional
        The weights and the bias to start from: zeros by default.
    order : array_like of int, optional
        The rows of ``X`` that a pass goes through: each at least once. By default all, in order.
    shuffle : int or numpy.random.Generator, optional
        Draws another order of these for each pass.

    Returns
    -------
    PerceptronRun

    Raises
    ------
    TypeError, ValueError
        If shapes don't match, a number isn't finite, a label is none of the above, or ``max_iter``
        isn't a positive integer, an example isn't in ``order``, or ``shuffle`` is no seed.

    Examples
    --------
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> run = train_perceptron(X, [0, 0, 0, 1])
    >>> run.weights.tolist(), run.bias, len(run.history), run.converged
    ([3.0, 2.0], -4.0, 18, True)
    >>> train_perceptron(X, [0, 1, 1, 0], max_iter=100).converged
    False
    """
    most = positive_integer("max_iter", max_iter)
    X, signs = labelled(X, y)
    n, d = X.shape
    w, b = start = separator(*start, d) if start else (np.zeros(d), 0.0)
    turns = _turns(n, order, shuffle)
    updates: list[tuple[int, int]] = []
    for sweep in range(1, most + 1):
        before, turn = len(updates), next(turns)
        inputs, labels = X[turn], signs[turn]
        i = _next_mistake(inputs, labels, w, b, 0)
        while i < len(inputs):
            w, b = w + labels[i] * inputs[i], b + float(labels[i])
            updates.append((sweep, i if isinstance(turn, slice) else int(turn[i])))
            i = _next_mistake(inputs, labels, w, b, i + 1)
        if len(updates) == before:
            break
    sweeps, at = np.array(updates, dtype=np.int64).reshape(-1, 2).T
    history = History(sweeps, at, start, (signs[:, None] * X, signs))
    return PerceptronRun(w, b, sweep, len(updates) == before, history)


def _turns(
    n: int, order: npt.ArrayLike | None, shuffle: init.Seed | None
) -> Iterator[slice | npt.NDArray[np.int64]]:
    """Return, without end, the rows that each pass goes through."""
    generator = None if shuffle is None else init.as_generator(shuffle)
    if order is None and generator is None:
        return repeat(slice(None))
    rows = np.arange(n) if order is None else np.asarray(order)
    if rows.dtype.kind not in "iu" or rows.ndim != 1 or set(rows.tolist()) != set(range(n)):
        raise ValueError(
            f"order must hold the rows from 0 to {n - 1}, each at least once: an example that is "
            f"never seen can't be learnt, got {rows.tolist()}"
        )
    return repeat(rows) if generator is None else (generator.permutation(rows) for _ in count())


def _next_mistake(X: Floats, signs: Floats, w: Floats, b: float, first: int) -> int:
    """Return the first example from ``first`` on that isn't on its side; n if there is none."""
    for i in range(first, len(X), _BLOCK):
        block = slice(i, i + _BLOCK)
        activations = signs[block] * (X[block] @ w + b)
        # ∞ − ∞ is nan, or an infinity where the processor multiplies and adds in one go.
        wrong = np.flatnonzero(~((activations > 0) & (activations < np.inf)))
        if len(wrong):
            return i + int(wrong[0])
    return len(X)


# Units with a threshold ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ThresholdUnit:
    """A unit that fires or doesn't: 1 where ``w·x + b > 0``, else ``low``.

    Parameters
    ----------
    weights : tuple of float
    bias : float
    low : float
        The output of a unit that doesn't fire: 0, or −1 for a sign unit.

    Examples
    --------
    >>> both = ThresholdUnit((1.0, 1.0), -1.5)
    >>> both([[0, 0], [0, 1], [1, 0], [1, 1]]).tolist()
    [0.0, 0.0, 0.0, 1.0]
    >>> both.preactivation([[0, 1]]).tolist()
    [-0.5]
    """

    weights: tuple[float, ...]
    bias: float
    low: float = 0.0

    def preactivation(self, X: npt.ArrayLike) -> Floats:
        """Return ``w·x + b`` for each row of ``X``: shape (n,)."""
        X = finite("X", X, ndim=2)
        weights, bias = separator(self.weights, self.bias, X.shape[1])
        return X @ weights + bias

    def __call__(self, X: npt.ArrayLike) -> Floats:
        """Return the outputs for each row of ``X``: shape (n,)."""
        return np.where(self.preactivation(X) > 0, 1.0, self.low)


class XorPass(NamedTuple):
    """Preactivations and outputs of the XOR network, a row for each input.

    Examples
    --------
    >>> xor_network([[0, 1]]).hidden_outputs.tolist()  # not both, and one of them
    [[0.0, 1.0]]
    """

    hidden: Floats
    hidden_outputs: Floats
    output: Floats
    decisions: Floats


def xor_network(X: npt.ArrayLike, *, low: float = 0.0) -> XorPass:
    """Run the network of three threshold units that computes XOR: "or, but not and".

    Parameters
    ----------
    X : array_like, shape (n, 2)
        Inputs of 0 and 1.
    low : float
        What a unit gives that doesn't fire. These weights are right for 0 only: with −1, a sign
        unit, the answer for (0, 0) is wrong.

    Returns
    -------
    XorPass
        ``hidden`` and ``hidden_outputs`` of shape (n, 2), ``output`` and ``decisions`` of (n,).

    Examples
    --------
    >>> xor_network([[0, 0], [0, 1], [1, 0], [1, 1]]).decisions.tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    low = number("low", low)
    both = ThresholdUnit((1.0, 1.0), -1.5, low)
    either = ThresholdUnit((1.0, 1.0), -0.5, low)
    but_not_both = ThresholdUnit((-2.0, 1.0), -0.5, low)
    hidden = np.column_stack([unit.preactivation(X) for unit in (both, either)])
    fired = np.column_stack([unit(X) for unit in (both, either)])
    return XorPass(hidden, fired, but_not_both.preactivation(fired), but_not_both(fired))


def stack_linear(*layers: tuple[npt.ArrayLike, npt.ArrayLike]) -> tuple[Floats, Floats]:
    """Return one linear layer that computes the same as a stack of linear layers.

    More layers of linear units don't help: their weights multiply to one matrix.

    Parameters
    ----------
    *layers : tuple of array_like
        The weights (out, in) and the bias (out,) of each layer, in the order in which they are
        applied.

    Returns
    -------
    tuple of ndarray
        Weights of shape (last out, first in) and bias of shape (last out,).

    Raises
    ------
    ValueError
        If there is no layer, or one doesn't take as many inputs as the one before gives.

    Examples
    --------
    >>> W, b = stack_linear(([[1, 2], [3, 4]], [1, 0]), ([[1, -1]], [5]))
    >>> W.tolist(), b.tolist()
    ([[-2.0, -2.0]], [6.0])
    """
    stack = [(finite("weights", W, ndim=2), finite("bias", b, ndim=1)) for W, b in layers]
    if not stack:
        raise ValueError("stack_linear needs at least one layer, got none")
    for k, (W, b) in enumerate(stack):
        if len(b) != len(W):
            raise ValueError(f"layer {k} has {len(W)} units and {len(b)} biases")
    for k, ((W, _), (V, _)) in enumerate(pairwise(stack)):
        if V.shape[1] != W.shape[0]:
            raise ValueError(
                f"layer {k} gives {W.shape[0]} outputs and layer {k + 1} takes {V.shape[1]} inputs"
            )
    W, b = stack[0]
    for V, c in stack[1:]:
        W, b = V @ W, V @ b + c
    return W, b
