"""Each item of docs/lecture_notes.md is pinned: break its line, and tests that carry it fail.

One wrong line or a few for an item, in a copy of the packages; then the tests of that item alone.
`make nightly` runs it: a mutant takes some ten seconds.
"""

# ruff: noqa: E501  # a mutant a line

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lecture_notes.md").read_text(encoding="utf-8")
LISTED = {
    f"S{item}": files.split(", ")
    for item, files in re.findall(r"^\| S(\d+) \| .+ \| (.+) \| .+ \|$", PAGE, re.MULTILINE)
}
DELTA, MATRIX = "nn/lectures/delta_rule.py", "nn/lectures/matrix_formulas.py"
RULE, MARGINS = "nn/perceptron/learning_rule.py", "nn/perceptron/margins.py"
BUILT_IN, LAWS = "init/built_in.py", "init/theory/laws.py"

# An item, and what is wrong with it: (file, as it is, as it mustn't be).
MUTANTS = [
    ("S1", (RULE, "b + float(labels[i])", "b")),
    ("S2", (RULE, "return w + y * x, b + y", "return w + y * x, b")),
    ("S3", (MARGINS, "return smallest / float(np.linalg.norm(w))", "return smallest")),
    ("S4", (MARGINS, "np.column_stack([X, np.ones(len(X))])", "np.column_stack([X, 0 * X[:, 0]])")),
    ("S5", ("nn/support/examples.py", "labels == 1, 1.0, -1.0", "labels == 1, -1.0, 1.0")),
    ("S6", (RULE, "~((activations > 0)", "~((activations >= 0)")),
    ("S7", ("nn/perceptron/boundary.py", "(x1 - w[1], x2 + w[0])", "(x1 + w[1], x2 + w[0])")),
    ("S8", (RULE, "V @ W, V @ b + c", "V @ W, V @ b")),
    ("S9", (RULE, "ThresholdUnit((-2.0, 1.0), -0.5, low)", "ThresholdUnit((-2.0, 1.0), 0.5, low)")),
    ("S10", (DELTA, "errors = deltas[0] @ W", "errors = deltas[0] @ W**2")),
    ("S11", (DELTA, "W - alpha * dW", "W + alpha * dW")),
    ("S12", (DELTA, "zip(X, Y, strict=True):\n            now", "zip(X[::-1], Y[::-1], strict=True):\n            now")),
    ("S13", (DELTA, "delta.T @ o / len(X)", "delta.T @ o")),
    ("S14", (DELTA, "layers = _descend(layers, found, alpha)", "layers = _descend(layers, found, -alpha)")),
    ("S15", (MATRIX, "float(np.prod(steps))", "float(np.sum(steps))")),
    ("S16", (MATRIX, "np.mean(layer, axis=0)", "np.sum(layer, axis=0)"), (MATRIX, "/ (2 * len(X))", "/ 2")),
    (
        "S16",
        (MATRIX, "signals = [h[-1] - y]", "signals = [2 * (h[-1] - y)]"),
        (MATRIX, "(h[-1] - y)).sum() / 2\n", "(h[-1] - y)).sum()\n"),
        (MATRIX, "/ (2 * len(X))", "/ len(X)"),
    ),
    ("S17", (MATRIX, "(f[k - 1] > 0)", "(f[k - 1] >= 0)")),
    ("S18", ("nn/lectures/cost.py", "else sum(layers[1:])", "else sum(layers)")),
    ("S19", ("nn/optim/sgd.py", "self.momentum * memory", "memory")),
    ("S20", ("autograd/ops/activation.py", "    _heaviside,\n    0,", "    _heaviside,\n    1,")),
    ("S20", ("autograd/ops/trigonometric.py", '    "tanh_slope(x)",', '    "2 * tanh_slope(x)",')),
    ("S21", ("nn/diagnostics/diagnosis.py", "(_slopes(view) == 0).all(axis=0)", "(_slopes(view) == 1).all(axis=0)")),
    ("S22", (DELTA, '"sigmoid": lambda o: o * (1 - o)', '"sigmoid": lambda o: o')),
    ("S23", (BUILT_IN, 'Normal("normal", std=0.01)', 'Normal("normal", std=0.0)')),
    ("S24", (BUILT_IN, 'variance_scaling(1 / 3, "fan_in"', 'variance_scaling(1.0, "fan_in"')),
    ("S25", (BUILT_IN, 'lecun_normal = variance_scaling(1.0, "fan_in"', 'lecun_normal = variance_scaling(1.0, "fan_out"')),
    ("S26", (BUILT_IN, 'backward_normal = variance_scaling(1.0, "fan_out"', 'backward_normal = variance_scaling(1.0, "fan_in"')),
    ("S27", (BUILT_IN, "variance_scaling(16.0,", "variance_scaling(4.0,")),
    ("S28", (BUILT_IN, 'he_normal = variance_scaling(2.0, "fan_in"', 'he_normal = variance_scaling(1.0, "fan_in"')),
    ("S29", ("init/theory/rules.py", "+ y.mean**2 * x.variance", "+ y.mean * x.variance")),
    ("S30", (LAWS, 'factors[1:] *= _moment("ratio", ratio)', "pass")),
    ("S31", (LAWS, "(network.widths[1:] * network.variances)[::-1]", "(network.widths[:-1] * network.variances)[::-1]")),
    ("S32", (LAWS, "return np.asarray(gradients * activations)", "return np.asarray(gradients)")),
    ("S33", (LAWS, "backward_law(widths, weight_variance, ratio=1 / 2)", "backward_law(widths, weight_variance)")),
    ("S34", ("nn/diagnostics/precision.py", "np.asarray(raw(parent)).astype(dtype)", "np.asarray(raw(parent))")),
    ("S35", ("init/theory/meanfield.py", "second_moment(phi, q) + sigma_b**2", "second_moment(phi, q) + sigma_b")),
    ("S36", ("init/theory/rules.py", "2 * covariance", "covariance")),
    ("S37", ("nn/diagnostics/layer_readings.py", "float(self.of_outputs.mean())", "float(np.abs(self.of_outputs).mean())")),
    ("S38", ("nn/lectures/two_outputs.py", "deltas[:, None] * V *", "deltas[:, None] * V**2 *")),
    ("S39", ("nn/lectures/composed_functions.py", "by_hand[unit, unit] = x", "by_hand[unit, 0] = x")),
    ("S40", ("nn/lectures/soft_and_hard.py", "(y - output) * x, y", "(output - y) * x, y")),
    ("S41", (RULE, "generator.permutation(rows) for", "rows for")),
    ("S42", ("nn/training/clipping.py", "share = largest / norm", "share = 1.0")),
    ("S43", (MARGINS, "np.max(negative @ w)) / 2", "np.max(negative @ w)) / 3")),
    ("S44", (MATRIX, '{"identity": "linear"}', '{"identity": "tanh"}')),
    ("S45", ("nn/diagnostics/activation_moments.py", "mean, square = theory.mean(phi, q), theory.second_moment(phi, q)", "mean, square = theory.mean(phi, q), q")),
]  # fmt: skip


def test_every_item_has_a_mutant_and_every_mutant_its_line() -> None:
    assert {item for item, *_ in MUTANTS} == LISTED.keys()
    for item, *changes in MUTANTS:
        for file, line, _ in changes:
            assert (ROOT / file).read_text(encoding="utf-8").count(line) == 1, (item, file, line)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("item", "changes"),
    [(item, changes) for item, *changes in MUTANTS],
    ids=[f"{item}-{k}" for k, (item, *_) in enumerate(MUTANTS)],
)
def test_a_wrong_line_makes_a_test_of_its_item_fail(
    item: str, changes: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    for package in ("autograd", "init", "nn", "tests"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    for file, line, wrong in changes:
        path = tmp_path / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(line, wrong), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "0",
         f"--lecture={item}", *(f"tests/{file}" for file in LISTED[item])],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout[-3000:]
