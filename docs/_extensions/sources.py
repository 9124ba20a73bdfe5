"""Links to the source of what is assigned: ``abs = elementwise("abs", …)``, and of properties.

``sphinx.ext.viewcode`` finds functions and classes by itself.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from importlib import import_module
from typing import Any

from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

Places = dict[str, tuple[str, int, int]]  # the kind of a name, its first line and its last


@cache
def assigned(module: str) -> Places:
    """Return where a module's own assignments stand."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        target.id: ("other", statement.lineno, statement.end_lineno or statement.lineno)
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
        for target in getattr(statement, "targets", [getattr(statement, "target", None)])
        if isinstance(target, ast.Name)
    }


def home(app: Sphinx, package: str, name: str) -> str | None:
    """Return the module in which a public name of a package is assigned, or its class defined."""
    first, _, member = name.partition(".")
    thing = getattr(import_module(package), first, None)
    if inspect.isclass(thing):
        return thing.__module__ if member else None
    if thing is None or inspect.isroutine(thing):
        return None
    top = package.partition(".")[0]
    for module, found in list(sys.modules.items()):
        ours = module.partition(".")[0] == top and hasattr(found, "__file__")
        if ours and vars(found).get(name) is thing and name in assigned(module):
            return module
    return None


def source(app: Sphinx, module: str) -> tuple[str, dict[str, Any]] | None:
    """Return the code of a module of ours, and where each name stands in it."""
    if getattr(sys.modules.get(module), "__file__", None) is None:
        return None
    analyzer = ModuleAnalyzer.for_module(module)
    return analyzer.code, assigned(module) | analyzer.find_tags()


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what viewcode asks for."""
    app.connect("viewcode-follow-imported", home)
    app.connect("viewcode-find-source", source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
