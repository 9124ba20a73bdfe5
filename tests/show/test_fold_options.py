"""What a person may ask of a drawing: its folding, its middle, its colours; and what lines show."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, draw, region, total
from autograd.reading.numbered_graph import NumberedGraph
from autograd.show import graphviz_engine
from autograd.show.picture import Line, Picture
from autograd.show.repetition import repeated_pieces
from autograd.show.theme import DARK, LIGHT, Theme


def network(inputs: int = 2, neurons: int = 3, batch: int = 1) -> Value:
    """Two layers of tanh neurons, run for each example of a batch; the sum of the first's."""
    weights = [[Value(0.1 * (k + 1)) for k in range(inputs)] for _ in range(neurons)]
    losses = []
    for example in range(batch):
        x = [Value(0.5 + example, requires_grad=False) for _ in range(inputs)]
        for layer in range(2):
            out = []
            for j in range(neurons):
                with region("mlp"), region(f"layer{layer}"), region(f"neuron{j}"):
                    total = x[0] * weights[j][0]
                    for k in range(1, inputs):
                        total = total + x[k] * weights[j][k]
                    out.append(total.tanh())
            x = out
        losses.append(x[0])
    root = losses[0]
    for loss in losses[1:]:
        root = root + loss
    return root


def folded(picture: Picture) -> set[str]:
    return {f"{b.region}/{b.name}".strip("/") for b in picture.boxes if len(b.members) > 1}


def line(picture: Picture, tail: str, head: str) -> Line:
    names = {box.id: box.name for box in picture.boxes}
    (found,) = (e for e in picture.lines if (names[e.tail], names[e.head]) == (tail, head))
    return found


def hundredfold() -> tuple[Value, Value, Value]:
    """``out = near + 0.01 * far``: a hundredth of the gradient flows to ``far``."""
    near, far = Value(1.0, label="near"), Value(1.0, label="far")
    small = far * 0.01
    small.label = "small"
    out = near + small
    out.label = "out"
    return near, far, out


class TestFolding:
    def test_neurons_are_folded(self) -> None:
        names = ("layer0/neuron0", "layer0/neuron1", "layer1/neuron0")  # all that reach the root
        found = folded(draw(network(neurons=2), fold="neuron").picture)
        assert found == {f"mlp/{name}" for name in names}

    def test_layers_are_folded(self) -> None:
        assert folded(draw(network(), fold="layer").picture) == {"mlp/layer0", "mlp/layer1"}

    def test_a_depth_folds_what_is_deeper(self) -> None:
        assert folded(draw(network(), depth=1).picture) == {"mlp"}

    def test_a_function_folds_nodes_by_the_names_that_it_gives(self) -> None:
        picture = draw(network(), fold=lambda node: node.op.name if node.op else None).picture
        assert folded(picture) == {"mul", "add", "3 × tanh"}
        leaves = [box for box in picture.boxes if len(box.members) == 1]
        assert len(leaves) == sum(n.op is None for n in nodes_of(network()))

    def test_leaves_that_a_function_folds_say_how_many_they_are(self) -> None:
        root = total([Value(float(k)) for k in range(5)])
        picture = draw(root, fold=lambda node: None if node.op else "inputs").picture
        assert [(box.name, box.remark) for box in picture.boxes if len(box.members) > 1] == [
            ("inputs", "5 nodes")
        ]

    def test_every_node_is_in_one_box(self) -> None:
        root = network(batch=30)
        for options in ({"fold": "layer"}, {"fold": "neuron"}, {"depth": 1}, {"depth": 2}):
            boxes = draw(root, **options).picture.boxes  # type: ignore[arg-type]
            assert sorted(k for b in boxes for k in b.members) == list(range(len(nodes_of(root))))

    def test_a_function_must_return_a_name(self) -> None:
        with pytest.raises(TypeError, match=r"must return a name .* got an int"):
            draw(network(), fold=lambda node: 3)  # type: ignore[arg-type, return-value]

    def test_ways_exclude_each_other(self) -> None:
        with pytest.raises(ValueError, match="three ways to show less"):
            draw(network(), fold="layer", depth=1)

    @pytest.mark.parametrize("wrong", [0, -1, 1.5, True])
    def test_a_depth_is_a_positive_integer(self, wrong: int) -> None:
        with pytest.raises(ValueError, match="depth must be an integer from 1 on"):
            draw(network(), depth=wrong)

    def test_what_cannot_be_folded_below_3000_boxes_is_refused(self) -> None:
        x = Value(1.0)
        for k in range(3_100):
            with region(f"r{k}"):
                x = x * 1.0
        with pytest.raises(ValueError, match='leave it to fold="auto"'):
            draw(x, fold="neuron")

    @pytest.mark.slow
    @pytest.mark.parametrize("fold", ["auto", "layer", "neuron"])
    def test_ten_thousand_nodes_are_folded_to_a_picture_that_can_be_read(self, fold: str) -> None:
        """And laid out fast: the seconds are measured by benchmarks/stepping.py."""
        root = network(4, 4, 240)
        root.backward()
        assert len(nodes_of(root)) >= 10_000
        drawing = draw(root, fold=fold)  # type: ignore[arg-type]
        assert len(drawing.picture.boxes) <= 50
        assert "<svg" in drawing.svg


