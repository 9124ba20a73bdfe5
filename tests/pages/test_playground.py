"""The playground in a real browser: it learns what ``nn`` learns, and can be used by keys alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.testing import assert_allclose
from playwright.sync_api import expect

import nn
from autograd.pages import Playground

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror=hacked=1>"

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (60, 2))
CLASSES = (X[:, 0] * X[:, 1] > 0).astype(int)
NUMBERS = np.sin(2 * X[:, 0]) * X[:, 1]


def model(*sizes: int, activation: str = "tanh") -> nn.MLP:
    return nn.MLP([2, *sizes], activation, seed=0)


def text(made: Playground, folder: Path) -> str:
    return made.save(folder / "playground.html").read_text(encoding="utf-8")


@cache
def of_classes() -> Playground:
    return nn.playground(model(3, 1), X, CLASSES)


@pytest.fixture
def opened(show: Any, tmp_path: Path) -> Callable[..., Any]:
    """A function that opens a playground's page."""

    def open_page(made: Playground | None = None, **options: Any) -> Any:
        return show(text(made or of_classes(), tmp_path), **options)

    return open_page


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    return dict(json.loads(found[1]))


# What it computes -------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize(
    ("sizes", "y", "loss", "decay"),
    [
        ((3, 1), NUMBERS[:, None], nn.mse, 0.0),
        ((3, 1), CLASSES[:, None].astype(float), nn.binary_cross_entropy_with_logits, 0.01),
        ((3, 3), np.digitize(X.sum(axis=1), [-0.4, 0.4]), nn.cross_entropy, 0.0),
        ((3, 1), np.sign(NUMBERS)[:, None], nn.hinge, 0.0),
    ],
    ids=["mse", "logits", "classes", "hinge"],
)
def test_full_batch_steps_give_the_parameters_that_sgd_gives(
    opened: Any, sizes: tuple[int, ...], y: Any, loss: Any, decay: float
) -> None:
    net = model(*sizes)
    page = opened(nn.playground(net, X, y, loss=loss))
    sgd = nn.SGD(net.parameters(), lr=0.25, weight_decay=decay)
    nn.fit(net, X, y, epochs=20, loss=loss, optimizer=sgd, rng=0, batch_size=len(X), progress=False)
    learn = """(decay) => {
      const { learner, data } = playground;
      for (let k = 0; k < 20; k++) learner.step(0.25, data.x.length, decay);
      return data.parameters.map((leaf) => learner.machine.data[leaf]);
    }"""
    expected = np.concatenate([p.data.ravel() for p in net.parameters()])
    assert_allclose(page.evaluate(learn, decay), expected, rtol=0, atol=1e-12)


@pytest.mark.browser
def test_an_epoch_of_batches_meets_every_sample_once_and_rewinding_repeats_the_order(
    opened: Any,
) -> None:
    batches = """() => {
      playground.learner.rewind();
      return Array.from({ length: 6 }, () => playground.learner.batch(10)).flat();
    }"""
    page = opened()
    order = page.evaluate(batches)
    assert sorted(order) == list(range(60))
    assert order != sorted(order)
    assert page.evaluate(batches) == order


@pytest.mark.browser
def test_the_loss_and_the_share_of_right_classes_are_those_of_nn(opened: Any) -> None:
    page = opened()
    outputs = model(3, 1)(X)
    loss = nn.binary_cross_entropy_with_logits(outputs, CLASSES[:, None].astype(float)).data
    right = nn.accuracy(outputs.data, CLASSES[:, None])
    assert page.evaluate("playground.learner.loss") == pytest.approx(float(loss), rel=1e-13)
    assert page.evaluate("playground.learner.share") == pytest.approx(right, rel=1e-13)
    assert f"{np.floor(1000 * right) / 10:g}% right" in page.text_content("#loss")


@pytest.mark.browser
def test_the_region_and_a_units_map_are_what_the_model_computes_there(opened: Any) -> None:
    """Class 1 is blue and class 0 orange: more blue than red, and less."""
    page = opened()
    (left, right), (bottom, top) = page.evaluate("playground.data.limits")
    size = page.evaluate("playground.grid.size")
    steps = (np.arange(size) + 0.5) / size
    points = np.stack(
        np.meshgrid(left + steps * (right - left), top - steps * (top - bottom)), axis=-1
    )
    net = model(3, 1)
    unit = net.layers[0](points.reshape(-1, 2)).data[:, 1]
    assert_allclose(page.evaluate("[...playground.grid.maps[3]]"), unit, rtol=0, atol=1e-14)
    expected = net(points.reshape(-1, 2)).data.ravel() > 0
    pixels = np.array(page.evaluate("[...playground.grid.region.data]")).reshape(-1, 4)
    assert (pixels[:, 2] > pixels[:, 0]).tolist() == expected.tolist()


