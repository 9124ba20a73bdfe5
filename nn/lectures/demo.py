"""The demonstration: train a network on real digits, then open it up and look inside.

``python -m nn.lectures.demo`` writes pictures and a summary to ``demo/``. This is a program that
talks to a person: the only file of the library that prints.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import autograd
import nn
from autograd import Value
from autograd.extend import Node, Note, cotangents, leaves, replacing, topological_order

Array = npt.NDArray[Any]

SEED = 0
SIZES = [64, 64, 10]
EPOCHS = 60
LISTED = 10  # contributions
PIXELS = 4  # of 64, in the picture of a neuron


def main(folder: str = "demo") -> None:
    """Run the demonstration, and write its pictures and its summary to a folder."""
    start = time.perf_counter()
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)

    digits = load()
    print(f"Training on {len(digits.y):,} handwritten digits; {len(digits.y_test)} are held out.")
    model, history = learn(digits)
    accuracy = float(np.mean(guess(model, digits.x_test) == digits.y_test))
    inside = Inside.of(model, *hardest(model, digits))
    findings = {
        "The network": repr(model),
        "Test accuracy": f"{accuracy:.2%} of {len(digits.y_test)} images that it never saw",
        "One image, one multiplication at a time": inside.story(),
        f"The {LISTED} largest gradient contributions": "\n".join(largest_contributions(inside)),
        "Gradients checked": "\n".join(check(model, inside)),
    }
    for title, text in findings.items():
        print(f"\n{title}\n{'─' * len(title)}\n{text}")

    print()
    with replacing(announced(out / "loss.png")) as new:
        plot(history, accuracy).savefig(new, dpi=150, format="png")
    most_moved = neuron(inside)
    autograd.draw(most_moved).save(announced(out / "neuron.svg"))
    passed_back = most_moved.grad
    for leaf in leaves(most_moved):
        leaf.grad = None  # or the steps would add to what is there
    autograd.step(most_moved, passed_back).save(announced(out / "backprop.html"))
    autograd.step(most_moved).save(announced(out / "living.html"))
    autograd.draw(inside.loss, fold="network").save(announced(out / "network.svg"))
    three_digits(digits).save(announced(out / "playground.html"))
    seconds = time.perf_counter() - start
    with replacing(announced(out / "summary.md")) as new:
        new.write_bytes(summary(findings, seconds).encode())
    print(f"\nDone in {seconds:.0f} s.")


# Learning ----------------------------------------------------------------------------------------


class Digits(NamedTuple):
    """Images of 8×8 pixels from 0 to 1, of shape (n, 64), and what they show, of shape (n,)."""

    x: Array
    y: Array
    x_test: Array
    y_test: Array


def load() -> Digits:
    """Return scikit-learn's bundled digits, a quarter of each class held out."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    split = train_test_split(x / 16, y, test_size=0.25, stratify=y, random_state=SEED)
    x_train, x_test, y_train, y_test = split
    return Digits(x_train, y_train, x_test, y_test)


def learn(digits: Digits, epochs: int = EPOCHS) -> tuple[nn.MLP, nn.History]:
    """Train a network, with a progress bar."""
    model = nn.MLP(SIZES, "relu", seed=SEED)
    sgd = nn.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-3)
    history = nn.fit(
        model,
        digits.x,
        digits.y,
        epochs=epochs,
        batch_size=16,
        loss=nn.cross_entropy,
        optimizer=sgd,
        rng=SEED,
        validation=(digits.x_test, digits.y_test),
    )
    return model, history


def guess(model: nn.Module, x: Array) -> Array:
    """Return the class with the largest logit for each image."""
    found: Array = model(x).data.argmax(axis=1)
    return found


def hardest(model: nn.Module, digits: Digits) -> tuple[Array, int]:
    """Return the test image, and its label, that the network finds the least likely."""
    losses = [
        float(nn.cross_entropy(logits, label))
        for logits, label in zip(model(digits.x_test).data, digits.y_test, strict=True)
    ]
    worst = int(np.argmax(losses))
    return digits.x_test[worst], int(digits.y_test[worst])