def nodes_of(root: Value) -> list[object]:
    return list(NumberedGraph(root).nodes)


OTHER = Value(3.0, label="other")


class TestRolling:
    def test_a_part_that_is_run_for_a_batch_says_how_often(self) -> None:
        picture = draw(network(batch=100), fold="neuron").picture
        (box,) = (b for b in picture.boxes if (b.name, b.region) == ("neuron0", "mlp/layer1"))
        assert box.remark.startswith("×100 · ")

    def test_one_that_is_run_once_says_nothing(self) -> None:
        picture = draw(network(), fold="neuron").picture
        assert not any(box.remark.startswith("×") for box in picture.boxes)

    @pytest.mark.parametrize("kind", [float, Value], ids=["numbers", "values"])
    def test_a_loop_over_a_batch_without_a_region_is_drawn_once(self, kind: type) -> None:
        """A loss as one writes it: each operation of an example is a box, ×100, and so is a sum."""
        w, b = Value(0.3, label="w"), Value(-0.1, label="b")
        data = [(kind(0.1 * k), kind(0.2 * k)) for k in range(100)]
        loss = sum(((w * x + b).tanh() - y) ** 2 for x, y in data) / 100
        picture = draw(loss).picture
        made = Counter((box.symbol, box.remark) for box in picture.boxes if box.symbol)
        rolled = [(symbol, "×100") for symbol in ("×", "+", "tanh", "−")]
        power = ("xⁿ", "×100")
        assert made == Counter([*rolled, power, ("+", "×100"), ("÷", "")])
        assert {box.name for box in picture.boxes if box.nodes == 1} >= {"w", "b"}
        assert "open a box" in picture.caption

    @pytest.mark.parametrize(
        "term",
        [
            pytest.param(lambda w, k: w * 2.0 if k % 2 else w.tanh(), id="op"),
            pytest.param(lambda w, k: (w * 2.0) ** k, id="setting"),
            pytest.param(lambda w, k: Value(2.0) * w if k % 2 else w * 2.0, id="order"),
            pytest.param(lambda w, k: w * w if k % 2 else w * Value(1.0), id="sharing"),
            pytest.param(lambda w, k: w * 2.0 if k % 2 else OTHER * 2.0, id="which is shared"),
        ],
    )
    def test_terms_that_differ_are_not_rolled_together(self, term: Any) -> None:
        w = Value(0.5, label="w")
        picture = draw(total([term(w, k) for k in range(160)]), at="").picture
        assert picture.hidden
        assert "×160" not in {box.remark for box in picture.boxes}

    def test_a_chain_with_a_term_at_each_link_is_rolled_in_no_more_than_linear_work(self) -> None:
        """Only pieces of one size are compared with each other."""

        def calls(length: int) -> int:
            x, w = Value(1.0), Value(2.0)
            for _ in range(length):
                x = x * 0.9 + w.tanh()
            view = NumberedGraph(x)
            made: list[str] = []
            sys.setprofile(lambda frame, what, arg: made.append(what))
            try:
                repeated_pieces(view, list(range(len(view.nodes))), lambda k: None)
            finally:
                sys.setprofile(None)
            return len(made)

        assert calls(500) < 11 * calls(50)

    def test_pieces_that_differ_are_not_rolled(self) -> None:
        x = Value(1.0)
        with region("part"):
            y, z = x.tanh() * 2.0, x.exp() * 2.0
        (box,) = (b for b in draw(y + z, depth=1).picture.boxes if b.name == "part")
        assert not box.remark.startswith("×")


