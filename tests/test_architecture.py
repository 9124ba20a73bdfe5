"""What holds for all library code, read from its source: who may import whom, and what is banned.

Each package imports only packages that it stands on, each room of ``autograd`` only rooms below
it. What an import loads at run time is test_packaging's matter.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import autograd
from autograd import extend

pytestmark = pytest.mark.slow  # it parses every file

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograd", "init", "nn")

# Every module of autograd is in one of these rooms: its folder, or the front door.
FRONT_DOOR = "autograd"
_FLOORS = (
    *("files", "numbers", "node", "rules", "ops", "array_functions"),
    *("walk", "values", "transforms"),
    *("reading", "living", "show", "stepping", "check"),
)
_BELOW_THE_READERS = _FLOORS[: _FLOORS.index("reading")]

# Modules that are a room of their own: the checks stand on this one as well as the bridges do.
_ALONE = {"autograd.bridges.arrays": "foreign arrays"}

# A room or package, and what it may import besides itself: what it stands on.
MAY_IMPORT: dict[str, Collection[str]] = {
    **{room: _FLOORS[:floor] for floor, room in enumerate(_FLOORS)},
    "foreign arrays": _BELOW_THE_READERS,
    "check": (*_FLOORS[: _FLOORS.index("check")], "foreign arrays"),
    "replay": _BELOW_THE_READERS,  # beside the readers: neither knows the other
    "pages": (*_FLOORS, "replay"),
    "bridges": (*_FLOORS, "foreign arrays"),
    FRONT_DOOR: (*_FLOORS, "replay", "pages"),
    "init": (),
    "nn": ("init", FRONT_DOOR, *_FLOORS, "replay", "pages", "bridges"),
}

# A room of nn, and the rooms of nn that it may import. The lectures are apart from the library.
_MAY_IMPORT_IN_NN: dict[str, Collection[str]] = {
    **{room: {"support"} for room in ("losses", "modules", "optim", "perceptron")},
    "support": set(),
    "interchange": {"modules"},
    "diagnostics": {"losses", "modules", "support"},
    "training": {"modules", "optim", "support"},
    "estimators": {"losses", "modules", "optim", "perceptron", "support", "training"},
    "lectures": {"diagnostics", "losses", "modules", "perceptron", "support"},
}

# Imports against that direction, or around a circle: (who, whom), and why.
EXCEPTIONS = {
    (
        "autograd.rules.signatures",
        "autograd.values.tensor",
    ): "the type of what functions on arrays return, which only a type checker reads",
    (
        "autograd.node.node",
        "autograd.rules.op",
    ): "the type of a node's op, which only a type checker reads",
    (
        "autograd.node.node",
        "autograd.node.pickling",
    ): "a program that copies and pickles no node never loads it",
    (
        "autograd.values.value",
        "autograd.values.tensor",
    ): "a Value times an array is a Tensor, and a Tensor is made of Values",
    (
        "autograd.stepping.recorded_steps",
        "autograd.stepping.json_codec",
    ): "Steps.to_json and from_json are methods, and the codec makes Steps",
    (
        "autograd.check.report",
        "autograd.check.failure_drawing",
    ): "a report shows itself in a notebook, and only there are drawings loaded",
}

# What nn may import of the engine: what users import, and the door for those who extend it.
PUBLIC_ROOMS = {f"autograd.{room}" for room in ("check", "extend", "pages", "show", "stepping")}
PUBLIC_WITH_TORCH = {"autograd.bridges.torch.record"}  # not looked up here, for it needs PyTorch

# The command-line program, which talks to a person. The library never prints.
MAY_PRINT = {"nn/lectures/demo.py"}

MOST_LINES = 400
MOST_LINES_OF_TESTS = 500


class When(IntEnum):
    """When a piece of a module runs."""

    IMPORTED = 0  # when the module is imported
    CALLED = 1  # when a function is called: lazily
    NEVER = 2  # under `if TYPE_CHECKING`


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` imports `a.b.c`."""

    file: str
    line: int
    name: str
    when: When

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def pair(self) -> tuple[str, str]:
        """The module that imports, and the module of ours that is imported."""
        return module_of(self.file), owner(self.name)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.name}"


def python_files(*packages: str) -> Iterator[str]:
    for package in packages:
        files = sorted((CHECKOUT / package).rglob("*.py"))
        assert files, f"no Python file in {package}/: nothing would be tested"
        yield from (file.relative_to(CHECKOUT).as_posix() for file in files)


@cache
def read(file: str) -> str:
    return (CHECKOUT / file).read_text(encoding="utf-8")


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def modules() -> frozenset[str]:
    return frozenset(map(module_of, python_files(*PACKAGES)))


