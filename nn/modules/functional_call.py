"""A module called with other parameters than its own, and the gradients of each sample."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor, grad, vmap
from autograd.extend import Node, raw
from init.argument_checks import close_matches
from nn.modules.module import Module, shared_state

Array = npt.NDArray[Any]


def functional_call(model: Module, parameters: Mapping[str, Any], *inputs: Any) -> Any:
    """Return the outputs of a model with other parameters: a function of them, for transforms.

    Parameters
    ----------
    model : Module
        It stays as it is.
    parameters : dict of str to Tensor or array
        By their names in ``model.named_parameters()``, and of their shapes. Those that aren't
        given are the model's own, which are variables.
    *inputs
        What the model is called with. One tuple has all of it, as in PyTorch.

    Returns
    -------
    Tensor
        What the model returns.

    Raises
    ------
    KeyError
        If the model has no parameter of a name.
    ValueError
        If one has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> from autograd import grad
    >>> line = nn.Linear(1, 1, rng=0)
    >>> nn.functional_call(line, {"weight": [[2.0]], "bias": [1.0]}, np.array([3.0])).data
    array([7.])
    >>> result = lambda p: nn.functional_call(line, p, np.array([3.0])).sum()
    >>> grad(result)({"weight": np.array([[2.0]]), "bias": np.array([1.0])})
    {'weight': array([[3.]]), 'bias': array([1.])}
    """
    if len(inputs) == 1 and isinstance(inputs[0], tuple):
        inputs = inputs[0]
    own = dict(model.named_parameters())
    for name in parameters:
        if name not in own:
            raise KeyError(
                f"the model has no parameter {name!r}: {close_matches(name, own)}"
                "dict(model.named_parameters()) has those there are"
            )
    memo: dict[int, Any] = {id(x): x for x in shared_state(model)}
    for name, parameter in own.items():
        given = parameters.get(name, parameter)
        if not isinstance(given, Node):
            given = type(parameter)(given, requires_grad=False)
        if np.shape(raw(given)) != np.shape(raw(parameter)):
            raise ValueError(
                f"{name!r} has shape {np.shape(raw(given))}, expected {np.shape(raw(parameter))}"
            )
        memo[id(parameter)] = given
    return copy.deepcopy(model, memo)(*inputs)


def per_sample_grads(
    model: Module, loss: Callable[[Any, Any], Any], X: npt.ArrayLike, y: npt.ArrayLike
) -> dict[str, Array]:
    r"""Return the gradient of each sample's own loss: of what a batch of it alone would give.

    Their mean is the gradient of a loss that is a mean over the batch; what differs between them
    is the noise of stochastic gradients, which differential privacy bounds and influence functions
    use. It is ``vmap(grad(...))``: all samples at once.

    Parameters
    ----------
    model : Module
        Of Tensors. No parameter and no ``.grad`` of it changes.
    loss : callable
        ``loss(model(x), target)`` of a batch of one, such as ``nn.cross_entropy``.
    X : array_like, shape (n, ...)
    y : array_like, shape (n, ...)
        The targets: numbers, or integer labels.

    Returns
    -------
    dict of str to array, shape (n, \*shape of the parameter)
        By the names of the parameters.

    Raises
    ------
    TypeError
        If the model has no Tensors as parameters.
    ValueError
        If there aren't as many targets as samples; or if the model has a Dropout in training.

    References
    ----------
    Clipped and noised: M. Abadi et al., "Deep learning with differential privacy", CCS 2016,
    algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> import nn
    >>> model = nn.Linear(2, 1, rng=0, bias=False)
    >>> model.weight.data = np.array([[1.0, 1.0]])
    >>> X, y = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.0], [0.0]])
    >>> nn.per_sample_grads(model, nn.mse, X, y)["weight"]
    array([[[2., 0.]],
    <BLANKLINE>
           [[0., 8.]]])
    """
    own = dict(model.named_parameters())
    if not own or not all(isinstance(parameter, Tensor) for parameter in own.values()):
        raise TypeError(
            "per_sample_grads needs a model of Tensors with parameters; of Values, call "
            "autograd.jit of a loss of one sample and its map_value_and_grad"
        )

    def of_one(parameters: dict[str, Any], x: Any, target: Any) -> Any:
        return loss(functional_call(model, parameters, x[None]), target[None])

    X, y = np.asarray(raw(X)), np.asarray(raw(y))
    if not X.ndim or not y.ndim or len(X) != len(y):
        raise ValueError(
            "per_sample_grads needs samples and their targets along the first axes, as many of "
            f"both, got the shapes {X.shape} and {y.shape}"
        )
    numbers = {name: raw(parameter) for name, parameter in own.items()}
    if not len(X):  # as a draw of each sample by chance may come out
        return {name: np.zeros((0, *x.shape), x.dtype) for name, x in numbers.items()}
    found: dict[str, Array] = vmap(grad(of_one), in_axes=(None, 0, 0))(numbers, X, y)
    return found