class TestAround:
    def test_it_shows_what_is_near(self) -> None:
        a = Value(1.0, label="a")
        b = a * 2.0
        b.label = "b"
        c = b.tanh()
        for hops, names in ((0, {"b"}), (1, {"a", "b", ""}), (2, {"a", "b", ""})):
            picture = draw(c.exp(), around=b, hops=hops).picture
            assert {box.name for box in picture.boxes} == names
            assert len(picture.boxes) == {0: 1, 1: 4, 2: 5}[hops]

    def test_it_says_what_is_left_out(self) -> None:
        x = Value(1.0)
        y = x * 2.0
        assert draw(y.tanh(), around=x, hops=1).picture.caption == (
            "2 nodes more than 1 hop away not shown"
        )

    def test_it_shows_itself_without_its_root(self) -> None:
        x = Value(1.0, label="x")
        drawing = draw((x * 2.0).tanh(), around=x, hops=0)
        assert repr(drawing).splitlines()[0].startswith("x 1.0")
        assert ET.fromstring(drawing.svg) is not None

    def test_a_node_of_another_graph_is_refused(self) -> None:
        with pytest.raises(ValueError, match="isn't in its graph"):
            draw(Value(1.0) * 2.0, around=Value(3.0))

    def test_what_is_no_node_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"draw\(around=\.\.\.\) needs a Value or a Tensor"):
            draw(Value(1.0) * 2.0, around="x")  # type: ignore[arg-type]

    @pytest.mark.parametrize("links", [100, pytest.param(40_000, marks=pytest.mark.slow)])
    def test_a_large_graph_without_regions_opens_near_its_root(self, links: int) -> None:
        """Two hops before the result, and how to see the rest, at any size."""
        x = Value(0.5)
        for _ in range(links):
            x = (x * 1.1).tanh()
        picture = draw(x).picture
        assert {box.id for box in picture.boxes} == {f"n{3 * links - k}" for k in (0, 1, 2, 3)}
        left = f"{3 * links - 3:,} nodes more than 2 hops away not shown"
        assert picture.caption == f'{left}; draw(..., at="") shows all in bands'
        assert any("…" in box.name for box in draw(x, at="").picture.boxes)

    def test_a_large_graph_of_what_repeats_shows_what_repeats(self) -> None:
        picture = draw(total([Value(0.5) * Value(float(k)) for k in range(60)])).picture
        assert "×60" in {box.remark for box in picture.boxes}


class TestFlow:
    def test_the_most_gradient_has_the_whole_width_and_less_has_less(self) -> None:
        """On a scale of three decades, a hundredth of the most is a third of the way."""
        *_, out = hundredfold()
        out.backward()
        picture = draw(out).picture
        assert line(picture, "near", "out").flow == 1
        assert line(picture, "far", "small").flow == pytest.approx(1 / 3)

    def test_gradients_of_all_sizes_have_a_width(self) -> None:
        """From 1e300 to 1e-300: their ratio is smaller than any float."""
        tiny, huge = Value(1e-300, label="tiny"), Value(1e300, label="huge")
        out = tiny * huge
        out.label = "out"
        out.backward()
        picture = draw(out).picture
        assert line(picture, "tiny", "out").flow == 1
        assert line(picture, "huge", "out").flow == 0

    def test_before_backward_no_line_stands_out(self) -> None:
        *_, out = hundredfold()
        assert {e.flow for e in draw(out).picture.lines} == {0.0}

    def test_a_line_without_gradient_has_no_width(self) -> None:
        x = Value(-1.0, label="x")
        y = x.relu()
        y.label = "y"
        y.backward()
        assert line(draw(y).picture, "x", "y").flow == 0

    def test_a_bad_gradient_stands_out(self) -> None:
        x = Value(0.0, label="x")
        y = x.log()
        y.label = "y"
        y.backward()
        assert line(draw(y).picture, "x", "y").flow == 1

    def test_more_gradient_is_a_thicker_and_redder_line(self) -> None:
        *_, out = hundredfold()
        out.backward()
        drawing = draw(out)
        pens = {
            group.get("id"): path
            for group in ET.fromstring(drawing.svg).iter("{http://www.w3.org/2000/svg}g")
            for path in group.findall("{http://www.w3.org/2000/svg}path")
        }
        thick = pens[line(drawing.picture, "near", "out").id]
        thin = pens[line(drawing.picture, "far", "small").id]
        assert float(thick.get("stroke-width", 0)) > 1.4 * float(thin.get("stroke-width", 9))
        assert thick.get("stroke") == LIGHT.gradient != thin.get("stroke")


