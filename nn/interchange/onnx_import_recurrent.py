"""ONNX's recurrent layers, RNN, GRU and LSTM, step by step in time. One row each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import region
from autograd.extend import raw
from nn.interchange.onnx_import_elementwise import Row
from nn.interchange.onnx_import_step import Step, shown

State = tuple[Any, ...]
Function = Callable[[Any], Any]

_ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "Relu": lambda x, alpha, beta: autograd.relu(x),
    "Tanh": lambda x, alpha, beta: autograd.tanh(x),
    "Sigmoid": lambda x, alpha, beta: autograd.sigmoid(x),
    "Softsign": lambda x, alpha, beta: autograd.softsign(x),
    "Softplus": lambda x, alpha, beta: autograd.softplus(x),
    "Affine": lambda x, alpha, beta: x * _or(alpha, 1.0) + _or(beta, 0.0),
    "LeakyRelu": lambda x, alpha, beta: autograd.leaky_relu(x, slope=_or(alpha, 0.01)),
    "Elu": lambda x, alpha, beta: autograd.elu(x, alpha=_or(alpha, 1.0)),
    "ThresholdedRelu": lambda x, alpha, beta: autograd.threshold(x, at=_or(alpha, 1.0), value=0.0),
    "ScaledTanh": lambda x, alpha, beta: autograd.tanh(x * _or(beta, 1.0)) * _or(alpha, 1.0),
    "HardSigmoid": lambda x, alpha, beta: autograd.clip(
        x * _or(alpha, 0.2) + _or(beta, 0.5), lo=0.0, hi=1.0
    ),
}
_DEFAULTS = {
    "RNN": ["Tanh"],
    "GRU": ["Sigmoid", "Tanh"],
    "LSTM": ["Sigmoid", "Tanh", "Tanh"],
}
_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def _or(given: float | None, default: float) -> float:
    return default if given is None else given


def _recurrent(
    step: Step,
    x: Any,
    w: Any,
    r: Any,
    b: Any = None,
    lengths: Any = None,
    h: Any = None,
    c: Any = None,
    peepholes: Any = None,
) -> Any:
    """Compute all steps in time of all directions.

    ``x`` is (time, batch, in), ``w`` (directions, gates·n, in), ``r`` (directions, gates·n, n), and
    ``b`` (directions, 2·gates·n), for what comes in and for what comes back. With ``layout`` 1 the
    batch comes first.
    """
    if step.attributes.get("layout"):
        x = autograd.transpose(x, axes=(1, 0, 2))
        h, c = (
            None if each is None else autograd.transpose(each, axes=(1, 0, 2)) for each in (h, c)
        )
    _check(step, x, w, r)
    outs, states = [], []
    for k, backwards in enumerate(_directions(step, raw(w).shape[0])):
        cell = _cell(
            step,
            k,
            r[k],
            None if b is None else b[k],
            peepholes if peepholes is None else peepholes[k],
        )
        with region(_name(step)), region(f"direction{k}" if raw(w).shape[0] > 1 else ""):
            start = [_start(each, k, x, r) for each in (h, c)[: 2 if step.kind == "LSTM" else 1]]
            bias = None if b is None else b[k][: raw(w).shape[1]]
            out, state = _over_time(cell, autograd.affine(x, w[k], bias), start, backwards, lengths)
        outs.append(out)
        states.append(state)
    y = autograd.stack(outs, axis=1)
    last = [autograd.stack(each, axis=0) for each in zip(*states, strict=True)]
    if step.attributes.get("layout"):
        y = autograd.transpose(y, axes=(2, 0, 1, 3))
        last = [autograd.transpose(each, axes=(1, 0, 2)) for each in last]
    return (y, *last)


def _name(step: Step) -> str:
    """Return the last part of a step's name, for there may be several layers in a region."""
    return shown(step.name.rpartition("/")[2]) or step.kind.lower()


def _check(step: Step, x: Any, w: Any, r: Any) -> None:
    n = step.attributes.get("hidden_size", raw(r).shape[-1])
    rows = _GATES[step.kind] * n
    if (
        raw(x).ndim != 3
        or raw(w).shape[1:] != (rows, raw(x).shape[2])
        or raw(r).shape[1:] != (rows, n)
    ):
        raise ValueError(
            f"x, W and R of shapes {raw(x).shape}, {raw(w).shape} and {raw(r).shape} don't go "
            f"together with a hidden size of {n}"
        )
    if step.attributes.get("input_forget"):
        raise ValueError("an LSTM whose input and forget gates are one isn't read")


