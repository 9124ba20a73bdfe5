"""``scalars``: the graph of Values that a graph of Tensors is, element by element.

The rule book is the only list of rules. An elementwise op runs on each element. The function of a
structural op runs on arrays of Values (``value_arrays.py``), and then its own pullback says whether
that has the op's value and its derivatives. Where it hasn't, at a tie of ``max`` or in a call of
LAPACK, each element of the result is one node with the numbers of its row of the Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd.node.mode import Mode, in_mode
from autograd.node.node import Node
from autograd.numbers.kinds import quiet
from autograd.numbers.unknown import is_unknown
from autograd.numbers.words import with_article
from autograd.ops.arithmetic import identity
from autograd.ops.extremes import maximum, minimum
from autograd.ops.reduction import kept_shape, to_last
from autograd.ops.scalars import linearised
from autograd.rules.op import Elementwise
from autograd.rules.recorded_op import Recorded
from autograd.transforms.parameter_paths import Names
from autograd.values.filters import conv
from autograd.values.scalar_rows import affine
from autograd.values.value import Value
from autograd.values.value_arrays import as_plain, as_values, of_values
from autograd.walk.order import topological_order
from autograd.walk.reverse import accumulate, contributions, refuse_stale, rows_of

Objects: TypeAlias = npt.NDArray[np.object_]
LIMIT = 1_000_000
MOST_SLOPES = 10_000_000
SMALL = 64  # operands that a row of a Jacobian shows in full, its zeros too
_PRODUCTS = ("affine", "conv", "einsum", "matmul", "tensordot")  # a node for each element

# What an array of Values does otherwise than an array of numbers.
_OF_VALUES: dict[str, Callable[..., Any]] = {
    "affine": affine,  # a neuron is one node
    "conv": conv,  # so is each output here
    "astype": lambda x, *, dtype: x,  # Values are of float64
    "from_scalars": lambda row, *, shape: np.fromiter(row, object, len(row)).reshape(shape),
}


def _chain(op: Elementwise) -> Callable[..., Any]:
    """Return a reduction of Values as a chain of an op of two."""

    def along(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        rows = to_last(x, axis)
        found = np.empty(rows.shape[:-1], object)
        for place in np.ndindex(found.shape):
            found[place] = reduce(op, rows[place])
        return found.reshape(kept_shape(x.shape, axis)) if keepdims else found[()]

    return along


# What is chosen anew where numbers change. Three that tie have a third each, and no chain then.
_CHOSEN_ANEW = {"max": _chain(maximum), "min": _chain(minimum)}


class Scalars:
    """The graph of Values that a graph of Tensors is: what ``scalars`` returns.

    Attributes
    ----------
    root : Value or array of Value
        The root's elements; the Value itself for a root of shape ``()``.
    """

    root: Any

    def __init__(self, root: Node, *, by_slot: bool = False) -> None:
        self._arrays: dict[Node, Objects] = {}
        self._by_slot = by_slot
        self._functions = _OF_VALUES | _CHOSEN_ANEW if by_slot else _OF_VALUES
        self._through: dict[tuple[Node, int], Objects] = {}
        order = topological_order(root)
        self._names = Names(root, order)
        for node in order:
            self._arrays[node] = self._labelled(node, self._open(node))
        self.root = _bare(self._of(root))

    def __getitem__(self, key: Node | str) -> Any:
        """Return the Values of a tensor of the graph, or of the one with a name.

        Parameters
        ----------
        key : Node or str
            A node of the graph; its label; or a parameter's path, as in ``"layer0.weight"``: the
            region that uses it, and its label.

        Returns
        -------
        Value, or array of Value of the tensor's shape

        Raises
        ------
        KeyError
            If it isn't in the graph, or several have that name.
        """
        node = self._names[key] if isinstance(key, str) else key
        if node not in self._arrays:
            raise KeyError(
                "this node isn't in the graph: only what the root was computed from is. An element "
                "of a tensor t is s[t][1, 0], and not s[t[1, 0]]"
            )
        return _bare(self._arrays[node])

    def through(self, node: Node, slot: int) -> Objects | None:
        """Return the Values through which a node takes an operand, as an array of its shape.

        Their gradients are the contribution of that slot: ``x @ x`` takes x through two arrays of
        Values of their own. Only ``by_slot`` has them, and only of what takes a gradient.
        """
        return self._through.get((node, slot))

    def __contains__(self, key: object) -> bool:
        return key in self._arrays

    def __len__(self) -> int:
        """Return how many Values there are, constants among them."""
        return len({x for array in self._arrays.values() for x in array.flat})

    def __repr__(self) -> str:
        return f"<scalars: {len(self._arrays)} tensors in {len(self):,} Values>"

    # How it is made ---------------------------------------------------------------------------

    def _of(self, node: Node) -> Objects:
        if node not in self._arrays:  # a leaf, met for the first time
            numbers = node._data.ravel().tolist() if node._rank else [node._data]
            made = [Value(x, requires_grad=node.requires_grad) for x in numbers]
            array = np.fromiter(made, object, len(made)).reshape(np.shape(node._data))
            self._arrays[node] = self._labelled(node, array)
        return self._arrays[node]

    def _labelled(self, node: Node, array: Objects) -> Objects:
        for place, value in np.ndenumerate(array) if node.label else ():
            if not value.label:
                value.label = f"{node.label}[{', '.join(map(str, place))}]" if place else node.label
        return array

    def _open(self, node: Node) -> Objects:
        for parent, then in zip(node.parents, node.operands, strict=True):
            if parent._data is not then:
                refuse_stale(node, parent, then)
        with in_mode(Mode(note=node.note._replace(label="") if node.note is not None else None)):
            operands = [self._operand(node, slot) for slot in range(len(node.parents))]
            found = self._computed(node, operands)
            return _apart(found) if self._by_slot else found

    def _operand(self, node: Node, slot: int) -> Objects:
        parent = node.parents[slot]
        array = self._of(parent)
        if not (self._by_slot and parent.requires_grad):
            return array
        through = [identity(x) for x in array.flat]
        found = np.fromiter(through, object, len(through)).reshape(array.shape)
        self._through[node, slot] = found
        return found

    def _computed(self, node: Node, operands: list[Objects]) -> Objects:
        if isinstance(node.op, Recorded):
            return self._recorded(node, operands, node.op.ours)
        if isinstance(node.op, Elementwise) or not _of_tensors(node):
            return as_values(_run(node, operands, self._functions))
        try:
            given = [of_values(x) for x in operands]
            found = as_values(as_plain(_run(node, given, self._functions)))
        except Exception:  # its function is of arrays of numbers
            return _linearised(node, operands)
        if node.op is not None and (node.op.moves or _agrees(node, operands, found)):
            return found
        return _linearised(node, operands)

    def _recorded(
        self, node: Node, operands: list[Objects], ours: Callable[..., Any] | None
    ) -> Objects:
        """Return the Values of another engine's node by our function for it, if they agree."""
        if ours is None or any(map(is_unknown, node.operands)):
            return _linearised(node, operands)
        given = [_alike(parent) for parent in node.parents]
        try:
            root = ours(*given)
            order = topological_order(root)
            self._arrays.update(zip(given, operands, strict=True))
            for each in order:
                self._arrays[each] = self._open(each)
            found = self._of(root)
        except Exception:  # ours is a second opinion, and may not know all that theirs does
            return _linearised(node, operands)
        linear = all(each.op is not None and each.op.linear for each in order)
        return found if _agrees(node, operands, found, linear) else _linearised(node, operands)