def owner(name: str) -> str:
    """The module of ours that an imported name is in, or is; empty for a name of others."""
    while name and name not in modules():
        name = name.rpartition(".")[0]
    return name


@cache
def room(module: str) -> str:
    """The room of a module of autograd; of other packages, the package."""
    if module in _ALONE:
        return _ALONE[module]
    package, _, inner = module.partition(".")
    folder = inner.partition(".")[0]
    is_folder = (CHECKOUT / package / folder).is_dir()
    return folder if package == "autograd" and folder and is_folder else package


def nodes(source: str) -> Iterator[tuple[ast.AST, When]]:
    """Every syntax node, and when it runs."""
    stack: list[tuple[ast.AST, When]] = [(ast.parse(source), When.IMPORTED)]
    while stack:
        node, when = stack.pop()
        yield node, when
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            when = When.NEVER
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            when = max(when, When.CALLED)
        stack.extend((child, when) for child in ast.iter_child_nodes(node))


def imports(file: str, source: str) -> Iterator[Import]:
    """Every name that a file imports, with relative imports made absolute."""
    folder = file.split("/")[:-1]
    for node, when in nodes(source):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (Import(file, node.lineno, name, when) for name in names)


def imports_of(files: Iterable[str]) -> Iterator[Import]:
    for file in files:
        yield from imports(file, read(file))


@cache
def all_imports() -> tuple[Import, ...]:
    return tuple(imports_of(python_files(*PACKAGES)))


def ours() -> Iterator[Import]:
    """The imports of modules of ours, but those that import a part of themselves."""
    return (each for each in all_imports() if each.pair[1] and each.pair[0] != each.pair[1])


def library_nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every syntax node of the library, with its file."""
    for file in python_files(*PACKAGES):
        yield from ((file, node) for node, _ in nodes(read(file)))


def circle(pairs: Collection[tuple[str, str]]) -> list[str]:
    """Modules each of which imports the next, and the last the first; empty if there is none."""
    imported: dict[str, list[str]] = {}
    for who, whom in sorted(pairs):
        imported.setdefault(who, []).append(whom)
    finished: set[str] = set()
    for start in imported:
        trail, waiting = [start], [iter(imported[start])]
        while trail:
            found = next(waiting[-1], None)
            if found is None:
                finished.add(trail.pop())
                waiting.pop()
            elif found in trail:
                return trail[trail.index(found) :]
            elif found not in finished:
                trail.append(found)
                waiting.append(iter(imported.get(found, ())))
    return []


# Who imports whom ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "name", "when"),
    [
        ("import numpy.linalg as la", "numpy.linalg", When.IMPORTED),
        ("from numpy import linalg", "numpy.linalg", When.IMPORTED),
        ("from . import arithmetic", "autograd.ops.arithmetic", When.IMPORTED),
        ("from .arithmetic import add", "autograd.ops.arithmetic.add", When.IMPORTED),
        ("from .. import show", "autograd.show", When.IMPORTED),
        ("from ..show.dot import label", "autograd.show.dot.label", When.IMPORTED),
        ("if TYPE_CHECKING:\n  import nn", "nn", When.NEVER),
        ("class A:\n  import nn", "nn", When.IMPORTED),
        ("class A:\n  def f(self):\n    if self:\n      import nn", "nn", When.CALLED),
        ("async def f(): from .. import check", "autograd.check", When.CALLED),
    ],
)
def test_these_tests_read_an_import_as_python_does(source: str, name: str, when: When) -> None:
    (found,) = imports("autograd/ops/example.py", source)
    assert (found.name, found.when) == (name, when)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("autograd.walk.reverse", "walk"),
        ("autograd.walk", "walk"),
        ("autograd", "autograd"),
        ("autograd.import_check", "autograd"),
        ("nn.losses.regression", "nn"),
    ],
)
def test_these_tests_know_the_room_of_a_module(module: str, expected: str) -> None:
    assert room(module) == expected


def test_these_tests_see_a_circle() -> None:
    straight = [("a", "b"), ("b", "c"), ("a", "c")]
    assert circle(straight) == []
    assert circle([*straight, ("c", "b")]) == ["b", "c"]


def test_every_module_belongs_to_a_room_whose_direction_is_stated() -> None:
    """A new folder of autograd is a new row of MAY_IMPORT."""
    assert {room(module) for module in modules()} == MAY_IMPORT.keys()


def test_a_room_imports_only_the_rooms_that_it_stands_on() -> None:
    """Lazily or for a type checker alone is no excuse: what is excused is in EXCEPTIONS.

    A name of the front door (`from autograd import draw`) is above all rooms: through it one would
    reach the readers unseen.
    """

    def upwards(found: Import) -> bool:
        mine, theirs = map(room, found.pair)
        return theirs != mine and theirs not in MAY_IMPORT[mine] and found.pair not in EXCEPTIONS

    assert [str(each) for each in ours() if upwards(each)] == []


def test_a_room_of_nn_imports_only_the_rooms_that_it_stands_on() -> None:
    def rooms(found: Import) -> list[str]:
        return [f"{module}.".split(".")[1] for module in found.pair]

    inside = [each for each in ours() if each.pair[0].startswith("nn.") and each.package == "nn"]
    assert {each.split("/")[1] for each in python_files("nn") if each.count("/") > 1} == set(
        _MAY_IMPORT_IN_NN
    )
    found = [
        str(each)
        for each in inside
        if (mine := rooms(each)[0]) in _MAY_IMPORT_IN_NN
        and (theirs := rooms(each)[1]) in _MAY_IMPORT_IN_NN
        and theirs not in {mine, *_MAY_IMPORT_IN_NN[mine]}
    ]
    assert found == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Neither lazily. What only a type checker reads is no import."""
    assert (
        circle({each.pair for each in ours() if each.when != When.NEVER} - EXCEPTIONS.keys()) == []
    )


