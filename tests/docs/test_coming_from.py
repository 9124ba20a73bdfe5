"""The tables for those who come from another library: both columns run, and give the same."""

import ast
import inspect
import re
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
import scipy.special
import torch
from micrograd import engine as micrograd
from run_page import blocks

import autograd
import init
import nn
from autograd import Tensor, Value
from autograd.extend import topological_order

FOLDER = Path(__file__).parents[2] / "docs" / "coming_from"
PAGES = {page.stem: page for page in FOLDER.glob("*.md") if page.stem != "index"}
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|(?: `([^`]+)` \|)?$", re.MULTILINE)


class Row(NamedTuple):
    """What stands in a row: their code, ours, and what both give where theirs isn't run here."""

    theirs: str
    ours: str
    gives: str


def table(page: Path) -> list[Row]:
    """Return the rows of the first table of a page."""
    first = page.read_text("utf-8").partition("|---|---|")[2].partition("\n\n")[0]
    rows = [Row(*cells) for cells in ROW.findall(first)]
    assert len(rows) == first.count("\n| ")  # none is overlooked
    return rows


def result(code: str, names: dict[str, Any]) -> Any:
    """Run a cell; return the value of its last expression, or what it last assigned."""
    *before, last = ast.parse(code).body
    exec(compile(ast.Module(before, []), code, "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), code, "eval"), names)
    exec(compile(ast.Module([last], []), code, "exec"), names)
    return eval(ast.unparse(last.targets[0]), names) if isinstance(last, ast.Assign) else None


def plain(x: Any) -> Any:
    """The numbers in what a library returned, as plain Python; of anything else, nothing."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        return [plain(each) for each in x]
    if hasattr(x, "detach"):
        x = x.detach()
    if not hasattr(x, "__array__") or isinstance(x, Tensor):
        x = getattr(x, "data", x)
    if isinstance(x, str | bool | int | float):
        return x
    return np.asarray(x).tolist() if hasattr(x, "__array__") else None


def agree(theirs: Any, ours: Any) -> bool:
    """Whether two nests have the same numbers, to a few units in the last place."""
    if isinstance(theirs, dict):
        return theirs.keys() == ours.keys() and all(agree(theirs[k], ours[k]) for k in theirs)
    if isinstance(theirs, list):
        return len(theirs) == len(ours) and all(map(agree, theirs, ours))
    if isinstance(theirs, float):
        return isinstance(ours, float) and abs(theirs - ours) <= 1e-14 * max(1.0, abs(theirs))
    return bool(theirs == ours)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own
@pytest.mark.slow
@pytest.mark.parametrize("page", ["jax", "micrograd", "pytorch"])
def test_both_columns_give_the_same(page: str) -> None:
    theirs, ours = ({}, {})  # type: tuple[dict[str, Any], dict[str, Any]]
    with jax.enable_x64(True) if page == "jax" else nullcontext():
        for block, names in zip(blocks(PAGES[page]), (theirs, ours), strict=True):
            exec(block.code, names)
        for row in table(PAGES[page]):
            found = plain(result(row.theirs, theirs)), plain(result(row.ours, ours))
            assert agree(*found), (row, found)


@pytest.mark.parametrize("page", ["hips_autograd", "mygrad"])
def test_our_column_gives_what_stands_beside_it(page: str) -> None:
    """Theirs was run once: HIPS' package has our name, and MyGrad is used nowhere else."""
    (block,) = blocks(PAGES[page])
    names: dict[str, Any] = {}
    exec(block.code, names)
    for row in table(PAGES[page]):
        found = plain(result(row.ours, names))
        assert row.gives == "..." or agree(plain(ast.literal_eval(row.gives)), found), (row, found)


def test_every_page_has_a_test_and_enough_rows() -> None:
    assert set(PAGES) == {"hips_autograd", "jax", "micrograd", "mygrad", "pytorch"}
    assert min(len(table(page)) for page in PAGES.values()) > 10


@pytest.mark.parametrize(("theirs", "ours"), [(1.0, 1.1), ([1.0], [1.0, 2.0]), (True, False)])
def test_what_differs_does_not_agree(theirs: Any, ours: Any) -> None:
    assert not agree(theirs, ours)


# What is otherwise -------------------------------------------------------------------------------


def raises(error: type[Exception], code: str, **names: Any) -> bool:
    """Whether a program raises an error."""
    with pytest.raises(error):
        exec(code, {"autograd": autograd, "np": np, **names})
    return True


def freed() -> bool:
    """Torch refuses a second pass; ours adds to the leaves."""
    theirs, ours = torch.tensor(3.0, requires_grad=True), Value(3.0)
    squares = theirs * theirs, ours * ours
    for square in squares:
        square.backward()
    squares[1].backward()
    return raises(RuntimeError, "square.backward()", square=squares[0]) and ours.grad == 12.0


def clipped() -> bool:
    ours, theirs = Tensor([3.0, 4.0]), torch.tensor([3.0, 4.0], dtype=torch.float64)
    ours.grad, theirs.grad = np.array([3.0, 4.0]), theirs.clone()
    nn.clip_grad_norm([ours], 1.0)
    torch.nn.utils.clip_grad_norm_([theirs], 1.0)
    by_rule = theirs.detach().numpy() / (5.0 + 1e-6)
    return np.allclose(ours.grad, [0.6, 0.8], 1e-15) and np.allclose(theirs.grad, by_rule, 1e-15)


def own_op() -> bool:
    with autograd.temporary_registry():
        return autograd.grad(autograd.elementwise("cube", "x * x * x", "3 * x * x"))(2.0) == 12.0


def interior() -> bool:
    y = 2 * Value(1.0)
    (y * y).backward()
    return y.grad == 4.0


def unselected() -> bool:
    theirs = torch.tensor(-1.0, requires_grad=True)
    torch.where(theirs > 0, theirs.sqrt(), torch.tensor(0.0)).backward()
    ours = autograd.grad(lambda x: autograd.where(x > 0, autograd.sqrt(x), 0))(-1.0)
    return bool(theirs.grad.isnan()) and ours == 0.0


def conjugate() -> bool:
    """Of the real part of z², which JAX says is 2z."""
    theirs, ours = torch.tensor(1 + 2j, requires_grad=True), Value(1 + 2j)
    (theirs * theirs).real.backward()
    (ours * ours).real.backward()
    jaxs = jax.grad(lambda z: (z * z).real)(1 + 2j)
    return ours.grad == complex(jaxs) == complex(theirs.grad).conjugate()


def branches() -> bool:
    def f(x: Any) -> Any:
        return x * x if x > 0 else -x

    with pytest.raises(jax.errors.TracerBoolConversionError):
        jax.jit(f)(2.0)
    return autograd.jit(f)(2.0) == 4.0


def ties() -> bool:
    shared = jax.grad(jax.numpy.maximum, argnums=(0, 1))(1.0, 1.0)
    ours = autograd.grad(autograd.maximum, argnums=(0, 1))(1.0, 1.0)
    return ours == tuple(map(float, shared)) == (0.5, 0.5) and (
        autograd.grad(autograd.relu)(0.0) == jax.grad(jax.nn.relu)(0.0) == 0.0
    )


def deep() -> bool:
    def slope(leaf: Any) -> Any:
        total = leaf
        for _ in range(10_000):
            total = total + 1.0
        total.backward()
        return leaf.grad

    with pytest.raises(RecursionError):
        slope(micrograd.Value(0.0))
    return slope(Value(0.0)) == 1.0


def kept() -> bool:
    theirs, ours = micrograd.Value(1.0), Value(1.0)
    return (len((theirs + theirs)._prev), (ours + ours).parents) == (1, (ours, ours))


def twice() -> bool:
    """Of (2a)²: after two passes the leaf has twice its gradient, 16. Theirs has more."""
    grads = []
    for a in (micrograd.Value(1.0), Value(1.0)):
        root = (a * 2) ** 2
        root.backward()
        root.backward()
        grads.append(a.grad)
    return grads[0] > 16.0 == grads[1]


def printed() -> bool:
    out = StringIO()
    with redirect_stdout(out):
        autograd.grad(lambda x: (print(x), x)[1])(2.0)
    return "2.0" in out.getvalue()


def drawn(root: Any) -> bool:
    return len(autograd.draw(root).picture.boxes) > 1 and len(autograd.steps(root)) > 1


def named() -> bool:
    a = Value(1.0)
    autograd.label(locals())
    return a.label == "a"


def nested() -> bool:
    parameters = {"w": 2.0, "b": np.ones(2)}
    return autograd.grad(lambda p: (p["w"] * p["b"]).sum())(parameters)["w"] == 2.0


def special_functions() -> bool:
    """The slope of erf at 0 is 2/√π, by our name and by SciPy's."""
    ours, scipys = (autograd.grad(erf)(0.0) for erf in (autograd.special.erf, scipy.special.erf))
    refused = raises(TypeError, "kv(1.0, x)", kv=scipy.special.kv, x=Value(1.0))
    return ours == scipys == 2 / np.sqrt(np.pi) and refused


def solved_and_convolved() -> bool:
    """The solution of 2x = b moves by b/2; each number of a sequence enters both products."""
    solved = autograd.jacobian(lambda b: np.linalg.solve(2 * np.eye(2), b))(np.ones(2))
    convolved = autograd.grad(lambda x: np.convolve(x, [3.0, 4.0]).sum())(np.ones(3))
    return np.array_equal(solved, np.eye(2) / 2) and convolved.tolist() == [7.0, 7.0, 7.0]


def seeded() -> bool:
    first, second = (nn.Linear(2, 1, rng=np.random.default_rng(0)).weight.data for _ in range(2))
    return np.array_equal(first, second)


# What each row of a second table claims, by its first cell. None: it says that there is nothing.
CLAIMS: dict[str, Callable[[], bool] | None] = {
    # PyTorch
    "tensors are constants,": lambda: Tensor([1.0]).requires_grad > torch.ones(1).requires_grad,
    "`t[i] = 1` changes": lambda: raises(TypeError, "t[0] = 1", t=Tensor([1.0])),
    "float32 by default": lambda: (
        (torch.tensor([1.0]).dtype, Tensor([1.0]).dtype) == (torch.float32, np.float64)
    ),
    "the graph is freed": freed,
    "`clip_grad_norm_`": clipped,
    "`torch.autograd.Function`": own_op,
    "`retain_grad()`": interior,
    '`.to("cuda")`': None,
    "`torch.where(x > 0": unselected,
    "the gradient by a complex number": conjugate,
    # JAX
    "functions are traced": branches,
    "`jit` compiles": lambda: autograd.jit(np.sum, tensors=True)(np.ones(3)) == 3.0,
    "`jax.numpy`": lambda: isinstance(np.sin(Tensor([1.0])), Tensor),
    "float32 unless": lambda: (
        (jax.numpy.ones(1).dtype, Tensor([1.0]).dtype) == (np.float32, np.float64)
    ),
    "`jax.custom_vjp`": own_op,
    "`lax.scan`": branches,
    "`jax.random.key(0)`": seeded,
    "`jax.debug.print`": printed,
    "`jax.make_jaxpr(f)(x)`": lambda: drawn(np.sin(Tensor(1.0))),
    "at ties `max`": ties,
    "GPU, TPU": None,
    # micrograd
    "`draw_dot(L)`": lambda: drawn(Value(1.0) * 2),
    "`trace(L)`": lambda: len(list(topological_order(Value(1.0) * 2))) > 0,
    "`_prev` is a set": kept,
    "`_backward` is a closure": lambda: (Value(1.0) * 2).op.name == "mul",
    '`v.label = "a"` by hand': named,
    "`grad` is 0 before": lambda: (micrograd.Value(1.0).grad, Value(1.0).grad) == (0, None),
    "a second `backward()`": twice,
    "recursion:": deep,
    "`+ * ** relu`": lambda: not hasattr(micrograd.Value, "tanh") and hasattr(Value, "tanh"),
    "94 lines": lambda: len(inspect.getsource(micrograd).splitlines()) == 94,
    # HIPS autograd
    "`import autograd.numpy as np`": lambda: isinstance(np.sin(Value(1.0)), Value),
    "`@primitive`": own_op,
    "`autograd.extend`": lambda: bool(autograd.extend.cotangents(Value(1.0) * 2)),
    "`check_grads(f)(x)`": lambda: bool(autograd.gradcheck(np.sin, 1.0)),
    "`autograd.scipy.special`": special_functions,
    "`autograd.scipy.linalg.solve": solved_and_convolved,
    "`autograd.misc.flatten`": nested,
    "`multigrad_dict`": None,
    # MyGrad
    "`L.backward()` clears": freed,
    "`x[0] = 5.0`": lambda: raises(TypeError, "t[0] = 5.0", t=Tensor([1.0])),
    "`mygrad.computational_graph": lambda: drawn(Value(1.0) * 2),
    "`y.creator`": lambda: (Value(1.0) * 2).op.name == "mul",
    "`mg.nnet.initializers": lambda: (
        init.he_normal((4, 3), fan_in=3, fan_out=4, rng=0).shape == (4, 3)
    ),
    "`mg.nnet.losses": lambda: nn.cross_entropy(np.zeros((1, 4)), [1]).data == np.log(4.0),
    "first derivatives": lambda: autograd.grad(autograd.grad(np.sin))(0.0) == 0.0,
    "`mygrad.execute_op`": own_op,
}


def second_rows() -> list[tuple[str, str]]:
    """The first two cells of the rows of the second tables, of all pages."""
    texts = [page.read_text("utf-8").partition("\n| in ")[2] for page in PAGES.values()]
    found = re.findall(r"^\| (?!-)(.+?) \| (.+) \|$", "\n".join(texts), re.MULTILINE)
    return [cells for cells in found if not cells[0].startswith("in ")]


@pytest.mark.parametrize(("theirs", "ours"), second_rows())
def test_what_is_otherwise_is_so(theirs: str, ours: str) -> None:
    (claim,) = (holds for start, holds in CLAIMS.items() if theirs.startswith(start))
    assert ours == "none" if claim is None else claim()