def _alike(node: Node) -> Node:
    """Return a leaf with a node's data: a variable if the node is one."""
    made: Node = type(node)(node._data, requires_grad=node.requires_grad)  # type: ignore[call-arg]
    return made


def scalars(root: Node, *, limit: int = LIMIT) -> Scalars:
    """Return a graph of Tensors as a graph of Values, with the same numbers and gradients.

    Every element is a Value, so that all that shows scalars shows it: ``why``, ``step``, ``draw``.
    Elementwise ops are taken element by element; what moves elements moves the Values; products of
    matrices are rows (``dot``, ``neuron``), sums are ``total``. Regions and labels are kept. An op
    without a form in scalars is one node for each element of its result, with the numbers of its
    row of the Jacobian, and no derivative beyond the first.

    Parameters
    ----------
    root : Tensor or Value
        The result. It stays as it is: the graph that is returned is a new one.
    limit : int
        How many Values there may be. They are counted from the shapes before one is made.

    Returns
    -------
    Scalars
        ``s.root`` is the root; ``s[t]`` are the Values of a tensor of the graph; ``s["h"]`` those
        of the one with that label, or with that path, as in ``s["layer0.weight"]``.

    Raises
    ------
    TypeError
        If ``root`` isn't a node.
    ValueError
        If there would be more Values than ``limit``, or a leaf's data changed after the forward
        pass.

    Examples
    --------
    >>> from autograd import Tensor, scalars
    >>> W, x = Tensor([[1.0, 2.0], [3.0, 4.0]], label="W"), Tensor([1.0, -1.0], label="x")
    >>> s = scalars((W @ x).sum())
    >>> s.root
    Value(-2.0)
    >>> s.root.backward()
    >>> s[W][1, 0]
    Value(3.0, grad=1.0, label='W[1, 0]')
    """
    if not isinstance(root, Node):
        raise TypeError(f"scalars needs a Tensor or a Value, got {with_article(root)}")
    count = count_elements(root)
    if count > limit:
        raise ValueError(
            f"the graph has about {count:,} elements, and as many Values are more than the limit, "
            f"{limit:,}: take a smaller batch, or say scalars(root, limit={count:_})"
        )
    return Scalars(root)


