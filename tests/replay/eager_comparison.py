"""A replay of a function of Tensors, held to what the eager engine gives."""

import numpy as np

from autograd import Tensor, jit


def as_eager(f, inputs):
    """Return what a function gives and its gradients, by the eager engine."""
    tensors = [Tensor(x) for x in inputs]
    root = f(*tensors)
    root.backward()
    return root.data, [t.grad for t in tensors]


def close(found, expected, dtype):
    """Assert that arrays agree within some ulp of their largest element."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert found.shape == expected.shape
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    largest = np.abs(expected[np.isfinite(expected)]).max(initial=1.0)
    off = np.abs(np.where(same, 0.0, found - expected))
    assert (off <= 64 * np.finfo(dtype).eps * largest).all(), (found, expected)


def compare(f, inputs):
    """Assert that a replay gives what the eager engine gives, on two sets of numbers."""
    fast = jit(f, tensors=True)
    for own in (inputs, [np.asarray(x * 1.01, x.dtype) for x in inputs]):
        value, gradients = as_eager(f, own)
        found, passed = fast.value_and_grad(*own, argnums=tuple(range(len(own))))
        dtype = np.result_type(*own)
        close(found, value, dtype)
        for each, other in zip(passed, gradients, strict=True):
            close(each, other, dtype)
    return fast
