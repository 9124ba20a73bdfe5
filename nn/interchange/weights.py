"""Saving and loading weights as safetensors, a format that other libraries read.

A checkpoint of a training run, which holds more than weights, is in ``nn/training/checkpoint.py``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from autograd.extend import replacing
from nn.modules.module import Module

__all__ = ["load_weights", "save_weights"]


def save_weights(model: Module, path: str | os.PathLike[str]) -> Path:
    """Write a model's ``state_dict`` as a safetensors file, which other libraries read.

    Parameters
    ----------
    model : Module
        Its parameters and constants are written under their names.
    path : str or path
        The file, by convention ``….safetensors``.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ImportError
        If safetensors isn't installed.
    TypeError
        If the model has numbers that aren't NumPy's, such as Fractions.
    OSError
        If the file can't be written: then what was there is as it was.

    Examples
    --------
    >>> import nn, tempfile, pathlib
    >>> model, other = nn.MLP([2, 3, 1], seed=0), nn.MLP([2, 3, 1], seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = save_weights(model, pathlib.Path(folder) / "mlp.safetensors")
    ...     load_weights(other, file)
    >>> bool((other.layers[0].weight.data == model.layers[0].weight.data).all())
    True
    """
    file = Path(path)
    state = checked(model).state_dict()
    strange = {str(array.dtype) for array in state.values() if array.dtype.kind not in "fiub"}
    if strange:
        raise TypeError(f"safetensors holds real numbers of NumPy's dtypes, got {strange}")
    library = _safetensors()
    arrays = {name: np.ascontiguousarray(array) for name, array in state.items()}
    try:
        with replacing(file) as new:
            library.numpy.save_file(arrays, os.fspath(new))
    except library.SafetensorError as error:
        raise OSError(f"{os.fspath(file)!r} can't be written: {error}") from error
    return file


def load_weights(model: Module, path: str | os.PathLike[str]) -> None:
    """Load a safetensors file into a model: one of ``save_weights``, or of another library.

    Raises
    ------
    ImportError
        If safetensors isn't installed.
    TypeError
        If ``model`` is no module.
    ValueError
        If the file is no safetensors file, or its names and shapes aren't the model's: nothing is
        changed then.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import nn
    >>> from safetensors.numpy import save_file
    >>> model = nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = f"{folder}/line.safetensors"
    ...     save_file({"weight": np.array([[2.0, 3.0]]), "bias": np.array([1.0])}, file)
    ...     load_weights(model, file)
    >>> model([1.0, 1.0]).tolist()
    [6.0]
    """
    library = _safetensors()
    try:
        state = library.numpy.load_file(os.fspath(path))
    except (library.SafetensorError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{os.fspath(path)!r} is no sound safetensors file: {error}") from error
    checked(model).load_state_dict(state)


def _safetensors() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "weights are written by safetensors: pip install 'glassgrad[safetensors]'"
        ) from None
    return safetensors


def checked(model: object) -> Module:
    """Return a module; TypeError for what is none."""
    if not isinstance(model, Module):
        raise TypeError(f"expected an nn.Module, got {model!r}")
    return model