def count_elements(root: Node) -> int:
    """Return about how many Values a graph makes, from the shapes alone."""
    order = topological_order(root)
    leaves = {p for node in order for p in node.parents if p.op is None}
    return sum(np.size(leaf._data) for leaf in leaves) + sum(map(_made_by, order))


def _made_by(node: Node) -> int:
    op, size = node.op, int(np.size(node._data))
    if op is None or (op.moves and not op.rows):
        return 0
    if isinstance(op, Elementwise) or op.name in _PRODUCTS or not node._rank:
        return size
    return 2 * size if op.linear else size + 3 * sum(int(np.size(p._data)) for p in node.parents)


def _apart(array: Objects) -> Objects:
    """Return Values of which each is there once and takes a gradient: one for each element."""
    seen: set[Node] = set()
    found = []
    for x in _elements(array):
        own = x if x.requires_grad else Value(x._data)
        if own in seen:
            own = identity(own)
        seen.add(own)
        found.append(own)
    return np.fromiter(found, object, len(found)).reshape(array.shape)


def _bare(array: Objects) -> Any:
    return array if array.ndim else array[()]


def _elements(array: Objects) -> list[Any]:
    found: list[Any] = array.ravel().tolist()
    return found


def _of_tensors(node: Node) -> bool:
    return bool(node._rank or any(p._rank for p in node.parents))


