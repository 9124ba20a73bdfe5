"""A network's picture: order, widths, colours, no text on another, and what is saved of it."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scene_texts import bounds, overlap

import autograd
import nn
from autograd import Tensor, Value, draw
from autograd.show.flow import View
from autograd.show.network.network import Floats, NotANetworkError
from autograd.show.network.network_scene import network_scene
from autograd.show.network.network_search import find_network
from autograd.show.network.number_maps import WEIGHTS, number_map
from autograd.show.scene import Curve, Image, Part, Point, Rectangle, Scene, Text
from autograd.show.theme import DARK, LIGHT, NAMED, Theme

RNG = np.random.default_rng(0)
DIGIT = RNG.uniform(size=(3, 64)) * (RNG.uniform(size=(3, 64)) > 0.5)


def of_model(*sizes: int, scalars: bool = False, rows: int = 1, backward: bool = True) -> Any:
    model: Any = nn.MLP(list(sizes), "tanh", seed=0)
    x = DIGIT[:rows] if sizes[0] == 64 else RNG.normal(size=(rows, sizes[0]))
    loss = nn.mse((model.scalars() if scalars else model)(x), np.ones((rows, sizes[-1])))
    if backward:
        loss.backward()
    return loss


def recurrent(calls: int) -> Any:
    layer: Any = nn.Layer(3, 2, "tanh", rng=0).scalars()
    state = [Value(0.0), Value(0.0)]
    for t in range(calls):
        state = list(layer([Value(float(t), label=f"x_{t}"), *state]))
    loss = autograd.total(state)
    loss.backward()
    return loss


def with_wrong_numbers() -> Any:
    W = Tensor([[1e300, -1e-300, float("nan")], [float("inf"), -float("inf"), 0.0]])
    loss = autograd.sum(autograd.relu(Tensor([[1.0, -12345.678, 1e-5]]) @ W.T))
    loss.backward()
    return loss


GRAPHS: dict[str, Callable[[], Any]] = {
    "2-4-4-1": lambda: of_model(2, 4, 4, 1, scalars=True),
    "batch": lambda: of_model(2, 2, 1, rows=4),
    "before backward": lambda: of_model(2, 3, 1, backward=False),
    "digits in scalars": lambda: of_model(64, 16, 10, scalars=True),
    "digits": lambda: of_model(64, 64, 10, rows=3),
    "wide": lambda: of_model(2, 100, 100, 3),
    "from list to image": lambda: of_model(64, 8, 64),
    "long lists": lambda: of_model(12, 30, 36, 3),
    "recurrent": lambda: recurrent(4),
    "100 calls": lambda: recurrent(100),
    "deep": lambda: of_model(2, *[3] * 20, 1, scalars=True),
    "one unit": lambda: of_model(1, 1),
    "wrong numbers": with_wrong_numbers,
}


@pytest.fixture(params=GRAPHS)
def graph(request: pytest.FixtureRequest) -> Any:
    return GRAPHS[request.param]()


def scene_of(root: Any, theme: Theme = LIGHT) -> Scene:
    return network_scene(find_network(View(root)), theme)


def shapes(scene: Scene, kind: type[Any], role: str = "") -> list[Any]:
    parts = (part for part in scene.parts if role in part.role)
    return [shape for part in parts for shape in part.shapes if isinstance(shape, kind)]


def test_no_text_lies_on_another_or_on_an_image_and_all_are_inside(graph: Any) -> None:
    scene = scene_of(graph)
    texts = shapes(scene, Text)
    rooms = [(t.text, bounds(t)) for t in texts]
    rooms += [("image", (i.x, i.y, i.x + i.width, i.y + i.height)) for i in shapes(scene, Image)]
    found = [
        (name, other)
        for k, (name, room) in enumerate(rooms)
        for other, its in rooms[k + 1 :]
        if overlap(room, its)
    ]
    assert found == []
    outside = [
        name
        for name, room in rooms
        if room[0] < -8 or room[1] < -8 or room[2] > scene.width or room[3] > scene.height
    ]
    assert outside == []


def test_no_box_lies_on_another_or_on_a_text_that_is_not_its_own(graph: Any) -> None:
    parts = [
        part for part in scene_of(graph).parts if part.role not in ("weight", "line", "ground")
    ]
    rooms = []
    for part in parts:
        boxes = [s for s in part.shapes if isinstance(s, Rectangle)]
        rooms.append([(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes])
    for k, part in enumerate(parts):
        texts = [bounds(s) for s in part.shapes if isinstance(s, Text)]
        others = [room for j, its in enumerate(rooms) if j != k for room in its]
        assert [(part.id, t) for t in [*texts, *rooms[k]] for o in others if overlap(t, o)] == []


def test_all_type_can_be_read(graph: Any) -> None:
    assert min(text.size for text in shapes(scene_of(graph), Text)) >= 11


def test_a_small_network_with_its_loss_fits_one_screen_and_more() -> None:
    scene = scene_of(GRAPHS["2-4-4-1"]())
    assert (scene.width, scene.height) <= (1280, 800)
    assert scene.height <= 800


def test_a_long_chain_goes_on_in_the_next_line() -> None:
    scene = scene_of(GRAPHS["deep"]())
    assert scene.width <= 1280
    titles = [t.text for t in shapes(scene, Text, "title") if t.bold]
    assert list(dict.fromkeys(titles)) == ["inputs", *(f"layer{k}" for k in range(21))]
    assert [t.text for t in shapes(scene, Text, "title")].count("continued") == len(titles) - 22


def test_of_very_many_columns_those_in_the_middle_are_left_out_and_counted() -> None:
    titles = [t.text for t in shapes(scene_of(GRAPHS["100 calls"]()), Text, "title")]
    assert "76 layers more" in titles
    assert {"layer, call 12", "layer, call 89", "layer, call 100"} <= set(titles)
    assert "layer, call 50" not in titles


# Order and lines ----------------------------------------------------------------------------------


def test_columns_go_right_and_units_go_down_in_their_own_order() -> None:
    scene = scene_of(of_model(2, 11, 3, scalars=True))
    titles = [t for t in shapes(scene, Text, "title") if t.bold]
    assert [t.text for t in titles] == ["inputs", "layer0", "layer1"]
    assert all(a.x < b.x for a, b in pairwise(titles))
    hidden = [p for p in scene.parts if p.id.startswith("s1b0u")]
    texts = [s for part in hidden for s in part.shapes if isinstance(s, Text)]
    names = [t.text for t in texts if t.role == "name"]
    assert names == [str(j) for j in range(11)]
    tops = [s.y for part in hidden for s in part.shapes if isinstance(s, Rectangle)]
    assert tops == sorted(tops)


def weight_lines(scene: Scene) -> list[Part]:
    return [part for part in scene.parts if part.role == "weight"]


def test_a_line_has_the_colour_of_the_sign_and_a_width_by_the_size() -> None:
    model: Any = nn.Linear(4, 1, rng=0).scalars()
    for w, number in zip(model.weight[0], (2.0, -1.0, 0.5, 0.0), strict=True):
        w.data = number
    (y,) = model([1.0, 2.0, 3.0, 4.0])
    lines = [part.shapes[0] for part in weight_lines(scene_of(y))]
    curves = [line for line in lines if isinstance(line, Curve)]
    colours = [LIGHT.positive, LIGHT.negative, LIGHT.positive, LIGHT.constant_line]
    assert [c.stroke for c in curves] == colours
    widths = [c.thickness for c in curves]
    thin = widths[3]
    assert [(w - thin) / (widths[0] - thin) for w in widths] == pytest.approx([1, 0.5, 0.25, 0])


def test_a_gradient_is_a_second_line_in_its_own_ink() -> None:
    model: Any = nn.Linear(2, 1, rng=0).scalars()
    (y,) = model([1.0, 0.0])
    assert [len(part.shapes) for part in weight_lines(scene_of(y))] == [1, 1]
    y.backward()
    first, second = weight_lines(scene_of(y))
    assert [getattr(s, "stroke", "") for s in first.shapes][1:] == [LIGHT.weight_gradient]
    widths = [[s.thickness for s in part.shapes[1:]] for part in (first, second)]  # type: ignore[union-attr]
    assert widths == [[2.5], [0.0]], "the gradient of a weight behind a zero is zero"
    assert "∂L/∂w 1.0" in first.tooltip
    assert "w·x = " in first.tooltip


def test_every_part_has_an_id_of_its_own_that_says_which_weight_or_unit_it_is(graph: Any) -> None:
    ids = [part.id for part in scene_of(graph).parts]
    assert len(ids) == len(set(ids))
    columns = find_network(View(graph)).columns
    lined = [name for name in ids if re.fullmatch(r"s\d+w\d+-\d+", name)]
    for name in lined if len(columns) < 24 else []:
        stage, j, i = map(int, re.findall(r"\d+", name))
        units, inputs = columns[stage - 1].W.shape
        assert j < units
        assert i < inputs


def test_a_line_starts_at_the_box_of_its_input() -> None:
    scene = scene_of(recurrent(2))
    second = [part.shapes[0] for part in weight_lines(scene)][-6:-3]
    starts: list[Point] = [c.points[0] for c in second if isinstance(c, Curve)]
    entering = next(s for p in scene.parts if p.id == "s1b1u0" for s in p.shapes[:1])
    unit = next(s for p in scene.parts if p.id == "s1b0u0" for s in p.shapes[:1])
    for start, box in zip(starts, (entering, unit), strict=False):
        assert isinstance(box, Rectangle)
        assert start == pytest.approx((box.x + box.width, box.y + box.height / 2))


def test_numbers_stand_on_lines_only_where_they_are_few() -> None:
    written = shapes(scene_of(of_model(2, 4, scalars=True)), Text, "weight-text")
    assert [t.role for t in written if t.role] == ["weight", "grad"] * 8
    assert shapes(scene_of(of_model(3, 3, scalars=True)), Text, "weight-text") == []


def test_a_shared_layers_gradients_and_a_batch_are_explained() -> None:
    notes = [t.text for t in shapes(scene_of(recurrent(3)), Text, "legend")]
    assert any("called 3 times" in note for note in notes)
    notes = [t.text for t in shapes(scene_of(of_model(2, 2, 1, rows=4)), Text, "legend")]
    assert any("first of 4 examples" in note for note in notes)


# Images -------------------------------------------------------------------------------------------


def pixels(png: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Decode an 8-bit PNG with a palette, and no filters."""
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        data = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            png[at + 4 : at + 8 + length]
        )
        chunks[png[at + 4 : at + 8]] = data
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    found: np.ndarray[Any, np.dtype[np.uint8]] = palette[rows[:, 1:]]
    return found


