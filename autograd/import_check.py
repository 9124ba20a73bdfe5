"""Checks at import: another distribution with a package ``autograd``, files that hide ours."""

import os
import sys
from importlib.machinery import PathFinder

_HOME = os.path.dirname(os.path.dirname(__file__))


def warn_of_hidden_packages() -> None:
    """Warn if a file of the user's, such as ``nn.py``, is found in place of ``nn`` or ``init``."""
    for name in ("nn", "init"):
        spec = PathFinder.find_spec(name)
        if spec is None or not spec.origin:  # not there, or a folder without __init__.py
            continue
        found, ours = os.path.dirname(spec.origin), os.path.join(_HOME, name)
        if found != ours and os.path.realpath(found) != os.path.realpath(ours):
            from autograd.files.users_line import warn  # here, for it imports NumPy

            warn(
                f"{spec.origin} hides Glassgrad's package {name}: `import {name}` finds that file. "
                "To use Glassgrad's, rename the file or folder",
                RuntimeWarning,
            )


def warn_of_clash() -> None:
    """Warn if the distribution named ``autograd``, HIPS Autograd, is installed."""
    if not any(map(_may_have_it, sys.path)):
        return
    from importlib import metadata  # a fifth of the time of importing NumPy

    try:
        version = metadata.version("autograd")
    except metadata.PackageNotFoundError:
        return
    from autograd.files.users_line import warn  # here, for it imports NumPy

    warn(
        f"HIPS Autograd {version} (the distribution 'autograd') is installed as well as Glassgrad, "
        "and both ship an import package named autograd: one may have overwritten files of the "
        "other. Keep them in separate environments, or run: pip uninstall autograd && "
        "pip install --force-reinstall glassgrad",
        RuntimeWarning,
    )


def _may_have_it(directory: str) -> bool:
    try:
        return any(name.startswith(("autograd-", "autograd.")) for name in os.listdir(directory))
    except OSError:  # not a directory: a zip file, or not there
        return False
