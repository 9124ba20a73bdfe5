"""The check that ``autograd`` and ``init`` are Glassgrad's, before they are imported.

A file ``init.py`` in a user's folder is found first. ``autograd.import_check`` can't be asked: it
may be what isn't there.
"""

import sys
from importlib.machinery import PathFinder
from os.path import dirname, join, realpath

_HOME = dirname(dirname(dirname(__file__)))


def refuse_strangers() -> None:
    """Raise ImportError if something else is imported as one of our packages."""
    for name in ("init", "autograd"):
        module = sys.modules.get(name)
        spec = PathFinder.find_spec(name) if module is None else getattr(module, "__spec__", None)
        if spec is None or not spec.origin or dirname(spec.origin) == join(_HOME, name):
            continue
        if realpath(dirname(spec.origin)) != realpath(join(_HOME, name)):
            raise ImportError(
                f"nn needs Glassgrad's package {name}, and `import {name}` finds {spec.origin} in "
                "its place: rename that file or folder, or run Python from another folder",
                name=name,
                path=spec.origin,
            )


refuse_strangers()
