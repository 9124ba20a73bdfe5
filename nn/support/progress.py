"""Progress bars by tqdm."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def progress_bar(wanted: bool) -> Callable[..., AbstractContextManager[Any]]:
    """Return ``tqdm``, which makes a bar to be used by ``with``, or what gives None for a bar.

    Raises
    ------
    ImportError
        If a bar is wanted and tqdm isn't installed.
    """
    if not wanted:
        return lambda **_: nullcontext()
    try:
        with warnings.catch_warnings():  # without ipywidgets a bar of text will do
            warnings.filterwarnings("ignore", "IProgress not found")
            from tqdm.auto import tqdm
    except ImportError:
        raise ImportError(
            "a progress bar needs tqdm: pip install 'glassgrad[notebook]', or pass progress=False"
        ) from None
    return tqdm
