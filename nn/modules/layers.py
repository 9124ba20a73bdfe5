"""Layers and networks of layers: Linear, Layer, Neuron, Sequential, MLP.

The code of a layer is the same for Tensors and for scalars: ``autograd.affine`` sees to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

import autograd
import init as initialisation
from autograd.extend import Numeric
from init.argument_checks import positive_integer
from nn.modules.activations import Activation, ActivationLike, Function, as_function, name_of
from nn.modules.initialisation import draw_biases, draw_weights, generator_of, strategy_for
from nn.modules.module import Module
from nn.support.coercion import as_operand


def _in_rows(shape: tuple[int, ...], fan_in: int) -> str:
    """Return how a batch is given as rows, where its samples have as many numbers as are wanted."""
    if len(shape) > 1 and np.prod(shape[1:]) == fan_in:
        return ": flatten the samples, x.reshape(len(x), -1)"
    if np.prod(shape) == fan_in:
        return ": flatten the sample, x.ravel()"
    return ": a sample is a row, x[:, None]" if fan_in == 1 and len(shape) == 1 else ""


class Linear(Module):
    """A layer of units that each give a weighted sum of all inputs, and a bias: ``x @ W.T + b``.

    Parameters
    ----------
    fan_in, fan_out : int
        How many inputs there are, and how many units.
    bias : bool
        Whether there is a bias; it starts at zero, unless ``init`` says otherwise ("critical").
    init : str, callable or dict, optional
        What draws the weights, as ``init.get`` takes it; by default, what suits a linear unit.
    rng : numpy.random.Generator or int, optional
        What they are drawn from; by default a new generator, so that no two layers are alike.
    dtype : dtype
        float64, float32 or float16.

    Attributes
    ----------
    weight : Tensor of shape (fan_out, fan_in)
        In ``scalars()``, an object array of Values; ``bias`` too.
    bias : Tensor of shape (fan_out,), or None

    Raises
    ------
    TypeError, ValueError
        For fans that aren't positive integers, an integer dtype, an unknown initialisation, or
        one that draws something else than floating-point numbers of the right shape.

    Examples
    --------
    >>> import nn
    >>> layer = nn.Linear(3, 2, rng=0)
    >>> layer
    Linear(3 → 2)  8 parameters
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    activation: Function | None = None

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        bias: bool = True,
        *,
        init: initialisation.Spec | None = None,
        rng: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        shape = (positive_integer("fan_out", fan_out), positive_integer("fan_in", fan_in))
        strategy, gain = strategy_for(init, self.activation)
        generator = generator_of(rng)
        weights = draw_weights(shape, strategy, gain, rng=generator, dtype=dtype)
        self.weight: Any = autograd.Tensor(weights, label="weight")
        self.bias: Any = draw_biases(strategy, weights, rng=generator) if bias else None

    def forward(self, x: Any) -> Numeric:
        """Compute the layer's outputs.

        Parameters
        ----------
        x : Tensor, array_like, or object array of Values; of shape (..., fan_in)

        Returns
        -------
        Tensor, or object array of Values, of shape (..., fan_out)
        """
        x = as_operand(x)
        fan_in = self.weight.shape[1]
        if not x.shape or x.shape[-1] != fan_in:
            raise ValueError(
                f"{type(self).__name__}({self.extra_repr()}) expects inputs of shape "
                f"(..., {fan_in}), got {x.shape}{_in_rows(x.shape, fan_in)}"
            )
        z: Numeric = autograd.affine(x, self.weight, self.bias)
        return z

    def extra_repr(self) -> str:
        fan_out, fan_in = self.weight.shape
        return f"{fan_in} → {fan_out}" + ("" if self.bias is not None else ", no bias")


