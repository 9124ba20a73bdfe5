"""What holds for all library code, read from its source: who may import whom, and what is banned.

The rooms and their direction are DESIGN §2; the bans are STYLE's. What an import loads at run time
is test_packaging's matter.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

# No package may import one that it doesn't stand on, not even lazily.
NOT_BELOW = {"autograd": {"init", "nn"}, "init": {"autograd", "nn"}}

# The parts of autograd that read the graph. Nothing in the core imports them...
READERS = {"autograd.show", "autograd.check", "autograd.stepping"}

# ...but these files, inside a function: a node shows itself in a notebook (`_repr_svg_`).
MAY_SHOW_LAZILY = {"autograd/node/node.py", "autograd/values/value.py", "autograd/values/tensor.py"}

# The command-line program, which talks to a person. The library never prints.
MAY_PRINT = {"nn/lectures/demo.py"}


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` imports `a.b.c`."""

    where: str
    name: str
    lazy: bool

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    def touches(self, modules: set[str]) -> bool:
        return any(f"{self.name}.".startswith(f"{module}.") for module in modules)

    def __str__(self) -> str:
        return f"{self.where} imports {self.name}"


def python_files(*packages: str) -> Iterator[str]:
    for package in packages:
        files = sorted((CHECKOUT / package).rglob("*.py"))
        assert files, f"no Python file in {package}/: nothing would be tested"
        yield from (file.relative_to(CHECKOUT).as_posix() for file in files)


def read(file: str) -> str:
    return (CHECKOUT / file).read_text(encoding="utf-8")


def nodes(source: str) -> Iterator[tuple[ast.AST, bool]]:
    """Every syntax node, and whether it runs only when a function is called."""
    stack: list[tuple[ast.AST, bool]] = [(ast.parse(source), False)]
    while stack:
        node, lazy = stack.pop()
        yield node, lazy
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        stack.extend((child, inside) for child in ast.iter_child_nodes(node))


def imports(file: str, source: str) -> Iterator[Import]:
    """Every name that a file imports, with relative imports made absolute."""
    folder = file.split("/")[:-1]
    for node, lazy in nodes(source):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (Import(f"{file}:{node.lineno}", name, lazy) for name in names)


def imports_of(files: Iterator[str]) -> Iterator[Import]:
    for file in files:
        yield from imports(file, read(file))


def core_files() -> Iterator[str]:
    """All of autograd but its front door and the readers."""
    readers = tuple(f"{reader.replace('.', '/')}/" for reader in READERS)
    for file in python_files("autograd"):
        if file != "autograd/__init__.py" and not file.startswith(readers):
            yield file


def may_show(found: Import) -> bool:
    """Whether an import of a reader is one of those that MAY_SHOW_LAZILY allows."""
    return found.lazy and found.where.partition(":")[0] in MAY_SHOW_LAZILY


def library_nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every syntax node of the library, with its file."""
    for file in python_files("autograd", "init", "nn"):
        yield from ((file, node) for node, _ in nodes(read(file)))


@pytest.mark.parametrize(
    ("source", "name", "lazy"),
    [
        ("import numpy.linalg as la", "numpy.linalg", False),
        ("from numpy import linalg", "numpy.linalg", False),
        ("from . import arithmetic", "autograd.ops.arithmetic", False),
        ("from .arithmetic import add", "autograd.ops.arithmetic.add", False),
        ("from .. import show", "autograd.show", False),
        ("from ..show.dot import label", "autograd.show.dot.label", False),
        ("if TYPE_CHECKING:\n  import nn", "nn", False),
        ("class A:\n  import nn", "nn", False),
        ("class A:\n  def f(self):\n    if self:\n      import nn", "nn", True),
        ("async def f(): from .. import check", "autograd.check", True),
    ],
)
def test_these_tests_read_an_import_as_python_does(source: str, name: str, lazy: bool) -> None:
    (found,) = imports("autograd/ops/example.py", source)
    assert (found.name, found.lazy) == (name, lazy)


@pytest.mark.parametrize("package", NOT_BELOW)
def test_a_package_imports_only_what_it_stands_on(package: str) -> None:
    found = imports_of(python_files(package))
    assert [str(each) for each in found if each.package in NOT_BELOW[package]] == []


def test_the_core_of_autograd_does_not_know_who_reads_the_graph() -> None:
    found = (each for each in imports_of(core_files()) if each.touches(READERS))
    assert [str(each) for each in found if not may_show(each)] == []


def test_the_core_does_not_come_in_by_the_front_door() -> None:
    """`from autograd import draw` in the core would reach the readers unseen."""
    rooms = {f"autograd.{path.stem}" for path in (CHECKOUT / "autograd").iterdir()}
    found = (each for each in imports_of(core_files()) if each.package == "autograd")
    assert [str(each) for each in found if not each.touches(rooms) and not may_show(each)] == []


def test_the_core_and_init_stand_on_numpy_alone() -> None:
    """Any other library is optional, so it is imported in the function that uses it."""
    ours = {"autograd", "init", "numpy", *sys.stdlib_module_names}
    found = (each for files in (core_files(), python_files("init")) for each in imports_of(files))
    assert [str(each) for each in found if not each.lazy and each.package not in ours] == []


def test_nothing_is_imported_by_a_star() -> None:
    found = imports_of(python_files("autograd", "init", "nn"))
    assert [str(each) for each in found if each.name.endswith(".*")] == []


def test_the_library_does_not_print() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file, node in library_nodes()
        if isinstance(node, ast.Name) and node.id == "print" and file not in MAY_PRINT
    ]
    assert found == []


def test_a_mistake_is_answered_by_an_error_and_not_by_an_assert() -> None:
    """`python -O` drops asserts, and they can't say what to do."""
    found = [
        f"{file}:{node.lineno}" for file, node in library_nodes() if isinstance(node, ast.Assert)
    ]
    assert found == []
