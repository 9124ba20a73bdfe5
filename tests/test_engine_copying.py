"""Copies and pickles of graphs: what is shared stays shared, and depth doesn't matter."""

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.walk.order import topological_order

DEEP = 10**6


def pickled(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


def pickled_by_the_first_protocol(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x, protocol=0))


def pickled_in_python(x: Any) -> Any:
    return pickle._loads(pickle._dumps(x))


COPIES = [copy.deepcopy, pickled, pickled_by_the_first_protocol, pickled_in_python]
each_way = pytest.mark.parametrize("twin", COPIES)
Twin = Callable[[Any], Any]


@each_way
def test_a_graph_is_copied_whole_and_apart(twin: Twin) -> None:
    with autograd.region("layer0"):
        a, b = Value(2.0, label="a"), Value(3.0, requires_grad=False)
        root = autograd.exp(a * b) * a
    root.backward()
    made = twin(root)
    assert made is not root
    assert (made.data, made.grad, made.region) == (root.data, 1.0, "layer0")
    assert made.parents[1].label == "a"
    assert made.parents[1].grad == a.grad
    made.parents[1].grad = None
    made.backward()
    assert made.parents[1].grad == a.grad
    assert [n.op for n in topological_order(made)] == [n.op for n in topological_order(root)]


@each_way
def test_a_node_used_twice_is_copied_once(twin: Twin) -> None:
    a = Value(2.0)
    square = a * a
    made = twin(square + square)
    assert made.parents[0] is made.parents[1]
    assert made.parents[0].parents[0] is made.parents[0].parents[1]


@each_way
@pytest.mark.parametrize("order", ["inner first", "root first"])
def test_nodes_copied_together_stay_parts_of_one_graph(twin: Twin, order: str) -> None:
    a = Value(2.0)
    inner = a * a
    root = inner * a
    if order == "inner first":
        made_a, made_inner, made_root = twin((a, inner, root))
    else:
        made_root, made_inner, made_a = twin((root, inner, a))
    assert made_root.parents == (made_inner, made_a)
    assert made_root.parents[0] is made_inner
    assert made_inner.parents[0] is made_a
    made_root.backward()
    assert made_a.grad == 12.0
    assert a.grad is None


@each_way
def test_a_tensor_graph_is_copied_with_its_settings(twin: Twin) -> None:
    t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    root = (t[..., 0] * t.sum(axis=1)).sum()
    made_t, made = twin((t, root))
    made.backward()
    root.backward()
    assert made_t.grad.tolist() == t.grad.tolist()
    assert not np.shares_memory(made_t.grad, t.grad)


@each_way
def test_a_gradient_that_depends_on_its_leaf_is_copied_with_it(twin: Twin) -> None:
    a = Value(3.0)
    root = a * a * a
    root.backward(create_graph=True)
    made, made_root = twin((a, root))
    slope, made.grad = made.grad, None
    a.grad = None
    slope.backward()
    assert made.grad.item() if isinstance(made.grad, Value) else made.grad == 18.0
    assert made_root.data == 27.0


@each_way
def test_a_row_that_neurons_share_stays_shared(twin: Twin) -> None:
    x = np.array([Value(1.0), Value(2.0)])
    hidden = autograd.affine(x * x, np.array([[Value(3.0), 4.0], [5.0, 6.0]], object))
    root = autograd.total(hidden)
    made = twin(root)
    one, other = made.parents
    assert one._a is other._a
    assert (made.data, [p.data for p in one._a]) == (3 + 16 + 5 + 24, [1.0, 4.0])
    made.backward()
    assert one._a[0].parents[0].grad == 2 * (3 + 5)


@each_way
def test_a_stale_graph_stays_stale(twin: Twin) -> None:
    w = Tensor([1.0, 2.0])
    root = (w * w).sum()
    w.data = w.data * 2
    with pytest.raises(ValueError, match="stale"):
        twin(root).backward()


def test_a_shallow_copy_of_a_leaf_is_another_leaf_with_its_data_and_gradient() -> None:
    w = Value(2.0, label="w")
    (w * w).backward()
    made = copy.copy(w)
    assert made is not w
    assert (made.data, made.grad, made.label) == (2.0, 4.0, "w")
    made.data = 5.0
    assert w.data == 2.0


def test_a_shallow_copy_of_an_interior_node_shares_its_operands() -> None:
    w = Value(2.0)
    square = w * w
    made = copy.copy(square)
    assert made is not square
    made.backward()
    assert w.grad == 4.0
    assert square.grad is None


def test_an_attribute_of_a_users_own_leaf_is_copied() -> None:
    class Named(Value):
        pass

    leaf = Named(2.0)
    leaf.unit = ["m"]
    made = copy.deepcopy(leaf)
    assert type(made) is Named
    assert made.unit == ["m"]
    assert made.unit is not leaf.unit
    assert copy.copy(leaf).unit is leaf.unit


def test_what_is_pickled_later_is_as_it_was_then() -> None:
    a = Value(2.0)
    root = a * a
    first = pickle.dumps(root)
    root.backward()
    assert pickle.loads(first).grad is None
    assert pickled(root).grad == 1.0


def test_threads_that_pickle_at_once_don_t_meet() -> None:
    root = Value(2.0)
    for _ in range(2_000):
        root = root * 1.0
    sizes: list[int] = []

    def dump() -> None:
        sizes.extend(len(pickle.dumps(root)) for _ in range(5))

    threads = [threading.Thread(target=dump) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(sizes)) == 1


@pytest.mark.slow
def test_many_roots_are_pickled_in_time_linear_in_them() -> None:
    """Twenty thousand roots with a snapshot each: a search through them would take minutes."""
    x = Value(2.0)
    made = pickled([x * float(k) for k in range(20_000)])
    assert made[-1].data == 2.0 * 19_999
    assert made[0].parents[0] is made[-1].parents[0]


@pytest.mark.slow
@pytest.mark.parametrize("twin", [copy.deepcopy, pickled])
def test_a_chain_of_a_million_nodes_is_copied(twin: Twin) -> None:
    one = Value(1.0, requires_grad=False)
    x = y = Value(0.5)
    for _ in range(DEEP):
        y = y + one
    made = twin(y)
    del x, y
    made.backward()
    assert made.data == DEEP + 0.5
    while made.op is not None:
        made = made.parents[0]
    assert made.grad == 1.0