# Looking inside ----------------------------------------------------------------------------------


class Inside(NamedTuple):
    """One image's way through the network of scalars, forward and back."""

    model: nn.MLP
    pixels: Array
    label: int
    logits: Array
    loss: Value

    @classmethod
    def of(cls, model: nn.MLP, image: Array, label: int) -> Inside:
        """Explode a network, send an image through it, and back-propagate its loss."""
        scalars = model.scalars()
        pixels = np.empty(image.size, object)
        for k, brightness in enumerate(image):
            pixels[k] = Value(brightness)
            pixels[k].note = Note(f"pixel[{k // 8}, {k % 8}]", "image")  # they fold into one box
        logits = scalars(pixels)
        loss = nn.cross_entropy(logits, label)
        loss.backward()
        return cls(scalars, pixels, label, logits, loss)

    def story(self) -> str:
        """Say what the network makes of the image, and draw it."""
        logits = np.array([value.data for value in self.logits])
        order = topological_order(self.loss)
        said = [
            f"the hardest test image: a {self.label} that the network takes for a "
            f"{logits.argmax()} (loss {self.loss.data:.4f})",
            f"{len(order):,} operations on {sum(len(node.parents) for node in order):,} operands, "
            "back-propagated one number at a time",
        ]
        shades = np.array(list(" ░▒▓█"))
        rows = np.array([pixel.data for pixel in self.pixels]).reshape(8, 8)
        drawn = ["".join(np.repeat(shades[np.rint(row * 4).astype(int)], 2)) for row in rows]
        return "\n".join([*said, *drawn])


class Contribution(NamedTuple):
    """A contribution to a gradient: the cotangent of a node times a local derivative."""

    node: Node
    parent: Node
    upstream: float
    passed: float

    def __str__(self) -> str:
        local = self.passed / self.upstream
        return (
            f"{self.passed:+9.4f} = {self.upstream:+8.4f} × {local:+8.4f}   "
            f"{place(self.node)} → {place(self.parent)}"
        )


def place(node: Node) -> str:
    """Return a name that says where in the network a node is."""
    return node.label or node.region.removeprefix("mlp/")


def contributions(inside: Inside) -> Iterator[Contribution]:
    """Yield what was passed back through every operand slot in the network, in order."""
    seen: list[Contribution] = []

    def observe(node: Node, slot: int, parent: Node, upstream: Any, passed: Any) -> None:
        if node.region.startswith("mlp/") and upstream:
            seen.append(Contribution(node, parent, upstream, passed))

    cotangents(inside.loss, 1.0, observe=observe)
    return iter(seen)


def largest_contributions(inside: Inside) -> list[str]:
    """Return the largest gradient contributions in words."""
    ranked = sorted(contributions(inside), key=lambda c: abs(c.passed), reverse=True)
    return [str(contribution) for contribution in ranked[:LISTED]]


def check(model: nn.MLP, inside: Inside) -> list[str]:
    """Check the gradients by two independent ways; say how it went."""
    image = np.array([pixel.data for pixel in inside.pixels])
    autograd.gradcheck(lambda x: nn.cross_entropy(model(x), inside.label), image)
    model.zero_grad()
    nn.cross_entropy(model(image), inside.label).backward()
    by_tensors = [grad for p in model.parameters() for grad in p.grad.flat]
    by_scalars = [value.grad for value in inside.model.parameters()]
    apart = max(abs(a - b) for a, b in zip(by_tensors, by_scalars, strict=True))
    return [
        f"against finite differences, for {image.size} pixels: they agree",
        f"scalars against tensors, for {len(by_scalars):,} parameters: "
        f"largest difference {apart:.1e}",
    ]


# Pictures ----------------------------------------------------------------------------------------


