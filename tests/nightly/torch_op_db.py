"""Compare values and gradients with PyTorch's, on the samples of its own operator database.

    make nightly-torch

runs it in an environment of its own, with the version of PyTorch that Makefile names. It fails for
a difference that ``torch_differences.py`` doesn't expect, and for one that it expects and that
isn't there any more.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch_calls import CALLS, NoCounterpart
from torch_differences import EXPECTED

import autograd as ag
from autograd import Tensor

RELATIVE, ABSOLUTE = 1e-10, 1e-12  # float64 sums in another order


class Translation:
    """The arguments of one sample as ours, with both sides' leaves in one order."""

    def __init__(self, sample: Any) -> None:
        self.theirs: list[torch.Tensor] = []
        self.ours: list[Tensor] = []
        self.args = [self._of(each) for each in (sample.input, *sample.args)]
        self.kwargs = {name: self._of(each) for name, each in sample.kwargs.items()}

    def _of(self, given: Any) -> Any:
        if isinstance(given, torch.Tensor):
            array = given.detach().resolve_conj().numpy().copy()
            if not given.requires_grad:
                return array if array.ndim else array[()]
            if not any(given is each for each in self.theirs):
                self.theirs.append(given)
                self.ours.append(Tensor(array))
            return next(
                own for own, each in zip(self.ours, self.theirs, strict=True) if each is given
            )
        if type(given) in (list, tuple):
            return type(given)(self._of(each) for each in given)
        return tuple(given) if isinstance(given, torch.Size) else given


def outcome(op: Any, sample: Any) -> str:
    """Return "same", "no counterpart", or what differs in one sample."""
    call, translated = CALLS[op.name], Translation(sample)
    try:
        inspect.signature(call).bind(*translated.args, **translated.kwargs)
    except TypeError:
        return "no counterpart"
    theirs = op(sample.input, *sample.args, **sample.kwargs)
    if not isinstance(theirs, torch.Tensor) or theirs.dtype != torch.float64:
        return "no counterpart"
    seed = np.random.default_rng(0).standard_normal(tuple(theirs.shape))
    try:
        found = our_numbers(call(*translated.args, **translated.kwargs), translated, seed)
    except NoCounterpart:
        return "no counterpart"
    except Exception as error:  # all that can go wrong is told
        return f"raises {type(error).__name__}: {error}"[:200]
    return compared(found, their_numbers(theirs, translated, seed))


def their_numbers(z: torch.Tensor, translated: Translation, seed: Any) -> list[Any]:
    """Return PyTorch's value and gradients; zeros where nothing leads to a leaf."""
    leaves = translated.theirs
    gradients: Any = [None] * len(leaves)
    if z.requires_grad:
        gradients = torch.autograd.grad(z, leaves, torch.from_numpy(seed), allow_unused=True)
    return [
        z.detach().numpy(),
        *(
            np.zeros(tuple(x.shape)) if g is None else g.detach().numpy()
            for g, x in zip(gradients, leaves, strict=True)
        ),
    ]


def our_numbers(z: Any, translated: Translation, seed: Any) -> list[Any]:
    """Return our value and gradients."""
    value = z.data if isinstance(z, Tensor) else np.asarray(z)
    if isinstance(z, Tensor) and z.requires_grad and z.shape == seed.shape:
        z.backward(seed)
    leaves = translated.ours
    return [value, *(np.zeros(x.shape) if x.grad is None else x.grad for x in leaves)]


def compared(found: list[Any], expected: list[Any]) -> str:
    """Return "same", or the first difference: of the value (0) or of a gradient (1, 2, …)."""
    for k, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        what = f"gradient {k}" if k else "value"
        if np.shape(ours) != np.shape(theirs):
            return f"{what} has shape {np.shape(ours)}, expected {np.shape(theirs)}"
        if not np.allclose(ours, theirs, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True):
            return f"{what} is {np.ravel(ours)[:4]}, expected {np.ravel(theirs)[:4]}"
    return "same"


def campaign() -> Iterator[tuple[str, str]]:
    """Yield the name and the outcome of every sample of an operator that we have."""
    for op in op_db:
        if op.name in CALLS and torch.float64 in op.dtypes:
            name = f"{op.name}.{op.variant_test_name}".rstrip(".")
            torch.manual_seed(0)
            for sample in op.sample_inputs("cpu", torch.float64, requires_grad=True):
                yield name, outcome(op, sample)


def main() -> int:
    """Print what was compared and what differs; return 1 if that isn't what is expected."""
    warnings.simplefilter("ignore")
    kinds: Counter[str] = Counter()
    different: dict[str, list[str]] = {}
    for name, found in campaign():
        known = found if found in ("same", "no counterpart") else "different"
        kinds[known] += 1
        if known == "different":
            different.setdefault(name, []).append(found)
    print(f"autograd {ag.__version__}, PyTorch {torch.__version__}: {dict(kinds)}")
    problems = 0
    for expected in EXPECTED:
        found = different.get(expected.operator, [])
        as_said = [each for each in found if expected.says in each]
        different[expected.operator] = [each for each in found if expected.says not in each]
        print(f"{expected.operator}: {len(as_said)} samples differ, as expected: {expected.reason}")
        if len(as_said) != expected.samples:
            print(f"  ! {expected.samples} were expected: change torch_differences.py")
            problems += 1
    for name, found in different.items():
        for each, count in Counter(found).items():
            print(f"! {name}: {count} samples: {each}")
            problems += 1
    return int(bool(problems or not kinds["same"]))


if __name__ == "__main__":
    sys.exit(main())
