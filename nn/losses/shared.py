"""Helpers of losses: reductions, class weights, and checks of targets."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import (
    Any,
    Concatenate,
    Literal,
    NamedTuple,
    ParamSpec,
    Protocol,
    TypeAlias,
    cast,
    overload,
)

import numpy as np
import numpy.typing as npt

import autograd
from autograd import Tensor, Value
from autograd.extend import Numeric, is_sealed, of_all_samples, plain_array, quiet, raw, watched
from nn.support.coercion import mean, total

Array = npt.NDArray[Any]
Arguments = ParamSpec("Arguments")
Reduction: TypeAlias = Literal["mean", "sum", "none"]


class Loss(Protocol[Arguments]):
    """A loss, as its callers see it: of a Tensor it is a Tensor, of a Value a Value."""

    __name__: str

    @overload
    def __call__(
        self, prediction: Tensor, /, *args: Arguments.args, **options: Arguments.kwargs
    ) -> Tensor: ...
    @overload
    def __call__(
        self, prediction: Value, /, *args: Arguments.args, **options: Arguments.kwargs
    ) -> Value: ...
    @overload
    def __call__(self, *, prediction: Tensor, **options: Any) -> Tensor: ...
    @overload
    def __call__(self, *, prediction: Value, **options: Any) -> Value: ...
    @overload
    def __call__(self, *, logits: Tensor, **options: Any) -> Tensor: ...
    @overload
    def __call__(self, *, log_probabilities: Tensor, **options: Any) -> Tensor: ...
    @overload
    def __call__(self, *, scores: Tensor, **options: Any) -> Tensor: ...
    @overload
    def __call__(self, **arguments: Any) -> Any: ...
    @overload
    def __call__(
        self, prediction: Any, /, *args: Arguments.args, **options: Arguments.kwargs
    ) -> Any: ...


def in_its_region(loss: Callable[Concatenate[Any, Arguments], Numeric]) -> Loss[Arguments]:
    """Let what a loss records be in a region of its name, so that a picture can fold it.

    An infinity or nan of plain arrays gives no warning, as none of nodes does.
    """
    return cast("Loss[Arguments]", autograd.region(loss.__name__)(quiet(_in_float32(loss))))


def _in_float32(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Let a loss of float16 compute with float32, for squares and sums overflow soon."""
    first = next(iter(signature(loss).parameters))

    @wraps(loss)
    def of_operands(*operands: Any, **options: Any) -> Any:
        if not _is_float16(operands[0] if operands else options.get(first)):
            return loss(*operands, **options)
        named = {name: _widened(x) for name, x in options.items()}
        return autograd.astype(loss(*map(_widened, operands), **named), np.float16)

    return of_operands


def _widened(x: Any) -> Any:
    return autograd.astype(x, np.float32) if _is_float16(x) else x


def _is_float16(x: Any) -> bool:
    return isinstance(x, (Tensor, np.ndarray)) and x.dtype == np.float16


def reduce(losses: Numeric, reduction: Reduction) -> Numeric:
    """Return the mean of losses, their sum, or the losses as they are."""
    if reduction == "mean":
        return mean(losses)
    if reduction == "sum":
        return total(losses)
    return losses


def of_labels(weights: Any, labels: Any) -> Any:
    """Return the weight of each label; inside of ``vmap`` labels are no plain array."""
    if isinstance(labels, np.ndarray):
        return weights[labels]
    return ((labels[..., None] == np.arange(len(weights))) * weights).sum(-1)


def reduce_rows(
    losses: Any,
    z: Any,
    reduction: Reduction,
    weights: Array | None = None,
    kept: Array | None = None,
) -> Numeric:
    """Return losses of rows of scores, reduced; "none" gives them the shape that labels of z have.

    With weights, which the losses have in them already, the mean is over the sum of the weights:
    0 if all of them are 0, since then there is nothing to learn from. If no row is kept, it is
    0/0, which is nan.
    """
    if reduction == "mean" and weights is not None:
        something = True if kept is None else kept.any()
        weight: Any = weights.sum()  # inside of ``vmap`` there is one for each sample
        of_rows: Numeric = total(losses) / (weight + ((weight == 0) & something))
        return of_rows
    if reduction == "none":
        shape = shape_of_labels(z)
        found: Numeric = losses.reshape(shape) if shape else losses[0]
        return found
    return reduce(losses, reduction)


def weighted(losses: Any, weights: Array) -> Any:
    """Return losses times weights, where a weight of 0 leaves out even what is inf or nan."""
    if is_sealed(losses) or is_sealed(weights):  # a replay that isn't finite is computed eagerly
        return losses * weights
    if not all_finite(losses) and (weights == 0).any():
        losses = _leave_out(losses, weights == 0)
    return losses * weights


def _leave_out(losses: Any, left_out: Array) -> Any:
    if not (isinstance(losses, np.ndarray) and losses.dtype == object):
        return autograd.where(left_out if np.ndim(left_out) else bool(left_out), 0.0, losses)
    kept = np.empty(losses.shape, object)  # of Values, also where all are left out
    for index, out in np.ndenumerate(np.broadcast_to(left_out, losses.shape)):
        kept[index] = autograd.where(bool(out), 0.0, losses[index])
    return kept


def all_finite(operand: Any) -> bool:
    """Return whether all numbers of a Tensor, a Value, or an array of Values are finite."""
    if is_sealed(operand):
        return True  # a replay that isn't finite is computed eagerly
    data = plain_array(raw(operand))
    if data.dtype != object:
        return bool(np.isfinite(data).all())
    return all(raw(each) - raw(each) == 0 for each in data.flat)  # of fractions of any size too