@pytest.mark.browser
def test_a_chosen_sample_has_its_own_values_and_gradients_in_the_network(opened: Any) -> None:
    page = opened()
    page.fill("#sample", "8")
    page.press("#sample", "Enter")
    page.evaluate("playground.open(playground.view.columns[1][2])")
    net = model(3, 1)
    logits = net(X[7:8])
    nn.binary_cross_entropy_with_logits(logits, CLASSES[7:8, None].astype(float)).backward()
    row = page.locator("#card tbody tr").first
    assert float(row.locator("input").input_value()) == pytest.approx(
        net.layers[0].weight.data[2, 0], rel=1e-3
    )
    slope = row.locator(".slope").text_content().replace("−", "-")
    assert float(slope) == pytest.approx(net.layers[0].weight.grad[2, 0], rel=1e-3)
    weights = net.layers[0].weight.data[2], net.layers[0].bias.data[2]
    z = float(X[7] @ weights[0] + weights[1])
    told = re.search(r"z = (\S+), a = (\S+) \(tanh\)", page.text_content("#card"))
    sums = [float(number.replace("−", "-")) for number in told.groups()]
    assert sums == pytest.approx([z, np.tanh(z)], rel=1e-3)
    said = page.locator("button.unit").last.get_attribute("aria-label").replace("−", "-")
    value, gradient = re.findall(r"-?\d[\d.e-]*", said.partition(",")[2])
    assert float(value) == pytest.approx(logits.data.item(), rel=1e-3)
    assert float(gradient) == pytest.approx(logits.grad.item(), rel=1e-3)


# What a person does -----------------------------------------------------------------------------


@pytest.mark.browser
def test_it_trains_pauses_steps_and_rewinds_by_keys_and_the_rate_changes_on_the_way(
    opened: Any,
) -> None:
    page = opened()
    first = page.text_content("#loss")
    page.press("body", "ArrowRight")
    assert page.text_content("#steps") == "1"
    assert page.text_content("#live").startswith("Step 1: loss")
    page.fill("#rate", "0.05")
    page.click("h1")
    page.press("body", "ArrowRight")
    assert page.text_content("#steps") == "2"
    page.press("body", " ")
    expect(page.locator("#steps")).not_to_have_text("2")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    page.press("body", " ")
    assert page.get_attribute("#play", "aria-label") == "Train"
    page.press("body", "Home")
    assert page.text_content("#loss") == first
    assert page.text_content("#steps") == "0"
    assert page.input_value("#rate") == "0.05"


@pytest.mark.browser
def test_a_weight_is_changed_by_arrow_keys_and_by_dragging_it(opened: Any) -> None:
    page = opened()
    at = "playground.learner.machine.data[playground.view.handles[playground.view.roving].leaf]"
    line = page.locator('[role="spinbutton"][tabindex="0"]')
    assert line.get_attribute("aria-label") == "weight from x₁ to layer0 unit 0"
    before, loss = page.evaluate(at), page.text_content("#loss")
    line.press("ArrowUp")
    assert page.evaluate(at) == pytest.approx(before + 0.05, abs=1e-4)
    assert page.text_content("#loss") != loss
    assert line.get_attribute("aria-valuenow") == str(page.evaluate(at))
    line.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "weight from x₂ to layer0 unit 0"
    )
    before = page.evaluate(at)
    x, y = page.evaluate(
        """() => {
          const { hit } = playground.view.handles[playground.view.roving];
          const { x, y } = hit.getPointAtLength(hit.getTotalLength() / 2);
          const box = playground.view.board.getBoundingClientRect();
          return [box.x + x, box.y + y];
        }"""
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 30)
    page.mouse.up()
    assert page.evaluate(at) > before
    assert "w = " in page.text_content(".tip")


@pytest.mark.browser
def test_a_unit_that_is_pointed_at_or_focused_shows_its_activation_over_the_plane(
    opened: Any,
) -> None:
    page = opened()
    region = page.evaluate("document.getElementById('plane').toDataURL()")
    unit = page.locator("button.unit").nth(2)
    unit.focus()
    assert page.text_content("#shown").startswith("layer0 unit 0: from −")
    assert page.evaluate("document.getElementById('plane').toDataURL()") != region
    page.locator("#rate").focus()
    assert page.evaluate("document.getElementById('plane').toDataURL()") == region
    unit.press("Enter")
    assert unit.get_attribute("aria-pressed") == "true"
    assert page.locator("#card tbody tr").count() == 3


@pytest.mark.browser
def test_a_dot_is_chosen_by_a_click_and_by_arrow_keys(opened: Any) -> None:
    page = opened()
    x, y = page.evaluate("playground.plane.at(12)")
    page.locator("#plane").click(position={"x": x, "y": y})
    assert page.input_value("#sample") == "13"
    page.locator("#plane").press("ArrowRight")
    assert page.input_value("#sample") == "14"
    page.locator("#plane").press("Escape")
    assert page.input_value("#sample") == ""
    assert page.text_content("#steps") == "0"


