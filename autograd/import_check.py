"""The check for another distribution that ships a package named ``autograd``, beside ours."""

import os
import sys


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
