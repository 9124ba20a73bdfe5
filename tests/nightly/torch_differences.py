"""Where PyTorch's operators differ from ours on its own samples, each with its reason.

An entry is the operator; how many samples differ; what each of them says; and why it may.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Samples of one operator that are expected to differ in one way."""

    operator: str
    samples: int
    says: str
    reason: str


_NO_AXIS = "an array of no dimensions has no axis in NumPy; PyTorch takes 0 and -1 as if it had one"
_NOT_BROADCAST = "PyTorch broadcasts an axis of one that is summed over; NumPy refuses"
_AS_MANY_AXES = "NumPy wants as many axes in indices as in the array; PyTorch counts 0 as 1"
_CLASSES = "scores are of at least two classes; PyTorch also takes a single number"
_NEGATIVE = "class weights that are negative are refused; these samples are normal numbers"

_TRIGAMMA = "PyTorch's trigamma has nine digits: at 1, π²/6, it gives 1.6449340676"

EXPECTED = (
    *(Difference(f"polygamma.polygamma_n_{n}", 1, "value is", _TRIGAMMA) for n in range(5)),
    Difference("digamma", 1, "gradient 1 is", _TRIGAMMA),
    Difference(
        "linalg.eigvalsh",
        3,
        "gradient 1 is",
        "a triangle that UPLO asks for gets the whole gradient; in PyTorch both get half of it",
    ),
    Difference(
        "linalg.norm.subgradients_at_zero",
        6,
        "gradient 1 is [0. 0. 0. 0.]",
        "at a singular value of 0, a kink, we take the subgradient of smallest norm",
    ),
    Difference(
        "linalg.vector_norm",
        18,
        "out of bounds for array of dimension 0",
        _NO_AXIS,
    ),
    Difference(
        "nn.functional.cross_entropy",
        7,
        "add up to 1 over the classes",
        "targets that are no probabilities are refused; these samples are normal numbers",
    ),
    Difference(
        "nn.functional.cross_entropy",
        6,
        "class weights must be",
        _NEGATIVE,
    ),
    Difference(
        "nn.functional.nll_loss",
        24,
        "class weights must be",
        _NEGATIVE,
    ),
    Difference(
        "nn.functional.multi_margin_loss",
        1,
        "got ()",
        _CLASSES,
    ),
    Difference(
        "nn.functional.multi_margin_loss",
        1,
        "targets must be integer labels of shape ()",
        "the label of one row is a number, not an array of one",
    ),
    Difference(
        "nn.functional.multi_margin_loss",
        1,
        "margin must be finite and at least 0",
        "a negative margin would reward a wrong class",
    ),
    Difference(
        "nn.functional.multi_margin_loss",
        1,
        "class weights must be",
        _NEGATIVE,
    ),
    Difference(
        "nn.functional.binary_cross_entropy_with_logits",
        8,
        "gradient 2 is",
        "targets are data, and get no gradient",
    ),
    Difference(
        "cat",
        1,
        "concatenate of shapes (0,)",
        "PyTorch leaves out an array of shape (0,), whatever the others are; NumPy doesn't",
    ),
    Difference(
        "einsum",
        1,
        "needs an ellipsis",
        "PyTorch sums over an ellipsis that the output doesn't name; NumPy refuses",
    ),
    Difference(
        "tensordot",
        1,
        "shape-mismatch",
        _NOT_BROADCAST,
    ),
    Difference(
        "index_select",
        1,
        "value has shape (1,), expected ()",
        "one position in an array of no dimensions: NumPy's take keeps the axis of the positions",
    ),
    Difference(
        "gather",
        2,
        "needs as many axes",
        _AS_MANY_AXES,
    ),
    Difference(
        "gather",
        1,
        "out of bounds for array of dimension 0",
        _NO_AXIS,
    ),
    Difference(
        "take_along_dim",
        1,
        "needs as many axes",
        _AS_MANY_AXES,
    ),
)