def neuron(inside: Inside) -> Value:
    """Return the graph of the hidden neuron with the largest gradient, with its own numbers.

    Of its 64 inputs, those with the largest terms are shown; the other terms are added up.
    """
    layer = inside.model.layers[0]
    which = int(np.argmax([abs(b.grad) for b in layer.bias]))
    terms = [w.data * x.data for w, x in zip(layer.weight[which], inside.pixels, strict=True)]
    others, shown = np.split(np.argsort(np.abs(terms)), [-PIXELS])
    rest = Value(sum(terms[k] for k in others), requires_grad=False)
    rest.label = f"{len(others)} other pixels"
    bias = Value(layer.bias[which].data, label=layer.bias[which].label)
    with autograd.region(f"neuron{which}"):
        term = autograd.dot(copies(inside.pixels[shown]), copies(layer.weight[which][shown]))
        out: Value = autograd.relu(autograd.total([term, rest, bias]))
    out.label = f"neuron {which}"
    out.backward(layer.bias[which].grad)  # relu's slope is 1 here, as a gradient has passed
    return out


def copies(values: Array) -> Array:
    """Return new leaves with the same numbers and labels."""
    made = np.empty(values.shape, object)
    for k, value in enumerate(values):
        made[k] = Value(value.data, label=value.label)
    return made


def three_digits(digits: Digits) -> Any:
    """Return a page in which a small network learns to tell three digits apart in a plane.

    The plane is that of their two principal components, in which they vary the most.
    """
    few = digits.y < 3
    centred = digits.x[few] - digits.x[few].mean(axis=0)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    return nn.playground(
        nn.MLP([2, 6, 3], "tanh", seed=SEED),
        centred @ components[:2].T,
        digits.y[few],
        features=("component 1", "component 2"),
    )


def plot(history: nn.History, accuracy: float) -> Any:
    """Return a Matplotlib figure of the loss, on the images learnt from and on those held out."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    epochs = [epoch.number for epoch in history]
    curves: list[tuple[str, str, list[Any]]] = [
        ("held out", "#c05621", [epoch.validation_loss for epoch in history]),
        ("learnt from", "#2b6cb0", [epoch.loss for epoch in history]),
    ]
    for name, colour, losses in curves:
        axes.plot(epochs, losses, color=colour, linewidth=2)
        axes.annotate(
            f"{name}  {losses[-1]:.3f}",
            (epochs[-1], losses[-1]),
            xytext=(8, 0),
            textcoords="offset points",
            color=colour,
            va="center",
        )
    axes.set(yscale="log", xlabel="epoch", xlim=(1, epochs[-1]))
    axes.set_title(
        f"Cross-entropy on 8×8 digits: {accuracy:.1%} of the images held out are named rightly",
        loc="left",
        fontsize=11,
    )
    axes.grid(color="#e2e8f0")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def summary(findings: dict[str, str], seconds: float) -> str:
    """Return the findings as a page of Markdown."""
    sections = [f"## {title}\n\n```\n{text}\n```\n" for title, text in findings.items()]
    return "\n".join(
        [
            "# Glassgrad's demonstration\n",
            f"`python -m nn.lectures.demo`, in {seconds:.0f} s; seed {SEED}.\n",
            *sections,
            "## Pictures\n",
            "The loss:\n\n![The loss by epochs](loss.png)\n",
            f"A hidden neuron, with the {PIXELS} pixels that count most:\n\n"
            "![The graph of a neuron](neuron.svg)\n",
            "Its backward pass, step by step: [backprop.html](backprop.html)\n",
            "The same neuron, with numbers to change: [living.html](living.html)\n",
            "The whole network, with the digit:\n\n![The network](network.svg)\n",
            "Three digits in a plane, and a small network that learns them in the page: "
            "[playground.html](playground.html)\n",
        ]
    )


def announced(path: Path) -> Path:
    """Say which file is being written."""
    print(f"writing {path}")
    return path


def accept_any_console() -> None:
    """Print a question mark for what a console can't show, such as one in cp1252, and go on."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


if __name__ == "__main__":
    accept_any_console()
    parser = ArgumentParser("python -m nn.lectures.demo", description=main.__doc__)
    parser.add_argument("folder", nargs="?", default="demo", help="by default demo/")
    main(parser.parse_args().folder)