class Layer(Linear):
    """A linear layer and its activation: ``φ(x @ W.T + b)``.

    Parameters
    ----------
    fan_in, fan_out : int
        How many inputs there are, and how many units.
    activation : str, callable or None
        φ: the name of an elementwise op, a function of Tensors and Values, or None for none.
    bias, init, rng, dtype
        As for ``Linear``; the weights are by default drawn in the way that suits φ.

    Raises
    ------
    TypeError, ValueError
        As for ``Linear``, and for what is no activation.

    Examples
    --------
    >>> import nn
    >>> layer = nn.Layer(2, 1, "tanh", init="ones")
    >>> layer([0.5, -0.5]).data.tolist()
    [0.0]
    """

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        activation: ActivationLike = "relu",
        bias: bool = True,
        *,
        init: initialisation.Spec | None = None,
        rng: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        self.activation = as_function(activation)
        super().__init__(fan_in, fan_out, bias, init=init, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Numeric:
        """Compute the layer's outputs, of shape (..., fan_out)."""
        z: Any = super().forward(x)
        if self.activation is not None:
            z = _by_neuron(self.activation, z) if z.dtype == object else self.activation(z)
        return cast(Numeric, z)

    def extra_repr(self) -> str:
        name = "" if self.activation is None else f", {name_of(self.activation)}"
        return super().extra_repr() + name


class Neuron(Layer):
    """One unit: ``φ(w · x + b)``.

    Parameters
    ----------
    fan_in : int
        How many inputs it has.
    activation, bias, init, rng, dtype
        As for ``Layer``.
    seed : numpy.random.Generator or int, optional
        The same as ``rng``, by the name that ``MLP`` has for it.

    Raises
    ------
    TypeError, ValueError
        As for ``Layer``, and if both ``rng`` and ``seed`` are given.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> neuron = nn.Neuron(2, "tanh", init="ones").scalars()
    >>> x = Value(0.5)
    >>> neuron([x, -0.5]).backward()
    >>> x.grad
    1.0
    """

    def __init__(
        self,
        fan_in: int,
        activation: ActivationLike = "relu",
        bias: bool = True,
        *,
        init: initialisation.Spec | None = None,
        rng: initialisation.Seed | None = None,
        seed: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        if rng is not None and seed is not None:
            raise ValueError(f"seed is another name of rng: give one, got {seed!r} and {rng!r}")
        drawn = rng if seed is None else seed
        super().__init__(fan_in, 1, activation, bias, init=init, rng=drawn, dtype=dtype)

    def forward(self, x: Any) -> Numeric:
        """Compute the output: a number for inputs of shape (fan_in,), else of shape (...)."""
        z: Any = super().forward(x)
        output: Numeric = z[..., 0] if z.ndim > 1 else z[0]
        return output


class Sequential(Module):
    """Parts one after the other: the output of each is the input of the next.

    It has a length, and its parts are found by their number; a slice is a Sequential that shares
    its parts with this one.

    Parameters
    ----------
    *layers : Module, str or callable
        The parts; the name of an op or a function becomes an ``Activation``.

    Raises
    ------
    TypeError, ValueError
        For what is neither a module nor an activation.

    Examples
    --------
    >>> import nn
    >>> model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
    >>> model
    Sequential()                19 parameters
    ├─ layers.0: Linear(4 → 3)  15
    ├─ layers.1: Tanh()          0
    └─ layers.2: Linear(3 → 1)   4
    >>> len(model), model[-1], model[:2]([0.0] * 4).shape
    (3, Linear(3 → 1)  4 parameters, (3,))
    """

    def __init__(self, *layers: Module | str | Function) -> None:
        self.layers: list[Any] = [
            each if isinstance(each, Module) else Activation(each) for each in layers
        ]

    def forward(self, x: Any) -> Numeric:
        """Return the output of the last part."""
        out: Numeric = x
        for layer in self.layers:
            out = layer(out)
        return out

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, index: int | slice) -> Any:
        found = self.layers[index]
        return Sequential(*found) if isinstance(index, slice) else found


class MLP(Sequential):
    """A multi-layer perceptron: layers of units, each connected to all of the layer before.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, of units in each hidden layer, and of outputs.
    activation : str or callable
        What the hidden units apply.
    output : str, callable or None
        What the output units apply: nothing by default, for losses that take logits.
    init : str, callable or dict, optional
        What draws the weights of every layer; by default, for each layer what suits its
        activation.
    seed : numpy.random.Generator or int, optional
        Each layer draws from a generator spawned from this: adding a layer at the end changes
        none of the others. By default a new one.
    dtype : dtype
        float64, float32 or float16.

    Raises
    ------
    TypeError, ValueError
        For fewer than two sizes, and as for ``Layer``.

    Examples
    --------
    >>> import nn
    >>> model = nn.MLP([64, 32, 10], seed=0)
    >>> model
    MLP(64 → 32 → 10)                  2,410 parameters
    ├─ layers.0: Layer(64 → 32, relu)  2,080
    └─ layers.1: Layer(32 → 10)          330
    >>> model(np.zeros((5, 64))).shape
    (5, 10)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: ActivationLike = "relu",
        *,
        output: ActivationLike = None,
        init: initialisation.Spec | None = None,
        seed: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        if not isinstance(sizes, Sequence | np.ndarray):
            raise TypeError(
                "an MLP's sizes are one sequence, of its inputs, its hidden layers and its "
                f"outputs, got {sizes!r}: write for example MLP([2, 16, 1])"
            )
        if len(sizes) < 2:
            raise ValueError(
                f"an MLP needs at least two sizes, of its inputs and its outputs, got {sizes!r}"
            )
        hidden = as_function(activation)  # refused here, even if no layer applies it
        activations = [hidden] * (len(sizes) - 2) + [output]
        generators = initialisation.spawn(generator_of(seed), len(activations))
        super().__init__(
            *(
                Layer(fan_in, fan_out, function, init=init, rng=rng, dtype=dtype)
                for fan_in, fan_out, function, rng in zip(
                    sizes, sizes[1:], activations, generators, strict=False
                )
            )
        )

    def extra_repr(self) -> str:
        shapes = [layer.weight.shape for layer in self.layers]
        return " → ".join(str(n) for n in [shapes[0][1], *(fan_out for fan_out, _ in shapes)])


def _by_neuron(function: Function, z: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Apply a function to what each neuron gave, in the neuron's region, which affine named."""
    columns = z.reshape((-1, z.shape[-1]))
    out = np.empty_like(columns)
    for j in range(z.shape[-1]):
        with autograd.region(f"neuron{j}"):
            out[:, j] = function(columns[:, j])
    return out.reshape(z.shape)
