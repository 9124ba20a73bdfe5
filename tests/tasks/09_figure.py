"""Reproduce Figure 7.4."""

from nn.diagnostics import plots
from nn.lectures import weight_variance_experiment

measured = weight_variance_experiment(seeds=3)
plots.weight_variance_experiment(measured).savefig("figure.png")
last = {variance: table.measured("forward")[49] for variance, table in measured.items()}
assert last[0.001] < 1e-50 < 1e-3 < last[0.02] < 1e3 < 1e50 < last[1.0]
