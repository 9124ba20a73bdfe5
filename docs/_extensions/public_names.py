"""The directive ``public-names``: what a package exports, each name with its docstring.

The sections are the groups that the package's ``__all__`` has, with the comments above them as
titles. An object that several packages export is told of once, and linked to from the others.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.autodoc import mock
from sphinx.ext.napoleon import Config, NumpyDocstring
from sphinx.util.docutils import SphinxDirective

from autograd.extend import Elementwise
from autograd.rules.compiling import OPERANDS

# The packages that users import from, in the order in which an object's first name is looked for.
PACKAGES = [
    "autograd",
    "nn",
    "init",
    "autograd.transforms",
    "autograd.check",
    "autograd.show",
    "autograd.stepping",
    "autograd.pages",
    "autograd.replay",
    "autograd.linalg",
    "autograd.special",
    "autograd.extend",
    "autograd.registry",
    "autograd.bridges.torch",
    "autograd.bridges.jax",
    "nn.modules",
    "nn.losses",
    "nn.optim",
    "nn.schedules",
    "nn.training",
    "nn.estimators",
    "nn.perceptron",
    "nn.diagnostics",
    "nn.interchange",
    "nn.lectures",
    "init.theory",
]


def groups(package: ModuleType) -> dict[str, list[str]]:
    """Return the public names by the comments above them, or by the room that they come from."""
    source = Path(inspect.getfile(package)).read_text(encoding="utf-8")
    listed = re.search(r"^__all__ = \[.*?\]", source, re.M | re.S) or re.match("", "")
    title, titles = "", {}
    for comment, name in re.findall(r"^ *# (.+)$|\"(\w+)\"", listed.group(), re.M):
        title = comment or title
        titles[name] = title[:1].upper() + title[1:]
    found: dict[str, list[str]] = {}
    for name in package.__all__:
        room = ".".join(getattr(getattr(package, name), "__module__", "").split(".")[:2])
        found.setdefault(titles.get(name, f"From `{room}`"), []).append(name)
    return found


def load_the_bridge() -> None:
    """Import what opens programs of PyTorch, without PyTorch, which is gigabytes."""
    with mock(["torch"]):
        import torch

        torch.__version__ = "2.13"
        import_module("autograd.bridges.torch")


@cache
def first_names() -> dict[int, str]:
    """Return the first name of each public object, by its identity."""
    names: dict[int, str] = {}
    for package in map(import_module, PACKAGES):
        for name in package.__all__:
            names.setdefault(id(getattr(package, name)), f"{package.__name__}.{name}")
    return names


class PublicNames(SphinxDirective):
    """``{public-names} autograd``: ``:since:`` and ``:until:`` name groups to begin and end at."""

    required_arguments = 1
    option_spec: ClassVar = {"since": directives.unchanged, "until": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        package = import_module(self.arguments[0])
        self.env.note_dependency(inspect.getfile(package))
        chosen = groups(package)
        titles = list(chosen)
        begin = titles.index(self.options["since"]) if "since" in self.options else 0
        end = titles.index(self.options["until"]) if "until" in self.options else None
        lines: list[str] = []
        for title in titles[begin:end]:
            lines += ["", f"## {title}" if title else "", ""]
            lines += ["````{eval-rst}", *described(package, chosen[title]), "````"]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def described(package: ModuleType, names: list[str]) -> Iterator[str]:
    """Yield the lines that describe some names of a package."""
    links = []
    for name in names:
        thing, full = getattr(package, name), f"{package.__name__}.{name}"
        first = first_names()[id(thing)]
        if inspect.ismodule(thing):
            continue
        if first != full:
            links.append(f":py:obj:`{name} <{first}>`")
        elif inspect.isclass(thing):
            yield from (f".. autoclass:: {full}", "   :members:", "")
            yield from textwrap.indent("\n".join(inherited(full, thing)), "   ").splitlines()
            yield ""
        elif inspect.isroutine(thing):
            yield from (f".. autofunction:: {full}", "")
        else:
            yield from described_object(full, thing)
    if links:
        yield from ("Told of with the package above: " + ", ".join(links) + ".", "")


def inherited(full: str, kind: type) -> Iterator[str]:
    """Yield the lines for what a class has from classes that aren't public, as Value's backward."""
    above = [base for base in kind.__mro__[1:-1] if ours(base)]
    public = [base for base in above if id(base) in first_names()]
    told = {*vars(kind), *(name for base in public for name in dir(base))}
    hidden = [base for base in reversed(above) if base not in public]
    names = dict.fromkeys(name for base in hidden for name in vars(base) if name[0] != "_")
    names = {name: getattr(kind, name) for name in names if name not in told}
    named_after = [name for name in names if f"autograd.{name}" in first_names().values()]
    links = ", ".join(f":py:obj:`{name} <autograd.{name}>`" for name in named_after)
    for name, member in names.items():
        if name not in named_after and isinstance(member, types.FunctionType | property):
            how = "automethod" if inspect.isroutine(member) else "autoproperty"
            yield from (f".. {how}:: {full}.{name}", "")
    if named_after:
        yield from (f"Methods that are named after operations: {links}.", "")
        for base in public:
            link = f":py:obj:`{base.__name__} <{first_names()[id(base)]}>`"
            rest = ", ".join(f"``{name}``" for name in dir(base) if name[0] != "_")
            yield from (f"What every {link} has: {rest}.", "")


def ours(thing: Any) -> bool:
    """Whether a class is one of this project."""
    return thing.__module__.partition(".")[0] in ("autograd", "nn", "init")


def described_object(full: str, thing: Any) -> Iterator[str]:
    """Yield the lines for an object that is neither class nor function, as an op or a table is."""
    module, _, name = full.rpartition(".")
    if isinstance(thing, Elementwise):
        settings = [f"{key}={value!r}" for key, value in thing.settings.items()]
        name += f"({', '.join([*OPERANDS[: thing.arity], *settings])})"
    elif callable(thing) and not isinstance(thing, types.UnionType):
        name += without_types(inspect.signature(thing))
    directive = "function" if "(" in name else "data"
    yield from (f".. py:{directive}:: {name}", f"   :module: {module}", "")
    said = thing.__doc__ if ours(type(thing)) else ""
    if not said or said == type(thing).__doc__:
        said = f"``{textwrap.shorten(repr(thing), 120)}``"
        if kind := first_names().get(id(type(thing))):
            said += f": see :py:obj:`{kind}`."
    lines = inspect.cleandoc(said).splitlines()
    escape(lines)
    settings = {"napoleon_use_param": False, "napoleon_use_rtype": False}
    text = NumpyDocstring("\n".join(lines), Config(**settings))
    yield from textwrap.indent(str(text), "   ").splitlines()
    yield ""


def without_types(signature: inspect.Signature) -> str:
    """Return the parameters and their defaults: the types are in the docstring."""
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    said = str(signature.replace(parameters=bare, return_annotation=signature.empty))
    return re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", said)


# Docstrings are written to be read by help(): a star or a bar in them is a star or a bar.
_MARKED = re.compile(r"``.*?``|`[^`]*`|\*\*\w.*?\*\*|\*\w[^*]*\*(?!\w)|\\.")


def escape(lines: list[str]) -> None:
    """Put a backslash before each star and bar that marks nothing, outside of code."""
    code = False
    for k, line in enumerate(lines):
        code = bool(line.strip()) if code else line.lstrip().startswith(">>>")
        if not code:
            lines[k] = "".join(
                part if _MARKED.fullmatch(part) else re.sub(r"[*|]", r"\\\g<0>", part)
                for part in re.split(f"({_MARKED.pattern})", line)
            )


def escaped(app: Sphinx, kind: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Escape the lines of a docstring, before its sections are found."""
    escape(lines)
    if kind in ("property", "attribute"):
        lines[:0] = [
            "..",
            "",
        ]  # a comment: Napoleon takes what a first line has before ":" as a type


def skipped(app: Sphinx, kind: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what comes from a base class of another library."""
    home = getattr(thing, "__module__", None) or ""
    return True if home.startswith("sklearn") else None


def found_elsewhere(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.Element
) -> nodes.Node | None:
    """Resolve the name that an object has in its module to its public name."""
    module, _, name = node["reftarget"].rpartition(".")
    package = sys.modules.get(module or node.get("py:module") or "")
    full = first_names().get(id(getattr(package, name, None)))
    if full is None or node["refdomain"] != "py":
        return None
    return env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, "obj", full, node, text)


def without_ways_back(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take out the links from a source to the reference: viewcode knows one package a module."""
    if page.startswith("_modules/"):
        context["body"] = re.sub('<a class="viewcode-back".*?</a>', "", context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the directive, and of what is done to docstrings."""
    load_the_bridge()
    app.add_directive("public-names", PublicNames)
    app.connect("autodoc-process-docstring", escaped, priority=400)  # Napoleon's is 500
    app.connect("autodoc-skip-member", skipped)
    app.connect("missing-reference", found_elsewhere)
    app.connect("html-page-context", without_ways_back)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
