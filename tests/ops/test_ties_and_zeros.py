"""Where NumPy's functions have a slope to choose: ties, zeros, nan; and weights of logsumexp."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from scipy import special

import autograd as ag
from autograd import Tensor, Value

# A function, the numbers, and the gradient of its sum: by hand.
BY_HAND = {
    "cumprod, one zero": (ag.cumprod, [2.0, 0.0, 3.0, 4.0], [1.0, 2 + 6 + 24, 0.0, 0.0]),
    "cumprod, two zeros": (ag.cumprod, [2.0, 0.0, 0.0, 5.0], [1.0, 2.0, 0.0, 0.0]),
    "cumprod beside an infinity": (ag.cumprod, [0.0, inf], [inf, 0.0]),
    "cummax": (ag.cummax, [1.0, 3.0, 2.0, 4.0], [1.0, 2.0, 0.0, 1.0]),
    "cummax, ties share from where both are": (ag.cummax, [2.0, 2.0, 1.0], [2.0, 1.0, 0.0]),
    "cummin, ties": (ag.cummin, [1.0, 1.0, 1.0], [1 + 1 / 2 + 1 / 3, 1 / 2 + 1 / 3, 1 / 3]),
    "cummax, nan": (ag.cummax, [1.0, nan, 2.0], [nan, nan, nan]),
    "median, odd": (np.median, [3.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
    "median, even": (np.median, [4.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.5, 0.5]),
    "median, ties": (np.median, [1.0, 2.0, 2.0, 2.0, 5.0], [0.0, 1 / 3, 1 / 3, 1 / 3, 0.0]),
    "median, nan": (np.median, [1.0, nan, 2.0], [nan, nan, nan]),
    "nanmedian": (np.nanmedian, [1.0, nan, 2.0, 7.0], [0.0, 0.0, 1.0, 0.0]),
    "nanmax": (np.nanmax, [1.0, nan, 2.0, 2.0], [0.0, 0.0, 0.5, 0.5]),
    "nanstd of equals": (np.nanstd, [2.0, nan, 2.0], [0.0, 0.0, 0.0]),
    "quantile between ties": (lambda t: ag.quantile(t, 0.4), [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
    "quantile at an end": (lambda t: ag.quantile(t, 1.0), [1.0, inf, 3.0], [0.0, 1.0, 0.0]),
    "partition": (lambda t: np.partition(t, 1)[:1], [2.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
    "topk, ties": (lambda t: ag.topk(t, 2), [5.0, 4.0, 4.0, 1.0], [1.0, 0.5, 0.5, 0.0]),
    "topk, smallest": (lambda t: ag.topk(t, 1, largest=False), [5.0, 4.0], [0.0, 1.0]),
    "sort, descending": (lambda t: ag.sort(t, descending=True)[:1], [1.0, 3.0], [0.0, 1.0]),
    "unique, equal ones share": (np.unique, [2.0, 1.0, 2.0], [0.5, 1.0, 0.5]),
    "max with where": (lambda t: np.max(t, where=t < 4, initial=0.0), [1.0, 5.0], [1.0, 0.0]),
    "max with a start that ties": (lambda t: np.max(t, initial=2.0), [1.0, 2.0], [0.0, 0.5]),
    "interp at a place": (lambda t: np.interp(t, [0, 1, 2], [0, 1, 4]), [1.0], [3.0]),
    "modf": (lambda t: np.modf(t)[0] + 5 * np.modf(t)[1], [-2.5, 3.0], [1.0, 1.0]),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_gradient_is_as_said(name: str) -> None:
    f, numbers, expected = BY_HAND[name]
    t = Tensor(numbers)
    ag.sum(f(t)).backward()
    np.testing.assert_allclose(t.grad, expected, rtol=1e-15)


def test_a_masked_nan_or_infinity_passes_nothing() -> None:
    t = Tensor([1.0, nan, inf, 2.0])
    for f in (np.sum, np.mean, np.var, np.std):
        t.grad = None
        f(t, where=[True, False, False, True]).backward()
        assert np.isfinite(t.grad).all()
        assert t.grad[1] == t.grad[2] == 0


@pytest.mark.parametrize("axis", [0, 1, None])
def test_logsumexp_with_weights_is_scipys(axis: int | None) -> None:
    x = np.array([[1.0, 2.0, -1e4], [800.0, 3.0, 1.0]])
    b = np.array([[1.0, 0.5, 2.0], [0.0, 3.0, 0.5]])
    found = ag.logsumexp(Tensor(x), axis, b=b)
    np.testing.assert_allclose(found.data, special.logsumexp(x, axis, b=b), rtol=1e-15)


def test_logsumexp_of_weights_has_both_gradients() -> None:
    """∂/∂x = b e^x / Σ and ∂/∂b = e^x / Σ."""
    x, b = Tensor([0.0, 1.0]), Tensor([2.0, 0.0])
    ag.logsumexp(x, b=b).backward()
    np.testing.assert_allclose(x.grad, [1.0, 0.0])
    np.testing.assert_allclose(b.grad, [0.5, np.e / 2], rtol=1e-15)


def test_lists_of_values_have_numpy_s_statistics() -> None:
    x = Value(3.0)
    spread = np.std([x, x * x])
    spread.backward()
    assert (spread.data, x.grad) == (3.0, 2.5)
    assert (np.var([x, x + 2]).data, np.median([x, x + 2]).data) == (1.0, 4.0)
    assert (x.shape, x.ndim) == ((), 0)


@pytest.mark.parametrize(
    "second", [0.0, Value(1.0), Tensor([1.0])], ids=["float", "Value", "Tensor"]
)
def test_the_larger_of_two_is_another_function(second: object) -> None:
    """Python's ``max(x, 0.0)`` is meant, where ``max`` was imported from here."""
    for reduced, both in ((ag.max, "maximum"), (ag.min, "minimum")):
        with pytest.raises(TypeError, match=rf"of two numbers it is autograd\.{both}\(x, y\)"):
            reduced(Tensor([1.0]), second)  # type: ignore[arg-type]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_nan_that_is_alone_is_not_hidden(create_graph: bool) -> None:
    """Of one element log_softmax is 0 and has the slope 0: of nan both are nan."""
    for number, slope in ((5.0, 0.0), (nan, nan)):
        x = Tensor([number])
        ag.log_softmax(x).sum().backward(create_graph=create_graph)
        np.testing.assert_array_equal(getattr(x.grad, "data", x.grad), [slope])
