"""Every function that NumPy lets others stand in for is here, or refused with a line of advice."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.rules import numpy_advice
from autograd.rules.numpy_advice import (
    ROWS,
    advice,
    advice_by_name,
    dispatched,
    name_in_numpy,
    refusal,
)
from autograd.rules.op_registry import numpy_functions

HERE = numpy_functions()
VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
FUNCTIONS = {name: function for function, name in dispatched()}
REFUSED = {name: f for name, f in FUNCTIONS.items() if f not in HERE}

# What HIPS autograd 1.9.1 has rules for in numpy itself, beside linalg and fft, aliases left out.
HIPS = """
    absolute add amax amin angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh array_split
    astype atleast_1d atleast_2d atleast_3d broadcast_to clip concatenate conjugate cos cosh cross
    cumsum deg2rad degrees diag diagonal diff divide dot dsplit einsum exp exp2 expand_dims expm1
    fabs fft.fftshift fft.ifftshift fliplr flipud fmax fmin full gradient hsplit hypot imag inner
    kron linspace log log10 log1p log2 logaddexp logaddexp2 matmul max maximum mean min minimum
    moveaxis multiply nan_to_num negative outer pad partition power prod rad2deg radians ravel real
    real_if_close reciprocal remainder repeat reshape roll rollaxis rot90 sin sinc sinh sort split
    sqrt square squeeze std subtract sum swapaxes tan tanh tensordot tile trace transpose tril triu
    var vsplit where
"""


def has_signature(function: Any) -> bool:
    try:
        inspect.signature(function)
    except ValueError:  # of some written in C, in older versions
        return False
    return True


def in_numpy(name: str) -> Any:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part)
    return found


def called(function: Any, x: Any) -> Any:
    """Call a function on a node, of which it may want more arguments than one."""
    if isinstance(function, np.ufunc):
        return function(*[x] * function.nin)
    return x.__array_function__(function, (), (x,), {})


def test_every_function_is_here_or_has_its_line() -> None:
    newer = np.lib.NumpyVersion(np.__version__) >= "2.5.0"  # which gets the advice for all
    without = [name for name in REFUSED if advice(name) == advice("of no line")]
    assert newer or without == []


def test_no_line_is_for_what_is_here() -> None:
    assert [name for name in advice_by_name() if name in FUNCTIONS and name not in REFUSED] == []


@pytest.mark.parametrize("x", [Value(1.0), Tensor([1.0])], ids=["Value", "Tensor"])
def test_what_is_refused_says_its_line_on_a_node(x: Any) -> None:
    for name, function in REFUSED.items():
        with pytest.raises(TypeError) as caught:
            called(function, x)
        assert str(caught.value) == f"numpy.{name} is not differentiable here: {advice(name)}"


@pytest.mark.parametrize("line", [line for _, line in ROWS], ids=[names for names, _ in ROWS])
def test_a_line_is_one_and_names_what_exists(line: str) -> None:
    assert "\n" not in line
    assert len(line) < 240
    for name in re.findall(r"autograd\.(\w+)", line):
        assert name in autograd.__all__
    for name in re.findall(r"numpy\.([\w.]*\w)", line):
        assert in_numpy(name)
    assert not re.search(r"(?<![\w.])_\w", line)


def test_a_function_of_another_numpy_gets_the_advice_for_all() -> None:
    def function_of_the_future(x: Any) -> Any: ...

    said = refusal(function_of_the_future)
    assert said.startswith("numpy.function_of_the_future is not differentiable here: ")
    assert "x.data" in said


def test_names_are_numpy_s() -> None:
    assert [name_in_numpy(f) for f in (np.abs, np.linalg.inv, np.fft.fft)] == [
        "absolute",
        "linalg.inv",
        "fft.fft",
    ]
    assert all(in_numpy(name) is function for name, function in FUNCTIONS.items())


def test_all_that_hips_autograd_has_is_here() -> None:
    """But for ``full``, which NumPy asks nobody about: ``full_like`` it does."""
    assert [name for name in HIPS.split() if in_numpy(name) not in HERE] == ["full"]
    assert len(HIPS.split()) >= 106


def test_what_is_loaded_with_the_first_call_is_not_loaded_by_the_import() -> None:
    import subprocess
    import sys

    script = """
import sys, numpy, autograd
assert not any(name.startswith("autograd.array_functions") for name in sys.modules)
numpy.kron(autograd.Tensor([1.0]), [2.0])
assert "autograd.array_functions.vector_products" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


# Keywords ----------------------------------------------------------------------------------------

OF_UFUNCS = ("out", "where", "casting", "order", "dtype", "subok", "signature")
WITH_A_SIGNATURE = {name: f for name, f in FUNCTIONS.items() if f in HERE and has_signature(f)}
VALUES = ("xyz", 2, [1, 0], np.array([True, False]), Tensor([[1.0, 2.0], [3.0, 5.0]]))


def refusals(function: Any) -> Iterator[tuple[str, str]]:
    """Yield each keyword of a function with the error that a value of it raises on a node."""
    parameters = inspect.signature(function).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind not in VARIABLE]
    keywords = {p.name for p in parameters if p.default is not p.empty}
    if isinstance(function, np.ufunc):
        keywords.update(OF_UFUNCS)
    operands = [Tensor([[1.0, 2.0], [3.0, 5.0]])] * len(needed)
    for keyword in sorted(keywords):
        for value in VALUES:
            try:
                function(*operands, **{keyword: value})
            except Exception as error:
                yield keyword, str(error)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WITH_A_SIGNATURE)
def test_an_error_about_a_keyword_names_what_exists(name: str) -> None:
    """No private function, no name that autograd hasn't, and a line of advice for each keyword."""
    for keyword, said in refusals(WITH_A_SIGNATURE[name]):
        assert not re.search(r"(?<![\w.'])_[a-z]\w*\(|<locals>|answer", said), said
        assert f"with {keyword}=" not in said or numpy_advice.LAST_RESORT_FOR_KEYWORDS not in said
        assert "isn't differentiable here" not in said or ("\n" not in said and len(said) < 240)
        for found in re.findall(r"autograd\.(\w+)", said):
            assert found in autograd.__all__ or hasattr(autograd, found), said


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.nanmean(x, 1, np.float32),
        lambda x: np.nanstd(x, axis=1, dtype="f4", out=None, ddof=1, keepdims=True),
        lambda x: np.nanvar(x, correction=1),
        lambda x: np.nanprod(x, out=None, initial=2.0),
        lambda x: np.nansum(x, 0, None, None, True),
        lambda x: np.nanmax(x, initial=7.0),
    ],
    ids=["nanmean", "nanstd", "nanvar", "nanprod", "nansum", "nanmax"],
)
def test_functions_that_skip_nan_take_numpy_s_keywords(f: Any) -> None:
    x = np.array([[1.0, np.nan, 3.0], [4.0, 2.0, 6.0]])
    found, expected = f(Tensor(x)), np.asarray(f(x))
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found.data, expected, rtol=1e-6)


if np.lib.NumpyVersion(np.__version__) >= "2.1.0":

    def test_the_device_that_all_arrays_are_on_says_nothing() -> None:
        assert np.astype(Tensor([1.0]), np.float32, device="cpu").dtype == np.float32