class TestHeat:
    def test_a_tensor_that_is_no_grid_has_a_cell_for_each_element(self) -> None:
        (box,) = draw(Tensor([[1.0, -4.0, 2.0, 0.0, 0.0, 0.0, 4.0]] * 2)).picture.boxes
        assert box.heat == (0.25, -1.0, 0.5, 0.0, 0.0, 0.0, 1.0) * 2

    def test_a_tensor_that_is_shown_in_full_has_none(self) -> None:
        (box,) = draw(Tensor([1.0, -4.0, 2.0])).picture.boxes
        assert box.heat == ()

    def test_a_big_tensor_has_the_means_of_its_parts(self) -> None:
        halves = np.concatenate([np.full(500, 3.0), np.full(500, -3.0)])
        (box,) = draw(Tensor(halves)).picture.boxes
        assert len(box.heat) <= 32
        assert box.heat[0] == 1.0
        assert box.heat[-1] == -1.0

    @pytest.mark.parametrize("data", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [1e308, -1e308]])
    def test_any_data_have_a_strip(self, data: list[float]) -> None:
        (box,) = draw(Tensor(data)).picture.boxes
        assert all(-1 <= share <= 1 for share in box.heat)

    def test_a_number_has_none(self) -> None:
        (box,) = draw(Value(1.0)).picture.boxes
        assert box.heat == ()


class TestTheme:
    @pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
    def test_a_theme_has_its_own_colours(self, name: str, theme: Theme) -> None:
        svg = draw(Value(1.0, label="x") * 2.0, theme=name).svg
        assert theme.looks["operation"].fill in svg  # type: ignore[index]

    def test_auto_follows_the_reader(self) -> None:
        svg = draw(Value(1.0) * 2.0, theme="auto").svg
        assert "prefers-color-scheme:dark" in svg
        assert 'fill="var(--ink)"' in svg
        ET.fromstring(svg)

    def test_auto_has_rules_for_nothing_but_its_own_svg(self) -> None:
        """It may be put into another's page, whose ``:root`` has colours of its own."""
        root = ET.fromstring(draw(Value(1.0) * 2.0, theme="auto").svg)
        (style,) = root.iter("{http://www.w3.org/2000/svg}style")
        selectors = set(re.findall(r"([^{};]+)\{--", style.text or ""))
        assert selectors == {f".{root.get('class')}"}

    def test_any_other_is_refused(self) -> None:
        with pytest.raises(ValueError, match='theme must be "light" or "dark" or "auto", got'):
            draw(Value(1.0), theme="pink")


def test_what_a_backward_pass_recorded_is_told_apart() -> None:
    x = Value(2.0, label="x")
    with region("f"):
        y = x * x * x
    y.backward(create_graph=True)
    picture = draw(x.grad).picture
    regions = {box.region for box in picture.boxes if box.kind == "operation"}
    assert regions == {"f", "backward"}


def test_a_variable_that_the_backward_pass_alone_uses_is_no_part_of_it() -> None:
    x = Value(2.0, label="x")
    (x * x).backward(create_graph=True)
    boxes = {box.name: box for box in draw(x.grad).picture.boxes}
    assert boxes["x"].region == ""
    assert "backward" in {box.region for box in boxes.values()}


def test_a_line_that_dot_loses_does_not_lose_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with an error then, after writing all the rest."""

    def lose(program: str, form: str, source: bytes, quiet: bool) -> bytes:
        made = graphviz_engine._by_wasm(source.decode(), form)
        raise subprocess.CalledProcessError(1, program, made, b"Error: lost a b edge")

    monkeypatch.setattr(graphviz_engine, "has_dot", lambda: True)
    monkeypatch.setattr("graphviz.pipe", lose)
    assert ET.fromstring(draw(Value(1.0) * 2.0).svg) is not None
