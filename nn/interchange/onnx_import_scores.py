"""The operators of ``ai.onnx.ml`` with which scikit-learn's models are written. One row each."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.extend import raw
from nn.interchange.onnx_import_elementwise import Row
from nn.interchange.onnx_import_step import Step, integers


def _single(x: Any) -> Any:
    """Return an operand in float32: what comes out of these operators always is."""
    if raw(x).dtype.kind != "f":
        return raw(x).astype(np.float32)
    return x if raw(x).dtype == np.float32 else autograd.astype(x, np.float32)


def _scaler(step: Step, x: Any, offset: Any, scale: Any) -> Any:
    x = _single(x)
    x = x - offset if raw(offset).size else x
    return x * scale if raw(scale).size else x


def _imputer(step: Step, x: Any, values: Any) -> Any:
    """Put a number in place of those that are missing, which nan stands for, or another number."""
    missing = step.attributes.get("replaced_value_float", np.nan)
    x = _single(x)
    gone = np.isnan(raw(x)) if np.isnan(missing) else raw(x) == np.float32(missing)
    return autograd.where(gone, autograd.broadcast_to(values, x.shape), x)


def _binarizer(step: Step, x: Any) -> Any:
    return (raw(x) > step.attributes["threshold"]).astype(raw(x).dtype)


def _features(step: Step, x: Any, positions: Any) -> Any:
    """Take elements of the last axis."""
    found = np.asarray(integers(positions))
    if found.size and not (found.min() >= 0 and found.max() < raw(x).shape[-1]):
        raise ValueError(f"there are no features {found.tolist()} in shape {raw(x).shape}")
    return x[..., found] if raw(x).ndim > 1 else x[None, found]


def _normalizer(step: Step, x: Any) -> Any:
    norm = {"MAX": np.inf, "L1": 1, "L2": 2}.get(step.attributes["norm"])
    if norm is None:
        raise ValueError(f"a norm {step.attributes['norm']!r} isn't read")
    x = _single(x)
    return x / autograd.norm(x, norm, -1, keepdims=True)


def _weighted(x: Any, coefficients: Any, intercepts: Any, count: int) -> Any:
    if count < 1 or raw(coefficients).size != count * raw(x).shape[-1]:
        raise ValueError(
            f"{raw(coefficients).size} coefficients aren't {count} rows for inputs of shape "
            f"{raw(x).shape}"
        )
    rows = coefficients.reshape((count, raw(x).shape[-1]))
    return autograd.affine(_single(x), rows, intercepts if raw(intercepts).size else None)


def _linear_regressor(step: Step, x: Any, coefficients: Any, intercepts: Any) -> Any:
    y = _weighted(x, coefficients, intercepts, step.attributes["targets"])
    return _after(step, y)


def _linear_classifier(step: Step, x: Any, coefficients: Any, intercepts: Any) -> Any:
    """Return labels, which are numbers of classes here, and the classes' scores."""
    labels = step.attributes.get("classlabels_ints") or step.attributes.get("classlabels_strings")
    count = len(labels or ()) or 1
    one = count == 2 and raw(coefficients).size == raw(x).shape[-1]  # a row for two classes
    scores = _weighted(x, coefficients, intercepts, 1 if one else count)
    if one and step.attributes["post_transform"] == "LOGISTIC":
        p = autograd.sigmoid(scores)
        scores = autograd.concatenate([1 - p, p], axis=1)
    elif one:
        scores = autograd.concatenate([-scores, scores], axis=1)
    else:
        scores = _after(step, scores)
    return raw(scores).argmax(1), scores


def _after(step: Step, scores: Any) -> Any:
    kind = step.attributes["post_transform"]
    if kind == "NONE":
        return scores
    if kind == "SOFTMAX":
        return autograd.softmax(scores, axis=-1)
    if kind == "LOGISTIC":
        return autograd.sigmoid(scores)
    raise ValueError(f"a post_transform {kind!r} isn't read: NONE, SOFTMAX and LOGISTIC are")


SCORES: dict[str, Row] = {
    "Scaler": _scaler,
    "Imputer": _imputer,
    "Binarizer": _binarizer,
    "ArrayFeatureExtractor": _features,
    "Normalizer": _normalizer,
    "LinearRegressor": _linear_regressor,
    "LinearClassifier": _linear_classifier,
}