def _directions(step: Step, count: int) -> list[bool]:
    """Return for each direction whether it goes backwards."""
    found = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}
    said = step.attributes["direction"]
    if len(found.get(said, ())) != count:
        raise ValueError(f"weights of {count} directions, and a direction {said!r}")
    return found[said]


def _start(given: Any, k: int, x: Any, r: Any) -> Any:
    if given is not None:
        return given[k]
    return np.zeros((raw(x).shape[1], raw(r).shape[-1]), raw(x).dtype)


def _over_time(
    cell: Callable[..., State], x: Any, state: Any, backwards: bool, lengths: Any
) -> tuple[Any, State]:
    """Return all outputs in the order of time, and the last state.

    An example that is shorter than others keeps its state outside of its time, where its outputs
    are zero.
    """
    times = range(raw(x).shape[0])
    outs: dict[int, Any] = {}
    for t in reversed(times) if backwards else times:
        with region(f"time{t}"):
            after = cell(x[t], *state)
            outs[t] = after[0]
            if lengths is not None:
                inside = (t < raw(lengths))[:, None]
                outs[t] = autograd.where(inside, after[0], 0.0)
                after = tuple(
                    autograd.where(inside, new, old) for new, old in zip(after, state, strict=True)
                )
            state = after
    return autograd.stack([outs[t] for t in times], axis=0), tuple(state)


# Cells --------------------------------------------------------------------------------------------


def _cell(step: Step, k: int, r: Any, b: Any, peepholes: Any) -> Callable[..., State]:
    """Return one direction's step in time: from x and the state before to the next state."""
    rows = raw(r).shape[0]
    back = partial(_back, r, None if b is None else b[rows:])
    functions = _functions(step, k)
    if step.kind == "RNN":
        return lambda x, h: (functions[0](x + back(h)),)
    if step.kind == "LSTM":
        return partial(_lstm, back, functions, peepholes)
    after = bool(step.attributes["linear_before_reset"])
    return partial(_gru, r, None if b is None else b[rows:], functions, after)


def _back(r: Any, b: Any, h: Any) -> Any:
    return autograd.affine(h, r, b)


def _lstm(back: Function, functions: list[Function], p: Any, x: Any, h: Any, c: Any) -> State:
    """Hochreiter & Schmidhuber 1997, with forget gates; the gates are in the order i, o, f, c."""
    f, g, out = functions
    n = raw(c).shape[-1]
    gates = x + back(h)
    i, o, forget, new = (gates[:, k * n : (k + 1) * n] for k in range(4))
    if p is not None:
        i, forget = i + p[:n] * c, forget + p[2 * n :] * c
    c = f(forget) * c + f(i) * g(new)
    if p is not None:
        o = o + p[n : 2 * n] * c
    return f(o) * out(c), c


def _gru(r: Any, b: Any, functions: list[Function], after: bool, x: Any, h: Any) -> State:
    """Cho et al. 2014; the gates are in the order z, r, h. In PyTorch the reset comes after."""
    f, g = functions
    n = raw(h).shape[-1]
    two = 2 * n
    gates = f(x[:, :two] + autograd.affine(h, r[:two], None if b is None else b[:two]))
    update, reset = gates[:, :n], gates[:, n:]
    last = None if b is None else b[two:]
    if after:
        new = g(x[:, two:] + reset * autograd.affine(h, r[two:], last))
    else:
        new = g(x[:, two:] + autograd.affine(reset * h, r[two:], last))
    return (update * h + (1 - update) * new,)


def _functions(step: Step, k: int) -> list[Function]:
    """Return the activations of a direction, of what is clipped first if a bound is said."""
    names = step.attributes.get("activations") or []
    count = len(_DEFAULTS[step.kind])
    names = names[k * count : (k + 1) * count] or _DEFAULTS[step.kind]
    unknown = [name for name in names if name not in _ACTIVATIONS]
    if unknown or len(names) != count:
        raise ValueError(f"{count} activations of {', '.join(_ACTIVATIONS)}, got {names}")
    clip = step.attributes.get("clip")
    alphas, betas = (
        [*step.attributes.get(each, []), *[None] * (k + 1) * count][k * count :]
        for each in ("activation_alpha", "activation_beta")
    )
    return [
        partial(_activated, _ACTIVATIONS[name], alpha, beta, clip)
        for name, alpha, beta in zip(names, alphas, betas, strict=False)
    ]


def _activated(function: Callable[..., Any], alpha: Any, beta: Any, clip: Any, x: Any) -> Any:
    return function(autograd.clip(x, lo=-clip, hi=clip) if clip else x, alpha, beta)


RECURRENT: dict[str, Row] = dict.fromkeys(_GATES, _recurrent)
