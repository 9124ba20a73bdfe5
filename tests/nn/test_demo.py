"""The demonstration, run as `make demo` runs it, on a machine without the dot program."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

PAGES = ("backprop.html", "living.html", "playground.html")
FILES = ("loss.png", "neuron.svg", "network.svg", "summary.md", *PAGES)


pytestmark = pytest.mark.slow  # the whole demonstration runs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nn.lectures.demo", str(folder)],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PATH": "", "PYTHONIOENCODING": "utf-8"},
        cwd=Path(__file__).parents[2],
    )
    assert "60/60" in done.stderr, "no progress bar"
    return done.stdout


def test_at_least_97_of_100_images_held_out_are_named_rightly(said: str) -> None:
    found = re.search(r"([\d.]+)% of 450 images that it never saw", said)
    assert found
    assert float(found[1]) >= 97


def test_the_ten_largest_contributions_are_products_of_what_stands_beside_them(said: str) -> None:
    number = r"([+-]\d+\.\d+)"
    rows = re.findall(rf"{number} = +{number} × +{number} +layer\d/neuron\d+ → \S", said)
    products = [[float(x) for x in row] for row in rows]
    assert len(products) == 10
    assert products == sorted(products, key=lambda row: -abs(row[0]))
    assert all(abs(c - a * b) < 5e-4 for c, a, b in products)


def test_scalars_and_tensors_have_the_same_gradients(said: str) -> None:
    found = re.search(r"for 4,810 parameters: largest difference (\S+)", said)
    assert found
    assert float(found[1]) < 1e-12


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_written_and_named(said: str, folder: Path, file: str) -> None:
    assert f"writing {folder / file}" in said
    assert (folder / file).stat().st_size > 500


@pytest.mark.parametrize("file", ["neuron.svg", "network.svg"])
def test_the_pictures_of_graphs_are_well_formed(said: str, folder: Path, file: str) -> None:
    assert ElementTree.parse(folder / file).getroot().tag.endswith("svg")


def test_the_summary_shows_the_pictures(said: str, folder: Path) -> None:
    page = (folder / "summary.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\S+)\)", page) == [
        *("loss.png", "neuron.svg", "backprop.html", "living.html", "network.svg"),
        "playground.html",
    ]


def test_a_console_in_cp1252_shows_what_it_can() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from nn.lectures import demo; demo.accept_any_console(); "
                               "print('w\u2080 = \u22120.5')"],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.split() == [b"w?", b"=", b"?0.5"]


def test_help_is_asked_for_without_a_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nn.lectures.demo", "--help"]
    here = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(
        command, cwd=tmp_path, env=here, capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("usage: python -m nn.lectures.demo [-h] [folder]")
    assert list(tmp_path.iterdir()) == []
