"""The user's line of code: the innermost frame that isn't of the library or of NumPy."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from os.path import dirname, join
from types import FrameType

import numpy as np

_PACKAGE = dirname(dirname(__file__))  # pathlib takes 3 ms to import
_FOLDERS = (
    _PACKAGE,
    join(dirname(_PACKAGE), "nn"),
    join(dirname(_PACKAGE), "init"),
    dirname(np.__file__),
)
_NOT_THE_USERS = (
    *(f"{folder}{os.sep}" for folder in _FOLDERS),
    contextlib.__file__,  # calls what a region decorates
    "<op ",  # a compiled rule
    "<frozen importlib",
)


def is_users(frame: FrameType, besides: tuple[str, ...] = ()) -> bool:
    """Whether a frame runs code that is neither the library's nor NumPy's, nor of other folders."""
    return not frame.f_code.co_filename.startswith(_NOT_THE_USERS + besides)


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning that names the user's line; where there is none, the outermost one.

    Parameters
    ----------
    message : str
    category : type
        Of warning.

    Examples
    --------
    >>> import warnings
    >>> from autograd.extend import warn
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn("the rate is 0: nothing is learnt")
    >>> str(caught[0].message)
    'the rate is 0: nothing is learnt'
    """
    frame = sys._getframe(1)
    while not is_users(frame) and frame.f_back is not None:
        frame = frame.f_back
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__"),
        frame.f_globals.setdefault("__warningregistry__", {}),
    )
