"""The examples in docs/bridges.md and docs/bridges_checking.md run, and print what stands there."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from autograd.bridges import torch as bridge
from autograd.extend import leaves

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page, kind):
    """The blocks of code or of output of a page, in their order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for language, block in fenced if language == kind]


def without_numbers(report):
    """A report with neither the digits of numbers nor the name of the file."""
    return re.sub(r"\S+\.py:\d+", "FILE", re.sub(r"-?\d+\.\d+(e-\d+)?", "NUMBER", report)).strip()


class BadGelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return functional.gelu(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.sigmoid(1.702 * x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.fc2 = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc2(BadGelu.apply(self.fc1(x)))


@pytest.mark.slow
def test_a_program_is_opened_as_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("bridges.md", "python")
    names = {}
    exec(example, names)  # the page's own code
    assert Path("backprop.html").exists()
    gradient = torch.autograd.grad(
        names["functional"].cross_entropy(names["model"](names["x"]), names["y"]),
        names["model"][0].weight,
    )[0]
    (leaf,) = [n for n in leaves(names["L"]) if n.label == "0.weight"]
    assert (leaf.grad == gradient.numpy()).all()


def test_a_wrong_function_is_reported_as_the_page_shows(capsys):
    torch.manual_seed(0)
    names = {
        "F": functional,
        "model": Net().double(),
        "x": torch.randn(5, 3).double(),
        "y": torch.tensor([0, 1, 1, 0, 1]),
    }
    exec(blocks("bridges_checking.md", "python")[0], names)  # the page's own code
    expected = blocks("bridges_checking.md", "")[0]
    assert without_numbers(capsys.readouterr().out) == without_numbers(expected)


def test_two_runs_part_as_the_page_shows(capsys):
    class Power(nn.Module):
        def forward(self, x):
            return x**4

    def run(dtype):
        model = nn.Sequential(nn.Identity(), Power())
        x = torch.full((3,), 20.0, dtype=dtype, requires_grad=True)
        with bridge.record(model) as rec:
            loss = model(x).sum()
        return rec, loss

    (rec_a, loss_a), (rec_b, loss_b) = run(torch.float32), run(torch.float16)
    names = {"bridge": bridge, "rec_a": rec_a, "loss_a": loss_a, "rec_b": rec_b, "loss_b": loss_b}
    exec(blocks("bridges_checking.md", "python")[1], names)  # the page's own code
    expected = " ".join(blocks("bridges_checking.md", "")[1].split())
    assert without_numbers(capsys.readouterr().out) == without_numbers(expected)