def test_a_map_has_a_square_of_dots_for_each_number() -> None:
    dots = pixels(number_map(np.array([[2.0, -2.0, 0.0], [np.nan, 0.5, -0.01]]), WEIGHTS, 2.0))
    side = dots.shape[0] // 2
    assert dots.shape == (2 * side, 3 * side, 3)
    assert tuple(dots[0, 0]) == WEIGHTS[0]
    assert tuple(dots[side - 1, 2 * side - 1]) == WEIGHTS[1]
    assert tuple(dots[0, 2 * side]) == (255, 255, 255)
    red, green, blue = map(int, dots[side, 0])
    assert red > 200 > 60 > max(green, blue), "nan stands out"
    assert int(dots[-1, -1].min()) < 255, "what is small isn't zero"


def test_of_a_large_matrix_a_dot_is_the_largest_of_a_few_numbers() -> None:
    numbers = np.full((300, 600), 0.01)
    numbers[299, 599] = -1.0
    dots = pixels(number_map(numbers, WEIGHTS, 1.0))
    assert dots.shape == (100, 200, 3)
    assert tuple(dots[99, 199]) == WEIGHTS[1]
    assert tuple(dots[99, 198]) == tuple(dots[0, 0]) != (255, 255, 255)


def test_a_digit_is_shown_as_a_digit_with_images_of_weights_beside_the_units() -> None:
    scene = scene_of(GRAPHS["digits in scalars"]())
    image = shapes(scene, Image, "map")[0]
    dots = pixels(image.png)
    ink = dots[:: dots.shape[0] // 8, :: dots.shape[1] // 8].min(axis=2) < 255
    np.testing.assert_array_equal(ink, DIGIT[0].reshape(8, 8) > 0)
    assert len(shapes(scene, Image, "weight-image")) == 2 * 16


# What a user gets ---------------------------------------------------------------------------------


def test_a_drawing_of_a_network_shows_and_saves_itself(tmp_path: Path) -> None:
    drawing = draw(of_model(64, 4, 2), fold="network")
    assert drawing._repr_mimebundle_()[0].keys() >= {"image/svg+xml", "text/plain"}
    assert "layer0  4 units  tanh" in repr(drawing)
    for name in ("n.svg", "n.png", "n.pdf"):
        assert drawing.save(tmp_path / name).stat().st_size > 1_000
    root = ET.fromstring((tmp_path / "n.svg").read_text(encoding="utf-8"))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}image"))) == 1 + 4 * 2 + len(
        ["scale of numbers", "scale of gradients"]
    )
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_every_theme_paints_every_network(graph: Any, theme: str) -> None:
    ET.fromstring(draw(graph, fold="network", theme=theme).svg)