def check_reduction(reduction: object) -> None:
    """Raise ValueError for what is no reduction."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")


def same_shape(prediction: Any, target: Any) -> None:
    """Raise ValueError unless there is something to compare, element by element."""
    if prediction.shape != target.shape:
        raise ValueError(
            "predictions and targets must have one shape, "
            f"got {prediction.shape} and {target.shape}: reshape one of them"
        )
    if not prediction.size:
        raise ValueError("a mean over nothing isn't a number: got predictions without elements")


def numbers(targets: Any) -> Array:
    """Return targets that carry no gradient as a plain array; while a step is recorded, sealed."""
    if type(watched(targets)) is np.ndarray or is_sealed(targets):
        return cast(Array, targets)
    plain = targets.data if isinstance(targets, (Tensor, Value)) else targets
    return cast(Array, plain_array(plain))


def class_rows(what: str, z: Any) -> Any:
    """Return scores of classes as rows, of shape (rows, classes); raise if they are something else.

    The classes are along the second axis, as in PyTorch, or along the only one.
    """
    shape = z.shape
    if not shape or 0 in shape or shape[_class_axis(z)] < 2:
        raise ValueError(
            f"{what} must be of shape (n, classes), (n, classes, d1, ...) or (classes,) with at "
            f"least two classes, got {shape}"
        )
    if len(shape) == 2:
        return z
    last = np.moveaxis(z, 1, -1) if len(shape) > 2 else z
    return last.reshape((-1, last.shape[-1]))


def _class_axis(z: Any) -> int:
    return 1 if len(z.shape) > 1 else 0


def shape_of_labels(z: Any) -> tuple[int, ...]:
    """Return the shape of labels for scores of classes: that of the scores, without the classes."""
    axis = _class_axis(z)
    shape: tuple[int, ...] = z.shape[:axis] + z.shape[axis + 1 :]
    return shape


class Labels(NamedTuple):
    """A class for each row, and which rows are kept: None for all. One left out has class 0."""

    classes: Array
    kept: Array | None

    def weights(self, of_class: Array | None, z: Any) -> Array | None:
        """Return the weight of each row; None if all weigh 1."""
        if self.kept is None:
            return None if of_class is None else of_labels(of_class, self.classes)
        kept = self.kept.astype(z.dtype if z.dtype.kind == "f" else float)
        return kept if of_class is None else kept * of_labels(of_class, self.classes)


def check_labels(labels: Array, z: Any, ignore_index: int | None = None) -> Labels:
    """Return integer labels, one for each row of scores of classes, or raise."""
    shape = shape_of_labels(z)
    if labels.dtype.kind not in "iu" or labels.shape != shape:
        raise (TypeError if labels.shape == shape else ValueError)(
            f"for scores of shape {z.shape} targets must be integer labels of shape "
            f"{shape}, got {labels.dtype} of shape {labels.shape}"
        )
    return below_classes(labels, z.shape[_class_axis(z)], ignore_index)


def below_classes(labels: Array, classes: int, ignore_index: int | None = None) -> Labels:
    """Return integer labels; ValueError unless they are from 0 to classes − 1, or ignored."""
    if is_sealed(labels) and labels.ndim == 1 and ignore_index is None:
        return Labels(labels, None)  # a replay checks them
    labels = labels.ravel()
    left_out = None if ignore_index is None else labels == ignore_index
    if left_out is not None and of_all_samples(left_out).any():
        labels = np.where(left_out, 0, labels)
    else:
        left_out = None
    every = of_all_samples(labels)
    wrong = every.astype(np.uint64, copy=False) >= classes  # the negative ones are large there
    if np.count_nonzero(wrong):
        raise ValueError(
            f"labels must be from 0 to {classes - 1}, got {some(every[wrong])}: "
            "cross_entropy and nll leave out the label that is their ignore_index"
        )
    found = labels.astype(np.intp, copy=False)  # uint64 + int64 would be float64
    return Labels(found, None if left_out is None else ~left_out)


def own_scores(z: Any, labels: Array) -> Any:
    """Return the scores of the labels, of shape (n,)."""
    return z[np.arange(len(labels)), labels]


def other_scores(z: Any, labels: Array) -> Any:
    """Return the scores of all classes but the labels, of shape (n, classes − 1)."""
    others = np.arange(z.shape[1] - 1)[None, :]
    return z[np.arange(len(labels))[:, None], others + (others >= labels[:, None])]


def class_weights(weight: npt.ArrayLike | None, z: Any) -> Array | None:
    """Return a weight for each class, checked."""
    if weight is None:
        return None
    if np.iscomplexobj(weight):
        raise TypeError("weight must be real numbers, got complex ones")
    try:
        found = np.asarray(watched(weight), dtype=z.dtype if z.dtype.kind == "f" else float)
    except OverflowError:
        raise ValueError("class weights must be within the range of floats") from None
    classes = z.shape[_class_axis(z)]
    if found.shape != (classes,):
        raise ValueError(
            f"weight must hold a number for each of the {classes} classes, got shape {found.shape}"
        )
    if not (np.isfinite(found).all() and (found >= 0).all() and found.any()):
        raise ValueError(
            "class weights must be finite, at least 0 and not all 0, "
            f"got {', '.join(map(str, found.tolist()))}"
        )
    return found


def some(values: Array) -> str:
    """Show the first few different values."""
    found = np.unique(values)
    return ", ".join(map(str, found[:5].tolist())) + (", ..." if found.size > 5 else "")