@pytest.mark.browser
def test_the_curve_tells_the_loss_at_the_step_that_is_pointed_at(opened: Any) -> None:
    page = opened()
    for _ in range(3):
        page.click("#once")
    first = page.evaluate("numberText(playground.learner.first)")
    box = page.locator("#curve").bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 20)
    assert page.text_content("#loss") == f"Loss {first} at step 0"
    page.mouse.move(box["x"] + 1, box["y"] - 100)
    assert page.text_content("#loss") == page.evaluate("playground.score()")


@pytest.mark.browser
def test_a_rate_that_is_too_high_stops_with_a_plain_word(opened: Any) -> None:
    page = opened(nn.playground(model(3, 1), X, NUMBERS, lr=100.0))
    for _ in range(8):
        page.click("#once")
        if page.locator("#note").is_visible():
            break
    rate = page.evaluate("playground.learner.firstRate")
    assert 0 < rate < 1
    assert f"the rate is too high. Rewind, and try {rate:g}." in page.text_content("#note")
    page.fill("#rate", "-1")
    page.click("#once")
    assert page.text_content("#note") == "The rate must be a positive number."


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(
    opened: Any, scheme: str, width: int, height: int
) -> None:
    page = opened(viewport={"width": width, "height": height}, color_scheme=scheme)
    states = {
        "at the start": "0",
        "a sample and a unit": "playground.choose(3); playground.open(playground.view.units[3])",
        "a word of warning": "playground.warn('The rate must be a positive number.')",
    }
    for state, reached in states.items():
        page.evaluate(reached)
        violations = Axe().run(page).response["violations"]
        assert [(state, each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


# What travels in the page ---------------------------------------------------------------------


@pytest.mark.browser
def test_it_asks_for_nothing_and_hostile_names_do_nothing(opened: Any, tmp_path: Path) -> None:
    class Evil(nn.MLP):
        pass

    Evil.__name__ = HOSTILE
    made = nn.playground(
        Evil([2, 3, 1], "tanh", seed=0), X, CLASSES, features=(HOSTILE, "x"), classes=(HOSTILE, "b")
    )
    page = opened(made)
    page.click("#once")
    page.locator("#plane").press("ArrowRight")
    assert page.evaluate("window.hacked") is None
    assert [url for url in page.asked_for if not url.startswith(("file:", "data:"))] == []
    written = text(made, tmp_path)
    assert "default-src 'none'" in written
    assert not re.search(r"unsafe-|\beval\(|new Function|<img src=x", written)


def test_of_very_many_samples_4000_travel_drawn_evenly_and_the_page_says_so(
    tmp_path: Path,
) -> None:
    x = np.random.default_rng(1).normal(size=(9_000, 2))
    y = (x[:, 0] > 0).astype(int)
    made = nn.playground(model(2, 1), x, y)
    assert "4,000 samples of 9,000" in repr(made)
    found = data_of(text(made, tmp_path))
    assert (len(found["x"]), len(found["y"]), found["total"]) == (4_000, 4_000, 9_000)
    rows = {tuple(row): label for row, label in zip(x.tolist(), y.tolist(), strict=True)}
    assert all(rows[tuple(row)] == label for row, label in zip(found["x"], found["y"], strict=True))
    assert len({tuple(row) for row in found["x"]}) == 4_000
    assert 0.4 < np.mean(found["y"]) < 0.6


@pytest.mark.browser
def test_the_page_says_how_many_of_the_samples_it_has(opened: Any) -> None:
    x = np.random.default_rng(1).normal(size=(4_500, 2))
    page = opened(nn.playground(model(2, 1), x, (x[:, 0] > 0).astype(int)))
    assert page.text_content("#told") == "4,000 of 4,500 samples, drawn evenly"


def test_a_class_that_no_sample_has_is_a_class_of_the_model() -> None:
    assert nn.playground(model(2, 3), X, CLASSES).samples.classes == ["0", "1", "2"]


def test_the_model_is_left_as_it_is() -> None:
    net = model(3, 1)
    before = net.state_dict()
    nn.playground(net, X, CLASSES)
    assert all((before[name] == array).all() for name, array in net.state_dict().items())
    assert [p.grad for p in net.parameters()] == [None] * 4


def test_estimators_come_with_their_classes() -> None:
    labels = np.where(CLASSES, "in", "out")
    with pytest.warns(Warning, match="still getting better"):
        classifier = nn.MLPClassifier(4, max_iter=2, random_state=0).fit(X, labels)
    assert nn.playground(classifier, X, labels).samples.classes == ["in", "out"]
    with pytest.warns(Warning, match="still getting better"):
        regressor = nn.MLPRegressor(4, max_iter=2, random_state=0).fit(X, NUMBERS)
    assert nn.playground(regressor, X, NUMBERS).samples.classes == []


def test_a_notebook_shows_a_picture_and_before_it_the_page_in_a_frame() -> None:
    shown, _ = of_classes()._repr_mimebundle_()
    before, frame, after = shown["text/html"].partition("<iframe")
    assert '<img alt="Computation graph' in before
    assert 'sandbox="allow-scripts allow-downloads"' in after
    assert "\n" not in before + frame + after