def test_a_theme_changes_colours_and_nothing_else(graph: Any) -> None:
    light, dark, named = (scene_of(graph, theme) for theme in (LIGHT, DARK, NAMED))
    assert {t.text for t in shapes(light, Text)} == {t.text for t in shapes(dark, Text)}
    assert (light.width, light.height) == (named.width, named.height)


def linear(colour: str) -> Floats:
    """Return the linear parts of an sRGB colour."""
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2.2."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


# Machado, Oliveira & Fernandes 2009, severity 1: what colour-blind people see.
SIGHT = {
    "all cones": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def lab(colour: str, sight: str) -> Floats:
    """Return CIE L*a*b* (D65) of a colour as it is seen."""
    xyz = TO_XYZ @ np.clip(SIGHT[sight] @ linear(colour), 0, 1) / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colour_blind_people_tell_signs_apart_and_gradients_from_weights(
    theme: Theme, sight: str
) -> None:
    signs = lab(theme.positive, sight), lab(theme.negative, sight)
    assert np.linalg.norm(signs[0] - signs[1]) > 90
    gradient = lab(theme.weight_gradient, sight)
    assert min(np.linalg.norm(sign - gradient) for sign in signs) > 20


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_gradients_can_be_read_on_every_ground(theme: Theme) -> None:
    grounds = [look.fill for look in theme.looks.values()] + [theme.chip]
    assert min(contrast(theme.weight_gradient, ground) for ground in grounds) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_sheet_lies_under_all_so_that_any_page_shows_it(theme: Theme) -> None:
    scene = scene_of(GRAPHS["batch"](), theme)
    (sheet,) = scene.parts[0].shapes
    assert isinstance(sheet, Rectangle)
    assert (sheet.width, sheet.height) == (scene.width, scene.height)
    inks = {text.fill for text in shapes(scene, Text)}
    assert min(contrast(ink, sheet.fill) for ink in inks) >= 4.5


def test_what_is_no_network_is_told_why_and_what_to_draw() -> None:
    with pytest.raises(NotANetworkError, match=r"no layers.*draw\(root\) shows any graph"):
        draw(Value(2.0).exp(), fold="network")
    with pytest.raises(ValueError, match="drawn from left to right"):
        draw(of_model(1, 1), fold="network", direction="TB")


def test_several_results_are_no_network() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match="draws one result, got 2"):
        draw([x * 2.0, x * 3.0], fold="network")


def test_hostile_labels_do_nothing() -> None:
    x = Value(1.0, label="</text><script>]]>\x00" + "x" * 500)
    (y,) = nn.Layer(1, 1, rng=0).scalars()([x])
    y.label = "<b>&amp;"
    root = ET.fromstring(draw(y * 1.0, fold="network").svg)
    assert not [each for each in root.iter() if each.tag.endswith("script")]