@pytest.mark.parametrize("pair", EXCEPTIONS, ids=" → ".join)
def test_an_exception_is_in_use_and_a_comment_at_it_says_why(pair: tuple[str, str]) -> None:
    found = [each for each in ours() if each.pair == pair]
    assert found, "no such import any more: drop the row"
    said = []
    for each in found:
        above, line = read(each.file).splitlines()[each.line - 2 : each.line]
        assert each.when != When.IMPORTED, each
        said.append("# " in line or above.lstrip().startswith("# "))
    assert any(said)


def test_no_room_uses_private_names_of_another() -> None:
    def private(found: Import) -> bool:
        mine, theirs = map(room, found.pair)
        return mine != theirs and found.name.rpartition(".")[2].startswith("_")

    inside = (each for each in ours() if each.package == each.file.partition("/")[0])
    assert [str(each) for each in inside if private(each)] == []


def test_nn_imports_only_public_names_of_the_engine() -> None:
    public = {f"autograd.{name}" for name in autograd.__all__} | {"autograd"} | PUBLIC_WITH_TORCH
    for door in PUBLIC_ROOMS:
        public |= {door, *(f"{door}.{name}" for name in import_module(door).__all__)}
    found = (each for each in imports_of(python_files("nn")) if each.package == "autograd")
    assert [str(each) for each in found if each.name not in public] == []


def test_nn_reads_nothing_private_of_nodes_and_ops() -> None:
    kinds = (autograd.Value, autograd.Tensor, extend.Elementwise, extend.Structural)
    private = {name for kind in kinds for name in dir(kind) if re.match("_[a-z]", name)}
    assert {"_data", "_rank"} <= private, "nothing would be found"
    found = [
        f"{file}:{node.lineno} reads {node.attr}"
        for file in python_files("nn")
        for node, _ in nodes(read(file))
        if isinstance(node, ast.Attribute)
        and node.attr in private
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    ]
    assert found == []


def test_what_is_below_the_readers_stands_on_numpy_alone() -> None:
    """Any other library is optional, so it is imported in the function that uses it."""
    rooms = {*_BELOW_THE_READERS, FRONT_DOOR, "reading", "living", "replay", "init"}
    known = {*PACKAGES, "numpy", *sys.stdlib_module_names}
    eager = (
        each for each in all_imports() if each.when == When.IMPORTED and room(each.pair[0]) in rooms
    )
    assert [str(each) for each in eager if each.package not in known] == []


# What is banned -----------------------------------------------------------------------------------


def test_no_two_modules_have_one_name() -> None:
    files = (Path(file).stem for file in python_files(*PACKAGES))
    names = [name for name in files if name != "__init__"]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_file_is_short_enough_to_be_read_in_one_sitting(package: str) -> None:
    scripts = [str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / package).rglob("*.js")]
    lengths = {file: len(read(file).splitlines()) for file in [*python_files(package), *scripts]}
    assert {file: n for file, n in lengths.items() if n > MOST_LINES} == {}


def test_a_file_of_tests_is_short_enough_too() -> None:
    lengths = {file: len(read(file).splitlines()) for file in python_files("tests")}
    assert {file: n for file, n in lengths.items() if n > MOST_LINES_OF_TESTS} == {}


def test_nothing_is_imported_by_a_star() -> None:
    assert [str(each) for each in all_imports() if each.name.endswith(".*")] == []


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