@quiet
def _run(node: Node, operands: list[Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """Run a node's op, or what stands for it, on the Values that its operands have become."""
    op, settings = node.op, node.params or {}
    if op is None:
        return operands
    if op.rows or not _of_tensors(node):
        operands = [_bare(as_plain(x)) for x in operands]
    elif op.name in functions or isinstance(op, Elementwise):
        operands = [as_plain(x) for x in operands]
    given = rows_of(node, operands) if op.rows else operands
    by_itself = op if not _of_tensors(node) or isinstance(op, Elementwise) else op.function
    return functions.get(op.name, by_itself)(*given, **settings)


# Whether it has the op's derivatives, and what there is if not ------------------------------------


@quiet
def _agrees(node: Node, operands: list[Objects], found: Objects, linear: bool = False) -> bool:
    """Whether the Values found have a node's data, and pass on what its own pullback passes on."""
    data = np.asarray(node._data)
    if found.shape != data.shape or not any(x.requires_grad for x in _elements(found)):
        return False
    linear |= node.op is None or node.op.linear
    if not (linear or _picks_nothing(operands, found)):
        return False
    close = partial(_close, max(_eps(each) for each in (node, *node.parents)))
    if not close(np.array([x._data for x in _elements(found)]), data.ravel()):
        return False
    cotangent = np.cos(1.7 + 2.3 * np.arange(data.size)).reshape(data.shape).astype(data.dtype)
    by_rule = _by_value(operands, _passed(node, cotangent))
    seeds = _by_value([found], [cotangent])
    order = topological_order(*seeds, stop=by_rule)
    by_values = accumulate(order, seeds)
    passed = np.array([by_values.get(x, 0.0) for x in by_rule])
    return close(passed, np.array(list(by_rule.values())))


def _picks_nothing(operands: list[Objects], found: Objects) -> bool:
    """Whether a result isn't a choice among its operands' Values, as the largest of them is."""
    given = {x for array in operands for x in array.flat}
    return found.size >= sum(x.size for x in operands) or not given.issuperset(found.flat)


def _by_value(arrays: Iterable[Objects], numbers: Iterable[Any]) -> dict[Node, float]:
    """Return the numbers that belong to each variable, added up."""
    found: dict[Node, float] = {}
    for array, added in zip(arrays, numbers, strict=True):
        for x, number in zip(_elements(array), np.ravel(added).tolist(), strict=True):
            if x.requires_grad:
                found[x] = found.get(x, 0.0) + number
    return found


def _eps(node: Node) -> float:
    return float(np.finfo(np.asarray(node._data).dtype).eps)


def _close(eps: float, found: Any, exact: Any) -> bool:
    """Whether numbers are equal but for rounding, however it grew: another rule is farther off."""
    tolerance = eps**0.5
    size = np.abs(exact[np.isfinite(exact)]).max(initial=0.0)
    return np.allclose(found, exact, rtol=tolerance, atol=tolerance * size, equal_nan=True)


def _passed(node: Node, cotangent: Any) -> list[Any]:
    """Return a node's contributions to its operands, of their shapes."""
    passed = contributions(node, cotangent if node._rank else cotangent.item(), node.operands)
    pairs = zip(node.parents, passed, strict=True)
    return [np.asarray(parent._unbroadcast(each), float) for parent, each in pairs]


@quiet
def _linearised(node: Node, operands: list[Objects]) -> Objects:
    """Return a node for each element of a result, with its row of the Jacobian."""
    flat = np.concatenate([np.ravel(x) for x in operands])
    data = np.asarray(node._data)
    name = node.op.name if node.op else ""
    if data.size * flat.size > MOST_SLOPES:
        raise ValueError(
            f"{name} has no form in scalars, and its Jacobian of {data.size:,} by {flat.size:,} "
            "numbers is too big to be shown: take a smaller batch"
        )
    found = np.empty(data.shape, object)
    for place, number in np.ndenumerate(data):
        unit = np.zeros_like(data)
        unit[place] = 1
        slopes = np.concatenate([np.ravel(x) for x in _passed(node, unit)])
        row = np.arange(flat.size) if flat.size <= SMALL else np.flatnonzero(slopes)
        if not row.size:
            found[place] = float(number)
            continue
        at = tuple(x.data for x in as_values(flat[row]))
        settings = {"of": name, "value": float(number), "slopes": tuple(slopes[row].tolist())}
        found[place] = linearised(tuple(flat[row]), at=at, **settings)
    return as_values(found)
