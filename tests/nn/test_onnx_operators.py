"""Operators of ONNX: all cases that the onnx package ships, and their gradients."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

import autograd
import nn
from autograd import Tensor
from nn.interchange.onnx_import_operators import OPERATORS

pytestmark = [
    pytest.mark.slow,  # some 1,900 cases are made, and 1,200 computed
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning"),
]

# What isn't read of operators that are: it is refused, with its node.
REFUSED = {
    "Attention": ("keys and values of the past isn't read", "softcap isn't read"),
    "AveragePool": ("AveragePool with dilations isn't read",),
    "BatchNormalization": ("BatchNormalization in training isn't read",),
    "Dropout": ("training_mode is set",),
    "Resize": ("the coordinates 'tf_crop", "smooths or keeps the ratio"),
    "MaxPool": ("second result aren't read",),
    "ScatterElements": ("the reduction 'm",),  # mul, max, min
    "ScatterND": ("the reduction 'm",),
}
DTYPES = {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13}  # NumPy's own: no bfloat16, float8 or strings


@cache
def cases():
    """The cases whose operators and dtypes are read."""
    with np.errstate(all="ignore"):
        return [each for each in load_model_tests(kind="node") if is_read(each.model)]


def is_read(model):
    graph = model.graph
    dtypes = {each.type.tensor_type.elem_type for each in [*graph.input, *graph.output]}
    dtypes |= {a.i for node in graph.node for a in node.attribute if a.name in ("to", "dtype")}
    return (
        dtypes <= DTYPES
        and all((node.domain, node.op_type) in OPERATORS for node in graph.node)
        and all(entry.version >= 7 for entry in model.opset_import if not entry.domain)
    )


def as_array(given):
    return numpy_helper.to_array(given) if isinstance(given, TensorProto) else np.asarray(given)


def refusal(case, error):
    """Return what an error says is wrong, if that is known of the case's operator."""
    known = REFUSED.get(case.model.graph.node[0].op_type, ())
    return next((each for each in known if each in str(error)), None)


def differences(case):
    """Yield how a model of ours differs from a case."""
    model = nn.from_onnx(case.model)
    names = [each.name for each in case.model.graph.output]
    for given, expected in case.data_sets:
        found = model(*map(as_array, given))
        found = found if isinstance(found, tuple) else (found,)
        for name, y in zip(model.outputs, found, strict=True):
            if name in names:  # and not what a label was chosen from
                yield from compared(case, y, as_array(expected[names.index(name)]))


def compared(case, y, expected):
    y = np.asarray(y.data if isinstance(y, Tensor) else y)
    rtol = 2e-3 if expected.dtype == np.float16 else case.rtol  # two units in the last place
    if y.dtype != expected.dtype or y.shape != expected.shape:
        yield f"{case.name}: {y.dtype} {y.shape}, expected {expected.dtype} {expected.shape}"
    elif not np.allclose(y, expected, rtol=rtol, atol=case.atol, equal_nan=True):
        yield f"{case.name}: {y}, expected {expected}"


def test_every_case_of_the_onnx_package_is_computed_or_refused():
    wrong, refused = [], set()
    for case in cases():
        try:
            wrong += differences(case)
        except ValueError as error:
            if refusal(case, error):
                refused.add(case.model.graph.node[0].op_type)
            else:
                wrong.append(f"{case.name}: {error}")
    assert wrong == []
    assert refused == set(REFUSED)


def test_every_operator_of_the_standard_domain_has_a_case():
    seen = {node.op_type for case in cases() for node in case.model.graph.node}
    assert {kind for domain, kind in OPERATORS if domain == ""} <= seen


# Gradients ----------------------------------------------------------------------------------------

# These round to another precision, or are taken where the value is infinite.
WITHOUT_SLOPES = ("test_cast", "test_mod_float_edge_cases")
MOST_NUMBERS = 2000  # a difference may go over a kink of one of them


def with_slopes():
    """The cases of one operator that floats go into; the others are made of those."""
    for case in cases():
        sizes = [as_array(each).size for each in case.data_sets[0][0]]
        single = len(case.model.graph.node) == 1
        if single and sum(sizes) < MOST_NUMBERS and not case.name.startswith(WITHOUT_SLOPES):
            yield case


def slopes(case, seed):
    """Return the slope along a direction by backward() and by differences; None if there's none.

    The point is beside the case's, which may lie at a kink.
    """
    model = nn.from_onnx(case.model)
    model._inputs = tuple(
        replace(each, dtype=np.dtype(np.float64)) if each.dtype.kind == "f" else each
        for each in model._inputs
    )
    rng = np.random.default_rng(seed)
    given = [as_array(each) for each in case.data_sets[0][0]]
    floats = [k for k, each in enumerate(model._inputs) if each.dtype.kind == "f"]
    at = {k: given[k] + 0.01 * rng.normal(size=given[k].shape) for k in floats}
    along = {k: rng.normal(size=given[k].shape) for k in floats}

    def total(t):
        xs = [Tensor(at[k] + t * along[k]) if k in at else x for k, x in enumerate(given)]
        return xs, weighted(model(*xs), np.random.default_rng(seed))

    xs, y = total(0.0)
    if not isinstance(y, Tensor) or not np.isfinite(y.data):
        return None
    if y.requires_grad:
        y.backward()
    found = sum((xs[k].grad * along[k]).sum() for k in at if xs[k].grad is not None)
    return found, (total(1e-6)[1].item() - total(-1e-6)[1].item()) / 2e-6


def weighted(found, rng):
    """Return a weighted sum of all outputs of floats."""
    found = found if isinstance(found, tuple) else (found,)
    return sum(autograd.sum(y * rng.normal(size=y.shape)) for y in found if isinstance(y, Tensor))


def test_no_gradient_is_lost_in_an_operator():
    """Except where it would have to pass to a setting, which is refused."""
    wrong, count = [], 0
    for case in with_slopes():
        try:
            found = slopes(case, seed=0)
        except ValueError as error:
            if not refusal(case, error) and "operand that is a setting" not in str(error):
                wrong.append((case.name, str(error)))
            continue
        if found is not None:
            count += 1
            if not np.isclose(*found, rtol=1e-5, atol=1e-5):
                wrong.append((case.name, *found))
    assert wrong == []
    assert count > 400
