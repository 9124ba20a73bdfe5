"""The parts of a network's picture say which nodes, operands and numbers of the graph they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from autograd.reading import formatting
from autograd.reading.formatting import number
from autograd.show.flow import View
from autograd.show.network.network import Network
from autograd.show.network.network_layout import ROOM
from autograd.show.network.network_level import network_of, units
from autograd.show.network.network_scene import network_scene
from autograd.show.network.neuron_card import neuron_scene
from autograd.show.scene import Image, Part, Scene, Text
from autograd.show.theme import LIGHT

RNG = np.random.default_rng(0)


def of_model(*sizes: int, scalars: bool = False, rows: int = 1, activation: Any = "tanh") -> Any:
    model: Any = nn.MLP(list(sizes), activation, seed=0)
    x = RNG.normal(size=(rows, sizes[0]))
    loss = nn.mse((model.scalars() if scalars else model)(x), np.ones((rows, sizes[-1])))
    loss.backward()
    return loss


def recurrent(calls: int) -> Any:
    layer: Any = nn.Layer(3, 2, "tanh", rng=0).scalars()
    state = [Value(0.5), Value(-0.5)]
    for t in range(calls):
        state = list(layer([Value(float(t)), *state]))
    loss = autograd.total(state)
    loss.backward()
    return loss


def recurrent_tensors() -> Any:
    layer, state = nn.Layer(3, 2, "tanh", rng=0), Tensor(np.zeros((1, 2)))
    for t in range(3):
        state = layer(autograd.concatenate([Tensor([[float(t)]]), state], axis=1))
    loss = autograd.sum(state)
    loss.backward()
    return loss


def by_hand() -> Any:
    x = [Value(0.5), Value(-1.0)]
    rows = [[Value(w) for w in row] for row in RNG.normal(size=(3, 2))]
    hidden = [sum(w * v for w, v in zip(row, x, strict=True)).tanh() for row in rows]  # type: ignore[union-attr]
    out = sum((Value(0.5) * h for h in hidden), Value(0.25))
    loss = (out - 1.0) ** 2
    loss.backward()
    return loss


def with_matrices() -> Any:
    W, V = Tensor(RNG.normal(size=(2, 3))), Tensor(RNG.normal(size=(1, 3)))
    loss = autograd.sum(autograd.relu(Tensor([[0.5, -1.0]]) @ W + 0.1) @ V.T)
    loss.backward()
    return loss


GRAPHS: dict[str, Callable[[], Any]] = {
    "scalars": lambda: of_model(2, 4, 4, 1, scalars=True),
    "scalars, a batch": lambda: of_model(2, 3, 2, scalars=True, rows=3),
    "tensors": lambda: of_model(2, 4, 1),
    "tensors, a batch": lambda: of_model(2, 4, 3, rows=5),
    "swish": lambda: of_model(2, 3, 1, scalars=True, activation=lambda z: z * autograd.sigmoid(z)),
    "scaled": lambda: of_model(2, 3, 1, scalars=True, activation=lambda z: autograd.tanh(1.5 * z)),
    "recurrent": lambda: recurrent(4),
    "recurrent tensors": recurrent_tensors,
    "by hand": by_hand,
    "matrices": with_matrices,
    "digits in scalars": lambda: of_model(64, 16, 10, scalars=True),
    "digits": lambda: of_model(64, 40, 10, rows=3),
    "a wide layer": lambda: of_model(3, 50, 2),
    "30 layers": lambda: of_model(2, *[2] * 29, 1, scalars=True),
    "50 calls": lambda: recurrent(50),
}
OF_TENSORS = (
    "tensors",
    "tensors, a batch",
    "recurrent tensors",
    "matrices",
    "digits",
    "a wide layer",
)
OF_SCALARS = [name for name in GRAPHS if name not in OF_TENSORS]


class Drawn:
    """A graph, its network, and what is painted of it."""

    def __init__(self, root: Any) -> None:
        self.view = View(root)
        found = network_of(self.view)
        assert found is not None
        self.network: Network = found
        self.scene = network_scene(found, LIGHT)

    def cards(self) -> Iterator[Scene]:
        for _, column, j in units(self.network):
            yield neuron_scene(self.network, column, j, LIGHT)

    def number(self, shows: str) -> Any:
        """Return what a text or an image shows, read from the graph."""
        name, _, place = shows[1:].partition(".")
        k = int(name)
        if shows[0] in "lc":
            local = self.view.derivative(k, int(place))
            return local if shows[0] == "l" else self.view.grads[k] * local
        found = self.view.nodes[k]._data if shows[0] == "d" else self.view.grads[k]
        return np.ravel(found)[int(place)] if place and found is not None else found


@pytest.fixture(scope="module", params=GRAPHS)
def drawn(request: pytest.FixtureRequest) -> Drawn:
    return Drawn(GRAPHS[request.param]())


def texts(part: Part) -> list[Text]:
    return [shape for shape in part.shapes if isinstance(shape, Text)]


def test_every_node_is_in_a_part(drawn: Drawn) -> None:
    placed = {k for part in drawn.scene.parts for k in part.nodes}
    assert placed == set(range(len(drawn.view.nodes)))


@pytest.mark.parametrize("name", OF_SCALARS)
def test_an_operation_of_scalars_is_in_one_box(name: str) -> None:
    drawn = Drawn(GRAPHS[name]())
    boxes = [p for p in drawn.scene.parts if "unit" in p.role or p.role == "title"]
    boxes = [part for part in boxes if "again" not in part.id]
    found = Counter(k for part in boxes for k in part.nodes)
    operations = {k for k, operands in enumerate(drawn.view.parents) if operands}
    assert {found[k] for k in operations} == {1}


def test_a_unit_has_the_operations_of_its_region(drawn: Drawn) -> None:
    for column in drawn.network.columns:
        for j, members in enumerate(column.bindings.units):
            regions = {drawn.view.nodes[k].region for k in members if drawn.view.parents[k]}
            assert all(r.endswith(f"neuron{j}") for r in regions if "neuron" in r)


def test_a_number_that_a_part_shows_is_the_graphs(drawn: Drawn) -> None:
    found = [text for part in drawn.scene.parts for text in texts(part) if text.shows]
    assert [text.text for text in found] == [number(drawn.number(t.shows)) for t in found]
    assert {text.shows[0] for text in found} == {"d", "g"}


def test_a_number_on_a_card_is_the_graphs(drawn: Drawn) -> None:
    kinds = set()
    for scene in list(drawn.cards())[:20]:
        for text in (text for part in scene.parts for text in texts(part) if text.shows):
            expected = drawn.number(text.shows)
            if text.text == formatting.NONE:
                assert expected is None
                continue
            digits, _, power = text.text.replace("−", "-").partition("e")
            last = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
            said = float(text.text.replace("−", "-"))
            assert said == pytest.approx(float(expected), rel=1e-15, abs=0.51 * last)
            kinds.add(text.shows[0])
    assert kinds >= {"d", "g"}


def test_the_card_of_a_scalar_shows_contributions_and_the_slope() -> None:
    shown = Counter(
        text.shows[0]
        for scene in Drawn(GRAPHS["scalars"]()).cards()
        for part in scene.parts
        for text in texts(part)
        if text.shows
    )
    assert shown["c"] == 4 * 4 + 4, "the inputs are constants"
    assert shown["l"] == 8, "the last layer has no activation"


def test_an_image_that_shows_a_node_has_all_its_numbers(drawn: Drawn) -> None:
    columns = {k: column for column in drawn.network.columns for k in column.nodes}
    for part in drawn.scene.parts:
        for image in (shape for shape in part.shapes if isinstance(shape, Image) and shape.shows):
            shape = np.shape(drawn.number(image.shows))
            sizes = {s for c in columns.values() for s in (c.W.shape, c.a.shape, c.x.shape)}
            assert shape in sizes | {(1, *size) for size in sizes}


def test_images_of_tensors_show_nodes() -> None:
    shown = {
        s.shows
        for p in Drawn(GRAPHS["digits"]()).scene.parts
        for s in p.shapes
        if isinstance(s, Image)
    }
    assert len(shown - {""}) == 2, "W and its gradient; of a batch, x and a are one example's"
    shown = {
        s.shows
        for p in Drawn(GRAPHS["a wide layer"]()).scene.parts
        for s in p.shapes
        if isinstance(s, Image)
    }
    assert len(shown - {""}) == 2 + 2, "those of W and of a; those of rows of W are parts of nodes"


@pytest.mark.parametrize("name", OF_SCALARS)
def test_the_operands_of_a_weights_parts_make_up_its_gradient(name: str) -> None:
    drawn = Drawn(GRAPHS[name]())
    view, uses = drawn.view, defaultdict[int, set[tuple[int, int]]](set)
    parts = [part for part in drawn.scene.parts if part.role.startswith("weight")]
    for part in parts:
        for k in part.nodes:
            uses[k] |= {use for use in part.uses if view.parents[use[0]][use[1]] == k}
    left_out = {k for part in drawn.scene.parts if part.id.endswith("title") for k in part.nodes}
    for k, found in uses.items():
        if k not in left_out:
            passed = sum(view.grads[user] * view.derivative(user, slot) for user, slot in found)
            assert passed == pytest.approx(view.grads[k], rel=1e-9, abs=1e-12)


def test_lines_carry_every_operand_that_goes_from_one_part_to_another(drawn: Drawn) -> None:
    """But those around layers that are left out, and a bias, which is in its unit."""
    if len(drawn.network.columns) > 24:
        return
    view = drawn.view
    boxes = [part for part in drawn.scene.parts if "unit" in part.role or part.role == "map"]
    home: defaultdict[int, set[str]] = defaultdict(set)
    for part in boxes:
        for k in part.nodes:
            home[k].add(part.id.replace("again", ""))
    carried = {use for part in drawn.scene.parts for use in part.uses}
    crossing = {
        (k, slot)
        for k, operands in enumerate(view.parents)
        for slot, p in enumerate(operands)
        if not home[k] & home[p]
    }
    assert crossing <= carried


def test_a_unit_is_opened_by_a_path_of_its_own(drawn: Drawn) -> None:
    paths = [path for path, _, _ in units(drawn.network)]
    assert len(paths) == len(set(paths))
    for path, column, j in units(drawn.network):
        assert drawn.network.unit(path) == (column, j)
    opened = {part.opens for part in drawn.scene.parts} - {None}
    assert opened <= set(paths)
    assert opened or all(len(column.a) > 36 for column in drawn.network.columns)


def elements(scene: Scene) -> list[tuple[Any, ...]]:
    """Return all of a scene that a page stores once for pictures that are alike."""
    return [
        (part.id, part.role, [(type(s), getattr(s, "anchor", "")) for s in part.shapes])
        for part in scene.parts
    ]


def test_the_cards_of_a_layer_have_the_same_elements(drawn: Drawn) -> None:
    for column in drawn.network.columns[:2]:
        cards = [neuron_scene(drawn.network, column, j, LIGHT) for j in range(len(column.a))]
        assert all(elements(card) == elements(cards[0]) for card in cards[:20])
        ids = [part.id for part in cards[0].parts]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("scalars", [True, False])
@pytest.mark.parametrize("w", [0.0, float("nan"), float("inf"), -1e300])
def test_other_numbers_have_the_same_elements(scalars: bool, w: float) -> None:
    def scenes(W: Any) -> list[Scene]:
        model: Any = nn.MLP([2, 3, 1], "relu", seed=0)
        if W is not None:
            model.layers[0].weight.data = np.full((3, 2), W)
        loss = nn.mse((model.scalars() if scalars else model)([[0.5, -1.0]]), [[1.0]])
        loss.backward()
        drawn = Drawn(loss)
        return [drawn.scene, *drawn.cards()]

    with np.errstate(all="ignore"):
        usual, special = scenes(None), scenes(w)
    assert [elements(scene) for scene in special] == [elements(scene) for scene in usual]


def test_a_number_has_room_for_seven_characters_and_no_other_text_is_there(drawn: Drawn) -> None:
    for scene in [drawn.scene, *list(drawn.cards())[:3]]:
        for part in scene.parts:
            rooms = []
            for text in texts(part):
                if text.shows:
                    assert text.width >= formatting.width(ROOM, text.size)
                start = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
                left = text.x - start * text.width
                rooms.append((left, left + text.width, text.y))
            for a, b in combinations(rooms, 2):
                assert abs(a[2] - b[2]) >= 9 or a[1] <= b[0] + 0.01 or b[1] <= a[0] + 0.01


def test_a_graph_is_searched_once_and_may_be_none() -> None:
    view = View(of_model(2, 2, 1))
    assert network_of(view) is network_of(view)
    assert network_of(View(Value(2.0).exp())) is None
